"""The digest of the code: it changes with what the model computes, and with nothing else."""

import shutil
import tokenize
from pathlib import Path

import pytest

import cairn
from cairn.support.provenance import code_digest, code_tokens
from cairn.sweeps.store import _CODE

HERE = Path(cairn.__file__).parent


@pytest.fixture
def package(tmp_path):
    """A copy of the package that a test may change."""
    return shutil.copytree(HERE, tmp_path / "cairn", ignore=shutil.ignore_patterns("__pycache__", "dashboard"))


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def change_first_number(file: Path) -> None:
    """Replace the first number of a module's code."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    tokens = tokenize.generate_tokens(iter(lines).__next__)
    row, column = next(token.start for token in tokens if token.type == tokenize.NUMBER)
    line = lines[row - 1]
    lines[row - 1] = f"{line[:column]}1{line[column:]}"
    file.write_text("".join(lines), encoding="utf-8")


def digest(package: Path) -> str:
    code_digest.cache_clear()
    return code_digest(package=package)


def test_a_copy_of_the_package_has_the_same_digest(package):
    assert digest(package) == digest(HERE)


def test_rewording_a_docstring_or_a_comment_leaves_the_digest(package):
    trust = package / "rules" / "trust.py"
    text = trust.read_text(encoding="utf-8")
    first_line = text.splitlines()[0]
    assert first_line.startswith('"""')
    edit(trust, first_line, first_line.replace('"""', '"""Reworded. ', 1))
    trust.write_text(trust.read_text(encoding="utf-8") + "\n\n# A remark.\n", encoding="utf-8")
    assert digest(package) == digest(HERE)


def test_a_sweep_depends_on_the_members_that_ship(package):
    code_digest.cache_clear()
    before = code_digest(*_CODE, package=package)
    file = package / "data" / "fitted" / "conditioned_2025.npz"
    file.write_bytes(file.read_bytes() + b" ")
    code_digest.cache_clear()
    assert code_digest(*_CODE, package=package) != before and digest(package) == digest(HERE)


def test_changing_a_number_or_the_data_changes_the_digest(package):
    trust = package / "rules" / "trust.py"
    change_first_number(trust)
    changed = digest(package)
    assert changed != digest(HERE)
    edit(package / "data" / "borders.csv", "1", "2")
    assert digest(package) not in (digest(HERE), changed)


def test_the_text_of_an_f_string_or_of_another_string_counts(package):
    tokens = list(code_tokens('x = f"{a}: {b!r}"\ny = "shock"\n'))
    assert 'f"{a}: {b!r}"' in tokens and '"shock"' in tokens


def test_a_change_in_the_figures_leaves_the_digest(package):
    for file in (package / "figures").glob("*.py"):
        file.write_text(file.read_text(encoding="utf-8") + "\nRED = 'red'\n", encoding="utf-8")
    assert digest(package) == digest(HERE)


def test_line_endings_leave_the_digest(package):
    for file in [*(package / "rules").glob("*.py"), *(package / "data").glob("*.csv")]:
        file.write_bytes(file.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert digest(package) == digest(HERE)


def test_further_files_can_be_named():
    assert code_digest("sweeps/store.py") != code_digest()
