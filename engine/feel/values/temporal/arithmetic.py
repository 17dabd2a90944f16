"""What can be computed with dates, times and durations (DMN 1.5 Tables 53 to 59), in whole nanoseconds."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from engine.feel.values.temporal.cycle import days_in_month, ordinal_of
from engine.feel.values.temporal.wide import (
    SORTS,
    AnyDateTime,
    AnyDuration,
    WideDate,
    WideDateTime,
    clock_nanos,
    date_at,
    date_time_at,
    length_of,
    nanos_of,
    time_at,
)
from engine.feel.values.temporal.zones import NANOS_OF_DAY, instant_offset, nanos_of_delta

_EPOCH: Final = date(2000, 1, 1)
_UTC_MIDNIGHT: Final = time(tzinfo=UTC)


def instant_nanos(value: AnyDateTime) -> int:
    """A date and time in nanoseconds since the day 0, in UTC where it has an offset."""
    local = value.toordinal() * NANOS_OF_DAY + clock_nanos(value)
    return local - nanos_of_delta(value.utcoffset() or timedelta())


def at_instant(nanos: int, where: tzinfo) -> AnyDateTime | None:
    """The date and time in a zone of an instant, in nanoseconds since the day 0 in UTC."""
    offset, fold = instant_offset(*divmod(nanos, NANOS_OF_DAY), where)
    return date_time_at(*divmod(nanos + nanos_of_delta(offset), NANOS_OF_DAY), where, fold)


def in_zone(value: AnyDateTime, where: tzinfo) -> AnyDateTime | None:
    """The same instant in another zone; a date and time without one is taken to be of that zone."""
    if value.tzinfo is None:
        return date_time_at(value.toordinal(), clock_nanos(value), where)
    return at_instant(instant_nanos(value), where)


def time_offset(value: Any) -> timedelta | None:
    """The offset from UTC; a time of day in a named zone takes the zone's of 2000-01-01, having no day."""
    if isinstance(value, datetime | WideDateTime):
        return value.utcoffset()
    where: tzinfo | None = value.tzinfo
    if isinstance(where, ZoneInfo):
        return datetime.combine(_EPOCH, time(), where).utcoffset()
    return None if where is None else where.utcoffset(None)


def zone_mark(value: Any) -> str | timedelta | None:
    """What tells the zones of two times apart: a named zone's name, else the offset."""
    return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else time_offset(value)


def since_midnight(value: Any) -> int:
    """A time of day in nanoseconds since midnight, in UTC where it has an offset."""
    return clock_nanos(value) - nanos_of_delta(time_offset(value) or timedelta())


def order_keys(left: Any, right: Any) -> tuple[Any, Any] | None:
    """What to compare of two dates, times or durations; None where they have no order.

    A value without a zone takes that of the other for the comparison (DMN 1.5 Table 54), so both are compared as read
    from the wall; equality knows no such borrowing.
    """
    sort = SORTS.get(type(left))
    if sort is None or sort != SORTS.get(type(right)):
        return None
    if sort == "date":
        return left.toordinal(), right.toordinal()
    if sort == "days and time duration":
        return nanos_of(left), nanos_of(right)
    if (left.tzinfo is None) != (right.tzinfo is None):
        left, right = _local(left), _local(right)
    if sort == "time":
        return since_midnight(left), since_midnight(right)
    return _instants(left, right) or (instant_nanos(left), instant_nanos(right))


def _local(value: Any) -> Any:
    """A time, or a date and time, as the wall clock of its place shows it."""
    if SORTS[type(value)] == "time":
        return time_at(clock_nanos(value), None)
    return date_time_at(value.toordinal(), clock_nanos(value), None)


def _instants(left: Any, right: Any) -> tuple[datetime, datetime] | None:
    """Two of Python's dates and times in UTC, so that no zone's rules stand between them; None if one is another."""
    if type(left) is not datetime or type(right) is not datetime:
        return None
    if left.tzinfo is None:
        return left, right
    try:
        return left.astimezone(UTC), right.astimezone(UTC)
    except (OverflowError, ValueError):
        return None  # in UTC it is of another year than Python knows


