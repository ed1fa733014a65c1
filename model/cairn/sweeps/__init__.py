"""Sweeps: many points, each a choice of parameters, events and scenario, run side by side and kept in one table.

>>> from cairn.sweeps import open_sweep
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cairn.sweeps.definition import Sweep
    from cairn.sweeps.results import open_sweep
    from cairn.sweeps.sweep_run import run_sweep

__all__ = ["Sweep", "open_sweep", "run_sweep"]

_MODULES = {"Sweep": "definition", "open_sweep": "results", "run_sweep": "sweep_run"}


def __getattr__(name: str) -> Any:
    # Imported on first use: `run.py --help` should not wait for pydantic and pyarrow.
    if name in _MODULES:
        from importlib import import_module

        return getattr(import_module(f"cairn.sweeps.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'cairn.sweeps' has no attribute {name!r}")
