"""Keeps what was compiled last, bounded by the length of the sources: a long expression is a megabyte of closures."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
#: Characters of source in one generation; about 400 bytes of closures each at the worst.
CHARACTERS: Final = 100_000


class Generations(Generic[_Key, _Value]):
    """A cache of two generations: when the young one is full it becomes the old one, and that one is forgotten.

    It needs no lock: threads that meet here may make a value twice, and nothing else.
    """

    def __init__(self, limit: int = CHARACTERS) -> None:
        self._limit = limit
        self._young: dict[_Key, _Value] = {}
        self._old: dict[_Key, _Value] = {}
        self._weight = 0

    def get(self, key: _Key, weight: int, make: Callable[[], _Value]) -> _Value:
        """The value of a key, made if it is not there; ``weight`` is the length of its source."""
        value = self._young.get(key)
        if value is not None:
            return value
        value = self._old.get(key)
        if value is None:
            value = make()
        if self._weight > self._limit:
            self._old, self._young, self._weight = self._young, {}, 0
        self._young[key] = value
        self._weight += weight + 1
        return value

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
