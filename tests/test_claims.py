"""The claims on trial: each has a test and a source, each rule can come out each way, each runs."""

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

from cairn.claims import arm_runs, arms, changes, claims_figures, claims_page, evaluation, record_verdicts
from cairn.claims.claim import Claim, claims
from cairn.claims.claim_test import TRIALS, Row
from cairn.claims.claim_tests.interpretation import least_weight
from cairn.claims.shapley import shapley
from cairn.claims.verdicts import (
    Support,
    Verdict,
    both,
    by_band,
    by_effect,
    by_figure,
    by_lead,
    by_mean,
    by_ratio,
    weighed,
)
from cairn.cli.main import main
from cairn.events import Succession
from cairn.record.tables import read
from cairn.scenario.scenario import Scenario
from tests.looks import assert_readable

MEMBERS = 4
ENTRIES = YAML(typ="safe").load((files("cairn") / "claims" / "claims.yaml").read_text(encoding="utf-8"))["claims"]
WORLDS = np.linspace(-1, 1, 101)  # a made-up sample of effects around zero


@pytest.fixture(scope="module")
def found():
    return arm_runs.run(evaluation.needed(claims()), MEMBERS, 1, jobs=1)


@pytest.fixture(scope="module")
def cases(found):
    return {number: evaluation.judged(claim, found) for number, claim in claims().items()}


# --- what is written down -------------------------------------------------------------------------------------------


def test_there_are_forty_two_claims_and_the_command_knows_how_many():
    assert list(claims()) == list(range(1, 43))


@pytest.mark.parametrize("missing", ["claim", "test", "outcome", "supports", "contradicts", "record"])
def test_a_claim_without_a_written_test_or_source_is_refused(missing):
    for entry in ENTRIES:
        with pytest.raises(ValidationError):
            Claim.model_validate({key: value for key, value in entry.items() if key != missing})


def test_a_claim_whose_evidence_has_no_source_or_no_verdict_is_refused():
    entry = ENTRIES[1]
    for spoilt in ({"sources": []}, {"verdict": None}, {"computed": "winter_releases"}, {"verdict": "proven"}):
        with pytest.raises(ValidationError):
            Claim.model_validate(entry | {"record": entry["record"] | spoilt})


def test_a_claim_may_rest_only_on_what_the_model_has():
    for spoilt in ({"mechanisms": ["goodwill"]}, {"parameters": ["goodwill"]}, {"least": -1}, {"kind": "rumour"}):
        with pytest.raises(ValidationError):
            Claim.model_validate(ENTRIES[0] | spoilt)


def test_each_claim_that_the_model_can_speak_to_has_a_trial_and_no_other():
    assert set(TRIALS) == {number for number, claim in claims().items() if claim.tested}


def test_what_the_record_reckons_is_named_by_a_claim():
    assert {claim.record.computed for claim in claims().values()} - {None} == set(record_verdicts.RECKONED)


def test_all_arms_are_needed_by_some_trial():
    needed = {name.partition("@")[0] for name in evaluation.needed(claims())}
    assert needed == set(arms.arms())


# --- rules come out each way ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "verdict"),
    [
        (WORLDS * 0.01 + 0.1, Verdict.SUPPORTED),
        (WORLDS * 0.01 - 0.1, Verdict.CONTRADICTED),
        (WORLDS * 0.01, Verdict.CONTRADICTED),  # no effect worth the name
        (np.zeros(101), Verdict.CONTRADICTED),
        (WORLDS * 0.004 + 0.01, Verdict.PARTLY),  # sure, but small
        (WORLDS * 0.1 + 0.08, Verdict.PARTLY),  # likely, not sure
        (WORLDS * 0.1 + 0.02, Verdict.NOT_IDENTIFIED),
        (WORLDS * 0.004 - 0.01, Verdict.CONTRADICTED),
    ],
)
def test_effects_come_out_each_way_and_mirrored_against_the_other_sign(effect, verdict):
    assert by_effect(effect, 1, 0.02)[0] is verdict
    assert by_effect(-effect, -1, 0.02)[0] is verdict


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
def test_means_come_out_each_way(effect, verdict):
    assert by_mean(effect, 1, 0.05)[0] is verdict


@pytest.mark.parametrize(
    ("ahead", "verdict"),
    [
        (1.0, Verdict.SUPPORTED),
        (0.9, Verdict.PARTLY),
        (0.5, Verdict.NOT_IDENTIFIED),
        (0.01, Verdict.CONTRADICTED),
    ],
)
def test_leads_come_out_each_way(ahead, verdict):
    lead = np.where(np.arange(100) < 100 * ahead, 1.0, -1.0)
    assert by_lead(lead)[0] is verdict


