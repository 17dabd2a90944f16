"""What a worker looks after: once an hour, a slice at a time, everything whose time is over; and the same by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

import structlog

from engine.errors import EngineError, StorageUnavailable
from engine.model import SYSTEM, Actor
from engine.retention.cases import redact_case
from engine.retention.due import DueCase, due_cases, late_cases
from engine.retention.erasing import empty_log
from engine.retention.orders import forget_customers, redact_contacts, redact_orders
from engine.retention.parcels import redact_lone_parcels
from engine.retention.registers import expire_rows
from engine.retention.rules import read_rules
from engine.store.database import Database

if TYPE_CHECKING:
    from engine.definitions import Definitions
    from engine.runtime import Runtime

_log = structlog.get_logger(__name__)
_EVERY: Final = timedelta(hours=1)
#: Of a worker's turn: it has timers to fire, and people's pages share the processor with it.
_SECONDS: Final = 0.25
_CASES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What went by kind: case, late, order, parcel, contact, customer, register (rows), failed (cases)."""

    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        """Whether nothing was due."""
        return not any(self.counts.values())


class Look:
    """The look of a worker; any number of processes may have one: each case is looked at again under the lock."""

    def __init__(self) -> None:
        self._looked_at: datetime | None = None
        self._turn: Iterator[tuple[str, int]] | None = None
        self._log_is_full = False

    def __call__(self, runtime: Runtime) -> bool:
        """Do some of what is due; makes no jobs."""
        now = runtime.clock.now()
        if self._turn is None and (self._looked_at is None or not timedelta(0) <= now - self._looked_at < _EVERY):
            self._looked_at = now
            self._turn = _everything(runtime.db, runtime.definitions, now, SYSTEM)
        until = monotonic() + _SECONDS
        while self._turn is not None and monotonic() < until:
            try:
                done = next(self._turn, None)
            except BaseException:
                self._turn = None  # begins again in an hour
                raise
            if done is None:
                self._turn = None
            else:
                self._log_is_full = self._log_is_full or done[1] > 0
        if self._turn is None and self._log_is_full:
            self._log_is_full = not empty_log(runtime.db)
        return False


def run(db: Database, definitions: Definitions, *, now: datetime, actor: Actor = SYSTEM) -> Taken:
    """Do everything that is due, and empty the write-ahead log behind it.

    Raises:
        StorageUnavailable: the disk is full, or another process has kept the database locked for too long.
    """
    counts: Counter[str] = Counter()
    for kind, count in _everything(db, definitions, now, actor):
        counts[kind] += count
    taken = Taken(counts=dict(counts))
    if not taken.nothing:
        empty_log(db)
    return taken


def list_due(db: Database, *, now: datetime) -> Iterator[DueCase]:
    """Cases whose time is over, in the order in which they are taken, with what keeps one all the same."""
    after: int | None = 0
    while after is not None:
        found = _due(db, now, after)
        yield from found
        after = int(found[-1].case_id) if len(found) == _CASES else None


def _due(db: Database, now: datetime, after: int) -> list[DueCase]:
    with db.read() as connection:
        return due_cases(connection, read_rules(connection), now, after=after, limit=_CASES)


def _everything(db: Database, definitions: Definitions, now: datetime, actor: Actor) -> Iterator[tuple[str, int]]:
    """Slice by slice: what was taken, and how many; a case that cannot be redacted keeps no other from it."""
    for one in list_due(db, now=now):
        if one.kept is None:
            yield _case("case", db, definitions, one.case_id, now, actor)
    with db.read() as connection:
        late = late_cases(connection, read_rules(connection), now, limit=_CASES)
    for case_id in late:
        yield _case("late", db, definitions, case_id, now, actor)
    yield from _until_none("order", lambda: redact_orders(db, definitions, now=now, actor=actor))
    yield from _until_none("parcel", lambda: redact_lone_parcels(db, now=now))
    yield from _until_none("contact", lambda: redact_contacts(db, now=now, actor=actor))
    yield from _until_none("customer", lambda: forget_customers(db, now=now, actor=actor))
    after: int | None = 0
    while after is not None:
        count, after = expire_rows(db, now=now, actor=actor, after=after)
        yield "register", count


def _case(
    kind: str, db: Database, definitions: Definitions, case_id: str, now: datetime, actor: Actor
) -> tuple[str, int]:
    try:
        return kind, int(redact_case(db, definitions, case_id, now=now, actor=actor))
    except StorageUnavailable:
        raise
    except (EngineError, ValueError, TypeError, LookupError, AttributeError):
        _log.exception("retention.case_failed", case_id=case_id)
        return "failed", 1


def _until_none(kind: str, take: Callable[[], int]) -> Iterator[tuple[str, int]]:
    while count := take():
        yield kind, count
