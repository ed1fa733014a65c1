"""The baseline with the states in another order in all arrays, and its result in the usual order.

Parameters, inputs and events follow by name. Only the random numbers are drawn by position: here they are handed to the
state, or the pair, that has them in the usual order.
"""

from collections.abc import Sequence

import numpy as np

from cairn.core.geography import CENTRAL_ASIA, Geography
from cairn.core.inputs import Inputs
from cairn.core.parameters import Parameters
from cairn.core.random_streams import RandomStreams
from cairn.model import CentralAsia
from cairn.scenario.scenario import Scenario

QUARTERS, MEMBERS = 72, 3


class PermutedStreams(RandomStreams):
    """The random numbers of each state and pair in another order of the states.

    Parameters
    ----------
    usual : the streams of the usual order
    order : position in the usual order of each state of the other order
    """

    def __init__(self, usual: RandomStreams, order: Sequence[int], geography: Geography):
        super().__init__(usual.seed, usual.members, usual.first_member, usual.copies)
        self.order = list(order)
        usual_pairs = CENTRAL_ASIA.pairs
        self.pair_order = [usual_pairs.index(tuple(sorted((order[i], order[j])))) for i, j in geography.pairs]

    def draw(self, stream: str, quarter: int, shape: tuple[int, ...]) -> np.ndarray:
        """Uniforms of a stream, (*shape, M)."""
        u, states = super().draw(stream, quarter, shape), len(self.order)
        if stream.startswith("judgement/"):  # one per trait of a leader
            return u
        if shape == (len(self.pair_order),):
            return u[self.pair_order]
        if shape[:1] != (states,):
            return u
        u = u[self.order]
        return u[:, self.order] if shape == (states, states) else u


def permuted(codes: Sequence[str]) -> dict[str, np.ndarray]:
    """All variables of the state after some quarters, with the states in the usual order.

    Parameters
    ----------
    codes : the states in the order in which the model has them
    """
    geography = Geography.load(order=codes)
    scenario = Scenario.load("baseline").with_events(
        early={"type": "leader_lottery", "start": 1993, "why": "to use all random streams"}
    )
    model = CentralAsia(
        scenario,
        MEMBERS,
        5,
        parameters=Parameters(geography=geography),
        geography=geography,
        inputs=Inputs.load(geography),
        collect=False,
    )
    model.random_streams = PermutedStreams(
        model.random_streams, [CENTRAL_ASIA.index(code) for code in codes], geography
    )
    model.run_for(QUARTERS)
    back = [geography.index(code) for code in CENTRAL_ASIA.codes]
    return {name: _in_order(model.state.array(name), model.variables[name].dims, back) for name in model.variables}


def _in_order(array: np.ndarray, dims: tuple[str, ...], back: list[int]) -> np.ndarray:
    """An array with its axes of states, and of economies of which the states come first, in the usual order."""
    for axis, dim in enumerate(dims):
        if dim in ("country", "partner", "economy"):
            rest = range(len(back), array.shape[axis])
            array = np.take(array, [*back, *rest], axis=axis)
    return array
