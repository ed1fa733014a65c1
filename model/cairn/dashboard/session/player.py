"""The worlds that are played on the page: one member of each arm, side by side in one model under Mesa's controls."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from cairn.core.geography import C, index
from cairn.events.leaders import Succession
from cairn.model import CentralAsia
from cairn.scenario.scenario import Scenario

FOLLOWED = ("integration_index", "trade_total_usd_bn", "incidents_total", "meeting_held")


@dataclasses.dataclass(frozen=True)
class Asked:
    """What is to be played: one scenario or two, and the seed of the luck."""

    scenarios: tuple[Scenario, ...]
    seed: int


@dataclasses.dataclass(frozen=True)
class Leader:
    """Who leads a state: the name if a scenario gives one, and the quarter of coming to office."""

    name: str
    since: int


class LiveWorld(CentralAsia):
    """The same member of each scenario, played quarter by quarter, with what it did so far.

    What to play is asked for when the model is made, so that Mesa's Reset takes what stands on the page now.

    asked : tells what is to be played
    member : number of the world
    until : the quarter it is played to at once; -1 is the beginning
    """

    def __init__(self, asked: Callable[[], Asked], member: int = 0, until: int = -1):
        self.asked = asked
        wanted = asked()
        super().__init__(list(wanted.scenarios), 1, wanted.seed, first_member=member, collect=False)
        self.horizon = min(s.quarters for s in self.scenarios) - 1
        self.followed: dict[str, list[np.ndarray]] = {name: [] for name in FOLLOWED}
        self.leaders = [[Leader("", 0) for _ in range(C)] for _ in self.scenarios]
        self._named = [_successions(s) for s in self.scenarios]
        for _ in range(min(until, self.horizon) - self.quarter):
            self.step()

    def step(self) -> None:
        """One quarter; at the horizon the world rests."""
        if self.quarter < self.horizon:
            super().step()
            for name, values in self.followed.items():
                values.append(self.measured()[name])
            self._who_leads()
        self.running = self.quarter < self.horizon

    def _who_leads(self) -> None:
        """Named successors of the quarter, and those that came by lot."""
        for row, named in enumerate(self._named):
            for i in range(C):
                name = named.get((self.quarter, i))
                if name == self.leaders[row][i].name:  # the same person on another course
                    continue
                if name is not None:
                    self.leaders[row][i] = Leader(name, self.quarter)
                elif self.state.turnover[row, i]:
                    self.leaders[row][i] = Leader("a successor drawn by lot", self.quarter)

    def rest(self) -> None:
        """Play no further, whoever still steps it."""
        self.horizon = min(self.horizon, self.quarter)
        self.running = False

    def so_far(self, name: str, row: int) -> np.ndarray:
        """A measure of a world in the quarters played, (Q,)."""
        return np.array([values[row] for values in self.followed[name]])


def _successions(scenario: Scenario) -> dict[tuple[int, int], str]:
    """Names of given leaders by quarter and place of the state; of two in a quarter the later one stays."""
    found: dict[tuple[int, int], str] = {}
    given = [event for event in scenario.events.values() if isinstance(event, Succession)]
    for event in sorted(given, key=lambda event: event.date):
        found[max(event.first, 0), index(event.country)] = event.leader or "a successor drawn by lot"
    return found
