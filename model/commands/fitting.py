"""`calibrate`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from model.commands.shared import RESULTS, Bar, common, whole, writable


def add(commands: Any) -> None:
    """The commands and their options."""
    command = commands.add_parser(
        "calibrate", help="learn the numbers of the model from the record to 2015", description=calibrate.__doc__
    )
    command.add_argument("--sets", type=whole(200, 1_000_000, "the number of sets"), help="parameter sets in each step")
    command.add_argument("--seed", type=whole(0, 2**63 - 1, "the seed"), default=1, help="seed (default: 1)")
    command.add_argument("--jobs", type=whole(1, 512, "the number of processes"), help="processes (default: all cores)")
    command.add_argument("--out", type=Path, default=RESULTS / "calibration", help="folder (default: results/calibration)")
    common(command)
    command.set_defaults(handler=calibrate)


def calibrate(options: argparse.Namespace) -> int:
    """Fit to the record to 2015; write posterior.csv and posterior.json. Interrupted, it carries on from its last step."""
    from model.experiments import calibration

    out = writable(options.out)
    count = options.sets or calibration.SETS
    with Bar(12 * count, "calibrating", options.quiet or options.json) as progress:
        found = calibration.calibrate(count, options.seed, jobs=options.jobs, folder=out, progress=progress)
    files = calibration.save(found, out)
    if options.json:
        print(files[1].read_text(encoding="utf-8"), end="")
    elif not options.quiet:
        for line in calibration.as_lines(found):
            print(line)
        print(f"Written: {', '.join(map(str, files))}. Use them with --parameters {files[0]}")
    return 0
