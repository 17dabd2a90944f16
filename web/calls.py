"""Calls: who waits for an answer, the whole log, one call; registering, answering, and the case that a call opens."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine import attachments, customers, formcheck
from engine.attachments import Folder
from engine.clock import SHANGHAI, to_microseconds
from engine.customers import archive, call_log, calling, calls, registering, words
from engine.customers.calls import Call, CallOver, CallProblem
from engine.errors import InvalidValue, NotFound
from engine.masking import mask
from engine.queries.base import Names
from engine.queries.due import DueView
from web import customer_words, errors, live, notes, posted
from web.customers import shown_time, tabs
from web.format import working_time
from web.i18n import gettext
from web.identity import actor, needs
from web.links import number
from web.wiring import parts

bp = Blueprint("calls", __name__)
_FIELDS: Final = (*words.CALL_FIELDS, *words.QUOTE_FIELDS)
#: Fields of the form beside those.
_OTHERS: Final = ("kind", "source", "shop", "customer_id", "order_id", "received_at", "answered")
#: When the clock of a waiting call turns amber.
_REMIND_AT: Final = 0.8


def call_due(call: Call) -> DueView:
    """What a call's clock says: amber when 80 % of its time have passed."""
    if call.due_at is None:
        return DueView()
    return DueView(remind_at=call.received_at + (call.due_at - call.received_at) * _REMIND_AT)


bp.add_app_template_filter(call_due, "call_due")
bp.add_app_template_filter(working_time, "working_time")
bp.add_app_template_filter(lambda customer_id: mask("customer_id", customer_id) or "", "mask_id")


@bp.get("/calls")
@needs(customers.may_read)
def index() -> ResponseReturnValue:
    """Callers who wait for an answer, the first due first."""
    return render_template("calls/index.html", seconds=live.SECONDS, tabs=tabs(), **_waiting())


@bp.get("/calls/waiting")
@needs(customers.may_read)
def waiting() -> Response:
    """The list of those who wait, for the poll."""
    return live.fragment(render_template("calls/_waiting.html", **_waiting()))


@bp.get("/calls/log")
@needs(customers.may_read)
def log() -> ResponseReturnValue:
    """Every call, the last first; filters stand in the address."""
    names = ("kind", "source", "since", "until")
    query = {name: request.args.get(name, "").strip()[:20] for name in names}
    query = {name: text for name, text in query.items() if text}
    after = request.args.get("after")
    since, until = _day(query.get("since")), _day(query.get("until"))
    with parts().db.read() as connection:
        page = call_log.list_log(
            connection,
            kind=query.get("kind", ""),
            source=query.get("source", ""),
            since=since,
            until=None if until is None else until + timedelta(days=1) // timedelta(microseconds=1),
            after=after,
        )
        visible = call_log.visible_cases(connection, actor(), [line.case_id for line in page.rows])
        people = Names(connection, parts().definitions, [line.by for line in page.rows])
    return render_template(
        "calls/log.html", page=page, query=query, after=after, visible=visible, people=people, tabs=tabs()
    )


@bp.get("/calls/new")
@needs(customers.may_edit)
def new() -> ResponseReturnValue:
    """The form; ``customer`` (key), ``order_id`` and ``kind`` in the address fill it in."""
    typed = {name: request.args.get(name, "")[:64] for name in ("order_id", "kind", "source")}
    key = request.args.get("customer", type=number)
    if key is not None:
        with parts().db.read() as connection:
            typed["customer_id"] = archive.get(connection, key).customer_id
    return _form(typed)


