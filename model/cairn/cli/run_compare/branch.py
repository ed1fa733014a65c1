"""`branch`: carry on from a checkpoint, under the same scenario or another with the same past."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from cairn.cli.options import RESULTS, BadInput, Bar, common, scenario, whole, writable
from cairn.cli.run_compare.run import outputs_option, report


def add(commands: Any) -> None:
    """The command and its options."""
    command = commands.add_parser(
        "branch", help="carry on from a checkpoint under another scenario", description=branch.__doc__
    )
    command.add_argument("checkpoint", type=Path, help="file that `run ... --checkpoint DATE` wrote")
    command.add_argument("--with", dest="scenario", help="name or file of a scenario (default: that of the checkpoint)")
    command.add_argument("--to", dest="to_year", type=whole(0, 9999, "a year"), help="last year to run and report")
    command.add_argument("--jobs", type=whole(1, 512, "the number of processes"), help="processes (default: chosen)")
    outputs_option(command)
    command.add_argument("--out", type=Path, help="folder for results (default: results/NAME-from-QUARTER)")
    common(command)
    command.set_defaults(handler=branch)


def branch(options: argparse.Namespace) -> int:
    """Carry on from a checkpoint: bit for bit what an uninterrupted run of the scenario would have given."""
    from cairn.ensemble import runner
    from cairn.ensemble.checkpoint import Checkpoint, CheckpointError

    try:
        checkpoint = Checkpoint.load(options.checkpoint)
        world = scenario(options.scenario) if options.scenario else checkpoint.scenario
        checkpoint.check_compatible(world)
        runner.resolve_outputs(options.outputs)
        _, stop = runner.resolve_years(world, None, options.to_year)
        out = writable(options.out or RESULTS / f"{world.name}-from-{checkpoint.name}")
        left = checkpoint.state.members * max(stop - checkpoint.quarter, 0)
        with Bar(left, "simulating", options.quiet or options.json) as progress:
            worlds = runner.branch(
                checkpoint,
                world,
                to_year=options.to_year,
                jobs=options.jobs,
                outputs=options.outputs,
                store=out / "run.nc",
                progress=progress,
            )
    except (CheckpointError, ValueError) as problem:
        raise BadInput(str(problem)) from None
    with worlds:
        report(world, worlds, out, options, [])
    return 0
