"""Write results in the formats of others, with RO-Crate metadata beside them.

csv: a tidy table of quantiles over members, by scenario, outcome, place and year. parquet: the same with the value of
every member. iamc: the long format of the IAMC, which pyam reads, and a list of its variables. hub: quantiles after the
record as model output of a forecast hub.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cairn.cli.cli_errors import OK
from cairn.cli.options import add_out_option, add_outcome_options
from cairn.cli.output import print_files, print_json, provenance, writable_folder
from cairn.support.errors import InputError

SUMMARY = "results as tidy CSV, Parquet, IAMC or hub files"
NAMES = {
    "csv": "results.csv",
    "parquet": "results.parquet",
    "iamc": "iamc.csv",
    "hub": "2026-01-01-cairn-central_asia.csv",  # hubverse: origin date, team, model
}


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `export`."""
    command.add_argument("results", type=Path, help="folder that run, branch or compare wrote, or a run.nc")
    command.add_argument("--format", choices=NAMES, default="csv", help="csv, parquet, iamc or hub (default: csv)")
    add_outcome_options(command, "an outcome to export", "years to export")
    add_out_option(command, "folder to write to (default: the folder of the results)")


def execute(options: argparse.Namespace) -> int:
    """Read the results and write them."""
    from cairn.export import exchange_formats, ro_crate, tidy
    from cairn.support.atomic_write import atomic_write, write_text

    dataset, source = tidy.open_results(options.results)
    with dataset:
        outcomes = tidy.series(dataset, options.outcome)
        tidy.check_years(dataset, options.years)
        folder = writable_folder(options.out or source.parent)
        make: dict[str, Callable[..., Any]] = {
            "csv": tidy.statistics, "parquet": tidy.members, "iamc": exchange_formats.iamc, "hub": exchange_formats.hub
        }  # fmt: skip
        table = make[options.format](dataset, outcomes, options.years)
        attributes = dict(dataset.attrs)
    if table.empty:
        raise InputError("nothing to export: a hub takes years after the record, from 2026 on")
    files = [folder / NAMES[options.format]]
    with atomic_write(files[0]) as part:
        if options.format == "parquet":
            _write_parquet(table, part)
        else:
            table.to_csv(part, index=False, float_format="%.6g", lineterminator="\n")
    if options.format == "iamc":
        files.append(folder / "iamc-variables.yaml")
        write_text(files[-1], exchange_formats.iamc_codelist(dataset, outcomes))
    files.append(ro_crate.write(folder, attributes, source))
    if options.json:
        made = provenance(int(attributes["members"]), int(attributes["seed"]), str(attributes.get("parameters", "")))
        print_json({"rows": len(table), **made, "files": [str(file) for file in files]})
    elif not options.quiet:
        print(f"{len(table):,} rows of {len(outcomes)} outcome{'s' * (len(outcomes) != 1)}.")
        print_files(files)
    return OK


def _write_parquet(table: Any, path: Path) -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise InputError("--format parquet needs pyarrow: pip install -e '.[sweep]'") from None
    table.to_parquet(path, index=False)
