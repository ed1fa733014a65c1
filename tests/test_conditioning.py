"""Members conditioned on the record: acts happen as recorded, nothing later is used, hidden quantities are found."""

import dataclasses

import numpy as np
import pytest

from cairn.calibration import conditioned
from cairn.calibration.conditioned import draw_residuals, systematic, tempered
from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import BORDER_NAMES, CODES, PAIR_NAMES
from cairn.core.parameter_sets import ParameterError, ParameterSets, resolve_parameters
from cairn.ensemble.checkpoint import Checkpoint, CheckpointError
from cairn.ensemble.comparison import compare
from cairn.ensemble.runner import branch, is_today, run, today
from cairn.model import CentralAsia
from cairn.record import acts
from cairn.record.conditioned_sets import ConditionedError, ConditionedSets, shipped, shipped_years
from cairn.record.conditioning import Conditioning, RecordedActs
from cairn.rules import borders
from cairn.rules.kalman import ResidualProcess, Totals, conditional_residuals, free_residuals, kalman_filter
from cairn.step.conditioner import _both_or_not
from cairn.support.errors import InputError

MEMBERS = 5  # as many as states
RECORD = RecordedActs.until(2025, CODES, BORDER_NAMES)


def model_of(scenario="baseline", members=MEMBERS, first=0, parameters="conditioned", quarters=136):
    model = CentralAsia(scenario, members, 1, first_member=first, parameters=parameters, collect=False)
    model.run_for(quarters)
    return model


# --- acts on record ---


def test_acts_on_record_happen_in_every_member_and_water_closes():
    model = CentralAsia("baseline", MEMBERS, 1, parameters="conditioned", collect=False)
    geography, incidents = model.geography, np.zeros((len(BORDER_NAMES), MEMBERS))
    for quarter in range(136):
        before = model.state.water.storage_km3
        model.run_for(1)
        water, land = model.state.water, model.state.borderlands
        balance = before + water.inflow_km3 - water.release_km3 - water.spill_km3 + water.storage_increment_km3
        assert np.abs(balance - water.storage_km3).max() < 1e-9
        if np.isfinite(RECORD.storage[quarter]):
            assert np.allclose(water.storage_km3[0], RECORD.storage[quarter])
        year, season = divmod(quarter, 4)
        if season == 2 and np.isfinite(RECORD.attended[year]).all():
            assert (model.state.organisation.attended == (RECORD.attended[year] > 0)[:, None]).all(), year
        deaths, incidents = geography.to_borders(land.deaths), incidents * (season > 0)
        incidents = incidents + geography.to_borders(land.incidents)
        known = np.isfinite(RECORD.deaths[quarter])
        assert (deaths[known] == RECORD.deaths[quarter][known][:, None]).all()
        if season == 3:
            known = np.isfinite(RECORD.incidents[year])
            assert (incidents[known] == RECORD.incidents[year][known][:, None]).all(), year
    left = geography.to_borders(land.undelimited_share)
    settled = RECORD.undelimited[-1] == 0
    assert settled.sum() == 6 and (left[settled] == 0).all()
    assert not (model.state.organisation.organisation_alive).any()


def test_regional_trade_of_2024_is_near_the_officials_total():
    trade = run("baseline", members=200, seed=1, to_year=2024, outputs="trade_total_usd_bn", jobs=1)
    last = trade.trade_total_usd_bn.sel(time="2024").mean("time")
    low, median, high = last.quantile((0.05, 0.5, 0.95)).values
    assert abs(median / 11 - 1) < 0.05 and high - low < 4
    assert trade.attrs["conditioned_until"] == 2025


@pytest.mark.parametrize("first", [0, 3])
def test_a_conditioned_member_alone_is_its_row_in_the_ensemble(first):
    ensemble, alone = model_of(quarters=150), model_of(members=1, first=first, quarters=150)
    for name, array in ensemble.state.arrays().items():
        assert np.array_equal(array[..., first : first + 1], alone.state.array(name)), name


def test_conditioning_on_nothing_is_the_free_run_bit_for_bit():
    free = ParameterSets.load("posterior").parameters(0, MEMBERS)
    nothing = Conditioning(FIRST_YEAR - 1, np.arange(MEMBERS), np.empty((0, len(PAIR_NAMES), MEMBERS)))
    for name, array in model_of(parameters=free, quarters=60).state.arrays().items():
        other = model_of(parameters=free.conditioned(nothing), quarters=60).state.array(name)
        assert np.array_equal(array, other), name


# --- counterfactuals ---


