"""A report claims no more than its numbers, which are computed again here; text from files is escaped."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from cairn.cli.main import main
from cairn.core.parameter_sets import ParameterSets
from cairn.effects import country_effects as countries
from cairn.effects.answers import answers, asked_of
from cairn.effects.country_effects import outcomes_needed
from cairn.effects.phrasing import PairedDifference, effect_sentence, interval_words, percent
from cairn.effects.report_outcomes import BY_KEY, REPORT_OUTCOMES
from cairn.ensemble.comparison import Comparison, compare
from cairn.ensemble.effect import Effect
from cairn.ensemble.runner import run
from cairn.report import caveats, findings, first_page, parameter_table, record_check
from cairn.report.effect_reader import EffectReader
from cairn.report.scenario_report import digest, single_run_sections
from cairn.scenario.diff import differences
from cairn.scenario.inheritance import shipped_names
from cairn.scenario.scenario import Scenario
from cairn.support.monte_carlo import meaningful_decimals, median_error
from tests.page import chromium

ROOT = Path(__file__).parent.parent
DRY = """title: Dry <script>alert(1)</script>
question: What if <b>two</b> years are dry?
extends: baseline
events:
  dry:
    type: drought
    start: 1995
    end: 1998
    inflow: 0.6
    why: a <i>test</i>
parameters:
  rung_cost: 0.3
"""


@pytest.fixture(scope="module")
def found():
    return compare(["baseline", "karimov_person"], 8, 3, to_year=2019, outcomes=REPORT_OUTCOMES)


@pytest.fixture(scope="module")
def dry(tmp_path_factory):
    file = tmp_path_factory.mktemp("dry") / "dry.yaml"
    file.write_text(DRY)
    return file


@pytest.fixture(scope="module")
def reported(dry):
    """The page, and the same run's JSON."""
    out = dry.parent / "page.html"
    assert main(["report", str(dry), "--members", "3", "--to", "1999", "--quiet", "--out", str(out)]) == 0
    return out


def test_a_sentence_has_the_numbers_of_the_members(found):
    of = EffectReader(found)
    paired = found.difference("integration_index").values[:, -1]
    low, middle, high = np.quantile(paired, (0.05, 0.5, 0.95))
    assert low < high < 0
    text = of.final_effect("integration_index").text
    digits = meaningful_decimals(median_error(paired), 3 if middle > -0.0995 else 2)
    before = np.median(found.values("integration_index", "baseline")[:, -1])
    assert text.startswith(f"By 2019 the integration index is {-middle:.{digits}f} (")
    assert abs(100 * middle / before + float(text.split("(")[1].split(" %")[0])) < 5
    numbers = [float(x) for x in re.findall(r"\d+\.\d+", text)]
    assert np.allclose(numbers[:3], [-middle, -high, -low], atol=0.51 * 10**-digits)
    assert f"{percent((paired < 0).mean())} of members" in text or "all members" in text


def test_the_same_words_are_never_used_for_a_clear_effect_and_an_unclear_one():
    clear = effect_sentence("x", PairedDifference.of(np.zeros(40), np.linspace(1, 2, 40)), 2, "bn", "By 2040")
    both = effect_sentence("x", PairedDifference.of(np.zeros(40), np.linspace(-1, 1.1, 40)), 2, "bn", "By 2040")
    mostly = effect_sentence("x", PairedDifference.of(np.zeros(40), np.linspace(-0.5, 2, 40)), 2, "bn", "By 2040")
    rarely = effect_sentence(
        "x", PairedDifference.of(np.zeros(40), np.array([0.0] * 30 + [1.0] * 10)), 2, "bn", "By 2040"
    )
    assert clear.startswith("By 2040 x is 1.50 bn higher (90 % of members: 1.05 to 1.95 higher; higher in all members)")
    assert clear.endswith(": the median is 1.50 instead of 0.00.")
    assert both.startswith("No clear effect on x by 2040: the interval includes zero (median 0.1 bn higher")
    assert "higher in 80 % of members, but the interval includes zero" in mostly
    assert "the same in 75 % of members and higher in 25 %" in rarely
    assert (
        effect_sentence("x", PairedDifference.of(np.ones(4), np.ones(4)), 2, "", "By 2040")
        == "By 2040 x is the same in every member."
    )
    tiny = effect_sentence("x", PairedDifference.of(np.zeros(40), np.linspace(1e-4, 4e-3, 40)), 2, "", "By 2040")
    assert "practically unchanged" in tiny and "less than 0.005" in tiny


