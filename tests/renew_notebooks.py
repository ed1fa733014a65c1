"""The notebooks' stored outputs: `python -m tests.renew_notebooks` runs them anew, or some: `... 03 05`.

Each runs in a fresh kernel, in an empty folder, without network, with warnings as errors. What is stored is the same
for the same notebook, version and libraries: no times, no paths, no counters of a session.
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
SLOWEST = 300  # seconds that a cell may take, on the slowest of machines
LANGUAGE = {"name": "python"}
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}

BEFORE = """
import socket, warnings
warnings.simplefilter("error")
warnings.filterwarnings("ignore", module="ipykernel|IPython")  # what the kernel does is not the notebook's fault
_connect = socket.socket.connect
def _connect_here(self, address):
    if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1"):
        raise OSError(f"a notebook reached for the network: {address}")
    return _connect(self, address)
def _look_up(host, *others, **more):
    raise OSError(f"a notebook looked up {host}")
socket.socket.connect = socket.socket.connect_ex = _connect_here
socket.getaddrinfo = socket.gethostbyname = _look_up
"""


def notebooks() -> list[Path]:
    """The numbered notebooks, in order."""
    return sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))


def executed(path: Path, folder: Path) -> NotebookNode:
    """A notebook run from its first cell to its last in a folder; an error in a cell is raised."""
    book = nbformat.read(path, as_version=4)
    book.cells.insert(0, nbformat.v4.new_code_cell(BEFORE))
    client = NotebookClient(
        book,
        timeout=SLOWEST,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        extra_arguments=["--log-level=CRITICAL"],
    )
    # A profile of the reader's own must not meddle; figures of a stored notebook cannot name the commit that stores it.
    own = {"IPYTHONDIR": str(folder / ".ipython"), "PYTHONPATH": str(ROOT), "GIT_DIR": "none"}
    asyncio.run(client.async_execute(env=os.environ | own))  # `execute` leaves its event loop open
    del book.cells[0]
    return tidied(book)


def tidied(book: NotebookNode) -> NotebookNode:
    """The same without what differs from one session to the next."""
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
        book = executed(path, Path(folder))
    path.write_text(nbformat.writes(book) + "\n", encoding="utf-8")
    print(f"wrote {path.relative_to(ROOT)}, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    for file in notebooks():
        if not sys.argv[1:] or file.name[:2] in sys.argv[1:]:
            renew(file)
