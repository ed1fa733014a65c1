"""For a fork server to import: all that a sweep reads is read once, so that its processes are at work at once."""

from cairn.sweeps.points import simulate
from tests.test_sweep_survives import sweep

simulate(sweep(), 0, 1)
