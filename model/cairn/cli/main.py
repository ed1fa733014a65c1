"""The command line. Heavy imports wait until a command needs them, so help comes at once."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from cairn.cli.calibrate_validate import calibrate, claims
from cairn.cli.explore import discover, sweep
from cairn.cli.files import list as scenarios
from cairn.cli.look import dashboard, report
from cairn.cli.options import BadInput
from cairn.cli.run_compare import branch, compare, run
from cairn.ensemble.workers import WorkersLost
from cairn.support.atomic_write import OutputError

BAD_INPUT, FAILED, INTERRUPTED = 2, 3, 130


class Parser(argparse.ArgumentParser):
    """argparse with one line per error."""

    def error(self, message: str) -> Any:
        self.exit(BAD_INPUT, f"{self.prog}: {message}. See `{self.prog} --help`.\n")


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = Parser(
        prog="run.py",
        description="Cairn: cooperation among five countries of Central Asia, 1992-2040.",
        epilog="Without a command: run scenarios/baseline.yaml with 500 members.",
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    for module in (run, compare, report, branch, scenarios, calibrate, sweep, discover, claims, dashboard):
        module.add(commands)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run a command; 0 if it worked, 2 for bad input, 3 if part of the work failed, 130 if interrupted."""
    given = sys.argv[1:] if arguments is None else arguments
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help")):
        given = ["run", *given]
    options = parser().parse_args(given)
    try:
        return options.handler(options)
    except (BadInput, OutputError) as problem:
        print(problem, file=sys.stderr)
        return BAD_INPUT
    except WorkersLost as problem:
        print(problem, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("interrupted; files that were finished stay, nothing is half-written", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
