"""The arithmetic of an assessment: scores from floors and targets, and their weighted sum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Final

_HUNDRED: Final = Decimal(100)
_CENT: Final = Decimal("0.01")
_DIGITS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Where the score of an indicator is 0, and from where on it is 100; a lower target means lower is better."""

    floor: Decimal
    target: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """The weights of an agent type."""

    #: Indicator → weight, multiplied by the commission.
    multiplied: Mapping[str, Decimal]
    #: Indicator → weight, added.
    added: Mapping[str, Decimal]

    @property
    def terms(self) -> tuple[str, ...]:
        """The indicators, in order."""
        return (*self.multiplied, *(name for name in self.added if name not in self.multiplied))


def score_of(value: Decimal, goal: Goal) -> Decimal:
    """s = clamp(100·(x − floor)/(target − floor), 0, 100), exact to 40 digits; 100 at a goal without a span."""
    if goal.target == goal.floor:
        return _HUNDRED
    with localcontext() as context:
        context.prec = _DIGITS
        raw = _HUNDRED * (value - goal.floor) / (goal.target - goal.floor)
    return min(max(raw, Decimal(0)), _HUNDRED)


def total_of(formula: Formula, scores: Mapping[str, Decimal], commission: Decimal) -> Decimal:
    """commission × Σ w·s over the multiplied group + Σ w·s over the added one, rounded to hundredths.

    Raises:
        KeyError: a score is missing; the caller blocks the sheet then.
    """
    with localcontext() as context:
        context.prec = _DIGITS
        multiplied = sum((weight * scores[name] for name, weight in formula.multiplied.items()), Decimal(0))
        added = sum((weight * scores[name] for name, weight in formula.added.items()), Decimal(0))
        return (commission * multiplied + added).quantize(_CENT, ROUND_HALF_UP)


def commission_of(share: Decimal, tiers: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """The factor of a share of the monthly target: that of the last tier that begins at it or below.

    Raises:
        ValueError: no tier begins that low.
    """
    found = [factor for start, factor in sorted(tiers) if start <= share]
    if not found:
        raise ValueError(f"no tier for {share}")
    return found[-1]


def mean(values: Iterable[Decimal]) -> Decimal:
    """The mean, exact to 40 digits.

    Raises:
        ZeroDivisionError: there are none.
    """
    found = list(values)
    with localcontext() as context:
        context.prec = _DIGITS
        return sum(found, Decimal(0)) / len(found)


def share_of(part: Decimal, whole: Decimal) -> Decimal:
    """A quotient, exact to 28 digits.

    Raises:
        ZeroDivisionError: the whole is 0.
    """
    if not whole:
        raise ZeroDivisionError("an empty denominator has no value")
    return part / whole
