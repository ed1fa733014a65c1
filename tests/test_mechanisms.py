"""Every mechanism is switched off by one parameter, has a paragraph in the ODD, and a place in the table of scores."""

import re
from pathlib import Path

import numpy as np
import pytest

from cairn import CentralAsia
from cairn.calibration.repeats.mechanisms import MECHANISM_LIST, OUTCOMES, is_off
from cairn.core.geography import CENTRAL_ASIA, C
from cairn.core.parameters import FIELDS, Parameters
from cairn.core.state import BLOCKS
from cairn.events import Succession
from cairn.rules import borders, choice, trade, trust, water
from cairn.scenario.scenario import Scenario
from cairn.step import decisions

MECHANISMS = {mechanism.name: mechanism for mechanism in MECHANISM_LIST}
ODD = (Path(__file__).parents[1] / "model" / "ODD.md").read_text(encoding="utf-8")
MEMBERS, TO_YEAR = 12, 2025
RANDOM = np.random.default_rng(1)


def without(*types):
    """The scenario without events of some types, or of some names."""
    return lambda scenario: scenario.without(*(n for n, e in scenario.events.items() if n in types or e.type in types))


def with_trait(**trait):
    """The scenario with one value of a trait for all leaders."""

    def change(scenario):
        for name, event in scenario.events.items():
            if isinstance(event, Succession) and event.leader:
                scenario = scenario.amend(name, **trait)
        return scenario

    return change


def with_values(**values):
    return lambda scenario: scenario.with_parameters(**values)


# Without the mechanism a change of what drives it has no effect; with it, it has.
# name: (parameters of other channels that are shut in all runs, the change, variables that differ by definition)
DRIVERS = {
    "dialogue": ({}, with_values(estrangement=0.35, acquaintance=0.6), ()),
    "easy_sections": ({}, with_values(easy_section_step=0.4, survey_stake=3.0), ()),
    "nationalism": (
        {"grievance_weight": 0.0},
        with_trait(nationalism=0.0),
        ("leader_nationalism", "effective_nationalism"),
    ),
    "militarisation": (
        {},
        with_values(militarisation_incident_effect=1.5, militarisation_escalation_effect=3.0),
        (),
    ),
    "frailty": ({}, with_values(frailty_persistence=0.0), ()),
    "swaps": ({}, with_values(swap_summer_km3=2.0, swaps_begin=2021.0), ()),
    "release_residual": ({}, with_values(release_persistence=0.0), ()),
    "grid": ({"grid_exit_distrust": 0.0}, without("grid"), ("in_grid",)),
    "winter_hardship": (
        {"grievance_weight": 0.5},  # through grievances alone
        with_values(winter_demand_growth={"KGZ": 0.05, "TJK": 0.05}),
        ("winter_deficit_gwh", "winter_deficit_share", "grid_import_gwh", "shortage"),
    ),
    "bloc": ({}, without("patron_pull"), ()),
    "partners": ({"corridor_support": 0.0}, without("c5plus1"), ()),
    "partner_corridors": ({"partner_support_weight": 0.0}, without("c5plus1"), ()),
    "threat_corridors": ({"threat_weight": 0.0}, without("ukraine_war"), ()),
    "tariffs": ({}, without("tariff"), ()),
    "visas": ({"visa_friction": 0.0}, without("visa_regime"), ()),
    "freight": ({"link_friction": 0.0}, without("transport_link"), ()),
    "reexports": ({}, without("reexports"), ()),
    "trust_reset": ({}, with_values(newcomer_openness_effect=0.5, own_reset=1.0), ()),
    "barter": ({}, with_values(benefit_cost_ratio=3.0), ()),
    "ripeness": ({}, with_values(ripeness_deaths=10.0, ripeness_retention=0.99), ("ripeness",)),
    "diversion": ({}, with_values(recession_factor=0.0), ()),
    "sovereignty": ({}, with_values(sovereignty_decay_years=20.0), ()),
    "regime_rent": ({}, with_trait(personalism=0.0), ("leader_personalism", "previous_personalism")),
}
# Without the mechanism its term of willingness is zero.
TERMS = {
    "trust_in_choices": "trust",
    "leaders": "leader",
    "gains": "gain",
    "grievance": "grievance",
    "threat": "threat",
    "spillover": "agreements",
}


