"""What a user can add or replace without editing the package: variables, submodels, events, agents, measures."""

import dataclasses
import re
import runpy
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
import pytest
from pydantic import Field

from cairn import CentralAsia, run
from cairn.core.forcing import register_forcing
from cairn.core.geography import CODES, C, Geography
from cairn.core.parameters import OutOfRange, Parameters
from cairn.core.variables import Block, variable
from cairn.events import InstantEvent, IntervalEvent, event_types, register_event
from cairn.events.base import Country, quantity
from cairn.model import Country as CountryAgent
from cairn.model import EventWriteError
from cairn.scenario.scenario import Scenario, ScenarioError
from cairn.step.decisions import DecisionError, decide
from cairn.step.measures import register_measure
from cairn.step.submodels import SUBMODELS, Submodel, SubmodelError, TradeModel
from cairn.support.errors import InputError

QUARTERS = 12
HEAD = "title: A test\nquestion: Does it work?\n"


def built(scenario="baseline", members=5, quarters=QUARTERS, **options):
    """A model after some quarters."""
    model = CentralAsia(scenario, members, 1, collect=False, **options)
    model.run_for(quarters)
    return model


def assert_same(one, other):
    """The variables of `one` have the same bits in `other`, which may have more."""
    for name, array in one.state.arrays().items():
        assert np.array_equal(array, other.state.array(name), equal_nan=True), name


@pytest.fixture(scope="module")
def shipped():
    return built()


# --- a state variable of one's own, with its rule ---


class MigrationBlock(Block):
    """Workers abroad."""

    workers_abroad_mn = variable(("country",), "mn", "workers abroad", initial=0.1, annual="last", record=True)
    ties = variable(
        ("country", "partner"), "1", "ties of families across the border", where="neighbours", record="pair"
    )
    mood = variable((), "1", "mood in the region", initial="initial_attendance")


class Migration(Submodel):
    """Workers leave where income per head is low; a random number says how many."""

    block = MigrationBlock

    def before_decisions(self, state, context):
        u = context.draws.uniform("migration", context.geography.n_countries)
        poor = 1 / (1 + state.trade.gdp_usd_bn / context.inputs.population_mn)
        return {"workers_abroad_mn": state.migration.workers_abroad_mn + 0.1 * u * poor}

    def after_decisions(self, state, decision, acts, changes, context):
        ties = state.migration.ties + 0.1 * (changes["trust"] > 0.5) * context.geography.neighbours
        return {"ties": np.minimum(ties, 1.0)}


@pytest.mark.parametrize("made", [Migration, Migration()], ids=["class", "instance"])
def test_a_state_variable_of_ones_own_is_one_like_the_shipped_ones(shipped, made):
    model = built(submodels={"migration": made})
    abroad = model.state.migration.workers_abroad_mn
    assert abroad.shape == (C, 5) and (abroad > 0.1).all()
    assert np.array_equal(model.countries[2].workers_abroad_mn, abroad[2])
    assert model.countries[2].ties.shape == (C, 5)
    assert model.state.view(2).workers_abroad_mn.shape == (5,)
    assert (model.state.migration.mood == np.asarray(model.parameters.initial_attendance)).all()
    about = model.catalogue()["workers_abroad_mn"]
    assert (about.dims, about.unit, about.annual) == (("country",), "mn", "last")
    assert model.catalogue()["ties"].dims == ("pair",) and "mood" not in model.catalogue()
    observed = model.observe(["workers_abroad_mn", "ties", "trust_mean"])
    assert np.array_equal(observed["workers_abroad_mn"], abroad)
    assert observed["ties"].shape == (len(model.geography.pairs), 5)
    assert_same(shipped, model)  # a random stream of its own leaves the others alone
    assert "workers_abroad_mn" not in shipped.catalogue()


def test_a_member_with_variables_of_ones_own_is_the_single_run():
    whole = built(submodels={"migration": Migration})
    alone = built(members=1, submodels={"migration": Migration}, first_member=3)
    for name, array in whole.state.arrays().items():
        assert np.array_equal(array[..., 3:4], alone.state.array(name), equal_nan=True), name


def test_a_run_with_variables_of_ones_own_continues_from_a_state():
    whole, first = (built(submodels={"migration": Migration}, quarters=q) for q in (QUARTERS, 5))
    second = built(submodels={"migration": Migration}, quarters=QUARTERS - 5, start_from=(5, first.state))
    assert_same(whole, second)


