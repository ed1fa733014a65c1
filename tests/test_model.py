"""The five agents under Mesa, and many members at once."""

import multiprocessing
import multiprocessing.connection
import pickle
import warnings

import mesa
import numpy as np
import pytest

from cairn.core.geography import CODES, C
from cairn.core.parameters import FIELDS, NAMES, RELATIONS, Parameters
from cairn.core.random_streams import RandomStreams
from cairn.core.state import State
from cairn.ensemble.workers import workers
from cairn.events import event_types
from cairn.model import CentralAsia, Country
from cairn.scenario.scenario import Scenario
from cairn.step.decisions import decide, decision_of

QUARTERS = 60  # enough for leaders, water, incidents, an organisation; the whole horizon is in test_baseline
EVERY = slice(None)


def after(scenario, members=1, seed=5, quarters=QUARTERS, **options) -> State:
    model = CentralAsia(scenario, members, seed, collect=False, **options)
    model.run_for(quarters)
    return model.state


def same(one: State, other: State, rows=EVERY, others=EVERY) -> bool:
    """Whether some members of two states have the same bits in all variables."""
    return one.arrays().keys() == other.arrays().keys() and all(
        np.array_equal(array[..., rows], other.array(name)[..., others], equal_nan=True)
        for name, array in one.arrays().items()
    )


@pytest.fixture(scope="module")
def lottery(baseline):
    """The baseline with leaders drawn from the start, so that every random stream is in use."""
    return baseline.with_events(
        early_lottery={"type": "leader_lottery", "start": 1993, "why": "to use all random streams"}
    )


