"""Functions on dates, times and durations. A line: name, signatures, Chinese, English, example → result."""

from typing import Final

from engine.feel.static.catalogue.texts import Row

_DAY: Final = "date: date|date and time"

ROWS: Final[tuple[Row, ...]] = (
    ("now", " -> date and time", "这一步发生的日期时间。", "The date and time of this step.",
     "now() instance of date and time → true"),
    ("today", " -> date", "这一步发生的日期(北京时间)。", "The day of this step, in China.",
     "today() instance of date → true"),
    ("date", "from: string|date|date and time -> date\nyear: number, month: number, day: number -> date",
     "由文字、日期时间或年月日得到日期。", "A date from a text, a date and time, or year, month and day.",
     'date("2026-11-22") → @"2026-11-22"'),
    ("time",
     "from: string|time|date|date and time -> time\n"
     "hour: number, minute: number, second: number, offset?: days and time duration! -> time",
     "由文字、日期时间或时分秒得到时间。", "A time from a text, a date and time, or hour, minute and second.",
     'time(10, 15, 0) → @"10:15:00"'),
    ("date and time",
     "from: string|date|date and time -> date and time\n"
     "date: date|date and time, time: time|string -> date and time",
     "由文字,或由日期和时间得到日期时间。", "A date and time from a text, or from a date and a time.",
     'date and time("2026-11-22T10:15:00") → @"2026-11-22T10:15:00"'),
    ("duration", "from: string|duration -> duration",
     "由文字得到时长:P1DT2H 是一天两小时,P1Y2M 是一年两个月。", "A duration from a text such as P1DT2H or P1Y2M.",
     'duration("PT24H") → @"P1D"'),
    ("years and months duration",
     "from: date|date and time, to: date|date and time -> years and months duration",
     "两个日期相差几年几个月。", "The whole months between two dates.",
     'years and months duration(@"2025-01-01", @"2026-03-01") → @"P1Y2M"'),
    ("day of week", f"{_DAY} -> string", "星期几(英文)。", "The day of the week.",
     'day of week(@"2026-11-22") → "Sunday"'),
    ("month of year", f"{_DAY} -> string", "月份(英文)。", "The name of the month.",
     'month of year(@"2026-11-22") → "November"'),
    ("day of year", f"{_DAY} -> number", "一年中的第几天。", "The number of the day in its year.",
     'day of year(@"2026-02-01") → 32'),
    ("week of year", f"{_DAY} -> number", "一年中的第几周。", "The number of the week in its year.",
     'week of year(@"2026-01-05") → 2'),
    ("last day of month", f"{_DAY} -> date", "当月的最后一天。", "The last day of the month.",
     'last day of month(@"2026-02-01") → @"2026-02-28"'),
)  # fmt: skip
