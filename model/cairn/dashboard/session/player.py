"""The model that Mesa's controls play: the same member of each scenario, side by side, quarter by quarter."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from cairn.core.geography import C, index
from cairn.core.parameter_sets import CONDITIONED
from cairn.events.leaders import Succession
from cairn.model import CentralAsia
from cairn.scenario.scenario import Scenario

TRACKED = ("integration_index", "trade_total_usd_bn", "incidents_total", "meeting_held")
RANDOM_SUCCESSOR = "a successor drawn at random"
MAX_WAIT_S = 0.5


@dataclasses.dataclass(frozen=True)
class PlayRequest:
    """What is to be played: one or two scenarios, and the random seed."""

    scenarios: tuple[Scenario, ...]
    seed: int


@dataclasses.dataclass(frozen=True)
class Leader:
    """Leader of a country: a name, empty before the first quarter, and the quarter of taking office."""

    name: str
    since: int


class PlayerModel(CentralAsia):
    """One member of each scenario, played quarter by quarter, with its history so far.

    The request is read when the model is made, so that Mesa's Reset plays what the page asks for by then.

    Parameters
    ----------
    current_request : returns what is to be played
    member : number of the member
    play_to : quarter to simulate to at once, at least the first: before it no leader is in office
    """

    def __init__(self, current_request: Callable[[], PlayRequest], member: int = 0, play_to: int = 0):
        self.current_request = current_request
        self.drawn = threading.Event()  # cleared while the page draws this model
        self.drawn.set()
        request = current_request()
        super().__init__(
            list(request.scenarios), 1, request.seed, first_member=member, parameters=CONDITIONED, collect=False
        )
        self.played = request.scenarios
        self.last_quarter = min(s.quarters for s in self.played) - 1
        self.tracked: dict[str, list[np.ndarray]] = {name: [] for name in TRACKED}
        self.leaders = [[Leader("", 0) for _ in range(C)] for _ in self.played]
        self._scripted = [_scripted_successions(s) for s in self.played]
        for _ in range(min(max(play_to, 0), self.last_quarter) - self.quarter):
            self.step()

    @property
    def scenario(self) -> Any:
        """None: Mesa's controls accept a scenario of Mesa's own kind only."""
        return None

    @scenario.setter
    def scenario(self, scenario: Any) -> None:
        """As in the base class."""

    @property
    def arms(self) -> int:
        """Number of scenarios played."""
        return len(self.played)

    def row(self, arm: int) -> int:
        """Where a scenario is in the arrays of the state; a member that follows the record beside it comes first."""
        return arm + self.hidden

    def step(self) -> None:
        """Simulate one quarter; after the last quarter nothing happens and Mesa's controls pause.

        Waits while the page is drawn: on a slow machine quarters would otherwise come faster than pages, and Solara
        gives up a page whose state changes during each of a hundred attempts to draw it.
        """
        self.drawn.wait(MAX_WAIT_S)
        if self.quarter < self.last_quarter:
            super().step()
            for name, values in self.tracked.items():
                values.append(self.measured()[name])
            self._update_leaders()
        self.running = self.quarter < self.last_quarter

    def _update_leaders(self) -> None:
        """Record the successors of this quarter: those named by the scenario, and those drawn at random."""
        for arm, scripted in enumerate(self._scripted):
            for i in range(C):
                name = scripted.get((self.quarter, i))
                if name == self.leaders[arm][i].name:  # the same person with other traits
                    continue
                if name is not None:
                    self.leaders[arm][i] = Leader(name, self.quarter)
                elif self.state.leaders.leader_changed[i, self.row(arm)]:
                    self.leaders[arm][i] = Leader(RANDOM_SUCCESSOR, self.quarter)

    def halt(self) -> None:
        """Simulate no more quarters, even if `step` is called again."""
        self.last_quarter = min(self.last_quarter, self.quarter)
        self.running = False

    def history(self, name: str, arm: int) -> np.ndarray:
        """Values of a tracked measure in the quarters simulated so far.

        Parameters
        ----------
        name : one of `TRACKED`
        arm : 0 for the first scenario, 1 for the second

        Returns
        -------
        (Q,), in the unit of the measure
        """
        return np.array([values[arm] for values in self.tracked[name]])


def _scripted_successions(scenario: Scenario) -> dict[tuple[int, int], str]:
    """Names of leaders given by a scenario, by quarter and index of the country; the later of two in one quarter."""
    names: dict[tuple[int, int], str] = {}
    successions = [event for event in scenario.events.values() if isinstance(event, Succession)]
    for event in sorted(successions, key=lambda event: event.date):
        names[max(event.first, 0), index(event.country)] = event.leader or RANDOM_SUCCESSOR
    return names
