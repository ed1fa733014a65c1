"""Where a result comes from: version, commit."""

from __future__ import annotations

import functools
import hashlib
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


@functools.cache
def package_version() -> str:
    """Version of the installed project."""
    try:
        return version("cairn-central-asia")
    except PackageNotFoundError:
        return "not installed"


@functools.cache
def commit() -> str:
    """Commit of the checkout the package runs from, with + when it has changes; `none` outside one."""
    here = Path(__file__).resolve().parent
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"],
            cwd=here,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return "none"
    return found.stdout.strip() or "none"


SCIENCE = ("model.py", "core/*.py", "rules/*.py", "step/*.py", "events/*.py", "data/*.csv", "data/fitted/posterior.csv")


@functools.cache
def code_digest(*more: str) -> str:
    """A fingerprint of the program and data that results depend on: the same for the same model, wherever it lies.

    `more` names files, by pattern below the package, that some results depend on besides.
    """
    here = Path(__file__).resolve().parents[1]
    found = hashlib.sha256()
    for pattern in (*SCIENCE, *more):
        for file in sorted(here.glob(pattern)):
            text = file.read_bytes().replace(b"\r\n", b"\n")
            found.update(f"{file.relative_to(here).as_posix()} {len(text)}\n".encode() + text)
    return found.hexdigest()[:16]
