"""Every figure has a title, a source and units, and can be read in colour, by colour-blind readers and in grey."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from cairn.calibration.validation import validation_figures
from cairn.effects.report_outcomes import REPORT_OUTCOMES
from cairn.ensemble.comparison import compare
from cairn.ensemble.effect import Effect
from cairn.ensemble.outcomes import RANKED
from cairn.ensemble.runner import run
from cairn.exploration import sweep_figures
from cairn.exploration.indices import HEADLINES, Index
from cairn.exploration.plots import factor_titles, morris_bars, needed_points, sobol_bars
from cairn.exploration.robustness import Policy, Regret
from cairn.figures import FIGURES, paired_differences
from cairn.figures.effect_charts import course, effects
from cairn.figures.integration import levels
from cairn.figures.style import BLUE, GREEN, page
from cairn.sweeps.definition import Sweep
from tests.looks import assert_distinguishable, assert_readable, lightness

ABOUT = {"title": "A sweep", "points": 8, "members": 1, "seed": 1, "commit": "none"}


@pytest.fixture(scope="module")
def ensemble():
    return run("baseline", 3, 1)


@pytest.fixture(scope="module")
def found():
    return compare(["baseline", "karimov_person", "grid_never_left"], 3, 1, outcomes=REPORT_OUTCOMES)


@pytest.mark.parametrize("name", FIGURES)
def test_a_picture_of_a_run_can_be_read(ensemble, name):
    assert_readable(FIGURES[name](ensemble))


def test_pictures_of_a_comparison_can_be_read(found):
    for figure in (
        paired_differences.paired(found, "karimov_person"),
        effects(found, "karimov_person"),
        course(found, RANKED[0], 2030, "karimov_person"),
        course(found, RANKED[0], 2030, "grid_never_left"),
        paired_differences.ranking(found, RANKED),
    ):
        assert_readable(figure)


def test_pictures_of_sweeps_can_be_read():
    made = [
        Index(h.name, f"number_{k}", kind, 0.1 * k, 0.05)
        for h in HEADLINES
        for kind in ("mu_star", "ST", "S1")
        for k in range(1, 4)
    ]
    ranges = [sweep_figures.RangeBar("trust_gain", 0.1, 0.6, "at most 0.06")]
    goals = ("integration", "water", "incidents")
    meets = dict(zip(goals, (0.9, 0.9, 0.4), strict=True))
    regret = {goal: Regret(0.0, p90, p90) for goal, p90 in zip(goals, (0.1, 0.2, 40.0), strict=True)}
    policies = [Policy(name, 0.4, meets, regret) for name in ("one", "two")]
    texts = [(goal, goal) for goal in goals]
    for figure in (
        morris_bars(made, ABOUT),
        sobol_bars(made, ABOUT),
        sweep_figures.box_panels(
            [sweep_figures.BoxPanel("a case: PRIM", ranges)], "Under which conditions", "subtitle", "Sweep: one."
        ),
        sweep_figures.policy_bars(policies, texts, "How robust policies are", "subtitle", "Sweep: one."),
    ):
        assert_readable(figure)


def test_an_estimate_wider_than_its_axis_is_not_drawn_and_says_what_it_needs():
    made = [
        Index("integration", f"factor_{k}", kind, 0.4, error)
        for k, error in enumerate((0.05, 0.7))
        for kind in ("ST", "S1")
    ]
    (axis,) = sobol_bars(made, ABOUT, {"factor_0": "size of the canal, km³"}).axes
    assert [label.get_text() for label in axis.get_yticklabels()] == ["size of the canal, km³"]
    (note,) = [text.get_text() for text in axis.texts]
    assert "1 of 2 not drawn" in note and "390 points" in note.replace("\n", " ")
    assert needed_points(8, 0.7, 1.0) == 390  # 8 (0.7 / 0.1)^2


def test_names_of_factors_are_words_with_units():
    titles = factor_titles(Sweep.load("futures"))
    assert titles["canal_finish"] == "Qosh Tepa canal is built in Afghanistan: finish"
    assert titles["uzbek_growth"].endswith("rates in Uzbekistan") and titles["canal_km3"].endswith("intake, km³/yr")
    assert not any("_" in title for title in titles.values())


def test_labels_of_events_do_not_touch():
    events = [(2000.0, "2000 Something long happens"), (2001.0, "2001 B"), (2002.0, "2002 C"), (2030.0, "2030 D")]
    assert levels(events, (1992.0, 2041.0)) == [2, 1, 0, 0]
    assert levels([], (1992.0, 2041.0)) == []


def test_the_ranking_shows_both_ends(found):
    names = [f"s{k}" for k in range(25)]
    many = SimpleNamespace(
        compared=names, titles=["Baseline"], members=4, seed=1, title=lambda name: f"Title of {name}",
        average_effect=lambda outcome, name: Effect.of(np.zeros(4), np.full(4, (names.index(name) - 12) / 100)),
    )  # fmt: skip
    figure = paired_differences.ranking(many, RANKED[:2])
    shown = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert shown == [f"Title of s{k}" for k in (*range(10), *range(15, 25))]
    assert any("5 more scenarios" in text.get_text().replace("\n", " ") for text in figure.texts)


def test_figures_of_the_posterior_and_of_ranks_can_be_read():
    names = [f"number_{k}" for k in range(5)]
    ranks = np.random.default_rng(1).uniform(size=(20, 5))
    counts = np.full((5, 5), 4)
    assert_readable(validation_figures.posterior(names, np.tile([0.2, 0.5, 0.8], (5, 1)), [0.1] * 5))
    assert_readable(validation_figures.ranks(names, ranks, counts))


def test_two_colours_alike_in_grey_and_style_are_reported():
    assert abs(lightness(BLUE) - lightness(GREEN)) < 8
    axis = Figure().add_subplot()
    axis.plot([0, 1], color=BLUE)
    axis.plot([1, 0], color=GREEN, linestyle="--")
    assert_distinguishable(axis, "distinguished by style")
    axis.plot([0.5, 0], color=GREEN)
    with pytest.raises(AssertionError, match="alike in grey"):
        assert_distinguishable(axis, "not distinguished")
    axis.plot([0.5, 0], color="#ff00ff")
    with pytest.raises(AssertionError, match="ff00ff"):
        assert_distinguishable(axis, "not of the palette")


def test_a_picture_without_title_source_or_unit_is_reported():
    for title, foot, label, says in (
        ("", "Run: one.", "km3", r"\[\]"),
        ("What is seen here", "", "km3", "no source"),
        ("What is seen here", "Run: one.", "", "without a unit"),
        ("What is seen here", "Run: one.", "km3", None),
    ):
        figure = page(4, title, "subtitle", foot) if title else Figure()
        axis = figure.add_subplot()
        axis.plot([2000, 2001], [0, 1], color=BLUE)
        axis.set_xticks([2000, 2001])
        axis.set_ylabel(label)
        if says is None:
            assert_readable(figure)
            continue
        with pytest.raises(AssertionError, match=says):
            assert_readable(figure)
