"""The tables of observations: every row has a source, and parameters taken from them agree."""

import csv
from pathlib import Path

import numpy as np
import pytest

from cairn.core.calendar import QUARTERS, parse_date, quarter_from, quarter_of
from cairn.core.geography import BORDER_NAMES, CODES, PAIR_NAMES, Geography
from cairn.core.inputs import Inputs
from cairn.core.parameters import Parameters
from cairn.record import lookup
from cairn.record.tables import read

DATA = Path(__file__).parent.parent / "model" / "cairn" / "data"
TOY = Path(__file__).parent / "data" / "toy"
TABLES = sorted(path.stem for path in DATA.glob("*.csv"))
OBSERVED = [name for name in TABLES if name != "mechanisms"]  # that one lists parts of the model
N = Parameters()


@pytest.mark.parametrize("name", OBSERVED)
def test_every_row_has_a_source_that_is_evidence(name):
    rows = read(name)
    assert rows
    for row in rows:
        assert row["source"].strip(), row
        assert "recalled" not in row["source"].lower() and "unverified" not in row["source"].lower()
        assert row.get("grade", "A") in ("A", "B", "C") or (name, row["grade"]) == ("targets", "J")


@pytest.mark.parametrize("name", TABLES)
def test_names_of_pairs_borders_and_countries_are_the_known_ones(name):
    for row in read(name):
        assert row.get("pair", PAIR_NAMES[0]) in PAIR_NAMES
        assert row.get("border", BORDER_NAMES[0]) in BORDER_NAMES
        assert row.get("country", CODES[0]) in CODES


def test_every_table_is_described():
    text = (DATA / "README.md").read_text()
    for name in TABLES:
        assert f"`{name}.csv`" in text


def test_contradicted_totals_are_not_in_the_tables():
    """20 and 42 bn USD of mutual trade were published; officials and customs report about half and a quarter."""
    assert max(float(row["usd_bn"]) for row in read("record_trade_region")) < 15


def test_incomes_are_the_observed_ones_at_market_rates():
    gdp = Inputs.load().gdp
    row = next(r for r in read("gdp") if r["country"] == "UZB" and r["year"] == "2010")
    assert gdp[72:76, 4].mean() == pytest.approx(float(row["usd_bn"]) * float(row["market_rate_factor"]), rel=0.03)
    assert (gdp > 0).all() and gdp.shape[1] == 5


def test_incomes_end_in_the_second_quarter_of_2024():
    rows = {(r["country"], int(r["year"])) for r in read("gdp")}
    assert rows == {(code, year) for code in CODES for year in range(1992, 2025)}
    assert len(Inputs.load().gdp) == quarter_from("2024Q2") + 1


def test_prices_are_one_on_average_in_2015_and_grow_by_two_percent_from_2025():
    prices = Inputs.load().price_level
    assert prices.shape == (QUARTERS, 1)
    assert prices[92:96].mean() == pytest.approx(1, abs=0.003)
    assert prices[16:20].mean() == pytest.approx(156.85 / 237.017, rel=0.003)
    later = prices[quarter_from("2026Q1") :, 0]
    assert later[4:] / later[:-4] == pytest.approx(1.02, abs=1e-4)


def test_a_region_without_a_table_of_prices_has_constant_ones():
    geography = Geography.load(TOY)
    assert (Inputs.load(geography, TOY).price_level == np.ones((QUARTERS, 1))).all()


def test_foreign_trade_is_the_sum_of_exports_and_imports():
    rows = read("record_foreign_trade")
    assert {(r["country"], int(r["year"])) for r in rows} == {(c, y) for c in CODES for y in range(1992, 2025)}
    assert len(rows) == 165
    for row in rows:
        exports, imports = float(row["exports_usd_bn"]), float(row["imports_usd_bn"])
        assert float(row["usd_bn"]) == pytest.approx(exports + imports, abs=1e-9)
        assert exports > 0 and imports > 0


def test_seasonal_shares_of_toktogul_are_the_observed_ones():
    rows = [row for row in read("record_toktogul") if row["inflow_km3"]]
    inflow, release = (
        np.array([sum(float(r[k]) for r in rows if r["quarter"] == str(q)) for q in (1, 2, 3, 4)])
        for k in ("inflow_km3", "release_km3")
    )
    assert np.allclose(inflow / inflow.sum(), N.naryn_inflow_share[:, 0], atol=0.003)
    summer, winter = release[1] + release[2], release[0] + release[3]
    assert np.allclose(release / np.array([winter, summer, summer, winter]), N.naryn_release_share[:, 0], atol=0.003)
    assert N.naryn_inflow_share.sum() == pytest.approx(1) and N.vakhsh_inflow_share.sum() == pytest.approx(1)


