"""Messages that go, went or could not go out, newest first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, or_, select, true, tuple_

from engine import access
from engine.access import GROUPS
from engine.clock import SHANGHAI, from_microseconds, instant_or_none, to_microseconds
from engine.errors import NotFound
from engine.masking import mask, mask_within
from engine.model import Actor
from engine.queries.base import Names, page_size
from engine.queries.letter_state import LetterState
from engine.queries.visibility import check_case, visible_case
from engine.store.tables import incident, job, outbox, process_instance
from engine.store.writes import HELD

if TYPE_CHECKING:
    from engine.definitions import Definitions

AUDIENCES: Final = ("customer", "courier", "staff", "platform")
_CURSOR: Final = re.compile(r"(\d{1,18})\.(\d{1,18})")
_MAX_TEXT: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message in the list; its text is as it goes out, personal data masked."""

    id: int
    case_id: str
    process_name: str
    element_name: str
    audience: str
    recipient: str
    template: str
    text: str
    written_at: datetime
    delivered_at: datetime | None
    state: LetterState
    #: Why the last try failed.
    problem: str | None
    attempts: int
    #: When it is tried again by itself; None: never, or it has gone.
    next_try_at: datetime | None
    #: The incident that a person has to resolve.
    incident: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPage:
    """A page of messages; ``filters`` are those that could be read."""

    rows: tuple[Letter, ...]
    next_after: str | None
    filters: Mapping[str, str]
    #: Codes of the texts that are on their way or have gone, for a filter.
    templates: tuple[str, ...]


def recipient_shown(audience: str, recipient: str) -> str:
    """Who a message is for, as everybody may see it."""
    if audience == "staff":
        return "、".join(GROUPS.get(group, group) for group in recipient.split(","))
    return str(mask("customer_id", recipient)) if audience == "customer" else recipient


def state_of(delivered_at: int | None, problem: str | None) -> LetterState:
    """The state of a message, of which a job with a problem may be left."""
    if delivered_at is not None:
        return LetterState.SENT
    return LetterState.WAITING if problem is None else LetterState.FAILED


def read_letters(
    connection: Connection,
    definitions: Definitions,
    actor: Actor,
    arguments: Mapping[str, str],
    *,
    after: str | None = None,
    limit: int = 50,
) -> LetterPage:
    """A page of the messages of cases that the actor may see.

    Args:
        connection: a snapshot.
        definitions: for names.
        actor: who looks.
        arguments: ``state``, ``audience``, ``template``, ``since``, ``until`` (days), ``text``; others, and what cannot
            be read, are passed over.
        after: ``next_after`` of the page before.
        limit: rows of a page.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    size = page_size(limit)
    filters = {name: text.strip()[:_MAX_TEXT] for name, text in arguments.items() if name in _FILTERS and text.strip()}
    conditions = {name: _FILTERS[name](text) for name, text in filters.items()}
    read = {name: condition for name, condition in conditions.items() if condition is not None}
    rows = connection.execute(
        select(
            outbox,
            job.c.problem,
            job.c.attempts,
            job.c.due_at,
            incident.c.id.label("incident"),
            process_instance.c.definition,
        )
        .select_from(
            outbox.join(process_instance, process_instance.c.key == outbox.c.instance)
            .outerjoin(job, job.c.id == -outbox.c.id)
            .outerjoin(incident, incident.c.id == job.c.id)
        )
        .where(*read.values(), _visible(actor), *_behind(after))
        .order_by(outbox.c.written_at.desc(), outbox.c.id.desc())
        .limit(size + 1)
    ).all()
    names = Names(connection, definitions)
    page = rows[:size]
    return LetterPage(
        rows=tuple(_letter(row, names) for row in page),
        next_after=f"{page[-1].written_at}.{page[-1].id}" if len(rows) > size else None,
        filters={name: filters[name] for name in read},
        templates=tuple(sorted(definitions.templates())),
    )


def incident_of(connection: Connection, message_id: int, actor: Actor) -> int | None:
    """The incident that holds a message; None: nothing holds it.

    Raises:
        NotFound: there is no such message, or the actor may not see its case.
    """
    case_id = connection.execute(select(outbox.c.case_id).where(outbox.c.id == message_id)).scalar_one_or_none()
    if case_id is None:
        raise NotFound(f"no message {message_id}")
    check_case(connection, case_id, actor)
    return connection.execute(select(incident.c.id).where(incident.c.id == -message_id)).scalar_one_or_none()


def _visible(actor: Actor) -> ColumnElement[bool]:
    """By the case's root, under another name: the message's own instance is joined already."""
    if access.sees_all_cases(actor):
        return true()
    visible = select(process_instance.c.case_id).where(process_instance.c.depth == 0, visible_case(actor))
    return outbox.c.case_id.in_(visible.correlate(None))


def _letter(row: Row[Any], names: Names) -> Letter:
    state = state_of(row.delivered_at, row.problem)
    retried = state is LetterState.FAILED and row.incident is None and row.due_at is not None and row.due_at < HELD
    return Letter(
        id=row.id,
        case_id=row.case_id,
        process_name=names.deployed(row.definition).name,
        element_name=names.element(row.definition, row.element),
        audience=row.audience,
        recipient=recipient_shown(row.audience, row.recipient),
        template=row.template,
        text=mask_within(row.text),
        written_at=from_microseconds(row.written_at),
        delivered_at=instant_or_none(row.delivered_at),
        state=state,
        problem=row.problem,
        attempts=row.attempts or 0,
        next_try_at=from_microseconds(row.due_at) if retried else None,
        incident=row.incident,
    )


def _behind(after: str | None) -> list[ColumnElement[bool]]:
    if not after:
        return []
    found = _CURSOR.fullmatch(after)
    if found is None:
        raise NotFound("there is no such page")
    return [tuple_(outbox.c.written_at, outbox.c.id) < (int(found[1]), int(found[2]))]


def _in_state(text: str) -> ColumnElement[bool] | None:
    """By the partial index of those under way, which are few."""
    failed = exists().where(job.c.id == -outbox.c.id, job.c.problem.is_not(None)).correlate(outbox)
    return {
        LetterState.SENT.value: outbox.c.delivered_at.is_not(None),
        LetterState.WAITING.value: and_(outbox.c.delivered_at.is_(None), ~failed),
        LetterState.FAILED.value: and_(outbox.c.delivered_at.is_(None), failed),
    }.get(text)


def _for_whom(text: str) -> ColumnElement[bool] | None:
    return outbox.c.audience == text if text in AUDIENCES else None


def _since(text: str) -> ColumnElement[bool] | None:
    day = _midnight(text)
    return None if day is None else outbox.c.written_at >= to_microseconds(day)


def _until(text: str) -> ColumnElement[bool] | None:
    day = _midnight(text)
    return None if day is None else outbox.c.written_at < to_microseconds(day + timedelta(days=1))


def _midnight(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime.combine(day, time(), SHANGHAI) if date(1970, 1, 2) <= day <= date(9998, 12, 31) else None


def _says(text: str) -> ColumnElement[bool]:
    """Within the text, or the whole of the case's number; a mobile number is sought as it is shown."""
    return or_(func.instr(outbox.c.text, mask_within(text)) > 0, outbox.c.case_id == text)


_FILTERS: Final = {
    "state": _in_state,
    "audience": _for_whom,
    "template": lambda text: outbox.c.template == text,
    "since": _since,
    "until": _until,
    "text": _says,
}
