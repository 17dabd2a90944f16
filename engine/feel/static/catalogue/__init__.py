"""The built-in functions as an editor shows them, by name: how to call each, what it is for, and an example."""

from typing import Final

from engine.feel.static.catalogue import contexts, dates, lists, numbers, ranges, texts
from engine.feel.static.catalogue.entry import Entry, Parameter, Signature, entry, parse_type

__all__ = ["CATALOGUE", "CATEGORIES", "Entry", "Parameter", "Signature", "parse_type"]
_PARTS: Final = {
    "text": (("文字", "texts"), texts.ROWS),
    "number": (("数字", "numbers"), numbers.ROWS),
    "list": (("列表", "lists"), lists.ROWS),
    "temporal": (("日期、时间与时长", "dates, times and durations"), dates.ROWS),
    "context": (("上下文、JSON 与空值", "contexts, JSON and null"), contexts.ROWS),
    "range": (("区间", "ranges"), ranges.ROWS),
}
#: Category → its name in Chinese and English.
CATEGORIES: Final = {category: names for category, (names, _) in _PARTS.items()}
CATALOGUE: Final[dict[str, Entry]] = {
    row[0]: entry(*row, category=category) for category, (_, rows) in _PARTS.items() for row in rows
}
