"""Exported results have the form that their readers expect, and the values of the run."""

import csv
import hashlib
import json
import warnings

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from cairn.cli.main import main
from cairn.ensemble.annual import by_year
from cairn.ensemble.netcdf_store import open_run

IAMC = ["model", "scenario", "region", "variable", "unit", "year", "value"]
HUB = ["origin_date", "scenario_id", "target", "location", "horizon", "target_end_date", "output_type",
       "output_type_id", "value"]  # fmt: skip


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    out = tmp_path_factory.mktemp("compared")
    assert (
        main(["compare", "baseline", "no_canal", "--members", "6", "--to", "2030", "--quiet", "--out", str(out)]) == 0
    )
    return out


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    out = tmp_path_factory.mktemp("ran")
    wanted = "shortage,pair_trade,storage"
    assert main(["run", "--members", "6", "--to", "2030", "--outputs", wanted, "--quiet", "--out", str(out)]) == 0
    return out


def export(folder, form, *more):
    assert main(["export", str(folder), "--format", form, *more, "--quiet"]) == 0


def test_the_tidy_table_has_a_row_for_each_statistic(ran):
    export(ran, "csv", "--outcome", "shortage:UZB", "--outcome", "pair_trade:KAZ-UZB", "--years", "2024-2030")
    table = pd.read_csv(ran / "results.csv")
    assert list(table) == ["scenario", "outcome", "of", "unit", "year", "statistic", "value"]
    assert len(table) == 2 * 7 * 6 and not table.isna().any().any()
    with open_run(ran / "run.nc") as run:
        yearly = by_year(run.pair_trade_usd_bn.sel(pair="KAZ-UZB")).sel(year=2030).values
    row = table.query("outcome == 'pair_trade_usd_bn' and year == 2030 and statistic == 'median'")
    assert np.isclose(row.value.item(), np.median(yearly), rtol=1e-5)


def test_parquet_has_every_member_under_every_scenario(compared):
    export(compared, "parquet", "--outcome", "shortage")
    table = pd.read_parquet(compared / "results.parquet")
    assert len(table) == 2 * 5 * 6 * 39 and set(table.scenario) == {"baseline", "no_canal"}
    with open_run(compared / "comparison.nc") as found:
        value = found.shortage.sel(scenario="no_canal", member=3, year=2030, country="TKM").item()
    row = table.query("scenario == 'no_canal' and member == 3 and year == 2030 and of == 'TKM'")
    assert row.value.item() == pytest.approx(value)


def test_the_iamc_file_has_the_columns_of_the_template_and_a_list_of_its_variables(compared):
    export(compared, "iamc")
    table = pd.read_csv(compared / "iamc.csv")
    assert list(table) == IAMC and not table.isna().any().any()
    assert not table.duplicated(IAMC[:-1]).any()
    assert {"Central Asia", "Kazakhstan", "Kazakhstan-Uzbekistan"} <= set(table.region)
    listed = YAML(typ="safe").load((compared / "iamc-variables.yaml").read_text())
    units = {name: about["unit"] for entry in listed for name, about in entry.items()}
    assert units == dict(zip(table.variable, table.unit, strict=True))
    assert "Storage|Toktogul|Median" in units and units["Pair Trade|95th Percentile"] == "bn USD/yr"


def test_pyam_reads_the_iamc_file(compared):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own dependencies
        pyam = pytest.importorskip("pyam")
        export(compared, "iamc")
        frame = pyam.IamDataFrame(compared / "iamc.csv")
        assert frame.model == ["Cairn"] and frame.scenario == ["baseline", "no_canal"]
        chosen = frame.filter(variable="Shortage|Median", region="Uzbekistan", year=2030)
    assert len(chosen) == 2


def test_the_hub_file_has_quantiles_of_the_years_after_the_record(ran):
    export(ran, "hub")
    table = pd.read_csv(next(ran.glob("2026-01-01-*.csv")))
    assert list(table) == HUB and set(table.output_type) == {"quantile"}
    assert table.target_end_date.min() == "2026-12-31" and table.horizon.max() == 5
    for _, one in table.groupby(["scenario_id", "target", "location", "horizon"]):
        ordered = one.sort_values("output_type_id")
        assert len(ordered) == 9 and (ordered.value.diff().dropna() >= 0).all()


def test_the_crate_describes_every_file(ran):
    export(ran, "csv")
    crate = json.loads((ran / "ro-crate-metadata.json").read_text())
    assert crate["@context"] == "https://w3id.org/ro/crate/1.1/context"
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    assert entities["ro-crate-metadata.json"]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    assert {"name", "description", "datePublished", "license", "hasPart"} <= entities["./"].keys()
    parts = {part["@id"] for part in entities["./"]["hasPart"]}
    files = {path.relative_to(ran).as_posix() for path in ran.rglob("*") if path.is_file()}
    assert parts == files - {"ro-crate-metadata.json"} and parts <= entities.keys()
    assert entities["run.nc"]["sha256"] == hashlib.sha256((ran / "run.nc").read_bytes()).hexdigest()
    assert "members 6" in entities["./"]["description"] and entities["#cairn"]["version"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--outcome", "trust_mean"], "trust_mean was not recorded in these results"),
        (["--outcome", "shortge"], "did you mean 'shortage'"),
        (["--years", "2035"], "2035 is outside 1992..2030"),
        (["--format", "hub", "--years", "2020"], "from 2026 on"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(ran, more, message, capsys):
    assert main(["export", str(ran), *more]) == 2
    error = capsys.readouterr().err
    assert message in error and len(error.splitlines()) == 1


def test_a_folder_without_results_is_refused(tmp_path, capsys):
    assert main(["export", str(tmp_path)]) == 2
    assert "there are no results in" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["\x1b[31m", "\u202e"])
def test_a_name_with_control_characters_reaches_no_terminal(name, capsys):
    assert main(["export", name]) == 2
    assert name.encode("unicode_escape").decode() in capsys.readouterr().err


def test_the_summary_of_a_run_has_plain_names_of_quantiles(ran):
    with (ran / "summary.csv").open() as file:
        names = next(csv.reader(file))
    assert names[3:8] == ["low", "lower_quartile", "median", "upper_quartile", "high"]
