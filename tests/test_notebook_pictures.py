"""What notebooks call: small pictures with true colours, figures that say what they show, tables of effects."""

import base64
import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from cairn.calibration.targets import Targets
from cairn.calibration.validation import Scorecard
from cairn.ensemble.comparison import compare
from cairn.ensemble.outcomes import RANKED
from cairn.ensemble.runner import run
from cairn.exploration import plots
from cairn.exploration.discovery import discover
from cairn.exploration.indices import sobol_indices, to_frame, to_text
from cairn.exploration.point_figures import PlaneAxis, plane
from cairn.figures import FIGURES
from cairn.figures.notebook_images import DOTS, picture
from cairn.figures.single_members import single_members
from cairn.figures.willingness_terms import willingness_terms
from cairn.model import CentralAsia
from cairn.sweeps import Sweep, open_sweep, run_sweep
from tests.looks import assert_readable


@pytest.fixture(scope="module")
def ensemble():
    return run("baseline", members=6, seed=1, to_year=1999)


def words(figure: Figure) -> str:
    of_axes = [text.get_text() for axis in figure.axes for text in (*axis.texts, axis.title, axis.xaxis.label)]
    left = [axis.get_title(loc="left") for axis in figure.axes]
    return " | ".join(" ".join(text.split()) for text in (*(t.get_text() for t in figure.texts), *of_axes, *left))


# --- pictures ---


def test_a_picture_is_small_and_its_colours_are_those_of_the_figure(ensemble):
    figure = FIGURES["integration"](ensemble)
    shown = picture(figure, "It falls.")
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=DOTS)
    small, whole = (
        np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), int) for png in (shown.png, stream.getvalue())
    )
    assert small.shape == whole.shape and np.abs(small - whole).max() <= 20
    assert (small[0, 0] == 255).all()  # paper is white
    assert len(shown.png) < len(stream.getvalue()) / 2
    assert picture(FIGURES["integration"](ensemble), "It falls.") == shown


def test_a_picture_has_words_beside_it_and_in_its_place(ensemble):
    shown = picture(single_members(ensemble), "A band and three lines")
    data, metadata = shown._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]) == shown.png
    assert data["text/plain"] == metadata["image/png"]["alt"] == shown.alt
    assert shown.alt.startswith("Single members: integration index, geometric mean of five dimensions. ")
    assert shown.alt.endswith("not 90 % of whole trajectories. A band and three lines.") and "\n" not in shown.alt


# --- figures ---


def test_single_members_are_drawn_through_the_interval(ensemble):
    figure = single_members(ensemble, "trust_mean", shown=(4, 5))
    assert_readable(figure)
    text = words(figure)
    assert "Single members: mean trust" in text and "member 4" in text and "member 5" in text
    lines = [line for line in figure.axes[0].lines if len(line.get_ydata()) == ensemble.sizes["time"]]
    assert any(np.array_equal(line.get_ydata(), ensemble.trust_mean.sel(member=5)) for line in lines)
    assert "0 of the 1 single members leave the interval" in words(
        single_members(ensemble.isel(member=[0]), shown=(0,))
    )


def test_terms_add_up_and_the_one_that_changes_most_is_named():
    terms = {"trust": np.zeros((4, 3)), "leader": np.array([0.0, 0.0, 1.5, 1.5])[:, None] * np.ones(3)}
    figure = willingness_terms(2015 + np.arange(4.0), terms, "A", "B", "a made-up run", [(2016.5, "a change")])
    assert_readable(figure)
    text = words(figure)
    assert "Why A wants to cooperate with B" in text and "the leader's openness +1.50, the sum +1.50" in text
    assert "a: a change" in text and "logits" in text and "a made-up run" in text
    drawn = figure.axes[2].lines[0].get_ydata()
    assert np.array_equal(drawn, terms["leader"].mean(1) + terms["trust"].mean(1))
    assert len({axis.get_ylim() for axis in figure.axes}) == 1  # sizes can be compared


def test_terms_of_a_run_can_be_drawn():
    model = CentralAsia("baseline", members=2, seed=1, collect=False)
    model.run_for(1)
    terms = {name: np.stack([term, term]) for name, term in model.countries[0].willingness_terms("UZB").items()}
    assert (
        len(willingness_terms(np.array([1992.0, 1992.25]), terms, "Kazakhstan", "Uzbekistan", "two members").axes) == 7
    )


