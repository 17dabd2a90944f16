"""What an indicator reads for somebody and a period: a value with where it comes from, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

#: The key of the sum over all people.
TOTAL: Final = ""


class Unit(StrEnum):
    """How a value is written."""

    SHARE = "share"
    SECONDS = "seconds"
    NUMBER = "number"
    #: 元.
    MONEY = "money"
    POINTS = "points"


class From(StrEnum):
    """What lies behind a number."""

    FACTS = "facts"
    FIGURES = "figures"
    SCORES = "scores"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One side of a fraction, and the list behind it."""

    #: numerator or denominator.
    of: str
    kind: From
    #: Id of the facts, names of the figures joined by commas, or id of the indicator that was entered.
    id: str
    #: Which rows, of facts: all, hit or miss.
    side: str
    #: What the list has: rows of facts, or the sum of the figures.
    count: Decimal
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A value, or why there is none; shares as 0–1, times in seconds, amounts in 元."""

    value: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    #: P, I, M, or several joined by +.
    source: str = ""
    #: Why there is no value, in Chinese; "" where there is one.
    missing: str = ""
    #: What the value leaves out, in Chinese.
    caveat: str = ""
    parts: tuple[Part, ...] = ()
    #: On how many days of the period figures were imported; None: it is not made of figures.
    days: int | None = None
    #: Later facts may still change it although the period is over.
    provisional: bool = False


#: Account (or TOTAL) → reading.
Readings = Mapping[str, Reading]


def none_of(why: str) -> Reading:
    """No value, and why."""
    return Reading(value=None, missing=why)
