"""Scenarios: a title, a question, dated events by name and parameter values; one may extend another.

Files are YAML 1.2 (`cairn.scenario.yaml_reader`), merged with those they extend (`cairn.scenario.inheritance`) and
checked here by pydantic. Nothing in a file is ever executed. Every error is found before anything runs and is reported
with file, line, column, key and what is allowed.
"""

from __future__ import annotations

import bisect
import functools
import io
import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_serializer,
    model_validator,
)
from ruamel.yaml import YAML

from cairn.core.calendar import FIRST_YEAR, LAST_YEAR, quarter_name
from cairn.events import AnyEvent, ConflictKey, Event, event_types
from cairn.events.base import Text, Words, on_register
from cairn.events.labels import event_labels
from cairn.scenario.inheritance import SUFFIX, ResolvedFile, resolve, resolve_named
from cairn.scenario.issues import (
    Issue,
    IssuesError,
    KeyContext,
    abbreviate,
    format_issue,
    from_pydantic,
    locate,
    sort_by_location,
)
from cairn.scenario.look_at import LookAt
from cairn.scenario.parameter_values import check_parameters
from cairn.scenario.stacking import fields_of, stack_scenarios
from cairn.scenario.yaml_reader import ScenarioError
from cairn.support.frozen_dict import FrozenDict
from cairn.support.plugins import loaded_plugins
from cairn.support.text import suggest

__all__ = ["Horizon", "Scenario", "ScenarioError", "contradictions"]

MAX_CONTRADICTIONS = 50
FACTUAL = "baseline"  # the scenario of what happened


EventName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=80)]
PluginName = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$", max_length=100)]
Count = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR, strict=True)]


