"""Scenarios laid over one another: `a+b` is a with all that b changes in the scenario that both extend.

A key that both change to different values is a conflict, unless it is a text for the reader. Of such texts the last one
counts.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cairn.events.base import TEXT_FIELDS
from cairn.scenario.yaml_reader import Keys, Location, ScenarioError
from cairn.support.regular_file import is_file

if TYPE_CHECKING:
    from cairn.events import Event
    from cairn.scenario.inheritance import ResolvedFile
    from cairn.scenario.scenario import Scenario

PLUS = "+"
SIZES = ("horizon", "members", "seed")
READER_TEXTS = ("title", "question", "changed", "plausible", "sources", "look_at", "description")
_ABSENT = object()


class Conflict(NamedTuple):
    """A key that two scenarios change to different values; an event that only one of them switches off."""

    keys: Keys
    first: Any
    second: Any


class Merged(NamedTuple):
    """Two scenarios laid over one another.

    values : by keys, as of `flatten`
    from_second : keys whose values are those of the second
    conflicts : what both change to different values
    """

    values: dict[Keys, Any]
    from_second: list[Keys]
    conflicts: list[Conflict]


def flatten(content: Mapping[str, Any]) -> dict[Keys, Any]:
    """What has an effect in a scenario: fields of events, parameters, horizon, members and seed, by their keys.

    >>> flatten({"events": {"dry": {"type": "drought", "inflow": 0.7}}, "seed": 3, "title": "Dry"})
    {('events', 'dry', 'type'): 'drought', ('events', 'dry', 'inflow'): 0.7, ('seed',): 3}
    """
    events, parameters = content.get("events") or {}, content.get("parameters") or {}
    values: dict[Keys, Any] = {}
    for name, event in events.items():
        values |= {("events", name, field): value for field, value in event.items()}
    values |= {("parameters", name): value for name, value in parameters.items()}
    return values | {(key,): content[key] for key in SIZES if content.get(key) is not None}


def merge(base: Mapping[Keys, Any], first: Mapping[Keys, Any], second: Mapping[Keys, Any]) -> Merged:
    """What two scenarios change in one base, together.

    Parameters
    ----------
    base, first, second : as of `flatten`

    Examples
    --------
    >>> base, dry, late = {("seed",): 1}, {("seed",): 1, ("members",): 9}, {("seed",): 2}
    >>> merge(base, dry, late).values
    {('seed',): 2, ('members',): 9}
    """
    values, from_second, conflicts = dict(first), list[Keys](), list[Conflict]()
    seen: set[Keys] = set()
    for keys in dict.fromkeys((*base, *second)):
        old, one, two = (side.get(keys, _ABSENT) for side in (base, first, second))
        if two == old or one == two:
            continue
        if one != old and keys[-1] not in TEXT_FIELDS:
            about = keys[:2] if _ABSENT in (one, two) and (_is_off(first, keys) or _is_off(second, keys)) else keys
            if about not in seen:
                conflicts.append(Conflict(about, one, two))
            seen.add(about)
        from_second.append(keys)
        values.pop(keys, None) if two is _ABSENT else values.update({keys: two})
    return Merged(values, from_second, conflicts)


def _is_off(side: Mapping[Keys, Any], keys: Keys) -> bool:
    return keys[0] == "events" and (*keys[:2], "type") not in side


def split_names(which: str | Path) -> list[str | Path]:
    """The scenarios of a stack: names or files joined by `+`; one where there is no `+`, or a file of this very name.

    >>> split_names("canal_high+megadrought_2031")
    ['canal_high', 'megadrought_2031']
    """
    text = str(which)
    if PLUS not in text or is_file(Path(which)):
        return [which]
    return list(text.split(PLUS))


def stack_files(files: Sequence[ResolvedFile], path: Path) -> tuple[ResolvedFile, list[tuple[Keys, str]]]:
    """Files laid over one another in order, as one.

    Parameters
    ----------
    files : two or more
    path : name of the stack in messages

    Returns
    -------
    The content with all it inherits, and the conflicts: keys and a message with both files and lines.
    """
    conflicts: list[tuple[Keys, str]] = []

    def join(one: ResolvedFile, two: ResolvedFile) -> ResolvedFile:
        joined, found = _join(one, two, path)
        conflicts.extend(found)
        return joined

    return functools.reduce(join, files), conflicts


def _join(one: ResolvedFile, two: ResolvedFile, path: Path) -> tuple[ResolvedFile, list[tuple[Keys, str]]]:
    from cairn.scenario.inheritance import ResolvedFile
    from cairn.scenario.key_locations import KeyLocations

    base = common_base(one, two)
    merged = merge(*(flatten(side.content) for side in ((base or ResolvedFile(path, {}, KeyLocations())), one, two)))
    result = ResolvedFile(
        path, {}, one.locations.copy(), [*one.errors, *(e for e in two.errors if e not in one.errors)]
    )
    for keys in merged.from_second:
        result.locations.replace(keys, two.locations)
    if "plugins" not in one.content:
        result.locations.replace(("plugins",), two.locations)
    result.content = unflatten(merged.values) | _texts(one.content, two.content)
    common = base.chain if base else ()
    layers = [p for side in (one, two) for p in side.chain if p not in common]
    result.chain = (path, *dict.fromkeys(layers), *common)
    result.base, result.base_missing = base, one.base_missing or two.base_missing
    off = one.disabled_events | two.disabled_events
    result.disabled_events = {name: event for name, event in off.items() if name not in result.content["events"]}
    result.switched_off = one.switched_off | two.switched_off
    result.parts = (*(one.parts or (one.path.stem,)), *(two.parts or (two.path.stem,)))
    return result, [(conflict.keys, _describe(conflict, one, two)) for conflict in merged.conflicts]


def common_base(one: ResolvedFile, two: ResolvedFile) -> ResolvedFile | None:
    """The nearest scenario that both are or extend; None if there is none."""
    others = {file.path.resolve() for file in _lineage(two)}
    return next((file for file in _lineage(one) if file.path.resolve() in others), None)


def _lineage(file: ResolvedFile | None) -> Iterator[ResolvedFile]:
    while file is not None:
        yield file
        file = file.base


def unflatten(values: Mapping[Keys, Any]) -> dict[str, Any]:
    """The content of a scenario from its values by keys, without texts."""
    content: dict[str, Any] = {"events": {}, "parameters": {}}
    for keys, value in values.items():
        if keys[0] == "events":
            content["events"].setdefault(keys[1], {})[keys[2]] = value
        elif keys[0] == "parameters":
            content["parameters"][keys[1]] = value
        else:
            content[keys[0]] = value
    return content


def _texts(one: Mapping[str, Any], two: Mapping[str, Any]) -> dict[str, Any]:
    """The texts of two scenarios as those of one, and the plugins that they need."""
    titles = [str(side.get("title", "")) for side in (one, two)]
    texts: dict[str, Any] = joined_texts(titles)
    for key in ("changed", "plausible"):
        texts[key] = " ".join(str(side[key]) for side in (one, two) if side.get(key))[:2000]
    for key in ("sources", "look_at", "plugins"):
        lists = [side.get(key) for side in (one, two)]
        entries = [entry for entries in lists if isinstance(entries, list | tuple) for entry in entries]
        texts[key] = [entry for n, entry in enumerate(entries) if entry not in entries[:n]]
    return {key: text for key, text in texts.items() if text}


def joined_texts(titles: Sequence[str]) -> dict[str, str]:
    """Title and question of scenarios that are laid over one another.

    >>> joined_texts(["Dry years", "A canal"])["title"]
    'Dry years + A canal'
    """
    title = " + ".join(titles)
    return {"title": title, "question": f"What if this happens together: {title}?"}


def _describe(conflict: Conflict, one: ResolvedFile, two: ResolvedFile) -> str:
    """A conflict in words, with both files and lines.

    The location of an event that is switched off is that of the word `off`.
    """
    keys = conflict.keys
    places = []
    for file, value in ((one, conflict.first), (two, conflict.second)):
        if len(keys) == 2 and keys[0] == "events":
            off = keys[1] not in file.content["events"]
            place = file.switched_off.get(keys[1]) if off else _first_change(file, keys)
            places.append(f"{'switched off' if off else 'changed'} in {_shown(place or file.location(keys))}")
        else:
            places.append(f"{'not set' if value is _ABSENT else str(value)[:60]} in {_shown(file.location(keys))}")
    return f"{'.'.join(keys)} is {places[0]} but {places[1]}"


def _first_change(file: ResolvedFile, keys: Keys) -> Location | None:
    """Where the file itself writes something below a key."""
    own = [place for place in file.locations.under(keys).values() if place[0] == file.path]
    return min(own, key=lambda place: place[1:], default=None)


def _shown(place: Location) -> str:
    path, line, column = place
    return f"{path}:{line}:{column}"


def stack_scenarios(one: Scenario, other: Scenario) -> Scenario:
    """One scenario with all that another one changes in the scenario that both extend; see `Scenario.__add__`."""
    from cairn.events import event_types
    from cairn.scenario.scenario import Scenario as Loaded
    from cairn.scenario.scenario import event_of

    common = next((path for path in one.lineage if path in other.lineage), None)
    base = Loaded.load(common) if common else None
    merged = merge(flatten(_contents(base)) if base else {}, *(flatten(_contents(side)) for side in (one, other)))
    name = f"{one.name}{PLUS}{other.name}"
    if merged.conflicts:
        raise ScenarioError(
            *(
                f"{name}: {'.'.join(keys)} is {_value(one, keys)} but {_value(other, keys)}; leave one of the two out"
                for keys, _, _ in merged.conflicts
            )
        )
    content = unflatten(merged.values)
    for event, fields in content["events"].items():
        kinds = {type(s.events[event]) for s in (base, one, other) if s and event in s.events}
        own = [kind for kind in kinds if kind is not event_types().get(fields["type"])]  # classes of a program
        if len(own) > 1:
            names = " and ".join(sorted(kind.__name__ for kind in own))
            raise ScenarioError(f"{name}: events.{event} is of the classes {names}; leave one of the two out")
        content["events"][event] = event_of(own[0], event, fields) if own else fields
    kept = (*READER_TEXTS, "plugins")
    texts = _texts(*({key: getattr(side, key) for key in kept} for side in (one, other)))
    defaults = {key: Loaded.model_fields[key].default for key in (*SIZES, *kept)}
    stacked = one.rename(name, **defaults | content | texts)
    vars(stacked).update(_lineage=base.lineage if base else (), _parts=(*one.parts, *other.parts))
    return stacked


def fields_of(event: Event) -> dict[str, Any]:
    """The fields of an event by name."""
    return {field: getattr(event, field) for field in type(event).model_fields}


def _contents(scenario: Scenario) -> dict[str, Any]:
    events = {name: fields_of(event) for name, event in scenario.events.items()}
    defaults = {key: type(scenario).model_fields[key].default for key in SIZES}
    sizes = {key: value for key in SIZES if (value := getattr(scenario, key)) != defaults[key]}
    return {"events": events, "parameters": scenario.parameters, **sizes}


def _value(scenario: Scenario, keys: Keys) -> str:
    """What a scenario says under a key, and where: file and line if it was loaded from a file that says the same."""
    from cairn.scenario.inheritance import resolve

    values = flatten(_contents(scenario))
    about = [key for key in values if key[: len(keys)] == keys]
    text = "switched off" if not about else "changed" if len(keys) == 2 == len(about[0]) - 1 else str(values[keys])[:60]
    if not scenario.lineage or not scenario.lineage[0].is_file():
        return f"{text} in {scenario.name}"
    file = resolve(scenario.lineage[0])
    place = file.switched_off.get(keys[1]) if not about else _first_change(file, keys) or file.location(keys)
    return f"{text} in {_shown(place or file.location(keys))}"
