"""`compare`: scenarios on the same luck, and what difference they make."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from cairn.cli.options import (
    RESULTS,
    BadInput,
    Bar,
    common,
    load_parameters,
    parameters_option,
    scenario,
    sized,
    whole,
    writable,
)

PAGES = (".html", ".htm")
MOST = 8  # scenarios in one comparison but --all


def add(commands: Any) -> None:
    """The command and its options."""
    command = commands.add_parser(
        "compare", help="what difference a scenario makes, with the luck taken out", description=compare.__doc__
    )
    command.add_argument("scenario", nargs="*", help="names or files; the first is what the others are compared with")
    command.add_argument(
        "--all", action="store_true", help="rank all shipped scenarios against the first (or baseline)"
    )
    sized(command, "worlds (default: 500; with --all: 200)")
    parameters_option(command)
    command.add_argument("--to", dest="to_year", type=whole(0, 9999, "a year"), help="last year to run and compare")
    command.add_argument(
        "--out",
        type=Path,
        help="folder for effects.csv, figures, report.html; or one .html file (default: in results/)",
    )
    common(command)
    command.set_defaults(handler=compare)


def compare(options: argparse.Namespace) -> int:
    """Run two or more scenarios on the same luck: paired differences, 90 % intervals, when the paths part."""
    if options.all:
        return _rank(options)
    if not 2 <= len(options.scenario) <= MOST:
        raise BadInput(f"compare needs 2 to {MOST} scenarios, got {len(options.scenario)}; or --all")
    scenarios = [scenario(which) for which in options.scenario]
    out = options.out or RESULTS / ("compare-" + "-".join(s.name for s in scenarios))
    page_only = out.suffix.lower() in PAGES
    writable(out.parent if page_only else out)
    found = _compared(options, scenarios)
    from cairn import report
    from cairn.ensemble import comparison_tables as tables
    from cairn.figures import write
    from cairn.figures.paired_differences import paired
    from cairn.report.comparison_page import page

    files = [out] if page_only else []
    if not page_only:
        files.append(out / "effects.csv")
        tables.save_csv(found, files[0])
        for name in found.compared:
            files.append(write(paired(found, name), out / f"difference-{name}.png"))
        files.append(out / "report.html")
    report.save(page(found), files[-1])
    if options.json:
        print(json.dumps(_document(found, options, tables.to_dict(found), files), indent=1))
    elif not options.quiet:
        for name in found.compared:
            print(tables.to_text(found, name) + "\n")
        members = "one member" if found.members == 1 else f"{found.members} members"
        print(f"Medians and intervals over {members}, seed {found.seed}; both scenarios use the same random numbers.")
        print(f"Written: {', '.join(str(file) for file in files)}")
    return 0


def _compared(options: argparse.Namespace, scenarios: list[Any], **more: Any) -> Any:
    parameters = load_parameters(options.parameters)
    from cairn.ensemble import comparison, runner

    members, seed = runner.resolve_size(scenarios[0], options.members, options.seed)
    last = min(s.horizon.last for s in scenarios)
    if options.to_year is not None and not scenarios[0].horizon.first <= options.to_year <= last:
        raise BadInput(
            f"--to {options.to_year} lies outside {scenarios[0].horizon.first}..{last}, the years that all run"
        )
    quarters = ((options.to_year or last) - scenarios[0].horizon.first + 1) * 4
    with Bar(members * len(scenarios) * quarters, "simulating", options.quiet or options.json) as progress:
        return comparison.compare(
            scenarios,
            members,
            seed,
            to_year=options.to_year,
            jobs=options.jobs,
            parameters=parameters,
            progress=progress,
            **more,
        )


def _rank(options: argparse.Namespace) -> int:
    """Every shipped scenario against one, ranked by its effect on each dimension."""
    if len(options.scenario) > 1:
        raise BadInput("compare --all takes one scenario at most, what all shipped ones are compared with")
    if options.out is not None and options.out.suffix.lower() in PAGES:
        raise BadInput(f"compare --all writes tables and a figure, got --out {options.out}; give it a folder")
    first = scenario(options.scenario[0] if options.scenario else "baseline")
    from cairn.ensemble import comparison_tables as tables
    from cairn.ensemble.outcomes import RANKED
    from cairn.figures import write
    from cairn.figures.paired_differences import ranking
    from cairn.scenario.scenario import known

    scenarios = [first, *(scenario(name) for name in known() if name != first.name)]
    out = writable(options.out or RESULTS / f"compare-all-{first.name}")
    options.members = options.members or 200
    found = _compared(options, scenarios, outcomes=RANKED)
    files = [out / "ranking.csv", out / "effects.csv"]
    tables.save_ranking(found, files[0])
    tables.save_csv(found, files[1])
    files.append(write(ranking(found, RANKED), out / "ranking.png"))
    if options.json:
        print(json.dumps(_document(found, options, tables.ranking(found), files), indent=1))
    elif not options.quiet:
        print(tables.ranking_to_text(found))
        print(
            f"\nMedian effect over {found.members} worlds, seed {found.seed}, mean of the years after the paths part,"
        )
        print("* where the middle 90 % of worlds leave out zero. Sorted by the effect on the index.")
        print(f"Written: {', '.join(str(file) for file in files)}")
    return 0


def _document(found: Any, options: argparse.Namespace, effects: Any, files: list[Path]) -> dict[str, Any]:
    from cairn.support.provenance import commit, package_version

    return {
        "scenarios": list(found.names),
        "members": found.members,
        "seed": found.seed,
        "version": package_version(),
        "commit": commit(),
        "effects": effects,
        "files": [str(file) for file in files],
    }
