"""What an effect in the model is worth as evidence: each rule can come out each way, on synthetic effects."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cairn.calibration.repeats.mechanisms import MECHANISM_LIST, TRADE
from cairn.claims import evaluation
from cairn.claims.evidence import (
    CodingResult,
    PredictiveEvidence,
    predictive_evidence,
    supports,
    what_stands,
    with_codings,
    with_forecasts,
    with_other_noise,
    with_placebos,
)
from cairn.claims.verdicts import Assessment, Verdict, assess_effect

S, P, C = Verdict.SUPPORTED, Verdict.PARTLY, Verdict.CONTRADICTED
F, N, T = Verdict.FOLLOWS, Verdict.NOT_IDENTIFIED, Verdict.NOT_TESTABLE
YES, PARTLY, NO, OPEN = (Assessment(verdict, "synthetic") for verdict in (S, P, C, N))
PAIRS, YEARS = np.repeat([f"pair {k}" for k in range(8)], 10), np.tile(np.arange(2004, 2014), 8)
THREAT = dataclasses.replace(next(m for m in MECHANISM_LIST if m.name == "threat"), acts_on=TRADE)


def scores(gain: float, between_pairs: float = 0.0, seed: int = 1, few: bool = False) -> pd.DataFrame:
    """Scores with and without a mechanism, whose gain is so large on average and differs so much between pairs."""
    random = np.random.default_rng(seed)
    with_it = 0.4 + 0.1 * random.random(len(PAIRS))
    own = np.repeat(between_pairs * np.where(np.arange(8) % 2, 1.0, -1.0), 10)
    without = with_it + gain + own + 0.01 * random.standard_normal(len(PAIRS))
    table = pd.DataFrame(
        {"outcome": TRADE, "place": PAIRS, "year": YEARS, "origin": 2003, "horizon": YEARS - 2003, "shipped": with_it}
    ).assign(threat=without)
    return table[table.place < "pair 3"].reset_index(drop=True) if few else table


def found(gain: float, between_pairs: float = 0.0, seed: int = 1, few: bool = False) -> PredictiveEvidence:
    [evidence] = predictive_evidence(scores(gain, between_pairs, seed, few), [THREAT])["threat"]
    return evidence


# --- forecasts -------------------------------------------------------------------------------------------------------


def test_a_mechanism_can_improve_worsen_or_not_change_forecasts():
    better, worse, same = found(0.05), found(-0.05), found(0.0)
    assert better.supports and not better.opposes and "better with threat" in better.text
    assert worse.opposes and not worse.supports and "worse with threat" in worse.text
    assert not same.supports and not same.opposes and "neither better nor worse" in same.text
    assert supports([better]) and not supports([worse]) and not supports([same]) and not supports([])
    assert supports([better, same]) and not supports([better, worse])


def test_the_interval_is_over_pairs_so_that_a_gain_in_half_of_them_is_no_support():
    """80 forecasts alone would make the mean certain; that it has another sign in every second pair does not."""
    table = scores(0.03, between_pairs=0.2)
    naive = (table.threat - table.shipped).std() / np.sqrt(len(table))
    evidence = found(0.03, between_pairs=0.2)
    assert evidence.high - evidence.low > 2 * 3.29 * naive
    assert not evidence.supports


def test_seeds_alone_and_few_pairs_are_no_evidence():
    """Refits that differ in their seed differ by noise around zero; three pairs have no interval."""
    assert not any(one.supports or one.opposes for one in (found(0.0, 0.05, seed) for seed in range(5)))
    assert not found(0.05, few=True).supports


def test_a_gain_that_is_certain_but_too_small_is_no_support():
    evidence = found(0.02)
    assert evidence.supports
    assert not dataclasses.replace(evidence, smallest=0.03).supports
    assert not dataclasses.replace(found(-0.02), smallest=0.03).opposes


def test_the_shipped_scores_give_each_mechanism_a_finding():
    """Some mechanisms improve forecasts, some do not: the rule is not the same for all of them."""
    evidence = evaluation.evidence_of(m.name for m in MECHANISM_LIST)
    assert set(evidence) == {m.name for m in MECHANISM_LIST}
    supported = {name for name, each in evidence.items() if supports(each)}
    assert {"leaders", "organisation"} <= supported < set(evidence)
    assert evaluation.evidence_of(["gain_weight"])["gain_weight"][0].gain == evidence["gains"][0].gain


def test_support_needs_forecasts_that_are_better_with_every_mechanism_that_an_effect_needs():
    better = {"threat": (found(0.05),), "leaders": (found(0.05),)}
    mixed = better | {"leaders": (found(0.0),)}
    harmful = better | {"leaders": (found(-0.05),)}
    needs = ("threat", "leaders")
    assert with_forecasts(YES, needs, better).verdict is S
    assert with_forecasts(PARTLY, needs, better).verdict is P
    assert with_forecasts(NO, needs, better).verdict is C
    for lacking in (mixed, harmful, {"threat": better["threat"]}, {}):
        assert with_forecasts(YES, needs, lacking).verdict is F
        assert with_forecasts(PARTLY, needs, lacking).verdict is F
        assert with_forecasts(NO, needs, lacking).verdict is N
    assert with_forecasts(YES, (), better).verdict is F
    assert with_forecasts(OPEN, needs, better) is OPEN


def test_the_range_of_a_parameter_is_no_evidence():
    """A name without scores has none, however much the observations narrow its range."""
    assert evaluation.evidence_of(("income_elasticity",)) == {}
    assert with_forecasts(YES, ("income_elasticity",), {}).verdict is F


# --- codings of leaders ----------------------------------------------------------------------------------------------


def codings(blind: Assessment, other: Assessment) -> list[CodingResult]:
    return [CodingResult("first year", True, blind), CodingResult("higher", False, other)]


def test_codes_made_with_hindsight_cannot_support_a_claim():
    assert with_codings(YES, codings(YES, YES)) is YES
    for blind in (OPEN, NO):
        assessment = with_codings(YES, codings(blind, YES))
        assert assessment.verdict is N and "first year" in assessment.reason
    assert with_codings(YES, codings(YES, NO)).verdict is N
    assert with_codings(YES, codings(PARTLY, YES)).verdict is P
    assert with_codings(YES, codings(YES, OPEN)).verdict is P
    assert with_codings(PARTLY, codings(YES, OPEN)) is PARTLY
    assert with_codings(YES, []) is YES
    assert with_codings(NO, codings(YES, YES)) is NO


def test_an_effect_of_codes_alone_fails_when_they_are_dealt_anew():
    """Of a synthetic effect that is twice the code's difference nothing certain is left with codes dealt at random."""
    random = np.random.default_rng(1)
    shipped = 2 * 0.4 + 0.1 * random.standard_normal(300)
    dealt = 2 * random.choice([-0.4, -0.1, 0.1, 0.4], 300) + 0.1 * random.standard_normal(300)
    of_acts = 0.8 + 0.1 * random.standard_normal(300)
    for sample, verdict in ((dealt, N), (of_acts, S)):
        result = CodingResult("dealt anew", True, assess_effect(sample, 1, 0.1))
        assert with_codings(assess_effect(shipped, 1, 0.1), [result]).verdict is verdict


