"""Refits: parameter sets calibrated to observations up to an earlier or later year than the shipped posterior.

They make forecasts possible that use nothing that came after their origin (`cairn.calibration.validation`). Shipped in
model/cairn/data/fitted: ``refit_2005.csv`` with parameter sets, ``refit_2005.json`` with how they were obtained.
"""

from __future__ import annotations

import functools
import re
from importlib.resources import files
from pathlib import Path

from cairn.calibration.fit import Calibration
from cairn.calibration.posterior import describe
from cairn.calibration.priors import LAST_FITTED_YEAR
from cairn.core.parameter_sets import POSTERIOR, ParameterSets
from cairn.support.atomic_write import write_json

REFIT_YEARS = (2003, 2005, 2010, 2013, 2018, 2021)  # beside 2015, the year of the shipped posterior
REFIT_SETS, REFIT_DIGITS = 200, 4  # parameter sets that are shipped, and their significant digits


def save_refit(result: Calibration, folder: Path) -> list[Path]:
    """Write refit_YEAR.csv and refit_YEAR.json into a folder, for the last year of the fit; return their paths."""
    paths = [folder / f"refit_{result.until}{suffix}" for suffix in (".csv", ".json")]
    result.posterior_sets(REFIT_SETS).save(paths[0], REFIT_DIGITS)
    write_json(paths[1], describe(result, REFIT_SETS))
    return paths


def refit_years(folder: Path | None = None) -> tuple[int, ...]:
    """Last years of all fits whose parameter sets exist, in order.

    Parameters
    ----------
    folder : where the refits are; default: those that ship with the package
    """
    found = {LAST_FITTED_YEAR}
    for path in _folder(folder).iterdir():
        if match := re.fullmatch(r"refit_(\d{4})\.csv", path.name):
            found.add(int(match[1]))
    return tuple(sorted(found))


def refit_sets(origin: int, folder: Path | None = None) -> tuple[int, ParameterSets]:
    """The parameter sets of the latest fit that uses nothing after a year.

    Parameters
    ----------
    origin : last year that may be used
    folder : where the refits are; default: those that ship with the package

    Returns
    -------
    year, sets
        The last year that was used, and the parameter sets: for 2015 the shipped posterior, unless there is a refit.

    Raises
    ------
    LookupError
        If every fit uses later years.
    """
    known = [year for year in refit_years(folder) if year <= origin]
    if not known:
        raise LookupError(
            f"no parameters were fitted to {origin} or an earlier year: run.py calibrate --until {origin}"
        )
    return known[-1], _load(known[-1], folder)


@functools.lru_cache(maxsize=16)
def _load(year: int, folder: Path | None) -> ParameterSets:
    path = _folder(folder) / f"refit_{year}.csv"
    return ParameterSets.load(path if path.exists() else POSTERIOR)


def _folder(folder: Path | None) -> Path:
    return folder or Path(str(files("cairn") / "data" / "fitted"))
