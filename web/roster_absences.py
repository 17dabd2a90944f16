"""Absences and shifts on their pages: who is away, who stands in; which shifts there are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import roster
from engine.clock import SHANGHAI
from engine.errors import InvalidValue, StepError
from engine.roster import OFF, Shift
from web import errors, notes, posted
from web.i18n import gettext
from web.identity import actor, needs
from web.roster import may_plan, may_read
from web.wiring import parts

bp = Blueprint("roster_absences", __name__)
_FIELDS: Final = ("user", "from", "to", "kind", "reason", "stand_in")
#: Empty lines under the shifts of the form.
_SPARE: Final = 2


@bp.get("/roster/absences")
@needs(may_read)
def index() -> ResponseReturnValue:
    """Absences: of everybody whom the person plans, else the own ones."""
    return _page()


@bp.post("/roster/absences")
@needs(may_plan)
def add() -> ResponseReturnValue:
    """303 to the list; 422 with the form when something is missing or does not fit."""
    form = request.form
    try:
        span = _instant("from", "开始时间"), _instant("to", "结束时间")
        with parts().db.begin() as tx:
            roster.add_absence(
                tx,
                form.get("user", ""),
                span,
                actor(),
                at=parts().clock.now(),
                kind=form.get("kind", ""),
                reason=posted.text("reason", 200),
                stand_in=form.get("stand_in") or None,
            )
    except InvalidValue as problem:
        return _page(problem=errors.sentence(problem), typed=form), 422
    parts().worker.wake()
    notes.add(gettext("已登记。缺勤开始时,认领的任务会转给代班人或退回岗位。"))
    return redirect(url_for("roster_absences.index"), code=303)


@bp.post("/roster/absences/<int:absence_id>/cancellation")
@needs(may_plan)
def cancel(absence_id: int) -> ResponseReturnValue:
    """303 to the list; 409 when it is over already."""
    try:
        with parts().db.begin() as tx:
            roster.cancel_absence(tx, absence_id, actor(), at=parts().clock.now())
    except StepError as problem:
        return _page(problem=errors.sentence(problem)), 409
    parts().worker.wake()
    notes.add(gettext("已取消这次缺勤。"))
    return redirect(url_for("roster_absences.index"), code=303)


@bp.get("/roster/shifts")
@needs(may_plan)
def shifts() -> ResponseReturnValue:
    """The shifts of a shop (``shop``), to be changed."""
    return _shifts(request.args.get("shop", "")[:60])


@bp.post("/roster/shifts")
@needs(may_plan)
def save_shifts() -> ResponseReturnValue:
    """303 to the shifts; 422 with what was typed when one cannot be worked."""
    shop = request.form.get("shop", "").strip()[:60]
    try:
        wanted = [one for line in _lines(request.form) if (one := _shift(line)) is not None]
        with parts().db.begin() as tx:
            roster.save_shifts(tx, wanted, actor(), at=parts().clock.now(), shop=shop)
    except InvalidValue as problem:
        return _shifts(shop, problem=errors.sentence(problem), typed=_lines(request.form)), 422
    notes.add(gettext("班次已保存,明天起的排班按新的时间。"))
    return redirect(url_for("roster_absences.shifts", shop=shop or None), code=303)


def _page(*, problem: str | None = None, typed: Mapping[str, str] | None = None) -> str:
    found, me = parts(), actor()
    plans = may_plan(me)
    now = found.clock.now()
    with found.db.read() as connection:
        own = roster.planned_by(me) if plans else frozenset({me.id})
        people = roster.list_people(connection, own)
        everybody = {one.id: one.name for one in roster.list_people(connection)}
        of = own if own is None or not plans else frozenset(one.id for one in people)
        absences = roster.list_absences(connection, now, of=of)
    return render_template(
        "roster/absences.html",
        absences=[(one, _state(one, now)) for one in absences],
        people=people,
        others=everybody,
        kinds=roster.KINDS,
        plans=plans,
        typed={name: (typed or {}).get(name, "") for name in _FIELDS},
        problem=problem,
        today=now.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M"),
    )


def _state(one: roster.Absence, now: datetime) -> str:
    if one.covers(now):
        return "now"
    return "coming" if one.from_at > now else "over"


def _instant(name: str, what: str) -> datetime:
    """A time of the shop's zone.

    Raises:
        InvalidValue: it is missing, or none.
    """
    try:
        found = datetime.fromisoformat(request.form.get(name, ""))
    except ValueError as problem:
        raise InvalidValue(
            f"Please fill in the {'start' if name == 'from' else 'end'}.", message_zh=f"请填写{what}。"
        ) from problem
    if found.year < 2000 or found.year > 2100:
        raise InvalidValue("The year of the start or end is out of bounds.", message_zh=f"{what}的年份不对。")
    return found if found.tzinfo is not None else found.replace(tzinfo=SHANGHAI)


def _shifts(shop: str, *, problem: str | None = None, typed: Any = None) -> str:
    with parts().db.read() as connection:
        known = roster.list_shifts(connection, shop)
        shops = roster.list_shops(connection)
    lines = typed or [_line(one) for one in known if one.code != OFF]
    empty = {"code": "", "name": "", "starts": "", "ends": "", "paid": ""}
    return render_template(
        "roster/shifts.html",
        lines=[*lines, *([empty] * _SPARE if typed is None else [])],
        shop=shop,
        shops=shops,
        problem=problem,
    )


def _lines(form: Any) -> list[dict[str, str]]:
    names = ("code", "name", "starts", "ends", "paid")
    columns = [[text.strip()[:16] for text in form.getlist(name)[:16]] for name in names]
    return [dict(zip(names, line, strict=True)) for line in zip(*columns, strict=False)]


def _line(one: Shift) -> dict[str, str]:
    return {
        "code": one.code,
        "name": one.name,
        "starts": f"{one.starts // 60:02d}:{one.starts % 60:02d}",
        "ends": f"{one.ends % 1440 // 60:02d}:{one.ends % 60:02d}",
        "paid": f"{one.paid_minutes / 60:g}",
    }


def _shift(line: Mapping[str, str]) -> Shift | None:
    """The shift of a line; None: the line is empty. An end not after the start lies on the next day.

    Raises:
        InvalidValue: a time or a number cannot be read.
    """
    if not any(line.values()):
        return None
    starts, ends = (_minutes(line[name], line["name"]) for name in ("starts", "ends"))
    try:
        paid = round(float(line["paid"]) * 60)
    except (ValueError, OverflowError) as problem:
        raise InvalidValue(
            f"The paid hours of “{line['name']}” must be a number of hours, such as 8.5.",
            message_zh=f"「{line['name']}」的计薪时长须是小时数,如 8.5。",
        ) from problem
    code = line["code"] or f"s{sum(map(ord, line['name'])) % 100_000}"
    return Shift(
        code=code, name=line["name"], starts=starts, ends=ends if ends > starts else ends + 1440, paid_minutes=paid
    )


def _minutes(text: str, name: str) -> int:
    try:
        found = datetime.strptime(text[:5], "%H:%M")  # noqa: DTZ007  a time of day, no instant
    except ValueError as problem:
        raise InvalidValue(
            f"Write the times of “{name}” like 09:00.", message_zh=f"「{name}」的时间须写成 09:00。"
        ) from problem
    return found.hour * 60 + found.minute
