"""Cairn: an agent-based model of cooperation among five countries of Central Asia, 1992-2040.

>>> from cairn import run
>>> ensemble = run("baseline", members=2, seed=1, to_year=1992)
"""

import sys

# An older Python must be able to read this file, and says what is needed before anything else is imported.
if sys.version_info < (3, 12):  # noqa: UP036
    here = "this is Python " + sys.version.split()[0]
    raise ImportError("Cairn needs Python 3.12 or newer, and " + here + "; README.md says how to get one.")

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cairn.agents import Country
    from cairn.core.forcing import register_forcing
    from cairn.core.parameters import Parameters
    from cairn.core.variables import Block, variable
    from cairn.ensemble.comparison import compare
    from cairn.ensemble.runner import branch, run
    from cairn.events.base import register_event
    from cairn.model import CentralAsia
    from cairn.scenario.scenario import Scenario
    from cairn.step.measures import register_measure
    from cairn.step.submodels import Submodel
    from cairn.support.plugins import load_plugin
    from cairn.sweeps.definition import Sweep
    from cairn.sweeps.results import open_sweep
    from cairn.sweeps.sweep_run import run_sweep

__all__ = [
    "Block",
    "CentralAsia",
    "Country",
    "Parameters",
    "Scenario",
    "Submodel",
    "Sweep",
    "branch",
    "compare",
    "load_plugin",
    "open_sweep",
    "register_event",
    "register_forcing",
    "register_measure",
    "run",
    "run_sweep",
    "variable",
]

_MODULES = {
    "Block": "cairn.core.variables",
    "CentralAsia": "cairn.model",
    "Country": "cairn.agents",
    "Parameters": "cairn.core.parameters",
    "Scenario": "cairn.scenario.scenario",
    "Submodel": "cairn.step.submodels",
    "Sweep": "cairn.sweeps.definition",
    "branch": "cairn.ensemble.runner",
    "compare": "cairn.ensemble.comparison",
    "load_plugin": "cairn.support.plugins",
    "open_sweep": "cairn.sweeps.results",
    "register_event": "cairn.events.base",
    "register_forcing": "cairn.core.forcing",
    "register_measure": "cairn.step.measures",
    "run": "cairn.ensemble.runner",
    "run_sweep": "cairn.sweeps.sweep_run",
    "variable": "cairn.core.variables",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: Mesa, xarray and pydantic take a second, `run.py --help` need not."""
    if name not in _MODULES:
        raise AttributeError(f"module 'cairn' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
