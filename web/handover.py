"""Hand-over at the end of a shift (交班): own open work with a note an item, sent to who comes next; printed."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, ownership, roster
from engine.errors import DuplicateSubmission, InvalidValue, StepError
from engine.model import Actor
from engine.queries.transfers import read_hand_over, read_hand_overs, read_work
from web import errors, notes, posted
from web.i18n import gettext
from web.identity import actor, needs
from web.transfers import INSTRUCTIONS, KINDS, STATUSES, may_use, receiver
from web.wiring import parts

bp = Blueprint("handover", __name__)
_NOTE: Final = "note."


def may_read(person: Actor) -> bool:
    """P20: agents their own hand-overs, supervisors those of their people."""
    return access.may(person, "P20") and may_use(person)


@bp.get("/hand-over")
@needs(may_read)
def form() -> ResponseReturnValue:
    """What the person would leave behind, each with a note to be completed; and the last hand-overs."""
    return _form()


@bp.post("/hand-over")
@needs(may_read)
def send() -> ResponseReturnValue:
    """303 to the hand-over; with what is wrong and what was typed: 422, or 409 when an item is offered already."""
    to_user, to_group = receiver()
    items = {key: request.form.get(_NOTE + key, "") for key in request.form.getlist("item")[: ownership.MOST_ITEMS + 1]}
    try:
        key = ownership.send(
            parts().runtime,
            actor(),
            items,
            to_user=to_user,
            to_group=to_group,
            note=posted.text("note", 2000),
            submission_key=posted.sent_key(),
        )
    except (InvalidValue, StepError, DuplicateSubmission) as problem:
        return _form(problem=errors.sentence(problem)), 422 if isinstance(problem, InvalidValue) else 409
    notes.add(gettext("已交接,等待对方逐项接受。接受前仍由您负责。"))
    return redirect(url_for("handover.show", key=key), code=303)


@bp.get("/hand-over/<int:key>")
@needs(may_read)
def show(key: int) -> ResponseReturnValue:
    """One hand-over: its receiver accepts or returns item by item, others see how far it is."""
    found = parts()
    with found.db.read() as connection:
        one = read_hand_over(connection, found.definitions, actor(), key)
    waiting = sum(row.offer.status == "pending" for row in one.rows)
    return render_template(
        "handover/show.html",
        one=one,
        waiting=waiting,
        kinds=KINDS,
        statuses=STATUSES,
        instructions=INSTRUCTIONS,
        people=[],
        typed={},
        refused=None,
        here=request.path,
        after_accept=request.path,
    )


def warned_on_leaving(person: Actor) -> str | None:
    """The sentence for who logs off near the end of the shift with open work; None: nothing to say."""
    if not may_read(person):
        return None
    found = parts()
    with found.db.read() as connection:
        left = ownership.leaving_with(connection, person.id, found.clock.now())
    return gettext("您还有 %(count)s 项工作没有交接。", count=left) if left else None


def _form(*, problem: str | None = None) -> str:
    found, me = parts(), actor()
    now = found.clock.now()
    with found.db.read() as connection:
        work = read_work(connection, found.definitions, me.id)
        coming = ownership.next_on(connection, now, me)
        known = {one.id for one in coming}
        away = roster.away_until(connection, [one for one, _ in ownership.receivers(connection, but=me.id)], now)
        others = [(one, name) for one, name in ownership.receivers(connection, but=me.id) if one not in known]
        past = read_hand_overs(connection, found.definitions, me)
        shift = roster.next_shift(connection, me.id, now)
    return render_template(
        "handover/form.html",
        work=work,
        most=ownership.MOST_ITEMS,
        coming=coming,
        others=[one for one in others if one[0] not in away],
        groups=ownership.RECEIVING,
        past=past,
        ends=shift[1] if shift is not None and shift[0] <= now else None,
        typed=request.form,
        items=request.form.getlist("item"),
        sent=request.method == "POST",
        key=posted.sent_key() or posted.new_key(),
        problem=problem,
        prefix=_NOTE,
    )
