"""Visits (回访): one's own by due time, those that were made, one visit with its form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import customers
from engine.customers import archive, call_log, visiting, visits, words
from engine.customers.visits import Answer, VisitOver, VisitProblem
from engine.queries.base import Names
from engine.queries.outcome import read_outcome
from web import errors, notes, posted
from web.customers import shown_time, tabs, typed_time
from web.i18n import gettext
from web.identity import actor, needs
from web.wiring import parts

bp = Blueprint("visits", __name__)
_SCOPES = ("mine", "all", "done")


@bp.get("/visits")
@needs(customers.may_read)
def index() -> ResponseReturnValue:
    """Visits to be made, one's own first; or those that were made. Scope and filters stand in the address."""
    scope = request.args.get("scope", "mine")
    scope = scope if scope in _SCOPES else "mine"
    content = {"1": True, "0": False}.get(request.args.get("content", ""))
    after = request.args.get("after")
    with parts().db.read() as connection:
        if scope == "done":
            page = visits.list_done(connection, content=content, after=after)
        else:
            page = visits.list_open(connection, assignee=actor().id if scope == "mine" else None, after=after)
        people = Names(
            connection, parts().definitions, [person for row in page.rows for person in (row.assignee, row.done_by)]
        )
        visible = call_log.visible_cases(connection, actor(), [row.case_id for row in page.rows])
    return render_template(
        "visits/index.html",
        page=page,
        scope=scope,
        content=request.args.get("content", "") if content is not None else "",
        after=after,
        people=people,
        visible=visible,
        tabs=tabs(),
    )


@bp.get("/visits/<int:visit_id>")
@needs(customers.may_read)
def show(visit_id: int) -> ResponseReturnValue:
    """One visit: what it asks about, and the form or what the customer said."""
    return _page(visit_id)


@bp.post("/visits/<int:visit_id>")
@needs(customers.may_edit)
def answer(visit_id: int) -> ResponseReturnValue:
    """303 to one's visits; 422 with what was typed when something is missing, 409 when somebody has asked."""
    typed = typed_answer()
    try:
        done = visiting.answer(
            parts().runtime, visit_id, answer_of(typed), actor(), reopen=request.form.get("reopen") == "1"
        )
    except VisitProblem as problem:
        return _page(visit_id, problem=errors.sentence(problem), field=problem.field, typed=typed), 422
    except VisitOver as problem:
        return _page(visit_id, problem=errors.sentence(problem)), 409
    if done.follow_up_case_id is not None:
        parts().worker.wake()
        said = gettext("已记下。工单 %(id)s 已退回首问人继续办。", id=done.follow_up_case_id)
        notes.add(said, kind="warn")
    else:
        notes.add(gettext("已记下回访结果。"))
    return redirect(url_for("visits.index"), code=303)


@bp.post("/visits/<int:visit_id>/later")
@needs(customers.may_edit)
def put_off(visit_id: int) -> ResponseReturnValue:
    """303 to one's visits with the visit put off; 422 when the time is past, 409 when somebody has asked."""
    try:
        due_at = typed_time(request.form.get("due_at", ""))
        with parts().db.begin() as tx:
            visiting.put_off(tx, visit_id, due_at, actor(), now=parts().clock.now())
    except VisitProblem as problem:
        return _page(visit_id, problem=errors.sentence(problem), field="due_at"), 422
    except VisitOver as problem:
        return _page(visit_id, problem=errors.sentence(problem)), 409
    notes.add(gettext("已改期。"))
    return redirect(url_for("visits.index"), code=303)


@bp.post("/visits/<int:visit_id>/end")
@needs(customers.may_edit)
def give_up(visit_id: int) -> ResponseReturnValue:
    """303 to one's visits without an answer; 422 without a reason, 409 when somebody has asked."""
    status, reason = request.form.get("status", "")[:20], posted.text("reason", 1100)
    try:
        with parts().db.begin() as tx:
            visiting.give_up(tx, visit_id, status, reason, actor(), now=parts().clock.now())
    except VisitProblem as problem:
        return _page(visit_id, problem=errors.sentence(problem), field="reason", typed={"reason": reason}), 422
    except VisitOver as problem:
        return _page(visit_id, problem=errors.sentence(problem)), 409
    notes.add(gettext("已结束这次回访。"))
    return redirect(url_for("visits.index"), code=303)


def typed_answer() -> dict[str, str]:
    """The fields of the form, as they were typed."""
    return {name: posted.text(name, 1100) for name in ("satisfied", "solved", "comment", "offer")}


def answer_of(typed: Mapping[str, str]) -> Answer:
    """What the customer said; a grade that is none is 0, which is refused."""
    grade = typed["satisfied"]
    return Answer(
        satisfied=int(grade) if grade.isascii() and grade.isdigit() and len(grade) == 1 else 0,
        solved={"1": True, "0": False}.get(typed["solved"]),
        comment=typed["comment"],
        offer=typed["offer"],
    )


def _page(
    visit_id: int, *, problem: str | None = None, field: str | None = None, typed: Mapping[str, str] | None = None
) -> str:
    person, now = actor(), parts().clock.now()
    with parts().db.read() as connection:
        visit = visits.get(connection, visit_id)
        people = Names(connection, parts().definitions, [visit.assignee, visit.done_by])
        visible = call_log.visible_cases(connection, person, [visit.case_id, visit.follow_up_case_id])
        key = archive.find_key(connection, visit.customer_id)
        glance = customers.glance(connection, person, visit.customer_id)
        outcome = (
            read_outcome(connection, parts().definitions, visit.case_id or "") if visit.case_id in visible else None
        )
    may_edit = customers.may_edit(person) and visit.customer_id not in person.customer_ids
    return render_template(
        "visits/visit.html",
        visit=visit,
        people=people,
        visible=visible,
        customer_key=key,
        glance=glance,
        outcome=outcome,
        may_edit=may_edit,
        reopens=visit.process_id == words.COMPLAINTS,
        problem=problem,
        field=field,
        typed=typed or {},
        tomorrow=shown_time(now + timedelta(days=1)),
        earliest=shown_time(now),
        max_text=visiting.MAX_TEXT,
        tabs=tabs(),
    )
