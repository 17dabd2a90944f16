"""Bytes as a row of choices, and what is chosen by them: expressions of the grammar and variables of every type.

The same bytes give the same choices for ever, so that an input a fuzzer found can be replayed without the fuzzer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from engine.feel import FeelFunction, Range, YearMonthDuration
from engine.feel.compiler.core import BUILTINS

T = TypeVar("T")
_SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_NEW_YORK: Final = ZoneInfo("America/New_York")
_DEPTH: Final = 7


class Choices:
    """Reads choices from bytes; when they are used up, every choice is the first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def below(self, limit: int) -> int:
        """A number from 0 to limit - 1; a byte, or two where one is too small."""
        value = 0
        for _ in range(1 if limit <= 256 else 2):
            value = value * 256 + (self._data[self._at] if self._at < len(self._data) else 0)
            self._at += 1
        return value % limit

    def pick(self, options: Sequence[T]) -> T:
        """One of some."""
        return options[self.below(len(options))]

    def several(self, most: int, make: Callable[[], T], least: int = 0) -> list[T]:
        """A list of at least and at most so many."""
        return [make() for _ in range(least + self.below(most - least + 1))]


# --- variables ---------------------------------------------------------------------------------

_NUMBERS: Final = tuple(map(Decimal, (
    "0", "1", "-1", "2", "3", "0.1", "-2.5", "100", "1e3", "-0", "1e34", "9999999999999999999999999999999999", "1e6144",
    "-1e-6143", "1e-6176", "12345678901234567890.123456789", "65536", "2147483648", "9223372036854775808",
)))  # fmt: skip
_TEXTS: Final = (
    "", "a", "abc", "中文", "𠮷", "\ud800", "\udc00x", "\x00", "a\u202eb", "ß", "İ", "e\u0301", "x" * 300, "2026-02-29",
    "2026-01-01T00:00:00@Asia/Shanghai", "P1Y", "PT1S", "1e5", "(a+)+", "[", "\\p{L}", "$1", ".", "24:00:00", "-P1M",
)  # fmt: skip
_DATES: Final = (date.min, date.max, date(2026, 1, 31), date(2024, 2, 29), date(2000, 1, 1))
_OFFSETS: Final = (None, UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-14)), _SHANGHAI, _NEW_YORK)
_MOMENTS: Final = (
    datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999), datetime(2026, 3, 8, 2, 30),
    datetime(2026, 11, 1, 1, 30, fold=1), datetime(2026, 1, 1, 12, 0, 0, 123456), datetime(1991, 4, 14, 2, 30),
)  # fmt: skip
_TIMES: Final = (time.min, time.max, time(12, 30), time(23, 59, 59, 999999))
_SPANS: Final = (timedelta(0), timedelta.min, timedelta.max, timedelta(days=1), timedelta(microseconds=-1))
_MONTHS: Final = tuple(map(YearMonthDuration, (0, 1, -1, 12, 11999999988, -(10**18))))
_OTHERS: Final = (None, True, False, 0, 7, -(2**63), 1.5, float("inf"), BUILTINS["count"], BUILTINS["sort"])


def value(choices: Choices, depth: int = 3) -> Any:
    """A variable of any type, those too that only Python code would hand in (int, float)."""
    kind = choices.below(12 if depth else 9)
    if kind == 0:
        return choices.pick(_NUMBERS)
    if kind == 1:
        return choices.pick(_TEXTS)
    if kind == 2:
        return choices.pick(_OTHERS)
    if kind < 9:
        return _temporal(choices, kind)
    if kind == 9:
        return choices.several(4, lambda: value(choices, depth - 1))
    if kind == 10:
        return {choices.pick(NAMES): value(choices, depth - 1) for _ in range(choices.below(4))}
    low, high = value(choices, 0), value(choices, 0)
    return Range(low, high, choices.pick((True, False)), choices.pick((True, False)))


def _temporal(choices: Choices, kind: int) -> Any:
    if kind == 3:
        return choices.pick(_DATES)
    if kind == 4:
        return choices.pick(_MOMENTS).replace(tzinfo=choices.pick(_OFFSETS))
    if kind == 5:
        return choices.pick(_TIMES).replace(tzinfo=choices.pick(_OFFSETS))
    if kind == 6:
        return choices.pick(_SPANS)
    if kind == 7:
        return choices.pick(_MONTHS)
    return Decimal(choices.below(65536) - 32768).scaleb(choices.below(12) - 6)


def frozen(given: Any) -> str:
    """A value as a text that is the same for the same value, a function by its name."""
    if isinstance(given, FeelFunction):
        return f"function {given.name}({', '.join(given.parameters)})"
    if isinstance(given, list):
        return f"[{', '.join(map(frozen, given))}]"
    if isinstance(given, dict):
        return "{" + ", ".join(f"{key!r}: {frozen(each)}" for key, each in given.items()) + "}"
    if isinstance(given, Range):
        ends = f"{given.low_closed}, {given.high_closed}, {given.one_sided}"
        return f"range({frozen(given.low)}, {frozen(given.high)}, {ends})"
    return repr(given)


# --- expressions -------------------------------------------------------------------------------