class Horizon(BaseModel):
    """First and last year of a run."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    first: Annotated[int, Field(ge=FIRST_YEAR, le=FIRST_YEAR, strict=True)] = Field(
        default=FIRST_YEAR, description=f"always {FIRST_YEAR}"
    )
    last: Year = Field(default=LAST_YEAR, description="last year of a run")


class Scenario(BaseModel):
    """Dated events, parameter values and the size of a run, with a title and the question they answer.

    A scenario is immutable: every method that changes something returns another scenario.

    >>> Scenario.load("baseline").without("uzb_succession_2016").events.get("uzb_succession_2016") is None
    True
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Annotated[Words, Field(min_length=1, max_length=255, pattern=r"^[^\n\t]*$")]
    title: Text = Field(description="a short title for the reader")
    question: Text = Field(description="the one question it answers")
    changed: Words = Field(default="", max_length=2000, description="what is different from the scenario it extends")
    plausible: Words = Field(default="", max_length=2000, description="why that could happen, or could have happened")
    sources: tuple[Text, ...] = Field(default=(), description="sources for what is plausible")
    look_at: tuple[LookAt, ...] = Field(default=(), description="outcomes, places and years that answer the question")
    description: Words = Field(default="", max_length=10_000, description="anything else a reader should know")
    plugins: tuple[PluginName, ...] = Field(
        default=(), description="plugins that define events of this file; they are loaded by --plugin, never by a file"
    )
    events: Annotated[dict[EventName, AnyEvent], AfterValidator(FrozenDict)] = Field(
        default_factory=FrozenDict, description="dated events by name"
    )
    parameters: Annotated[dict[str, Any], BeforeValidator(check_parameters), AfterValidator(FrozenDict)] = Field(
        default_factory=FrozenDict, description="values of parameters for the whole run"
    )
    horizon: Horizon = Horizon()
    members: Count | None = Field(default=None, description="ensemble members, unless the run sets another number")
    seed: Annotated[int, Field(ge=0, lt=2**63, strict=True)] | None = Field(
        default=None, description="random seed, unless the run sets another"
    )

    @model_validator(mode="before")
    @classmethod
    def _check_plugins(cls, content: Any) -> Any:
        """Plugins first: without them, types of events are not known."""
        plugins = content.get("plugins") if isinstance(content, dict) else None
        loaded = [plugin.name for plugin in loaded_plugins()]
        for name in plugins if isinstance(plugins, list | tuple) else ():
            if isinstance(name, str) and name.endswith(".py"):
                raise IssuesError([Issue(("plugins",), f"write {name.removesuffix('.py')}, the name without .py")])
            if isinstance(name, str) and name.replace(".", "").isidentifier() and name not in loaded:
                what_to_do = f'add `--plugin {name}.py` to the command, or call cairn.load_plugin("{name}.py") first'
                raise IssuesError([Issue(("plugins",), f"{name} is not loaded; {what_to_do}")])
        return content

    @model_serializer(mode="wrap")
    def _without_empty_plugins(self, serialize: Any) -> dict[str, Any]:
        content = serialize(self)
        return content if self.plugins else {name: part for name, part in content.items() if name != "plugins"}

    @model_validator(mode="after")
    def _check_events(self) -> Scenario:
        issues = _without_effect(self.events, self.quarters) + contradictions(self.events)
        horizon = f"{self.horizon.first}..{self.horizon.last}"
        for n, entry in enumerate(self.look_at):
            if late := [year for year in entry.years if year > self.horizon.last]:
                issues.append(Issue(("look_at", str(n), "years"), f"{late[0]} is outside the horizon {horizon}"))
        if issues:
            raise IssuesError(issues)
        return self

    @staticmethod
    def load(which: str | Path) -> Scenario:
        """Load a scenario by the name of a shipped one, or by the path of a file; `a+b` lays several over one another.

        Raises
        ------
        ScenarioError with a line for each error: file, line, column, key, what is allowed

        >>> Scenario.load("canal_high+megadrought_2031").title
        'Full Qosh Tepa canal by 2029 + Severe drought, 2031-2033'
        """
        return _build(resolve_named(which))

    @staticmethod
    def from_text(text: str, name: str = "what_if") -> Scenario:
        """A scenario from the text of a file. It can extend a shipped scenario only.

        Raises
        ------
        ScenarioError as `load`

        >>> Scenario.from_text("extends: baseline\\nevents: {uzb_succession_2016: off}").name
        'what_if'
        """
        return _build(resolve(Path(f"{name}{SUFFIX}"), text=text))

    def __add__(self, other: Scenario) -> Scenario:
        """This scenario with all that another one changes in the scenario that both extend.

        Raises
        ------
        ScenarioError for each key that both change to different values

        Examples
        --------
        >>> (Scenario.load("canal_high") + Scenario.load("megadrought_2031")).name
        'canal_high+megadrought_2031'
        """
        return stack_scenarios(self, other) if isinstance(other, Scenario) else NotImplemented

    @property
    def lineage(self) -> tuple[Path, ...]:
        """The file that it was loaded from, and those that this file extends; none if it was made in Python."""
        return vars(self).get("_lineage", ())

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the scenarios that are laid over one another in it; else its own."""
        return vars(self).get("_parts") or (self.name,)

    def without(self, *names: str) -> Scenario:
        """The scenario without these events."""
        for name in names:
            self._require_event(name)
        return self._copy(events={k: v for k, v in self.events.items() if k not in names})

    def amend(self, name: str, **fields: Any) -> Scenario:
        """The scenario with fields of one event changed."""
        self._require_event(name)
        old = self.events[name]
        changed: Any = fields_of(old) | fields
        if old.derived_class:
            changed = event_of(type(old), name, changed)
        return self._copy(events=self.events | {name: changed})

    def with_events(self, *events: Event, **named: Event | dict[str, Any]) -> Scenario:
        """The scenario with more events.

        Parameters
        ----------
        events : added under a name made of type and year
        named : added under the name given; an event, or its fields as in a file

        >>> from cairn.events import Drought
        >>> drought = Drought(start="2031", end="2034", inflow=0.7, why="three dry years")
        >>> Scenario.load("baseline").with_events(drought).events["drought_2031"].inflow
        0.7
        """
        added: dict[str, Any] = {}
        for event in events:
            if not isinstance(event, Event):
                raise ScenarioError(
                    f"{abbreviate(event)} is not an event; use a class of cairn.events, or give the fields by name"
                )
            year = (getattr(event, "date", None) or event.start).year  # type: ignore[attr-defined]
            stem = f"{event.type}_{year}"
            taken = self.events.keys() | added.keys() | named.keys()
            added[next(n for n in (stem, *(f"{stem}_{k}" for k in range(2, len(taken) + 3))) if n not in taken)] = event
        for name in named:
            if name in self.events:
                raise ScenarioError(f"{self.name} already has an event {name!r}; amend it, or choose another name")
        return self._copy(events=self.events | added | named)

    def with_parameters(self, **values: Any) -> Scenario:
        """The scenario with other parameter values for the whole run."""
        return self._copy(parameters=self.parameters | values)

    def rename(self, name: str, **texts: Any) -> Scenario:
        """The scenario under another name, with other texts if given: title, question and so on."""
        return self._copy(name=name, **texts)

    def _require_event(self, name: str) -> None:
        if name not in self.events:
            raise ScenarioError(f"no event {name!r} in {self.name}{suggest(name, self.events)}")

    def _copy(self, **changes: Any) -> Scenario:
        """A checked scenario with some fields changed."""
        fields = {name: getattr(self, name) for name in Scenario.model_fields}
        try:
            copied = Scenario.model_validate(fields | changes)
        except ValidationError as errors:
            issues = from_pydantic(errors.errors(include_url=False), _context)
            raise ScenarioError(*map(format_issue, issues)) from None
        vars(copied)["_lineage"] = self.lineage
        return copied

    def differences_before(self, other: Scenario, quarter: int) -> list[str]:
        """Names of parameters and events that make the past before a quarter another one than in another scenario."""
        names = self.parameters.keys() | other.parameters.keys()
        found = sorted(name for name in names if self.parameters.get(name) != other.parameters.get(name))

        def before(scenario: Scenario, name: str) -> str:
            return scenario.events[name].before(quarter) if name in scenario.events else ""

        events = self.events.keys() | other.events.keys()
        return found + sorted(name for name in events if before(self, name) != before(other, name))

    def first_difference(self, other: Scenario) -> int | None:
        """The first quarter in which it is another one than another scenario; None if they are the same in all.

        A parameter with another value differs from the first quarter on.
        """
        last = min(self.quarters, other.quarters)
        after = bisect.bisect_left(
            range(last + 1), True, key=lambda quarter: bool(self.differences_before(other, quarter))
        )
        return max(after - 1, 0) if after <= last else None

    @property
    def quarters(self) -> int:
        """Number of quarters in a run."""
        return (self.horizon.last - self.horizon.first + 1) * 4

    @functools.cached_property
    def labels(self) -> dict[str, str]:
        """What each event is, in words with its years, by name.

        >>> Scenario.load("baseline").labels["uzb_succession_2016"]
        '2016: Mirziyoyev succeeds Karimov'
        """
        return event_labels(self.events)

    @functools.cached_property
    def text(self) -> str:
        """The scenario as YAML, with all it inherits.

        An event of a class defined outside this package has the name of its class under the key `python`, which is
        not allowed in a file: a file cannot describe what such an event does.
        """
        plain = self.model_dump(mode="json", exclude={"name"}, exclude_none=True, exclude_defaults=False)
        for name, event in self.events.items():
            if kind := event.derived_class:
                plain["events"][name] = event.model_dump(mode="json", exclude_none=True) | {"python": kind}
        return _as_yaml(json.dumps(plain))


@functools.lru_cache(maxsize=16)
def _as_yaml(plain: str) -> str:
    """Plain values, given as JSON, as YAML. Kept, since writing a scenario takes a quarter of the time of one run."""
    stream = io.StringIO()
    yaml = YAML()
    yaml.width = 110
    yaml.dump(json.loads(plain), stream)
    return stream.getvalue()


@functools.cache
def _event_adapter() -> TypeAdapter[Any]:
    return TypeAdapter(AnyEvent)


def _rebuild() -> None:
    """Another type of event was registered: scenarios may hold it from now on."""
    _event_adapter.cache_clear()
    Scenario.model_rebuild(force=True)


on_register(_rebuild)


def contradictions(events: dict[str, Any]) -> list[Issue]:
    """Pairs of events that set one thing to different values in one quarter.

    Parameters
    ----------
    events : events by name

    Returns
    -------
    An issue for each pair; at most some fifty, since a reader needs no more at once.
    """
    by_thing: dict[str, dict[ConflictKey, str]] = {}
    for name, event in events.items():
        for key in event.conflict_keys():
            by_thing.setdefault(key.thing, {}).setdefault(key, name)
    issues: dict[tuple[str, str], Issue] = {}
    for thing, claims in by_thing.items():
        ordered = sorted(claims.items(), key=lambda claim: (claim[0].first, claim[0].last, claim[1]))
        for n, (early, one) in enumerate(ordered):
            for late, other in ordered[n + 1 :]:
                if late.first >= early.last or len(issues) > MAX_CONTRADICTIONS:
                    break
                if late.value != early.value and one != other and (one, other) not in issues:
                    where = f"on the {thing} in {quarter_name(max(late.first, 0))}; switch one off or move it"
                    issues[one, other] = Issue(("events", other), where, ("events", one))
    return list(issues.values())


def _without_effect(events: dict[str, Any], quarters: int) -> list[Issue]:
    """Events that lie outside the horizon."""
    horizon = f"{FIRST_YEAR}..{FIRST_YEAR + quarters // 4 - 1}"
    message = f"never takes effect: it is outside the horizon {horizon}; change the event or the horizon"
    return [
        Issue(("events", name), message)
        for name, event in events.items()
        if not (event.first < quarters and (event.last is None or event.last > 0))
    ]


def event_of(kind: type[Event], name: str, fields: dict[str, Any]) -> Event:
    """An event of a class of one's own, whose methods it keeps.

    Parameters
    ----------
    kind : the class
    name : of the event, for the message
    fields : by name

    Raises
    ------
    ScenarioError
        If the class does not allow a value.
    """
    try:
        return kind.model_validate(fields)
    except ValidationError as errors:
        tag = fields.get("type", "")
        located = [e | {"loc": ("events", name, tag, *e["loc"])} for e in errors.errors(include_url=False)]
        raise ScenarioError(*map(format_issue, from_pydantic(located, _context))) from None


def _context(location: tuple[Any, ...]) -> KeyContext:
    """What a location of pydantic means in a scenario file, where the type of an event is not one of the keys."""
    keys = tuple(str(key) for key in location if key != "[key]")
    if keys[:1] == ("events",) and len(keys) > 1:
        kind = event_types().get(keys[2]) if len(keys) > 2 else None
        return KeyContext((*keys[:2], *keys[3:]) if kind else keys, kind)
    if keys[:1] == ("horizon",) and len(keys) > 1:
        return KeyContext(keys, Horizon)
    if keys[:1] == ("look_at",) and len(keys) > 2:
        return KeyContext(keys, LookAt)
    return KeyContext(keys, Scenario, ("extends", *(name for name in Scenario.model_fields if name != "name")))


def _build(file: ResolvedFile) -> Scenario:
    """A checked scenario, or one error with a line for each thing that is wrong."""
    located = list(file.errors)
    _drop_inherited_after_horizon(file)
    try:
        scenario = Scenario.model_validate(file.content | {"name": file.path.stem})
    except ValidationError as problem:
        errors = problem.errors(include_url=False)
        if file.base_missing:  # a key that the file could inherit is not missing
            errors = [error for error in errors if error["type"] != "missing" or len(error["loc"]) > 1]
        issues = from_pydantic(errors, _context)
        if any(error["loc"] for error in errors):  # then pydantic did not reach the checks between events
            issues += _issues_between_valid_events(file)
        located += locate(issues, file)
    if located:
        raise ScenarioError(*sort_by_location(located, file))
    vars(scenario).update(_lineage=tuple(path.resolve() for path in file.chain), _parts=file.parts)
    return scenario


def _drop_inherited_after_horizon(file: ResolvedFile) -> None:
    """Leave out inherited events and results after an earlier horizon; the file's own ones must fit it."""
    horizon = file.content.get("horizon")
    last = horizon.get("last") if isinstance(horizon, dict) else None
    if not isinstance(last, int) or isinstance(last, bool) or not FIRST_YEAR <= last < LAST_YEAR:
        return
    if file.location(("look_at",))[0] != file.path:
        file.content["look_at"] = [
            kept for entry in file.content.get("look_at", []) if (kept := _look_at_until(entry, last)) is not None
        ]
    for name in list(file.content["events"]):
        if any(location[0] == file.path for location in file.locations.under(("events", name)).values()):
            continue
        try:
            event = _event_adapter().validate_python(file.content["events"][name])
        except ValidationError:
            continue
        if event.first >= (last - FIRST_YEAR + 1) * 4:
            del file.content["events"][name]


def _look_at_until(entry: Any, last: int) -> Any:
    """An entry of `look_at` without the years after the last one; None if none is left."""
    try:
        checked = LookAt.model_validate(entry)
    except ValidationError:
        return entry
    years = tuple(year for year in checked.years if year <= last)
    return checked.model_copy(update={"years": years}) if years else None


def _issues_between_valid_events(file: ResolvedFile) -> list[Issue]:
    """Contradictions, and events without effect, among the events that are valid by themselves."""
    valid = {}
    for name, content in file.content["events"].items():
        try:
            valid[name] = _event_adapter().validate_python(content)
        except ValidationError:
            continue
    try:
        last = Horizon.model_validate(file.content.get("horizon", {})).last
    except ValidationError:
        last = LAST_YEAR
    return _without_effect(valid, (last - FIRST_YEAR + 1) * 4) + contradictions(valid)
