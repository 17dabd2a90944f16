"""Reads the histories on behind the last step that was read, and keeps what the rules are asked about.

As the traits do (``inspection.indexing``): the row number of ``history_value`` is the order of commits. When that row
is another one than it was, every instance is read once more from its beginning; what is kept already stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Row, and_, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from engine.clock import from_microseconds
from engine.errors import EngineError
from engine.inspection.policy.days import month_of
from engine.inspection.policy.hours import Hours
from engine.inspection.policy.months import count_months, running_months
from engine.inspection.policy.payments import read_payment
from engine.inspection.policy.pseudonyms import Pseudonyms
from engine.inspection.policy.windows import LONGEST
from engine.inspection.sums import APPROVAL, PAYOUT
from engine.model import SYSTEM
from engine.store import behind
from engine.store.database import Database, Transaction
from engine.store.tables import (
    history_event,
    policy_payment,
    policy_state,
    policy_step,
    process_instance,
)

_log = structlog.get_logger(__name__)
#: Of one transaction, which nobody may write beside.
_STEPS: Final = 200
_SWEPT: Final = 60
_ONLY: Final = 1
_WRITTEN: Final = "register.written"
#: Kind of event → what the tables call it.
_DEEDS: Final[Mapping[str, str]] = {
    "user_task.completed": "completed",
    "instance.repaired": "repaired",
    "personal.revealed": "revealed",
    "attachment.revealed": "revealed",
}
_MONEY: Final = frozenset({APPROVAL, PAYOUT})
_P: Final = policy_payment.c


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What is to be kept, and how far the monitor has come then."""

    before: Row[Any]
    after: Mapping[str, int | None]
    payments: Sequence[dict[str, Any]] = ()
    steps: Sequence[dict[str, Any]] = ()

    @property
    def moves(self) -> bool:
        """Whether there is anything to write."""
        return any(getattr(self.before, name) != value for name, value in self.after.items())


def observe(db: Database, pseudonyms: Pseudonyms, now: datetime) -> bool:
    """Read some of what has happened; gives whether there was anything.

    Any number of processes may do so at once: who comes second finds that the first has been there, and writes nothing.
    """
    with db.read() as connection:
        state = find_state(connection)
        found = None if state is None else _look(connection, state, pseudonyms)
        over = () if found is None or found.moves else running_months(connection, now)
    if found is None:
        _begin(db)
        return True
    if not found.moves and not over:
        return False
    with db.begin() as tx:
        state = find_state(tx.connection)
        if state is not None and _is_at(state, found.before):
            _write(tx, found, now)
            count_months(tx, over, now)
    return True


def find_state(connection: Connection) -> Row[Any] | None:
    """How far the monitor has come; None: it has not begun."""
    return connection.execute(select(policy_state).where(policy_state.c.id == _ONLY)).one_or_none()


def _is_at(state: Row[Any], before: Row[Any]) -> bool:
    names = ("position", "stream", "revision", "swept")
    return all(getattr(state, name) == getattr(before, name) for name in names)


def _begin(db: Database) -> None:
    with db.begin() as tx:
        if find_state(tx.connection) is None:
            tx.connection.execute(insert(policy_state).values(id=_ONLY, swept=0, **behind.newest_place(tx.connection)))


def _look(connection: Connection, state: Row[Any], pseudonyms: Pseudonyms) -> _Found:
    if not behind.is_in_place(connection, state):
        return _Found(before=state, after=behind.newest_place(connection) | {"swept": 0})
    after: dict[str, int | None] = {}
    #: Instance → its revisions that are new; None: all of them.
    wanted: dict[int, set[int] | None] = {}
    for step in behind.steps_behind(connection, state.position, _STEPS):
        after = dict(step._mapping)
        revisions = wanted.setdefault(step.stream, set())
        if revisions is not None:
            revisions.add(step.revision)
    if state.swept is not None:
        keys = select(process_instance.c.key).where(process_instance.c.key > state.swept)
        swept = list(connection.execute(keys.order_by(process_instance.c.key).limit(_SWEPT)).scalars())
        wanted |= dict.fromkeys(swept)
        after["swept"] = swept[-1] if swept else None
    events = list(_events(connection, wanted))
    return _Found(
        before=state,
        after=after,
        payments=list(_payments(connection, events, pseudonyms)),
        steps=list(_steps(connection, events)),
    )


def _events(connection: Connection, wanted: Mapping[int, set[int] | None]) -> Iterator[Any]:
    """New events of instances that may matter, with their case and process; the system's own stream has none."""
    if not wanted:
        return
    event, instance = history_event.c, process_instance.c
    kinds = [*_DEEDS, _WRITTEN]
    query = (
        select(
            *(event[name] for name in ("stream", "seq", "revision", "at", "actor", "kind", "element")),
            instance.case_id,
            instance.process_id,
        )
        .join(process_instance, instance.key == event.stream)
        .where(event.stream.in_(wanted), event.kind.in_(kinds))
        .order_by(event.stream, event.seq)
    )
    for row in connection.execute(query).all():
        revisions = wanted[row.stream]
        if revisions is None or row.revision in revisions:
            yield row


def _payments(connection: Connection, events: Sequence[Row[Any]], pseudonyms: Pseudonyms) -> Iterator[dict[str, Any]]:
    streams = sorted({row.stream for row in events if row.kind == _WRITTEN and row.process_id == PAYOUT})
    known = set(connection.execute(select(_P.stream).where(_P.stream.in_(streams))).scalars()) if streams else set()
    for stream in streams:
        try:
            payment = None if stream in known else read_payment(connection, stream, pseudonyms)
        except (EngineError, ValueError, TypeError, LookupError):  # one case must not keep all others from being seen
            _log.exception("policy.unread", stream=stream)
            continue
        if payment is not None:
            yield payment


def _steps(connection: Connection, events: Sequence[Row[Any]]) -> Iterator[dict[str, Any]]:
    hours = Hours(connection)
    for row in events:
        if row.kind in _DEEDS and row.actor != SYSTEM.id:
            outside = hours.outside(row.actor, from_microseconds(row.at))
            if outside is not None:
                yield {
                    "stream": row.stream,
                    "seq": row.seq,
                    "case_key": int(row.case_id),
                    "process_id": row.process_id,
                    "element": row.element,
                    "kind": _DEEDS[row.kind],
                    "actor": row.actor,
                    "at": row.at,
                    "basis": outside.basis,
                    "seconds": outside.seconds,
                    "money": int(row.process_id in _MONEY),
                }


def _write(tx: Transaction, found: _Found, now: datetime) -> None:
    for table, rows in ((policy_payment, found.payments), (policy_step, found.steps)):
        if rows:
            kept = upsert(table).on_conflict_do_nothing()
            tx.connection.execute(kept, [row | {"judged": 0, "table_hash": None} for row in rows])
    for payment in found.payments:
        _ask_again(tx, payment)
    count_months(tx, {month_of(payment["at"]) for payment in found.payments}, now)
    if found.after:
        tx.connection.execute(update(policy_state).where(policy_state.c.id == _ONLY).values(dict(found.after)))


def _ask_again(tx: Transaction, payment: Mapping[str, Any]) -> None:
    """Payments that were judged before an earlier one of the same people was seen are judged once more."""
    until = payment["at"] + LONGEST
    same = [_P.proposer == payment["proposer"]]
    same += [_P[name] == payment[name] for name in ("payee", "buyer") if payment[name] is not None]
    later = and_(_P.at > payment["at"], _P.at <= until, or_(*same))
    tx.connection.execute(update(policy_payment).where(later, _P.judged == 1).values(judged=0))