def test_an_interval_has_its_signs():
    def words(*ends):
        return interval_words(PairedDifference.of(np.zeros(3), np.array([ends[0], np.mean(ends), ends[1]])), 2)

    assert words(-1.0, -0.5) == "0.53 to 0.97 lower"
    assert words(0.5, 1.0) == "0.53 to 0.97 higher"
    assert words(-1.0, 2.0) == "0.85 lower to 1.85 higher"
    assert words(-1.0, -0.0001) == "0.05 to 0.95 lower" and words(0.0, 1.0) == "0.05 to 0.95 higher"
    assert interval_words(PairedDifference.of(np.zeros(21), np.linspace(0, 0.02, 21)), 1) == "below 0.1 higher"


def test_a_share_that_is_not_all_is_never_rounded_to_all():
    assert [percent(x) for x in (0, 0.0001, 0.9999, 1)] == ["0 %", "1 %", "99 %", "100 %"]


def test_nothing_differs_before_the_event(found):
    assert (
        findings.divergence_section(EffectReader(found))
        .statements[0]
        .text.startswith("Nothing differs before 2016Q4; all members differ")
    )
    same = compare(["baseline", "baseline"], 2, 1, to_year=1993, outcomes=REPORT_OUTCOMES)
    (only,) = findings.effect_sections(same)
    assert "exactly zero" in only.statements[0].text


def with_index(found: Comparison, values: np.ndarray) -> Comparison:
    """The comparison with other values of the index, (scenarios, members, years), and no other outcome."""
    index = [BY_KEY["integration_index"]]
    diverged_in = np.full(values.shape[:2], found.diverged_in.min())
    return Comparison.from_values(found.scenarios, index, {index[0].key: values}, diverged_in, seed=found.seed)


def test_a_passing_effect_is_reported_in_the_year_of_its_peak(found):
    of = EffectReader(found)
    assert of.main_year == 2019 and of.passing_effect("integration_index") == []
    values = np.zeros((2, 8, found.years.size))
    values[1, :, 5] = np.linspace(-0.2, -0.1, 8)
    passed = EffectReader(with_index(found, values))
    assert passed.main_year == found.years[5]
    (statement,) = passed.passing_effect("integration_index")
    assert statement.text.startswith(f"At its largest, in {found.years[5]}, the integration index is 0.15 lower")
    assert "the same in every member" in passed.final_effect("integration_index").text


def test_the_contributions_of_the_dimensions_multiply_to_the_effect_on_the_index(found):
    (statement,) = findings.contribution_statement(EffectReader(found))
    shares = {name: (-1 if verb == "lowered" else 1) * int(x) / 100 for verb, x, name in _shares(statement.text)}
    values = np.stack([found.values("integration_index", name)[:, -1] for name in found.names])
    whole = np.expm1((np.log(values[1]) - np.log(values[0])).mean())
    assert np.isclose(np.prod([1 + share for share in shares.values()]) - 1, whole, atol=0.03)


def _shares(text):
    for part in re.split(r"(?=lowered|raised)", text):
        for x, name in re.findall(r"(\d+) % by ([a-z ]+?)(?:,| and (?=\d)| and raised| \(|$)", part):
            yield part.split()[0], x, name


def test_the_largest_effects_are_those_with_the_largest_clear_medians(found):
    text = findings.largest_effects(EffectReader(found), "openness", ("KAZ-UZB", "KGZ-UZB", "TJK-UZB", "KAZ-KGZ")).text
    paired = {p: found.difference(f"openness[{p}]").values[:, -1] for p in ("KAZ-UZB", "KGZ-UZB", "TJK-UZB")}
    clear = {p: abs(np.median(v)) for p, v in paired.items() if (np.quantile(v, (0.05, 0.95)) < 0).all()}
    assert clear and f"changes clearly in {len(clear)} of 4 pairs" in text
    names = {"KAZ-UZB": "Kazakhstan and", "KGZ-UZB": "Kyrgyzstan and", "TJK-UZB": "Tajikistan and"}
    places = [text.index(names[p]) for p in sorted(clear, key=lambda p: -clear[p])]
    assert places == sorted(places)


def test_results_that_depend_on_judgement_say_so(found):
    a, b = found.scenarios
    of_effect = [*caveats.leader_caveat(found, differences(a, b)), *caveats.trust_caveat(found)]
    rows = parameter_table.scenario_parameters(b.with_parameters(rung_cost=0.6), None, 8)
    text = " ".join(s.text for s in [*of_effect, *caveats.general_caveats(True, rows, 2030, 8)])
    expected = (
        "coded by people who knew, Mirziyoyev succeeds Karimov, hardly narrowed, not calibrated, dialogue, reciprocity"
    )
    for words in (
        *expected.split(", "),
        "Trust is not observed",
        "Nothing after 2025 is tested",
        "With 8",
        "rung_cost at 0.6",
    ):
        assert words in text
    water = Scenario.load("canal_high")
    assert caveats.leader_caveat(found, differences(Scenario.load("baseline"), water)) == []
    text = " ".join(s.text for s in caveats.identification_caveat(False))
    assert "not those of the shipped calibration" in text


