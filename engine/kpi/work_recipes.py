"""Recipes of the indicators of the work itself: one sum by another, and what most rows do not exceed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.kpi.board import Board
from engine.kpi.derived import quotient
from engine.kpi.facts import FACTS, Side
from engine.kpi.readings import TOTAL, From, Part, Reading, Readings, none_of
from engine.kpi.recipes import Recipe


@dataclass(frozen=True, slots=True)
class ByEach:
    """One sum by another, of the same people."""

    upper: Recipe
    lower: Recipe
    #: What is missing where the second is 0.
    lacking: str

    def read(self, board: Board) -> Readings:
        """By key."""
        upper, lower = self.upper.read(board), self.lower.read(board)
        return {
            key: quotient(upper[key], lower[key]) if lower[key].value else none_of(f"本期没有{self.lacking}")
            for key in board.keys
        }


@dataclass(frozen=True, slots=True)
class Percentile:
    """The least value that so many hundredths of the rows do not exceed (M11)."""

    facts: str
    hundredths: int

    def read(self, board: Board) -> Readings:
        """Of each person's rows, and of all."""
        rows = board.rows(self.facts)
        found: dict[str, Reading] = {}
        for key in board.keys:
            values = sorted(value for person, value in rows if key in (person, TOTAL))
            found[key] = self._reading(values)
        return found

    def _reading(self, values: list[Decimal]) -> Reading:
        facts, count = FACTS[self.facts], Decimal(len(values))
        if not values:
            return none_of(f"没有{facts.name}")
        value = values[-(-len(values) * self.hundredths // 100) - 1]
        part = Part(of="denominator", kind=From.FACTS, id=facts.id, side=Side.ALL, count=count, name=facts.name)
        return Reading(value=value, numerator=value, denominator=count, source="P", parts=(part,))
