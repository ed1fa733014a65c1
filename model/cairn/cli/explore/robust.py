"""Compare the robustness of policies under deep uncertainty.

Runs a sweep in which every combination of levers meets the same futures; reports the share of futures in which it meets
the goals, and its regret (how far it stays behind the best combination in the same future).
"""

from __future__ import annotations

import argparse

from cairn.cli.cli_errors import OK, PARTLY_FAILED
from cairn.cli.explore.sensitivity import finished_sweep
from cairn.cli.explore.sweep import open_or_load, sweep_provenance
from cairn.cli.options import add_analysis_options
from cairn.cli.output import print_files, print_filled, print_json, writable_folder
from cairn.support.errors import InputError

SUMMARY = "robustness of policies under deep uncertainty"
SHIPPED = "policies"


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `robust`."""
    add_analysis_options(command, SHIPPED)


def execute(options: argparse.Namespace) -> int:
    """Run the sweep where needed and analyse its policies."""
    sweep, folder = open_or_load(options.sweep, options)
    if not sweep.spec.goals or not sweep.levers_crossed:
        raise InputError(f"{sweep.name} needs goals, and levers that are crossed with every sample; see its file")
    from cairn.exploration import robustness

    table = finished_sweep(sweep, folder, options)
    result = robustness.robustness(table)
    from cairn.exploration import plots
    from cairn.figures import write

    out = writable_folder(folder)
    files = [out / "robustness.csv"]
    robustness.save_csv(result, files[0])
    files.append(write(plots.robustness_bars(result, table.about), out / "robustness.png"))
    if options.json:
        document = {**sweep_provenance(table.store), "policies": robustness.to_dict(result)}
        print_json(document | {"files": [str(file) for file in files]})
    elif not options.quiet:
        print(robustness.to_text(result))
        print_filled(table.sweep.held_fixed)
        print_files(files)
    return PARTLY_FAILED if table.failures else OK
