"""The weekly sample: of every agent's closed cases five drawn by a seed that anybody can follow, and all complaints."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, insert, literal_column, or_, select

from engine.clock import to_microseconds
from engine.errors import InvalidValue, NotFound
from engine.model import DUTIES, SYSTEM, Actor, Event, InstanceStatus
from engine.notifications import Notice, Occasion, members_of, say, tell
from engine.quality import weeks, words
from engine.quality.checking import waits_until
from engine.queries.visibility import check_case
from engine.store.database import Database, Transaction
from engine.store.streams import append_system
from engine.store.tables import membership, process_instance, quality_check, quality_draw
from engine.worktime import Calendar

_COMPLETED: ColumnElement[Any] = literal_column("'completed'")
_ROOT: ColumnElement[Any] = literal_column("0")
#: That stands for the week as a whole.
NOBODY = ""


def draw_due(db: Database, now: datetime, calendar: Calendar | None = None) -> None:
    """Draw the weeks that are over and were not drawn yet; any number of processes may look.

    Weeks from before the first closed case are nobody's; of those missed the last few are made up for.
    """
    here = weeks.week_of(now)
    over = [weeks.shifted(here, -back) for back in range(words.WEEKS_BACK, 0, -1)]
    with db.read() as connection:
        done = select(quality_draw.c.week).where(quality_draw.c.week.in_(over), quality_draw.c.agent == NOBODY)
        drawn = set(connection.execute(done).scalars())
    for week in over:
        if week not in drawn:
            with db.begin() as tx:
                draw_week(tx, week, now, calendar)


def draw_week(tx: Transaction, week: str, now: datetime, calendar: Calendar | None = None) -> int:
    """Draw a week that is over, unless it is drawn; gives how many cases are to be checked.

    Args:
        tx: the caller's transaction.
        week: 2026-W47.
        now: aware UTC.
        calendar: whose working days there are for checking; None: the public one.
    """
    done = select(quality_draw.c.week).where(quality_draw.c.week == week, quality_draw.c.agent == NOBODY)
    if tx.connection.execute(done).first() is not None:
        return 0
    by_agent: dict[str, list[Row[Any]]] = {}
    for row in _closed(tx.connection, week):
        by_agent.setdefault(row.owner, []).append(row)
    checked = 0
    for agent, rows in sorted(by_agent.items()):
        checked += _draw_agent(tx, week, agent, rows, now, calendar)
    _keep_draw(tx, week, NOBODY, "", sum(map(len, by_agent.values())), checked, 0, now)
    if checked:
        value = {"week": week, "cases": checked, "agents": sorted(by_agent)}
        append_system(tx, [Event(kind="quality.drawn", value=value)], at=now, actor=SYSTEM.id)
        text = say("quality_drawn", week=weeks.said_week(week), count=checked)
        notice = Notice(occasion=Occasion.QUALITY, text=text, page=f"/quality?week={week}", once=f"quality-draw:{week}")
        tell(tx, members_of(tx.connection, ["supervisor"]), notice, at=now)
    return checked


def _closed(connection: Connection, week: str) -> list[Row[Any]]:
    """Requests of customers that ended by themselves in the week, with agents for owners."""
    since, until = weeks.bounds_of(week)
    column = process_instance.c
    of_agent = exists().where(membership.c.user == column.owner, membership.c.group.in_(sorted(words.AGENTS)))
    query = select(column.case_id, column.process_id, column.owner, column.ended_at).where(
        column.status == _COMPLETED,
        column.depth == _ROOT,
        column.ended_at >= since,
        column.ended_at < until,
        or_(column.process_id == words.COMPLAINT, and_(_talks(column.process_id), of_agent)),
        column.owner != SYSTEM.id,
    )
    return list(connection.execute(query.order_by(column.key)))


def _talks(process: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(process.not_in(words.NOT_CHECKED), *(process.not_like(f"{one}%") for one in DUTIES))


def _draw_agent(
    tx: Transaction, week: str, agent: str, rows: list[Row[Any]], now: datetime, calendar: Calendar | None
) -> int:
    seed = seed_of(week, agent)
    complaints = [row for row in rows if row.process_id == words.COMPLAINT]
    others = [row for row in rows if row.process_id != words.COMPLAINT]
    drawn = sorted(others, key=lambda row: place_of(seed, row.case_id))[: words.PER_WEEK]
    known = {row.case_id for row in rows}
    taken = set(
        tx.connection.execute(
            select(quality_check.c.case_id).where(quality_check.c.case_id.in_(sorted(known)))
        ).scalars()
    )
    new = [(row, "complaint") for row in complaints] + [(row, "drawn") for row in drawn]
    values = [_row(row, agent, why, None, now, calendar) for row, why in new if row.case_id not in taken]
    if values:
        tx.connection.execute(insert(quality_check), values)
    _keep_draw(tx, week, agent, seed, len(others), len(drawn), len(complaints), now)
    return len(values)


def seed_of(week: str, agent: str) -> str:
    """What an agent's cases of a week are drawn by: the same for whoever draws again."""
    return hashlib.sha256(f"{week}|{agent}".encode()).hexdigest()


