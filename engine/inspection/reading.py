"""Reads cases with the events of their whole call trees, and makes traits and sums of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Row, select

from engine import calendars, canonical
from engine.clock import from_microseconds
from engine.errors import EngineError
from engine.history.record import values_of
from engine.inspection.sums import Sums, sums_of
from engine.inspection.traits import Told, traits_of
from engine.model import Value
from engine.store.tables import history_event, history_kept, history_value, process_instance

_log = structlog.get_logger(__name__)
_INSTANCE: Final = tuple(
    process_instance.c[name]
    for name in (
        "key", "case_id", "process_id", "depth", "revision", "status", "end_state", "customer_id", "order_id",
        "opened_at", "ended_at",
    )
)  # fmt: skip
_EVENT: Final = tuple(history_event.c[name] for name in ("stream", "seq", "revision", "n", "kind", "element", "actor"))
_SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTraits:
    """A case as the index keeps it."""

    key: int
    #: (kind, what) → times.
    traits: Mapping[tuple[str, str], int]
    #: Columns of case_sum but the key.
    facts: Mapping[str, Any]


def read_cases(connection: Connection, keys: Iterable[int]) -> list[CaseTraits]:
    """The cases of these root instances; what is none is left out."""
    trees: dict[str, list[Row[Any]]] = defaultdict(list)
    ids = [str(key) for key in sorted(set(keys))]
    query = select(*_INSTANCE).where(process_instance.c.case_id.in_(ids)).order_by(process_instance.c.key)
    for row in connection.execute(query):
        trees[row.case_id].append(row)
    found: list[CaseTraits] = []
    for case_id, instances in trees.items():
        try:
            found.append(_read(connection, instances))
        except (EngineError, ValueError, TypeError, LookupError):  # one case must not keep all others from being found
            _log.exception("inspection.unread", case_id=case_id)
    return found


def _read(connection: Connection, instances: Sequence[Row[Any]]) -> CaseTraits:
    root = instances[0]
    counted: Counter[tuple[str, str]] = Counter()
    money: list[Told] = []
    for instance in instances:
        events = list(read_events(connection, instance.key, instance.process_id))
        counted += traits_of(events)
        money += events
    return CaseTraits(
        key=root.key,
        traits=counted,
        facts=_facts(connection, root, sums_of(money), sum(one.revision for one in instances)),
    )


def read_events(connection: Connection, stream: int, process_id: str) -> Iterator[Told]:
    """The events of an instance with their values; of what retention took away, what it left."""
    rows = connection.execute(
        select(history_value.c.revision, history_value.c["values"]).where(history_value.c.stream == stream)
    )
    values: dict[int, Sequence[Value]] = {row[0]: values_of(row[1]) for row in rows}
    kept = select(history_kept.c.revision, history_kept.c.n, history_kept.c.value).where(
        history_kept.c.stream == stream
    )
    left = {(row.revision, row.n): canonical.decode(row.value) for row in connection.execute(kept)}
    events = select(*_EVENT).where(history_event.c.stream == stream).order_by(history_event.c.seq)
    for row in connection.execute(events):
        step = values.get(row.revision, ())
        value = step[row.n] if row.n < len(step) else left.get((row.revision, row.n))
        yield Told(stream, process_id, row.kind, row.element, row.actor, value)


def _facts(connection: Connection, root: Row[Any], money: Sums, revisions: int) -> dict[str, Any]:
    elapsed = worked = None
    if root.ended_at is not None:
        opened, ended = from_microseconds(root.opened_at), from_microseconds(root.ended_at)
        elapsed = (root.ended_at - root.opened_at) // _SECOND
        worked = int(calendars.calendar_at(connection, ended).between(opened, ended).total_seconds())
    return {
        "process_id": root.process_id,
        "status": root.status,
        "end_state": root.end_state,
        "customer_id": root.customer_id,
        "order_id": root.order_id,
        "opened_at": root.opened_at,
        "ended_at": root.ended_at,
        "elapsed": elapsed,
        "worked": worked,
        "asked": money.asked,
        "approved": money.approved,
        "paid": money.paid,
        "compensated": money.compensated,
        "revisions": revisions,
    }
