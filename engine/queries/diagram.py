"""What a diagram shows of running instances: live tokens, how often each element was done, flows taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, func, select

from engine.model import ID_BASE, TOKEN_JOBS
from engine.queries.base import is_open
from engine.queries.moves import MIGRATED, Moves
from engine.store.tables import history_event, incident, job, process_instance, subscription, user_task

#: Events by which an element is left in the way it is drawn.
_DONE: Final = (
    "element.completed", "user_task.completed", "job.completed", "timer.fired", "subscription.correlated",
    "call.completed",
)  # fmt: skip
_FLOW: Final = "flow.taken"


@dataclass(slots=True)
class Marks:
    """What is marked on the diagram of one instance."""

    tokens: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    done: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    flows: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    incidents: set[str] = field(default_factory=set)


def read_marks(connection: Connection, keys: Collection[int]) -> dict[int, Marks]:
    """Marks of instances by key; waiting boundary events are counted like tokens, the caller leaves them out."""
    marks = {key: Marks() for key in keys}
    _count_history(connection, keys, marks)
    cases = select(process_instance.c.case_id).where(process_instance.c.key.in_(keys))
    waiting = (
        select(user_task.c.instance, user_task.c.element, func.count()).where(
            user_task.c.case_id.in_(cases), user_task.c.instance.in_(keys), is_open(by_status=False)
        ),
        select(job.c.instance, job.c.element, func.count()).where(job.c.instance.in_(keys), job.c.kind.in_(TOKEN_JOBS)),
        select(subscription.c.instance, subscription.c.element, func.count()).where(subscription.c.instance.in_(keys)),
    )
    for statement in waiting:
        instance_column, element_column, _ = statement.selected_columns
        for key, element, count in connection.execute(statement.group_by(instance_column, element_column)):
            marks[key].tokens[element] += count
    for key, element in connection.execute(
        select(incident.c.instance, incident.c.element).where(incident.c.instance.in_(keys))
    ):
        if element is not None:
            marks[key].incidents.add(element)
    return marks


def _count_history(connection: Connection, keys: Collection[int], marks: dict[int, Marks]) -> None:
    counted = (
        select(history_event.c.stream, history_event.c.kind, history_event.c.element, func.count())
        .where(history_event.c.stream.in_(keys), history_event.c.kind.in_((*_DONE, _FLOW, MIGRATED)))
        .group_by(history_event.c.stream, history_event.c.kind, history_event.c.element)
    )
    rows = connection.execute(counted).all()
    moves = Moves(connection, {row.stream for row in rows if row.kind == MIGRATED})
    _count_moved(connection, moves, marks)
    for key, kind, element, count in rows:
        if element is not None and key not in moves.streams:
            counts = marks[key].flows if kind == _FLOW else marks[key].done
            counts[element] += count


def _count_moved(connection: Connection, moves: Moves, marks: dict[int, Marks]) -> None:
    """Of instances that went over to another version: under the names that their elements have now."""
    if not moves:
        return
    told = select(history_event.c.stream, history_event.c.seq, history_event.c.kind, history_event.c.element).where(
        history_event.c.stream.in_(moves.streams), history_event.c.kind.in_((*_DONE, _FLOW))
    )
    for key, seq, kind, element in connection.execute(told):
        if element is not None:
            counts = marks[key].flows if kind == _FLOW else marks[key].done
            counts[moves.name_now(key, seq, element)] += 1


def call_elements(connection: Connection, keys: Collection[int]) -> dict[int, str]:
    """Child instance → element of the call activity that started it, for the children among the instances."""
    children = connection.execute(
        select(process_instance.c.key, process_instance.c.parent, process_instance.c.parent_call).where(
            process_instance.c.key.in_(keys), process_instance.c.parent.is_not(None)
        )
    ).all()
    if not children:
        return {}
    started = select(history_event.c.stream, history_event.c.token, history_event.c.element).where(
        history_event.c.stream.in_({row.parent for row in children}), history_event.c.kind == "call.started"
    )
    places = {(stream, token): element for stream, token, element in connection.execute(started)}
    found = {row.key: places.get((row.parent, row.parent_call % ID_BASE)) for row in children}
    return {key: element for key, element in found.items() if element is not None}
