"""Report on one scenario in one HTML file.

The page says what the scenario changes, which effects that has, which assumptions they depend on, and which command
gives the same page again.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from cairn.cli.cli_errors import OK
from cairn.cli.options import RESULTS, add_out_option, add_parameters_option, add_run_options, add_to_option
from cairn.cli.output import print_filled, print_json, progress_bar, writable_folder
from cairn.support.errors import InputError
from cairn.support.plugins import plugin_options

SUMMARY = "one scenario as an HTML page: findings, figures, sources"
MEMBERS = 200
PAGES = (".html", ".htm")


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `report`."""
    command.add_argument("scenario", help="name or file")
    command.add_argument(
        "--against", metavar="SCENARIO", help="scenario to compare with (default: the first in its chain of extends)"
    )
    add_run_options(command, f"the scenario's own, or {MEMBERS}")
    add_parameters_option(command)
    add_to_option(command)
    add_out_option(command, "the .html file, or a folder (default: results/NAME/report.html)")


def execute(options: argparse.Namespace) -> int:
    """Run the scenario, compare it and write the page."""
    from cairn.core.parameter_sets import resolve_parameters
    from cairn.scenario.scenario import Scenario

    scenario = Scenario.load(options.scenario)
    other = options.against or root(options.scenario)
    against = Scenario.load(other) if other is not None else None
    parameters = resolve_parameters(options.parameters)
    out = options.out or RESULTS / scenario.name
    out = out if out.suffix.lower() in PAGES else out / "report.html"
    to_year = _last_year(scenario, against, options.to_year)
    writable_folder(out.parent)
    from cairn.report import save
    from cairn.report.scenario_report import page, to_dict

    result = _run(scenario, against, parameters, to_year, options)
    with progress_bar(1, "writing", hidden=options.quiet or options.json) as bar:
        save(page(result), out)
        bar.update(1)
    if options.json:
        print_json(to_dict(result) | {"files": [str(out)]})
    elif not options.quiet:
        print_filled(result.titles[-1])
        print_filled(scenario.question)
        for section in result.sections():
            print(f"\n{section.title}")
            for statement in section.statements:
                print_filled(statement.text, first="  - ")
        print(f"\nWritten: {out}")
    return OK


def root(which: str) -> Path | None:
    """The file at the end of a scenario's chain of `extends`; None if it extends no other."""
    from cairn.scenario.inheritance import find_file, resolve

    chain = resolve(find_file(which)).chain
    return chain[-1] if len(chain) > 1 else None


def _last_year(scenario: Any, against: Any, to_year: int | None) -> int:
    """The last year to run: the one asked for, or the last that all scenarios reach."""
    first, last = scenario.horizon.first, min(s.horizon.last for s in (scenario, against) if s is not None)
    if to_year is not None and not first <= to_year <= last:
        raise InputError(f"--to {to_year} is outside {first}..{last}, the years that can be run")
    return to_year or last


def _run(scenario: Any, against: Any, parameters: Any, to_year: int, options: argparse.Namespace) -> Any:
    """The runs that a report needs: of the scenario alone, and side by side with the one it is compared with."""
    from cairn.ensemble import comparison, runner
    from cairn.report.report_outcomes import REPORT_OUTCOMES
    from cairn.report.scenario_report import Report

    members, seed = runner.resolve_size(scenario, options.members or scenario.members or MEMBERS, options.seed)
    quarters = (to_year - scenario.horizon.first + 1) * 4
    arms = 3 if against is not None else 1
    compared = None
    with progress_bar(members * arms * quarters, "simulating", hidden=options.quiet or options.json) as bar:
        settings: dict[str, Any] = {
            "to_year": to_year,
            "jobs": options.jobs,
            "parameters": parameters,
            "progress": bar.update,
        }
        alone = runner.run(scenario, members, seed, **settings)
        if against is not None:
            compared = comparison.compare([against, scenario], members, seed, outcomes=REPORT_OUTCOMES, **settings)
    return Report(scenario, alone, parameters, _command(options, members, seed, to_year), compared)


def _command(options: argparse.Namespace, members: int, seed: int, to_year: int) -> str:
    """The command that gives the same report again."""
    words = ["run.py", "report", options.scenario]
    words += ["--against", options.against] if options.against else []
    words += ["--members", str(members), "--seed", str(seed), "--to", str(to_year)]
    words += ["--parameters", options.parameters] if options.parameters != "conditioned" else []
    return shlex.join(words) + plugin_options()
