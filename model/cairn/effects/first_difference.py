"""Where one member begins to differ between two scenarios: which quarter, which variable, which draw, which decision.

Both scenarios are run for one member, each in a model of its own, and compared quarter by quarter: the random numbers
that were drawn, what events give, the state, and what each state decides. A draw is compared by stream and quarter, so
that a draw that only one of the scenarios makes is seen, and that it moved no other.
"""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from cairn.core.calendar import FIRST_YEAR, quarter_name
from cairn.core.forcing import Forcing
from cairn.core.parameter_sets import ParameterSource, for_members
from cairn.ensemble.own_code import ModelClass, build_model
from cairn.ensemble.runner import resolve_size
from cairn.scenario.scenario import Scenario
from cairn.step.decisions import decide_all, willingness_terms
from cairn.support.errors import InputError
from cairn.support.text_table import text_table

# What a state decides, with its stream of random numbers, in words.
DECISIONS = {
    "summit": ("summit", "consents to a meeting of leaders with"),
    "delimitation": ("delimitation", "consents to a round of delimitation with"),
    "agreement": ("agreement", "consents to an agreement with"),
    "corridor": ("corridor", "consents to a corridor with"),
    "security": ("security", "consents to security cooperation with"),
    "attends": ("regional", "comes to the consultative meeting"),
    "attends_organisation": ("regional", "comes to the meeting of the organisation"),
    "accedes": ("accession", "joins the organisation"),
    "posture": ("posture", "moves its border posture toward"),
}
# What is drawn for the state and is no decision, with the streams that it depends on.
CHANCE = {
    "leader_changed": ("exit",),
    "organisation_alive": ("founding",),
    "bargain_kept": ("deal", "honour"),
    "bargain_broken": ("deal", "honour"),
    "incidents": ("incident",),
    "deaths": ("escalation", "deaths"),
}
BEFORE = "leader_changed"  # what is drawn before states decide
MOST_CHANGES = 12  # lines of a table
WIDTH = 100  # of a line
STEPS = 40  # of bisection for a threshold


