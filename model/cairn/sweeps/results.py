"""Reading what a sweep has written, as pandas or xarray. The files are plain Parquet: anything else reads them too.

from cairn.sweeps import open_sweep
open_sweep("results/sweeps/canal").frame().groupby("c5").integration_2040.mean()
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.sweeps.store import Store, StoreError, arrow
from cairn.sweeps.sweep_spec import Sweep

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


class SweepResults:
    """The table of a sweep, as far as it has come.

    sweep : what was run
    about : where it comes from: points, members, seed, versions, commit
    failures : records of the points that failed
    """

    def __init__(self, folder: Path | str):
        self.store = Store(folder)
        self.sweep: Sweep = self.store.sweep
        self.about: dict[str, Any] = self.store.about
        self.failures = self.store.failures()

    @property
    def files(self) -> list[Path]:
        """Its Parquet files, in the order of points."""
        return sorted(path for files in self.store.files().values() for path, _ in files)

    def frame(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """One row for each world: point, member, factors, outcomes; or some columns of that, which saves memory."""
        if not self.files:
            raise StoreError(
                f"{self.store.folder} has no results yet; `run.py sweep {self.store.folder} --resume` runs it"
            )
        pa = arrow()
        tables = [pa.parquet.read_table(path, columns=columns, partitioning=None) for path in self.files]
        return pa.concat_tables(tables).to_pandas()

    def points(self) -> pd.DataFrame:
        """One row for each point: factors, and the mean of each outcome over its members; index is the point."""
        frame = self.frame().drop(columns="member").groupby("point", sort=True)
        factors = [factor.name for factor in self.sweep.factors]
        means = frame[list(self.sweep.columns)].mean()
        return frame[factors].first().join(means)

    def dataset(self) -> xr.Dataset:
        """Outcomes over (point, member), factors along point, with what each is as attributes."""
        import xarray as xr

        frame, members = self.frame(), self.sweep.spec.members
        points = frame["point"].to_numpy()[::members]
        variables: dict[str, Any] = {}
        for factor in self.sweep.factors:
            values = frame[factor.name].to_numpy()[::members]
            role = "lever" if factor.lever else "uncertainty"
            variables[factor.name] = ("point", values, {"changes": factor.about, "role": role})
        for column, part in self.sweep.columns.items():
            values = frame[column].to_numpy(dtype=np.float32, na_value=np.nan).reshape(-1, members)
            about = {key: str(value) for key, value in part.model_dump(exclude_none=True).items()}
            variables[column] = (("point", "member"), values, about)
        coords = {"point": points, "member": np.arange(members)}
        names = ("name", "title", "question", "seed", "commit")
        return xr.Dataset(variables, coords, {name: self.about[name] for name in names})


def open_sweep(path: Path | str) -> SweepResults:
    """What a sweep has written to a folder, as far as it has come; StoreError if there is none."""
    return SweepResults(path)
