"""Run a scenario: print its main outcomes beside the record, write data, a summary table and figures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from cairn.cli.cli_errors import OK, as_bad_input
from cairn.cli.options import (
    RESULTS,
    add_coding_option,
    add_out_option,
    add_outputs_option,
    add_parameters_option,
    add_run_options,
    add_to_option,
    bounded_int,
    checkpoint_date,
)
from cairn.cli.output import own_folder, print_filled, print_json, progress_bar, provenance, terminal_width

SUMMARY = "run a scenario: table, figures, data"
EARLY_YEARS = (2005, 1995)  # the columns of the table that a narrow terminal does without, the first one first

READ_AT_ONCE = 2**28  # bytes of values: larger runs are read from their file as they are needed


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `run`."""
    command.add_argument("scenario", nargs="?", default="baseline", help="name or file (default: baseline)")
    add_run_options(command, "the scenario's own, or 500")
    add_parameters_option(command)
    add_coding_option(command)
    year = bounded_int(0, 9999, "a year")
    command.add_argument("--from", dest="from_year", type=year, metavar="YEAR", help="first year to report")
    add_to_option(command)
    command.add_argument(
        "--checkpoint",
        type=checkpoint_date,
        action="append",
        default=[],
        metavar="DATE",
        help="save the state at the beginning of the quarter nearest to DATE, such as 2016-07, for the command branch; "
        "may be repeated",
    )
    add_outputs_option(command)
    add_out_option(command, "folder for results (default: results/NAME)")


def execute(options: argparse.Namespace) -> int:
    """Run a scenario."""
    from cairn.calibration.leader_codings import check_coding, recoded
    from cairn.core.parameter_sets import resolve_parameters
    from cairn.ensemble import runner
    from cairn.scenario.scenario import Scenario

    with as_bad_input(ValueError):
        coding = check_coding(options.coding)
    scenario, parameters = recoded(Scenario.load(options.scenario), coding), resolve_parameters(options.parameters)
    with as_bad_input(ValueError):
        runner.resolve_outputs(options.outputs)
        _, quarters = runner.resolve_years(scenario, options.from_year, options.to_year)
        runner.check_checkpoints(options.checkpoint, quarters)
    out = own_folder(options.out or RESULTS / scenario.name)
    members, seed = runner.resolve_size(scenario, options.members, options.seed)
    with progress_bar(members * quarters, "simulating", hidden=options.quiet or options.json) as bar:
        result, states = runner.run(
            scenario,
            members,
            seed,
            from_year=options.from_year,
            to_year=options.to_year,
            jobs=options.jobs,
            parameters=parameters,
            progress=bar.update,
            checkpoints=options.checkpoint,
            outputs=options.outputs,
            store=out / "run.nc",
        )
    saved = [out / f"{state.name}.npz" for state in states]
    for state, path in zip(states, saved, strict=True):
        state.save(path)
    with result:
        write_results(scenario, result, out, options, saved)
    return OK


def write_results(
    scenario: Any, result: Any, out: Path, options: argparse.Namespace, checkpoints: list[Path] | None = None
) -> None:
    """Write the data and figures of a run or a branch, and print its table.

    Parameters
    ----------
    scenario : the Scenario that was run
    result : the dataset that `run` or `branch` returned, which is in `out / "run.nc"`
    out : folder to write to
    options : of the command
    checkpoints : files of checkpoints that were saved before
    """
    from cairn import figures
    from cairn.ensemble import summary
    from cairn.ensemble.annual import whole_years
    from cairn.support.monte_carlo import few_members

    checkpoints = checkpoints or []
    members, seed, parameters = result.sizes["member"], result.attrs["seed"], result.attrs["parameters"]
    files = [out / "run.nc"]
    years = whole_years(result.load() if result.nbytes < READ_AT_ONCE else result)
    outcomes = {}
    if years.sizes["time"]:
        with progress_bar(1 + len(figures.FIGURES), "writing", hidden=options.quiet or options.json) as bar:
            files.append(out / "summary.csv")
            summary.save_csv(years, files[-1])
            bar.update(1)
            files += figures.draw_all(years, out / "figures", progress=lambda *_: bar.update(1))
        outcomes = summary.table(years)
    if options.json:
        print_json(
            {
                "scenario": scenario.name,
                "title": scenario.title,
                "coding": getattr(options, "coding", "shipped"),  # a branch has that of its checkpoint
                **provenance(members, seed, parameters),
                "outcomes": summary.to_dict(outcomes),
                "warnings": [text for text in [few_members(members)] if text],
                "files": [str(path) for path in (*files, *checkpoints)],
            }
        )
    elif not options.quiet:
        if until := int(result.attrs.get("conditioned_until", 0)):
            print_filled(f"Worlds that follow the record to {until} (--condition-until none: a free run)")
        else:
            print_filled("Worlds whose past is free (--condition-until 2025: worlds that follow the record)")
        print_filled(scenario.title)
        print_filled(scenario.question)
        print()
        if outcomes:
            _print_table(outcomes)
        else:
            empty = "No headline outcome is among the outputs" if years.sizes["time"] else "No whole year was run"
            print(f"{empty}: no table.")
        of = "1 member" if members == 1 else f"{members} members"
        more = f", summary.csv and {len(files) - 2} figures in {out / 'figures'}" if files[1:] else ""
        print()
        print_filled(
            f"Median [90 % interval] of {of}, seed {seed}, rounded to the Monte Carlo error of the median. "
            f"{summary.INTERVALS_COVER} {few_members(members)}"
        )
        print_filled(f"Parameters: {parameters}. Records and their sources: model/cairn/data.")
        print_filled(f"Written: {files[0]}{more}")
        for path in checkpoints:
            print(f"Checkpoint, for the command branch: {path}")


def _print_table(outcomes: dict[Any, dict[int, Any]]) -> None:
    """Print the table of a run; in a narrow terminal without some of the early years."""
    from cairn.ensemble import summary

    lines, left_out = summary.to_text(outcomes).splitlines(), []
    for year in EARLY_YEARS:
        if max(len(line) for line in lines if not line.startswith("*")) <= terminal_width():
            break
        outcomes = {outcome: {y: c for y, c in cells.items() if y != year} for outcome, cells in outcomes.items()}
        lines = summary.to_text(outcomes).splitlines()
        left_out.append(year)
    for line in lines:
        if line.startswith("* "):
            print_filled(line.removeprefix("* "), first="* ")
        else:
            print(line)
    if left_out:
        years = " and ".join(map(str, sorted(left_out)))
        print_filled(f"{years}: in summary.csv, or here in a wider terminal.")
