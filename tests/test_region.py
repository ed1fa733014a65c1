"""The model of another region: three invented states, two rivers, two borders, on the same code and other tables."""

import itertools
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import cairn
from cairn.core.geography import Geography
from cairn.core.inputs import Inputs
from cairn.core.pairs import transpose
from cairn.core.parameters import OutOfRange, Parameters
from cairn.core.variables import Block, variable
from cairn.model import CentralAsia
from cairn.scenario.scenario import Scenario
from cairn.step.measures import DIMENSIONS
from cairn.step.submodels import Submodel

TOY = Path(__file__).parent / "data" / "toy"
GEOGRAPHY = Geography.load(TOY)
INPUTS = Inputs.load(GEOGRAPHY, TOY)
QUARTERS, MEMBERS = 80, 5
LEADERS = {
    "alf_1992": ("ALF", 1992, "inherited", "leader_a", 0.6, 0.3, 0.5),
    "bet_1992": ("BET", 1992, "inherited", "leader_b", 0.3, 0.6, 0.9),
    "bet_1998": ("BET", 1998, "election", "leader_c", 0.8, 0.3, 0.4),
    "gam_1992": ("GAM", 1992, "inherited", "leader_d", 0.4, 0.4, 0.7),
}
EVENTS = {
    "club": {"type": "organisation", "action": "found", "date": 1996, "members": ["ALF", "BET"]},
    "dam": {
        "type": "reservoir",
        "reservoir": "north_high",
        "volume_km3": 5.0,
        "mw": 800,
        "start": 1997,
        "end": 2000,
    },
    "dry": {"type": "drought", "rivers": ["south"], "inflow": 0.7, "start": 1999, "end": 2001},
    "closed": {"type": "border_closure", "pairs": ["GAM-BET"], "openness": 0.1, "start": 1995, "end": 1997},
    "lottery": {"type": "leader_lottery", "start": 2001},
    "sanctions": {"type": "sanctions", "partner": "EAST", "access": 0.6, "start": 2003},
    "weight": {"type": "parameter", "name": "gain_weight", "value": 0.5, "countries": ["GAM"], "start": 2002},
}


def scenario(**events) -> Scenario:
    """A scenario of the region."""
    fields = ("country", "date", "manner", "leader", "openness", "nationalism", "personalism")
    succession = {
        name: {"type": "succession", "born": 1950} | dict(zip(fields, facts, strict=True))
        for name, facts in LEADERS.items()
    }
    content = {
        "name": "toy",
        "title": "Three states",
        "question": "Does it run?",
        "events": {name: event | {"why": "a test"} for name, event in (succession | events).items()},
    }
    return Scenario.model_validate(content, context={"geography": GEOGRAPHY})


def parameters(**changes) -> Parameters:
    """Parameters by state of the region, the others as shipped."""
    by_state = {
        "income_reference_usd_bn": {"ALF": 3.0, "BET": 20.0, "GAM": 12.0},
        "syr_dependence": {"BET": 0.8, "GAM": 0.3},
        "amu_dependence": {"GAM": 0.6},
        "winter_demand_gwh": {"ALF": 8600.0, "BET": 8000.0},
        "reexport_partner_share": {"BET": 0.5},
    }
    return Parameters(geography=GEOGRAPHY, **by_state | changes)


def built(members=MEMBERS, first_member=0, events=EVENTS, quarters=QUARTERS, **options) -> CentralAsia:
    options = {"parameters": parameters(), "geography": GEOGRAPHY, "inputs": INPUTS, "collect": False} | options
    made = events if isinstance(events, Scenario | list) else scenario(**events)
    model = CentralAsia(made, members, 1, first_member=first_member, **options)
    model.run_for(quarters)
    return model


@pytest.fixture(scope="module")
def model():
    return built()


def test_all_variables_have_the_sizes_of_the_region_and_finite_values(model):
    sizes = {"country": 3, "partner": 3, "river": 2, "reservoir": 4, "economy": 5, "lag": 4}
    for name, about in model.variables.items():
        array = model.state.array(name)
        assert array.shape == (*(sizes[dim] for dim in about.dims), MEMBERS), name
        assert np.isfinite(array).all(), name
    assert [country.code for country in model.countries] == ["ALF", "BET", "GAM"]
    assert model.countries[0].trust.shape == (3, MEMBERS)
    assert (model.countries[0].storage_km3 > 0).all() and (model.countries[2].storage_km3 == 0).all()


