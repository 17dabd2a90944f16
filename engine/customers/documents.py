"""The archive of papers (E16) as people read it: by category, for those whom they concern, with every version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, literal, or_, select, tuple_

from engine.clock import from_microseconds, instant_or_none
from engine.customers import finding, words
from engine.errors import NotFound
from engine.masking import mask_within
from engine.model import Actor
from engine.store.tables import attachment, document, document_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A paper. Times are aware UTC."""

    id: int
    title: str
    category: str
    access_group: str
    customer_id: str | None
    order_id: str | None
    note: str
    version: int
    created_by: str
    created_at: datetime
    changed_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of a paper, and its file."""

    number: int
    name: str
    media_type: str
    #: Bytes.
    size: int
    sha256: str
    note: str
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPage:
    """A page of papers, the last changed first."""

    rows: tuple[Document, ...]
    next_after: str | None


# --- whose they are ------------------------------------------------------------------------------


def readable(actor: Actor) -> ColumnElement[bool]:
    """The condition, on rows of document, that the actor may read them.

    Customers' papers are for everybody who reads the archive, unless a group is named; then for that group and for
    department managers. Contracts are for finance and department managers only.
    """
    groups: list[ColumnElement[bool]] = [document.c.access_group.in_(sorted(actor.groups))]
    if words.may_read(actor):
        groups.append(document.c.access_group == "")
    named = or_(literal("dept_manager" in actor.groups), *groups)
    if words.keeps_contracts(actor):
        return or_(named, document.c.category.in_(sorted(words.CONFIDENTIAL)))
    return and_(named, document.c.category.not_in(sorted(words.CONFIDENTIAL)))


def may_keep(actor: Actor, category: str) -> bool:
    """Whether the actor enters papers of a category."""
    return words.keeps_contracts(actor) if category in words.CONFIDENTIAL else words.may_edit(actor)


def categories_of(actor: Actor) -> dict[str, str]:
    """The categories of which the actor enters papers."""
    return {code: name for code, name in words.CATEGORIES.items() if may_keep(actor, code)}


def get(connection: Connection, document_id: int, actor: Actor) -> Document:
    """A paper.

    Raises:
        NotFound: there is none, it was put away, or it is not the actor's to read.
    """
    wanted = select(document).where(document.c.id == document_id, document.c.withdrawn_at.is_(None), readable(actor))
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise NotFound(f"there is no document {document_id}", message_zh="没有这份资料,或您没有权限。")
    return document_of(row)


def versions_of(connection: Connection, document_id: int) -> tuple[Version, ...]:
    """The versions of a paper that the actor may read, the newest first."""
    found = (
        select(document_version, attachment.c.name, attachment.c.media_type, attachment.c.size, attachment.c.sha256)
        .join(attachment, attachment.c.id == document_version.c.file)
        .where(document_version.c.document == document_id)
        .order_by(document_version.c.number.desc())
    )
    return tuple(
        Version(
            number=row.number,
            name=mask_within(row.name),
            media_type=row.media_type,
            size=row.size,
            sha256=row.sha256,
            note=mask_within(row.note),
            added_by=row.added_by,
            added_at=from_microseconds(row.added_at),
        )
        for row in connection.execute(found)
    )


def list_documents(
    connection: Connection,
    actor: Actor,
    *,
    category: str = "",
    text: str = "",
    after: str | None = None,
    limit: int = 50,
) -> DocumentPage:
    """A page of the papers that the actor may read, the last changed first.

    Args:
        connection: a snapshot.
        actor: who looks.
        category: only this one.
        text: part of the title or the note.
        after: ``next_after`` of the page before.
        limit: rows of a page, 200 at most.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    size = min(max(limit, 1), 200)
    wanted = select(document).where(document.c.withdrawn_at.is_(None), readable(actor))
    if category:
        wanted = wanted.where(document.c.category == category)
    if text.strip():
        sought = text.strip()
        wanted = wanted.where(
            or_(document.c.title.contains(sought, autoescape=True), document.c.note.contains(sought, autoescape=True))
        )
    place = finding.read_place(after)
    if place is not None:
        wanted = wanted.where(tuple_(document.c.changed_at, document.c.id) < tuple_(*place))
    rows = connection.execute(wanted.order_by(document.c.changed_at.desc(), document.c.id.desc()).limit(size + 1)).all()
    page = rows[:size]
    more = f"{page[-1].changed_at}.{page[-1].id}" if len(rows) > size else None
    return DocumentPage(rows=tuple(map(document_of, page)), next_after=more)


def documents_of(connection: Connection, customer_id: str, actor: Actor, limit: int = 20) -> tuple[Document, ...]:
    """The papers of a customer that the actor may read, the newest first."""
    found = (
        select(document)
        .where(document.c.customer_id == customer_id, document.c.withdrawn_at.is_(None), readable(actor))
        .order_by(document.c.id.desc())
        .limit(limit)
    )
    return tuple(map(document_of, connection.execute(found)))


def count_documents(connection: Connection, actor: Actor) -> dict[str, int]:
    """Category → number of papers that the actor may read."""
    counted = select(document.c.category, func.count()).where(document.c.withdrawn_at.is_(None), readable(actor))
    return {row[0]: row[1] for row in connection.execute(counted.group_by(document.c.category))}


def document_of(row: Row[Any]) -> Document:
    """A row of the table."""
    return Document(
        id=row.id,
        title=mask_within(row.title),
        category=row.category,
        access_group=row.access_group,
        customer_id=row.customer_id,
        order_id=row.order_id,
        note=mask_within(row.note),
        version=row.version,
        created_by=row.created_by,
        created_at=from_microseconds(row.created_at),
        changed_at=from_microseconds(row.changed_at),
        withdrawn_at=instant_or_none(row.withdrawn_at),
    )
