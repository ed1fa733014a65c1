"""The notebooks run offline from the first cell to the last, give their stored outputs, and quote them correctly."""

import base64
import io
import re
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from tests.renew_notebooks import FOLDER, execute, normalise, notebooks

BOOKS = notebooks()
EACH = pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
MAX_BYTES, MAX_PICTURE_BYTES, PICTURE_WIDTH = 400_000, 80_000, 960
MAX_CELL_LINES = 10  # of code, except imports and files
MAX_COLUMNS = 92  # of code and output, which a notebook shows without a line break
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?= ?%)?")
QUOTED = re.compile(r"(?<![\w.^-])[-+]?\d+\.\d+(?!\.?\d)|\d+(?= ?%)")
BANDS = {"50", "90", "95"}  # widths of intervals, in per cent


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def outputs(book: NotebookNode) -> list[NotebookNode]:
    return [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]


def texts(book: NotebookNode) -> list[str]:
    """The text of each output; tables as text."""
    return [output.text if output.output_type == "stream" else output.data["text/plain"] for output in outputs(book)]


def prose(book: NotebookNode) -> str:
    return "\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")


def words_and_numbers(text: str) -> tuple[list[str], list[str]]:
    return [" ".join(part.split()) for part in NUMBER.split(text)], NUMBER.findall(text)


def near(one: str, other: str) -> bool:
    """Whether two printed numbers are equal up to rounding on another machine."""
    digits = len(one.partition(".")[2])
    tolerance = 1.01 * 10**-digits if digits else 0.0
    return digits == len(other.partition(".")[2]) and abs(float(one) - float(other)) <= tolerance


@EACH
def test_it_runs_offline_without_a_warning_and_gives_the_stored_outputs(path, tmp_path):
    stored, fresh = read(path), execute(path, tmp_path)
    assert {entry.name for entry in tmp_path.iterdir()} <= {".ipython", "results"}
    then, now = texts(stored), texts(fresh)
    assert len(then) == len(now)
    for old, new in zip(then, now, strict=True):
        (words, numbers), (other_words, other_numbers) = words_and_numbers(old), words_and_numbers(new)
        renew = f"if the change is intended, run `python -m tests.renew_notebooks {path.name[:2]}`\n{old}\n---\n{new}"
        assert words == other_words, renew
        assert all(near(a, b) for a, b in zip(numbers, other_numbers, strict=True)), renew


def test_a_notebook_that_uses_the_network_or_warns_fails(tmp_path):
    path = tmp_path / "bad.ipynb"
    for line, problem in (
        ("socket.create_connection(('192.0.2.1', 80), 1)", "tried to look up|tried to connect"),
        ("socket.socket().connect(('192.0.2.1', 80))", "tried to connect"),
        ("warnings.warn('old')", "UserWarning"),
    ):
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"import socket, warnings\n{line}")])
        nbformat.write(book, path)
        with pytest.raises(CellExecutionError, match=problem):
            execute(path, tmp_path)


def test_there_are_eight_and_the_readme_lists_each_with_its_question():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [path.name[:2] for path in BOOKS] == [f"{n:02}" for n in range(1, 9)]
    for path in BOOKS:
        question = read(path).cells[0].source.splitlines()[0].partition(" · ")[2]
        assert f"({path.name})" in page and question in page, question


@EACH
def test_it_has_a_question_an_answer_its_uncertainty_and_exercises(path):
    book = read(path)
    first, text = book.cells[0].source, prose(book)
    assert re.fullmatch(rf"# {path.name[:2]} · [A-Z].*\?", first.splitlines()[0])
    assert len(first) > 300  # why it matters, and for whom
    assert re.search(r"^## (The a|A)nswer$", book.cells[-1].source, re.MULTILINE)
    for part in ("**How sure is this?**", "**What the ", " cannot say:**", "## For a class"):
        assert part in text
    assert len(re.findall(r"^\d\. ", book.cells[-1].source, re.MULTILINE)) >= 2
    assert text.isprintable() or {c for c in text if not c.isprintable()} == {"\n"}


@EACH
def test_every_number_quoted_in_the_prose_is_in_an_output(path):
    book = read(path)
    shown = " ".join([*texts(book), *(cell.source for cell in book.cells if cell.cell_type == "code")])
    there = {number.lstrip("+-") for number in QUOTED.findall(shown)} | BANDS
    quoted = QUOTED.findall(re.sub(r"`[^`]*`", "", prose(book)))
    missing = [number for number in quoted if number.lstrip("+-") not in there]
    assert not missing, f"the prose quotes {missing}, which no output contains"


@EACH
def test_its_pictures_are_small_and_have_a_description(path):
    from PIL import Image

    book = read(path)
    shown = [output for output in outputs(book) if "image/png" in output.get("data", {})]
    assert shown
    for output in shown:
        png, alt = base64.b64decode(output.data["image/png"]), output.metadata["image/png"]["alt"]
        assert len(png) < MAX_PICTURE_BYTES and Image.open(io.BytesIO(png)).width == PICTURE_WIDTH
        assert len(alt) > 80 and alt == output.data["text/plain"] and alt.endswith(".")
    assert path.stat().st_size < MAX_BYTES


@EACH
def test_its_code_is_thin(path):
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert 6 <= len(cells) <= 20
    for n, cell in enumerate(cells):
        lines = cell.source.splitlines()
        assert max(map(len, lines)) <= MAX_COLUMNS
        if n and not lines[0].startswith("%%writefile results/"):
            assert len(lines) <= MAX_CELL_LINES
            assert not any(line.startswith(("import ", "from ")) for line in lines)
    assert re.search(r"^[A-Z, ]+ = [\d, ]+$|samples: \d+", "\n".join(cell.source for cell in cells), re.MULTILINE)


@EACH
def test_stored_outputs_contain_nothing_of_the_session(path):
    book = read(path)
    assert nbformat.writes(normalise(read(path))) + "\n" == path.read_text(encoding="utf-8")
    assert not [text for text in texts(book) if re.search(r"/tmp|\bCommit\b|\d\.\d+ ?s\b", text)]
    printed = [output.text for output in outputs(book) if output.output_type == "stream"]
    assert max((len(line) for text in printed for line in text.splitlines()), default=0) <= MAX_COLUMNS
