"""Drafts: what somebody types is kept on the server as it is typed, and given back on the form it belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import drafts, formcheck
from engine.drafts import Draft
from engine.errors import EngineError, InvalidValue, NotAllowed, NotFound
from engine.labels import Labels
from engine.model import Actor
from engine.runtime import EventOver
from web import draft_tokens, errors, files, notes, posted, quality_subjects
from web import format as words
from web.draft_tokens import Kept
from web.i18n import english, gettext
from web.identity import actor, needs, starts_cases, works_on_cases
from web.links import local_target, number
from web.wiring import parts, surroundings

bp = Blueprint("drafts", __name__)
#: Tells the scripts of the next page that a form was taken: what the browser kept of it can go.
SENT_COOKIE: Final = "kefuflow_sent"
_SENT_SECONDS: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a form's page needs to keep what is typed."""

    #: Names the form of this person in the browser's own store.
    key: str
    save_url: str
    discard_url: str
    #: Number of the draft on the server; 0: there is none.
    seen: int
    #: Shown in the form; None: the form shows something else.
    restored: Draft | None
    #: The form shows what was just sent.
    fresh: bool
    #: See web.draft_tokens.
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """A draft in the person's list."""

    draft: Draft
    name: str
    #: Where it stands: a process, or a process and its case.
    place: str
    href: str
    discard_url: str
    #: Its task has ended, or is not the person's any more.
    over: bool


# --- what forms ask ------------------------------------------------------------------------------


def of_subject(subject: str) -> Draft | None:
    """The person's draft of a form."""
    with parts().db.read() as connection:
        return drafts.find(connection, actor().id, subject)


def start_subject(process_id: str) -> str:
    """The subject of the start form that was sent: with which order it began stands in its own token."""
    kept = draft_tokens.posted_form()
    plain = drafts.of_start(process_id)
    if kept is not None and kept.user == actor().id and (kept.subject + ":").startswith(plain + ":"):
        return kept.subject
    return plain


def place_of(subject: str, draft: Draft | None, *, fresh: bool = False) -> Place:
    """What the page of a form needs.

    Args:
        subject: as ``engine.drafts`` names it.
        draft: the draft on the server.
        fresh: the form shows what was sent, and not the draft.
    """
    return Place(
        key=f"{actor().id}|{subject}",
        save_url=_url("save", subject),
        discard_url=_url("discard", subject),
        seen=0 if draft is None else draft.number,
        restored=None if fresh else draft,
        fresh=fresh,
        token=draft_tokens.sign(actor().id, subject),
    )


def _url(verb: str, subject: str) -> str:
    """Where a draft is saved or given up."""
    if quality_subjects.is_ours(subject):
        return quality_subjects.url_of(verb, subject)
    kind, _, rest = subject.partition(":")
    event = drafts.event_of(subject)
    if kind == "task":
        return url_for(f"drafts.{verb}_task", task_id=int(rest))
    if event is not None:
        return url_for(f"drafts.{verb}_event", case_id=event[0], event_id=event[1])
    process_id, _, order_id = rest.partition(":")
    return url_for(f"drafts.{verb}_start", process_id=process_id, order_id=order_id or None)


@bp.app_template_global()
def draft_count() -> int:
    """How many drafts the person of this request has; read once a request."""
    if "draft_count" not in g:
        with parts().db.read() as connection:
            g.draft_count = drafts.count_of(connection, actor().id)
    counted: int = g.draft_count
    return counted


def keep(subject: str, schema: formcheck.Schema | None, raw: Mapping[str, str | list[str]]) -> Draft | None:
    """Keep what came with a form that could not be taken; gives the draft."""
    return keep_fields(subject, of_form(schema, raw))


def keep_fields(subject: str, fields: Mapping[str, str | list[str]]) -> Draft | None:
    """Keep fields of a form that could not be taken; gives the draft."""
    try:
        drafts.save(parts().db, actor().id, subject, fields, at=parts().clock.now())
    except InvalidValue:  # too long to be kept; the page shows it again
        return None
    return of_subject(subject)


@contextmanager
def kept_when_refused(subject: str, schema: formcheck.Schema | None) -> Iterator[None]:
    """What a form held is kept when the engine refuses it: done by somebody else meanwhile, suspended, not allowed."""
    try:
        yield
    except EngineError:
        with suppress(EngineError):  # the disk may be full: the refusal is what has to be said
            keep(subject, schema, files.receive(schema or {}, posted.fields()).raw)
        raise


