"""Calibration to observations, files of parameter sets, ablations and simulation-based calibration."""

import dataclasses
import functools
import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from cairn import run
from cairn.calibration import fit, leader_codings, priors, simulator
from cairn.calibration.indicators import INDICATORS, TargetRecorder
from cairn.calibration.posterior import posterior_summary
from cairn.calibration.repeats import ablations, refits, sbc
from cairn.calibration.residuals import LEARNT, learn_residuals
from cairn.calibration.targets import FIT, LAST_FITTED_YEAR, TEST, Targets, from_scale, to_scale
from cairn.cli.main import main
from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import BORDER_NAMES, PAIR_NAMES
from cairn.core.leader_names import CODINGS, LEADERS
from cairn.core.parameter_sets import ParameterError, ParameterSets, for_members, resolve_parameters
from cairn.core.parameters import FIELDS, Parameters
from cairn.ensemble.annual import by_year
from cairn.events import Succession
from cairn.model import CentralAsia
from cairn.record.tables import read
from cairn.scenario.scenario import Scenario


@pytest.fixture(autouse=True)
def fewer_candidates(monkeypatch):
    """Learning the residual process takes seconds at full size; tests/test_residuals.py tests it."""
    monkeypatch.setattr(fit, "learn_residuals", functools.partial(learn_residuals, candidates=100, rounds=3))


FITTED = Path(str(files("cairn") / "data" / "fitted"))


@pytest.fixture(scope="module")
def few():
    """A few targets up to 2000, so that a calibration takes seconds."""
    rows = [t for t in Targets.load().select(FIT).rows if t.last_year <= 2000 and t.indicator in ("trade", "openness")]
    return Targets(rows[::4])


# --- targets ---------------------------------------------------------------------------------------------------------


def test_simulated_targets_are_the_values_of_the_dataset():
    baseline = Scenario.load("baseline")
    targets = Targets([t for t in Targets.load().select(FIT).rows if t.last_year <= 2003])
    parameters = ParameterSets.load("posterior").replace({"trade_residual_spread": 0.0})
    simulated = simulator.simulate_chunk(baseline, targets, parameters.parameters(0, 4), 0, 4, 3)
    ds = run(baseline, members=4, seed=3, to_year=2003, parameters=parameters)
    names = {"trade": ("pair_trade_usd_bn", "pair"), "openness": ("openness", "pair"),
             "deaths": ("deaths", "border"), "attends": ("attended", "country")}  # fmt: skip
    checked = 0
    for k, target in enumerate(targets.rows):
        if target.indicator in names:
            variable, dim = names[target.indicator]
            yearly = by_year(ds[variable].sel({dim: target.place}).astype(float))
            mean = yearly.sel(year=slice(target.first_year, target.last_year)).mean("year").values
            assert np.allclose(from_scale(simulated[:, k], target.scale), mean, rtol=1e-4, atol=1e-6), target.name
            checked += 1
    assert checked > 80


@pytest.mark.parametrize("members", [1, 3])
def test_targets_are_compared_with_trade_without_its_residual(members):
    """A model that reports structural trade: each pair's lasting factor comes on top, its residual does not."""
    structural = np.linspace(1, 2, len(PAIR_NAMES))[:, None] * np.ones(members)
    affinity = np.linspace(-1, 1, len(PAIR_NAMES))
    reported = {"pair_trade_structural_usd_bn": structural, "pair_trade_usd_bn": 99 * structural}

    class Model:
        def catalogue(self):
            return reported

        def observe(self, names):
            return {name: reported[name] for name in names}

    model = Model()
    for by_member in (affinity, np.repeat(affinity[:, None], members, 1)):
        model.parameters = type("Of", (), {"pair_affinity": by_member})
        expected = structural * np.exp(affinity)[:, None]
        assert np.allclose(INDICATORS["trade"].quarterly(model), expected)
        assert np.allclose(INDICATORS["trade_region"].quarterly(model), expected.sum(0))
    assert np.array_equal(INDICATORS["trade_run"].quarterly(model), reported["pair_trade_usd_bn"])


