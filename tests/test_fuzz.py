"""Five thousand broken scenario files: each loads or is refused with its place; nothing is executed or runs away."""

import os
import random
import re
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from model.cli import main
from model.scenario import Scenario, ScenarioError

FILES = 5_000
PLACED = re.compile(r"^.+\.ya?ml:\d+:\d+: \S|^\.\.\. and \d+ more$")
CANARY = "canary_of_executed_code"

EXTENDING = """\
# a comment
title: A world
question: What if?
extends: baseline
events:
  uzb_succession_2016: off
  qosh_tepa_canal: {finish: 2035, intake_km3: 9.5}
  dry:
    type: drought
    rivers: [amu_darya, syr_darya]
    start: 2031-04
    end: 2032-09
    inflow: 0.75
    why: a test of reading
parameters:
  reciprocity: 0.6
members: 20
"""
ALONE = """\
title: A world of its own
question: What if there were little?
changed: nearly everything
sources: [nobody, 'somebody else']
look_at:
  - the index
events:
  leader:
    type: succession
    date: 1992-01-01
    country: UZB
    leader: someone
    manner: inherited
    openness: 0.35
    nationalism: 0.60
    personalism: 0.90
    born: 1938
    why: a test of reading
  pull: {type: patron_pull, start: 1992-01-01, pull: {1992: 0.5, 2021: 0.7, 2022-07-01: 0.4}, why: a test}
  visas: {type: visa_regime, pairs: [KAZ-UZB, KGZ-UZB], level: 0.5, start: 1999, end: 2005-06, why: a test}
  union: {type: organisation, action: found, date: 1994-07-08, members: [KAZ, KGZ, UZB], why: a test}
  growth: {type: growth_path, start: 2023-07-01, rates: {KAZ: 0.047, UZB: 0.066}, why: a test}
  canal: {type: canal, start: 2026, finish: 2032, intake_km3: 7.1, why: a test}
parameters: {trust_gain: 0.05, bloc_exposure: [0.9, 0.9, 0.7, 0.4, 0.5]}
horizon: {last: 2035}
seed: 7
"""
BARE = "title: Bare\nquestion: What if?\nevents: {}\n"
BASES = (ALONE, ALONE, BARE, EXTENDING)  # those that extend the baseline cost a hundred events each

VALUES = (
    "~", "null", "true", "off", "on", "[]", "{}", "[[[]]]", "{a:", "{b:", "{c:", "1}}}", "1e999", "-1", "0",
    "1e-300", "99999999999999999999999", ".nan", ".inf", "-.inf", "0x1F", "0o17", "1_000", "12:30:45", "2016-13-45",
    "2016-02-30", "1066", "''", "'", "'", "\"\\u0000\"", "\"\\x07\"", "\"\\ud800\"", "!!str",
    "!!python/object:os.system", "&a", "*a", "<<", "?", ":", "-", "|", ">", "%", "@", "`", "\"unclosed",
    "'unclosed", "[unclosed", "{unclosed", "KAZ-KAZ", "UZB-RUS", "NaN", "Infinity", "1.7976931348623157e308",
    "-0.0", "ÿ", "漢", "💣", "0.1.2", "---", "...", "{1:2}", "{[a]:", "b}", "2016-9-2", "20160902", "+5", "5%",
)  # fmt: skip
INSERTS = (
    f"x: !!python/object/apply:os.system ['touch {CANARY}']",
    f"x: !!python/object/new:subprocess.Popen [['touch', '{CANARY}']]", "x: !!python/name:os.system",
    "x: !!binary aGVsbG8=", "x: !!set {a, b}", "a: &anchor 1\nb: *anchor", "<<: *missing", "<<: {title: y}",
    "? [complex, key]\n: 1", "1: 2", "true: 1", "null: 1", "---", "...", "%YAML 1.1", "%TAG ! tag:x,2000:", "\x00",
    "\x07bell", "\ttab: 1", "\u2028", "\ufeff", "x: |\n  block\n text", "x: >-\n folded", "- item", "}", "]", "'",
    '"', "events: {}", "extends: world", "extends: w0", "extends: /dev/null", "extends: [baseline]",
    "extends: {a: b}", "extends: ''", "extends: /etc/passwd", "extends: baseline.yaml", "extends: nobody_knows",
    "parameters: []", "horizon: 2030", "members: 1e9", f"{'k' * 2_000}: 1", f"x: {'[' * 40}{']' * 40}",
    f"x: {'9' * 400}", "__class__: x", "model_config: {}", "name: x",
)  # fmt: skip


def drop_line(text, chance):
    lines = text.split("\n")
    del lines[chance.randrange(len(lines))]
    return "\n".join(lines)


def double_line(text, chance):
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    return "\n".join([*lines[: at + 1], lines[at], *lines[at + 1 :]])


def swap_lines(text, chance):
    lines = text.split("\n")
    a, b = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return "\n".join(lines)


def misspell(text, chance):
    words = list(re.finditer(r"\w{3,}", text)) or [re.match("", text)]
    word = chance.choice(words)
    letters = list(word.group())
    if letters:
        at = chance.randrange(len(letters))
        letters[at] = chance.choice(["", letters[at] * 2, "q", "_", "é"])
    return text[: word.start()] + "".join(letters) + text[word.end() :]


def other_value(text, chance):
    places = list(re.finditer(r"(?<=: )[^\n,{}\[\]]+", text))
    if not places:
        return text + chance.choice(VALUES)
    place = chance.choice(places)
    return text[: place.start()] + chance.choice(VALUES) + text[place.end() :]


def other_number(text, chance):
    places = list(re.finditer(r"\d+(\.\d+)?", text))
    if not places:
        return text
    place = chance.choice(places)
    made = chance.choice(["-5", "1e6", "1e400", "9" * 30, "0", "'3'", "three", "2041-01-01", ".nan", "0.5 km3", "12 %"])
    return text[: place.start()] + made + text[place.end() :]


