"""Connectors that read what a shop has set: its settings as variables, its working days."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from engine import calendars, shop
from engine.connectors.context import JobContext
from engine.errors import JobFailed
from engine.model import Value, Variables
from engine.worktime import Calendar

_MOST_DAYS: Final = 366
#: Days in a row that may all be free.
_LONGEST_BREAK: Final = 60


def read_settings(job: JobContext) -> Variables:
    """What the shop has set, of the names in the header ``names`` (joined by commas).

    Switches are true or false, texts that nobody has set null.

    Raises:
        JobFailed: the header is missing, or names what is no setting.
    """
    names = [name.strip() for name in job.headers.get("names", "").split(",") if name.strip()]
    unknown = [name for name in names if name not in shop.ALL_SETTINGS]
    if not names or unknown:
        raise JobFailed(
            f"{job.element}: the header names is empty or unknown: {unknown}",
            message_zh=f"读取店铺设置的步骤没有写明设置,或设置不存在:{'、'.join(unknown) or '(空)'}。",
        )
    known = shop.read_settings(job.tx.connection, job.variables.get("shop"))
    return {name: known.get(name) == shop.ON if name in shop.SWITCHES else known.get(name) for name in names}


def workday_after(job: JobContext) -> Variables:
    """The instant so many working days ahead, at the same time of day, as ``workday_at`` (aware UTC).

    The number is the input mapping ``days``, else the header. A day counts on which the shop is open by its working
    calendar; no days ahead is now.

    Raises:
        JobFailed: it is no whole number from 0 to 366, or the calendar has no such day.
    """
    days = _days(job)
    if days is None:
        raise JobFailed(f"{job.element} needs days, 0 to {_MOST_DAYS}", message_zh="工作日天数应为 0 到 366 的整数。")
    name = job.variables.get("shop")
    calendar = calendars.calendar_at(job.tx.connection, job.now, name if isinstance(name, str) else calendars.ANY_SHOP)
    return {"workday_at": _ahead(calendar, job.now, days)}


def _ahead(calendar: Calendar, now: datetime, days: int) -> datetime:
    local = now.astimezone(calendar.zone)
    free = 0
    while days:
        local += timedelta(days=1)  # a sum on the zone's own clock: the same time of day
        open_then = bool(calendar.hours(local.date()))
        days -= open_then
        free = 0 if open_then else free + 1
        if free > _LONGEST_BREAK:
            raise JobFailed("the calendar has no more working days", message_zh="工作日历上没有这么多工作日。")
    return local.astimezone(now.tzinfo)


def _days(job: JobContext) -> int | None:
    given: Value = job.inputs.get("days")
    if given is None:
        text = job.headers.get("days", "").strip()
        given = Decimal(text) if text.isascii() and text.isdigit() else None
    if not isinstance(given, Decimal) or not 0 <= given <= _MOST_DAYS or given != int(given):
        return None
    return int(given)
