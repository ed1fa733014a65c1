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
from cairn.core.state import BLOCKS, State, variables_of
from cairn.ensemble.own_code import ModelClass, build_model, in_words, provenance_of
from cairn.events.base import Words
from cairn.record.conditioning import FIRST_YEAR, Conditioning
from cairn.record.lookup import LAST_YEAR
from cairn.scenario.issues import format_issue, from_pydantic
from cairn.scenario.scenario import Scenario, ScenarioError
from cairn.support.atomic_write import atomic_write
from cairn.support.errors import InputError
from cairn.support.frozen_dict import FrozenDict
from cairn.support.provenance import code_digest, commit, package_version
from cairn.support.text import one_line

Date = str | dt.date  # of a checkpoint, as `cairn.core.calendar.quarter_from` reads it
FORMAT = 2
STATE, PARAMETER, CONDITIONING = "state/", "parameter/", "conditioning/"
CONDITIONING_ARRAYS = ("numbers", "residual")
LARGEST_FILE, LARGEST_ABOUT = 16 * 2**30, 64 * 2**20  # bytes, uncompressed
LARGEST_VALUE = 1e9  # of a state variable; GWh and bn USD stay below 1e5
Short = Annotated[Words, Field(max_length=200)]


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
    own_code : what differs from the shipped model, as `cairn.ensemble.own_code.provenance_of` says it
    """

    quarter: int
    state: State
    scenario: Scenario
    seed: int
    first_member: int
    parameters: Parameters | None = None
    own_code: Mapping[str, str] = dataclasses.field(default_factory=FrozenDict)

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
        different = new.differences_before(old, self.quarter)
        if names := [name for name in different if name in FIELDS]:
            raise CheckpointError(
                f"{new.name} has other parameters than the checkpoint, from the first quarter on: {', '.join(names)}. "
                "To change a parameter later, use an event of type parameter"
            )
        if different:
            raise CheckpointError(
                f"{new.name} differs before {when} from the checkpoint's scenario {old.name}: {_listed(different)}. "
                f"Branch from an earlier checkpoint, or run {new.name} from the beginning"
            )

    def check_model(self, model_class: ModelClass | None) -> None:
        """Refuse a model class or plugins that differ from those of the run.

        Raises
        ------
        CheckpointError
            With what the checkpoint was made with, and what is given.
        """
        _check_own_code("the checkpoint", self.own_code, model_class)

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
            "own_code": dict(self.own_code),
        }
        arrays = {STATE + name: value for name, value in self.state.arrays().items()}
        if self.parameters is not None:
            arrays |= {PARAMETER + name: np.asarray(getattr(self.parameters, name)) for name in FIELDS}
            if (given := self.parameters.conditioning) is not None:
                residual = given.residual if self.quarter < given.end else given.residual[:0]
                arrays |= {CONDITIONING + "numbers": given.numbers, CONDITIONING + "residual": residual}
                about["conditioned_until"] = given.until
        with atomic_write(path) as part, part.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, about=np.array(json.dumps(about)), **arrays)

    @staticmethod
    def load(path: str | os.PathLike[str], model_class: ModelClass | None = None) -> Checkpoint:
        """Read a checkpoint that was written by the same version of the model.

        Parameters
        ----------
        path : the file
        model_class : as for the run that it is from

        Raises
        ------
        CheckpointError
            If the file is missing, damaged, or of another version or model.
        """
        path = Path(path)
        try:
            with np.load(_checked_archive(path), allow_pickle=False) as file:
                about = _About.model_validate_json(str(file["about"]))
                _check_version(path, about)
                _check_own_code(str(path), about.own_code, model_class)
                content = {name: file[name] for name in file.files if name != "about"}
            return _from_content(about, content, model_class)
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
    version: Short
    code: Short
    commit: Short
    numpy: Short
    quarter: Annotated[int, Field(ge=1, lt=QUARTERS)]
    seed: Annotated[int, Field(ge=0)]
    first_member: Annotated[int, Field(ge=0, lt=2**53)]
    scenario: dict[str, Any]
    has_parameters: bool
    own_code: dict[Short, Words]
    conditioned_until: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)] | None = None


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


def _check_own_code(what: str, expected: Mapping[str, str], model_class: ModelClass | None) -> None:
    given = provenance_of(model_class)
    if dict(expected) != given:
        raise CheckpointError(
            f"{what} is of a run with {in_words(expected)}, this is {in_words(given)}; give the same model_class, and "
            "load the same plugins"
        )


def _from_content(about: _About, content: Mapping[str, np.ndarray], model_class: ModelClass | None) -> Checkpoint:
    try:
        scenario = Scenario.model_validate(about.scenario)
    except (ScenarioError, ValueError):
        raise _Unusable("scenario: not that of a run") from None
    arrays = {name.removeprefix(STATE): value for name, value in content.items() if name.startswith(STATE)}
    if "trust" not in arrays or arrays["trust"].ndim == 0 or not arrays["trust"].shape[-1]:
        raise _Unusable(f"{STATE}trust: no members")
    members = arrays["trust"].shape[-1]
    named = {PARAMETER + name for name in FIELDS} if about.has_parameters else set()
    named |= {CONDITIONING + name for name in CONDITIONING_ARRAYS} if about.conditioned_until is not None else set()
    blank = _blank(model_class, scenario)
    _check_arrays(arrays, blank.arrays(), members)
    if unknown := sorted(content.keys() ^ (named | {STATE + name for name in blank.arrays()})):
        raise _Unusable(f"{unknown[0]}: an array that is missing or that no checkpoint has")
    parameters = None
    if about.has_parameters:
        values = {name: content[PARAMETER + name] for name in FIELDS}
        parameters = Parameters().replace(**{n: v if v.ndim else v.item() for n, v in values.items()})
        for name, value in parameters.by_member().items():
            if value.shape[-1] != members:
                raise _Unusable(f"{PARAMETER}{name}: values for {value.shape[-1]} members, but there are {members}")
        parameters = parameters.conditioned(_conditioning(about, content, members))
    state = blank.replace(**arrays).at(about.quarter - 1)
    return Checkpoint(about.quarter, state, scenario, about.seed, about.first_member, parameters, about.own_code)


def _conditioning(about: _About, content: Mapping[str, np.ndarray], members: int) -> Conditioning | None:
    """What members whose past is that of the record have beside their parameters; None for those of a free run."""
    if about.conditioned_until is None:
        return None
    numbers, residual = (content[CONDITIONING + name] for name in CONDITIONING_ARRAYS)
    conditioning = Conditioning(about.conditioned_until, numbers, residual)
    if fault := conditioning.fault(members, len(CENTRAL_ASIA.pairs)):
        raise _Unusable(f"{CONDITIONING}{fault}")
    return conditioning


def _blank(model_class: ModelClass | None, scenario: Scenario) -> State:
    """A state of one member, with the variables of the model."""
    if model_class is None:
        return State.initial(CENTRAL_ASIA, Parameters(), 1, np.ones(CENTRAL_ASIA.n_countries))
    return build_model(model_class, scenario, 1, 0, parameters=Parameters(), collect=False).state


def _check_arrays(arrays: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray], members: int) -> None:
    """Check that the arrays of a state have their shapes and types, and values from which a run can go on.

    Parameters
    ----------
    arrays : of the file
    expected : of a state of one member
    members : in the file
    """
    shipped = variables_of(BLOCKS)
    for name, blank in expected.items():
        value, shape = arrays.get(name), (*blank.shape[:-1], members)
        if value is None or (value.shape, value.dtype) != (shape, blank.dtype):
            found = "missing" if value is None else f"{value.dtype} of shape {value.shape}"
            raise _Unusable(f"{STATE}{name}: expected {blank.dtype} of shape {shape}; got {found}")
        if name in shipped and value.dtype.kind == "f" and not (np.abs(value) <= LARGEST_VALUE).all():
            raise _Unusable(f"{STATE}{name}: values that are not finite, or larger than {LARGEST_VALUE:g}")
