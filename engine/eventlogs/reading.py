"""Reads selected cases with their whole histories, some at a time, so that a hundred thousand need no more memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from engine import canonical
from engine.access import GROUPS
from engine.clock import from_microseconds, instant_or_none
from engine.definitions import Definitions
from engine.eventlogs.kinds import activity_of, is_mined, transition_of
from engine.eventlogs.masks import Mask
from engine.eventlogs.selection import Selection, conditions
from engine.eventlogs.surroundings import Surroundings, read_surroundings
from engine.history.record import values_of
from engine.model import ID_BASE, Actor, Value
from engine.queries.base import Names
from engine.queries.merge import merge
from engine.store.tables import history_event, history_redaction, history_value, process_instance
from engine.store.values import read_values

#: Cases that are in memory at a time.
_BATCH: Final = 50
_INSTANCE: Final = tuple(
    process_instance.c[name]
    for name in (
        "key", "case_id", "definition", "process_id", "parent", "parent_call", "parent_case_id", "depth", "status",
        "end_state", "priority", "opened_by", "owner", "customer_id", "order_id", "opened_at", "ended_at",
    )
)  # fmt: skip
_EVENT: Final = tuple(
    history_event.c[name] for name in ("stream", "seq", "revision", "n", "at", "actor", "kind", "element", "token")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How much a selection holds."""

    cases: int
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedInstance:
    """An instance of a case's call tree: the root, or one that was called."""

    key: int
    parent: int | None
    process_id: str
    process_name: str
    version: int
    status: str
    end_state: str | None
    opened_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent:
    """One event of a history."""

    instance: LoggedInstance
    seq: int
    revision: int
    at: datetime
    actor: str
    actor_name: str
    kind: str
    element: str | None
    element_name: str | None
    token: int | None
    #: Names of the candidate groups of its user task, joined by 、.
    group: str | None
    #: Personal data masked, unless the log is not.
    value: Value
    #: Whether it is an activity to process mining, which one, and in which transition.
    mined: bool
    activity: str
    transition: str

    @property
    def id(self) -> str:
        """Unique in the database."""
        return f"{self.instance.key}-{self.seq}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCase:
    """A case with its events in order: by time, and cause before effect."""

    case_id: str
    root: LoggedInstance
    instances: Sequence[LoggedInstance]
    order_id: str | None
    #: The buyer as shown, and what tells buyers apart.
    customer: str | None
    customer_key: str | None
    #: The case that opened it, where that one is selected too.
    parent_case_id: str | None
    priority: str
    opened_by: str
    owner: str
    around: Surroundings
    events: Sequence[LoggedEvent]


def count(connection: Connection, selection: Selection, actor: Actor) -> Counted:
    """How many cases there are, and how many events they have with all that they called."""
    row = process_instance.c
    chosen = select(row.case_id).where(*conditions(selection, actor))
    cases = connection.execute(select(func.count()).select_from(chosen.subquery())).scalar_one()
    events = connection.execute(select(func.coalesce(func.sum(row.history_seq), 0)).where(row.case_id.in_(chosen)))
    return Counted(cases=cases, events=int(events.scalar_one()))


def read_cases(
    connection: Connection, definitions: Definitions, selection: Selection, actor: Actor, shown: Mask
) -> Iterator[LoggedCase]:
    """The selected cases, oldest first; read in batches, all within the caller's snapshot."""
    last = 0
    names = Names(connection, definitions)
    chosen = conditions(selection, actor)
    while True:
        row = process_instance.c
        wanted = select(*_INSTANCE).where(*chosen, row.key > last).order_by(row.key).limit(_BATCH)
        roots = connection.execute(wanted).all()
        if not roots:
            return
        yield from _read_batch(connection, names, roots, selection, actor, shown)
        last = roots[-1].key


