"""The one door to time: aware UTC inside, a virtual clock for tests and demos."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)  # the only place


class VirtualClock:
    """A clock that stands still until somebody moves it; shared by threads."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        with self._lock:
            return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move forward by a positive duration; gives the new now.

        Raises:
            ValueError: the duration is negative; time does not run backwards.
        """
        if by < timedelta(0):
            raise ValueError("a clock does not run backwards")
        with self._lock:
            self._now += by
            return self._now

    def advance_to(self, instant: datetime) -> datetime:
        """Move forward to an aware instant; earlier ones leave the clock as it is."""
        with self._lock:
            self._now = max(self._now, instant.astimezone(UTC))
            return self._now


def to_microseconds(instant: datetime) -> int:
    """Microseconds since 1970-01-01T00:00Z of an aware instant: the form in which times are stored."""
    return (instant - _EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """The aware UTC instant of a stored time."""
    return _EPOCH + timedelta(microseconds=value)


def microseconds_or_none(instant: datetime | None) -> int | None:
    """The same of an instant that there may not be."""
    return None if instant is None else to_microseconds(instant)


def instant_or_none(value: int | None) -> datetime | None:
    """The same of a column that may be empty."""
    return None if value is None else from_microseconds(value)
