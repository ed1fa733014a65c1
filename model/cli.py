"""The command line: `run`, `bench`, `list`. Heavy imports wait until a command needs them, so help comes at once."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BAD_INPUT, INTERRUPTED = 2, 130
RESULTS = Path("results")


class BadInput(Exception):
    """Something a person gave that cannot be used; the message says what is allowed."""


def whole(low: int, high: int, what: str) -> Callable[[str], int]:
    """A whole number within bounds, for argparse."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number; {what} is {low}..{high}") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{value} is out of range; {what} is {low}..{high}")
        return value

    return read


class Parser(argparse.ArgumentParser):
    """argparse with one line per error."""

    def error(self, message: str) -> Any:
        self.exit(BAD_INPUT, f"{self.prog}: {message}. See `{self.prog} --help`.\n")


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = Parser(
        prog="run.py",
        description="Cairn: cooperation among five countries of Central Asia, 1992-2040.",
        epilog="Without a command: run scenarios/baseline.yaml with 500 members.",
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    run = commands.add_parser("run", help="run a scenario: table, figures, data", description=_run.__doc__)
    run.add_argument("scenario", nargs="?", default="baseline", help="name or file of a scenario (default: baseline)")
    run.add_argument("--members", type=whole(1, 1_000_000, "the number of worlds"), help="worlds (default: 500)")
    run.add_argument("--seed", type=whole(0, 2**63 - 1, "the seed"), help="seed of the luck (default: 1)")
    run.add_argument("--from", dest="from_year", type=whole(0, 9999, "a year"), help="first year to report")
    run.add_argument("--to", dest="to_year", type=whole(0, 9999, "a year"), help="last year to run and report")
    run.add_argument("--out", type=Path, help="folder for results (default: results/NAME)")
    run.add_argument("--jobs", type=whole(1, 512, "the number of processes"), help="processes (default: chosen)")
    _common(run)
    bench = commands.add_parser("bench", help="measure speed and memory on this machine", description=_bench.__doc__)
    bench.add_argument("--quick", action="store_true", help="a tenth of the size")
    _common(bench)
    listing = commands.add_parser("list", help="list the scenarios", description=_list.__doc__)
    _common(listing)
    return top


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--quiet", action="store_true", help="no progress, no table")
    command.add_argument("--json", action="store_true", help="one JSON document on standard output, nothing else")


def main(arguments: list[str] | None = None) -> int:
    """Run a command; 0 if it worked, 2 for bad input, 130 if interrupted."""
    given = sys.argv[1:] if arguments is None else arguments
    top = parser()
    commands = {"run": _run, "bench": _bench, "list": _list}
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help")):
        given = ["run", *given]
    options = top.parse_args(given)
    try:
        return commands[options.command](options)
    except BadInput as problem:
        print(problem, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("interrupted; files that were finished stay, nothing is half-written", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def writable(folder: Path) -> Path:
    """A folder made ready to be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        reason = problem.strerror or problem
        raise BadInput(f"cannot write to {folder}: {reason}; choose another folder with --out") from None
    return folder


class Bar:
    """A progress bar on a terminal: share done, time left and when it will end."""

    def __init__(self, total: int, what: str, quiet: bool):
        from tqdm import tqdm

        self._began, self._total = time.monotonic(), total
        # disable=None shows the bar on a terminal only
        self._bar = tqdm(
            total=total,
            desc=what,
            disable=True if quiet else None,
            bar_format="{desc} {percentage:3.0f}% |{bar}| {remaining} left{postfix}",
            leave=False,
        )

    def __call__(self, done: int) -> None:
        self._bar.update(done)
        if not self._bar.disable and self._bar.n:
            left = (time.monotonic() - self._began) / self._bar.n * (self._total - self._bar.n)
            self._bar.set_postfix_str(f"ends {time.strftime('%H:%M:%S', time.localtime(time.time() + left))}", False)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()


def _scenario(which: str) -> Any:
    from model.scenario import Scenario, ScenarioError

    try:
        return Scenario.load(which)
    except ScenarioError as problem:
        raise BadInput(str(problem)) from None


def _run(options: argparse.Namespace) -> int:
    """Run a scenario, print its headline outcomes beside the record, write run.nc, summary.csv and figures."""
    scenario = _scenario(options.scenario)
    from model import ensemble

    try:
        _, last = ensemble.years_checked(scenario, options.from_year, options.to_year)
    except ValueError as problem:
        raise BadInput(str(problem)) from None
    out = writable(options.out or RESULTS / scenario.name)
    quiet = options.quiet or options.json
    members, seed = ensemble.size_of(scenario, options.members, options.seed)
    with Bar(members * last, "simulating", quiet) as progress:
        worlds = ensemble.run(
            scenario,
            members,
            seed,
            from_year=options.from_year,
            to_year=options.to_year,
            jobs=options.jobs,
            progress=progress,
        )
    from model import figures, summary

    with Bar(2 + len(figures.FIGURES), "writing", quiet) as progress:
        ensemble.save(worlds, out / "run.nc")
        progress(1)
        summary.save_csv(worlds, out / "summary.csv")
        progress(1)
        drawn = figures.draw_all(worlds, out / "figures", progress=lambda *_: progress(1))
    found = summary.table(worlds)
    files = [out / "run.nc", out / "summary.csv", *drawn]
    if options.json:
        document = {
            "scenario": scenario.name,
            "title": scenario.title,
            "members": members,
            "seed": seed,
            "version": worlds.attrs["version"],
            "commit": worlds.attrs["commit"],
            "outcomes": summary.as_json(found),
            "files": [str(path) for path in files],
        }
        print(json.dumps(document, indent=1))
    elif not options.quiet:
        print(f"{scenario.title}\n{scenario.question}\n")
        print("\n".join(summary.as_lines(found)))
        worlds_word = "world" if members == 1 else "worlds"
        print(f"\nMedian [90 % band] of {members} {worlds_word}, seed {seed}. Bands hold chance and our")
        print("ignorance of leaders, not that of the model's other numbers. Records and their sources: model/data.")
        print(f"Written: {out / 'run.nc'}, summary.csv and {len(drawn)} figures in {out / 'figures'}")
    return 0


def _bench(options: argparse.Namespace) -> int:
    """Measure speed and memory: one world, ten thousand, against mesa.batch_run, and where the time goes."""
    from model.bench import measure

    found = measure(quick=options.quick, say=(lambda *_: None) if options.quiet or options.json else print)
    if options.json:
        print(json.dumps(found, indent=1))
    return 0


def _list(options: argparse.Namespace) -> int:
    """List the shipped scenarios and the question each asks."""
    from model.scenario import known

    rows = {name: _scenario(name) for name in known()}
    if options.json:
        print(json.dumps([{"name": n, "title": s.title, "question": s.question} for n, s in rows.items()], indent=1))
        return 0
    for name, scenario in rows.items():
        print(f"{name}\n    {scenario.title}. {scenario.question}")
    return 0
