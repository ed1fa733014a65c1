"""Report on one scenario in one HTML file.

The first page has three sentences, a chart, how sure they are and why; the next says who gains and who loses. The annex
says what the scenario changes, which effects that has, which assumptions they depend on, and which command gives the
same page again. With --brief, one sheet of A4.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from cairn.cli.cli_errors import OK, as_bad_input
from cairn.cli.options import (
    RESULTS,
    add_out_option,
    add_outcome_options,
    add_parameters_option,
    add_run_options,
    add_to_option,
    check_years,
)
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
    add_outcome_options(command)
    add_run_options(command, f"the scenario's own, or {MEMBERS}")
    add_parameters_option(command)
    add_to_option(command)
    command.add_argument(
        "--brief", action="store_true", help="the first page alone, which prints on one sheet of A4 (brief.html)"
    )
    add_out_option(command, "the .html file, or a folder (default: results/NAME/report.html)")


def execute(options: argparse.Namespace) -> int:
    """Run the scenario, compare it and write the page."""
    from cairn.core.parameter_sets import resolve_parameters
    from cairn.effects.answers import asked_of
    from cairn.scenario.scenario import Scenario

    scenario = Scenario.load(options.scenario)
    other = options.against or root(options.scenario)
    against = Scenario.load(other) if other is not None else None
    parameters = resolve_parameters(options.parameters)
    out = options.out or RESULTS / scenario.name
    out = out if out.suffix.lower() in PAGES else out / f"{'brief' if options.brief else 'report'}.html"
    to_year = _last_year(scenario, against, options.to_year)
    check_years(options.years, [s for s in (scenario, against) if s is not None], to_year)
    with as_bad_input(ValueError):
        asked = asked_of(scenario, options.outcome, options.years)
    writable_folder(out.parent)
    from cairn.report import save
    from cairn.report.scenario_report import brief, page, to_dict
    from cairn.support.monte_carlo import few_members

    result = _run(scenario, against, parameters, to_year, asked, options)
    with progress_bar(1, "writing", hidden=options.quiet or options.json) as bar:
        save(brief(result) if options.brief else page(result), out)
        bar.update(1)
    if options.json:
        print_json(to_dict(result) | {"files": [str(out)]})
    elif not options.quiet:
        print_filled(result.titles[-1])
        print_filled(scenario.question)
        if options.brief:
            _print_first_page(result.first_page())
        for section in [] if options.brief else result.sections():
            print(f"\n{section.title}")
            for statement in section.statements:
                print_filled(statement.text, first="  - ")
        if (few := few_members(result.members)) and not options.brief:
            print()
            print_filled(few)
        print(f"\nWritten: {out}")
    return OK


def _print_first_page(first: Any) -> None:
    """The texts of the first page, for a terminal."""
    parts = (("", first.sentences), ("How sure, and why", first.sure), ("Who gains and who loses", first.countries))
    for head, texts in parts:
        if texts:
            print(f"\n{head}" if head else "")
        for text in texts:
            print_filled(text, first="  - ")


def root(which: str) -> Path | None:
    """The file at the end of a scenario's chain of `extends`; None if it extends no other."""
    from cairn.scenario.inheritance import resolve_named

    chain = resolve_named(which).chain
    return chain[-1] if len(chain) > 1 else None


def _last_year(scenario: Any, against: Any, to_year: int | None) -> int:
    """The last year to run: the one asked for, or the last that all scenarios reach."""
    first, last = scenario.horizon.first, min(s.horizon.last for s in (scenario, against) if s is not None)
    if to_year is not None and not first <= to_year <= last:
        raise InputError(f"--to {to_year} is outside {first}..{last}, the years that can be run")
    return to_year or last


def _run(scenario: Any, against: Any, parameters: Any, to_year: int, asked: Any, options: argparse.Namespace) -> Any:
    """The runs that a report needs: of the scenario alone, and side by side with the one it is compared with."""
    from cairn.effects.country_effects import outcomes_needed
    from cairn.effects.report_outcomes import REPORT_OUTCOMES
    from cairn.ensemble import comparison, runner
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
            wanted = (outcome for outcome, _ in asked)
            outcomes = list(dict.fromkeys((*REPORT_OUTCOMES, *wanted, *outcomes_needed())))
            compared = comparison.compare([against, scenario], members, seed, outcomes=outcomes, **settings)
    return Report(scenario, alone, parameters, _command(options, members, seed, to_year), compared, asked)


def _command(options: argparse.Namespace, members: int, seed: int, to_year: int) -> str:
    """The command that gives the same report again."""
    words = ["run.py", "report", options.scenario]
    words += ["--against", options.against] if options.against else []
    words += ["--members", str(members), "--seed", str(seed), "--to", str(to_year)]
    words += [word for name in options.outcome for word in ("--outcome", name)]
    words += ["--years", ",".join(map(str, options.years))] if options.years else []
    words += ["--brief"] if options.brief else []
    words += ["--parameters", options.parameters] if options.parameters != "conditioned" else []
    return shlex.join(words) + plugin_options()
