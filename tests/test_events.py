"""What each event changes, and that it stops when it ends."""

import numpy as np
import pytest

from cairn import run
from cairn.core.forcing import Forcing
from cairn.core.geography import CODES
from cairn.core.state import BLOCKS, variables_of
from cairn.events import InstantEvent, event_types
from cairn.model import CentralAsia
from cairn.scenario.scenario import Scenario

BARE = Scenario.model_validate({"name": "bare", "title": "nothing", "question": "what if nothing happens?"})


def forcing_in(year: float, **event):
    """What is given in a quarter, with one event in the scenario."""
    model = CentralAsia(BARE.with_events(it={"why": "a test", **event}), members=2, seed=1, collect=False)
    model.run_for(round((year - 1992) * 4) + 1)
    return model.context.forcing


@pytest.mark.parametrize("kind", event_types().values(), ids=lambda kind: kind.__name__)
def test_an_event_declares_what_it_writes(kind):
    known = variables_of(BLOCKS) if issubclass(kind, InstantEvent) else Forcing.variables.keys() | {"memberships"}
    assert set(kind.writes) <= set(known)
    assert kind.writes or kind.__name__ == "Parameter"  # which changes parameters, not the forcing


@pytest.mark.parametrize(
    ("event", "field", "place", "before", "during", "after"),
    [
        ({"type": "unrest", "country": "KGZ", "level": 0.7}, "unrest", (1, 0), 0, 0.7, 0),
        ({"type": "visa_regime", "pairs": ["TJK-UZB"], "level": 0.5}, "visa", (4, 2, 0), 0, 0.5, 0),
        ({"type": "transport_link", "pairs": ["TJK-UZB"], "mode": "rail"}, "links_cut", (2, 4, 0), 0, 0.4, 0),
        ({"type": "border_closure", "pairs": ["KAZ-UZB"], "openness": 0.2}, "closure_cap", (0, 4, 1), 1, 0.2, 1),
        ({"type": "mining", "pairs": ["TJK-UZB"]}, "mined_cap", (2, 4, 1), 1, 0.7, 1),
        ({"type": "demining", "pairs": ["TJK-UZB"]}, "demined", (2, 4, 1), 0, 1, 0),
        ({"type": "border_opening", "pairs": ["KAZ-UZB"], "openness": 0.8}, "opening_floor", (4, 0, 1), 0, 0.8, 0),
        ({"type": "freeze", "pairs": ["KAZ-TJK"]}, "frozen", (2, 0, 1), 0, 1, 0),
        ({"type": "war", "pairs": ["KGZ-TJK"], "deaths": 40}, "given_deaths", (2, 1, 1), 0, 40, 0),
        ({"type": "war", "pairs": ["KGZ-TJK"]}, "closure_cap", (1, 2, 1), 1, 0, 1),
        ({"type": "war", "pairs": ["KGZ-TJK"]}, "talks_barred", (1, 2, 1), 0, 1, 0),
        ({"type": "summit_series", "countries": ["KAZ", "UZB", "TKM"]}, "convened", (3, 0), 0, 1, 0),
        ({"type": "leader_stays", "country": "TKM"}, "stays", (3, 0), 0, 1, 0),
        ({"type": "sanctions", "partner": "RUS", "access": 0.5}, "outside_ease", (3, 0, 0), 1, 0.5, 1),
        ({"type": "energy_crisis", "countries": ["KGZ"], "demand": 1.2}, "winter_demand_factor", (1, 0), 1, 1.2, 1),
        ({"type": "energy_crisis", "countries": ["TJK"], "fuel": 0.5}, "fuel_factor", (2, 0), 1, 0.5, 1),
        ({"type": "wet_years", "rivers": ["syr_darya"], "inflow": 1.3}, "flow_factor", (0, 0), 1, 1.3, 1),
        ({"type": "agreement", "pairs": ["KAZ-KGZ"], "floor": 0.6}, "agreement_floor", (1, 0, 0), 0, 0.6, 0),
        ({"type": "grid", "country": "TKM"}, "grid", (3, 0), 1, 0, 1),
        ({"type": "pandemic", "openness": 0.3}, "closure_cap", (1, 2, 0), 1, 0.3, 1),
        ({"type": "pandemic", "openness": 0.3}, "meeting_barred", (0,), 0, 1, 0),
        ({"type": "drought", "rivers": ["amu_darya"], "inflow": 0.8}, "flow_factor", (1, 0), 1, 0.8, 1),
        ({"type": "growth_path", "rates": {"KAZ": 0.05}}, "growth", (0, 0), np.nan, 0.05, np.nan),
        ({"type": "leader_lottery", "countries": ["TJK"]}, "lottery", (2, 0), 0, 1, 0),
        (
            {"type": "membership", "organisation": "CSTO", "countries": ["KAZ"], "led_by_russia": True},
            "led_by_russia",
            (0, 0),
            0,
            1,
            0,
        ),
    ],
    ids=lambda x: x.get("type") if isinstance(x, dict) else None,
)
def test_an_interval_event_is_in_force_from_its_start_to_its_end(event, field, place, before, during, after):
    span = {"start": "1994-01", "end": "1995-01"}
    for year, value in ((1993.75, before), (1994.0, during), (1994.75, during), (1995.0, after)):
        assert np.array_equal(getattr(forcing_in(year, **event, **span), field)[place], value, equal_nan=True), year


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"type": "threat", "theatre": "south", "spillover": {1994: 0.2, 1996: 0.6}}, "spillover"),
        ({"type": "threat", "theatre": "north", "external": {1994: 0.2, 1996: 0.6}}, "external_threat"),
        ({"type": "c5plus1", "support": {1994: 0.2, 1996: 0.6}}, "partner_support"),
        ({"type": "patron_pull", "pull": {1994: 0.2, 1996: 0.6}}, "bloc_level"),
        ({"type": "reexports", "activity": {1994: 0.2, 1996: 0.6}}, "reexport_level"),
    ],
    ids=lambda x: x.get("type") if isinstance(x, dict) else None,
)
def test_a_time_series_goes_straight_between_its_figures_and_stays_at_the_last(event, field):
    for year, value in ((1994, 0.2), (1995, 0.4), (1996, 0.6), (1998, 0.6)):
        assert getattr(forcing_in(year, **event), field)[0] == pytest.approx(value, abs=1e-3)


