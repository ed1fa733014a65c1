"""The model's description says what the code does: names exist, rules are named, tables are as generated."""

import importlib
import re

import pytest

from cairn.core.parameters import FIELDS
from cairn.events import event_types
from cairn.report import document_tables
from tests.test_rules import RULES

TEXT = document_tables.DOCUMENT.read_text(encoding="utf-8")
MODULES = "rules|step|core|model|events|ensemble|scenario|record|calibration|claims|sweeps|exploration|report"
NAMED = sorted(set(re.findall(rf"`((?:{MODULES})\.[\w.]+)`", TEXT)))
HEADINGS = (
    "1. Purpose and patterns",
    "2. Entities, state variables and scales",
    "3. Process overview and scheduling",
    "4. Design concepts",
    "5. Initialization",
    "6. Input data",
    "7. Submodels",
)


def between(name: str) -> str:
    return TEXT.split(f"<!-- {name}: begin -->")[1].split(f"<!-- {name}: end -->")[0]


def test_the_tables_are_the_generated_ones():
    for document, tables in document_tables.documents().items():
        text = document.read_text(encoding="utf-8")
        assert document_tables.with_tables(text, tables) == text, "run `python -m cairn.report.document_tables`"


@pytest.mark.parametrize(("name", "kind"), event_types().items(), ids=lambda x: x if isinstance(x, str) else "")
def test_every_key_of_an_event_says_what_it_is_in_which_unit_and_bounds(name, kind):
    properties = kind.model_json_schema()["properties"]
    for key, field in kind.model_fields.items():
        if key != "type":
            assert field.description, (name, key)
            kinds = [properties[key], *properties[key].get("anyOf", [])]
            for about in kinds:
                if about.get("type") in ("number", "integer"):
                    assert "unit" in about or "unit" in properties[key], (name, key)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_is_named(rule):
    assert f"`{rule.__module__.removeprefix('cairn.')}.{rule.__name__}`" in TEXT


@pytest.mark.parametrize("name", NAMED)
def test_every_name_of_a_function_exists(name):
    parts = name.split(".")
    depth = 1 if parts[0] == "model" else 2
    found = importlib.import_module(".".join(["cairn", *parts[:depth]]))
    for part in parts[depth:]:
        assert hasattr(found, part), name
        found = getattr(found, part)


def test_names_are_looked_for_at_all():
    assert len(NAMED) > len(RULES)


def test_every_number_and_event_is_in_its_table():
    assert set(re.findall(r"^\| `(\w+)` \|", between("parameters"), re.MULTILINE)) == set(FIELDS)
    assert set(re.findall(r"^\| `(\w+)` \|", between("events"), re.MULTILINE)) == set(event_types())


def test_the_sections_of_the_protocol_stand_in_order():
    places = [TEXT.index(f"\n## {heading}\n") for heading in HEADINGS]
    assert places == sorted(places)


def test_a_place_is_left_for_the_misses_of_the_default_run():
    assert TEXT.count("<!-- fit: begin -->") == TEXT.count("<!-- fit: end -->") == 1
