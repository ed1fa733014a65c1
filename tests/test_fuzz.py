"""Files that strangers spoilt: each loads or is refused with its place; nothing runs, memory stays small."""

import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from cairn.cli.main import main
from cairn.scenario.scenario import Scenario, ScenarioError

ROOT = Path(__file__).parent.parent
FILES, MOST_MEMORY = 5_000, 200_000_000
CHUNKS = 8  # of the spoilt files, each a share of the whole
PLACE = re.compile(r"^.+\.ya?ml:(\d+):\d+: ")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
KEY = re.compile(r"(?<=[\s{,])[A-Za-z_][\w]*(?=:\s)")
VALUE = re.compile(r"(?<=: )[^\s,{}\[\]][^\n,{}\[\]]*")
DATE = re.compile(r"\b\d{4}(-\d\d)?(-\d\d)?\b")
HEAD = "title: A world\nquestion: What if?\n"
BROKEN = "title: A base\nquestion: What?\nmembers: none\nevents: {y: {type: grid, start: 2000, why: abc}}\n"

# One event of each type; `block` makes text of them.
EVENTS = """
type: succession; date: 2030-01; country: UZB; leader: someone; manner: death; openness: 0.2; nationalism: 0.5; \
personalism: 0.7; born: 1970
type: succession; date: 2031-04-01; country: KAZ; manner: handover; drawn: true
type: leader_stays; start: 2026; country: TJK
type: leader_lottery; start: 2026-01-01; countries: [KAZ, KGZ]
type: unrest; start: 2028; end: 2029; country: KGZ; level: 0.4
type: threat; theatre: Afghanistan; spillover: {2021-08: 0.5, 2030: 0.2}; external: {2001: 0.3}
type: c5plus1; start: 2015; support: {2015-11-01: 0.3, 2023: 0.6}
type: patron_pull; pull: {2015: 0.5, 2022-02-24: 0.3}
type: sanctions; start: 2022-03; partner: RUS; access: 0.7; countries: [KAZ]
type: growth_path; start: 2027; rates: {KAZ: 0.04, UZB: 0.06}
type: reexports; activity: {1992: 0, 2008: 1, 2015: 0.4}
type: membership; start: 2032; organisation: the club; countries: [TJK, UZB]; led_by_russia: true; status: observer
type: membership; start: 2032; organisation: the club; countries: [TJK]
type: pandemic; start: 2033-03; end: 2034; openness: 0.1; meetings: false
type: organisation; date: 2029; action: found; members: [KAZ, UZB, KGZ]; closed: false
type: summit_series; start: 2026; countries: [KAZ, KGZ, UZB]
type: agreement; start: 2030; pairs: [KAZ-UZB]; floor: 0.5
type: corridor; start: 2027; finish: 2031-06; name: a railway; level: 0.6; pairs: [KGZ-UZB]; outside: [CHN]; \
countries: [KGZ]; cost_usd_bn: 4.7
type: visa_regime; start: 2000; end: 2018-03; pairs: [TJK-UZB]; level: 1.0
type: transport_link; start: 2011; pairs: [TJK-UZB, TKM-UZB]; mode: rail
type: border_closure; start: 2030; end: 2031; pairs: [KGZ-TJK]; openness: 0.05
type: border_opening; start: 2030; end: 2031; pairs: [KGZ-TJK]; openness: 0.95
type: mining; start: 1999; pairs: [TJK-UZB]; openness: 0.7
type: demining; start: 2020; pairs: [TJK-UZB]
type: delimitation_treaty; date: 2025-03-13; pairs: [KGZ-TJK]; delimited: 1.0
type: clash; date: 2030-09; border: KGZ-TJK; deaths: 40; incidents: 3
type: war; start: 2035; end: 2036; pairs: [KGZ-UZB]; deaths: 30
type: freeze; start: 2028; end: 2032; pairs: [KAZ-UZB]
type: grid; start: 2029; end: 2030; country: TKM; action: leave
type: canal; start: 2022-03; finish: 2029; intake_km3: 8.5; lined: 0.4
type: reservoir; start: 2028; end: 2036; reservoir: kambarata_1; volume_km3: 4.6; mw: 1860
type: drought; start: 2031; end: 2034; inflow: 0.7; rivers: [syr_darya]
type: wet_years; start: 2031; end: 2034; inflow: 1.2; rivers: [amu_darya]
type: water_efficiency; demand: {2026: 1, 2040: 0.8}
type: climate_trend; start: 2026; per_year: -0.003
type: energy_crisis; start: 2027; end: 2028; countries: [KGZ]; demand: 1.2; fuel: 0.6
type: parameter; start: 2027; name: trust_gain; value: 0.06; countries: [UZB]
""".strip().splitlines()
AMENDED = ("rogun: off", "rogun: {end: 2034}", "uzb_succession_2016: off", "rogun: on", "rogum: off", "kgz_drawn: off")
NUMBERS = (
    "trust_gain: 0.05",
    "trade_scale: 3",
    "resistance_iterations: 4",
    "bloc_exposure: [0.9, 0.9, 0.7, 0.4, 0.5]",
    "winter_thermal_gwh: [0.0, 900.0, 700.0, 0.0, 0.0]",
)
SETTINGS = ("members: 20", "seed: 7", "horizon: {last: 2036}", "horizon:\n  first: 1992", "sources: [a book, a page]")


