"""The trials, by the parts of the article: why it turned, why it had come apart, what came of it, what it means."""

from model.claims.trials import apart, came_of_it, causes, meaning, turned

__all__ = ["apart", "came_of_it", "causes", "meaning", "turned"]
