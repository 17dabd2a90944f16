"""Drafts of a change: begun from what is in force, saved as they are written, never over somebody else's words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from engine import access
from engine.clock import from_microseconds, to_microseconds
from engine.definitions import bytes_of
from engine.errors import InvalidValue, NotFound
from engine.model import Actor
from engine.store.database import Transaction
from engine.store.tables import (
    current_resource,
    resource,
    studio_change,
    studio_change_entry,
    studio_draft,
    studio_draft_save,
)
from engine.studio.blank import blank
from engine.studio.changes import add_entry, check_alive, void_approval
from engine.studio.kinds import check_content, check_id, check_kind
from engine.studio.values import ALIVE, Draft, DraftConflict

#: One person's saves that follow each other closer than this are one: editors save every few seconds.
_APART: Final = timedelta(minutes=10)
_MOST_SAVES: Final = 50
MAX_DRAFTS: Final = 300


def read_draft(connection: Connection, change: int, kind: str, resource_id: str) -> Draft:
    """A draft; whether the person may write it is the caller's to add.

    Raises:
        NotFound: the change has no such draft.
    """
    found = _find(connection, change, kind, resource_id)
    if found is None:
        raise NotFound(f"change {change} has no draft of this {kind}", message_zh="该变更里没有这个文件。")
    return found


def add_resource(tx: Transaction, actor: Actor, change: int, kind: str, resource_id: str, now: datetime) -> Draft:
    """Put a resource into a change as a draft: what is in force, or an empty one where there is none.

    A draft that is there already stays as it is.

    Raises:
        NotAllowed, NotFound, ChangeClosed: the change cannot be altered.
        InvalidValue: the id is not one that a resource may have.
    """
    check_kind(kind)
    check_alive(tx.connection, change)
    found = _find(tx.connection, change, kind, resource_id)
    if found is not None:
        access.check(actor, "P22")
        return found
    _, content = _in_force(tx.connection, kind, resource_id)
    if content is None:
        content = blank(kind, check_id(resource_id))
    return put_draft(tx, actor, change, kind, resource_id, content, now)


def put_draft(
    tx: Transaction, actor: Actor, change: int, kind: str, resource_id: str, content: bytes, now: datetime
) -> Draft:
    """Put content into a change: a new draft, or a save over the one that is there.

    Args:
        tx: the caller's transaction.
        actor: who writes.
        change: key of the change.
        kind: of the resource.
        resource_id: of the resource.
        content: at most 2 MB of UTF-8.
        now: aware UTC.

    Raises:
        NotAllowed, NotFound, ChangeClosed: the change cannot be altered.
        InvalidValue: the id or the content is not one that a resource may have.
    """
    access.check(actor, "P22")
    check_kind(kind)
    check_alive(tx.connection, change)
    check_content(content)
    found = _find(tx.connection, change, kind, resource_id)
    if found is not None:
        save_draft(tx, actor, change, kind, resource_id, content, found.revision, now)
        return read_draft(tx.connection, change, kind, resource_id)
    check_id(resource_id)
    counted = select(func.count()).select_from(studio_draft).where(studio_draft.c.change == change)
    if tx.connection.execute(counted).scalar_one() >= MAX_DRAFTS:
        raise InvalidValue(
            f"a change holds at most {MAX_DRAFTS} drafts", message_zh=f"一项变更最多 {MAX_DRAFTS} 个文件。"
        )
    base_hash, _ = _in_force(tx.connection, kind, resource_id)
    stamp = {"saved_by": actor.id, "saved_at": to_microseconds(now), "base_hash": base_hash}
    row = {"change": change, "kind": kind, "id": resource_id, "content": content, "revision": 1, **stamp}
    tx.connection.execute(insert(studio_draft).values(row))
    _touched(tx, actor, change, now)
    return read_draft(tx.connection, change, kind, resource_id)


def save_draft(
    tx: Transaction,
    actor: Actor,
    change: int,
    kind: str,
    resource_id: str,
    content: bytes,
    revision: int,
    now: datetime,
) -> int:
    """Save a draft; gives its new revision. The same content again changes nothing, and an approval stays.

    Args:
        tx: the caller's transaction.
        actor: who saves.
        change: key of the change.
        kind: of the resource.
        resource_id: of the resource.
        content: at most 2 MB of UTF-8.
        revision: the one that the writer had before them.
        now: aware UTC.

    Raises:
        NotAllowed, NotFound, ChangeClosed: the draft cannot be written.
        InvalidValue: the content is too large, or no text.
        DraftConflict: somebody saved it in between; nothing was written.
    """
    access.check(actor, "P22")
    check_alive(tx.connection, change)
    check_content(content)
    found = read_draft(tx.connection, change, kind, resource_id)
    if found.content == content:
        return found.revision
    if found.revision != revision:
        raise DraftConflict(found)
    _keep_save(tx, found, actor, now)
    stamp = {"saved_by": actor.id, "saved_at": to_microseconds(now)}
    tx.connection.execute(
        update(studio_draft)
        .where(studio_draft.c.key == found.key)
        .values(content=content, revision=revision + 1, **stamp)
    )
    _touched(tx, actor, change, now)
    return revision + 1


def discard_draft(tx: Transaction, actor: Actor, change: int, kind: str, resource_id: str, now: datetime) -> None:
    """Take a draft out of its change: what is in force stays as it is.

    Raises:
        NotAllowed, NotFound, ChangeClosed: it cannot be taken out.
    """
    access.check(actor, "P22")
    check_alive(tx.connection, change)
    found = read_draft(tx.connection, change, kind, resource_id)
    tx.connection.execute(delete(studio_draft_save).where(studio_draft_save.c.draft == found.key))
    tx.connection.execute(delete(studio_draft).where(studio_draft.c.key == found.key))
    _touched(tx, actor, change, now)


def keep_mine(tx: Transaction, actor: Actor, change: int, kind: str, resource_id: str, now: datetime) -> None:
    """Say of a draft that it comes in the place of what is in force by now.

    Raises:
        NotAllowed, NotFound, ChangeClosed: the draft cannot be written.
    """
    access.check(actor, "P22")
    check_alive(tx.connection, change)
    found = read_draft(tx.connection, change, kind, resource_id)
    hash_in_force, _ = _in_force(tx.connection, kind, resource_id)
    if found.base_hash == hash_in_force:
        return
    moved = update(studio_draft).where(studio_draft.c.key == found.key).values(base_hash=hash_in_force)
    tx.connection.execute(moved)
    _touched(tx, actor, change, now)
    add_entry(tx, change, "rebased", actor, now=now, note=f"{kind}/{resource_id}")


# --- inside --------------------------------------------------------------------------------------


def _find(connection: Connection, change: int, kind: str, resource_id: str) -> Draft | None:
    row = connection.execute(
        select(studio_draft, studio_change.c.status)
        .join(studio_change, studio_change.c.key == studio_draft.c.change)
        .where(studio_draft.c.change == change, studio_draft.c.kind == kind, studio_draft.c.id == resource_id)
    ).one_or_none()
    return None if row is None else _read(row)


def _read(row: Row[Any]) -> Draft:
    return Draft(
        key=row.key,
        change=row.change,
        kind=row.kind,
        id=row.id,
        content=bytes_of(row.content),
        revision=row.revision,
        base_hash=row.base_hash,
        saved_by=row.saved_by,
        saved_at=from_microseconds(row.saved_at),
        editable=row.status in ALIVE,
    )


def _in_force(connection: Connection, kind: str, resource_id: str) -> tuple[str | None, bytes | None]:
    row = connection.execute(
        select(resource.c.hash, resource.c.content)
        .join(current_resource, current_resource.c.hash == resource.c.hash)
        .where(current_resource.c.kind == kind, current_resource.c.id == resource_id)
    ).one_or_none()
    return (None, None) if row is None else (row.hash, bytes_of(row.content))


def _keep_save(tx: Transaction, before: Draft, actor: Actor, now: datetime) -> None:
    """Keep what is saved over, of one person's run of saves the first; the oldest beyond fifty go."""
    of_draft = studio_draft_save.c.draft == before.key
    last = tx.connection.execute(
        select(studio_draft_save.c.saved_by, studio_draft_save.c.saved_at)
        .where(of_draft)
        .order_by(studio_draft_save.c.revision.desc())
        .limit(1)
    ).one_or_none()
    own_run = before.saved_by == actor.id and last is not None and last.saved_by == actor.id
    if own_run and last is not None and before.saved_at - from_microseconds(last.saved_at) < _APART:
        return
    row = {"draft": before.key, "revision": before.revision, "content": before.content, "saved_by": before.saved_by}
    tx.connection.execute(insert(studio_draft_save).values(saved_at=to_microseconds(before.saved_at), **row))
    kept = select(studio_draft_save.c.revision).where(of_draft)
    oldest = kept.order_by(studio_draft_save.c.revision.desc()).offset(_MOST_SAVES).limit(1)
    beyond = tx.connection.execute(oldest).scalar_one_or_none()
    if beyond is not None:
        tx.connection.execute(delete(studio_draft_save).where(of_draft, studio_draft_save.c.revision <= beyond))


def _touched(tx: Transaction, actor: Actor, change: int, now: datetime) -> None:
    """A draft was written: the change moves on, its author is known, and an approval is of something else now."""
    moved = update(studio_change).where(studio_change.c.key == change)
    status = tx.connection.execute(
        moved.values(revision=studio_change.c.revision + 1).returning(studio_change.c.status)
    ).scalar_one()
    wrote = select(func.count()).where(
        studio_change_entry.c.change == change,
        studio_change_entry.c.kind == "edited",
        studio_change_entry.c.actor == actor.id,
    )
    if not tx.connection.execute(wrote).scalar_one():
        add_entry(tx, change, "edited", actor, now=now)
    void_approval(tx, actor, change, status, now)
