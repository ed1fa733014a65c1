"""A comparison answers the question first, names outcomes by name, and never shows more digits than it has."""

import contextlib
import csv
import io
import json
import re

import numpy as np
import pytest

from cairn.cli.main import main
from cairn.core.geography import CENTRAL_ASIA, CODES
from cairn.effects import country_effects as countries
from cairn.effects.answers import answers, asked_of, interaction_texts
from cairn.effects.effect_rows import decimals, effect_row, effect_rows
from cairn.effects.phrasing import PairedDifference, percent_of_before
from cairn.ensemble import summary
from cairn.ensemble.comparison import Comparison, compare
from cairn.ensemble.effect import Effect
from cairn.ensemble.outcomes import ALL_COMPARED, COMPARED, outcome_from
from cairn.figures.effect_charts import winners_losers
from cairn.scenario.inheritance import shipped_names
from cairn.scenario.outcome_names import canonical_name, parse_name, parse_years, short_names
from cairn.scenario.scenario import Scenario, ScenarioError
from cairn.support.monte_carlo import few_members, meaningful_decimals, median_error, rounded_signed
from cairn.sweeps.sweep_spec import OutcomeSpec

STACK = "canal_high+megadrought_2031"
NAMES = ["baseline", *STACK.split("+"), STACK]


@pytest.fixture(scope="module")
def found():
    asked = [outcome for name in NAMES[1:] for outcome, _ in asked_of(Scenario.load(name))]
    outcomes = list(dict.fromkeys((*asked, *ALL_COMPARED, *countries.outcomes_needed())))
    return compare(NAMES, 24, 1, outcomes=outcomes)


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """Folder, text and JSON document of one command."""
    out = tmp_path_factory.mktemp("stack")
    command = ["compare", *NAMES, "--members", "8", "--out", str(out)]
    texts = []
    for more in ([], ["--json"]):
        with contextlib.redirect_stdout(io.StringIO()) as text:
            assert main([*command, *more]) == 0
        texts.append(text.getvalue())
    return out, texts[0], json.loads(texts[1])


# --- names of outcomes ---


def test_a_name_without_its_unit_is_the_same_outcome():
    assert outcome_from("pair_trade:KAZ-UZB") == outcome_from("pair_trade_usd_bn[KAZ-UZB]")
    assert outcome_from("pair_trade:UZB-KAZ").key == "pair_trade_usd_bn[KAZ-UZB]"
    assert parse_name("storage:toktogul@Q2") == ("storage_km3", ("toktogul",), 2)
    assert not set(short_names()) & set(short_names().values()) and canonical_name("hydropower") == "hydropower_gwh"


@pytest.mark.parametrize(
    ("name", "near"),
    [("shortge:UZB", "did you mean 'shortage'"), ("pair_trad:KAZ-UZB", "'pair_trade'"), ("shortage:UZ", "'UZB'")],
)
def test_an_unknown_outcome_is_answered_with_the_nearest(name, near, capsys):
    assert main(["compare", "baseline", "no_canal", "--members", "1", "--outcome", name]) == 2
    message = capsys.readouterr().err
    assert near in message and len(message.splitlines()) == 1


