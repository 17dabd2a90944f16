"""Confirms assessment sheets, takes a confirmation back, and notes that the person has read it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import delete, insert, select, update

from engine.clock import to_microseconds
from engine.errors import InvalidValue, NotFound
from engine.kpi.board import Board
from engine.kpi.kept_sheets import HUNDRED, Sheet, content_of
from engine.kpi.sheets import read_sheet
from engine.model import Actor, Event
from engine.notifications import Notice, Occasion, Said, say, tell
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import kpi_sheet

MAX_FEEDBACK: Final = 1000


def confirm_sheet(tx: Transaction, board: Board, person: str, actor: Actor, *, feedback: str) -> Sheet:
    """Keep a month's assessment as it is, and tell the person; P17 is asked by the caller.

    Args:
        tx: the caller's transaction; the board reads by its connection.
        board: of the month, with the people whom the actor assesses.
        person: who is assessed.
        actor: who confirms.
        feedback: what the person is told.

    Raises:
        NotFound: the person is none of the circle, or not assessed.
        InvalidValue: something is missing, the month is not over, it is the actor's own, or it is confirmed.
    """
    sheet = read_sheet(board, person)
    if person == actor.id:
        raise InvalidValue(
            "You cannot confirm your own assessment. Your superior has to.",
            message_zh="不能确认自己的考评,请由上级确认。",
        )
    if sheet.confirmed is not None:
        raise InvalidValue("This assessment is confirmed already.", message_zh="该考评已确认。")
    if board.now < board.period.ends_at:
        raise InvalidValue(
            "The month is not over yet, so nothing can be confirmed.", message_zh="该月还没有结束,不能确认。"
        )
    if sheet.score is None:
        raise InvalidValue(
            "Some data of this month are still missing. The sheet says which.",
            message_zh=f"待补数据:{';'.join(sheet.missing)}"[:300],
        )
    if len(feedback.strip()) > MAX_FEEDBACK:
        raise InvalidValue(
            f"The feedback may have {MAX_FEEDBACK} characters. Please shorten it.",
            message_zh=f"反馈最长 {MAX_FEEDBACK} 字。",
        )
    row = {
        "person": person,
        "month": sheet.month,
        "rules": sheet.rules,
        "score": int(sheet.score * HUNDRED),
        "content": content_of(sheet),
        "feedback": feedback.strip(),
        "confirmed_by": actor.id,
        "confirmed_at": to_microseconds(board.now),
    }
    tx.connection.execute(insert(kpi_sheet).values(row))
    value = {"person": person, "month": sheet.month, "score": sheet.score, "rules": sheet.rules}
    append_system(tx, [Event(kind="kpi_sheet.confirmed", value=value)], at=board.now, actor=actor.id)
    notice = Notice(
        occasion=Occasion.INDICATOR,
        text=say("sheet_confirmed", month=_said_month(board), score=f"{sheet.score:.2f}"),
        page=f"/kpi/scores/{person}?month={sheet.month}",
        once=f"kpi_sheet:{person}:{sheet.month}:{to_microseconds(board.now)}",
    )
    tell(tx, [person], notice, at=board.now, actor=actor.id)
    return read_sheet(board, person)


def _said_month(board: Board) -> Said:
    return Said(board.period.name, f"{board.period.first:%b %Y}")


def withdraw_sheet(tx: Transaction, person: str, month: str, actor: Actor, *, now: datetime, reason: str) -> None:
    """Take a confirmation back, with a reason that stands in the history; who may is asked by the caller.

    Raises:
        NotFound: there is none.
        InvalidValue: the reason is missing.
    """
    if not reason.strip():
        raise InvalidValue("Please write why the confirmation is withdrawn.", message_zh="请写明撤销的原因。")
    row = tx.connection.execute(
        select(kpi_sheet).where(kpi_sheet.c.person == person, kpi_sheet.c.month == month)
    ).one_or_none()
    if row is None:
        raise NotFound("there is no confirmed sheet", message_zh="没有已确认的考评。")
    tx.connection.execute(delete(kpi_sheet).where(kpi_sheet.c.person == person, kpi_sheet.c.month == month))
    value = {
        "person": person,
        "month": month,
        "score": Decimal(row.score) / HUNDRED,
        "confirmed_by": row.confirmed_by,
        "reason": reason.strip()[:MAX_FEEDBACK],
    }
    append_system(tx, [Event(kind="kpi_sheet.withdrawn", value=value)], at=now, actor=actor.id)
    text = say("sheet_withdrawn", month=month, why=reason.strip()[:200])
    notice = Notice(occasion=Occasion.INDICATOR, text=text, page=f"/kpi/scores/{person}?month={month}")
    tell(tx, [person], notice, at=now, actor=actor.id)


def mark_read(tx: Transaction, person: str, month: str, *, now: datetime) -> None:
    """Note that the person has read the own sheet; the first time counts."""
    tx.connection.execute(
        update(kpi_sheet)
        .where(kpi_sheet.c.person == person, kpi_sheet.c.month == month, kpi_sheet.c.read_at.is_(None))
        .values(read_at=to_microseconds(now))
    )