def test_a_winter_counts_for_the_year_in_which_it_ends_and_spring_is_the_end_of_the_first_quarter():
    quarters = np.arange(12.0).reshape(1, 12, 1)
    assert np.isnan(INDICATORS["winter_release"].yearly(quarters)[0, 0, 0])
    assert INDICATORS["winter_release"].yearly(quarters)[0, 1, 0] == 3 + 4
    assert INDICATORS["summer_release"].yearly(quarters)[0, 1, 0] == 5 + 6
    assert INDICATORS["storage"].yearly(quarters)[0, 2, 0] == 8
    assert INDICATORS["meeting"].yearly(quarters)[0, 0, 0] == 3


@pytest.mark.parametrize("scale", ["log", "log1p", "linear"])
def test_scales_can_be_inverted(scale):
    values = np.array([0.2, 1.0, 30.0])
    assert np.allclose(from_scale(to_scale(values, scale), scale), values)


def test_errors_are_correlated_within_a_series_and_between_pairs_of_trade():
    targets = Targets.load()
    error = targets.error_covariance()
    assert np.allclose(error, error.T) and np.linalg.eigvalsh(error).min() > 0
    places = [(t.indicator, t.place) for t in targets.rows]
    for k in range(0, len(places), 37):
        same_series = np.array([place == places[k] for place in places])
        trade = np.array(
            [indicator.startswith("trade") for indicator, _ in places]
        )  # pairs share a part of their errors
        alike = trade if trade[k] else same_series
        assert (error[k, ~alike] == 0).all() and (error[k, alike] > 0).all()
        if trade[k] and places[k][1] != "region":
            ahead = np.array([t.first_year == targets.rows[k].first_year for t in targets.rows])
            others = alike & ahead & ~same_series & np.array([place != "region" for _, place in places])
            assert (error[k, others] < 0.5 * error[k, k]).all()
    assert (np.diag(error) >= targets.tolerance**2 - 1e-12).all()


def test_nothing_after_2015_is_fitted():
    assert max(t.last_year for t in Targets.load().select(FIT).rows) == LAST_FITTED_YEAR == 2015
    assert min(t.first_year for t in Targets.load().select(TEST).rows) == 2016
    assert Targets.load().select(FIT).last_year == 2015
    assert Targets.load().until(LAST_FITTED_YEAR).rows == Targets.load().select(FIT).rows


# --- parameter sets --------------------------------------------------------------------------------------------------


def test_priors_fill_the_plausible_ranges_and_no_more():
    calibrated = priors.dimensions()
    z = np.random.default_rng(1).standard_normal((400, len(calibrated)))
    values = priors.parameter_values(calibrated, z)
    for k, dimension in enumerate(calibrated):
        about = FIELDS[dimension.field].metadata
        assert values[:, k].min() >= about["low"] and values[:, k].max() <= about["high"], dimension.name
        if dimension.spread is None:
            span = about["high"] - about["low"]
            assert np.ptp(values[:, k]) > 0.95 * span, dimension.name
            assert abs(values[:, k].mean() - (about["low"] + about["high"]) / 2) < 0.1 * span, dimension.name


def test_every_member_stays_finite_over_the_whole_prior():
    calibrated = priors.dimensions()
    z = np.random.default_rng(2).standard_normal((60, len(calibrated)))
    z[:2], z[2:4] = -6, 6  # the corners of the prior
    simulated = simulator.simulate_chunk(
        Scenario.load("baseline"), Targets.load().select(FIT), priors.to_parameter_sets(calibrated, z), 0, 60, 1
    )
    assert np.isfinite(simulated).all()


def test_leaders_with_an_offset_are_those_of_the_baseline():
    named = [e.leader for e in Scenario.load("baseline").events.values() if isinstance(e, Succession)]
    assert list(dict.fromkeys(named)) != [] and set(named) == set(LEADERS)


def test_a_leaders_offset_changes_the_openness_of_that_leader_only():
    plain = Parameters().replace(judgement_spread=0.0)
    states = []
    for parameters in (plain, plain.replace(openness_offset={"Karimov": 0.2}), plain.replace(openness_shift=-0.1)):
        model = CentralAsia("baseline", 3, 1, parameters=parameters, collect=False)
        model.run_for(1)
        states.append(model.state.leaders.leader_openness)
    assert np.allclose((states[1] - states[0]).T, [0, 0, 0, 0, 0.2])
    assert np.allclose(states[2], np.maximum(states[0] - 0.1, Parameters().trait_least))
    assert (np.ptp(states[0], axis=1) == 0).all()  # nothing is drawn once the offsets are given


