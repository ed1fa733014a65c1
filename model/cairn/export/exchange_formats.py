"""Formats of modelling communities: the IAMC long format, and the quantiles of a forecast hub.

Source
------
IAMC: data format template of the Integrated Assessment Modeling Consortium, read by pyam (Huppmann et al. 2021,
Open Research Europe 1:74). Hub: model output of hubverse (hubverse.io), output type quantile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cairn.core.geography import CODES, NAMES
from cairn.ensemble.outcomes import Outcome
from cairn.export.tidy import described as described_in
from cairn.export.tidy import statistics
from cairn.scenario.outcome_names import short_names

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

MODEL, REGION = "Cairn", "Central Asia"
NAME_OF = dict(zip(CODES, NAMES, strict=True))
IAMC_STATISTICS = {"5th Percentile": 0.05, "Median": 0.5, "95th Percentile": 0.95}
HUB_LEVELS = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
ORIGIN_YEAR = 2026  # the first year without a record


def iamc(dataset: xr.Dataset, outcomes: Sequence[Outcome], years: Sequence[int] = ()) -> pd.DataFrame:
    """Quantiles over members in the IAMC long format.

    Returns
    -------
    pandas.DataFrame
        With the columns model, scenario, region, variable, unit, year, value. The variable is the name of the outcome
        in words and the statistic, `Winter Deficit|Median`; of a river or a reservoir with its name between. The region
        is Central Asia, a country, or two countries joined by a hyphen.
    """
    import pandas as pd

    table = statistics(dataset, outcomes, years, IAMC_STATISTICS)
    names = [iamc_name(outcome, of) for outcome, of in zip(table.outcome, table["of"], strict=True)]
    return pd.DataFrame(
        {
            "model": MODEL,
            "scenario": table.scenario,
            "region": [region for region, _ in names],
            "variable": [f"{variable}|{name}" for (_, variable), name in zip(names, table.statistic, strict=True)],
            "unit": table.unit.replace("1", "dimensionless"),
            "year": table.year,
            "value": table.value,
        }
    )


def iamc_name(series: str, of: str) -> tuple[str, str]:
    """Region and variable of a series.

    >>> iamc_name("pair_trade_usd_bn", "KAZ-UZB"), iamc_name("storage_km3", "toktogul")
    (('Kazakhstan-Uzbekistan', 'Pair Trade'), ('Central Asia', 'Storage|Toktogul'))
    """
    name, _, quarter = series.partition("@")
    short = {canonical: shorter for shorter, canonical in short_names().items()}.get(name, name)
    variable = short.replace("_", " ").title() + (f"|{quarter}" if quarter else "")
    places = of.split("-") if of else []
    if places and all(place in NAME_OF for place in places):
        return "-".join(NAME_OF[place] for place in places), variable
    return REGION, "|".join([variable, *(place.replace("_", " ").title() for place in places)])


def iamc_codelist(dataset: xr.Dataset, outcomes: Sequence[Outcome]) -> str:
    """The variables of an IAMC file with unit and description, as YAML in the form of nomenclature-iamc."""
    known = described_in(dataset)
    described: dict[str, Any] = {}
    for outcome in outcomes:
        _, variable = iamc_name(outcome.series, "-".join(label for _, label in outcome.where))
        about = known[outcome.variable]
        described[variable] = (outcome.unit or "dimensionless", about.long_name)
    lines = []
    for variable, (unit, text) in described.items():
        for name in IAMC_STATISTICS:
            lines.append(f"- {variable}|{name}:")
            lines += [f'    description: "{text}, over members: {name}"', f'    unit: "{unit}"']
    return "\n".join(lines) + "\n"


def hub(dataset: xr.Dataset, outcomes: Sequence[Outcome], years: Sequence[int] = ()) -> pd.DataFrame:
    """Quantiles over members as the model output of a hub; only years after the record.

    Returns
    -------
    pandas.DataFrame
        With the columns origin_date, scenario_id, target, location, horizon (years), target_end_date, output_type,
        output_type_id, value.
    """
    import pandas as pd

    table = statistics(dataset, outcomes, years, {f"{level:g}": level for level in HUB_LEVELS})
    table = table[table.year >= ORIGIN_YEAR]
    return pd.DataFrame(
        {
            "origin_date": f"{ORIGIN_YEAR}-01-01",
            "scenario_id": table.scenario,
            "target": table.outcome,
            "location": table["of"].where(table["of"] != "", REGION),
            "horizon": table.year - ORIGIN_YEAR + 1,
            "target_end_date": table.year.astype(str) + "-12-31",
            "output_type": "quantile",
            "output_type_id": table.statistic.astype(float),
            "value": table.value,
        }
    )
