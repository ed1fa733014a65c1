"""Members compared with the same random numbers: without a change nothing differs, and only what changed differs."""

import csv
import json
import re

import numpy as np
import pytest

from cairn.cli.main import main
from cairn.core.calendar import quarter_name
from cairn.effects.answers import asked_of
from cairn.effects.effect_rows import effect_rows
from cairn.ensemble.annual import by_year
from cairn.ensemble.comparison import Comparison, compare
from cairn.ensemble.effect import Effect
from cairn.ensemble.outcomes import COMPARED, RANKED, digits_of_difference, outcome_from
from cairn.ensemble.runner import run
from cairn.report.comparison_page import page
from cairn.scenario.diff import differences

INDEX = RANKED[0]
EMPTY = "title: The same\nquestion: What if nothing?\nextends: baseline\n"


@pytest.fixture(scope="module")
def closed(baseline):
    return baseline.without("uzb_succession_2016").rename("closed", title="A closed <b>Tashkent</b>")


@pytest.fixture(scope="module")
def found(baseline, closed):
    return compare([baseline, closed], 12, 3, to_year=2022)


def test_an_empty_extension_differs_by_exactly_zero(tmp_path, capsys):
    file = tmp_path / "same.yaml"
    file.write_text(EMPTY)
    same = compare(["baseline", str(file)], 6, 1, to_year=2005)
    assert same.divergence() is None
    assert all((same.difference(outcome) == 0).all() for outcome in COMPARED)
    assert main(["compare", "baseline", str(file), "--members", "2", "--to", "2000", "--out", str(tmp_path / "o")]) == 0
    assert "exactly zero" in capsys.readouterr().out
    assert "exactly zero" in (tmp_path / "o" / "report.html").read_text()
    rows = list(csv.DictReader((tmp_path / "o" / "effects.csv").read_text().splitlines()))
    assert rows and all(float(row["low"]) == float(row["high"]) == float(row["mean"]) == 0 for row in rows)


def test_side_by_side_is_the_same_as_run_apart(found, baseline, closed):
    for k, scenario in enumerate((baseline, closed)):
        alone = run(scenario, 12, 3, to_year=2022)
        for outcome in found.outcomes:
            yearly = by_year(alone[outcome.variable].sel(dict(outcome.where))).transpose("member", "year").values
            assert np.array_equal(found.values(outcome, found.names[k]), yearly), outcome.key


def test_chunks_and_processes_do_not_change_a_comparison(baseline, closed, monkeypatch):
    whole = compare([baseline, closed], 5, 3, to_year=1995)
    spread = compare([baseline, closed], 5, 3, to_year=1995, jobs=2)
    assert whole.dataset.identical(spread.dataset)
    assert np.array_equal(whole.diverged_in, spread.diverged_in)


def test_the_paths_part_where_the_event_was(found):
    first, half = found.divergence()
    assert quarter_name(first) == "2016Q4" and half >= first
    assert found.share_diverged("baseline") == 0 and found.share_diverged() > 0
    assert str(found.dataset.first_divergence.sel(scenario="closed").min().values)[:10] == "2016-10-01"
    assert np.isnat(found.dataset.first_divergence.sel(scenario="baseline").values).all()
    assert (found.difference(INDEX).sel(year=slice(None, 2015)) == 0).all()
    assert min(found.table_years()) >= 2016


def test_an_effect_is_what_it_says():
    e = Effect.of(np.zeros(5), np.array([-1.0, 1.0, 2.0, 3.0, 4.0]))
    assert (e.median, e.mean, e.sign_share) == (2.0, 1.8, 0.8)
    assert np.isclose(e.mean_error, np.std([-1, 1, 2, 3, 4], ddof=1) / np.sqrt(5))
    assert Effect.of(np.ones(3), np.ones(3)).sign_share == 0


def test_clear_from_is_the_first_year_after_which_zero_stays_outside(found):
    values = np.zeros((2, 12, found.years.size))
    values[1, :, 3] = 1.0
    values[1, :, 6:] = 1.0

    def made() -> Comparison:
        return Comparison.from_values(found.scenarios, [INDEX], {INDEX.key: values}, found.diverged_in, seed=3)

    assert made().significant_from(INDEX) == found.years[6]
    values[1, 0:3, -1] = -1
    assert made().significant_from(INDEX) is None