# --- placebos and noise ----------------------------------------------------------------------------------------------


def test_a_placebo_weakens_a_verdict_from_half_of_the_effect_on():
    assert with_placebos(YES, 0.1, {"sham": 0.01}) is YES
    assert with_placebos(YES, 0.1, {"sham": -0.09}) is YES
    assert with_placebos(YES, 0.1, {"sham": 0.05}).verdict is P
    assert with_placebos(YES, -0.1, {"sham": -0.05}).verdict is P
    assert with_placebos(OPEN, 0.1, {"sham": 0.05}) is OPEN


def test_an_effect_must_hold_with_noise_from_the_record_up_to_the_intervention():
    assert with_other_noise(YES, None) is YES
    assert with_other_noise(YES, YES) is YES
    assert with_other_noise(YES, PARTLY).verdict is P
    assert with_other_noise(YES, OPEN).verdict is N
    assert with_other_noise(YES, NO).verdict is N
    assert with_other_noise(NO, YES) is NO


# --- record and model ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "record", "verdict", "decided"),
    [
        (S, T, S, "model"), (F, N, F, "model"), (N, T, N, "model"), (C, N, C, "model"),
        (S, C, C, "record"), (F, S, S, "record"), (C, P, P, "record"),
        (T, S, S, "record"), (T, N, N, "neither"), (T, T, T, "neither"),
    ],
)  # fmt: skip
def test_the_record_decides_where_it_is_conclusive(model, record, verdict, decided):
    stands = what_stands(Assessment(model, "m"), Assessment(record, "r"))
    assert stands.verdict is verdict
    assert stands.reason.startswith(f"by {decided}" if decided == "neither" else f"by the {decided}")
