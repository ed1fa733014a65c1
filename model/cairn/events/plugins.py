"""Plugins: Python files or modules of a user's own that register events, measures, forcing variables or submodels.

A plugin is imported as Python imports any module, and only where the user names it: by ``--plugin`` on the command
line or by `load_plugin`. A scenario file can say that it needs one (``plugins: [my_events]``); it
cannot have it imported.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType


class PluginError(ValueError):
    """A plugin that cannot be imported; the message says which, and why."""


@dataclasses.dataclass(frozen=True)
class Plugin:
    """A plugin that is loaded.

    Parameters
    ----------
    name : of its module
    source : the file or module that the user named
    digest : first digits of the sha256 of its source
    """

    name: str
    source: str
    digest: str

    def __str__(self) -> str:
        return f"{self.name} sha256 {self.digest}"


_LOADED: dict[str, Plugin] = {}


def load_plugin(source: str | Path) -> Plugin:
    """Import a plugin; one that is loaded already stays as it is.

    Parameters
    ----------
    source : path of a Python file, or name of an importable module

    Raises
    ------
    PluginError
        If there is no such file or module, or if importing it raises.
    """
    source = str(source)
    name = Path(source).stem if source.endswith(".py") else source
    if name in _LOADED:
        return _LOADED[name]
    try:
        module = _from_file(name, Path(source)) if source.endswith(".py") else importlib.import_module(name)
    except PluginError:
        raise
    except Exception as problem:
        raise PluginError(f"plugin {source} cannot be imported: {type(problem).__name__}: {problem}") from problem
    content = Path(module.__file__).read_bytes() if module.__file__ else name.encode()
    _LOADED[name] = Plugin(name, source, hashlib.sha256(content).hexdigest()[:12])
    return _LOADED[name]


def _from_file(name: str, path: Path) -> ModuleType:
    if not path.is_file():
        raise PluginError(f"there is no plugin file {path}")
    if name in sys.modules:
        raise PluginError(f"plugin {path}: a module {name!r} is imported already; give the file another name")
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def loaded_plugins() -> tuple[Plugin, ...]:
    """The plugins that are loaded, in the order of their loading."""
    return tuple(_LOADED.values())
