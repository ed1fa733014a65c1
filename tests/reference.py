"""Our model at the settings of an independent program of the same equations, and the figures that program gave.

reference.csv holds means over 4,000 members of that program, with two corrections: the trust reset at a turnover uses
the personalism of the leader who left, and no round of delimitation is held on a border that is wholly delimited.
"""

import csv
from pathlib import Path

import numpy as np
from ruamel.yaml import YAML

from cairn.core.calendar import QUARTERS
from cairn.core.geography import BORDER_NAMES, CODES, C, index, pair
from cairn.core.inputs import Inputs
from cairn.core.pairs import both_ways, sum_pairs
from cairn.core.parameters import Parameters
from cairn.model import CentralAsia
from cairn.scenario.scenario import Scenario
from cairn.step import measures

DATA = Path(__file__).parent / "data"
YEARS = (1993, 2000, 2008, 2015, 2018, 2024)


def reference_figures() -> dict[tuple[str, str], tuple[float, float, int]]:
    """(quantity, year) -> mean, standard deviation, members."""
    with (DATA / "reference.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {
        (r["quantity"], r["year"]): (float(r["mean"]), float(r["standard_deviation"]), int(r["members"])) for r in rows
    }


def reference_inputs() -> Inputs:
    """The inputs that program ran on."""
    inputs = YAML(typ="safe").load((DATA / "reference_inputs.yaml").read_text())
    shipped = Inputs.load()
    dates = 1992 + np.arange(QUARTERS) / 4
    gdp = np.stack(
        [
            np.exp(np.interp(dates, list(inputs["gdp"][c]), np.log([float(x) for x in inputs["gdp"][c].values()])))
            for c in CODES
        ],
        axis=1,
    )
    distance = shipped.distance_km.copy()
    for name, km in inputs["distances"].items():
        i, j = pair(name)
        distance[i, j] = distance[j, i] = km
    distance[range(C), range(C), 0] = inputs["internal"]

    def column(values) -> np.ndarray:
        return np.array(values, dtype=float)[:, None]

    return Inputs(
        gdp=gdp,
        gdp_outside=shipped.gdp_outside,
        distance_km=distance,
        length_1000_km=column([inputs["length"][n] for n in BORDER_NAMES]),
        contested=column([inputs["contested"][n] for n in BORDER_NAMES]),
        population_mn=column(inputs["population_mn"]),
        agriculture_share=shipped.agriculture_share,
        price_level=shipped.price_level,
    )


def our_figures(members: int, seed: int) -> dict[tuple[str, str], np.ndarray]:
    """The same quantities from our model, one value per member."""
    scenario = Scenario.load(DATA / "reference.yaml")
    model = CentralAsia(scenario, members, seed, inputs=reference_inputs(), parameters=Parameters(), collect=False)
    ours: dict[tuple[str, str], np.ndarray] = {}

    def add(name: str, year: object, value: np.ndarray, share: float) -> None:
        ours[name, str(year)] = ours.get((name, str(year)), 0.0) + value * share

    def between(x: np.ndarray, name: str) -> np.ndarray:
        return x[pair(name)]

    for quarter in range(model.quarters):
        model.run_for(1)
        state, year = model.state, 1992 + quarter // 4
        relations, borderlands = state.relations, state.borderlands
        if year in YEARS:
            region = model.measured()
            for name in (
                "trade_total_usd_bn",
                "trust_mean",
                "openness_mean",
                "integration_index",
                "integration_de_facto",
                "organisation_alive",
                *(f"dim_{d}" for d in measures.DIMENSIONS),
            ):
                add(name, year, region[name], 0.25)
            add("trade KAZ-UZB", year, between(state.trade.pair_trade_usd_bn, "KAZ-UZB"), 0.25)
            add("trust TJK-UZB", year, between(both_ways(relations.trust), "TJK-UZB"), 0.25)
            add("openness KGZ-UZB", year, between(relations.openness, "KGZ-UZB"), 0.25)
            add("undelimited KGZ-TJK", year, between(borderlands.undelimited_share, "KGZ-TJK"), 0.25)
            add("undelimited KGZ-UZB", year, between(borderlands.undelimited_share, "KGZ-UZB"), 0.25)
            add("shortage UZB", year, state.water.shortage[index("UZB")], 0.25)
            add("shortage KGZ", year, state.water.shortage[index("KGZ")], 0.25)
        span, each = "1992-2024", 1 / 33
        add("incidents KGZ-TJK per year", span, between(borderlands.incidents, "KGZ-TJK"), each)
        add("deaths per year", span, sum_pairs(borderlands.deaths) / 2, each)
        add("meetings held per year", span, state.organisation.attended.any(axis=0).astype(float), each)
        add("bilateral summits per year", span, sum_pairs(relations.summits.astype(float)) / 2, each)
    return ours