# --- an event type of one's own ---


EARTHQUAKE = """
events:
  quake: {type: earthquake, country: KGZ, date: 1993-04, loss: 0.2, why: a test}
"""


@pytest.fixture
def earthquake(registry):
    return runpy.run_path(str(Path(__file__).parent / "data" / "quakes.txt"))["Earthquake"]


def test_an_event_type_of_ones_own_is_read_from_a_file_and_acts(earthquake):
    with_, without = (built(Scenario.from_text(HEAD + text), quarters=6) for text in (EARTHQUAKE, ""))
    income, usual = with_.state.trade.gdp_usd_bn, without.state.trade.gdp_usd_bn
    assert np.allclose(income[CODES.index("KGZ")], 0.8 * usual[CODES.index("KGZ")])
    assert np.array_equal(income[CODES.index("KAZ")], usual[CODES.index("KAZ")])
    assert event_types()["earthquake"] is earthquake
    assert with_.scenarios[0].events["quake"].derived_class == ""
    assert "type: earthquake" in with_.scenarios[0].text


def test_an_event_type_of_ones_own_is_checked_like_the_shipped_ones(earthquake):
    with pytest.raises(ScenarioError, match=r"events\.quake\.loss.*0\.5"):
        Scenario.from_text(HEAD + EARTHQUAKE.replace("0.2", "0.7"))
    with pytest.raises(ScenarioError, match=r"events\.quake\.country.*'KAZ', 'KGZ', 'TJK', 'TKM' or 'UZB'"):
        Scenario.from_text(HEAD + EARTHQUAKE.replace("KGZ", "RUS"))


def test_an_event_type_is_unknown_until_it_is_registered():
    with pytest.raises(ScenarioError, match="earthquake"):
        Scenario.from_text(HEAD + EARTHQUAKE)


def test_an_event_a_forcing_variable_and_a_submodel_of_ones_own_work_together(registry):
    register_forcing("remittance_tax", ("country",), "share", "tax on money sent home")

    @register_event
    class RemittanceTax(IntervalEvent):
        """A tax on money that workers send home."""

        type: Literal["remittance_tax"] = "remittance_tax"
        writes: ClassVar[tuple[str, ...]] = ("remittance_tax",)
        country: Country = Field(description="whose workers")
        rate: Annotated[float, quantity("share", 0, 1)] = Field(description="of what is sent")

        def apply(self, forcing, context, quarter):
            forcing["remittance_tax"][context.geography.index(self.country), context.mask] = self.rate

    class TaxBlock(Block):
        paid = variable(("country",), "1", "tax paid so far", annual="last", record=True)

    class Taxes(Submodel):
        block = TaxBlock

        def before_decisions(self, state, context):
            return {"paid": state.taxes.paid + context.forcing.remittance_tax}

    text = "events: {tax: {type: remittance_tax, country: TJK, start: 1992-07, end: 1993, rate: 0.25, why: a test}}"
    taxed, free = Scenario.from_text(HEAD + text), Scenario.from_text(HEAD)
    model = built([taxed, free], members=2, submodels={"taxes": Taxes})
    assert model.state.taxes.paid[CODES.index("TJK")].tolist() == [0.5, 0.5, 0, 0]
    assert model.state.taxes.paid[CODES.index("KAZ")].tolist() == [0, 0, 0, 0]
    with pytest.raises(ValueError, match="'remittance_tax' is declared already"):
        register_forcing("remittance_tax", (), "1", "another")


# --- a shipped submodel replaced ---


class HalfTrade(TradeModel):
    """Half the trade that the shipped submodel gives."""

    def before_decisions(self, state, context):
        changes = super().before_decisions(state, context)
        return {**changes, "pair_trade_usd_bn": changes["pair_trade_usd_bn"] / 2}


def test_a_submodel_of_a_shipped_name_takes_its_place(shipped):
    usual, half = built(quarters=1), built(quarters=1, submodels={"trade": HalfTrade()})
    assert np.array_equal(half.state.trade.pair_trade_usd_bn, usual.state.trade.pair_trade_usd_bn / 2)
    assert np.array_equal(half.state.trade.trade_gain, usual.state.trade.trade_gain)
    assert list(half.submodels) == list(usual.submodels)
    assert_same(shipped, built(submodels={"trade": TradeModel()}))


