"""What supervisors enter by hand for a person and a month (P17): scores, and the monthly sales target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from sqlalchemy import Connection, func, insert, select

from engine.clock import from_microseconds, to_microseconds
from engine.errors import InvalidValue
from engine.kpi.people import Circle
from engine.kpi.periods import Period, Span, month_of, today_of
from engine.model import Actor, Event
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import kpi_score, kpi_sheet

MAX_NOTE: Final = 200
#: The monthly target of sales, in 元.
SALES_TARGET: Final = "sales_target"
_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Entered:
    """One thing that is entered."""

    id: str
    name: str
    #: What is filled in, for people.
    hint: str
    least: Decimal
    most: Decimal


ENTERED: Final[Mapping[str, Entered]] = {
    one.id: one
    for one in (
        Entered("K09", "聊天记录质量", "抽检平均分,0–100", Decimal(0), Decimal(100)),
        Entered("K12", "打字速度", "每分钟字数", Decimal(1), Decimal(600)),
        Entered("K13", "专业知识", "考试得分,0–100", Decimal(0), Decimal(100)),
        Entered("K18", "日常表现", "主管评分,0–100", Decimal(0), Decimal(100)),
        Entered("K24", "员工满意度", "问卷平均,0–100", Decimal(0), Decimal(100)),
        Entered(SALES_TARGET, "月度销售目标", "元", Decimal("0.01"), Decimal(10) ** 9),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What counts for a person and a month."""

    value: Decimal
    note: str
    entered_by: str
    entered_at: datetime
    id: int


def read_scores(connection: Connection, period: Period) -> dict[tuple[str, str], Score]:
    """(indicator, person) → what was entered last for the month; nothing of a period that is no month."""
    if period.span is not Span.MONTH:
        return {}
    newest = (
        select(func.max(kpi_score.c.id))
        .where(kpi_score.c.month == period.code)
        .group_by(kpi_score.c.indicator, kpi_score.c.person)
    )
    rows = connection.execute(select(kpi_score).where(kpi_score.c.id.in_(newest), kpi_score.c.value.is_not(None)))
    return {
        (row.indicator, row.person): Score(
            value=Decimal(row.value) / _HUNDRED,
            note=row.note,
            entered_by=row.entered_by,
            entered_at=from_microseconds(row.entered_at),
            id=row.id,
        )
        for row in rows
    }


def list_entries(
    connection: Connection, indicator: str, person: str, period: Period
) -> list[tuple[Score | None, str, datetime]]:
    """What was entered for a person and a month, the newest first: (score or None where taken back, by whom, when)."""
    rows = connection.execute(
        select(kpi_score)
        .where(kpi_score.c.month == period.code, kpi_score.c.indicator == indicator, kpi_score.c.person == person)
        .order_by(kpi_score.c.id.desc())
    )
    found: list[tuple[Score | None, str, datetime]] = []
    for row in rows:
        at = from_microseconds(row.entered_at)
        score = None
        if row.value is not None:
            value = Decimal(row.value) / _HUNDRED
            score = Score(value=value, note=row.note, entered_by=row.entered_by, entered_at=at, id=row.id)
        found.append((score, row.entered_by, at))
    return found


def read_value(indicator: str, text: str) -> Decimal | None:
    """A typed value; None for an empty field.

    Raises:
        InvalidValue: it is no number within the bounds, or has more than two decimals.
    """
    one = ENTERED[indicator]
    typed = text.strip().replace(",", "").removeprefix("¥")
    if not typed:
        return None
    try:
        value = Decimal(typed)
    except InvalidOperation:
        raise InvalidValue(f"{indicator} must be a number.", message_zh=f"{one.name}须填数字。") from None
    if not value.is_finite() or not one.least <= value <= one.most:
        raise InvalidValue(
            f"{indicator} must lie between {one.least:f} and {one.most:f}.",
            message_zh=f"{one.name}须在 {one.least:f} 到 {one.most:f} 之间。",
        )
    if value != value.quantize(Decimal("0.01")):
        raise InvalidValue(f"{indicator} may have two decimals only.", message_zh=f"{one.name}最多两位小数。")
    return value


def enter_scores(
    tx: Transaction,
    values: Mapping[tuple[str, str], Decimal | None],
    actor: Actor,
    circle: Circle,
    *,
    now: datetime,
    period: Period,
    note: str = "",
) -> int:
    """Enter what has changed; gives how many were. What is None takes an entry back.

    Args:
        tx: the caller's transaction.
        values: (indicator, person) → value.
        actor: who enters.
        circle: the people whom P17 of the actor reaches.
        now: when.
        period: the month.
        note: why, for the history.

    Raises:
        NotFound: somebody is none of the circle.
        InvalidValue: it is the actor's own score, the month has not begun, or the sheet is confirmed.
    """
    if period.first > month_of(today_of(now)).last:
        raise InvalidValue("The month has not begun yet.", message_zh="该月份还没有开始。")
    if len(note) > MAX_NOTE:
        raise InvalidValue(
            f"The note may have {MAX_NOTE} characters. Please shorten it.", message_zh=f"说明最长 {MAX_NOTE} 字。"
        )
    known = read_scores(tx.connection, period)
    changed = []
    for (indicator, person), value in values.items():
        before = known.get((indicator, person))
        if (before.value if before else None) == value:
            continue
        circle.get(person)
        if person == actor.id and indicator != SALES_TARGET:
            raise InvalidValue(
                "You cannot score yourself. Your superior has to.", message_zh="不能给自己评分,请由上级录入。"
            )
        changed.append((indicator, person, value, before))
    refuse_confirmed(tx.connection, {person for _, person, _, _ in changed}, period)
    keep_scores(tx, changed, actor.id, now=now, period=period, note=note.strip())
    return len(changed)


def keep_scores(
    tx: Transaction,
    changed: Sequence[tuple[str, str, Decimal | None, Score | None]],
    by: str,
    *,
    now: datetime,
    period: Period,
    note: str,
) -> None:
    """Write what has been judged: of each (indicator, person, value, what was entered before), with its record."""
    for indicator, person, value, _ in changed:
        kept = None if value is None else int(value * _HUNDRED)
        row = {"month": period.code, "indicator": indicator, "person": person, "value": kept, "note": note}
        tx.connection.execute(insert(kpi_score).values(**row, entered_by=by, entered_at=to_microseconds(now)))
    if changed:
        told = [
            {"indicator": indicator, "person": person, "value": value, "before": before.value if before else None}
            for indicator, person, value, before in changed
        ]
        event = Event(kind="kpi_scores.entered", value={"month": period.code, "scores": told, "note": note})
        append_system(tx, [event], at=now, actor=by)


def refuse_confirmed(connection: Connection, people: set[str], period: Period) -> None:
    """Scores of a confirmed assessment stay as they are.

    Raises:
        InvalidValue: that of one of the people is confirmed.
    """
    confirmed = select(kpi_sheet.c.person).where(
        kpi_sheet.c.month == period.code, kpi_sheet.c.person.in_(sorted(people))
    )
    if connection.execute(confirmed.limit(1)).first() is not None:
        raise InvalidValue(
            "The assessment of this month is confirmed, so its scores cannot change any more.",
            message_zh="该月的考评已确认,不能再改评分。",
        )
