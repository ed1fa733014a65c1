"""`report`: one scenario as a page of HTML with findings in sentences."""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path
from typing import Any

from cairn.cli.options import (
    RESULTS,
    BadInput,
    Bar,
    common,
    load_parameters,
    parameters_option,
    plainly,
    scenario,
    sized,
    whole,
    writable,
)

MEMBERS = 200
PAGES = (".html", ".htm")


def add(commands: Any) -> None:
    """The command and its options."""
    command = commands.add_parser(
        "report", help="a page on one scenario: findings in sentences, figures, origin", description=report.__doc__
    )
    command.add_argument("scenario", help="name or file")
    command.add_argument(
        "--against", metavar="NAME", help="scenario to compare with (default: the one it extends at the root)"
    )
    sized(command, f"worlds (default: {MEMBERS})")
    parameters_option(command)
    command.add_argument("--to", dest="to_year", type=whole(0, 9999, "a year"), help="last year to run and report")
    command.add_argument("--out", type=Path, help="the .html file, or a folder (default: results/NAME/report.html)")
    common(command)
    command.set_defaults(handler=report)


def report(options: argparse.Namespace) -> int:
    """Report on a scenario in one HTML file: what it changes, what that does, what that hangs on, how to repeat it."""
    world = scenario(options.scenario)
    which = options.against or root(options.scenario)
    against = scenario(which) if which is not None else None
    parameters = load_parameters(options.parameters)
    out = options.out or RESULTS / world.name
    out = out if out.suffix.lower() in PAGES else out / "report.html"
    last = last_year(world, against, options.to_year)
    writable(out.parent)
    from cairn import report as pages
    from cairn.report import scenario_report as reports

    made = measured(world, against, parameters, last, options)
    with Bar(1, "writing", options.quiet or options.json) as progress:
        pages.save(reports.page(made), out)
        progress(1)
    if options.json:
        print(json.dumps(reports.to_dict(made) | {"files": [str(out)]}, indent=1))
    elif not options.quiet:
        print(f"{made.titles[-1]}\n{world.question}")
        for section in made.sections():
            print(f"\n{section.title}")
            for statement in section.statements:
                print(f"  - {statement.text}")
        print(f"\nWritten: {out}")
    return 0


def root(which: str) -> Path | None:
    """The file that a scenario extends in the end; None if it extends none."""
    from cairn.scenario.inheritance import find_file, resolve

    with plainly():
        chain = resolve(find_file(which)).chain
    return chain[-1] if len(chain) > 1 else None


def last_year(world: Any, against: Any, asked: int | None) -> int:
    """The last year to run, which all scenarios must reach."""
    first, last = world.horizon.first, min(s.horizon.last for s in (world, against) if s is not None)
    if asked is not None and not first <= asked <= last:
        raise BadInput(f"--to {asked} lies outside {first}..{last}, the years that can be run")
    return asked or last


def measured(world: Any, against: Any, parameters: Any, last: int, options: argparse.Namespace) -> Any:
    """The runs that a report needs: the scenario by itself, and beside what it is compared with."""
    from cairn.ensemble import comparison, runner
    from cairn.report.report_outcomes import REPORT_OUTCOMES
    from cairn.report.scenario_report import Report

    members, seed = runner.resolve_size(world, options.members or world.members or MEMBERS, options.seed)
    quarters = (last - world.horizon.first + 1) * 4
    arms = 3 if against is not None else 1
    found = None
    with Bar(members * arms * quarters, "simulating", options.quiet or options.json) as progress:
        common_options: dict[str, Any] = {
            "to_year": last,
            "jobs": options.jobs,
            "parameters": parameters,
            "progress": progress,
        }
        worlds = runner.run(world, members, seed, **common_options)
        if against is not None:
            found = comparison.compare([against, world], members, seed, outcomes=REPORT_OUTCOMES, **common_options)
    command = repeating(options, members, seed, last)
    return Report(world, worlds, parameters, command, found)


def repeating(options: argparse.Namespace, members: int, seed: int, last: int) -> str:
    """The command that gives the same report again."""
    words = ["run.py", "report", options.scenario]
    words += ["--against", options.against] if options.against else []
    words += ["--members", str(members), "--seed", str(seed), "--to", str(last)]
    words += ["--parameters", options.parameters] if options.parameters != "posterior" else []
    return shlex.join(words)