def test_equal_scenarios_have_no_difference_and_the_factual_rows_are_the_run_of_the_baseline():
    from cairn.scenario.scenario import Scenario

    line = Scenario.load("karimov_line")
    both, alone, plain = model_of(["baseline", line]), model_of(line), model_of()
    assert not both.hidden and alone.hidden and alone.rows == 2 * MEMBERS
    for name, array in both.state.arrays().items():
        assert np.array_equal(array, alone.state.array(name)), name
        assert np.array_equal(array[..., :MEMBERS], plain.state.array(name)), name
    comparison = compare(["baseline", Scenario.load("baseline").rename("again")], members=3, seed=1, to_year=2016)
    assert comparison.effect("trade_total_usd_bn", 2016).high == 0


def test_a_counterfactual_shares_the_noise_that_the_record_implies():
    alone = model_of("no_regional_body", quarters=100)
    given = alone.parameters.conditioning
    residual = alone.geography.to_pairs(alone.state.trade.trade_residual)
    assert np.array_equal(residual[:, :MEMBERS], residual[:, MEMBERS:])
    assert np.allclose(residual[:, :MEMBERS], given.residual[24])


def test_another_parameter_is_a_counterfactual_and_keeps_the_noise_of_the_members_own_value():
    changed = resolve_parameters({"trust_gain": 0.09}).parameters(0, MEMBERS)
    model, plain = model_of(parameters=changed, quarters=120), model_of(quarters=120)
    assert model.hidden
    for name, array in plain.state.arrays().items():
        assert np.array_equal(model.state.array(name)[..., :MEMBERS], array), name
    shown = model.observe(["trust_mean"])["trust_mean"]
    assert shown.shape == (MEMBERS,) and not np.array_equal(shown, plain.observe(["trust_mean"])["trust_mean"])


def test_a_scenario_of_the_future_follows_the_record_by_itself():
    model = model_of("uzbek_reversal_2030", quarters=4)
    assert not model.hidden and model.rows == MEMBERS


# --- checkpoints ---


@pytest.mark.parametrize("date", ["2015-01", "2026-01"])
def test_a_branch_from_a_checkpoint_is_the_later_part_of_the_run(date, tmp_path):
    whole, [kept] = run("baseline", members=3, seed=1, to_year=2030, checkpoints=[date], jobs=1)
    kept.save(tmp_path / "kept.npz")
    later = branch(Checkpoint.load(tmp_path / "kept.npz"), to_year=2030)
    for name in ("trade_total_usd_bn", "trust", "storage_km3"):
        assert np.array_equal(whole[name].sel(time=later.time).values, later[name].values), name
    other = branch(Checkpoint.load(tmp_path / "kept.npz"), "uzbek_reversal_2030", to_year=2031)
    assert np.array_equal(other.trade_total_usd_bn.sel(time="2029").values, later.trade_total_usd_bn.sel(time="2029"))


def test_a_branch_before_the_records_end_may_take_another_past(tmp_path):
    whole = run("karimov_line", members=2, seed=1, to_year=2020, outputs="summary")
    _, [kept] = run("baseline", members=2, seed=1, to_year=2020, outputs="summary", checkpoints=["2016-01"])
    other = branch(kept, "karimov_line", to_year=2020, outputs="summary")
    assert np.array_equal(whole.trust_mean.sel(time=other.time).values, other.trust_mean.values)


def test_a_counterfactual_past_has_no_checkpoint_within_the_record():
    with pytest.raises(CheckpointError, match="take a later date, or run with --condition-until none"):
        run("karimov_line", members=2, seed=1, to_year=2022, checkpoints=["2020-01"])


# --- today ---


@pytest.fixture(scope="module")
def now():
    return today(jobs=1)


def test_today_is_the_default_run_at_the_end_of_the_record(now):
    assert now.name == "2026Q1" and now.state.members == 500 and is_today(now)
    geography, state = CentralAsia("baseline", collect=False).geography, now.state
    left = dict(zip(BORDER_NAMES, geography.to_borders(state.borderlands.undelimited_share), strict=True))
    assert not left["KGZ-TJK"].any() and not left["KGZ-UZB"].any()
    assert np.abs(state.water.storage_km3[0] - RECORD.storage[np.isfinite(RECORD.storage)][-1]).max() < 1
    for name, array in model_of().state.arrays().items():
        assert np.array_equal(array, state.array(name)[..., :MEMBERS]), name


