"""What is learnt from the record, how it is kept, and what runs draw from."""

import json

import numpy as np
import pytest

from cairn import run
from cairn.calibration import ablations, fit, sbc
from cairn.calibration.targets import FIT, INDICATORS, TEST, TargetRecorder, Targets, off_scale, on_scale
from cairn.cli.main import main
from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import BORDER_NAMES, PAIR_NAMES
from cairn.core.leader_names import LEADERS
from cairn.core.parameter_sets import ParameterFileError, ParameterSets, for_members, resolve_parameters
from cairn.core.parameters import FIELDS, Parameters
from cairn.ensemble.annual import by_year
from cairn.events import Succession
from cairn.model import CentralAsia
from cairn.scenario.scenario import Scenario


@pytest.fixture(scope="module")
def few():
    """A handful of targets up to 2000, so that a calibration takes seconds."""
    rows = [t for t in Targets.load().of(FIT).rows if t.last <= 2000 and t.indicator in ("trade", "openness")]
    return Targets(rows[::4])


# --- targets --------------------------------------------------------------------------------------------------------


def test_figures_read_off_a_run_are_those_of_its_dataset():
    baseline = Scenario.load("baseline")
    targets = Targets([t for t in Targets.load().of(FIT).rows if t.last <= 2003])
    figures = fit.observe(baseline, targets, None, 0, 4, 3)
    worlds = run(baseline, members=4, seed=3, to_year=2003)
    names = {"trade": ("pair_trade_usd_bn", "pair"), "openness": ("openness", "pair"),
             "deaths": ("deaths", "border"), "attends": ("attended", "country")}  # fmt: skip
    checked = 0
    for k, target in enumerate(targets.rows):
        if target.indicator in names:
            variable, dim = names[target.indicator]
            yearly = by_year(worlds[variable].sel({dim: target.place}).astype(float))
            mean = yearly.sel(year=slice(target.first, target.last)).mean("year").values
            assert np.allclose(off_scale(figures[:, k], target.scale), mean, rtol=1e-4, atol=1e-6), target.name
            checked += 1
    assert checked > 80


def test_a_winter_is_that_which_ends_in_the_year_and_spring_its_end():
    quarters = np.arange(12.0).reshape(1, 12, 1)
    assert np.isnan(INDICATORS["winter_release"].yearly(quarters)[0, 0, 0])
    assert INDICATORS["winter_release"].yearly(quarters)[0, 1, 0] == 3 + 4
    assert INDICATORS["summer_release"].yearly(quarters)[0, 1, 0] == 5 + 6
    assert INDICATORS["storage"].yearly(quarters)[0, 2, 0] == 8
    assert INDICATORS["meeting"].yearly(quarters)[0, 0, 0] == 3


@pytest.mark.parametrize("scale", ["log", "log1p", "linear"])
def test_scales_go_there_and_back(scale):
    values = np.array([0.2, 1.0, 30.0])
    assert np.allclose(off_scale(on_scale(values, scale), scale), values)


def test_errors_last_within_a_series_and_nowhere_else():
    targets = Targets.load()
    error = targets.error()
    assert np.allclose(error, error.T) and np.linalg.eigvalsh(error).min() > 0
    places = [(t.indicator, t.place) for t in targets.rows]
    for k in range(0, len(places), 37):
        alike = np.array([place == places[k] for place in places])
        assert (error[k, ~alike] == 0).all() and (error[k, alike] > 0).all()
    assert (np.diag(error) >= targets.tolerance**2 - 1e-12).all()


def test_nothing_after_2015_is_fitted():
    assert max(t.last for t in Targets.load().of(FIT).rows) == fit.LAST_FITTED == 2015
    assert min(t.first for t in Targets.load().of(TEST).rows) == 2016
    assert Targets.load().of(FIT).last_year == 2015


# --- sets -----------------------------------------------------------------------------------------------------------


def test_priors_fill_the_plausible_ranges_and_no_more():
    learnt = fit.dimensions()
    sets = np.random.default_rng(1).standard_normal((400, len(learnt)))
    values = fit.values_of(learnt, sets)
    for k, dimension in enumerate(learnt):
        about = FIELDS[dimension.field].metadata
        assert values[:, k].min() >= about["low"] and values[:, k].max() <= about["high"], dimension.name
        if dimension.spread is None:
            span = about["high"] - about["low"]
            assert np.ptp(values[:, k]) > 0.95 * span, dimension.name
            assert abs(values[:, k].mean() - (about["low"] + about["high"]) / 2) < 0.1 * span, dimension.name


