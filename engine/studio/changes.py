"""The life of a change: opened, written about, given up; what was done with it."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from engine import access
from engine.clock import from_microseconds, instant_or_none, to_microseconds
from engine.definitions import bytes_of
from engine.errors import InvalidValue, NotFound
from engine.model import Actor, Event, Value
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import current_resource, studio_change, studio_change_entry, studio_draft
from engine.studio.values import ALIVE, Change, ChangeClosed, ChangeLine, DraftHead, Entry, Status

MAX_TITLE: Final = 100
MAX_TEXT: Final = 2_000


def open_change(tx: Transaction, actor: Actor, *, title: str, why: str, now: datetime) -> int:
    """Open a change; gives its key.

    Raises:
        NotAllowed: the actor may not change what is in force.
        InvalidValue: it has no title, or one that is too long.
    """
    access.check(actor, "P22")
    title, why = _check_texts(title, why)
    row = {"title": title, "why": why, "status": Status.OPEN, "opened_by": actor.id, "opened_at": to_microseconds(now)}
    key: int = tx.connection.execute(insert(studio_change).values(row).returning(studio_change.c.key)).scalar_one()
    record(tx, key, "opened", actor, now=now, note=why, title=title)
    return key


def edit_change(tx: Transaction, actor: Actor, key: int, *, title: str, why: str, now: datetime) -> None:
    """Say better what a change is about; who approved of it, or reads it to do so, has read other words.

    Raises:
        NotAllowed, NotFound, ChangeClosed: it cannot be altered.
        InvalidValue: it has no title, or one that is too long.
    """
    access.check(actor, "P22")
    status = check_alive(tx.connection, key)
    title, why = _check_texts(title, why)
    this = studio_change.c.key == key
    before = tx.connection.execute(select(studio_change.c.title, studio_change.c.why).where(this)).one()
    if (before.title, before.why) == (title, why):
        return
    said = {"title": title, "why": why, "revision": studio_change.c.revision + 1}
    tx.connection.execute(update(studio_change).where(this).values(said))
    void_approval(tx, actor, key, status, now)


def void_approval(tx: Transaction, actor: Actor, key: int, status: str, now: datetime) -> None:
    """A change was altered: what was approved of is something else now."""
    if status == Status.APPROVED:
        tx.connection.execute(update(studio_change).where(studio_change.c.key == key).values(status=Status.OPEN))
        record(tx, key, "reopened", actor, now=now)


def withdraw(tx: Transaction, actor: Actor, key: int, *, note: str, now: datetime) -> None:
    """Give a change up; its drafts stay to be read.

    Raises:
        NotAllowed, NotFound, ChangeClosed: it cannot be given up.
    """
    access.check(actor, "P22")
    check_alive(tx.connection, key)
    values = {"status": Status.WITHDRAWN, "closed_at": to_microseconds(now)}
    tx.connection.execute(update(studio_change).where(studio_change.c.key == key).values(values))
    record(tx, key, "withdrawn", actor, now=now, note=check_text(note))


def list_changes(connection: Connection, *, alive: bool | None = None, limit: int = 200) -> tuple[ChangeLine, ...]:
    """Changes, those that live first, the newest first.

    Args:
        connection: a snapshot.
        alive: only those that live (True), or only those that are over (False).
        limit: most of them.
    """
    lives = studio_change.c.status.in_(sorted(ALIVE))
    counted = select(studio_draft.c.change, func.count().label("drafts")).group_by(studio_draft.c.change).subquery()
    asked = (
        select(studio_change, func.coalesce(counted.c.drafts, 0).label("drafts"))
        .outerjoin(counted, counted.c.change == studio_change.c.key)
        .order_by(lives.desc(), studio_change.c.key.desc())
        .limit(limit)
    )
    if alive is not None:
        asked = asked.where(lives if alive else ~lives)
    return tuple(
        ChangeLine(
            key=row.key,
            title=row.title,
            status=Status(row.status),
            opened_by=row.opened_by,
            opened_at=from_microseconds(row.opened_at),
            closed_at=instant_or_none(row.closed_at),
            deployment=row.deployment,
            drafts=row.drafts,
        )
        for row in connection.execute(asked)
    )


def read_change(connection: Connection, key: int) -> Change:
    """A change with the heads of its drafts and what was done with it.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(select(studio_change).where(studio_change.c.key == key)).one_or_none()
    if row is None:
        raise NotFound(f"there is no change {key}", message_zh="没有这项变更。")
    rows = connection.execute(
        select(studio_change_entry).where(studio_change_entry.c.change == key).order_by(studio_change_entry.c.n)
    )
    entries = tuple(
        Entry(n=entry.n, kind=entry.kind, at=from_microseconds(entry.at), actor=entry.actor, note=entry.note)
        for entry in rows
    )
    return _read(row, _heads(connection, key), entries)


