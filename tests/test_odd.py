"""ODD.md agrees with the code: names exist, all rules are named, tables are as generated."""

import importlib
import re

import pytest

from cairn.core.forcing import Forcing
from cairn.core.parameters import FIELDS
from cairn.core.state import BLOCKS, variables_of
from cairn.events import event_types
from cairn.report import document_tables
from tests.test_rules import RULES

TEXT = document_tables.ODD.read_text(encoding="utf-8")
MODULES = "rules|step|core|model|agents|events|ensemble|scenario|record|calibration|claims|sweeps|exploration|report"
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


PROSE = re.sub(r"<!-- (\w+): begin -->.*?<!-- \1: end -->", "", TEXT, flags=re.DOTALL)  # without generated tables
EQUATIONS = "\n".join(re.findall(r"```\n(.*?)```", PROSE, re.DOTALL))
LOCAL = {"x_ij", "p_i", "cost", "crisis", "cut", "flows", "promise"}  # notation that the text itself explains
VARIABLES = (
    set(variables_of(BLOCKS))
    | set(Forcing.variables)
    | set(FIELDS)
    | set(event_types())
    | {key for kind in event_types().values() for key in kind.model_fields}
)


def between(name: str) -> str:
    return TEXT.split(f"<!-- {name}: begin -->")[1].split(f"<!-- {name}: end -->")[0]


def test_the_tables_are_the_generated_ones():
    for document, tables in document_tables.documents().items():
        text = document.read_text(encoding="utf-8")
        assert document_tables.update_tables(text, tables) == text, "run `python -m cairn.report.document_tables`"


def test_every_row_of_a_table_has_as_many_cells_as_its_head():
    for document in document_tables.documents():
        cells = None
        for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.lstrip().startswith("|"):
                cells = None
                continue
            row = re.split(r"(?<!\\)\|", line)
            cells = cells or len(row)
            complete = line.startswith("| ") and line.endswith(" |") and len(row) == cells
            assert complete, f"{document.name}:{number}: {line}"


@pytest.mark.parametrize(("name", "kind"), event_types().items(), ids=lambda x: x if isinstance(x, str) else "")
def test_every_key_of_an_event_has_a_description_a_unit_and_bounds(name, kind):
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
    depth = 1 if parts[0] in ("model", "agents") else 2
    found = importlib.import_module(".".join(["cairn", *parts[:depth]]))
    for part in parts[depth:]:
        assert hasattr(found, part), name
        found = getattr(found, part)


def test_names_of_functions_are_found_in_the_text():
    assert len(NAMED) > len(RULES)


def test_every_variable_parameter_and_event_named_in_the_text_exists():
    named = set(re.findall(r"`([a-z]\w+)`", re.sub(r"```.*?```", "", PROSE, flags=re.DOTALL)))
    assert len(named) > 50 and named <= VARIABLES | LOCAL, sorted(named - VARIABLES - LOCAL)


def test_every_parameter_named_in_an_equation_exists():
    tokens = {re.sub(r"_(i|j|ij|ji)$", "", token) for token in re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b", EQUATIONS)}
    named = {token for token in tokens if "_" in token and min(map(len, token.split("_"))) > 2}  # not symbols
    named -= {name.split(".")[-1] for name in NAMED}
    assert len(named) > 50 and named <= VARIABLES, sorted(named - VARIABLES)


def test_every_file_of_observations_exists():
    files = set(re.findall(r"`(record_\w+\.csv)`", TEXT))
    assert len(files) > 5 and all((document_tables.ODD.parent / "cairn" / "data" / name).is_file() for name in files)


def test_every_parameter_and_event_is_in_its_table():
    assert set(re.findall(r"^\| `(\w+)` \|", between("parameters"), re.MULTILINE)) == set(FIELDS)
    assert set(re.findall(r"^\| `(\w+)` \|", between("events"), re.MULTILINE)) == set(event_types())


def test_the_sections_of_the_protocol_are_in_order():
    places = [TEXT.index(f"\n## {heading}\n") for heading in HEADINGS]
    assert places == sorted(places)


def test_there_is_a_section_for_the_misses_of_the_default_run():
    assert TEXT.count("<!-- fit: begin -->") == TEXT.count("<!-- fit: end -->") == 1
