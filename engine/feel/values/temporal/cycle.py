"""Days of years that Python's calendar lacks, counted by means of the same day in a year that it has.

The proleptic Gregorian calendar repeats itself every 400 years, weekdays included: 146 097 days are 20 871 weeks.
XML Schema 1.1 counts a year 0 between -1 and 1 (Part 2 §D.2.1), so that nothing jumps at the first year.
"""

from __future__ import annotations

from datetime import date
from typing import Final

#: DMN 1.5 §10.3.2.3.5: the greatest year, and the negative of the least.
MAX_YEAR: Final = 999_999_999
CYCLE_YEARS: Final = 400
CYCLE_DAYS: Final = 146_097
_FIRST_YEAR: Final = 2000
_FIRST_DAY: Final = date(_FIRST_YEAR, 1, 1).toordinal()


def ordinal_of(year: int, month: int, day: int) -> int | None:
    """The number of a day, counted as ``date.toordinal`` counts (0001-01-01 is 1); None where there is no such day."""
    if not -MAX_YEAR <= year <= MAX_YEAR:
        return None
    try:
        return _counted(year, month, day)
    except (ValueError, OverflowError):
        return None


def _counted(year: int, month: int, day: int) -> int:
    cycles, rest = divmod(year, CYCLE_YEARS)
    twin = date(_FIRST_YEAR + rest, month, day)
    return twin.toordinal() + (cycles - _FIRST_YEAR // CYCLE_YEARS) * CYCLE_DAYS


def civil(ordinal: int) -> tuple[int, int, int]:
    """Year, month and day of a day's number."""
    cycles, rest = divmod(ordinal - _FIRST_DAY, CYCLE_DAYS)
    twin = date.fromordinal(_FIRST_DAY + rest)
    return twin.year + cycles * CYCLE_YEARS, twin.month, twin.day


def twin_of(ordinal: int) -> date:
    """The day of 2000 to 2399 at the same place in the cycle: same month, day, weekday, week and day of the year."""
    return date.fromordinal(_FIRST_DAY + (ordinal - _FIRST_DAY) % CYCLE_DAYS)


def days_in_month(year: int, month: int) -> int:
    """Days of a month."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


MIN_ORDINAL: Final = _counted(-MAX_YEAR, 1, 1)
MAX_ORDINAL: Final = _counted(MAX_YEAR, 12, 31)
