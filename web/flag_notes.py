"""Notes behind the flag of an order (备注旗子): proposed, checked while somebody types, kept, copied; register R09."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, registers, scripts
from engine.collaboration.at_case import at_case
from engine.errors import InvalidValue
from engine.model import Actor
from engine.queries.beside import Subject, read_flag_notes
from engine.queries.flag_note_list import list_flag_notes
from web import errors, live, notes, posted
from web.i18n import gettext
from web.identity import actor, needs, sees_cases, works_on_cases
from web.scripts import subject_of
from web.wiring import parts

bp = Blueprint("flag_notes", __name__)
_LONG = 200


def may_write(person: Actor) -> bool:
    """P01: who talks with customers writes notes."""
    return access.may(person, "P01")


@bp.get("/tasks/<int:task_id>/flag-note")
@needs(works_on_cases)
def of_task(task_id: int) -> ResponseReturnValue:
    """The note of a user task's case: what is proposed and what was written."""
    return _panel(subject_of(task_id=task_id))


@bp.get("/cases/<case_id>/flag-note")
@needs(sees_cases)
def of_case(case_id: str) -> ResponseReturnValue:
    """The same for a case."""
    return _panel(subject_of(case_id=case_id))


@bp.post("/cases/<case_id>/flag-note")
@needs(may_write)
def write(case_id: str) -> ResponseReturnValue:
    """303 to the case with its note; the panel again for a script of the page; 422 when the note is not in order."""
    subject, note = subject_of(case_id=case_id), posted.text("note", _LONG)
    try:
        with at_case(parts().runtime, case_id, actor()) as case:
            scripts.write_flag_note(
                case.cascade.tx,
                note,
                actor(),
                at=parts().clock.now(),
                case_id=case_id,
                order_id=subject.order_id,
                customer_id=subject.customer_id,
            )
            case.note("flag_note.written", {"note": note})
    except InvalidValue as problem:
        return _panel(subject, typed=note, problem=errors.sentence(problem)), 422
    if live.wants_fragment():
        return _panel(subject, written=gettext("备注已保存。"))
    notes.add(gettext("备注已保存。"))
    return redirect(url_for("cases.show", case_id=case_id), code=303)


@bp.post("/cases/<case_id>/flag-note/check")
@needs(may_write)
def check(case_id: str) -> ResponseReturnValue:
    """What is wrong with a note as it stands, for a script of the page; nothing is kept."""
    subject_of(case_id=case_id)
    note = posted.text("note", _LONG)
    return render_template("flag_notes/_verdict.html", problem=scripts.problem_of(note), note=note)


@bp.get("/flag-notes")
@needs(registers.reads_registers)
def index() -> ResponseReturnValue:
    """Register R09: the notes of cases that the person may see, the newest first."""
    query = {name: request.args.get(name, "").strip()[:64] for name in ("text", "action", "order")}
    query = {name: text for name, text in query.items() if text}
    with parts().db.read() as connection:
        page = list_flag_notes(connection, parts().definitions, actor(), query, after=request.args.get("after", ""))
    return render_template("flag_notes/index.html", page=page, query=query, actions=scripts.ACTIONS)


def _panel(subject: Subject, *, typed: str | None = None, problem: str | None = None, written: str = "") -> str:
    action = request.args.get("action", "")
    with parts().db.read() as connection:
        found = read_flag_notes(
            connection, parts().definitions, actor(), subject, now=parts().clock.now(), action=action
        )
    note = found.proposal if typed is None else typed
    return render_template(
        "flag_notes/_panel.html" if live.wants_fragment() else "flag_notes/beside.html",
        found=found,
        subject=subject,
        note=note,
        chosen=note[1:2] if note[1:2] in scripts.ACTIONS else "",
        actions=scripts.ACTIONS,
        problem=problem or scripts.problem_of(note),
        refused=problem is not None,
        written=written,
        may_write=may_write(actor()),
        address=request.path,
    )
