"""`sweep`: many points, on one machine or a cluster, resumed at will."""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
from pathlib import Path
from typing import Any

from cairn.cli.options import RESULTS, BadInput, Bar, common, plainly, whole, writable

SWEEPS = RESULTS / "sweeps"
FAILED = 3


def add(commands: Any) -> None:
    """The command and its options."""
    command = commands.add_parser(
        "sweep", help="run a sweep over numbers, events and scenarios", description=sweep.__doc__
    )
    command.add_argument(
        "sweep", nargs="?", help="a shipped sweep, a file, or the folder of one begun (default: list those shipped)"
    )
    resized(command)
    handed(command)
    command.add_argument("--resume", action="store_true", help="go on with what the folder lacks")
    command.add_argument("--part", type=shard, metavar="K/N", help="only the K-th of N pieces, for arrays of jobs")
    command.add_argument(
        "--point", type=whole(0, 10**15, "a point"), help="run one point of a folder alone and show what it gives"
    )
    command.add_argument("--out", type=Path, help="folder (default: results/sweeps/NAME)")
    common(command)
    command.set_defaults(handler=sweep)


def resized(command: argparse.ArgumentParser) -> None:
    """Options that change the size a sweep file asks for."""
    command.add_argument("--samples", type=whole(1, 10**10, "the number of samples"), help="in place of the file's")
    command.add_argument("--members", type=whole(1, 100_000, "the number of worlds"), help="in place of the file's")
    command.add_argument("--seed", type=whole(0, 2**63 - 1, "the seed"), help="in place of the file's")


def handed(command: argparse.ArgumentParser) -> None:
    """Options that say who runs a sweep."""
    who = command.add_mutually_exclusive_group()
    who.add_argument("--jobs", type=whole(1, 512, "the number of processes"), help="processes (default: chosen)")
    who.add_argument("--dask", metavar="ADDRESS", help="address of a Dask scheduler, as tcp://host:8786")
    who.add_argument("--slurm", type=whole(1, 10_000, "the number of jobs"), metavar="JOBS", help="Slurm jobs to start")
    command.add_argument(
        "--slurm-option", action="append", default=[], metavar="OPTION", help="a line of #SBATCH, as --time=2:00:00"
    )


def shard(text: str) -> tuple[int, int]:
    """K/N, for argparse."""
    if found := re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text):
        k, n = int(found[1]), int(found[2])
        if 1 <= k <= n:
            return k, n
    raise argparse.ArgumentTypeError(f"{text[:40]!r} is no piece; write 1/8 to 8/8")


def sweep(options: argparse.Namespace) -> int:
    """Run a sweep: points packed as worlds of the same runs, a table written part by part, failures recorded."""
    with plainly():
        from cairn.sweeps.store import Store

        if options.sweep is None:
            return _listed(options)
        if options.point is not None:
            return _one_point(options)
        known, folder = opened(options.sweep, options)
        if Store.is_one(folder) and not (options.resume or options.part):
            raise BadInput(f"{folder} holds a sweep already; go on with --resume, or choose another folder with --out")
        if options.resume and not Store.is_one(folder):
            raise BadInput(f"nothing to resume: {folder} holds no sweep")
        done = carried_out(known, folder, options, options.part or (1, 1))
    return _told(known, done, options)


def opened(which: str, options: argparse.Namespace) -> tuple[Any, Path]:
    """A sweep and its folder: from a file with the sizes asked for, or as the folder of one begun has it."""
    from cairn.sweeps.store import Store
    from cairn.sweeps.sweep_spec import Sweep

    asked = {name: value for name in ("members", "seed") if (value := getattr(options, name)) is not None}
    if Store.is_one(which):
        if asked or options.samples or getattr(options, "out", None):
            raise BadInput(f"{which} holds a sweep with its own size; leave out --samples, --members, --seed and --out")
        return Store(which).sweep, Path(which)
    known = Sweep.load(which)
    if options.samples is not None:
        asked["design"] = known.spec.design.model_dump() | {"samples": options.samples}
    return known.replace(**asked) if asked else known, options.out or SWEEPS / known.name


