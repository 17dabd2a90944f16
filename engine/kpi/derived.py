"""Indicators made of others: means of scores, changes between periods, what is counted per order or per day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from sqlalchemy import select

from engine.kpi.board import Board
from engine.kpi.formulas import mean, score_of, share_of
from engine.kpi.periods import Span, today_of
from engine.kpi.readings import TOTAL, Part, Reading, Readings, none_of
from engine.kpi.recipes import FirstOf, How, OfFacts, OfFigures, Recipe
from engine.kpi.scores import SALES_TARGET
from engine.store.tables import survey_answer

_THOUSAND: Final = Decimal(1000)
#: Of the survey: a mark is 1 to 5; fewer answers would tell who said what.
_POINTS_A_MARK: Final = 20
_FEWEST_ANSWERS: Final = 5


@dataclass(frozen=True, slots=True)
class OrdersNamed:
    """Of orders that name their agent (P): nothing for anybody while no order of the period names one."""

    facts: str
    how: How

    def read(self, board: Board) -> Readings:
        """The total counts orders without an agent too."""
        people, _ = board.tallies(self.facts)
        readings = dict(OfFacts(self.facts, self.how).read(board))
        named = any(tally.weight for person, tally in people.items() if person)
        for key in readings:
            if (key != TOTAL and not named) or (key == TOTAL and not board.tallies(self.facts)[1].weight):
                readings[key] = none_of(f"缺少:{board.period.name}的订单(带客服)")
        return readings


#: How many orders were paid: imported figures, else orders.
PAID_ORDERS: Final[Recipe] = FirstOf((OfFigures("paid_orders"), OrdersNamed("orders", How.COUNT)))
PAID_AMOUNT: Final[Recipe] = FirstOf((OfFigures("paid_amount"), OrdersNamed("order_amounts", How.MONEY)))


@dataclass(frozen=True, slots=True)
class OrderValue:
    """K04 of orders: their amount by the customers who paid."""

    def read(self, board: Board) -> Readings:
        """Customers are counted once."""
        amounts = OrdersNamed("order_amounts", How.MONEY).read(board)
        buyers = OrdersNamed("customers", How.COUNT).read(board)
        return {key: quotient(amounts[key], buyers[key]) for key in board.keys}


@dataclass(frozen=True, slots=True)
class PerOrder:
    """So much of something for each paid order."""

    upper: Recipe
    shop_only: bool = False

    def read(self, board: Board) -> Readings:
        """By the orders of the same people."""
        upper, orders = self.upper.read(board), PAID_ORDERS.read(board)
        found = {key: quotient(upper[key], orders[key]) for key in board.keys}
        if self.shop_only:
            shop = paid_orders_of_shop(board)
            found = {key: none_of("按全店统计") if key != TOTAL else quotient(upper[key], shop) for key in board.keys}
        return found


@dataclass(frozen=True, slots=True)
class PerDay:
    """So many of something on each day of the period that has begun."""

    facts: str

    def read(self, board: Board) -> Readings:
        """Of the shop."""
        _, whole = board.tallies(self.facts, whole_shop=True)
        counted = OfFacts(self.facts, How.COUNT).reading(whole, board)
        days = Decimal(board.period.days_until(today_of(board.now)))
        reading = (
            replace(counted, value=share_of(whole.weight, days), denominator=days)
            if days
            else none_of("期间还没有开始")
        )
        return {key: reading if key == TOTAL else none_of("按全店统计") for key in board.keys}


@dataclass(frozen=True, slots=True)
class MeanOfScores:
    """K14: the mean of the scores of others; one that is missing blocks it."""

    names: tuple[tuple[str, Recipe], ...]

    def read(self, board: Board) -> Readings:
        """Scores by the goals of all agent types."""
        every = {name: recipe.read(board) for name, recipe in self.names}
        return {key: self._mean(board, {name: readings[key] for name, readings in every.items()}) for key in board.keys}

    def _mean(self, board: Board, readings: dict[str, Reading]) -> Reading:
        missing = [f"{name} {one.missing}" for name, one in readings.items() if one.value is None]
        if missing:
            return none_of(";".join(missing))
        scores = []
        for name, one in readings.items():
            goal = board.rules.goal(name)
            if goal is None or one.value is None:
                return none_of(f"{name} 没有目标")
            scores.append(score_of(one.value, goal))
        sources = sorted({source for one in readings.values() for source in one.source.split("+")})
        return Reading(
            value=mean(scores),
            numerator=sum(scores, Decimal(0)),
            denominator=Decimal(len(scores)),
            source="+".join(sources),
            parts=tuple(part for one in readings.values() for part in one.parts),
            provisional=any(one.provisional for one in readings.values()),
        )


@dataclass(frozen=True, slots=True)
class ComplaintDecrease:
    """K23: (complaints by 1000 orders before − now) ÷ before, of the shop."""

    def read(self, board: Board) -> Readings:
        """Against the period before."""
        now, before = self._rate(board), self._rate(board.at(board.period.previous()))
        return {key: self._change(now, before, board) if key == TOTAL else none_of("按全店统计") for key in board.keys}

    def _rate(self, board: Board) -> Reading:
        _, whole = board.tallies("complaints_received", whole_shop=True)
        upper = OfFacts("complaints_received", How.COUNT).reading(whole, board)
        orders = paid_orders_of_shop(board)
        if not orders.value:
            return none_of(orders.missing or f"{board.period.name}没有付款订单")
        return replace(quotient(upper, orders), value=share_of(whole.weight * _THOUSAND, orders.value))

    def _change(self, now: Reading, before: Reading, board: Board) -> Reading:
        if now.value is None or before.value is None:
            return none_of(now.missing if now.value is None else f"上期:{before.missing}")
        if not before.value:
            return none_of(f"上期({board.period.previous().name})没有投诉,无从比较")
        change = share_of(before.value - now.value, before.value)
        return Reading(
            value=change,
            numerator=before.value - now.value,
            denominator=before.value,
            source=now.source,
            parts=now.parts,
        )


@dataclass(frozen=True, slots=True)
class ChangeInAYear:
    """K26: a reading now less that of the same period of the year before."""

    recipe: Recipe

    def read(self, board: Board) -> Readings:
        """In points of the share."""
        now, before = self.recipe.read(board), self.recipe.read(board.at(board.period.year_before()))
        return {key: self._change(now[key], before[key]) for key in board.keys}

    def _change(self, now: Reading, before: Reading) -> Reading:
        if now.value is None or before.value is None:
            return none_of(now.missing if now.value is None else f"去年同期 {before.missing}")
        return replace(now, value=now.value - before.value, numerator=now.value, denominator=None, caveat=now.caveat)


@dataclass(frozen=True, slots=True)
class OfTarget:
    """K37: the amount sold by the monthly sales target."""

    def read(self, board: Board) -> Readings:
        """Over all people: of those who have a target."""
        if board.period.span is not Span.MONTH:
            return dict.fromkeys(board.keys, none_of("按月统计"))
        amounts = PAID_AMOUNT.read(board)
        found: dict[str, Reading] = {}
        upper = lower = Decimal(0)
        complete = True
        for person in board.people:
            target = board.score(SALES_TARGET, person)
            if target is None:
                found[person] = none_of(f"缺少:{board.period.name}的销售目标")
                continue
            goal = Reading(value=target.value, numerator=target.value, source="M")
            found[person] = quotient(amounts[person], goal)
            complete = complete and amounts[person].value is not None
            upper, lower = upper + (amounts[person].value or 0), lower + target.value
        if TOTAL in board.keys:
            found[TOTAL] = none_of(f"缺少:{board.period.name}的销售目标")
            if lower:
                found[TOTAL] = (
                    Reading(value=share_of(upper, lower), numerator=upper, denominator=lower, source="I+M")
                    if complete
                    else none_of("有人缺少成交数据")
                )
        return found


@dataclass(frozen=True, slots=True)
class NowOnly:
    """What can only be told of the present (K35)."""

    recipe: Recipe
    what: str = "未收款"

    def read(self, board: Board) -> Readings:
        """Nothing of a period that is over, or has not begun."""
        today = today_of(board.now)
        if not board.period.first <= today <= board.period.last:
            return dict.fromkeys(board.keys, none_of(f"只统计当前{self.what},请看本期"))
        return self.recipe.read(board)


def paid_orders_of_shop(board: Board) -> Reading:
    """Paid orders of the whole shop: figures, else orders."""
    figure = board.figure("paid_orders", TOTAL, whole_shop=True)
    if figure is not None:
        return Reading(value=figure.value, numerator=figure.value, source="I", days=figure.days)
    _, whole = board.tallies("orders", whole_shop=True)
    if not whole.weight:
        return none_of(f"缺少:{board.period.name}的付款订单")
    return OfFacts("orders", How.COUNT).reading(whole, board)


def quotient(upper: Reading, lower: Reading) -> Reading:
    """One reading by another; no value where either has none, or the second is 0."""
    if upper.value is None or lower.value is None:
        return none_of(upper.missing or lower.missing)
    if not lower.value:
        return none_of("分母为 0")
    below = tuple(_as_denominator(part) for part in lower.parts if part.of == "numerator")
    sources = sorted({*upper.source.split("+"), *lower.source.split("+")})
    days = [one.days for one in (upper, lower) if one.days is not None]
    return Reading(
        value=share_of(upper.value, lower.value),
        numerator=upper.value,
        denominator=lower.value,
        source="+".join(sources),
        parts=(*(part for part in upper.parts if part.of == "numerator"), *below),
        days=min(days, default=None),
        provisional=upper.provisional or lower.provisional,
    )


def _as_denominator(part: Part) -> Part:
    return replace(part, of="denominator")


@dataclass(frozen=True, slots=True)
class OfSurvey:
    """K24 of the anonymous survey: the whole shop's, of a month with enough answers that nobody can be told."""

    def read(self, board: Board) -> Readings:
        """By key; nothing of a person."""
        found = {key: none_of("问卷只有全店的数") for key in board.keys}
        if TOTAL in found:
            found[TOTAL] = self._total(board)
        return found

    def _total(self, board: Board) -> Reading:
        if board.period.span is not Span.MONTH:
            return none_of("问卷按月统计")
        query = select(survey_answer.c.marks).where(survey_answer.c.month == board.period.code)
        answers = list(board.connection.execute(query).scalars())
        if len(answers) < _FEWEST_ANSWERS:
            return none_of(f"缺少:{board.period.name}的问卷(满 {_FEWEST_ANSWERS} 份才统计)")
        marks = [int(mark) for answer in answers for mark in answer]
        points = Decimal(sum(marks)) * _POINTS_A_MARK
        return Reading(
            value=share_of(points, Decimal(len(marks))), numerator=points, denominator=Decimal(len(marks)), source="P"
        )
