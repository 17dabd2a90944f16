"""Places at which a test lets the program die, or the disk fail: one at every write and commit.

They do nothing unless something is armed, in a test by ``armed``, in a program of its own by KEFUFLOW_FAILPOINT, which
takes KEFUFLOW_FAULTS=1 beside it: nobody arms one by accident.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NoReturn, TypeAlias

from engine.errors import ConfigurationError

#: Every failpoint: "x.before" stands before a statement, "x.after" behind it.
NAMES: Final = frozenset({
    # engine.store.database: the transaction.
    "store.begin.before",
    "store.begin.after",
    "store.commit.before",
    "store.commit.after",
    "store.rollback.before",
    "store.rollback.after",
    "store.savepoint.before",
    "store.savepoint.undone",
    "store.savepoint.released",
    # engine.store.writes: the statements of a step, in their order; each name stands behind its statement.
    "store.flush.before",
    "store.flush.instances",
    "store.flush.close_task",
    "store.flush.insert_task",
    "store.flush.delete_job",
    "store.flush.insert_job",
    "store.flush.reschedule_job",
    "store.flush.release_job",
    "store.flush.release_suspended_job",
    "store.flush.delete_subscription",
    "store.flush.insert_subscription",
    "store.flush.insert_message",
    "store.flush.mark_correlated",
    "store.flush.delete_incident",
    "store.flush.insert_incident",
    "store.flush.upsert_register",
    "store.flush.upsert_register_cell",
    "store.flush.insert_history_value",
    "store.flush.history_events",
    # engine.store.streams: the system's own stream.
    "store.system.head",
    "store.system.events",
    "store.system.values",
    # engine.store.migrate
    "store.migrate.before",
    "store.migrate.statements",
    "store.migrate.after",
    # engine.runtime
    "runtime.instance.before",
    "runtime.instance.inserted",
    "runtime.assign.before",
    "runtime.assign.after",
    "runtime.progress.saved",
    "runtime.refusal.noted",
    "runtime.refusal.forgotten",
    "runtime.release.job",
    "runtime.release.incident",
    "runtime.lease.before",
    "runtime.lease.after",
    "runtime.put_off.before",
    "runtime.hold.before",
    "runtime.hold.job",
    "runtime.hold.incident",
    "runtime.deliver.before",
    "runtime.deliver.after",
    "runtime.mark_delivered.before",
    "runtime.mark_delivered.after",
    "runtime.put_off_delivery.before",
    "runtime.put_off.after",
    "runtime.suspend.after",
    "runtime.migrate.instance",
    "runtime.migrate.rows",
    "runtime.resume.after",
    "runtime.spread.instances",
    "runtime.spread.processes",
    "runtime.forget_signals.after",
    "runtime.forget_messages.after",
    "runtime.alarm.marked",
    "runtime.alarm.moved",
    "runtime.alarm.rescheduled",
    "runtime.raise.after",
    "runtime.open.started",
    # engine.definitions
    "definitions.timer_starts.gone",
    # engine.duties
    "duties.started",
    # engine.kpi
    "kpi.target.entered",
    # engine.ownership
    "ownership.handed_over.owner",
    # engine.shop
    "shop.settings.saved",
    # engine.calendars
    "calendars.save.version",
    # engine.worker
    "worker.drain.before",
    "worker.batch.before",
    "worker.batch.after",
    "worker.drain.after",
    # engine.outbox
    "outbox.write.before",
    "outbox.write.after",
    "outbox.spool.before",
    "outbox.spool.written",
    "outbox.spool.synced",
})  # fmt: skip

#: What an armed program does with a name that it reaches.
Fate: TypeAlias = Callable[[str], None]

_fate: Fate | None = None


class Crash(BaseException):
    """The process died here, as far as everybody in it can tell."""


class Lost(sqlite3.OperationalError):
    """The disk gave an error: behind a COMMIT, an answer that was lost on its way."""

    sqlite_errorcode = sqlite3.SQLITE_IOERR


def reached(name: str) -> None:
    """Here the program may die; nothing happens when nothing is armed."""
    if _fate is not None:
        _fate(name)


# --- what happens there --------------------------------------------------------------------------


def _raise(name: str) -> NoReturn:
    raise Crash(name)


def _exit(_: str) -> NoReturn:
    os._exit(137)


def _kill(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _lose(name: str) -> NoReturn:
    raise Lost(f"disk I/O error at {name}")


#: raise: a BaseException that nobody may catch; exit: no clean-up at all; kill: the kernel's word; lost: an I/O error.
ACTIONS: Final[dict[str, Fate]] = {"raise": _raise, "exit": _exit, "kill": _kill, "lost": _lose}


class Armed:
    """Acts when a failpoint is reached for that time."""

    def __init__(self, name: str, time: int, action: str) -> None:
        self._name = name
        self._left = time
        self._act = ACTIONS[action]
        self._lock = threading.Lock()

    def __call__(self, name: str) -> None:
        """A failpoint was reached."""
        if name != self._name:
            return
        with self._lock:
            self._left -= 1
            now = self._left == 0
        if now:
            self._act(name)


def arm(words: str) -> None:
    """Arm a failpoint for the rest of this program's life.

    Args:
        words: ``name:time:action``, e.g. ``store.commit.after:3:exit``.

    Raises:
        ConfigurationError: there is no such failpoint, time or action.
    """
    global _fate  # noqa: PLW0603  one check at every point is all that it may cost
    name, _, rest = words.partition(":")
    time, _, action = rest.partition(":")
    well_formed = name in NAMES and action in ACTIONS and time.isascii() and time.isdigit() and int(time) > 0
    if not well_formed:
        raise ConfigurationError(
            f"{words!r} is no failpoint; say name:time:action, the action one of {', '.join(ACTIONS)}"
        )
    _fate = Armed(name, int(time), action)


@contextmanager
def watched(fate: Fate) -> Iterator[None]:
    """Within the block ``fate`` is told of every failpoint that is reached, and may raise there."""
    global _fate  # noqa: PLW0603  as in ``arm``
    before, _fate = _fate, fate
    try:
        yield
    finally:
        _fate = before