def test_better_use_of_water_lowers_demand():
    assert forcing_in(1995, type="water_efficiency", demand={1992: 1.0, 1998: 0.8}).demand_factor[0] == pytest.approx(
        0.9, abs=1e-3
    )


def test_a_dam_fills_and_stands():
    dam = {"type": "reservoir", "reservoir": "rogun", "volume_km3": 12.0, "mw": 3600, "start": 1994, "end": 1997}
    halfway, done = forcing_in(1995.25, **dam), forcing_in(1999, **dam)
    assert halfway.capacity_km3[3, 0] == pytest.approx(6.0) and halfway.filling_km3[3, 0] == pytest.approx(1.0)
    assert done.capacity_km3[3, 0] == 12.0 and done.filling_km3[3, 0] == 0


def test_a_canal_takes_more_until_it_is_finished_and_less_when_lined():
    canal = {"type": "canal", "start": 1994, "finish": 1998, "intake_km3": 10}
    taken = [forcing_in(year, **canal).canal_km3[0] for year in (1994, 1996, 1998, 2000)]
    assert taken == pytest.approx([0, 3.75, 7.5, 7.5])
    lined = forcing_in(2000, **canal, lined=1.0).canal_km3[0]
    assert lined == pytest.approx(7.5 * 0.7)


