"""What an administrator types about opening hours and holidays, read into a calendar and shown again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from engine.model import Value
from engine.worktime import Calendar, CalendarProblem, DayKind, Span, calendar_from, plain_of
from engine.worktime.content import MAX_DAYS, read_span
from web.i18n import gettext

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = re.compile(r"(\d{1,2})[-月/](\d{1,2})日?", re.ASCII)
_SEPARATORS: Final = re.compile(r"[\s,;\uff0c\u3001\uff1b]+")
_DASHES: Final = re.compile("[~\uff5e\u81f3\u2014\u2013]")

#: Between the ends of opening hours, where a hyphen stands too.
_UNTIL: Final = re.compile("[-~\uff5e\u81f3\u2014\u2013]+")


def typed_of(calendar: Calendar, year: int) -> dict[str, str]:
    """The fields of the form as they stand for a calendar and one of its years."""
    fields = {f"hours_{name}": hours_text(spans) for name, spans in zip(WEEKDAYS, calendar.week, strict=True)}
    fields |= {
        "hours_holiday": hours_text(calendar.holiday_hours),
        "hours_make_up": hours_text(calendar.make_up_hours),
        "shifts": "\n".join(f"{one.id} {one.name} {_span_text(one.span)}" for one in calendar.shifts),
        "announced": "" if calendar.is_provisional(year) else "yes",
    }
    for name, kind in (("holidays", DayKind.HOLIDAY), ("make_ups", DayKind.MAKE_UP)):
        fields[name] = _days_text(day for day, known in calendar.days.items() if known is kind and day.year == year)
    return fields


def read_typed(before: Calendar, year: int, typed: Mapping[str, str]) -> Calendar:
    """The calendar that the fields make of another one: its hours and shifts, and the days of one year.

    Raises:
        CalendarProblem: a field cannot be read; the sentence names it.
    """
    plain = plain_of(before)
    plain["week"] = [_hours(typed.get(f"hours_{name}", "")) for name in WEEKDAYS]
    plain["holiday_hours"] = _hours(typed.get("hours_holiday", ""))
    plain["make_up_hours"] = _hours(typed.get("hours_make_up", ""))
    plain["shifts"] = [_shift(line) for line in typed.get("shifts", "").splitlines() if line.strip()]
    made = calendar_from(plain)
    days = {day: kind for day, kind in before.days.items() if day.year != year}
    for name, kind in (("holidays", DayKind.HOLIDAY), ("make_ups", DayKind.MAKE_UP)):
        for day in _days(typed.get(name, ""), year):
            if days.get(day, kind) is not kind:
                raise _refused(gettext("%(day)s同时填在放假和调休上班中", day=f"{day:%m-%d}"))
            days[day] = kind
    if len(days) > MAX_DAYS:
        raise _refused(gettext("节假日太多"))
    provisional = made.provisional - {year} if typed.get("announced") else made.provisional | {year}
    return replace(made, days=days, provisional=provisional, _kept={})


def hours_text(spans: Iterable[Span]) -> str:
    """Opening hours as they are typed: 09:00-12:00, 13:00-18:00."""
    return ", ".join(map(_span_text, spans))


def _span_text(span: Span) -> str:
    end = span.end if span.end <= 1440 else span.end - 1440
    return f"{span.start // 60:02d}:{span.start % 60:02d}-{end // 60:02d}:{end % 60:02d}"


def _days_text(days: Iterable[date]) -> str:
    """Days of a year, those that follow each other as one: 01-01~01-03."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(f"{run[0]:%m-%d}" + (f"~{run[-1]:%m-%d}" if len(run) > 1 else "") for run in runs)


def _hours(text: str) -> list[Value]:
    parts = [part for part in _SEPARATORS.split(text.strip().replace("\uff1a", ":")) if part]
    found: list[Value] = []
    for part in parts:
        times = _UNTIL.split(part)
        if len(times) != 2:
            raise _refused(gettext("营业时间“%(typed)s”应写成 09:00-23:30", typed=part))
        found.append([time.zfill(5) for time in times])
    return found


def _shift(line: str) -> dict[str, Value]:
    parts = line.split()
    if len(parts) != 3:
        raise _refused(gettext("班次“%(typed)s”应写成:day 白班 09:00-17:30", typed=line.strip()))
    (hours,) = _hours(parts[2]) or [[]]
    read_span(hours)
    return {"id": parts[0], "name": parts[1], "hours": hours}


def _days(text: str, year: int) -> list[date]:
    found: list[date] = []
    for part in _SEPARATORS.split(text.strip()):
        ends = [_day(end, year) for end in _DASHES.split(part)] if part else []
        if len(ends) > 2 or (len(ends) == 2 and ends[1] < ends[0]):
            raise _refused(gettext("日期“%(typed)s”应写成 10-01 或 10-01~10-07", typed=part))
        if ends:
            found += [ends[0] + timedelta(days=n) for n in range((ends[-1] - ends[0]).days + 1)]
    return found


def _day(text: str, year: int) -> date:
    read = _DAY.fullmatch(text.strip())
    try:
        if read is not None:
            return date(year, int(read[1]), int(read[2]))
    except ValueError:
        pass
    raise _refused(gettext("“%(typed)s”不是 %(year)s 年的日期,应写成 10-01 或 10-01~10-07", typed=text, year=year))


def _refused(sentence: str) -> CalendarProblem:
    said = gettext("%(sentence)s,请修改后再保存。", sentence=sentence)
    return CalendarProblem(said, message_zh=said)
