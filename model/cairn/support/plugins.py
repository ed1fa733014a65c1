"""Plugins: Python files or modules of a user's own that register event types, forcing variables or measures.

A plugin is imported by Python's own import, and only where the user names it: by ``--plugin`` on the command line or by
`load_plugin`. A scenario file can say that it needs a plugin (``plugins: [my_events]``); it cannot have it imported.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import importlib.util
import os
import shlex
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

from cairn.support.errors import InputError
from cairn.support.text import one_line


class PluginError(InputError):
    """A plugin that cannot be used; the message says which, and why."""

    def __init__(self, message: str):
        super().__init__(one_line(message))


@dataclasses.dataclass(frozen=True)
class Plugin:
    """A plugin that is loaded.

    Parameters
    ----------
    name : of its module, as a scenario file writes it
    source : absolute path of its file, or the module's name
    digest : first digits of the SHA-256 of its source
    """

    name: str
    source: str
    digest: str

    def __str__(self) -> str:
        return f"{self.name} sha256 {self.digest}"


_LOADED: dict[str, Plugin] = {}


def load_plugin(source: str | os.PathLike[str]) -> ModuleType:
    """Import a plugin: a Python file, or a module that Python finds.

    What it registers can be used from then on, in files, runs, comparisons, sweeps and worker processes, and its name
    and the digest of its source are part of every result. A plugin that is loaded already is not imported again.

    Parameters
    ----------
    source : path of a file that ends in ``.py``, or name of a module

    Returns
    -------
    The module.

    Raises
    ------
    PluginError
        If there is no such file or module, if it cannot be imported, if another module has its name, or if its file has
        changed since it was loaded.
    """
    text = os.fspath(source)
    is_file = text.endswith(".py") or os.sep in text
    name, path = (Path(text).stem, Path(text).resolve()) if is_file else (text, None)
    known = _LOADED.get(name)
    if known is not None and known.source == (str(path) if path else name):
        _check_unchanged(known)
        return sys.modules[name]
    module = _import_file(name, path, text) if path else _import_module(name)
    _LOADED[name] = Plugin(name, str(path) if path else name, _digest(module))
    return module


def loaded_plugins() -> tuple[Plugin, ...]:
    """The plugins that are loaded, in the order of their loading."""
    return tuple(_LOADED.values())


def plugin_options() -> str:
    """The options of a command that load the same plugins, with a space before each; empty if none is loaded."""
    return "".join(f" --plugin {shlex.quote(plugin.source)}" for plugin in _LOADED.values())


def load_same(plugins: Iterable[Plugin]) -> None:
    """Load the plugins of another process, as a worker process does.

    Raises
    ------
    PluginError
        If one is not there, or is not the same.
    """
    for plugin in plugins:
        load_plugin(plugin.source)
        if _LOADED[plugin.name].digest != plugin.digest:
            raise PluginError(f"plugin {plugin.source} is another version than where the run was started")


def _import_file(name: str, path: Path, text: str) -> ModuleType:
    if not path.is_file():
        raise PluginError(f"there is no plugin file {text}")
    if path.suffix != ".py" or not name.isidentifier():
        raise PluginError(f"plugin {text}: the file of a plugin is named by letters, digits and _, and ends in .py")
    module = sys.modules.get(name)
    if module is not None and _is_of_file(getattr(module, "__file__", None), path):
        return module
    spec = None if module is not None else importlib.util.find_spec(name)
    if module is not None or (spec is not None and not _is_of_file(spec.origin, path)):
        raise PluginError(f"plugin {text} would hide another module {name!r}; give the file another name")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    execute = spec.loader.exec_module
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        _imported(text, lambda: execute(module))
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _import_module(name: str) -> ModuleType:
    try:
        known = name in sys.modules or importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):  # no such package, a dot too many
        known = False
    if not known:
        beside = f"; did you mean the file {name}.py?" if Path(f"{name}.py").is_file() else "; a file ends in .py"
        raise PluginError(f"there is no plugin module {name!r}{beside}")
    _imported(name, lambda: importlib.import_module(name))
    return sys.modules[name]


def _imported(source: str, do_import: Callable[[], object]) -> None:
    """Import a plugin; whatever its code raises becomes one sentence."""
    try:
        do_import()
    except (Exception, SystemExit) as problem:
        lines = [
            frame.lineno for frame in traceback.extract_tb(problem.__traceback__) if frame.filename.endswith(source)
        ]
        where = f" in line {lines[-1]}" if lines else ""
        raise PluginError(
            f"plugin {source} cannot be imported: {type(problem).__name__}{where}: {problem}"
        ) from problem


def _is_of_file(origin: str | None, path: Path) -> bool:
    return origin is not None and Path(origin).resolve() == path


def _digest(module: ModuleType) -> str:
    file = getattr(module, "__file__", None)
    content = Path(file).read_bytes() if file else module.__name__.encode()
    return hashlib.sha256(content).hexdigest()[:12]


def _check_unchanged(plugin: Plugin) -> None:
    file = Path(plugin.source)
    if file.suffix == ".py" and (
        not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest()[:12] != plugin.digest
    ):
        raise PluginError(f"plugin {plugin.source} has changed since it was loaded; start Python again")
