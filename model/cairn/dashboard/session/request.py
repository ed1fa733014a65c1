"""From a page state to a run: the two scenarios, the number of members, the seed, and the errors."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from cairn.calibration.leader_codings import recoded
from cairn.dashboard.session.edits import build_scenario
from cairn.dashboard.session.paired_arms import DEFAULT_SEED, MAX_MEMBERS, simulation_key
from cairn.dashboard.session.player import PlayRequest
from cairn.dashboard.session.url_state import PageState, from_query
from cairn.scenario.scenario import Scenario
from cairn.scenario.yaml_reader import ScenarioError

_POSITION = re.compile(r"^[^:]*:\d+:\d+: ")


@dataclasses.dataclass(frozen=True)
class RunRequest:
    """Two scenarios to run with the same random numbers.

    Parameters
    ----------
    against : the scenario that the what-if is compared with
    what_if : the what-if scenario
    members : members of each
    seed : random seed of both
    errors : why the page state itself cannot run; the other fields are then those of the last valid state
    pinned : pinned what-ifs, run beside the two scenarios
    """

    against: Scenario
    what_if: Scenario
    members: int
    seed: int
    errors: tuple[str, ...] = ()
    pinned: tuple[Scenario, ...] = ()

    @property
    def differ(self) -> bool:
        """Whether the two scenarios can give different results."""
        return simulation_key(self.against) != simulation_key(self.what_if)

    @property
    def play_request(self) -> PlayRequest:
        """What Mesa's controls play."""
        return PlayRequest((self.against, self.what_if) if self.differ else (self.against,), self.seed)

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for two requests if they give the same results."""
        scenarios = (self.against, self.what_if, *self.pinned)
        return (*map(simulation_key, scenarios), self.members, self.seed)


def resolve_request(state: PageState, members: int, previous: RunRequest | None = None) -> RunRequest:
    """Build the scenarios of a page state.

    Parameters
    ----------
    state : what the page shows
    members : members of each scenario, unless the what-if sets its own
    previous : the last valid request, to keep if this state has errors

    Returns
    -------
    RunRequest
        With `errors` as the reader of scenario files words them.
    """
    against = recoded(Scenario.load(state.against), state.coding)
    try:
        what_if = recoded(build_scenario(state), state.coding)
        pinned = tuple(recoded(build_scenario(from_query(pin)[0]), state.coding) for pin in state.pins)
        count = what_if.members or members
        if count > MAX_MEMBERS:
            raise ScenarioError(f"members: the page runs at most {MAX_MEMBERS} members; use `run.py compare` for more")
    except ScenarioError as problem:
        kept = previous or RunRequest(against, against, members, DEFAULT_SEED)
        return dataclasses.replace(kept, against=against, errors=tuple(str(problem).splitlines()))
    seed = DEFAULT_SEED if what_if.seed is None else what_if.seed
    return RunRequest(against, what_if, count, seed, pinned=pinned)


def errors_by_key(errors: tuple[str, ...]) -> dict[str, str]:
    """The first error message for each key of the scenario file, without its position in the file.

    Examples
    --------
    >>> errors_by_key(("what_if.yaml:4:5: events.rogun.start: 'soon' is no date",))
    {'events.rogun.start': "events.rogun.start: 'soon' is no date"}
    """
    by_key: dict[str, str] = {}
    for line in errors:
        message = _POSITION.sub("", line)
        by_key.setdefault(message.partition(":")[0], message)
    return by_key
