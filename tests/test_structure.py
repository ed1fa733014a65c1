"""Imports point one way, and the project speaks of itself alone."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = [
    {"model.countries", "model.leaders", "model.axes", "model.calendar", "model.files", "model.fixed", "model.letters"},
    {"model.writing"},
    {"model.chance"},
    {"model.rules", "model.parameters"},
    {"model.state", "model.tables", "model.events", "model.measures", "model.provenance", "model.posterior"},
    {"model.quarter", "model.scenario", "model.reading", "model.extends", "model.differences", "model.wrong"},
    {"model.world", "model.checkpoint"},
    {"model.ensemble"},
    {
        "model.summary",
        "model.figures",
        "model.bench",
        "model.odd",
        "model.schema",
        "model.comparison",
        "model.report",
        "model.notebook",
        "model.fitting",
    },
    {"model.experiments", "model.claims", "model.dashboard"},
    {"model.commands"},
    {"model.cli"},
]
FILES = sorted((ROOT / "model").rglob("*.py"))


def layer(module: str) -> int | None:
    for n, names in enumerate(LAYERS):
        if any(module == name or module.startswith(name + ".") for name in names):
            return n
    return None


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{a.name}" for a in node.names} if node.module == "model" else {node.module}
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_imports_point_down_the_list(file):
    own = layer(module_of(file))
    if own is None:
        assert module_of(file) == "model"  # the package's door
        return
    for name in imported(file):
        if name.startswith("model"):
            assert layer(name) is not None and layer(name) <= own, f"{file.name} imports {name}"


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_only_world_bench_and_page_know_mesa_and_rules_know_only_numpy(file):
    names = {name.split(".")[0] for name in imported(file)}
    if str(file.relative_to(ROOT / "model")) not in ("world.py", "bench.py", "dashboard/page.py", "dashboard/many.py"):
        assert "mesa" not in names
    if file.parent.name == "rules":
        assert names <= {"numpy", "scipy", "model"}
        assert not {n for n in imported(file) if n.startswith(("model.state", "model.parameters", "model.world"))}
    assert "matplotlib.pyplot" not in imported(file)


def test_the_project_speaks_of_itself_alone():
    """No text leads out of the checkout, to a path of somebody's machine, or to a page that is not here."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    leads_out = re.compile(r"(?<![\w.])\.\./|(?<![\w.:/-])/(root|home|work|opt|Users)/|p[y]pi")
    pages = {Path(name).name for name in listed if name.endswith(".md")}
    for name in listed:
        file = ROOT / name
        if not file.is_file() or file.suffix in (".png", ".nc", ".geojson"):
            continue
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".ipynb":  # pictures are letters by chance
            text = re.sub(r'"image/png": "[^"]*"', "", text)
        found = leads_out.search(text)
        assert not found, f"{name}: {found and found.group()}"
        named = set(re.findall(r"\b[A-Z][\w-]*\.md\b", text))
        assert named <= pages, f"{name}: {named - pages}"
