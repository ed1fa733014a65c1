"""One scenario file laid over another: `extends`, events off, on, amended, added; and where each value stands.

All that is wrong in the files is collected, so that a reader is told everything at once.
"""

from __future__ import annotations

import dataclasses
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from cairn.events import event_types
from cairn.scenario.yaml_reader import Keys, Place, ScenarioError, read, read_text
from cairn.support.text import suggest

SUFFIX = ".yaml"
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}")
LONGEST_CHAIN = 20
SECTIONS = ("events", "parameters")  # laid over one another name by name; all else stands whole
_SECTIONS = frozenset((section,) for section in SECTIONS)
INHERITED = ("title", "question", "horizon", "members", "seed")  # what a file takes over; the rest is its own text


class Places:
    """Where keys stand, in groups by key, or event, or number: taking over one does not look through all."""

    def __init__(self, places: dict[Keys, Place] | None = None):
        self._groups: dict[Keys, dict[Keys, Place]] = {}
        for keys, place in (places or {}).items():
            self._groups.setdefault(_head(keys), {})[keys] = place

    def copy(self) -> Places:
        """Another one that may be changed."""
        new = Places()
        new._groups = {head: dict(group) for head, group in self._groups.items()}
        return new

    def get(self, keys: Keys) -> Place | None:
        """Where this very key stands."""
        return self._groups.get(_head(keys), {}).get(keys)

    def suggest(self, keys: Keys) -> Place | None:
        """Where this key stands, or the nearest above it."""
        return next((found for end in range(len(keys), 0, -1) if (found := self.get(keys[:end]))), None)

    def under(self, keys: Keys) -> dict[Keys, Place]:
        """The keys that begin with these."""
        heads = [head for head in self._groups if head[:1] == keys] if keys in _SECTIONS else [_head(keys)]
        return {k: place for head in heads for k, place in self._groups.get(head, {}).items() if k[: len(keys)] == keys}

    def take(self, other: Places, keys: Keys) -> None:
        """From here on what stands below a key is where another has it."""
        for key in self.under(keys):
            del self._groups[_head(key)][key]
        for key, place in other.under(keys).items():
            self._groups.setdefault(_head(key), {})[key] = place


def _head(keys: Keys) -> Keys:
    return keys[:2] if keys[0] in SECTIONS else keys[:1]


@dataclasses.dataclass
class Resolved:
    """What a file says with all it inherits, where each key stands, and what is wrong so far."""

    path: Path
    content: dict[str, Any]
    places: Places
    wrong: list[tuple[Place, str]]
    chain: tuple[Path, ...]  # this file first, then what it extends
    dormant: dict[str, Any]  # events switched off somewhere on the way, by name
    lost: bool = False  # whether what it extends is not to be had

    def where(self, keys: Keys) -> str:
        """`file:line:column` of the nearest key that stands in a file."""
        path, line, column = self.place(keys)
        return f"{path}:{line}:{column}"

    def place(self, keys: Keys) -> Place:
        """File, line and column of the nearest key that stands in a file."""
        return self.places.suggest(keys) or (self.path, 1, 1)


def folder() -> Path:
    """Where the shipped scenario files are: beside the package in a checkout, inside it once installed from a wheel."""
    package = Path(str(files("cairn")))
    root = package.parent.parent
    beside = root / "scenarios"
    return beside if beside.is_dir() and (root / "run.py").is_file() else package / "scenarios"


def known() -> list[str]:
    """Names of the shipped scenarios, the baseline first."""
    return sorted((path.stem for path in folder().glob(f"*{SUFFIX}")), key=lambda name: (name != "baseline", name))


def find(which: str | Path) -> Path:
    """The file of a scenario given by name or path."""
    path = Path(which)
    if path.suffix in (SUFFIX, ".yml") or path.parent != Path():
        try:
            if path.is_file():
                return path
        except (OSError, ValueError):
            pass
        raise ScenarioError(f"there is no scenario file {str(which)[:200]!r}{suggest(path.stem, known())}")
    shipped = folder() / f"{which}{SUFFIX}"
    try:
        if str(which) and shipped.is_file():
            return shipped
    except (OSError, ValueError):
        pass
    near = ended(f"there is no scenario {str(which)[:200]!r}{suggest(str(which), known())}")
    raise ScenarioError(f"{near} `run.py list` names those shipped")


def ended(text: str) -> str:
    """A sentence with its end."""
    return text if text.endswith("?") else text + "."