def add_length(point: Any, length: AnyDuration) -> Any:
    """date, time or date and time plus a days-and-time duration; None beyond FEEL's years."""
    kind = type(point)
    if type(length) is timedelta and (kind is datetime or kind is date):
        try:
            if kind is date or point.tzinfo is None:
                return point + length  # a date takes the whole days, rounded down, as its midnight would
            return (point.astimezone(UTC) + length).astimezone(point.tzinfo)
        except (OverflowError, ValueError):
            pass  # it leaves Python's years
    return _add_nanos(point, nanos_of(length))


def _add_nanos(point: Any, nanos: int) -> Any:
    sort = SORTS[type(point)]
    if sort == "date":
        return date_at(point.toordinal() + nanos // NANOS_OF_DAY)
    if sort == "time":
        return time_at((clock_nanos(point) + nanos) % NANOS_OF_DAY, point.tzinfo)
    total = instant_nanos(point) + nanos
    if point.tzinfo is None:
        return date_time_at(*divmod(total, NANOS_OF_DAY), None)
    return at_instant(total, point.tzinfo)


def add_lengths(left: AnyDuration, right: AnyDuration) -> AnyDuration | None:
    """The sum of two days-and-time durations."""
    if type(left) is timedelta and type(right) is timedelta:
        try:
            return left + right
        except OverflowError:
            pass  # it leaves timedelta's range
    return length_of(nanos_of(left) + nanos_of(right))


def opposite(length: AnyDuration) -> AnyDuration:
    """The length with the other sign."""
    if type(length) is timedelta:
        try:
            return -length
        except OverflowError:
            pass  # it leaves timedelta's range
    return cast(AnyDuration, length_of(-nanos_of(length)))  # the bounds are symmetric


def add_months(value: Any, months: int) -> Any:
    """date or date and time plus months; the day is cut to the month's last one. None beyond FEEL's years."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    day = min(value.day, days_in_month(year, month + 1))
    if type(value) in (date, datetime) and 1 <= year <= 9999:
        return value.replace(year=year, month=month + 1, day=day)
    ordinal = ordinal_of(year, month + 1, day)
    if ordinal is None:
        return None
    if isinstance(value, datetime | WideDateTime):
        return date_time_at(ordinal, clock_nanos(value), value.tzinfo, value.fold)
    return date_at(ordinal)


def difference(left: Any, right: Any) -> AnyDuration | None:
    """left - right of two dates, times, or dates and times; None where they don't compare."""
    kinds = type(left), type(right)
    if kinds == (date, date):
        return left - right  # type: ignore[no-any-return]  # a timedelta
    sorts = SORTS[kinds[0]], SORTS[kinds[1]]
    if sorts == ("date", "date"):
        return length_of((left.toordinal() - right.toordinal()) * NANOS_OF_DAY)
    if "time" in sorts and sorts[0] != sorts[1]:
        return None
    first, second = (
        value if sort == "time" else _moment(value) for value, sort in zip((left, right), sorts, strict=True)
    )
    if (first.tzinfo is None) != (second.tzinfo is None):
        return None
    if "time" in sorts:
        return length_of(since_midnight(first) - since_midnight(second))
    if (instants := _instants(first, second)) is not None:
        return instants[0] - instants[1]
    return length_of(instant_nanos(first) - instant_nanos(second))


def _moment(value: Any) -> AnyDateTime:
    """A date is its midnight in UTC (DMN 1.5 §10.3.2.3.5)."""
    if type(value) is date:
        return datetime.combine(value, _UTC_MIDNIGHT)
    if type(value) is WideDate:
        value = date_time_at(value.toordinal(), 0, UTC)
    return cast(AnyDateTime, value)


def absolute(length: AnyDuration) -> AnyDuration:
    """The length without its sign."""
    return opposite(length) if nanos_of(length) < 0 else length
