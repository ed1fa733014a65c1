"""VALIDATION.md: calibration and validation of the model in words, tables and figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import ndtr

from cairn.calibration.leader_codings import OF_OPENNESS, OF_PERSONALISM, agreement_table
from cairn.calibration.posterior import HARDLY_IDENTIFIED, WELL_IDENTIFIED, posterior_summary, shrinkage_by_name
from cairn.calibration.priors import Dimension, dimensions
from cairn.calibration.repeats import ablations, sbc
from cairn.calibration.repeats.mechanisms import TRADE
from cairn.calibration.rolling import rolling_figures
from cairn.calibration.rolling.mechanism_scores import SMALLEST_SHARE, YEARS_AHEAD, Difference, support_of
from cairn.calibration.rolling.rolling_origins import AS_THEY_CAME, FORECASTS, FROZEN, GRAVITY, STACK, RollingOrigins
from cairn.calibration.targets import FIT, TEST
from cairn.calibration.validation import border_violence, coding_headlines, identifiability, validation_figures
from cairn.calibration.validation.band_coverage import BandCoverage, Hindcast
from cairn.calibration.validation.border_violence import BorderViolence
from cairn.calibration.validation.coding_headlines import Headlines
from cairn.calibration.validation.forecast_comparison import (
    FREE_RUN,
    HARDEST,
    MODEL,
    SPLIT_TITLES,
    ForecastComparison,
)
from cairn.calibration.validation.identifiability import Profile
from cairn.calibration.validation.scorecard import Scorecard
from cairn.core.parameter_sets import ParameterSets
from cairn.core.parameters import FIELDS
from cairn.ensemble.effect import Effect
from cairn.figures import write
from cairn.support.atomic_write import write_text
from cairn.support.provenance import package_version
from cairn.support.quantiles import interval

FIGURE_FOLDER = "validation"  # beside the page
UNEVEN = 0.01  # p-value below which ranks of simulation-based calibration count as uneven
RECENT_ORIGIN = 2015  # origins from this year on have a table of their own


@dataclasses.dataclass(frozen=True, eq=False)
class Results:
    """What the page is about.

    Parameters
    ----------
    card, comparison, profiles, rolling, bands, hindcasts : results of the modules of their names
    violence : violence on the Kyrgyz-Tajik border in the plain run of `bands`
    mechanism_scores : scores of forecasts with and without each mechanism
    headlines : headline results under each coding of leaders
    free : a run with a free past and `pair_trade_usd_bn`
    """

    card: Scorecard
    comparison: ForecastComparison
    profiles: Sequence[Profile]
    rolling: RollingOrigins
    bands: BandCoverage
    hindcasts: Sequence[Hindcast]
    violence: BorderViolence
    mechanism_scores: pd.DataFrame
    headlines: Sequence[Headlines]
    free: xr.Dataset


def save_validation(results: Results, folder: Path) -> list[Path]:
    """Write VALIDATION.md and its figures into a folder; return their paths."""
    (folder / FIGURE_FOLDER).mkdir(parents=True, exist_ok=True)
    names, ranks = sbc.load_ranks()
    figures = {
        "residuals": validation_figures.residuals(results.card),
        "trade": validation_figures.trade(results.card, results.free),
        "forecast_scores": validation_figures.forecast_scores(results.comparison),
        "rolling_scores": rolling_figures.rolling_scores(results.rolling),
        "rolling_calibration": rolling_figures.rolling_calibration(results.rolling),
        "posterior": validation_figures.posterior(*posterior_quantiles()),
        "ranks": validation_figures.ranks(names, ranks, sbc.histogram(ranks)),
    }
    written = [write(figure, folder / FIGURE_FOLDER / f"{name}.png") for name, figure in figures.items()]
    write_text(folder / "VALIDATION.md", render_validation(results))
    return [folder / "VALIDATION.md", *written]


def render_validation(results: Results) -> str:
    """The text of VALIDATION.md."""
    card, comparison, rolling = results.card, results.comparison, results.rolling
    source = (files("cairn") / "report" / "templates" / "validation.md.j2").read_text(encoding="utf-8")
    template = jinja2.Environment(trim_blocks=False, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    about, shrinkage = posterior_summary(), shrinkage_by_name()
    parameters = [name for name in shrinkage if "[" not in name]
    by_pair = comparison.by_pair()
    others = [name for name in comparison.scores if name not in (MODEL, FREE_RUN)]
    return template.from_string(source).render(
        version=package_version(),
        card=card,
        about=about,
        dimensions=len(about["parameters"]),
        misfit=about["steps"][-1]["misfit"],
        fit=card.summary(FIT),
        test=card.summary(TEST),
        scores=_score_rows(card),
        comparison=comparison,
        hardest=HARDEST,
        free_run=FREE_RUN,
        interval=comparison.skill_interval(),
        by_pair=by_pair,
        better_pairs=[p for p, _, s in by_pair if all(s[MODEL] < s[n] for n in others)],
        worse_pairs=[p for p, _, s in by_pair if any(s[MODEL] > s[n] for n in others)],
        refit_sets=ablations.ENSEMBLE_SIZE,
        well_identified=[name for name in parameters if shrinkage[name] >= WELL_IDENTIFIED],
        hardly_identified=[name for name in parameters if shrinkage[name] < HARDLY_IDENTIFIED],
        profiles=results.profiles,
        profile_members=identifiability.MEMBERS,
        profile_year=identifiability.YEAR,
        agreement=agreement_table(),
        headlines=results.headlines,
        **_coding_values(results.headlines),
        headline_year=coding_headlines.YEAR,
        headline_members=coding_headlines.MEMBERS,
        pct=lambda share: f"{share:.0%}".replace("%", " %"),
        signed=_with_interval,
        pct1=lambda share: f"{share:.1%}".replace("%", " %"),
        bands=results.bands,
        hindcasts=results.hindcasts,
        violence=results.violence,
        bloody=border_violence.BLOODY,
        rolling=rolling,
        **_rolling_values(rolling),
        **_mechanism_values(results.mechanism_scores),
        **_ablation_rows(),
        **_sbc_values(),
    )


def _with_interval(value: Effect | Difference, digits: int) -> str:
    """Mean and 90 % interval with signs; what rounds to zero is +0."""
    mean, low, high = (f"{round(x, digits) + 0.0:+.{digits}f}" for x in (value.mean, value.low, value.high))
    return f"{mean} [{low}, {high}]"


def _score_rows(card: Scorecard) -> list[dict[str, Any]]:
    """Scores of both splits, all targets and by indicator."""
    rows = []
    for split, title in SPLIT_TITLES.items():
        rows.append({"name": f"**{title}**"} | card.summary(split))
        for indicator in dict.fromkeys(t.indicator for t in card.targets.rows):
            if len(card.indices(split, indicator)):
                rows.append({"name": indicator.replace("_", " ")} | card.summary(split, indicator))
    return rows


def _ablation_rows() -> dict[str, Any]:
    """Rows of the two tables of refits."""
    rows = ablations.load_refits()
    unchanged = [refit.name for refit in ablations.UNCHANGED]
    mechanisms = [refit.name for refit in ablations.MECHANISMS]
    codings = [unchanged[0], *(refit.name for refit in ablations.CODINGS)]
    for row in rows:
        worse, better = ablations.changed_scores(rows, row["name"]) if row["name"] in mechanisms else ([], [])
        row["worse"], row["better"] = ", ".join(worse), ", ".join(better)
    return {
        "mechanisms": [row for row in rows if row["name"] in (*unchanged, *mechanisms)],
        "codings": [row for row in rows if row["name"] in codings],
    }


def _coding_values(headlines: Sequence[Headlines]) -> dict[str, Any]:
    """What the headline results under codings blind to outcomes say beside those under the shipped codes."""
    means = {h.coding: [e.mean for e in h.effects] for h in headlines}
    shipped = means["shipped"][0]
    return {
        "same_sign": all(np.sign(m[0]) == np.sign(shipped) for m in means.values()),
        "blind": [(name, means[name][0] / shipped) for name in OF_OPENNESS],
        "without_effect": [name for name in OF_PERSONALISM if means[name] == means["shipped"]],
    }


def _mechanism_values(scores: pd.DataFrame) -> dict[str, Any]:
    """The table of mechanisms by predictive score, and what it says of them in words."""
    found = support_of(scores)
    on = [s for s in found if s.mechanism.on_by_default]
    off = [s for s in found if not s.mechanism.on_by_default]
    reasons: dict[str, list[str]] = {}
    for s in on:
        if not s.supported:
            reasons.setdefault(s.mechanism.reason, []).append(s.mechanism.label)
    return {
        "support": found,
        "support_origins": sorted({int(origin) for origin in scores.origin}),
        "support_years": YEARS_AHEAD,
        "support_trade": TRADE,
        "support_smallest": SMALLEST_SHARE,
        "support_on": len(on),
        "earned": [s.mechanism.label for s in on if s.supported],
        "not_earned": reasons,
        "worse_with": [s.mechanism.label for s in on if s.harmful],
        "off_supported": [s.mechanism.label for s in off if s.supported],
        "off_worse": [s.mechanism.label for s in off if s.harmful],
        "by_chance": 0.05 * sum(len(s.decisive) for s in found),
    }


def _rolling_values(rolling: RollingOrigins) -> dict[str, Any]:
    """Tables of the forecasts from rolling origins: scores of each forecast, and differences of the model from it."""
    horizons = sorted(int(horizon) for horizon in rolling.pairs.horizon.unique())
    tables = {}
    for givens in (AS_THEY_CAME, FROZEN):
        summary = rolling.summary(givens)
        differences = {name: rolling.difference(name, givens) for name in FORECASTS if name != FORECASTS[0]}
        tables[givens] = [(name, summary.loc[name].to_dict(), differences.get(name)) for name in FORECASTS]
    recent = [
        (givens, name, scores.to_dict())
        for givens in (AS_THEY_CAME, FROZEN)
        for name, scores in rolling.summary(givens, RECENT_ORIGIN).iterrows()
    ]
    here = rolling.pairs[rolling.pairs.forecast == FORECASTS[0]]
    counts = here[here.givens == AS_THEY_CAME].groupby("horizon").size()
    clear = {
        givens: {
            word: [name for name, _, d in rows if d and name != STACK and (d[2] < 0 if word == "better" else d[1] > 0)]
            for word in ("better", "worse")
        }
        for givens, rows in tables.items()
    }
    return {
        "rolling_tables": tables,
        "rolling_horizons": horizons,
        "rolling_counts": {horizon: int(counts[horizon]) for horizon in horizons},
        "rolling_clear": clear,
        "rolling_recent": recent,
        "recent_origin": RECENT_ORIGIN,
        "recent_count": int((here[here.givens == AS_THEY_CAME].origin >= RECENT_ORIGIN).sum()),
        "stacked": GRAVITY,
    }


def _sbc_values() -> dict[str, Any]:
    """Results of simulation-based calibration."""
    names, ranks = sbc.load_ranks()
    return {
        "sbc_records": len(ranks),
        "sbc_sets": sbc.ENSEMBLE_SIZE,
        "sbc_coverage_50": sbc.coverage(ranks, 0.5),
        "sbc_coverage_90": sbc.coverage(ranks, 0.9),
        "sbc_parameters": len(names),
        "sbc_uneven": [name for name, p in zip(names, sbc.p_values(ranks), strict=True) if p < UNEVEN],
    }


def posterior_quantiles() -> tuple[list[str], np.ndarray, list[float]]:
    """The shipped posterior within its prior.

    Returns
    -------
    names, quantiles, shrinkage
        The d calibrated quantities; 5, 50 and 95 % on the prior's scale of 0 to 1, (d, 3); shrinkage, (d,).
    """
    posterior, shrinkage = ParameterSets.load("posterior"), shrinkage_by_name()
    by_name: dict[str, Dimension] = {d.name: d for d in dimensions()}
    names = [name for name in posterior.names if name in shrinkage]
    quantiles = []
    for name in names:
        values, dimension = posterior.values[:, posterior.names.index(name)], by_name[name]
        low, high = FIELDS[dimension.field].metadata["low"], FIELDS[dimension.field].metadata["high"]
        share = (values - low) / (high - low) if dimension.spread is None else ndtr(values / dimension.spread)
        quantiles.append(interval(share))
    return names, np.array(quantiles), [shrinkage[name] for name in names]