def test_a_corridor_carries_more_until_it_is_finished():
    railway = {
        "type": "corridor",
        "name": "a railway",
        "pairs": ["KGZ-UZB"],
        "outside": ["CHN"],
        "countries": ["KGZ", "UZB"],
        "start": 1994,
        "finish": 1996,
        "level": 0.6,
        "cost_usd_bn": 4.7,
    }
    halfway, done = forcing_in(1995, **railway), forcing_in(1997, **railway)
    assert halfway.corridor_floor[1, 4, 0] == halfway.corridor_floor[4, 1, 0] == pytest.approx(0.3)
    assert done.corridor_floor[1, 4, 0] == pytest.approx(0.6)
    assert done.outside_ease[4, 1, 0] == pytest.approx(np.exp(0.25 * 0.6)) and done.outside_ease[0, 1, 0] == 1
    with_, without = (
        run(s, members=30, seed=1, to_year=1999) for s in (BARE.with_events(it=railway | {"why": "test"}), BARE)
    )
    more = (with_.trade_outside_usd_bn / without.trade_outside_usd_bn).isel(time=-1).mean("member")
    assert (more.sel(country=["KGZ", "UZB"]) > 1).all() and (more.sel(country="UZB") > more.sel(country="TKM")).all()


def test_mines_are_gone_once_cleared():
    mined = BARE.with_events(
        mines={"type": "mining", "pairs": ["TJK-UZB"], "start": 1993, "openness": 0.1, "why": "a test"},
        cleared={"type": "demining", "pairs": ["TJK-UZB"], "start": 1995, "why": "a test"},
    )
    result = run(mined, members=4, seed=1, to_year=1996)
    openness = result.openness.sel(pair="TJK-UZB")
    assert (openness.sel(time="1994-10-01") <= 0.1 + 1e-6).all() and (openness.sel(time="1995-01-01") > 0.1).all()


def after_event(quarters, members=6, **event):
    """States of a run with one event and of one without."""
    models = [
        CentralAsia(s, members, 2, collect=False) for s in (BARE.with_events(it={"why": "a test", **event}), BARE)
    ]
    for model in models:
        model.run_for(quarters)
    return [model.state for model in models]


def test_a_treaty_delimits_a_border_once_and_for_all():
    with_, without = after_event(12, type="delimitation_treaty", pairs=["KGZ-TJK"], date=1994, delimited=0.9)
    assert (with_.borderlands.undelimited_share[1, 2] <= 0.1 + 1e-12).all()
    assert (without.borderlands.undelimited_share[1, 2] == 1).all()


def test_a_clash_kills_shuts_the_border_and_costs_trust():
    with_, without = after_event(9, type="clash", border="KGZ-TJK", date="1994-01", deaths=50)
    assert (with_.borderlands.deaths[1, 2] >= 50).all()
    assert (with_.relations.trust[1, 2] < without.relations.trust[1, 2]).all()
    assert (with_.relations.posture[1, 2] < without.relations.posture[1, 2]).all()


def test_frozen_relations_stay_as_they_were_and_others_move_on():
    model = CentralAsia(
        BARE.with_events(it={"type": "freeze", "pairs": ["KAZ-UZB"], "start": 1994, "why": "a test"}),
        4,
        2,
        collect=False,
    )
    model.run_for(8)
    before = model.state
    model.run_for(12)
    for name in ("trust", "posture", "agreement", "openness", "dialogue"):
        now, old = model.state.array(name), before.array(name)
        assert np.array_equal(now[0, 4], old[0, 4]), name
        assert not np.array_equal(now, old), name


def test_a_series_of_summits_is_held_each_year_and_makes_no_members():
    with_, _ = after_event(15, type="summit_series", start=1994, countries=["KAZ", "TJK", "TKM", "UZB"])
    assert with_.organisation.attended[[0, 2, 3, 4]].all()
    assert with_.relations.met_at_regional_meeting[0, 3].all()
    assert not with_.organisation.in_organisation[3].any()


