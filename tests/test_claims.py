"""The claims: each has a test and a source, each rule can have every outcome, each test runs."""

import dataclasses
import json
import re
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from ruamel.yaml import YAML

from cairn.claims import claims_figures, claims_page, evaluation, record_tests, record_verdicts
from cairn.claims.claim import Claim, article, claims
from cairn.claims.claim_tests.interpretation import least_weight
from cairn.claims.claim_tests.measurement import Measurement
from cairn.claims.claim_tests.registration import CLAIM_TESTS
from cairn.claims.claim_tests.shapley import shapley
from cairn.claims.evidence import PredictiveEvidence
from cairn.claims.experiments import arm_runs, arms, changes, codings, leader_changes
from cairn.claims.experiments.draft import Draft, chain
from cairn.claims.verdicts import (
    Assessment,
    Verdict,
    assess_claimed_value,
    assess_effect,
    assess_lead,
    assess_mean,
    assess_ratio,
    assess_recorded_range,
    combine_parts,
)
from cairn.cli.main import main
from cairn.core.parameters import Parameters
from cairn.events import Succession
from cairn.record.tables import read
from cairn.scenario.scenario import Scenario
from tests.looks import assert_readable

MEMBERS = 4
ENTRIES = YAML(typ="safe").load((files("cairn") / "claims" / "claims.yaml").read_text(encoding="utf-8"))["claims"]
SAMPLE = np.linspace(-1, 1, 101)  # a synthetic sample of effects around zero


@pytest.fixture(scope="module")
def runs():
    return arm_runs.run_arms(evaluation.required_arms(claims()), MEMBERS, 1, jobs=1)


@pytest.fixture(scope="module")
def results(runs):
    return {claim_id: evaluation.evaluate(claim, runs) for claim_id, claim in claims().items()}


# --- what is written down --------------------------------------------------------------------------------------------


def test_there_are_forty_two_claims_and_the_command_knows_how_many():
    assert list(claims()) == list(range(1, 43))


WRITTEN = [
    "statement",
    "theme",
    "place",
    "test",
    "measure",
    "supported_if",
    "contradicted_if",
    "record",
    "would_change",
]


@pytest.mark.parametrize("missing", WRITTEN)
def test_a_claim_without_a_written_test_or_source_is_refused(missing):
    for entry in ENTRIES:
        with pytest.raises(ValidationError):
            Claim.model_validate({key: value for key, value in entry.items() if key != missing})


def test_a_claim_whose_evidence_has_no_source_or_no_verdict_is_refused():
    entry = next(e for e in ENTRIES if "verdict" in e["record"])
    for spoilt in ({"sources": []}, {"verdict": None}, {"computed": "mutual_trade"}, {"verdict": "proven"}):
        with pytest.raises(ValidationError):
            Claim.model_validate(entry | {"record": entry["record"] | spoilt})


def test_a_claim_may_depend_only_on_mechanisms_and_parameters_of_the_model():
    for spoilt in (
        {"mechanisms": ["goodwill"]},
        {"parameters": ["goodwill"]},
        {"smallest_effect": -1},
        {"kind": "rumour"},
    ):
        with pytest.raises(ValidationError):
            Claim.model_validate(ENTRIES[0] | spoilt)


def test_each_testable_claim_has_a_test_and_no_other():
    assert set(CLAIM_TESTS) == {claim_id for claim_id, claim in claims().items() if claim.testable}


@pytest.mark.parametrize(
    ("difference", "p", "p_opposite", "verdict"),
    [
        (0.2, 0.05, 0.99, Verdict.SUPPORTED),
        (0.2, 0.30, 0.75, Verdict.NOT_IDENTIFIED),
        (-0.2, 0.99, 0.05, Verdict.CONTRADICTED),
        (-0.2, 0.75, 0.30, Verdict.NOT_IDENTIFIED),
    ],
)
def test_a_recorded_difference_can_have_every_verdict(difference, p, p_opposite, verdict):
    assert record_tests.verdict_of_difference(difference, p, p_opposite) is verdict


