"""The shipped scenarios: each states its question and reasons, none changes the past before it begins, none leaks."""

import hashlib
import json

import jsonschema
import numpy as np
import pytest

from cairn.ensemble.comparison import compare
from cairn.ensemble.outcomes import RANKED
from cairn.ensemble.runner import run
from cairn.events import Drought, event_types
from cairn.scenario import schema
from cairn.scenario.inheritance import find_file, resolve, scenario_folder, shipped_names
from cairn.scenario.scenario import Scenario
from cairn.scenario.yaml_reader import read_yaml

NAMES = [name for name in shipped_names() if name != "baseline"]
BRANCHES = {  # year in which scenarios within the record begin; all others begin in 2026 or later. The pull of the
    # Russian-led bloc falls on a straight line from 2021 to mid 2022, so "no_ukraine_war" differs a little earlier.
    "karimov_person": 2016, "karimov_line": 2016, "scripted_2016_drawn": 2016, "kaz_uzb_frozen": 2016,
    "open_uzbekistan_1992": 1992, "open_turkmenistan_1992": 1992, "open_1992": 1992, "no_regional_body": 1994,
    "nazarbayev_stays": 2019, "no_turkmen_handover_2022": 2022, "no_merger_2005": 2005, "no_russian_blocs": 2005,
    "regional_kazakhstan": 2015,
    "no_ukraine_war": 2021, "no_taliban": 2021, "no_c5plus1": 2014, "grid_never_left": 2003, "no_closures": 2002,
    "no_crises_inside": 1992, "yearly_summits_2006": 2006,
    **dict.fromkeys((name for name in NAMES if name.startswith("assumption_")), 1992),
    "assumption_ripeness": 1998, "assumption_trust_reset": 2005,
}  # fmt: skip
REQUIRED = {
    "karimov_line", "open_uzbekistan_1992", "open_turkmenistan_1992", "open_1992", "nazarbayev_stays",
    "no_merger_2005", "no_turkmen_handover_2022", "tajik_succession_2027_open", "tajik_succession_2027_same",
    "tajik_succession_2027_closed", "tajik_succession_2027_contested", "no_regional_body", "no_russian_blocs",
    "no_ukraine_war", "no_taliban", "no_c5plus1", "kaz_uzb_frozen", "grid_never_left", "canal_low", "canal_high",
    "canal_with_agreement", "dams_early", "dams_never", "dams_together", "megadrought_2031", "uzbek_reversal_2030",
    "uzbek_reversal_2030_no_gain", "central_asia_2040", "fragmentation", "trans_caspian_boom", "bloc_pull_returns",
    "patrons_leave", "afghan_spillover_2028", "fergana_flare_2029", "kaz_uzb_rivalry", "turkmen_opening_2028",
    "turkmen_closure_2028", "commodity_bust_2027", "sanctions_shock", "best_case", "worst_case",
}  # fmt: skip


@pytest.fixture(scope="module")
def compared():
    """All scenarios compared with the baseline, a few members each."""
    return compare(["baseline", *NAMES], 16, 1, outcomes=RANKED)


def test_the_required_scenarios_are_shipped():
    assert set(NAMES) >= REQUIRED and len(NAMES) >= 24


@pytest.mark.parametrize("name", NAMES)
def test_each_states_its_question_changes_reasons_and_results_to_look_at(name):
    scenario = Scenario.load(name)
    assert scenario.question.endswith("?") and scenario.question.count("?") == 1
    for text in (scenario.changed, scenario.plausible, *scenario.sources):
        assert len(text) > 15, text
    assert scenario.sources and "look_at" in read_yaml(find_file(name))[0]
    first = min(BRANCHES.get(name, 2026), 2040)
    assert all(year >= first for entry in scenario.look_at for year in entry.years), "nothing differs before"
    file = resolve(find_file(name))
    changed = {keys[1]: place for keys, place in file.locations.under(("events",)).items() if len(keys) == 3}
    own = [event for event, place in changed.items() if place[0] == file.path]
    assert own or "off" in read_yaml(file.path)[0].get("events", {}).values() or scenario.parameters
    assert all(len(scenario.events[event].why) > 10 for event in own)


def test_titles_and_questions_are_unique():
    scenarios = [Scenario.load(name) for name in shipped_names()]
    assert len({s.title for s in scenarios}) == len({s.question for s in scenarios}) == len(scenarios)


