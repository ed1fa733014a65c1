"""Code of a user's own: a model class, plugins, and what a script registers. It goes to worker processes, and its name
and source are part of every result. The shipped model adds nothing to either.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import inspect
import itertools
import reprlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.core.forcing import SHIPPED, Forcing
from cairn.core.geography import CODES
from cairn.events.base import EVENT_TYPES, register_event
from cairn.scenario.scenario import Scenario
from cairn.step.measures import MEASURES, Description, catalogue, shipped_catalogue
from cairn.support.errors import InputError
from cairn.support.plugins import Plugin, PluginError, load_same, loaded_plugins

if TYPE_CHECKING:
    from cairn.model import CentralAsia

ModelClass = Callable[..., "CentralAsia"]
DIGITS = 12  # of the SHA-256 of a source
OWN_CODE = ("model_class", "plugins", "registered")  # keys of `provenance_of`


def build_model(model_class: ModelClass | None, *arguments: Any, **options: Any) -> CentralAsia:
    """A model of the class given, or of the shipped one.

    Parameters
    ----------
    model_class : a class derived from `CentralAsia`, or a callable that makes one; None is the shipped class
    arguments, options : as of `CentralAsia`

    Raises
    ------
    InputError
        If it makes something else, or a model of another region.
    """
    from cairn.model import CentralAsia  # Mesa takes most of a second to import

    if model_class is None:
        return CentralAsia(*arguments, **options)
    if not callable(model_class):
        raise InputError(f"model_class is a {type(model_class).__name__}; give a class derived from CentralAsia")
    model = model_class(*arguments, **options)
    if not isinstance(model, CentralAsia):
        made = type(model).__name__
        raise InputError(f"model_class made a {made}; derive the class from CentralAsia, or return such a model")
    if model.geography.codes != CODES:
        region = ", ".join(model.geography.codes)
        raise InputError(f"model_class made a model of {region}; results have the labels of {', '.join(CODES)}")
    return model


def catalogue_of(model_class: ModelClass | None, scenario: Scenario) -> dict[str, Description]:
    """All that a model of this class can report, by name, as a model of one member says."""
    if model_class is None:
        return catalogue()
    return build_model(model_class, scenario, 1, 0, collect=False).catalogue()


def own_descriptions(known: Mapping[str, Description]) -> dict[str, Description]:
    """What a model can report and the shipped one cannot."""
    shipped = shipped_catalogue()
    return {name: about for name, about in known.items() if shipped.get(name) != about}


# --- provenance ---


def provenance_of(model_class: ModelClass | None = None) -> dict[str, str]:
    """What differs from the shipped model, for the attributes of a result; empty if nothing does.

    Returns
    -------
    dict
        ``model_class``, ``plugins`` and ``registered`` (event types, measures and forcing variables from elsewhere than
        a plugin), each with names and the first digits of the SHA-256 of their sources, where these can be read.
    """
    found = {}
    if model_class is not None:
        found["model_class"] = described(model_class)
    plugins = loaded_plugins()
    if plugins:
        found["plugins"] = "; ".join(map(str, plugins))
    of_plugins = {plugin.name for plugin in plugins}
    registered = [
        f"{what} {name}: {described(made)}"
        for what, made_by_name in _registered_code().items()
        for name, made in made_by_name.items()
        if made.__module__ not in of_plugins
    ]
    registered += [] if plugins else [f"forcing {name}" for name in _own_forcing()]
    if registered:
        found["registered"] = "; ".join(registered)
    return found


def in_words(own_code: Mapping[str, str]) -> str:
    """What `provenance_of` found, for a message."""
    return ", ".join(f"{key} {value}" for key, value in own_code.items()) or "the shipped model"


@reprlib.recursive_repr()
def described(thing: Any) -> str:
    """A class, function or object in words: its name, the digest of its source, and the values that it holds."""
    if isinstance(thing, functools.partial):
        given = [described(value) for value in thing.args]
        given += [f"{name}={described(value)}" for name, value in thing.keywords.items()]
        return f"{described(thing.func)}({', '.join(given)})"
    if isinstance(thing, Mapping):
        return "{" + ", ".join(f"{key}: {described(value)}" for key, value in thing.items()) + "}"
    if isinstance(thing, str | bytes | int | float | np.generic | None):
        return repr(thing)
    if isinstance(thing, np.ndarray):
        return f"array {_digest(thing.tobytes())}"
    if isinstance(thing, Sequence):
        return f"[{', '.join(map(described, thing))}]"
    if isinstance(thing, type) or inspect.isroutine(thing):
        return f"{thing.__module__}.{thing.__qualname__}{_source_of(thing)}"
    values = getattr(thing, "__dict__", {})
    return described(type(thing)) + (
        f"({', '.join(f'{k}={described(v)}' for k, v in values.items())})" if values else ""
    )


def _source_of(thing: Any) -> str:
    """The digest of a function's source, or of a class and what it is derived from; empty for shipped code.

    That of a submodel includes what its block declares.
    """
    kinds = thing.__mro__ if isinstance(thing, type) else (thing,)
    own = list(itertools.takewhile(lambda kind: not _is_shipped(kind), kinds))
    try:
        source = "\n".join(inspect.getsource(kind) for kind in own if kind.__module__ != "builtins")
    except (OSError, TypeError):  # typed into an interpreter
        return ""
    if source and (block := getattr(thing, "block", None)) is not None:
        source += described(block.variables)
    return f" sha256 {_digest(source.encode())}" if source else ""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGITS]


def _is_shipped(thing: Any) -> bool:
    return (thing.__module__ or "").partition(".")[0] == "cairn"


# --- worker processes ---


@dataclasses.dataclass(frozen=True)
class OwnCode:
    """What a worker process needs before it can take a task.

    Parameters
    ----------
    plugins : to load
    pickled : what else is registered, and a model class if one is given, by cloudpickle; classes of a script or
        notebook are in it by value
    """

    plugins: tuple[Plugin, ...]
    pickled: bytes

    def install(self) -> ModelClass | None:
        """Load and register it in this process, and return the model class.

        Raises
        ------
        cairn.support.plugins.PluginError
            If a plugin is not there, or is another version.
        """
        import cloudpickle

        load_same(self.plugins)
        try:
            events, measures, forcing, model_class = cloudpickle.loads(self.pickled)
        except (ImportError, AttributeError) as problem:
            raise PluginError(f"a worker process cannot import what you use: {problem}; make it a plugin") from None
        for event in events:
            if event.model_fields["type"].default not in EVENT_TYPES:
                register_event(event)
        MEASURES.update(measures)
        Forcing.variables.update(forcing)
        return model_class


def own_code(model_class: ModelClass | None = None) -> OwnCode | None:
    """The user's own code as it is in this process; None if there is none."""
    import cloudpickle

    registered = _registered_code()
    events = tuple(registered["event"].values())
    measures = {name: MEASURES[name] for name in registered["measure"]}
    content = events, measures, _own_forcing(), model_class
    if not any(content) and not loaded_plugins():
        return None
    return OwnCode(loaded_plugins(), cloudpickle.dumps(content))


def _registered_code() -> dict[str, dict[str, Any]]:
    """Event classes and the functions of measures that are not shipped, by name."""
    events = {name: kind for name, kind in EVENT_TYPES.items() if not _is_shipped(kind)}
    measures = {name: one.function for name, one in MEASURES.items() if not _is_shipped(one.function)}
    return {"event": events, "measure": measures}


def _own_forcing() -> dict[str, Any]:
    return {name: variable for name, variable in Forcing.variables.items() if name not in SHIPPED}
