"""Visits and direct investment: limits of the rules, and defaults that are the least-squares fits to the record."""

import numpy as np
import pytest

from cairn import run
from cairn.calibration import people_fit
from cairn.core.geography import CENTRAL_ASIA as CA
from cairn.core.inputs import Inputs
from cairn.core.parameters import Parameters
from cairn.record.tables import read
from cairn.rules import people

C = CA.n_countries
DEFAULT = Parameters()
ROUNDING = 0.02  # log, or a unit of an elasticity


def visits(openness=1.0, gdp=1.0, **numbers):
    return DEFAULT.bind(people.visits)(
        real_gdp=np.full((C, 1), gdp),
        openness=np.full((C, C, 1), openness),
        distance_km=Inputs.load().distance_km[:C, :C],
        neighbours=CA.neighbours,
        others=CA.others,
        **numbers,
    )


def investment(openness=1.0, agreement=1.0, gdp=1.0):
    return DEFAULT.bind(people.investment)(
        gdp=np.full((C, 1), gdp),
        transit_openness=np.full((C, C, 1), openness),
        agreement=np.full((C, C, 1), agreement),
        neighbours=CA.neighbours,
        others=CA.others,
    )


def test_nobody_visits_through_a_closed_border_or_invests_without_agreements():
    assert not visits(openness=0.0).any()
    assert not investment(openness=0.0).any() and not investment(agreement=0.0).any()


def test_twice_the_incomes_are_twice_the_visits_and_twice_the_investment():
    assert visits(gdp=2.0) == pytest.approx(2 * visits())
    assert investment(gdp=2.0) == pytest.approx(2 * investment())


def test_visits_follow_openness_with_its_elasticity_and_fall_with_distance():
    assert visits(openness=0.5, visit_openness_elasticity=2.0) == pytest.approx(0.25 * visits())
    kaz, kgz, uzb = (CA.index(code) for code in ("KAZ", "KGZ", "UZB"))
    ratio = Inputs.load().distance_km[kaz, uzb, 0] / Inputs.load().distance_km[kaz, kgz, 0]
    both = visits(visit_distance_elasticity=1.0)
    assert both[kaz, kgz, 0] == pytest.approx(ratio * both[kaz, uzb, 0])


def test_only_the_common_border_tells_visits_apart_when_distance_does_not_count():
    flat = visits(visit_distance_elasticity=0.0, visit_border_gain=1.0)
    assert np.unique(flat[CA.others[..., 0]].round(9)).size == 2
    assert flat.max() == pytest.approx(np.e * flat[flat > 0].min())


@pytest.mark.parametrize("fit", [people_fit.fit_visits, people_fit.fit_investment])
def test_the_defaults_are_the_fit(fit):
    for name, value in fit().values.items():
        if name != "crossings":
            gap = np.log(getattr(DEFAULT, name) / value) if name.endswith("_scale") else getattr(DEFAULT, name) - value
            assert abs(gap) < ROUNDING, (name, value)


def test_the_regression_is_the_rule_in_logarithms():
    figures = people_fit.visit_figures()
    columns, target = people_fit.visit_regression(figures)
    fit = people_fit.fit_visits()
    known = [np.log(v) if name.endswith("_scale") else v for name, v in fit.values.items() if name != "crossings"]
    explained = np.stack([columns[name] for name in fit.values if name != "crossings"], axis=1) @ known
    parameters = {name: value for name, value in fit.values.items() if name != "crossings"}
    row = figures.index(next(f for f in figures if (f.origin, f.host, f.year) == ("TKM", "UZB", 2024)))
    incomes = np.log(figures[row].mn_per_year) - target[row]
    i, j = CA.index("TKM"), CA.index("UZB")
    rule = visits(openness=figures[row].openness, gdp=np.exp(incomes), **parameters)[i, j, 0]
    assert np.log(rule) == pytest.approx(explained[row] + incomes)


def test_figures_that_were_held_back_are_missed_by_no_more_than_those_fitted():
    fit = people_fit.fit_visits()
    assert (fit.residuals.size, fit.held_back.size) == (37, 23)
    assert np.sqrt((fit.held_back**2).mean()) < fit.residual_sd == pytest.approx(0.77, abs=0.005)
    assert people_fit.fit_investment().residual_sd == pytest.approx(0.78, abs=0.005)


def test_a_fit_finds_the_numbers_that_made_the_figures():
    columns, _ = people_fit.visit_regression(people_fit.visit_figures())
    true = {"visit_scale": 0.004, "visit_distance_elasticity": 0.9, "visit_openness_elasticity": 1.2}
    true |= {"visit_border_gain": 1.1, "crossings": 0.7}
    target = sum(columns[name] * (np.log(v) if name == "visit_scale" else v) for name, v in true.items())
    fit = people_fit._least_squares(columns, target, np.ones(target.size, bool))
    assert fit.values == pytest.approx(true) and fit.residual_sd < 1e-9


def test_shares_of_treatment_and_study_are_too_scattered_for_an_equation():
    treatment, study = people_fit.purpose_shares("treatment"), people_fit.purpose_shares("study")
    assert (treatment.size, study.size) == (15, 10)
    assert np.exp(treatment.mean()) == pytest.approx(0.008, abs=0.0005) and treatment.std(ddof=1) > 1
    assert np.exp(study.mean()) == pytest.approx(0.0028, abs=0.0001) and study.std(ddof=1) > 1.5


def test_every_figure_has_a_source_a_grade_and_a_unit_interval_of_openness():
    for row in (*read("record_visitors"), *read("record_investment")):
        assert row["source"] and row["grade"] in "ABC"
        assert row["openness"] == "" or 0 < float(row["openness"]) <= 1
        assert row["counts"] in ("tourists", "crossings", "flows", "projects") or row["purpose"] != "all"


def test_outputs_are_of_pairs_and_are_not_in_the_state():
    dataset = run("baseline", members=2, seed=1, to_year=1993, outputs="visitors_mn,investment_usd_bn")
    assert dataset.visitors_mn.dims == dataset.investment_usd_bn.dims == ("member", "time", "pair")
    assert (dataset.visitors_mn > 0).all() and (dataset.investment_usd_bn > 0).all()
    assert dataset.investment_usd_bn.units == "bn USD"
