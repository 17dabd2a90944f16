"""承诺时间: promise the customer a time, change it with a reason, and tell him how things stand."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import collaboration
from engine.collaboration import UnconfirmedPromise
from engine.errors import InvalidValue
from web import errors, notes, posted, spoken, talk, typed_times
from web.i18n import gettext
from web.identity import actor, needs, works_on_cases
from web.links import local_target
from web.wiring import parts

bp = Blueprint("promises", __name__)
_LETTER = 2000


@bp.get("/cases/<case_id>/promise")
@needs(works_on_cases)
def show(case_id: str) -> ResponseReturnValue:
    """The form, with the promise that counts."""
    case = parts().queries.case(case_id, actor())
    promise = talk.promise_on(case_id)
    return _page(case, typed={"promised_at": typed_times.typed(promise.promised_at if promise else None)})


@bp.post("/cases/<case_id>/promise")
@needs(works_on_cases)
def make(case_id: str) -> ResponseReturnValue:
    """The preview of the message first; then 303 back. 422 with what was typed when it cannot be promised."""
    case = parts().queries.case(case_id, actor())
    typed = {"promised_at": posted.text("promised_at", 30), "reason": posted.text("reason", 2000)}
    quiet, letter = request.form.get("what") == "quiet", None
    try:
        at = _asked(case_id)
        letter = None if quiet else _letter_of(case_id, at)
        if request.form.get("what") == "preview":
            collaboration.check_promise(parts().runtime, case_id, at, actor(), reason=typed["reason"])
            return _page(case, typed=typed, letter=letter)
        collaboration.make_promise(
            parts().runtime,
            case_id,
            at,
            actor(),
            reason=typed["reason"],
            tell_customer=not quiet,
            submission_key=posted.key(),
            confirmed=spoken.confirmed_in(letter or ""),
        )
    except UnconfirmedPromise as problem:
        return _page(case, typed=typed, letter=letter, problem=errors.sentence(problem)), 422
    except InvalidValue as problem:
        return _page(case, typed=typed, problem=errors.sentence(problem)), 422
    parts().worker.wake()
    notes.add(gettext("承诺时间已记下,没有给买家发消息。") if quiet else gettext("承诺时间已记下,消息已发给买家。"))
    return redirect(_back(case_id), code=303)


def _letter_of(case_id: str, at: datetime) -> str:
    """The message that tells the buyer; its words of promise are shown beside it."""
    letter = collaboration.preview_promise(parts().runtime, case_id, at, actor())
    spoken.confirmed_in(letter)
    return letter


def _asked(case_id: str) -> datetime:
    """What was typed; the promise's own instant when it was left as it was shown."""
    at = typed_times.read("promised_at", gettext("承诺时间"))
    if at is None:
        raise InvalidValue(
            "Please fill in by when the buyer is promised an answer.", message_zh=gettext("请填写承诺买家的答复时间。")
        )
    promise = talk.promise_on(case_id)
    return promise.promised_at if promise and typed_times.same_minute(promise.promised_at, at) else at


def _page(case: object, *, typed: dict[str, str], letter: str | None = None, problem: str | None = None) -> str:
    return render_template(
        "promises/promise.html",
        case=case,
        typed=typed,
        letter=letter,
        problem=problem,
        submission_key=posted.sent_key() or posted.new_key(),
        back=local_target(request.values.get("next"), ""),
    )


@bp.get("/cases/<case_id>/progress-message")
@needs(works_on_cases)
def letter(case_id: str) -> ResponseReturnValue:
    """A ready text that tells the customer how things stand; nothing is sent by itself."""
    case = parts().queries.case(case_id, actor())
    text = collaboration.preview_progress(parts().runtime, case_id, actor())
    return _letter_page(case, text)


@bp.post("/cases/<case_id>/progress-message")
@needs(works_on_cases)
def send(case_id: str) -> ResponseReturnValue:
    """303 back when it is on its way; 422 with what was typed when it cannot be sent."""
    case = parts().queries.case(case_id, actor())
    text = posted.text("text", _LETTER)
    try:
        collaboration.send_progress(
            parts().runtime,
            case_id,
            text,
            actor(),
            submission_key=posted.key(),
            confirmed=spoken.confirmed_in(text),
        )
    except InvalidValue as problem:
        return _letter_page(case, text, problem=errors.sentence(problem)), 422
    parts().worker.wake()
    notes.add(gettext("进展消息已发给买家。"))
    return redirect(_back(case_id), code=303)


def _letter_page(case: object, text: str, *, problem: str | None = None) -> str:
    return render_template(
        "promises/letter.html",
        case=case,
        text=text,
        problem=problem,
        submission_key=posted.sent_key() or posted.new_key(),
        back=local_target(request.values.get("next"), ""),
    )


def _back(case_id: str) -> str:
    return local_target(request.form.get("next"), url_for("cases.show", case_id=case_id)) + "#comments"
