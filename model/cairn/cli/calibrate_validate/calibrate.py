"""Estimate the parameters from the record to 2015, or to another year.

Writes posterior.csv and posterior.json; with --until YEAR refit_YEAR.csv and refit_YEAR.json, for forecasts that use
nothing after that year. A calibration that was interrupted continues where it stopped.
"""

from __future__ import annotations

import argparse
from typing import Any

from cairn.cli.cli_errors import OK
from cairn.cli.options import RESULTS, add_jobs_option, add_out_option, add_seed_option, bounded_int
from cairn.cli.output import own_folder, print_files, progress_bar, writable_folder
from cairn.support.errors import InputError

SUMMARY = "estimate the parameters from the record"
USUAL_STEPS = 8  # of a calibration, for its progress bar
FIRST_UNTIL, LAST_UNTIL = 2000, 2025


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `calibrate`."""
    sets = bounded_int(200, 1_000_000, "the number of sets")
    command.add_argument("--sets", type=sets, metavar="N", help="parameter sets in each step (default: 6000)")
    command.add_argument(
        "--until",
        type=bounded_int(FIRST_UNTIL, LAST_UNTIL, "the last year"),
        metavar="YEAR",
        help="refit to the record up to this year, all targets included, and write refit_YEAR.csv",
    )
    add_seed_option(command, "random seed (default: 1)", default=1)
    add_jobs_option(command)
    command.add_argument(
        "--ablations",
        action="store_true",
        help="also calibrate without each mechanism and under other codings of the leaders",
    )
    command.add_argument(
        "--sbc",
        type=bounded_int(2, 10_000, "the number of records"),
        metavar="N",
        help="also run simulation-based calibration on N synthetic records",
    )
    add_out_option(command, "folder for results (default: results/calibration)", RESULTS / "calibration")


def execute(options: argparse.Namespace) -> int:
    """Calibrate, and check the calibration where asked to."""
    from cairn.calibration import ablations, fit, sbc
    from cairn.calibration.posterior import save_posterior, to_text
    from cairn.calibration.refits import save_refit

    if options.until and (options.ablations or options.sbc):
        raise InputError("--until makes a refit alone; leave out --ablations and --sbc, or --until")
    out, hidden = own_folder(options.out), options.quiet or options.json
    count, runs = options.sets or fit.ENSEMBLE_SIZE, 1 if options.until else 2
    with progress_bar(runs * USUAL_STEPS * count, "calibrating", hidden=hidden) as bar:
        settings = {"jobs": options.jobs, "progress": bar.update}
        if options.until:
            steps = writable_folder(out / f"steps_{options.until}")
            posterior = fit.calibrate(count, options.seed, until=options.until, folder=steps, **settings)
        else:
            posterior = fit.calibrate(count, options.seed, folder=out, compare_rejection=True, **settings)
    files = (save_refit if options.until else save_posterior)(posterior, out)
    if options.ablations:
        rows: list[dict[str, Any]] = []
        fewer = min(count, ablations.ENSEMBLE_SIZE)
        with progress_bar(len(ablations.REFITS) * USUAL_STEPS * fewer, "ablations", hidden=hidden) as bar:
            for row in ablations.run_refits(count=fewer, jobs=options.jobs, progress=bar.update):
                rows.append(row)
                ablations.save_refits(rows, out / "refits.csv")
        files.append(out / "refits.csv")
    if options.sbc:
        ranks: list[Any] = []
        fewer = min(count, sbc.ENSEMBLE_SIZE)
        with progress_bar(options.sbc * USUAL_STEPS * fewer, "synthetic records", hidden=hidden) as bar:
            for rank in sbc.run_sbc(options.sbc, fewer, options.seed, jobs=options.jobs, progress=bar.update):
                ranks.append(rank)
                sbc.save_ranks(posterior.calibrated, ranks, out / "sbc.csv")
        files.append(out / "sbc.csv")
    if options.json:
        print(files[1].read_text(encoding="utf-8"), end="")
    elif not options.quiet:
        print(to_text(posterior))
        print_files(files)
        print(f"To run on them: --parameters {files[0]}")
    return OK
