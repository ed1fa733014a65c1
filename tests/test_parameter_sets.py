"""`parameters=` takes what a user has at hand, and a wrong name or value gets one clear sentence."""

from pathlib import Path

import numpy as np
import pytest

from cairn import CentralAsia, Parameters, compare, run
from cairn.core.geography import PAIR_NAMES
from cairn.core.parameter_sets import ParameterError, ParameterSets, resolve_parameters
from cairn.core.parameters import FIELDS

QUICK = {"members": 3, "seed": 1, "to_year": 1993}


def trust(parameters):
    return run("baseline", **QUICK, parameters=parameters).trust.values


def test_a_dict_replaces_its_parameters_in_every_member_and_keeps_the_posterior_for_all_others():
    values = {"trust_gain": 0.04, "pair_affinity[KAZ-UZB]": 0.5, "naryn_inflow_share": [0.1, 0.4, 0.4, 0.1]}
    shipped, ours = (resolve_parameters(given).parameters(0, 4) for given in (None, values))
    assert ours.trust_gain == 0.04 and ours.naryn_inflow_share.ravel().tolist() == [0.1, 0.4, 0.4, 0.1]
    k = PAIR_NAMES.index("KAZ-UZB")
    assert (ours.pair_affinity[k] == 0.5).all()
    assert np.array_equal(np.delete(ours.pair_affinity, k, 0), np.delete(shipped.pair_affinity, k, 0))
    for name in FIELDS.keys() - {"trust_gain", "pair_affinity", "naryn_inflow_share"}:
        assert np.array_equal(getattr(ours, name), getattr(shipped, name)), name


def test_all_values_of_a_parameter_can_be_given_at_once():
    ours = resolve_parameters({"pair_affinity": [0.1] * 10, "resistance_iterations": 8}).parameters(0, 2)
    assert ours.pair_affinity.ravel().tolist() == [0.1] * 10 and ours.resistance_iterations == 8


def test_some_values_of_a_parameter_can_be_given_by_name():
    ours = resolve_parameters({"bloc_exposure": {"UZB": 0.9}}).parameters(0, 2)
    kept, shipped = [0, 1, 2, 3], ParameterSets.load("posterior").parameters(0, 2)
    assert (ours.bloc_exposure[4] == 0.9).all()
    assert np.array_equal(ours.bloc_exposure[kept], shipped.bloc_exposure[kept])


def test_what_was_replaced_is_named_in_the_origin():
    ensemble = run("baseline", **QUICK, parameters={"trust_gain": 0.04})
    assert "the record to 2025" in ensemble.attrs["parameters"] and "trust_gain = 0.04" in ensemble.attrs["parameters"]


def test_the_ways_to_say_the_same_give_the_same_run(tmp_path):
    file = tmp_path / "sets.csv"
    ParameterSets.load("posterior").save(file)
    for given in (ParameterSets.load("posterior"), file, str(file)):
        assert np.array_equal(trust(given), trust("posterior")), given
    for given in ("conditioned", ParameterSets.load("conditioned"), {}):
        assert np.array_equal(trust(given), trust(None)), given
    assert not np.array_equal(trust("posterior"), trust(None))
    assert np.array_equal(trust("default"), trust(Parameters()))
    assert not np.array_equal(trust("default"), trust(None))


def test_run_compare_and_the_model_take_the_same_parameters():
    given = {"trust_gain": 0.04, "closure_loss": 2.0}
    arms = compare(["baseline", "no_canal"], **QUICK, parameters=given)
    alone = run("baseline", **QUICK, parameters=given)
    yearly = alone.trust_mean.groupby("time.year").mean().values
    assert np.allclose(arms.values("trust_mean", "baseline"), yearly, atol=1e-6)
    model = CentralAsia("baseline", 3, 1, parameters=given)
    assert np.all(model.parameters.trust_gain == 0.04) and np.all(model.parameters.closure_loss == 2.0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"trust_gian": 0.04}, "no parameter 'trust_gian'; did you mean 'trust_gain'?"),
        ({"xyz": 0.04}, "no parameter 'xyz'; model/cairn/core/parameters.py has all names"),
        ({3: 1}, "no parameter '3'"),
        ({"trust_gain": 3}, "trust_gain = 3 is outside its range, 0.02 to 0.09"),
        ({"legacy_decay_years": 30}, "legacy_decay_years = 30 is outside its range, 4 to 12 yr"),
        ({"trust_gain": float("nan")}, "trust_gain = nan is outside its range"),
        ({"trust_gain": "much"}, "trust_gain needs one number; got 'much'"),
        ({"trust_gain": True}, "trust_gain needs one number; got True"),
        ({"trust_gain": [0.04, 0.05]}, "trust_gain needs one number; got [0.04, 0.05]"),
        ({"trust_gain[KAZ]": 0.04}, "trust_gain is one number and takes no name in brackets"),
        ({"pair_affinity": 0.1}, "pair_affinity needs 10 numbers, or a mapping by pair; got 0.1"),
        ({"pair_affinity[KAZ-UBZ]": 0.1}, "did you mean 'KAZ-UZB'?"),
        ({"resistance_iterations": 6.5}, "resistance_iterations needs a whole number; got 6.5"),
        ("posteriour", "posteriour: No such file or directory; give default, posterior, or a CSV file"),
        (Path("none.csv"), "none.csv: No such file or directory"),
        (0.04, "parameters cannot be of type float; give Parameters, ParameterSets, a dict"),
    ],
)
def test_bad_parameters_get_one_sentence_before_anything_runs(given, message):
    with pytest.raises(ParameterError) as caught:
        run("baseline", **QUICK, parameters=given)
    assert message in str(caught.value) and "\n" not in str(caught.value)