def test_a_replaced_submodel_may_have_variables_of_its_own():
    class CountBlock(Block):
        trading_quarters = variable((), "1", "quarters of trade", record=True)

    class CountedTrade(TradeModel):
        block = CountBlock

        def before_decisions(self, state, context):
            changes = super().before_decisions(state, context)
            return {**changes, "trading_quarters": state.array("trading_quarters") + 1}

    model = built(submodels={"trade": CountedTrade})
    assert (model.state.array("trading_quarters") == QUARTERS).all()
    assert (model.observe(["trading_quarters"])["trading_quarters"] == QUARTERS).all()


# --- agents and models of one's own ---


class Deliberate(CountryAgent):
    """Decides by the shipped function, but for itself alone."""

    def decide(self):
        self.decision = decide(self.view, self.model.context, self.parameters)


class Loner(CountryAgent):
    """Uzbekistan meets nobody; the others decide as shipped."""

    def decide(self):
        super().decide()
        if self.code == "UZB":
            decision = decide(self.view, self.model.context, self.parameters)
            self.decision = dataclasses.replace(decision, summit=np.zeros_like(decision.summit))


def test_agents_that_decide_for_themselves_give_the_run_of_the_shipped_agents(shipped):
    weight = {"type": "parameter", "name": "gain_weight", "value": 0.5, "countries": ["KGZ"], "start": 1993}
    lottery = Scenario.load("baseline").with_events(
        early={"type": "leader_lottery", "start": 1993, "why": "to use all random streams"},
        some=weight | {"why": "a test"},
    )
    assert_same(shipped, built(agent_class=Deliberate))
    for members in (1, 5):
        one, other = (built(lottery, members, 40, agent_class=kind) for kind in (CountryAgent, Deliberate))
        assert_same(one, other)


def test_an_agent_may_choose_in_another_way():
    usual, lonely = (built(quarters=40, agent_class=kind) for kind in (CountryAgent, Loner))
    assert all(isinstance(country, Loner) for country in lonely.countries)
    uzbekistan = CODES.index("UZB")
    assert (lonely.state.relations.dialogue[uzbekistan] <= usual.state.relations.dialogue[uzbekistan]).all()
    assert (lonely.state.relations.dialogue[uzbekistan] < usual.state.relations.dialogue[uzbekistan]).any()


def test_a_decision_is_of_its_quarter_only(shipped):
    class Undecided(CountryAgent):
        """Sets its decision in the first quarter, and leaves the others to the model."""

        def decide(self):
            if self.model.quarter == 0:
                self.decision = decide(self.view, self.model.context, self.parameters)

    assert_same(shipped, built(agent_class=Undecided))


def test_a_decision_that_is_returned_and_not_set_is_an_error():
    class Returning(CountryAgent):
        """Returns its decision."""

        def decide(self):
            return decide(self.view, self.model.context, self.parameters)

    with pytest.raises(TypeError, match=r"it sets `self\.decision` and returns nothing"):
        built(agent_class=Returning)


def test_a_model_may_be_derived(shipped):
    class Watched(CentralAsia):
        """Keeps mean trust of each quarter."""

        def __init__(self, *arguments, **options):
            self.trust_of_quarters = []
            super().__init__(*arguments, **options)

        def step(self):
            super().step()
            self.trust_of_quarters.append(self.measured()["trust_mean"])

    model = Watched("baseline", 5, 1, collect=False)
    model.run_for(QUARTERS)
    assert np.shape(model.trust_of_quarters) == (QUARTERS, 5)
    assert_same(shipped, model)


def test_reporters_of_ones_own_come_beside_the_shipped_ones():
    def least_trust(model):
        return float(model.state.relations.trust[model.geography.others[..., 0]].min())

    model = CentralAsia(
        "baseline",
        2,
        1,
        model_reporters={"least_trust": least_trust},
        agent_reporters={"tenure": lambda agent: float(agent.tenure.mean())},
    )
    model.run_for(3)
    frame = model.datacollector.get_model_vars_dataframe()
    assert {"least_trust", "trust_mean"} <= set(frame.columns) and (frame.least_trust < frame.trust_mean).all()
    agents = model.datacollector.get_agent_vars_dataframe()
    assert agents.tenure.loc[3.0].tolist() == pytest.approx([float(c.tenure.mean()) for c in model.countries])