def test_every_world_of_the_prior_box_stays_finite():
    learnt = fit.dimensions()
    sets = np.random.default_rng(2).standard_normal((60, len(learnt)))
    sets[:2], sets[2:4] = -6, 6  # its corners
    figures = fit.observe(Scenario.load("baseline"), Targets.load().of(FIT), fit.sets_of(learnt, sets), 0, 60, 1)
    assert np.isfinite(figures).all()


def test_leaders_named_in_the_numbers_are_those_of_the_record():
    named = [e.leader for e in Scenario.load("baseline").events.values() if isinstance(e, Succession)]
    assert list(dict.fromkeys(named)) != [] and set(named) == set(LEADERS)


def test_a_leaders_offset_moves_his_openness_and_no_one_elses():
    place = LEADERS.index("Karimov")
    plain = Parameters().replace(judgement_spread=0.0)
    offsets = np.zeros(len(LEADERS))
    offsets[place] = 0.2
    states = []
    for parameters in (plain, plain.replace(openness_offset=offsets), plain.replace(openness_shift=-0.1)):
        model = CentralAsia("baseline", 3, 1, parameters=parameters, collect=False)
        model.run_for(1)
        states.append(model.state.openness)
    assert np.allclose(states[1] - states[0], [0, 0, 0, 0, 0.2])
    assert np.allclose(states[2], np.maximum(states[0] - 0.1, Parameters().trait_least))
    assert (np.ptp(states[0], axis=0) == 0).all()  # nothing is drawn once the offsets hold all


def test_members_run_on_the_sets_in_turn_wherever_they_run():
    sets = ParameterSets.load("posterior")
    count = len(sets.values)
    assert count == fit.KEPT
    column = sets.names.index("trust_gain")
    parameters = sets.parameters(count - 2, 4)
    assert np.array_equal(parameters.trust_gain[:, 0], sets.values[[count - 2, count - 1, 0, 1], column])
    whole = run("baseline", members=6, seed=4, to_year=1997)
    alone = run("baseline", members=1, seed=4, first_member=5, to_year=1997)
    pieces = run("baseline", members=6, seed=4, to_year=1997, chunk=2)
    for name in whole.data_vars:
        assert np.array_equal(whole[name][5:], alone[name]), name
    assert whole.identical(pieces)


def test_runs_draw_from_the_posterior_unless_told_otherwise():
    assert resolve_parameters(None) is ParameterSets.load("posterior")
    shipped, default = (run("baseline", members=2, seed=1, to_year=1993, parameters=n) for n in (None, Parameters()))
    assert "posterior" in shipped.attrs["parameters"] and default.attrs["parameters"] == "given"
    assert not np.array_equal(shipped.trust, default.trust)
    by_name = run("baseline", members=2, seed=1, to_year=1993, parameters=ParameterSets.load("default"))
    assert np.array_equal(by_name.trust, default.trust)


def test_what_a_scenario_sets_goes_on_top_of_the_sets():
    scenario = Scenario.load("baseline").replace(trust_gain=0.03)
    model = CentralAsia([Scenario.load("baseline"), scenario], 3, 1, collect=False)
    drawn = for_members(None, 0, slice(0, 3)).trust_gain
    assert np.array_equal(model.parameters.trust_gain, np.concatenate([drawn, np.full((3, 1), 0.03)]))


def test_saved_sets_come_back(tmp_path):
    sets = ParameterSets.load("posterior")
    sets.save(tmp_path / "again.csv")
    again = ParameterSets.load(tmp_path / "again.csv")
    assert again.names == sets.names and np.array_equal(again.values, sets.values)


BROKEN = {
    "": "1: a line of names",
    "trust_gain\n": "1: a line of names",
    "trust_gian\n0.05\n": "1: 'trust_gian' is no number of the model",
    "trust_gain,trust_gain\n0.05,0.05\n": "1: trust_gain stands there twice",
    "trust_gain\n0.05\n5\n": "3: trust_gain: 5 lies outside [0.02, 0.09]",
    "trust_gain\nmuch\n": "2: trust_gain: 'much' is no number",
    "trust_gain\nnan\n": "2: trust_gain: nan lies outside",
    "trust_gain,loss_ratio\n0.05\n": "2: 1 figures for 2 names",
    "pair_affinity[KAZ-RUS]\n0\n": "1: pair_affinity needs a pair in brackets, one of KAZ-KGZ",
    "pair_affinity\n0\n": "1: pair_affinity needs a pair",
    "trust_gain[KAZ]\n0.05\n": "1: trust_gain is one number",
    "resistance_iterations\n6\n": "1: resistance_iterations cannot differ",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_file_of_sets_is_refused_with_its_place(tmp_path, capsys, text):
    file = tmp_path / "sets.csv"
    file.write_text(text)
    with pytest.raises(ParameterFileError):
        ParameterSets.load(file)
    assert main(["run", "--members", "1", "--parameters", str(file), "--out", str(tmp_path / "o")]) == 2
    said = capsys.readouterr()
    assert f"sets.csv:{BROKEN[text]}" in said.err and "Traceback" not in said.err and not said.out
    assert not (tmp_path / "o").exists()


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path, capsys):
    assert main(["compare", "baseline", "no_canal", "--parameters", str(tmp_path / "none.csv")]) == 2
    assert "give default, posterior, or a CSV file" in capsys.readouterr().err