def words(text):
    """Words that may hold blanks, divided by ¦ and line breaks."""
    return [word.strip(" ") for word in re.split(r"¦|\n", text.strip())]


VALUES = [
    *words(r"""
null ¦ ~ ¦ true ¦ off ¦ on ¦ [] ¦ {} ¦ "" ¦ '' ¦ 0 ¦ -1 ¦ 1e999 ¦ -.inf ¦ .nan ¦ .inf ¦ 0x1F ¦ 1_000 ¦ 1:30:00 ¦ 0o17
007 ¦ +.5e-3 ¦ 1e308 ¦ -1e308 ¦ 5e-324 ¦ 1.5 ¦ [1, [2, [3]]] ¦ {a: {b: {c: d}}} ¦ [KAZ, KAZ] ¦ [off] ¦ {2000: 1}
{1: 2} ¦ KAZ-KAZ ¦ KAZ-RUS ¦ KAZ ¦ [KAZ-RUS] ¦ [KAZ-TJK] ¦ 0.5 km3 ¦ 50% ¦ 0,5 ¦ five ¦ 12 members
2016-09-02T10:00:00Z ¦ baseline ¦ a: b ¦ - a ¦ @ ¦ `a` ¦ &a 1 ¦ *a ¦ &a [*a] ¦ !!str 1 ¦ !!int x ¦ !x y ¦ !!binary aGk=
!!set {a, b}
!!python/object/apply:os.system ["touch canary"] ¦ !!python/name:os.system ¦ !!python/tuple [1, 2] ¦ !!python/module:os
!!python/object/new:os.system ["touch canary"] ¦ !!python/object/apply:eval ["open('canary', 'w')"] ¦ ${HOME}
{{ 7 * 7 }} ¦ $(touch canary) ¦ `touch canary` ¦ __import__('os').system('touch canary') ¦ !!timestamp 2000-01-01
"\ud800" ¦ "a\nb" ¦ "abc\nabc" ¦ "\0" ¦ "\e[31m" ¦ "\UFFFFFFFF" ¦ "\x" ¦ "\N\L\P" ¦ 'open ¦ "open ¦ [open ¦ {open ¦ ]
} ¦ | ¦ >- ¦ |9 ¦ 😀 ¦ % a ¦ # ¦ succession ¦ trust_gain ¦ 2050 ¦ 1 ¦ 2 ¦ KGZ ¦ UZB ¦ ab
"""),
    *("9" * 18, "9" * 19, "9" * 400, "é" * 30, "a" * 3000, "|\n  text\n   more", ">\n\n  a\n\n  b", "''\n" * 30),
]
KEYS = [
    *words(r"""
null ¦ ~ ¦ 1 ¦ 1.5 ¦ true ¦ 2016-09-02 ¦ .nan ¦ "" ¦ ? a ¦ ? [a, b] ¦ [a, b] ¦ {a: b} ¦ << ¦ = ¦ *a ¦ &a a ¦ !!str a
a b ¦ a.b ¦ é ¦ __class__ ¦ __init__ ¦ model_config ¦ name ¦ type ¦ why ¦ extends ¦ "a\nb" ¦ "\ud800" ¦ "\e[31m" ¦ "\0"
"\u2028" ¦ resistance_iterations ¦ events ¦ parameters ¦ horizon ¦ off ¦ - a ¦ | ¦ 'a ¦ 2000 ¦ KAZ ¦ start ¦ end
date ¦ pairs
"""),
    *("a" * 100, "a" * 1500, "? " + "a" * 3000 + "\n", "\t", "9" * 400),
]
LINES = [
    *words(r"""
--- ¦ ... ¦ --- a ¦ %YAML 1.1 ¦ %YAML 9.9 ¦ %TAG ! tag:x,2000: ¦ <<: *a ¦ <<: {seed: 3} ¦ <<: [a, b] ¦ ? ¦ : ¦ - a
&a b: c ¦ {1: 2} ¦ [a]: b ¦ {} ¦ !!omap ¦ events: ¦ events: [a] ¦ events: {} ¦ events: {1: 2} ¦ parameters: 3
parameters: {}
x: !!python/object/apply:os.system ['touch canary'] ¦ x: !!python/object/apply:subprocess.Popen [[touch, canary]]
horizon: 2030 ¦ horizon: {last: 2000} ¦ members: 1e3 ¦ seed: -1 ¦ title: ab ¦ name: x ¦ parameters: {trust_gian: 1}
sources: [[a]] ¦ look_at: {a: b} ¦ changed: 7 ¦ parameters: {trust_gain: []} ¦ parameters: {bloc_exposure: [1, 2]}
parameters: {resistance_iterations: []} ¦ parameters: {"\ud800": 1} ¦ x: {type: [a]} ¦ x: {type: {a: b}} ¦ x: ¦ x: on
x: off ¦ 9x: {type: grid} ¦ x: {start: 2000} ¦ events: {"a\nb": 3}
events: {x: {type: parameter, name: "a\nb", value: 1}}
"""),
    *("? [a]\n: b", "? complex\n: value", "\tx: 1", "  x: {type: grid}", "description: " + "a" * 10_001),
]
EXTENDS = [
    *words(r"""
baseline ¦ baselin ¦ world ¦ circle ¦ broken ¦ bytes ¦ ./world ¦ ~ ¦ [] ¦ [a] ¦ {a: b} ¦ 3 ¦ true ¦ *
/dev/null ¦ /dev/zero ¦ /etc/passwd ¦ /proc/self/environ ¦ / ¦ . ¦ .. ¦ a/b.yaml ¦ http://localhost/a.yaml ¦ "a\0b"
"\ud800" ¦ "a\nb" ¦ karimov_line ¦ scenario.schema.json ¦ ""
"""),
    "." * 2 + "/world.yaml",
    "a" * 5000,
]
# the last are bytes that are no text
BITS = [
    *"\0\a\x1b\t\r\x85\u2028\ufeff\ufffe\x7f'\"[]{}:#,!%@|>",
    ": ",
    " #",
    "&a ",
    "*a ",
    "- ",
    "? ",
    *"\udcff\udce9\udcc3",
]