def test_a_measure_of_ones_own_is_observed_and_reported(registry):
    @register_measure("least_trust", ("country",), "1", "least trust of a state in another")
    def least_trust(model):
        return np.where(model.geography.others, model.state.relations.trust, 1.0).min(axis=1)

    model = built()
    assert model.catalogue()["least_trust"].long_name == "least trust of a state in another"
    observed = model.observe(["least_trust"])["least_trust"]
    assert observed.shape == (C, 5) and (observed <= model.measured()["trust_mean"]).all()
    result = run("baseline", members=2, seed=1, to_year=1993)
    assert result.least_trust.dims == ("member", "time", "country") and result.least_trust.units == "1"
    with pytest.raises(ValueError, match="'least_trust' is registered already"):
        register_measure("least_trust", (), "1", "another")(lambda model: model.measured()["trust_mean"])


# --- errors ---


class Faulty(Submodel):
    """Returns what it is made with."""

    def __init__(self, changes):
        self.changes = changes

    def after_decisions(self, state, decision, acts, changes, context):
        return self.changes(state) if context.quarter == 2 else {}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (lambda state: {"trusst": 1.0}, "changed 'trusst', which is no variable of the state"),
        (
            lambda state: {"trust": np.ones((3, C, C))},
            "gave trust the shape (3, 5, 5); it needs (5, 5, 3), members last",
        ),
        (lambda state: {"trust": 0.5}, "gave trust the shape (); it needs (5, 5, 3), members last"),
        (lambda state: {"shortage": state.water.shortage * np.nan}, "gave shortage a value that is no finite number"),
        (lambda state: ["trust"], "returned list; it returns variables by name"),
    ],
    ids=["unknown", "shape", "scalar", "nan", "list"],
)
def test_what_a_submodel_cannot_return_is_an_error_that_names_it(changes, message):
    with pytest.raises(SubmodelError, match=f"^{re.escape(f"submodel 'mine' (Faulty) in 1992Q3 {message}")}$"):
        built(members=3, submodels={"mine": Faulty(changes)})


def test_a_submodel_that_is_not_derived_is_an_error():
    with pytest.raises(TypeError, match=r"submodel 'mine' is a function; derive it from cairn\.Submodel"):
        built(submodels={"mine": lambda state, context: {}})


def test_two_blocks_cannot_declare_one_variable():
    class TrustBlock(Block):
        trust = variable((), "1", "another trust")

    class Mine(Submodel):
        block = TrustBlock

    with pytest.raises(ValueError, match="TrustBlock: a variable 'trust' is declared already"):
        built(submodels={"mine": Mine})


def test_a_random_stream_has_one_shape():
    class Mine(Submodel):
        def before_decisions(self, state, context):
            context.draws.uniform("posture", 3)
            return {}

    message = "stream 'posture' has shape (3,) in this quarter; (5, 5) was asked for"
    with pytest.raises(ValueError, match=re.escape(message)):
        built(submodels={"mine": Mine})


def test_an_instant_event_that_changes_an_undeclared_variable_is_an_error(registry):
    @register_event
    class Riot(InstantEvent):
        """Declares openness, and changes trust as well."""

        type: Literal["riot"] = "riot"
        writes: ClassVar[tuple[str, ...]] = ("openness",)

        def apply(self, state, context):
            return state.replace(trust=context.put(state.relations.trust, 0.1, 0, 1))

    scenario = Scenario.from_text(HEAD + "events: {osh: {type: riot, date: 1993-04, why: a test}}")
    message = "event 'osh' (Riot) in 1993Q2 changes 'trust', which it does not declare; it declares openness"
    with pytest.raises(EventWriteError, match=f"^{re.escape(message)}$"):
        built(scenario)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda trust: np.zeros((3, C, C)), "gives trust the shape (3, 5, 5); it needs (5, 5, 3), members last"),
        (lambda trust: trust * np.nan, "gives trust a value that is no finite number"),
    ],
    ids=["shape", "nan"],
)
def test_what_an_instant_event_cannot_give_is_an_error_that_names_it(registry, made, message):
    @register_event
    class Riot(InstantEvent):
        """Changes trust."""

        type: Literal["riot"] = "riot"
        writes: ClassVar[tuple[str, ...]] = ("trust",)

        def apply(self, state, context):
            return state.replace(trust=made(state.relations.trust))

    scenario = Scenario.from_text(HEAD + "events: {osh: {type: riot, date: 1993-04, why: a test}}")
    with pytest.raises(EventWriteError, match=f"^{re.escape(f"event 'osh' (Riot) in 1993Q2 {message}")}$"):
        built(scenario, members=3)


