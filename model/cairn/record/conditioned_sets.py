"""Files of members whose past is that of the record: parameter sets, random numbers, residuals of trade.

A file contains arrays and one JSON text and is read without pickling.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from cairn.record.conditioning import FIRST_YEAR, Conditioning
from cairn.record.lookup import LAST_YEAR
from cairn.support.atomic_write import atomic_write
from cairn.support.errors import InputError
from cairn.support.provenance import code_digest, package_version
from cairn.support.regular_file import UnreadableFile, arrays_of, read_regular
from cairn.support.text import one_line

MAX_FILE = 2**27  # bytes
NAMES = ("names", "values", "numbers", "residual", "about")


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
            If it is not such a file, its arrays do not fit each other, or another version made it.
        """
        return ConditionedSets._load(path, of_this_version=True)

    @staticmethod
    def _load(path: Path, of_this_version: bool) -> ConditionedSets:
        name = one_line(str(path), 300)
        try:
            data = read_regular(path, MAX_FILE)
        except OSError as problem:
            reason = problem.strerror or problem
            raise ConditionedError(f"{name}: {reason}; make it with run.py condition --until YEAR") from None
        found = _read(data, name)
        here = {"version": package_version(), "code": code_digest()}
        made = here | {key: found.about[key] for key in here if key in found.about}
        if of_this_version and made != here:
            other = f"version {made['version']}" if made["version"] != here["version"] else "other rules or data"
            raise ConditionedError(
                f"{name}: made with {one_line(other, 60)}, this is version {here['version']}; make it again with "
                f"run.py condition --until {found.until}"
            )
        return found


@functools.lru_cache(maxsize=4)
def _read(data: bytes, where: str) -> ConditionedSets:
    try:
        found = arrays_of(data)
        arrays = {name: found[name] for name in NAMES}
        about = json.loads(str(arrays["about"]))
    except (UnreadableFile, KeyError, ValueError, RecursionError) as problem:
        reason = one_line(str(problem), 200) or "it is damaged"
        raise ConditionedError(
            f"{where}: no set of conditioned members ({reason}); make it with run.py condition --until YEAR"
        ) from None
    if fault := _fault(arrays, about):
        raise ConditionedError(
            f"{where}: the arrays of the set do not fit each other: {fault}; make it with run.py condition"
        )
    names, values, numbers, residual = (arrays[name] for name in NAMES[:4])
    given = tuple(str(name) for name in names)
    return ConditionedSets(given, values.astype(float), numbers.astype(int), residual.astype(float), about)


def _fault(arrays: dict[str, np.ndarray], about: Any) -> str:
    """What is wrong with the content of a file; empty if nothing is."""
    names, values, numbers, residual = (arrays[name] for name in NAMES[:4])
    until = about.get("until") if isinstance(about, dict) else None
    if type(until) is not int or not FIRST_YEAR <= until <= LAST_YEAR:
        return f"until: expected a year from {FIRST_YEAR} to {LAST_YEAR}"
    if names.ndim != 1 or names.dtype.kind != "U" or len(set(names.tolist())) < len(names):
        return "names: expected one name for each parameter"
    if values.ndim != 2 or values.dtype.kind != "f" or values.shape[1] != len(names) or not len(values):
        return f"values: expected numbers for {len(names)} parameters of each member"
    if not np.isfinite(values).all():
        return "values: some are not finite"
    if residual.ndim != 3:
        return "residual: expected three dimensions"
    return Conditioning(until, numbers, np.moveaxis(residual, 0, -1)).fault(len(values), residual.shape[2])


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
    return ConditionedSets._load(
        Path(str(files("cairn") / "data" / "fitted" / f"conditioned_{year}.npz")), of_this_version=False
    )
