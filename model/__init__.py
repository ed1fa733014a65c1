"""Cairn: an agent-based model of cooperation among five countries of Central Asia, 1992-2040.

>>> from model import run
>>> worlds = run("baseline", members=2, seed=1, to_year=1992)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.ensemble import run
    from model.scenario import Scenario
    from model.world import CentralAsia

__all__ = ["CentralAsia", "Scenario", "run"]


def __getattr__(name: str) -> Any:
    # Imported on first use: Mesa and pydantic take a second, and `run.py --help` should not wait for them.
    if name == "CentralAsia":
        from model.world import CentralAsia

        return CentralAsia
    if name == "Scenario":
        from model.scenario import Scenario

        return Scenario
    if name == "run":
        from model.ensemble import run

        return run
    raise AttributeError(f"module 'model' has no attribute {name!r}")
