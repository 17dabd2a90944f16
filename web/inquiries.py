"""内部核实: what is asked of the person, what he has asked, and the forms to ask and to answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import collaboration
from engine.errors import InvalidValue, StepError
from engine.model import Actor
from web import errors, notes, posted, talk, typed_times
from web.i18n import gettext, lazy_gettext
from web.identity import actor, needs, works_on_cases
from web.links import number
from web.wiring import parts

bp = Blueprint("inquiries", __name__)
#: State of an inquiry → sign and word.
STATES = {
    "open": ("sign-active", lazy_gettext("待答复")),
    "overdue": ("sign-late", lazy_gettext("已超时")),
    "answered": ("sign-done", lazy_gettext("已答复")),
    "withdrawn": ("sign-off", lazy_gettext("已撤回")),
}
_TYPED = ("to", "question", "context", "due_at", "promised_at")


def may_use(person: Actor) -> bool:
    """Whoever may be asked something."""
    return not person.groups.isdisjoint(collaboration.ASKABLE)


@bp.get("/inquiries")
@needs(may_use)
def index() -> ResponseReturnValue:
    """What is asked of the person, or what he has asked; the newest first."""
    box = request.args.get("box", "")
    box = box if box == collaboration.BY_ME else collaboration.TO_ME
    everything = request.args.get("all") == "1"
    with parts().db.read() as connection:
        page = collaboration.read_inquiries(
            connection, actor(), box, open_only=not everything, after=request.args.get("after", type=number)
        )
    return render_template(
        "inquiries/index.html", page=page, box=box, everything=everything, states=STATES, works=works_on_cases(actor())
    )


@bp.get("/inquiries/<int:inquiry_id>")
@needs(may_use)
def show(inquiry_id: int) -> ResponseReturnValue:
    """A question with its answer, or the form for it."""
    return _shown(inquiry_id)


@bp.post("/inquiries/<int:inquiry_id>/answer")
@needs(may_use)
def answer(inquiry_id: int) -> ResponseReturnValue:
    """303 to the question; 422 with what was typed, 409 when somebody was faster."""
    text = posted.text("answer", 8000)
    try:
        collaboration.answer(parts().runtime, inquiry_id, text, actor())
    except (InvalidValue, StepError) as problem:
        status = 422 if isinstance(problem, InvalidValue) else 409
        return _shown(inquiry_id, typed=text, problem=errors.sentence(problem)), status
    notes.add(gettext("已答复,提问的同事会收到通知。"))
    return redirect(url_for("inquiries.show", inquiry_id=inquiry_id), code=303)


@bp.post("/inquiries/<int:inquiry_id>/withdrawal")
@needs(may_use)
def withdraw(inquiry_id: int) -> ResponseReturnValue:
    """303 to the question; 409 when it was answered meanwhile."""
    try:
        collaboration.withdraw_inquiry(parts().runtime, inquiry_id, actor())
    except StepError as problem:
        return _shown(inquiry_id, problem=errors.sentence(problem)), 409
    notes.add(gettext("已撤回这个核实。"))
    return redirect(url_for("inquiries.show", inquiry_id=inquiry_id), code=303)


def _shown(inquiry_id: int, *, typed: str = "", problem: str | None = None) -> str:
    with parts().db.read() as connection:
        inquiry, may_answer, sees_case = collaboration.read_inquiry(connection, inquiry_id, actor())
    return render_template(
        "inquiries/show.html",
        inquiry=inquiry,
        may_answer=may_answer,
        may_withdraw=inquiry.asked_by == actor().id and inquiry.closed_at is None,
        sees_case=sees_case,
        states=STATES,
        typed=typed,
        problem=problem,
    )


# --- asking -------------------------------------------------------------------------------------


@bp.get("/cases/<case_id>/inquiries")
@needs(works_on_cases)
def form(case_id: str) -> ResponseReturnValue:
    """The form to ask, with the promise that counts."""
    promise = talk.promise_on(case_id)
    typed = {"promised_at": typed_times.typed(promise.promised_at if promise else None)}
    return _form(case_id, typed | {"task": request.args.get("task", "")[:18]})


@bp.post("/cases/<case_id>/inquiries")
@needs(works_on_cases)
def ask(case_id: str) -> ResponseReturnValue:
    """303 to the question; 422 with what was typed when it cannot be asked."""
    typed = {name: posted.text(name, 8000) for name in _TYPED} | {"tell": request.form.get("tell", "")}
    typed["task"] = request.form.get("task", "")[:18]
    try:
        made = collaboration.ask(parts().runtime, case_id, actor(), **_asked(case_id, typed))
    except InvalidValue as problem:
        return _form(case_id, typed, problem=errors.sentence(problem)), 422
    parts().worker.wake()
    notes.add(gettext("已提出核实,对方会收到通知。"))
    return redirect(url_for("inquiries.show", inquiry_id=made), code=303)


def _asked(case_id: str, typed: dict[str, str]) -> dict[str, Any]:
    kind, _, to = typed["to"].partition(":")
    promise = talk.promise_on(case_id)
    promised_at = typed_times.read("promised_at", gettext("承诺买家的时间"))
    if promise and typed_times.same_minute(promise.promised_at, promised_at):
        promised_at = promise.promised_at
    return {
        "question": typed["question"],
        "context": typed["context"],
        "to_group": to if kind == "group" else None,
        "to_person": to if kind == "person" else None,
        "due_at": typed_times.read("due_at", gettext("答复期限")),
        "promised_at": promised_at,
        "tell_customer": bool(typed["tell"]),
        "task": request.form.get("task", type=number),
    }


def _form(case_id: str, typed: dict[str, str], *, problem: str | None = None) -> str:
    case = parts().queries.case(case_id, actor())
    with parts().db.read() as connection:
        courier = collaboration.courier_of(connection, case_id)
        people = collaboration.whom_to_ask(connection, actor(), courier)
    return render_template(
        "inquiries/ask.html",
        case=case,
        typed=typed,
        problem=problem,
        groups=collaboration.ASKABLE,
        people=people,
        courier=courier,
        promise=talk.promise_on(case_id),
    )
