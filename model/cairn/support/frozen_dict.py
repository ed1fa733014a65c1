"""A dictionary that cannot be changed in place, so that no scenario leaks into another."""

from __future__ import annotations

from typing import Any, NoReturn


class FrozenDict(dict):
    """A dict whose content stays as it was made.

    >>> FrozenDict(a=1)["a"] = 2
    Traceback (most recent call last):
        ...
    TypeError: this mapping is fixed; make another one
    """

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("this mapping is fixed; make another one")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse  # type: ignore

    def __reduce__(self) -> Any:
        return type(self), (dict(self),)

    def __deepcopy__(self, memo: Any) -> FrozenDict:
        return self
