"""Cairn's command line in a checkout: `python run.py --help`."""

import sys


def main():
    """Run a command and return its exit code. Under an older Python, or without Cairn installed, say what to do."""
    # An older Python must be able to read this file, and says what is needed before it imports anything.
    if sys.version_info < (3, 12):  # noqa: UP036
        here = "this is Python " + sys.version.split()[0]
        sys.stderr.write("Cairn needs Python 3.12 or newer, and " + here + "; README.md says how to get one.\n")
        return 2
    try:
        from cairn.cli.main import main as command_line
    except ModuleNotFoundError as problem:
        if problem.name != "cairn":
            raise
        sys.stderr.write("Cairn is not installed for " + sys.executable + "; see the first command in README.md.\n")
        return 2
    return command_line()


if __name__ == "__main__":
    sys.exit(main())