# --- a calibration --------------------------------------------------------------------------------------------------


def test_a_calibration_is_the_same_on_one_process_and_two_and_when_it_was_interrupted(few, tmp_path, monkeypatch):
    monkeypatch.setattr(fit, "CHUNK", 40)  # of the first process; how rows are cut changes nothing
    settings = {"targets": few, "seed": 5}
    whole = fit.calibrate(120, **settings, jobs=1)
    monkeypatch.undo()
    assert len(whole.steps) >= 3 and whole.figures.shape == (120, len(few))

    class Killed(Exception):
        pass

    done = []

    def killed(sets):
        done.append(sets)
        if sum(done) > 250:
            raise Killed

    with pytest.raises(Killed):
        fit.calibrate(120, **settings, jobs=1, folder=tmp_path, progress=killed)
    kept = sorted(p.name for p in tmp_path.iterdir())
    assert kept == ["step01.npz", "step02.npz"]
    (tmp_path / "step02.npz").write_bytes(b"damaged")
    counted = []
    again = fit.calibrate(120, **settings, jobs=1, folder=tmp_path, progress=counted.append)
    assert counted[0] == 120  # the first step counts as done
    assert np.array_equal(whole.sets, again.sets) and np.array_equal(whole.figures, again.figures)
    other = fit.calibrate(120, targets=few, seed=6, jobs=1, folder=tmp_path)
    assert not np.array_equal(whole.sets, other.sets)  # another seed does not carry on from these steps


def test_sets_are_the_same_over_processes(few):
    learnt = fit.dimensions()
    sets = np.random.default_rng(3).standard_normal((1000, len(learnt)))
    short = Targets([t for t in few.rows if t.last <= 1994])
    baseline = Scenario.load("baseline")
    with fit.processes(2, len(sets)) as pool:
        assert pool is not None
        shared = fit.Simulator(baseline, short, learnt, 1, pool=pool)(sets, 0)
    assert np.array_equal(shared, fit.Simulator(baseline, short, learnt, 1)(sets, 0))


def test_it_comes_nearer_to_the_record(few):
    found = fit.calibrate(300, 1, targets=few, jobs=1)
    prior = fit.Simulator(Scenario.load("baseline"), few, found.learnt, 9)(
        np.random.default_rng(4).standard_normal(found.sets.shape), 0
    )

    def off(figures):
        return np.sqrt((((few.observed - figures) / few.tolerance) ** 2).mean())

    assert off(found.figures) < 0.8 * off(prior)
    kept = found.kept(50)
    assert kept.values.shape[0] == 50 and {f"openness_offset[{who}]" for who in LEADERS} <= set(kept.names)


