"""Continue from a checkpoint, under its scenario or another one with the same past.

The result is, bit for bit, the later part of an uninterrupted run. `branch today --with SCENARIO` continues from the
end of the record: the first time it runs the baseline up to there and keeps that in results/today.npz.
"""

from __future__ import annotations

import argparse
import contextlib
from typing import Any

from cairn.cli.cli_errors import OK, as_bad_input
from cairn.cli.options import RESULTS, add_jobs_option, add_out_option, add_outputs_option, add_to_option
from cairn.cli.output import own_folder, progress_bar, writable_folder
from cairn.cli.run_compare.run import write_results

KEPT = RESULTS / "today.npz"
SUMMARY = "continue from a checkpoint under another scenario"


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `branch`."""
    command.add_argument(
        "checkpoint", help="today (the end of the record), or a file that `run ... --checkpoint DATE` wrote"
    )
    command.add_argument(
        "--with",
        dest="scenario",
        metavar="SCENARIO",
        help="name or file of the scenario to continue with (default: the checkpoint's own)",
    )
    add_to_option(command)
    add_jobs_option(command)
    add_outputs_option(command)
    add_out_option(command, "folder for results (default: results/NAME-from-QUARTER)")


def execute(options: argparse.Namespace) -> int:
    """Continue from a checkpoint."""
    from cairn.ensemble import runner
    from cairn.ensemble.checkpoint import Checkpoint
    from cairn.scenario.scenario import Scenario

    hidden = options.quiet or options.json
    checkpoint = _today(options) if options.checkpoint == runner.TODAY else Checkpoint.load(options.checkpoint)
    scenario = Scenario.load(options.scenario) if options.scenario else checkpoint.scenario
    checkpoint.check_compatible(scenario)
    with as_bad_input(ValueError):
        runner.resolve_outputs(options.outputs)
        _, quarters = runner.resolve_years(scenario, None, options.to_year)
    out = own_folder(options.out or RESULTS / f"{scenario.name}-from-{checkpoint.name}")
    work = checkpoint.state.members * max(quarters - checkpoint.quarter, 0)
    with progress_bar(work, "simulating", hidden=hidden) as bar:
        result = runner.branch(
            checkpoint,
            scenario,
            to_year=options.to_year,
            jobs=options.jobs,
            outputs=options.outputs,
            store=out / "run.nc",
            progress=bar.update,
        )
    with result:
        write_results(scenario, result, out, options)
    return OK


def _today(options: argparse.Namespace) -> Any:
    """The checkpoint at the end of the record: from its file if that is of this version, else made and kept there."""
    from cairn.core.parameter_sets import conditioned_until
    from cairn.ensemble import runner
    from cairn.ensemble.checkpoint import Checkpoint, CheckpointError
    from cairn.scenario.scenario import FACTUAL, Scenario

    if KEPT.exists():
        with contextlib.suppress(CheckpointError):
            kept = Checkpoint.load(KEPT)
            if runner.is_today(kept):
                return kept
    writable_folder(KEPT.parent)
    baseline = Scenario.load(FACTUAL)
    work = runner.resolve_size(baseline, None, None)[0] * 4 * (conditioned_until(None) - baseline.horizon.first + 2)
    with progress_bar(work, "running to today", hidden=options.quiet or options.json) as bar:
        made = runner.today(jobs=options.jobs, progress=bar.update)
    made.save(KEPT)
    return made
