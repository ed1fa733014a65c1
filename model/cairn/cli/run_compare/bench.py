"""Measure speed and memory on this machine.

Times one member, many members and mesa.batch_run, and shows which parts of the program take the time.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from cairn.cli.cli_errors import OK
from cairn.cli.output import print_json

SUMMARY = "measure speed and memory on this machine"


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `bench`."""
    command.add_argument("--quick", action="store_true", help="measure at about a tenth of the size")
    command.add_argument(
        "--sweeps", action="store_true", help="measure sweeps instead, beside mesa.batch_run and EMA Workbench"
    )
    command.add_argument(
        "--against", type=Path, metavar="FOLDER", help="another checkout, to be timed in turns with this one"
    )


def execute(options: argparse.Namespace) -> int:
    """Measure and print as results come."""
    from cairn.exploration.timing import measure_model, measure_sweeps

    say = (lambda *_: None) if options.quiet or options.json else print
    if options.sweeps:
        timings = measure_sweeps(options.quick, say)
    else:
        timings = measure_model(options.quick, say, options.against)
    if options.json:
        print_json(timings)
    return OK
