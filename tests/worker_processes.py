"""The worker processes that a process has started, for tests that count or kill them."""

import psutil


def worker_processes(parent: int | None = None) -> list[psutil.Process]:
    """Running worker processes of a process, of this one if None; one that waits to be reaped does not run."""
    found = []
    for child in psutil.Process(parent).children(recursive=True):
        try:
            if "popen_loky" in " ".join(child.cmdline()):
                found.append(child)
        except psutil.NoSuchProcess:  # it ended meanwhile; a zombie is one of these
            continue
    return found