def _read_batch(
    connection: Connection, names: Names, roots: Sequence[Row[Any]], selection: Selection, actor: Actor, shown: Mask
) -> Iterator[LoggedCase]:
    ids = [root.case_id for root in roots]
    row = process_instance.c
    trees: dict[str, list[Row[Any]]] = {case_id: [] for case_id in ids}
    for one in connection.execute(select(*_INSTANCE).where(row.case_id.in_(ids)).order_by(row.key)):
        trees[one.case_id].append(one)
    keys = [one.key for tree in trees.values() for one in tree]
    events = _read_events(connection, keys)
    values = _read_values(connection, keys)
    names.read_people({event.actor for stream in events.values() for event in stream})
    parents = {root.parent_case_id for root in roots if root.parent_case_id is not None}
    opened_by = select(row.case_id).where(*conditions(selection, actor), row.case_id.in_(parents))
    linked = set(connection.execute(opened_by).scalars()) if parents else set()
    around = read_surroundings(connection, roots, shown)
    for root in roots:
        tree = trees[root.case_id]
        instances = {one.key: _instance(one, names) for one in tree}
        yield LoggedCase(
            case_id=root.case_id,
            root=instances[root.key],
            instances=tuple(instances.values()),
            order_id=root.order_id,
            customer=None if root.customer_id is None else shown.customer(root.customer_id),
            customer_key=None if root.customer_id is None else shown.customer_key(root.customer_id),
            parent_case_id=root.parent_case_id if root.parent_case_id in linked else None,
            priority=root.priority,
            opened_by=root.opened_by,
            owner=root.owner,
            around=around[root.case_id],
            events=_events(tree, instances, events, values, names, shown),
        )


def _read_events(connection: Connection, keys: Sequence[int]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {key: [] for key in keys}
    event = history_event.c
    for row in connection.execute(select(*_EVENT).where(event.stream.in_(keys)).order_by(event.stream, event.seq)):
        found[row.stream].append(row)
    return found


def _read_values(connection: Connection, keys: Sequence[int]) -> dict[tuple[int, int], bytes]:
    """Canonical bytes of a step's values by (instance, revision); of redacted instances what retention has left."""
    step, redacted = history_value.c, history_redaction.c.stream
    rows = connection.execute(select(step.stream, step.revision, step["values"]).where(step.stream.in_(keys)))
    found = {(stream, revision): data for stream, revision, data in rows}
    for stream in connection.execute(select(redacted).where(redacted.in_(keys))).scalars():
        kept = read_values(connection, stream)
        found |= {(stream, revision): canonical.encode(values) for revision, values in kept.items()}
    return found


def _instance(row: Row[Any], names: Names) -> LoggedInstance:
    deployed = names.deployed(row.definition)
    return LoggedInstance(
        key=row.key,
        parent=row.parent,
        process_id=row.process_id,
        process_name=deployed.name,
        version=deployed.version,
        status=row.status,
        end_state=None if row.end_state is None else deployed.element_name(row.end_state),
        opened_at=from_microseconds(row.opened_at),
        ended_at=instant_or_none(row.ended_at),
    )


def _events(
    tree: Sequence[Row[Any]],
    instances: Mapping[int, LoggedInstance],
    events: Mapping[int, Sequence[Row[Any]]],
    values: Mapping[tuple[int, int], bytes],
    names: Names,
    shown: Mask,
) -> list[LoggedEvent]:
    """The events of a call tree in one order."""
    versions = tuple(dict.fromkeys(one.definition for one in tree))
    definition_of = {one.key: one.definition for one in tree}
    calls = {one.key: (one.parent, one.parent_call % ID_BASE) for one in tree if one.parent is not None}
    groups: dict[tuple[int, int | None], str] = {}
    steps: dict[tuple[int, int], list[Value]] = {}
    found = []
    for row in merge({one.key: events[one.key] for one in tree}, calls):
        place = (row.stream, row.revision)
        if place not in steps:
            steps[place] = values_of(values[place]) if place in values else []
        value = steps[place][row.n] if row.n < len(steps[place]) else None
        if row.kind == "user_task.created" and isinstance(value, Mapping):
            said = "、".join(GROUPS.get(str(one), str(one)) for one in value.get("groups") or ())
            groups[row.stream, row.token] = said
        deployed = names.deployed(definition_of[row.stream])
        element = deployed.definition.elements.get(row.element) if row.element else None
        name = deployed.element_name(row.element) or None
        if row.kind == "flow.taken":
            name = deployed.definition.flows.get(row.element) or None
        found.append(
            LoggedEvent(
                instance=instances[row.stream],
                seq=row.seq,
                revision=row.revision,
                at=from_microseconds(row.at),
                actor=row.actor,
                actor_name=names.person(row.actor),
                kind=row.kind,
                element=row.element,
                element_name=name,
                token=row.token,
                group=groups.get((row.stream, row.token)) or None if row.kind.startswith("user_task.") else None,
                value=shown.value(value, versions),
                mined=is_mined(row.kind, element.kind if element else None),
                activity=activity_of(row.kind, name),
                transition=transition_of(row.kind, value),
            )
        )
    return found
