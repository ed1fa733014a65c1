"""Checkpoints: the state of all members at the beginning of a quarter, kept in a file to branch from.

A file contains arrays and one JSON text and is read without pickling, so nothing in it is executed. Random numbers
need no state: they depend on seed, stream, member and quarter alone. A run that continues from a checkpoint is
therefore bit for bit the run that was not interrupted.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cairn.core.calendar import QUARTERS, quarter_name
from cairn.core.geography import CENTRAL_ASIA
from cairn.core.parameters import FIELDS, Parameters
from cairn.core.state import State
from cairn.events.base import Words
from cairn.scenario.issues import format_issue, from_pydantic
from cairn.scenario.scenario import Scenario, ScenarioError
from cairn.support.atomic_write import atomic_write
from cairn.support.errors import InputError
from cairn.support.provenance import code_digest, commit, package_version
from cairn.support.text import one_line

Date = str | dt.date  # of a checkpoint, as `cairn.core.calendar.quarter_from` reads it
FORMAT = 2
STATE, PARAMETER = "state/", "parameter/"
LARGEST_FILE, LARGEST_ABOUT = 16 * 2**30, 64 * 2**20  # bytes, uncompressed
LARGEST_VALUE = 1e9  # of a state variable; GWh and bn USD stay below 1e5


class CheckpointError(InputError):
    """A checkpoint that cannot be used, with the reason in one line."""

    def __init__(self, message: str):
        super().__init__(one_line(message))


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """State of all members at the beginning of a quarter, before its events.

    Parameters
    ----------
    quarter : 0 is 1992Q1
    state : at the end of the quarter before
    scenario : of the run so far
    seed : random seed of the run
    first_member : number of the first member
    parameters : of all members
    """

    quarter: int
    state: State
    scenario: Scenario
    seed: int
    first_member: int
    parameters: Parameters | None = None

    @property
    def name(self) -> str:
        """Name of its file without ending: the quarter it begins with, such as 2016Q3."""
        return quarter_name(self.quarter)

    def check_compatible(self, scenario: Scenario) -> None:
        """Refuse a scenario that differs from the checkpoint's before its quarter.

        Raises
        ------
        CheckpointError
            With the names of the parameters or events that differ.
        """
        old, new, when = self.scenario, scenario, quarter_name(self.quarter)
        if old.parameters != new.parameters:
            names = sorted(
                n
                for n in old.parameters.keys() | new.parameters.keys()
                if old.parameters.get(n) != new.parameters.get(n)
            )
            raise CheckpointError(
                f"{new.name} has other parameters than the checkpoint, from the first quarter on: {', '.join(names)}. "
                "To change a parameter later, use an event of type parameter"
            )
        different = [
            name
            for name in sorted(old.events.keys() | new.events.keys())
            if _before(old, name, self.quarter) != _before(new, name, self.quarter)
        ]
        if different:
            raise CheckpointError(
                f"{new.name} differs before {when} from the checkpoint's scenario {old.name}: {_listed(different)}. "
                f"Branch from an earlier checkpoint, or run {new.name} from the beginning"
            )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file, which appears under its name once it is complete.

        Raises
        ------
        CheckpointError
            If the scenario has events of a class that is not part of the package: no file could contain what they do.
        """
        if derived := [name for name, event in self.scenario.events.items() if event.derived_class]:
            raise CheckpointError(
                f"a file cannot contain events of your own classes: {_listed(derived)}. Branch in memory"
            )
        about = {
            "format": FORMAT,
            "version": package_version(),
            "code": code_digest(),
            "commit": commit(),
            "numpy": np.__version__,
            "quarter": self.quarter,
            "seed": self.seed,
            "first_member": self.first_member,
            "scenario": self.scenario.model_dump(mode="json"),
            "has_parameters": self.parameters is not None,
        }
        arrays = {STATE + name: value for name, value in self.state.arrays().items()}
        if self.parameters is not None:
            arrays |= {PARAMETER + name: np.asarray(getattr(self.parameters, name)) for name in FIELDS}
        with atomic_write(path) as part, part.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, about=np.array(json.dumps(about)), **arrays)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Checkpoint:
        """Read a checkpoint that was written by the same version of the model.

        Raises
        ------
        CheckpointError
            If the file is missing, damaged, or of another version.
        """
        path = Path(path)
        try:
            with np.load(_checked_archive(path), allow_pickle=False) as file:
                about = _About.model_validate_json(str(file["about"]))
                _check_version(path, about)
                content = {name: file[name] for name in file.files if name != "about"}
            return _from_content(about, content)
        except FileNotFoundError:
            raise CheckpointError(
                f"there is no checkpoint {path}; `run.py run ... --checkpoint DATE` writes one"
            ) from None
        except CheckpointError:
            raise
        except ValidationError as error:
            issue = format_issue(from_pydantic(error.errors())[0])
            raise CheckpointError(f"{path} cannot be read as a checkpoint: {issue}") from None
        except _Unusable as error:
            raise CheckpointError(f"{path} cannot be read as a checkpoint: {error}") from None
        except MemoryError:
            raise CheckpointError(
                f"{path} cannot be read as a checkpoint: it needs more memory than there is"
            ) from None
        except (
            OSError,
            KeyError,
            ValueError,
            TypeError,
            AttributeError,
            EOFError,
            RecursionError,
            struct.error,
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
        ) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is damaged"
            raise CheckpointError(f"{path} cannot be read as a checkpoint: {reason}") from None


