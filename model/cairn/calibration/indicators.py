"""Indicators: the quantities of the targets, computed from a run.

`TargetRecorder` reads them from a model quarter by quarter; each indicator turns its quarters into yearly values.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cairn.core.geography import BORDER_NAMES, CODES, PAIR_NAMES, RESERVOIRS
from cairn.ensemble.annual import annual_values

WITH_RESIDUAL = {"trade": "trade_run", "trade_region": "trade_region_run"}  # the same quantity as a run reports it
PAIR_ORDER_2015 = ("KAZ-UZB", "TKM-UZB", "KGZ-UZB", "TJK-UZB")  # Uzbekistan's relations in 2015, the best first


@dataclasses.dataclass(frozen=True)
class Indicator:
    """A quantity with one value per place and year.

    Parameters
    ----------
    unit : unit of the yearly value
    places : pairs, borders, countries, reservoirs, or the region
    quarterly : function of the model that returns the value of the current quarter, (places, M)
    by_year : how four quarters make a year, a rule of `cairn.ensemble.annual`
    """

    unit: str
    places: Sequence[str]
    quarterly: Callable[[Any], np.ndarray]
    by_year: str

    def yearly(self, quarters: np.ndarray) -> np.ndarray:
        """Yearly values, (M, 4 Y, places) -> (M, Y, places).

        A winter counts for the year in which it ends; the winter of the first year is NaN.
        """
        return annual_values(quarters, self.by_year)


def _pair_order(model: Any) -> np.ndarray:
    """Share of the six comparisons among four pairs that agree with `PAIR_ORDER_2015`, (1, M)."""
    observed = model.observe(["trust_pair", "openness"])
    warmth = observed["trust_pair"] + observed["openness"]
    at = [PAIR_NAMES.index(name) for name in PAIR_ORDER_2015]
    agree = [warmth[at[a]] > warmth[at[b]] for a in range(len(at)) for b in range(a + 1, len(at))]
    return np.mean(agree, axis=0)[None]


def _of(name: str) -> Callable[[Any], np.ndarray]:
    """A quantity that runs report, by place, (places, M)."""

    def quarterly(model: Any) -> np.ndarray:
        values = model.observe([name])[name]
        return values[None] if values.ndim == 1 else values

    return quarterly


def _of_toktogul(name: str) -> Callable[[Any], np.ndarray]:
    """A quantity of the first reservoir, (1, M)."""
    return lambda model: model.state.array(name)[:1]


def _expected_trade(model: Any) -> np.ndarray:
    """Trade of pairs without its residual: structural trade times each pair's lasting factor, (P, M).

    Targets are compared with this; the residual is part of their errors.
    """
    affinity = np.reshape(model.parameters.pair_affinity, (len(PAIR_NAMES), -1))
    return _of("pair_trade_structural_usd_bn")(model) * np.exp(affinity)


_TOKTOGUL = RESERVOIRS[:1]
INDICATORS: dict[str, Indicator] = {
    "trade": Indicator("bn USD/yr", PAIR_NAMES, _expected_trade, "mean"),
    "trade_region": Indicator("bn USD/yr", ("region",), lambda m: _expected_trade(m).sum(0)[None], "mean"),
    "trade_run": Indicator("bn USD/yr", PAIR_NAMES, _of("pair_trade_usd_bn"), "mean"),
    "trade_region_run": Indicator("bn USD/yr", ("region",), _of("trade_total_usd_bn"), "mean"),
    "foreign_trade": Indicator("bn USD/yr", CODES, _of("foreign_trade_usd_bn"), "mean"),
    "openness": Indicator("0..1", PAIR_NAMES, _of("openness"), "mean"),
    "delimited": Indicator("share", BORDER_NAMES, lambda m: 1 - _of("undelimited_share")(m), "last"),
    "incidents": Indicator("1/yr", BORDER_NAMES, _of("incidents"), "sum"),
    "deaths": Indicator("1/yr", BORDER_NAMES, _of("deaths"), "sum"),
    "disputes": Indicator("1/yr", BORDER_NAMES, lambda m: _of("deaths")(m) > 0, "sum"),
    "meeting": Indicator("share of years", ("region",), _of("meeting_held"), "any"),
    "attends": Indicator("share of years", CODES, _of("attended"), "any"),
    "organisation": Indicator("share of years", ("region",), _of("organisation_alive"), "mean"),
    "order": Indicator("share", ("region",), _pair_order, "mean"),
    "summer_release": Indicator("km3", _TOKTOGUL, _of_toktogul("release_km3"), "summer"),
    "winter_release": Indicator("km3", _TOKTOGUL, _of_toktogul("release_km3"), "winter"),
    "storage": Indicator("km3", _TOKTOGUL, _of_toktogul("storage_km3"), "first"),
    "hydropower": Indicator("TWh/yr", CODES, lambda m: m.state.water.hydropower_gwh / 1000, "sum"),
    "power_import": Indicator("TWh/yr", CODES, lambda m: m.state.water.grid_import_gwh / 1000, "mean"),
    "visitors": Indicator("mn/yr", PAIR_NAMES, _of("visitors_mn"), "mean"),
}


class TargetRecorder:
    """Records the indicators of a model while it runs.

    Parameters
    ----------
    members : members of the model
    quarters : quarters to record from 1992Q1 on, whole years
    indicators : names of the indicators, default all
    """

    def __init__(self, members: int, quarters: int, indicators: Sequence[str] = tuple(INDICATORS)):
        self._quarters = {
            name: np.empty((members, quarters, len(INDICATORS[name].places)), dtype=np.float32) for name in indicators
        }

    def record(self, model: Any) -> None:
        """Record the quarter that the model has just finished."""
        for name, values in self._quarters.items():
            values[:, model.quarter] = INDICATORS[name].quarterly(model).T

    def yearly(self) -> dict[str, np.ndarray]:
        """Yearly values by indicator, (M, Y, places)."""
        return {name: INDICATORS[name].yearly(values).astype(float) for name, values in self._quarters.items()}