def test_kyrgyz_winter_demand_is_the_observed_share_of_the_year():
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
            if inside(
                quarter_of(parse_date(r["joined"])), quarter_of(parse_date(r["left"])) if r["left"] else None, quarter
            )
        }
        held = {(e.organisation, code) for e in events if inside(e.first, e.last, quarter) for code in e.countries}
        assert held == recorded, 1992 + quarter / 4


def test_tables_are_well_formed():
    for name in TABLES:
        with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            lengths = {len(row) for row in csv.reader(file)}
        assert len(lengths) == 1, name


def test_an_unknown_value_is_none():
    assert lookup.toktogul_storage(1995) is None and lookup.toktogul_storage(2005) > 0
    assert lookup.undelimited_share("KGZ-TJK", 1995) == 1 and lookup.undelimited_share("KGZ-TJK", 2025) == 0
    assert lookup.undelimited_share("KGZ-TJK", 2026) is None
    assert [lookup.regional_meeting(year) for year in (2018, 2015, 2026)] == [True, False, None]
    assert [lookup.meeting_text(year) for year in (2018, 2015, 2026)] == ["yes", "no", ""]


def test_crossing_points_are_counted_once_for_every_day():
    rows = read("record_crossing_points")
    assert {r["border"] for r in rows} == {*BORDER_NAMES}
    until = {}
    for row in rows:
        assert until.get(row["border"], "") < row["from"] <= row["to"], row
        until[row["border"]] = row["to"]
        assert row["open"] or row["of"]
        assert not (row["open"] and row["of"]) or 0 <= int(row["open"]) <= int(row["of"])


def test_a_share_of_open_crossing_points_needs_every_day_of_the_year():
    assert lookup.open_crossings("KGZ-UZB", 2012) == pytest.approx(3 / 15)
    assert lookup.open_crossings("TJK-UZB", 2019) == 1
    days = 43 * 2 + 16 * 4 + 8 * 14 + 298 * 16  # of 2018, by points of 16
    assert lookup.open_crossings("TJK-UZB", 2018) == pytest.approx(days / 365 / 16)
    assert lookup.open_crossings("KGZ-UZB", 2010) is None and lookup.open_crossings("TKM-UZB", 2023) is None


def test_trade_among_the_five_is_a_small_share_of_their_foreign_trade():
    pairs = [lookup.trade(pair, 2005) for pair in PAIR_NAMES]
    totals = [lookup.foreign_trade(code, 2005) for code in CODES]
    assert lookup.own_trade_share(2005) == pytest.approx(2 * sum(pairs) / sum(totals))
    known = [year for year in range(1992, 2026) if lookup.own_trade_share(year) is not None]
    assert known == [*range(1995, 2010)]
    assert all(0.04 < lookup.own_trade_share(year) < 0.16 for year in known)
    assert lookup.foreign_trade("KAZ", 2025) is None and lookup.foreign_trade("KAZ", 2024) > 100


def test_meetings_are_dated_and_attended_by_leaders_of_the_five():
    rows = read("record_summits")
    assert len(rows) == 39 and len({(r["date"], r["kind"]) for r in rows}) == 39
    assert [r["date"] for r in rows] == sorted(r["date"] for r in rows)
    assert {r["kind"] for r in rows} == {*lookup.REGIONAL_MEETINGS, "trilateral"}
    for row in rows:
        came = row["participants"].split("|")
        assert came == [code for code in CODES if code in came] and len(came) >= 3
        assert (row["kind"] == "four") <= (len(came) == 4)


def test_every_year_of_the_union_has_a_meeting_and_the_years_after_it_have_not():
    assert all(lookup.regional_meeting(year) for year in range(1993, 2007))
    years = [year for year in range(1992, 2026) if not lookup.regional_meeting(year)]
    assert years == [1992, 2007, 2008, *range(2010, 2018), 2020] and lookup.regional_meeting(1992) is None


def test_estimates_by_officials_are_marked():
    assert lookup.regional_trade(2023) == (11.0, True) and lookup.regional_trade_text(2023) == "11.0*"
    assert lookup.regional_trade(2005) == (1.524, False) and lookup.regional_trade_text(2005) == "1.5"
    assert lookup.regional_trade(2030) is None and lookup.regional_trade_text(2030) == ""
