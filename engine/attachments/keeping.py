"""Takes an upload in: judged first, then its content, then its row, so that a crash leaves no row without content."""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import func, insert, select

from engine.attachments.folder import Folder
from engine.attachments.judge import FileRefused, judge
from engine.attachments.names import clean_name
from engine.attachments.rows import Attachment
from engine.clock import to_microseconds
from engine.model import Actor
from engine.store.database import Database, Transaction
from engine.store.tables import attachment

#: Files of one person that belong to no case yet.
MAX_UNUSED: Final = 100
#: Their bytes together.
MAX_UNUSED_BYTES: Final = 300 * 1024 * 1024


def keep(db: Database, folder: Folder, name: str, content: bytes, *, actor: Actor, now: datetime) -> Attachment:
    """Keep an uploaded file; it belongs to no case until a form with it is sent.

    Args:
        db: the database.
        folder: the contents beside it.
        name: as the browser sent it.
        content: all of its bytes.
        actor: who uploads.
        now: aware.

    Raises:
        FileRefused: the content cannot be kept, or the person has too many unused files.
        StorageUnavailable: the disk is full. Nothing was kept.
    """
    judged = judge(content)
    digest = sha256(content).hexdigest()
    kept = Attachment(
        id=secrets.token_hex(16),
        sha256=digest,
        name=clean_name(name, judged.media_type),
        media_type=judged.media_type,
        size=len(content),
        uploaded_by=actor.id,
        uploaded_at=now,
        case_id=None,
        personal=False,
        erased_at=None,
    )
    folder.put(digest, content, judged.thumb)
    with db.begin() as tx:
        _check_quota(tx, actor, len(content))
        if not folder.has(digest):  # swept since; the sweep holds this transaction's lock too
            folder.put(digest, content, judged.thumb)
        tx.connection.execute(
            insert(attachment).values(
                id=kept.id,
                sha256=digest,
                name=kept.name,
                media_type=kept.media_type,
                size=kept.size,
                uploaded_by=actor.id,
                uploaded_at=to_microseconds(now),
                personal=0,
            )
        )
    return kept


def _check_quota(tx: Transaction, actor: Actor, size: int) -> None:
    unused = select(func.count(), func.coalesce(func.sum(attachment.c.size), 0)).where(
        attachment.c.uploaded_by == actor.id, attachment.c.case_id.is_(None)
    )
    count, total = tx.connection.execute(unused).one()
    if count >= MAX_UNUSED or total + size > MAX_UNUSED_BYTES:
        raise FileRefused(
            "You have uploaded too many files without submitting them. Please submit or cancel "
            "the forms that you have filled in; "
            "files that are not used are removed after 24 hours.",
            message_zh="您上传后尚未提交的文件过多,请先提交或取消已填的表单;未使用的文件 24 小时后自动清除。",
        )
