"""Scenario files: a title, a question, dated events by name, numbers; one file may extend another.

YAML 1.2 read with ruamel.yaml (which knows lines), checked by pydantic. Nothing in a file is ever executed. Every
error is found before anything runs and says file, line, key, what is allowed.
"""

from __future__ import annotations

import difflib
import functools
import io
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from model.calendar import FIRST_YEAR, LAST_YEAR
from model.events import AnyEvent, Event, event_types
from model.parameters import NAMES, Numbers, OutOfRange

SUFFIX = ".yaml"


class ScenarioError(ValueError):
    """Something is wrong with a scenario file; the message has one line for each thing."""


class Horizon(BaseModel):
    """First and last year of a run."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    first: int = Field(default=FIRST_YEAR, ge=FIRST_YEAR, le=FIRST_YEAR)
    last: int = Field(default=LAST_YEAR, ge=FIRST_YEAR, le=LAST_YEAR)


class Scenario(BaseModel):
    """A world: what is given from outside it, and the numbers it runs on. Immutable.

    >>> Scenario.load("baseline").without("uzb_succession_2016").events.get("uzb_succession_2016") is None
    True
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    title: str = Field(min_length=3)
    question: str = Field(min_length=3)
    description: str = ""
    events: dict[str, AnyEvent] = Field(default_factory=dict)
    parameters: dict[str, float | tuple[float, ...]] = Field(default_factory=dict)
    horizon: Horizon = Horizon()
    members: int | None = Field(default=None, ge=1, le=1_000_000)
    seed: int | None = Field(default=None, ge=0)

    @field_validator("parameters")
    @classmethod
    def _numbers_exist(cls, values):
        for name, value in values.items():
            if name not in NAMES:
                raise ValueError(f"{name} is no number of the model{nearest(name, NAMES)}")
            _check_number(name, value)
        return values

    @staticmethod
    def load(which: str | Path) -> Scenario:
        """A scenario by its name in the folder scenarios/, or by the path of its file."""
        path = find(which)
        return _build(path.stem, _resolve(path, ()), path)

    def without(self, *names: str) -> Scenario:
        """The same with events left out."""
        for name in names:
            if name not in self.events:
                raise ScenarioError(f"no event {name!r} in {self.name}{nearest(name, self.events)}")
        return self.model_copy(update={"events": {k: v for k, v in self.events.items() if k not in names}})

    def amend(self, name: str, **changes: Any) -> Scenario:
        """The same with fields of one event changed."""
        if name not in self.events:
            raise ScenarioError(f"no event {name!r} in {self.name}{nearest(name, self.events)}")
        amended = _EVENT.validate_python(self.events[name].model_dump() | changes)
        return self.model_copy(update={"events": self.events | {name: amended}})

    def plus(self, **events: Event | dict[str, Any]) -> Scenario:
        """The same with events added by name."""
        clash = [name for name in events if name in self.events]
        if clash:
            raise ScenarioError(f"{self.name} has an event {clash[0]!r} already; amend it, or choose another name")
        checked = {k: v if isinstance(v, Event) else _EVENT.validate_python(v) for k, v in events.items()}
        return self.model_copy(update={"events": self.events | checked})

    def but(self, **parameters: float) -> Scenario:
        """The same with other numbers of the model."""
        fields = {name: getattr(self, name) for name in Scenario.model_fields}
        return Scenario.model_validate(fields | {"parameters": self.parameters | parameters})

    def model_copy(self, *, update: Any = None, deep: bool = False) -> Scenario:
        """A copy with fields replaced; its text is worked out anew."""
        copy = super().model_copy(update=update, deep=deep)
        copy.__dict__.pop("text", None)
        return copy

    @property
    def quarters(self) -> int:
        """How many quarters a run takes."""
        return (self.horizon.last - self.horizon.first + 1) * 4

    @functools.cached_property
    def text(self) -> str:
        """The scenario with all it inherits written out, as YAML."""
        plain = self.model_dump(mode="json", exclude={"name"}, exclude_none=True, exclude_defaults=False)
        stream = io.StringIO()
        yaml = YAML()
        yaml.width = 110
        yaml.dump(plain, stream)
        return stream.getvalue()


