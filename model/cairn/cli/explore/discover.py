"""Find the conditions under which a kind of future happens.

Runs a sweep and looks for boxes (PRIM) and a tree (CART) in the space of its factors that contain the cases of
interest; reports their coverage (share of the cases inside) and density (share of cases among all futures inside).
"""

from __future__ import annotations

import argparse

from cairn.cli.cli_errors import OK, PARTLY_FAILED
from cairn.cli.explore.sensitivity import finished_sweep
from cairn.cli.explore.sweep import open_or_load, sweep_provenance
from cairn.cli.options import add_analysis_options
from cairn.cli.output import print_files, print_filled, print_json, writable_folder
from cairn.support.errors import InputError

SUMMARY = "conditions under which a kind of future happens (PRIM)"
SHIPPED = "futures"


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `discover`."""
    add_analysis_options(command, SHIPPED)


def execute(options: argparse.Namespace) -> int:
    """Run the sweep where needed and analyse its cases."""
    sweep, folder = open_or_load(options.sweep, options)
    if not sweep.spec.cases:
        raise InputError(f"{sweep.name} defines no cases; add them under the key cases of the sweep file")
    from cairn.exploration import discovery

    table = finished_sweep(sweep, folder, options)
    results = {case: discovery.discover(table, case) for case in sweep.spec.cases}
    from cairn.exploration import plots
    from cairn.figures import write

    out = writable_folder(folder)
    files = [out / "boxes.csv"]
    discovery.save_csv(results, files[0])
    files.append(write(plots.box_ranges(results, table.about, plots.factor_titles(table.sweep)), out / "boxes.png"))
    if options.json:
        cases = {case: discovery.to_dict(result) for case, result in results.items()}
        print_json({**sweep_provenance(table.store), "cases": cases, "files": [str(file) for file in files]})
    elif not options.quiet:
        for case, result in results.items():
            print(discovery.to_text(case, result) + "\n")
        print_filled(table.sweep.held_fixed)
        print_files(files)
    return PARTLY_FAILED if table.failures else OK