def test_all_measures_have_the_sizes_of_the_region_and_finite_values(model):
    sizes = {"country": 3, "partner": 3, "pair": 3, "border": 2, "river": 2, "reservoir": 4}
    observed = model.observe(model.catalogue())
    for name, about in model.catalogue().items():
        assert observed[name].shape == (*(sizes[dim] for dim in about.dims), MEMBERS), name
        assert np.isfinite(observed[name]).all(), name
    for name in ("integration_index", *(f"dim_{dimension}" for dimension in DIMENSIONS)):
        assert (observed[name] >= 0).all() and (observed[name] <= 1).all(), name


def test_something_happens_in_the_region(model):
    """Events act, and no submodel stands still."""
    start = built(quarters=1)
    for name in ("trust", "posture", "pair_trade_usd_bn", "agreement", "shortage", "storage_km3", "undelimited_share"):
        assert not np.array_equal(start.state.array(name), model.state.array(name)), name
    without = built(events={})
    for name in ("trust", "storage_km3", "leader_openness", "resistance"):
        assert not np.array_equal(without.state.array(name), model.state.array(name)), name
    assert (model.state.water.storage_km3[1] > 0).all() and (without.state.water.storage_km3[1] == 0).all()


def test_water_balances_in_every_reservoir():
    model = CentralAsia(
        scenario(**EVENTS), MEMBERS, 1, parameters=parameters(), geography=GEOGRAPHY, inputs=INPUTS, collect=False
    )
    before = model.state.water.storage_km3
    for _ in range(QUARTERS):
        model.run_for(1)
        now = model.state.water
        outflow = now.release_km3 + now.spill_km3
        assert np.abs(now.storage_km3 - (before + now.inflow_km3 - outflow)).max() < 1e-9
        for lower, upper in ((0, 1), (2, 3)):
            assert np.abs(now.inflow_km3[lower] - outflow[upper]).max() < 1e-9
        assert (now.storage_km3 <= model.context.forcing.capacity_km3 + 1e-9).all()
        before = now.storage_km3


def test_trade_is_symmetric_and_diverted_where_a_border_is_closed():
    closed, open_ = built(quarters=15), built(quarters=15, events={})
    for made in (closed, open_):
        trade = made.state.trade.pair_trade_usd_bn
        assert np.allclose(trade, transpose(trade), rtol=1e-12, atol=0)
        assert (trade[~GEOGRAPHY.others[:, :, 0]] == 0).all() and (trade[GEOGRAPHY.others[:, :, 0]] > 0).all()
    less, more = (made.state.relations.openness for made in (closed, open_))
    assert (less[1, 2] <= 0.1).all() and (more[1, 2] > 0.1).all()
    assert (less[0, 2] <= 0.1).all()  # Alfa trades with Gamma through Beta


@pytest.mark.parametrize("members", [2, 3, MEMBERS])
def test_a_row_of_an_ensemble_is_the_single_run(members):
    whole = built(members)
    for m in range(members):
        alone = built(1, m)
        for name, array in whole.state.arrays().items():
            assert np.array_equal(array[..., m : m + 1], alone.state.array(name), equal_nan=True), (name, m)


def test_no_state_is_favoured_by_its_place_in_the_arrays():
    """Without random numbers: the first two quarters' trade, accessibility and willingness."""
    for order in itertools.permutations(GEOGRAPHY.codes):
        geography = Geography.load(TOY, order=order)
        other = built(
            1,
            geography=geography,
            inputs=Inputs.load(geography, TOY),
            parameters=Parameters(geography=geography),
            events={},
            quarters=1,
        )
        usual = built(1, parameters=Parameters(geography=GEOGRAPHY), events={}, quarters=1)
        back = [geography.index(code) for code in GEOGRAPHY.codes]
        for name in ("pair_trade_structural_usd_bn", "accessibility", "trade_gain", "willingness"):
            array = other.state.array(name)[back][:, back]
            assert np.allclose(array, usual.state.array(name), rtol=1e-9, atol=1e-12), (name, order)


