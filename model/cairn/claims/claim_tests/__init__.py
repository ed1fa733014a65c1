"""Tests of the claims, by the parts of the article: turning point, fragmentation, consequences, interpretation."""

from cairn.claims.claim_tests import causes, consequences, fragmentation, institutions, interpretation, turning_point

__all__ = ["causes", "consequences", "fragmentation", "institutions", "interpretation", "turning_point"]
