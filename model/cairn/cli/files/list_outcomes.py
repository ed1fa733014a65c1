"""List all outcomes: name, unit, of what there is one each, and meaning.

A name may be written without its unit where that is not ambiguous, pair_trade for pair_trade_usd_bn, and with the
state, pair, border, river or reservoir that is meant: pair_trade:KAZ-UZB. Options such as --outcome and --outputs, the
key look_at of a scenario and the functions of the package take the same names.
"""

from __future__ import annotations

import argparse
import textwrap

from cairn.cli.cli_errors import OK
from cairn.cli.output import TEXT_WIDTH, print_json, terminal_width

COMMAND = "outcomes"  # its name
SUMMARY = "list all outcomes with unit and meaning"


def add_options(command: argparse.ArgumentParser) -> None:
    """`outcomes` has only the options that all commands have."""


def execute(options: argparse.Namespace) -> int:
    """Print the outcomes."""
    from cairn.ensemble.output_variables import LABELS
    from cairn.scenario.outcome_names import short_names
    from cairn.step.measures import catalogue

    short = {name: shorter for shorter, name in short_names().items()}
    rows = [
        {
            "outcome": name,
            "short": short.get(name, name),
            "unit": about.unit.replace("/quarter", "/yr"),
            "of": list(about.dims),
            "meaning": about.long_name,
        }
        for name, about in catalogue().items()
    ]
    if options.json:
        print_json({"outcomes": rows, "labels": LABELS})
    elif not options.quiet:
        width = min(terminal_width(), TEXT_WIDTH + 20)
        names = max(len(str(row["short"])) for row in rows)
        units = max(len(str(row["unit"])) for row in rows)
        print(f"{'outcome':{names}}  {'unit':{units}}  meaning")
        print("-" * width)
        for row in rows:
            dims = list(row["of"])
            of = f", of each {' and '.join(dims)}" if dims else ""
            start = f"{row['short']:{names}}  {row['unit']:{units}}  "
            meaning = f"{row['meaning']}{of}"
            print(textwrap.fill(meaning, width, initial_indent=start, subsequent_indent=" " * len(start)))
        print()
        for dim, labels in LABELS.items():
            if dim != "partner":
                print(textwrap.fill(f"{dim}: {', '.join(labels)}", width, subsequent_indent="    ",
                                    break_on_hyphens=False))  # fmt: skip
    return OK
