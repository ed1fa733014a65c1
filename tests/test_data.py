"""The record: every figure has a source, and parameters read off it are what the tables give."""

import csv
from pathlib import Path

import numpy as np
import pytest

from cairn.core.calendar import quarter_of
from cairn.core.geography import BORDER_NAMES, CODES, PAIR_NAMES
from cairn.core.inputs import Inputs
from cairn.core.parameters import Parameters
from cairn.events.base import _date
from cairn.record.tables import read

DATA = Path(__file__).parent.parent / "model" / "cairn" / "data"
TABLES = sorted(path.stem for path in DATA.glob("*.csv"))
N = Parameters()


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_a_source_that_is_evidence(name):
    rows = read(name)
    assert rows
    for row in rows:
        assert row["source"].strip(), row
        assert "recalled" not in row["source"].lower() and "unverified" not in row["source"].lower()
        assert row.get("grade", "A") in ("A", "B", "C") or (name, row["grade"]) == ("targets", "J")


@pytest.mark.parametrize("name", TABLES)
def test_pairs_borders_and_countries_are_spelt_as_everywhere(name):
    for row in read(name):
        assert row.get("pair", PAIR_NAMES[0]) in PAIR_NAMES
        assert row.get("border", BORDER_NAMES[0]) in BORDER_NAMES
        assert row.get("country", CODES[0]) in CODES


def test_every_table_is_described():
    text = (DATA / "README.md").read_text()
    for name in TABLES:
        assert f"`{name}.csv`" in text


def test_contradicted_totals_are_not_in_the_record():
    """20 and 42 bn USD of mutual trade have been printed; officials and customs say about half and a quarter."""
    assert max(float(row["usd_bn"]) for row in read("record_trade_region")) < 15


def test_incomes_are_the_record_at_market_rates():
    gdp = Inputs.load().gdp
    row = next(r for r in read("gdp") if r["country"] == "UZB" and r["year"] == "2010")
    assert gdp[72:76, 4].mean() == pytest.approx(float(row["usd_bn"]) * float(row["market_rate_factor"]), rel=0.03)
    assert (gdp > 0).all() and gdp.shape[1] == 5


def test_shares_of_toktoguls_year_are_those_of_the_record():
    rows = [row for row in read("record_toktogul") if row["inflow_km3"]]
    inflow, release = (
        np.array([sum(float(r[k]) for r in rows if r["quarter"] == str(q)) for q in (1, 2, 3, 4)])
        for k in ("inflow_km3", "release_km3")
    )
    assert np.allclose(inflow / inflow.sum(), N.naryn_inflow_share[:, 0], atol=0.003)
    summer, winter = release[1] + release[2], release[0] + release[3]
    assert np.allclose(release / np.array([winter, summer, summer, winter]), N.naryn_release_share[:, 0], atol=0.003)
    assert N.naryn_inflow_share.sum() == pytest.approx(1) and N.vakhsh_inflow_share.sum() == pytest.approx(1)


def test_kyrgyz_winter_demand_is_the_winters_share_of_a_years():
    seasons = {r["season"]: float(r["twh_2020"]) for r in read("electricity_demand") if r["country"] == "KGZ"}
    share = seasons["non_vegetation"] / sum(seasons.values())
    assert N.winter_demand_gwh[1, 0] == pytest.approx(16_000 * share, rel=0.02)


def test_memberships_of_the_baseline_are_those_of_the_table(baseline):
    def inside(joined, left, quarter):
        return joined <= quarter and (left is None or quarter < left)

    rows = [r for r in read("memberships") if r["status"] == "member" and r["organisation"] != "CACO"]
    events = [e for e in baseline.events.values() if e.type == "membership" and e.status == "member"]
    for quarter in range(6, 136, 4):  # every July
        recorded = {
            (r["organisation"], r["country"])
            for r in rows
            if inside(quarter_of(_date(r["joined"])), quarter_of(_date(r["left"])) if r["left"] else None, quarter)
        }
        held = {(e.organisation, code) for e in events if inside(e.first, e.last, quarter) for code in e.countries}
        assert held == recorded, 1992 + quarter / 4


def test_tables_are_well_formed():
    for name in TABLES:
        with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            lengths = {len(row) for row in csv.reader(file)}
        assert len(lengths) == 1, name