def test_several_scenarios_of_the_region_run_side_by_side():
    one, other = scenario(**EVENTS), scenario()
    both = built(2, events=[one, other])
    for k, alone in enumerate((built(2, events=one), built(2, events=other))):
        for name, array in both.state.arrays().items():
            assert np.array_equal(array[..., 2 * k : 2 * k + 2], alone.state.array(name), equal_nan=True), name


def test_parameters_by_state_are_those_of_the_region():
    changed = parameters(bloc_exposure={"GAM": 0.1}, pair_affinity={"GAM-ALF": 0.4})
    assert changed.bloc_exposure.ravel().tolist() == [0.6, 0.6, 0.1]
    assert changed.pair_affinity.ravel().tolist() == [0, 0.4, 0]
    with pytest.raises(OutOfRange, match="bloc_exposure has one value for each state, ALF, BET, GAM; got 'UZB'"):
        parameters(bloc_exposure={"UZB": 0.1})
    with pytest.raises(ValueError, match=r"the parameters are those of KAZ, .*, the region is ALF, BET, GAM"):
        built(parameters=Parameters())


def test_the_shipped_posterior_is_not_used_in_another_region():
    model = built(parameters=None, quarters=4)
    assert model.parameters.changed() == {}
    assert np.isfinite(model.state.relations.trust).all()


def test_inputs_default_to_the_folder_of_the_region():
    with pytest.raises(KeyError, match="ALF"):  # the shipped tables know nothing of these states
        Inputs.load(GEOGRAPHY)


ALL = [
    {"type": "unrest", "country": "ALF", "level": 0.5, "start": 1994},
    {"type": "leader_stays", "country": "ALF", "start": 1994},
    {"type": "summit_series", "start": 1994},
    {"type": "sanctions", "partner": "EAST", "access": 0.5, "start": 1994},
    {"type": "energy_crisis", "countries": ["BET"], "demand": 1.2, "start": 1994},
    {"type": "drought", "inflow": 0.5, "start": 1994},
    {"type": "climate_trend", "per_year": -0.01, "start": 1994},
    {"type": "parameter", "name": "gain_weight", "value": 0.1, "countries": ["GAM"], "start": 1994},
    {"type": "war", "pairs": ["ALF-BET"], "start": 1994, "end": 1995},
    {"type": "freeze", "pairs": ["ALF-GAM"], "start": 1994},
    {"type": "visa_regime", "pairs": ["ALF-GAM"], "start": 1994},
    {"type": "succession", "country": "GAM", "date": 1994, "manner": "handover", "drawn": True},
    {"type": "corridor", "name": "a road", "start": 1994, "finish": 1996, "pairs": ["ALF-GAM"], "outside": ["WEST"],
     "countries": ["GAM"], "cost_usd_bn": 1.0},
    {"type": "growth_path", "rates": {"ALF": 0.1}, "start": 1994},
    {"type": "membership", "organisation": "a club", "countries": ["BET"], "start": 1994},
    {"type": "pandemic", "openness": 0.1, "start": 1994, "end": 1995},
    {"type": "grid", "country": "ALF", "start": 1994},
    {"type": "clash", "border": "BET-GAM", "date": 1994, "deaths": 20},
    {"type": "delimitation_treaty", "pairs": ["BET-ALF"], "date": 1994},
    {"type": "canal", "start": 1994, "finish": 1998, "intake_km3": 5.0},
    {"type": "reexports", "activity": {1994: 0.5}},
]  # fmt: skip


