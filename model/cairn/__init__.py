"""Cairn: an agent-based model of cooperation among five countries of Central Asia, 1992-2040.

>>> from cairn import run
>>> worlds = run("baseline", members=2, seed=1, to_year=1992)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cairn.ensemble.runner import run
    from cairn.model import CentralAsia
    from cairn.scenario.scenario import Scenario

__all__ = ["CentralAsia", "Scenario", "run"]


def __getattr__(name: str) -> Any:
    # Imported on first use: Mesa and pydantic take a second, and `run.py --help` should not wait for them.
    if name == "CentralAsia":
        from cairn.model import CentralAsia

        return CentralAsia
    if name == "Scenario":
        from cairn.scenario.scenario import Scenario

        return Scenario
    if name == "run":
        from cairn.ensemble.runner import run

        return run
    raise AttributeError(f"module 'cairn' has no attribute {name!r}")