def check_alive(connection: Connection, key: int) -> Status:
    """The status of a change that can still be worked on.

    Raises:
        NotFound: there is none.
        ChangeClosed: it is over.
    """
    found = connection.execute(select(studio_change.c.status).where(studio_change.c.key == key)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"there is no change {key}", message_zh="没有这项变更。")
    if found not in ALIVE:
        raise ChangeClosed
    return Status(found)


def record(tx: Transaction, key: int, kind: str, actor: Actor, *, now: datetime, note: str = "", **more: Value) -> None:
    """Write down what was done with a change, in its own list and in the system's history."""
    add_entry(tx, key, kind, actor, now=now, note=note)
    value: dict[str, Value] = {"change": key, **more, "note": note}
    append_system(tx, [Event(kind=f"change.{kind}", value=value)], at=now, actor=actor.id)


def add_entry(tx: Transaction, key: int, kind: str, actor: Actor, *, now: datetime, note: str = "") -> None:
    """Write down what was done with a change, in its own list."""
    last = select(func.coalesce(func.max(studio_change_entry.c.n), 0)).where(studio_change_entry.c.change == key)
    n = tx.connection.execute(last).scalar_one() + 1
    row = {"change": key, "n": n, "kind": kind, "at": to_microseconds(now), "actor": actor.id, "note": note}
    tx.connection.execute(insert(studio_change_entry).values(row))


def check_text(text: str) -> str:
    """A note as it is kept.

    Raises:
        InvalidValue: it is too long.
    """
    text = text.strip()
    if len(text) > MAX_TEXT:
        raise InvalidValue(
            f"the text is longer than {MAX_TEXT} characters", message_zh=f"说明最长 {MAX_TEXT} 个字,请缩短。"
        )
    return text


def _check_texts(title: str, why: str) -> tuple[str, str]:
    title = " ".join(title.split())
    if not title or len(title) > MAX_TITLE:
        raise InvalidValue(
            f"a change has a title of at most {MAX_TITLE} characters",
            message_zh=f"请写变更的标题,最长 {MAX_TITLE} 个字。",
        )
    return title, check_text(why)


def _heads(connection: Connection, key: int) -> tuple[DraftHead, ...]:
    current = current_resource.c
    rows = connection.execute(
        select(studio_draft, current.hash.label("current_hash"))
        .outerjoin(current_resource, (current.kind == studio_draft.c.kind) & (current.id == studio_draft.c.id))
        .where(studio_draft.c.change == key)
        .order_by(studio_draft.c.kind, studio_draft.c.id)
    )
    return tuple(_head(row) for row in rows)


def _head(row: Row[Any]) -> DraftHead:
    content = bytes_of(row.content)
    return DraftHead(
        key=row.key,
        kind=row.kind,
        id=row.id,
        hash=sha256(content).hexdigest(),
        base_hash=row.base_hash,
        current_hash=row.current_hash,
        revision=row.revision,
        size=len(content),
        saved_by=row.saved_by,
        saved_at=from_microseconds(row.saved_at),
    )


def _read(row: Row[Any], drafts: tuple[DraftHead, ...], entries: tuple[Entry, ...]) -> Change:
    return Change(
        key=row.key,
        title=row.title,
        why=row.why,
        status=Status(row.status),
        revision=row.revision,
        opened_by=row.opened_by,
        opened_at=from_microseconds(row.opened_at),
        submitted_by=row.submitted_by,
        submitted_at=instant_or_none(row.submitted_at),
        reviewed_by=row.reviewed_by,
        reviewed_at=instant_or_none(row.reviewed_at),
        reviewed_revision=row.reviewed_revision,
        deployment=row.deployment,
        closed_at=instant_or_none(row.closed_at),
        drafts=drafts,
        entries=entries,
    )
