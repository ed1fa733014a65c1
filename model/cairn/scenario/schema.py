"""The JSON Schema of scenario files, for editors, made from the classes that check the files.

`python -m cairn.scenario.schema` writes scenarios/scenario.schema.json. An editor with a YAML language server finds it
through the first line of a file, completes keys and marks errors while you type. The schema describes a single file:
only `run.py check` can say whether an amended event exists in the scenario that the file extends.
"""

from __future__ import annotations

import json
from typing import Any

from cairn.core.calendar import FIRST_YEAR
from cairn.core.parameters import FIELDS, names_of
from cairn.events import event_types
from cairn.scenario.inheritance import scenario_folder, shipped_names
from cairn.scenario.scenario import Scenario
from cairn.support.atomic_write import write_text

FILE_NAME = "scenario.schema.json"
EDITOR_LINE = f"# yaml-language-server: $schema={FILE_NAME}"  # first line of each scenario file


def build_schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file (draft 2020-12)."""
    whole_scenario = Scenario.model_json_schema()
    types = event_types()
    definitions: dict[str, Any] = {
        k: _simplify(v) for k, v in whole_scenario["$defs"].items() if k in ("Horizon", "LookAt")
    }
    for name, kind in types.items():
        about = kind.model_json_schema()
        definitions |= about.pop("$defs", {})
        about["properties"]["type"] = {"const": name, "description": _summary_line(kind)}
        about["required"] = ["type", *(key for key in about.get("required", []) if key != "type")]
        definitions[name] = _simplify(about)
    properties = {key: _simplify(value) for key, value in whole_scenario["properties"].items() if key != "name"}
    properties |= {
        "extends": {
            "anyOf": [
                {"type": "string", "examples": shipped_names()},
                {"type": "array", "items": {"type": "string", "examples": shipped_names()}, "minItems": 1},
            ],
            "description": "the scenario this one changes, or several that are laid over one another in order",
        },
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
            "properties": {name: _parameter(name) for name in sorted(FIELDS)},
        },
    }
    definitions["event"] = _event(definitions, list(types))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cairn scenario",
        "description": f"A scenario for Central Asia from {FIRST_YEAR} on; scenarios/README.md describes the format.",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "anyOf": [{"required": ["extends"]}, {"required": ["title", "question"]}],
        "$defs": definitions,
    }


def _event(definitions: dict[str, Any], types: list[str]) -> dict[str, Any]:
    """An entry under `events`: off or on, a new event of one of the types, or fields of an inherited one."""
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


def _parameter(name: str) -> dict[str, Any]:
    about = FIELDS[name].metadata
    kind = "integer" if isinstance(FIELDS[name].default, int) else "number"
    one = {"type": kind, "minimum": about["low"], "maximum": about["high"]}
    description = {"description": f"{about['unit']}; {about['source']}"}
    if not about["each"]:
        return one | description
    by_name = dict.fromkeys(names_of(about["each"]), one)
    return {"type": "object", "properties": by_name, "additionalProperties": False, "minProperties": 1} | description


def _simplify(value: Any) -> Any:
    """Without the titles that pydantic makes from names and its keywords for unions; units go into descriptions."""
    if isinstance(value, dict):
        simple = {key: _simplify(part) for key, part in value.items() if not _is_dropped(key, part)}
        if unit := value.get("unit"):
            simple["description"] = f"{simple.get('description', '')} ({unit})".strip()
        return simple
    return [_simplify(part) for part in value] if isinstance(value, list) else value


def _is_dropped(key: str, part: Any) -> bool:
    return (key == "title" and isinstance(part, str)) or key in ("discriminator", "unit")


def _summary_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0]


def schema_text() -> str:
    """The content of the schema file."""
    return json.dumps(build_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write_text(scenario_folder() / FILE_NAME, schema_text())
