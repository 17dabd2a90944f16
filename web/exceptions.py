"""上报异常: the form on a case, the list that superiors work off, and what was decided."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, collaboration
from engine.errors import InvalidValue, StepError
from web import errors, notes, posted
from web.i18n import gettext
from web.identity import actor, needs, sees_cases, works_on_cases
from web.links import number
from web.wiring import parts

bp = Blueprint("exceptions", __name__)


@bp.get("/exceptions")
@needs(works_on_cases)
def index() -> ResponseReturnValue:
    """All reports for superiors, the own ones for others; those that wait first."""
    everything = request.args.get("all") == "1"
    with parts().db.read() as connection:
        page = collaboration.read_exceptions(
            connection, actor(), waiting=not everything, after=request.args.get("after", type=number)
        )
    return render_template(
        "exceptions/index.html", page=page, everything=everything, may_acknowledge=access.may(actor(), "P06")
    )


@bp.get("/exceptions/<int:report_id>")
@needs(sees_cases)
def show(report_id: int) -> ResponseReturnValue:
    """A report, with the form to acknowledge it for superiors."""
    return _shown(report_id)


@bp.post("/exceptions/<int:report_id>/acknowledgement")
@needs(lambda person: access.may(person, "P06"))
def acknowledge(report_id: int) -> ResponseReturnValue:
    """303 to the report; 422 when nothing is said, 409 when somebody was faster."""
    text = posted.text("answer", 4000)
    try:
        collaboration.acknowledge_exception(parts().runtime, report_id, text, actor())
    except (InvalidValue, StepError) as problem:
        status = 422 if isinstance(problem, InvalidValue) else 409
        return _shown(report_id, typed=text, problem=errors.sentence(problem)), status
    notes.add(gettext("已确认,上报的同事会收到您的意见。"))
    return redirect(url_for("exceptions.show", report_id=report_id), code=303)


def _shown(report_id: int, *, typed: str = "", problem: str | None = None) -> str:
    with parts().db.read() as connection:
        report, may_acknowledge = collaboration.read_exception(connection, report_id, actor())
    return render_template(
        "exceptions/show.html",
        report=report,
        may_acknowledge=may_acknowledge,
        typed=typed,
        problem=problem,
    )


@bp.get("/cases/<case_id>/exceptions")
@needs(works_on_cases)
def form(case_id: str) -> ResponseReturnValue:
    """The form to report something."""
    return _form(case_id, "", request.args.get("task", type=number))


@bp.post("/cases/<case_id>/exceptions")
@needs(works_on_cases)
def report(case_id: str) -> ResponseReturnValue:
    """303 to the report; 422 with what was typed."""
    text, task = posted.text("text", 8000), request.form.get("task", type=number)
    try:
        made = collaboration.report_exception(parts().runtime, case_id, text, actor(), task=task)
    except InvalidValue as problem:
        return _form(case_id, text, task, problem=errors.sentence(problem)), 422
    notes.add(gettext("已上报,主管已收到通知。"))
    return redirect(url_for("exceptions.show", report_id=made), code=303)


def _form(case_id: str, typed: str, task: int | None, *, problem: str | None = None) -> str:
    case = parts().queries.case(case_id, actor())
    return render_template("exceptions/report.html", case=case, typed=typed, task=task, problem=problem)
