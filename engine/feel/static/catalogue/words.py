"""The words of the grammar as an editor shows them. Word → Chinese, English, example."""

from typing import Final

#: Words that begin a value.
VALUES: Final = {
    "true": ("真。", "True.", "true"),
    "false": ("假。", "False.", "false"),
    "null": ("空值。", "No value.", "x = null"),
    "if": ("按条件取两个值之一。", "One of two values, by a condition.", "if paid then 1 else 0"),
    "for": ("对列表的每一项算出一个值。", "A value for every item of a list.", "for x in xs return x * 2"),
    "some": ("是否至少有一项符合条件。", "Whether some item satisfies a condition.", "some x in xs satisfies x > 1"),
    "every": ("是否每一项都符合条件。", "Whether every item satisfies a condition.", "every x in xs satisfies x > 1"),
    "function": ("定义一个函数。", "A function of one's own.", "function(a, b) a + b"),
}
#: Words that stand behind a value.
OPERATORS: Final = {
    "and": ("两边都成立。", "Both hold.", "a > 1 and b > 1"),
    "or": ("至少一边成立。", "One of both holds.", "a > 1 or b > 1"),
    "between": ("在两个值之间,含两端。", "Between two values, both included.", "x between 1 and 5"),
    "in": ("符合若干条件之一,或在区间、列表中。", "Passes one of some tests.", "x in (1, [5..9])"),
    "instance of": ("是否为某种类型。", "Whether a value has a type.", "x instance of number"),
    "then": ("条件成立时的值。", "The value when the condition holds.", "if a then 1 else 2"),
    "else": ("条件不成立时的值。", "The value when the condition does not hold.", "if a then 1 else 2"),
    "return": ("每一项的结果。", "The result for every item.", "for x in xs return x"),
    "satisfies": ("每一项的条件。", "The condition for every item.", "some x in xs satisfies x"),
}