def test_bands_ratios_and_figures_come_out_each_way():
    assert by_band(0.0, WORLDS)[0] is Verdict.SUPPORTED
    assert by_band(2.0, WORLDS)[0] is Verdict.CONTRADICTED
    assert [by_ratio(WORLDS * 0.1 + middle, 2, 1.25)[0] for middle in (3, 1.6, 1.25, 1)] == [
        Verdict.SUPPORTED,
        Verdict.PARTLY,
        Verdict.NOT_IDENTIFIED,
        Verdict.CONTRADICTED,
    ]
    assert [by_figure(claimed, 10, 11)[0] for claimed in (10.5, 13, 42)] == [
        Verdict.SUPPORTED,
        Verdict.PARTLY,
        Verdict.CONTRADICTED,
    ]


def test_a_claim_of_two_parts_needs_both():
    yes, no = (Verdict.SUPPORTED, "yes"), (Verdict.CONTRADICTED, "no")
    assert both(yes, yes, "too")[0] is Verdict.SUPPORTED
    assert both(yes, no, "too")[0] is Verdict.PARTLY
    assert both(no, yes, "too")[0] is Verdict.CONTRADICTED


def test_answers_for_a_claim_are_weakened_by_codes_placebos_and_want_of_support():
    yes, no, open_ = (Verdict.SUPPORTED, "yes"), (Verdict.CONTRADICTED, "no"), (Verdict.NOT_IDENTIFIED, "open")
    assert weighed(yes)[0] is Verdict.SUPPORTED
    assert weighed(yes, codings={"blind": yes}, effect=0.1, placebos={"sham": 0.01})[0] is Verdict.SUPPORTED
    assert weighed(yes, codings={"blind": open_})[0] is Verdict.PARTLY
    assert weighed(yes, codings={"blind": no})[0] is Verdict.NOT_IDENTIFIED
    assert weighed(yes, effect=0.1, placebos={"sham": 0.05})[0] is Verdict.PARTLY
    assert weighed(yes, effect=0.1, placebos={"sham": -0.05})[0] is Verdict.SUPPORTED
    assert weighed(yes, support=Support((), (), ("dialogue",)))[0] is Verdict.NOT_IDENTIFIED
    assert weighed(yes, support=Support(("leaders",), (), ("dialogue",)))[0] is Verdict.SUPPORTED
    assert weighed(no, support=Support((), (), ("dialogue",)))[0] is Verdict.CONTRADICTED


def _shifted(found: arm_runs.Worlds, by: float) -> arm_runs.Worlds:
    """Worlds in which every arm lies higher than the baseline by so much in all but trade of pairs, in every year."""
    plain = {name.partition("@")[0] for name in found.values}
    base = found.values["baseline"]

    def moved(name: str, key: str, column: np.ndarray) -> np.ndarray:
        still = name in _STILL or key.startswith("pair_trade")
        return base[key][: column.shape[0], : column.shape[1]] + (0 if still else by)

    values = {
        name: {key: moved(name, key, column) for key, column in kept.items()} for name, kept in found.values.items()
    }
    assert plain == set(arms.arms())
    return dataclasses.replace(found, values=values)


_STILL = {"baseline", *(f"baseline@{c}" for c in changes.CODINGS), "tajik_succession_2027_same", "no_canal",
          *(f"tajik_succession_2027_same@{c}" for c in changes.CODINGS)}  # fmt: skip
PAIRED = (2, 3, 4, 5, 6, 12, 13, 14, 15, 17, 22, 23, 26, 27, 29, 32, 38, 39, 42)


@pytest.mark.parametrize("number", PAIRED)
def test_a_trial_comes_out_for_or_against_its_claim_as_worlds_have_it(number, found):
    size = 5.0 if claims()[number].least >= 0.2 else 0.5
    rulings = {TRIALS[number].hear(claims()[number], _shifted(found, by)).ruling[0] for by in (size, -size)}
    assert Verdict.CONTRADICTED in rulings
    assert rulings & {Verdict.SUPPORTED, Verdict.PARTLY}


# --- Shapley values -------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-1, 1), min_size=16, max_size=16))
def test_shapley_values_add_up_to_what_all_causes_do_together(values):
    found = shapley(np.array(values))
    assert found.sum() == pytest.approx(values[15] - values[0], abs=1e-12)


