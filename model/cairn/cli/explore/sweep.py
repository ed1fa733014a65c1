"""Run a sweep: the model at many points that differ in parameters, events or scenarios.

Points share runs. Results are written part by part, so that a sweep that was interrupted can be resumed; points that
fail are recorded, and the others finish.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path
from typing import Any

from cairn.cli.cli_errors import OK, PARTLY_FAILED
from cairn.cli.options import (
    SWEEPS,
    add_executor_options,
    add_out_option,
    add_sweep_size_options,
    bounded_int,
    shard,
)
from cairn.cli.output import print_filled, print_json, progress_bar, provenance, writable_folder
from cairn.support.errors import InputError
from cairn.support.text import one_line

SUMMARY = "run a sweep over parameters, events and scenarios"


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `sweep`."""
    command.add_argument(
        "sweep",
        nargs="?",
        help="a shipped sweep, a sweep file, or the folder of a sweep (default: list the shipped sweeps)",
    )
    add_sweep_size_options(command)
    add_executor_options(command)
    command.add_argument("--resume", action="store_true", help="run what is missing in the folder of the sweep")
    command.add_argument("--shard", type=shard, metavar="K/N", help="run only shard K of N, for arrays of jobs")
    command.add_argument(
        "--point",
        type=bounded_int(0, 10**15, "a point"),
        metavar="N",
        help="run only point N of the sweep in a folder and print its outcomes",
    )
    add_out_option(command, "folder of the sweep (default: results/sweeps/NAME)")


def execute(options: argparse.Namespace) -> int:
    """Run, resume or list sweeps, or run one point."""
    from cairn.sweeps.store import Store

    if options.sweep is None:
        return _list_shipped(options)
    if options.point is not None:
        return _run_point(options)
    sweep, folder = open_or_load(options.sweep, options)
    if Store.is_store(folder) and not (options.resume or options.shard):
        raise InputError(f"{folder} contains a sweep; continue it with --resume, or choose another folder with --out")
    if options.resume and not Store.is_store(folder):
        raise InputError(f"nothing to resume: {folder} contains no sweep")
    done = run_missing(sweep, folder, options, options.shard or (1, 1))
    return _print_result(sweep, done, options)


def open_or_load(which: str, options: argparse.Namespace) -> tuple[Any, Path]:
    """A sweep and its folder.

    Parameters
    ----------
    which : a shipped sweep, a file or the folder of a sweep
    options : of the command; its sizes replace those of a file, and a folder allows none

    Returns
    -------
    Sweep, folder
    """
    from cairn.sweeps.definition import Sweep
    from cairn.sweeps.store import Store

    sizes = {name: value for name in ("members", "seed") if (value := getattr(options, name)) is not None}
    if Store.is_store(which):
        if sizes or options.samples or options.out:
            raise InputError(
                f"{which} contains a sweep of a fixed size; leave out --samples, --members, --seed and --out"
            )
        return Store(which).sweep, Path(which)
    sweep = Sweep.load(which)
    if options.samples is not None:
        sizes["design"] = sweep.spec.design.model_dump() | {"samples": options.samples}
    return sweep.replace(**sizes) if sizes else sweep, options.out or SWEEPS / sweep.name


def run_missing(
    sweep: Any,
    folder: Path,
    options: argparse.Namespace,
    shard: tuple[int, int] = (1, 1),
    retry_failed: bool = True,
) -> Any:
    """Run what a folder lacks of a sweep, with a progress bar; returns what `run_sweep` returns."""
    from cairn.sweeps import executors, run_sweep

    executor = None
    if options.dask:
        executor = lambda: executors.dask(options.dask)  # noqa: E731
    elif options.slurm:
        executors.check_slurm()
        executor = lambda: executors.slurm(options.slurm, options.slurm_option)  # noqa: E731
    writable_folder(folder)
    with contextlib.ExitStack() as stack:

        def begin(members: int) -> Any:
            bar = progress_bar(members, "sweeping", hidden=options.quiet or options.json, unit="members")
            return stack.enter_context(bar).update

        command = " ".join(["run.py", *sys.argv[1:]])
        try:
            done = run_sweep(
                sweep,
                folder,
                jobs=options.jobs,
                executor=executor,
                shard=shard,
                make_progress=begin,
                command=command,
                retry_failed=retry_failed,
            )
        except OSError as problem:  # a full disk, a network drive that is gone
            reason = problem.strerror or problem
            raise InputError(f"{folder}: {reason}; files that were finished stay, go on with --resume") from None
    note_outdated(done.store)
    return done