@bp.post("/calls")
@needs(customers.may_edit)
def register() -> ResponseReturnValue:
    """303 to the call, also for the same submission again; 422 with the form when a field is wrong."""
    typed = {name: posted.text(name, 2100) for name in (*_FIELDS, *_OTHERS, "msds")}
    try:
        key = posted.key()
        typed["msds"] = upload("msds_file") or typed["msds"]
        received = {**typed, "received_at": _instant(typed["received_at"])}
        with parts().db.begin() as tx:
            made = registering.register(tx, received, actor(), now=parts().clock.now(), submission_key=key)
    except (CallProblem, InvalidValue) as problem:
        field = problem.field if isinstance(problem, CallProblem) else "msds"
        return _form(typed, problem=errors.sentence(problem), field=field, key=posted.sent_key()), 422
    if made.kind == "complaint" and made.case_id is None:
        notes.add(gettext("已登记投诉来电,请接着发起维权流程。"))
    else:
        notes.add(gettext("已登记。") if made.due_at is None else gettext("已登记,请在截止前回电。"))
    return redirect(url_for("calls.show", call_id=made.id), code=303)


@bp.get("/calls/<int:call_id>")
@needs(customers.may_read)
def show(call_id: int) -> ResponseReturnValue:
    """One call; name and number masked."""
    return _page(call_id)


@bp.post("/calls/<int:call_id>/contact")
@needs(customers.may_edit)
def contact(call_id: int) -> ResponseReturnValue:
    """The call with name and number, for who calls back; that is logged, and the page is kept nowhere."""
    with parts().db.begin() as tx:
        found = calling.reveal(tx, call_id, actor(), now=parts().clock.now())
    known = {name: str(found.details.get(name, "")) for name in ("contact_name", "contact_phone")}
    answer = Response(_page(call_id, contact=known))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/calls/<int:call_id>/take")
@needs(customers.may_edit)
def take(call_id: int) -> ResponseReturnValue:
    """303 to the call, which is one's own now; 409 when somebody has answered."""
    return _act(call_id, lambda tx, now: calling.take(tx, call_id, actor(), now=now), gettext("已认领,请尽快回电。"))


@bp.post("/calls/<int:call_id>/attempt")
@needs(customers.may_edit)
def attempt(call_id: int) -> ResponseReturnValue:
    """303 to the call with one more attempt; 409 when somebody has answered."""
    said = gettext("已记下:未接通。")
    return _act(call_id, lambda tx, now: calling.attempt(tx, call_id, actor(), now=now), said)


@bp.post("/calls/<int:call_id>/answer")
@needs(customers.may_edit)
def answer(call_id: int) -> ResponseReturnValue:
    """303 to the waiting calls; 422 with what was typed when something is missing, 409 when somebody was faster."""
    result, text = request.form.get("result", "")[:20], posted.text("answer", 2100)
    try:
        with parts().db.begin() as tx:
            calling.answer(tx, call_id, result, text, actor(), now=parts().clock.now())
    except CallProblem as problem:
        typed = {"result": result, "answer": text}
        return _page(call_id, problem=errors.sentence(problem), field=problem.field, typed=typed), 422
    except CallOver as problem:
        return _page(call_id, problem=errors.sentence(problem)), 409
    notes.add(gettext("已记下答复。"))
    return redirect(url_for("calls.index"), code=303)


@bp.get("/calls/<int:call_id>/file")
@needs(customers.may_read)
def file(call_id: int) -> ResponseReturnValue:
    """The file that came with the call, to be saved; taking it is logged."""
    with parts().db.begin() as tx:
        kept = calling.open_file(tx, call_id, actor(), now=parts().clock.now())
    return sent_file(kept)


def sent_file(kept: attachments.Attachment) -> Response:
    """A kept file, to be saved: never shown as a page.

    Raises:
        NotFound: its content was given up.
    """
    content = Folder.beside(parts().db).read(kept.sha256)
    if kept.erased_at is not None or content is None:
        raise NotFound(f"the content of {kept.id} is gone", message_zh="文件内容已清除。")
    answer: Response = send_file(
        io.BytesIO(content), mimetype=kept.media_type, as_attachment=True, download_name=kept.name
    )
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def upload(field: str) -> str:
    """Take in the file of a form's field; gives its id, "" where none was chosen.

    Raises:
        FileRefused: its content cannot be kept.
    """
    sent = request.files.get(field)
    if sent is None or not sent.filename:
        return ""
    found = parts()
    content = sent.stream.read(formcheck.MAX_FILE_BYTES + 1)
    folder = Folder.beside(found.db)
    return attachments.keep(found.db, folder, sent.filename, content, actor=actor(), now=found.clock.now()).id