def whole(rng, text):
    """Another file altogether."""
    short = words("¦null¦true¦3¦a¦[]¦{}¦{a: b}¦...¦# a¦&a [*a]¦\udcff\udcfe¦\ufeff¦%")
    wrapped = f"[{text}]", f"{text}---\n{text}", text + text, f"- {text}", f"|\n {text}", f"\ufeff{text}", "\n\n- a"
    endless = (
        "[" * 10_000,
        "{a: " * 5_000,
        "- " * 5_000,
        "? " * 5_000,
        "\0" * 99,
        laughs(9),
        "x" * 1_100_000,
        "\n" * 999,
    )
    return rng.choice((*short, *wrapped, *endless))


def laughs(levels):
    """Lists of ten aliases each, one inside the other."""
    lists = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10) if n else 'ha'}]" for n in range(levels + 1)]
    return HEAD + "\n".join(lists) + "\n"


def line(change):
    """A mutation of one line: it gives the lines to stand in its place."""

    def mutate(rng, text):
        lines = text.split("\n")
        at = rng.randrange(len(lines))
        lines[at : at + 1] = change(rng, lines[at])
        return "\n".join(lines)

    return mutate


def part(pattern, change):
    """A mutation of one place where a pattern is found."""

    def mutate(rng, text):
        found = list(pattern.finditer(text))
        if not found:
            return text
        at = rng.choice(found)
        return text[: at.start()] + change(rng, at[0]) + text[at.end() :]

    return mutate


def misspelt(rng, word):
    at = rng.randrange(len(word))
    return word[:at] + rng.choice(("", word[at] * 2, "x", "_", word[at].swapcase())) + word[at + 1 :]