def test_the_command_writes_a_report_that_needs_no_network(tmp_path, capsys):
    file = tmp_path / "dry.yaml"
    file.write_text(
        EMPTY.replace("The same", "Dry <script>alert(1)</script>")
        + "events:\n  dry:\n    type: drought\n    start: 1995\n    end: 1998\n    inflow: 0.6\n    why: a test\n"
        "  tjk_civil_war: {level: 0.5}\n  cis_1991: off\nparameters:\n  rung_cost: 0.3\n"
    )
    arguments = ["compare", "baseline", str(file), "--members", "3", "--to", "2000"]
    assert main([*arguments, "--out", str(tmp_path / "a")]) == 0
    said = capsys.readouterr().out
    for word in ("paired difference", "largest", "90 % interval", "The scenarios diverge in", "report.html"):
        assert word in said
    text = (tmp_path / "a" / "report.html").read_text()
    assert "<script" not in text and "&lt;script&gt;" in text
    assert not re.findall(r"(?:src|href)=\"(?!data:)", text) and "default-src 'none'" in text
    for word in ("events.dry", "events.tjk_civil_war.level", "events.cis_1991", "parameters.rung_cost", "+  dry:"):
        assert word in text
    assert main([*arguments, "--quiet", "--out", str(tmp_path / "b.html")]) == 0
    assert (tmp_path / "b.html").read_text() == text, "same scenarios, seed and version: the same page"
    assert {p.name for p in (tmp_path / "a").iterdir()} == {
        "effects.csv", "countries.csv", "comparison.nc", "report.html", "difference-dry.png", "countries-dry.png",
        "counterfactuals.csv", "abduction-dry.png",
    }  # fmt: skip


def test_three_scenarios_stand_against_the_first(tmp_path, capsys):
    names = ["baseline", "karimov_person", "no_taliban"]
    assert main(["compare", *names, "--members", "2", "--json", "--out", str(tmp_path)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["scenarios"] == names
    assert [row["scenario"] for row in document["effects"]] == names[1:]
    assert [row["divergence"] for row in document["effects"]] == ["2016Q4", "2021Q3"]


def test_all_shipped_scenarios_are_ranked(tmp_path, capsys, monkeypatch):
    from cairn.scenario import inheritance

    monkeypatch.setattr(
        inheritance, "shipped_names", lambda: ["baseline", "karimov_person", "no_taliban", "grid_never_left"]
    )
    command = ["compare", "--all", "--members", "4", "--to", "2020", "--out", str(tmp_path)]
    monkeypatch.setenv("COLUMNS", "120")
    assert main(command) == 0
    text = capsys.readouterr().out
    said = text.splitlines()
    assert said[0].split()[2:] == ["index", "trade", "water", "borders", "security", "institutions"]
    assert [line.split()[0] for line in said[2:4]] == ["grid_never_left", "karimov_person"]
    assert "The same in every member: no_taliban." in said and "Warning: 4 members" in text
    monkeypatch.setenv("COLUMNS", "60")
    assert main(command) == 0
    narrow = capsys.readouterr().out
    assert [line.count("institutions") for line in narrow.splitlines() if line.startswith("against")] == [0, 1]
    assert max(len(line) for line in narrow.splitlines() if str(tmp_path) not in line) <= 60
    assert {p.name for p in tmp_path.iterdir()} == {"ranking.csv", "ranking.png", "effects.csv"}
    rows = list(csv.DictReader((tmp_path / "ranking.csv").read_text().splitlines()))
    assert len(rows) == 3 * len(RANKED)
    assert {row["divergence"] for row in rows if row["scenario"] == "no_taliban"} == {"never"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["compare", "baseline"], "2 to 8"),
        (["compare", "baseline", "karimov_lime"], "did you mean 'karimov_line'"),
        (["compare", "--all", "baseline", "no_taliban"], "at most one scenario"),
        (["compare", "--all", "--out", "all.html"], "give it a folder"),
        (["compare", "baseline", "no_taliban", "--to", "2050"], "1992..2040"),
    ],
)
def test_a_comparison_that_cannot_be_made_is_refused(arguments, says, capsys):
    assert main(arguments) == 2
    assert says in capsys.readouterr().err


