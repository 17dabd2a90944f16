"""What is known of an uploaded file: who gave it when, and to which case it belongs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, select

from engine.clock import from_microseconds, instant_or_none
from engine.errors import NotFound
from engine.model import Value
from engine.store.tables import attachment

_ID: Final = re.compile(r"[0-9a-f]{32}")


class NoSuchFile(NotFound):
    """There is no such file, or the person may not see it."""

    code = "no_such_file"
    message_zh = "没有这个文件,或您没有权限。"
    message_en = "There is no such file, or you do not have the permission."


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """An uploaded file."""

    #: 32 random hexadecimal digits: nobody finds a file by trying.
    id: str
    sha256: str
    name: str
    media_type: str
    #: Bytes.
    size: int
    uploaded_by: str
    #: Aware UTC.
    uploaded_at: datetime
    #: The case whose variables hold it; None: no form with it has been sent yet.
    case_id: str | None
    #: Holds personal data: shown on a click that is logged.
    personal: bool
    #: When its content was given up for data protection; None: it is there.
    erased_at: datetime | None

    @property
    def is_picture(self) -> bool:
        """Whether there is a small picture of it."""
        return self.media_type.startswith("image/")

    @property
    def value(self) -> Mapping[str, Value]:
        """What variables hold of it."""
        return {
            "id": self.id,
            "name": self.name,
            "type": self.media_type,
            "size": Decimal(self.size),
            "sha256": self.sha256,
        }


def find(connection: Connection, file_id: Value) -> Attachment | None:
    """A file by its id; None where there is none, whatever the id looks like."""
    if not isinstance(file_id, str) or not _ID.fullmatch(file_id):
        return None
    row = connection.execute(select(attachment).where(attachment.c.id == file_id)).one_or_none()
    return None if row is None else _attachment(row)


def get(connection: Connection, file_id: str) -> Attachment:
    """A file by its id.

    Raises:
        NoSuchFile: there is none.
    """
    found = find(connection, file_id)
    if found is None:
        raise NoSuchFile(f"there is no file {file_id[:40]!r}")
    return found


def list_of_case(connection: Connection, case_id: str) -> tuple[Attachment, ...]:
    """The files of a case, in the order in which they were uploaded."""
    rows = select(attachment).where(attachment.c.case_id == case_id)
    return tuple(map(_attachment, connection.execute(rows.order_by(attachment.c.uploaded_at, attachment.c.id))))


def _attachment(row: Any) -> Attachment:
    return Attachment(
        id=row.id,
        sha256=row.sha256,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        uploaded_by=row.uploaded_by,
        uploaded_at=from_microseconds(row.uploaded_at),
        case_id=row.case_id,
        personal=bool(row.personal),
        erased_at=instant_or_none(row.erased_at),
    )