def test_no_lottery_takes_a_leader_who_stays():
    lottery = {"type": "leader_lottery", "start": 1992, "why": "a test"}
    stays = {"type": "leader_stays", "country": "KGZ", "start": 1992, "end": 2002, "why": "a test"}
    result = run(BARE.with_events(all=lottery, one=stays), members=200, seed=1, to_year=2005)
    went = result.leader_changed.sel(country="KGZ").groupby("time.year").sum().sum("member")
    assert float(went.sel(year=slice(1992, 2001)).sum()) == 0 < float(went.sel(year=slice(2002, 2005)).sum())


def test_a_drawn_successor_is_another_one_in_each_member():
    drawn = {"type": "succession", "country": "TJK", "manner": "handover", "drawn": True, "date": 1994, "why": "a test"}
    result = run(BARE.with_events(it=drawn), members=60, seed=1, to_year=1994)
    openness = result.leader_openness.sel(country="TJK", time="1994-01-01").values
    assert len(np.unique(openness)) > 50 and 0.1 < openness.mean() < 0.9
    assert (result.leader_changed.sel(country="TJK", time="1994-01-01") == 1).all()


def test_the_last_to_begin_says_whether_a_state_is_in_the_grid():
    scenario = BARE.with_events(
        out={"type": "grid", "country": "TKM", "start": 1993, "why": "a test"},
        back={"type": "grid", "country": "TKM", "action": "join", "start": 1995, "end": 1997, "why": "a test"},
    )
    result = run(scenario, members=1, seed=1, to_year=1998).in_grid.sel(country="TKM", member=0)
    assert [float(result.sel(time=f"{y}-04-01")) for y in (1992, 1994, 1996, 1998)] == [1, 0, 1, 0]


def test_less_power_than_water_gives_caps_what_a_dam_makes():
    dam = {"type": "reservoir", "reservoir": "rogun", "volume_km3": 12.0, "start": 1993, "end": 1996}
    small, large = (
        run(BARE.with_events(it=dam | {"mw": mw, "why": "test"}), members=1, seed=1, to_year=1998) for mw in (20, 3600)
    )
    gain = (large.hydropower_gwh - small.hydropower_gwh).sel(country="TJK", time=slice("1997", None))
    assert (gain > 1000).all()


def test_a_parameter_changes_from_a_date_on_for_all_or_some():
    def gain_term(year, **more):
        event = {"type": "parameter", "name": "gain_weight", "value": 0.0, "start": 1994, "end": 1996, "why": "test"}
        model = CentralAsia(BARE.with_events(it=event | more), 3, 1, collect=False)
        model.run_for(round((year - 1992) * 4) + 1)
        return [float(np.abs(c.willingness_terms()["gain"]).max()) for c in model.countries]

    assert min(gain_term(1993.75)) > 0 and max(gain_term(1994)) == 0 and min(gain_term(1996)) > 0
    some = gain_term(1995, countries=["KGZ"])
    assert some[1] == 0 and min(some[0], *some[2:]) > 0