def test_a_branch_from_today_is_the_later_part_of_the_run(now):
    whole = run("uzbek_reversal_2030", members=500, seed=1, to_year=2031, outputs="trade_total_usd_bn", jobs=1)
    later = branch(now, "uzbek_reversal_2030", to_year=2031, outputs="trade_total_usd_bn", jobs=1)
    assert np.array_equal(whole.trade_total_usd_bn.sel(time=later.time), later.trade_total_usd_bn)


def test_another_checkpoint_is_not_today(now):
    parameters = ParameterSets.load("posterior").parameters(0, 500)
    for change in ({"seed": 2}, {"quarter": 137}, {"parameters": parameters}, {"parameters": None}):
        assert not is_today(dataclasses.replace(now, **change)), change


def test_the_command_keeps_today_and_uses_it_again(tmp_path, monkeypatch, capsys, now):
    from cairn.cli.main import main
    from cairn.ensemble import runner

    monkeypatch.chdir(tmp_path)
    made = []
    monkeypatch.setattr(runner, "today", lambda **_: made.append(1) or now)
    words = ["branch", "today", "--with", "uzbek_reversal_2030", "--to", "2026", "--outputs", "summary", "--quiet"]
    assert main(words) == main(words) == 0 and made == [1]
    (tmp_path / "results" / "today.npz").write_bytes(b"damaged")
    assert main(words) == 0 and made == [1, 1]
    assert main(["branch", "today", "--with", "karimov_line", "--to", "2026"]) == 2
    assert "karimov_line differs before 2026Q1 from the checkpoint's scenario baseline" in capsys.readouterr().err


# --- nothing later is used ---


def test_no_figure_after_the_year_changes_a_set(monkeypatch):
    def made():
        RecordedActs.until.cache_clear()
        return conditioned.make_conditioned_sets(2015, 60, 20, jobs=1)

    before, read = made(), acts.read

    def poisoned(name, folder=None):
        rows = read(name, folder)
        for row in rows:
            date = row.get("date") or row.get("year") or row.get("begin") or ""
            if name.startswith("record_") and date[:4].isdigit() and int(date[:4]) > 2015:
                row.update(
                    {key: "9" for key in ("usd_bn", "incidents", "deaths", "storage_km3", "days") if row.get(key)}
                )
                row.update({key: "1" for key in ("delimited_share",) if row.get(key)})
                row.update({key: "KAZ|UZB|TKM" for key in ("participants",) if row.get(key)})
        return rows

    monkeypatch.setattr(acts, "read", poisoned)
    monkeypatch.setattr(conditioned, "read", poisoned)
    after = made()
    RecordedActs.until.cache_clear()
    for name in ("values", "numbers", "residual"):
        assert np.array_equal(getattr(before, name), getattr(after, name)), name


# --- twins: a record made by a known member ---


def test_hidden_residuals_of_a_known_member_lie_in_the_bands_as_often_as_they_should():
    random, years, pairs, worlds, draws = np.random.default_rng(1), 25, len(PAIR_NAMES), 40, 60

    def process(count):
        return ResidualProcess(
            np.full(count, 0.85), np.full((count, pairs), 0.3), np.full(count, 0.25), np.full(count, 0.1),
            np.full(count, 1.0), np.full(count, 5.0), 0.1,
        )  # fmt: skip

    truth = free_residuals(process(worlds), *(random.normal(size=s) for s in ((worlds, years, pairs), (worlds, years))))
    inside = []
    for world in range(worlds):
        record = truth[world] + np.hypot(0.1, 0.1) * random.normal(size=(years, pairs))
        record[random.random((years, pairs)) < 0.4] = np.nan
        own, common = random.normal(size=(draws, years, pairs)), random.normal(size=(draws, years))
        drawn = conditional_residuals(record[None], process(draws), own, common, random.normal(size=own.shape))
        low, high = np.quantile(drawn, (0.05, 0.95), axis=0)
        inside.append(((low <= truth[world]) & (truth[world] <= high)).mean())
    assert np.mean(inside) == pytest.approx(0.9, abs=0.04)


def test_a_total_draws_the_sum_to_it():
    members, years, pairs = 200, 3, len(PAIR_NAMES)
    process = ResidualProcess(
        np.full(members, 0.8), np.full((members, pairs), 0.4), np.full(members, 0.2), np.full(members, 0.05),
        np.zeros(members), np.ones(members),
    )  # fmt: skip
    expected = np.zeros((members, years, pairs))
    total = np.array([np.nan, np.nan, np.log(25.0)])
    drawn = draw_residuals(np.full((years, pairs), np.nan), total, expected, process, np.arange(members), members, 1)
    sums = np.exp(drawn).sum(-1)
    assert np.median(sums[:, 2]) == pytest.approx(25.0, rel=0.05)
    assert np.log(sums[:, 2]).std() < 0.12 < np.log(sums[:, 0]).std()