# --- sweeps ---


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    kept = Sweep.of(
        "own",
        title="A small sweep",
        question="Does it matter?",
        uncertainties={
            "trust": {"parameter": "initial_trust"},
            "easing": {"parameter": "trust_gain"},
            "starts": {"event": "tjk_leader_1992", "field": "nationalism", "range": [0.2, 0.8]},
        },
        design={"kind": "saltelli", "samples": 32},
        members=2,
        to_year=1993,
        outcomes={"mine": {"measure": "trust_mean", "statistic": "mean", "start": 1993}},
        cases={"trusting": {"mine": {"at_least": 0.55}}},
    )
    folder = tmp_path_factory.mktemp("own")
    run_sweep(kept, folder, jobs=1)
    return open_sweep(folder)


def test_indices_of_other_outcomes_are_printed_and_drawn(sweep):
    indices = sobol_indices(sweep)
    frame = to_frame(indices)
    assert list(frame.columns) == ["S1", "S1 ±", "ST", "ST ±"] and frame.loc[("mine", "trust"), "ST"] > 0.8
    lines = to_text(indices, "ST").splitlines()
    assert lines[0] == "mine" and lines[1].split()[0] == "trust"
    figure = plots.sobol_bars(indices, sweep.about)
    assert_readable(figure)
    assert "mine" in words(figure) and len(figure.axes) == 1


def test_an_outcome_is_scattered_against_every_factor_with_units(sweep):
    figure = plots.outcome_scatter(sweep, "mine")
    assert_readable(figure)
    text = words(figure)
    assert "“mine” at every point" in text and "mean trust" in text.lower() and "from 1993" in text
    leader = "Rahmon leads Tajikistan: nationalism, share"
    assert {axis.get_xlabel() for axis in figure.axes} == {"initial trust", "trust gain", leader}
    points = sweep.points()
    assert np.array_equal(figure.axes[0].lines[0].get_xdata(), points.trust)
    assert np.array_equal(figure.axes[0].lines[0].get_ydata(), points.mine)


def test_a_box_is_drawn_over_the_two_factors_it_restricts_most(sweep):
    discovery = discover(sweep, "trusting")
    limits = discovery.boxes[0].main_limits()
    assert limits[0].factor.name == "trust" and len(limits) < 3
    assert set(discovery.boxes[0].main_limits(0.0)) == set(discovery.boxes[0].limits)
    if len(discovery.boxes[0].limits) > 1:
        assert "trust" in plots.case_plane(sweep, "trusting", discovery).axes[0].get_xlabel()
    else:
        with pytest.raises(ValueError, match="a plane needs two"):
            plots.case_plane(sweep, "trusting", discovery)


def test_a_plane_fills_points_by_the_share_of_their_futures_in_the_case():
    x = PlaneAxis("one", np.array([0.0, 1.0, 2.0]), None, 1.0)
    y = PlaneAxis("two", np.array([0.0, 4.0, 2.0]), 1.0, None)
    figure = plane(x, y, np.array([0.0, 0.25, 1.0]), "Where such futures are", "subtitle", "Sweep: one.")
    assert_readable(figure)
    axis = figure.axes[0]
    rings, discs = axis.collections
    assert discs.get_sizes().tolist() == [0.0, 0.25 * rings.get_sizes()[0], rings.get_sizes()[0]]
    box = axis.patches[0]
    assert (box.get_x(), box.get_y(), box.get_width(), box.get_height()) == (0.0, 1.0, 1.0, 3.0)


# --- tables ---


def test_effects_of_all_scenarios_stand_in_a_frame(baseline):
    found = compare([baseline, baseline.without("kgz_leader_1992"), "open_1992"], 3, 1, to_year=1994, outcomes=RANKED)
    frame = found.effects(RANKED[0], 1994)
    assert list(frame.index) == list(found.names[1:])
    for name in found.compared:
        effect = found.effect(RANKED[0], 1994, name)
        columns = ["median", "low", "high", "sign_share"]
        assert frame.loc[name, columns].tolist() == [effect.median, effect.low, effect.high, effect.sign_share]


def test_the_largest_residuals_come_first():
    targets = Targets.load()
    run_of = np.random.default_rng(1).normal(targets.observed, targets.tolerance, (20, len(targets)))
    card = Scorecard(targets, run_of, run_of, "made up", 20, 1)
    frame, rows = card.largest_residuals("test", 5), card.indices("test")
    assert frame.residual.abs().tolist() == sorted(np.abs(card.residual[rows]), reverse=True)[:5]
    named = {target.name: k for k, target in enumerate(targets.rows)}
    for name, row in frame.iterrows():
        assert named[name] in rows and row.observed == targets.rows[named[name]].value
        assert row.low <= row["median"] <= row.high
