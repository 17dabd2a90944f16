"""The monthly survey of the staff (SLA-34, K24): who has answered is kept, and what was answered, but nothing between.

Neither person nor time stands by an answer, the history has no event of it, and rows order by random ids.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from engine import access
from engine.errors import InvalidValue, NotAllowed, StepError
from engine.model import Actor
from engine.quality import weeks, words
from engine.store.database import Transaction
from engine.store.tables import survey_answer, survey_turn

QUESTIONS: Final = (
    "工作量和排班合理",
    "遇到难题时能及时得到帮助",
    "流程、话术和系统好用",
    "考评公平,反馈有用",
    "愿意在这里继续工作",
)
#: Fewer answers are shown to nobody: they would tell who said what.
LEAST: Final = 5
MOST_MARK: Final = 5
#: A mark of five is 100 points.
_POINTS_A_MARK: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What a month's survey came to; None and empty while there are too few answers."""

    month: str
    count: int
    #: Mean in points of 100.
    score: float | None
    #: Mean marks, 1 to 5, by question.
    means: tuple[float, ...]
    #: In the order of random ids.
    texts: tuple[str, ...]


def may_answer(actor: Actor) -> bool:
    """The people of customer service."""
    return not actor.groups.isdisjoint(words.AGENTS)


def may_read(actor: Actor) -> bool:
    """P16 of more than the own figures."""
    return access.reach(actor, "P16") in (access.Reach.TEAM, access.Reach.YES)


def has_answered(connection: Connection, actor: Actor, month: str) -> bool:
    """Whether the actor has answered this month's."""
    query = select(survey_turn.c.month).where(survey_turn.c.month == month, survey_turn.c.person == actor.id)
    return connection.execute(query).first() is not None


def answer(tx: Transaction, actor: Actor, marks: Sequence[int], text: str, *, now: datetime) -> None:
    """Answer the present month's survey, once.

    Raises:
        NotAllowed: the actor is none of customer service.
        InvalidValue: a mark is missing or out of bounds, or the text is too long.
        StepError: the actor has answered.
    """
    if not may_answer(actor):
        raise NotAllowed(f"{actor.id} is not asked")
    if len(marks) != len(QUESTIONS) or any(not 1 <= mark <= MOST_MARK for mark in marks):
        raise InvalidValue("a mark is missing", message_zh="请给每个问题选 1 到 5 分。")
    if len(text.strip()) > words.MAX_TEXT:
        raise InvalidValue("the text is too long", message_zh=f"意见最长 {words.MAX_TEXT} 字。")
    month = weeks.month_of(now)
    if has_answered(tx.connection, actor, month):
        raise StepError("answered already", message_zh="您已经填过本月的问卷,每人一份。")
    try:
        tx.connection.execute(insert(survey_turn).values(month=month, person=actor.id))
    except IntegrityError as problem:
        raise StepError("answered already", message_zh="您已经填过本月的问卷,每人一份。") from problem
    row = {"id": secrets.token_hex(16), "marks": "".join(map(str, marks)), "text": text.strip()}
    tx.connection.execute(insert(survey_answer).values(month=month, **row))


def read_results(connection: Connection, month: str) -> Results:
    """A month's results; who may read them is asked by the caller."""
    query = select(survey_answer.c.marks, survey_answer.c.text).where(survey_answer.c.month == month)
    rows = connection.execute(query.order_by(survey_answer.c.id)).all()
    if len(rows) < LEAST:
        return Results(month=month, count=len(rows), score=None, means=(), texts=())
    sums = [sum(int(row.marks[number]) for row in rows) for number in range(len(QUESTIONS))]
    means = tuple(total / len(rows) for total in sums)
    return Results(
        month=month,
        count=len(rows),
        score=sum(sums) / len(rows) / len(QUESTIONS) * _POINTS_A_MARK,
        means=means,
        texts=tuple(row.text for row in rows if row.text),
    )
