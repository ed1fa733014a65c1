"""Compare scenarios, member by member.

Each member runs under all scenarios with the same random numbers, so that it differs only through what a scenario
changes. Answers first what each scenario asks, then prints paired differences with 90 % intervals and what each country
gains or loses; writes tables, figures and a report. a+b is scenario b laid over scenario a; if both are in the
comparison too, the interaction is reported. A scenario that changes the past on record is run in two versions: with
chances and surprises inferred from the whole record, and from the record up to the change.

With --explain A B --member N it says instead where member N begins to differ between two scenarios, which decision
differs first, and whether all random numbers are the same.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from cairn.cli.cli_errors import OK, as_bad_input
from cairn.cli.options import (
    MAX_MEMBERS,
    RESULTS,
    add_coding_option,
    add_out_option,
    add_outcome_options,
    add_parameters_option,
    add_run_options,
    add_to_option,
    bounded_int,
    check_years,
)
from cairn.cli.output import (
    own_folder,
    print_files,
    print_filled,
    print_json,
    progress_bar,
    provenance,
    terminal_width,
    writable_folder,
)
from cairn.support.errors import InputError

SUMMARY = "what difference a scenario makes, member by member"
PAGES = (".html", ".htm")
MAX_SCENARIOS = 8  # in one comparison without --all
MEMBERS_OF_ALL = 200


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `compare`."""
    command.add_argument("scenario", nargs="*", help="names or files; the others are compared with the first")
    command.add_argument(
        "--all",
        action="store_true",
        help="compare all shipped scenarios with the first (default: baseline) and rank them by their effects",
    )
    command.add_argument(
        "--explain",
        action="store_true",
        help="say where one member of two scenarios begins to differ: quarter, variable, random number, decision",
    )
    command.add_argument(
        "--member",
        type=bounded_int(0, MAX_MEMBERS, "the number of the member"),
        metavar="N",
        help="the member that --explain follows (default: 0)",
    )
    add_outcome_options(command)
    add_run_options(command, f"the first scenario's own, or 500; with --all {MEMBERS_OF_ALL}")
    add_parameters_option(command)
    add_coding_option(command)
    add_to_option(command, "last year to run and compare")
    add_out_option(
        command,
        "folder for tables, figures and report.html, or one .html file for the report alone (default: results/...)",
    )


def execute(options: argparse.Namespace) -> int:
    """Compare the scenarios given, or all."""
    from cairn.calibration.leader_codings import check_coding

    with as_bad_input(ValueError):
        check_coding(options.coding)
    if options.explain:
        return _explain(options)
    if options.member is not None:
        raise InputError("--member is for --explain; --members says how many there are")
    return _rank_all(options) if options.all else _compare(options)


def _compare(options: argparse.Namespace) -> int:
    """Scenarios against the first."""
    if not 2 <= len(options.scenario) <= MAX_SCENARIOS:
        raise InputError(f"compare needs 2 to {MAX_SCENARIOS} scenarios, got {len(options.scenario)}; or use --all")
    from cairn.calibration.leader_codings import recoded
    from cairn.core.parameter_sets import conditioned_until
    from cairn.effects.answers import asked_of
    from cairn.effects.counterfactuals import Counterfactual, interventions
    from cairn.effects.country_effects import outcomes_needed
    from cairn.ensemble.outcomes import ALL_COMPARED
    from cairn.scenario.scenario import FACTUAL, Scenario

    scenarios = [recoded(Scenario.load(which), options.coding) for which in options.scenario]
    check_years(options.years, scenarios, options.to_year)
    with as_bad_input(ValueError):
        asked = [asked_of(s, options.outcome, options.years) for s in scenarios[1:]]
    out = options.out or RESULTS / ("compare-" + "-".join(s.name for s in scenarios))
    report_only = out.suffix.lower() in PAGES
    writable_folder(out.parent) if report_only else own_folder(out)
    wanted = [outcome for each in asked for outcome, _ in each]
    factual = recoded(Scenario.load(FACTUAL), options.coding)
    last = options.to_year or min(s.horizon.last for s in scenarios)
    again = interventions(scenarios, min(conditioned_until(options.parameters), last), factual)
    structural = ("pair_trade_structural_usd_bn",) if again else ()  # for the figure of abduction
    outcomes = list(dict.fromkeys((*wanted, *ALL_COMPARED, *outcomes_needed(), *structural)))
    arms = [scenarios, *([scenarios[0], *(scenarios[k] for k in positions)] for positions in again.values())]
    noise_until = [None, *(year - 1 for year in again)]
    comparison, *others = _run_side_by_side(options, arms, noise_until, outcomes=outcomes)
    shown = dataclasses.replace(comparison, outcomes=tuple(dict.fromkeys((*wanted, *ALL_COMPARED))))
    both = {
        comparison.names[k]: Counterfactual(comparison.names[k], year, shown, other, name)
        for (year, positions), other in zip(again.items(), others, strict=True)
        for k, name in zip(positions, other.compared, strict=True)
    }
    from cairn.report.comparison_results import ComparisonResults
    from cairn.report.first_page import is_shipped

    shipped = is_shipped(options.parameters)
    by_name = dict(zip(comparison.compared, asked, strict=True))
    results = ComparisonResults(shown, by_name, options.years, both, shipped)
    files = results.save_page(out) if report_only else results.save(out)
    if options.json:
        print_json(_document(comparison, options, results.to_dict(), files))
    elif not options.quiet:
        for name in comparison.compared:
            print(results.to_text(name, terminal_width()) + "\n")
        print_filled(results.notes())
        print_files(files)
    return OK


