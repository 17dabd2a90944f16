"""Functions on numbers. A line: name, signatures, Chinese, English, example → result."""

from typing import Final

from engine.feel.static.catalogue.texts import Row

ROWS: Final[tuple[Row, ...]] = (
    ("number",
     "from: string, grouping separator: string!, decimal separator: string! -> number\nfrom: string|number -> number",
     "把文字变成数字,可说明千位分隔符和小数点。", "A text as a number; the separators may be given.",
     'number("1,000.5", ",", ".") → 1000.5'),
    ("decimal", "n: number, scale: number -> number",
     "四舍六入五成双,保留若干位小数。", "Rounds to decimal places, a half to the even neighbour.",
     "decimal(2.345, 2) → 2.34"),
    ("floor", "n: number, scale?: number -> number",
     "向下取整,或向下保留若干位小数。", "Rounds down.", "floor(1.5) → 1"),
    ("ceiling", "n: number, scale?: number -> number",
     "向上取整,或向上保留若干位小数。", "Rounds up.", "ceiling(1.2) → 2"),
    ("round up", "n: number, scale?: number -> number",
     "向远离零的方向舍入。", "Rounds away from zero.", "round up(-1.12, 1) → -1.2"),
    ("round down", "n: number, scale?: number -> number",
     "向零的方向舍入(截去多余的小数)。", "Rounds towards zero.", "round down(1.19, 1) → 1.1"),
    ("round half up", "n: number, scale?: number -> number",
     "四舍五入,保留若干位小数。", "Rounds, a half away from zero.", "round half up(2.345, 2) → 2.35"),
    ("round half down", "n: number, scale?: number -> number",
     "五舍六入,保留若干位小数。", "Rounds, a half towards zero.", "round half down(2.345, 2) → 2.34"),
    ("sqrt", "number: number -> number", "平方根。", "The square root.", "sqrt(16) → 4"),
    ("exp", "number: number -> number", "e 的多少次方。", "e to the power of the number.", "exp(0) → 1"),
    ("log", "number: number -> number", "自然对数。", "The natural logarithm.", "log(1) → 0"),
    ("abs", "n: number|days and time duration|years and months duration -> same type",
     "数字或时长的绝对值。", "The absolute value of a number or a duration.", "abs(-5) → 5"),
    ("modulo", "dividend: number, divisor: number -> number",
     "除法的余数,符号与除数相同。", "The rest of a division, with the sign of the divisor.", "modulo(10, 3) → 1"),
    ("odd", "number: number -> boolean", "是否为奇数。", "Whether a number is odd.", "odd(3) → true"),
    ("even", "number: number -> boolean", "是否为偶数。", "Whether a number is even.", "even(4) → true"),
)  # fmt: skip
