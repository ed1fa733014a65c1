"""Counterfactuals of the past with noise from the whole record, and from the record up to the intervention."""

import csv
import json

import numpy as np
import pytest

from cairn.cli.main import main
from cairn.core.geography import BORDER_NAMES, CODES
from cairn.core.parameter_sets import ParameterSets, conditioned_until, released_after, resolve_parameters
from cairn.effects.counterfactuals import Counterfactual, interventions
from cairn.ensemble.comparison import NOISE, compare, year_of_intervention
from cairn.figures.trade_pairs import abduction, most_changed_pair
from cairn.model import CentralAsia
from cairn.record import acts
from cairn.record.conditioning import RecordedActs
from cairn.scenario.scenario import Scenario
from tests.looks import assert_readable

MEMBERS = 4
TRADE = "pair_trade_usd_bn[KAZ-UZB]"


def state_of(parameters, quarters, members=MEMBERS, first=0):
    model = CentralAsia("baseline", members, 1, first_member=first, parameters=parameters, collect=False)
    model.run_for(quarters)
    return model.state


def test_noise_from_the_record_to_a_year_is_the_same_to_its_end_and_another_one_after_it():
    released = released_after("conditioned", 2010)
    assert conditioned_until(released) == 2010 and "noise after 2010 drawn anew" in released.origin
    plain, other = state_of("conditioned", 76), state_of(released, 76)
    for name in ("trade_residual", "attended", "storage_km3"):
        assert np.array_equal(plain.array(name), other.array(name)), name
    later, other = (state_of(p, 84).trade.trade_residual for p in ("conditioned", released))
    assert not np.isclose(later, other)[later != 0].any()


def test_a_member_with_released_noise_alone_is_its_row_in_the_ensemble():
    released = released_after("conditioned", 2010)
    ensemble, alone = state_of(released, 90), state_of(released, 90, members=1, first=2)
    for name, array in ensemble.arrays().items():
        assert np.array_equal(array[..., 2:3], alone.array(name)), name


def test_released_before_the_first_year_members_are_those_of_a_free_run_with_their_parameters():
    sets = ParameterSets.load("conditioned")
    free, released = ParameterSets(sets.names, sets.values, ""), released_after(sets, 1991)
    assert released.conditioning is None
    for name, array in state_of(free, 40).arrays().items():
        assert np.array_equal(array, state_of(released, 40).array(name)), name


def test_no_act_on_record_after_the_year_enters(monkeypatch):
    released = released_after("conditioned", 2010)
    before, read = state_of(released, 100), acts.read
    rows = {"record_summits": {"participants": "TKM"}, "record_incidents": {"incidents": "99", "deaths": "99"},
            "record_delimitation": {"delimited_share": "1"}, "record_toktogul_points": {"storage_km3": "6"},
            "record_toktogul": {"storage_end_km3": "6"}}  # fmt: skip

    def poisoned(name, folder=None):
        found = read(name, folder)
        for row in found:
            if (row.get("date") or row.get("year") or "")[:4] > "2010":
                row.update({key: text for key, text in rows.get(name, {}).items() if row[key]})
        return found

    monkeypatch.setattr(acts, "read", poisoned)
    RecordedActs.until.cache_clear()
    after = state_of(released, 100)
    changed = RecordedActs.until(2025, CODES, BORDER_NAMES).storage
    RecordedActs.until.cache_clear()
    assert np.nanmin(changed[80:]) == 6
    for name, array in before.arrays().items():
        assert np.array_equal(array, after.array(name)), name


def test_members_that_do_not_follow_the_record_have_nothing_to_release():
    posterior = resolve_parameters("posterior")
    assert released_after(posterior, 2010) is posterior
    assert released_after("conditioned-2015", 2020) is resolve_parameters("conditioned-2015")


@pytest.mark.parametrize(
    "name, year",
    [("karimov_line", 2016), ("open_1992", 1992), ("assumption_reciprocity", 1992), ("uzbek_reversal_2030", 2026)],
)
def test_the_intervention_is_the_first_year_in_which_a_scenario_differs_from_what_happened(name, year):
    assert year_of_intervention([Scenario.load("baseline"), Scenario.load(name)]) == year


def test_scenarios_that_differ_nowhere_have_no_intervention():
    baseline = Scenario.load("baseline")
    assert year_of_intervention([baseline, baseline.rename("again")]) is None
    assert baseline.first_difference(baseline.rename("again")) is None
    line = Scenario.load("karimov_line")
    assert interventions([baseline, line, Scenario.load("uzbek_reversal_2030")], 2025) == {2016: [1]}
    assert interventions([baseline, line], 2015) == interventions([baseline, line], 0) == {}


@pytest.mark.parametrize("noise", ["record", "intervention"])
def test_equal_scenarios_have_no_difference_whatever_the_noise(noise):
    line = Scenario.load("karimov_line")
    found = compare([line, line.rename("again")], members=2, seed=1, to_year=2018, noise_from=noise)
    assert found.divergence() is None and found.effect(TRADE, 2018).high == 0


