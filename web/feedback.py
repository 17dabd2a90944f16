"""部门反馈: what customers complain of and ask for, told to departments, with their answers."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.access import sees_all_cases
from engine.errors import InvalidValue, NotFound, StepError
from engine.model import Actor
from engine.quality import feedback as telling
from engine.quality import words
from web import errors, inquiries, notes, posted
from web.i18n import gettext, lazy_gettext
from web.identity import actor, needs, works_on_cases
from web.links import number
from web.quality_pages import page
from web.wiring import parts

bp = Blueprint("feedback", __name__)
#: State of an item → sign and word.
STATES = {
    "open": ("sign-active", lazy_gettext("待答复")),
    "late": ("sign-late", lazy_gettext("已超时")),
    "answered": ("sign-done", lazy_gettext("已答复")),
}


@bp.app_template_global("feedback_opens")
def opens() -> bool:
    """Whether the person of this request is told of feedback, or tells it."""
    return telling.may_use(actor())


@bp.app_template_global("gives_feedback")
def gives() -> bool:
    """Whether the person of this request may tell departments what customers ask for."""
    return telling.may_give(actor())


@bp.get("/feedback")
@needs(telling.may_use)
def index() -> ResponseReturnValue:
    """What is told to the person's department, and what the person has told; all for who looks after it."""
    everything, department = request.args.get("all") == "1", request.args.get("department", "")[:40]
    with parts().db.read() as connection:
        found = telling.list_feedback(
            connection,
            actor(),
            department=department,
            open_only=not everything,
            after=request.args.get("after", type=number),
        )
        counts = telling.count_open(connection, actor(), parts().clock.now())
    return page(
        "reports/feedback.html",
        "feedback.index",
        page=found,
        counts=counts,
        everything=everything,
        department=department,
        **_frame(),
    )


@bp.get("/feedback/<int:item_id>")
@needs(telling.may_use)
def show(item_id: int) -> ResponseReturnValue:
    """One item with its answer, or the form for it."""
    return _shown(item_id)


@bp.post("/feedback/<int:item_id>/answer")
@needs(telling.may_use)
def answer(item_id: int) -> ResponseReturnValue:
    """303 to the item; 422 with what was typed, 409 when somebody was faster."""
    text = posted.text("answer", words.MAX_TEXT + 1)
    try:
        with parts().db.begin() as tx:
            telling.answer(tx, item_id, text, actor(), now=parts().clock.now())
    except (InvalidValue, StepError) as problem:
        status = 422 if isinstance(problem, InvalidValue) else 409
        return _shown(item_id, typed=text, problem=errors.sentence(problem)), status
    notes.add(gettext("已答复,反馈人会收到通知。"))
    return redirect(url_for("feedback.show", item_id=item_id), code=303)


@bp.get("/cases/<case_id>/feedback")
@needs(telling.may_give)
def form(case_id: str) -> ResponseReturnValue:
    """The form to tell a department."""
    return _form(case_id, {})


@bp.post("/cases/<case_id>/feedback")
@needs(telling.may_give)
def give(case_id: str) -> ResponseReturnValue:
    """303 to the item; 422 with what was typed."""
    typed = {"department": posted.text("department", 40), "text": posted.text("text", words.MAX_TEXT + 1)}
    try:
        made = telling.give(parts().runtime, case_id, typed["department"], typed["text"], actor())
    except InvalidValue as problem:
        return _form(case_id, typed, problem=errors.sentence(problem)), 422
    notes.add(gettext("已反馈给部门,三天内应有答复。"))
    return redirect(url_for("feedback.show", item_id=made), code=303)


def _form(case_id: str, typed: dict[str, str], *, problem: str | None = None) -> str:
    case = parts().queries.case(case_id, actor())
    return page(
        "reports/feedback_new.html",
        "feedback.index",
        case=case,
        typed=typed,
        problem=problem,
        departments=telling.TOLD,
        max_text=words.MAX_TEXT,
    )


def _shown(item_id: int, *, typed: str = "", problem: str | None = None) -> str:
    with parts().db.read() as connection:
        item = telling.get_feedback(connection, item_id, actor())
    return page(
        "reports/feedback_item.html",
        "feedback.index",
        item=item,
        may_answer=telling.may_answer(actor(), item),
        sees_case=item.case_id is not None and _sees(item.case_id, actor()),
        typed=typed,
        problem=problem,
        max_text=words.MAX_TEXT,
        **_frame(),
    )


def _sees(case_id: str, person: Actor) -> bool:
    if sees_all_cases(person):
        return True
    try:
        parts().queries.check_case(case_id, person)
    except NotFound:
        return False
    return True


def _frame() -> dict[str, object]:
    return {
        "kinds": telling.KINDS,
        "states": STATES,
        "asked_tabs": inquiries.may_use(actor()) and not words.may_look(actor()),
        "works": works_on_cases(actor()),
    }
