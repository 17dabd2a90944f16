"""A verification that runs beside the pages: one at a time, with how far it has come and what it found."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.audit.verification import Verification, verify
from engine.clock import Clock
from engine.history.checkpoint import SignedCheckpoint
from engine.model import Actor, Event, Value
from engine.store.database import Database
from engine.store.streams import append_system


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the verification is."""

    running: bool
    done: int
    total: int
    started_at: datetime
    started_by: str
    #: How many heads from elsewhere are compared.
    heads: int
    #: Set when it has ended well enough to say.
    found: Verification | None = None
    #: Why it could not be carried out.
    problem: str | None = None

    @property
    def share(self) -> int:
        """Per cent."""
        return 100 * self.done // self.total if self.total else 0


class Checking:
    """Runs verifications in a thread of their own and writes down what they found."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._progress: Progress | None = None

    @property
    def progress(self) -> Progress | None:
        """Of the one that runs or ran last; None: none has run in this process."""
        return self._progress

    def start(self, actor: Actor, *, heads: Sequence[SignedCheckpoint] = (), public: bytes | None = None) -> bool:
        """Begin; False: one is running already."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return False
            self._progress = Progress(
                running=True, done=0, total=0, started_at=self._clock.now(), started_by=actor.id, heads=len(heads)
            )
            self._thread = threading.Thread(
                target=self._run, args=(actor, tuple(heads), public), name="verification", daemon=True
            )
            self._thread.start()
        return True

    def wait(self) -> None:
        """Until the one that runs has ended."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self, actor: Actor, heads: tuple[SignedCheckpoint, ...], public: bytes | None) -> None:
        try:
            found = verify(self._db, heads=heads, public=public, progress=self._come)
            self._tell(actor, found, len(heads))
            self._end(found=found)
        except Exception as problem:  # noqa: BLE001  a thread has nobody else to tell
            self._end(problem=f"{type(problem).__name__}: {problem}")

    def _come(self, done: int, total: int) -> None:
        before = self._progress
        if before is not None:
            self._progress = Progress(
                running=True, done=done, total=total, started_at=before.started_at, started_by=before.started_by,
                heads=before.heads,
            )  # fmt: skip

    def _end(self, *, found: Verification | None = None, problem: str | None = None) -> None:
        before = self._progress
        if before is not None:
            self._progress = Progress(
                running=False, done=before.total, total=before.total, started_at=before.started_at,
                started_by=before.started_by, heads=before.heads, found=found, problem=problem,
            )  # fmt: skip

    def _tell(self, actor: Actor, found: Verification, heads: int) -> None:
        value: dict[str, Value] = {"whole": found.whole, "events": found.events, "heads": heads}
        value["findings"] = found.found
        if found.flaws:
            value["first"] = found.flaws[0].sentence
        with self._db.begin() as tx:
            append_system(tx, [Event(kind="history.verified", value=value)], at=self._clock.now(), actor=actor.id)