def test_the_command_writes_sets_that_run_takes(tmp_path, capsys, monkeypatch):
    rows = [t for t in Targets.load().of(FIT).rows if t.last <= 1996][::6]
    monkeypatch.setattr(Targets, "load", staticmethod(lambda: Targets(rows)))
    assert main(["calibrate", "--sets", "200", "--jobs", "1", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "shrinkage" in said and "openness_offset[Karimov]" in said
    about = json.loads((tmp_path / "posterior.json").read_text())
    assert about["sets"] == about["kept"] == 200 and about["seed"] == 1 and about["steps"]
    out = tmp_path / "run"
    sets = str(tmp_path / "posterior.csv")
    assert main(["run", "--members", "3", "--to", "1994", "--parameters", sets, "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["members"] == 3


def test_the_shipped_posterior_says_how_it_came_about():
    from cairn.calibration.validation_page import about_posterior

    about, sets = about_posterior(), ParameterSets.load("posterior")
    learnt = fit.dimensions()
    assert [n["name"] for n in about["parameters"]] == [d.name for d in learnt]
    assert {d.name for d in learnt} <= set(sets.names)
    assert about["kept"] == len(sets.values) == fit.KEPT and about["sets"] == fit.SETS
    assert 0 < about["weight_of_the_record"] <= 1 and about["steps"][-1]["misfit"] > 0
    assert sets.values[:, sets.names.index("judgement_spread")].max() == 0


# --- refits and codings ---------------------------------------------------------------------------------------------


def test_each_mechanism_is_switched_off_by_a_number_it_then_runs_without():
    for refit in ablations.MECHANISMS:
        off = Parameters().replace(**refit.fixed)
        for name, value in refit.fixed.items():
            assert getattr(Parameters(), name) != value == getattr(off, name)
            assert name in fit.LEARNT


def test_codes_of_the_first_year_know_nothing_of_later_years():
    baseline = Scenario.load("baseline")
    codes = ablations.first_year_codes(baseline)
    assert set(codes) == set(LEADERS) and all(0 < code < 1 for code in codes.values())
    assert codes["Mirziyoyev"] > 0.5 > codes["Japarov"]
    later = baseline.without("closure_kgz_tjk_2021", "visa_tkm", "rail_tjk_uzb_2011")
    changed = {who for who, code in ablations.first_year_codes(later).items() if code != codes[who]}
    assert changed == {"Japarov"}
    blind = ablations.coded(baseline, "first_year")
    assert blind.events["uzb_succession_2016"].openness == codes["Mirziyoyev"]
    assert blind.events["uzb_hardening_1999"].openness == codes["Karimov"]
    assert ablations.coded(baseline, "") is baseline


def test_a_verdict_can_come_out_each_way():
    def row(name, misfit, test, trade):
        return {"name": name, "misfit": misfit, "rms_test": test, "crps_trade": trade}

    plain = [row("shipped", 1.40, 1.0, 0.30), row("seed_2", 1.42, 1.1, 0.29)]
    rows = [
        *plain,
        row("trust_reset", 1.60, 1.1, 0.30),
        row("dialogue", 1.41, 0.8, 0.35),
        row("threat", 1.43, 1.0, 0.3),
    ]
    assert ablations.verdict(rows, "trust_reset") == ("fit", "")
    assert ablations.verdict(rows, "dialogue") == ("trade", "test")
    assert ablations.verdict(rows, "threat") == ("", "")


def test_a_refit_gives_a_row_of_scores(few, monkeypatch, tmp_path):
    every = [t for t in Targets.load().rows if t.indicator == "trade" and (t.last <= 1996 or t.first >= 2016)]
    fitted = [t for t in Targets.load().rows if t.indicator == "trade" and 1996 < t.last <= 2015]
    targets = Targets(every + fitted)
    monkeypatch.setattr(Targets, "load", staticmethod(lambda: targets))
    row = ablations.row_of(ablations.MECHANISMS[1], 60, jobs=1, members=12)
    assert set(row) == set(ablations.HEAD) and all(np.isfinite(v) for v in row.values() if not isinstance(v, str))
    ablations.save([row], tmp_path / "refits.csv")
    assert (tmp_path / "refits.csv").read_text().splitlines()[0].split(",") == list(ablations.HEAD)


def test_the_shipped_refits_are_all_of_them():
    assert [row["name"] for row in ablations.shipped()] == [refit.name for refit in ablations.ALL]


# --- simulation-based calibration -----------------------------------------------------------------------------------


def test_ranks_of_made_up_records_lie_between_nothing_and_all(few, monkeypatch):
    monkeypatch.setattr(Targets, "load", staticmethod(lambda: few))
    found = list(sbc.ranks(2, 60, jobs=1))
    later = list(sbc.ranks(2, 60, first=1, jobs=1))
    assert len(found) == 2 and all((u >= 0).all() and (u <= 1).all() for u in found)
    assert np.array_equal(found[1], later[0])


def test_uneven_ranks_are_seen_and_even_ones_are_not():
    even = np.tile(np.linspace(0.01, 0.99, 40)[:, None], (1, 2))
    lopsided = even**3
    assert (sbc.p_values(even) > 0.5).all() and (sbc.p_values(lopsided) < 0.01).all()
    assert sbc.covered(even, 0.5) == pytest.approx(0.5, abs=0.03)
    assert sbc.histogram(even).sum() == even.size


def test_the_shipped_ranks_are_of_all_that_is_learnt():
    names, found = sbc.shipped()
    assert names == tuple(d.name for d in fit.dimensions())
    assert len(found) >= 20 and (found >= 0).all() and (found <= 1).all()


def test_what_is_seen_of_a_run_has_the_places_it_says():
    seen = TargetRecorder(2, 4)
    model = CentralAsia("baseline", 2, 1, collect=False)
    for _ in range(4):
        model.run_for(1)
        seen.see(model)
    for name, values in seen.yearly().items():
        assert values.shape == (2, 1, len(INDICATORS[name].places)), name
    assert len(PAIR_NAMES) == 10 and len(BORDER_NAMES) == 7 and FIRST_YEAR == 1992