#: Variables, so few that an expression often hits them; those of a filter and of a loop among them.
NAMES: Final = ("a", "b", "c", "订单金额", "x_y", "item", "partial")
_LITERALS: Final = (
    "0", "1", "2", "-1", "0.5", "10", "1e30", "1e6144", "true", "false", "null", '""', '"a"', '"abc"', '"中文"',
    '"a,b"', '"(a|b)*"', '"$1"', '"\\uD83D\\uDE00"', '@"2026-01-31"', '@"P1M"', '@"PT36H"', '@"12:00:00+08:00"',
    '@"2026-03-08T02:30:00@America/New_York"', '@"9999-12-31"', '@"-999999999-01-01"', "[]", "{}", "[1, 2, 3]",
    '["a", "b", "a"]', "[[1, [2]], 3]", '{a: 1, b: "x"}', '[{a: 1}, {a: 2}]', "[1..3]", '["a".."c")', "(1..1e30)",
    "(]1..3[)",
)  # fmt: skip
_TYPES: Final = (
    "number", "string", "boolean", "date", "time", "date and time", "days and time duration",
    "years and months duration", "list<number>", "context<a: number>", "range<date>", "function<number> -> Any", "Any",
    "Null",
)  # fmt: skip
_BINARY: Final = ("+", "-", "*", "/", "**", "<", "<=", ">", ">=", "=", "!=", "and", "or", "in")
_UNITS: Final = (
    "year", "month", "day", "weekday", "hour", "minute", "second", "time offset", "timezone", "days", "hours", "months",
    "years", "start", "end", "start included", "value",
)  # fmt: skip
_FUNCTIONS: Final = tuple(sorted(BUILTINS))


def expression(choices: Choices, depth: int = _DEPTH) -> str:
    """A text of the grammar."""
    kind = choices.below(24) if depth else choices.below(2)
    if kind == 0:
        return choices.pick(NAMES)
    if kind == 1:
        return choices.pick(_LITERALS)
    if kind < 8:
        return _call(choices, depth - 1)
    return _COMPOSED[kind - 8](choices, depth - 1)


def _call(choices: Choices, depth: int) -> str:
    name = choices.pick(_FUNCTIONS)
    if choices.below(8) == 0:
        chosen = choices.pick(BUILTINS[name].overloads)
        named = ", ".join(f"{parameter}: {expression(choices, depth)}" for parameter in chosen)
        return f"{name}({named})"
    count = choices.pick((len(BUILTINS[name].parameters), 1, 2, 3, 0))
    return f"{name}({', '.join(expression(choices, depth) for _ in range(count))})"


def _operation(choices: Choices, depth: int) -> str:
    return f"({expression(choices, depth)}) {choices.pick(_BINARY)} ({expression(choices, depth)})"


def _iterators(choices: Choices, depth: int) -> str:
    def one() -> str:
        end = f"..({expression(choices, depth)})" if choices.below(3) == 0 else ""
        return f"{choices.pick(NAMES)} in ({expression(choices, depth)}){end}"

    return ", ".join(choices.several(2, one, 1))


def _function(choices: Choices, depth: int) -> str:
    def one() -> str:
        return choices.pick(NAMES[:3]) + (f": {choices.pick(_TYPES)}" if choices.below(4) == 0 else "")

    names = list({text.split(":")[0]: text for text in choices.several(3, one)}.values())
    return f"(function({', '.join(names)}) {expression(choices, depth)})"


def _applied(choices: Choices, depth: int) -> str:
    arguments = choices.several(3, lambda: expression(choices, depth))
    return f"{_function(choices, depth)}({', '.join(arguments)})"


def _higher(choices: Choices, depth: int) -> str:
    return f"sort({expression(choices, depth)}, {_function(choices, depth)})"


def _range(choices: Choices, depth: int) -> str:
    low, high = choices.pick("[("), choices.pick("])")
    return f"{low}({expression(choices, depth)})..({expression(choices, depth)}){high}"


def _in(choices: Choices, depth: int) -> str:
    tests = choices.several(3, lambda: choices.pick(("", "<", ">=", "!=")) + f" ({expression(choices, depth)})", 1)
    return f"({expression(choices, depth)}) in ({', '.join(tests)})"


def _context(choices: Choices, depth: int) -> str:
    names = dict.fromkeys(choices.several(4, lambda: choices.pick((*NAMES, '"b c"'))))
    return "{" + ", ".join(f"{name}: {expression(choices, depth)}" for name in names) + "}"


def _text(choices: Choices, _: int) -> str:
    return '"' + "".join(choices.several(6, lambda: choices.pick(_PIECES))) + '"'


_PIECES: Final = (
    "a", "b", "1", "-", ":", "T", "P", "Y", "M", "D", "2026", "Z", "@Asia/Shanghai", "(", ")", "[", "]", "*", "+", "?",
    "{2}", "|", "^", "$", ".", "\\\\d", "\\\\p{L}", "\\\\i", "$1", "中", "\\n", "\\uD83D\\uDE00", "\\u0001",
    "\\U01F600", " ",
)  # fmt: skip


def _if(choices: Choices, depth: int) -> str:
    one, two, three = (expression(choices, depth) for _ in range(3))
    return f"(if {one} then {two} else {three})"


_COMPOSED: Final[tuple[Callable[[Choices, int], str], ...]] = (
    _operation,
    _operation,
    lambda c, d: f"-({expression(c, d)})",
    lambda c, d: f"(({expression(c, d)}) between ({expression(c, d)}) and ({expression(c, d)}))",
    _in,
    lambda c, d: f"({expression(c, d)}) instance of {c.pick(_TYPES)}",
    lambda c, d: f"({expression(c, d)}).{c.pick(NAMES + _UNITS)}",
    lambda c, d: f"({expression(c, d)})[{expression(c, d)}]",
    _if,
    lambda c, d: f"(for {_iterators(c, d)} return {expression(c, d)})",
    lambda c, d: f"({c.pick(('some', 'every'))} {_iterators(c, d)} satisfies {expression(c, d)})",
    lambda c, d: c.pick((_function, _applied, _higher))(c, d),
    _range,
    lambda c, d: f"[{', '.join(c.several(4, lambda: expression(c, d)))}]",
    _context,
    _text,
)