def indifferent(rule, argument, **given):
    """Whether the result of a rule does not depend on one argument."""
    low, high = (np.full((C, C, 1), value) if argument == "trust" else value for value in (0.2, 0.7))
    return np.array_equal(rule(**given | {argument: low}), rule(**given | {argument: high}))


def incident_rate(parameters, argument):
    given = dict.fromkeys(("exposed", "shortage", "nationalism", "distrust", "earlier", "frailty", "closed"), 0.4)
    given |= {"militarisation": 0.4, "summer": 1.0, "length_1000_km": 1.0, "contested": 0.8}
    return indifferent(parameters.bind(borders.incident_rate_of), argument, **given)


def no_exposure_of_agreed_ground(parameters):
    exposed = parameters.bind(borders.exposed_share)(undelimited=np.zeros((1, 2)), hard=np.array([[0.4]]))
    return bool((exposed == 0).all())


def trust_of_distant_states(parameters):
    def after(neighbours):
        half = np.where(CENTRAL_ASIA.others, 0.5, 0.0)
        news = {"good": half, "bad": half, "strength": half}
        rule = parameters.bind(trust.trust_after)
        return rule(trust=half, others=CENTRAL_ASIA.others, neighbours=neighbours, **news)

    return np.array_equal(after(CENTRAL_ASIA.neighbours), after(CENTRAL_ASIA.others))


def price_of_delimitation(parameters, hard):
    """Whether a round costs its rung and nothing else."""
    model = CentralAsia("baseline", members=3, seed=1, collect=False)
    model.run_for(40)
    share = np.where(CENTRAL_ASIA.neighbours, 0.05 if hard else 1.0, 0.0) + np.zeros((C, C, 3))
    view = model.state.replace(undelimited_share=share).view(1)
    _, cost = decisions.delimitation_terms(view, model.context, parameters)
    return bool((cost[2] == model.context.costs[2 if hard else 1]).all())  # Kyrgyzstan towards Tajikistan


def attendance_without_ties(parameters):
    """Whether members come to meetings of their organisation as readily as to any other."""
    model = CentralAsia("baseline", members=200, seed=1, collect=False)
    model.run_for(15)
    assert model.context.season == 2
    views = model.state.views()
    willing = decisions.willingness(views, model.context, parameters)
    come = decisions.regional_choice(views, willing, model.context, parameters)
    return np.array_equal(come["attends"], come["attends_organisation"])


def no_new_organisation(parameters):
    scenario = Scenario.load("baseline").with_parameters(founding_probability=parameters.founding_probability)
    model = CentralAsia(scenario, members=60, seed=1, collect=False)
    model.run_for(4 * 34)
    return not model.state.array("organisation_alive").any()


RULES = {
    "far_contact": trust_of_distant_states,
    "surveys": lambda p: price_of_delimitation(p, hard=False),
    "contested_ground": lambda p: price_of_delimitation(p, hard=True),
    "distrust": lambda p: incident_rate(p, "distrust"),
    "enforcement": lambda p: incident_rate(p, "closed"),
    "water_incidents": lambda p: incident_rate(p, "shortage"),
    "agreed_ground": no_exposure_of_agreed_ground,
    "organisation": attendance_without_ties,
    "foundings": no_new_organisation,
    "reciprocity": lambda p: indifferent(
        p.bind(choice.posture_step),
        "posture_of_other",
        **{"posture": np.full(99, 0.5), "willingness": 0.0, "personalism": 0.5, "u": np.linspace(0.01, 0.99, 99)},
    ),
    "trust_trade": lambda p: indifferent(
        p.bind(trade.accessibility_target),
        "trust",
        **dict.fromkeys(("fixed", "transit_openness", "agreement", "corridor"), np.full((C, C, 1), 0.5)),
        years_since_1992=5.0,
    ),
    "winter_growth": lambda p: indifferent(p.bind(water.winter_release_forgone), "years_since_1992"),
}


