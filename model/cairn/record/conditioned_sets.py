"""Files of members whose past is that of the record: parameter sets, random numbers, residuals of trade.

A file contains arrays and one JSON text and is read without pickling.
"""

from __future__ import annotations

import dataclasses
import functools
import io
import json
import zipfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from cairn.record.conditioning import Conditioning
from cairn.support.atomic_write import atomic_write
from cairn.support.errors import InputError

LARGEST = 10_000_000  # numbers in an array of a file


class ConditionedError(InputError):
    """A file that is no set of conditioned members; the message says which, and what to do."""


@dataclasses.dataclass(frozen=True, eq=False)
class ConditionedSets:
    """Members whose past is that of the record to a year.

    Parameters
    ----------
    names, values : of their parameters, (M, columns)
    numbers : (M,), members whose random numbers they use to the end of that year
    residual : (M, Y, P), log, residuals of trade
    about : last year, numbers of candidates and members, effective number, temper, seed, version
    """

    names: tuple[str, ...]
    values: np.ndarray
    numbers: np.ndarray
    residual: np.ndarray
    about: dict[str, Any]

    @property
    def until(self) -> int:
        """Last year of the record that was used."""
        return int(self.about["until"])

    @property
    def conditioning(self) -> Conditioning:
        """What runs need of the members beside their parameters."""
        return Conditioning(self.until, self.numbers, np.moveaxis(self.residual, 0, -1))

    def save(self, path: Path) -> None:
        """Write the file; it appears under its name once it is complete."""
        with atomic_write(path) as part, part.open("wb") as file:
            np.savez_compressed(
                file,
                names=np.array(self.names),
                values=self.values,
                numbers=self.numbers.astype(np.int32),
                residual=self.residual.astype(np.float32),
                about=json.dumps(self.about, sort_keys=True),
            )

    @staticmethod
    def load(path: Path) -> ConditionedSets:
        """Read a file.

        Raises
        ------
        ConditionedError
            If it is not such a file, or its arrays do not fit each other.
        """
        try:
            data = path.read_bytes()
        except OSError as problem:
            raise ConditionedError(f"{path}: {problem.strerror}; make it with run.py condition --until YEAR") from None
        return _read(data, str(path))


@functools.lru_cache(maxsize=4)
def _read(data: bytes, where: str) -> ConditionedSets:
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in ("names", "values", "numbers", "residual", "about")}
        about = json.loads(str(arrays["about"]))
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as problem:
        raise ConditionedError(
            f"{where}: no set of conditioned members ({problem}); make it with run.py condition --until YEAR"
        ) from None
    values, numbers, residual = arrays["values"].astype(float), arrays["numbers"], arrays["residual"].astype(float)
    members = len(values)
    fits = (
        values.shape == (members, len(arrays["names"]))
        and numbers.shape == (members,)
        and residual.ndim == 3
        and len(residual) == members
        and 0 < residual.size < LARGEST
        and isinstance(about, dict)
        and isinstance(about.get("until"), int)
        and about["until"] - 1992 + 1 == residual.shape[1]
        and np.isfinite(values).all()
        and np.isfinite(residual).all()
        and (numbers >= 0).all()
    )
    if not fits:
        raise ConditionedError(f"{where}: the arrays of the set do not fit each other; make it with run.py condition")
    return ConditionedSets(tuple(str(name) for name in arrays["names"]), values, numbers.astype(int), residual, about)


def shipped_years() -> tuple[int, ...]:
    """Years to which sets ship with the package."""
    folder = Path(str(files("cairn") / "data" / "fitted"))
    return tuple(sorted(int(path.stem.removeprefix("conditioned_")) for path in folder.glob("conditioned_*.npz")))


def shipped(year: int) -> ConditionedSets:
    """Members conditioned on the record to a year, as they ship with the package.

    Raises
    ------
    ConditionedError
        If none ship for the year.
    """
    if year not in shipped_years():
        ship = " and ".join(map(str, shipped_years())) or "no year"
        raise ConditionedError(
            f"no members conditioned on the record to {year} ship; there are those to {ship}. Make others with "
            f"run.py condition --until {year}, and use their file with --parameters"
        )
    return ConditionedSets.load(Path(str(files("cairn") / "data" / "fitted" / f"conditioned_{year}.npz")))
