"""Which model a run builds: the shipped one, or one with submodels, agents or plugins of a user's own."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cairn.events.plugins import load_plugin, loaded_plugins

if TYPE_CHECKING:
    from cairn.model import CentralAsia


@dataclasses.dataclass(frozen=True)
class ModelSetup:
    """What differs from the shipped model. It goes to every process that runs members.

    Parameters
    ----------
    model_class : derived from `CentralAsia`; None is the shipped class
    agent_class : derived from `Country`; None is the shipped class
    submodels : by name, instances or classes of `Submodel`
    plugins : files or modules to import first; those that are loaded already are among them
    """

    model_class: Any = None
    agent_class: Any = None
    submodels: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    plugins: tuple[str, ...] = ()

    @staticmethod
    def of(
        model_class: Any = None,
        agent_class: Any = None,
        submodels: Mapping[str, Any] | None = None,
    ) -> ModelSetup:
        """A setup with the plugins that are loaded in this process."""
        plugins = tuple(plugin.source for plugin in loaded_plugins())
        return ModelSetup(model_class, agent_class, dict(submodels or {}), plugins)

    def build(self, *arguments: Any, **options: Any) -> CentralAsia:
        """A model; arguments as for `CentralAsia`."""
        from cairn.model import CentralAsia, Country  # Mesa takes most of a second to import

        for plugin in self.plugins:
            load_plugin(plugin)
        model_class = self.model_class or CentralAsia
        return model_class(
            *arguments, agent_class=self.agent_class or Country, submodels=self.submodels or None, **options
        )

    def provenance(self) -> dict[str, str]:
        """What differs from the shipped model, for the attributes of a result; empty if nothing does."""
        found: dict[str, str] = {}
        if self.plugins:
            used = [load_plugin(plugin) for plugin in self.plugins]
            found["plugins"] = "; ".join(str(plugin) for plugin in used)
        if self.model_class is not None:
            found["model_class"] = _described(self.model_class)
        if self.agent_class is not None:
            found["agent_class"] = _described(self.agent_class)
        if self.submodels:
            found["submodels"] = "; ".join(
                f"{name}: {_described(made if isinstance(made, type) else type(made))}"
                for name, made in self.submodels.items()
            )
        return found

    @property
    def digest(self) -> str:
        """The same for setups that do the same; empty for the shipped model."""
        found = self.provenance()
        return hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()[:12] if found else ""


def _described(kind: type) -> str:
    """A class by name, and by its source where that can be read."""
    try:
        source = inspect.getsource(kind)
    except (OSError, TypeError):
        return f"{kind.__module__}.{kind.__qualname__}"
    return f"{kind.__module__}.{kind.__qualname__} sha256 {hashlib.sha256(source.encode()).hexdigest()[:12]}"