@pytest.mark.parametrize("members", [1, 2, 5, 7, 64, 1000])
def test_a_row_of_an_ensemble_is_the_single_run(lottery, members):
    quarters = QUARTERS if members < 1000 else 30
    whole = after(lottery, members, quarters=quarters)
    for m in {0, members // 2, members - 1}:
        assert same(whole, after(lottery, 1, first_member=m, quarters=quarters), slice(m, m + 1)), m


def test_members_are_the_last_axis_of_every_variable(baseline):
    model = CentralAsia(baseline, 7, 1, collect=False)
    model.run_for(4)
    for name, variable in model.variables.items():
        array = model.state.array(name)
        assert array.shape == (*variable.shape(model.geography), 7), name
        assert (array.dtype == bool) == variable.boolean, name


def test_chunks_add_up_to_the_whole(lottery):
    whole, parts = after(lottery, 10), []
    for first, count in ((0, 3), (3, 6), (9, 1)):
        parts.append(after(lottery, count, first_member=first))
        assert same(whole, parts[-1], slice(first, first + count))
        assert same(whole.rows(slice(first, first + count)), parts[-1])
    assert same(whole, State.joined(parts))


def test_the_order_of_agents_does_not_matter(lottery):
    plain, shuffled = (CentralAsia(lottery, 3, 5, collect=False) for _ in range(2))
    shuffled.agents.shuffle(inplace=True)
    shuffled.agents.sort("index", ascending=False, inplace=True)
    for model in (plain, shuffled):
        model.run_for(QUARTERS)
    assert [agent.index for agent in shuffled.agents] != [agent.index for agent in plain.agents]
    assert same(plain.state, shuffled.state)


def test_scenarios_are_equal_until_the_first_event_that_differs(baseline):
    other = baseline.without("uzb_hardening_1999")
    models = [CentralAsia(s, 5, 3, collect=False) for s in (baseline, other)]
    begins = baseline.events["uzb_hardening_1999"].first
    for model in models:
        model.run_for(begins)
    assert same(models[0].state, models[1].state)
    for model in models:
        model.run_for(4)
    assert not same(models[0].state, models[1].state)


def test_an_empty_extension_is_the_baseline(baseline):
    assert same(after(baseline, 4), after(baseline.model_copy(update={"name": "empty"}), 4))


def test_scenarios_in_one_run_are_the_runs_alone(baseline):
    other = baseline.without("caeu_founded_1994").with_parameters(trust_gain=0.03)
    points_per_run = after([baseline, other], 4)
    assert same(points_per_run, after(baseline, 4), slice(0, 4))
    assert same(points_per_run, after(other, 4), slice(4, 8))


def test_parameters_of_each_state_may_differ_by_scenario(baseline):
    calm = baseline.with_parameters(bloc_exposure=dict.fromkeys(CODES, 0.1))
    points_per_run = after([baseline, calm], 2)
    assert same(points_per_run, after(calm, 2), slice(2, 4))


def test_two_events_of_one_content_end_independently(baseline):
    closure = {"type": "border_closure", "pairs": ["KAZ-UZB"], "start": 1993, "end": 1994, "why": "a test"}
    twice = baseline.with_events(one=closure, two=closure)
    assert same(after([baseline, twice], 2), after(twice, 2), slice(2, 4))


def test_parameters_may_differ_by_member(baseline):
    by_member = Parameters().replace(trust_gain=np.array([0.03, 0.05]))
    mixed = after(baseline, 2, parameters=by_member)
    for row, value in enumerate((0.03, 0.05)):
        alone = after(baseline, 1, first_member=row, parameters=Parameters().replace(trust_gain=value))
        assert same(mixed, alone, slice(row, row + 1))


@pytest.mark.parametrize("members", [2, 5])
def test_parameters_by_name_may_differ_by_member(baseline, members):
    values = {code: np.linspace(0.1, 0.9, members) for code in ("KAZ", "UZB")}
    by_member = Parameters().replace(bloc_exposure=values, pair_affinity={"KAZ-UZB": np.linspace(-0.5, 0.5, members)})
    mixed = after(baseline, members, parameters=by_member)
    for row in range(members):
        one = Parameters().replace(
            bloc_exposure={code: value[row] for code, value in values.items()},
            pair_affinity={"KAZ-UZB": np.linspace(-0.5, 0.5, members)[row]},
        )
        assert same(mixed, after(baseline, 1, first_member=row, parameters=one), slice(row, row + 1))


def test_a_parameter_by_name_acts_on_the_state_that_is_named():
    drawn = Scenario.from_text(
        "title: exposure\nquestion: whose?\nparameters: {bloc_exposure: {TKM: 1.0}, sovereignty_cost: 0.5}"
    )
    model = CentralAsia(drawn, 2, 1, collect=False)
    exposure = model.parameters.bloc_exposure
    assert exposure[model.geography.index("TKM")].tolist() == [1.0]
    assert [model.country_parameters(i).bloc_exposure.item() for i in range(C)] == exposure.ravel().tolist()


@pytest.mark.parametrize("members", [5, 6])
def test_every_parameter_may_differ_by_member(baseline, members):
    drawn = np.random.default_rng(1)
    related = {name for relation in RELATIONS for name in relation.names}  # such as shares that add up to one
    by_member = {}
    for name, field in FIELDS.items():
        low, high, each = (field.metadata[key] for key in ("low", "high", "each"))
        if name != "resistance_iterations" and name not in related:
            count = (len(getattr(Parameters(), name)),) if each else ()
            by_member[name] = drawn.uniform(low, high, (*count, members))
    parameters = Parameters().replace(**by_member)
    state = after(baseline, members, parameters=parameters)
    assert [name for name, array in state.arrays().items() if not np.isfinite(array).all()] == []
    one = after(baseline, 1, first_member=3, parameters=parameters.rows(slice(3, 4)))
    assert same(state, one, slice(3, 4))


def test_a_step_leaves_the_old_state_as_it_was(baseline):
    model = CentralAsia(baseline, 2, 1, collect=False)
    model.run_for(3)
    old = model.state
    copies = {name: array.copy() for name, array in old.arrays().items()}
    model.run_for(3)
    assert model.state is not old
    for name, array in old.arrays().items():
        assert np.array_equal(array, copies[name], equal_nan=True)
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_a_run_continues_from_a_state_as_if_it_had_not_stopped(lottery):
    first = after(lottery, 3, quarters=30)
    model = CentralAsia(lottery, 3, 5, collect=False, start_from=(30, first))
    model.run_for(QUARTERS - 30)
    assert same(model.state, after(lottery, 3))


def test_a_pickled_model_continues_as_if_it_had_not_been(lottery):
    model = CentralAsia(lottery, 3, 5, collect=False)
    model.run_for(30)
    copy = pickle.loads(pickle.dumps(model))
    for each in (model, copy):
        each.run_for(10)
    assert same(model.state, copy.state)


@pytest.mark.parametrize("members", [1, C])
def test_one_state_decides_as_it_does_among_all(lottery, members):
    model = CentralAsia(lottery, members, 5, collect=False)
    for _ in range(8):
        model.run_for(1)
        for i, country in enumerate(model.countries):
            alone = decide(model.state.view(i), model.context, country.parameters)
            among_all = decide(model.state.views(), model.context, model.parameters.for_countries())
            for name in ("willingness", "posture", "summit", "barter"):
                assert np.array_equal(getattr(alone, name), getattr(among_all, name)[i]), name
            for name in ("attends", "accedes"):
                assert np.array_equal(getattr(alone, name), getattr(among_all, name)[i, 0]), name
            assert np.array_equal(country.decision.summit, decision_of(model.decision, i).summit)


def test_five_country_agents_with_readable_attributes(baseline):
    model = CentralAsia(baseline, members=3, seed=1)
    model.run_for(8)
    assert isinstance(model, mesa.Model)
    assert [agent.code for agent in model.agents_by_type[Country]] == list(CODES)
    uzbekistan = model.countries[4]
    about_states = {name: about for name, about in model.variables.items() if about.dims[:1] == ("country",)}
    assert {"leader_openness", "trust", "posture", "willingness", "shortage", "in_grid"} <= about_states.keys()
    for name, about in about_states.items():
        assert getattr(uzbekistan, name).shape == ((3,) if about.dims == ("country",) else (C, 3)), name
        assert np.array_equal(getattr(uzbekistan, name), model.state.array(name)[4], equal_nan=True)
        assert about.long_name in (getattr(Country, name).__doc__ or ""), name
    assert uzbekistan.trade_usd_bn.shape == uzbekistan.storage_km3.shape == (3,)
    assert (model.countries[1].storage_km3 > 5).all()
    assert (uzbekistan.storage_km3 == 0).all()
    with pytest.raises(AttributeError, match="'Country' object has no attribute 'storage'"):
        _ = uzbekistan.storage
    with pytest.raises(AttributeError, match="no attribute 'attendance'"):  # about the region, not about a country
        _ = uzbekistan.attendance
    terms = uzbekistan.willingness_terms()
    assert set(terms) == {"trust", "leader", "gain", "grievance", "threat", "agreements"}


def test_the_data_collector_works(baseline):
    model = CentralAsia(baseline, members=4, seed=1)
    model.run_for(5)
    frame = model.datacollector.get_model_vars_dataframe()
    assert len(frame) == 5
    assert frame["trust_mean"].iloc[-1] == pytest.approx(model.measured()["trust_mean"].mean())
    agents = model.datacollector.get_agent_vars_dataframe()
    assert len(agents) == 25


def test_a_single_member_runs_under_mesas_batch_run(baseline):
    rows = mesa.batch_run(
        CentralAsia,
        {"scenario": [baseline]},
        rng=[1, 2],
        number_processes=1,
        max_steps=6,
        display_progress=False,
    )
    assert {row["seed"] for row in rows} == {1, 2}
    assert len(rows) == 10


def test_an_event_that_never_fires_is_an_error(baseline):
    model = CentralAsia(baseline, 1, 1, collect=False)
    model.run_for(4)
    model.scheduled_events[0].fired = False
    with pytest.raises(RuntimeError, match=model.scheduled_events[0].name):
        model.run_to_horizon()


def test_every_event_of_the_baseline_fires_once(baseline):
    model = CentralAsia(baseline, 1, 1, collect=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.run_to_horizon()
    assert len(model.scheduled_events) == len(baseline.events)
    assert model.year == 2040.75


def test_the_lottery_draws_successors(lottery):
    state = after(lottery, 200, quarters=40)
    assert 0.2 < (state.leaders.tenure < 9.9).mean() < 0.9
    for name in ("leader_openness", "leader_nationalism", "leader_personalism"):
        assert (state.array(name) >= 0).all() and (state.array(name) <= 1).all()


def test_judgements_of_leaders_differ_by_member_and_follow_the_leader(baseline):
    state = after(baseline, 400, quarters=2)
    karimov = baseline.events["uzb_leader_1992"]
    now = state.leaders.leader_openness[4]
    assert now.std() == pytest.approx(karimov.width, rel=0.2)
    later = after(baseline, 400, quarters=40).leaders.leader_openness[4]
    assert np.corrcoef(now, later)[0, 1] > 0.8  # the same man hardened


def test_trust_after_a_turnover_uses_the_personalism_of_the_leader_who_left():
    def scenario(of_old):
        return Scenario.model_validate(
            {
                "name": "two",
                "title": "two leaders",
                "question": "whose personalism?",
                "events": {
                    "old": _leader(1992, "inherited", "old one", personalism=of_old),
                    "new": _leader(1993, "death", "new one", personalism=0.5),
                },
            }
        )

    reset = Parameters(trust_reset=0.65)  # off by default
    soft, hard = (after(scenario(p), 1, quarters=5, parameters=reset) for p in (0.0, 1.0))
    assert not np.allclose(soft.relations.trust[:, 4], hard.relations.trust[:, 4])
    before_soft, before_hard = (after(scenario(p), 1, quarters=4, parameters=reset) for p in (0.0, 1.0))
    assert np.allclose(before_soft.relations.trust, before_hard.relations.trust, atol=0.05)


def _leader(year, manner, name, **traits):
    return {
        "type": "succession",
        "date": year,
        "country": "UZB",
        "leader": name,
        "manner": manner,
        "openness": 0.9,
        "nationalism": 0.3,
        "width": 0,
        "born": 1950,
        "why": "a test",
        **traits,
    }


def test_random_numbers_of_one_quarter_can_be_drawn_alone():
    late = RandomStreams(7, 5).at(150).uniform("summit", C, C)
    random_streams = RandomStreams(7, 5)
    for quarter in (3, 150, 2, 150):
        drawn = random_streams.at(quarter).uniform("summit", C, C)
    assert np.array_equal(drawn, late)
    assert not np.array_equal(late, RandomStreams(7, 5).at(149).uniform("summit", C, C))
    assert not np.array_equal(late, RandomStreams(8, 5).at(150).uniform("summit", C, C))


def test_every_type_of_event_has_a_docstring():
    for name, kind in event_types().items():
        assert kind.__doc__ and len(kind.__doc__) > 20, name
    assert len(NAMES) > 150


def test_processes_end_with_the_work_that_was_interrupted():
    before = set(multiprocessing.active_children())
    with pytest.raises(KeyboardInterrupt), workers(2) as pool:
        assert list(pool.map(abs, [-1, -2])) == [1, 2]
        started = set(multiprocessing.active_children()) - before
        assert started
        raise KeyboardInterrupt
    # Their sentinels, not `is_alive`: the pool's own thread may be the one that reaps them.
    ended = {child.sentinel for child in started}
    while ended and (ready := multiprocessing.connection.wait(ended, 60)):
        ended -= set(ready)
    assert not ended


def test_an_agent_gives_the_terms_of_its_willingness_toward_one_other():
    model = CentralAsia("baseline", members=3, seed=1)
    model.run_for(5)
    for state in model.countries:
        terms = state.willingness_terms()
        for j, other in enumerate(model.countries):
            toward = state.willingness_terms(toward=other.code)
            assert all(values.shape == (3,) for values in toward.values())
            assert all(
                np.array_equal(values, np.broadcast_to(terms[name], (C, 3))[j]) for name, values in toward.items()
            )


def test_the_collected_border_is_a_mean_over_neighbours():
    model = CentralAsia("baseline", members=3, seed=1)
    model.run_for(5)
    frame = model.datacollector.get_agent_vars_dataframe().loc[5.0]
    turkmenistan = model.countries[3]
    by_hand = (turkmenistan.posture[0] + turkmenistan.posture[4]).mean() / 2
    assert frame.posture[4] == pytest.approx(by_hand)
    assert frame.posture.between(0, 1).all()


def test_the_scenario_of_a_model_is_the_one_that_it_runs(baseline):
    assert CentralAsia("karimov_line").scenario.name == "karimov_line"
    assert CentralAsia([baseline, baseline.without("rogun")]).scenario is baseline
