"""Measure speed and memory on this machine.

Times one member, many members and mesa.batch_run, and shows which parts of the program take the time.
"""

from __future__ import annotations

import argparse

from cairn.cli.cli_errors import OK
from cairn.cli.output import print_json

SUMMARY = "measure speed and memory on this machine"


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `bench`."""
    command.add_argument("--quick", action="store_true", help="measure at about a tenth of the size")
    command.add_argument(
        "--sweeps", action="store_true", help="measure sweeps instead, beside mesa.batch_run and EMA Workbench"
    )


def execute(options: argparse.Namespace) -> int:
    """Measure and print as results come."""
    if options.sweeps:
        from cairn.exploration.timing import measure_sweeps as measure
    else:
        from cairn.exploration.timing import measure_model as measure
    quiet = options.quiet or options.json
    timings = measure(quick=options.quick, say=(lambda *_: None) if quiet else print)
    if options.json:
        print_json(timings)
    return OK