_EVENT: TypeAdapter[Any] = TypeAdapter(AnyEvent)


def folder() -> Path:
    """Where the shipped scenario files are: beside the package in a checkout, inside it once installed from a wheel."""
    package = Path(str(files("model")))
    beside = package.parent / "scenarios"
    return beside if beside.is_dir() and (package.parent / "run.py").is_file() else package / "scenarios"


def known() -> list[str]:
    """Names of the shipped scenarios."""
    return sorted(path.stem for path in folder().glob(f"*{SUFFIX}"))


def find(which: str | Path) -> Path:
    """The file of a scenario given by name or path."""
    path = Path(which)
    if path.suffix in (SUFFIX, ".yml") or path.parent != Path():
        if path.is_file():
            return path
        raise ScenarioError(f"there is no scenario file {str(which)!r}{nearest(path.stem, known())}")
    shipped = folder() / f"{which}{SUFFIX}"
    if not shipped.is_file():
        raise ScenarioError(
            f"there is no scenario {str(which)!r}; known: {', '.join(known())}{nearest(str(which), known())}"
        )
    return shipped


def nearest(name: str, names: Any) -> str:
    """`; did you mean ...?` where a spelling is close, else nothing."""
    close = difflib.get_close_matches(str(name), [str(n) for n in names], n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _check_number(name: str, value: Any) -> None:
    if isinstance(value, bool):
        raise ValueError(f"{name} needs a number")
    try:
        Numbers().but(**{name: value})
    except OutOfRange as error:
        raise ValueError(str(error)) from None


def _read(path: Path) -> Any:
    """A YAML mapping with line numbers."""
    yaml = YAML(typ="rt")
    try:
        content = yaml.load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise ScenarioError(f"{where}: this is no valid YAML: {error.problem or error.context}") from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: this is no valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise ScenarioError(f"{path}:1: a scenario is a mapping with title, question and events")
    return content


class _Place:
    """Where in which file a key stands, through a chain of files."""

    def __init__(self):
        self.of: dict[tuple[str, ...], tuple[Path, int, int]] = {}

    def note(self, path: Path, node: Any, prefix: tuple[str, ...] = ()) -> None:
        """Remember line and column of every key below a node."""
        if isinstance(node, CommentedMap):
            for key, value in node.items():
                line, column = node.lc.key(key)
                self.of[(*prefix, str(key))] = (path, line + 1, column + 1)
                self.note(path, value, (*prefix, str(key)))

    def say(self, keys: tuple[str, ...], fallback: Path) -> str:
        """`file:line:column` of the nearest key that stands in a file."""
        for end in range(len(keys), 0, -1):
            if keys[:end] in self.of:
                path, line, column = self.of[keys[:end]]
                return f"{path}:{line}:{column}"
        return f"{fallback}:1:1"


def _resolve(path: Path, chain: tuple[Path, ...]) -> tuple[dict[str, Any], _Place]:
    """The raw content of a file laid over that of the file it extends."""
    here = path.resolve()
    if here in chain:
        raise ScenarioError(f"{path}: extends in a circle: {' -> '.join(p.stem for p in (*chain, here))}")
    own = _read(path)
    place = _Place()
    base: dict[str, Any] = {}
    if "extends" in own:
        base, place = _resolve(_extended(own, path), (*chain, here))
    place.note(path, own)
    merged = {key: value for key, value in (base | own).items() if key not in ("extends", "events", "parameters")}
    merged["parameters"] = {**base.get("parameters", {}), **_mapping(own, "parameters", path, place)}
    merged["events"] = _overlay(base.get("events", {}), _mapping(own, "events", path, place), path, place)
    return merged, place


def _extended(own: Any, path: Path) -> Path:
    """The file that a file extends: beside it, or one of those shipped."""
    which = str(own["extends"])
    beside = path.parent / f"{which}{SUFFIX}"
    try:
        return beside if beside.is_file() else find(which)
    except ScenarioError as problem:
        place = _Place()
        place.note(path, own)
        raise ScenarioError(f"{place.say(('extends',), path)}: extends: {problem}") from None


def _mapping(content: Any, key: str, path: Path, place: _Place) -> dict[str, Any]:
    value = content.get(key) or {}
    if not isinstance(value, dict):
        raise ScenarioError(f"{place.say((key,), path)}: {key} is a mapping of names")
    return dict(value)


def _overlay(base: dict[str, Any], own: dict[str, Any], path: Path, place: _Place) -> dict[str, Any]:
    """Events of a file over those it inherits: `off` toggles, fields amend, a new name with a type adds."""
    merged, wrong = dict(base), []
    for name, value in own.items():
        where = place.say(("events", name), path)
        if value == "off":
            if merged.pop(name, None) is None:
                wrong.append(f"{where}: no event {name!r} to switch off{nearest(name, base)}")
        elif not isinstance(value, dict):
            wrong.append(f"{where}: {name} is `off` or a mapping of fields; got {value!r}")
        elif name in merged:
            merged[name] = {**merged[name], **value}
        elif "type" not in value:
            wrong.append(
                f"{where}: there is no event {name!r} to amend{nearest(name, base)} A new event needs a type, "
                f"one of {', '.join(event_types())}"
            )
        else:
            merged[name] = dict(value)
    if wrong:
        raise ScenarioError("\n".join(wrong))
    return merged


def _plain(node: Any) -> Any:
    """ruamel's annotated values as plain ones."""
    if isinstance(node, dict):
        return {(key if not isinstance(key, str) else str(key)): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if isinstance(node, bool):
        return bool(node)
    if isinstance(node, int):
        return int(node)
    return float(node) if isinstance(node, float) else node


def _build(name: str, resolved: tuple[dict[str, Any], _Place], path: Path) -> Scenario:
    """A checked scenario, or one error with a line for each thing that is wrong."""
    content, place = resolved
    try:
        scenario = Scenario.model_validate(_plain(content) | {"name": name})
    except ValidationError as errors:
        raise ScenarioError("\n".join(_explain(error, content, place, path) for error in errors.errors())) from None
    late = [
        f"{place.say(('events', k), path)}: {k} takes effect outside the horizon "
        f"{scenario.horizon.first}..{scenario.horizon.last}; change its date or the horizon"
        for k, event in scenario.events.items()
        if not _within(event, scenario)
    ]
    if late:
        raise ScenarioError("\n".join(late))
    return scenario


def _within(event: Event, scenario: Scenario) -> bool:
    last = getattr(event, "last", None)
    return event.first < scenario.quarters and (last is None or last > 0) and (last is not None or event.first >= -4)


def _explain(error: Any, content: dict[str, Any], place: _Place, path: Path) -> str:
    """One line for one thing that is wrong: where, what was given, what is allowed."""
    # pydantic puts the chosen type of event into the location; a reader's file has no such key
    keys = tuple(str(key) for key in error["loc"])
    types = event_types()
    shown = tuple(k for n, k in enumerate(keys) if not (n == 2 and keys[0] == "events" and k in types))
    where = f"{place.say(shown, path)}: {'.'.join(shown)}"
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        allowed = sorted(_allowed(shown, keys, types))
        return f"{where}: no such key{nearest(shown[-1], allowed)} Allowed: {', '.join(allowed)}"
    if kind == "missing":
        return f"{where}: this key is missing"
    if kind == "union_tag_invalid":
        tag = context.get("tag", "")
        return f"{where}: no event type {tag!r}{nearest(tag, types)} One of {', '.join(types)}"
    if kind == "union_tag_not_found":
        return f"{where}: an event needs a type, one of {', '.join(types)}"
    message = error["msg"].removeprefix("Value error, ")
    return f"{where}: {message}; got {error['input']!r}" if kind != "value_error" else f"{where}: {message}"


def _allowed(shown: tuple[str, ...], keys: tuple[str, ...], types: dict[str, type[Event]]) -> set[str]:
    if shown[0] == "events" and len(keys) > 2 and keys[2] in types:
        return set(types[keys[2]].model_fields)
    if shown[0] == "horizon":
        return set(Horizon.model_fields)
    return (set(Scenario.model_fields) - {"name"}) | {"extends"}
