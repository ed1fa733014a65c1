"""Experiments: many runs with a question behind them. Sweeps over numbers, events and scenarios, and what they tell.

>>> from model.experiments import open_sweep
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.experiments.reading import open_sweep
    from model.experiments.sweep import run_sweep
    from model.experiments.sweepfile import Sweep

__all__ = ["Sweep", "open_sweep", "run_sweep"]

_HOMES = {"Sweep": "sweepfile", "open_sweep": "reading", "run_sweep": "sweep"}


def __getattr__(name: str) -> Any:
    # Imported on first use: `run.py --help` should not wait for pydantic and pyarrow.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"model.experiments.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'model.experiments' has no attribute {name!r}")