def test_members_use_the_parameter_sets_in_turn_in_any_chunk():
    sets = ParameterSets.load("posterior")
    count = len(sets.values)
    assert count == fit.SHIPPED_SETS
    column = sets.names.index("trust_gain")
    parameters = sets.parameters(count - 2, 4)
    assert np.array_equal(parameters.trust_gain, sets.values[[count - 2, count - 1, 0, 1], column])
    whole = run("baseline", members=6, seed=4, to_year=1997)
    alone = run("baseline", members=1, seed=4, first_member=5, to_year=1997)
    pieces = run("baseline", members=6, seed=4, to_year=1997, chunk=2)
    for name in whole.data_vars:
        assert np.array_equal(whole[name][5:], alone[name]), name
    assert whole.identical(pieces)


def test_runs_follow_the_record_by_default_and_a_model_by_itself_is_free():
    assert resolve_parameters(None).conditioning.until == 2025
    shipped, default = (run("baseline", members=2, seed=1, to_year=1993, parameters=n) for n in (None, Parameters()))
    assert "2025" in shipped.attrs["parameters"] and default.attrs["parameters"] == "given"
    assert (shipped.attrs["conditioned_until"], default.attrs["conditioned_until"]) == (2025, 0)
    assert not np.array_equal(shipped.trust, default.trust)
    by_name = run("baseline", members=2, seed=1, to_year=1993, parameters=ParameterSets.load("default"))
    assert np.array_equal(by_name.trust, default.trust)
    assert CentralAsia("baseline", 2, 1, collect=False).parameters.conditioning is None


def test_parameters_of_a_scenario_override_the_parameter_sets():
    scenario = Scenario.load("baseline").with_parameters(trust_gain=0.03)
    model = CentralAsia([Scenario.load("baseline"), scenario], 3, 1, collect=False)
    drawn = for_members("posterior", 0, slice(0, 3)).trust_gain
    assert np.array_equal(model.parameters.trust_gain, np.concatenate([drawn, np.full(3, 0.03)]))


def test_saved_parameter_sets_can_be_loaded(tmp_path):
    sets = ParameterSets.load("posterior")
    sets.save(tmp_path / "again.csv")
    again = ParameterSets.load(tmp_path / "again.csv")
    assert again.names == sets.names and np.array_equal(again.values, sets.values)


BROKEN = {
    "": "1: needs a line of names",
    "trust_gain\n": "1: needs a line of names",
    "trust_gian\n0.05\n": "1: no parameter 'trust_gian'; did you mean 'trust_gain'?",
    "trust_gain,trust_gain\n0.05,0.05\n": "1: two columns are called trust_gain",
    "trust_gain\n0.05\n5\n": "3: trust_gain = 5 is outside its range, 0.02 to 0.09",
    "trust_gain\nmuch\n": "2: trust_gain: 'much' is not a number",
    "trust_gain\nnan\n": "2: trust_gain = nan is outside",
    "trust_gain,loss_ratio\n0.05\n": "2: 1 values for 2 names",
    "pair_affinity[KAZ-RUS]\n0\n": "1: pair_affinity needs a pair in brackets, one of KAZ-KGZ",
    "pair_affinity\n0\n": "1: pair_affinity needs a pair",
    "trust_gain[KAZ]\n0.05\n": "1: trust_gain is one number",
    "resistance_iterations\n6\n": "1: resistance_iterations cannot differ",
}


@pytest.mark.parametrize("text", BROKEN)
def test_an_invalid_file_of_parameter_sets_is_an_error_with_line_and_column(tmp_path, capsys, text):
    file = tmp_path / "sets.csv"
    file.write_text(text)
    with pytest.raises(ParameterError):
        ParameterSets.load(file)
    assert main(["run", "--members", "1", "--parameters", str(file), "--out", str(tmp_path / "o")]) == 2
    printed = capsys.readouterr()
    assert f"sets.csv:{BROKEN[text]}" in printed.err and "Traceback" not in printed.err and not printed.out
    assert not (tmp_path / "o").exists()


def test_a_missing_file_is_an_error_that_says_what_is_allowed(tmp_path, capsys):
    assert main(["compare", "baseline", "no_canal", "--parameters", str(tmp_path / "none.csv")]) == 2
    assert "give default, posterior, or a CSV file" in capsys.readouterr().err


