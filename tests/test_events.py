"""What each event does to the world, and that it stops when it ends."""

import numpy as np
import pytest

from model import run
from model.countries import CODES
from model.scenario import Scenario
from model.world import CentralAsia

BARE = Scenario.model_validate({"name": "bare", "title": "nothing", "question": "what if nothing happens?"})


def given_in(year: float, **event):
    """What is given in a quarter, with one event in the scenario."""
    model = CentralAsia(BARE.plus(it={"why": "a test", **event}), members=2, seed=1, collect=False)
    model.run_for(round((year - 1992) * 4) + 1)
    return model.scene.given


@pytest.mark.parametrize(
    ("event", "field", "place", "before", "during", "after"),
    [
        ({"type": "unrest", "country": "KGZ", "level": 0.7}, "unrest", (0, 1), 0, 0.7, 0),
        ({"type": "visa_regime", "pairs": ["TJK-UZB"], "level": 0.5}, "visa", (0, 4, 2), 0, 0.5, 0),
        ({"type": "transport_link", "pairs": ["TJK-UZB"], "mode": "rail"}, "links_cut", (0, 2, 4), 0, 0.4, 0),
        ({"type": "border_closure", "pairs": ["KAZ-UZB"], "openness": 0.2}, "closure_cap", (1, 0, 4), 1, 0.2, 1),
        ({"type": "mining", "pairs": ["TJK-UZB"]}, "closure_cap", (1, 2, 4), 1, 0.7, 1),
        ({"type": "agreement", "pairs": ["KAZ-KGZ"], "floor": 0.6}, "agreement_floor", (0, 1, 0), 0, 0.6, 0),
        ({"type": "grid", "country": "TKM"}, "grid", (0, 3), 1, 0, 1),
        ({"type": "pandemic", "openness": 0.3}, "closure_cap", (0, 1, 2), 1, 0.3, 1),
        ({"type": "pandemic", "openness": 0.3}, "meeting_barred", (0, 0), 0, 1, 0),
        ({"type": "drought", "rivers": ["amu_darya"], "inflow": 0.8}, "flow_factor", (0, 1), 1, 0.8, 1),
        ({"type": "growth_path", "rates": {"KAZ": 0.05}}, "growth", (0, 0), np.nan, 0.05, np.nan),
        ({"type": "leader_lottery", "countries": ["TJK"]}, "lottery", (0, 2), 0, 1, 0),
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
def test_a_lasting_event_is_in_force_from_its_start_to_its_end(event, field, place, before, during, after):
    span = {"start": "1994-01", "end": "1995-01"}
    for year, value in ((1993.75, before), (1994.0, during), (1994.75, during), (1995.0, after)):
        assert np.array_equal(getattr(given_in(year, **event, **span), field)[place], value, equal_nan=True), year


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"type": "threat", "theatre": "south", "spillover": {1994: 0.2, 1996: 0.6}}, "spillover"),
        ({"type": "threat", "theatre": "north", "external": {1994: 0.2, 1996: 0.6}}, "external_threat"),
        ({"type": "c5plus1", "support": {1994: 0.2, 1996: 0.6}}, "partner_support"),
        ({"type": "patron_pull", "pull": {1994: 0.2, 1996: 0.6}}, "bloc_level"),
        ({"type": "reexports", "activity": {1994: 0.2, 1996: 0.6}}, "reexport_level"),
        ({"type": "canal", "intake_km3": {1994: 0.2, 1996: 0.6}}, "canal_km3"),
    ],
    ids=lambda x: x.get("type") if isinstance(x, dict) else None,
)
def test_a_path_goes_straight_between_its_figures_and_stays_at_the_last(event, field):
    for year, value in ((1994, 0.2), (1995, 0.4), (1996, 0.6), (1998, 0.6)):
        assert getattr(given_in(year, **event), field)[0, 0] == pytest.approx(value, abs=1e-3)


def test_better_use_of_water_lowers_demand():
    assert given_in(1995, type="water_efficiency", demand={1992: 1.0, 1998: 0.8}).demand_factor[0, 0] == pytest.approx(
        0.9, abs=1e-3
    )


def test_a_dam_fills_and_stands():
    dam = {"type": "reservoir", "reservoir": "rogun", "volume_km3": 12.0, "start": 1994, "end": 1997}
    halfway, done = given_in(1995.25, **dam), given_in(1999, **dam)
    assert halfway.capacity_km3[0, 3] == pytest.approx(6.0) and halfway.filling_km3[0, 3] == pytest.approx(1.0)
    assert done.capacity_km3[0, 3] == 12.0 and done.filling_km3[0, 3] == 0


def test_flow_declines_with_the_climate():
    trend = given_in(1996, type="climate_trend", start=1994, per_year=-0.01)
    assert trend.flow_factor[0, 0] == pytest.approx(0.98)


def test_an_organisation_is_founded_takes_in_and_ends():
    world = BARE.plus(
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
    model = CentralAsia(world, members=20, seed=1, collect=False)
    model.run_for(5)
    assert model.state.alive.all() and model.state.member[:, CODES.index("KAZ")].all()
    model.run_for(4)
    alive = model.state.alive[:, 0]
    assert model.state.member[alive][:, CODES.index("TJK")].all()
    model.run_for(4)
    assert not model.state.alive.any() and not model.state.member.any()


def test_an_event_acts_on_the_members_of_its_scenario_only():
    dry = BARE.plus(it={"type": "drought", "inflow": 0.5, "start": 1992, "why": "a test"})
    model = CentralAsia([BARE, dry, BARE], members=2, seed=1, collect=False)
    model.run_for(2)
    assert model.scene.given.flow_factor[:, 0].tolist() == [1, 1, 0.5, 0.5, 1, 1]


def test_leaving_the_grid_costs_the_leaver_trust_once():
    leave = BARE.plus(it={"type": "grid", "country": "UZB", "start": 1994, "why": "a test"})
    with_, without = (run(s, members=6, seed=2, to_year=1994) for s in (leave, BARE))
    lost = (without.trust - with_.trust).sel(partner="UZB", country="KAZ")
    assert float(np.abs(lost.sel(time=slice(None, "1993-12"))).max()) == 0
    assert (lost.sel(time="1994-01-01") > 0.01).all()


def test_a_drought_lowers_flow_and_raises_shortage_downstream():
    dry = BARE.plus(it={"type": "drought", "inflow": 0.6, "start": 1994, "end": 1996, "why": "a test"})
    with_, without = (run(s, members=10, seed=2, to_year=1995) for s in (dry, BARE))
    in_1995 = {"time": "1995-07-01", "country": "UZB"}
    assert (with_.shortage.sel(in_1995) >= without.shortage.sel(in_1995)).all()
    assert float(with_.shortage.sel(in_1995).mean()) > float(without.shortage.sel(in_1995).mean()) + 0.1