def note_outdated(store: Any) -> None:
    """Say on standard error if another version of the program made the results in a folder."""
    if outdated := store.outdated:
        print(f"note: {outdated}", file=sys.stderr)


def sweep_provenance(store: Any) -> dict[str, Any]:
    """What the JSON document of a sweep says about how it was made, and what is the same at every point."""
    from cairn.core.parameter_sets import origin_of

    about = store.about
    made_with = {"version": about["versions"].get("cairn"), "commit": about["commit"]}
    origin = origin_of(store.sweep.parameters)
    return provenance(about["members"], about["seed"], origin) | made_with | {"held_fixed": store.sweep.held_fixed}


def _list_shipped(options: argparse.Namespace) -> int:
    """The shipped sweeps and their questions."""
    from cairn.sweeps.definition import Sweep, shipped_sweeps
    from cairn.sweeps.points import size

    sweeps = {name: Sweep.load(name) for name in shipped_sweeps()}
    if options.json:
        print_json(
            [
                {
                    "name": name,
                    "title": sweep.spec.title,
                    "question": sweep.spec.question,
                    "points": size(sweep),
                    "members": sweep.spec.members,
                }
                for name, sweep in sweeps.items()
            ]
        )
    elif not options.quiet:
        for name, sweep in sweeps.items():
            print(f"{name}\n    {sweep.spec.title}. {sweep.spec.question}")
            print(f"    {size(sweep):,} points of {sweep.spec.members} members")
    return OK


def _print_result(sweep: Any, done: Any, options: argparse.Namespace) -> int:
    """Say how a sweep ended; 0, or 3 if points failed."""
    from cairn.sweeps.points import size

    failures = done.store.failures()
    if options.json:
        print_json(
            {
                "sweep": sweep.name,
                "folder": str(done.store.folder),
                "points": size(sweep),
                **sweep_provenance(done.store),
                "files": done.parts,
                "files_kept": done.kept,
                "failed": [
                    {key: failure[key] for key in ("point", "points", "problem", "rerun")} for failure in failures
                ],
            }
        )
        return PARTLY_FAILED if failures else OK
    if not options.quiet:
        print(f"{sweep.spec.title}\n{sweep.spec.question}\n")
        part = f", shard {options.shard[0]} of {options.shard[1]}" if options.shard else ""
        print(f"{size(sweep):,} points of {sweep.spec.members} members, seed {sweep.spec.seed}{part}")
        print_filled(sweep.held_fixed)
        kept = f", {done.kept} of them from before" if done.kept else ""
        print(f"Written: {done.parts} file{'s' * (done.parts != 1)} in {done.store.table}{kept}")
    for failure in failures:
        which = f"point {failure['point']}" + (f" and {failure['points'] - 1} more" if failure["points"] > 1 else "")
        problem = one_line(failure["problem"])
        print(f"{which} failed: {problem}. To run it alone: {failure['rerun']}", file=sys.stderr)
    if failures:
        print(f"to try them again: python run.py sweep {done.store.folder} --resume", file=sys.stderr)
    return PARTLY_FAILED if failures else OK


def _run_point(options: argparse.Namespace) -> int:
    """Run one point of the sweep in a folder."""
    from cairn.sweeps import points
    from cairn.sweeps.store import Store

    store = Store(options.sweep)
    sweep = store.sweep
    store.check_model(sweep)
    if options.point >= points.size(sweep):
        raise InputError(f"no point {options.point}; the points are 0..{points.size(sweep) - 1}")
    note_outdated(store)
    inputs = points.inputs(sweep, options.point)
    outcomes, failures = points.run_points(sweep, options.point, points.levels(sweep, options.point, 1))
    if options.json:
        values = {name: [None if v != v else float(v) for v in column] for name, column in outcomes.items()}
        trace = failures[0].trace if failures else None
        print_json({"point": options.point, "inputs": inputs, "outcomes": values, "traceback": trace})
    else:
        print("\n".join(f"{name} = {value}" for name, value in inputs.items()))
        for name, column in outcomes.items():
            print(f"{name}: {', '.join('missing' if value != value else f'{value:.6g}' for value in column)}")
        print("\n".join(failure.trace for failure in failures), file=sys.stderr, end="")
    return PARTLY_FAILED if failures else OK