def _act(call_id: int, does: Any, said: str) -> ResponseReturnValue:
    try:
        with parts().db.begin() as tx:
            does(tx, parts().clock.now())
    except CallOver as problem:
        return _page(call_id, problem=errors.sentence(problem)), 409
    notes.add(said)
    return redirect(url_for("calls.show", call_id=call_id), code=303)


def _waiting() -> dict[str, Any]:
    mine = request.args.get("mine") == "1"
    after = request.args.get("after")
    with parts().db.read() as connection:
        page = calls.list_waiting(connection, taken_by=actor().id if mine else None, after=after)
        people = Names(connection, parts().definitions, [call.taken_by for call in page.rows])
    return {"page": page, "mine": mine, "after": after, "people": people}


def _form(
    typed: Mapping[str, str], *, problem: str | None = None, field: str | None = None, key: str | None = None
) -> str:
    now = parts().clock.now()
    with parts().db.read() as connection:
        waiting_file = attachments.find(connection, typed.get("msds", ""))
    return render_template(
        "calls/new.html",
        typed={"kind": "", "source": "phone", **{name: text for name, text in typed.items() if text}},
        problem=problem,
        field=field,
        latest=shown_time(now),
        most={name: most for name, (_, most) in {**words.CALL_FIELDS, **words.QUOTE_FIELDS}.items()},
        call_fields=words.CALL_FIELDS,
        quote_fields=words.QUOTE_FIELDS,
        limits={kind: found.limit for kind, found in words.CALL_KINDS.items()},
        message_limit=words.MESSAGE_LIMIT,
        file=waiting_file if waiting_file and waiting_file.uploaded_by == actor().id else None,
        submission_key=key or posted.new_key(),
        tabs=tabs(),
    )


def _page(
    call_id: int,
    *,
    contact: Mapping[str, str] | None = None,
    problem: str | None = None,
    field: str | None = None,
    typed: Mapping[str, str] | None = None,
) -> str:
    person = actor()
    with parts().db.read() as connection:
        call = calls.get(connection, call_id)
        named = [call.registered_by, call.taken_by, call.called_back_by]
        people = Names(connection, parts().definitions, named)
        visible = call_log.visible_cases(connection, person, [call.case_id])
        customer_key = archive.find_key(connection, call.customer_id) if call.customer_id else None
    may_edit = customers.may_edit(person) and call.customer_id not in person.customer_ids
    return render_template(
        "calls/call.html",
        call=call,
        contact=contact,
        people=people,
        visible=visible,
        customer_key=customer_key,
        may_edit=may_edit,
        may_take=may_edit
        and call.is_open
        and call.taken_by != person.id
        and (call.taken_by is None or words.heads_service(person)),
        may_see_contact=contact is None and calls.may_see_contact(person, call),
        results={code: customer_words.CALL_RESULTS[code] for code in calling.results_of(call.kind)},
        min_attempts=calling.MIN_ATTEMPTS,
        max_answer=calling.MAX_ANSWER,
        problem=problem,
        field=field,
        typed=typed or {},
        fields=[name for name in _FIELDS if name in call.shown and name != "note"],
        tabs=tabs(),
    )


def _day(text: str | None) -> int | None:
    """The first microsecond of a day of the shop's zone; None: it is no day."""
    try:
        day = datetime.fromisoformat(text).date() if text else None
    except ValueError:
        return None
    return None if day is None else to_microseconds(datetime.combine(day, time(), SHANGHAI))


def _instant(text: str) -> str:
    """What a ``datetime-local`` field says, with the shop's zone."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).isoformat() if text else ""
    except ValueError:
        return text
