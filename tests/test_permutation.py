"""No state is favoured by its place in the arrays."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent


def result(order, tmp_path):
    out = tmp_path / f"{order.replace(',', '')}.npz"
    subprocess.run([sys.executable, "-m", "tests.permuted", order, str(out)], cwd=ROOT, check=True)
    return np.load(out)


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return result("0,1,2,3,4", tmp_path_factory.mktemp("usual"))


@pytest.mark.parametrize("order", ["4,3,2,1,0", "2,0,4,1,3"])
def test_states_in_another_order_fare_the_same(order, usual, tmp_path):
    other = result(order, tmp_path)
    for name in usual.files:
        assert np.allclose(usual[name], other[name], rtol=1e-9, atol=1e-12), name
