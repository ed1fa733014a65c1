"""Every figure that README.md and model/ODD.md quote is a result of the program or of the data that ship with it.

How each is checked:

- README, blocks marked `example`: the command is run again at the size shown, and its output compared line by line.
- README, sentences: the figure is computed from the shipped tables, scenarios and VALIDATION.md (which a test of its
  own compares with a fresh run) and the sentence with it is searched for. No other decimal or per cent may be there.
- README, verdicts on all claims: only their sum is checked, since all claims take minutes; `run.py claims` prints them.
- ODD, the table of where a run with a free past misses the record: each figure is computed from the run of 500
  members that it names. The sentences below it: those with a figure.
"""

import json
import re
from unittest import mock

import numpy as np
import pytest

from cairn import Scenario, run
from cairn.calibration.targets import FIT, TEST, Targets
from cairn.claims.claim import claims
from cairn.core.parameter_sets import ParameterSets
from cairn.record.observations import DATA
from cairn.scenario.inheritance import shipped_names
from tests.renew_readme import EXAMPLE, README, ROOT, examples
from tests.test_notebooks import notebooks

TEXT = README.read_text(encoding="utf-8")
ODD = (ROOT / "model" / "ODD.md").read_text(encoding="utf-8")
VALIDATION = (ROOT / "model" / "VALIDATION.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.\d+|\.\d+|\d+)(?![\w]|\.\d)")
RENEW = "run `python -m tests.renew_readme`, and read the sentences around it"


@pytest.fixture(scope="module", autouse=True)
def no_figures():
    """The examples show text; their figures take most of the time and are tested elsewhere."""
    with mock.patch("cairn.figures.draw_all", lambda *_, **__: []):
        yield


# --- README: examples -----------------------------------------------------------------------------------------------


def words(line: str) -> list[str]:
    return NUMBER.sub("#", line).split()


def close(printed: str, value: float, units: float = 0.51) -> bool:
    """Whether a printed number is a value, rounded to the decimals printed; `units` of the last one may lie between."""
    digits = len(printed.partition(".")[2])
    return abs(float(printed) - value) <= units * 10**-digits


@pytest.mark.parametrize("n", range(len(EXAMPLE.findall(TEXT))))
def test_an_example_output_is_what_the_command_prints(n):
    _, stored, fresh = list(examples(TEXT))[n]
    assert [words(line) for line in stored.splitlines()] == [words(line) for line in fresh.splitlines()], RENEW
    pairs = zip(NUMBER.findall(stored), NUMBER.findall(fresh), strict=True)
    assert all(close(a, float(b), 1.01) for a, b in pairs), RENEW  # the last digit may differ between machines


def test_all_examples_were_found():
    assert len(EXAMPLE.findall(TEXT)) == TEXT.count("<!-- example:") >= 4


# --- README: sentences ----------------------------------------------------------------------------------------------


def row(start: str) -> list[str]:
    """Cells of the row of a table of VALIDATION.md, without the first."""
    (line,) = [line for line in VALIDATION.splitlines() if line.startswith(f"| {start} |")]
    return [cell.strip().strip("*") for cell in line.strip("|").split("|")][1:]


def cells(text: str, start: str) -> list[str]:
    """Cells of the first row of a table in a part of VALIDATION.md, without the first."""
    line = next(line for line in text.splitlines() if line.startswith(f"| {start} |"))
    return [cell.strip().strip("*") for cell in line.strip("|").split("|")][1:]