def test_the_filter_with_a_total_is_the_filter_with_one_more_pair():
    random = np.random.default_rng(2)
    process = ResidualProcess(np.array([0.7]), np.full((1, 3), 0.4), *(np.array([x]) for x in (0.3, 0.2, 0.0, 1.0)))
    record = random.normal(size=(1, 4, 3))
    record[0, 2] = np.nan
    loading = np.zeros((1, 4, 3))
    loading[0, 2, 1] = 1.0
    value = np.full((1, 4), np.nan)
    value[0, 2] = 0.6
    direct = record.copy()
    direct[0, 2, 1] = 0.6
    by_total = kalman_filter(record, process, Totals(value, loading, 0.2))
    by_pair = kalman_filter(direct, process)
    assert np.allclose(by_total.mean, by_pair.mean) and np.allclose(by_total.covariance, by_pair.covariance)
    assert np.allclose(by_total.log_likelihood, by_pair.log_likelihood)


def acts_of(member, quarters):
    """What a record of a known member's acts would say, and the model at the end."""
    model = CentralAsia(
        "baseline", 1, 1, first_member=member, parameters=ParameterSets.load("posterior"), collect=False
    )
    years, geography = quarters // 4, model.geography
    attended, incidents = np.zeros((years, len(CODES))), np.zeros((years, len(BORDER_NAMES)))
    by_quarter = {name: np.zeros((quarters, len(BORDER_NAMES))) for name in ("undelimited_share", "deaths")}
    storage = np.full(quarters, np.nan)
    for quarter in range(quarters):
        model.run_for(1)
        land = model.state.borderlands
        attended[quarter // 4] += model.state.organisation.attended[:, 0]
        incidents[quarter // 4] += geography.to_borders(land.incidents)[:, 0]
        for name, table in by_quarter.items():
            table[quarter] = geography.to_borders(getattr(land, name))[:, 0]
        storage[quarter] = model.state.water.storage_km3[0, 0]
    return RecordedActs(attended, by_quarter["undelimited_share"], incidents, by_quarter["deaths"], storage), model


def test_trust_of_a_known_member_lies_in_the_bands_of_members_conditioned_on_its_acts():
    """Twins: the record is made by a member, and 80 others with its parameters are conditioned on it."""
    quarters, inside, narrower = 96, [], []
    for twin in range(5):
        record, truth = acts_of(twin, quarters)
        others = ParameterSets.load("posterior").parameters(twin, 1)
        nothing = Conditioning(2015, np.arange(100, 180), np.empty((0, len(PAIR_NAMES), 80)))
        model = CentralAsia("baseline", 80, 1, first_member=100, parameters=others.conditioned(nothing), collect=False)
        model.conditioner.acts = record
        model.run_for(quarters)
        free = CentralAsia("baseline", 80, 1, first_member=100, parameters=others, collect=False)
        free.run_for(quarters)
        weights, _ = tempered(model.conditioner.log_weight, 40)
        chosen = systematic(weights, 80, 1)
        pairs = model.geography.others[..., 0]
        trust = model.state.relations.trust[pairs][:, chosen]
        low, high = np.quantile(trust, (0.05, 0.95), axis=-1)
        inside.append(
            (low <= truth.state.relations.trust[pairs][:, 0]) & (truth.state.relations.trust[pairs][:, 0] <= high)
        )
        narrower.append(
            (high - low).mean() / np.ptp(np.quantile(free.state.relations.trust[pairs], (0.05, 0.95), -1), 0).mean()
        )
        assert np.allclose(model.state.water.storage_km3[0], record.storage[-1])
    assert 0.8 <= np.mean(inside) <= 1.0
    assert np.mean(narrower) < 1


# --- uniforms, weights, files ---


def test_two_sides_consent_or_not_as_wanted_with_the_probability_of_that():
    random = np.random.default_rng(3)
    p, q, u, v = random.random((4, 40_000))
    wanted = random.random(40_000) < 0.5
    first, second, log_p = _both_or_not(wanted, p, q, u, v)
    assert (((first < p) & (second < q)) == wanted).all()
    assert np.allclose(np.exp(log_p), np.where(wanted, p * q, 1 - p * q))
    p, q = np.full(40_000, 0.6), np.full(40_000, 0.7)
    first, second, _ = _both_or_not(np.zeros(40_000, dtype=bool), p, q, u, v)
    assert ((first < p) & (second >= q)).mean() == pytest.approx(0.6 * 0.3 / (1 - 0.42), abs=0.01)
    assert ((first >= p) & (second >= q)).mean() == pytest.approx(0.4 * 0.3 / (1 - 0.42), abs=0.01)


def test_probabilities_of_counts_are_those_of_the_draws():
    rate, u = np.full(50_000, 1.7), np.random.default_rng(4).random(50_000)
    counts = borders.count_from(u=u[None], rate=rate[None], excitation=0.35)[0]
    expected = borders.count_probabilities(rate=rate[:1], excitation=0.35, most=8)[:, 0]
    assert np.allclose([(counts == k).mean() for k in range(9)], expected, atol=0.01)


def test_weights_are_tempered_until_enough_count_and_draws_follow_them():
    log_weight = np.random.default_rng(5).normal(scale=30, size=1000)
    weights, power = tempered(log_weight, 250)
    assert weights.sum() == pytest.approx(1) and 1 / (weights**2).sum() == pytest.approx(250, rel=0.01) and power < 1
    flat, whole = tempered(np.zeros(100), 50)
    assert whole == 1 and np.allclose(flat, 0.01)
    chosen = systematic(np.array([0.5, 0.25, 0.25, 0.0]), 400, 1)
    assert np.bincount(chosen, minlength=4).tolist() == [200, 100, 100, 0]


def test_a_set_is_made_again_from_kept_candidates_with_the_same_bytes(tmp_path):
    first = conditioned.make_conditioned_sets(2010, 40, 10, jobs=1, keep=tmp_path)
    (tmp_path / "candidates_000000.npz").write_bytes(b"damaged")
    again = conditioned.make_conditioned_sets(2010, 40, 10, jobs=1, keep=tmp_path)
    kept = conditioned.make_conditioned_sets(2010, 40, 10, jobs=1, keep=tmp_path)
    for other in (again, kept):
        assert np.array_equal(first.residual, other.residual) and np.array_equal(first.numbers, other.numbers)
    first.save(tmp_path / "set.npz")
    loaded = ConditionedSets.load(tmp_path / "set.npz")
    assert loaded.names == first.names and loaded.about == first.about
    used = run("baseline", members=3, seed=1, to_year=2012, outputs="summary", parameters=tmp_path / "set.npz")
    assert used.attrs["conditioned_until"] == 2010


def test_shipped_sets_say_how_they_were_made():
    assert shipped_years()[-1] == 2025 and 2015 in shipped_years()
    for year in shipped_years():
        about = shipped(year).about
        assert about["effective_candidates"] >= 200 and about["fitted_until"] <= year == about["until"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: dataclasses.replace(s, values=s.values[:-1]), "do not fit each other"),
        (lambda s: dataclasses.replace(s, residual=s.residual * np.nan), "do not fit each other"),
        (lambda s: dataclasses.replace(s, about={"until": 1800}), "do not fit each other"),
        (
            lambda s: dataclasses.replace(s, names=("trust_gian", *s.names[1:]), about={"until": 2015}),
            "did you mean 'trust_gain'",
        ),
        (
            lambda s: dataclasses.replace(s, about=s.about | {"version": "0.0.1"}),
            r"set.npz: made with version 0.0.1, this is version .*; make it again with run.py condition --until 2015",
        ),
        (
            lambda s: dataclasses.replace(s, about={"until": 2015, "code": "0123456789abcdef"}),
            r"set.npz: made with other rules or data, this is version .*; make it again",
        ),
    ],
    ids=["rows", "nan", "year", "name", "version", "code"],
)
def test_a_file_that_is_no_set_of_members_is_one_sentence(change, message, tmp_path):
    change(shipped(2015)).save(tmp_path / "set.npz")
    with pytest.raises(InputError, match=message):
        ParameterSets.load(tmp_path / "set.npz")


def test_a_missing_or_damaged_file_and_a_year_without_members_are_one_sentence(tmp_path):
    (tmp_path / "set.npz").write_text("nothing")
    with pytest.raises(ConditionedError, match=r"make it with run\.py condition"):
        ParameterSets.load(tmp_path / "set.npz")
    with pytest.raises(ConditionedError, match="No such file"):
        ParameterSets.load(tmp_path / "other.npz")
    with pytest.raises(InputError, match="no members conditioned on the record to 2011 ship"):
        ParameterSets.load("conditioned-2011")
    assert issubclass(ParameterError, InputError)
