"""Reading the table of a sweep with pandas or xarray. The files are plain Parquet, so any other tool can read them too.

from cairn.sweeps import open_sweep
open_sweep("results/sweeps/canal").frame().groupby("c5").integration_2040.mean()
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.ensemble.own_code import OWN_CODE
from cairn.sweeps.definition import Sweep
from cairn.sweeps.store import Store

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


class SweepResults:
    """The results of a sweep, as far as it has been run.

    Attributes
    ----------
    sweep : the sweep
    about : provenance: points, members, seed, versions, commit
    failures : records of the points that failed
    """

    def __init__(self, folder: Path | str):
        self.store = Store(folder)
        self.sweep: Sweep = self.store.sweep
        self.about: dict[str, Any] = self.store.about
        self.failures = self.store.failures()

    @property
    def files(self) -> list[Path]:
        """Parquet files of the table, in the order of points."""
        return sorted(path for files in self.store.files().values() for path, _ in files)

    def frame(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The table: one row for each member of each point.

        Parameters
        ----------
        columns : some of its columns, to save memory; default: point, member, factors, outcomes

        Raises
        ------
        StoreError if nothing has been run, or a file is damaged or is not what its name says
        """
        return self.store.read(columns).to_pandas()

    def points(self) -> pd.DataFrame:
        """One row for each point, with the point as index: factors, and the mean of each outcome over the members.

        A mean is missing (NaN) where any member of the point has no value.
        """
        frame, columns = self.frame().drop(columns="member"), list(self.sweep.columns)
        by_point = frame.groupby("point", sort=True)
        means = by_point[columns].mean()
        complete = by_point[columns].count().eq(by_point.size(), axis=0)
        return by_point[[factor.name for factor in self.sweep.factors]].first().join(means.where(complete))

    def dataset(self) -> xr.Dataset:
        """The table as a dataset: outcomes over (point, member), factors over point, their meaning as attributes."""
        import xarray as xr

        frame, members = self.frame(), self.sweep.spec.members
        points = frame["point"].to_numpy()[::members]
        variables: dict[str, Any] = {}
        for factor in self.sweep.factors:
            values = frame[factor.name].to_numpy()[::members]
            role = "lever" if factor.lever else "uncertainty"
            variables[factor.name] = ("point", values, {"changes": factor.target_name, "role": role})
        for column, outcome in self.sweep.columns.items():
            values = frame[column].to_numpy(dtype=np.float32, na_value=np.nan).reshape(-1, members)
            attributes = {key: str(value) for key, value in outcome.model_dump(exclude_none=True).items()}
            variables[column] = (("point", "member"), values, attributes)
        coords = {"point": points, "member": np.arange(members)}
        names = ("name", "title", "question", "seed", "commit", *OWN_CODE)
        return xr.Dataset(variables, coords, {name: self.about[name] for name in names if name in self.about})


def open_sweep(path: Path | str) -> SweepResults:
    """The results in the folder of a sweep, as far as it has been run.

    Raises
    ------
    StoreError if the folder contains no sweep
    """
    return SweepResults(path)