def indent(text, chance):
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    lines[at] = (
        chance.choice(["  ", " ", "\t", "        "]) + lines[at] if chance.random() < 0.7 else lines[at].lstrip()
    )
    return "\n".join(lines)


def insert(text, chance):
    lines = text.split("\n")
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(INSERTS))
    return "\n".join(lines)


def cut(text, chance):
    return text[: chance.randrange(len(text) + 1)]


def nest(text, chance):
    deep = chance.choice([2, 10, 13, 60, 3_000])
    return text + chance.choice([f"\nx: {'{a: ' * deep}1{'}' * deep}", f"\nx: {'[' * deep}"])


def scramble(text, chance):
    at = chance.randrange(len(text) + 1)
    return text[:at] + "".join(chance.choice("{}[]:,&*!|>'\"%@`#-?\t \x00\x7fé\n") for _ in range(3)) + text[at:]


MUTATIONS = (drop_line, double_line, swap_lines, misspell, misspell, other_value, other_value, other_number, indent,
             insert, insert, cut, nest, scramble)  # fmt: skip


def mutated(number: int) -> bytes:
    chance = random.Random(number)
    text = chance.choice(BASES)
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        text = chance.choice(MUTATIONS)(text, chance)
    raw = text.encode("utf-8", "surrogatepass")
    if chance.random() < 0.02:
        raw = raw.replace(b"a", chance.choice([b"\xff", b"\x00", b"\xe9", b"\xc3"]), 1)
    if chance.random() < 0.02:
        raw = chance.choice([raw.replace(b"\n", b"\r\n"), raw.replace(b"\n", b"\r"), b"\xef\xbb\xbf" + raw, raw.decode(
            "utf-8", "replace").encode("utf-16")])  # fmt: skip
    return raw


def refused(path: Path) -> list[str]:
    """Lines of what is wrong; empty if the file loads."""
    try:
        assert isinstance(Scenario.load(path), Scenario)
    except ScenarioError as problem:
        return str(problem).split("\n")
    return []


def test_five_thousand_broken_files_are_refused_with_their_places(tmp_path, monkeypatch):
    def forbidden(*_, **__):
        raise AssertionError("code of a scenario file was executed")

    monkeypatch.chdir(tmp_path)
    for owner, name in ((os, "system"), (os, "popen"), (subprocess, "Popen")):
        monkeypatch.setattr(owner, name, forbidden)
    wrong, kinds = 0, set()
    for number in range(FILES):
        file = tmp_path / f"w{number}.yaml"
        file.write_bytes(mutated(number))
        lines = refused(file)
        for line in lines:
            assert PLACED.match(line), f"file {number}: {line!r}"
            kinds.add(re.sub(r"'[^']*'|\d+|\S+ya?ml\S*|\w+\.\w+(\.\w+)*", "", line)[:40])
        wrong += bool(lines)
        file.unlink()
    assert not list(tmp_path.iterdir()), "nothing may be left behind"
    assert FILES * 0.5 < wrong < FILES * 0.98 and len(kinds) >= 40, (wrong, len(kinds))


WORST = {
    "aliases that expand a billionfold": "a0: &a0 [x]\n"
    + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)),
    "ten megabytes": "title: x\n" + "# filling\n" * 1_000_000,
    "one line of ten megabytes": "title: '" + "x" * 10_000_000 + "'",
    "nested a hundred thousand deep": "x: " + "[" * 100_000,
    "nested mappings": "x: " + "{a: " * 50_000,
    "sixty thousand values": "x: [" + "1," * 60_000 + "]",
    "sixty thousand keys": "".join(f"k{n}: 1\n" for n in range(60_000)),
    "a number of a hundred thousand digits": "members: " + "9" * 100_000,
    "a key of a hundred thousand letters": "k" * 100_000 + ": 1",
    "a date of many parts": "events:\n  x: {type: clash, date: " + "2030-" * 50_000 + "}",
    "one thing claimed four thousand times": ALONE.split("events:")[0]
    + "events:\n"
    + "".join(f"  e{n}: {{type: grid, country: KAZ, start: 2030, end: 2031, why: abc}}\n" for n in range(3_500)),
}  # fmt: skip


@pytest.mark.parametrize("what", WORST)
def test_memory_stays_bounded(tmp_path, what):
    file = tmp_path / "worst.yaml"
    file.write_text(WORST[what])
    tracemalloc.start()
    try:
        lines = refused(file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200 * 2**20, f"{peak / 2**20:.0f} MiB"
    assert all(PLACED.match(line) for line in lines) and len(lines) <= 51
    assert max((len(line) for line in lines), default=0) < 5_000
    if "claimed" not in what:
        assert lines


@pytest.mark.parametrize(
    "what", ["aliases that expand a billionfold", "nested a hundred thousand deep", "ten megabytes"]
)
def test_the_command_line_says_it_in_a_line_and_writes_nothing(tmp_path, what, capsys):
    file = tmp_path / "worst.yaml"
    file.write_text(WORST[what])
    assert main(["run", str(file), "--members", "1", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err.strip()
    assert len(said.splitlines()) == 1 and "worst.yaml:" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("tag", INSERTS[:3])
def test_no_code_of_a_file_is_executed_in_a_fresh_process(tmp_path, tag):
    file = tmp_path / "bad.yaml"
    file.write_text(f"title: Bad\nquestion: What if?\n{tag}\n")
    done = subprocess.run(
        [sys.executable, "-m", "model.cli", "check", str(file)], cwd=tmp_path, capture_output=True, text=True,
        check=False, env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bad.yaml"]
