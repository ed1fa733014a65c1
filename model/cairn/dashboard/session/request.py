"""What a choice comes to: the two scenarios that run, how many worlds on which luck, and what is wrong."""

from __future__ import annotations

import dataclasses
import re

from cairn.dashboard.session.edits import built
from cairn.dashboard.session.paired_arms import MOST_MEMBERS, SEED, what_runs
from cairn.dashboard.session.player import Asked
from cairn.dashboard.session.url_state import Choice
from cairn.scenario.scenario import Scenario
from cairn.scenario.yaml_reader import ScenarioError

_PLACE = re.compile(r"^[^:]*:\d+:\d+: ")


@dataclasses.dataclass(frozen=True)
class Running:
    """Two scenarios on the same luck; `wrong` says why the choice itself does not run, and these still do."""

    against: Scenario
    what_if: Scenario
    members: int
    seed: int
    wrong: tuple[str, ...] = ()

    @property
    def differ(self) -> bool:
        """Whether the two are different worlds."""
        return what_runs(self.against) != what_runs(self.what_if)

    @property
    def asked(self) -> Asked:
        """What is played."""
        return Asked((self.against, self.what_if) if self.differ else (self.against,), self.seed)

    @property
    def key(self) -> tuple:
        """The same where the same worlds run."""
        return what_runs(self.against), what_runs(self.what_if), self.members, self.seed


def running(choice: Choice, members: int, before: Running | None = None) -> Running:
    """What runs under a choice; if it cannot, what ran before and the words of the reader of scenario files."""
    against = Scenario.load(choice.against)
    try:
        what_if = built(choice)
        count = what_if.members or members
        if count > MOST_MEMBERS:
            raise ScenarioError(f"members: the page runs at most {MOST_MEMBERS} worlds; `run.py compare` takes more")
    except ScenarioError as problem:
        kept = before or Running(against, against, members, SEED)
        return dataclasses.replace(kept, against=against, wrong=tuple(str(problem).splitlines()))
    return Running(against, what_if, count, SEED if what_if.seed is None else what_if.seed)


def by_key(wrong: tuple[str, ...]) -> dict[str, str]:
    """Lines of what is wrong under the key each is about.

    >>> by_key(("what_if.yaml:4:5: events.rogun.start: 'soon' is no date",))
    {'events.rogun.start': "events.rogun.start: 'soon' is no date"}
    """
    found: dict[str, str] = {}
    for line in wrong:
        words = _PLACE.sub("", line)
        found.setdefault(words.partition(":")[0], words)
    return found
