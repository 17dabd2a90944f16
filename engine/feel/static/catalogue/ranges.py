"""Relations of ranges and points. A line: name, signatures, Chinese, English, example → result."""

from typing import Final

from engine.feel.static.catalogue.texts import Row

_RANGES: Final = "range1: range, range2: range -> boolean"
_POINT_FIRST: Final = "range1: Any, range2: Any -> boolean\npoint: Any, range: Any -> boolean"
_POINT_LAST: Final = "range1: Any, range2: Any -> boolean\nrange: Any, point: Any -> boolean"
_ANY: Final = f"{_POINT_FIRST}\nrange: Any, point: Any -> boolean\npoint1: Any, point2: Any -> boolean"

ROWS: Final[tuple[Row, ...]] = (
    ("range", "from: string -> range", "由文字得到区间。", "A range from a text.", 'range("[1..5]") → [1..5]'),
    ("before", _ANY, "前者是否完全在后者之前。", "Whether the first lies before the second.",
     "before(1, [2..5]) → true"),
    ("after", _ANY, "前者是否完全在后者之后。", "Whether the first lies after the second.", "after(6, [2..5]) → true"),
    ("meets", _RANGES, "前一区间的结尾是否正是后一区间的开头。", "Whether the first ends where the second starts.",
     "meets([1..5], [5..10]) → true"),
    ("met by", _RANGES, "前一区间的开头是否正是后一区间的结尾。", "Whether the first starts where the second ends.",
     "met by([5..10], [1..5]) → true"),
    ("overlaps", _RANGES, "两个区间是否有共同的部分。", "Whether two ranges have a part in common.",
     "overlaps([1..5], [3..8]) → true"),
    ("overlaps before", _RANGES, "前一区间是否先开始并与后一区间重叠。",
     "Whether the first starts earlier and overlaps.",
     "overlaps before([1..5], [3..8]) → true"),
    ("overlaps after", _RANGES, "前一区间是否后开始并与后一区间重叠。", "Whether the first starts later and overlaps.",
     "overlaps after([3..8], [1..5]) → true"),
    ("finishes", _POINT_FIRST, "前者是否在后一区间的结尾处结束。", "Whether the first ends where the second ends.",
     "finishes(5, [1..5]) → true"),
    ("finished by", _POINT_LAST, "后者是否在前一区间的结尾处结束。", "Whether the second ends where the first ends.",
     "finished by([1..5], 5) → true"),
    ("starts", _POINT_FIRST, "前者是否在后一区间的开头处开始。", "Whether the first starts where the second starts.",
     "starts(1, [1..5]) → true"),
    ("started by", _POINT_LAST, "后者是否在前一区间的开头处开始。", "Whether the second starts where the first starts.",
     "started by([1..5], 1) → true"),
    ("includes", _POINT_LAST, "前一区间是否包含后者。", "Whether the first includes the second.",
     "includes([1..5], 3) → true"),
    ("during", _POINT_FIRST, "前者是否在后一区间之内。", "Whether the first lies within the second.",
     "during(3, [1..5]) → true"),
    ("coincides", _ANY, "两者是否完全相同。", "Whether both are the same.", "coincides([1..5], [1..5]) → true"),
)  # fmt: skip