@dataclasses.dataclass(frozen=True)
class Change:
    """The first difference of one variable.

    Parameters
    ----------
    quarter : in which it begins, 0 being 1992Q1
    kind : forcing, parameter, state or decision
    name, about : the variable, in short and in words
    place : country, or country and partner; empty for the region
    values : under the two scenarios
    """

    quarter: int
    kind: str
    name: str
    about: str
    place: tuple[str, ...]
    values: tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Draw:
    """The random numbers behind a decision or an event of chance.

    Parameters
    ----------
    stream : name of the stream
    numbers : under the two scenarios, 0..1
    below : a state consents with numbers below these; None where that is not known
    willingness : of the state, logit, under the two; None for events of chance
    terms : of the willingness, under the two, by name; those that differ
    """

    stream: str
    numbers: tuple[float, float]
    below: tuple[float, float] | None = None
    willingness: tuple[float, float] | None = None
    terms: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Explanation:
    """How one member begins to differ between two scenarios.

    Parameters
    ----------
    names : of the scenarios
    member, seed : of the run
    last : the last quarter that was compared
    streams, draws : how many streams, and draws of them, both scenarios made
    extra : streams that only one of them draws: its name, by stream, and the first quarter
    moved : stream and quarter of the first draw with other numbers; None if all are the same
    events : names of the events that differ
    changes : the first difference of each variable, in order of time
    decision, draw : the first decision that differs, or event of chance if that comes first, and what it was drawn with
    """

    names: tuple[str, str]
    member: int
    seed: int
    last: int
    streams: int
    draws: int
    extra: Mapping[str, tuple[str, int]]
    moved: tuple[str, int] | None
    events: tuple[str, ...]
    changes: tuple[Change, ...]
    decision: Change | None
    draw: Draw | None

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "scenarios": list(self.names),
            "member": self.member,
            "seed": self.seed,
            "last_quarter": quarter_name(self.last),
            "events": list(self.events),
            "streams": self.streams,
            "draws": self.draws,
            "drawn_by_one": [
                {"stream": stream, "scenario": name, "quarter": quarter_name(quarter)}
                for stream, (name, quarter) in self.extra.items()
            ],
            "first_other_draw": self.moved and {"stream": self.moved[0], "quarter": quarter_name(self.moved[1])},
            "decision": None if self.decision is None else _plain(self.decision),
            "draw": None if self.draw is None else dataclasses.asdict(self.draw),
            "changes": [_plain(change) for change in self.changes],
        }

    def to_text(self) -> str:
        """For a terminal, in lines of at most 100 characters."""
        one, two = self.names
        parts = [f"Member {self.member} of seed {self.seed}: {one} and {two}, to {quarter_name(self.last)}"]
        parts.append(self._about_draws())
        if not self.changes:
            return "\n\n".join((*parts, "Nothing differs: the member is the same under both."))
        if self.decision is not None:
            parts.append(self._about_decision(self.decision))
        else:
            parts.append("No decision and no event of chance differs, but what depends on them does.")
        rows = [
            [quarter_name(c.quarter), c.kind, c.name, "-".join(c.place), *map(_number, c.values)]
            for c in self.changes[:MOST_CHANGES]
        ]
        table = text_table(rows, header=["from", "kind", "variable", "where", one, two], align="<<<<>>")
        if self.events:
            parts.append(textwrap.fill(f"Events that differ: {', '.join(self.events)}", WIDTH))
        parts.append(f"What differs, in order of time:\n{table}")
        if more := len(self.changes) - MOST_CHANGES:
            parts[-1] += f"\nand {more} more variables later (--json has all)" if more > 0 else ""
        return "\n\n".join(parts)

    def _about_draws(self) -> str:
        same = f"{self.draws} draws of {self.streams} streams"
        lines = [f"Random numbers: {same}, the same under both."]
        if self.moved is not None:
            stream, quarter = self.moved
            lines = [f"Random numbers: stream {stream} has other numbers from {quarter_name(quarter)} on."]
        for stream, (name, quarter) in self.extra.items():
            lines.append(f"Stream {stream} is drawn by {name} alone, first in {quarter_name(quarter)}.")
        return "\n".join(lines)

    def _about_decision(self, change: Change) -> str:
        one, two = self.names
        lines = [f"First decision that differs: {quarter_name(change.quarter)}, {_sentence(change)}."]
        if change.kind != "decision":
            lines = [f"First event of chance that differs: {quarter_name(change.quarter)}, {_sentence(change)}."]
        rows = [[f"  {change.name}", *(self._shown(change, value) for value in change.values)]]
        if self.draw is not None:
            rows.append([f"  random number (stream {self.draw.stream})", *map(_fine, self.draw.numbers)])
            if self.draw.below is not None:
                rows.append(["  it consents below", *map(_fine, self.draw.below)])
            if self.draw.willingness is not None:
                rows.append(["  willingness, logit", *map(_fine, self.draw.willingness)])
            rows += [[f"    of it {name}", *map(_fine, values)] for name, values in self.draw.terms.items()]
        return "\n".join((*lines, text_table(rows, header=["", one, two])))

    @staticmethod
    def _shown(change: Change, value: float) -> str:
        if change.kind == "decision" and change.name != "posture":
            return "yes" if value else "no"
        return _number(value)


