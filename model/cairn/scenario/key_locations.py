"""Where the keys of scenario files are written."""

from __future__ import annotations

from cairn.scenario.yaml_reader import Keys, Location

SECTIONS = ("events", "parameters")  # merged entry by entry; any other key replaces what it inherits


class KeyLocations:
    """Where keys are written, grouped by top-level key, event or parameter so that merging need not search all."""

    def __init__(self, locations: dict[Keys, Location] | None = None):
        self._groups: dict[Keys, dict[Keys, Location]] = {}
        for keys, location in (locations or {}).items():
            self._groups.setdefault(_group(keys), {})[keys] = location

    def copy(self) -> KeyLocations:
        """An independent copy."""
        new = KeyLocations()
        new._groups = {group: dict(locations) for group, locations in self._groups.items()}
        return new

    def get(self, keys: Keys) -> Location | None:
        """Where exactly this key is written."""
        return self._groups.get(_group(keys), {}).get(keys)

    def nearest(self, keys: Keys) -> Location | None:
        """Where this key is written, or else the innermost key above it that is."""
        return next((found for end in range(len(keys), 0, -1) if (found := self.get(keys[:end]))), None)

    def under(self, keys: Keys) -> dict[Keys, Location]:
        """This key and all below it."""
        whole_section = len(keys) == 1 and keys[0] in SECTIONS
        groups = [group for group in self._groups if group[:1] == keys] if whole_section else [_group(keys)]
        return {
            k: location
            for group in groups
            for k, location in self._groups.get(group, {}).items()
            if k[: len(keys)] == keys
        }

    def replace(self, keys: Keys, other: KeyLocations) -> None:
        """Take the locations of a key and all below it from another file."""
        for key in self.under(keys):
            del self._groups[_group(key)][key]
        for key, location in other.under(keys).items():
            self._groups.setdefault(_group(key), {})[key] = location


def _group(keys: Keys) -> Keys:
    return keys[:2] if keys[0] in SECTIONS else keys[:1]