# --- a calibration ---------------------------------------------------------------------------------------------------


def test_a_calibration_does_not_depend_on_chunks_or_interruptions(few, tmp_path, monkeypatch):
    monkeypatch.setattr(simulator, "CHUNK", 40)  # the size of chunks changes nothing
    settings = {"targets": few, "seed": 5}
    whole = fit.calibrate(120, **settings, jobs=1)
    monkeypatch.undo()
    assert len(whole.steps) >= 3 and whole.simulated.shape == (120, len(few))

    class Interrupted(Exception):
        pass

    done = []

    def interrupt(count):
        done.append(count)
        if sum(done) > 250:
            raise Interrupted

    with pytest.raises(Interrupted):
        fit.calibrate(120, **settings, jobs=1, folder=tmp_path, progress=interrupt)
    kept = sorted(p.name for p in tmp_path.iterdir())
    assert kept == ["step01.npz", "step02.npz"]
    (tmp_path / "step02.npz").write_bytes(b"damaged")
    counted = []
    again = fit.calibrate(120, **settings, jobs=1, folder=tmp_path, progress=counted.append)
    assert counted[0] == 120  # the first step counts as done
    assert np.array_equal(whole.z, again.z) and np.array_equal(whole.simulated, again.simulated)
    other = fit.calibrate(120, targets=few, seed=6, jobs=1, folder=tmp_path)
    assert not np.array_equal(whole.z, other.z)  # another seed does not continue from these steps


def test_simulated_targets_do_not_depend_on_processes(few):
    calibrated = priors.dimensions()
    z = np.random.default_rng(3).standard_normal((1000, len(calibrated)))
    short = Targets([t for t in few.rows if t.last_year <= 1994])
    baseline = Scenario.load("baseline")
    with simulator.process_pool(2, len(z)) as pool:
        assert pool is not None
        shared = simulator.Simulator(baseline, short, calibrated, 1, pool=pool)(z, 0)
    assert np.array_equal(shared, simulator.Simulator(baseline, short, calibrated, 1)(z, 0))


def test_calibration_reduces_the_distance_to_the_observations(few):
    result = fit.calibrate(300, 1, targets=few, jobs=1)
    prior = simulator.Simulator(Scenario.load("baseline"), few, result.calibrated, 9)(
        np.random.default_rng(4).standard_normal(result.z.shape), 0
    )

    def distance(simulated):
        return np.sqrt((((few.observed - simulated) / few.tolerance) ** 2).mean())

    assert distance(result.simulated) < 0.8 * distance(prior)
    kept = result.posterior_sets(50)
    assert kept.values.shape[0] == 50 and {f"openness_offset[{who}]" for who in LEADERS} <= set(kept.names)


