"""How values, types and names are called in a sentence: short, escaped, never Python's own words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final, TypeAlias

from engine.errors import FeelLimitExceeded
from engine.feel.compiler.core import BUILTINS
from engine.feel.limits import Run
from engine.feel.values.kinds import FeelFunction, Range
from engine.feel.values.numbers import text as number_text
from engine.feel.values.types import Type, canonical, conforms

#: One thing in Chinese and English.
Words: TypeAlias = tuple[str, str]

MAX_SHOWN: Final = 60
_MAX_ITEMS: Final = 8
_MAX_DEPTH: Final = 3
_MAX_DIGITS: Final = 40
_MAX_CANDIDATES: Final = 200
_NULL: Final = ("没有值", "null")
#: Types by FEEL's name, in the order in which a value is asked for them.
TYPES: Final[dict[str, Words]] = {
    "number": ("数字", "number"),
    "string": ("文字", "text"),
    "boolean": ("真假值", "boolean"),
    "date and time": ("日期时间", "date and time"),
    "date": ("日期", "date"),
    "time": ("时间", "time"),
    "days and time duration": ("时长(天、时、分)", "days-and-time duration"),
    "years and months duration": ("时长(年、月)", "years-and-months duration"),
    "list": ("列表", "list"),
    "context": ("记录", "context"),
    "range": ("区间", "range"),
    "function": ("函数", "function"),
}
_OTHER: Final = ("其他类型的值", "value of another type")


def type_name(value: Any) -> str | None:
    """FEEL's name of a value's type; None for null and for what FEEL does not know."""
    if value is None:
        return None
    return next((name for name in TYPES if conforms(value, Type(name))), None)


def type_words(value: Any) -> Words:
    """How a value's type is called."""
    if value is None:
        return _NULL
    name = type_name(value)
    return _OTHER if name is None else TYPES[name]


def wanted_words(wanted: Type) -> Words:
    """How a type of a signature or of the source is called."""
    name = canonical(wanted.name)
    if name == "duration":
        return "时长", "duration"
    if name == "Any":
        return "任何值", "anything but null"
    zh, en = TYPES.get(name, (clipped(name), clipped(name)))
    if name == "list" and wanted.arguments:
        inner = wanted_words(wanted.arguments[0])
        return f"{inner[0]}的{zh}", f"{en} of {inner[1]}"
    return zh, en


def clipped(text: str, limit: int = MAX_SHOWN) -> str:
    """A text on one line, with what cannot be seen escaped, cut to a length."""
    visible = "".join(map(_visible, text[: limit + 1]))
    return visible if len(visible) <= limit else f"{visible[: limit - 1]}…"


def _visible(character: str) -> str:
    return character if character.isprintable() else f"\\u{ord(character):04x}"


def shown(value: Any) -> str:
    """A value as FEEL writes it, at most 60 characters of it."""
    return clipped(_text(value, 0))


def _text(value: Any, depth: int) -> str:
    kind = type_name(value)
    if value is None or kind is None:
        return "null" if value is None else "?"
    if kind == "number":
        return _number(Decimal(value))
    if kind == "string":
        plain = clipped(value).replace('"', '\\"')
        return f'"{plain}"'
    if kind == "list":
        return _joined([_inner(item, depth) for item in value[:_MAX_ITEMS]], len(value), "[]")
    if kind == "context":
        entries = list(value.items())[:_MAX_ITEMS]
        return _joined([f"{clipped(str(key), 20)}: {_inner(item, depth)}" for key, item in entries], len(value), "{}")
    if kind == "range":
        return _range(value, depth)
    if kind == "function":
        return _function(value)
    return _by_string(value)


def _inner(value: Any, depth: int) -> str:
    return _text(value, depth + 1) if depth < _MAX_DEPTH else "…"


def _joined(parts: list[str], size: int, brackets: str) -> str:
    more = ["…"] if size > len(parts) else []
    return f"{brackets[0]}{', '.join([*parts, *more])}{brackets[1]}"


def _number(value: Decimal) -> str:
    """Plain, or with an exponent where its digits would fill the line."""
    if not value.is_finite():
        return "?"
    exponent = value.as_tuple().exponent
    plain = value.adjusted() < _MAX_DIGITS and isinstance(exponent, int) and -exponent < _MAX_DIGITS
    return number_text(value) if plain else f"{value:.6E}"


def _range(value: Range, depth: int) -> str:
    low = "" if value.low is None else _inner(value.low, depth)
    high = "" if value.high is None else _inner(value.high, depth)
    return f"{'[' if value.low_closed else '('}{low}..{high}{']' if value.high_closed else ')'}"


def _function(value: FeelFunction) -> str:
    named = value.name if BUILTINS.get(value.name) is value else "function"
    return f"{named}({', '.join(clipped(name, 20) for name in value.parameters[:_MAX_ITEMS])})"


def _by_string(value: Any) -> str:
    """Dates, times and durations: what FEEL's ``string`` makes of them."""
    try:
        text = BUILTINS["string"].call(throwaway_run(), value)
    except FeelLimitExceeded:
        return "…"
    return text if isinstance(text, str) else "?"


def throwaway_run() -> Run:
    """A budget of its own for looking again at values that are there: the evaluation's stays as it is."""
    return Run(lambda name: None, None)


def listed(names: Iterable[Any]) -> Words:
    """Up to 8 names or numbers in a row."""
    every = [clipped(str(name), 20) for name in names]
    more = "…" if len(every) > _MAX_ITEMS else ""
    return "、".join(every[:_MAX_ITEMS]) + more, ", ".join(every[:_MAX_ITEMS]) + more


def nearest(name: str, candidates: Iterable[Any]) -> str | None:
    """The candidate that was probably meant."""
    fits = [each for each in candidates if isinstance(each, str) and each != name and len(each) <= MAX_SHOWN]
    fits = sorted(fits)[:_MAX_CANDIDATES]
    plain = name.casefold().replace(" ", "")
    same = [each for each in fits if each.casefold().replace(" ", "") == plain]
    close = same or difflib.get_close_matches(name[:MAX_SHOWN], fits, 1, 0.6)
    return close[0] if close else None