def test_the_outcomes_are_listed_with_unit_and_meaning(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["outcomes"]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert re.search(r"^winter_deficit +GWh +power demand unmet", text, re.MULTILINE)
    assert main(["outcomes", "--json"]) == 0
    rows = {row["outcome"]: row for row in json.loads(capsys.readouterr().out)["outcomes"]}
    assert rows["pair_trade_usd_bn"]["short"] == "pair_trade" and rows["visitors_mn"]["of"] == ["pair"]


def test_what_ministries_ask_about_is_compared_by_default():
    keys = {outcome.key for outcome in ALL_COMPARED}
    for variable, place in (
        ("shortage", "TKM"), ("agricultural_loss_pct_gdp", "UZB"), ("winter_deficit_gwh", "TJK"),
        ("hydropower_gwh", "KGZ"), ("trade_usd_bn", "KAZ"), ("pair_trade_usd_bn", "TJK-UZB"),
        ("visitors_mn", "KAZ-UZB"), ("openness", "KGZ-TJK"), ("incidents", "KGZ-TJK"),
    ):  # fmt: skip
        assert f"{variable}[{place}]" in keys
    assert set(COMPARED) <= set(ALL_COMPARED) and len(keys) == len(ALL_COMPARED)


def test_a_sweep_takes_the_same_names():
    measure = {"measure": "pair_trade", "of": "KAZ-UZB", "year": 2030}
    assert OutcomeSpec.model_validate(measure).measure == "pair_trade_usd_bn"


# --- look_at ---


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_scenario_says_what_answers_its_question(name):
    scenario = Scenario.load(name)
    assert asked_of(scenario) and all(years for _, years in asked_of(scenario))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{outcome: shortge, years: [2031]}", r"w.yaml:4:6: look_at.0.outcome: .*did you mean 'shortage'"),
        ("{outcome: shortage, of: [UZ], years: [2031]}", "there is no country 'UZ'.*did you mean 'UZB'"),
        ("{outcome: shortage, of: [UZB], years: [2050]}", "2050 is outside 1992..2040"),
        ("{outcome: shortage, of: [UZB], years: soon}", "'soon' are not years; write 2033, 2031-2035"),
        ("{outcome: shortage, of: [UZB]}", "look_at.0.years: this key is missing"),
        ("{outcome: shortage, year: [2031]}", "look_at.0.year: no such key; did you mean 'years'"),
        ("{outcome: trust, years: [2031]}", "trust is of directed pairs"),
        ("shortage in Uzbekistan", "expected an outcome, its places and years, as {outcome: shortage"),
    ],
)
def test_a_wrong_entry_of_look_at_is_reported(tmp_path, entry, message):
    file = tmp_path / "w.yaml"
    file.write_text(f"title: Wrong\nquestion: What if?\nlook_at:\n  - {entry}\n")
    with pytest.raises(ScenarioError, match=message):
        Scenario.load(file)


def test_look_at_is_inherited_with_the_question_and_ends_with_the_horizon(tmp_path):
    def load(text):
        file = tmp_path / "w.yaml"
        file.write_text(f"extends: canal_high\n{text}")
        return Scenario.load(file)

    assert load("").look_at == Scenario.load("canal_high").look_at
    assert load("question: And then?\n").look_at == ()
    assert max(year for entry in load("horizon: {last: 2033}\n").look_at for year in entry.years) == 2033
    with pytest.raises(ScenarioError, match=r"look_at.0.years: 2034 is outside the horizon 1992..2033"):
        load("horizon: {last: 2033}\nlook_at: [{outcome: trust_mean, years: 2030-2040}]\n")


def test_years_are_single_or_ranges():
    assert parse_years("2024, 2031-2033") == (2024, 2031, 2032, 2033)
    with pytest.raises(ValueError, match="are not years"):
        parse_years("2033-2031")


# --- answers ---


def test_an_answer_has_level_difference_percent_and_interval(found):
    answer = answers(found, asked_of(found.scenario(STACK)), STACK)[0]
    assert answer.outcome.key == "shortage[TKM]" and answer.year in range(2029, 2041)
    column = answer.year - 1992
    before, after = (100 * found.values("shortage[TKM]", name)[:, column] for name in ("baseline", STACK))
    middle = np.median(after - before)
    assert middle == max(np.median(100 * found.difference("shortage[TKM]", STACK).values, axis=0)[37:])
    text = answer.text
    assert f"In {answer.year} (the largest effect of 2029-2040) water shortage in Turkmenistan is" in text
    low, high = map(float, re.search(r"90 % of members: ([\d.]+) to ([\d.]+) higher", text).groups())
    assert low < high and abs(low - np.quantile(after - before, 0.05)) <= 5
    level, percent = re.search(r"the median is (\d+) %", text), re.search(r"points \((\d+) %\) higher", text)
    assert abs(float(level[1]) - np.median(after)) <= 5
    assert abs(float(percent[1]) - 100 * middle / np.median(before)) <= 50


def test_text_page_and_json_give_the_same_answers_first(said):
    out, text, document = said
    page = (out / "report.html").read_text()
    blocks = text.split("\nagainst: ")
    for answer in document["answers"]:
        flat = " ".join(" ".join(blocks[1 + NAMES[1:].index(answer["scenario"])].split()).split())
        assert answer["text"] in flat and flat.index(answer["text"]) < flat.index("paired difference")
        assert answer["text"].split(" (")[0] in page
        assert {"outcome", "unit", "text", "years"} <= answer.keys()
        for row in answer["years"]:
            assert {"year", "median", "low", "high", "median_error", "before", "after", "clear"} <= row.keys()
            assert row["low"] <= row["median"] <= row["high"]
    assert {answer["scenario"] for answer in document["answers"]} == set(NAMES[1:])


