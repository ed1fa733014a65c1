"""A scenario file merged with the files it extends: events switched off or on, amended or added.

Every value keeps the location where it is written. All errors of the files are collected, so that a reader gets them
at once.
"""

from __future__ import annotations

import dataclasses
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from cairn.events import event_types
from cairn.scenario.issues import abbreviate, end_sentence
from cairn.scenario.key_locations import SECTIONS, KeyLocations
from cairn.scenario.stacking import PLUS, split_names, stack_files
from cairn.scenario.yaml_reader import Keys, Location, ScenarioError, parse_yaml, read_yaml
from cairn.support.regular_file import is_file
from cairn.support.text import suggest

SUFFIX = ".yaml"
NAME_PATTERN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}")
MAX_CHAIN = 20
INHERITED_KEYS = ("title", "question", "horizon", "members", "seed", "plugins")  # other texts belong to one file only


@dataclasses.dataclass
class ResolvedFile:
    """The content of a file with all it inherits.

    path : the file
    content : plain values by key
    locations : where each key is written
    errors : what is wrong so far, as text with its location
    chain : this file first, then the files it extends
    disabled_events : content of the events switched off in one of the files, by name
    base_missing : whether the file it extends cannot be used
    base : the file whose content it changes; of a stack, the nearest one that all of its parts extend
    switched_off : where events are switched off, by name
    parts : names of the scenarios that are laid over one another in it, if any
    """

    path: Path
    content: dict[str, Any]
    locations: KeyLocations
    errors: list[tuple[Location, str]] = dataclasses.field(default_factory=list)
    chain: tuple[Path, ...] = ()
    disabled_events: dict[str, Any] = dataclasses.field(default_factory=dict)
    base_missing: bool = False
    base: ResolvedFile | None = None
    switched_off: dict[str, Location] = dataclasses.field(default_factory=dict)
    parts: tuple[str, ...] = ()

    def location(self, keys: Keys) -> Location:
        """File, line and column of a key, or of the innermost key above it that is written in a file."""
        return self.locations.nearest(keys) or (self.path, 1, 1)

    def where(self, keys: Keys) -> str:
        """The same as `file:line:column`."""
        path, line, column = self.location(keys)
        return f"{path}:{line}:{column}"


def scenario_folder() -> Path:
    """The folder of the shipped scenario files: in the checkout, or inside the package if installed from a wheel."""
    package = Path(str(files("cairn")))
    root = package.parent.parent
    beside = root / "scenarios"
    return beside if beside.is_dir() and (root / "run.py").is_file() else package / "scenarios"


def shipped_names() -> list[str]:
    """Names of the shipped scenarios, the baseline first."""
    names = (path.stem for path in scenario_folder().glob(f"*{SUFFIX}"))
    return sorted(names, key=lambda name: (name != "baseline", name))


def find_file(which: str | Path) -> Path:
    """The file of a scenario given by the name of a shipped one or by a path.

    Raises
    ------
    ScenarioError if there is none
    """
    path = Path(which)
    if path.suffix in (SUFFIX, ".yml") or path.parent != Path():
        if is_file(path):
            return path
        raise ScenarioError(f"there is no scenario file {str(which)[:200]!r}{suggest(path.stem, shipped_names())}")
    shipped = scenario_folder() / f"{which}{SUFFIX}"
    if str(which) and is_file(shipped):
        return shipped
    unknown = end_sentence(f"there is no scenario {str(which)[:200]!r}{suggest(str(which), shipped_names())}")
    raise ScenarioError(f"{unknown} `run.py list` shows the shipped ones")


