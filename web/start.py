"""Starts a case by hand: choose a process, fill in its start form."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import formcheck
from engine.errors import NotFound
from engine.formcheck import Submission
from engine.model import Value
from engine.queries import StartForm
from web import notes, posted
from web.forms import FormView
from web.i18n import gettext
from web.identity import actor, needs, starts_cases
from web.preferences import language
from web.wiring import parts

bp = Blueprint("start", __name__)


@bp.get("/start")
@needs(starts_cases)
def index() -> ResponseReturnValue:
    """The processes that the person may start."""
    return render_template("start/index.html", options=parts().queries.startable(actor()))


@bp.get("/start/<process_id>")
@needs(starts_cases)
def form(process_id: str) -> ResponseReturnValue:
    """The start form; ``order_id`` in the address fills in what the shop knows of the order."""
    start = parts().queries.start_form(process_id, actor())
    return _page(start)


@bp.post("/start/<process_id>/fields")
@needs(starts_cases)
def fields(process_id: str) -> ResponseReturnValue:
    """The form's fields again, those that the answers so far ask for; nothing is kept."""
    start = parts().queries.start_form(process_id, actor())
    if start.schema is None:
        raise NotFound("the process has no start form")
    view = _view(start, submission=_check(start), show_errors=False)
    return render_template("forms/fragment.html", view=view, refresh_url=request.path)


@bp.post("/start/<process_id>")
@needs(starts_cases)
def submit(process_id: str) -> ResponseReturnValue:
    """303 to the new case, also for the same submission again; 422 with the form when a field is wrong."""
    start = parts().queries.start_form(process_id, actor())
    variables: dict[str, Value] = {}
    key = posted.key()
    if start.schema is not None:
        submission = _check(start)
        if submission.errors:
            return _page(start, submission=submission, key=posted.sent_key()), 422
        variables = submission.variables
    started = parts().runtime.start(process_id, variables, actor(), start_key=key)
    parts().worker.wake()
    notes.add(gettext("已发起「%(name)s」,工单号 %(id)s。", name=start.deployed.name, id=started.case_id))
    return redirect(url_for("cases.show", case_id=started.case_id), code=303)


def _context(order_id: Value) -> dict[str, Value]:
    """What the form's expressions may read: the order and its parcel, as far as the shop knows them."""
    known = parts().queries.shop_context({"order_id": order_id.strip() if isinstance(order_id, str) else None})
    return {**(known["order"] or {}), **known}


def _check(start: StartForm) -> Submission:
    raw = posted.fields()
    return formcheck.check(
        start.schema or {},
        raw,
        _context(raw.get("order_id")),
        now=parts().clock.now(),
        taken=parts().queries.taken,
    )


def _view(start: StartForm, *, submission: Submission | None = None, show_errors: bool = True) -> FormView | None:
    if start.schema is None:
        return None
    order_id = request.args.get("order_id", "")[:32] if submission is None else submission.raw.get("order_id")
    return FormView(
        start.schema,
        submission=submission,
        context=_context(order_id),
        now=parts().clock.now(),
        lang=language(),
        show_errors=show_errors,
    )


def _page(start: StartForm, *, submission: Submission | None = None, key: str | None = None) -> str:
    return render_template(
        "start/form.html",
        start=start,
        form=_view(start, submission=submission),
        order_id=request.args.get("order_id", "")[:32],
        submission_key=key or posted.new_key(),
    )
