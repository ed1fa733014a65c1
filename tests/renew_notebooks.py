"""Renew the stored outputs of the notebooks: `python -m tests.renew_notebooks`, or of some: `... 03 05`.

Each notebook runs in a fresh kernel, in an empty folder, without network, with warnings as errors. Stored outputs
depend on the notebook, the version and the libraries alone: they contain no times, paths or session counters.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "notebooks"
CELL_TIMEOUT_S = 300  # generous, for slow machines
LANGUAGE = {"name": "python"}
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}

PREAMBLE = """
import socket, warnings
warnings.simplefilter("error")
warnings.filterwarnings("ignore", module="ipykernel|IPython")  # warnings of the kernel itself
_connect = socket.socket.connect
def _connect_here(self, address):
    if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1"):
        raise OSError(f"a notebook tried to connect to {address}")
    return _connect(self, address)
def _look_up(host, *others, **more):
    raise OSError(f"a notebook tried to look up {host}")
socket.socket.connect = socket.socket.connect_ex = _connect_here
socket.getaddrinfo = socket.gethostbyname = _look_up
"""


def notebooks() -> list[Path]:
    """The numbered notebooks, in order."""
    return sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))


def execute(path: Path, folder: Path) -> NotebookNode:
    """Run a notebook from its first cell to its last in a folder; an error in a cell is raised."""
    book = nbformat.read(path, as_version=4)
    book.cells.insert(0, nbformat.v4.new_code_cell(PREAMBLE))
    client = NotebookClient(
        book,
        timeout=CELL_TIMEOUT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        coalesce_streams=True,  # what a cell prints may reach the client in one piece or in several
        extra_arguments=["--log-level=CRITICAL"],
    )
    environment = os.environ | {
        "IPYTHONDIR": str(folder / ".ipython"),  # no user profile
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "model", ROOT))),  # this checkout, whatever is installed
        "GIT_DIR": "none",  # a stored figure cannot name the commit that stores it
    }
    asyncio.run(client.async_execute(env=environment))  # `execute` leaves its event loop open
    del book.cells[0]
    return normalise(book)


def normalise(book: NotebookNode) -> NotebookNode:
    """Remove what differs between sessions: metadata, cell ids and execution counts."""
    book.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    count = 0
    for number, cell in enumerate(book.cells, 1):
        cell.id, cell.metadata = f"cell-{number:02}", nbformat.from_dict({})
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
    return book


def renew(path: Path) -> None:
    """Run a notebook and store its outputs."""
    with tempfile.TemporaryDirectory() as folder:
        book = execute(path, Path(folder))
    path.write_text(nbformat.writes(book) + "\n", encoding="utf-8")
    print(f"wrote {path.relative_to(ROOT)}, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    for file in notebooks():
        if not sys.argv[1:] or file.name[:2] in sys.argv[1:]:
            renew(file)
