"""Write a commented scenario file to start from.

The file is valid, changes nothing yet, and shows in comments what it could change.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cairn.cli.cli_errors import OK
from cairn.cli.options import add_out_option
from cairn.cli.output import print_json
from cairn.support.errors import InputError
from cairn.support.text import one_line

SUMMARY = "write a commented scenario file to start from"
SHORTEST_TITLE = 3  # letters
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `new`."""
    command.add_argument("name", help="name of the scenario: small letters, digits and _")
    command.add_argument(
        "--from",
        dest="base",
        default="baseline",
        metavar="SCENARIO",
        help="the scenario that it extends; a+b is b laid over a (default: baseline)",
    )
    add_out_option(command, "file to write (default: NAME.yaml, in a checkout in scenarios/)")


def usual_folder() -> Path:
    """Where a file goes without --out: scenarios/ of a checkout, else the current folder."""
    from cairn.scenario.inheritance import scenario_folder

    shipped = scenario_folder()
    in_checkout = (shipped.parent / "run.py").is_file() and shipped.name == "scenarios"
    return shipped if in_checkout else Path()


def execute(options: argparse.Namespace) -> int:
    """Write the file; an existing file is never overwritten."""
    from cairn.scenario.inheritance import scenario_folder
    from cairn.scenario.scenario import Scenario
    from cairn.scenario.stacking import PLUS

    if not NAME.fullmatch(options.name):
        raise InputError(
            f"{options.name[:60]!r} cannot name a scenario: use small letters, digits and _, a letter first"
        )
    if options.base.endswith((".yaml", ".yml")) or "/" in options.base:
        raise InputError(
            f"--from takes a name, got {options.base!r}; put both files into one folder and leave out .yaml"
        )
    shipped = scenario_folder()
    out = options.out or usual_folder() / f"{options.name}.yaml"
    this = options.name if out == shipped / f"{options.name}.yaml" else str(out)
    names = options.base.split(PLUS)
    beside = {name: out.parent / f"{name}.yaml" for name in names if out.parent != shipped}
    base = PLUS.join(str(beside[name]) if name in beside and beside[name].is_file() else name for name in names)
    schema = Path(os.path.relpath(shipped / "scenario.schema.json", out.parent))
    text = starter(options.name, names, Scenario.load(base), base, this, schema)
    created = False
    try:
        with out.open("x", encoding="utf-8") as file:
            created = True
            file.write(text)
    except FileExistsError:
        raise InputError(f"{out} exists already; nothing was written. Choose another name, or use --out") from None
    except OSError as problem:
        if created:  # a full disk: leave no part of the file
            out.unlink(missing_ok=True)
        name = one_line(str(out), 300)
        raise InputError(f"cannot write {name}: {problem.strerror}; choose another file with --out") from None
    if options.json:
        print_json({"file": str(out)})
    elif not options.quiet:
        print(f"written: {out}\nnext: run.py check {this}; run.py compare {base} {this}")
    return OK


def starter(name: str, extends: Sequence[str], base: Any, base_argument: str, this_argument: str, schema: Path) -> str:
    """The text of a scenario file that changes nothing yet and shows what it could change.

    Parameters
    ----------
    name : of the new scenario
    extends : names of the scenarios it starts from, laid over one another in this order
    base : that Scenario
    base_argument, this_argument : how a command names the two scenarios
    schema : path of the JSON Schema, relative to the folder of the new file
    """
    event = next((n for n in ("uzb_succession_2016", *base.events) if n in base.events), "some_event")
    title = name.replace("_", " ")
    title = title if len(title) >= SHORTEST_TITLE else f"scenario {title}"
    off = f"#   {event}: off".ljust(44)
    return f"""# yaml-language-server: $schema={schema.as_posix()}
# This file changes nothing yet: `run.py compare {base_argument} {this_argument}` gives zero.
# scenarios/README.md lists all types of event and their keys; `run.py show {base_argument}` prints what is there.

title: {title[0].upper()}{title[1:]}
question: What if?                           # the one question it asks
extends: {extends[0] if len(extends) == 1 else f"[{', '.join(extends)}]"}
changed: ""                                  # what is different, in a sentence
plausible: ""                                # why that could happen, or could have happened
sources: []                                  # who says so
look_at: []                                  # what answers it: [{{outcome: shortage, of: [UZB], years: 2031-2035}}]

events: {{}}
# Remove the braces, and the # in front of what you need:
{off} # switches an inherited event off; `on` switches it on again
#   qosh_tepa_canal: {{finish: 2035}}          # amends an event: all other fields stay
#   harsh_years:                             # a new event: any name, and a type
#     type: drought
#     rivers: [amu_darya]
#     start: 2031-04                         # dates: 2031, 2031-04 or 2031-04-15
#     end: 2032-09
#     inflow: 0.75                           # share of the mean inflow
#     why: who observed such a flow, and when  # recommended
#     source: Assumed

parameters: {{}}
#   reciprocity: 0.6                         # all parameters: model/cairn/core/parameters.py

# horizon: {{last: 2035}}                      # last year of a run
# members: 200                               # number of members, unless a command says otherwise
# seed: 1
"""