def _explain(options: argparse.Namespace) -> int:
    """Where one member begins to differ between two scenarios."""
    unused = {"--all": options.all, "--members": options.members, "--out": options.out, "--outcome": options.outcome,
              "--years": options.years, "--jobs": options.jobs}  # fmt: skip
    if given := [name for name, value in unused.items() if value]:
        raise InputError(f"--explain follows one member and prints what it finds; leave out {given[0]}")
    if len(options.scenario) != 2:
        raise InputError(f"compare --explain needs 2 scenarios, got {len(options.scenario)}")
    from cairn.calibration.leader_codings import recoded
    from cairn.core.parameter_sets import origin_of, resolve_parameters
    from cairn.effects.first_difference import explain
    from cairn.scenario.scenario import Scenario

    one, two = (recoded(Scenario.load(which), options.coding) for which in options.scenario)
    last = options.to_year or min(one.horizon.last, two.horizon.last)
    quarters = max(4 * (last - one.horizon.first + 1), 0)
    with progress_bar(quarters, "comparing", hidden=options.quiet or options.json) as bar:
        found = explain(
            one,
            two,
            options.member or 0,
            options.seed,
            to_year=options.to_year,
            parameters=resolve_parameters(options.parameters),
            progress=bar.update,
        )
    if options.json:
        about = provenance(1, found.seed, origin_of(options.parameters))
        print_json({**about, "coding": options.coding, **found.to_dict()})
    elif not options.quiet:
        print(found.to_text())
    return OK


def _run_side_by_side(
    options: argparse.Namespace, arms: list[list[Any]], noise_until: list[int | None], **more: Any
) -> list[Any]:
    """Comparisons of some scenarios each, with one progress bar.

    Parameters
    ----------
    arms : scenarios of each comparison, those of the first include all others
    noise_until : for each, the last year from which the noise of its members is; None: the whole record
    """
    from cairn.core.parameter_sets import released_after, resolve_parameters
    from cairn.ensemble import comparison, runner

    scenarios, parameters = arms[0], resolve_parameters(options.parameters)
    members, seed = runner.resolve_size(scenarios[0], options.members, options.seed)
    first, last = scenarios[0].horizon.first, min(s.horizon.last for s in scenarios)
    if options.to_year is not None and not first <= options.to_year <= last:
        raise InputError(f"--to {options.to_year} is outside {first}..{last}, the years that all of them run")
    quarters = ((options.to_year or last) - first + 1) * 4
    work = members * sum(map(len, arms)) * quarters
    with progress_bar(work, "simulating", hidden=options.quiet or options.json) as bar:
        return [
            comparison.compare(
                each,
                members,
                seed,
                to_year=options.to_year or last,
                jobs=options.jobs,
                parameters=parameters if until is None else released_after(parameters, until),
                progress=bar.update,
                **more,
            )
            for each, until in zip(arms, noise_until, strict=True)
        ]


def _rank_all(options: argparse.Namespace) -> int:
    """Every shipped scenario against one, ranked by its effect on each dimension."""
    if len(options.scenario) > 1:
        raise InputError("compare --all takes at most one scenario, with which all shipped ones are compared")
    if options.out is not None and options.out.suffix.lower() in PAGES:
        raise InputError(f"compare --all writes tables and a figure, got --out {options.out}; give it a folder")
    from cairn.calibration.leader_codings import recoded
    from cairn.scenario.inheritance import shipped_names
    from cairn.scenario.scenario import Scenario

    first = Scenario.load(options.scenario[0] if options.scenario else "baseline")
    others = (Scenario.load(name) for name in shipped_names() if name != first.name)
    scenarios = [recoded(scenario, options.coding) for scenario in (first, *others)]
    out = own_folder(options.out or RESULTS / f"compare-all-{scenarios[0].name}")
    from cairn.effects import comparison_tables as tables
    from cairn.ensemble.outcomes import RANKED
    from cairn.figures import write
    from cairn.figures.paired_differences import ranking
    from cairn.support.monte_carlo import few_members

    options.members = options.members or MEMBERS_OF_ALL
    [comparison] = _run_side_by_side(options, [scenarios], [None], outcomes=RANKED)
    files = [out / "ranking.csv", out / "effects.csv"]
    tables.save_ranking(comparison, files[0])
    tables.save_csv(comparison, files[1])
    files.append(write(ranking(comparison, RANKED), out / "ranking.png"))
    if options.json:
        print_json(_document(comparison, options, {"effects": tables.ranking(comparison)}, files))
    elif not options.quiet:
        print(tables.ranking_to_text(comparison, terminal_width()))
        print()
        print_filled(
            f"Median paired difference over {comparison.members} members, seed {comparison.seed}, averaged over the "
            "years from the first difference on, and rounded to its Monte Carlo error. *: the 90 % interval excludes "
            "zero. Sorted by the effect on the index. ranking.csv has all. Scenarios of the past have the chances and "
            "surprises that the whole record implies; compared by name they are also shown with those of the record up "
            "to the change. " + few_members(comparison.members)
        )
        print_files(files)
    return OK


def _document(
    comparison: Any, options: argparse.Namespace, results: dict[str, Any], files: list[Path]
) -> dict[str, Any]:
    from cairn.core.parameter_sets import origin_of
    from cairn.support.monte_carlo import few_members

    return {
        "scenarios": list(comparison.names),
        "coding": options.coding,
        **provenance(comparison.members, comparison.seed, origin_of(options.parameters)),
        **results,
        "warnings": [text for text in [few_members(comparison.members)] if text],
        "files": [str(file) for file in files],
    }
