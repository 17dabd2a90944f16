"""The bounds of one evaluation: steps, depth and sizes, never seconds, so that every run repeats exactly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from engine.errors import FeelLimitExceeded

MAX_SOURCE: Final = 4096
MAX_DEPTH: Final = 64
MAX_STEPS: Final = 100_000
MAX_CALL_DEPTH: Final = 48
MAX_TEXT: Final = 65_536
MAX_RESULT: Final = 65_536
_ATOM_SIZE: Final = 8
_FLAT: Final = (str, list, dict)


class Env:
    """One scope at run time: its names, the scope around it, and the run."""

    __slots__ = ("parent", "run", "values")

    def __init__(self, run: Run, parent: Env | None, values: Any) -> None:
        self.run = run
        self.parent = parent
        self.values = values


class Run(Env):
    """What one evaluation may still use, and the two things it may ask: a variable and the time.

    It is the outermost scope itself, which has no names of its own: most expressions need no other.
    """

    __slots__ = ("depth", "lookup", "now", "steps")

    parent = None
    values: Any = MappingProxyType({})

    def __init__(self, lookup: Callable[[str], Any], now: datetime | None) -> None:
        self.lookup = lookup
        self.now = now
        self.steps = MAX_STEPS
        self.depth = 0

    @property
    def run(self) -> Run:  # type: ignore[override]  # read only: nobody sets the run of a run
        """Itself, as the run of any scope."""
        return self

    def charge(self, amount: int) -> None:
        """Use up steps.

        Raises:
            FeelLimitExceeded: none are left. Don't retry.
        """
        self.steps -= amount
        if self.steps < 0:
            raise FeelLimitExceeded(f"more than {MAX_STEPS} steps")


def check_text(text: str) -> str:
    """The text itself, if it is not longer than any value may be."""
    if len(text) > MAX_TEXT:
        raise FeelLimitExceeded(f"a text is longer than {MAX_TEXT} characters")
    return text


def check_result(value: Any) -> Any:
    """The value itself, if it is within 64 KiB and 64 levels.

    Raises:
        FeelLimitExceeded: it is larger or deeper.
    """
    if type(value) in _FLAT:
        _measure(value, MAX_RESULT, 0)
    return value


def _measure(value: Any, left: int, depth: int) -> int:
    """Bytes that remain of ``left`` after the value, roughly as its canonical text counts them."""
    kind = type(value)
    if kind is str:
        left -= len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
    elif kind is list or kind is dict:
        if depth >= MAX_DEPTH:
            raise FeelLimitExceeded(f"a value is nested deeper than {MAX_DEPTH} levels")
        left -= 2
        for item in value:
            left = _measure(item, left, depth + 1)
            if kind is dict:
                left = _measure(value[item], left, depth + 1)
    else:
        left -= _ATOM_SIZE
    if left < 0:
        raise FeelLimitExceeded(f"a result is larger than {MAX_RESULT // 1024} KiB")
    return left
