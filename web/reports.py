"""Why customers complain and send back, with the rows behind each number; the weekly reports of common issues."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import accounts, kpi
from engine.errors import InvalidValue, StepError
from engine.kpi import Period
from engine.quality import causes as counting
from engine.quality import issues as reporting
from engine.quality import weeks, words
from engine.quality.causes import Span
from web import errors, notes, posted
from web.i18n import gettext
from web.identity import actor, needs
from web.kpi_frame import process_name
from web.links import number
from web.quality_pages import opens, page, this_week
from web.wiring import parts

bp = Blueprint("reports", __name__)


@bp.get("/reports/causes")
@needs(counting.may_read)
def causes() -> ResponseReturnValue:
    """Causes of complaints, returns and exchanges in a period, against the one before; to be printed."""
    period, shop = _period(), request.args.get("shop", "")[:60]
    with parts().db.read() as connection:
        found = counting.read_causes(connection, actor(), _span(period), _span(period.previous()), shop)
        shops = counting.list_shops(connection)
    upcoming = period.next()
    return page(
        "reports/causes.html",
        "reports.causes",
        groups=[
            (register, name, [one for one in found if one.register == register])
            for register, (name, _) in counting.REGISTERS.items()
        ],
        period=period,
        next_period=upcoming if upcoming.first <= kpi.today_of(parts().clock.now()) else None,
        shop=shop,
        shops=shops,
        as_of=parts().clock.now(),
    )


@bp.get("/reports/causes/rows")
@needs(counting.may_read)
def cause_rows() -> ResponseReturnValue:
    """The rows behind one of the numbers."""
    period = _period()
    here = {name: request.args.get(name, "")[:200] for name in ("register", "cause", "shop")} | {"period": period.code}
    with parts().db.read() as connection:
        found = counting.list_rows(
            connection,
            actor(),
            here["register"],
            here["cause"],
            _span(period),
            shop=here["shop"],
            after=request.args.get("after", type=number),
        )
        names = accounts.read_names(connection, [row.owner for row in found.rows])
    return page(
        "reports/cause_rows.html",
        "reports.causes",
        page=found,
        here=here,
        period=period,
        names=names,
        what=counting.REGISTERS[here["register"]][0],
        process_name=process_name,
    )


@bp.get("/reports/issues")
@needs(opens)
def issues() -> ResponseReturnValue:
    """Reports of the own team by week, summed up; agents see their own."""
    week = request.args.get("week", "")
    if week:
        weeks.monday_of(week)
    with parts().db.read() as connection:
        found = reporting.list_reports(connection, actor(), week=week, after=request.args.get("after"))
    here = this_week()
    return page(
        "reports/issues.html",
        "reports.issues",
        page=found,
        week=week,
        weeks=[weeks.shifted(here, -back) for back in range(1, 13)],
        summed=reporting.summed(found.reports) if week and words.may_look(actor()) else [],
        process_name=process_name,
        now_at=parts().clock.now(),
    )


@bp.get("/reports/issues/<week>/<agent>")
@needs(opens)
def issue(week: str, agent: str) -> ResponseReturnValue:
    """A report with the cases behind each number."""
    return _issue(week, agent)


@bp.post("/reports/issues/<week>/<agent>/confirmation")
@needs(words.is_checked)
def confirm(week: str, agent: str) -> ResponseReturnValue:
    """303 to the report; 422 without a remark, 409 when it is confirmed."""
    remark = posted.text("remark", words.MAX_TEXT + 1)
    try:
        with parts().db.begin() as tx:
            reporting.confirm(tx, week, agent, actor(), remark=remark, now=parts().clock.now())
    except (InvalidValue, StepError) as problem:
        status = 422 if isinstance(problem, InvalidValue) else 409
        return _issue(week, agent, typed=remark, problem=errors.sentence(problem)), status
    notes.add(gettext("已确认,主管会收到通知。"))
    return redirect(url_for("reports.issue", week=week, agent=agent), code=303)


def _issue(week: str, agent: str, *, typed: str = "", problem: str | None = None) -> str:
    with parts().db.read() as connection:
        report = reporting.get_report(connection, week, agent, actor())
    return page(
        "reports/issue.html",
        "reports.issues",
        report=report,
        own=report.agent == actor().id,
        process_name=process_name,
        typed=typed,
        problem=problem,
        max_text=words.MAX_TEXT,
        now_at=parts().clock.now(),
    )


def _period() -> Period:
    """The week or month that the address names; else the present month."""
    code = request.args.get("period", "").strip()
    if code:
        return kpi.read_period(code)
    today = kpi.today_of(parts().clock.now())
    span = request.args.get("span", "")
    return kpi.period_of(kpi.Span.WEEK if span == kpi.Span.WEEK else kpi.Span.MONTH, today)


def _span(period: Period) -> Span:
    return Span(since=period.since, until=period.until)
