"""What is in force, where it is being worked on, and what a change needs."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, studio
from engine.errors import InvalidValue
from engine.studio import StudioSettings
from engine.studio.changes import MAX_TEXT
from web import errors, notes
from web.i18n import gettext
from web.identity import actor, needs, sees_studio
from web.posted import text
from web.studio import pages
from web.studio.blueprint import bp
from web.studio.editor_frame import KIND_WORDS
from web.wiring import parts

_RECENT = 8


@bp.get("/studio")
@needs(sees_studio)
def index() -> ResponseReturnValue:
    """Processes with their versions, what else is in force, the changes that live and the last deployments."""
    queries, person = parts().queries, actor()
    processes = queries.processes(person)
    with parts().db.read() as connection:
        living = studio.list_changes(connection, alive=True)
        deployments = studio.list_deployments(connection, limit=_RECENT)
        tables = studio.table_names(connection)
    return render_template(
        "studio/index.html",
        processes=processes,
        titles={process.process_id: process.name for process in processes} | tables,
        resources=[found for kind in studio.KINDS if kind != "bpmn" for found in queries.resources(person, kind)],
        living=living,
        own=[line for line in living if line.opened_by == person.id],
        deployments=deployments,
        names=pages.people([*(line.opened_by for line in living), *(made.actor for made in deployments)]),
        status_words=pages.STATUS_WORDS,
        kind_words=KIND_WORDS,
        may_deploy=access.may_deploy(person),
    )


@bp.get("/studio/changes/settings")
@needs(sees_studio)
def settings() -> ResponseReturnValue:
    """What a change needs before it is deployed."""
    with parts().db.read() as connection:
        found = studio.read_settings(connection)
    return render_template("studio/settings.html", settings=found, may_edit=access.may_deploy(actor()))


@bp.post("/studio/changes/settings")
@needs(access.may_deploy)
def save_settings() -> ResponseReturnValue:
    """303 to the same page."""
    wanted = StudioSettings(four_eyes="four_eyes" in request.form, scenarios="scenarios" in request.form)
    with parts().db.begin() as tx:
        changed = studio.save_settings(tx, actor(), wanted, parts().clock.now())
    notes.add(gettext("设置已保存,并记入系统历史。") if changed else gettext("设置没有变化。"))
    return redirect(url_for("studio.settings"), code=303)


@bp.post("/studio/rollback")
@needs(access.may_deploy)
def roll_back() -> ResponseReturnValue:
    """303 to a change that brings back what was in force after a deployment, or a version of a process."""
    reason, now = text("reason", MAX_TEXT), parts().clock.now()
    number, process_id = _number("deployment"), request.form.get("process", "")[:200]
    try:
        with parts().db.begin() as tx:
            if process_id:
                version = _number("version")
                key = studio.back_to_version(tx, actor(), process_id, version, reason=reason, now=now)
            else:
                key = studio.back_to_deployment(tx, actor(), number, reason=reason, now=now)
    except InvalidValue as problem:
        notes.add(errors.sentence(problem), "warn")
        return redirect(url_for("studio.index"), code=303)
    notes.add(gettext("已备好回退的内容,看过后发布即可。"))
    return redirect(url_for("studio.review", key=key), code=303)


def _number(name: str) -> int:
    """A number of the form; -1, which nothing has, where there is none."""
    sent = request.form.get(name, "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else -1
