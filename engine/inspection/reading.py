"""Reads cases with the events of their whole call trees, and makes traits and sums of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Row, Select, select

from engine import calendars, canonical
from engine.clock import from_microseconds
from engine.errors import EngineError
from engine.history.record import values_of
from engine.inspection.sums import Sums, sums_of
from engine.inspection.traits import Told, traits_of
from engine.model import Value
from engine.store.tables import history_event, history_kept, history_value, process_instance
from engine.worktime import default_calendar

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
    events = _events_of(connection, [row.key for rows in trees.values() for row in rows])
    versions = calendars.list_versions(connection)
    found: list[CaseTraits] = []
    for case_id, instances in trees.items():
        try:
            found.append(_read(instances, events, versions))
        except (EngineError, ValueError, TypeError, LookupError):  # one case must not keep all others from being found
            _log.exception("inspection.unread", case_id=case_id)
    return found


@dataclass(frozen=True, slots=True)
class _Events:
    """The rows of instances, by instance; values stay as they are stored until somebody asks."""

    events: Mapping[int, Sequence[Row[Any]]]
    values: Mapping[int, Sequence[Row[Any]]]
    #: Of what retention took away, what it left.
    kept: Mapping[int, Sequence[Row[Any]]]

    def told(self, stream: int, process_id: str) -> Iterator[Told]:
        """The events of an instance with their values."""
        values = {row.revision: values_of(row.said) for row in self.values.get(stream, ())}
        left = {(row.revision, row.n): canonical.decode(row.value) for row in self.kept.get(stream, ())}
        for row in self.events.get(stream, ()):
            step: Sequence[Value] = values.get(row.revision, ())
            value = step[row.n] if row.n < len(step) else left.get((row.revision, row.n))
            yield Told(stream, process_id, row.kind, row.element, row.actor, value)


def _events_of(connection: Connection, streams: Sequence[int]) -> _Events:
    values = select(history_value.c.stream, history_value.c.revision, history_value.c["values"].label("said"))
    kept = select(*(history_kept.c[name] for name in ("stream", "revision", "n", "value")))
    events = select(*_EVENT).order_by(history_event.c.stream, history_event.c.seq)
    return _Events(
        events=_by_stream(connection, events.where(history_event.c.stream.in_(streams))),
        values=_by_stream(connection, values.where(history_value.c.stream.in_(streams))),
        kept=_by_stream(connection, kept.where(history_kept.c.stream.in_(streams))),
    )


def _by_stream(connection: Connection, query: Select[Any]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.stream].append(row)
    return found


def _read(instances: Sequence[Row[Any]], events: _Events, versions: Sequence[calendars.CalendarVersion]) -> CaseTraits:
    root = instances[0]
    counted: Counter[tuple[str, str]] = Counter()
    money: list[Told] = []
    for instance in instances:
        told = list(events.told(instance.key, instance.process_id))
        counted += traits_of(told)
        money += told
    return CaseTraits(
        key=root.key,
        traits=counted,
        facts=_facts(root, sums_of(money), sum(one.revision for one in instances), versions),
    )


def _facts(
    root: Row[Any], money: Sums, revisions: int, versions: Sequence[calendars.CalendarVersion]
) -> dict[str, Any]:
    elapsed = worked = None
    if root.ended_at is not None:
        opened, ended = from_microseconds(root.opened_at), from_microseconds(root.ended_at)
        elapsed = (root.ended_at - root.opened_at) // _SECOND
        calendar = next((one.calendar for one in versions if one.valid_from <= ended), None) or default_calendar()
        worked = int(calendar.between(opened, ended).total_seconds())
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
