"""How readings are made of facts, figures and scores: quotients, means, sums, and one source behind another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

from engine.clock import SHANGHAI
from engine.kpi.board import Board
from engine.kpi.facts import FACTS, Side, Tally
from engine.kpi.figures import BY_NAME, KIND_NAMES, KIND_OF, FigureSum, FigureUnit
from engine.kpi.formulas import share_of
from engine.kpi.readings import TOTAL, From, Part, Reading, Readings, none_of

_CENTS: Final = Decimal(100)
#: So begins why there is no value where somebody has to bring figures.
_LACKING: Final = "缺少"


class Recipe(Protocol):
    """Makes the readings of an indicator."""

    def read(self, board: Board) -> Readings:
        """For every key of the board."""


class How(StrEnum):
    """What becomes of Σ hit and Σ weight."""

    SHARE = "share"
    MEAN = "mean"
    COUNT = "count"
    #: Σ hit, in 分.
    MONEY = "money"
    #: Σ hit as it is.
    SUM = "sum"


@dataclass(frozen=True, slots=True)
class OfFacts:
    """Of the platform's own rows (P)."""

    facts: str
    how: How = How.SHARE
    #: The name of the bound for whose days behind the period later facts may still change it.
    settles: str = ""
    #: Only the shop's sum means something.
    shop_only: bool = False

    def read(self, board: Board) -> Readings:
        """Sums by person, made once."""
        people, whole = board.tallies(self.facts, whole_shop=self.shop_only)
        return {
            key: _by_shop()
            if self.shop_only and key != TOTAL
            else self.reading(whole if key == TOTAL else people.get(key, Tally()), board)
            for key in board.keys
        }

    def reading(self, tally: Tally, board: Board) -> Reading:
        """One of them."""
        facts = FACTS[self.facts]
        rows = Part(of="denominator", kind=From.FACTS, id=facts.id, side=Side.ALL, count=tally.weight, name=facts.name)
        if self.how is How.COUNT:
            counted = replace(rows, of="numerator")
            return Reading(value=tally.weight, numerator=tally.weight, source="P", parts=(counted,))
        if self.how is How.SUM:
            return Reading(value=tally.hit, numerator=tally.hit, source="P", parts=(replace(rows, of="numerator"),))
        if self.how is How.MONEY:
            amount = tally.hit / _CENTS
            return Reading(value=amount, numerator=amount, source="P", parts=(replace(rows, of="numerator"),))
        if not tally.weight:
            return none_of(f"本期没有{facts.name}")
        parts: tuple[Part, ...] = (rows,)
        if self.how is How.SHARE:
            parts = (replace(rows, of="numerator", side=Side.HIT, count=tally.hit), rows)
        return Reading(
            value=share_of(tally.hit, tally.weight),
            numerator=tally.hit,
            denominator=tally.weight,
            source="P",
            parts=parts,
            provisional=bool(self.settles) and _settles_later(board, self.settles),
        )


