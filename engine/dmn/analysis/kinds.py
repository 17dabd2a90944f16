"""Kinds of values as lines on which constants lie: what is between two of them, and an example that looks natural."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from engine.dmn.analysis.lines import OTHER, between, is_whole, place_of
from engine.feel.builtins.conversion import text_of
from engine.feel.limits import Run
from engine.feel.values import temporal
from engine.feel.values.kinds import YearMonthDuration
from engine.feel.values.temporal import SORTS

ZONE: Final = " with zone"
#: Kinds that a zone tells apart.
ZONED: Final = ("time", "date and time", f"time{ZONE}", f"date and time{ZONE}")


@dataclass(frozen=True, slots=True)
class Atom:
    """Values of a column that all cells answer alike: one constant, or all between two neighbours."""

    example: Any
    kind: str
    #: Ends; None is no end. A constant is its own two ends.
    low: Any = None
    high: Any = None
    #: Its number in the line of its kind: between neighbours lies nothing.
    place: int = 0
    #: Inputs of this sort are to be expected; others only count where a rule is said never to hit.
    shown: bool = True
    #: "Any other text", which has no place among the texts.
    other: bool = False

    @property
    def point(self) -> bool:
        """Whether it is one constant."""
        return self.low is not None and self.low == self.high

    @property
    def rank(self) -> int:
        """How unnatural it is as an example: something between two constants shows most."""
        if self.example is None:
            return 4
        if literal(self.example).startswith(("-", '@"-')):
            return 3
        if self.point:
            return 1
        if self.other or self.low is None or self.high is None:
            return 2
        return 2 if self.kind == "string" else 0


def literal(value: Any) -> str:
    """A scalar value as a literal of FEEL."""
    written = temporal.text_of(value)
    return f'@"{written}"' if written is not None else text_of(Run(lambda name: None, None), value)


def kind_of(value: Any) -> str | None:
    """The kind of a scalar value, finer than FEEL's type: with or without a zone; None for other values."""
    sort = SORTS.get(type(value)) or _KINDS.get(type(value))
    zoned = sort in ("time", "date and time") and value.tzinfo is not None
    return f"{sort}{ZONE}" if zoned else sort


def partner_of(kind: str) -> str:
    """The same kind with a zone, or without."""
    return kind.removesuffix(ZONE) if kind.endswith(ZONE) else f"{kind}{ZONE}"


_KINDS: Final[dict[type, str]] = {
    bool: "boolean",
    Decimal: "number",
    str: "string",
    YearMonthDuration: "years and months duration",
}

#: Kinds of a FEEL type; the first is what a column without constants gets.
KINDS_OF_TYPE: Final[dict[str, tuple[str, ...]]] = {
    "number": ("number",),
    "string": ("string",),
    "boolean": ("boolean",),
    "date": ("date",),
    "date and time": ("date and time", "date and time with zone"),
    "time": ("time", "time with zone"),
    "days and time duration": ("days and time duration",),
    "years and months duration": ("years and months duration",),
    "duration": ("days and time duration", "years and months duration"),
}
SAMPLES: Final[dict[str, Any]] = {
    "boolean": True,
    "number": Decimal(1),
    "string": OTHER,
    "date": date(2026, 1, 1),
    "date and time": datetime(2026, 1, 1, 9),  # noqa: DTZ001 (the sort without a zone)
    "date and time with zone": datetime(2026, 1, 1, 9, tzinfo=UTC),
    "time": time(9),
    "time with zone": time(9, tzinfo=UTC),
    "days and time duration": timedelta(days=1),
    "years and months duration": YearMonthDuration(1),
}


def atoms_of(kind: str, constants: list[Any], *, whole: bool = False) -> list[Atom]:
    """All atoms of a kind, in order, as the constants cut it.

    Args:
        whole: only whole numbers are to be expected.
    """
    if kind == "boolean":
        return [Atom(value, kind, value, value, place=2 * value) for value in (True, False)]
    cuts = {place_of(kind, value): value for value in reversed(constants)}
    if not cuts:
        return [Atom(SAMPLES[kind], kind)]
    ends: list[Any] = [None, *(cuts[place] for place in sorted(cuts)), None]
    atoms: list[Atom] = []
    for low, high in pairwise(ends):
        inner = between(kind, low, high, constants, whole=whole)
        if inner is not None:
            atoms.append(Atom(inner[0], kind, low, high, len(atoms), shown=inner[1]))
        if high is not None and not (whole and not is_whole(high)):
            atoms.append(Atom(high, kind, high, high, len(atoms)))
    return atoms