@pytest.mark.parametrize("event", ALL, ids=lambda event: event["type"])
def test_an_event_acts_in_the_region(event):
    with_, without = (built(2, events=events, quarters=14, parameters=None) for events in ({"it": event}, {}))
    before, after = ({**m.state.arrays(), **dict(m.context.forcing.items())} for m in (without, with_))
    assert any(not np.array_equal(before[name], after[name], equal_nan=True) for name in before if name in after)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"type": "unrest", "country": "KAZ", "level": 0.5, "start": 1994}, "'ALF', 'BET' or 'GAM'"),
        ({"type": "clash", "border": "ALF-GAM", "date": 1994, "deaths": 20}, "common border; one of ALF-BET, BET-GAM"),
        ({"type": "freeze", "pairs": ["ALF-UZB"], "start": 1994}, "one of ALF-BET, ALF-GAM, BET-GAM"),
        ({"type": "sanctions", "partner": "RUS", "access": 0.5, "start": 1994}, "'EAST' or 'WEST'"),
        ({"type": "drought", "rivers": ["syr_darya"], "inflow": 0.5, "start": 1994}, "'north' or 'south'"),
        ({"type": "energy_crisis", "countries": ["GAM"], "start": 1994}, "'ALF' or 'BET'"),
        ({"type": "reservoir", "reservoir": "north_low", "volume_km3": 5.0, "mw": 9, "start": 1994, "end": 1996},
         "'north_high' or 'south_high'"),
    ],
    ids=lambda x: x["type"] if isinstance(x, dict) else None,
)  # fmt: skip
def test_a_place_outside_the_region_is_refused_with_a_list_of_its_places(event, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        scenario(it=event)


def test_a_submodel_of_ones_own_knows_the_region():
    class HerdBlock(Block):
        cattle_mn = variable(("country",), "mn", "cattle", initial=1.0, record=True)

    class Herds(Submodel):
        block = HerdBlock

        def before_decisions(self, state, context):
            assert context.geography is GEOGRAPHY
            return {"cattle_mn": state.herds.cattle_mn * (1 - state.water.shortage)}

    model = built(submodels={"herds": Herds}, quarters=8)
    assert model.state.herds.cattle_mn.shape == (3, MEMBERS)


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("borders", "BET-GAM", "BET-KAZ", "'KAZ' is no state of this region; one of ALF, BET, GAM"),
        ("rivers", "south,BET", "south,UZB", "'UZB' is no state of this region"),
        ("routes", "ALF-GAM,BET", "ALF-GAM,TKM", "'TKM' is no state of this region"),
        ("river_parties", "north,GAM", "north,KGZ", "'KGZ' is no state of this region"),
        (
            "river_parties",
            "0.7",
            "0.6",
            "the north needs downstream states other than ALF, with shares that add up to 1",
        ),
        ("reservoirs", "south_high,south,upper,BET,invented\n", "", "two reservoirs on each river"),
        ("reservoirs", "south_high,south,upper", "south_high,south,lower", "two reservoirs on each river"),
    ],
)
def test_tables_that_contradict_each_other_are_refused(tmp_path, table, old, new, message):
    folder = tmp_path / "region"
    shutil.copytree(TOY, folder)
    file = folder / f"{table}.csv"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        Geography.load(folder)


def test_reservoirs_are_ordered_by_river_and_place_whatever_the_order_of_their_rows(tmp_path):
    folder = tmp_path / "region"
    shutil.copytree(TOY, folder)
    head, *rows = (TOY / "reservoirs.csv").read_text(encoding="utf-8").splitlines()
    (folder / "reservoirs.csv").write_text("\n".join([head, *rows[::-1]]) + "\n", encoding="utf-8")
    assert (
        Geography.load(folder).reservoirs
        == GEOGRAPHY.reservoirs
        == ("north_low", "north_high", "south_low", "south_high")
    )


@pytest.mark.parametrize("room", ["rules", "step"])
def test_no_rule_and_no_step_knows_how_many_states_there_are_or_what_they_are_called(room):
    files = sorted((Path(cairn.__file__).parent / room).glob("*.py"))
    assert files
    literal = re.compile(
        r"\b(KAZ|KGZ|TJK|TKM|UZB|CODES|CENTRAL_ASIA)\b|range\((5|7|10|20)\)|[+*/] ?(5|20)\b(?!\.)|\(5,"
    )
    for file in files:
        code = re.sub(r'"""(?:.|\n)*?"""|#.*', "", file.read_text(encoding="utf-8"))
        found = literal.search(code)
        assert not found, f"{room}/{file.name}: {found and found.group()}"