def test_noise_up_to_the_intervention_is_released_in_both_scenarios_after_it():
    names = ["baseline", "karimov_line"]
    record, before = (
        compare(names, MEMBERS, 1, to_year=2020, noise_from=noise) for noise in ("record", "intervention")
    )
    assert (record.dataset.attrs["conditioned_until"], before.dataset.attrs["conditioned_until"]) == (2025, 2015)
    by_hand = compare(names, MEMBERS, 1, to_year=2020, parameters=released_after("conditioned", 2015))
    for name in names:
        old, new = record.values(TRADE, name), before.values(TRADE, name)
        assert np.array_equal(new, by_hand.values(TRADE, name))
        assert np.allclose(old[:, :24], new[:, :24], rtol=0.05) and (abs(old / new - 1)[:, 25:] > 1e-3).all()
    alone = compare(names, 1, 1, first_member=2, to_year=2020, noise_from="intervention")
    assert np.array_equal(alone.values(TRADE, "karimov_line")[0], before.values(TRADE, "karimov_line")[2])
    assert np.array_equal(before.diverged_in, record.diverged_in)


def test_noise_of_a_scenario_of_the_future_is_that_of_the_record_in_both_versions():
    names = ["baseline", "uzbek_reversal_2030"]
    arms = [compare(names, 2, 1, to_year=2032, noise_from=noise) for noise in ("record", "intervention")]
    assert np.array_equal(*(arm.values(TRADE, names[1]) for arm in arms))


def test_an_unknown_origin_of_the_noise_is_an_error():
    with pytest.raises(ValueError, match=r"noise_from = 'past'; give one of record, intervention"):
        compare(["baseline", "karimov_line"], 1, 1, to_year=1993, noise_from="past")


def test_compare_shows_both_versions_and_what_distinguishes_them(tmp_path, capsys):
    words = ["compare", "baseline", "karimov_line", "uzbek_reversal_2030", "no_taliban", "--members", "6"]
    words += ["--to", "2031", "--jobs", "1", "--out", str(tmp_path / "out"), "--quiet"]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["counterfactuals"]
    assert [(each["scenario"], each["intervention"]) for each in found] == [
        ("karimov_line", 2016),
        ("no_taliban", 2021),
    ]
    line = found[0]
    assert "inferred from the record to 2025, or only up to 2015" in line["text"]
    record, before = line["versions"]
    assert (record["noise_from"], record["noise_until"]) == ("record", 2025)
    assert (before["noise_from"], before["noise_until"]) == ("intervention", 2015)
    assert [e["outcome"] for e in record["effects"]] == [e["outcome"] for e in before["effects"]]
    assert all(e["low"] <= e["mean"] <= e["high"] for e in record["effects"] if not e["outcome"].startswith("meeting"))
    rows = list(csv.DictReader((tmp_path / "out" / "counterfactuals.csv").read_text().splitlines()))
    assert {(row["scenario"], row["noise_until"]) for row in rows} == {
        ("karimov_line", "2025"), ("karimov_line", "2015"), ("no_taliban", "2025"), ("no_taliban", "2020"),
    }  # fmt: skip
    index = [
        r
        for r in rows
        if r["scenario"] == "karimov_line" and (r["outcome"], r["year"]) == ("integration_index", "2031")
    ]
    effect = compare(["baseline", "karimov_line"], 6, 1, to_year=2031, noise_from="intervention").effect(
        "integration_index", 2031
    )
    assert float(index[1]["mean"]) == pytest.approx(effect.mean, rel=1e-4)
    assert "The past in two versions" in (tmp_path / "out" / "report.html").read_text()


def test_the_text_has_the_mean_and_interval_before_the_share_of_signs(tmp_path, capsys):
    words = ["compare", "baseline", "karimov_line", "--members", "4", "--to", "2020", "--jobs", "1"]
    assert main([*words, "--out", str(tmp_path / "out")]) == 0
    text = capsys.readouterr().out
    head = next(line for line in text.splitlines() if "same sign" in line)
    assert head.split("  ")[-1].strip() == "same sign" and head.index("mean") < head.index("90 % interval")
    assert "to 2015" in text and "of what the change itself did" in " ".join(text.split())


# --- the figure ---


def test_the_figure_of_abduction_shows_one_residual_for_both_scenarios_and_the_record():
    names, outcomes = ["baseline", "karimov_line"], ["pair_trade_usd_bn", "pair_trade_structural_usd_bn"]
    both = Counterfactual.of(
        *(compare(names, MEMBERS, 1, to_year=2027, outcomes=outcomes, noise_from=noise) for noise in NOISE)
    )
    data = both.record.dataset
    residual = np.log(data.pair_trade_usd_bn / data.pair_trade_structural_usd_bn).sel(year=slice(1992, 2025))
    assert np.allclose(*residual.values, atol=1e-5)
    figure = abduction(both, "KAZ-UZB")
    assert_readable(figure)
    _, middle, right = figure.axes
    assert [axis.get_title(loc="left")[0] for axis in figure.axes] == ["1", "2", "3"]
    paths = [line for line in middle.lines if line.get_linewidth() == 0.6 and len(line.get_xdata()) > 2]
    assert len(paths) == MEMBERS
    shown = residual.sel(pair="KAZ-UZB", scenario="karimov_line").values[1]
    assert np.allclose(paths[1].get_ydata()[:34], shown, atol=1e-5)
    changed = [line for line in right.lines if len(line.get_xdata()) == 12]
    assert len(changed) == MEMBERS + 1 and min(changed[0].get_xdata()) == 2016.5
    assert most_changed_pair(both) in data.pair.values
    assert "drawn anew from 2016 on" in " ".join(text.get_text().replace("\n", " ") for text in figure.texts)


def test_only_a_scenario_that_changes_the_past_is_a_counterfactual():
    names = ["baseline", Scenario.load("baseline").rename("again")]
    found = compare(names, 1, 1, to_year=1993, outcomes=["trust_mean"])
    with pytest.raises(ValueError, match="again does not change the past"):
        Counterfactual.of(found, found)
