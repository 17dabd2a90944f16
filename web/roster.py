"""Roster (排班): who works when, by week or month; supervisors plan it."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine import access, calendars, roster
from engine.access import Reach
from engine.clock import SHANGHAI
from engine.errors import InvalidValue
from engine.model import Actor
from engine.roster import Days, RosteredPerson, Shift, sheets
from web import errors, notes, roster_grid
from web.i18n import gettext, lazy_gettext
from web.identity import actor, needs
from web.roster_grid import MONTH, WEEK, Span
from web.wiring import parts

bp = Blueprint("roster", __name__)
WEEKDAYS = tuple(lazy_gettext(word) for word in ("周一", "周二", "周三", "周四", "周五", "周六", "周日"))


def may_read(person: Actor) -> bool:
    """P20 in any degree: the roster hangs on the wall."""
    return access.reach(person, "P20") is not Reach.NO


def may_plan(person: Actor) -> bool:
    """P20 for others than oneself."""
    return access.reach(person, "P20") is Reach.YES


@bp.get("/roster")
@needs(may_read)
def index() -> ResponseReturnValue:
    """The week or month of a day (``view``, ``day``); ``edit`` opens the cells to who plans."""
    return _page()


@bp.post("/roster")
@needs(may_plan)
def save() -> ResponseReturnValue:
    """303 to the grid; 422 with what was typed when a cell cannot be."""
    found, me = parts(), actor()
    with found.db.read() as connection:
        people = roster.list_people(connection, roster.planned_by(me))
        shifts = shifts_of(connection, people)
    cells, wrong = roster_grid.posted_cells(request.form.items(), people, shifts)
    if wrong:
        first = next(iter(wrong.values()))
        problem = gettext("没有班次「%(word)s」。请填班次名称或第一个字。", word=first)
        return _page(problem=problem, typed=request.form, wrong=wrong), 422
    try:
        with found.db.begin() as tx:
            changed = roster.set_days(tx, cells, me, at=found.clock.now())
    except InvalidValue as problem:
        return _page(problem=errors.sentence(problem), typed=request.form), 422
    notes.add(gettext("已保存,改了 %(count)s 格。", count=changed) if changed else gettext("没有变化。"))
    return redirect(_address(), code=303)


@bp.post("/roster/copy")
@needs(may_plan)
def copy() -> ResponseReturnValue:
    """303 to the grid: the week before, or of a month the one four weeks before, is written over what is to come.

    Days that are over, and people who had nothing, stay as they are.
    """
    found, me = parts(), actor()
    span, today = _span(request.form.get("view", ""), request.form.get("day", "")), _today()
    by = timedelta(days=7) if span.view == WEEK else timedelta(days=28)
    with found.db.begin() as tx:
        people = [one.id for one in roster.list_people(tx.connection, roster.planned_by(me))]
        before = roster.read_days(tx.connection, people, span.first - by, span.last - by)
        cells = {cell: code for cell, code in roster.copied(before, by).items() if cell[1] >= today}
        try:
            changed = roster.set_days(tx, cells, me, at=found.clock.now())
        except InvalidValue as problem:  # a shift of then is gone
            return _page(problem=errors.sentence(problem)), 422
    notes.add(gettext("已沿用,改了 %(count)s 格。请核对后再通知大家。", count=changed))
    return redirect(url_for("roster.index", view=span.view, day=span.first.isoformat(), edit=1), code=303)


@bp.get("/roster/file")
@needs(may_plan)
def export() -> ResponseReturnValue:
    """The grid as a CSV file."""
    found, me = parts(), actor()
    span = _span(request.args.get("view", ""), request.args.get("day", ""))
    with found.db.read() as connection:
        people = roster.list_people(connection, roster.planned_by(me))
        days = roster.read_days(connection, [one.id for one in people], span.first, span.last)
        shifts = shifts_of(connection, people)
    names = {code: one.name for known in shifts.values() for code, one in known.items()}
    content = sheets.write(people, days, names, span.first, span.last)
    name = f"排班 {span.first.isoformat()} 至 {span.last.isoformat()}.csv"
    return send_file(io.BytesIO(content), mimetype="text/csv", as_attachment=True, download_name=name)


@bp.post("/roster/file")
@needs(may_plan)
def load() -> ResponseReturnValue:
    """303 to the grid with the file's cells in it; 422 with what is wrong: then nothing is taken."""
    found, me = parts(), actor()
    sent = request.files.get("file")
    content = sent.stream.read(sheets.MOST_BYTES + 1) if sent is not None else b""
    try:
        if not content:
            raise InvalidValue("Please choose a CSV file first.", message_zh="请先选择一个 CSV 文件。")
        with found.db.begin() as tx:
            people = roster.list_people(tx.connection, roster.planned_by(me))
            known = {one.shop: roster.list_shifts(tx.connection, one.shop) for one in people}
            cells = sheets.read(content, people, known)
            changed = roster.set_days(tx, cells, me, at=found.clock.now())
    except InvalidValue as problem:
        return _page(problem=errors.sentence(problem)), 422
    notes.add(gettext("已导入,改了 %(count)s 格。", count=changed))
    first = min(day for _, day in cells)
    view = request.form.get("view", "")
    return redirect(url_for("roster.index", view=view or None, day=first.isoformat()), code=303)