def resolve(path: Path, extended_by: tuple[Path, ...] = (), text: str | None = None) -> ResolvedFile:
    """The content of a file merged with that of the files it extends.

    Parameters
    ----------
    path : the file; with `text`, only its name in messages
    extended_by : files that extend this one, outermost first
    text : content to use in place of the file; it can extend shipped scenarios only

    Raises
    ------
    ScenarioError if a file cannot be read. Other errors are collected in `errors`.
    """
    if text is None:
        content, key_locations = read_yaml(path)
    else:
        content, key_locations = parse_yaml(path, text.encode("utf-8", "surrogatepass"))
    locations = KeyLocations(key_locations)
    base, conflicts = ResolvedFile(path, {}, KeyLocations()), list[tuple[Keys, str]]()
    if "extends" in content:
        try:
            base, conflicts = _base(content["extends"], path, (*extended_by, path.resolve()), beside=text is None)
        except _ExtendsError as problem:
            if extended_by:
                raise
            base.base_missing = True
            base.errors.append((locations.nearest(("extends",)) or (path, 1, 1), f"extends: {problem}"))
    for keys, conflict in conflicts:
        if not _settles(content, keys):
            message = f"extends: {conflict}; set it in this file, or extend only one of the two"
            base.errors.append((locations.nearest(("extends",)) or (path, 1, 1), message))
    is_stack = base.path == path and bool(base.parts)
    merged = ResolvedFile(
        path,
        {},
        base.locations.copy(),
        list(base.errors),
        (path, *(base.chain[1:] if is_stack else base.chain)),
        dict(base.disabled_events),
        base.base_missing,
        base.base if is_stack else base if base.chain else None,
        dict(base.switched_off),
        base.parts if is_stack else (),
    )
    for key in content:
        if key not in SECTIONS:
            merged.locations.replace((key,), locations)
    keys_inherited = INHERITED_KEYS if "question" in content else (*INHERITED_KEYS, "look_at")
    inherited = {key: value for key, value in base.content.items() if key in keys_inherited}
    merged.content = inherited | {k: v for k, v in content.items() if k not in ("extends", *SECTIONS)}
    own, inherited_plugins = content.get("plugins"), base.content.get("plugins")
    if isinstance(own, list) and isinstance(inherited_plugins, list):  # a file needs those of the file it extends too
        merged.content["plugins"] = own + [name for name in inherited_plugins if name not in own]
    for key, merge in (("parameters", _merge_parameters), ("events", _merge_events)):
        section = content.get(key)
        if section is not None and not isinstance(section, dict):
            what = "events" if key == "events" else "values"
            message = f"{key}: expected a mapping from names to {what}; got {abbreviate(section)}"
            merged.errors.append((locations.nearest((key,)) or (path, 1, 1), message))
            section = None
        merged.content[key] = merge(merged, base.content.get(key, {}), section or {}, locations)
    return merged


def resolve_named(which: str | Path) -> ResolvedFile:
    """The content of a scenario with all it inherits, by name or path, or several joined by `+`.

    Raises
    ------
    ScenarioError if there is none, a file cannot be read, or two of them contradict each other
    """
    names = split_names(which)
    files = [resolve(find_file(name)) for name in names]
    if len(files) == 1:
        return files[0]
    stacked, conflicts = stack_files(files, Path(PLUS.join(file.path.stem for file in files)))
    if conflicts:
        advice = "leave one of the two out, or write a file that extends both and sets it"
        raise ScenarioError(*(f"{which}: {conflict}; {advice}" for _, conflict in conflicts))
    return stacked


def missing_reasons(file: ResolvedFile) -> list[str]:
    """A warning, with file and line, for each event of a scenario that does not say why it is there."""
    without = [name for name, event in file.content["events"].items() if not event.get("why")]
    return [f"{file.where(('events', name))}: warning: events.{name}: no why is given" for name in without]


def events_without_effect(file: ResolvedFile) -> list[str]:
    """A warning, with file and line, for each event of a file's own that acts through a parameter that is 0."""
    events, parameters = file.content["events"], file.content.get("parameters", {})
    changed = {event["name"] for event in events.values() if event["type"] == "parameter"} | parameters.keys()
    own: dict[str, Location] = {}
    for keys, place in file.locations.under(("events",)).items():
        if len(keys) > 1 and place[0] == file.path and keys[1] in events:
            own[keys[1]] = min(own.get(keys[1], place), place, key=lambda found: found[1:])
    needed = {name: event_types()[events[name]["type"]].acts_through for name in own}
    return [
        f"{':'.join(map(str, own[name]))}: warning: events.{name}: no effect while {parameter} is 0; "
        "set it under parameters"
        for name, parameter in needed.items()
        if parameter and parameter not in changed
    ]


def _settles(content: dict[str, Any], keys: Keys) -> bool:
    """Whether a file itself says what holds where the scenarios that it extends contradict each other."""
    for key in keys:
        content = content.get(key) if isinstance(content, dict) else None  # type: ignore[assignment]
        if content in ("off", "on") or (isinstance(content, dict) and "type" in content):
            return True
    return content is not None


class _ExtendsError(ScenarioError):
    """The value of `extends` is wrong, not the content of another file."""


def _base(which: Any, path: Path, chain: tuple[Path, ...], beside: bool) -> tuple[ResolvedFile, list[tuple[Keys, str]]]:
    """The content that a file extends: that of one scenario, or of several laid over one another, and conflicts."""
    if not isinstance(which, list):
        return resolve(_base_path(which, path, chain, beside), chain), []
    if not which:
        raise _ExtendsError("expected a name or a list of names; got an empty list")
    files = [resolve(_base_path(name, path, chain, beside), chain) for name in which]
    return stack_files(files, path)


def _base_path(which: Any, path: Path, chain: tuple[Path, ...], look_beside: bool) -> Path:
    """The file that a file extends: one in the same folder, else a shipped one."""
    if not isinstance(which, str) or not NAME_PATTERN.fullmatch(which):
        raise _ExtendsError(
            "expected the name of a scenario in the same folder or of a shipped one, without folder and file ending; "
            f"got {str(which)[:60]!r}"
        )
    try:
        beside = path.parent / f"{which}{SUFFIX}"
        base = beside if look_beside and is_file(beside) else find_file(which)
    except ScenarioError as problem:
        raise _ExtendsError(str(problem)) from None
    if base.resolve() in chain:
        circle = [p.stem for p in chain[chain.index(base.resolve()) :]]
        raise _ExtendsError(f"{which} extends itself in a circle: {' -> '.join([*circle, base.stem])}")
    if len(chain) >= MAX_CHAIN:
        raise _ExtendsError(f"more than {MAX_CHAIN} files extend one another")
    return base


Section = dict[str, Any]  # entries of `events` or `parameters` by name


def _merge_parameters(merged: ResolvedFile, base: Section, changes: Section, locations: KeyLocations) -> Section:
    for name in changes:
        merged.locations.replace(("parameters", name), locations)
    return base | changes


def _merge_events(merged: ResolvedFile, base: Section, changes: Section, locations: KeyLocations) -> Section:
    events = dict(base)
    for name, value in changes.items():
        problem = _merge_event(merged, events, name, value, locations)
        if problem:
            location = locations.nearest(("events", name)) or (merged.path, 1, 1)
            merged.errors.append((location, f"events.{name}: {problem}"))
    return events


def _merge_event(merged: ResolvedFile, events: dict[str, Any], name: str, value: Any, locations: KeyLocations) -> str:
    """Merge one entry into `events`, in place.

    Returns
    -------
    What is wrong with the entry; empty if nothing is.
    """
    keys, inherited = ("events", name), events.get(name)
    if merged.base_missing and (value in ("off", "on") or (isinstance(value, dict) and "type" not in value)):
        return ""  # it may refer to an event of the missing file
    if value == "off":
        if inherited is None:
            state = "it is already off" if name in merged.disabled_events else f"no such event{suggest(name, events)}"
            return f"nothing to switch off: {state}"
        merged.disabled_events[name] = events.pop(name)
        merged.switched_off[name] = locations.nearest(keys) or (merged.path, 1, 1)
        return ""
    if value == "on":
        if name not in merged.disabled_events:
            unknown = f"no event of this name was switched off{suggest(name, merged.disabled_events)}"
            return f"nothing to switch on: {'it is already on' if inherited is not None else unknown}"
        events[name] = merged.disabled_events.pop(name)
        return ""
    if not isinstance(value, dict):
        return f"expected off, on or a mapping of fields; got {str(value)[:60]!r}"
    if inherited is not None:
        if "type" in value and isinstance(inherited, dict) and value["type"] != inherited.get("type"):
            return (
                f"the inherited event of this name is of type {inherited.get('type')}; switch it off and give the new "
                "event another name"
            )
        for field in value:
            merged.locations.replace((*keys, field), locations)
        events[name] = {**inherited, **value}
        return ""
    if "type" not in value:
        if name in merged.disabled_events:
            return (
                "this event is switched off; switch it on in a file that this one extends, or define it again with its "
                "type and all fields"
            )
        unknown = end_sentence(f"no such event to amend{suggest(name, events)}")
        return f"{unknown} A new event needs a type, one of {', '.join(event_types())}"
    merged.disabled_events.pop(name, None)
    merged.locations.replace(keys, locations)
    events[name] = dict(value)
    return ""
