"""A calendar as plain values, which are stored as canonical bytes, exported and imported; read with suspicion."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.worktime.calendar import DAY, Calendar, CalendarProblem, DayKind, Shift, Span

#: A plain value, as engine.model has it; that lies above.
Value: TypeAlias = Any
MAX_DAYS: Final = 4_000
MAX_SPANS: Final = 6
MAX_SHIFTS: Final = 20
_FIELDS: Final = frozenset({"zone", "week", "holiday_hours", "make_up_hours", "days", "shifts", "provisional"})
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)


def plain_of(calendar: Calendar) -> dict[str, Value]:
    """A calendar as text, lists and contexts; ``calendar_from`` gives it back.

    Hours are pairs such as ["09:00", "23:30"]; an end that is not after its start is the next day's.
    """
    return {
        "zone": calendar.zone.key,
        "week": [_plain_spans(spans) for spans in calendar.week],
        "holiday_hours": _plain_spans(calendar.holiday_hours),
        "make_up_hours": _plain_spans(calendar.make_up_hours),
        "days": {day.isoformat(): kind.value for day, kind in sorted(calendar.days.items())},
        "shifts": [{"id": one.id, "name": one.name, "hours": _plain_span(one.span)} for one in calendar.shifts],
        "provisional": [str(year) for year in sorted(calendar.provisional)],
    }


def calendar_from(value: Value) -> Calendar:
    """The calendar of plain values.

    Raises:
        CalendarProblem: they are none; the sentence says which part.
    """
    if not isinstance(value, Mapping) or set(value) - _FIELDS or not {"zone", "week"} <= set(value):
        raise _refused("the calendar", "日历内容")
    return Calendar(
        zone=_zone(value["zone"]),
        week=tuple(read_spans(day) for day in _list(value["week"], 7, "week", "每周营业时间")),
        holiday_hours=read_spans(value.get("holiday_hours", [])),
        make_up_hours=read_spans(value.get("make_up_hours", [])),
        days=_days(value.get("days", {})),
        shifts=tuple(_shift(one) for one in _list(value.get("shifts", []), MAX_SHIFTS, "shifts", "班次")),
        provisional=frozenset(
            _year(one) for one in _list(value.get("provisional", []), 200, "provisional", "暂定年份")
        ),
    )


def read_spans(value: Value) -> tuple[Span, ...]:
    """Spans from pairs of times.

    Raises:
        CalendarProblem: they are none.
    """
    return tuple(sorted(read_span(one) for one in _list(value, MAX_SPANS, "opening hours", "营业时间")))


def read_span(value: Value) -> Span:
    """A span from a pair of times such as ["09:00", "23:30"].

    Raises:
        CalendarProblem: it is none.
    """
    pair = _list(value, 2, "opening hours", "营业时间")
    if len(pair) != 2:
        raise _refused("opening hours", "营业时间")
    start, end = (_minutes(one) for one in pair)
    return Span(start, end if end > start else end + DAY)


def _plain_spans(spans: tuple[Span, ...]) -> list[Value]:
    return [_plain_span(span) for span in spans]


def _plain_span(span: Span) -> list[Value]:
    end = span.end if span.end <= DAY else span.end - DAY
    return [_clock(span.start), _clock(end)]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _minutes(value: Value) -> int:
    if not isinstance(value, str) or _CLOCK.fullmatch(value) is None:
        raise _refused(f"the time {value!r}", f"时间“{value}”")
    hours, minutes = value.split(":")
    return int(hours) * 60 + int(minutes)


def _zone(value: Value) -> ZoneInfo:
    try:
        return ZoneInfo(value if isinstance(value, str) else "")
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise _refused(f"the time zone {value!r}", f"时区“{value}”") from problem


def _days(value: Value) -> dict[date, DayKind]:
    if not isinstance(value, Mapping) or len(value) > MAX_DAYS:
        raise _refused("the days", "节假日")
    found = {}
    for day, kind in value.items():
        try:
            found[date.fromisoformat(day)] = DayKind(kind)
        except (ValueError, TypeError) as problem:
            raise _refused(f"the day {day!r}: {kind!r}", f"日期“{day}”") from problem
    return found


def _shift(value: Value) -> Shift:
    if not isinstance(value, Mapping) or set(value) != {"id", "name", "hours"}:
        raise _refused("a shift", "班次")
    shift_id, name = value["id"], value["name"]
    good_id = isinstance(shift_id, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,30}", shift_id, re.ASCII)
    if not good_id or not isinstance(name, str) or not 0 < len(name.strip()) <= 20:
        raise _refused("a shift's id or name", "班次编号或名称")
    return Shift(id=shift_id, name=name.strip(), span=read_span(value["hours"]))


def _year(value: Value) -> int:
    text = str(value)
    if not re.fullmatch(r"[12]\d{3}", text, re.ASCII):
        raise _refused(f"the year {value!r}", f"年份“{value}”")
    return int(text)


def _list(value: Value, most: int, what: str, what_zh: str) -> list[Value]:
    if not isinstance(value, list | tuple) or len(value) > most:
        raise _refused(what, what_zh)
    return list(value)


def _refused(what: str, what_zh: str) -> CalendarProblem:
    return CalendarProblem(
        f"{what} cannot be read. Please check it and try again.", message_zh=f"{what_zh}无法识别,请检查后重试。"
    )
