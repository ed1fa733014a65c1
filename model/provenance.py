"""Where a result comes from: version, commit."""

from __future__ import annotations

import functools
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