def test_differences_name_what_was_changed_and_nothing_else(baseline):
    assert differences(baseline, baseline.rename("same", title="The same")) == []
    other = baseline.without("cis_1991").amend("rogun", mw=3000).with_parameters(rung_cost=0.3)
    kinds = [(d.kind, d.key, d.old, d.new) for d in differences(baseline, other)]
    assert [kind[:2] for kind in kinds] == [
        ("off", "events.cis_1991"),
        ("amended", "events.rogun.mw"),
        ("amended", "parameters.rung_cost"),
    ]
    assert kinds[1][2:] == ("3600", "3000") and kinds[2][2:] == ("", "0.3")
    back = differences(other, baseline)
    assert sorted(d.kind for d in back) == ["amended", "amended", "new"]


def test_a_cell_is_shaded_only_where_zero_lies_outside(found):
    number, percent = r"[-+&lt;.\d]+", r"(?: \([^)]*\))?"
    cells = re.findall(rf'<td( class="sure")?>{number}{percent}<small>({number}) to ({number})</small>', page(found))
    rows = effect_rows(found, asked=[outcome for outcome, _ in asked_of(found.scenarios[1])]).rows
    assert len(cells) == (len(found.table_years()) + 1) * sum(not row.none for row in rows)
    cells = [(sure, low.replace("&lt;", ""), high.replace("&lt;", "")) for sure, low, high in cells]
    shaded = [(float(low), float(high)) for sure, low, high in cells if sure]
    assert 0 < len(shaded) < len(cells)
    assert all(low >= 0 or high <= 0 for low, high in shaded)
    plain = [(float(low), float(high)) for sure, low, high in cells if not sure]
    assert all(low <= 0 <= high for low, high in plain)


def test_scenarios_of_one_title_are_told_apart_by_name(baseline):
    same = compare([baseline, baseline.rename("same")], 1, 1, to_year=1992)
    assert same.titles == tuple(f"{baseline.title} ({name})" for name in ("baseline", "same"))
    assert all(title in page(same) for title in same.titles)


