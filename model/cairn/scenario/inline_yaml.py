"""Values as they stand in a scenario file."""

from __future__ import annotations

import json
import re
from typing import Any

WORDS = frozenset({"on", "off", "yes", "no", "true", "false", "null", "y", "n"})  # which some readers take for others


def on_a_line(value: Any) -> str:
    """A value on one line, as YAML.

    >>> on_a_line({"2020-01-01": 0.5}), on_a_line(["a", "on"]), on_a_line("what: ever")
    ('{2020-01-01: 0.5}', '[a, "on"]', '"what: ever"')
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {on_a_line(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(on_a_line, value)) + "]"
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z][\w./() -]*[\w.)]|[A-Za-z]|\d{4}-\d\d(-\d\d)?", value):
        return value if value.lower() not in WORDS else json.dumps(value)
    return json.dumps(value, ensure_ascii=False)