def shifts_of(connection: Any, people: tuple[RosteredPerson, ...]) -> dict[str, dict[str, Shift]]:
    """Shop → code → shift, of the shops of these people."""
    return {
        shop: {one.code: one for one in roster.list_shifts(connection, shop)}
        for shop in {roster.ANY_SHOP, *(one.shop for one in people)}
    }


def _page(*, problem: str | None = None, typed: Any = None, wrong: Any = ()) -> str:
    found, me = parts(), actor()
    now, today = found.clock.now(), _today()
    span = _span(request.values.get("view", ""), request.values.get("day", ""))
    plans = may_plan(me)
    with found.db.read() as connection:
        people = roster.list_people(connection)
        shifts = shifts_of(connection, people)
        first, last = roster.month_of(span.first)
        days = roster.read_days(
            connection, [one.id for one in people], min(first - timedelta(days=28), span.first), max(last, span.last)
        )
        calendar = calendars.calendar_at(connection, now)
        absences = roster.list_absences(connection, now)
        present = roster.on_duty(connection, now)
    own = roster.planned_by(me) if plans else frozenset[str]()
    editable = {one.id for one in people if own is None or (plans and one.team is None) or one.id in own}
    lines = roster_grid.lines(people, days, shifts, span, absences=absences, on_duty=present, now=now, me=me.id)
    return render_template(
        "roster/index.html",
        span=span,
        heads=roster_grid.heads(span, calendar, today),
        groups=roster_grid.by_team(lines),
        shifts=shifts,
        shift_lists={shop: place for place, shop in enumerate(sorted(shifts))},
        weekdays=WEEKDAYS,
        today=today,
        present=[one for one in people if one.id in present],
        absent=[one for one in people if one.id in roster_away(absences, now)],
        plans=plans,
        editing=plans and (request.args.get("edit") == "1" or typed is not None),
        editable=editable,
        findings=_findings(people, days, shifts, first, editable) if plans else [],
        month=first,
        rules=roster.TEXTS,
        typed=typed or {},
        wrong=wrong,
        problem=problem,
        names={one.id: one.name for one in people},
    )


def roster_away(absences: tuple[roster.Absence, ...], now: Any) -> set[str]:
    """Who is absent now."""
    return {one.user for one in absences if one.covers(now)}


def _findings(
    people: tuple[RosteredPerson, ...], days: Days, shifts: dict[str, dict[str, Shift]], month: date, mine: set[str]
) -> list[roster.Finding]:
    """What the rules find in the month, of the people whom the reader plans; teams are each other's colleagues."""
    paid = {one.id: {code: shift.paid_minutes for code, shift in shifts[one.shop].items()} for one in people}
    found: list[roster.Finding] = []
    for team in dict.fromkeys(one.team for one in people):
        whole = [one.id for one in people if one.team == team]
        found += [one for one in roster.check_month(days, paid, whole, month) if one.user in mine]
    return found


def _today() -> date:
    return parts().clock.now().astimezone(SHANGHAI).date()


def _span(view: str, day: str) -> Span:
    return roster_grid.span_of(MONTH if view == MONTH else WEEK, day[:10], _today())


def _address() -> str:
    span = _span(request.form.get("view", ""), request.form.get("day", ""))
    return url_for("roster.index", view=span.view, day=span.first.isoformat())
