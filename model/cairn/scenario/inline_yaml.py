"""Values written as in a scenario file, on one line."""

from __future__ import annotations

import json
import re
from typing import Any

# words that some YAML readers take for booleans or null
RESERVED_WORDS = frozenset({"on", "off", "yes", "no", "true", "false", "null", "y", "n"})


def to_inline_yaml(value: Any) -> str:
    """A value as YAML on one line.

    >>> to_inline_yaml({"2020-01-01": 0.5}), to_inline_yaml(["a", "on"]), to_inline_yaml("what: ever")
    ('{2020-01-01: 0.5}', '[a, "on"]', '"what: ever"')
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {to_inline_yaml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(to_inline_yaml, value)) + "]"
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z][\w./() -]*[\w.)]|[A-Za-z]|\d{4}-\d\d(-\d\d)?", value):
        return value if value.lower() not in RESERVED_WORDS else json.dumps(value)
    return json.dumps(value, ensure_ascii=False)
