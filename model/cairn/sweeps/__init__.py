"""Experiments: many runs with a question behind them. Sweeps over numbers, events and scenarios, and what they tell.

>>> from cairn.sweeps import open_sweep
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cairn.sweeps.results import open_sweep
    from cairn.sweeps.sweep_run import run_sweep
    from cairn.sweeps.sweep_spec import Sweep

__all__ = ["Sweep", "open_sweep", "run_sweep"]

_HOMES = {"Sweep": "sweep_spec", "open_sweep": "results", "run_sweep": "sweep_run"}


def __getattr__(name: str) -> Any:
    # Imported on first use: `run.py --help` should not wait for pydantic and pyarrow.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"cairn.sweeps.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'cairn.sweeps' has no attribute {name!r}")