def test_a_parameter_that_determines_the_effect_is_reported(found):
    used = parameter_table.parameters_of_run(found.scenarios[1], ParameterSets.load("posterior"), 120)
    made = np.zeros((2, 120, found.years.size))
    made[1, :, -1] = used.collapse_rate
    made_up = with_index(found, made)
    (statement,) = caveats.correlated_parameters(made_up, used)
    assert "collapse_rate (+1.00, hardly identified)" in statement.text


def test_every_member_uses_the_parameters_of_the_table(baseline):
    scenario = baseline.with_parameters(rung_cost=0.3)
    used = parameter_table.parameters_of_run(scenario, None, 40)
    rows = {row["name"]: row for row in parameter_table.parameter_rows(used, scenario, True)}
    assert rows["rung_cost"]["value"] == "0.3" and rows["rung_cost"]["shrinkage"] == "set by the scenario"
    middle, low, high = (float(x) for x in re.findall(r"[-\d.]+", rows["trust_gain"]["value"]))
    assert np.allclose([low, middle, high], np.quantile(used.trust_gain, (0.05, 0.5, 0.95)), rtol=0.01)
    (row,) = parameter_table.scenario_parameters(baseline.with_parameters(rung_cost=0.6), None, 40)
    drawn = parameter_table.parameters_of_run(baseline, None, 40).rung_cost
    assert row["outside"] == (np.quantile(drawn, 0.95) < 0.6)
    assert all(row["source"] and row["unit"] for row in rows.values())


def test_a_single_run_is_compared_with_the_record():
    ensemble = run("baseline", 6, 1, to_year=2006)
    text = record_check.coverage(ensemble.trade_total_usd_bn, "Trade", {1995: 1e6, 1996: 0.0, 2050: 1.0}, 1, "bn").text
    assert "contains the record in 0 of 2 years; the record is above it in 1 and below it in 1" in text
    assert "farthest in 1995: 1000000.0 recorded" in text
    assert record_check.coverage(ensemble.trade_total_usd_bn, "Trade", {2050: 1.0}, 1).text == ""
    sections = single_run_sections(ensemble)
    assert all(section.statements for section in sections)
    middle = np.median(ensemble.integration_index.groupby("time.year").mean().sel(year=2006))
    assert f"{middle:.2f}" in sections[0].statements[0].text


def test_the_page_needs_no_network_and_escapes_text_from_files(reported):
    text = reported.read_text()
    assert "<script" not in text and "&lt;script&gt;" in text
    assert "<b>two</b>" not in text and "<i>test</i>" not in text
    assert not re.findall(r"(?:src|href)=\"(?!data:image/png;base64,)", text) and "default-src 'none'" in text
    assert "url(" not in text and "@import" not in text
    for words in ("What was changed", "Findings", "Figures", "What the results depend on", "Parameters", "Provenance",
                  "How to reproduce", "events.dry", "Members differ from the first quarter on"):  # fmt: skip
        assert words in text, words
    assert digest(Scenario.load(reported.parent / "dry.yaml")) in text


def test_the_first_page_has_three_sentences_a_chart_and_how_sure_they_are(reported):
    text = reported.read_text()
    first, annex = text.split('<h1 class="annex">Annex</h1>')
    sentences = re.search(r'<ol class="sentences">(.*?)</ol>', first, re.DOTALL)[1]
    assert 1 <= sentences.count("<li>") <= 3
    parts = ['<ol class="sentences">', "data:image/png", "How sure, and why", "Who gains and who loses"]
    assert [first.index(part) for part in parts] == sorted(first.index(part) for part in parts)
    assert "3 members give a rough interval" in first and "What was changed" in annex and "Parameters" in annex
    assert "Drought on both rivers" in annex, "events are named in words"


def test_a_first_page_claims_no_more_than_its_intervals():
    compared = compare(["baseline", "karimov_line"], 12, 3, to_year=2019,
                       outcomes=list(dict.fromkeys((*REPORT_OUTCOMES, *outcomes_needed()))))  # fmt: skip
    a, b = compared.scenarios
    page = first_page.first_page(compared, asked_of(b), differences(a, b), shipped=True)
    found = answers(compared, asked_of(b))
    clear = sum(answer.clear for answer in found)
    assert len(page.sentences) == 3 and 0 < clear < len(found)
    said = f"Clear in part: of the {len(found)} outcomes that answer the question, {clear} have a 90 % interval that"
    assert page.sure[0].startswith(said)
    assert any("Mirziyoyev succeeds Karimov" in line for line in page.sure)
    assert not any("uzb_succession_2016" in line for line in (*page.sentences, *page.sure))
    for answer in found:
        if answer.outcome.share or answer.difference.is_zero:
            continue
        low, high = answer.difference.effect.low, answer.difference.effect.high
        assert answer.headline.startswith("In ") == (low > 0 or high < 0) or "practically" in answer.headline
    unclear = next(answer for answer in found if not answer.clear and not answer.difference.is_zero)
    bounds = re.search(r": ([-+<.\d]+) to ([-+<.\d]+)", unclear.headline)
    assert bounds and float(bounds[1].replace("<", "")) <= float(bounds[2].replace("<", ""))


