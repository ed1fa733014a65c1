"""The trials, by the parts of the article: why it turned, why it had come apart, what came of it, what it means."""

from cairn.claims.claim_tests import causes, consequences, fragmentation, interpretation, turning_point

__all__ = ["causes", "consequences", "fragmentation", "interpretation", "turning_point"]
