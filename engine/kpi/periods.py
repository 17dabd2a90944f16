"""Days, weeks and months on the shop's clock, as addresses and people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from engine.clock import SHANGHAI, to_microseconds
from engine.errors import NotFound

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_WEEK: Final = re.compile(r"(\d{4})-W(\d{2})")
_MONTH: Final = re.compile(r"(\d{4})-(\d{2})")
_FIRST: Final = 2000
_LAST: Final = 2199
_ONE: Final = timedelta(days=1)


class Span(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of the shop's calendar, both included."""

    span: Span
    first: date
    last: date

    @property
    def code(self) -> str:
        """As addresses write it: 2026-11-21, 2026-W47, 2026-11."""
        match self.span:
            case Span.DAY:
                return self.first.isoformat()
            case Span.WEEK:
                year, week, _ = self.first.isocalendar()
                return f"{year:04d}-W{week:02d}"
            case _:
                return f"{self.first:%Y-%m}"

    @property
    def month(self) -> str:
        """The month by whose rules it is judged: of a week, the one in which it begins."""
        return f"{self.first:%Y-%m}"

    @property
    def name(self) -> str:
        """As people write it: 2026年11月."""
        match self.span:
            case Span.DAY:
                return f"{self.first.year}年{self.first.month}月{self.first.day}日"
            case Span.WEEK:
                year, week, _ = self.first.isocalendar()
                return f"{year}年第{week}周"
            case _:
                return f"{self.first.year}年{self.first.month}月"

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def since(self) -> int:
        """Its first microsecond."""
        return _midnight(self.first)

    @property
    def until(self) -> int:
        """The first microsecond behind it."""
        return _midnight(self.last + _ONE)

    @property
    def ends_at(self) -> datetime:
        """The first instant behind it."""
        return datetime.combine(self.last + _ONE, time(), tzinfo=SHANGHAI)

    def days_until(self, today: date) -> int:
        """How many of its days have begun."""
        return max(0, min(self.days, (today - self.first).days + 1))

    def previous(self, count: int = 1) -> Period:
        """The period of the same length so many before it."""
        if self.span is Span.MONTH:
            months = self.first.year * 12 + self.first.month - 1 - count
            return month_of(date(months // 12, months % 12 + 1, 1))
        step = timedelta(days=count * self.days)
        return Period(self.span, self.first - step, self.last - step)

    def next(self) -> Period:
        """The period behind it."""
        return period_of(self.span, self.last + _ONE)

    def year_before(self) -> Period:
        """The same period of the year before: the month, the ISO week, the day (29 February: 28)."""
        if self.span is Span.MONTH:
            return self.previous(12)
        if self.span is Span.WEEK:
            return self.previous(52)
        day = self.first
        leap = (day.month, day.day) == (2, 29)
        return period_of(Span.DAY, day.replace(year=day.year - 1, day=28 if leap else day.day))


def period_of(span: Span, day: date) -> Period:
    """The period of that length in which a day lies."""
    if span is Span.DAY:
        return Period(span, day, day)
    if span is Span.WEEK:
        monday = day - timedelta(days=day.weekday())
        return Period(span, monday, monday + timedelta(days=6))
    return month_of(day)


def month_of(day: date) -> Period:
    """The month in which a day lies."""
    first = day.replace(day=1)
    behind = (first + timedelta(days=31)).replace(day=1)
    return Period(Span.MONTH, first, behind - _ONE)


def read_period(text: str) -> Period:
    """The period that an address names.

    Raises:
        NotFound: the text names none.
    """
    try:
        if _DAY.fullmatch(text):
            return _bounded(period_of(Span.DAY, date.fromisoformat(text)))
        if week := _WEEK.fullmatch(text):
            return _bounded(period_of(Span.WEEK, date.fromisocalendar(int(week[1]), int(week[2]), 1)))
        if month := _MONTH.fullmatch(text):
            return _bounded(month_of(date(int(month[1]), int(month[2]), 1)))
    except (ValueError, OverflowError):
        pass
    raise NotFound(f"{text[:20]!r} is no period", message_zh="没有这个统计期间。")


def read_month(text: str) -> Period:
    """The month that an address names.

    Raises:
        NotFound: the text names none.
    """
    found = read_period(text)
    if found.span is not Span.MONTH:
        raise NotFound(f"{text[:20]!r} is no month", message_zh="没有这个月份。")
    return found


def today_of(now: datetime) -> date:
    """The shop's day at an instant."""
    return now.astimezone(SHANGHAI).date()


def trend(period: Period, count: int = 12) -> tuple[Period, ...]:
    """The period with those before it, oldest first."""
    return (*(period.previous(back) for back in range(count - 1, 0, -1)), period)


def _bounded(period: Period) -> Period:
    if not _FIRST <= period.first.year <= _LAST:
        raise ValueError("out of bounds")
    return period


def _midnight(day: date) -> int:
    return to_microseconds(datetime.combine(day, time(), tzinfo=SHANGHAI))
