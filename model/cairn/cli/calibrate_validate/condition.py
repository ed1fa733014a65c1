"""Make members whose past is that of the record to a year, for runs that start from there.

Writes conditioned_YEAR.npz: parameters, random numbers and residuals of trade of the members. Runs use it with
--parameters FILE. Candidates that were simulated are kept in the folder, so that an interrupted command continues.
"""

from __future__ import annotations

import argparse
import json

from cairn.cli.cli_errors import OK
from cairn.cli.options import RESULTS, add_jobs_option, add_members_option, add_out_option, add_seed_option, bounded_int
from cairn.cli.output import own_folder, print_files, progress_bar, writable_folder

SUMMARY = "make members whose past is that of the record"
FIRST_UNTIL, LAST_UNTIL = 2003, 2025


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `condition`."""
    command.add_argument(
        "--until",
        type=bounded_int(FIRST_UNTIL, LAST_UNTIL, "the last year of the record"),
        default=LAST_UNTIL,
        metavar="YEAR",
        help=f"last year of the record that is used (default: {LAST_UNTIL})",
    )
    add_members_option(command, "members that are drawn (default: 500)", high=10_000)
    candidates = bounded_int(100, 1_000_000, "the number of candidates")
    command.add_argument(
        "--candidates", type=candidates, metavar="N", help="members from which they are drawn (default: 4000)"
    )
    add_seed_option(command, "random seed of runs on them (default: 1)", default=1)
    add_jobs_option(command)
    add_out_option(command, "folder for results (default: results/conditioned)", RESULTS / "conditioned")


def execute(options: argparse.Namespace) -> int:
    """Condition, and write the file."""
    from cairn.calibration import conditioned

    out, hidden = own_folder(options.out), options.quiet or options.json
    candidates, members = options.candidates or conditioned.CANDIDATES, options.members or conditioned.MEMBERS
    quarters = 4 * (options.until - 1992 + 1)
    with progress_bar(candidates * quarters, "conditioning", hidden=hidden) as bar:
        sets = conditioned.make_conditioned_sets(
            options.until,
            candidates,
            members,
            options.seed,
            jobs=options.jobs,
            keep=writable_folder(out / f"candidates_{options.until}"),
            progress=bar.update,
        )
    path = out / f"conditioned_{options.until}.npz"
    sets.save(path)
    if options.json:
        print(json.dumps(sets.about | {"files": [str(path)]}, indent=2))
    elif not options.quiet:
        print(conditioned.describe_fit(sets))
        print_files([path])
        print(f"To run on them: --parameters {path}")
    return OK
