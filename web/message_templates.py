"""Message texts (话术): all of them, where they are used, and how one reads with a case's values."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine import access
from engine.errors import NotFound
from engine.queries.scripts import may_read
from web.identity import actor, needs, sees_studio
from web.wiring import records

bp = Blueprint("message_templates", __name__)


@bp.get("/scripts")
@needs(may_read)
def index() -> ResponseReturnValue:
    """The texts in force by code; those whose text or code holds what is sought."""
    sought = request.args.get("text", "").strip()[:64]
    found = [
        script
        for script in records().scripts(actor())
        if not sought or sought.casefold() in f"{script.code}\n{script.text}".casefold()
    ]
    return render_template("message_templates/index.html", scripts=found, sought=sought)


@bp.get("/scripts/<code>")
@needs(may_read)
def show(code: str) -> ResponseReturnValue:
    """One text, filled in with a case's or an order's values, else with the names of its placeholders.

    404 with the page where there is no such case or order for the person.
    """
    of = request.args.get("of", "").strip()[:40]
    person = actor()
    problem, status = None, 200
    try:
        preview = records().preview(code, person, of or None)
    except NotFound as missing:
        preview = records().preview(code, person)  # no such text either: 404 without the page
        problem, status = missing.message_zh, 404
    page = render_template(
        "message_templates/show.html",
        preview=preview,
        script=preview.script,
        of=of,
        problem=problem,
        may_open_file=sees_studio(person),
        may_deploy=access.may_deploy(person),
        may_set=access.may(person, "P24"),
    )
    return page, status