def test_a_cause_that_adds_nothing_has_no_value_and_like_causes_have_the_same():
    bits = np.array([[k >> cause & 1 for cause in range(3)] for k in range(8)])
    values = np.minimum(bits[:, 0] + bits[:, 1], 1) * 1.0  # either of the first two is enough, the third is idle
    assert shapley(values).tolist() == [0.5, 0.5, 0.0]


def test_as_many_combinations_as_there_are_must_be_given():
    with pytest.raises(ValueError, match="combinations"):
        shapley(np.zeros(6))


# --- arms -----------------------------------------------------------------------------------------------------------


def test_no_cause_taken_away_is_the_baseline_and_causes_may_be_taken_in_any_order():
    assert arms.scenario("combination_0").events == Scenario.load("baseline").events
    base = changes.Draft.of(Scenario.load("baseline"))
    steps = [change for _, change in changes.CAUSES.values()]
    forth, back = changes.chain(*steps)(base), changes.chain(*reversed(steps))(base)
    assert forth.events == back.events
    assert forth.parameters == back.parameters


def test_a_reform_undoes_the_acts_of_karimovs_line_within_a_year():
    for year in arms.REFORMS:
        reformed = arms.scenario(f"reform_{year}").events
        for name in changes.UZBEK_ACTS:
            if name in reformed:
                assert reformed[name].start.year < year
                assert reformed[name].end.year <= year + 1
        leaders = [e for e in reformed.values() if isinstance(e, Succession) and e.country == "UZB"]
        assert max(leaders, key=lambda event: event.date).openness == changes.REFORM["openness"]


def test_dealing_codes_anew_keeps_the_codes_and_changes_whose_they_are():
    def codes(world):
        return [e.openness for e in world.events.values() if isinstance(e, Succession)]

    base = codes(Scenario.load("baseline"))
    deals = [codes(arms.scenario(f"permuted_{k}")) for k in range(arms.DEALS)]
    assert all(sorted(deal) == sorted(base) and deal != base for deal in deals)
    assert len({tuple(deal) for deal in deals}) == arms.DEALS


def test_a_placebo_succession_differs_from_none_only_after_it_happens(found):
    effect = found.effect("uzb_same_kind_2016", "index", 1992, 2015, against="karimov_line")
    assert not effect.any()


def test_an_unknown_arm_or_coding_is_an_error():
    with pytest.raises(KeyError):
        arm_runs.run(["atlantis"], 2, 1)
    with pytest.raises(KeyError, match="coding"):
        arms.arm("baseline@rosy")


def test_arms_are_worlds_of_a_comparison_on_the_same_luck(found):
    from cairn.ensemble.comparison import compare

    index = arm_runs.HEAD["index"]
    both_run = compare(["baseline", "karimov_line"], MEMBERS, 1, to_year=2024, outcomes=(index,))
    direct = both_run.difference(index)[:, -1]
    assert found.effect("karimov_line", "index", 2024) == pytest.approx(direct, abs=1e-6)


def test_the_index_at_a_years_end_is_that_of_its_last_quarter(found):
    from cairn import run

    quarters = run("baseline", MEMBERS, 1, to_year=2000, outputs="summary", jobs=1).integration_index
    assert np.array_equal(found.years("baseline", "index at year's end", 2000), quarters.values[:, -1])


# --- each claim runs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(1, 43))
def test_each_claim_is_heard(number, cases):
    case = cases[number]
    assert case.ruling[0] in Verdict and case.ruling[1]
    assert case.of_record[0] in Verdict and case.of_record[1]
    if not case.claim.tested:
        assert case.ruling[0] is Verdict.NOT_TESTABLE
        return
    rows = [case.finding.headline, *case.finding.rows]
    assert all(np.isfinite(row.sample).all() for row in rows)
    assert len({row.label for row in case.finding.rows}) == len(case.finding.rows)


def test_what_hangs_on_codes_is_given_under_all_of_them(cases):
    for case in cases.values():
        rows = [row for row in case.finding.rows if row.kind == "coding"] if case.finding else []
        expected = len(changes.CODINGS) if case.claim.judged and case.claim.tested else 0
        assert len(rows) == expected, case.claim.title


def test_each_causal_claim_has_a_placebo(cases):
    for case in cases.values():
        if case.claim.kind == "cause" and case.finding:
            assert any(row.kind == "placebo" for row in case.finding.rows), case.claim.title


def test_the_articles_trade_figures_are_contradicted_by_both_and_fitted_to_by_nobody(cases):
    case = cases[31]
    assert case.ruling[0] is Verdict.CONTRADICTED and case.of_record[0] is Verdict.CONTRADICTED
    assert [figure.article for figure in case.claim.figures] == [20, 42]
    trade = [float(row["value"]) for row in read("targets") if row["indicator"].startswith("trade")]
    assert max(trade) < 15
    assert all(row.high < 20 for row in case.ours)


