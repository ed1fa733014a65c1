"""Every picture that Cairn draws has a title, a source, units, and can be read in colour, colour-blind and in grey."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from cairn.calibration import validation_figures
from cairn.ensemble.comparison import compare
from cairn.ensemble.outcomes import RANKED
from cairn.ensemble.runner import run
from cairn.exploration import sweep_figures
from cairn.exploration.indices import HEADLINES, Index
from cairn.exploration.plots import indices, screening
from cairn.figures import FIGURES, paired_differences
from cairn.figures.effect_charts import effects
from cairn.figures.style import BLUE, GREEN, page
from cairn.report.report_outcomes import WATCHED
from tests.looks import assert_readable, assert_told_apart, lightness

ABOUT = {"title": "A sweep", "points": 8, "members": 1, "seed": 1, "commit": "none"}


@pytest.fixture(scope="module")
def worlds():
    return run("baseline", 3, 1)


@pytest.fixture(scope="module")
def found():
    return compare(["baseline", "karimov_person", "grid_never_left"], 3, 1, outcomes=WATCHED)


@pytest.mark.parametrize("name", FIGURES)
def test_a_picture_of_a_run_can_be_read(worlds, name):
    assert_readable(FIGURES[name](worlds))


def test_pictures_of_a_comparison_can_be_read(found):
    for figure in (
        paired_differences.paired(found, "karimov_person"),
        effects(found, "karimov_person"),
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
    spans = [sweep_figures.Span("trust_gain", 0.1, 0.6, "at most 0.06")]
    policies = [sweep_figures.Policy(name, 0.4, [0.9, 0.9, 0.4], [0.1, 0.2, 40.0]) for name in ("one", "two")]
    goals = ("integration", "water", "incidents")
    for figure in (
        screening(made, ABOUT),
        indices(made, ABOUT),
        sweep_figures.boxes(
            [sweep_figures.Box("a case: PRIM", spans)], "Under which conditions", "seen", "Sweep: one."
        ),
        sweep_figures.robustness(policies, goals, goals, "How policies hold up", "seen", "Sweep: one."),
    ):
        assert_readable(figure)


def test_pictures_of_what_was_learnt_can_be_read():
    names = [f"number_{k}" for k in range(5)]
    ranks = np.random.default_rng(1).uniform(size=(20, 5))
    counts = np.full((5, 5), 4)
    assert_readable(validation_figures.learnt(names, np.tile([0.2, 0.5, 0.8], (5, 1)), [0.1] * 5))
    assert_readable(validation_figures.ranks(names, ranks, counts))


def test_two_colours_alike_in_grey_and_style_are_noticed():
    assert abs(lightness(BLUE) - lightness(GREEN)) < 8
    axis = Figure().add_subplot()
    axis.plot([0, 1], color=BLUE)
    axis.plot([1, 0], color=GREEN, linestyle="--")
    assert_told_apart(axis, "told apart by style")
    axis.plot([0.5, 0], color=GREEN)
    with pytest.raises(AssertionError, match="alike in grey"):
        assert_told_apart(axis, "not told apart")
    axis.plot([0.5, 0], color="#ff00ff")
    with pytest.raises(AssertionError, match="ff00ff"):
        assert_told_apart(axis, "not of the palette")


def test_a_picture_without_title_source_or_unit_is_noticed():
    for title, foot, label, says in (
        ("", "Run: one.", "km3", r"\[\]"),
        ("What is seen here", "", "km3", "no source"),
        ("What is seen here", "Run: one.", "", "without a unit"),
        ("What is seen here", "Run: one.", "km3", None),
    ):
        figure = page(4, title, "seen", foot) if title else Figure()
        axis = figure.add_subplot()
        axis.plot([2000, 2001], [0, 1], color=BLUE)
        axis.set_xticks([2000, 2001])
        axis.set_ylabel(label)
        if says is None:
            assert_readable(figure)
            continue
        with pytest.raises(AssertionError, match=says):
            assert_readable(figure)