def gate(time_varying_one, act):
    """An interval event type of one's own that writes as a function says."""

    @register_event
    class Gate(IntervalEvent):
        """Writes visa."""

        type: Literal["gate"] = "gate"
        writes: ClassVar[tuple[str, ...]] = ("visa",)
        time_varying: ClassVar[bool] = time_varying_one

        def apply(self, forcing, context, quarter):
            act(forcing, context)

    return Scenario.from_text(HEAD + "events: {gate: {type: gate, start: 1993-04, end: 1993-10, why: a test}}")


def write_for_all(forcing, context):
    forcing["visa"][0, 1] = 1.0


def write_nan(forcing, context):
    forcing["visa"][0, 1, context.mask] = np.nan


def write_anew(forcing, context):
    forcing["visa"] = np.ones((C, C, 1))


@pytest.mark.parametrize("moving", [True, False])
@pytest.mark.parametrize(
    ("act", "message"),
    [
        (write_for_all, "changes visa for members of other scenarios; write for those of context.mask only"),
        (write_nan, "gives visa a value that is no finite number"),
        (write_anew, "replaces 'visa'; write into it: forcing['visa'][..., context.mask] = value"),
    ],
)
def test_what_an_interval_event_cannot_write_is_an_error_that_names_it(registry, moving, act, message):
    scenario = gate(moving, act)
    message = f"event 'gate' (Gate) in 1993Q2 {message}"
    for order in ([scenario, Scenario.from_text(HEAD)], [Scenario.from_text(HEAD), scenario]):
        with pytest.raises(EventWriteError, match=f"^{re.escape(message)}$"):
            built(order, members=3)


def test_an_event_that_acts_on_all_members_may_write_for_all(registry):
    model = built(gate(False, write_for_all), members=3, quarters=6)
    assert model.context.forcing.visa[0, 1].tolist() == [1, 1, 1]


def test_an_instant_event_that_changes_members_of_other_scenarios_is_an_error(registry):
    @register_event
    class Riot(InstantEvent):
        """Changes trust of all members."""

        type: Literal["riot"] = "riot"
        writes: ClassVar[tuple[str, ...]] = ("trust",)

        def apply(self, state, context):
            return state.replace(trust=state.relations.trust * 0.5)

    scenario = Scenario.from_text(HEAD + "events: {osh: {type: riot, date: 1993-04, why: a test}}")
    with pytest.raises(EventWriteError, match=r"'osh' \(Riot\) in 1993Q2 changes trust for members of other scenarios"):
        built([Scenario.from_text(HEAD), scenario])
    assert built(scenario).quarter == QUARTERS - 1


@pytest.mark.parametrize(
    ("name", "variable_", "reader"),
    [("borders", "incidents", "relations"), ("borders", "deaths", "relations"), ("water", "shortage", "borders")],
)
def test_a_submodel_that_omits_what_a_later_one_needs_is_an_error_that_names_both(name, variable_, reader):
    shipped_class = type(SUBMODELS[name])

    class Silent(shipped_class):
        """Returns less than the shipped one."""

        def after_decisions(self, state, decision, acts, changes, context):
            found = super().after_decisions(state, decision, acts, changes, context)
            return {key: value for key, value in found.items() if key != variable_}

    message = (
        f"submodel {reader!r} ({type(SUBMODELS[reader]).__name__}) in 1992Q1 needs {variable_!r}, which no submodel "
        f"before it returned; submodel {name!r} is Silent: return it there as the shipped one does"
    )
    with pytest.raises(SubmodelError, match=f"^{re.escape(message)}$"):
        built(submodels={name: Silent})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: {"summit": d.summit[:, 0]}, "summit with the shape (5,); it needs (5, 3), members last"),
        (lambda d: {"attends": False}, "attends with the shape (); it needs (3,), members last"),
        (lambda d: {"willingness": d.willingness * np.nan}, "willingness with a value that is no finite number"),
        (lambda d: {"summit": d.summit * 1.0}, "summit with values of type float64; it needs true or false"),
    ],
    ids=["shape", "scalar", "nan", "kind"],
)
def test_what_an_agent_cannot_decide_is_an_error_that_names_it(change, message):
    class Odd(CountryAgent):
        """Kazakhstan decides what cannot be used, in the second quarter."""

        def decide(self):
            super().decide()
            if self.code == "KAZ" and self.model.quarter == 1:
                decision = decide(self.view, self.model.context, self.parameters)
                self.decision = dataclasses.replace(decision, **change(decision))

    with pytest.raises(DecisionError, match=f"^{re.escape(f'agent KAZ (Odd) in 1992Q2 decided {message}')}$"):
        built(members=3, agent_class=Odd)


