"""The science: bounds, balances, symmetry, limiting cases and directions, on random arrays."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cairn import rules  # noqa: F401
from cairn.core.geography import NEIGHBOURS, OTHERS, TREATY_PAIRS, C
from cairn.core.pairs import from_borders, from_pairs, to_borders, to_pairs, transpose
from cairn.core.parameters import NAMES, Parameters, keywords_of
from cairn.rules import borders, choice, leadership, organisations, trade, trust, water

N = Parameters()
n = N.bind
M = 3


def shares(*shape):
    return arrays(float, (M, *shape), elements=st.floats(0, 1))


def symmetric(x):
    return np.where(OTHERS, (x + transpose(x)) / 2, 0.0)


RULES = [
    rule
    for module in (borders, choice, leadership, organisations, trade, trust, water)
    for _, rule in inspect.getmembers(module, inspect.isfunction)
    if rule.__module__ == module.__name__
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_number_a_rule_uses_is_a_parameter_and_every_rule_says_what_it_is(rule):
    assert set(keywords_of(rule)) <= NAMES
    assert rule.__doc__


# --- axes ---


@given(shares(C, C))
def test_pairs_and_borders_come_back_from_their_lists(x):
    x = symmetric(x)
    assert np.array_equal(np.where(OTHERS, from_pairs(to_pairs(x)), 0), x)
    assert np.array_equal(from_borders(to_borders(x)), np.where(NEIGHBOURS, x, 0))


# --- trade ---


@given(shares(C, C), shares(C, C), shares(C, C), shares(C, C))
def test_openness_is_symmetric_within_bounds_and_no_wider_than_either_side(border, cap, visa, cut):
    cap, visa, cut = symmetric(cap), symmetric(visa), symmetric(cut)
    way = trade.transit_openness(border, cap, np.zeros_like(cap))
    openness = n(trade.effective_openness)(way, visa, cut)
    assert np.array_equal(openness, transpose(openness)) and (openness <= way).all()
    assert (openness >= 0).all() and (openness <= 1).all()
    assert (openness <= np.minimum(border, transpose(border)) + 1e-12)[:, NEIGHBOURS].all()


def test_a_transit_state_holds_a_pair_hostage():
    border = np.where(NEIGHBOURS, 1.0, 0.0)[None]
    free = np.zeros((1, C, C))
    open_ = trade.transit_openness(border, free + 1, free)
    shut = border.copy()
    shut[:, 4, :] = 0.0  # Uzbekistan closes all its borders
    assert open_[0, 2, 3] == 1.0
    assert trade.transit_openness(shut, free + 1, free)[0, 2, 3] == 0.0
    assert trade.transit_openness(shut, free + 1, free)[0, 0, 2] == 1.0  # by way of Kyrgyzstan


@given(shares(C, C), shares(C, C))
def test_visas_and_cut_freight_cost_trade_on_top_of_a_closed_border_and_at_once(visa, cut):
    visa, cut, zero = symmetric(visa), symmetric(cut), np.zeros((M, C, C))
    ordered = n(trade.policy_trade_cost)(visa, cut)
    assert np.allclose(ordered, N.visa_trade_loss * visa + N.freight_loss * cut)
    gdp, outside = np.full((M, C), 10.0), np.ones((M, C, 5))
    base = np.ones((1, C + 5, C + 5))
    free, held = (trade.ease(base, zero, x, gdp, gdp[0], outside, income_elasticity=0.7) for x in (zero, ordered))
    assert np.allclose((held / free)[:, :C, :C][:, OTHERS], np.exp(-ordered)[:, OTHERS])


def gravity(openness, iterations=400):
    distance = np.full((C + 5, C + 5), 1000.0)
    np.fill_diagonal(distance, 200.0)
    gdp = np.array([[60, 3, 3, 12, 25.0, 900, 5000, 9000, 500, 20000]])
    base = n(trade.base_ease)(np.log(distance), np.log(np.diagonal(distance)))
    zero = np.zeros((1, C, C))
    access = n(trade.accessibility_target)(openness, zero, zero + 0.5, zero, 20.0, np.log(distance[:C, :C]))
    phi = trade.ease(base, access, zero, gdp[:, :C], gdp[0, :C], np.ones((1, C, 5)), income_elasticity=1.0)
    omega = trade.resistance_after(np.ones((1, C + 5)), phi, gdp, resistance_iterations=iterations)
    return trade.flows(phi, omega, gdp), gdp


def test_flows_add_up_to_incomes_and_are_symmetric():
    flows, gdp = gravity(np.where(OTHERS, 0.6, 0.0)[None])
    assert np.allclose(flows.sum(-1) / 2, gdp, rtol=1e-6)
    assert np.allclose(flows, transpose(flows))


def test_closing_a_pair_diverts_trade_to_third_states():
    open_, _ = gravity(np.where(OTHERS, 1.0, 0.0)[None])
    part = np.where(OTHERS, 1.0, 0.0)[None].copy()
    part[:, 0, 4] = part[:, 4, 0] = 0.0
    closed, _ = gravity(part)
    assert closed[0, 0, 4] < open_[0, 0, 4]
    assert closed[0, 0, 1] > open_[0, 0, 1]


def test_a_fully_open_pair_has_nothing_to_gain_and_more_closure_means_more():
    traded = np.where(OTHERS, 2.0, 0.0)[None]
    ways = [np.full((1, C, C), o) for o in (1.0, 0.5, 0.0)]
    gain = [n(trade.gain_of_opening)(traded, way, 0 * way, np.full((1, C), 50.0)) for way in ways]
    assert np.allclose(gain[0], 0)
    assert (gain[2] >= gain[1]).all() and (gain[1][0][OTHERS] > 0).all()


@given(shares(C, C), shares(C, C))
def test_accessibility_moves_towards_its_target_and_collapses_faster_than_it_rebuilds(now, target):
    after = n(trade.accessibility_after)(now, target)
    assert (np.abs(target - after) <= np.abs(target - now) + 1e-12).all()
    down = n(trade.accessibility_after)(np.ones(1), np.zeros(1))
    up = n(trade.accessibility_after)(np.zeros(1), np.ones(1))
    assert 1 - down > up


# --- water ---


@given(st.floats(0, 30), st.floats(0, 20), st.floats(0, 20), st.floats(0, 6), st.floats(6, 20))
def test_no_water_is_made(storage, inflow, wanted, dead, capacity):
    storage = min(storage, capacity)
    after, release, spill = water.reservoir_after(*map(np.array, (storage, inflow, wanted, dead, capacity)))
    assert abs(after - (storage + inflow - release - spill)) < 1e-9
    assert -1e-12 <= after <= capacity + 1e-12
    assert 0 <= release <= max(wanted, 0) + 1e-12 and spill >= 0


@given(shares(C, C), st.floats(0.3, 0.6))
def test_more_exposure_means_fewer_bargains(trust_, exposure):
    upstream, downstream = np.eye(C)[1], np.eye(C)[4]
    gains = [
        n(water.barter_gains)(trust_[:, 0], upstream, downstream, counter_delivery_exposure=e)
        for e in (exposure, exposure + 0.3)
    ]
    assert (gains[1] <= gains[0]).all()


@given(shares(C, C), shares(C, C), shares(C, C), shares(C, C))
def test_a_bargain_is_kept_or_broken_but_not_both_and_only_on_a_river(consent, trust_, u, v):
    kept, broken = n(water.barter_kept)(consent, trust_, symmetric(u), symmetric(v))
    assert (kept * broken == 0).all()
    assert (kept[:, ~TREATY_PAIRS] == 0).all() and (broken[:, ~TREATY_PAIRS] == 0).all()
    assert np.array_equal(kept, transpose(kept))


def test_a_kept_bargain_moves_water_from_winter_to_summer():
    plans = [
        n(water.toktogul_plan)(
            np.array([[12.0]]), np.array([[12.3]]), np.array([[b]]), *n(water.winter_release_forgone)(10.0)
        )
        for b in (0.0, 1.0)
    ]
    assert plans[1][0] > plans[0][0] and plans[1][1] < plans[0][1]


def test_shortage_is_nothing_when_demand_is_met_and_never_above_its_bound():
    wet = n(water.river_shortage)(np.full((M, 2), 100.0), np.ones((M, 1)))
    dry = n(water.river_shortage)(np.zeros((M, 2)), np.ones((M, 1)))
    assert (wet == 0).all() and (dry == N.shortage_most).all()


@given(arrays(float, (M, C), elements=st.floats(0, 5000)), arrays(float, (M, C), elements=st.sampled_from([0.0, 1.0])))
def test_the_grid_never_makes_a_winter_worse(hydro, grid):
    nothing = np.zeros((M, C))
    alone, _ = n(water.winter_deficit)(hydro, nothing, nothing, 1.0, 0.0)
    connected, share = n(water.winter_deficit)(hydro, nothing, grid, 1.0, 0.0)
    assert (connected <= alone + 1e-9).all() and (share >= 0).all() and (share <= 1).all()
    assert (connected[:, [0, 3, 4]] == 0).all()


def test_flow_anomalies_have_the_spread_persistence_and_correlation_asked_for():
    u = np.random.default_rng(3).random((40_000, 3))
    first = n(water.flow_anomaly_after)(np.zeros((40_000, 2)), u)
    state = first
    for k in range(6):
        before, state = state, n(water.flow_anomaly_after)(state, np.random.default_rng(4 + k).random((40_000, 3)))
    assert state.std(0) == pytest.approx(N.flow_spread, rel=0.03)
    assert np.corrcoef(state.T)[0, 1] == pytest.approx(N.flow_correlation, abs=0.02)
    assert np.corrcoef(before[:, 0], state[:, 0])[0, 1] == pytest.approx(N.flow_persistence, abs=0.02)


# --- borders ---


def test_counts_have_the_moments_of_a_generalised_poisson():
    u = (np.arange(200_000) + 0.5) / 200_000
    for rate, excitation in ((0.3, 0.35), (2.0, 0.35), (8.0, 0.25)):
        count = borders.count_from(u, rate, excitation)
        assert count.mean() == pytest.approx(rate / (1 - excitation), rel=0.01)
        assert count.var() == pytest.approx(rate / (1 - excitation) ** 3, rel=0.03)
        assert (np.diff(count) >= 0).all()


def test_self_exciting_incidents_by_day_look_like_our_counts_by_quarter():
    """A daily Hawkes process of branching .45 and a three-week kernel, added up over quarters, against ours."""
    luck = np.random.default_rng(1)
    rate, branching, weeks, quarters = 1.5, 0.45, 3.0, 4_000
    total = np.zeros(quarters)
    days = quarters * 91
    births = luck.uniform(0, days, luck.poisson(rate * quarters))
    while births.size:
        np.add.at(total, np.minimum(births // 91, quarters - 1).astype(int), 1)
        children = np.repeat(births, luck.poisson(branching, births.size))
        births = children + luck.exponential(weeks * 7, children.size)
        births = births[births < days]
    ours, before = np.zeros(quarters), 0.0
    for t, u in enumerate(luck.random(quarters)):
        before = ours[t] = borders.count_from(np.array([u]), np.array([rate + N.incident_carry_over * before]),
                                              N.self_excitation)[0]  # fmt: skip
    assert ours.mean() == pytest.approx(total.mean(), rel=0.1)
    assert ours.var() == pytest.approx(total.var(), rel=0.25)
    grid = np.arange(12)
    gap = np.abs((ours[:, None] <= grid).mean(0) - (total[:, None] <= grid).mean(0)).max()
    assert gap < 0.05


def test_no_undelimited_border_no_incident():
    zero = np.zeros((M, 7))
    rate = n(borders.incident_rate_of)(zero, zero, zero + 1, zero, zero, 1.0, np.ones(7), np.ones(7))
    assert (borders.count_from(np.full((M, 7), 0.999), rate, N.self_excitation) == 0).all()


def test_no_incident_no_clash_no_death():
    zero = np.zeros((M, 7))
    clash = n(borders.clash_happens)(zero, zero + 1, zero, np.full((M, 7), 1e-9))
    assert not clash.any()
    assert (n(borders.deaths_of)(clash, np.full((M, 7), 0.99)) == 0).all()


@given(arrays(float, 50, elements=st.floats(0, 0.9999)))
def test_deaths_are_whole_bounded_and_heavy_tailed(u):
    deaths = n(borders.deaths_of)(np.ones(50, dtype=bool), u)
    assert (deaths >= 1).all() and (deaths <= N.deaths_most).all() and (deaths == np.floor(deaths)).all()


@given(shares(7), shares(7))
def test_delimitation_only_shrinks_stops_at_the_hard_sections_and_then_at_zero(undelimited, contested):
    hard = n(borders.hard_share)(contested)
    left = n(borders.undelimited_after)(undelimited, np.ones((M, 7)), contested, hard)
    assert (left >= 0).all() and (left <= undelimited).all()
    easy = undelimited > hard
    assert (left[easy] >= hard[easy]).all() and (undelimited - left)[easy].max(initial=0) <= N.easy_section_step + 1e-12
    assert np.array_equal(n(borders.undelimited_after)(undelimited, np.zeros((M, 7)), contested, hard), undelimited)


def test_the_hard_part_of_a_border_grows_with_what_is_contested():
    hard = n(borders.hard_share)(np.array([0.03, 0.4, 1.0]))
    assert (np.diff(hard) > 0).all() and hard[-1] == N.hard_section_share
    everything = N.replace(hard_section_least=1.0).bind(borders.hard_share)(np.array([0.03, 0.4, 1.0]))
    assert (everything == 1).all()


# --- leadership, trust, choice ---


def test_old_age_raises_the_hazard_of_death_and_tenure_lowers_that_of_overthrow():
    ages = n(leadership.exit_hazards)(np.array([60.0, 80.0])[:, None], np.zeros((2, C)))
    assert (ages[0][1] > ages[0][0]).all()
    tenures = n(leadership.exit_hazards)(np.full((2, C), 60.0), np.array([0.0, 20.0])[:, None])
    assert (tenures[2][1] < tenures[2][0]).all()


def test_a_scripted_turnover_moves_trust_by_exactly_rho_times_personalism():
    before = np.where(OTHERS, 0.2, 0.0)[None]
    turnover, openness, old = (np.zeros((1, C)) for _ in range(3))
    turnover[:, 4], openness[:, 4], old[:, 4] = 1.0, 0.9, 0.8
    after = n(leadership.trust_after_turnover)(before, turnover, openness, old)
    promise = N.newcomer_trust + N.newcomer_openness_effect * (2 * 0.9 - 1)
    assert after[0, 0, 4] == pytest.approx(0.2 + N.trust_reset * 0.8 * (promise - 0.2))
    assert after[0, 4, 0] == pytest.approx(0.2 + N.own_reset * N.trust_reset * 0.8 * (N.newcomer_trust - 0.2))
    assert after[0, 0, 1] == 0.2


@given(shares(C, C), shares(C, C), shares(C, C), shares(C, C))
def test_trust_stays_in_bounds_and_good_news_helps(now, good, bad, strength):
    now = np.where(OTHERS, np.clip(now, 0.01, 0.99), 0)
    after = n(trust.trust_after)(now, 3 * good, 3 * bad, strength)
    better = n(trust.trust_after)(now, 3 * good + 1, 3 * bad, strength)
    assert (after[:, OTHERS] >= N.trust_least).all() and (after[:, OTHERS] <= N.trust_most).all()
    assert (better >= after).all()


def test_two_good_things_in_a_quarter_count_twice():
    yes, no = np.ones((1, C, C), dtype=bool), np.zeros((1, C, C), dtype=bool)
    one = n(trust.good_news)(yes, no, no, no, no, no, no)
    two = n(trust.good_news)(yes, no, yes, no, no, no, no)
    assert np.allclose(one, 1) and np.allclose(two, 2)


@given(shares(C), shares(C), shares(C), st.floats(0, 0.5))
def test_a_more_willing_leader_never_eases_less_at_the_same_luck(border, other, u, more):
    willing = np.linspace(-2, 2, C) + np.zeros((M, 1))
    less = n(choice.posture_step)(border, other, willing, np.full((M, 1), 0.5), u)
    harder = n(choice.posture_step)(border, other, willing + more, np.full((M, 1), 0.5), u)
    assert (harder >= less).all()


def test_threat_pulls_the_trusting_together_and_drives_the_distrustful_apart():
    nothing = np.zeros((1, C))
    terms = n(choice.willingness_terms)(
        np.array([[0.1, 0.9, 0.45, 0.5, 0.2]]), nothing, nothing, nothing + 0.5, nothing, nothing, nothing
    )
    assert terms["threat"][0, 0] < 0 < terms["threat"][0, 1]
    assert terms["threat"][0, 2] == pytest.approx(0)


def test_sovereignty_costs_fade_and_higher_rungs_cost_more():
    costs = {(rung, t): n(choice.cost_of)(rung, t) for rung in range(4) for t in (0.0, 40.0)}
    assert costs[3, 0.0] > costs[2, 0.0] > costs[1, 0.0] > costs[0, 0.0]
    assert costs[2, 40.0] < costs[2, 0.0]
    assert costs[0, 40.0] == costs[0, 0.0]


# --- organisations ---


@given(arrays(bool, (M, C)))
def test_a_meeting_needs_a_quorum_and_both_core_states(willing):
    attended = n(organisations.meeting_held)(willing)
    held = attended.any(-1)
    assert (attended.sum(-1)[held] >= 3).all()
    assert attended[held][:, list(organisations.CORE)].all()
    assert not (attended & ~willing).any()


@given(arrays(float, (M, 4, C), elements=st.sampled_from([0.0, 1.0])))
def test_overlap_is_symmetric_and_within_bounds(memberships):
    overlap = organisations.overlap(memberships)
    assert np.allclose(overlap, transpose(overlap))
    assert (overlap >= 0).all() and (overlap <= 1).all()