def taken(answer: Response, subject: str) -> Response:
    """The form was taken: its draft goes, here and in the browser."""
    drafts.discard(parts().db, actor().id, subject)
    secure = bool(current_app.config.get("SESSION_COOKIE_SECURE"))
    answer.set_cookie(SENT_COOKIE, subject, max_age=_SENT_SECONDS, secure=secure, samesite="Lax")
    return answer


def of_form(schema: formcheck.Schema | None, raw: Mapping[str, str | list[str]]) -> dict[str, str | list[str]]:
    """The fields that the form has; others are nobody's."""
    known = {field.key for field in formcheck.fields(schema)} if schema else set()
    return {name: text for name, text in raw.items() if name.partition(".")[0] in known}


def readable(draft: Draft, schema: formcheck.Schema | None, labels: Labels) -> list[tuple[str, str]]:
    """What a draft holds, as label and text, where its form cannot be sent any more."""
    options = {
        field.key: {option.value: option.label for option in field.options}
        for field in (formcheck.fields(schema) if schema else ())
    }
    kinds = {field.key: field for field in (formcheck.fields(schema) if schema else ())}
    found = []
    for name, text in draft.fields.items():
        field = kinds.get(name.partition(".")[0])
        if field is not None and field.is_files:
            continue
        texts = [text] if isinstance(text, str) else list(text)
        said = "、".join(options.get(name, {}).get(item, item) for item in texts if item.strip())
        if said:
            found.append((labels.name(name.partition(".")[0]), said))
    return found


def back_after_login(kept: Kept | None, person: Actor) -> str | None:
    """Keep what a form held when the log-in had run out; gives the form's page. None: it was somebody else's form."""
    if kept is None or kept.user != person.id:
        return None
    try:
        fields = _fields(kept, person)
        drafts.save(parts().db, person.id, kept.subject, fields, at=parts().clock.now())
    except (NotFound, NotAllowed, InvalidValue, EventOver, ValueError):
        return None
    return draft_tokens.page_of(kept.subject)


def _fields(kept: Kept, person: Actor) -> dict[str, str | list[str]]:
    """What a form held of its own fields, which must be the person's to fill in."""
    if not quality_subjects.is_ours(kept.subject):
        return of_form(_schema(kept.subject, person), kept.fields)
    quality_subjects.check_author(kept.subject, person)
    return quality_subjects.fields_of(kept.subject, kept.fields)


def _schema(subject: str, person: Actor) -> formcheck.Schema | None:
    kind, _, rest = subject.partition(":")
    if kind == "task":
        return parts().queries.task(number(rest), person).schema
    event = drafts.event_of(subject)
    if event is not None:
        return parts().queries.event_form(*event, person).schema
    return parts().queries.start_form(rest.partition(":")[0], person).schema


# --- routes --------------------------------------------------------------------------------------


@bp.get("/drafts")
@needs(works_on_cases)
def index() -> ResponseReturnValue:
    """What the person has typed and not sent yet."""
    with parts().db.read() as connection:
        found = drafts.list_of(connection, actor().id)
    return render_template("drafts/index.html", rows=_rows(found))


@bp.post("/tasks/<int:task_id>/draft")
@needs(works_on_cases)
def save_task(task_id: int) -> ResponseReturnValue:
    """JSON for who saves while typing (``quiet`` in the address), else 303 to the task; 422 when it is too long."""
    view = parts().queries.task(task_id, actor())
    return _save(drafts.of_task(task_id), view.schema)


@bp.post("/tasks/<int:task_id>/draft/discard")
@needs(works_on_cases)
def discard_task(task_id: int) -> ResponseReturnValue:
    """303 to the task, without the draft."""
    parts().queries.task(task_id, actor())
    return discard_draft(drafts.of_task(task_id))


@bp.post("/start/<process_id>/draft")
@needs(starts_cases)
def save_start(process_id: str) -> ResponseReturnValue:
    """The same of a start form."""
    start = parts().queries.start_form(process_id, actor())
    return _save(drafts.of_start(process_id, _order()), start.schema)


@bp.post("/start/<process_id>/draft/discard")
@needs(starts_cases)
def discard_start(process_id: str) -> ResponseReturnValue:
    """303 to the start form, without the draft."""
    parts().queries.start_form(process_id, actor())
    return discard_draft(drafts.of_start(process_id, _order()))


