"""The cases of a back-test one by one: those of a verdict, of an end, of a difference in 元."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, func, select

from engine import canonical
from engine.errors import NotFound
from engine.queries.base import page_size
from engine.rerun import Verdict
from engine.store.tables import backtest_case

_CASE: Final = backtest_case.c
#: 分; null: one of the amounts is not known.
DIFFERENCE: Final = _CASE.paid_after - _CASE.paid_before
#: Rows that are read at once.
_MANY: Final = 500


class Money(StrEnum):
    """What a case would have cost instead."""

    MORE = "more"
    LESS = "less"
    EQUAL = "equal"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAsked:
    """Which cases of a back-test; "" and None: all."""

    verdict: str = ""
    process_id: str = ""
    #: (before, after) as in ``Turned``.
    ends: tuple[str | None, str | None] | None = None
    money: str = ""
    assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """A case of a back-test; amounts in 分, None: not known."""

    n: int
    case_id: str
    process_id: str
    #: None: not run yet.
    verdict: str | None
    end_before: str | None
    end_after: str | None
    paid_before: int | None
    paid_after: int | None
    assumed: bool

    @property
    def difference(self) -> int | None:
        """What would have been paid more, in 分; below 0: less; None: not known."""
        return None if self.paid_before is None or self.paid_after is None else self.paid_after - self.paid_before


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """A case with all that was found: see ``running`` for the keys of ``detail``."""

    line: CaseLine
    detail: Mapping[str, Any]


def list_cases(
    connection: Connection, key: int, asked: CaseAsked, *, after: int | None = None, limit: int = 50
) -> tuple[tuple[CaseLine, ...], int | None]:
    """Cases in their order, and the number behind which the next page begins; None: there is none."""
    size = page_size(limit)
    query = select(backtest_case).where(_CASE.backtest == key, *_rules(asked)).order_by(_CASE.n)
    if after is not None:
        query = query.where(_CASE.n > after)
    rows = connection.execute(query.limit(size + 1)).all()
    lines = tuple(_line(row) for row in rows[:size])
    return lines, lines[-1].n if len(rows) > size else None


def every_case(connection: Connection, key: int, asked: CaseAsked) -> Iterator[CaseResult]:
    """All cases in their order, with what was found: at most as many as a back-test has."""
    query = select(backtest_case).where(_CASE.backtest == key, *_rules(asked)).order_by(_CASE.n)
    for row in connection.execution_options(yield_per=_MANY).execute(query):
        yield _result(row)


def count_cases(connection: Connection, key: int, asked: CaseAsked) -> int:
    """How many cases these are."""
    return connection.execute(select(func.count()).where(_CASE.backtest == key, *_rules(asked))).scalar_one()


def read_case(connection: Connection, key: int, n: int) -> CaseResult:
    """One case of a back-test.

    Raises:
        NotFound: it has no such case.
    """
    row = connection.execute(select(backtest_case).where(_CASE.backtest == key, _CASE.n == n)).one_or_none()
    if row is None:
        raise NotFound(f"back-test {key} has no case {n}", message_zh="这次回测没有这张工单。")
    return _result(row)


def _result(row: Row[Any]) -> CaseResult:
    return CaseResult(line=_line(row), detail={} if row.detail is None else canonical.decode(row.detail))


def _line(row: Row[Any]) -> CaseLine:
    return CaseLine(
        n=row.n,
        case_id=row.case_id,
        process_id=row.process_id,
        verdict=row.verdict,
        end_before=row.end_before,
        end_after=row.end_after,
        paid_before=row.paid_before,
        paid_after=row.paid_after,
        assumed=bool(row.assumed),
    )


def costs(money: Money) -> ColumnElement[bool]:
    """The condition that a row is of this kind."""
    return {
        Money.MORE: DIFFERENCE > 0,
        Money.LESS: DIFFERENCE < 0,
        Money.EQUAL: DIFFERENCE == 0,
        Money.UNKNOWN: DIFFERENCE.is_(None),
    }[money]


def _rules(asked: CaseAsked) -> list[ColumnElement[bool]]:
    rules: list[ColumnElement[bool]] = []
    if asked.verdict:
        rules.append(_CASE.verdict == asked.verdict)
    if asked.process_id:
        rules.append(_CASE.process_id == asked.process_id)
    if asked.ends is not None:
        before, after = asked.ends
        rules += [_CASE.verdict == Verdict.END, _CASE.end_before.is_not_distinct_from(before)]
        rules.append(_CASE.end_after.is_not_distinct_from(after))
    if asked.money in set(Money):
        rules += [costs(Money(asked.money)), _CASE.verdict.is_not(None)]
    if asked.assumed:
        rules.append(_CASE.assumed.is_(True))
    return rules