def no_date(rng, date):
    bad = ("soon", "1991-01-01", "1990-12-31", "2041-01-01", "2040-12-31", "0000", "-2016", "20160902", "2016/09/02")
    more = ("2016-13", "2016-02-30", "99999999999", "2016-9-2", "2016-09-02-01", "2016-", "2.016e3", '"2016"', "٢٠١٦")
    return rng.choice((*bad, *more, date + "-01", date[:-1]))


def nested(rng, value):
    depth = rng.choice((1, 2, 5, 11, 12, 13, 14, 100, 1_000, 10_000))
    opening, closing = rng.choice((("[", "]"), ("{a: ", "}"), ("[{a: ", "}]")))
    return opening * depth + value + closing * (depth - (rng.random() < 0.1))


def somewhere(rng, text, what):
    at = rng.randrange(len(text) + 1)
    return text[:at] + what + text[at:]


def extending(rng, text):
    return f"extends: {rng.choice(EXTENDS)}\n" + re.sub(r"(?m)^extends: .*\n", "", text)


MUTATIONS = (
    line(lambda rng, one: []),
    line(lambda rng, one: [one, one]),
    line(lambda rng, one: [one, rng.choice(LINES)]),
    line(lambda rng, one: [rng.choice(LINES), one]),
    line(lambda rng, one: [" " * rng.choice((1, 2, 3, 7)) + one]),
    line(lambda rng, one: [one[rng.choice((1, 2)) :]]),
    line(lambda rng, one: ["\t" + one]),
    line(lambda rng, one: [one, one.partition(":")[0] + ": " + rng.choice(VALUES)]),
    part(KEY, misspelt),
    part(KEY, lambda rng, key: rng.choice(KEYS)),
    part(KEY, lambda rng, key: f"{key}: {rng.choice(VALUES)}, {key}"),
    part(VALUE, lambda rng, value: rng.choice(VALUES)),
    part(VALUE, lambda rng, value: rng.choice(VALUES)),
    part(VALUE, misspelt),
    part(VALUE, lambda rng, value: f"[{value}, {rng.choice(VALUES)}]"),
    part(VALUE, lambda rng, value: f"{{{rng.choice(KEYS)}: {value}}}"),
    part(VALUE, lambda rng, value: value + rng.choice((" km3", "%", " USD", "e3", "0" * 30, ".5", " # no"))),
    part(VALUE, lambda rng, value: f'"{value}"'),
    part(VALUE, nested),
    part(DATE, no_date),
    part(DATE, no_date),
    lambda rng, text: somewhere(rng, text, rng.choice(BITS)),
    lambda rng, text: somewhere(rng, text, rng.choice(BITS) * rng.choice((1, 3, 1_000))),
    lambda rng, text: text[: rng.randrange(len(text) + 1)],
    lambda rng, text: text.replace("\n", rng.choice(("\r\n", "\r", "\n\n", "\x85", "\n# a\n")), rng.choice((1, -1))),
    lambda rng, text: "\n".join(rng.sample(text.split("\n"), text.count("\n") + 1)),
    extending,
    whole,
)


def block(rng, name, event):
    """An event as text, in one line or several."""
    fields = [*event.split("; "), "why: a test"]
    if rng.random() < 0.3:
        return f"  {name}: {{{', '.join(fields)}}}\n"
    return f"  {name}:\n" + "".join(f"    {field}\n" for field in fields)


def base(rng):
    """A small file that is right, or nearly so, before it is spoilt."""
    text, names = HEAD, []
    if rng.random() < 0.25:
        text, names = text + "extends: baseline\n", rng.sample(AMENDED, rng.choice((0, 1, 2)))
    text += "".join(f"{one}\n" for one in rng.sample(SETTINGS, rng.choice((0, 1, 2))))
    if rng.random() < 0.4:
        text += "parameters:\n" + "".join(f"  {one}\n" for one in rng.sample(NUMBERS, rng.choice((1, 2))))
    events = [block(rng, f"event_{n}", one) for n, one in enumerate(rng.sample(EVENTS, rng.choice((1, 2, 4))))]
    return text + "events:\n" + "".join(f"  {one}\n" for one in names) + "".join(events)


def spoilt(seed):
    """The bytes of one spoilt file, the same for the same seed."""
    rng = random.Random(seed)
    text = base(rng)
    for mutate in rng.choices(MUTATIONS, k=rng.choice((1, 2, 3))):
        text = mutate(rng, text)
    return text.encode("utf-8", "surrogateescape")


