"""One codec for state, variables and history: canonical bytes that are hashed as stored.

JSON with sorted keys; numbers are decimals without exponent and trailing zeros; dates, times and durations are
tagged, ``{"@date": "2026-01-02"}``; a context whose only key begins with "@" is escaped as ``{"@": [key, value]}``.
What Python's dates, times and durations cannot hold has the same tags: dates and times as FEEL writes them (the second
of two equal local times ends in ``~``), durations in nanoseconds, ``{"@duration": "1ns"}``.
The same value gives the same bytes for ever: golden files hold it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal, InvalidOperation
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from engine.errors import InvalidValue
from engine.feel.values import WideDate, WideDateTime, WideDuration, WideTime, YearMonthDuration
from engine.feel.values.temporal import clock_nanos, date_time_at, length_of, parse_date, parse_date_time, parse_time
from engine.model import Value

_T = TypeVar("_T", datetime, time)
MAX_DEPTH: Final = 32
_MAX_EXPONENT: Final = 6144
#: Holds every digit of a number that is kept: the thread's context would round at 28.
_EXACT: Final = Context(prec=2 * _MAX_EXPONENT, Emin=-99_999, Emax=99_999, traps=[InvalidOperation])
_ENCODER: Final = msgspec.json.Encoder(order="sorted", decimal_format="number")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ATOMS: Final = frozenset({type(None), bool, int})
#: Python's bound of an offset; FEEL's is 14 hours, which the oldest rules of some zones exceed.
_MAX_OFFSET_HOURS: Final = 23


def encode(value: Value) -> bytes:
    """Canonical bytes of a FEEL value.

    Raises:
        InvalidValue: not a FEEL value (binary floats are none), not finite, a lone surrogate, or deeper than 32 levels.
    """
    return _ENCODER.encode(_plain(value, 0))


def decode(data: bytes) -> Value:
    """The value of canonical bytes; every number is a Decimal.

    Raises:
        InvalidValue: the bytes are none of ours.
    """
    try:
        text = data.decode()
        value, end = (_SCAN_TAGGED if '{"@' in text else _SCAN)(text, 0)  # there is no space around to look for
    except (StopIteration, ValueError) as problem:
        raise InvalidValue("these bytes are not canonical") from problem
    if end != len(text):
        raise InvalidValue("these bytes are not canonical")
    return value


def number(value: Decimal) -> Decimal | int | msgspec.Raw:
    """A decimal in normal form: an int where it is whole, else without exponent and trailing zeros."""
    if not value.is_finite():
        raise InvalidValue(f"{value} is not a finite number")
    adjusted = value.adjusted()
    if not -_MAX_EXPONENT <= adjusted <= _MAX_EXPONENT:
        raise InvalidValue(f"a number is beyond 10^±{_MAX_EXPONENT}")
    if value == value.to_integral_value():
        return int(value) if adjusted < 300 else msgspec.Raw(format(value, "f").partition(".")[0].encode())
    normal = value.normalize(_EXACT)
    return normal if adjusted > -7 else msgspec.Raw(format(normal, "f").encode())


def _plain(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind is str:
        return _text(value)
    if kind is Decimal:
        return number(value)
    if kind in _ATOMS:
        return value
    if depth >= MAX_DEPTH:
        raise InvalidValue(f"a value is nested deeper than {MAX_DEPTH} levels")
    if kind is dict:
        return _plain_context(value, depth)
    if kind is list or kind is tuple:
        return [_plain(item, depth + 1) for item in value]
    return _tagged(value)


def _text(value: str) -> str:
    if not value.isascii() and _SURROGATE.search(value):
        raise InvalidValue("a text holds a lone surrogate")
    return value


def _plain_context(value: dict[str, Any], depth: int) -> dict[str, Any]:
    out = {}
    for key, item in value.items():
        if type(key) is not str:
            raise InvalidValue(f"a context has the key {key!r}, which is not a text")
        # Most entries are texts and flags: they cost no call.
        kind = type(item)
        if kind is str:
            plain = item if item.isascii() else _text(item)
        else:
            plain = item if kind in _ATOMS else _plain(item, depth + 1)
        out[key if key.isascii() else _text(key)] = plain
    if len(out) == 1:
        (only,) = out
        if only.startswith("@"):
            return {"@": [only, out[only]]}
    return out


def _tagged(value: Any) -> dict[str, str]:
    if isinstance(value, datetime):
        return {"@date and time": value.isoformat() + _zone(value.tzinfo)}
    if isinstance(value, date):
        return {"@date": value.isoformat()}
    if isinstance(value, time):
        return {"@time": value.isoformat() + _zone(value.tzinfo)}
    if isinstance(value, timedelta):
        return {"@duration": str(value // timedelta(microseconds=1))}
    if isinstance(value, YearMonthDuration):
        return {"@months": str(value.months)}
    return _tagged_wide(value)


def _tagged_wide(value: Any) -> dict[str, str]:
    if isinstance(value, WideDateTime):
        return {"@date and time": f"{value}~" if value.fold else str(value)}
    if isinstance(value, WideDate):
        return {"@date": str(value)}
    if isinstance(value, WideTime):
        return {"@time": str(value)}
    if isinstance(value, WideDuration):
        return {"@duration": f"{value.nanos}ns"}
    raise InvalidValue(f"a {type(value).__name__} cannot be kept")


def _zone(zone: Any) -> str:
    return f"@{zone.key}" if isinstance(zone, ZoneInfo) else ""


def _with_zone(kind: type[_T], text: str) -> _T:
    instant, at, key = text.partition("@")
    value = kind.fromisoformat(instant)
    if not at:
        return value
    local = value.replace(tzinfo=ZoneInfo(key))
    if local.utcoffset() != value.utcoffset():  # the second of two equal local times, when the clock is set back
        second = local.replace(fold=1)
        return second if second.utcoffset() == value.utcoffset() else local
    return local


def _date(text: str) -> Any:
    try:
        return date.fromisoformat(text)
    except ValueError:  # none of the wide ones is like any of Python's
        return _found(parse_date(text))


def _date_time(text: str) -> Any:
    """Wide ones have a year of another length or 0000, or more than six digits of a second, which Python cuts off."""
    if text[4:5] == "-" and text[:4] != "0000" and not (text[19:20] == "." and text[26:27].isdigit()):
        return _with_zone(datetime, text)
    value = _found(parse_date_time(text.removesuffix("~"), _MAX_OFFSET_HOURS))
    fold = int(text.endswith("~"))
    return date_time_at(value.toordinal(), clock_nanos(value), value.tzinfo, fold) if fold else value


def _time(text: str) -> Any:
    if text[8:9] == "." and text[15:16].isdigit():
        return _found(parse_time(text, _MAX_OFFSET_HOURS))
    return _with_zone(time, text)


def _duration(text: str) -> Any:
    if text.endswith("ns"):
        return _found(length_of(int(text.removesuffix("ns"))))
    return timedelta(microseconds=int(text))


def _found(value: Any) -> Any:
    if value is None:
        raise InvalidValue("a date, time or duration is none of ours")
    return value


_TAGS: Final[dict[str, Callable[[str], Any]]] = {
    "@date": _date,
    "@date and time": _date_time,
    "@time": _time,
    "@duration": _duration,
    "@months": lambda text: YearMonthDuration(int(text)),
}


def _untag(value: dict[str, Any]) -> Any:
    if len(value) == 1:
        ((key, item),) = value.items()
        if key == "@":
            return {item[0]: item[1]}
        if key in _TAGS:
            return _TAGS[key](item)
    return value


def _refuse(constant: str) -> Any:
    raise InvalidValue(f"{constant} is not a number of ours")


_NUMBERS: Final[dict[str, Any]] = {"parse_int": Decimal, "parse_float": Decimal, "parse_constant": _refuse}
_SCAN: Final = json.JSONDecoder(**_NUMBERS).scan_once  # type: ignore[attr-defined]  # the stubs leave it out
_SCAN_TAGGED: Final = json.JSONDecoder(**_NUMBERS, object_hook=_untag).scan_once  # type: ignore[attr-defined]  # as above
