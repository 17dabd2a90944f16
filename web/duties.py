"""Daily duties (日常任务): what starts by itself on a day, for whom, and how far it is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from flask import Blueprint, render_template, request

from engine import duties
from engine.bpmn import parse_cron
from engine.clock import SHANGHAI
from engine.duties import Missed, Outcome
from engine.shop import PACKS
from web.i18n import gettext, lazy_gettext
from web.identity import actor, needs, sees_cases
from web.roster import WEEKDAYS, may_plan, may_read
from web.wiring import parts

bp = Blueprint("duties", __name__)
#: More times of a day are not told one by one.
_MOST_TIMES: Final = 6

OUTCOMES: Final = {
    Outcome.STARTED: lazy_gettext("已发起"),
    Outcome.MADE_UP: lazy_gettext("事后补办"),
    Outcome.SKIPPED: lazy_gettext("错过,不补"),
    Outcome.NOBODY: lazy_gettext("没有人上班"),
}
MISSED: Final = {
    Missed.EACH: lazy_gettext("逐次补办"),
    Missed.LATEST: lazy_gettext("只补最近一次"),
    Missed.SKIP: lazy_gettext("不补"),
}


@bp.get("/duties")
@needs(may_read)
def index() -> str:
    """The turns of a day (``day``; today where it says none), and when each duty comes next."""
    found, me = parts(), actor()
    now = found.clock.now()
    today = now.astimezone(SHANGHAI).date()
    day = _day(request.args.get("day", ""), today)
    found.definitions.refresh()
    with found.db.read() as connection:
        read = duties.read_day(connection, found.definitions, day, now)
    return render_template(
        "duties/index.html",
        read=read,
        day=day,
        weekday=WEEKDAYS[day.weekday()],
        today=today,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        now=now,
        outcomes=OUTCOMES,
        missed=MISSED,
        off=[gettext(PACKS[f"pack_{pack}"]) for pack in sorted(read.off) if f"pack_{pack}" in PACKS],
        plans=may_plan(me),
        opens_cases=sees_cases(me),
        clock=_clock,
        in_words=_in_words,
    )


def _day(text: str, today: date) -> date:
    """A day as an address says it; what is none, or so far away that nobody plans it, is today."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if abs(day - today) <= timedelta(days=3660) else today


def _in_words(text: str) -> str:
    """A schedule as people say it; "" where only its five fields say it."""
    cron = parse_cron(text)
    if cron is None or cron.months != frozenset(range(1, 13)) or len(cron.hours) * len(cron.minutes) > _MOST_TIMES:
        return ""
    times = "、".join(f"{hour:02}:{minute:02}" for hour in cron.hours for minute in cron.minutes)
    if cron.days is None and cron.weekdays is None:
        return gettext("每天 %(times)s", times=times)
    if cron.days is None and cron.weekdays is not None:
        days = "、".join(str(WEEKDAYS[day - 1]) for day in sorted(cron.weekdays))
        return gettext("每%(days)s %(times)s", days=days, times=times)
    if cron.days is not None and cron.weekdays is None:
        days = "、".join(map(str, sorted(cron.days)))
        return gettext("每月 %(days)s 日 %(times)s", days=days, times=times)
    return ""


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%H:%M}"
