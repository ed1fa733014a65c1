"""A scenario under construction, and the operations on it. Operations on events that are absent have no effect."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any

from cairn.events import Event
from cairn.scenario.scenario import Scenario

Change = Callable[["Draft"], "Draft"]
WHY = "a change made by an experiment"


@dataclasses.dataclass(frozen=True)
class Draft:
    """Events by name, and parameters. The whole scenario is validated by `to_scenario`."""

    events: Mapping[str, Any]
    parameters: Mapping[str, Any]

    @staticmethod
    def from_scenario(scenario: Scenario) -> Draft:
        """A draft with the events and parameters of a scenario."""
        return Draft(dict(scenario.events), dict(scenario.parameters))

    def replace(self, **parameters: Any) -> Draft:
        """The draft with some parameters set."""
        return Draft(self.events, {**self.parameters, **parameters})

    def to_scenario(self, name: str) -> Scenario:
        """The validated scenario; its horizon is that of the baseline."""
        return Scenario.load("baseline").rename(
            name, title=name, question=f"Experiment {name}", events=dict(self.events), parameters=dict(self.parameters)
        )


def remove_events(draft: Draft, *names: str) -> Draft:
    """The draft without some events."""
    return Draft({name: event for name, event in draft.events.items() if name not in names}, draft.parameters)


def amend_event(draft: Draft, name: str, **fields: Any) -> Draft:
    """The draft with some fields of an event changed."""
    if name not in draft.events:
        return draft
    event = draft.events[name]
    old = {field: getattr(event, field) for field in type(event).model_fields}
    return add_events(draft, **{name: type(event).model_validate(old | fields)})


def add_events(draft: Draft, **events: Event) -> Draft:
    """The draft with more events; an event replaces another one of the same name."""
    return Draft({**draft.events, **events}, draft.parameters)


def make_event(kind: type[Event], **fields: Any) -> Any:
    """An event of a type; dates may be text."""
    return kind.model_validate({"why": WHY} | fields)


def chain(*changes: Change) -> Change:
    """One change after another as a single change."""
    return lambda draft: functools.reduce(lambda changed, change: change(changed), changes, draft)


def no_change(draft: Draft) -> Draft:
    """The draft as it is."""
    return draft


def set_parameters(**values: Any) -> Change:
    """A change that sets parameters."""
    return lambda draft: draft.replace(**values)


@functools.cache
def as_in_scenario(name: str) -> Change:
    """The change that a shipped scenario makes to the baseline, which can also be applied to another draft."""
    old, new = Scenario.load("baseline"), Scenario.load(name)
    removed = [event for event in old.events if event not in new.events]
    changed = {k: event for k, event in new.events.items() if k not in old.events or event != old.events[k]}
    parameters = {k: v for k, v in new.parameters.items() if old.parameters.get(k) != v}
    return lambda draft: add_events(remove_events(draft, *removed), **changed).replace(**parameters)
