"""The JSON Schema of scenario files, for editors: made from the classes that check them.

`python -m cairn.scenario.schema` writes scenarios/scenario.schema.json. An editor with a YAML language server finds it
by the first line of a file, completes keys and marks what is wrong while one types. It knows one file: whether an event
named there exists in what the file extends is for `run.py check` to say.
"""

from __future__ import annotations

import json
from typing import Any

from cairn.core.calendar import FIRST_YEAR
from cairn.core.parameters import FIELDS, LENGTHS
from cairn.events import event_types
from cairn.scenario.inheritance import folder, known
from cairn.scenario.scenario import Scenario
from cairn.support.atomic_write import atomic_write

FILE = "scenario.schema.json"
HEADER = f"# yaml-language-server: $schema={FILE}"


def schema() -> dict[str, Any]:
    """What a scenario file may hold."""
    whole_scenario = Scenario.model_json_schema()
    types = event_types()
    definitions: dict[str, Any] = {k: v for k, v in whole_scenario["$defs"].items() if k == "Horizon"}
    for name, kind in types.items():
        about = kind.model_json_schema()
        definitions |= about.pop("$defs", {})
        about["properties"]["type"] = {"const": name, "description": _first_line(kind)}
        about["required"] = ["type", *(key for key in about.get("required", []) if key != "type")]
        definitions[name] = _lean(about)
    properties = {key: _lean(value) for key, value in whole_scenario["properties"].items() if key != "name"}
    properties |= {
        "extends": {"type": "string", "examples": known(), "description": "the scenario it starts from"},
        "events": {
            "type": ["object", "null"],
            "description": "events by name: off, on, fields to amend, or a new event with a type",
            "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9_]*$"},
            "additionalProperties": {"$ref": "#/$defs/event"},
        },
        "parameters": {
            "type": ["object", "null"],
            "description": properties["parameters"]["description"],
            "additionalProperties": False,
            "properties": {name: _number(name) for name in sorted(FIELDS)},
        },
    }
    definitions["event"] = _event(definitions, list(types))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cairn scenario",
        "description": f"Worlds of Central Asia from {FIRST_YEAR} on; scenarios/README.md tells the format.",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "anyOf": [{"required": ["extends"]}, {"required": ["title", "question"]}],
        "$defs": definitions,
    }


def _event(definitions: dict[str, Any], types: list[str]) -> dict[str, Any]:
    """Off or on, a new event of one of the types, or fields to amend one that is inherited."""
    amendable: dict[str, list[Any]] = {}
    for name in types:
        for key, about in definitions[name]["properties"].items():
            if key != "type" and about not in amendable.setdefault(key, []):
                amendable[key].append(about)
    return {
        "if": {"type": "object"},
        "then": {
            "if": {"required": ["type"]},
            "then": {
                "properties": {"type": {"enum": types}},
                "allOf": [
                    {
                        "if": {"required": ["type"], "properties": {"type": {"const": name}}},
                        "then": {"$ref": f"#/$defs/{name}"},
                    }
                    for name in types
                ],
            },
            "else": {
                "additionalProperties": False,
                "minProperties": 1,
                "properties": {
                    key: kinds[0] if len(kinds) == 1 else {"anyOf": kinds} for key, kinds in sorted(amendable.items())
                },
            },
        },
        "else": {"enum": ["off", "on"]},
    }


def _number(name: str) -> dict[str, Any]:
    about = FIELDS[name].metadata
    kind = "integer" if isinstance(FIELDS[name].default, int) else "number"
    one = {"type": kind, "minimum": about["low"], "maximum": about["high"]}
    several = LENGTHS.get(about["each"])
    list_of = {"type": "array", "items": one, "minItems": several, "maxItems": several}
    return (list_of if several else one) | {"description": f"{about['unit']}; {about['source']}"}


def _lean(value: Any) -> Any:
    """Without the titles pydantic makes from names, and without its own keywords for unions and units."""
    if isinstance(value, dict):
        lean = {key: _lean(part) for key, part in value.items() if not _is_noise(key, part)}
        if unit := value.get("unit"):
            lean["description"] = f"{lean.get('description', '')} ({unit})".strip()
        return lean
    return [_lean(part) for part in value] if isinstance(value, list) else value


def _is_noise(key: str, part: Any) -> bool:
    return (key == "title" and isinstance(part, str)) or key in ("discriminator", "unit")


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0]


def text() -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    with atomic_write(folder() / FILE) as part:
        part.write_text(text(), encoding="utf-8")