def place_of(seed: str, case_id: str) -> str:
    """A case's place in the draw: the first ones are taken."""
    return hashlib.sha256(f"{seed}|{case_id}".encode()).hexdigest()


def _keep_draw(
    tx: Transaction, week: str, agent: str, seed: str, closed: int, drawn: int, complaints: int, now: datetime
) -> None:
    row = {"week": week, "agent": agent, "seed": seed, "closed": closed, "drawn": drawn, "complaints": complaints}
    tx.connection.execute(insert(quality_draw).values(**row, drawn_at=to_microseconds(now)))


def _row(
    row: Row[Any], agent: str, why: str, by: str | None, now: datetime, calendar: Calendar | None
) -> dict[str, Any]:
    return {
        "case_id": row.case_id,
        "process_id": row.process_id,
        "agent": agent,
        "week": weeks.week_of(row.ended_at),
        "ended_at": row.ended_at,
        "why": why,
        "added_by": by,
        "added_at": to_microseconds(now),
        "state": words.WAITING,
        **waits_until(weeks.due_of_sample(now, calendar), calendar),
    }


def add_case(tx: Transaction, case_id: str, actor: Actor, *, now: datetime, calendar: Calendar | None = None) -> int:
    """Have a closed case checked; gives the check's id, the one that is there when there is one (P19).

    Raises:
        NotFound: there is no such case to the actor.
        InvalidValue: it is not over, it is nobody's, or it is the actor's own.
    """
    check_case(tx.connection, case_id, actor)
    column = process_instance.c
    found: Select[Any] = select(column.case_id, column.process_id, column.owner, column.ended_at, column.status)
    found = found.where(column.case_id == case_id, column.depth == 0)
    row = tx.connection.execute(found).one_or_none()
    if row is None:
        raise NotFound(f"there is no case {case_id[:20]!r}", message_zh="没有这个工单,或您没有权限。")
    known = select(quality_check.c.id).where(quality_check.c.case_id == case_id)
    there: int | None = tx.connection.execute(known).scalar_one_or_none()
    if there is not None:
        return there
    if row.status != InstanceStatus.COMPLETED.value or row.ended_at is None:
        raise InvalidValue(
            "The case is not over yet; it can be checked when it is.", message_zh="工单还没有办结,办结后才能质检。"
        )
    if row.owner == SYSTEM.id:
        raise InvalidValue("The case has no owner and cannot be checked.", message_zh="这张工单没有负责人,不能质检。")
    if row.owner == actor.id:
        raise InvalidValue(
            "You cannot add your own case to the checks. Somebody else has to.",
            message_zh="不能把自己的工单加入质检,请由他人加入。",
        )
    within = words.people_of(actor)
    if within is not None and row.owner not in within:
        raise InvalidValue(
            "The owner of this case is of another team. Please ask their supervisor to add it.",
            message_zh="这张工单的负责人是别的小组的,请由该组主管加入。",
        )
    values = _row(row, row.owner, "hand", actor.id, now, calendar)
    made: int = tx.connection.execute(insert(quality_check).values(values).returning(quality_check.c.id)).scalar_one()
    value = {"check": made, "case_id": case_id, "agent": row.owner}
    append_system(tx, [Event(kind="quality.added", value=value)], at=now, actor=actor.id)
    return made
