"""Due times of timers, fixed when a token arrives: from FEEL's value and the command's instant, never from a clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from engine.bpmn.problem import Problem
from engine.feel.values import WideDate, WideDateTime, WideDuration, YearMonthDuration, narrow
from engine.model import Value

#: A time without a zone is the shop's.
_SHOP_ZONE: Final = ZoneInfo("Asia/Shanghai")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DURATION: Final = re.compile(
    r"(-)?P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,9})D)?"
    r"(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?",
    re.ASCII,
)
_CYCLE: Final = re.compile(r"R(\d{1,6})?/(P.+)", re.ASCII)


class TimerKind(StrEnum):
    """The three sorts of bpmn:timerEventDefinition."""

    DATE = "timeDate"
    DURATION = "timeDuration"
    CYCLE = "timeCycle"


@dataclass(frozen=True, slots=True)
class Duration:
    """Months by the calendar, then seconds by the clock."""

    months: int
    rest: timedelta

    def after(self, instant: datetime) -> datetime:
        """The UTC instant this long after an aware one; the day is clipped to the month's last (31 January + P1M).

        Raises:
            OverflowError: beyond the year 9999.
        """
        local = instant.astimezone(_SHOP_ZONE)
        if self.months:
            years, month = divmod(local.year * 12 + local.month - 1 + self.months, 12)
            local = _clipped(local, years, month + 1)
        return local.astimezone(UTC) + self.rest


def _clipped(instant: datetime, year: int, month: int) -> datetime:
    if not 1 <= year <= 9998:
        raise OverflowError("a date beyond the calendar")
    following = date(year + month // 12, month % 12 + 1, 1)
    last_day = (following - timedelta(days=1)).day
    return instant.replace(year=year, month=month, day=min(instant.day, last_day))


def to_microseconds(moment: datetime) -> int:
    """Microseconds since 1970-01-01T00:00Z; the core may not ask engine.clock for it."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(value: int) -> datetime:
    """The aware UTC instant of ``to_microseconds``."""
    return _EPOCH + timedelta(microseconds=value)


def parse_duration(text: str) -> Duration | None:
    """A duration of ISO 8601 (``P1Y2M3W4DT5H6M7.5S``, also negative); None if the text is none, or one too long."""
    found = _DURATION.fullmatch(text)
    if found is None or text.endswith("P"):
        return None
    sign = -1 if found[1] else 1
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in found.groups()[1:7])
    whole, _, fraction = (found[8] or "0").partition(".")
    try:
        rest = sign * timedelta(
            days=weeks * 7 + days,
            hours=hours,
            minutes=minutes,
            seconds=int(whole),
            microseconds=int(fraction[:6].ljust(6, "0")) if fraction else 0,
        )
    except OverflowError:
        return None
    return Duration(sign * (years * 12 + months), rest)


def instant(value: Value, now: datetime) -> datetime:
    """The UTC instant a FEEL value stands for.

    An instant (without a zone: in Shanghai), a date (its midnight), a duration from now, or an ISO 8601 text of one.
    Nanoseconds are cut off.

    Raises:
        Problem: it stands for none.
    """
    value = _parsed(value) if isinstance(value, str) else narrow(value)
    if isinstance(value, WideDate | WideDateTime | WideDuration):
        raise Problem("timer", f"{value} is beyond the calendar")
    try:
        if isinstance(value, datetime):
            return (value if value.tzinfo is not None else value.replace(tzinfo=_SHOP_ZONE)).astimezone(UTC)
        if isinstance(value, date):
            return datetime.combine(value, time(), _SHOP_ZONE).astimezone(UTC)
        if (duration := _as_duration(value)) is not None:
            return duration.after(now)
    except (OverflowError, ValueError) as problem:
        raise Problem("timer", f"{value} is beyond the calendar") from problem
    raise Problem("timer", f"{value!r} is neither a time nor a duration")


def cycle(value: Value) -> tuple[int | None, Duration]:
    """How often a cycle repeats (None: for ever) and after what time, from ``R<n>/<duration>``.

    Raises:
        Problem: the value is no cycle, repeats never, or has no length.
    """
    found = _CYCLE.fullmatch(value) if isinstance(value, str) else None
    length = parse_duration(found[2]) if found else None
    if found is None or length is None:
        raise Problem("timer", f"{value!r} is no cycle such as R3/PT1H")
    times = None if found[1] is None else int(found[1])
    if times == 0 or length.months < 0 or (not length.months and length.rest <= timedelta(0)):
        raise Problem("timer", f"the cycle {value} never comes to an end of its first turn")
    return times, length


def _parsed(text: str) -> datetime | date | Duration | None:
    text = text.strip()
    if (duration := parse_duration(text)) is not None:
        return duration
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        return None


def _as_duration(value: Value) -> Duration | None:
    if isinstance(value, Duration):
        return value
    if isinstance(value, timedelta):
        return Duration(0, value)
    return Duration(value.months, timedelta(0)) if isinstance(value, YearMonthDuration) else None