def test_an_answer_that_rests_on_what_the_record_does_not_call_for_is_not_identified(cases):
    assert not cases[17].support.given
    assert cases[17].ruling[0] not in (Verdict.SUPPORTED, Verdict.PARTLY)
    assert cases[3].support.called_for == ["leaders"]


def test_the_record_is_reckoned_from_the_tables():
    assert record_verdicts.RECKONED["disputes_with_and_without_a_forum"]()[1].startswith("6 disputes began in 12 years")
    assert "62% of what Toktogul let go" in record_verdicts.RECKONED["winter_releases"]()[1]
    assert record_verdicts.RECKONED["consultative_meetings"]()[0] is Verdict.SUPPORTED
    assert record_verdicts.RECKONED["mutual_trade"]()[0] is Verdict.CONTRADICTED


def test_where_model_and_record_disagree_is_said(cases):
    case = cases[31]
    assert case.disagree == ""
    other = dataclasses.replace(case, of_record=(Verdict.SUPPORTED, "made up"))
    assert other.disagree == "yes"
    assert dataclasses.replace(other, ruling=(Verdict.PARTLY, "made up")).disagree == "in part"


def test_a_least_weight_is_found_between_levels_or_not_at_all():
    assert least_weight((0.0, 1.0, 2.0), np.array([0.8, 0.8, 0.9])) == 0.0
    assert least_weight((0.0, 1.0, 2.0), np.array([0.1, 0.7, 0.9])) == pytest.approx(1.5)
    assert np.isnan(least_weight((0.0, 1.0), np.array([0.1, 0.3])))


def test_a_mean_over_worlds_has_the_interval_of_a_mean():
    row = Row("attends", np.repeat([0.0, 1.0], 50), averaged=True)
    assert row.low < row.middle == 0.5 < row.high
    assert row.high - row.low == pytest.approx(2 * 1.645 * 0.0503, rel=0.01)


# --- page, pictures, command ----------------------------------------------------------------------------------------


def test_the_page_holds_every_claim_and_fetches_nothing(cases, found):
    several = list(cases.values())
    drawn = [
        (claims_figures.forest(several, MEMBERS, 1), "effects"),
        (claims_figures.shares_of_causes(found), "causes"),
        (claims_figures.needed_gains(found), "gains"),
    ]
    about = {"members": MEMBERS, "seed": 1, "parameters": "the <posterior>", "command": "run.py claims"}
    text = claims_page.page(several, drawn, about)
    for claim in claims().values():
        assert text.count(f">{claim.number} {claim.title.replace(chr(39), '&#39;')}<") >= 2
    assert "the &lt;posterior&gt;" in text
    assert text.count("data:image/png") == 3
    assert not re.search(r"(src|href)=\"(?!data:|#)", text) and "<script" not in text


def test_pictures_of_the_claims_can_be_read(cases, found):
    for figure in (
        claims_figures.forest(list(cases.values()), MEMBERS, 1),
        claims_figures.shares_of_causes(found),
        claims_figures.needed_gains(found),
    ):
        assert_readable(figure)


def test_the_forest_has_a_line_for_each_claim_that_was_tested(cases):
    figure = claims_figures.forest(list(cases.values()), MEMBERS, 1)
    texts = [text.get_text() for axis in figure.axes for text in axis.texts]
    for case in cases.values():
        assert any(case.claim.title in text for text in texts) == (case.finding is not None)


def test_the_command_writes_the_same_bytes_over_any_number_of_processes(tmp_path, capsys):
    for jobs in ("1", "2"):
        assert main(["claims", "5", "31", "40", "--members", "3", "--jobs", jobs, "--out", str(tmp_path / jobs)]) == 0
    table = capsys.readouterr().out
    assert "Turkmenistan opened" in table and "not testable" in table
    for name in ("claims.csv", "report.html", "forest.png"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_the_command_prints_one_document_or_a_list(tmp_path, capsys):
    assert main(["claims", "31", "--members", "2", "--json", "--out", str(tmp_path)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["claims"][0]["model"] == "contradicted"
    assert json.loads((tmp_path / "claims.json").read_text()) == document
    assert main(["claims", "--list"]) == 0
    listed = capsys.readouterr().out
    assert all(claim.title in listed for claim in claims().values())


@pytest.mark.parametrize("wrong", [["43"], ["0"], ["karimov"], ["--members", "1"]])
def test_a_claim_that_is_not_there_is_bad_input(wrong, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["claims", *wrong])
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
