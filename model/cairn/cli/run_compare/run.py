"""`run` and `bench`."""

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
    plainly,
    scenario,
    sized,
    whole,
    writable,
)
from cairn.core.calendar import quarter_from

READ_AT_ONCE = 2**28  # bytes of values: larger runs are read from their file as they are needed


def add(commands: Any) -> None:
    """The commands and their options."""
    command = commands.add_parser("run", help="run a scenario: table, figures, data", description=run.__doc__)
    command.add_argument("scenario", nargs="?", default="baseline", help="name or file (default: baseline)")
    sized(command)
    parameters_option(command)
    command.add_argument("--from", dest="from_year", type=whole(0, 9999, "a year"), help="first year to report")
    command.add_argument("--to", dest="to_year", type=whole(0, 9999, "a year"), help="last year to run and report")
    command.add_argument(
        "--checkpoint",
        type=date,
        action="append",
        default=[],
        metavar="DATE",
        help="keep the worlds at the quarter nearest to a date (2016-07), to branch from; may be repeated",
    )
    outputs_option(command)
    command.add_argument("--out", type=Path, help="folder for results (default: results/NAME)")
    common(command)
    command.set_defaults(handler=run)
    command = commands.add_parser("bench", help="measure speed and memory on this machine", description=bench.__doc__)
    command.add_argument("--quick", action="store_true", help="a tenth of the size")
    command.add_argument("--sweeps", action="store_true", help="sweeps, beside mesa.batch_run and EMA Workbench")
    common(command)
    command.set_defaults(handler=bench)


def run(options: argparse.Namespace) -> int:
    """Run a scenario, print its headline outcomes beside the record, write run.nc, summary.csv and figures."""
    world, parameters = scenario(options.scenario), load_parameters(options.parameters)
    from cairn.ensemble import runner

    try:
        runner.resolve_outputs(options.outputs)
        _, last = runner.resolve_years(world, options.from_year, options.to_year)
        runner.check_checkpoints(options.checkpoint, last)
    except ValueError as problem:
        raise BadInput(str(problem)) from None
    out = writable(options.out or RESULTS / world.name)
    members, seed = runner.resolve_size(world, options.members, options.seed)
    with Bar(members * last, "simulating", options.quiet or options.json) as progress:
        worlds, checkpoints = runner.run(
            world,
            members,
            seed,
            from_year=options.from_year,
            to_year=options.to_year,
            jobs=options.jobs,
            parameters=parameters,
            progress=progress,
            checkpoints=options.checkpoint,
            outputs=options.outputs,
            store=out / "run.nc",
        )
    files = [out / f"{checkpoint.name}.npz" for checkpoint in checkpoints]
    for checkpoint, path in zip(checkpoints, files, strict=True):
        checkpoint.save(path)
    with worlds:
        report(world, worlds, out, options, files)
    return 0


def date(text: str) -> str:
    """A date that names a quarter, for argparse."""
    try:
        quarter_from(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def outputs_option(command: argparse.ArgumentParser) -> None:
    """Which variables run.nc, summary.csv and figures contain."""
    command.add_argument(
        "--outputs",
        default="all",
        metavar="WHICH",
        help="all, summary (variables of the region), or names of variables separated by commas (default: all)",
    )


def report(world: Any, worlds: Any, out: Path, options: argparse.Namespace, kept: list[Path]) -> None:
    """Write summary and figures of a run that is in run.nc, print its table; `kept` are other files written before."""
    from cairn import figures
    from cairn.ensemble import summary
    from cairn.ensemble.annual import whole_years

    members, seed = worlds.sizes["member"], worlds.attrs["seed"]
    written = [out / "run.nc"]
    if worlds.nbytes < READ_AT_ONCE:
        worlds = worlds.load()
    worlds = whole_years(worlds)
    if worlds.sizes["time"]:
        with Bar(1 + len(figures.FIGURES), "writing", options.quiet or options.json) as progress:
            summary.save_csv(worlds, out / "summary.csv")
            progress(1)
            drawn = figures.draw_all(worlds, out / "figures", progress=lambda *_: progress(1))
        written += [out / "summary.csv", *drawn]
    found = summary.table(worlds) if worlds.sizes["time"] else {}
    if options.json:
        document = {
            "scenario": world.name,
            "title": world.title,
            "members": members,
            "seed": seed,
            "version": worlds.attrs["version"],
            "commit": worlds.attrs["commit"],
            "outcomes": summary.to_dict(found),
            "files": [str(path) for path in (*written, *kept)],
        }
        print(json.dumps(document, indent=1))
    elif not options.quiet:
        print(f"{world.title}\n{world.question}\n")
        empty = "No whole year was run" if not worlds.sizes["time"] else "No headline outcome is among the outputs"
        print(summary.to_text(found) if found else f"{empty}: no table.")
        noun = "member" if members == 1 else "members"
        print(f"\nMedian [90 % interval] of {members} {noun}, seed {seed}, parameters: {worlds.attrs['parameters']}.")
        print(f"{summary.INTERVALS_COVER}\nRecords and their sources: model/cairn/data.")
        more = f", summary.csv and {len(written) - 2} figures in {out / 'figures'}" if written[1:] else ""
        print(f"Written: {written[0]}{more}")
        for path in kept:
            print(f"Kept to branch from: {path}")


def bench(options: argparse.Namespace) -> int:
    """Measure speed and memory: one world, ten thousand, against mesa.batch_run, and where the time goes."""
    if options.sweeps:
        from cairn.exploration.sweep_timing import measure
    else:
        from cairn.exploration.timing import measure
    with plainly():
        found = measure(quick=options.quick, say=(lambda *_: None) if options.quiet or options.json else print)
    if options.json:
        print(json.dumps(found, indent=1))
    return 0
