"""Days and months of Shanghai as the monitor names them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from engine.clock import SHANGHAI, from_microseconds, to_microseconds


def month_of(instant: int) -> str:
    """2026-01: the month in Shanghai of microseconds since 1970."""
    return from_microseconds(instant).astimezone(SHANGHAI).strftime("%Y-%m")


def day_of(instant: int) -> str:
    """2026-01-31: the day in Shanghai of microseconds since 1970."""
    return from_microseconds(instant).astimezone(SHANGHAI).date().isoformat()


def span_of(month: str) -> tuple[int, int]:
    """The first instant of a month in Shanghai, and of the next one, in microseconds since 1970."""
    first = date.fromisoformat(f"{month}-01")
    after = (first + timedelta(days=31)).replace(day=1)
    begin, end = (to_microseconds(datetime.combine(one, datetime.min.time(), SHANGHAI)) for one in (first, after))
    return begin, end
