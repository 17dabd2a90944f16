"""Every night some cases, drawn at random, are executed again; what was found stands in the system's history."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from time import monotonic
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, func, insert, select, update

from engine.audit.reexecution import re_execute
from engine.clock import SHANGHAI
from engine.errors import NotFound
from engine.model import SYSTEM, Event
from engine.notifications import Notice, Occasion, members_of, say, tell
from engine.store.database import Database, Transaction
from engine.store.streams import append_system
from engine.store.tables import installation, process_instance

if TYPE_CHECKING:
    from engine.runtime import Runtime

CASES: Final = 50
#: Nobody works then, and the day before is over.
BEGINS: Final = time(3)
_SECONDS: Final = 1.0
_DONE: Final = "re_executed_on"
#: Keys drawn for each case wanted, before it is left at fewer.
_TRIES: Final = 40
_NAMED: Final = 20


def list_cases(connection: Connection) -> list[str]:
    """Ids of all cases, the oldest first."""
    roots = select(process_instance.c.case_id).where(process_instance.c.depth == 0)
    return list(connection.execute(roots.order_by(process_instance.c.key)).scalars())


def draw_cases(connection: Connection, count: int, seed: str) -> list[str]:
    """Ids of so many cases at random, each as likely as any other; the same for the same seed and cases."""
    last = connection.execute(select(func.max(process_instance.c.key))).scalar_one() or 0
    chance, found = random.Random(seed), dict[int, str]()  # noqa: S311  a sample, no secret
    asked: set[int] = set()
    for _ in range(count * _TRIES if last else 0):
        key = chance.randint(1, last)
        if key in asked:
            continue  # of few cases the same come again and again
        asked.add(key)
        wanted = select(process_instance.c.case_id).where(process_instance.c.key == key, process_instance.c.depth == 0)
        case_id = connection.execute(wanted).scalar_one_or_none()
        if case_id is not None:
            found[key] = case_id
        if len(found) == count or len(asked) == last:
            break
    return [found[key] for key in sorted(found)]


@dataclass(slots=True)
class _Run:
    """A night's sample, as far as it has come."""

    day: str
    seed: str
    cases: Iterator[str]
    checked: int = 0
    redacted: int = 0
    differing: list[str] = field(default_factory=list)


class NightlyReExecution:
    """The worker's turn: a second of it at a time; makes no jobs."""

    def __init__(self, cases: int = CASES) -> None:
        """``cases``: how many a night."""
        self._count = cases
        self._run: _Run | None = None

    def __call__(self, runtime: Runtime) -> bool:
        """Execute some of the night's cases again, if it is time."""
        local = runtime.clock.now().astimezone(SHANGHAI)
        if self._run is None and local.time() >= BEGINS:
            self._run = self._begin(runtime.db, local.date().isoformat())
        if self._run is not None and _go_on(runtime.db, self._run):
            _finish(runtime.db, self._run, runtime.clock.now())
            self._run = None
        return False

    def _begin(self, db: Database, day: str) -> _Run | None:
        seed = secrets.token_hex(16)
        with db.read() as connection:
            done = _done_on(connection)
            if done == day:
                return None
            cases = draw_cases(connection, self._count, seed)
        return _Run(day=day, seed=seed, cases=iter(cases))


def _go_on(db: Database, run: _Run) -> bool:
    """A second's work; whether it was the last."""
    until = monotonic() + _SECONDS
    for case_id in run.cases:
        try:
            report = re_execute(db, case_id)
        except NotFound:
            continue
        run.checked += not report.redacted
        run.redacted += report.redacted
        if not report.same:
            run.differing.append(case_id)
        if monotonic() > until:
            return False
    return True


def _done_on(connection: Connection) -> str | None:
    return connection.execute(select(installation.c.value).where(installation.c.name == _DONE)).scalar_one_or_none()


def _finish(db: Database, run: _Run, now: datetime) -> None:
    with db.begin() as tx:
        if not _note_day(tx, run.day):
            return  # another process was faster
        value = {
            "seed": run.seed,
            "cases": run.checked,
            "redacted": run.redacted,
            "differing": list(run.differing[:_NAMED]),
        }
        append_system(tx, [Event(kind="history.re_executed", value=value)], at=now, actor=SYSTEM.id)
        if run.differing:
            text = say("re_execution_differs", count=len(run.differing), case=run.differing[0])
            notice = Notice(occasion=Occasion.FINDING, text=text, page=f"/audit/{run.differing[0]}")
            tell(tx, members_of(tx.connection, ("auditor", "admin")), notice, at=now, actor=SYSTEM.id)


def _note_day(tx: Transaction, day: str) -> bool:
    done = _done_on(tx.connection)
    if done == day:
        return False
    if done is None:
        tx.connection.execute(insert(installation).values(name=_DONE, value=day))
    else:
        tx.connection.execute(update(installation).where(installation.c.name == _DONE).values(value=day))
    return True