@bp.post("/cases/<case_id>/events/<int:event_id>/draft")
@needs(works_on_cases)
def save_event(case_id: str, event_id: int) -> ResponseReturnValue:
    """The same of the form by which an event is registered; 409 when the case does not wait for it any more."""
    asked = parts().queries.event_form(case_id, event_id, actor())
    return _save(drafts.of_event(case_id, event_id), asked.schema)


@bp.post("/cases/<case_id>/events/<int:event_id>/draft/discard")
@needs(works_on_cases)
def discard_event(case_id: str, event_id: int) -> ResponseReturnValue:
    """303 to the form without the draft; to the case when it does not wait for the event any more."""
    parts().queries.case(case_id, actor())
    subject = drafts.of_event(case_id, event_id)
    try:
        parts().queries.event_form(case_id, event_id, actor())
    except (EventOver, NotFound):
        return discard_draft(subject, url_for("cases.show", case_id=case_id))
    return discard_draft(subject)


def _order() -> str:
    """The order in the address, as the page of a start form reads it."""
    return request.args.get("order_id", "")[:32]


def _save(subject: str, schema: formcheck.Schema | None) -> ResponseReturnValue:
    received = files.receive(schema or {}, posted.fields())
    return save_fields(subject, of_form(schema, received.raw), received.refused)


def save_fields(
    subject: str, fields: Mapping[str, str | list[str]], refused: Mapping[str, tuple[str, str]] | None = None
) -> ResponseReturnValue:
    """Save what was typed: JSON for who saves while typing, else 303 to the form; 422 when it is too long.

    Args:
        subject: as ``engine.drafts`` names it.
        fields: the form's own.
        refused: sentences, Chinese and English, about files that could not be kept.
    """
    quiet, seen = "quiet" in request.args, request.args.get("seen", type=int)
    try:
        saved = drafts.save(parts().db, actor().id, subject, fields, at=parts().clock.now(), seen=seen)
    except InvalidValue as problem:
        if quiet:
            return {"error": errors.sentence(problem)}, 422
        raise
    if quiet:
        return _told(saved)
    for zh, en in (refused or {}).values():
        notes.add(en if english() else zh, "warn")
    if saved is not None:
        notes.add(gettext("草稿已保存,只有您看得到。"))
    return redirect(draft_tokens.page_of(subject), code=303)


def _told(saved: drafts.Saved | None) -> dict[str, Any]:
    if saved is None:
        return {"sent": True, "number": 0}
    at = words.moment(saved.saved_at, parts().clock.now())
    return {"number": saved.number, "at": at, "elsewhere": saved.elsewhere}


def discard_draft(subject: str, back: str | None = None) -> ResponseReturnValue:
    """Give a draft up: 303 to where the person came from, else to ``back`` or the form."""
    drafts.discard(parts().db, actor().id, subject)
    notes.add(gettext("草稿已放弃。"))
    return redirect(local_target(request.form.get("_next"), back or draft_tokens.page_of(subject)), code=303)


def _rows(found: list[Draft]) -> list[DraftRow]:
    """The lines of the list; what the person may not see any more is left out."""
    person = actor()
    tasks = surroundings().tasks([draft.task for draft in found if draft.task is not None], person)
    starts = {option.process_id: option.name for option in parts().queries.startable(person)}
    events = surroundings().events([draft.event for draft in found if draft.event is not None], person)
    quality = quality_subjects.describe(found, person)
    rows = []
    for draft in found:
        place = place_of(draft.subject, draft)
        task = tasks.get(draft.task or 0)
        if task is not None:
            name, where = task.name, f"{task.process_name} {task.case_id}"
            over = task.status != "open" or task.assignee not in (None, person.id)
        elif draft.event in events:
            event = events[draft.event]
            name = gettext("登记「%(name)s」", name=event.name) if event.name else gettext("登记事件")
            where, over = f"{event.process_name} {draft.event[0]}", event.over
        elif draft.subject in quality:
            described = quality[draft.subject]
            name, where, over = described.name, described.place, described.over
        elif draft.process_id in starts:
            name, where, over = gettext("发起%(name)s", name=starts[draft.process_id]), draft.order_id, False
        else:
            continue
        href = draft_tokens.page_of(draft.subject)
        rows.append(DraftRow(draft=draft, name=name, place=where, href=href, discard_url=place.discard_url, over=over))
    return rows
