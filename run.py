"""Cairn's command line, from a checkout: `python run.py --help`."""

import sys

from cairn.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
