"""The project speaks of itself alone. (That imports point one way is for import-linter, in pyproject.toml.)"""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent


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
