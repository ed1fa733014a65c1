"""The state of all worlds at the beginning of a quarter, kept in a file to branch from.

A file holds arrays and one JSON text, read without pickling: nothing in it is executed. Luck needs no state: draws
depend on seed, stream, member and quarter alone. So what follows is bit for bit what would have followed.
"""

from __future__ import annotations

import dataclasses
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cairn.core.calendar import quarter_name
from cairn.core.geography import CENTRAL_ASIA
from cairn.core.parameters import FIELDS, Parameters
from cairn.core.state import State
from cairn.scenario.scenario import Scenario, ScenarioError
from cairn.support.atomic_write import atomic_write
from cairn.support.errors import InputError
from cairn.support.provenance import code_digest, commit, package_version
from cairn.support.text import one_line

FORMAT = 1
STATE, NUMBER = "state/", "number/"
MOST_BYTES = 16 * 2**30


class CheckpointError(InputError):
    """A checkpoint that cannot be used, and why, in a plain line."""

    def __init__(self, message: str):
        super().__init__(one_line(message))


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """State of all worlds at the beginning of a quarter, before anything of that quarter happens.

    quarter : 0 being 1992Q1
    state : of all members, at the end of the quarter before
    scenario : the worlds' scenario until then
    seed, first : of the luck, and the number of the first member
    numbers : numbers of the model, where a run was given its own
    """

    quarter: int
    state: State
    scenario: Scenario
    seed: int
    first_member: int
    parameters: Parameters | None = None

    @property
    def name(self) -> str:
        """Name of its file, without ending: the quarter it begins with."""
        return quarter_name(self.quarter)

    def check_compatible(self, scenario: Scenario) -> None:
        """Refuse a scenario under which these worlds could not have come about."""
        old, new, when = self.scenario, scenario, quarter_name(self.quarter)
        if old.parameters != new.parameters:
            names = sorted(
                n
                for n in old.parameters.keys() | new.parameters.keys()
                if old.parameters.get(n) != new.parameters.get(n)
            )
            raise CheckpointError(
                f"{new.name} runs on other numbers than the checkpoint, from the first quarter on: {', '.join(names)}. "
                "For a number that changes later use an event of type parameter"
            )
        apart = [
            name
            for name in sorted(old.events.keys() | new.events.keys())
            if _past(old, name, self.quarter) != _past(new, name, self.quarter)
        ]
        if apart:
            raise CheckpointError(
                f"{new.name} had another past before {when} than the checkpoint's scenario {old.name}: {_some(apart)}. "
                f"Branch from an earlier checkpoint, or run {new.name} from the beginning"
            )

    def save(self, path: str | Path) -> None:
        """Write it under its final name once it is whole.

        Raises
        ------
        CheckpointError if its scenario has an event of a class written elsewhere: no file could say what that does
        """
        if own := [name for name, event in self.scenario.events.items() if event.derived_class]:
            raise CheckpointError(f"a file cannot hold events of classes of one's own: {_some(own)}. Branch in memory")
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
            "given_numbers": self.parameters is not None,
        }
        arrays = {STATE + name: value for name, value in self.state.arrays().items()}
        if self.parameters is not None:
            arrays |= {NUMBER + name: np.asarray(getattr(self.parameters, name)) for name in FIELDS}
        with atomic_write(path) as part, part.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, about=np.array(json.dumps(about)), **arrays)

    @staticmethod
    def load(path: str | Path) -> Checkpoint:
        """Read a checkpoint of this version of the model.

        Raises
        ------
        CheckpointError if the file is missing or damaged, or comes from another version
        """
        path = Path(path)
        try:
            if sum(entry.file_size for entry in zipfile.ZipFile(path).infolist()) > MOST_BYTES:
                raise CheckpointError(f"{path} is larger than any checkpoint may be")
            with np.load(path, allow_pickle=False) as file:
                about = json.loads(str(file["about"]))
                _must_be_of_this_version(path, about)
                content = {name: file[name] for name in file.files if name != "about"}
            return _built(about, content)
        except FileNotFoundError:
            raise CheckpointError(
                f"there is no checkpoint {path}; `run.py run ... --checkpoint DATE` makes one"
            ) from None
        except CheckpointError:
            raise
        except (
            OSError,
            KeyError,
            ValueError,
            TypeError,
            AttributeError,
            EOFError,
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
        ) as problem:
            reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else "it is damaged"
            raise CheckpointError(f"{path} is no checkpoint that can be read: {reason}") from None


def _past(scenario: Scenario, name: str, quarter: int) -> str:
    event = scenario.events.get(name)
    return "" if event is None else event.before(quarter)


def _some(names: list[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _must_be_of_this_version(path: Path, about: dict[str, Any]) -> None:
    if about["format"] != FORMAT or about["version"] != package_version():
        raise CheckpointError(
            f"{path} was made by version {about['version']}, this is {package_version()}; run the scenario again"
        )
    if about["code"] != code_digest():
        raise CheckpointError(
            f"{path} was made by another state of the program (commit {about['commit']}, this is {commit()}); "
            "rules or data have changed since; run the scenario again"
        )


def _built(about: dict[str, Any], content: Mapping[str, np.ndarray]) -> Checkpoint:
    try:
        scenario = Scenario.model_validate(about["scenario"])
    except (ScenarioError, ValueError):
        raise ValueError("no scenario") from None
    arrays = {name.removeprefix(STATE): value for name, value in content.items() if name.startswith(STATE)}
    parameters = None
    if about["given_numbers"]:
        given = {name: content[NUMBER + name] for name in FIELDS}
        parameters = Parameters().replace(**{n: v if v.ndim else v.item() for n, v in given.items()})
    members = arrays["trust"].shape[-1]
    blank = State.initial(CENTRAL_ASIA, Parameters(), members, np.ones(CENTRAL_ASIA.n_countries))
    shapes = {name: (value.shape, value.dtype) for name, value in blank.arrays().items()}
    if shapes != {name: (value.shape, value.dtype) for name, value in arrays.items()}:
        raise ValueError("arrays of another shape")
    quarter, seed, first_member = (int(about[key]) for key in ("quarter", "seed", "first_member"))
    state = blank.replace(**arrays).at(quarter - 1)
    return Checkpoint(quarter, state, scenario, seed, first_member, parameters)