@dataclass(frozen=True, slots=True)
class OfFigures:
    """Of imported figures (I): a quotient of two, or the first alone."""

    numerator: str
    denominator: str = ""

    def read(self, board: Board) -> Readings:
        """By person, and over them all."""
        return {key: self._reading(board, key) for key in board.keys}

    def _reading(self, board: Board, key: str) -> Reading:
        upper = board.figure(self.numerator, key)
        lower = board.figure(self.denominator, key) if self.denominator else None
        if upper is None or (self.denominator and lower is None):
            missing = self.numerator if upper is None else self.denominator
            return none_of(f"缺少:{KIND_NAMES[KIND_OF[missing]]} {board.period.name}({BY_NAME[missing].label})")
        parts = (_figure_part("numerator", self.numerator, upper),)
        if lower is None:
            value = in_unit(self.numerator, upper.value)
            return Reading(value=value, numerator=value, source="I", parts=parts, days=upper.days)
        if not lower.value:
            return none_of(f"本期{BY_NAME[self.denominator].label}为 0")
        above, below = in_unit(self.numerator, upper.value), in_unit(self.denominator, lower.value)
        return Reading(
            value=share_of(above, below),
            numerator=above,
            denominator=below,
            source="I",
            parts=(*parts, _figure_part("denominator", self.denominator, lower)),
            days=min(upper.days, lower.days),
        )


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The first source that has a value for somebody; what is missing is said of the first."""

    recipes: tuple[Recipe, ...]

    def read(self, board: Board) -> Readings:
        """Later sources are read only where an earlier one is missing for somebody."""
        found: dict[str, Reading] = {}
        for recipe in self.recipes:
            if all(key in found and found[key].value is not None for key in board.keys):
                break
            for key, reading in recipe.read(board).items():
                known = found.get(key)
                if known is None or (known.value is None and reading.value is not None):
                    found[key] = reading
                elif known.value is None:
                    found[key] = none_of(f"{known.missing};{reading.missing}")
        return found


@dataclass(frozen=True, slots=True)
class Together:
    """Quotients whose numerators and denominators add up; one that is missing is named."""

    recipes: tuple[Recipe, ...]

    def read(self, board: Board) -> Readings:
        """By key."""
        every = [recipe.read(board) for recipe in self.recipes]
        return {key: self._sum([readings[key] for readings in every]) for key in board.keys}

    def _sum(self, readings: list[Reading]) -> Reading:
        there = [one for one in readings if one.value is not None]
        missing = ";".join(one.missing for one in readings if one.value is None)
        if not there:
            return none_of(missing)
        # A source that has nothing in the period leaves nothing out; one that nobody has brought does.
        left_out = ";".join(one.missing for one in readings if one.missing.startswith(_LACKING))
        upper = sum((one.numerator or Decimal(0) for one in there), Decimal(0))
        lower = sum((one.denominator or Decimal(0) for one in there), Decimal(0))
        days = [one.days for one in there if one.days is not None]
        return Reading(
            value=share_of(upper, lower),
            numerator=upper,
            denominator=lower,
            source="+".join(sorted({one.source for one in there})),
            parts=tuple(
                part for of in ("numerator", "denominator") for one in there for part in one.parts if part.of == of
            ),
            days=min(days, default=None),
            caveat=f"未含:{left_out}" if left_out else "",
            provisional=any(one.provisional for one in there),
        )


@dataclass(frozen=True, slots=True)
class OfScores:
    """Of what was entered by hand (M); over all people their mean."""

    id: str

    def read(self, board: Board) -> Readings:
        """Only of a month."""
        scores = {person: board.score(self.id, person) for person in board.people}
        found: dict[str, Reading] = {}
        why = f"缺少:{board.period.name}的评分" if board.period.span == "month" else "按月评分"
        for person, score in scores.items():
            part = Part(of="numerator", kind=From.SCORES, id=self.id, side="all", count=Decimal(1), name="评分")
            found[person] = (
                none_of(why)
                if score is None
                else Reading(value=score.value, numerator=score.value, source="M", parts=(part,))
            )
        there = [score.value for score in scores.values() if score is not None]
        if TOTAL in board.keys:
            total, count = sum(there, Decimal(0)), Decimal(len(there))
            part = Part(of="denominator", kind=From.SCORES, id=self.id, side="all", count=count, name="评分")
            found[TOTAL] = (
                Reading(value=share_of(total, count), numerator=total, denominator=count, source="M", parts=(part,))
                if there
                else none_of(why)
            )
        return found


@dataclass(frozen=True, slots=True)
class ByGroup:
    """One recipe for people who are of the group (and of none of the others), another for the rest and for all."""

    group: str
    but: str
    recipe: Recipe
    others: Recipe

    def read(self, board: Board) -> Readings:
        """By what people do."""
        own, rest = self.recipe.read(board), self.others.read(board)
        members = board.circle.members
        found = {
            key: own[key] if key != TOTAL and self._is_of(members[key].groups) else rest[key] for key in board.keys
        }
        if TOTAL in found and found[TOTAL].value is None:
            found[TOTAL] = own[TOTAL]
        return found

    def _is_of(self, groups: frozenset[str]) -> bool:
        return self.group in groups and self.but not in groups


def in_unit(name: str, value: Decimal) -> Decimal:
    """A figure as people write it: amounts in 元."""
    return value / _CENTS if BY_NAME[name].unit is FigureUnit.MONEY else value


def _figure_part(of: str, name: str, found: FigureSum) -> Part:
    return Part(
        of=of, kind=From.FIGURES, id=name, side="all", count=in_unit(name, found.value), name=BY_NAME[name].label
    )


def _by_shop() -> Reading:
    return none_of("按全店统计")


def _settles_later(board: Board, bound: str) -> bool:
    settled = board.period.ends_at + timedelta(days=board.rules.bound(bound))
    return board.now.astimezone(SHANGHAI) < settled