def test_a_decision_that_is_no_decision_is_an_error():
    class Odd(CountryAgent):
        """Decides by a dict."""

        def decide(self):
            self.decision = {}

    with pytest.raises(
        DecisionError, match=r"^agent KAZ \(Odd\) in 1992Q1 gave its decision as dict; it is a Decision$"
    ):
        built(agent_class=Odd)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"dims": ("contry",)}, "no dimension 'contry'; did you mean 'country'?; one of country, partner, reservoir"),
        ({"annual": "average"}, "no rule for years 'average'; one of mean, sum, any, last"),
        ({"where": "abroad"}, "no place 'abroad'; one of everywhere, others"),
        ({"record": "pairs"}, "no way to record 'pairs'; did you mean 'pair'?; one of True, False, pair, border"),
        ({"record": "pair"}, "record='pair' is for variables with dimensions ('country', 'partner')"),
        ({"dims": ("economy",), "record": True}, "'economy' has no labels in a dataset, so it cannot be recorded"),
    ],
)
def test_what_a_variable_cannot_be_is_an_error_that_names_it(declared, message):
    about = {"dims": ("country",), "unit": "1", "long_name": "a test"} | declared
    with pytest.raises(ValueError, match=f"^{re.escape(f'Odd.workers: {message}')}"):
        type("Odd", (Block,), {"workers": variable(**about)})


@pytest.mark.parametrize("dims", [(), ("country",), ("pair",)])
def test_a_measure_of_another_shape_than_it_declares_is_an_error_that_names_it(registry, dims):
    @register_measure("odd", dims, "1", "a test")
    def odd(model):
        return np.ones((C, C))

    shape = {(): "(4,)", ("country",): "(5, 4)", ("pair",): "(10, 4)"}[dims]
    message = f"measure 'odd' ({odd.__qualname__}) in 1992Q1 has the shape (5, 5); it needs {shape}, members last"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        run("baseline", members=4, seed=1, to_year=1992, outputs="odd")


