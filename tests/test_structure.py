"""The tree is easy to read, and its texts speak of the project alone. (Layers: import-linter, in pyproject.toml.)"""

import re
import subprocess
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "model" / "cairn"
MAX_FILES = 12  # in one room


def test_no_file_name_is_used_twice_and_no_room_is_crowded():
    files = [path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"]
    assert [name for name, count in Counter(path.name for path in files).items() if count > 1] == []
    rooms = Counter(path.parent.relative_to(PACKAGE).as_posix() for path in files)
    assert {room: count for room, count in rooms.items() if count > MAX_FILES} == {}


def test_every_room_is_described_for_contributors():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for room in sorted(path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name.isidentifier()):
        if room != "__pycache__":
            assert f"`{room}/`" in text, room


def test_the_project_speaks_of_itself_alone():
    """No text leads out of the checkout, to a path of somebody's machine, or to a page that is not here."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    leads_out = re.compile(r"(?<![\w.])\.\./|(?<![\w.:/-])/(root|home|work|opt|Users)/|p[y]pi")
    pages = {Path(name).name for name in listed if name.endswith(".md")}
    for name in listed:
        file = ROOT / name
        if not file.is_file() or file.suffix in (".png", ".nc", ".npz", ".geojson"):
            continue
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".ipynb":  # pictures are letters by chance
            text = re.sub(r'"image/png": "[^"]*"', "", text)
        found = leads_out.search(text)
        assert not found, f"{name}: {found and found.group()}"
        named = set(re.findall(r"\b[A-Z][\w-]*\.md\b", text))
        assert named <= pages, f"{name}: {named - pages}"
