"""A value that is missing is never read as a number: analyses say how many there are, or refuse."""

import json
from pathlib import Path

import numpy as np
import pytest

from cairn.cli.main import main
from cairn.exploration import discovery, plots
from cairn.exploration.discovery import discover
from cairn.exploration.indices import morris_indices, sobol_indices
from cairn.exploration.robustness import robustness
from cairn.sweeps import Sweep, open_sweep, run_sweep
from cairn.sweeps.outcome_columns import MissingValues
from cairn.sweeps.results import SweepResults
from cairn.sweeps.sweep_spec import SweepError

THRESHOLD = 0.58  # passed by some members of some points until 1993
PASSED = {"measure": "trust_mean", "first_year_above": THRESHOLD}
CONTENT = {
    "title": "Outcomes that some members never have",
    "question": "Is a missing value ever read as a number?",
    "uncertainties": {"initial": {"parameter": "initial_trust"}, "gain": {"parameter": "trust_gain"}},
    "members": 3,
    "to_year": 1993,
    "outcomes": {
        "some": PASSED,
        "never": PASSED | {"first_year_above": 0.999},
        "declared": PASSED | {"if_never": 1994},
        "share": {"measure": "trust_mean", "ever_above": THRESHOLD},
        "trust": {"measure": "trust_mean", "year": 1993},
    },
}
COMPLETE = ("declared", "share", "trust")


def results(folder: Path, **content) -> SweepResults:
    run_sweep(Sweep.of("missing", **CONTENT | content), folder, jobs=1)
    return open_sweep(folder)


@pytest.fixture(scope="module")
def saltelli(tmp_path_factory) -> SweepResults:
    return results(tmp_path_factory.mktemp("saltelli"), design={"kind": "saltelli", "samples": 8})


@pytest.fixture(scope="module")
def morris(tmp_path_factory) -> SweepResults:
    return results(tmp_path_factory.mktemp("morris"), design={"kind": "morris", "samples": 4})


@pytest.fixture(scope="module")
def futures(tmp_path_factory) -> SweepResults:
    cases = {"late": {"some": {"at_least": 1992}}, "trusting": {"trust": {"at_least": THRESHOLD}}}
    design = {"kind": "latin_hypercube", "samples": 60}
    return results(tmp_path_factory.mktemp("futures"), design=design, cases=cases)


@pytest.fixture(scope="module")
def policies(tmp_path_factory) -> SweepResults:
    return results(
        tmp_path_factory.mktemp("policies"),
        uncertainties={"initial": {"parameter": "initial_trust"}},
        levers={"gain": {"parameter": "trust_gain", "values": [0.02, 0.09]}},
        design={"kind": "sobol", "samples": 8},
        goals={"some": {"at_most": 1993}},
    )


def test_a_mean_over_members_is_missing_where_any_member_has_no_value(saltelli):
    frame, points = saltelli.frame(), saltelli.points()
    with_value = frame.groupby("point").some.count().to_numpy()
    assert set(with_value) > {0, 3} and set(with_value) & {1, 2}, "points of all kinds"
    assert (points.some.notna().to_numpy() == (with_value == 3)).all()
    assert points.never.isna().all()


def test_a_declared_year_and_a_share_are_what_they_say(saltelli):
    frame = saltelli.frame()
    assert (frame.declared == frame.some.fillna(1994)).all()
    assert (frame.share == frame.some.notna()).all()


def test_indices_of_an_outcome_with_missing_values_are_refused_with_their_number(saltelli, morris):
    for table, indices in ((saltelli, sobol_indices), (morris, morris_indices)):
        for outcome in ("some", "never"):
            missing = int(table.points()[outcome].isna().sum())
            of = f"{outcome}: {missing} of {len(table.points())} values are missing"
            with pytest.raises(MissingValues, match=f"{of}; .*if_never.*ever_above"):
                indices(table, [outcome])
        with pytest.raises(MissingValues):
            indices(table)
        found = indices(table, COMPLETE)
        assert {index.outcome for index in found} == set(COMPLETE)
        assert np.isfinite([index.value for index in found]).all()
        with pytest.raises(SweepError, match="no such outcome: 'trist'; did you mean 'trust'"):
            indices(table, ["trist"])


def test_a_discovery_says_how_many_futures_have_no_value(futures):
    missing = int(futures.frame().some.isna().sum())
    found = discover(futures, "late")
    assert found.missing == {"some": missing} and found.share == pytest.approx(1 - missing / 180)
    sentence = f"No value of some in {missing} of 180 futures, which are counted as not of the case."
    assert sentence in discovery.to_text("late", found) and discovery.to_dict(found)["missing"] == found.missing
    assert discover(futures, "trusting").missing_text == ""


def test_the_robustness_of_a_goal_with_missing_values_is_refused(policies, capsys):
    with pytest.raises(MissingValues, match=r"some: .* of 48 values are missing"):
        robustness(policies)
    assert main(["robust", str(policies.store.folder)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_scatter_says_how_many_points_are_left_out(futures):
    complete = int(futures.points().some.notna().sum())
    figure = plots.outcome_scatter(futures, "some")
    texts = " ".join(text.get_text().replace("\n", " ") for text in figure.texts)
    assert f"{60 - complete} of 60 points, where a member has no value, are left out" in texts
    assert len(figure.axes[0].lines[0].get_xdata()) == complete
    with pytest.raises(MissingValues, match="never: 60 of 60"):
        plots.outcome_scatter(futures, "never")


def test_one_point_shows_a_missing_value_as_missing(futures, capsys):
    point = int(futures.points().some.isna().to_numpy().argmax())
    command = ["sweep", str(futures.store.folder), "--point", str(point)]
    assert main(command) == 0 and "never: missing, missing, missing" in capsys.readouterr().out
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outcomes"]["never"] == [None] * 3


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        ({"measure": "trust_mean", "year": 1993, "if_never": 1994}, "if_never can only be used with first_year"),
        (PASSED | {"if_never": 1992}, "if_never: expected 1993 or later"),
        (PASSED | {"ever_above": 0.5}, "exactly one of"),
    ],
)
def test_a_treatment_that_cannot_be_meant_is_refused(outcome, message):
    design = {"kind": "random", "samples": 1}
    with pytest.raises(SweepError, match=message):
        Sweep.of("x", **CONTENT | {"outcomes": {"x": outcome}, "design": design})
