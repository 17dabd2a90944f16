"""The working calendar: a year at a glance, opening hours, shifts; administrators make new versions of it."""

from __future__ import annotations

import calendar as gregorian
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, calendars
from engine.calendars import ANY_SHOP, MAX_SHOP, CalendarVersion
from engine.clock import SHANGHAI
from engine.errors import InvalidValue
from engine.model import Actor
from engine.worktime import Calendar, DayKind, default_calendar
from web import errors, notes, posted
from web.calendar_form import WEEKDAYS, read_typed, typed_of
from web.i18n import gettext
from web.identity import actor, needs, sees_cases, sees_studio, works_on_cases
from web.wiring import parts

bp = Blueprint("calendar", __name__)
_YEARS_AROUND: Final = 4
_FIELDS: Final = (
    *(f"hours_{name}" for name in WEEKDAYS), "hours_holiday", "hours_make_up", "shifts", "holidays", "make_ups",
    "announced", "note", "valid_from",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of the year's picture."""

    date: date
    #: open, closed, holiday or make_up.
    kind: str
    #: The hours that begin on it, as people read them.
    hours: str


def may_look(person: Actor) -> bool:
    """Who works on cases, or on their rules, may know when the shop is open."""
    return works_on_cases(person) or sees_cases(person) or sees_studio(person) or may_edit(person)


def may_edit(person: Actor) -> bool:
    """P24: administrators."""
    return access.may(person, "P24")


@bp.get("/calendar")
@needs(may_look)
def index() -> ResponseReturnValue:
    """A year of the calendar that counts now, and its versions."""
    return _page(_shop(), _year())


@bp.post("/calendar")
@needs(may_edit)
def save() -> ResponseReturnValue:
    """303 to the year with the new version; 422 with the form when something cannot be read or is stale."""
    shop, year = _shop(), _year()
    typed = {name: request.form.get(name, "") for name in _FIELDS}
    based_on = posted.number("based_on") or 0
    now = parts().clock.now()
    try:
        with parts().db.begin() as tx:
            newest = next(iter(calendars.list_versions(tx.connection, shop)), None)
            before = _calendar(newest or calendars.in_force(tx.connection, now))
            made = calendars.save(
                tx,
                read_typed(before, year, typed),
                actor(),
                now=now,
                shop=shop,
                valid_from=_valid_from(typed["valid_from"]),
                note=typed["note"],
                based_on=based_on,
            )
    except InvalidValue as problem:
        return _page(shop, year, typed=typed, problem=errors.sentence(problem)), 422
    parts().definitions.refresh()
    if made is None:
        notes.add(gettext("内容没有变化,没有产生新版本。"))
    else:
        notes.add(gettext("已保存工作日历第 %(n)s 版,新任务按它计算时限。", n=made.version))
    return redirect(url_for("calendar.index", shop=shop or None, year=year), code=303)


def _page(shop: str, year: int, *, typed: dict[str, str] | None = None, problem: str | None = None) -> str:
    now = parts().clock.now()
    with parts().db.read() as connection:
        shops = calendars.list_shops(connection)
        versions = calendars.list_versions(connection, shop)
        in_force = calendars.in_force(connection, now, shop) or calendars.in_force(connection, now)
    newest = versions[0] if versions else in_force
    shown = _calendar(in_force)
    return render_template(
        "calendar/index.html",
        shop=shop,
        shops=shops,
        year=year,
        today=now.astimezone(shown.zone).date(),
        calendar=shown,
        in_force=in_force,
        versions=versions,
        months=[(month, _weeks(shown, year, month)) for month in range(1, 13)],
        hours=[(name, "、".join(map(str, spans))) for name, spans in zip(WEEKDAYS, shown.week, strict=True)],
        may_edit=may_edit(actor()),
        is_open=shown.is_open(now),
        next_opening=shown.next_opening(now),
        typed={**typed_of(_calendar(newest), year), "note": "", "valid_from": "", **(typed or {})},
        based_on=versions[0].version if versions else 0,
        problem=problem,
    )


def _weeks(calendar: Calendar, year: int, month: int) -> list[list[Day | None]]:
    """The weeks of a month, Monday first; None for days of other months."""
    weeks = gregorian.Calendar().monthdatescalendar(year, month)
    return [[_day(calendar, day) if day.month == month else None for day in week] for week in weeks]


def _day(calendar: Calendar, day: date) -> Day:
    hours = calendar.hours(day)
    known = calendar.days.get(day)
    kind = known.value if known in (DayKind.HOLIDAY, DayKind.MAKE_UP) else ("open" if hours else "closed")
    return Day(date=day, kind=kind, hours="、".join(map(str, hours)))


def _calendar(version: CalendarVersion | None) -> Calendar:
    return default_calendar() if version is None else version.calendar


def _shop() -> str:
    return request.values.get("shop", ANY_SHOP).strip()[:MAX_SHOP]


def _year() -> int:
    """The year asked for, near enough to this one to be of use; this one elsewhere."""
    this: int = parts().clock.now().astimezone(SHANGHAI).year
    asked = request.values.get("year", "")
    if asked.isascii() and asked.isdigit() and len(asked) == 4 and abs(int(asked) - this) <= _YEARS_AROUND:
        return int(asked)
    return this


def _valid_from(text: str) -> datetime | None:
    """The time typed, in the shop's zone; None: at once.

    Raises:
        InvalidValue: it is none.
    """
    if not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as problem:
        raise InvalidValue(
            f"{text!r} is no time from which the calendar could hold.", message_zh="生效时间无法识别。"
        ) from problem
    return moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment
