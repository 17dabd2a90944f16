"""A case on paper, for who takes it along: all of it masked, with who printed it and when on every page, and logged."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer

from engine import collaboration
from engine.masking import mask_within
from engine.model import Event
from web import cases, posted
from web.identity import actor, needs, sees_cases
from web.wiring import parts

bp = Blueprint("case_print", __name__)
#: How long the page of one printing can be opened again.
SHOWN_SECONDS: Final = 600
_REASON_LENGTH: Final = 200


@bp.get("/cases/<case_id>/print")
@needs(sees_cases)
def show(case_id: str) -> ResponseReturnValue:
    """The pages for the printer behind the logged click, else what will be logged and the button."""
    mark = _mark(case_id)
    if mark is None:
        case = parts().queries.case(case_id, actor())
        return render_template("cases/print_ask.html", case=case)
    shown = cases.shown(case_id)
    with parts().db.read() as connection:
        comments = collaboration.comments_of(connection, case_id)
    at, reason = mark
    return render_template("cases/print.html", printed_at=at, reason=reason, comments=comments, **shown)


@bp.post("/cases/<case_id>/print")
@needs(sees_cases)
def print_out(case_id: str) -> ResponseReturnValue:
    """303 to the pages for the printer; who printed the case stands in its history."""
    parts().queries.check_case(case_id, actor())
    reason = posted.text("reason", _REASON_LENGTH)
    value = {"reason": mask_within(reason)} if reason else {}
    parts().runtime.note(case_id, Event(kind="case.printed", value=value), actor())
    mark = _signer().dumps([case_id, actor().id, parts().clock.now().isoformat(), reason])
    return redirect(url_for("case_print.show", case_id=case_id, mark=mark), code=303)


def _mark(case_id: str) -> tuple[datetime, str] | None:
    """When and why the person printed the case, by the address that the click gave."""
    try:
        case, user, at, reason = _signer().loads(request.args.get("mark", ""), max_age=SHOWN_SECONDS)
    except (BadSignature, ValueError):
        return None
    return (datetime.fromisoformat(at), str(reason)) if (case, user) == (case_id, actor().id) else None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or b"", salt="cases.print")
