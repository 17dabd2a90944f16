"""Scripts beside a form or a case: filled in, copied with one key, counted, kept as favourites."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import scripts
from engine.errors import NotFound
from engine.model import Actor
from engine.queries.beside import Subject, read_beside, read_subject
from engine.queries.scripts import may_read
from web import live, spoken
from web.identity import actor, needs, sees_cases, works_on_cases
from web.wiring import parts

bp = Blueprint("scripts", __name__)


@bp.app_template_global()
def reads_scripts() -> bool:
    """Whether the person of this request is shown scripts."""
    return may_read(actor())


@bp.app_template_global()
def promise_mark() -> str:
    """What the tick beside the promises of a form says."""
    return spoken.tick()


def reads_beside_cases(person: Actor) -> bool:
    """Who sees cases and talks with customers, or reads texts."""
    return sees_cases(person) and may_read(person)


def reads_beside_tasks(person: Actor) -> bool:
    """Who has an inbox and talks with customers, or reads texts."""
    return works_on_cases(person) and may_read(person)


@bp.get("/tasks/<int:task_id>/scripts")
@needs(reads_beside_tasks)
def of_task(task_id: int) -> ResponseReturnValue:
    """Scripts for a user task, filled in; a fragment for the panel, else a page of its own."""
    return _panel(subject_of(task_id=task_id))


@bp.get("/cases/<case_id>/scripts")
@needs(reads_beside_cases)
def of_case(case_id: str) -> ResponseReturnValue:
    """The same for a case as a whole."""
    return _panel(subject_of(case_id=case_id))


@bp.post("/scripts/<code>/use")
@needs(may_read)
def use(code: str) -> ResponseReturnValue:
    """204: the text was copied once more."""
    person, now = actor(), parts().clock.now()
    with parts().db.read() as connection:
        known = scripts.find_script(connection, person, code, now=now)
    if known is None or known.script.forbidden or known.retired:
        raise NotFound(f"there is no script {code[:20]!r} to use", message_zh="没有这个话术。")
    with parts().db.begin() as tx:
        scripts.count_use(tx, code, person, now=now)
    return Response(status=204)


@bp.post("/scripts/<code>/favourite")
@needs(may_read)
def favourite(code: str) -> ResponseReturnValue:
    """303 back to the script, a favourite of the person or no more; the button again for a script of the page."""
    person, now = actor(), parts().clock.now()
    wanted = request.form.get("on") == "1"
    with parts().db.begin() as tx:
        entry = scripts.get_script(tx.connection, person, code, now=now)
        scripts.set_favourite(tx, code, person, favourite=wanted)
    if live.wants_fragment():
        return render_template("scripts/_favourite.html", entry=replace(entry, favourite=wanted))
    return redirect(url_for("message_templates.show", code=code), code=303)


def subject_of(*, task_id: int | None = None, case_id: str = "") -> Subject:
    """The task or case that the person asks about; NotFound: it is none of theirs."""
    found, now = parts(), parts().clock.now()
    with found.db.read() as connection:
        return read_subject(connection, found.definitions, actor(), now=now, task_id=task_id, case_id=case_id)


def _panel(subject: Subject) -> str:
    text = request.args.get("text", "").strip()[:64]
    now = parts().clock.now()
    with parts().db.read() as connection:
        beside = read_beside(connection, actor(), subject, now=now, text=text)
    template = "scripts/_panel.html" if live.wants_fragment() else "scripts/beside.html"
    return render_template(
        template, beside=beside, subject=subject, sought=text, conditions=scripts.CONDITIONS, address=request.path
    )
