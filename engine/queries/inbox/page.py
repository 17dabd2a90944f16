"""One page of the inbox: places first, from the index alone, then the rows that stand there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, and_, bindparam, func, or_, select
from sqlalchemy.dialects import sqlite

from engine.model import Actor
from engine.queries.base import TASK_ROW, Names, is_open, page_size, task_rows
from engine.queries.inbox.counts import Counts
from engine.queries.inbox.desk import Desk, read_desk
from engine.queries.inbox.order import Place, Reading, place_of, text_of
from engine.queries.inbox.sought import narrowed
from engine.queries.task_views import InboxPage, InboxRow
from engine.queries.turns import in_turn
from engine.queries.visibility import visible_task
from engine.saved_filters import Asked, Sort
from engine.store.tables import comment, process_instance, user_task

if TYPE_CHECKING:
    from engine.definitions import Definitions

_DIALECT = sqlite.dialect(paramstyle="named")


def read_inbox(
    connection: Connection,
    definitions: Definitions,
    actor: Actor,
    asked: Asked,
    *,
    now: datetime,
    counts: Counts,
    also: Mapping[str, Asked],
    after: str | None,
    before: str | None,
    limit: int,
) -> InboxPage:
    """A page of open user tasks with the numbers beside it.

    Args:
        connection: a snapshot.
        definitions: give the names.
        actor: who looks.
        asked: scope, filters and order.
        now: by which due times are judged.
        counts: counts, some of which it remembers for a moment.
        also: further questions whose tasks are counted, by any name.
        after: ``next_after`` of a page: those behind it.
        before: ``previous_before`` of a page: those in front of it.
        limit: rows of a page, 200 at most.

    Raises:
        NotFound: ``after`` or ``before`` is none that a page of this order gave.
    """
    size = page_size(limit)
    start = place_of(before if before is not None else after, asked.sort)
    desk = read_desk(connection, definitions, actor, now)
    cases = narrowed(connection, actor, asked)
    reading = Reading(sort=asked.sort, start=start, backwards=before is not None, limit=size + 1)
    places = _places(connection, desk, asked, cases, reading)
    if reading.backwards and len(places) <= size:  # the list has become shorter in front: the first page is full
        reading = replace(reading, start=None, backwards=False)
        places = _places(connection, desk, asked, cases, reading)
    more = len(places) > size
    shown = places[:size][::-1] if reading.backwards else places[:size]
    behind = more or reading.backwards
    in_front = more if reading.backwards else reading.start is not None
    first = shown[0] if shown else reading.start
    return InboxPage(
        rows=in_turn(_rows(connection, definitions, [place[-1] for place in shown])),
        next_after=text_of(shown[-1]) if shown and behind else None,
        previous_before=None if first is None or not in_front else text_of(first),
        counts=counts.read(connection, desk, asked, also),
    )


def _places(
    connection: Connection, desk: Desk, asked: Asked, cases: Sequence[str] | None, reading: Reading
) -> list[Place]:
    """The places of a page and one more, those of every source merged: none is read further than a page."""
    filters, found = desk.filters(asked), list[Place]()
    texts, inside = desk.texts(asked.scope), desk.in_ranges(asked.scope)
    if cases is not None:
        of_scope = [and_(user_task.c.candidate_groups.in_(texts), inside)] if texts else []
        either = or_(*of_scope, *desk.beside(asked.scope))
        which = [and_(user_task.c.id.in_(_open_tasks_of(cases)), either)]
    else:
        which = desk.beside(asked.scope)
        if reading.sort is Sort.DUE:
            found += _from_ranges(connection, desk, asked, reading.select().where(inside, filters))
        elif texts:
            which = [*which, and_(is_open(by_status=True), user_task.c.candidate_groups.in_(texts), inside)]
    for condition in which:
        found += map(tuple, connection.execute(reading.select().where(condition, filters)))
    return reading.first(found)


def _from_ranges(connection: Connection, desk: Desk, asked: Asked, places: Select[Any]) -> list[Place]:
    """The first places of every range, each a seek, by one statement that is compiled once a page."""
    texts = frozenset(desk.texts(asked.scope))
    ranges = [
        one
        for one in desk.ranges
        if one.groups in texts
        and asked.process in (None, one.process)
        and (asked.group is None or asked.group in one.groups.split(","))
    ]
    within = places.where(
        is_open(by_status=True),
        user_task.c.candidate_groups == bindparam("of_groups", ""),
        user_task.c.process_id == bindparam("of_process", ""),
    )
    compiled = within.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    text, given = str(compiled), dict(compiled.params)
    found: list[Place] = []
    for one in ranges:
        rows = connection.exec_driver_sql(text, given | {"of_groups": one.groups, "of_process": one.process})
        found += map(tuple, rows.all())
    return found


def _open_tasks_of(cases: Sequence[str]) -> Select[Any]:
    """Ids of open tasks of cases; they are few, so what else is asked of them needs no index."""
    return select(user_task.c.id).where(user_task.c.case_id.in_(cases), is_open(by_status=False))


def read_named_tasks(
    connection: Connection, definitions: Definitions, actor: Actor, ids: Collection[int]
) -> dict[int, InboxRow]:
    """Those of the tasks whose cases the actor may see, by id; without what has been said on them."""
    found = connection.execute(
        select(*TASK_ROW)
        .join(process_instance, process_instance.c.key == user_task.c.instance)
        .where(user_task.c.id.in_(sorted(set(ids))), visible_task(actor))
    )
    return {row.id: row for row in task_rows(found, Names(connection, definitions))}


def _rows(connection: Connection, definitions: Definitions, ids: Sequence[int]) -> list[InboxRow]:
    """The rows of these tasks in this order, with how much has been said on their cases."""
    if not ids:
        return []
    found = connection.execute(
        select(*TASK_ROW)
        .join(process_instance, process_instance.c.key == user_task.c.instance)
        .where(user_task.c.id.in_(ids))
    ).all()
    said = _comments(connection, {row.case_id for row in found})
    rows = {row.id: row for row in task_rows(found, Names(connection, definitions), said)}
    return [rows[one] for one in ids if one in rows]


def _comments(connection: Connection, cases: set[str]) -> dict[str, int]:
    of_cases = select(comment.c.case_id, func.count()).where(comment.c.case_id.in_(sorted(cases)))
    rows = connection.execute(of_cases.group_by(comment.c.case_id))
    return {row[0]: row[1] for row in rows}