def test_each_computed_record_verdict_is_named_by_a_claim():
    assert {claim.record.computed for claim in claims().values()} - {None} == set(record_verdicts.COMPUTED)


def test_every_arm_is_required_by_a_test():
    required = {arms.parts_of(name).plain for name in evaluation.required_arms(claims())}
    assert required == set(arms.arms())


# --- rules can have every outcome ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "verdict"),
    [
        (SAMPLE * 0.01 + 0.1, Verdict.SUPPORTED),
        (SAMPLE * 0.01 - 0.1, Verdict.CONTRADICTED),
        (SAMPLE * 0.01, Verdict.CONTRADICTED),  # no effect that counts
        (np.zeros(101), Verdict.CONTRADICTED),
        (SAMPLE * 0.004 + 0.01, Verdict.PARTLY),  # certain, but small
        (SAMPLE * 0.1 + 0.08, Verdict.PARTLY),  # likely, not certain
        (SAMPLE * 0.1 + 0.02, Verdict.NOT_IDENTIFIED),
        (SAMPLE * 0.004 - 0.01, Verdict.CONTRADICTED),
    ],
)
def test_effects_can_have_every_verdict_and_the_opposite_sign_mirrors_them(effect, verdict):
    assert assess_effect(effect, 1, 0.02).verdict is verdict
    assert assess_effect(-effect, -1, 0.02).verdict is verdict


@pytest.mark.parametrize(
    ("effect", "verdict"),
    [
        (np.repeat([0.0, 1.0], 50), Verdict.SUPPORTED),
        (np.repeat([0.0, -1.0], 50), Verdict.CONTRADICTED),
        (np.zeros(100), Verdict.CONTRADICTED),
        (np.tile([1.0, -1.0], 50), Verdict.NOT_IDENTIFIED),
        (np.repeat([0.0, 0.06], 50), Verdict.PARTLY),
    ],
)
def test_means_can_have_every_verdict(effect, verdict):
    assert assess_mean(effect, 1, 0.05).verdict is verdict


@pytest.mark.parametrize(
    ("ahead", "verdict"),
    [
        (1.0, Verdict.SUPPORTED),
        (0.9, Verdict.PARTLY),
        (0.5, Verdict.NOT_IDENTIFIED),
        (0.01, Verdict.CONTRADICTED),
    ],
)
def test_leads_can_have_every_verdict(ahead, verdict):
    lead = np.where(np.arange(100) < 100 * ahead, 1.0, -1.0)
    assert assess_lead(lead).verdict is verdict


def test_values_ratios_and_ranges_can_have_every_verdict():
    assert assess_claimed_value(0.0, SAMPLE).verdict is Verdict.SUPPORTED
    assert assess_claimed_value(2.0, SAMPLE).verdict is Verdict.CONTRADICTED
    assert [assess_ratio(SAMPLE * 0.1 + middle, 2, 1.25).verdict for middle in (3, 1.6, 1.25, 1)] == [
        Verdict.SUPPORTED,
        Verdict.PARTLY,
        Verdict.NOT_IDENTIFIED,
        Verdict.CONTRADICTED,
    ]
    assert [assess_recorded_range(claimed, 10, 11).verdict for claimed in (10.5, 13, 42)] == [
        Verdict.SUPPORTED,
        Verdict.PARTLY,
        Verdict.CONTRADICTED,
    ]


def test_a_claim_of_two_parts_needs_combine_parts():
    yes, no = Assessment(Verdict.SUPPORTED, "yes"), Assessment(Verdict.CONTRADICTED, "no")
    assert combine_parts(yes, yes, "too").verdict is Verdict.SUPPORTED
    assert combine_parts(yes, no, "too").verdict is Verdict.PARTLY
    assert combine_parts(no, yes, "too").verdict is Verdict.CONTRADICTED