def resolve(path: Path, below: tuple[Path, ...] = (), text: str | None = None) -> Resolved:
    """The content of a file laid over that of the file it extends.

    With `text` no file is opened at `path`, which is only what messages call it; it extends shipped scenarios alone.
    """
    own, read_places = read(path) if text is None else read_text(path, text.encode("utf-8", "surrogatepass"))
    places = Places(read_places)
    here = path.resolve()
    base = Resolved(path, {}, Places(), [], (), {})
    if "extends" in own:
        try:
            base = resolve(_extended(own["extends"], path, (*below, here), text is None), (*below, here))
        except _ChainError as problem:
            if below:
                raise
            base.lost = True
            base.wrong.append((places.suggest(("extends",)) or (path, 1, 1), f"extends: {problem}"))
    merged = Resolved(
        path, {}, base.places.copy(), list(base.wrong), (path, *base.chain), dict(base.dormant), base.lost
    )
    for key in own:  # what a file says itself stands over what it inherits, whole
        if key not in SECTIONS:
            merged.places.take(places, (key,))
    inherited = {key: value for key, value in base.content.items() if key in INHERITED}
    merged.content = inherited | {k: v for k, v in own.items() if k not in ("extends", *SECTIONS)}
    for key, lay in (("parameters", _lay_numbers), ("events", _lay_events)):
        section = own.get(key)
        if section is not None and not isinstance(section, dict):
            merged.wrong.append((places.suggest((key,)) or (path, 1, 1), f"{key} is a mapping of names"))
            section = None
        merged.content[key] = lay(merged, base.content.get(key, {}), section or {}, places)
    return merged


class _ChainError(ScenarioError):
    """What is wrong lies in the word after `extends`, not in another file."""


def _extended(which: Any, path: Path, chain: tuple[Path, ...], look_beside: bool) -> Path:
    """The file that a file extends: beside it, where it is a file, or one of those shipped."""
    if not isinstance(which, str) or not NAME.fullmatch(which):
        raise _ChainError(
            f"the name of a scenario is needed, beside this file or shipped, without folder and ending; "
            f"got {str(which)[:60]!r}"
        )
    try:
        beside = path.parent / f"{which}{SUFFIX}"
        found = beside if look_beside and beside.is_file() else find(which)
    except ScenarioError as problem:
        raise _ChainError(str(problem)) from None
    if found.resolve() in chain:
        circle = [p.stem for p in chain[chain.index(found.resolve()) :]]
        raise _ChainError(f"{which} extends in a circle: {' -> '.join([*circle, found.stem])}")
    if len(chain) >= LONGEST_CHAIN:
        raise _ChainError(f"more than {LONGEST_CHAIN} files extend one another")
    return found


def _lay_numbers(merged: Resolved, base: dict[str, Any], own: dict[str, Any], places: Places) -> Any:
    for name in own:
        merged.places.take(places, ("parameters", name))
    return base | own


def _lay_events(merged: Resolved, base: dict[str, Any], own: dict[str, Any], places: Places) -> Any:
    """Events of a file over those it inherits."""
    events = dict(base)
    for name, value in own.items():
        problem = _lay_event(merged, events, name, value, places)
        if problem:
            merged.wrong.append((places.suggest(("events", name)) or (merged.path, 1, 1), f"events.{name}: {problem}"))
    return events


def _lay_event(merged: Resolved, events: dict[str, Any], name: str, value: Any, places: Places) -> str:
    """One event laid over what is there; what is wrong with that, or nothing."""
    keys, there = ("events", name), events.get(name)
    if merged.lost and (value in ("off", "on") or (isinstance(value, dict) and "type" not in value)):
        return ""  # nobody can say
    if value == "off":
        if there is None:
            state = "is off already" if name in merged.dormant else f"is not there{suggest(name, events)}"
            return f"nothing to switch off: {name} {state}"
        merged.dormant[name] = events.pop(name)
        return ""
    if value == "on":
        if name not in merged.dormant:
            state = "is on already" if there is not None else f"was never there{suggest(name, merged.dormant)}"
            return f"nothing to switch on: {name} {state}"
        events[name] = merged.dormant.pop(name)
        return ""
    if not isinstance(value, dict):
        return f"off, on, or a mapping of fields is needed; got {str(value)[:60]!r}"
    if there is not None:
        if "type" in value and isinstance(there, dict) and value["type"] != there.get("type"):
            return f"this is a {there.get('type')} already; switch it off and give the new event a name of its own"
        for field in value:
            merged.places.take(places, (*keys, field))
        events[name] = {**there, **value}
        return ""
    if "type" not in value:
        if name in merged.dormant:
            return "it is switched off; switch it on in a file of its own, or give all its fields with the type"
        types = event_types()
        near = ended(f"no such event to amend{suggest(name, events)}")
        return f"{near} A new event needs a type, one of {', '.join(types)}"
    merged.dormant.pop(name, None)
    merged.places.take(places, keys)
    events[name] = dict(value)
    return ""