def test_scenarios_of_one_name_are_told_apart_by_number(tmp_path, capsys):
    files = [tmp_path / folder / "same.yaml" for folder in ("one", "two")]
    for file in files:
        file.parent.mkdir()
        file.write_text("extends: baseline\n")
    command = ["compare", "baseline", *map(str, files), "--members", "1", "--to", "1992", "--json"]
    assert main([*command, "--out", str(tmp_path / "out")]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["scenarios"] == ["baseline", "same-1", "same-2"]
    assert [row["scenario"] for row in document["effects"]] == ["same-1", "same-2"]
    assert {"difference-same-1.png", "difference-same-2.png"} < {path.name for path in (tmp_path / "out").iterdir()}


def test_a_key_no_longer_set_is_told_from_an_event_switched_off(baseline):
    first = baseline.with_parameters(rung_cost=0.3).rename("first", title="First")
    text = page(compare([first, baseline.without("cis_1991")], 1, 1, to_year=1992))
    parameters, event = (text[text.index(f"<code>{key}") :] for key in ("parameters.rung_cost", "events.cis_1991"))
    assert parameters[: parameters.index("</tr>")].endswith('new">not set</td>')
    assert event[: event.index("</tr>")].endswith('new">off</td>')


def test_a_small_effect_on_an_index_is_not_rounded_away():
    assert [digits_of_difference(outcome) for outcome in COMPARED[:3]] == [3, 3, 1]


def test_the_page_escapes_what_a_file_says(found):
    assert "<b>Tashkent</b>" not in page(found) and "&lt;b&gt;Tashkent" in page(found)


# --- a comparison as data ---


@pytest.fixture(scope="module")
def three(baseline, closed):
    outcomes = ["integration_index", "pair_trade_usd_bn", "trust[KAZ,UZB]", "storage_km3:toktogul@Q2"]
    return compare([baseline, closed, "open_1992"], 6, 3, to_year=2018, outcomes=outcomes)


def test_a_comparison_is_a_dataset_of_named_scenarios(three):
    dataset = three.dataset
    assert dict(dataset.sizes) == {"scenario": 3, "member": 6, "year": 27, "pair": 10, "country": 5, "partner": 5,
                                   "reservoir": 4}  # fmt: skip
    assert list(dataset.scenario.values) == list(three.names) == ["baseline", "closed", "open_1992"]
    assert three.reference == "baseline" and three.compared == ("closed", "open_1992")
    assert set(dataset.data_vars) == {"integration_index", "pair_trade_usd_bn", "trust", "storage_km3@Q2",
                                      "first_divergence"}  # fmt: skip
    assert (
        dataset.pair_trade_usd_bn.units == "bn USD/yr"
        and dataset.sel(scenario="closed").title.item() == "A closed <b>Tashkent</b>"
    )
    by_hand = dataset.pair_trade_usd_bn.sel(pair="KAZ-UZB", scenario="closed").values
    assert np.array_equal(three.values("pair_trade_usd_bn[KAZ-UZB]", "closed"), by_hand)


def test_a_series_of_one_quarter_is_that_of_a_run(three, baseline):
    quarters = run(baseline, 6, 3, to_year=2018).storage_km3.sel(reservoir="toktogul").values[:, 1::4]
    assert np.array_equal(three.values("storage_km3[toktogul]@Q2", "baseline"), quarters)


def test_effects_are_asked_for_by_name(three):
    one = three.effect("pair_trade_usd_bn[KAZ-UZB]", 2018, scenario="open_1992")
    assert one == three.effect("pair_trade_usd_bn:KAZ-UZB", 2018, "open_1992")
    assert one == three.effect(outcome_from("pair_trade_usd_bn[KAZ-UZB]"), 2018, "open_1992")
    frame = three.effects("integration_index", year=2018)
    assert list(frame.index) == ["closed", "open_1992"]
    assert frame.loc["closed", "median"] == three.effect("integration_index", 2018, "closed").median
    pairs = three.effects("pair_trade_usd_bn", year=2018)
    assert pairs.loc[("open_1992", "pair_trade_usd_bn[KAZ-UZB]"), "mean"] == one.mean and len(pairs) == 20
    assert three.effects("integration_index").loc[("closed", 2018), "low"] == frame.loc["closed", "low"]
    whole = three.difference("pair_trade_usd_bn", scenario="open_1992")
    assert whole.dims == ("member", "year", "pair")
    assert float(whole.sel(pair="KAZ-UZB", year=2018).mean()) == pytest.approx(one.mean)
    assert three.divergence("open_1992")[0] < three.divergence("closed")[0]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda c: c.effect("integration_index", 2018), "name one of closed, open_1992"),
        (lambda c: c.divergence("clsed"), "did you mean 'closed'"),
        (lambda c: c.effect("integraton_index", 2018, "closed"), "did you mean 'integration_index'"),
        (lambda c: c.effect("trust_mean", 2018, "closed"), "trust_mean was not compared"),
        (lambda c: c.effect("pair_trade_usd_bn", 2018, "closed"), "has several series; one of"),
        (lambda c: c.effect("pair_trade_usd_bn[KAZ-UZ]", 2018, "closed"), "did you mean 'KAZ-UZB'"),
        (lambda c: c.effect("trust[KAZ]", 2018, "closed"), "trust has 2 labels, country and partner"),
        (lambda c: c.effect("integration_index[KAZ]", 2018, "closed"), "has 0 labels"),
        (lambda c: c.effect("integration_index", 2019, "closed"), "1992..2018"),
    ],
)
def test_what_was_not_compared_is_refused_with_what_was(three, ask, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        ask(three)


def test_an_unknown_outcome_is_refused_before_anything_runs():
    with pytest.raises(ValueError, match="did you mean 'trust_mean'"):
        compare(["baseline", "karimov_line"], 10_000, 1, outcomes=["trust_maen"])