def test_each_diverges_from_the_baseline_in_its_year_and_not_before(compared):
    for name in compared.compared:
        scenario, divergence = compared.scenario(name), compared.divergence(name)
        assert divergence is not None, f"{scenario.name} changes nothing"
        begins = BRANCHES.get(scenario.name, 2026)
        assert 1992 + divergence[0] / 4 >= begins, scenario.name
        assert 1992 + divergence[0] / 4 < begins + 10, scenario.name
        assert compared.share_diverged(name) > 0


def test_nothing_leaks_into_the_baseline(baseline):
    def digest(scenario) -> str:
        ensemble = run(scenario, 3, 1, to_year=2034)
        return hashlib.sha256(
            b"".join(ensemble[name].values.tobytes() for name in sorted(ensemble.data_vars))
        ).hexdigest()

    before, text = digest(baseline), baseline.text
    variants = [
        baseline.without("uzb_succession_2016"),
        baseline.amend("qosh_tepa_canal", intake_km3=10.0, finish="2029"),
        baseline.with_events(Drought(start="2031", end="2034", inflow=0.7, why="a mega-drought")),
        baseline.with_parameters(trust_gain=0.08),
        baseline.amend("c5plus1", support={"2014": 0.0, "2040": 1.0}),
        *(
            Scenario.load(name)
            for name in ("worst_case", "best_case", "no_russian_blocs", "open_1992", "fragmentation")
        ),
    ]
    digests = [digest(variant) for variant in variants]
    assert len(set(digests)) == len(variants) == 10 and before not in digests
    assert digest(baseline) == before == digest(Scenario.load("baseline"))
    assert baseline.text == text


def test_events_and_parameters_of_a_scenario_cannot_be_changed_in_place(baseline):
    with pytest.raises(TypeError, match="fixed"):
        baseline.events["x"] = 1
    with pytest.raises(TypeError, match="fixed"):
        baseline.events["patron_pull"].pull.clear()
    with pytest.raises(TypeError, match="fixed"):
        baseline.parameters.update(trust_gain=1)


def test_a_scenario_compared_with_others_is_the_scenario_run_alone(compared):
    for name in ("worst_case", "uzbek_reversal_2030_no_gain", "karimov_line"):
        alone = run(name, 16, 1, outputs="summary").integration_index.groupby("time.year").mean().values
        assert np.array_equal(compared.values(RANKED[0], name), alone.astype(float)), name


# --- the schema ---


def test_the_committed_schema_is_up_to_date():
    assert (scenario_folder() / schema.FILE_NAME).read_text(encoding="utf-8") == schema.schema_text(), (
        "run python -m cairn.scenario.schema"
    )


@pytest.mark.parametrize("name", shipped_names())
def test_every_file_names_the_schema_and_is_valid_by_it(name):
    assert find_file(name).read_text(encoding="utf-8").splitlines()[0] == schema.EDITOR_LINE
    content, _ = read_yaml(find_file(name))
    jsonschema.Draft202012Validator(schema.build_schema()).validate(content)


def test_the_schema_has_all_types_and_refuses_what_the_loader_refuses():
    made = schema.build_schema()
    jsonschema.Draft202012Validator.check_schema(made)
    assert set(event_types()) <= set(made["$defs"])
    check = jsonschema.Draft202012Validator(made)
    drought = {"type": "drought", "start": 2031, "inflow": 0.7, "why": "a test"}
    assert check.is_valid(
        {"extends": "baseline", "events": {"dry": drought, "rogun": "off", "cis_1991": {"end": 2000}}}
    )
    for wrong in (
        {"extends": "baseline", "evnts": {}},
        {"title": "No question"},
        {"extends": "baseline", "events": {"dry": drought | {"inflow": "low"}}},
        {"extends": "baseline", "events": {"dry": drought | {"inflow": 3}}},
        {"extends": "baseline", "events": {"dry": drought | {"infow": 0.5}}},
        {"extends": "baseline", "events": {"dry": {k: v for k, v in drought.items() if k != "start"}}},
        {"extends": "baseline", "events": {"dry": {"type": "drougth"}}},
        {"extends": "baseline", "events": {"rogun": "of"}},
        {"extends": "baseline", "parameters": {"trust_gain": 4}},
        {"extends": "baseline", "horizon": {"last": 2050}},
    ):
        assert not check.is_valid(wrong), json.dumps(wrong)