def explain(
    reference: Scenario | str,
    scenario: Scenario | str,
    member: int = 0,
    seed: int | None = None,
    *,
    to_year: int | None = None,
    parameters: ParameterSource = None,
    model_class: ModelClass | None = None,
    progress: Callable[[int], None] | None = None,
) -> Explanation:
    """Find where a member begins to differ between two scenarios.

    Parameters
    ----------
    reference, scenario : a Scenario, the name of a shipped one, or the path of a file
    member : number of the member, the same in every ensemble
    seed : random seed; by default that of the first scenario, else 1
    to_year : last year to run
    parameters, model_class : as for `cairn.ensemble.runner.run`
    progress : called with 1 after each quarter

    Raises
    ------
    InputError
        For a year that not both of them run.

    Examples
    --------
    >>> found = explain("baseline", "karimov_line", member=3, to_year=2018)
    >>> found.moved is None and found.changes[0].quarter >= 96
    True
    """
    pair = tuple(s if isinstance(s, Scenario) else Scenario.load(s) for s in (reference, scenario))
    _, seed = resolve_size(pair[0], 1, seed)
    last = min(s.horizon.last for s in pair)
    if to_year is not None and not FIRST_YEAR <= to_year <= last:
        raise InputError(f"year {to_year} is outside {FIRST_YEAR}..{last}, the years that both scenarios run")
    own = for_members(parameters, member, slice(0, 1))
    one, two = (_Observed(build_model(model_class, s, 1, seed, first_member=member, parameters=own, collect=False))
                for s in pair)  # fmt: skip
    changes: dict[tuple[str, str], Change] = {}
    decision, draw, moved = None, None, None
    extra: dict[str, tuple[str, int]] = {}
    streams: set[str] = set()
    count, names = 0, _distinct(pair)
    for quarter in range(((to_year or last) - FIRST_YEAR + 1) * 4):
        for model in (one, two):
            model.step()
        for key in sorted(one.draws.keys() | two.draws.keys()):
            if key not in one.draws or key not in two.draws:
                extra.setdefault(key[0], (names[key in two.draws], quarter))
                continue
            streams.add(key[0])
            count += 1
            if moved is None and not np.array_equal(one.draws[key], two.draws[key]):
                moved = key[0], quarter
        new = [change for change in _changes(one, two, quarter) if (change.kind, change.name) not in changes]
        changes |= {(change.kind, change.name): change for change in new}
        for change in new if decision is None else ():
            draw = _draw_of(change, one, two)
            if change.kind == "decision" or draw is not None:
                decision = change
                break
        if progress is not None:
            progress(1)
    differ = sorted(n for n in pair[0].events.keys() | pair[1].events.keys()
                    if pair[0].events.get(n) != pair[1].events.get(n))  # fmt: skip
    return Explanation(
        names,
        member,
        seed,
        quarter,
        len(streams),
        count,
        extra,
        moved,
        tuple(differ),
        tuple(changes.values()),
        decision,
        draw,
    )


