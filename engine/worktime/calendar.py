"""A calendar of opening hours, and arithmetic in the time during which the shop is open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from engine.errors import InvalidValue

DAY: Final = 1440
#: A calendar that opens less than this a week is a slip of the pen.
MIN_WEEK: Final = 60
_ONE_DAY: Final = timedelta(days=1)
_NOTHING: Final = timedelta(0)
#: Days that a search walks before it gives up.
_MAX_WALK: Final = 40_000
_MAX_KEPT: Final = 2_000
_Interval = tuple[datetime, datetime]


class CalendarProblem(InvalidValue):
    """The calendar cannot be used as it stands; the sentence says what to change. Don't retry."""

    code = "calendar_problem"

    def __init__(self, message: str, *, message_zh: str) -> None:
        super().__init__(message, message_zh=message_zh)


class DayKind(StrEnum):
    """What a day is that is not simply a day of its week."""

    #: 法定节假日.
    HOLIDAY = "holiday"
    #: 调休上班日: worked to make up for a holiday.
    MAKE_UP = "make_up"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Opening hours in minutes after midnight; an end beyond 1440 lies on the next day."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not (0 <= self.start < DAY and self.start < self.end <= self.start + DAY):
            raise CalendarProblem(
                f"{self.start}–{self.end} is no span of opening hours: it must run from "
                "early to late, 24 hours at most.",
                message_zh="营业时间须从早到晚,最长24小时。",
            )

    def __str__(self) -> str:
        return f"{_hour(self.start)}–{_hour(self.end)}"

    @property
    def minutes(self) -> int:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A shift by which people are rostered; opening hours are not made of them."""

    id: str
    #: What people call it, e.g. 晚班.
    name: str
    span: Span


@dataclass(frozen=True, eq=False, kw_only=True)
class Calendar:
    """When a shop is open. Instants are aware UTC; a span belongs to the day on which it begins.

    Working time is real time: where a zone has summer time, an hour that is left out is not worked.

    Raises:
        CalendarProblem: spans of one day overlap, or a week is open for less than an hour.
    """

    zone: ZoneInfo
    #: Monday first; each day's spans in order, none for a day off.
    week: tuple[tuple[Span, ...], ...]
    #: Hours on public holidays, and on days worked to make up for them.
    holiday_hours: tuple[Span, ...] = ()
    make_up_hours: tuple[Span, ...] = ()
    days: Mapping[date, DayKind] = field(default_factory=dict)
    shifts: tuple[Shift, ...] = ()
    #: Years whose holidays nobody has announced yet: 暂定.
    provisional: frozenset[int] = frozenset()
    _kept: dict[date, tuple[_Interval, ...]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise CalendarProblem(
                "The opening hours must be filled in for the seven days of a week.",
                message_zh="每周须填写七天的营业时间。",
            )
        for spans in (*self.week, self.holiday_hours, self.make_up_hours):
            for before, after in pairwise(spans):
                if after.start < before.end:
                    raise CalendarProblem(
                        f"The opening hours {before} and {after} overlap.",
                        message_zh=f"营业时间 {before} 与 {after} 重叠。",
                    )
        if sum(span.minutes for spans in self.week for span in spans) < MIN_WEEK:
            raise CalendarProblem(
                "The shop is open for less than an hour a week, so no times can be worked out.",
                message_zh="每周营业时间不足1小时,无法计算时限。",
            )

    # -- days -------------------------------------------------------------------------------------

    def hours(self, day: date) -> tuple[Span, ...]:
        """The opening hours that begin on a day of the shop's zone."""
        match self.days.get(day):
            case DayKind.HOLIDAY:
                return self.holiday_hours
            case DayKind.MAKE_UP:
                return self.make_up_hours
            case _:
                return self.week[day.weekday()]

    def is_provisional(self, year: int) -> bool:
        """Whether the holidays of a year are a guess, or nothing is known of them."""
        return year in self.provisional or not any(day.year == year for day in self.days)

    # -- instants ---------------------------------------------------------------------------------

    def is_open(self, at: datetime) -> bool:
        """Whether the shop is open at an instant; it is at the first moment of a span, not at its last."""
        return any(start <= at < end for start, end in self._around(at))

    def next_opening(self, at: datetime) -> datetime:
        """The first instant from this one on at which the shop is open.

        Raises:
            CalendarProblem: there is none before the calendar's end.
        """
        at = at.astimezone(UTC)  # sums of instants in a zone with summer time would be sums of its clocks
        for start, end in self._from(at):
            if end > at:
                return max(start, at)
        raise _endless()

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """The UTC instant at which so much working time has passed since an aware one.

        A duration of nothing gives the next opening; one that ends with the hours gives their last moment.

        Raises:
            CalendarProblem: the duration is negative, or ends beyond the calendar's end.
        """
        if duration < _NOTHING:
            raise CalendarProblem(
                "Working time does not run backwards: it must not be negative.", message_zh="时限不能为负数。"
            )
        if not duration:
            return self.next_opening(start)
        start = start.astimezone(UTC)
        left = duration
        for opens, closes in self._from(start):
            begins = max(opens, start)
            open_for = closes - begins
            if open_for >= left:
                return begins + left
            if open_for > _NOTHING:
                left -= open_for
        raise _endless()

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time between two aware instants; nothing when the second is not the later one."""
        total, start, end = _NOTHING, start.astimezone(UTC), end.astimezone(UTC)
        if end <= start:
            return total
        for opens, closes in self._from(start):
            if opens >= end:
                break
            open_for = min(closes, end) - max(opens, start)
            if open_for > _NOTHING:
                total += open_for
        return total

    # -- intervals --------------------------------------------------------------------------------

    def intervals(self, day: date) -> tuple[_Interval, ...]:
        """The UTC begin and end of the hours that begin on a day of the zone; they may reach into the next day's."""
        return self._intervals(day)

    def _around(self, at: datetime) -> Iterator[_Interval]:
        day = at.astimezone(self.zone).date()
        for near in (day - _ONE_DAY, day):
            yield from self._intervals(near)

    def _from(self, at: datetime) -> Iterator[_Interval]:
        """Intervals in order without overlap; the first of them ends after the day before ``at``."""
        try:
            day = at.astimezone(self.zone).date() - _ONE_DAY
            last: datetime | None = None
            for _ in range(_MAX_WALK):
                for start, end in self._intervals(day):
                    begins = start if last is None or start >= last else last
                    if begins < end:
                        yield begins, end
                        last = end
                day += _ONE_DAY
        except OverflowError:
            return

    def _intervals(self, day: date) -> tuple[_Interval, ...]:
        kept = self._kept.get(day)
        if kept is None:
            midnight = datetime.combine(day, time())
            made = ((self._utc(midnight, s.start), self._utc(midnight, s.end)) for s in self.hours(day))
            kept = tuple((start, end) for start, end in made if start < end)
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            self._kept[day] = kept
        return kept

    def _utc(self, midnight: datetime, minutes: int) -> datetime:
        return (midnight + timedelta(minutes=minutes)).replace(tzinfo=self.zone).astimezone(UTC)


def _hour(minutes: int) -> str:
    clock = f"{minutes % DAY // 60}:{minutes % 60:02d}"
    if minutes == DAY:
        return "24:00"
    return f"次日{clock}" if minutes > DAY else clock


def _endless() -> CalendarProblem:
    return CalendarProblem("The time lies beyond the calendar's end.", message_zh="时限超出了日历范围。")
