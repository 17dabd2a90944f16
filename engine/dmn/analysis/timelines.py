"""Dates, times and durations as lines of whole numbers: what lies between two of them, and how it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any, Final

from engine.feel.values.kinds import YearMonthDuration
from engine.feel.values.temporal import (
    MAX_MONTHS,
    NANOS_OF_SECOND,
    SORTS,
    clock_nanos,
    component,
    date_at,
    date_time_at,
    fixed_zone,
    in_zone,
    length_of,
    nanos_of,
    parse_date_time,
    text_of,
    time_at,
)

_HOUR: Final = 3600 * NANOS_OF_SECOND
_DAY: Final = 24 * _HOUR
#: Lengths that look natural on a clock, down to the shortest there is.
_CLOCK: Final = (
    _HOUR, 30 * 60 * NANOS_OF_SECOND, 10 * 60 * NANOS_OF_SECOND, 60 * NANOS_OF_SECOND, 10 * NANOS_OF_SECOND,
    NANOS_OF_SECOND, 1_000_000, 1000, 1,
)  # fmt: skip
_MOST_HOURS: Final = 14


@dataclass(frozen=True, slots=True)
class _Line:
    """A kind of values as whole numbers: days, months, or nanoseconds."""

    place: Callable[[Any], int]
    #: The value at a place, in the zone of another one; None where there is none.
    value: Callable[[int, Any], Any]
    #: Distances that look natural, the longest first.
    units: tuple[int, ...]
    #: How far natural places are shifted by the zone of a value.
    shift: Callable[[Any], int] = lambda value: 0


def _offset(value: Any) -> int:
    """A time's offset from UTC in nanoseconds; 0 without a zone."""
    length = component(value, "time offset")
    return 0 if length is None else nanos_of(length)


def _instant(value: Any) -> int:
    return int(value.toordinal()) * _DAY + clock_nanos(value) - _offset(value)


def _moment(place: int, like: Any) -> Any:
    ordinal, nanos = divmod(place, _DAY)
    if like.tzinfo is None:
        return date_time_at(ordinal, nanos, None)
    moment = date_time_at(ordinal, nanos, UTC)
    local = None if moment is None else in_zone(moment, like.tzinfo)
    # An hour that a zone has twice would be read as the first of the two.
    again = None if local is None else parse_date_time(text_of(local) or "")
    return local if again is not None and _instant(again) == place else moment


def _months(place: int, like: Any) -> YearMonthDuration | None:
    return YearMonthDuration(place) if abs(place) < MAX_MONTHS else None


_MOMENTS: Final = _Line(_instant, _moment, (_DAY, *_CLOCK), _offset)
_LINES: Final[dict[str, _Line]] = {
    "date": _Line(lambda value: int(value.toordinal()), lambda place, like: date_at(place), (1,)),
    "date and time": _MOMENTS,
    "date and time with zone": _MOMENTS,
    "time": _Line(clock_nanos, lambda place, like: time_at(place, None) if 0 <= place < _DAY else None, _CLOCK),
    "days and time duration": _Line(nanos_of, lambda place, like: length_of(place), (_DAY, *_CLOCK)),
    "years and months duration": _Line(lambda value: int(value.months), _months, (12, 1)),
}


def place_of(kind: str, value: Any) -> int:
    """Where a value lies on the line of its kind; equal values have one place."""
    return clock_nanos(value) - _offset(value) if kind == "time with zone" else _LINES[kind].place(value)


def on_the_wall(value: Any, *, zoned: bool) -> Any:
    """What a clock beside a time, or a date and time, shows: without a zone, or as if it hung in UTC."""
    where = UTC if zoned else None
    if SORTS[type(value)] == "time":
        return time_at(clock_nanos(value), where)
    return date_time_at(value.toordinal(), clock_nanos(value), where)


def between(kind: str, low: Any, high: Any, constants: Sequence[Any]) -> tuple[Any, bool] | None:
    """An example between two values (None: no end), and whether it is to be expected; None when nothing is there."""
    start = None if low is None else place_of(kind, low)
    end = None if high is None else place_of(kind, high)
    if kind == "time with zone":
        return _time_between(start, end, constants)
    line = _LINES[kind]
    like = high if low is None else low
    for place in _places(start, end, line.units, line.shift(like)):
        value = line.value(place, like)
        if value is not None:
            return value, True
    return None


def _places(low: int | None, high: int | None, units: tuple[int, ...], shift: int) -> Iterator[int]:
    """Places strictly between two others, the most natural first: multiples of long units, or a unit beyond the end."""
    for unit in units:
        if low is None:
            found = 0 if high is None else high - unit
        elif high is None:
            found = low + unit
        elif units == (1,):
            found = (low + high) // 2
        else:
            found = ((low + shift) // unit + 1) * unit - shift
        if (low is None or low < found) and (high is None or found < high):
            yield found


def _time_between(low: int | None, high: int | None, constants: Sequence[Any]) -> tuple[Any, bool] | None:
    """A time of day in the zone of one of the constants; one that only another zone's clock shows is not expected.

    Times with a zone are compared in UTC without a day: the clock of each zone shows a part of the line.
    """
    zones = [(like.tzinfo, _offset(like), True) for like in constants]
    hours = sorted(range(-_MOST_HOURS, _MOST_HOURS + 1), key=abs)
    zones += [(fixed_zone(timedelta(hours=hour)), hour * _HOUR, False) for hour in hours]
    for where, offset, expected in zones:
        first, last = -offset - 1, _DAY - offset
        start, end = (first if low is None else max(low, first)), (last if high is None else min(high, last))
        for place in _places(start, end, _CLOCK, offset):
            return time_at(place + offset, where), expected
    return None