def _shifted(runs: arm_runs.ArmRuns, by: float) -> arm_runs.ArmRuns:
    """Runs in which every arm is above the baseline by so much in every year, except in the trade of pairs."""
    plain = {arms.parts_of(name).plain for name in runs.values}
    base = runs.values["baseline"]

    def moved(name: str, key: str, column: np.ndarray) -> np.ndarray:
        unchanged = arms.parts_of(name).plain in _UNCHANGED or key.startswith("pair_trade")
        rows = np.arange(column.shape[0]) % base[key].shape[0]
        return base[key][rows, : column.shape[1]] + (0 if unchanged else by)

    values = {
        name: {key: moved(name, key, column) for key, column in stored.items()} for name, stored in runs.values.items()
    }
    assert plain == set(arms.arms())
    return dataclasses.replace(runs, values=values)


_UNCHANGED = {"baseline", "tajik_succession_2027_same", "no_canal"}
PAIRED = (2, 3, 4, 5, 6, 12, 13, 14, 15, 17, 22, 23, 26, 27, 29, 32, 38, 39, 42)


@pytest.mark.parametrize("claim_id", PAIRED)
def test_a_test_can_support_and_contradict_its_claim(claim_id, runs):
    claim, evaluate = claims()[claim_id], CLAIM_TESTS[claim_id].evaluate
    size = 5.0 if claim.smallest_effect >= 0.2 else 0.5
    asked = runs.as_assumed() if arms.assumed_by(claim.needs) else runs
    verdicts = {evaluate(claim, _shifted(asked, by)).assessment.verdict for by in (size, -size)}
    assert Verdict.CONTRADICTED in verdicts
    assert verdicts & {Verdict.SUPPORTED, Verdict.PARTLY}


# --- Shapley values --------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-1, 1), min_size=16, max_size=16))
def test_shapley_values_add_up_to_the_effect_of_all_causes(values):
    contributions = shapley(np.array(values))
    assert contributions.sum() == pytest.approx(values[15] - values[0], abs=1e-12)


def test_a_cause_without_effect_has_no_value_and_equal_causes_have_the_same():
    bits = np.array([[k >> cause & 1 for cause in range(3)] for k in range(8)])
    values = np.minimum(bits[:, 0] + bits[:, 1], 1) * 1.0  # either of the first two is enough, the third has no effect
    assert shapley(values).tolist() == [0.5, 0.5, 0.0]


def test_all_combinations_must_be_given():
    with pytest.raises(ValueError, match="combinations"):
        shapley(np.zeros(6))


# --- arms ------------------------------------------------------------------------------------------------------------


def test_removing_no_cause_is_the_baseline_and_the_order_of_removal_is_irrelevant():
    assert arms.scenario("combination_0").events == Scenario.load("baseline").events
    base = Draft.from_scenario(Scenario.load("baseline"))
    steps = [change for _, change in changes.CAUSES.values()]
    forward, backward = chain(*steps)(base), chain(*reversed(steps))(base)
    assert forward.events == backward.events
    assert forward.parameters == backward.parameters


def test_a_reform_ends_the_acts_of_karimovs_time_within_a_year():
    for year in arms.REFORM_YEARS:
        reformed = arms.scenario(f"reform_{year}").events
        for name in leader_changes.UZBEK_ACTS:
            if name in reformed:
                assert reformed[name].start.year < year
                assert reformed[name].end.year <= year + 1
        leaders = [e for e in reformed.values() if isinstance(e, Succession) and e.country == "UZB"]
        assert max(leaders, key=lambda event: event.date).openness == leader_changes.REFORMER["openness"]


def test_dealt_codes_are_the_same_codes_of_other_leaders():
    def codes(scenario):
        return [e.openness for e in scenario.events.values() if isinstance(e, Succession)]

    base = codes(Scenario.load("baseline"))
    dealt = [codes(arms.scenario(f"baseline@dealt{k}")) for k in range(codings.DEALS)]
    assert all(sorted(each) == sorted(base) and each != base for each in dealt)
    assert len({tuple(each) for each in dealt}) == codings.DEALS


def test_members_of_all_deals_are_pooled(runs):
    assert not [name for name in runs.values if "@dealt0" in name]
    assert len(runs.mean("karimov_line@dealt", "index", 2024)) == 2 * codings.DEALS