def carried_out(known: Any, folder: Path, options: argparse.Namespace, shard: tuple[int, int] = (1, 1)) -> Any:
    """Run what a folder lacks of a sweep, with a progress bar."""
    from cairn.sweeps import executors, run_sweep

    executor = None
    if options.dask:
        executor = lambda: executors.dask(options.dask)  # noqa: E731
    elif options.slurm:
        executors.check_slurm()
        executor = lambda: executors.slurm(options.slurm, options.slurm_option)  # noqa: E731
    writable(folder)
    with contextlib.ExitStack() as stack:

        def begin(worlds: int) -> Any:
            quiet = options.quiet or options.json
            return stack.enter_context(Bar(worlds, "sweeping", quiet, "worlds"))

        command = " ".join(["run.py", *sys.argv[1:]])
        try:
            return run_sweep(
                known, folder, jobs=options.jobs, executor=executor, shard=shard, begin=begin, command=command
            )
        except OSError as problem:  # a full disk, a share that is gone
            reason = problem.strerror or problem
            raise BadInput(f"{folder}: {reason}; files that were finished stay, go on with --resume") from None


def _listed(options: argparse.Namespace) -> int:
    """The shipped sweeps and the question each asks."""
    from cairn.sweeps.points import size
    from cairn.sweeps.sweep_spec import Sweep, shipped

    rows = [(name, Sweep.load(name)) for name in shipped()]
    if options.json:
        texts = [{"name": n, "title": s.spec.title, "question": s.spec.question, "points": size(s)} for n, s in rows]
        print(json.dumps(texts, indent=1))
    elif not options.quiet:
        for name, known in rows:
            print(f"{name}\n    {known.spec.title}. {known.spec.question}")
            print(f"    {size(known):,} points of {known.spec.members} members")
    return 0


def _told(known: Any, done: Any, options: argparse.Namespace) -> int:
    """Say how a sweep ended; 0, or 3 if points failed."""
    from cairn.sweeps.points import size

    failures = done.store.failures()
    if options.json:
        document = {
            "sweep": known.name,
            "folder": str(done.store.folder),
            "points": size(known),
            "members": known.spec.members,
            "seed": known.spec.seed,
            "files": done.parts,
            "files_kept": done.kept,
            "failed": [{key: failure[key] for key in ("point", "points", "problem", "rerun")} for failure in failures],
        }
        print(json.dumps(document, indent=1))
    elif not options.quiet:
        print(f"{known.spec.title}\n{known.spec.question}\n")
        part = f", piece {options.part[0]} of {options.part[1]}" if options.part else ""
        print(f"{size(known):,} points of {known.spec.members} members, seed {known.spec.seed}{part}")
        kept = f", {done.kept} of them kept from before" if done.kept else ""
        print(f"Written: {done.parts} file{'s' * (done.parts != 1)} in {done.store.table}{kept}")
    for failure in failures if not options.json else ():
        which = f"point {failure['point']}" + (f" and {failure['points'] - 1} more" if failure["points"] > 1 else "")
        print(f"{which} failed: {failure['problem']}. Alone: {failure['rerun']}", file=sys.stderr)
    return FAILED if failures else 0


def _one_point(options: argparse.Namespace) -> int:
    """Run one point of a folder alone."""
    from cairn.sweeps import points
    from cairn.sweeps.store import Store

    known = Store(options.sweep).sweep
    if options.point >= points.size(known):
        raise BadInput(f"there is no point {options.point}; points are 0..{points.size(known) - 1}")
    said = points.inputs(known, options.point)
    found, failed = points.outcomes(known, options.point, points.codes(known, options.point, 1))
    if options.json:
        values = {name: [None if v != v else float(v) for v in column] for name, column in found.items()}
        trace = failed[0].trace if failed else None
        print(json.dumps({"point": options.point, "inputs": said, "outcomes": values, "traceback": trace}, default=str))
    else:
        print("\n".join(f"{name} = {value}" for name, value in said.items()))
        for name, column in found.items():
            print(f"{name}: {', '.join(f'{value:.6g}' for value in column)}")
        print("\n".join(failure.trace for failure in failed), file=sys.stderr, end="")
    return FAILED if failed else 0
