"""VALIDATION.md: how the model stands against the record, in words, tables and pictures."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from cairn.calibration import ablations, identifiability, sbc, validation
from cairn.calibration import validation_figures as pictures
from cairn.calibration.fit import Dimension, dimensions
from cairn.calibration.identifiability import Profile
from cairn.calibration.targets import FIT, TEST
from cairn.core.parameter_sets import ParameterSets
from cairn.core.parameters import FIELDS
from cairn.figures import write
from cairn.support.atomic_write import atomic_write
from cairn.support.provenance import package_version

FOLDER = "validation"  # of the pictures, beside the page
WELL, HARDLY = 0.3, 0.05
UNEVEN = 0.01


def about_posterior() -> dict[str, Any]:
    """How the shipped posterior came about: model/cairn/data/fitted/posterior.json."""
    return json.loads((files("cairn") / "data" / "fitted" / "posterior.json").read_text(encoding="utf-8"))


def save(card: validation.Scorecard, contest: validation.Contest, profiles: list[Profile], folder: Path) -> list[Path]:
    """Write the page and its pictures into a folder."""
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    names, ranks = sbc.shipped()
    learnt, quantiles, shrinkage = what_was_learnt()
    drawn = {
        "distances": pictures.distances(card),
        "trade": pictures.trade(card),
        "contest": pictures.contest(contest),
        "learnt": pictures.learnt(learnt, quantiles, shrinkage),
        "ranks": pictures.ranks(names, ranks, sbc.histogram(ranks)),
    }
    written = [write(figure, folder / FOLDER / f"{name}.png") for name, figure in drawn.items()]
    with atomic_write(folder / "VALIDATION.md") as part:
        part.write_text(page(card, contest, profiles), encoding="utf-8")
    return [folder / "VALIDATION.md", *written]


def page(card: validation.Scorecard, contest: validation.Contest, profiles: list[Profile]) -> str:
    """The page as text."""
    source = (files("cairn") / "report" / "templates" / "validation.md.j2").read_text(encoding="utf-8")
    template = jinja2.Environment(trim_blocks=False, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    about = about_posterior()
    names, ranks = sbc.shipped()
    uneven = [name for name, p in zip(names, sbc.p_values(ranks), strict=True) if p < UNEVEN]
    rows = ablations.shipped()
    plain, switched = [r.name for r in ablations.SHIPPED], [r.name for r in ablations.MECHANISMS]
    for row in rows:
        row["worse"], row["better"] = ablations.verdict(rows, row["name"]) if row["name"] in switched else ("", "")
    by_pair = contest.by_pair()
    ours, theirs = contest.OURS, [n for n in contest.scores if n not in (contest.OURS, contest.FREE)]
    shrinkage = {n["name"]: n["shrinkage"] for n in about["parameters"]}
    behaviour = [n for n in shrinkage if "[" not in n]
    return template.from_string(source).render(
        version=package_version(),
        card=card,
        about=about,
        dimensions=len(about["parameters"]),
        steps=about["steps"],
        weight=about["weight_of_the_record"],
        misfit=about["steps"][-1]["misfit"],
        fit=card.summary(FIT),
        test=card.summary(TEST),
        scores=_score_rows(card),
        contest=contest,
        interval=contest.interval(),
        by_pair=by_pair,
        won=[p for p, _, s in by_pair if all(s[ours] < s[n] for n in theirs)],
        lost=[p for p, _, s in by_pair if any(s[ours] > s[n] for n in theirs)],
        mechanisms=[r for r in rows if r["name"] in (*plain, *switched)],
        idle=[r["title"] for r in rows if r["name"] in switched and not r["worse"]],
        codings=[r for r in rows if r["name"] == plain[0] or r["name"] in {c.name for c in ablations.CODINGS}],
        refit_sets=ablations.SETS,
        learnt_well=[n for n in behaviour if shrinkage[n] >= WELL],
        learnt_hardly=[n for n in behaviour if shrinkage[n] < HARDLY],
        profiles=[_profile(p) for p in profiles],
        profile_members=identifiability.MEMBERS,
        profile_year=identifiability.YEAR,
        sbc_records=len(ranks),
        sbc_sets=sbc.SETS,
        sbc_half=sbc.covered(ranks, 0.5),
        sbc_nine=sbc.covered(ranks, 0.9),
        sbc_numbers=len(names),
        sbc_uneven=len(uneven),
        sbc_names=uneven,
        pct=lambda share: f"{share:.0%}".replace("%", " %"),
    )


def _score_rows(card: validation.Scorecard) -> list[dict[str, Any]]:
    """Scores of both splits, whole and by indicator."""
    rows = []
    for split, word in ((FIT, "fitted, to 2015"), (TEST, "held back, from 2016")):
        rows.append({"name": f"**{word}**"} | card.summary(split))
        for indicator in dict.fromkeys(t.indicator for t in card.targets.rows):
            if len(card.rows(split, indicator)):
                rows.append({"name": indicator.replace("_", " ")} | card.summary(split, indicator))
    return rows


def what_was_learnt() -> tuple[list[str], np.ndarray, list[float]]:
    """Names, quantiles on the prior's scale of 0 to 1, and shrinkage of what was learnt."""
    from scipy.special import ndtr

    sets, about = ParameterSets.load("posterior"), about_posterior()
    shrinkage = {n["name"]: n["shrinkage"] for n in about["parameters"]}
    known: dict[str, Dimension] = {d.name: d for d in dimensions()}
    names = [name for name in sets.names if name in shrinkage]
    quantiles = []
    for name in names:
        values, dimension = sets.values[:, sets.names.index(name)], known[name]
        low, high = FIELDS[dimension.field].metadata["low"], FIELDS[dimension.field].metadata["high"]
        share = (values - low) / (high - low) if dimension.spread is None else ndtr(values / dimension.spread)
        quantiles.append(np.quantile(share, (0.05, 0.5, 0.95)))
    return names, np.array(quantiles), [shrinkage[name] for name in names]


def _profile(p: Profile) -> dict[str, Any]:
    flat = p.does_not_matter_for
    return {
        "name": p.name,
        "set_to": p.values,
        "misfit": p.misfit,
        "does_not_matter_for": flat,
        "matters_for": [title for title in p.outcomes if title not in flat],
    }
