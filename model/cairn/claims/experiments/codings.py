"""Codings of leaders under which the claims about leaders are tested again.

The shipped codes of openness were given by people who knew what came later. Two codings are blind to outcomes: that
computed by rule from dated acts of the first year in office, and the shipped codes dealt anew among the leaders, which
carry no information about any of them. An effect that is left with codes dealt anew comes from dated acts of state and
from the rest of the model. Codings by others do not count as blind: willingness to use force is known of five leaders,
personalism is not openness, and all other codes stay as shipped.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from cairn.calibration.leader_codings import OF_PERSONALISM, recoded
from cairn.core.leader_names import LEADERS
from cairn.events import Succession
from cairn.scenario.scenario import Scenario

DEALS = 4  # of codes among leaders; members of all deals are pooled
RENT = 0.3  # Assumed: rents of personal regimes, without which personalism has no effect; as in the refits


@dataclasses.dataclass(frozen=True)
class Coding:
    """A coding of leaders.

    Parameters
    ----------
    title, short : for sentences and rows, and for the heads of columns
    blind : whether nobody who knew what came later had a part in it
    member_share : share of the members that run under it; of each deal if the codes are dealt
    """

    title: str
    short: str
    blind: bool = False
    member_share: float = 1 / 5


DEALT = "dealt"
CODINGS: Mapping[str, Coding] = {
    "lower": Coding("all leaders .15 less open", "-.15"),
    "higher": Coding("all leaders .15 more open", "+.15"),
    "first_year": Coding("codes from acts of the first year", "first year", blind=True, member_share=1 / 3),
    DEALT: Coding("codes dealt anew among leaders", "dealt anew", blind=True, member_share=1 / 3 / DEALS),
    "force": Coding("willingness to use force", "force"),
    "magaloni": Coding("personalism by Magaloni", "Magaloni"),
    "gwf": Coding("personalism by GWF", "GWF"),
    "reign": Coding("personalism by REIGN", "REIGN"),
    "chisols": Coding("personalism by CHISOLS", "CHISOLS"),
}


def deals(name: str) -> tuple[str, ...]:
    """The arms that are run for an arm: one for each deal if its codes are dealt anew, otherwise itself.

    >>> deals("karimov_line@force"), deals("karimov_line@dealt")[1]
    (('karimov_line@force',), 'karimov_line@dealt1')
    """
    plain, _, coding = name.partition("@")
    return tuple(f"{plain}@{DEALT}{k}" for k in range(DEALS)) if coding == DEALT else (name,)


def coding_of(name: str) -> Coding:
    """A coding by its name, or by that of one of its deals.

    Raises
    ------
    KeyError
        If there is no such coding.
    """
    plain = DEALT if name in {f"{DEALT}{k}" for k in range(DEALS)} else name
    if plain not in CODINGS:
        raise KeyError(f"no such coding: {name}")
    return CODINGS[plain]


def recode_leaders(scenario: Scenario, coding: str) -> Scenario:
    """A scenario under another coding of the leaders.

    Parameters
    ----------
    scenario : scenario to change
    coding : one of `CODINGS`, a deal such as ``dealt1``, or empty for the shipped codes
    """
    if coding.startswith(DEALT):
        return deal_openness(scenario, int(coding.removeprefix(DEALT)))
    if coding in OF_PERSONALISM:
        return recoded(scenario, coding).with_parameters(regime_rent=RENT)
    return recoded(scenario, coding)


def deal_openness(scenario: Scenario, k: int) -> Scenario:
    """The codes of openness dealt anew among the leaders; `k` numbers the deal.

    Calibrated offsets of leaders belong to the shipped codes and are left out, as under `FIRST_YEAR_CODING`.
    """
    names = [name for name, e in scenario.events.items() if isinstance(e, Succession) and e.leader in LEADERS]
    codes = [getattr(scenario.events[name], "openness") for name in names]  # noqa: B009  events have types of their own
    dealt = np.random.default_rng([2016, k]).permutation(codes)
    for name, code in zip(names, dealt.tolist(), strict=True):
        scenario = scenario.amend(name, openness=code)
    return scenario.with_parameters(openness_offset=dict.fromkeys(LEADERS, 0.0), judgement_spread=1.0)