class _Observed:
    """A model of one member whose draws, and the state on which states decide, are noted in each quarter."""

    def __init__(self, model: Any):
        self.model = model
        self.draws: dict[tuple[str, int], np.ndarray] = {}
        self.seen: Any = None
        model.random_streams.on_draw = self._note
        first = model.countries[0]
        self._decide = first.decide
        first.decide = self._see

    def _note(self, stream: str, quarter: int, numbers: np.ndarray) -> None:
        self.draws[stream, quarter] = numbers[..., -1]

    def _see(self) -> None:
        self.seen = self.model.state
        return self._decide()

    def step(self) -> None:
        """One quarter."""
        self.draws = {}
        self.model.run_for(1)
        quarter = self.model.quarter
        self.draws |= {(stream, quarter): u[..., -1] for stream, u in self.model.context.draws.drawn.items()}

    def arrays(self) -> Iterator[tuple[str, str, np.ndarray]]:
        """Kind, name and values, of the member, of all that can differ in this quarter."""
        model = self.model
        for name in sorted(Forcing.variables):
            yield "forcing", name, getattr(model.context.forcing, name)[..., -1]
        for name in model.parameters.fields:
            values = np.asarray(model._by_country.get(name, getattr(model.parameters, name)), dtype=float)
            yield "parameter", name, values[..., -1] if values.ndim else values
        state = model.state.arrays()
        yield "state", BEFORE, state[BEFORE][..., -1]
        for name in DECISIONS:
            yield "decision", name, getattr(model.decided, name)[..., -1]
        for name in sorted(state.keys() - {BEFORE}):
            yield "state", name, state[name][..., -1]

    def consents(self, name: str, place: tuple[int, ...], u: float) -> bool:
        """Whether a state would decide so if its random number were another one."""
        model, stream = self.model, DECISIONS[name][0]
        draws = model.random_streams.at(model.quarter)
        for other, numbers in model.context.draws.drawn.items():
            draws.put(other, np.full_like(numbers, u) if other == stream else numbers)
        context = dataclasses.replace(model.context, draws=draws)
        decision = decide_all(self.seen.views(), context, model._leaders_parameters)
        return bool(getattr(decision, name)[(*place, -1)])

    def threshold(self, name: str, place: tuple[int, ...]) -> float:
        """The random number below which a state consents."""
        low, high = 0.0, 1.0
        if not self.consents(name, place, low):
            return 0.0
        for _ in range(STEPS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.consents(name, place, middle) else (low, middle)
        return high


def _changes(one: _Observed, two: _Observed, quarter: int) -> Iterator[Change]:
    """What differs in a quarter, the largest difference of each variable, in the order in which it comes about."""
    geography, known = one.model.geography, one.model.variables
    for (kind, name, a), (_, _, b) in zip(one.arrays(), two.arrays(), strict=True):
        if a.shape != b.shape:
            a, b = np.broadcast_arrays(a, b)
        if np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
            continue
        first, second = (np.nan_to_num(x.astype(float), nan=-1e9) for x in (a, b))
        place = np.unravel_index(np.argmax(first != second if kind == "decision" else abs(first - second)), a.shape)
        about = DECISIONS[name][1] if kind == "decision" else ""
        if kind in ("state", "forcing"):
            about = (known if kind == "state" else Forcing.variables)[name].long_name
        dims: tuple[str, ...] = ("country", "partner") if kind == "decision" else ()
        if kind in ("state", "forcing"):
            dims = (known if kind == "state" else Forcing.variables)[name].dims
        labels = tuple(_label(dim, int(k), geography) for dim, k in zip(dims, place, strict=False))
        if kind == "parameter":
            labels = tuple(str(int(k)) for k in place if a.size > 1)
        yield Change(quarter, kind, name, about, labels, (float(a[place]), float(b[place])))


def _draw_of(change: Change, one: _Observed, two: _Observed) -> Draw | None:
    """What a decision or an event of chance was drawn with; None for all else, and for what an event gave."""
    if change.kind != "decision" and change.name not in CHANCE:
        return None
    geography = one.model.geography
    place = tuple(geography.index(code) for code in change.place)
    if change.kind == "decision":
        stream = DECISIONS[change.name][0]
        numbers = _numbers(stream, place, one, two)
        if numbers is None:
            return None
        own = any(model.model.countries[place[0]]._decision is not None for model in (one, two))
        known = change.name != "posture" and not own
        below = (one.threshold(change.name, place), two.threshold(change.name, place)) if known else None
        if len(place) < 2:
            return Draw(stream, numbers, below)
        terms = [_terms(model, *place) for model in (one, two)]
        differing = {name: (terms[0][name], terms[1][name]) for name in terms[0] if terms[0][name] != terms[1][name]}
        return Draw(stream, numbers, below, (sum(terms[0].values()), sum(terms[1].values())), differing)
    for stream in CHANCE[change.name]:
        where = place
        if len(place) == 2:
            i, j = sorted(place)
            listed = geography.borders if change.name in ("incidents", "deaths") else geography.pairs
            where = (list(listed).index((i, j)),)
        numbers = _numbers(stream, where or (0,), one, two)
        if numbers is not None:
            return Draw(stream, numbers)
    return None


def _numbers(stream: str, place: tuple[int, ...], one: _Observed, two: _Observed) -> tuple[float, float] | None:
    """The random numbers of a stream at a place in this quarter; None where one scenario did not draw it."""
    key = stream, one.model.quarter
    if key not in one.draws or key not in two.draws:
        return None
    return float(one.draws[key][place]), float(two.draws[key][place])


def _terms(observed: _Observed, i: int, j: int) -> dict[str, float]:
    """The terms of the willingness of one state toward another, as it decided."""
    model = observed.model
    terms = willingness_terms(observed.seen.view(i), model.context, model.country_parameters(i))
    return {name: float(term[..., -1] if term.ndim == 1 else term[j, -1]) for name, term in terms.items()}


def _label(dim: str, k: int, geography: Any) -> str:
    """The name of a place along a dimension."""
    names = {
        "country": geography.codes,
        "partner": geography.codes,
        "economy": (*geography.codes, *geography.outside),
        "outside": geography.outside,
        "river": geography.rivers,
        "reservoir": geography.reservoirs,
    }
    return names[dim][k] if dim in names else str(k)


def _distinct(scenarios: tuple[Scenario, ...]) -> tuple[str, str]:
    one, two = (scenario.name for scenario in scenarios)
    return (one, two) if one != two else (f"{one} (1)", f"{two} (2)")


def _plain(change: Change) -> dict[str, Any]:
    return dataclasses.asdict(change) | {"quarter": quarter_name(change.quarter), "place": list(change.place)}


def _sentence(change: Change) -> str:
    """A change in words: who does what."""
    if change.kind != "decision":
        where = f" ({'-'.join(change.place)})" if change.place else ""
        return f"{change.about}{where}"
    return " ".join((change.place[0], change.about, *change.place[1:]))


def _number(value: float) -> str:
    return f"{value:.6g}"


def _fine(value: float) -> str:
    return f"{round(value, 6) + 0.0:.6f}"