def test_the_command_writes_parameter_sets_that_run_accepts(one_figure, tmp_path, capsys, monkeypatch):
    rows = [t for t in Targets.load().select(FIT).rows if t.last_year <= 1996][::6]
    monkeypatch.setattr(Targets, "load", staticmethod(lambda: Targets(rows)))
    assert main(["calibrate", "--sets", "200", "--jobs", "1", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "shrinkage" in printed and "openness_offset[Karimov]" in printed
    about = json.loads((tmp_path / "posterior.json").read_text())
    assert about["ensemble_size"] == about["shipped_sets"] == 200 and about["seed"] == 1 and about["steps"]
    out = tmp_path / "run"
    sets = str(tmp_path / "posterior.csv")
    assert main(["run", "--members", "3", "--to", "1994", "--parameters", sets, "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["members"] == 3


def test_the_shipped_posterior_documents_how_it_was_obtained():
    about, sets = posterior_summary(), ParameterSets.load("posterior")
    calibrated = priors.dimensions()
    assert [n["name"] for n in about["parameters"]] == [d.name for d in calibrated]
    assert {d.name for d in calibrated} <= set(sets.names)
    assert about["shipped_sets"] == len(sets.values) == fit.SHIPPED_SETS and about["ensemble_size"] >= 8 * len(
        Targets.load().until(2015)
    )
    assert 0 < about["observation_weight"] <= 1 and about["steps"][-1]["misfit"] > 0
    assert sets.values[:, sets.names.index("judgement_spread")].max() == 0


# --- refits to other years -------------------------------------------------------------------------------------------


def test_leaders_who_came_to_office_later_are_not_fitted():
    assert priors.leaders_until(2015) == LEADERS[:9] and priors.leaders_until(2025) == LEADERS
    assert priors.leaders_until(2018) == LEADERS[:11]
    assert {"Bakiyev"} == set(priors.leaders_until(2005)) - set(priors.leaders_until(2004))
    fitted = {d.label for d in priors.dimensions(until=2003) if d.field == "openness_offset"}
    assert fitted == set(LEADERS[:5])


def test_a_refit_uses_nothing_after_its_year_and_continues_where_it_stopped(few, tmp_path):
    """Targets of 1998 and later, wrong by far, change nothing in a fit that ends with 1997."""
    wrong = [dataclasses.replace(t, value=t.value * 50) if t.first_year > 1997 else t for t in few.rows]
    settings = {"seed": 7, "until": 1997, "jobs": 1}
    right, misled = (fit.calibrate(60, targets=t, folder=tmp_path, **settings) for t in (few, Targets(wrong)))
    assert right.targets.last_year == 1997 and np.array_equal(right.z, misled.z)
    sets = right.posterior_sets(20)
    later = [f"openness_offset[{who}]" for who in LEADERS[5:]]
    assert set(later) <= set(sets.names) and not set(later) & {d.name for d in right.calibrated}
    assert np.array_equal(sets.values, misled.posterior_sets(20).values)
    for dimension in LEARNT:
        column = sets.values[:, sets.names.index(dimension.name)]
        about = FIELDS[dimension.field].metadata
        assert about["low"] <= column.min() < column.max() <= about["high"]
    counted = []
    fit.calibrate(60, targets=few, folder=tmp_path, progress=counted.append, **settings)
    assert sum(counted) == 60 * (len(right.steps) + 1) and counted[0] == 60 * len(right.steps)


def test_the_sets_of_an_origin_are_those_of_the_latest_refit_before_it(tmp_path):
    for year in (2005, 2010):
        (tmp_path / f"refit_{year}.csv").write_text(f"trust_gain\n{0.03 + (year - 2005) / 1000:.4g}\n")
    assert refits.refit_years(tmp_path) == (2005, 2010, 2015)
    assert [refits.refit_sets(origin, tmp_path)[0] for origin in (2005, 2009, 2014, 2015, 2021)] == [
        2005, 2005, 2010, 2015, 2015,
    ]  # fmt: skip
    assert refits.refit_sets(2012, tmp_path)[1].values.tolist() == [[0.035]]
    assert refits.refit_sets(2018, tmp_path)[1] is ParameterSets.load("posterior")
    with pytest.raises(LookupError, match="--until 2004"):
        refits.refit_sets(2004, tmp_path)


def test_shipped_refits_say_how_they_were_obtained():
    for year in refits.refit_years():
        if year != LAST_FITTED_YEAR:
            about = json.loads((FITTED / f"refit_{year}.json").read_text())
            assert about["fitted_to"].endswith(f"-{year}") and about["steps"]
            assert len(refits.refit_sets(year)[1].values) == about["shipped_sets"] <= refits.REFIT_SETS


def test_the_command_writes_a_refit(tmp_path, capsys, monkeypatch):
    rows = [t for t in Targets.load().rows if t.last_year <= 2001][::9]
    monkeypatch.setattr(Targets, "load", staticmethod(lambda: Targets(rows)))
    assert main(["calibrate", "--sets", "200", "--until", "2000", "--jobs", "1", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "openness_offset[Karimov]" in printed and "Bakiyev" not in printed and "trade_record_error" in printed
    about = json.loads((tmp_path / "refit_2000.json").read_text())
    assert about["fitted_to"].endswith("1992-2000") and len(about["trade_residual"]) == len(LEARNT)
    assert len((tmp_path / "refit_2000.csv").read_text().splitlines()) == refits.REFIT_SETS + 1
    assert len(refits.refit_sets(2000, tmp_path)[1].parameters(0, 3).trade_residual_spread) == 3
    assert main(["calibrate", "--until", "2000", "--sbc", "2", "--out", str(tmp_path)]) == 2


# --- ablations and codings -------------------------------------------------------------------------------------------


def test_each_mechanism_is_switched_off_or_on_by_parameters():
    for refit in ablations.MECHANISMS:
        changed = Parameters().replace(**refit.fixed)
        for name, value in refit.fixed.items():
            assert getattr(Parameters(), name) != value == getattr(changed, name)
            assert (value == 0) == refit.title.startswith("without") != (getattr(Parameters(), name) == 0)


def test_codes_of_the_first_year_use_no_later_years():
    baseline = Scenario.load("baseline")
    codes = leader_codings.first_year_codes(baseline)
    assert set(codes) == set(LEADERS) and all(0 < code < 1 for code in codes.values())
    assert codes["Mirziyoyev"] > 0.5 > codes["Japarov"]
    later = baseline.without("closure_kgz_tjk_2021", "visa_tkm", "rail_tjk_uzb_2011")
    changed = {who for who, code in leader_codings.first_year_codes(later).items() if code != codes[who]}
    assert changed == {"Japarov"}
    blind = leader_codings.with_coding(baseline, "first_year")
    assert blind.events["uzb_succession_2016"].openness == codes["Mirziyoyev"]
    assert blind.events["uzb_hardening_1999"].openness == codes["Karimov"]
    assert leader_codings.with_coding(baseline, "") is baseline


def test_scores_without_a_mechanism_can_be_worse_better_or_neither():
    def row(name, misfit, test, trade):
        return {"name": name, "misfit": misfit, "rms_test": test, "crps_trade": trade}

    plain = [row("shipped", 1.40, 1.0, 0.30), row("seed_2", 1.42, 1.1, 0.29)]
    rows = [
        *plain,
        row("trust_reset", 1.60, 1.1, 0.30),
        row("dialogue", 1.41, 0.8, 0.35),
        row("threat", 1.43, 1.0, 0.3),
    ]
    assert ablations.changed_scores(rows, "trust_reset") == (["misfit to 2015"], [])
    assert ablations.changed_scores(rows, "dialogue") == (["trade"], ["residuals after 2015"])
    assert ablations.changed_scores(rows, "threat") == ([], [])


def test_a_refit_gives_a_row_of_scores(few, monkeypatch, tmp_path):
    every = [t for t in Targets.load().rows if t.indicator == "trade" and (t.last_year <= 1996 or t.first_year >= 2016)]
    fitted = [t for t in Targets.load().rows if t.indicator == "trade" and 1996 < t.last_year <= 2015]
    targets = Targets(every + fitted)
    monkeypatch.setattr(Targets, "load", staticmethod(lambda: targets))
    row = ablations.run_refit(ablations.MECHANISMS[1], 60, jobs=1, members=12)
    assert set(row) == set(ablations.COLUMNS) and all(np.isfinite(v) for v in row.values() if not isinstance(v, str))
    ablations.save_refits([row], tmp_path / "refits.csv")
    assert (tmp_path / "refits.csv").read_text().splitlines()[0].split(",") == list(ablations.COLUMNS)


def test_the_shipped_refits_are_all_of_them():
    assert [row["name"] for row in ablations.load_refits()] == [refit.name for refit in ablations.REFITS]


# --- simulation-based calibration ------------------------------------------------------------------------------------


def test_ranks_are_between_0_and_1_and_can_be_continued(few, monkeypatch):
    monkeypatch.setattr(Targets, "load", staticmethod(lambda: few))
    result = list(sbc.run_sbc(2, 60, jobs=1))
    later = list(sbc.run_sbc(2, 60, first=1, jobs=1))
    assert len(result) == 2 and all((u >= 0).all() and (u <= 1).all() for u in result)
    assert np.array_equal(result[1], later[0])


def test_uneven_ranks_are_detected_and_even_ones_are_not():
    even = np.tile(np.linspace(0.01, 0.99, 40)[:, None], (1, 2))
    lopsided = even**3
    assert (sbc.p_values(even) > 0.5).all() and (sbc.p_values(lopsided) < 0.01).all()
    assert sbc.coverage(even, 0.5) == pytest.approx(0.5, abs=0.03)
    assert sbc.histogram(even).sum() == even.size


def test_the_shipped_ranks_cover_all_calibrated_quantities():
    names, result = sbc.load_ranks()
    assert names == tuple(d.name for d in priors.dimensions())
    assert len(result) >= 4 and (result >= 0).all() and (result <= 1).all()


def test_recorded_indicators_have_one_value_per_place():
    recorder = TargetRecorder(2, 4)
    model = CentralAsia("baseline", 2, 1, collect=False)
    for _ in range(4):
        model.run_for(1)
        recorder.record(model)
    for name, values in recorder.yearly().items():
        assert values.shape == (2, 1, len(INDICATORS[name].places)), name
    assert len(PAIR_NAMES) == 10 and len(BORDER_NAMES) == 7 and FIRST_YEAR == 1992


def test_a_coding_changes_the_trait_that_it_is_about_and_nothing_else():
    baseline = Scenario.load("baseline")
    for coding in CODINGS:
        changed = leader_codings.with_coding(baseline, coding)
        touched = {name for name in baseline.events if baseline.events[name] != changed.events[name]}
        traits = {
            trait
            for name in touched
            for trait in ("openness", "nationalism", "personalism", "date", "leader")
            if getattr(baseline.events[name], trait) != getattr(changed.events[name], trait)
        }
        shifted = {"lower": -0.15, "higher": 0.15}.get(coding)
        assert changed.parameters.get("openness_shift") == (shifted or baseline.parameters.get("openness_shift"))
        assert traits == (
            {"openness"}
            if coding in leader_codings.OF_OPENNESS
            else {"personalism"}
            if coding in leader_codings.OF_PERSONALISM
            else set()
        )
    tokayev = "kaz_succession_2019"
    assert leader_codings.with_coding(baseline, "reign").events[tokayev].personalism == 0.9
    assert leader_codings.with_coding(baseline, "gwf").events[tokayev] == baseline.events[tokayev]  # it ends in 2010


def test_offsets_of_the_shipped_codes_are_left_out_with_other_codes_of_openness_only():
    baseline = Scenario.load("baseline")
    assert "openness_offset" in leader_codings.recoded(baseline, "force").parameters
    assert "openness_offset" not in leader_codings.recoded(baseline, "magaloni").parameters
    assert leader_codings.recoded(baseline, "shipped") is baseline


def test_codings_of_personalism_change_nothing_where_rents_and_resets_are_off():
    def results(coding, **numbers):
        scenario = leader_codings.recoded(Scenario.load("baseline"), coding).with_parameters(**numbers)
        return run(scenario, members=2, seed=1, to_year=2006, parameters="default", outputs="openness,trust_mean")

    for name in ("openness", "trust_mean"):
        assert np.array_equal(results("shipped")[name], results("reign")[name])
        assert not np.array_equal(results("shipped", regime_rent=0.3)[name], results("reign", regime_rent=0.3)[name])


def test_openness_from_force_is_its_opposite_with_mean_and_spread_of_the_shipped_codes():
    shipped = leader_codings.shipped_codes(Scenario.load("baseline"), "openness")
    codes = leader_codings.force_codes(shipped)
    assert min(codes, key=codes.get) == "Rahmon" and max(codes, key=codes.get) == "Karimov"
    assert np.mean(list(codes.values())) == pytest.approx(np.mean([shipped[who] for who in codes]), abs=0.02)
    assert set(codes) < set(LEADERS)


def test_agreement_of_coders_is_counted_on_the_leaders_that_both_know():
    rows = {(a.trait, a.first, a.second): a for a in leader_codings.coder_agreement()}
    assert rows["openness", "shipped", "first_year"].leaders == len(LEADERS)
    assert rows["personalism", "gwf", "reign"].mean_difference == 0.0
    assert rows["personalism", "magaloni", "gwf"].correlation == pytest.approx(-1)
    assert np.isnan(rows["personalism", "shipped", "chisols"].correlation)
    assert "one code for all" in leader_codings.agreement_table()


def test_every_row_of_the_codings_is_of_a_coded_leader_and_has_a_source():
    rows = read("leader_codings")
    assert {row["leader"] for row in rows} < set(LEADERS) and all(
        row["source"] and row["grade"] in "AB" for row in rows
    )
    assert {row["coding"] for row in rows} == {"force", *leader_codings.OF_PERSONALISM}
    changes = {row["leader"]: row["value"] for row in rows if row["about"].startswith("change")}
    manners = {e.leader: e.manner for e in Scenario.load("baseline").events.values() if e.type == "succession"}
    assert all((manners[who] == "overthrow") == (value == "1") for who, value in changes.items()) and len(changes) == 2
