"""考评反馈: what is written beside a month's score sheet, read and signed by the person."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from flask import Blueprint, make_response, redirect, url_for
from flask.typing import ResponseReturnValue

from engine import kpi
from engine.drafts import APPRAISAL_STEPS, of_appraisal
from engine.errors import InvalidValue, NotFound, StepError
from engine.kpi import Board, Period
from engine.kpi import sheets as assessments
from engine.model import Actor
from engine.quality import appraisals, checking
from web import drafts, errors, notes, posted, quality_drafts
from web import kpi_words as said
from web.i18n import gettext
from web.identity import actor, needs
from web.quality_pages import asked_month, page
from web.wiring import parts

bp = Blueprint("appraisals", __name__)
_FIELDS = ("guidance", "plan", "career")


def _may_read(person: Actor) -> bool:
    return appraisals.may_read(person, person.id)


@bp.get("/appraisals")
@needs(_may_read)
def index() -> ResponseReturnValue:
    """A month's appraisals of everybody in reach; who sees only the own is led to it."""
    period = asked_month()
    with parts().db.read() as connection:
        circle = kpi.circle_of(connection, actor())
        found = appraisals.list_month(connection, period.code, list(circle.members))
    if list(circle.members) == [actor().id]:
        return redirect(url_for("appraisals.show", person=actor().id, month=period.code), code=303)
    people = [one for one in circle.members.values() if one.active or one.id in found]
    return page("quality/appraisals.html", "appraisals.index", people=people, found=found, **_frame(period))


@bp.get("/appraisals/<person>")
@needs(_may_read)
def show(person: str) -> ResponseReturnValue:
    """One: the score sheet, what is written, the signature; to be printed."""
    return _shown(person)


@bp.post("/appraisals/<person>")
@needs(appraisals.writes)
def write(person: str) -> ResponseReturnValue:
    """303 to the appraisal; 422 with what was typed, 409 when it is signed."""
    typed = {name: posted.text(name, appraisals.MAX_TEXT + 1) for name in _FIELDS}
    period, now = asked_month(), parts().clock.now()
    try:
        with _kept("appraisal", person, period), parts().db.begin() as tx:
            calendar = checking.calendar_of(parts().runtime, now)
            appraisals.write(tx, person, period.code, actor(), now=now, calendar=calendar, **typed)
    except (InvalidValue, StepError) as problem:
        status = 422 if isinstance(problem, InvalidValue) else 409
        return _shown(person, typed=typed, problem=errors.sentence(problem)), status
    notes.add(gettext("已保存,已通知本人阅读并签字。"))
    return _taken("appraisal", person, period)


@bp.post("/appraisals/<person>/signature")
@needs(_may_read)
def sign(person: str) -> ResponseReturnValue:
    """303 to the appraisal; 422 when the reply is too long, 409 when it is signed."""
    period, reply = asked_month(), posted.text("reply", appraisals.MAX_TEXT + 1)
    try:
        with _kept("signature", person, period), parts().db.begin() as tx:
            appraisals.sign(tx, person, period.code, actor(), reply=reply, now=parts().clock.now())
    except (InvalidValue, StepError) as problem:
        status = 422 if isinstance(problem, InvalidValue) else 409
        return _shown(person, typed={"reply": reply}, problem=errors.sentence(problem)), status
    notes.add(gettext("已签字,内容不再改动。"))
    return _taken("signature", person, period)


def _kept(step: str, person: str, period: Period) -> AbstractContextManager[None]:
    return quality_drafts.kept_when_refused(of_appraisal(step, person, period.code))


def _taken(step: str, person: str, period: Period) -> ResponseReturnValue:
    """303 to the appraisal; the form was taken and its draft goes."""
    answer = make_response(redirect(url_for("appraisals.show", person=person, month=period.code), code=303))
    return drafts.taken(answer, of_appraisal(step, person, period.code))


def _shown(person: str, *, typed: dict[str, str] | None = None, problem: str | None = None) -> str:
    period = asked_month()
    with parts().db.read() as connection:
        found = appraisals.read_appraisal(connection, person, period.code, actor())
        circle = kpi.circle_of(connection, actor())
        member = circle.get(person)
        board = Board(connection, circle, period, parts().clock.now())
        try:
            sheet = assessments.read_sheet(board, person)
        except NotFound:
            sheet = None
    signed = found is not None and found.signed_at is not None
    may_write = appraisals.may_write(actor(), person) and not signed
    may_sign = person == actor().id and found is not None and not signed
    every = {step: of_appraisal(step, person, period.code) for step in APPRAISAL_STEPS}
    here = every["appraisal"] if may_write else every["signature"] if may_sign else None
    kept = quality_drafts.shown(here, [subject for subject in every.values() if subject != here], typed)
    return page(
        "quality/appraisal.html",
        "appraisals.index",
        member=member,
        appraisal=found,
        sheet=sheet,
        may_write=may_write,
        may_sign=may_sign,
        typed=kept.typed,
        place=kept.place,
        over=kept.unsent,
        problem=problem,
        max_text=appraisals.MAX_TEXT,
        reading_words=said.reading_words,
        indicators=kpi.INDICATORS,
        **_frame(period),
    )


def _frame(period: Period) -> dict[str, Any]:
    upcoming = period.next()
    today = kpi.today_of(parts().clock.now())
    return {"period": period, "next_period": upcoming if upcoming.first <= today else None}