def test_noise_up_to_the_intervention_is_that_of_the_record_until_then(runs):
    """Members are the same where no later report is used, and free afterwards; an intervention of 1992 frees all."""
    whole, released = (runs.mean(f"karimov_line{noise}", "trade", 2000) for noise in ("", "~2015"))
    assert whole == pytest.approx(released)
    assert (runs.mean("baseline", "trade", 2024) != runs.mean("baseline~2015", "trade", 2024)).all()
    assert (runs.mean("baseline", "trade", 2000) != runs.mean("baseline~1991", "trade", 2000)).all()
    view = runs.with_noise_until(2015)
    assert np.array_equal(view.mean("baseline", "trade", 2024), runs.mean("baseline~2015", "trade", 2024))


def test_every_claim_on_a_change_of_the_past_is_evaluated_in_both_versions(results):
    both = {claim_id: result.other_noise[1] for claim_id, result in results.items() if result.other_noise}
    assert both[3] == 2015 and both[4] == 2018 and both[13] == 1999 and both[11] == 1991
    levels_or_future = {n for n, r in results.items() if r.test_result and n not in both}
    assert levels_or_future == {1, 6, 7, 19, 21, 28, 31, 32, 38, 42}


def test_claims_about_mechanisms_that_are_off_are_tested_with_them_on(runs, results):
    shipped, assumed = arms.scenario("baseline"), arms.scenario("baseline+")
    assert assumed.parameters == {**shipped.parameters, **arms.ASSUMED}
    for name, value in arms.ASSUMED.items():
        assert np.all(getattr(Parameters(), name) != value)
    assert {"bloc_pull_weight", "grievance_weight", "sovereignty_cost"} <= arms.ASSUMED.keys()
    assert (
        arms.scenario("no_water_conflict+").parameters["water_incident_effect"] == 0
    )  # an arm may remove what is assumed
    both = arm_runs.run_arms(["no_russian_blocs", "no_russian_blocs+", "baseline+"], MEMBERS, 1, jobs=1)
    without, with_pull = (
        both.effect(f"no_russian_blocs{on}", "index", 2010, against=f"baseline{on}") for on in ("", "+")
    )
    assert (with_pull != without).all()
    headline = results[23].test_result.headline.sample
    assert np.array_equal(headline, runs.effect("no_russian_blocs+", "index", 2006, 2015, against="baseline+"))
    kept = {n for n, claim in claims().items() if n in CLAIM_TESTS and arms.assumed_by(claim.needs)}
    assert kept == {10, 11, 12, 14, 15, 18, 20, 22, 23}


def test_a_placebo_succession_has_no_effect_before_it_happens(runs):
    effect = runs.effect("uzb_same_kind_2016", "index", 1992, 2015, against="karimov_line")
    assert not effect.any()


def test_an_unknown_arm_or_coding_is_an_error():
    with pytest.raises(KeyError):
        arm_runs.run_arms(["atlantis"], 2, 1)
    with pytest.raises(KeyError, match="coding"):
        arms.arm("baseline@rosy")


def test_the_effect_of_an_arm_is_that_of_a_comparison(runs):
    from cairn.ensemble.comparison import compare

    index = arm_runs.REGIONAL_OUTCOMES["index"]
    both_run = compare(["baseline", "karimov_line"], MEMBERS, 1, to_year=2024, outcomes=(index,))
    direct = both_run.difference(index)[:, -1]
    assert runs.effect("karimov_line", "index", 2024) == pytest.approx(direct, abs=1e-6)


def test_the_index_at_the_end_of_a_year_is_that_of_its_last_quarter(runs):
    from cairn import run

    quarters = run("baseline", MEMBERS, 1, to_year=2000, outputs="summary", jobs=1).integration_index
    assert np.array_equal(runs.mean("baseline", "index at year's end", 2000), quarters.values[:, -1])


# --- each claim is evaluated -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("claim_id", range(1, 43))
def test_each_claim_is_evaluated(claim_id, results):
    result = results[claim_id]
    assert result.assessment.verdict in Verdict and result.assessment.reason
    assert result.record_assessment.verdict in Verdict and result.record_assessment.reason
    if not result.claim.testable:
        assert result.assessment.verdict is Verdict.NOT_TESTABLE
        return
    measurements = result.test_result.measurements
    assert all(np.isfinite(row.sample).all() for row in (result.test_result.headline, *measurements))
    assert len({row.label for row in measurements}) == len(measurements)


