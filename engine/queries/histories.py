"""The history of a case: the events of its whole call tree in one order, with their values."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row, select

from engine.clock import from_microseconds
from engine.errors import NotFound
from engine.masking import mask
from engine.model import ID_BASE, Actor, Value
from engine.queries.base import Names
from engine.queries.case_views import EventView
from engine.queries.merge import merge
from engine.queries.moves import Moves
from engine.queries.visibility import check_case
from engine.store.tables import history_event, process_instance
from engine.store.values import read_values

if TYPE_CHECKING:
    from engine.definitions import Definitions

MAX_EVENTS: Final = 2000
_CURSOR: Final = re.compile(r"^\d{1,18}\.\d{1,9}(-\d{1,18}\.\d{1,9})*$")
_COLUMNS: Final = tuple(
    history_event.c[name] for name in ("stream", "seq", "revision", "n", "at", "actor", "kind", "element", "token")
)


def read_events(
    connection: Connection,
    definitions: Definitions,
    case_id: str,
    actor: Actor,
    *,
    after: str | None,
    limit: int,
    by_page: bool = True,
) -> tuple[EventView, ...]:
    """Events of a case in order, personal data in their values masked; none behind the last.

    Args:
        connection: of one snapshot.
        definitions: the versions that the instances run on.
        case_id: of the case.
        actor: who looks.
        after: the cursor of the event behind which to begin.
        limit: events at most.
        by_page: at most 2 000 at once, each with the cursor to read on behind it; else as many as the limit allows,
            without cursors, which of a case of many calls are dear.

    Raises:
        NotFound: there is no such case, the actor may not see it, or ``after`` is no event's cursor.
    """
    check_case(connection, case_id, actor)
    instances = connection.execute(
        select(
            process_instance.c.key,
            process_instance.c.definition,
            process_instance.c.parent,
            process_instance.c.parent_call,
        )
        .where(process_instance.c.case_id == case_id)
        .order_by(process_instance.c.key)
    ).all()
    seen = _seen(after)
    size = min(max(limit, 1), MAX_EVENTS) if by_page else limit
    streams = {row.key: _read_stream(connection, row.key, seen.get(row.key, 0), size) for row in instances}
    calls = {row.key: (row.parent, row.parent_call % ID_BASE) for row in instances if row.parent is not None}
    events = [event for event, _ in zip(merge(streams, calls), range(size), strict=False)]
    names = Names(connection, definitions, {event.actor for event in events})
    values = _read_values(connection, events)
    steps = [(event, values.get((event.stream, event.revision), ())) for event in events]
    names.read_people(
        {id_ for event, step in steps if event.n < len(step) for id_ in _hands(event.kind, step[event.n])}
    )
    definition_of = {row.key: row.definition for row in instances}
    moves = Moves(connection, list(definition_of))
    views = []
    for event, step in steps:
        seen[event.stream] = event.seq
        version = moves.version_at(event.stream, event.seq, definition_of[event.stream])
        views.append(_view(event, names, version, step, _cursor(seen) if by_page else ""))
    return tuple(views)


def _seen(cursor: str | None) -> dict[int, int]:
    """Instance key → number of its last event that was shown."""
    if cursor is None:
        return {}
    if not _CURSOR.match(cursor) or len(cursor) > 4000:
        raise NotFound("there is no such place in the history")
    pairs = (pair.split(".") for pair in cursor.split("-"))
    return {int(key): int(seq) for key, seq in pairs}


def _cursor(seen: Mapping[int, int]) -> str:
    return "-".join(f"{key}.{seq}" for key, seq in sorted(seen.items()))


def _read_stream(connection: Connection, key: int, behind: int, size: int) -> Sequence[Row[Any]]:
    return connection.execute(
        select(*_COLUMNS)
        .where(history_event.c.stream == key, history_event.c.seq > behind)
        .order_by(history_event.c.seq)
        .limit(size)
    ).all()


def _read_values(connection: Connection, events: Sequence[Row[Any]]) -> dict[tuple[int, int], list[Value]]:
    """Values by (instance, revision) of the steps that these events belong to."""
    found: dict[tuple[int, int], list[Value]] = {}
    revisions: dict[int, list[int]] = defaultdict(list)
    for event in events:
        revisions[event.stream].append(event.revision)
    for key, of_stream in revisions.items():
        steps = read_values(connection, key, min(of_stream), max(of_stream))
        found |= {(key, revision): values for revision, values in steps.items()}
    return found


def _view(event: Row[Any], names: Names, version: int, step: Sequence[Value], cursor: str) -> EventView:
    deployed = names.deployed(version)
    name = deployed.element_name(event.element)
    if event.kind == "flow.taken":
        name = deployed.definition.flows.get(event.element) or ""
    value = mask("", step[event.n]) if event.n < len(step) else None
    return EventView(
        stream=event.stream,
        seq=event.seq,
        revision=event.revision,
        at=from_microseconds(event.at),
        actor=event.actor,
        actor_name=names.person(event.actor),
        kind=event.kind,
        element=event.element,
        element_name=name or None,
        process_name=deployed.name,
        value=value,
        cursor=cursor,
        element_names={id_: deployed.element_name(id_) for id_ in _mentioned(event.kind, value)},
        people_names={id_: names.person(id_) for id_ in _hands(event.kind, value)},
    )


def _mentioned(kind: str, value: Value) -> list[str]:
    """Ids of elements that an event speaks of in its value."""
    if kind != "instance.modified" or not isinstance(value, dict):
        return []
    return [id_ for name in ("cancelled", "activated") for id_ in value.get(name) or ()]


def _hands(kind: str, value: Value) -> list[str]:
    """Ids of the people who gave and who took."""
    if kind not in {"user_task.assigned", "case.owner_changed"} or not isinstance(value, dict):
        return []
    return [id_ for name in ("before", "after") if isinstance(id_ := value.get(name), str) and id_]
