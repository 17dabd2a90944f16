"""Gives up what nobody needs: files that no form was sent with, contents that no row names, pictures of old cases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from pathlib import PurePath
from typing import Final

from sqlalchemy import Connection, delete, select, update

from engine import canonical
from engine.attachments.folder import Folder
from engine.clock import SystemClock, to_microseconds
from engine.masking import HIDDEN
from engine.model import Value
from engine.store.database import Database, Transaction
from engine.store.tables import attachment, draft

#: How long an upload waits for its form to be sent; a draft that names it holds it longer.
UNUSED_FOR: Final = timedelta(hours=24)
_BATCH: Final = 500


def sweep(db: Database, *, now: datetime) -> int:
    """Forget uploads that belong to no case after 24 hours, then contents that are no row's any more.

    The rows go first: a crash in between leaves contents, which the next sweep finds. A content is only looked at when
    it was last given a day ago by the machine's clock, and dropped under the lock under which rows are written.

    Args:
        db: the database.
        now: aware; what uploads are measured by.

    Returns:
        How many uploads were forgotten.
    """
    folder = Folder.beside(db)
    unused = (attachment.c.case_id.is_(None), attachment.c.uploaded_at <= to_microseconds(now - UNUSED_FOR))
    with db.read() as connection:
        old = set(connection.execute(select(attachment.c.id).where(*unused)).scalars())
        gone = sorted(old - _in_drafts(connection)) if old else []
    for start in range(0, len(gone), _BATCH):
        with db.begin() as tx:  # asked again: a form may have been sent with one since
            these = attachment.c.id.in_(gone[start : start + _BATCH])
            tx.connection.execute(delete(attachment).where(these, *unused))
    if folder.root.is_dir():
        before = SystemClock().now() - UNUSED_FOR
        drop_unnamed(db, folder.hashes(before=before.timestamp()))
    return len(gone)


def erase_case(db: Database, case_id: str, *, now: datetime) -> int:
    """Give up the contents of a closed case's files (catalogue E03); rows and hashes stay, so its history still holds.

    Returns:
        How many files lost their content now.
    """
    with db.begin() as tx:
        open_before = select(attachment.c.id).where(attachment.c.case_id == case_id, attachment.c.erased_at.is_(None))
        count = len(tx.connection.execute(open_before).all())
        hashes = erase_within(tx, [case_id], now=now)
    drop_unnamed(db, hashes)
    return count


def erase_within(tx: Transaction, owners: Iterable[str], *, now: datetime) -> list[str]:
    """Say in the caller's transaction that the files of these cases, calls or other owners have no content any more.

    Of a name its ending stays. Gives the hashes of the contents, which ``drop_unnamed`` drops once that is committed;
    where nobody comes to it, the next sweeps do.
    """
    of_these = (attachment.c.case_id.in_(list(owners)), attachment.c.erased_at.is_(None))
    rows = tx.connection.execute(select(attachment.c.id, attachment.c.sha256, attachment.c.name).where(*of_these)).all()
    for row in rows:
        values = {"erased_at": to_microseconds(now), "name": HIDDEN + PurePath(row.name).suffix[:8]}
        tx.connection.execute(update(attachment).where(attachment.c.id == row.id).values(values))
    return sorted({row.sha256 for row in rows})


def drop_unnamed(db: Database, hashes: Iterable[str]) -> None:
    """Drop those of the contents that no row with a content names; most are named, and are asked for many at once."""
    folder = Folder.beside(db)
    left = iter(hashes)
    while batch := set(islice(left, _BATCH)):
        with db.read() as connection:
            unnamed = batch - _named(connection, batch)
        if unnamed:
            with db.begin() as tx:  # under the lock under which rows are written, so that none comes to name it now
                for sha256 in sorted(unnamed - _named(tx.connection, unnamed)):
                    folder.drop(sha256)


def _named(connection: Connection, hashes: set[str]) -> set[str]:
    """Those of the contents that a row names."""
    rows = select(attachment.c.sha256).where(attachment.c.sha256.in_(hashes), attachment.c.erased_at.is_(None))
    return set(connection.execute(rows).scalars())


def _in_drafts(connection: Connection) -> set[str]:
    """Every text in anybody's draft: ids of files are among them."""
    found: set[str] = set()
    for data in connection.execute(select(draft.c.fields)).scalars():
        found.update(_texts(canonical.decode(data)))
    return found


def _texts(value: Value) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