def test_results_that_depend_on_leader_codes_are_given_under_all_codings(results):
    for result in results.values():
        test, claim = result.test_result, result.claim
        rows = [row for row in test.measurements if row.kind == "coding"] if test else []
        expected = len(codings.CODINGS) if claim.depends_on_leader_codes and claim.testable else 0
        assert len(rows) == expected, claim.title


def test_each_causal_claim_has_a_placebo(results):
    for result in results.values():
        if result.claim.kind == "cause" and result.test_result:
            assert any(row.kind == "placebo" for row in result.test_result.measurements), result.claim.title


def test_the_articles_trade_values_are_contradicted_and_are_no_targets(results):
    result = results[31]
    assert result.record_assessment.verdict is result.overall.verdict is Verdict.CONTRADICTED
    assert [value.article for value in result.claim.quoted_values] == [20, 42]
    trade = [float(row["value"]) for row in read("targets") if row["indicator"].startswith("trade")]
    assert max(trade) < 15
    assert all(row.high < 20 for row in result.model_values)


def test_levels_that_members_follow_are_no_test_by_the_model(results):
    for claim_id in (1, 7, 19, 21, 28, 31):
        assert results[claim_id].assessment.verdict is Verdict.NOT_TESTABLE
        assert "follow the record to 2025" in results[claim_id].assessment.reason


def test_what_no_forecast_tests_does_not_support_a_claim(runs):
    claim = claims()[17]
    assert evaluation.evaluate(claim, runs, {}).assessment.verdict is Verdict.FOLLOWS
    better = {name: (PredictiveEvidence(name, "trade", 0.1, 0.05, 0.15, 9, 90),) for name in claim.needs}
    assert evaluation.evaluate(claim, runs, better).assessment.verdict in (Verdict.SUPPORTED, Verdict.PARTLY)
    one_lacks = {name: found for name, found in better.items() if name != claim.needs[-1]}
    assert evaluation.evaluate(claim, runs, one_lacks).assessment.verdict is Verdict.FOLLOWS


def test_every_claim_has_a_place_in_the_article():
    assert len(article().sections) == 4
    for claim in claims().values():
        assert claim.place.startswith(article().sections), claim.title


def test_a_cause_cannot_be_supported_by_judgement():
    entry = next(e for e in ENTRIES if e["kind"] == "cause" and "verdict" in e["record"])
    with pytest.raises(ValidationError, match="not a cause"):
        Claim.model_validate(entry | {"record": entry["record"] | {"verdict": "supported"}})


def test_a_change_of_the_verdict_of_the_record_is_listed_where_there_is_one(results):
    for result in results.values():
        earlier, verdict = result.claim.earlier, result.record_assessment.verdict
        if earlier and not result.claim.testable:
            assert earlier.record is not verdict, result.claim.title


def test_record_verdicts_are_computed_from_the_tables():
    assert record_verdicts.COMPUTED["disputes_with_and_without_a_forum"]().reason.startswith(
        "6 disputes began in 12 years"
    )
    assert "released 62% of its water" in record_verdicts.COMPUTED["releases_and_disputes"]().reason
    assert record_verdicts.COMPUTED["turkmen_attendance"]().verdict is Verdict.CONTRADICTED
    assert record_verdicts.COMPUTED["meetings_after_the_merger"]().verdict is Verdict.SUPPORTED
    assert record_verdicts.COMPUTED["consultative_meetings"]().verdict is Verdict.SUPPORTED
    assert record_verdicts.COMPUTED["mutual_trade"]().verdict is Verdict.CONTRADICTED


def test_disagreement_of_model_and_record_is_reported(results):
    result = dataclasses.replace(results[31], assessment=Assessment(Verdict.CONTRADICTED, "synthetic"))
    assert result.disagreement == ""
    other = dataclasses.replace(result, record_assessment=Assessment(Verdict.SUPPORTED, "synthetic"))
    assert other.disagreement == "yes"
    partly = dataclasses.replace(other, assessment=Assessment(Verdict.PARTLY, "synthetic"))
    assert partly.disagreement == "in part"


