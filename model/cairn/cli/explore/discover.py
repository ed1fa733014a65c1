"""`sensitivity`, `discover` and `robust`: what sweeps tell."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from cairn.cli.explore.sweep import FAILED, carried_out, handed, opened, resized
from cairn.cli.options import RESULTS, BadInput, common, plainly, whole, writable


def add(commands: Any) -> None:
    """The commands and their options."""
    command = commands.add_parser(
        "sensitivity", help="which numbers and judgements matter", description=sensitivity.__doc__
    )
    for name, default, what in (
        ("trajectories", 10, "of Morris, through all numbers"),
        ("strongest", 12, "numbers that Sobol takes up"),
        ("samples", 128, "base samples of Sobol"),
        ("members", 10, "worlds at each point"),
        ("to", 2040, "last year of a run"),
    ):
        low, high = (1992, 2040) if name == "to" else (2 if name in ("trajectories", "samples") else 1, 100_000)
        command.add_argument(f"--{name}", type=whole(low, high, name), default=default, help=f"{what} ({default})")
    command.add_argument("--seed", type=whole(0, 2**63 - 1, "the seed"), default=1, help="seed (default: 1)")
    handed(command)
    command.add_argument("--out", type=Path, default=RESULTS / "sensitivity", help="folder; what it has is kept")
    common(command)
    command.set_defaults(handler=sensitivity)
    for name, handler, shipped, helped in (
        ("discover", discover, "futures", "under which conditions a future comes about"),
        ("robust", robust, "policies", "how policies hold up against what nobody chooses"),
    ):
        command = commands.add_parser(name, help=helped, description=handler.__doc__)
        command.add_argument("sweep", nargs="?", default=shipped, help=f"a sweep, or its folder (default: {shipped})")
        resized(command)
        handed(command)
        command.add_argument("--out", type=Path, help="folder of the sweep; what it has is kept")
        common(command)
        command.set_defaults(handler=handler)


def sensitivity(options: argparse.Namespace) -> int:
    """Screen all numbers and coded judgements by Morris, share out variance among the strongest by Sobol."""
    with plainly():
        from cairn.exploration import indices as known

        size = (options.members, options.seed, options.to)
        first = _table(known.morris_sweep(options.trajectories, *size), options.out / "screening", options)
        if first.failures:
            return _failed(first)
        screened = known.morris_indices(first)
        strongest = known.strongest_factors(screened, options.strongest)
        second = _table(known.sobol_sweep(strongest, options.samples, *size), options.out / "indices", options)
        if second.failures:
            return _failed(second)
        shares = known.sobol_indices(second)
    from cairn.exploration import plots
    from cairn.figures import write

    files = [options.out / "morris.csv", options.out / "sobol.csv"]
    known.save_csv(screened, files[0])
    known.save_csv(shares, files[1])
    files.append(write(plots.morris_bars(screened, first.about), options.out / "morris.png"))
    files.append(write(plots.sobol_bars(shares, second.about), options.out / "sobol.png"))
    if options.json:
        rows = [vars(index) | {"error": None if index.error != index.error else index.error} for index in shares]
        print(json.dumps({"strongest": strongest, "indices": rows, "files": [str(file) for file in files]}, indent=1))
    elif not options.quiet:
        factors = len(first.sweep.factors)
        print(f"Morris: effect of going through a factor's whole range, {factors} factors, with 95 % intervals")
        print(known.to_text(screened, "mu_star"))
        print("\nSobol: share of variance with all it interacts with")
        print(known.to_text(shares, "ST"))
        print(f"Written: {', '.join(str(file) for file in files)}")
    return 0


def _table(sweep: Any, folder: Path, options: argparse.Namespace) -> Any:
    """The finished table of a sweep; what a folder has of it is kept."""
    from cairn.sweeps import open_sweep

    done = carried_out(sweep, folder, options)
    return open_sweep(done.store.folder)


def _failed(table: Any) -> int:
    print(f"{table.store.folder}: {len(table.failures)} points failed, and the analysis needs all", file=sys.stderr)
    return FAILED


def discover(options: argparse.Namespace) -> int:
    """Find boxes (PRIM) and a tree (CART) that tell futures of interest from others, with coverage and density."""
    with plainly():
        known, folder = opened(options.sweep, options)
        if not known.spec.cases:
            raise BadInput(f"{known.name} has no cases to look for; add them under cases in the sweep file")
        from cairn.exploration import discovery

        table = _table(known, folder, options)
        found = {case: discovery.discover(table, case) for case in known.spec.cases}
    from cairn.exploration import plots
    from cairn.figures import write

    out = writable(folder)
    files = [out / "boxes.csv"]
    discovery.save_csv(found, files[0])
    files.append(write(plots.box_ranges(found, table.about), out / "boxes.png"))
    if options.json:
        document = {"cases": {case: discovery.to_dict(of) for case, of in found.items()}}
        print(json.dumps(document | {"files": [str(file) for file in files]}, indent=1, default=str))
    elif not options.quiet:
        for case, of in found.items():
            print(discovery.to_text(case, of) + "\n")
        print(f"Written: {', '.join(str(file) for file in files)}")
    return FAILED if table.failures else 0


def robust(options: argparse.Namespace) -> int:
    """Hold every package of levers against the same futures: share that meets the goals, and regret."""
    with plainly():
        known, folder = opened(options.sweep, options)
        if not known.spec.goals or not known.levers_crossed:
            raise BadInput(f"{known.name} needs goals, and levers that are crossed with every sample; see its file")
        from cairn.exploration import robustness

        table = _table(known, folder, options)
        found = robustness.robustness(table)
    from cairn.exploration import plots
    from cairn.figures import write

    out = writable(folder)
    files = [out / "robustness.csv"]
    robustness.save_csv(found, files[0])
    files.append(write(plots.robustness_bars(found, table.about), out / "robustness.png"))
    if options.json:
        document = {"policies": robustness.to_dict(found), "files": [str(file) for file in files]}
        print(json.dumps(document, indent=1))
    elif not options.quiet:
        print(robustness.to_text(found))
        print(f"Written: {', '.join(str(file) for file in files)}")
    return FAILED if table.failures else 0
