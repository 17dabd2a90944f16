"""Lists of checks, and what a week's checks come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, case, func, select

from engine.clock import from_microseconds
from engine.model import Actor
from engine.quality import weeks, words
from engine.quality.checking import sees, verdict_of, when
from engine.quality.form import form_of
from engine.store.tables import quality_check, quality_draw, user

PAGE: Final = 50
_C = quality_check.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A check in a list."""

    id: int
    case_id: str
    process_id: str
    agent: str
    agent_name: str
    week: str
    ended_at: datetime
    why: str
    state: str
    score: int | None
    checked_by_name: str | None
    checked_at: datetime | None
    object_until: datetime | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of them, the newest first; ``next_after`` is the place of the next page, None on the last."""

    lines: tuple[Line, ...]
    next_after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentWeek:
    """What an agent's checks of a week come to."""

    agent: str
    name: str
    closed: int
    checks: int
    done: int
    #: Objections that nobody has decided yet, and all of them.
    objected: int
    objections: int
    #: Mean score of those that are done; None without any.
    mean: float | None
    lowest: int | None


def list_checks(
    connection: Connection,
    actor: Actor,
    *,
    week: str = "",
    agent: str = "",
    state: str = "",
    why: str = "",
    after: int | None = None,
    limit: int = PAGE,
) -> Page:
    """Checks of others that the actor may see, the newest first."""
    query = _lines().order_by(_C.id.desc()).limit(limit + 1)
    for column, wanted in ((_C.week, week), (_C.agent, agent), (_C.state, state), (_C.why, why)):
        query = query.where(column == wanted) if wanted else query
    query = _within(query, words.people_of(actor)).where(_C.agent != actor.id)
    return _page(connection, query, after, limit)


def list_own(connection: Connection, actor: Actor, *, after: int | None = None, limit: int = PAGE) -> Page:
    """The actor's own results, the newest first."""
    query = _lines().where(_C.agent == actor.id, _C.state != words.WAITING).order_by(_C.id.desc()).limit(limit + 1)
    return _page(connection, query, after, limit)


def count_states(connection: Connection, actor: Actor, week: str = "") -> dict[str, int]:
    """How many checks of others are in each state."""
    query = select(_C.state, func.count()).where(_C.agent != actor.id).group_by(_C.state)
    query = query.where(_C.week == week) if week else query
    return {state: int(count) for state, count in connection.execute(_within(query, words.people_of(actor)))}


def read_week(connection: Connection, actor: Actor, week: str) -> tuple[AgentWeek, ...]:
    """A week by agent, by name."""
    weeks.monday_of(week)
    done = _C.state != words.WAITING
    query = (
        select(
            _C.agent,
            user.c.name,
            func.count().label("checks"),
            func.sum(case((done, 1), else_=0)).label("done"),
            func.sum(case((_C.state == words.OBJECTED, 1), else_=0)).label("objected"),
            func.sum(case((_C.objected_at.is_not(None), 1), else_=0)).label("objections"),
            func.avg(_C.score).label("mean"),
            func.min(_C.score).label("lowest"),
        )
        .outerjoin(user, user.c.id == _C.agent)
        .where(_C.week == week)
        .group_by(_C.agent, user.c.name)
        .order_by(user.c.name, _C.agent)
    )
    drawn = select(quality_draw).where(quality_draw.c.week == week)
    closed = {row.agent: row.closed + row.complaints for row in connection.execute(drawn)}
    return tuple(
        AgentWeek(
            agent=row.agent,
            name=row.name or row.agent,
            closed=closed.get(row.agent, 0),
            checks=int(row.checks),
            done=int(row.done),
            objected=int(row.objected),
            objections=int(row.objections),
            mean=None if row.mean is None else float(row.mean),
            lowest=row.lowest,
        )
        for row in connection.execute(_within(query, words.people_of(actor)))
    )


def lost_points(connection: Connection, actor: Actor, week: str) -> list[tuple[str, int, int]]:
    """(item, points lost, checks in which it lost any) of a week, the worst first; breaches lose no item's points."""
    query = select(quality_check).where(_C.week == week, _C.content.is_not(None))
    lost: dict[str, list[int]] = {}
    weights: dict[int, Any] = {}
    for row in connection.execute(_within(query, words.people_of(actor))).all():
        verdict = verdict_of(row)
        if verdict is None or verdict.breach:
            continue
        if row.form not in weights:
            weights[row.form] = form_of(connection, row.form).weights
        for name, points in verdict.points.items():
            if points < weights[row.form][name]:
                lost.setdefault(name, []).append(weights[row.form][name] - points)
    found = [(name, sum(points), len(points)) for name, points in lost.items()]
    return sorted(found, key=lambda one: (-one[1], one[0]))


def list_agents(connection: Connection, actor: Actor) -> list[tuple[str, str]]:
    """(id, name) of those who have checks that the actor may see, by name."""
    query = select(_C.agent, user.c.name).outerjoin(user, user.c.id == _C.agent).where(_C.agent != actor.id).distinct()
    rows = connection.execute(_within(query, words.people_of(actor)).order_by(user.c.name, _C.agent))
    return [(row.agent, row.name or row.agent) for row in rows]


def find_checks(connection: Connection, ids: Iterable[int], actor: Actor) -> dict[int, Row[Any]]:
    """Those of some checks that the actor may see, by id."""
    rows = connection.execute(select(quality_check).where(_C.id.in_(sorted(set(ids)))))
    return {row.id: row for row in rows if sees(actor, row)}


def _lines() -> Select[Any]:
    agent, checker = user.alias(), user.alias()
    return (
        select(quality_check, agent.c.name.label("agent_name"), checker.c.name.label("checker_name"))
        .outerjoin(agent, agent.c.id == _C.agent)
        .outerjoin(checker, checker.c.id == _C.checked_by)
    )


def _within(query: Select[Any], people: frozenset[str] | None) -> Select[Any]:
    return query if people is None else query.where(_C.agent.in_(sorted(people)))


def _page(connection: Connection, query: Select[Any], after: int | None, limit: int) -> Page:
    if after is not None:
        query = query.where(_C.id < after)
    rows = connection.execute(query).all()
    lines = tuple(map(_line, rows[:limit]))
    return Page(lines=lines, next_after=lines[-1].id if len(rows) > limit else None)


def _line(row: Row[Any]) -> Line:
    return Line(
        id=row.id,
        case_id=row.case_id,
        process_id=row.process_id,
        agent=row.agent,
        agent_name=row.agent_name or row.agent,
        week=row.week,
        ended_at=from_microseconds(row.ended_at),
        why=row.why,
        state=row.state,
        score=row.score,
        checked_by_name=row.checker_name or row.checked_by,
        checked_at=when(row.checked_at),
        object_until=when(row.object_until),
        read_at=when(row.read_at),
    )
