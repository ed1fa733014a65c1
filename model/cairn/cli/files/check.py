"""Check scenario files: print every error with file, line, column, key and what is allowed."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from cairn.cli.cli_errors import BAD_INPUT, OK
from cairn.cli.output import print_json

SUMMARY = "find all errors in scenario files"


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `check`."""
    command.add_argument("scenario", nargs="+", help="names or files")


def execute(options: argparse.Namespace) -> int:
    """Check the files."""
    from cairn.scenario.inheritance import events_without_effect, missing_reasons, resolve_named, shipped_names
    from cairn.scenario.scenario import Scenario, ScenarioError
    from cairn.support.text import one_line

    valid: list[dict[str, Any]] = []
    errors: list[str] = []
    warnings: list[str] = []
    for which in options.scenario:
        try:
            scenario = Scenario.load(which)
        except ScenarioError as problem:
            errors += str(problem).splitlines()
            continue
        file = resolve_named(which)
        warnings += missing_reasons(file)
        if which not in shipped_names():  # those say it in words
            warnings += events_without_effect(file)
        valid.append({"scenario": which, "title": scenario.title, "events": len(scenario.events)})
        if not (options.quiet or options.json):
            print(f"{one_line(which)}: valid, {len(scenario.events)} events: {scenario.title}")
    if options.json:
        print_json({"valid": valid, "errors": errors, "warnings": warnings})
    elif errors or warnings:
        print("\n".join([*errors, *warnings]), file=sys.stderr)
    return BAD_INPUT if errors else OK
