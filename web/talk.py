"""What a case's page and its tasks' pages show of the talk about it: comments, inquiries, exceptions, the promise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask

from engine import access
from engine.clock import from_microseconds, instant_or_none
from engine.collaboration import (
    Comment,
    ExceptionReport,
    Inquiry,
    Promise,
    comments_of,
    exceptions_of,
    inquiries_of,
    is_silent,
    last_told,
    promises_of,
    root_of,
    sees_talk,
)
from web.identity import actor
from web.wiring import parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing said, by when it was said."""

    at: datetime
    comment: Comment | None = None
    inquiry: Inquiry | None = None
    report: ExceptionReport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """All that was said about a case."""

    case_id: str
    entries: tuple[Entry, ...]
    #: The newest first.
    promises: tuple[Promise, ...]
    #: When the customer was last written to.
    told_at: datetime | None
    #: Nothing for a day, though the case is one whose customer hears daily.
    silent: bool
    running: bool
    may_write: bool

    @property
    def promise(self) -> Promise | None:
        """The promise that counts."""
        return self.promises[0] if self.promises else None


def talk_of(case_id: str) -> Talk | None:
    """The talk about a case that the person of this request may see, as who asks has made sure; None for couriers."""
    if not sees_talk(actor()):
        return None
    now = parts().clock.now()
    with parts().db.read() as connection:
        head = root_of(connection, case_id)
        told = last_told(connection, case_id)
        opened = from_microseconds(head.opened_at)
        running = head.ended_at is None
        entries = [
            *(Entry(at=one.added_at, comment=one) for one in comments_of(connection, case_id)),
            *(Entry(at=one.asked_at, inquiry=one) for one in inquiries_of(connection, case_id)),
            *(Entry(at=one.reported_at, report=one) for one in exceptions_of(connection, case_id)),
        ]
        return Talk(
            case_id=case_id,
            entries=tuple(sorted(entries, key=lambda entry: entry.at)),
            promises=promises_of(connection, case_id),
            told_at=instant_or_none(told),
            silent=running and is_silent(connection, case_id, head.process_id, opened, now),
            running=running,
            may_write=access.may(actor(), "P04"),
        )


def promise_on(case_id: str) -> Promise | None:
    """The promise of a case that the person is allowed to see."""
    if not sees_talk(actor()):
        return None
    with parts().db.read() as connection:
        found = promises_of(connection, case_id)
    return found[0] if found else None


def install(app: Flask) -> None:
    """Give templates ``talk_of()`` and ``promise_on()``."""
    app.jinja_env.globals.update(talk_of=talk_of, promise_on=promise_on)
