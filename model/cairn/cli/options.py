"""What commands share: bad input, numbers with bounds, folders, the progress bar, a scenario by name."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

RESULTS = Path("results")


class BadInput(Exception):
    """Something a person gave that cannot be used; the message says what is allowed."""


def whole(low: int, high: int, what: str) -> Callable[[str], int]:
    """A whole number within bounds, for argparse."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number; {what} is {low}..{high}") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{value} is out of range; {what} is {low}..{high}")
        return value

    return read


def common(command: argparse.ArgumentParser) -> None:
    """Options of every command."""
    command.add_argument("--quiet", action="store_true", help="no progress, no table")
    command.add_argument("--json", action="store_true", help="one JSON document on standard output, nothing else")


def sized(command: argparse.ArgumentParser, members: str = "worlds (default: 500)") -> None:
    """Options of every command that simulates."""
    command.add_argument("--members", type=whole(1, 1_000_000, "the number of worlds"), help=members)
    command.add_argument("--seed", type=whole(0, 2**63 - 1, "the seed"), help="seed of the luck (default: 1)")
    command.add_argument("--jobs", type=whole(1, 512, "the number of processes"), help="processes (default: chosen)")


def scenario(which: str | Path) -> Any:
    """A scenario by name or path."""
    from cairn.scenario.scenario import Scenario, ScenarioError

    try:
        return Scenario.load(which)
    except ScenarioError as problem:
        raise BadInput(str(problem)) from None


def parameters_option(command: argparse.ArgumentParser) -> None:
    """What numbers the worlds of a run draw from."""
    command.add_argument(
        "--parameters",
        default="posterior",
        metavar="WHICH",
        help="default, posterior, or a CSV file of parameter sets (default: posterior)",
    )


def load_parameters(which: str) -> Any:
    """Parameter sets by name or file."""
    from cairn.core.parameter_sets import ParameterError, resolve_parameters

    try:
        return resolve_parameters(which)
    except ParameterError as problem:
        raise BadInput(str(problem)) from None


@contextlib.contextmanager
def plainly() -> Iterator[None]:
    """What is wrong with a scenario or a sweep is bad input."""
    from cairn.scenario.yaml_reader import ScenarioError

    try:
        yield
    except ScenarioError as problem:
        raise BadInput(str(problem)) from None


def writable(folder: Path) -> Path:
    """A folder made ready to be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        reason = problem.strerror or problem
        raise BadInput(f"cannot write to {folder}: {reason}; choose another folder with --out") from None
    return folder


class Bar:
    """A progress bar on a terminal: share done, time left and when it will end; of `unit`, how many a second."""

    def __init__(self, total: int, what: str, quiet: bool, unit: str = ""):
        from tqdm import tqdm

        self._began, self._total = time.monotonic(), total
        rate = "{rate_noinv_fmt}, " if unit else ""
        # disable=None shows the bar on a terminal only
        self._bar = tqdm(
            total=total,
            desc=what,
            disable=True if quiet else None,
            bar_format="{desc} {percentage:3.0f}% |{bar}| " + rate + "{remaining} left{postfix}",
            unit=f" {unit}",
            leave=False,
        )

    def __call__(self, done: int) -> None:
        self._bar.update(done)
        if not self._bar.disable and self._bar.n:
            left = (time.monotonic() - self._began) / self._bar.n * (self._total - self._bar.n)
            self._bar.set_postfix_str(f"ends {time.strftime('%H:%M:%S', time.localtime(time.time() + left))}", False)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()
