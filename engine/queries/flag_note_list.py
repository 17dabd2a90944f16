"""Register R09 (承诺与旗子备注): the notes behind the flags of the orders whose cases a person may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, select

from engine import masking
from engine.clock import from_microseconds
from engine.errors import NotFound
from engine.model import Actor
from engine.queries.base import Names
from engine.queries.visibility import visible_case
from engine.scripts import FlagNote
from engine.store.tables import flag_note, process_instance

if TYPE_CHECKING:
    from engine.definitions import Definitions

_PAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagNotePage:
    """A page of notes: (note, name of who wrote it); ``after`` is where the next one begins."""

    rows: tuple[tuple[FlagNote, str], ...]
    after: int | None


def list_flag_notes(
    connection: Connection, definitions: Definitions, actor: Actor, query: Mapping[str, str], *, after: str = ""
) -> FlagNotePage:
    """A page of the notes, the newest first; the customer's id is masked.

    Args:
        connection: a snapshot.
        definitions: for names.
        actor: whose cases.
        query: ``text`` in the note, ``action``, ``order``; what is missing rules nothing out.
        after: id of the last note of the page before.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    found = (
        select(flag_note)
        .join(process_instance, process_instance.c.case_id == flag_note.c.case_id)
        .where(process_instance.c.depth == 0, visible_case(actor))
    )
    if text := query.get("text"):
        found = found.where(flag_note.c.note.contains(text, autoescape=True))
    if action := query.get("action"):
        found = found.where(flag_note.c.action == action)
    if order := query.get("order"):
        found = found.where(flag_note.c.order_id == order)
    if after:
        if not (after.isascii() and after.isdigit() and len(after) < 18):
            raise NotFound(f"there is no place {after[:20]!r} in the list", message_zh="没有这一页。")
        found = found.where(flag_note.c.id < int(after))
    rows = connection.execute(found.order_by(flag_note.c.id.desc()).limit(_PAGE + 1)).all()
    names = Names(connection, definitions, {row.written_by for row in rows})
    shown = tuple((_note(row), names.person(row.written_by)) for row in rows[:_PAGE])
    return FlagNotePage(rows=shown, after=shown[-1][0].id if len(rows) > _PAGE else None)


def _note(row: Any) -> FlagNote:
    return FlagNote(
        id=row.id,
        case_id=row.case_id,
        order_id=row.order_id,
        customer_id=None if row.customer_id is None else str(masking.mask("customer_id", row.customer_id)),
        action=row.action,
        note=row.note,
        written_at=from_microseconds(row.written_at),
        written_by=row.written_by,
    )
