"""Built-in functions that make values of other values (DMN 1.5 §10.3.4.1)."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

from engine.errors import FeelLimitExceeded
from engine.feel.builtins.registry import builtin
from engine.feel.limits import MAX_DEPTH, Run, check_text
from engine.feel.values import numbers, temporal
from engine.feel.values.kinds import Range, YearMonthDuration

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?")
_GROUPING: Final = (" ", ",", ".")
_DECIMAL: Final = (".", ",")


@builtin("number", "from: string, grouping separator: string!, decimal separator: string!", "from: Any")
def _number(run: Run, text: Any, grouping: str | None = None, decimal: str | None = None) -> Decimal | None:
    if type(text) is Decimal:
        return text
    if not isinstance(text, str):
        return None
    if grouping not in (None, *_GROUPING) or decimal not in (None, *_DECIMAL) or (grouping and grouping == decimal):
        return None
    plain = text.strip()
    if grouping is not None:
        plain = plain.replace(grouping, "")
    if decimal is not None:
        plain = plain.replace(decimal, ".")
    return numbers.literal(plain) if _NUMBER.fullmatch(plain) else None


@builtin("string", "from: Any")
def _string(run: Run, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return check_text(text_of(run, value))


def text_of(run: Run, value: Any, depth: int = 0) -> str:
    """A value's FEEL text; texts within lists and contexts are quoted."""
    run.charge(1)
    if depth > MAX_DEPTH:
        raise FeelLimitExceeded(f"a value is nested deeper than {MAX_DEPTH} levels")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Decimal | int):
        return numbers.text(Decimal(value))
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return _joined(run, [text_of(run, item, depth + 1) for item in value], "[]")
    if isinstance(value, dict):
        return _joined(run, [f"{key}: {text_of(run, item, depth + 1)}" for key, item in value.items()], "{}")
    if isinstance(value, Range):
        return _range_text(run, value, depth)
    return temporal.text_of(value) or "function"


def _joined(run: Run, parts: list[str], brackets: str) -> str:
    run.charge(sum(map(len, parts)) // 64)
    return check_text(f"{brackets[0]}{', '.join(parts)}{brackets[1]}")


def _range_text(run: Run, value: Range, depth: int) -> str:
    low = "" if value.low is None else text_of(run, value.low, depth + 1)
    high = "" if value.high is None else text_of(run, value.high, depth + 1)
    return f"{'[' if value.low_closed else '('}{low}..{high}{']' if value.high_closed else ')'}"


@builtin("date", "from: Any", "year: number, month: number, day: number")
def _date(run: Run, source: Any, month: Decimal | None = None, day: Decimal | None = None) -> date | None:
    if isinstance(source, Decimal):
        parts = [numbers.whole(source), numbers.whole(month), numbers.whole(day)]
        if None in parts:
            return None
        try:
            return date(*parts)  # type: ignore[arg-type]  # none of them is None
        except (ValueError, OverflowError):
            return None
    if isinstance(source, str):
        return temporal.parse_date(source)
    if isinstance(source, datetime):
        return source.date()
    return source if isinstance(source, date) else None


@builtin("time", "from: Any", "hour: number, minute: number, second: number, offset?: days and time duration!")
def _time(
    run: Run, source: Any, minute: Decimal | None = None, second: Decimal | None = None, offset: timedelta | None = None
) -> time | None:
    if isinstance(source, Decimal):
        return _clock(source, minute, second, offset)
    if isinstance(source, str):
        return temporal.parse_time(source)
    if isinstance(source, datetime):
        return source.timetz()
    if isinstance(source, date):
        return time(tzinfo=UTC)
    return source if isinstance(source, time) else None


def _clock(hour: Decimal, minute: Any, second: Any, offset: timedelta | None) -> time | None:
    hours, minutes = numbers.whole(hour), numbers.whole(minute)
    if hours is None or minutes is None or not 0 <= second < 60:
        return None
    micros = int(second * 1_000_000)
    try:
        where = None if offset is None else timezone(offset) if offset else UTC
        return time(hours, minutes, micros // 1_000_000, micros % 1_000_000, tzinfo=where)
    except (ValueError, OverflowError):
        return None


@builtin("date and time", "from: Any", "date: Value, time: Value")
def _date_and_time(run: Run, source: Any, clock: Any = None) -> datetime | None:
    if clock is not None:
        return _combined(source, clock)
    if isinstance(source, str):
        return temporal.parse_date_time(source)
    if isinstance(source, datetime):
        return source
    return datetime.combine(source, time(tzinfo=UTC)) if isinstance(source, date) else None


def _combined(day: Any, clock: Any) -> datetime | None:
    if not isinstance(day, date):
        return None
    if isinstance(clock, time):
        return datetime.combine(day.date() if isinstance(day, datetime) else day, clock)
    if isinstance(clock, str) and isinstance(day, datetime) and (where := temporal.zone(clock)) is not None:
        try:
            return day.replace(tzinfo=where) if day.tzinfo is None else day.astimezone(where)
        except OverflowError:
            return None
    return None


@builtin("duration", "from: Any")
def _duration(run: Run, source: Any) -> timedelta | YearMonthDuration | None:
    if isinstance(source, str):
        return temporal.parse_duration(source)
    return source if isinstance(source, timedelta | YearMonthDuration) else None


@builtin("years and months duration", "from: Any, to: Any")
def _years_and_months(run: Run, start: Any, end: Any) -> YearMonthDuration | None:
    if not isinstance(start, date) or not isinstance(end, date):
        return None
    months = (end.year - start.year) * 12 + end.month - start.month
    first, last = _in_month(start), _in_month(end)
    if months > 0 and last < first:
        months -= 1
    elif months < 0 and last > first:
        months += 1
    return YearMonthDuration(months)


def _in_month(value: date) -> tuple[int, timedelta]:
    clock = temporal.since_midnight(value.time()) if isinstance(value, datetime) else timedelta()
    return value.day, clock
