"""Comments on a case: read, written, withdrawn; whom one may mention."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import collaboration
from engine.errors import InvalidValue
from web import errors, live, notes, posted
from web.i18n import gettext
from web.identity import actor, needs, sees_cases, works_on_cases
from web.links import local_target, number
from web.wiring import parts

bp = Blueprint("comments", __name__)


@bp.get("/cases/<case_id>/comments")
@needs(sees_cases)
def show(case_id: str) -> ResponseReturnValue:
    """What was said about a case: the list for a script's poll, a page for who has none."""
    _check(case_id)
    if live.wants_fragment():
        return live.fragment(render_template("comments/_entries.html", about=case_id))
    return render_template("comments/page.html", about=case_id, at_task=None, typed="", problem=None)


@bp.post("/cases/<case_id>/comments")
@needs(works_on_cases)
def add(case_id: str) -> ResponseReturnValue:
    """303 back (a script gets the panel); 422 with what was typed when it cannot be kept."""
    text, task = posted.text("text", 4 * collaboration.MAX_COMMENT), request.form.get("task", type=number)
    try:
        collaboration.comment(parts().runtime, case_id, text, actor(), task=task)
    except InvalidValue as problem:
        return _panel(case_id, task, typed=text, problem=errors.sentence(problem)), 422
    if live.wants_fragment():
        return _panel(case_id, task, said=gettext("评论已发出。"))
    notes.add(gettext("评论已发出。"))
    return redirect(_back(case_id), code=303)


@bp.post("/cases/<case_id>/comments/<int:comment_id>/withdrawal")
@needs(works_on_cases)
def withdraw(case_id: str, comment_id: int) -> ResponseReturnValue:
    """303 back (a script gets the panel); 422 when it is too late."""
    task = request.form.get("task", type=number)
    try:
        collaboration.withdraw_comment(parts().runtime, case_id, comment_id, actor())
    except InvalidValue as problem:
        return _panel(case_id, task, problem=errors.sentence(problem)), 422
    if live.wants_fragment():
        return _panel(case_id, task, said=gettext("评论已撤回。"))
    notes.add(gettext("评论已撤回。"))
    return redirect(_back(case_id), code=303)


@bp.get("/cases/<case_id>/people")
@needs(works_on_cases)
def people(case_id: str) -> Response:
    """Whom the person may mention who has typed @ and this."""
    begun = request.args.get("q", "").strip()[:32]
    with parts().db.read() as connection:
        found = collaboration.whom_to_mention(connection, case_id, begun, actor())
    return live.fragment(render_template("comments/_people.html", found=found))


def _check(case_id: str) -> None:
    with parts().db.read() as connection:
        collaboration.read_comments(connection, case_id, actor())


def _panel(
    case_id: str, task: int | None, *, typed: str = "", problem: str | None = None, said: str | None = None
) -> str:
    """The panel for a script; without one a page with the same."""
    template = "comments/_panel.html" if live.wants_fragment() else "comments/page.html"
    return render_template(template, about=case_id, at_task=task, typed=typed, problem=problem, said=said)


def _back(case_id: str) -> str:
    return local_target(request.form.get("next"), url_for("cases.show", case_id=case_id)) + "#comments"
