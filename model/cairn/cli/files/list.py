"""List the shipped scenarios and the question each of them asks."""

from __future__ import annotations

import argparse

from cairn.cli.cli_errors import OK
from cairn.cli.output import print_json

SUMMARY = "list the shipped scenarios"


def add_options(command: argparse.ArgumentParser) -> None:
    """`list` has only the options that all commands have."""


def execute(options: argparse.Namespace) -> int:
    """Print names, titles and questions."""
    from cairn.scenario.inheritance import shipped_names
    from cairn.scenario.scenario import Scenario

    scenarios = {name: Scenario.load(name) for name in shipped_names()}
    if options.json:
        print_json(
            [
                {"name": name, "title": s.title, "question": s.question, "changed": s.changed}
                for name, s in scenarios.items()
            ]
        )
    elif not options.quiet:
        for name, scenario in scenarios.items():
            print(f"{name}\n    {scenario.title}. {scenario.question}")
    return OK