def test_parameters_that_change_do_so_in_their_scenario_only():
    changed = BARE.with_events(
        one={"type": "parameter", "name": "trust_gain", "value": 0.09, "start": 1993, "why": "a test"},
        two={
            "type": "parameter",
            "name": "bloc_exposure",
            "value": 0.2,
            "countries": ["TKM"],
            "start": 1993,
            "why": "a test",
        },
    )
    both = CentralAsia([BARE, changed, BARE], 2, 1, collect=False)
    alone = [CentralAsia(s, 2, 1, collect=False) for s in (BARE, changed)]
    for model in (both, *alone):
        model.run_for(16)
    trust = both.state.relations.trust
    assert np.array_equal(trust[..., :2], alone[0].state.relations.trust)
    assert np.array_equal(trust[..., 2:4], alone[1].state.relations.trust)
    assert not np.array_equal(trust[..., 2:4], trust[..., 4:])


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"type": "parameter", "name": "trust_gian", "value": 0.05, "start": 2000}, "no parameter"),
        ({"type": "parameter", "name": "trust_gain", "value": 5, "start": 2000}, r"outside \[0.02, 0.09\]"),
        ({"type": "parameter", "name": "trust_gain", "value": 0.05, "start": 2000, "countries": ["KAZ"]}, "region"),
        ({"type": "parameter", "name": "initial_trust", "value": 0.5, "start": 2000}, "cannot change"),
        ({"type": "succession", "country": "TJK", "manner": "death", "date": 2000}, "needs leader"),
        (
            {"type": "succession", "country": "TJK", "manner": "death", "date": 2000, "drawn": True, "born": 1960},
            "born",
        ),
        ({"type": "delimitation_treaty", "pairs": ["KAZ-TJK"], "date": 2000}, "no common border"),
        ({"type": "threat", "theatre": "somewhere"}, "dated figures"),
        ({"type": "grid", "country": "TKM", "start": True}, "not a date"),
        ({"type": "unrest", "country": "TKM", "start": 2000, "level": True}, "valid number"),
        ({"type": "unrest", "country": "TKM", "start": 2000, "level": float("nan")}, "finite"),
        ({"type": "organisation", "action": "found", "date": 2000}, "needs members"),
    ],
)
def test_what_an_event_cannot_be_is_refused(event, says):
    with pytest.raises(ValueError, match=says):
        BARE.with_events(it={"why": "a test", **event})


def test_flow_declines_with_the_climate():
    trend = forcing_in(1996, type="climate_trend", start=1994, per_year=-0.01)
    assert trend.flow_factor[0, 0] == pytest.approx(0.98)


def test_an_organisation_is_founded_takes_in_and_ends():
    scenario = BARE.with_events(
        found={
            "type": "organisation",
            "action": "found",
            "date": 1993,
            "members": ["KAZ", "KGZ", "UZB"],
            "why": "a test",
        },
        admit={"type": "organisation", "action": "admit", "date": 1994, "members": ["TJK"], "why": "a test"},
        absorb={"type": "organisation", "action": "absorb", "date": 1995, "why": "a test"},
    )
    model = CentralAsia(scenario, members=20, seed=1, collect=False)
    model.run_for(5)
    now = model.state.organisation
    assert now.organisation_alive.all() and now.in_organisation[CODES.index("KAZ")].all()
    model.run_for(4)
    now = model.state.organisation
    assert now.organisation_alive.any() and now.in_organisation[CODES.index("TJK"), now.organisation_alive].all()
    model.run_for(4)
    now = model.state.organisation
    assert not now.organisation_alive.any() and not now.in_organisation.any()


def test_an_event_acts_on_the_members_of_its_scenario_only():
    dry = BARE.with_events(it={"type": "drought", "inflow": 0.5, "start": 1992, "why": "a test"})
    model = CentralAsia([BARE, dry, BARE], members=2, seed=1, collect=False)
    model.run_for(2)
    assert model.context.forcing.flow_factor[0].tolist() == [1, 1, 0.5, 0.5, 1, 1]


def test_leaving_the_grid_costs_the_leaver_trust_once():
    leave = BARE.with_events(it={"type": "grid", "country": "UZB", "start": 1994, "why": "a test"})
    with_, without = (run(s, members=6, seed=2, to_year=1994) for s in (leave, BARE))
    lost = (without.trust - with_.trust).sel(partner="UZB", country="KAZ")
    assert float(np.abs(lost.sel(time=slice(None, "1993-12"))).max()) == 0
    assert (lost.sel(time="1994-01-01") > 0.01).all()


def test_a_drought_lowers_flow_and_raises_shortage_downstream():
    dry = BARE.with_events(it={"type": "drought", "inflow": 0.6, "start": 1994, "end": 1996, "why": "a test"})
    with_, without = (run(s, members=10, seed=2, to_year=1995) for s in (dry, BARE))
    in_1995 = {"time": "1995-07-01", "country": "UZB"}
    assert (with_.shortage.sel(in_1995) >= without.shortage.sel(in_1995)).all()
    assert float(with_.shortage.sel(in_1995).mean()) > float(without.shortage.sel(in_1995).mean()) + 0.1