def faults(message, content=None):
    """What a message lacks: a place in each line, a line that the file has, letters that do no harm to a terminal."""
    lines = message.splitlines()
    if len(lines) > 1 and re.fullmatch(r"\.\.\. and \d+ more", lines[-1]):
        lines.pop()
    found = [f"no place: {one[:100]!r}" for one in lines if not PLACE.match(one)] or [] if lines else ["no message"]
    found += [f"control character: {one[-100:]!r}" for one in lines if CONTROL.search(one)]
    if content is not None:
        most = len(content.decode("utf-8", "replace").splitlines()) + 1
        places = [at for one in lines if (at := PLACE.match(one)) and "/world.yaml" in at[0]]
        found += [f"no such line: {at[0]}" for at in places if not 1 <= int(at[1]) <= most]
    return found


def kinds(message):
    """The kinds of its lines: what is wrong, without where and with which words."""
    for one in message.splitlines():
        said = PLACE.sub("", one).removeprefix("not valid YAML: ")
        said = re.sub(r"^(extends|[\w.]+): ", "", said)
        yield " ".join(re.sub(r"'[^']*'|\"[^\"]*\"|\S*[\d_]\S*", "#", said).split()[:4])


@pytest.fixture(scope="module", params=range(CHUNKS), ids=lambda k: f"{k + 1} of {CHUNKS}")
def seen(request, tmp_path_factory):
    """What became of a chunk of the spoilt files."""
    top = tmp_path_factory.mktemp("fuzz")
    file = top / "worlds" / "world.yaml"
    file.parent.mkdir()
    (file.parent / "circle.yaml").write_text(HEAD + "extends: world\n")
    (file.parent / "broken.yaml").write_text(BROKEN)
    (file.parent / "bytes.yaml").write_bytes(b"title: a\nquestion: \xff\n")
    about = SimpleNamespace(loaded=0, refused=0, wrong=[], kinds=Counter(), executed=[])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(top)
        for module, name in ((os, "system"), (os, "popen"), (subprocess, "Popen"), (subprocess, "run")):
            patch.setattr(module, name, lambda *given, **_: about.executed.append(given))
        for seed in range(request.param, FILES, CHUNKS):
            content = spoilt(seed)
            file.unlink(missing_ok=True)
            file.write_bytes(content)
            try:
                about.loaded += isinstance(Scenario.load(file), Scenario)
            except ScenarioError as error:
                about.refused += 1
                about.kinds.update(kinds(str(error)))
                about.wrong += [f"spoilt({seed}): {fault}" for fault in faults(str(error), content)]
            except Exception as error:
                about.wrong.append(f"spoilt({seed}): {error!r:.200}")
        about.left = sorted(path.name for path in (*top.iterdir(), *file.parent.iterdir()))
    return about


def test_five_thousand_spoilt_files_each_load_or_are_refused_with_a_line_number(seen):
    assert not seen.wrong, f"{len(seen.wrong)} faults:\n" + "\n".join(seen.wrong[:40])
    assert seen.loaded + seen.refused == FILES / CHUNKS


def test_nothing_in_a_spoilt_file_is_executed(seen):
    assert seen.executed == []
    assert seen.left == ["broken.yaml", "bytes.yaml", "circle.yaml", "world.yaml", "worlds"]


def test_the_files_are_spoilt_in_many_ways_and_some_still_load(seen):
    assert seen.refused >= 1_000 / CHUNKS and seen.loaded >= 100 / CHUNKS
    assert len(seen.kinds) >= 25, sorted(seen.kinds)


def test_a_spoilt_file_is_the_same_each_time():
    assert [spoilt(seed) for seed in range(50)] == [spoilt(seed) for seed in range(50)]
    assert len({spoilt(seed) for seed in range(500)}) > 400