def test_a_forcing_variable_and_a_measure_have_known_dimensions(registry):
    with pytest.raises(ValueError, match=r"^forcing\.tax: no dimension 'contry'; did you mean 'country'"):
        register_forcing("tax", ("contry",), "1", "a tax")
    with pytest.raises(ValueError, match=r"^measure 'tax': 'contry' is not known; did you mean 'country'"):
        register_measure("tax", ("contry",), "1", "a tax")
    with pytest.raises(ValueError, match=r"^measure 'tax': 'average' is not known; one of mean, sum, any, last$"):
        register_measure("tax", ("country",), "1", "a tax", annual="average")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"members": 0}, "CentralAsia: members = 0; at least one member is needed"),
        ({"members": -3}, "CentralAsia: members = -3; at least one member is needed"),
        ({"first_member": -1}, "CentralAsia: first_member = -1; members are numbered from 0"),
    ],
)
def test_members_that_cannot_be_are_an_error(given, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        CentralAsia("baseline", **given)
    with pytest.raises(ValueError, match=message.partition(";")[0].removeprefix("CentralAsia: ")):
        run("baseline", **({"members": 2} | given), seed=1, to_year=1992)


def test_an_unknown_name_to_observe_is_an_error_with_the_nearest_one(shipped):
    with pytest.raises(InputError, match=r"^CentralAsia has no variable or measure 'trusst'; did you mean 'trust'"):
        shipped.observe(["trust_mean", "trusst"])
    assert shipped.observe(["tenure"])["tenure"].shape == (C, 5)  # a variable that is not recorded can be observed


@pytest.mark.parametrize("moving", [True, False])
def test_an_event_that_declares_an_unknown_variable_is_an_error(registry, moving):
    @register_event
    class Fog(IntervalEvent):
        """Declares a variable that does not exist."""

        type: Literal["fog"] = "fog"
        writes: ClassVar[tuple[str, ...]] = ("visibility",)
        time_varying: ClassVar[bool] = moving

        def apply(self, forcing, context, quarter):
            """Nothing."""

    scenario = Scenario.from_text(HEAD + "events: {mist: {type: fog, start: 1993-04, why: a test}}")
    with pytest.raises(EventWriteError, match="declares 'visibility', which is no variable of the forcing"):
        built(scenario)


def test_an_interval_event_that_writes_an_undeclared_variable_is_an_error(registry):
    @register_event
    class Fog(IntervalEvent):
        """Declares nothing."""

        type: Literal["fog"] = "fog"

        def apply(self, forcing, context, quarter):
            forcing["visa"][0, 1, context.mask] = 1.0

    scenario = Scenario.from_text(HEAD + "events: {mist: {type: fog, start: 1993-04, why: a test}}")
    message = "event 'mist' (Fog) in 1993Q2 writes 'visa', which it does not declare; it declares nothing"
    with pytest.raises(EventWriteError, match=f"^{re.escape(message)}$"):
        built(scenario)


def test_two_event_classes_cannot_have_one_type(registry):
    def declared():
        class Drought(IntervalEvent):
            """Another drought."""

            type: Literal["drought"] = "drought"

            def apply(self, forcing, context, quarter):
                """Nothing."""

        return Drought

    with pytest.raises(ValueError, match="Drought: an event type 'drought' is registered already, by Drought"):
        register_event(declared())


def test_an_event_class_without_a_type_or_an_effect_is_an_error(registry):
    class Nameless(IntervalEvent):
        """No type."""

        def apply(self, forcing, context, quarter):
            """Nothing."""

    with pytest.raises(TypeError, match=re.escape('Nameless needs `type: Literal["name"] = "name"`')):
        register_event(Nameless)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bloc_exposure": [0.1, 0.2, 0.3, 0.4, 0.5]}, "bloc_exposure has one value for each state: give them by name"),
        ({"bloc_exposure": 0.5}, "bloc_exposure has one value for each state: give them by name, KAZ, .*; got 0.5"),
        ({"bloc_exposure": {"RUS": 0.5}}, "KAZ, KGZ, TJK, TKM, UZB; got 'RUS'"),
        ({"trust_gian": 0.05}, "there is no parameter 'trust_gian'"),
        (
            {"trust_gain": np.full((2, 1), 0.05)},
            r"one number, or one per member as an array \(M,\); got shape \(2, 1\)",
        ),
        ({"trust_gain": {"UZB": 0.05}}, "trust_gain = {'UZB': 0.05} is no number"),
        ({"trust_gain": "high"}, "trust_gain = high is no number"),
        ({"bloc_exposure": {"UZB": "high"}}, "bloc_exposure = high is no number"),
        ({"bloc_exposure": {"UZB": np.ones(2), "KAZ": np.ones(3)}}, r"one per member as an array \(M,\), all of one M"),
        ({"resistance_iterations": 6.5}, "resistance_iterations is one whole number"),
    ],
)
def test_parameters_are_given_by_name_and_known(changes, message):
    with pytest.raises(OutOfRange, match=message):
        Parameters().replace(**changes)


def test_a_pair_has_one_value_in_either_spelling():
    one, other = (Parameters().replace(pair_affinity={name: 0.3}) for name in ("KAZ-UZB", "UZB-KAZ"))
    assert np.array_equal(one.pair_affinity, other.pair_affinity) and one.pair_affinity.sum() == 0.3


@pytest.mark.parametrize("members", [1, 5])
@pytest.mark.parametrize("values", [{"trust_gain": np.full(3, 0.05)}, {"bloc_exposure": {"UZB": np.full(3, 0.5)}}])
def test_parameters_of_another_number_of_members_are_an_error(members, values):
    with pytest.raises(ValueError, match=f"has a value for each of 3 members; the run has {members}"):
        built(members=members, parameters=Parameters().replace(**values))


def test_parameters_of_another_order_of_states_are_an_error():
    with pytest.raises(ValueError, match=r"parameters are those of KAZ, .*; make them with Parameters\(geography"):
        built(geography=Geography.load(order=CODES[::-1]), parameters=Parameters())
