"""Show a scenario with everything it inherits, each value with the file and line it comes from.

What it prints can be saved and loaded as a scenario file.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from cairn.cli.cli_errors import OK
from cairn.cli.output import print_json
from cairn.scenario.inline_yaml import to_inline_yaml

SUMMARY = "show a scenario with everything it inherits"
Value = tuple[tuple[str, ...], Any, str]  # keys, value, where it comes from


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `show`."""
    command.add_argument("scenario", help="name or file")
    command.add_argument("--changes", action="store_true", help="only what differs from the scenario it extends")


def execute(options: argparse.Namespace) -> int:
    """Print the scenario or its changes."""
    from cairn.scenario.inheritance import resolve_named
    from cairn.scenario.scenario import Scenario

    scenario = Scenario.load(options.scenario)
    file = resolve_named(options.scenario)
    if options.changes:
        return _print_changes(scenario, Scenario.load(file.base.path) if file.base else None, options)
    values = list(_values(scenario, file))
    if options.json:
        print_json([{"key": ".".join(keys), "value": value, "from": origin} for keys, value, origin in values])
    elif not options.quiet:
        print("\n".join(_as_yaml(values)))
    return OK


def _print_changes(scenario: Any, base: Any, options: argparse.Namespace) -> int:
    """What a scenario changes in the one it extends; `base` is None if it extends none."""
    from cairn.scenario.diff import differences

    changes = differences(base, scenario) if base else []
    if options.json:
        print_json([vars(change) for change in changes])
    elif not options.quiet:
        print(f"{scenario.title}: changes to {base.name}" if base else f"{scenario.title} extends no other scenario")
        print("\n".join(map(str, changes)) or "no changes")
    return OK


def _values(scenario: Any, file: Any) -> Iterator[Value]:
    """Every value of a scenario in the order of a file."""
    content = scenario.model_dump(mode="json", exclude={"name"}, exclude_none=True)

    def origin(keys: tuple[str, ...]) -> str:
        place = file.locations.get(keys)
        return f"{place[0].name}:{place[1]}" if place else "default"

    for key, value in content.items():
        if key == "events":
            for name, fields in value.items():
                for field in ("type", *(f for f in fields if f != "type")):
                    keys = ("events", name, field)
                    if fields[field] not in ("", {}, [], None):
                        yield keys, fields[field], origin(keys)
        elif isinstance(value, dict):
            for name, part in value.items():
                yield (key, name), part, origin((key, name))
        elif value not in ("", []):
            yield (key,), value, origin((key,))


def _as_yaml(values: list[Value]) -> Iterator[str]:
    """Lines of a file that can be loaded again, each with a comment that says where its value comes from."""
    above: tuple[str, ...] = ()
    for keys, value, origin in values:
        for depth in range(len(keys) - 1):
            if keys[: depth + 1] != above[: depth + 1]:
                yield f"{'  ' * depth}{keys[depth]}:"
        above = keys
        yield f"{'  ' * (len(keys) - 1)}{keys[-1]}: {to_inline_yaml(value)}  # {origin}"
