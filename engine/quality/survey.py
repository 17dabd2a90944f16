"""The monthly survey of the staff (SLA-34, K24): who has answered is kept, and what was answered, but nothing between.

Neither person nor time stands by an answer, the history has no event of it, and rows order by random ids.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from engine import access
from engine.clock import from_microseconds, to_microseconds
from engine.errors import InvalidValue, NotAllowed, StepError
from engine.model import Actor, Event
from engine.quality import appraisals, weeks, words
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import survey_answer, survey_evaluation, survey_turn, user

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What those who lead make of a month's answers."""

    month: str
    text: str
    written_by_name: str
    written_at: datetime


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
        raise InvalidValue("Please give each question 1 to 5 points.", message_zh="请给每个问题选 1 到 5 分。")
    if len(text.strip()) > words.MAX_TEXT:
        raise InvalidValue(
            f"The text may have {words.MAX_TEXT} characters. Please shorten it.",
            message_zh=f"意见最长 {words.MAX_TEXT} 字。",
        )
    month = weeks.month_of(now)
    if has_answered(tx.connection, actor, month):
        raise StepError(
            "You have answered this month's survey already; everybody answers once.",
            message_zh="您已经填过本月的问卷,每人一份。",
        )
    try:
        tx.connection.execute(insert(survey_turn).values(month=month, person=actor.id))
    except IntegrityError as problem:
        raise StepError(
            "You have answered this month's survey already; everybody answers once.",
            message_zh="您已经填过本月的问卷,每人一份。",
        ) from problem
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


def count_answers(connection: Connection, month: str) -> int:
    """How many have answered."""
    query = select(func.count()).select_from(survey_answer).where(survey_answer.c.month == month)
    return int(connection.execute(query).scalar_one())


# --- what is made of it --------------------------------------------------------------------------


def may_evaluate(actor: Actor) -> bool:
    """Who leads people (P17) and reads the results."""
    return may_read(actor) and appraisals.writes(actor)


def find_evaluation(connection: Connection, month: str) -> Evaluation | None:
    """A month's; None: nobody has written it yet."""
    return _found(connection, survey_evaluation.c.month == month)


def find_newest_evaluation(connection: Connection) -> Evaluation | None:
    """That of the newest month that has one."""
    newest = select(func.max(survey_evaluation.c.month)).scalar_subquery()
    return _found(connection, survey_evaluation.c.month == newest)


def _found(connection: Connection, which: ColumnElement[bool]) -> Evaluation | None:
    query = select(survey_evaluation, user.c.name).outerjoin(user, user.c.id == survey_evaluation.c.written_by)
    row = connection.execute(query.where(which)).one_or_none()
    if row is None:
        return None
    at = from_microseconds(row.written_at)
    return Evaluation(month=row.month, text=row.text, written_by_name=row.name or row.written_by, written_at=at)


def evaluate(tx: Transaction, month: str, actor: Actor, text: str, *, now: datetime) -> None:
    """Write, once, what a month's answers come to and what is done about it; those who answer read it.

    Raises:
        NotAllowed: the actor leads nobody.
        InvalidValue: the text is missing or too long, the month is not over, or there are too few answers.
        StepError: somebody has written it.
    """
    if not may_evaluate(actor):
        raise NotAllowed(f"{actor.id} evaluates no survey")
    said = text.strip()
    if not said or len(said) > words.MAX_TEXT:
        raise InvalidValue("the evaluation is missing", message_zh=f"请填写评估和改进,最长 {words.MAX_TEXT} 字。")
    if month >= weeks.month_of(now):
        raise InvalidValue("the month is not over", message_zh="这个月还没有过完,月底以后再评估。")
    if count_answers(tx.connection, month) < LEAST:
        raise InvalidValue("there are too few answers", message_zh=f"不满 {LEAST} 份答卷,没有结果可评估。")
    if find_evaluation(tx.connection, month) is not None:
        raise StepError("it is evaluated", message_zh="这个月的问卷已经评估过,请刷新页面。")
    row = {"month": month, "text": said, "written_by": actor.id, "written_at": to_microseconds(now)}
    tx.connection.execute(insert(survey_evaluation).values(row))
    event = Event(kind="survey.evaluated", value={"month": month, "text": said})
    append_system(tx, [event], at=now, actor=actor.id)