def test_the_outcomes_and_years_asked_for_come_first(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    command = ["compare", "baseline", "karimov_line", "--members", "4", "--to", "2022", "--out", str(tmp_path)]
    assert main([*command, "--outcome", "pair_trade:KAZ-UZB", "--outcome", "trade_outside:UZB",
                 "--years", "2018-2020"]) == 0  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    first, second = (line for line in lines if line.startswith("paired difference"))
    heads = [[word for word in line.split() if word.isdigit() and len(word) == 4] for line in (second, first)]
    assert sorted(heads[0] + heads[1]) == ["2018", "2019", "2020"] and heads[0], "the table is folded"
    rows = lines[lines.index(first) + 2 :]
    assert rows[0].startswith("trade KAZ-UZB") and rows[1].startswith("trade outside UZB")


@pytest.mark.parametrize("command", [["compare", "baseline", "no_canal"], ["report", "no_canal"]])
def test_years_outside_the_run_are_refused(command, capsys):
    assert main([*command, "--members", "1", "--to", "2030", "--years", "2031-2035"]) == 2
    assert "2031 is outside 1992..2030" in capsys.readouterr().err


def test_the_interaction_is_what_is_beyond_the_sum(found):
    one, two, both = (found.difference("shortage[UZB]", name).sel(year=2033).values for name in NAMES[1:])
    effect = found.interaction("shortage[UZB]", 2033, STACK)
    assert np.isclose(effect.mean, (both - one - two).mean()) and found.stacks() == [STACK]
    said = answers(found, asked_of(found.scenario(STACK)), STACK)
    assert any("canal_high and megadrought_2031" in text for text in interaction_texts(found, said, STACK))
    alone = compare(["baseline", STACK], 2, 1, to_year=2000, outcomes=["trust_mean"])
    assert alone.stacks() == [], "the single scenarios are not in the comparison"


def test_an_interaction_that_is_there_is_found(found):
    shift = np.zeros((4, 24, found.years.size))
    shift[1], shift[2], shift[3] = 0.1, 0.2, 0.5
    index = COMPARED[0]
    made = Comparison.from_values(found.scenarios, [index], {index.key: shift}, found.diverged_in, seed=1)
    said = answers(made, [(index, (2033,))], STACK)
    (text,) = interaction_texts(made, said, STACK)
    assert "is 0.200 higher than the sum of their single effects gives" in text


# --- tables ---


def test_the_table_has_the_largest_effect_and_the_years_of_the_events(found):
    assert found.table_years(STACK)[-1] == 2040 and {2029, 2031, 2033} <= set(found.table_years(STACK))
    row = effect_row(found, outcome_from("shortage:TKM"), STACK)
    medians = np.median(found.difference("shortage[TKM]", STACK).values, axis=0)
    assert row.year == 1992 + np.abs(medians).argmax() and row.largest.median == np.abs(medians).max()


def test_what_does_not_change_is_one_line(found, said):
    rows = effect_rows(found, STACK)
    shown = {row.outcome for row in rows.rows}
    assert all(row.clear and not row.negligible for row in rows.rows)
    groups = [shown, *(set(outcomes) for _, outcomes in rows.others())]
    assert sum(map(len, groups)) == len(set().union(*groups)) == len(found.outcomes)
    assert outcome_from("winter_deficit:KAZ") in rows.same
    assert said[1].count("The same in every member:") >= len(NAMES) - 1


@pytest.mark.parametrize("columns", [80, 120])
def test_the_output_of_compare_fits_the_terminal(tmp_path, monkeypatch, capsys, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main(["compare", *NAMES, "--members", "2", "--to", "2036", "--out", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert not [line for line in lines if len(line) > columns and str(tmp_path) not in line]


# --- digits ---


def test_the_error_of_a_median_is_that_of_repeated_samples():
    draws = np.random.default_rng(1).normal(size=(400, 2000))
    assert np.isclose(np.median(draws, axis=0).std(), np.mean(median_error(draws)), rtol=0.1)
    assert np.isnan(median_error(np.ones((1, 3)))).all() and median_error(np.ones(9)) == 0
    assert Effect.of(np.zeros(400), draws[:, 0]).median_error == median_error(draws[:, 0])


def test_no_figure_has_more_digits_than_its_error(found):
    for outcome in found.outcomes:
        row = effect_row(found, outcome, STACK)
        error = (row.largest.mean_error if outcome.share else row.largest.median_error) * outcome.scale
        shown = decimals(outcome, row.largest)
        assert error == 0 or 10.0**-shown >= error / 10 > 0 or shown == outcome.shown_digits
        text = row.text(row.largest)
        assert text in ("0",) or text[0] in "+-", text


def test_the_table_of_a_run_has_no_more_digits_than_its_error():
    values = np.linspace(0.0, 100.0, 26)
    cell = summary.Cell(50.0, 5.0, 95.0, "", float(median_error(values)))
    text = summary.to_text({outcome_from("trade_total_usd_bn"): {2040: cell}})
    assert cell.error > 1 and "50" in text.split() and "[5, 95]" in text  # no decimals
    tiny = summary.Cell(0.001, 0.0, 0.2, "", 0.001)
    text = summary.to_text({outcome_from("trust_mean"): {2040: tiny}})
    assert "<0.01" in text and "[0, 0.20]" in text


def test_a_figure_never_contradicts_its_verdict():
    tiny = Effect.of(np.zeros(50), np.linspace(0.0001, 0.004, 50))
    assert tiny.clear and rounded_signed(tiny.median, 2) == "+<0.01"
    assert rounded_signed(0.0, 2) == "0" and rounded_signed(-0.26, 1) == "-0.3"
    assert meaningful_decimals(31.0, 2) == -1 and rounded_signed(1234.0, -1) == "+1230"


def test_percent_is_left_out_where_nothing_was_before():
    assert percent_of_before(PairedDifference.of(np.zeros(30), np.ones(30))) == ""
    assert percent_of_before(PairedDifference.of(np.full(30, 0.001), np.ones(30))) == ""
    assert percent_of_before(PairedDifference.of(np.full(3, 2.0), np.full(3, 3.0))) == "50 %"


def test_few_members_are_a_warning(said):
    assert few_members(200) == "" and "--members 200" in few_members(199)
    assert "Warning: 8 members give" in " ".join(said[1].split())
    assert said[2]["warnings"] == [few_members(8)]


def test_the_sign_share_is_there_only_where_members_differ(said):
    out, _, document = said
    effects = [effect for row in document["effects"] for effect in row["effects"]]
    assert all("sign_share" in effect or effect["low"] == effect["high"] == effect["mean"] == 0 for effect in effects)
    assert not all("sign_share" in effect for effect in effects)
    rows = list(csv.DictReader((out / "effects.csv").read_text().splitlines()))
    assert all((row["sign_share"] == "") == (float(row["mean"]) == 0) for row in rows)
    assert {"low", "median", "high", "median_error", "percent"} <= rows[0].keys()
    for row in rows[:200]:
        before, percent = float(row["before"]), row["percent"]
        assert (percent == "") == (before == 0)
        assert not before or np.isclose(float(percent), 100 * float(row["median"]) / abs(before), rtol=1e-4)


# --- winners and losers ---


def test_the_water_of_the_countries_adds_up_to_that_of_the_rivers(found):
    effects = countries.country_effects(found, 2033, "canal_high")
    water = [e.effect.mean for e in effects if e.quantity.title == "summer water"]
    rivers = found.difference("summer_supply_km3@Q4", "canal_high").sel(year=2033).mean("member")
    shares = CENTRAL_ASIA.downstream_share[:, :, 0].sum(axis=1)
    assert np.allclose(shares, 1) and np.isclose(sum(water), float(rivers.sum()))


def test_countries_gain_and_lose_in_physical_units_and_percent(found, said):
    effects = {(e.quantity.title, e.country): e for e in countries.country_effects(found, 2033, STACK)}
    assert len(effects) == 5 * len(countries.QUANTITIES)
    assert effects["summer water", "TKM"].better is False and effects["farm losses", "UZB"].better is False
    assert effects["income", "UZB"].better is None and effects["income", "UZB"].none
    water = effects["summer water", "UZB"]
    level = np.median(
        countries.QUANTITIES[0].value([found.values(n, "baseline") for n in water.quantity.names], 4)[:, 41]
    )
    assert water.level == level and np.isclose(water.percent, 100 * water.effect.median / level)
    rows = list(csv.DictReader((said[0] / "countries.csv").read_text().splitlines()))
    assert {row["country"] for row in rows} == {*CODES} and {row["scenario"] for row in rows} == set(NAMES[1:])
    assert "Winners and losers" in said[1] and len(said[2]["countries"]) == len(rows)


def test_the_figure_of_countries_shows_their_medians(found):
    figure = winners_losers(found, 2033, STACK)
    effects = countries.country_effects(found, 2033, STACK)
    assert len(figure.axes) == len(countries.QUANTITIES)
    for axis, quantity in zip(figure.axes, countries.QUANTITIES, strict=True):
        medians = [e.effect.median for e in effects if e.quantity is quantity]
        points = [line.get_xdata()[0] for line in axis.lines if len(line.get_xdata()) == 1]
        assert points == medians and axis.get_title(loc="left") == quantity.title
