"""The science: bounds, balances, symmetry, limiting cases, directions; on random arrays with members last."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cairn.core.geography import CENTRAL_ASIA, C
from cairn.core.pairs import transpose
from cairn.core.parameters import NAMES, Parameters, keywords_of
from cairn.rules import borders, choice, leadership, organisations, people, trade, trust, water

N = Parameters()
n = N.bind
OTHERS, NEIGHBOURS, TREATY_PAIRS = CENTRAL_ASIA.others, CENTRAL_ASIA.neighbours, CENTRAL_ASIA.treaty_pairs
BORDERS, OUTSIDE = len(CENTRAL_ASIA.borders), len(CENTRAL_ASIA.outside)
BETWEEN = OTHERS[:, :, 0]  # to pick the pairs of an array, (C, C)
# With as many members as states or outside economies, an array that broadcasts over a wrong axis still fits.
MEMBERS = (3, C, 7)
SHARE = st.floats(0, 1)


def together(*shapes, elements=SHARE):
    """Arrays (*shape, M) of random values, with one M for all of them."""
    return st.sampled_from(MEMBERS).flatmap(
        lambda members: st.tuples(*(arrays(float, (*shape, members), elements=elements) for shape in shapes))
    )


PAIR = (C, C)


def symmetric(x):
    return np.where(OTHERS, (x + transpose(x)) / 2, 0.0)


RULES = [
    rule
    for module in (borders, choice, leadership, organisations, people, trade, trust, water)
    for _, rule in inspect.getmembers(module, inspect.isfunction)
    if rule.__module__ == module.__name__
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_keyword_of_a_rule_is_a_parameter_and_every_rule_has_a_docstring(rule):
    assert set(keywords_of(rule)) <= NAMES
    assert rule.__doc__


# --- trade ---


@given(together(PAIR, PAIR, PAIR, PAIR))
def test_openness_is_symmetric_within_bounds_and_no_wider_than_either_side(x):
    border, cap, visa, cut = x[0], *map(symmetric, x[1:])
    way = trade.transit_openness(
        posture=border,
        closure_cap=cap,
        opening_floor=np.zeros_like(cap),
        neighbours=NEIGHBOURS,
        transit=CENTRAL_ASIA.transit,
    )
    openness = n(trade.effective_openness)(transit_openness=way, visa=visa, links_cut=cut)
    assert np.array_equal(openness, transpose(openness)) and (openness <= way).all()
    assert (openness >= 0).all() and (openness <= 1).all()
    assert (openness <= np.minimum(border, transpose(border)) + 1e-12)[NEIGHBOURS[:, :, 0]].all()


def test_a_transit_state_can_block_a_pair():
    border = np.where(NEIGHBOURS, 1.0, 0.0)
    free = np.zeros((C, C, 1))
    geography = {"neighbours": NEIGHBOURS, "transit": CENTRAL_ASIA.transit}
    shut = border.copy()
    shut[4] = 0.0  # Uzbekistan closes all its borders

    def way(posture):
        return trade.transit_openness(posture=posture, closure_cap=free + 1, opening_floor=free, **geography)

    assert way(border)[2, 3, 0] == 1.0
    assert way(shut)[2, 3, 0] == 0.0
    assert way(shut)[0, 2, 0] == 1.0  # through Kyrgyzstan


@given(together(PAIR, PAIR))
def test_visas_and_cut_freight_cost_trade_on_top_of_a_closed_border_and_at_once(x):
    visa, cut = map(symmetric, x)
    zero = np.zeros_like(visa)
    cost = n(trade.policy_trade_cost)(visa=visa, freight_cut=cut, tariff_cost=0.2 * visa)
    assert np.allclose(cost, (N.visa_trade_loss + 0.2 * N.tariff_weight) * visa + N.freight_loss * cut)
    members, base = visa.shape[-1], np.ones((C + OUTSIDE, C + OUTSIDE, 1))
    outside = np.ones((C, OUTSIDE, members))
    free, costly = (
        trade.ease(
            base=base,
            accessibility=zero,
            policy_trade_cost=each,
            income=np.zeros((C, members)),
            outside_ease=outside,
            others=OTHERS,
        )
        for each in (zero, cost)
    )
    assert np.allclose((costly / free)[:C, :C][BETWEEN], np.exp(-cost)[BETWEEN])


def gravity(openness, iterations=400, incomes=1.0, prices=1.0, elasticity=1.0):
    """Flows among ten economies of which five are as open to each other as given, and their incomes.

    `incomes` multiplies all incomes, `prices` is the price level.
    """
    members = openness.shape[-1]
    distance = np.full((C + OUTSIDE, C + OUTSIDE, 1), 1000.0)
    distance[range(C + OUTSIDE), range(C + OUTSIDE)] = 200.0
    reference = np.repeat(np.array([60, 3, 3, 12, 25.0, 900, 5000, 9000, 500, 20000])[:, None], members, axis=1)
    gdp = incomes * reference
    log_distance, zero = np.log(distance), np.zeros((C, C, members))
    fixed = n(trade.fixed_accessibility)(log_distance=log_distance[:C, :C], neighbours=NEIGHBOURS)
    access = n(trade.accessibility_target)(
        fixed=fixed,
        transit_openness=openness,
        agreement=zero,
        trust=zero + 0.5,
        corridor=zero,
        years_since_1992=20.0,
    )
    phi = trade.ease(
        base=n(trade.base_ease)(log_distance=log_distance, outside_affinity=np.zeros((C, 1))),
        accessibility=access,
        policy_trade_cost=zero,
        income=trade.income_effect(
            gdp=gdp[:C], price_level=prices, gdp_reference=reference[:C], income_elasticity=elasticity
        ),
        outside_ease=np.ones((C, OUTSIDE, members)),
        others=OTHERS,
    )
    resistance = trade.resistance_after(
        resistance=np.ones((C + OUTSIDE, members)), phi=phi, gdp=gdp, resistance_iterations=iterations
    )
    return trade.flows(phi=phi, resistance=resistance, gdp=gdp), gdp


def everywhere(value, members):
    """One value for all pairs, (C, C, M)."""
    return np.repeat(np.where(OTHERS, value, 0.0), members, axis=-1)


@pytest.mark.parametrize("members", MEMBERS)
def test_flows_add_up_to_incomes_and_are_symmetric(members):
    flows, gdp = gravity(everywhere(0.6, members))
    assert np.allclose(flows.sum(axis=1) / 2, gdp, rtol=1e-6)
    assert np.allclose(flows, transpose(flows))


@pytest.mark.parametrize("members", MEMBERS)
@pytest.mark.parametrize("elasticity", [0.6, 1.0])
def test_twice_the_incomes_and_twice_the_prices_give_twice_the_trade(members, elasticity):
    once, _ = gravity(everywhere(0.6, members), elasticity=elasticity)
    twice, _ = gravity(everywhere(0.6, members), incomes=2.0, prices=2.0, elasticity=elasticity)
    assert np.allclose(twice, 2 * once, rtol=1e-9)
    richer, _ = gravity(everywhere(0.6, members), incomes=2.0, elasticity=elasticity)
    grown = richer[:C, :C] / once[:C, :C]
    assert (grown[BETWEEN] < 2 - 1e-3).all() if elasticity < 1 else np.allclose(grown[BETWEEN], 2)


def test_a_state_with_less_affinity_trades_less_with_all_outside_economies():
    log_distance, affinity = np.log(np.full((C + OUTSIDE, C + OUTSIDE, 1), 1000.0)), np.zeros((C, 3))
    affinity[2] = -1.0
    base = n(trade.base_ease)(log_distance=log_distance, outside_affinity=affinity)
    flat = n(trade.base_ease)(log_distance=log_distance, outside_affinity=0 * affinity)
    assert np.allclose(base[2, C:] / flat[2, C:], np.exp(-1)) and np.allclose(base[C:, 2], base[2, C:])
    assert np.array_equal(np.delete(base, 2, 0)[:, :2], np.delete(flat, 2, 0)[:, :2])


@pytest.mark.parametrize("members", MEMBERS)
def test_residuals_of_trade_have_the_stated_spread_persistence_and_common_share(members):
    draw, pairs = np.random.default_rng(1), 10
    numbers = N.replace(
        trade_residual_persistence=0.8,
        trade_residual_spread=0.3,
        trade_residual_spread_offset=np.log([[1.0]] * 8 + [[2.0]] * 2),
        trade_residual_early_excess=2.0,
        trade_residual_common_share=0.25,
    )
    step = numbers.bind(trade.residual_after)

    def after(before, years=200.0):
        return step(
            residual=before, u_pair=draw.random((pairs, members)), u_common=draw.random((1, members)), years=years
        )

    series = [after(None)]
    for _ in range(40_000 // members):
        series.append(after(series[-1]))
    values = np.array(series)
    assert np.allclose(values[:, :8].std(axis=(0, 2)), 0.3 / np.sqrt(1 - 0.64), rtol=0.12)
    assert np.allclose(values[:, 8:].std(axis=(0, 2)), 0.6 / np.sqrt(1 - 0.64), rtol=0.12)
    assert np.corrcoef(values[:-1, 0].ravel(), values[1:, 0].ravel())[0, 1] == pytest.approx(0.8, abs=0.05)
    assert np.corrcoef(values[:, 0].ravel(), values[:, 1].ravel())[0, 1] == pytest.approx(0.25, abs=0.08)
    early, later = (
        np.std([after(np.zeros((pairs, members)), years)[0] for _ in range(4000 // members)])
        for years in (numbers.trade_residual_early_years, 200.0)
    )
    assert early / later == pytest.approx(1 + 2 * np.exp(-1), rel=0.1)


@pytest.mark.parametrize("members", MEMBERS)
def test_frailty_raises_and_lowers_the_rate_of_incidents_with_a_mean_of_one(members):
    draw, numbers = np.random.default_rng(2), N.replace(frailty_spread=0.6, frailty_persistence=0.5)
    step = numbers.bind(borders.frailty_after)
    series = [step(frailty=None, u=draw.random((BORDERS, members)))]
    for _ in range(30_000 // members):
        series.append(step(frailty=series[-1], u=draw.random((BORDERS, members))))
    assert np.exp(np.array(series)).mean() == pytest.approx(1.0, abs=0.05)
    none = N.replace(frailty_spread=0.0).bind(borders.frailty_after)
    assert (none(frailty=None, u=draw.random((BORDERS, members))) == 0).all()


@pytest.mark.parametrize("members", MEMBERS)
def test_closing_a_pair_diverts_trade_to_third_states(members):
    open_, _ = gravity(everywhere(1.0, members))
    part = everywhere(1.0, members)
    part[0, 4] = part[4, 0] = 0.0
    closed, _ = gravity(part)
    assert (closed[0, 4] < open_[0, 4]).all()
    assert (closed[0, 1] > open_[0, 1]).all()


@pytest.mark.parametrize("members", MEMBERS)
def test_a_fully_open_pair_has_nothing_to_gain_and_more_closure_means_more(members):
    traded = everywhere(2.0, members)
    ways = [np.full((C, C, members), o) for o in (1.0, 0.5, 0.0)]
    gain = [
        n(trade.gain_of_opening)(
            pair_trade=traded,
            transit_openness=way,
            policy_trade_cost=0 * way,
            gdp=np.full((C, members), 50.0),
            others=OTHERS,
        )
        for way in ways
    ]
    assert np.allclose(gain[0], 0)
    assert (gain[2] >= gain[1]).all() and (gain[1][BETWEEN] > 0).all()


@given(together(PAIR, PAIR))
def test_accessibility_moves_towards_its_target_and_collapses_faster_than_it_rebuilds(x):
    now, target = x
    after = n(trade.accessibility_after)(accessibility=now, target=target)
    assert (np.abs(target - after) <= np.abs(target - now) + 1e-12).all()
    down = n(trade.accessibility_after)(accessibility=np.ones(1), target=np.zeros(1))
    up = n(trade.accessibility_after)(accessibility=np.zeros(1), target=np.ones(1))
    assert 1 - down > up


# --- water ---


@given(st.floats(0, 30), st.floats(0, 20), st.floats(0, 20), st.floats(0, 6), st.floats(6, 20))
def test_no_water_is_made(storage, inflow, wanted, dead, capacity):
    storage = min(storage, capacity)
    after, release, spill = water.reservoir_after(
        storage=np.array(storage),
        inflow=np.array(inflow),
        planned=np.array(wanted),
        dead=np.array(dead),
        capacity=np.array(capacity),
    )
    assert abs(after - (storage + inflow - release - spill)) < 1e-9
    assert -1e-12 <= after <= capacity + 1e-12
    assert 0 <= release <= max(wanted, 0) + 1e-12 and spill >= 0


@given(together((C,)), st.floats(0.3, 0.6))
def test_more_exposure_means_fewer_bargains(x, exposure):
    upstream, downstream = (np.eye(C)[k][:, None] for k in (1, 4))
    gains = [
        n(water.barter_gains)(trust=x[0], upstream_of=upstream, downstream_of=downstream, counter_delivery_exposure=e)
        for e in (exposure, exposure + 0.3)
    ]
    assert (gains[1] <= gains[0]).all()


@given(together(PAIR, PAIR, PAIR, PAIR))
def test_a_bargain_is_kept_or_broken_but_not_both_and_only_on_a_river(x):
    consent, trust_, u, v = x
    kept, broken = n(water.barter_kept)(
        consent=consent, trust=trust_, u_deal=symmetric(u), u_kept=symmetric(v), treaty_pairs=TREATY_PAIRS
    )
    elsewhere = ~TREATY_PAIRS[:, :, 0]
    assert (kept * broken == 0).all()
    assert (kept[elsewhere] == 0).all() and (broken[elsewhere] == 0).all()
    assert np.array_equal(kept, transpose(kept))


@pytest.mark.parametrize("members", MEMBERS)
def test_a_kept_bargain_moves_water_from_winter_to_summer(members):
    power, forgone = n(water.winter_release_forgone)(years_since_1992=10.0)
    plans = [
        n(water.toktogul_plan)(
            storage=np.full(members, 12.0),
            inflow_of_year=np.full(members, 12.3),
            bargain=np.full(members, bargain),
            power_release=power,
            release_forgone=forgone,
            residual=np.zeros(members),
            swapping=0.0,
        )
        for bargain in (0.0, 1.0)
    ]
    assert (plans[1][0] > plans[0][0]).all() and (plans[1][1] < plans[0][1]).all()


@pytest.mark.parametrize("members", MEMBERS)
def test_shortage_is_zero_when_demand_is_met_and_never_above_its_bound(members):
    wet, dry = (
        n(water.river_shortage)(supply=np.full((2, members), supply), demand_factor=np.ones(members))
        for supply in (100.0, 0.0)
    )
    assert (wet == 0).all() and (dry == N.shortage_most).all()


@given(together((C,), elements=st.floats(0, 5000)), st.data())
def test_the_grid_never_makes_a_winter_worse(x, data):
    hydro = x[0]
    grid = data.draw(arrays(float, hydro.shape, elements=st.sampled_from([0.0, 1.0])))
    nothing = np.zeros_like(hydro)
    winter = {"hydropower_gwh": hydro, "delivered_gwh": nothing, "demand_factor": 1.0, "years_since_2022": 0.0}
    alone, _, none = n(water.winter_deficit)(grid=nothing, **winter)
    connected, share, imported = n(water.winter_deficit)(grid=grid, **winter)
    assert (none == 0).all() and np.allclose(connected + imported, alone)
    assert (connected <= alone + 1e-9).all() and (share >= 0).all() and (share <= 1).all()
    assert (connected[[0, 3, 4]] == 0).all()


def test_flow_anomalies_have_the_spread_persistence_and_correlation_asked_for():
    u = np.random.default_rng(3).random((3, 40_000))
    first = n(water.flow_anomaly_after)(anomaly=np.zeros((2, 40_000)), u=u)
    state = first
    for k in range(6):
        u = np.random.default_rng(4 + k).random((3, 40_000))
        before, state = state, n(water.flow_anomaly_after)(anomaly=state, u=u)
    assert state.std(axis=1) == pytest.approx(N.flow_spread, rel=0.03)
    assert np.corrcoef(state)[0, 1] == pytest.approx(N.flow_correlation, abs=0.02)
    assert np.corrcoef(before[0], state[0])[0, 1] == pytest.approx(N.flow_persistence, abs=0.02)


# --- borders ---


def test_counts_have_the_moments_of_a_generalised_poisson():
    u = (np.arange(200_000) + 0.5) / 200_000
    for rate, excitation in ((0.3, 0.35), (2.0, 0.35), (8.0, 0.25)):
        count = borders.count_from(u=u, rate=rate, excitation=excitation)
        assert count.mean() == pytest.approx(rate / (1 - excitation), rel=0.01)
        assert count.var() == pytest.approx(rate / (1 - excitation) ** 3, rel=0.03)
        assert (np.diff(count) >= 0).all()


def test_self_exciting_incidents_by_day_look_like_our_counts_by_quarter():
    """A daily Hawkes process of branching .45 and a three-week kernel, added up over quarters, against ours."""
    drawn = np.random.default_rng(1)
    rate, branching, weeks, quarters = 1.5, 0.45, 3.0, 4_000
    total = np.zeros(quarters)
    days = quarters * 91
    births = drawn.uniform(0, days, drawn.poisson(rate * quarters))
    while births.size:
        np.add.at(total, np.minimum(births // 91, quarters - 1).astype(int), 1)
        children = np.repeat(births, drawn.poisson(branching, births.size))
        births = children + drawn.exponential(weeks * 7, children.size)
        births = births[births < days]
    ours, before = np.zeros(quarters), 0.0
    for t, u in enumerate(drawn.random(quarters)):
        before = ours[t] = borders.count_from(
            u=np.array([u]), rate=np.array([rate + N.incident_carry_over * before]), excitation=N.self_excitation
        )[0]
    assert ours.mean() == pytest.approx(total.mean(), rel=0.1)
    assert ours.var() == pytest.approx(total.var(), rel=0.25)
    grid = np.arange(12)
    gap = np.abs((ours[:, None] <= grid).mean(0) - (total[:, None] <= grid).mean(0)).max()
    assert gap < 0.05


def incident_rate(members, **given):
    """Rate on all borders with the named quantities as given, else neutral ones."""
    zero = np.zeros((BORDERS, members))
    neutral = dict.fromkeys(("shortage", "distrust", "earlier", "frailty", "closed", "militarisation"), zero)
    every = {"exposed": zero + 1, "nationalism": zero + 1} | neutral | {k: zero + v for k, v in given.items()}
    return n(borders.incident_rate_of)(
        summer=1.0, length_1000_km=np.ones((BORDERS, 1)), contested=np.ones((BORDERS, 1)), **every
    )


@pytest.mark.parametrize("members", MEMBERS)
def test_no_undelimited_border_no_incident(members):
    rate = incident_rate(members, exposed=0.0)
    assert rate.shape == (BORDERS, members)
    assert (borders.count_from(u=0 * rate + 0.999, rate=rate, excitation=N.self_excitation) == 0).all()


@pytest.mark.parametrize("members", MEMBERS)
def test_guards_and_troops_on_a_border_bring_more_incidents_and_can_be_switched_off(members):
    usual = incident_rate(members)
    assert (incident_rate(members, closed=1.0) > usual).all()
    assert (incident_rate(members, militarisation=1.0) > usual).all()
    off = N.replace(enforcement_incident_effect=0.0, militarisation_incident_effect=0.0).bind(borders.incident_rate_of)
    zero = np.zeros((BORDERS, members))
    shared = dict.fromkeys(("shortage", "distrust", "earlier", "frailty"), zero) | {"exposed": zero + 1}
    given = shared | {"nationalism": zero + 1, "length_1000_km": zero[:, :1] + 1, "contested": zero[:, :1] + 1}
    assert np.array_equal(
        off(closed=zero + 1, militarisation=zero + 1, summer=1.0, **given),
        off(closed=zero, militarisation=zero, summer=1.0, **given),
    )


def test_exposure_stays_while_easy_sections_are_agreed_and_falls_with_the_hard_ones():
    undelimited = np.array([[1.0, 0.6, 0.4, 0.2, 0.0]])
    disputed, hard, none = (np.array([[x]]) for x in (0.0, 0.4, 0.0))
    exposed = borders.exposed_share(undelimited=undelimited, hard=hard, agreed_exposure=0.0)
    assert np.allclose(exposed, [[1, 1, 1, 0.5, 0]])
    assert np.array_equal(borders.exposed_share(undelimited, none, agreed_exposure=0.0), undelimited)
    assert np.allclose(borders.exposed_share(undelimited, hard, agreed_exposure=0.2), 0.2 + 0.8 * exposed)
    assert (
        borders.exposed_share(disputed, hard, agreed_exposure=0.2) == 0.2
    )  # an agreed border is not without incidents


@pytest.mark.parametrize("members", MEMBERS)
def test_militarisation_grows_with_violence_and_fades_without_it(members):
    zero = np.zeros((BORDERS, members))
    after = n(borders.militarisation_after)
    armed = zero
    for _ in range(40):
        armed = after(militarisation=armed, severity=zero + 0.5)
    assert (armed > 0.3).all() and (armed < 1).all()
    calm = armed
    for _ in range(200):
        calm = after(militarisation=calm, severity=zero)
    assert (calm < 0.05 * armed).all()
    never = N.replace(militarisation_gain=0.0).bind(borders.militarisation_after)
    assert (never(militarisation=zero, severity=zero + 1) == 0).all()


def test_deaths_of_clashes_have_the_tail_and_scale_asked_for():
    u = (np.arange(200_000) + 0.5) / 200_000
    numbers = N.replace(fatality_scale=2.0, fatality_tail=1.0, deaths_most=1000.0)
    deaths = numbers.bind(borders.deaths_of)(clash=np.ones((1, u.size), dtype=bool), u=u[None])
    assert deaths.min() == 1 and deaths.max() == 1000
    for many in (5, 20, 100):  # P(F > n) = (1 + n / (s a))^(-a)
        assert (deaths > many).mean() == pytest.approx((1 + many / 2.0) ** -1.0, rel=0.02)


@pytest.mark.parametrize("members", MEMBERS)
def test_no_incident_no_clash_no_death(members):
    zero = np.zeros((BORDERS, members))
    escalation = n(borders.clash_probability)(
        incidents=zero, nationalism=zero + 1, distrust=zero, militarisation=zero + 1
    )
    assert (escalation == 0).all()
    clash = escalation > 1e-9
    assert (n(borders.deaths_of)(clash=clash, u=zero + 0.99) == 0).all()


@given(arrays(float, 50, elements=st.floats(0, 0.9999)))
def test_deaths_are_whole_bounded_and_heavy_tailed(u):
    deaths = n(borders.deaths_of)(clash=np.ones(50, dtype=bool), u=u)
    assert (deaths >= 1).all() and (deaths <= N.deaths_most).all() and (deaths == np.floor(deaths)).all()


@given(together((BORDERS,)), arrays(float, (BORDERS, 1), elements=SHARE))
def test_delimitation_only_shrinks_stops_at_the_hard_sections_and_then_at_zero(x, contested):
    undelimited = x[0]
    hard = n(borders.hard_share)(contested=contested)

    def after(round_held):
        return n(borders.undelimited_after)(
            undelimited=undelimited,
            round_held=np.full_like(undelimited, round_held),
            contested=contested,
            hard=hard,
        )

    left, limit = after(1.0), np.broadcast_to(hard, undelimited.shape)
    assert (left >= 0).all() and (left <= undelimited).all()
    easy = undelimited > limit
    assert (left[easy] >= limit[easy]).all()
    assert (undelimited - left)[easy].max(initial=0) <= N.easy_section_step + 1e-12
    assert np.array_equal(after(0.0), undelimited)


def test_the_hard_part_of_a_border_grows_with_what_is_contested():
    contested = np.array([[0.03], [0.4], [1.0]])
    hard = n(borders.hard_share)(contested=contested)
    assert (np.diff(hard, axis=0) > 0).all() and hard[-1] == N.hard_section_share
    everything = N.replace(hard_section_least=1.0).bind(borders.hard_share)(contested=contested)
    assert (everything == 1).all()


# --- leadership, trust, choice ---


@pytest.mark.parametrize("members", MEMBERS)
def test_old_age_raises_the_hazard_of_death_and_tenure_lowers_that_of_overthrow(members):
    zero = np.zeros((C, members))
    young, old = (n(leadership.exit_hazards)(age=zero + age, tenure=zero) for age in (60.0, 80.0))
    assert (old[0] > young[0]).all()
    new, settled = (n(leadership.exit_hazards)(age=zero + 60, tenure=zero + tenure) for tenure in (0.0, 20.0))
    assert (settled[2] < new[2]).all()


@pytest.mark.parametrize("members", MEMBERS)
def test_a_scripted_turnover_moves_trust_by_exactly_rho_times_personalism(members):
    before = everywhere(0.2, members)
    turnover, openness, old = (np.zeros((C, members)) for _ in range(3))
    turnover[4], openness[4], old[4] = 1.0, 0.9, 0.8
    after = n(leadership.trust_after_turnover)(
        trust=before, turnover=turnover, openness=openness, previous_personalism=old, others=OTHERS
    )
    promise = N.newcomer_trust + N.newcomer_openness_effect * (2 * 0.9 - 1)
    assert after[0, 4] == pytest.approx(0.2 + N.trust_reset * 0.8 * (promise - 0.2))
    assert after[4, 0] == pytest.approx(0.2 + N.own_reset * N.trust_reset * 0.8 * (N.newcomer_trust - 0.2))
    assert (after[0, 1] == 0.2).all()


@given(together(PAIR, PAIR, PAIR, PAIR))
def test_trust_stays_in_bounds_and_good_news_helps(x):
    now, good, bad, strength = x
    now = np.where(OTHERS, np.clip(now, 0.01, 0.99), 0)
    after, better = (
        n(trust.trust_after)(
            trust=now, good=3 * good + more, bad=3 * bad, strength=strength, others=OTHERS, neighbours=NEIGHBOURS
        )
        for more in (0, 1)
    )
    assert (after[BETWEEN] >= N.trust_least).all() and (after[BETWEEN] <= N.trust_most).all()
    assert (better >= after).all()


def test_two_good_things_in_a_quarter_count_twice():
    no = dict.fromkeys(list(inspect.signature(trust.good_news).parameters)[:7], np.zeros((C, C, 1), dtype=bool))
    yes = np.ones((C, C, 1), dtype=bool)
    assert np.allclose(n(trust.good_news)(**no | {"summit": yes}), 1)
    assert np.allclose(n(trust.good_news)(**no | {"summit": yes, "meeting": yes}), 2)


@given(together((C,), (C,), (C,)), st.floats(0, 0.5))
def test_a_more_willing_leader_never_eases_less_with_the_same_random_number(x, more):
    border, other, u = x
    willing = np.linspace(-2, 2, C)[:, None] + np.zeros_like(border)
    less, harder = (
        n(choice.posture_step)(
            posture=border,
            posture_of_other=other,
            willingness=willing + extra,
            personalism=np.full(border.shape[-1], 0.5),
            u=u,
        )
        for extra in (0.0, more)
    )
    assert (harder >= less).all()


def test_threat_pulls_the_trusting_together_and_drives_the_distrustful_apart():
    nothing = np.zeros((C, 1))
    terms = n(choice.willingness_terms)(
        trust=np.array([[0.1], [0.9], [0.45], [0.5], [0.2]]),
        trade_gain=nothing,
        grievance=nothing,
        threat=nothing + 0.5,
        agreement=nothing,
        openness=nothing[0],
        nationalism=nothing[0],
    )
    assert terms["threat"][0] < 0 < terms["threat"][1]
    assert terms["threat"][2] == pytest.approx(0)


def test_sovereignty_costs_fade_and_higher_rungs_cost_more():
    costs_of = N.replace(sovereignty_cost=0.35).bind(choice.costs_of)
    by_year = {t: costs_of(rungs=range(4), years_since_1992=t) for t in (0.0, 40.0)}
    costs = {(rung, t): cost for t, costs_then in by_year.items() for rung, cost in enumerate(costs_then)}
    assert costs[3, 0.0] > costs[2, 0.0] > costs[1, 0.0] > costs[0, 0.0]
    assert costs[2, 40.0] < costs[2, 0.0]
    assert costs[0, 40.0] == costs[0, 0.0]


def test_a_state_that_is_cut_off_blames_who_did_it_and_a_leaver_is_blamed_by_all():
    left, cut_by = np.zeros((C, 3)), np.zeros((C, C, 3))
    left[2, 0] = left[2, 1] = 1.0
    cut_by[2, 4, 1] = 1.0
    blame = trust.grid_exit_blame(left=left, cut_by=cut_by)
    assert (blame[:, 2, 0] == 1).all() and blame[..., 0].sum() == C  # left by itself
    assert blame[2, 4, 1] == 1 and blame[..., 1].sum() == 1  # cut off
    assert (blame[..., 2] == 0).all()


@pytest.mark.parametrize("members", MEMBERS)
def test_swaps_leave_the_winter_release_and_add_to_the_summer(members):
    def plan(bargain, year):
        power, forgone = n(water.winter_release_forgone)(years_since_1992=year - 1992.0)
        return n(water.toktogul_plan)(
            storage=np.full(members, 12.0),
            inflow_of_year=np.full(members, 12.3),
            bargain=np.full(members, bargain),
            power_release=power,
            release_forgone=forgone,
            residual=np.zeros(members),
            swapping=float(year >= N.swaps_begin),
        )

    (summer, winter), (summer_kept, winter_kept) = plan(0.0, 2025.0), plan(1.0, 2025.0)
    assert np.array_equal(winter, winter_kept) and np.allclose(summer_kept - summer, N.swap_summer_km3)
    assert (plan(1.0, 2005.0)[1] < plan(0.0, 2005.0)[1]).all()


def test_trust_without_a_common_border_moves_less():
    zero, half = np.zeros((C, C, 1)), np.where(OTHERS, 0.5, 0.0)
    after = n(trust.trust_after)(
        trust=half, good=zero + 1, bad=zero, strength=zero + 1, others=OTHERS, neighbours=NEIGHBOURS
    )
    assert after[0, 2, 0] < after[0, 1, 0]  # Kazakhstan: Tajikistan, Kyrgyzstan
    same = N.replace(contact_without_border=1.0).bind(trust.trust_after)(
        trust=half, good=zero + 1, bad=zero, strength=zero + 1, others=OTHERS, neighbours=NEIGHBOURS
    )
    assert same[0, 2, 0] == same[0, 1, 0]


# --- organisations ---


@given(st.sampled_from(MEMBERS).flatmap(lambda members: arrays(bool, (C, members))))
def test_a_meeting_needs_a_quorum_and_both_core_states(willing):
    attended = n(organisations.meeting_held)(willing=willing, core=CENTRAL_ASIA.core_states)
    held = attended.any(axis=0)
    assert (attended.sum(axis=0)[held] >= 3).all()
    assert attended[list(CENTRAL_ASIA.core_states)][:, held].all()
    assert not (attended & ~willing).any()


@given(together((4, C), elements=st.sampled_from([0.0, 1.0])))
def test_overlap_is_symmetric_and_within_bounds(x):
    overlap = organisations.overlap(memberships=x[0])
    assert np.allclose(overlap, transpose(overlap))
    assert (overlap >= 0).all() and (overlap <= 1).all()