GRID = "type: grid, country: KAZ, start: 2030, why: a test"
LARGE = {
    "a billion laughs": lambda: laughs(9),
    "a billion laughs by merge keys": lambda: HEAD + "a: &a {x: 1}\n" + "b: &b {<<: [*a, *a]}\n" * 30,
    "ten megabytes": lambda: HEAD + "changed: |\n" + "  a line of text\n" * 600_000,
    "ten megabytes in one line": lambda: HEAD + "changed: " + "a" * 10_000_000 + "\n",
    "more values than allowed": lambda: HEAD + "sources: [" + "a, " * 50_000 + "a]\n",
    "lists a hundred thousand deep": lambda: HEAD + "sources: " + "[" * 100_000,
    "mappings a hundred thousand deep": lambda: HEAD + "sources: " + "{a: " * 100_000,
    "blocks a hundred thousand deep": lambda: HEAD + "sources:\n  " + "- " * 100_000 + "a\n",
    "a key of half a megabyte": lambda: HEAD + "? " + "k" * 500_000 + "\n: 1\n",
    "a text of half a megabyte": lambda: HEAD + 'changed: "' + "\\x41" * 120_000 + '"\n',
    "twenty thousand wrong values": lambda: f"{HEAD}events: {{x: {{{GRID}, pairs: [{'aa, ' * 20_000}]}}}}\n",
    "five thousand wrong keys": lambda: HEAD + "".join(f"x{n}: 1\n" for n in range(5_000)),
    "two thousand wrong events": lambda: HEAD + "events:\n" + "".join(f"  x{n}: {{type: war}}\n" for n in range(2_000)),
    # each error names all keys above it
    "a long key over wrong numbers": lambda: f"{HEAD}? {'k' * 200_000}\n: [{', '.join(['.nan'] * 2_000)}]\n",
    "a long name over wrong fields": lambda: (
        f"{HEAD}events:\n  ? {'k' * 200_000}\n  : {{{GRID}, {', '.join(f'k{n}: 1' for n in range(2_000))}}}\n"
    ),
}
MEASURED = """
import json, os, resource, sys
from cairn.scenario.scenario import Scenario, ScenarioError
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
def most_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
for file in sys.argv[1:]:
    if os.fork():
        os.wait()
        continue
    before, said = most_memory(), ""
    try:
        Scenario.load(file)
    except ScenarioError as error:
        said = str(error)
    print(json.dumps([file, said, most_memory() - before]), flush=True)
    os._exit(0)
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What is said of each large file, and the bytes it took to say it, each in a process of its own."""
    files = {name: tmp_path_factory.mktemp("large") / "world.yaml" for name in LARGE}
    for name, text in LARGE.items():
        files[name].write_text(text())
    command = [sys.executable, "-c", MEASURED, *files.values()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    rows = {file: rest for file, *rest in map(json.loads, done.stdout.splitlines())}
    found = {name: rows[str(file)] for name, file in files.items() if str(file) in rows}
    return SimpleNamespace(found=found, error=done.stderr)


@pytest.mark.parametrize("name", LARGE)
def test_a_file_made_to_fill_the_memory_is_refused_with_a_line_number_and_little_memory(measured, name):
    assert name in measured.found, measured.error[-2000:]
    message, memory = measured.found[name]
    assert faults(message) == []
    assert len(message) < 60_000, f"a message of {len(message)} letters"
    assert memory < MOST_MEMORY


WORST = {
    "a command in a tag": 'title: !!python/object/apply:os.system ["touch canary"]\n',
    "a command in a tag of an event": HEAD + "events: {x: !!python/object/apply:os.system ['touch canary']}\n",
    "a billion laughs": laughs(9),
    "ten megabytes": "title: " + "a" * 10_000_000,
    "lists without end": "[" * 100_000,
    "null bytes": "\0" * 1_000,
    "nothing": "",
    "bytes that are no text": "title: \udcff\udcfe\n",
    "two documents": "title: a\n---\ntitle: b\n",
    "itself": HEAD + "extends: world\n",
    "a file of the system": HEAD + "extends: /etc/passwd\n",
    "an empty list for a whole number": HEAD + "parameters: {resistance_iterations: []}\n",
    "half a letter for a number": HEAD + 'parameters: {"\\ud800": 1}\n',
    "half a letter for a key": HEAD + '"\\ud800": 1\n',
    "a key of two lines": HEAD + 'events: {"a\\nb": 3}\n',
    "a name of two lines": HEAD
    + f'events: {{x: {{{GRID.replace("grid", "parameter")}, name: "aaa\\nb", value: 1}}}}\n',
    "a key that paints the terminal": HEAD + '"\\e[31m": 3\n',
    "a number without end": HEAD + "seed: " + "9" * 5_000 + "\n",
}


@pytest.mark.parametrize("name", WORST)
def test_the_command_line_says_what_is_wrong_in_plain_lines_and_writes_nothing(tmp_path, capsys, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "world.yaml"
    file.write_bytes(WORST[name].encode("utf-8", "surrogateescape"))
    assert main(["run", str(file), "--members", "1", "--out", str(tmp_path / "o")]) == 2
    said = capsys.readouterr()
    assert said.out == "" and "Traceback" not in said.err
    assert faults(said.err) == []
    assert [path.name for path in tmp_path.iterdir()] == ["world.yaml"]
