"""Story cards: what-ifs that a reader can open with one click, each with the outcome and the year to look at."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from cairn.dashboard.session.url_state import PageState
from cairn.support.frozen_dict import FrozenDict


@dataclasses.dataclass(frozen=True)
class Story:
    """A what-if with a title in words.

    Parameters
    ----------
    title : what happens
    scenario : the shipped scenario, or several joined by `+`
    outcome, year : what to look at
    edits : further edits, as in `PageState`
    """

    title: str
    scenario: str
    outcome: str
    year: int
    edits: Mapping[str, str] = dataclasses.field(default_factory=FrozenDict)

    def is_shown(self, state: PageState) -> bool:
        """Whether a page state is this what-if."""
        edits = {key: value for key, value in state.edits.items() if key not in ("members", "seed")}
        return state.scenario == self.scenario and edits == dict(self.edits)

    def apply(self, state: PageState) -> PageState:
        """The page state with this what-if."""
        edits = {key: state.edits[key] for key in ("members", "seed") if key in state.edits} | dict(self.edits)
        return state.replace(
            scenario=self.scenario, edits=FrozenDict(edits), outcome=self.outcome, year=self.year, map_year=self.year
        )


STORIES = (
    Story("The canal takes 10 km³ in a drought", "canal_high+megadrought_2031", "shortage[UZB]", 2033),
    Story("Tashkent closes again", "uzbek_reversal_2030", "pair_trade_usd_bn[KAZ-UZB]", 2040),
    Story("Rogun is late", "rogun_late", "winter_deficit_gwh[TJK]", 2036),
    Story("Dushanbe opens", "tajik_succession_2027_open", "pair_trade_usd_bn[TJK-UZB]", 2040),
    Story("Karimov’s course goes on", "karimov_line", "integration_index", 2024),
    Story("A winter without gas", "energy_crisis_2027", "winter_deficit_gwh[KGZ]", 2028),
    Story("War in the Fergana valley", "fergana_war_2030", "trust_pair[KGZ-TJK]", 2031),
    Story("Outside powers leave", "patrons_leave", "meeting_held", 2040),
)
