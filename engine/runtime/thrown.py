"""What instances throw, on its way to others: rows of the job table that the worker does after the commit.

A receiver that fails holds the row that brings it its message or signal, and nothing of the sender.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from engine import canonical
from engine.clock import from_microseconds, to_microseconds
from engine.model import SYSTEM, Actor, JobKind, MessageThrown, Outcome, SignalThrown, Value
from engine.store.fanout import RETRIES, THROWN_IDS
from engine.store.instances import InstanceRow, JobRow
from engine.store.writes import Row

#: How long a message is kept for those who come later.
DEFAULT_TTL: Final = timedelta(hours=24)
#: Kinds of jobs by which a message or signal reaches others; the instance that threw it knows nothing of them.
POSTED: Final = frozenset({JobKind.MESSAGE, JobKind.BROADCAST, JobKind.SIGNAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A message or signal on its way, as its job's payload holds it."""

    name: str
    payload: Value
    #: Who did what made the sender throw it.
    actor: Actor
    #: How many messages and signals led to it, each thrown by who received the one before.
    hops: int
    correlation_key: str = ""
    #: Until when a message is kept for those who come later.
    expires_at: datetime | None = None
    #: The process that a signal is to start; None: it is for those who wait.
    process_id: str | None = None

    @classmethod
    def of(cls, job: JobRow) -> Posted:
        """What a job of one of the POSTED kinds brings."""
        kept = canonical.decode(job.payload)
        expires = kept.get("expires")
        actor = kept["actor"]
        return cls(
            name=kept["name"],
            payload=kept["payload"],
            actor=SYSTEM if actor == SYSTEM.id else Actor(id=actor),
            hops=int(kept["hops"]),
            correlation_key=kept.get("correlation_key", ""),
            expires_at=None if expires is None else from_microseconds(int(expires)),
            process_id=kept.get("process_id"),
        )

    def kept(self) -> bytes:
        """The job's payload: canonical bytes."""
        value = {"name": self.name, "payload": self.payload, "actor": self.actor.id, "hops": self.hops}
        if self.expires_at is not None:
            value |= {"correlation_key": self.correlation_key, "expires": to_microseconds(self.expires_at)}
        if self.process_id is not None:
            value["process_id"] = self.process_id
        return canonical.encode(value)


def jobs_of(sender: InstanceRow, outcome: Outcome, *, now: datetime, actor: Actor, hops: int) -> Iterator[Row]:
    """The jobs that bring what a step threw to others: messages, then signals.

    Args:
        sender: the instance that was stepped.
        outcome: of the step.
        now: aware UTC, from which a message's time to live counts.
        actor: who did what made the sender throw it; opens the cases that it starts.
        hops: how many messages and signals led to it, itself included.
    """
    at = to_microseconds(now)
    all_thrown: tuple[MessageThrown | SignalThrown, ...] = (*outcome.messages, *outcome.signals)
    for thrown in all_thrown:
        posted = Posted(name=thrown.name, payload=_plain(thrown.payload), actor=actor, hops=hops)
        kind = JobKind.BROADCAST
        if isinstance(thrown, MessageThrown):
            kind = JobKind.MESSAGE
            posted = replace(posted, correlation_key=thrown.correlation_key, expires_at=now + DEFAULT_TTL)
        place = {"instance": sender.key, "case_id": sender.case_id, "element": thrown.element}
        yield post_row(THROWN_IDS + thrown.id, kind, posted, place, at=at)


def post_row(job_id: int, kind: JobKind, posted: Posted, place: Mapping[str, Any], *, at: int) -> Row:
    """A row of the job table that is due at once.

    Args:
        job_id: its id.
        kind: one of POSTED.
        posted: what it brings.
        place: the columns instance, case_id and element.
        at: microseconds since 1970.
    """
    return {
        **place,
        "id": job_id,
        "kind": kind.value,
        "type": kind.value,
        "due_at": at,
        "retries_left": RETRIES,
        "attempts": 0,
        "problem": None,
        "payload": posted.kept(),
        "suspended_due_at": None,
    }


def _plain(payload: Value) -> Value:
    return dict(payload) if isinstance(payload, Mapping) else payload