@pytest.fixture(scope="module")
def ends():
    """The last state with the mechanism off and on, each without and with a change of its driver."""
    baseline, scenarios = Scenario.load("baseline"), {}
    for name, (shut, change, _) in DRIVERS.items():
        mechanism = MECHANISMS[name]
        for key, values in (("off", mechanism.off_values), ("on", mechanism.on)):
            plain = baseline.with_parameters(**shut | values)
            scenarios[name, key, "plain"] = plain.rename(f"{name} {key}")
            scenarios[name, key, "changed"] = change(plain).rename(f"{name} {key} changed")
    model = CentralAsia(list(scenarios.values()), members=MEMBERS, seed=1, collect=False)
    model.run_for(4 * (TO_YEAR - 1992 + 1))
    return {key: model.state.rows(slice(k * MEMBERS, (k + 1) * MEMBERS)) for k, key in enumerate(scenarios)}


def differing(one, other):
    pairs = ((name, array, other.array(name)) for name, array in one.arrays().items())
    return {name for name, a, b in pairs if not np.array_equal(a, b, equal_nan=True)}


def test_every_mechanism_has_one_limiting_case():
    assert sorted([*DRIVERS, *TERMS, *RULES]) == sorted(MECHANISMS)


@pytest.mark.parametrize("name", DRIVERS)
def test_what_drives_a_mechanism_has_no_effect_while_it_is_off(name, ends):
    by_definition = set(DRIVERS[name][2])
    assert by_definition <= {variable for block in BLOCKS.values() for variable in block.variables}
    assert differing(ends[name, "off", "plain"], ends[name, "off", "changed"]) <= by_definition
    assert differing(ends[name, "on", "plain"], ends[name, "on", "changed"]) - by_definition


@pytest.mark.parametrize("name", TERMS)
def test_the_term_of_a_mechanism_is_zero_while_it_is_off(name):
    model = CentralAsia("baseline", members=5, seed=1, collect=False)
    model.run_for(34)
    mechanism, shipped = MECHANISMS[name], Parameters()
    on, off = (
        decisions.willingness_terms(model.state.views(), model.context, shipped.replace(**values))
        for values in (mechanism.on, mechanism.off_values)
    )
    assert {term for term in on if not np.array_equal(on[term], off[term])} == {TERMS[name]}
    assert (off[TERMS[name]] == 0).all()


@pytest.mark.parametrize("name", RULES)
def test_the_rule_of_a_mechanism_has_its_limiting_case_while_it_is_off(name):
    mechanism, shipped = MECHANISMS[name], Parameters()
    on = {"founding_probability": 1.0} if name == "foundings" else mechanism.on  # two in a hundred may all fail
    assert RULES[name](shipped.replace(**mechanism.off_values))
    assert not RULES[name](shipped.replace(**on))


@pytest.mark.parametrize("mechanism", MECHANISM_LIST, ids=lambda m: m.name)
def test_one_parameter_switches_a_mechanism_and_the_scenario_of_an_assumption_turns_it_on(mechanism):
    shipped = Parameters()
    assert list(mechanism.off_values) == [mechanism.switch]
    assert is_off(mechanism, shipped.replace(**mechanism.off_values))
    assert is_off(mechanism, shipped) is not mechanism.on_by_default
    assert is_off(mechanism, shipped.replace(**mechanism.changed)) is mechanism.on_by_default
    assert mechanism.title.startswith("without " if mechanism.on_by_default else "with ")
    assert mechanism.acts_on in OUTCOMES
    assumed = [
        Scenario.load(path.stem).parameters
        for path in (Path(__file__).parents[1] / "scenarios").glob("assumption_*.yaml")
    ]
    assert (mechanism.on in assumed) is not mechanism.on_by_default


def test_militarisation_frailty_and_imports_are_nothing_while_they_are_off(ends):
    for name, variable in (("militarisation",) * 2, ("frailty",) * 2, ("grid", "grid_import_gwh")):
        assert (ends[name, "off", "plain"].array(variable) == 0).all()
        assert (ends[name, "on", "plain"].array(variable) != 0).any()


@pytest.mark.parametrize("mechanism", MECHANISM_LIST, ids=lambda m: m.name)
def test_the_section_of_the_odd_speaks_of_the_mechanism(mechanism):
    section = re.split(r"\n### ", ODD)[1:]
    text = next(part for part in section if part.startswith(f"{mechanism.section} "))
    symbol = FIELDS[mechanism.switch].metadata["symbol"]
    named = [mechanism.switch, *([symbol] if symbol else [])]
    assert any(re.search(rf"(?<!\w){re.escape(name)}(_i|_j|_ij)?(?!\w)", text) for name in named), named
