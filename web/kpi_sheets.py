"""Assessments (考评): the sheets of a month, what is entered by hand, the month's analysis, the report as a file."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine import access, kpi
from engine.access import Reach
from engine.errors import InvalidValue
from engine.kpi import Board, Period, confirming
from engine.kpi import scores as entered
from engine.kpi import sheets as assessments
from engine.kpi.report import export_report, month_report
from engine.model import Actor
from web import errors, notes, posted
from web import kpi_frame as pages
from web import kpi_words as said
from web.i18n import gettext
from web.identity import actor, needs
from web.wiring import parts

bp = Blueprint("kpi_sheets", __name__)
_MAX_FEEDBACK: Final = confirming.MAX_FEEDBACK


def _sees_all(person: Actor) -> bool:
    """P16 for more than oneself."""
    return access.reach(person, "P16") in (Reach.TEAM, Reach.YES)


@bp.get("/kpi/scores")
@needs(kpi.sees_indicators)
def index() -> ResponseReturnValue:
    """Everybody's score of a month; who sees only the own one is led to it."""
    period = _month()
    with parts().db.read() as connection:
        board = _board(connection, period)
        found = assessments.read_sheets(board)
    return render_template("kpi/scores.html", sheets=found, value_words=said.value_words, **_frame(board))


@bp.get("/kpi/scores/<person>")
@needs(kpi.sees_indicators)
def show(person: str) -> ResponseReturnValue:
    """One sheet, term by term; one's own counts as read then."""
    return _sheet(person)


@bp.post("/kpi/scores/<person>/confirmation")
@needs(kpi.enters_figures)
def confirm(person: str) -> ResponseReturnValue:
    """303 to the sheet, which is kept as it is; 422 when it cannot be confirmed."""
    feedback, period = posted.text("feedback", _MAX_FEEDBACK + 1), _month()
    try:
        with parts().db.begin() as tx:
            circle = kpi.circle_of(tx.connection, actor(), "P17")
            board = Board(tx.connection, circle, period, parts().clock.now())
            confirming.confirm_sheet(tx, board, person, actor(), feedback=feedback)
    except InvalidValue as problem:
        return _sheet(person, problem=errors.sentence(problem), feedback=feedback), 422
    notes.add(gettext("考评已确认,已通知本人。"))
    return redirect(url_for("kpi_sheets.show", person=person, month=period.code), code=303)


@bp.post("/kpi/scores/<person>/withdrawal")
@needs(lambda person: access.reach(person, "P17") is Reach.YES)
def withdraw(person: str) -> ResponseReturnValue:
    """303 to the sheet, which is computed anew; 422 without a reason. Department managers only."""
    period = _month()
    try:
        with parts().db.begin() as tx:
            kpi.circle_of(tx.connection, actor(), "P17").get(person)
            reason = posted.text("reason", _MAX_FEEDBACK)
            confirming.withdraw_sheet(tx, person, period.code, actor(), now=parts().clock.now(), reason=reason)
    except InvalidValue as problem:
        return _sheet(person, problem=errors.sentence(problem)), 422
    notes.add(gettext("已撤销确认,考评按现在的数据重新计算。"))
    return redirect(url_for("kpi_sheets.show", person=person, month=period.code), code=303)


@bp.get("/kpi/entries")
@needs(kpi.enters_figures)
def entries() -> ResponseReturnValue:
    """What is entered by hand for a month: a line a person."""
    return _entries()


@bp.post("/kpi/entries")
@needs(kpi.enters_figures)
def enter() -> ResponseReturnValue:
    """303 to the page; 422 with what was typed where something is wrong: nothing was entered then."""
    period, typed = _month(), {name: text for name, text in request.form.items() if ":" in name}
    problems: dict[str, str] = {}
    values = {}
    for name, text in typed.items():
        indicator, _, person = name.partition(":")
        if indicator not in entered.ENTERED:
            continue
        try:
            values[indicator, person] = entered.read_value(indicator, text[:40])
        except InvalidValue as problem:
            problems[name] = errors.sentence(problem)
    if problems:
        return _entries(typed=typed, problems=problems), 422
    now, note = parts().clock.now(), posted.text("note", entered.MAX_NOTE + 1)
    try:
        with parts().db.begin() as tx:
            circle = kpi.circle_of(tx.connection, actor(), "P17")
            count = entered.enter_scores(tx, values, actor(), circle, now=now, period=period, note=note)
    except InvalidValue as problem:
        return _entries(typed=typed, problems={"": errors.sentence(problem)}), 422
    notes.add(gettext("已保存 %(n)s 项。", n=count) if count else gettext("没有变化,没有保存。"))
    return redirect(url_for("kpi_sheets.entries", month=period.code), code=303)


@bp.get("/kpi/month")
@needs(_sees_all)
def month() -> ResponseReturnValue:
    """满意度和运作统计分析 of a month, to be printed."""
    period = _month(finished=True)
    with parts().db.read() as connection:
        board = _board(connection, period)
        report = month_report(board)
    return render_template("kpi/month.html", report=report, process_name=pages.process_name, **_frame(board))


@bp.post("/kpi/file")
@needs(pages.may_take)
def take() -> ResponseReturnValue:
    """The period's indicators of everybody as a file."""
    code = request.args.get("period", "")
    period = kpi.read_period(code) if code else kpi.month_of(kpi.today_of(parts().clock.now()))
    with parts().db.begin() as tx:
        board = _board(tx.connection, period)
        file = export_report(tx, board, actor(), form=request.form.get("format", ""))
    return send_file(file.content, mimetype=file.mimetype, as_attachment=True, download_name=file.name)


def _sheet(person: str, *, problem: str | None = None, feedback: str = "") -> str:
    period = _month()
    with parts().db.read() as connection:
        board = _board(connection, period)
        sheet = assessments.read_sheet(board, person)
        enters = kpi.enters_figures(actor()) and person in kpi.circle_of(connection, actor(), "P17").members
    if sheet.confirmed is not None and sheet.confirmed.read_at is None and person == actor().id:
        with parts().db.begin() as tx:
            confirming.mark_read(tx, person, period.code, now=parts().clock.now())
    return render_template(
        "kpi/sheet.html",
        sheet=sheet,
        may_confirm=enters and person != actor().id,
        may_withdraw=access.reach(actor(), "P17") is Reach.YES,
        over=parts().clock.now() >= period.ends_at,
        problem=problem,
        feedback=feedback,
        max_feedback=_MAX_FEEDBACK,
        value_words=said.value_words,
        indicators=kpi.INDICATORS,
        **_frame(board),
    )


def _entries(*, typed: dict[str, str] | None = None, problems: dict[str, str] | None = None) -> str:
    period = _month()
    with parts().db.read() as connection:
        circle = kpi.circle_of(connection, actor(), "P17")
        board = Board(connection, circle, period, parts().clock.now())
        known = entered.read_scores(connection, period)
    members = [one for one in circle.members.values() if one.active or any(key[1] == one.id for key in known)]
    return render_template(
        "kpi/entries.html",
        columns=entered.ENTERED,
        members=members,
        known=known,
        typed=typed or {},
        problems=problems or {},
        max_note=entered.MAX_NOTE,
        **_frame(board),
    )


def _month(*, finished: bool = False) -> Period:
    """The month that the address or the form names; else the present one, or the last that is over."""
    code = request.values.get("month", "").strip()
    if code:
        return kpi.read_month(code)
    here = kpi.month_of(kpi.today_of(parts().clock.now()))
    return here.previous() if finished else here


def _board(connection: kpi.Connection, period: Period) -> Board:
    return Board(connection, kpi.circle_of(connection, actor()), period, parts().clock.now())


def _frame(board: Board) -> dict[str, Any]:
    return pages.frame(board) | {"reading_words": said.reading_words, "mark_of": said.mark}
