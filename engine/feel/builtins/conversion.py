"""Built-in functions that make values of other values (DMN 1.5 §10.3.4.1)."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from engine.errors import FeelLimitExceeded
from engine.feel.builtins.registry import builtin
from engine.feel.limits import MAX_DEPTH, Run, check_text
from engine.feel.values import numbers, temporal
from engine.feel.values.kinds import Range, YearMonthDuration
from engine.feel.values.numbers import CONTEXT
from engine.feel.values.temporal import AnyDate, AnyDateTime, AnyDuration, AnyTime

_NUMBER: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?")
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
    if decimal == ",":
        if "." in plain:
            return None
        plain = plain.replace(",", ".")
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
def _date(run: Run, source: Any, month: Decimal | None = None, day: Decimal | None = None) -> AnyDate | None:
    if isinstance(source, Decimal):
        year, month_number, day_number = numbers.whole(source), numbers.whole(month), numbers.whole(day)
        if year is None or month_number is None or day_number is None:
            return None
        return temporal.date_of(year, month_number, day_number)
    return temporal.parse_date(source) if isinstance(source, str) else temporal.as_date(source)


@builtin("time", "from: Any", "hour: number, minute: number, second: number, offset?: days and time duration!")
def _time(
    run: Run, source: Any, minute: Decimal | None = None, second: Decimal | None = None, offset: Any = None
) -> AnyTime | None:
    if isinstance(source, Decimal):
        return _clock(source, minute, second, offset)
    return temporal.parse_time(source) if isinstance(source, str) else temporal.as_time(source)


def _clock(hour: Decimal, minute: Any, second: Any, offset: AnyDuration | None) -> AnyTime | None:
    hours, minutes = numbers.whole(hour), numbers.whole(minute)
    if hours is None or minutes is None or not 0 <= second < 60:
        return None
    where = None
    if offset is not None:
        where = temporal.fixed_zone(offset) if isinstance(offset, timedelta) else None
        if where is None:
            return None
    return temporal.time_of_parts(hours, minutes, int(CONTEXT.scaleb(second, 9)), where)


@builtin("date and time", "from: Any", "date: Value, time: Value")
def _date_and_time(run: Run, source: Any, clock: Any = None) -> AnyDateTime | None:
    if clock is not None:
        return _combined(source, clock)
    return temporal.parse_date_time(source) if isinstance(source, str) else temporal.as_date_time(source)


def _combined(day: Any, clock: Any) -> AnyDateTime | None:
    if not isinstance(clock, str):
        return temporal.combined(day, clock)
    where = temporal.zone(clock)
    if where is None or temporal.SORTS.get(type(day)) != "date and time":
        return None
    return temporal.in_zone(day, where)


@builtin("duration", "from: Any")
def _duration(run: Run, source: Any) -> AnyDuration | YearMonthDuration | None:
    if isinstance(source, str):
        return temporal.parse_duration(source)
    return source if isinstance(source, YearMonthDuration) or type(source) in temporal.LENGTHS else None


@builtin("years and months duration", "from: Any, to: Any")
def _years_and_months(run: Run, start: Any, end: Any) -> YearMonthDuration | None:
    """Whole months from one to the other, towards zero; a date is its midnight, and zones do not count."""
    if type(start) not in temporal.DAYS or type(end) not in temporal.DAYS:
        return None
    months = (end.year - start.year) * 12 + end.month - start.month
    first, last = _in_month(start), _in_month(end)
    if months > 0 and last < first:
        months -= 1
    elif months < 0 and last > first:
        months += 1
    return YearMonthDuration(months)


def _in_month(value: Any) -> tuple[int, int]:
    return value.day, 0 if temporal.SORTS[type(value)] == "date" else temporal.clock_nanos(value)