def test_countries_are_named_only_where_they_clearly_gain_or_lose():
    trade, deficit = countries.QUANTITIES[3], countries.QUANTITIES[1]
    zero, ten = np.zeros(9), np.linspace(9.0, 11.0, 9)
    effects = [
        countries.CountryEffect(trade, "KAZ", Effect.of(zero, ten), 20.0),
        countries.CountryEffect(deficit, "TJK", Effect.of(zero, 100 * ten), 1e4),
        countries.CountryEffect(trade, "UZB", Effect.of(zero, ten - 10), 20.0),
    ]
    worse, better = first_page.country_sentences(effects, 2033)
    assert worse.startswith("Worse off in 2033: Tajikistan (winter power deficit +1") and "Uzbekistan" not in worse
    assert better.startswith("Better off in 2033: Kazakhstan (trade +10") and "GWh" in worse
    assert "No country" in first_page.country_sentences(effects[2:], 2033)[0]


@pytest.mark.skipif(chromium() is None, reason="needs chromium")
@pytest.mark.parametrize("scenario", ["canal_high+megadrought_2031+uzbek_reversal_2030", "baseline"])
def test_a_brief_prints_on_one_sheet(scenario, tmp_path, capsys):
    command = ["report", scenario, "--brief", "--members", "3", "--out", str(tmp_path)]
    assert main(command) == 0
    assert "How sure, and why" in capsys.readouterr().out
    pdf = tmp_path / "brief.pdf"
    print_page = [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    address = (tmp_path / "brief.html").as_uri()
    subprocess.run([*print_page, f"--print-to-pdf={pdf}", address], check=True, capture_output=True, timeout=120)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) == 1
    assert "--brief" in (tmp_path / "brief.html").read_text()


def test_the_command_on_the_page_gives_the_page_again_and_json_says_the_same(reported, capsys):
    page = reported.read_text()
    command = re.search(r'<pre class="command">run.py (.*?)</pre>', page)[1].split()
    out = reported.parent / "folder"
    assert main([*command, "--json", "--out", str(out)]) == 0
    assert (out / "report.html").read_text() == page
    document = json.loads(capsys.readouterr().out)
    assert document["against"] == "baseline" and document["divergence"] == "1992Q1" and document["last_year"] == 1999
    assert document["files"] == [str(out / "report.html")] and len(document["findings"]) > 20
    plain = page.replace("\u00a0", " ")
    for statement in document["findings"]:
        assert statement["text"].replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;") in plain
        if "low" in statement:
            assert statement["low"] <= statement["median"] <= statement["high"]


def test_a_scenario_that_extends_none_is_reported_without_a_comparison(tmp_path, capsys):
    out = tmp_path / "b.html"
    assert main(["report", "baseline", "--members", "2", "--to", "1996", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "Against the record" in printed and "lower in" not in printed
    text = out.read_text()
    assert "There is no scenario to compare this one with" in text and "paired difference" not in text


def test_a_scenario_is_compared_with_the_root_of_what_it_extends():
    from cairn.cli.look.report import root

    assert root("karimov_line").stem == "baseline" and root("baseline") is None
    assert all(root(name) is None or root(name).stem == "baseline" for name in shipped_names())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["karimov_lime"], "did you mean"),
        (["karimov_line", "--against", "basline"], "did you mean 'baseline'"),
        (["karimov_line", "--to", "2050"], "1992..2040"),
        (["karimov_line", "--members", "0"], "number of members"),
    ],
)
def test_a_report_that_cannot_be_made_is_refused(arguments, says, capsys):
    try:
        code = main(["report", *arguments])
    except SystemExit as ended:
        code = ended.code
    assert code == 2
    assert says in capsys.readouterr().err


def test_the_citation_is_of_this_version():
    cited = YAML(typ="safe").load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cited["cff-version"] == "1.2.0" and cited["type"] == "software"
    assert str(cited["version"]) == project["version"] and cited["license"] == project["license"]
    assert cited["authors"] == [{"name": "The Cairn authors"}]
    assert cited["message"] and cited["title"] and cited["abstract"] and cited["keywords"]
    assert "url" not in cited and "doi" not in cited
