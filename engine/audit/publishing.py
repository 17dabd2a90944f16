"""Carries signed heads out of the house: into a file, by mail, to a web hook, where who rules the database does not.

Each way remembers the last head it has carried and goes on behind it, at least once each; what cannot be delivered now
is tried again, later and later.
"""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final, TypeAlias

import structlog
from sqlalchemy import Connection, delete, insert, select

from engine.audit.keys import list_keys, origin_of
from engine.audit.log import TreeHead, list_heads
from engine.clock import Clock, from_microseconds, to_microseconds
from engine.config import MailServer
from engine.history.checkpoint import verifier_key
from engine.store.database import Database
from engine.store.tables import installation

_log = structlog.get_logger(__name__)
#: Below what a stop of the server waits for.
_TIMEOUT_SECONDS: Final = 8
#: Heads of one delivery; the newest holds them all.
_MOST: Final = 1000
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=6)

#: Carries heads, the oldest first, with the public keys; raises OSError where it cannot.
Carry: TypeAlias = Callable[[Sequence[TreeHead], Sequence[str]], None]
#: Hands mails to a server; gives what went wrong with each.
Post: TypeAlias = Callable[[list[EmailMessage]], list[str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way out of the house."""

    #: file, mail or hook.
    name: str
    #: Where it leads, for people.
    target: str
    #: Not more often than this; zero: every head.
    every: timedelta
    carry: Carry


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """How far a way has come."""

    name: str
    target: str
    #: Entries of the last head that was carried; 0: none yet.
    size: int
    at: datetime | None
    #: Why the last try failed, None where it did not.
    problem: str | None


class Publisher:
    """Carries what is new by every way that is set up; slow, so it has a thread of its own."""

    def __init__(self, db: Database, clock: Clock, ways: Sequence[Way]) -> None:
        self._db, self._clock, self._ways = db, clock, tuple(ways)
        #: Way → when it may be tried again, and how long to wait after the next failure.
        self._waits: dict[str, tuple[datetime, timedelta]] = {}

    def __call__(self) -> int:
        """Carry what is due; gives how many ways had something and could carry it."""
        return sum(self._try(way) for way in self._ways)

    def _try(self, way: Way) -> bool:
        now = self._clock.now()
        until, wait = self._waits.get(way.name, (now, _FIRST_WAIT))
        if now < until:
            return False
        with self._db.read() as connection:
            state = _state(connection, way)
            if state.at is not None and timedelta(0) <= now - state.at < way.every:
                return False
            heads = _behind(connection, state.size)
            origin = origin_of(connection) or ""
            keys = [verifier_key(origin, key.public) for key in list_keys(connection)]
        if not heads:
            return False
        try:
            way.carry(heads, keys)
        except (OSError, HTTPException) as problem:
            _log.warning("heads.not_published", way=way.name, problem=str(problem))
            self._waits[way.name] = (now + wait, min(wait * 2, _LONGEST_WAIT))
            self._note(way, state.size, state.at, str(problem) or type(problem).__name__)
            return False
        self._waits.pop(way.name, None)
        self._note(way, heads[-1].size, now, None)
        return True

    def _note(self, way: Way, size: int, at: datetime | None, problem: str | None) -> None:
        values = {
            _name(way, "size"): str(size),
            _name(way, "at"): "" if at is None else str(to_microseconds(at)),
            _name(way, "problem"): (problem or "")[:300],
        }
        with self._db.begin() as tx:
            tx.connection.execute(delete(installation).where(installation.c.name.in_(values)))
            tx.connection.execute(insert(installation), [{"name": n, "value": v} for n, v in values.items()])


def list_published(connection: Connection, ways: Sequence[Way]) -> tuple[Published, ...]:
    """How far each way has come."""
    return tuple(_state(connection, way) for way in ways)


def _name(way: Way, what: str) -> str:
    return f"heads_{way.name}_{what}"


def _state(connection: Connection, way: Way) -> Published:
    names = [_name(way, what) for what in ("size", "at", "problem")]
    rows = connection.execute(select(installation).where(installation.c.name.in_(names)))
    known = {row.name: row.value for row in rows}
    size, at, problem = (known.get(name, "") for name in names)
    return Published(
        name=way.name,
        target=way.target,
        size=int(size or 0),
        at=from_microseconds(int(at)) if at else None,
        problem=problem or None,
    )


def _behind(connection: Connection, size: int) -> list[TreeHead]:
    """The newest heads behind a size, the oldest first."""
    return [head for head in reversed(list_heads(connection, limit=_MOST)) if head.size > size]


# --- the ways ------------------------------------------------------------------------------------


def to_file(path: Path) -> Way:
    """Append every head to a file, which may lie on another machine's disk."""

    def carry(heads: Sequence[TreeHead], _keys: Sequence[str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.writelines(f"{head.note}\n" for head in heads)
            file.flush()
            os.fsync(file.fileno())

    return Way(name="file", target=str(path), every=timedelta(0), carry=carry)


def by_mail(address: str, server: MailServer, post: Post, clock: Clock) -> Way:
    """Mail the newest head and the public keys once a day."""

    def carry(heads: Sequence[TreeHead], keys: Sequence[str]) -> None:
        head, message = heads[-1], EmailMessage()
        message["Subject"] = f"[客服流] 历史记录的签名树头 {head.size}"
        message["From"], message["To"] = server.sender, address
        message["Date"] = format_datetime(clock.now())
        message["Message-ID"] = f"<kefuflow-head-{head.size}@{server.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        named = "\n".join(keys)
        message.set_content(
            "请保存这封邮件:它能证明此刻之前的历史记录没有被改动或截断。\n"
            "Keep this mail: it shows later whether the record before this moment was changed or cut off.\n\n"
            f"公钥 / public keys:\n{named}\n"
        )
        message.add_attachment(f"{head.note}", subtype="plain", filename=f"head-{head.size}.txt")
        (problem,) = post([message])
        if problem is not None:
            raise OSError(problem)

    return Way(name="mail", target=address, every=timedelta(days=1), carry=carry)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The address was chosen by whoever runs the server; nobody else sends us elsewhere."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow none."""


def to_hook(url: str) -> Way:
    """POST the newest head as text to an address, at most once an hour."""
    opener = urllib.request.build_opener(_NoRedirect)

    def carry(heads: Sequence[TreeHead], _keys: Sequence[str]) -> None:
        headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "kefuflow"}
        asked = urllib.request.Request(url, data=heads[-1].note.encode(), headers=headers, method="POST")  # noqa: S310
        with opener.open(asked, timeout=_TIMEOUT_SECONDS) as answer:
            answer.read(1024)

    shown = url.partition("?")[0]
    return Way(name="hook", target=shown, every=timedelta(hours=1), carry=carry)
