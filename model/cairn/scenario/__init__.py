"""Scenario files: reading, inheritance, checking, JSON Schema, differences.

>>> from cairn.scenario import Scenario
>>> Scenario.load("baseline").horizon.last
2040
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cairn.scenario.scenario import Scenario, ScenarioError

__all__ = ["Scenario", "ScenarioError"]


def __getattr__(name: str) -> Any:
    # Imported on first use: pydantic takes half a second, and `run.py --help` should not wait for it.
    if name in __all__:
        from cairn.scenario import scenario

        return getattr(scenario, name)
    raise AttributeError(f"module 'cairn.scenario' has no attribute {name!r}")