class _About(BaseModel):
    """The JSON text of a file: what a checkpoint has beside its arrays."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    format: int
    version: Annotated[Words, Field(max_length=200)]
    code: Annotated[Words, Field(max_length=200)]
    commit: Annotated[Words, Field(max_length=200)]
    numpy: Annotated[Words, Field(max_length=200)]
    quarter: Annotated[int, Field(ge=1, lt=QUARTERS)]
    seed: Annotated[int, Field(ge=0)]
    first_member: Annotated[int, Field(ge=0, lt=2**53)]
    scenario: dict[str, Any]
    has_parameters: bool


class _Unusable(Exception):
    """What is wrong with the content of a file: the key and the reason."""


def _checked_archive(path: Path) -> Path:
    """The path of a file, if it is a regular one and its arrays are not too large."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise _Unusable("not a regular file")
    entries = zipfile.ZipFile(path).infolist()
    if sum(entry.file_size for entry in entries) > LARGEST_FILE:
        raise CheckpointError(f"{path} is larger than any checkpoint may be")
    if any(entry.filename == "about.npy" and entry.file_size > LARGEST_ABOUT for entry in entries):
        raise _Unusable("about: larger than that of any checkpoint")
    return path


def _before(scenario: Scenario, name: str, quarter: int) -> str:
    event = scenario.events.get(name)
    return "" if event is None else event.before(quarter)


def _listed(names: list[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _check_version(path: Path, about: _About) -> None:
    if about.format != FORMAT or about.version != package_version():
        raise CheckpointError(
            f"{path} was written by version {about.version}, this is {package_version()}; run the scenario again"
        )
    if about.code != code_digest():
        raise CheckpointError(
            f"{path} was written by another state of the program (commit {about.commit}, this is {commit()}); "
            "rules or data have changed since; run the scenario again"
        )


def _from_content(about: _About, content: Mapping[str, np.ndarray]) -> Checkpoint:
    try:
        scenario = Scenario.model_validate(about.scenario)
    except (ScenarioError, ValueError):
        raise _Unusable("scenario: not that of a run") from None
    arrays = {name.removeprefix(STATE): value for name, value in content.items() if name.startswith(STATE)}
    if "trust" not in arrays or arrays["trust"].ndim == 0 or not arrays["trust"].shape[-1]:
        raise _Unusable(f"{STATE}trust: no members")
    members = arrays["trust"].shape[-1]
    named = {PARAMETER + name for name in FIELDS} if about.has_parameters else set()
    blank = State.initial(CENTRAL_ASIA, Parameters(), members, np.ones(CENTRAL_ASIA.n_countries))
    _check_arrays(arrays, blank.arrays())
    if unknown := sorted(content.keys() ^ (named | {STATE + name for name in blank.arrays()})):
        raise _Unusable(f"{unknown[0]}: an array that is missing or that no checkpoint has")
    parameters = None
    if about.has_parameters:
        values = {name: content[PARAMETER + name] for name in FIELDS}
        parameters = Parameters().replace(**{n: v if v.ndim else v.item() for n, v in values.items()})
        for name, value in parameters.by_member().items():
            if value.shape[-1] != members:
                raise _Unusable(f"{PARAMETER}{name}: values for {value.shape[-1]} members, but there are {members}")
    state = blank.replace(**arrays).at(about.quarter - 1)
    return Checkpoint(about.quarter, state, scenario, about.seed, about.first_member, parameters)


def _check_arrays(arrays: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> None:
    """Check that the arrays of a state have their shapes and types, and values from which a run can go on."""
    for name, blank in expected.items():
        value = arrays.get(name)
        if value is None or (value.shape, value.dtype) != (blank.shape, blank.dtype):
            found = "missing" if value is None else f"{value.dtype} of shape {value.shape}"
            raise _Unusable(f"{STATE}{name}: expected {blank.dtype} of shape {blank.shape}; got {found}")
        if value.dtype.kind == "f" and not (np.abs(value) <= LARGEST_VALUE).all():
            raise _Unusable(f"{STATE}{name}: values that are not finite, or larger than {LARGEST_VALUE:g}")