def sentences() -> list[str]:
    """Parts of sentences of the README with the figures as they should be."""
    targets = Targets.load()
    posterior = json.loads((DATA / "fitted" / "posterior.json").read_text(encoding="utf-8"))
    held_back = row("**held back, from 2016**")
    skill = re.search(r"\*\*([-+]\d\.\d+)\*\*, with a 90 % interval of ([-+]\d\.\d+) to\s([-+]\d\.\d+)", VALIDATION)
    harder = re.search(
        r"Against gravity that continues from its last error the skill is \*\*([-+]\d\.\d+)\*\*", VALIDATION
    )
    band = re.search(r"the 50 % band of `pair_trade_usd_bn` contains (\d+) % and the 90 % band\s(\d+) %", VALIDATION)
    assert skill and harder and band
    forecasts = next(line for line in VALIDATION.splitlines() if line.startswith("| forecast |"))
    zero = "includes" if float(skill[2]) < 0 < float(skill[3]) else "excludes"
    came, frozen = (
        VALIDATION.split(title)[1] for title in ("**Givens as they came**", "**Givens frozen at the origin**")
    )
    hindcast = cells(VALIDATION.split("## Hindcasts")[1], "2015")
    return [
        f"all {len(shipped_names())} shipped scenarios",
        f"{len(claims())} claims of an article",
        f"has {('six', 'seven', 'eight')[len(notebooks()) - 6]}, each with a question",
        f"one of {len(ParameterSets.load('conditioned').values)} parameter sets",
        f"{len(posterior['parameters'])} quantities were estimated from {len(targets.select(FIT))} observations",
        f"compared with {len(targets.select(TEST))} observations",
        f"{held_back[5]} are inside the 90 % interval",
        f"{held_back[4]} inside the 50 % interval",
        f"(skill {skill[1]}, with {forecasts.count('(')} pairs the 90 % interval {zero} zero)",
        f"continues from its last error (skill {harder[1]})",
        f"score of the model is {cells(came, 'model')[4]}, that of gravity with its last error "
        f"{cells(came, 'gravity, last error')[4]}",
        f"it is {cells(frozen, 'model')[4]}, that of gravity {cells(frozen, 'gravity, last error')[4]}",
        f"The 90 % bands contain {cells(came, 'model')[9]} and {cells(frozen, 'model')[9]} of the record",
        f"contain {hindcast[3]} (50 % band) and {hindcast[4]} (90 % band) of the record, with a "
        f"score of {hindcast[7]}; with a free past it is {hindcast[8]}",
        f"contain {band[1]} % and {band[2]} %: they are too wide",
    ]


def prose() -> str:
    """The README without its code and commands, in one line."""
    return " ".join(re.sub(r"`[^`]*`", "", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL)).split())


@pytest.mark.parametrize("sentence", sentences())
def test_a_sentence_has_the_figure_that_the_results_give(sentence):
    assert sentence in prose()


def test_no_other_figure_is_quoted():
    figures = re.compile(r"(?<![\w.-])[-+]?\d+\.\d+(?!\.?\d)|\d+(?= ?%)")
    checked = set(figures.findall(" ".join(sentences()))) | {"90", "50"}
    versions = set(re.findall(r"(?:Python|has|older than|0;) (3\.\d+)", prose())) | {"2.0"}  # of Python, of the licence
    assert set(figures.findall(prose())) <= checked | versions


def test_the_verdicts_on_all_claims_add_up():
    verdicts = re.search(
        r"(\d+) are supported, (\d+) in part, (\d+) contradicted; (\d+) follow from assumptions, "
        r"(\d+) are not identified and (\d+) not testable",
        prose(),
    )
    assert verdicts and sum(map(int, verdicts.groups())) == len(claims())


# --- ODD: where the baseline misses the record ----------------------------------------------------------------------

FITTED = ODD.split("<!-- fit: begin -->")[1].split("<!-- fit: end -->")[0]


@pytest.fixture(scope="module")
def free_run():
    """The run that the table names: baseline, 500 members, seed 1, the whole past free."""
    return run(Scenario.load("baseline"), members=500, seed=1, parameters="posterior", to_year=2025)


def interval(values) -> list[float]:
    """Median, 5th and 95th percentile over members."""
    median, low, high = np.quantile(np.asarray(values, float), (0.5, 0.05, 0.95))
    return [median, low, high]


def per_year(dataset, name: str, how: str, first: int, last: int | None = None, **where: str):
    """Yearly values, (member,) of one year or (member, year) of several."""
    yearly = getattr(dataset[name].sel(where).groupby("time.year"), how)()
    return yearly.sel(year=first if last is None else slice(first, last))


