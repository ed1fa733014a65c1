"""Find out which parameters and judgements matter.

Morris screening ranks all of them by their effects; Sobol indices then give the shares of the variance of the outcomes
for those with the largest effects.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from cairn.cli.cli_errors import OK, PARTLY_FAILED
from cairn.cli.explore.sweep import run_missing, sweep_provenance
from cairn.cli.options import (
    RESULTS,
    add_executor_options,
    add_members_option,
    add_out_option,
    add_seed_option,
    bounded_int,
)
from cairn.cli.output import print_files, print_filled, print_json

SUMMARY = "which parameters and judgements matter (Morris, Sobol)"


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `sensitivity`."""
    for name, default, low, text in (
        ("trajectories", 10, 2, "trajectories of the Morris screening"),
        ("strongest", 12, 1, "number of parameters and judgements, largest effects first, that get Sobol indices"),
        ("samples", 128, 2, "base samples of the Sobol design"),
    ):
        read = bounded_int(low, 100_000, name)
        command.add_argument(f"--{name}", type=read, default=default, metavar="N", help=f"{text} (default: {default})")
    add_members_option(command, "members at each point (default: 10)", high=100_000, default=10)
    add_seed_option(command, "random seed (default: 1)", default=1)
    command.add_argument(
        "--to",
        dest="to_year",
        type=bounded_int(1992, 2040, "a year"),
        default=2040,
        metavar="YEAR",
        help="last year to run (default: 2040)",
    )
    add_executor_options(command)
    add_out_option(
        command,
        "folder for results; parts that it contains are not run again (default: results/sensitivity)",
        RESULTS / "sensitivity",
    )


def execute(options: argparse.Namespace) -> int:
    """Screen, then estimate the indices."""
    from cairn.exploration import indices

    size = (options.members, options.seed, options.to_year)
    screening = finished_sweep(indices.morris_sweep(options.trajectories, *size), options.out / "screening", options)
    if screening.failures:
        return _report_failures(screening)
    morris = indices.morris_indices(screening)
    strongest = indices.strongest_factors(morris, options.strongest)
    sample = finished_sweep(indices.sobol_sweep(strongest, options.samples, *size), options.out / "indices", options)
    if sample.failures:
        return _report_failures(sample)
    sobol = indices.sobol_indices(sample)
    from cairn.exploration import plots
    from cairn.figures import write

    files = [options.out / "morris.csv", options.out / "sobol.csv"]
    indices.save_csv(morris, files[0])
    indices.save_csv(sobol, files[1])
    titles = plots.factor_titles(screening.sweep)
    files.append(write(plots.morris_bars(morris, screening.about, titles), options.out / "morris.png"))
    files.append(write(plots.sobol_bars(sobol, sample.about, titles), options.out / "sobol.png"))
    if options.json:
        rows = [index.to_dict() for index in sobol]
        document = {**sweep_provenance(sample.store), "strongest": strongest, "indices": rows}
        print_json(document | {"files": [str(file) for file in files]})
    elif not options.quiet:
        factors = len(screening.sweep.factors)
        print(f"Morris: mean absolute effect over the whole range of a factor, {factors} factors, 95 % intervals")
        print(indices.to_text(morris, "mu_star"))
        print("\nSobol: share of the variance that a factor explains together with its interactions (total index)")
        print(indices.to_text(sobol, "ST"))
        print()
        print_filled(sample.sweep.held_fixed)
        print_files(files)
    return OK


def finished_sweep(sweep: Any, folder: Path, options: argparse.Namespace) -> Any:
    """Run what a folder lacks of a sweep and open its results."""
    from cairn.sweeps import open_sweep

    return open_sweep(run_missing(sweep, folder, options, retry_failed=False).store.folder)


def _report_failures(table: Any) -> int:
    folder = table.store.folder
    again = f"`run.py sweep {folder} --resume` tries them again"
    print(f"{folder}: {len(table.failures)} points failed, and the analysis needs all points; {again}", file=sys.stderr)
    return PARTLY_FAILED
