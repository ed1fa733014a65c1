"""Spoilt input at every door, many thousands of it: `python -m tests.fuzz --inputs 10000` prints what became of it.

Each input must be accepted, or refused with a message; none may end in another error, take more than ten seconds of
the processor, or put control characters on a terminal. An input is made from its number alone, so that a fault can be
looked at again:
`python -m tests.fuzz sweep --from 4711 --inputs 1`. `tests/test_fuzz_doors.py` runs some inputs of every door.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import io
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import numpy as np

from cairn.core.parameter_sets import resolve_parameters
from cairn.dashboard.session.edits import build_scenario
from cairn.dashboard.session.url_state import from_query
from cairn.ensemble.checkpoint import Checkpoint
from cairn.ensemble.runner import run
from cairn.scenario.inheritance import shipped_names
from cairn.scenario.scenario import Scenario
from cairn.support.errors import InputError
from cairn.support.provenance import code_digest, package_version
from cairn.support.text_table import text_table
from cairn.sweeps import Sweep, open_sweep, run_sweep
from cairn.sweeps.store import Store
from tests.test_fuzz import EXTENDS, MUTATIONS, VALUES, spoilt

ROOT = Path(__file__).parent.parent
LIMIT_S, WAIT_S = 10, 60  # of the processor, and by the clock: other work may keep the processor busy
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
DIGITS = re.compile(r"[\d_]\S*|'[^']*'|\"[^\"]*\"|\S*/\S*")


class Hang(BaseException):
    """An input took too long."""


class Refused(Exception):
    """An input was refused with a message."""


@dataclasses.dataclass
class Door:
    """A way into the program.

    Parameters
    ----------
    name : for the table
    spoil : makes the input of a number in a folder
    enter : gives it to the program; raises `Refused` or an `InputError` for a refusal
    """

    name: str
    spoil: Callable[[random.Random, Path], Any]
    enter: Callable[[Any], Any]


@dataclasses.dataclass
class Seen:
    """What became of the inputs of a door."""

    door: str
    inputs: int = 0
    accepted: int = 0
    refused: int = 0
    kinds: Counter[str] = dataclasses.field(default_factory=Counter)
    faults: list[str] = dataclasses.field(default_factory=list)
    hangs: list[str] = dataclasses.field(default_factory=list)
    slowest_s: float = 0.0
    slowest: int = 0

    def add(self, other: Seen) -> None:
        """Add what became of further inputs."""
        for name in ("inputs", "accepted", "refused", "kinds", "faults", "hangs"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        if other.slowest_s > self.slowest_s:
            self.slowest_s, self.slowest = other.slowest_s, other.slowest

    def row(self) -> list[str]:
        """A row of the table."""
        counts = (self.inputs, self.accepted, self.refused, len(self.kinds), len(self.faults), len(self.hangs))
        return [self.door, *map(str, counts), f"{self.slowest_s:.1f} ({self.slowest})"]


PIECE = 250  # inputs of a door before the next door has its turn
HEADER = ["door", "inputs", "accepted", "refused", "kinds of message", "tracebacks", "over 10 s", "slowest, s (number)"]

# --- what spoils ---

ODD = [None, True, False, 0, -1, 1, 2**53, 10**30, 1e308, -1e-320, float("nan"), float("inf"), -float("inf"), "", "a",
       "\x1b[31m", "\u202e", "é" * 40, "9" * 400, "x" * 140_000, [], {}, [[]], {"a": {"b": []}}, [None] * 3,
       "baseline", "2016-09-02", "..", "/dev/zero", "NaN", "1e5", "0x1F", "1,5"]  # fmt: skip


def spoil_json(rng: random.Random, document: Any) -> Any:
    """A document with one of its values replaced, removed, added or doubled."""
    document = json.loads(json.dumps(document))
    places = list(_places(document))
    holder, key = rng.choice(places)
    act = rng.randrange(6)
    if act == 0:
        del holder[key]
    elif act == 1 and isinstance(holder, dict):
        holder[rng.choice(("more", "", "a.b", "\u202e", "x" * 5_000, key.upper()))] = rng.choice(ODD)
    elif act == 2 and isinstance(holder, list):
        holder.insert(key, rng.choice((holder[key], rng.choice(ODD))))
    elif act == 3:
        other, its_key = rng.choice(places)
        holder[key] = json.loads(json.dumps(other[its_key])) if its_key in other or isinstance(other, list) else 3
    else:
        holder[key] = rng.choice(ODD)
    return document


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(document) if isinstance(document, dict) else range(len(document))
    for key in keys:
        yield document, key
        if isinstance(document[key], dict | list):
            yield from _places(document[key])


def json_text(rng: random.Random, document: Any) -> str:
    """The text of a spoilt document, or what is none."""
    if rng.random() < 0.15 or not isinstance(document, dict | list) or not document:  # spoilt before
        text = json.dumps(document)
        at = rng.randrange(len(text))
        return rng.choice((text[:at], text[at:], text[:at] + rng.choice("{}[],:\"\\\0x9") + text[at + 1 :], text * 2,
                           "", "null", "[]", "3", "[" * 100_000, '{"a":' * 50_000, "\ufeff" + text))  # fmt: skip
    for _ in range(rng.choice((1, 1, 2))):
        document = spoil_json(rng, document)
    return json.dumps(document)


def spoil_bytes(rng: random.Random, data: bytes) -> bytes:
    """Bytes of which some are changed, missing, doubled or of another file."""
    at = rng.randrange(len(data) + 1)
    some = bytes(rng.randrange(256) for _ in range(rng.choice((1, 4, 64))))
    return rng.choice((
        lambda: data[:at], lambda: data[at:], lambda: data[:at] + some + data[at + len(some) :],
        lambda: data[:at] + some + data[at:], lambda: data * 2, lambda: b"", lambda: some, lambda: b"PK\x03\x04" + some,
        lambda: b"\0" * 10_000, lambda: b"{}",
    ))()  # fmt: skip


def spoil_array(rng: random.Random, array: np.ndarray) -> np.ndarray:
    """An array with another value, shape or type."""
    odd = rng.choice([np.nan, np.inf, -np.inf, 1e308, -1.0, 1e10, 2.0, 0.5, -1e-300])
    act = rng.randrange(8)
    if act == 0 and array.size and array.dtype.kind in "fiu":
        changed = array.astype(float)
        changed.flat[rng.randrange(array.size)] = odd
        return changed
    if act == 1:
        return array[..., None]
    if act == 2 and array.ndim:
        return array[..., : rng.randrange(array.shape[-1] + 1)]
    if act == 3 and array.dtype.kind in "fiub":
        return array.astype(rng.choice(["U8", "c16", "f2", "S3", "bool"]), copy=True) if array.size < 10**5 else array
    if act == 4:
        return np.array(rng.choice([3, "text", 1e308, True, b"\xff", np.datetime64("2016")]))
    if act == 5:
        return np.concatenate([np.atleast_1d(array)] * 2, axis=-1)
    if act == 6:
        return np.zeros((0, *array.shape[1:]))
    return np.zeros(rng.choice([(), (1,), (2, 2), (1, 1, 1, 1, 1)]))


def spoil_archive(rng: random.Random, arrays: dict[str, np.ndarray], path: Path, whole: bytes) -> Path:
    """A NumPy archive of which something is wrong."""
    if rng.random() < 0.3:
        path.write_bytes(spoil_bytes(rng, whole))
        return path
    changed = dict(arrays)
    for _ in range(rng.choice((1, 1, 2))):
        name = rng.choice([*changed, "about"])
        act = rng.randrange(5)
        if name == "about" and "about" in changed:
            try:
                document = json.loads(str(changed["about"]))
                changed["about"] = np.array(json_text(rng, document).replace("\0", ""))
            except (ValueError, RecursionError, IndexError):
                changed["about"] = np.array("")
        elif act == 0:
            changed.pop(name, None)
        elif act == 1:
            changed[rng.choice(["more", "state/more", "a/b/c", "x" * 200])] = changed.get(name, np.zeros(2))
        elif name in changed:
            changed[name] = spoil_array(rng, changed[name])
    with path.open("wb") as file:
        np.savez(file, **changed)
    return path


def spoil_text(rng: random.Random, text: str) -> bytes:
    """A text file with the mutations of scenario files."""
    for mutate in rng.choices(MUTATIONS, k=rng.choice((1, 2, 3))):
        text = mutate(rng, text)
    return text.encode("utf-8", "surrogateescape")


# --- the doors ---


def scenario_door(folder: Path) -> Door:
    file = folder / "world.yaml"

    def spoil(rng: random.Random, _: Path) -> Path:
        file.write_bytes(spoilt(rng.randrange(2**40)))
        return file

    return Door("scenario file", spoil, Scenario.load)


def sweep_door(folder: Path) -> Door:
    file = folder / "survey.yaml"
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "scenarios" / "sweeps").glob("*.yaml"))]

    def spoil(rng: random.Random, _: Path) -> Path:
        file.write_bytes(spoil_text(rng, rng.choice(texts)))
        return file

    return Door("sweep file", spoil, Sweep.load)


def stack_door(folder: Path) -> Door:
    names = shipped_names()
    file = folder / "laid.yaml"

    def spoil(rng: random.Random, _: Path) -> str:
        parts = [rng.choice(names) for _ in range(rng.choice((2, 2, 3, 4)))]
        for _ in range(rng.choice((0, 1, 2))):
            k = rng.randrange(len(parts))
            one = parts[k]
            parts[k] = rng.choice((one[:-1], one.upper(), "", "+", one + "+", str(file), f"./{one}", "/dev/zero", ".",
                                   one * 99, "\x1b[31m", "a\nb", rng.choice(EXTENDS), f"{one}.yaml"))  # fmt: skip
        laid = f"title: Laid\nquestion: What?\nextends: [{', '.join(parts[:3])}]\n"
        file.write_bytes(spoilt(rng.randrange(2**40)) if rng.random() < 0.5 else spoil_text(rng, laid))
        return "+".join(parts) if rng.random() < 0.7 else str(file)

    return Door("stack", spoil, Scenario.load)


def checkpoint_door(folder: Path) -> Door:
    _, (state,) = run("baseline", 2, 1, to_year=1993, checkpoints=["1993-01"])
    state.save(folder / "whole.npz")
    whole = (folder / "whole.npz").read_bytes()
    with np.load(folder / "whole.npz") as file:
        arrays = dict(file)

    def enter(path: Path) -> None:
        kept = Checkpoint.load(path)
        kept.check_compatible(kept.scenario)
        for name, array in kept.state.arrays().items():
            if array.dtype.kind == "f" and np.isinf(array).any():
                raise AssertionError(f"{name} of an accepted checkpoint is infinite")

    return Door("checkpoint", lambda rng, _: spoil_archive(rng, arrays, folder / "spoilt.npz", whole), enter)


def _use(path: Path) -> None:
    """Read parameter sets, and give their values to two members."""
    found: Any = resolve_parameters(str(path))
    values = found.parameters(0, 2)
    for name in values.fields:
        if not np.isfinite(np.asarray(getattr(values, name), dtype=float)).all():
            raise AssertionError(f"{name} of accepted sets is not finite")


def set_door(folder: Path) -> Door:
    conditioned = ROOT / "model" / "cairn" / "data" / "fitted" / "conditioned_2015.npz"
    with np.load(conditioned) as file:
        arrays = dict(file)
    about = json.loads(str(arrays["about"])) | {"version": package_version(), "code": code_digest()}
    arrays["about"] = np.array(json.dumps(about))  # as if this version had made it
    with (folder / "whole_set.npz").open("wb") as made:
        np.savez_compressed(made, **arrays)
    whole = (folder / "whole_set.npz").read_bytes()
    return Door("parameter set", lambda rng, _: spoil_archive(rng, arrays, folder / "set.npz", whole), _use)


def csv_door(folder: Path) -> Door:
    lines = (ROOT / "model" / "cairn" / "data" / "fitted" / "posterior.csv").read_text(encoding="utf-8").splitlines()
    head, rows = lines[0].split(","), [line.split(",") for line in lines[1:6]]
    file = folder / "sets.csv"

    def spoil(rng: random.Random, _: Path) -> Path:
        table = [list(row) for row in (head, *rows)]
        for _ in range(rng.choice((1, 1, 2, 3))):
            row = rng.choice(table) if table else []
            k = rng.randrange(max(len(row), 1))
            act = rng.randrange(9)
            if act == 0 and row:
                row[k] = rng.choice(VALUES)
            elif act == 1 and row:
                row[k] = str(rng.choice(ODD))
            elif act == 2 and row:
                del row[k]
            elif act == 3:
                row.insert(k, rng.choice(("0.5", "trust_gain", "", "more")))
            elif act == 4 and table:
                table.pop(rng.randrange(len(table)))
            elif act == 5:
                table.insert(rng.randrange(len(table) + 1), rng.choice(([], [""], ["0.1"] * 3, list(row))))
            elif act == 6 and row:
                row[k] = '"' + row[k]
            elif act == 7 and table:
                for line in table:
                    if len(line) > k:
                        line.append(line[k])
            elif row:
                row[k] = rng.choice(
                    ("1e999", "-1e9", "nan", "inf", "-inf", "0x1p-2", "1_0", "١", " 0.5", "0,5", "TRUE")
                )
        text = rng.choice(("\n", "\n", "\r\n", "\r")).join(",".join(row) for row in table) + rng.choice(
            ("\n", "", "\n\n")
        )
        data = text.encode("utf-8", "surrogatepass")
        file.write_bytes(spoil_bytes(rng, data) if rng.random() < 0.2 else data)
        return file

    return Door("parameter CSV", spoil, _use)


SMALL_SWEEP = {
    "title": "A small sweep",
    "question": "Does it read?",
    "uncertainties": {"gain": {"parameter": "trust_gain"}, "turn": {"parameter": "reciprocity"}},
    "levers": {"visas": {"event": "tjk_leader_1992", "values": ["on", "off"]}},
    "design": {"kind": "latin_hypercube", "samples": 6},
    "members": 1,
    "to_year": 1992,
    "points_per_file": 4,
    "outcomes": {"index": {"measure": "integration_index", "year": 1992}},
}
RECORD = {"point": 5, "values": {}, "error": "ValueError", "message": "no", "traceback": "", "rerun": "x"}


def folder_door(folder: Path) -> Door:
    whole, copy = folder / "whole_sweep", folder / "sweep"
    run_sweep(Sweep.of("small", **SMALL_SWEEP), whole, jobs=1)
    about = json.loads((whole / "sweep.json").read_text(encoding="utf-8"))

    def spoil(rng: random.Random, _: Path) -> Path:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(whole, copy)
        parts = sorted((copy / "table").iterdir())
        act = rng.randrange(10)
        if act < 4:
            (copy / "sweep.json").write_text(json_text(rng, about), encoding="utf-8", errors="surrogatepass")
        elif act == 4:
            part = rng.choice(parts)
            part.write_bytes(spoil_bytes(rng, part.read_bytes()))
        elif act == 5:
            one, other = rng.sample(parts, 2)
            rng.choice((lambda: shutil.copy(one, other), lambda: one.unlink(), lambda: one.rename(other),
                        lambda: shutil.copy(one, one.with_name(f"{one.stem} (copy){one.suffix}"))))()  # fmt: skip
        elif act == 6:
            name = re.sub(r"\d", lambda digit: rng.choice("0123456789"), parts[0].name)
            parts[0].rename(parts[0].with_name(rng.choice((name, "x" + name, name.upper(), "part.parquet"))))
        elif act == 7:
            part = rng.choice(parts)
            part.unlink()
            rng.choice((lambda: part.mkdir(), lambda: os.mkfifo(part), lambda: part.symlink_to("/dev/zero"),
                        lambda: part.symlink_to(part), lambda: part.touch()))()  # fmt: skip
        else:
            records = copy / "failed"
            records.mkdir(exist_ok=True)
            name = rng.choice(("point-00000000005.json", "point-5.json", "point-00000000001 (copy).json", "part.json",
                               "point-99999999999.json", "notes.txt", "point-00000000005.JSON"))  # fmt: skip
            if rng.random() < 0.5:
                rng.choice(parts).unlink()
            (records / name).write_text(json_text(rng, RECORD), encoding="utf-8", errors="surrogatepass")
        return copy

    def enter(path: Path) -> None:
        results = open_sweep(path)
        results.frame()
        Store(path).failures()

    return Door("sweep folder", spoil, enter)


def page_door(folder: Path) -> Door:
    keys = ["scenario", "against", "member", "country", "quarter", "year", "title", "question", "seed", "members",
            "horizon", "events.rogun", "events.rogun.end", "events.x.type", "events.qosh_tepa_canal.intake_km3",
            "parameters.trust_gain", "parameters", "events", "extends", "plugins", "sources", "a.b.c", "events.a.b.c",
            "", ".", "..", "events.", "\u202e", "\x1b"]  # fmt: skip
    good = ["baseline", "canal_high", "UZB", "2016Q4", "off", "on", "2035", "0.05", "3", "drought", "canal"]

    def spoil(rng: random.Random, _: Path) -> str:
        def value() -> str:
            return rng.choice((rng.choice(good), rng.choice(VALUES), str(rng.choice(ODD))[:9_000], rng.choice(EXTENDS)))

        pairs = [(rng.choice(keys), value()) for _ in range(rng.choice((1, 2, 3, 6, 30)))]
        text = "&".join(f"{quote(k, errors='replace')}={quote(v, errors='replace')}" for k, v in pairs)
        for _ in range(rng.choice((0, 0, 1, 3))):
            at = rng.randrange(len(text) + 1)
            text = text[:at] + rng.choice(("%", "%ff", "%00", "&", "=", "&&", ";", "+", "?", "#", "%u202e")) + text[at:]
        return rng.choice((text, "?" + text, text * 3))

    def enter(query: str) -> None:
        state, errors = from_query(query)
        build_scenario(state)
        if errors:
            raise Refused("\n".join(errors))

    return Door("page address", spoil, enter)


COMMANDS = {
    "run": ["--members", "--seed", "--jobs", "--parameters", "--condition-until", "--coding", "--from", "--to",
            "--checkpoint", "--outputs", "--out", "--quiet", "--json"],
    "compare": ["--all", "--explain", "--member", "--outcome", "--years", "--members", "--seed", "--to", "--out"],
    "branch": ["--with", "--to", "--jobs", "--outputs", "--out"],
    "sweep": ["--samples", "--members", "--seed", "--out", "--resume", "--shard", "--point", "--jobs", "--slurm"],
    "sensitivity": ["--samples", "--members", "--seed", "--out"],
    "discover": ["--outcome", "--samples", "--members", "--out"],
    "robust": ["--samples", "--members", "--out"],
    "report": ["--outcome", "--years", "--members", "--seed", "--to", "--out", "--parameters"],
    "export": ["--format", "--outcome", "--years", "--out"],
    "check": ["--json", "--quiet", "--plugin"],
    "show": ["--changes", "--json", "--plugin"],
    "list": ["--json", "--plugin"],
    "outcomes": ["--json"],
    "new": ["--from", "--out", "--json"],
    "claims": ["--out", "--members", "--json"],
    "calibrate": ["--sets", "--until", "--seed", "--sbc", "--out"],
    "condition": ["--until", "--members", "--candidates", "--seed", "--out"],
    "validate": ["--out", "--members"],
    "dashboard": ["--port", "--host"],
    "bench": ["--members"],
    "rnu": [],
    "": [],
}  # fmt: skip
PARSED_ONLY = ("claims", "calibrate", "condition", "validate", "dashboard", "bench")  # their work is not for a fuzzer


def command_door(folder: Path) -> Door:
    here = folder / "here"
    here.mkdir()
    (here / "good.yaml").write_text("title: Good\nquestion: Is it?\nextends: baseline\n")
    (here / "bad.yaml").write_bytes(b"title: \xff\n")
    (here / "file").write_text("text")
    before = {path.name for path in here.iterdir()}
    values = ["baseline", "canal_high", "baselin", "good.yaml", "bad.yaml", "file", "here", ".", "/", "/dev/zero", "",
              "/proc/self/mem", "0", "1", "-1", "3", "2/3", "3/2", "1e3", "9" * 30, "1995", "2016-07", "2031-2035",
              "2035-2031", "all", "summary", "none", "2015", "posterior", "default", "conditioned", "trust_mean",
              "shortage:UZB", "pair_trade:KAZ-UZB", "integration_index", "csv", "iamc", "lower", "canal", "futures",
              "x" * 300, "a\nb", "\x1b[31m", "\u202e", "\udcff", "é", "--", "-", "--json=3", "baseline+canal_high",
              "canal_low+canal_high", "+", "-h", "*", "~", "file/x", "127.0.0.1", "99999"]  # fmt: skip

    def spoil(rng: random.Random, _: Path) -> list[str]:
        for path in here.iterdir():
            if path.name not in before:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        command = rng.choice(list(COMMANDS))
        words = [command] if command else []
        words += [rng.choice(values) for _ in range(rng.choice((0, 1, 1, 2, 2, 3)))]
        for _ in range(rng.choice((0, 1, 2, 3))):
            option = rng.choice(COMMANDS[command] or ["--what"])
            words += rng.choice(([option], [option, rng.choice(values)], [f"{option}={rng.choice(values)}"]))
        return words

    def reached(*_: Any, **__: Any) -> None:
        raise InputError("reached the simulation")

    def enter(words: list[str]) -> None:
        from cairn.cli.main import GROUPS, _name, main

        out, err = io.StringIO(), io.StringIO()
        patches = [patch(name, reached) for name in (
            "cairn.ensemble.workers.map_tasks", "cairn.ensemble.runner.Ensemble.run",
            "cairn.ensemble.runner.map_chunks", "cairn.ensemble.comparison.map_chunks",
            "cairn.effects.first_difference.explain", "cairn.sweeps.run_sweep",
            "cairn.sweeps.points.simulate_levels",
        )]  # fmt: skip
        modules = [module for group in GROUPS.values() for module in group if _name(module) in PARSED_ONLY]
        patches += [patch.object(module, "execute", reached) for module in modules]
        patches.append(patch("cairn.cli.files.new.usual_folder", lambda: here))  # not scenarios/ of this checkout
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.chdir(here))
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(contextlib.redirect_stderr(err))
            for each in patches:
                stack.enter_context(each)
            try:
                code = main(words)
            except SystemExit as ended:
                code = ended.code
        if code not in (0, 2):
            raise AssertionError(f"exit code {code}: {err.getvalue()[-300:]}")
        if code == 2:
            raise Refused(err.getvalue() or out.getvalue())  # with --json the document says what is wrong

    return Door("command line", spoil, enter)


DOORS: dict[str, Callable[[Path], Door]] = {
    "scenario": scenario_door,
    "sweep": sweep_door,
    "stack": stack_door,
    "checkpoint": checkpoint_door,
    "set": set_door,
    "csv": csv_door,
    "folder": folder_door,
    "command": command_door,
    "page": page_door,
}

# --- the run ---


@contextlib.contextmanager
def time_limit() -> Iterator[None]:
    """A `Hang` in the block after ten seconds of work, or a minute of waiting."""

    def stop(*_: Any) -> None:
        raise Hang

    timers = ((signal.SIGPROF, signal.ITIMER_PROF, LIMIT_S), (signal.SIGALRM, signal.ITIMER_REAL, WAIT_S))
    before = [signal.signal(number, stop) for number, _, _ in timers]
    for _, timer, seconds in timers:
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for (number, timer, _), old in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, old)


def kind_of(message: str) -> str:
    """What a message says, without numbers, names and paths."""
    return " ".join(DIGITS.sub("#", message.splitlines()[0]).split()[-6:])


def attack(name: str, numbers: range) -> Seen:
    """Give the inputs of some numbers to a door."""
    seen = Seen(name)
    with tempfile.TemporaryDirectory() as top, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = Path(top)
        door = DOORS[name](folder)
        for number in numbers:
            rng = random.Random(f"{name} {number}")
            given = door.spoil(rng, folder)
            began = time.process_time()
            seen.inputs += 1
            try:
                with time_limit():
                    door.enter(given)
                seen.accepted += 1
            except (InputError, Refused) as refusal:
                message = str(refusal)
                seen.refused += 1
                if not message.strip():
                    seen.faults.append(f"{name} {number}: no message")
                    continue
                seen.kinds[kind_of(message)] += 1
                if found := CONTROL.search(message):
                    seen.faults.append(f"{name} {number}: the message has {found[0]!r}: {message[:200]!r}")
                if "Traceback" in message:
                    seen.faults.append(f"{name} {number}: {message[-300:]!r}")
            except Hang:
                seen.hangs.append(f"{name} {number}: over {LIMIT_S} s")
            except Exception as problem:
                seen.faults.append(f"{name} {number}: {type(problem).__name__}: {str(problem)[:300]!r}")
            taken = time.process_time() - began
            if taken > seen.slowest_s:
                seen.slowest_s, seen.slowest = taken, number
    return seen


def main() -> int:
    """Attack the doors and print the table; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("doors", nargs="*", choices=[*DOORS, []], help="default: all")
    parser.add_argument("--inputs", type=int, default=10_000, help="inputs of each door")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after about so long")
    parser.add_argument("--from", dest="first", type=int, default=0, help="number of the first")
    options = parser.parse_args()
    names, end = options.doors or list(DOORS), time.monotonic() + options.seconds
    total = {name: Seen(name) for name in names}
    for first in range(options.first, options.first + options.inputs, PIECE):
        last = min(first + PIECE, options.first + options.inputs)
        for name in names:
            if time.monotonic() < end:
                total[name].add(attack(name, range(first, last)))
                print(" ".join(total[name].row()), file=sys.stderr, flush=True)
    rows, wrong = (
        [seen.row() for seen in total.values()],
        [f for seen in total.values() for f in seen.faults + seen.hangs],
    )
    print(text_table(rows, header=HEADER))
    for line in wrong[:100]:
        print(line)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