def computed(dataset) -> dict[str, list[float]]:
    """The figures of each row of the table, in the order in which they are written; per cents as such."""

    def year(name, how, when, **where):
        return per_year(dataset, name, how, when, **where)

    def undelimited(border, *years):
        return [x for y in years for x in interval(year("undelimited_share", "last", y, border=border))]

    deaths = per_year(dataset, "deaths", "sum", 2004, 2023, border="KGZ-TJK")
    bloody = (deaths >= 50).sum("year")
    toktogul = dataset.release_km3.sel(reservoir="toktogul", time=slice("2001-10", "2010-09"))
    summer = toktogul.time.dt.month.isin((4, 7))
    nurek = dataset.release_km3.sel(reservoir="nurek")
    visits = [
        np.median(year("visitors_mn", "mean", 2023, pair=p)) for p in ("TJK-UZB", "KGZ-UZB", "KAZ-UZB", "TKM-UZB")
    ]
    shares = []
    for y in (2021, 2023, 2024):
        one = nurek.sel(time=str(y))
        shares.append(np.median(one.sel(time=one.time.dt.month.isin((4, 7))).sum("time") / one.sum("time")) * 100)
    return {
        "trade of the five, 1995": [
            x for y in (1995, 2000, 2008) for x in interval(year("trade_total_usd_bn", "mean", y))
        ],
        "trade of the five, 2018": [x for y in (2018, 2024) for x in interval(year("trade_total_usd_bn", "mean", y))],
        "undelimited share KGZ-TJK": undelimited("KGZ-TJK", 2012, 2024),
        "undelimited share KGZ-UZB": undelimited("KGZ-UZB", 2018, 2024),
        "undelimited share TJK-UZB": undelimited("TJK-UZB", 2003, 2015),
        "incidents KGZ-TJK": interval(per_year(dataset, "incidents", "sum", 2002, 2021, border="KGZ-TJK").mean("year")),
        "deaths KGZ-TJK": [*interval(deaths.mean("year")), 50, *(float((bloody >= n).mean()) * 100 for n in (1, 2))],
        "years with a regional meeting": [
            float(per_year(dataset, "meeting_held", "max", *years).mean()) * 100
            for years in ((1994, 2005), (2006, 2017), (2018, 2024))
        ],
        "Turkmenistan attends": [float(per_year(dataset, "attended", "max", 2018, 2024, country="TKM").mean()) * 100],
        "an organisation of the five": [
            float(per_year(dataset, "organisation_alive", "mean", 2016, 2024).mean()) * 100
        ],
        "Toktogul, October 2001": [
            x for half in (summer, ~summer) for x in interval(toktogul.sel(time=half).sum("time") / 9)
        ],
        "Nurek's release": shares,
        "hydropower": [np.median(year("hydropower_gwh", "sum", 2005, country=c)) / 1000 for c in ("KGZ", "TJK")],
        "visits to Uzbekistan": [both_ways * 7 / 12 / 2 for both_ways in visits],
    }


ROWS = [line.strip("|").split("|") for line in FITTED.splitlines() if line.startswith("| ")][2:]


def test_the_table_of_misses_has_the_figures_of_the_run(free_run):
    figures = computed(free_run)
    assert len(figures) == len(ROWS)
    for (title, written, _), (start, values) in zip(ROWS, figures.items(), strict=True):
        assert title.strip().startswith(start)
        numbers = NUMBER.findall(written)
        assert len(numbers) == len(values), (title, numbers, values)
        assert all(close(n, v) for n, v in zip(numbers, values, strict=True)), (title, numbers, values)


def test_what_the_text_says_of_the_kyrgyz_tajik_border_holds(free_run):
    written = re.search(r"(\d+) % of the members have settled it by 2025", " ".join(FITTED.split()))
    settled = per_year(free_run, "undelimited_share", "last", 2025, border="KGZ-TJK") == 0
    assert written and close(written[1], float(settled.mean()) * 100)


def test_what_the_text_says_of_trust_between_distant_countries_holds(free_run):
    written = re.search(r"\(Kazakhstan and Tajikistan\)\D{1,40}?(0?\.\d+)", " ".join(FITTED.split()))
    trust = per_year(free_run, "trust_pair", "mean", 1992, 2000, pair="KAZ-TJK").median("member")
    assert written and close(written[1], float(trust.max()))