def test_the_least_weight_is_interpolated_or_missing():
    assert least_weight((0.0, 1.0, 2.0), np.array([0.8, 0.8, 0.9])) == 0.0
    assert least_weight((0.0, 1.0, 2.0), np.array([0.1, 0.7, 0.9])) == pytest.approx(1.5)
    assert np.isnan(least_weight((0.0, 1.0), np.array([0.1, 0.3])))


def test_a_mean_over_members_has_the_interval_of_a_mean():
    row = Measurement("attends", np.repeat([0.0, 1.0], 50), averaged=True)
    assert row.low < row.center == 0.5 < row.high
    assert row.high - row.low == pytest.approx(2 * 1.645 * 0.0503, rel=0.01)


# --- page, figures, command ------------------------------------------------------------------------------------------


def test_the_page_has_every_claim_and_loads_nothing(results, runs):
    several = list(results.values())
    drawn = [
        (claims_figures.forest_plot(several, MEMBERS, 1), "effects"),
        (claims_figures.contributions_of_causes(runs), "causes"),
        (claims_figures.required_gains(runs), "gains"),
    ]
    about = {"members": MEMBERS, "seed": 1, "parameters": "the <posterior>", "command": "run.py claims",
             "text": "An <essay>.", "source": "claims.yaml"}  # fmt: skip
    text = claims_page.render_claims_page(several, drawn, about)
    for claim in claims().values():
        title = claim.title.replace(chr(39), "&#39;")
        assert text.count(f"{claim.id} {title}</h3>") == 1
        assert f'href="#claim-{claim.id}" title="{title}"' in text
    for word in ("The test, written before it was run", "What was found", "How sure", "What would change the verdict"):
        assert text.count(f"<dt>{word}</dt>") == len(claims())
    for verdict in {result.overall.verdict.value for result in several}:
        assert f'id="verdict-{verdict.replace(" ", "-")}"' in text
    assert text.count('name="theme"') == 1 + len({claim.theme for claim in claims().values()})
    assert text.count("No public data could settle it.") == sum(c.no_public_data for c in claims().values()) > 4
    assert "the &lt;posterior&gt;" in text
    assert text.count("data:image/png") == 3
    assert not re.search(r"(src|href)=\"(?!data:|#)", text) and "<script" not in text


def test_figures_of_the_claims_can_be_read(results, runs):
    for figure in (
        claims_figures.forest_plot(list(results.values()), MEMBERS, 1),
        claims_figures.contributions_of_causes(runs),
        claims_figures.required_gains(runs),
    ):
        assert_readable(figure)


def test_the_forest_plot_has_a_row_for_each_tested_claim(results):
    figure = claims_figures.forest_plot(list(results.values()), MEMBERS, 1)
    texts = [text.get_text() for axis in figure.axes for text in axis.texts]
    for result in results.values():
        assert any(result.claim.title in text for text in texts) == (result.test_result is not None)


def test_the_command_writes_the_same_bytes_over_any_number_of_processes(tmp_path, capsys):
    for jobs in ("1", "2"):
        assert main(["claims", "5", "30", "31", "--members", "3", "--jobs", jobs, "--out", str(tmp_path / jobs)]) == 0
    table = capsys.readouterr().out
    assert "Turkmenistan opened" in table and "not testable" in table
    for name in ("claims.csv", "report.html", "forest.png"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_the_command_prints_one_document_or_a_list(tmp_path, capsys):
    assert main(["claims", "31", "--members", "2", "--json", "--out", str(tmp_path)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["claims"][0]["verdict"] == document["claims"][0]["record"] == "contradicted"
    assert json.loads((tmp_path / "claims.json").read_text()) == document
    assert main(["claims", "--list"]) == 0
    listed = capsys.readouterr().out
    assert all(claim.title in listed for claim in claims().values())


@pytest.mark.parametrize("wrong", [["43"], ["0"], ["karimov"], ["--members", "1"]])
def test_an_unknown_claim_is_an_error(wrong, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["claims", *wrong])
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
