"""考评反馈: what is written beside a month's score sheet, read and signed by the person."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import kpi
from engine.errors import InvalidValue, NotFound, StepError
from engine.kpi import Board, Period
from engine.kpi import sheets as assessments
from engine.model import Actor
from engine.quality import appraisals
from web import errors, notes, posted
from web import kpi_words as said
from web.i18n import gettext
from web.identity import actor, needs
from web.quality_pages import page
from web.wiring import parts

bp = Blueprint("appraisals", __name__)
_FIELDS = ("guidance", "plan", "career")


def _may_read(person: Actor) -> bool:
    return appraisals.may_read(person, person.id)


@bp.get("/appraisals")
@needs(_may_read)
def index() -> ResponseReturnValue:
    """A month's appraisals of everybody in reach; who sees only the own is led to it."""
    period = _month()
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
    period = _month()
    try:
        with parts().db.begin() as tx:
            appraisals.write(tx, person, period.code, actor(), now=parts().clock.now(), **typed)
    except (InvalidValue, StepError) as problem:
        status = 422 if isinstance(problem, InvalidValue) else 409
        return _shown(person, typed=typed, problem=errors.sentence(problem)), status
    notes.add(gettext("已保存,已通知本人阅读并签字。"))
    return redirect(url_for("appraisals.show", person=person, month=period.code), code=303)


@bp.post("/appraisals/<person>/signature")
@needs(_may_read)
def sign(person: str) -> ResponseReturnValue:
    """303 to the appraisal; 422 when the reply is too long, 409 when it is signed."""
    period, reply = _month(), posted.text("reply", appraisals.MAX_TEXT + 1)
    try:
        with parts().db.begin() as tx:
            appraisals.sign(tx, person, period.code, actor(), reply=reply, now=parts().clock.now())
    except (InvalidValue, StepError) as problem:
        status = 422 if isinstance(problem, InvalidValue) else 409
        return _shown(person, typed={"reply": reply}, problem=errors.sentence(problem)), status
    notes.add(gettext("已签字,内容不再改动。"))
    return redirect(url_for("appraisals.show", person=person, month=period.code), code=303)


def _shown(person: str, *, typed: dict[str, str] | None = None, problem: str | None = None) -> str:
    period = _month()
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
    return page(
        "quality/appraisal.html",
        "appraisals.index",
        member=member,
        appraisal=found,
        sheet=sheet,
        may_write=appraisals.may_write(actor(), person) and not signed,
        may_sign=person == actor().id and found is not None and not signed,
        typed=typed or {},
        problem=problem,
        max_text=appraisals.MAX_TEXT,
        reading_words=said.reading_words,
        indicators=kpi.INDICATORS,
        **_frame(period),
    )


def _month() -> Period:
    """The month that the address or the form names, else the last that is over."""
    code = request.values.get("month", "").strip()
    if code:
        return kpi.read_month(code)
    return kpi.month_of(kpi.today_of(parts().clock.now())).previous()


def _frame(period: Period) -> dict[str, Any]:
    upcoming = period.next()
    today = kpi.today_of(parts().clock.now())
    return {"period": period, "next_period": upcoming if upcoming.first <= today else None}
