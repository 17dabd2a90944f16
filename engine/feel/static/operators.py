"""Types of operators, by the tables of the standard over kinds of values (DMN 1.5 Tables 53 to 60)."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import Final

from engine.feel.static import lattice as t
from engine.feel.static.inference import Inference, infers
from engine.feel.static.scope import Level
from engine.feel.syntax import tree
from engine.feel.syntax.tree import Span
from engine.feel.values.types import Type

_N, _S, _D, _T, _DT = t.NUMBER.name, t.STRING.name, t.DATE.name, t.TIME.name, t.DATE_TIME.name
_DAYS, _MONTHS = t.DAYS.name, t.MONTHS.name


def _sums() -> dict[tuple[str, str], str]:
    found = {(_N, _N): _N, (_S, _S): _S, (_DAYS, _DAYS): _DAYS, (_MONTHS, _MONTHS): _MONTHS}
    for point in (_D, _T, _DT):
        found[point, _DAYS] = found[_DAYS, point] = point
    for day in (_D, _DT):
        found[day, _MONTHS] = found[_MONTHS, day] = day
    return found


def _differences() -> dict[tuple[str, str], str]:
    found = {(_N, _N): _N, (_DAYS, _DAYS): _DAYS, (_MONTHS, _MONTHS): _MONTHS, (_T, _T): _DAYS}
    found |= {(point, _DAYS): point for point in (_D, _T, _DT)}
    found |= {(day, _MONTHS): day for day in (_D, _DT)}
    found |= {(one, other): _DAYS for one in (_D, _DT) for other in (_D, _DT)}
    return found


_SCALED: Final = {(_DAYS, _N): _DAYS, (_MONTHS, _N): _MONTHS}
#: Sign → kinds of both operands → kind of the result; what is missing gives null.
RESULTS: Final[dict[str, dict[tuple[str, str], str]]] = {
    "+": _sums(),
    "-": _differences(),
    "*": {(_N, _N): _N, **_SCALED, (_N, _DAYS): _DAYS, (_N, _MONTHS): _MONTHS},
    "/": {(_N, _N): _N, **_SCALED, (_DAYS, _DAYS): _N, (_MONTHS, _MONTHS): _N},
    "**": {(_N, _N): _N},
}
_NEGATED: Final = frozenset((_N, _DAYS, _MONTHS))
_ORDER_SIGNS: Final = frozenset(("<", "<=", ">", ">="))


@infers(tree.Negation)
def _negation(walk: Inference, node: tree.Negation, level: Level) -> Type:
    kind = walk.type_of(node.operand, level)
    able = t.kinds(kind) & _NEGATED
    if not able and kind != t.NULL:
        walk.report("negation", node.span, kind_zh=t.chinese(kind), kind_en=t.english(kind))
    return t.of_kinds(able)


@infers(tree.Arithmetic)
def _arithmetic(walk: Inference, node: tree.Arithmetic, level: Level) -> Type:
    result = walk.type_of(node.first, level)
    null = is_null(node.first)
    for sign, operand in node.rest:
        right = walk.type_of(operand, level)
        span = node.first.span[0], operand.span[1]
        if null or is_null(operand):
            walk.report("null_operand", span, sign=sign)
            result = t.NULL
        elif sign == "/" and isinstance(operand, tree.Constant) and operand.value == 0:
            walk.report("division", span)
            result = t.NULL
        else:
            result = _operated(walk, sign, result, right, span)
        null = False
    return result


def _operated(walk: Inference, sign: str, left: Type, right: Type, span: Span) -> Type:
    result = _result_of(sign, t.kinds(left), t.kinds(right))
    if result == t.NULL and t.NULL not in (left, right):
        walk.report("operands", span, sign=sign, **_both(left, right), **_arithmetic_hint(sign, left, right))
    return result


@lru_cache(maxsize=1024)
def _result_of(sign: str, left: frozenset[str], right: frozenset[str]) -> Type:
    return t.of_kinds(RESULTS[sign][pair] for pair in product(left, right) if pair in RESULTS[sign])


def _arithmetic_hint(sign: str, left: Type, right: Type) -> dict[str, str]:
    if sign == "+" and t.STRING in (left, right):
        return {"hint_zh": ";请先用 string(…) 变成文字", "hint_en": "; make a text of it with string(…)"}
    if sign in "+-" and t.NUMBER in (left, right) and {left.name, right.name} & {_D, _T, _DT}:
        return {"hint_zh": ';加减一天请写 @"P1D"', "hint_en": '; to add or subtract a day write @"P1D"'}
    return {}


def _both(left: Type, right: Type) -> dict[str, str]:
    return {
        "left_zh": t.chinese(left),
        "right_zh": t.chinese(right),
        "left_en": t.english(left),
        "right_en": t.english(right),
    }


def is_null(node: tree.Node) -> bool:
    """Whether a node is the word ``null``."""
    return isinstance(node, tree.Constant) and node.value is None and node.at is None


@infers(tree.Logic)
def _logic(walk: Inference, node: tree.Logic, level: Level) -> Type:
    for part in node.parts:
        kind = walk.type_of(part, level)
        if kind != t.NULL and t.BOOLEAN.name not in t.kinds(kind):
            walk.report("logic", part.span, sign=node.operator, kind_zh=t.chinese(kind), kind_en=t.english(kind))
    return t.BOOLEAN


@infers(tree.Comparison)
def _comparison(walk: Inference, node: tree.Comparison, level: Level) -> Type:
    left, right = walk.types_of((node.left, node.right), level)
    if node.operator in _ORDER_SIGNS and (is_null(node.left) or is_null(node.right)):
        walk.report("null_operand", node.span, sign=node.operator)
    else:
        check_comparable(walk, node.operator, left, right, node.span)
    return t.BOOLEAN


def comparable(sign: str, left: Type, right: Type) -> bool:
    """Whether a comparison may give something other than null: two values of one kind, which has an order for ``<``."""
    if t.NULL in (left, right):
        return True
    common = t.kinds(left) & t.kinds(right)
    return bool(common & t.ORDERED if sign in _ORDER_SIGNS else common)


def check_comparable(walk: Inference, sign: str, left: Type, right: Type, span: Span) -> None:
    """Report a comparison that is always null."""
    if not comparable(sign, left, right):
        walk.report("comparison", span, sign=sign, **_both(left, right), **_comparison_hint(left, right))


def _comparison_hint(left: Type, right: Type) -> dict[str, str]:
    names = {left.name, right.name}
    if names == {_D, _DT}:
        return {"hint_zh": ";请用 date(…) 取日期部分再比较", "hint_en": "; take the day with date(…) first"}
    if names == {_S, _N}:
        return {
            "hint_zh": ";数字不要加引号,或先用 number(…)",
            "hint_en": "; write numbers without quotes, or use number(…)",
        }
    if _S in names and names & {_D, _T, _DT, _DAYS, _MONTHS}:
        return {"hint_zh": ';日期和时长请写成 @"…"', "hint_en": '; write dates and durations as @"…"'}
    if _N in names and names & {_DAYS, _MONTHS, t.DURATION.name}:
        return {"hint_zh": ';时长请写成 @"P7D" 或 @"PT24H"', "hint_en": '; write durations as @"P7D" or @"PT24H"'}
    if "list" in names:
        return {"hint_zh": ";要判断是否在列表中请用 list contains(…)", "hint_en": "; use list contains(…)"}
    return {}


@infers(tree.Between)
def _between(walk: Inference, node: tree.Between, level: Level) -> Type:
    value, low, high = walk.types_of((node.value, node.low, node.high), level)
    for end, kind in ((node.low, low), (node.high, high)):
        if is_null(end):
            walk.report("null_operand", end.span, sign="between")
        else:
            check_comparable(walk, "<=", value, kind, node.span)
    if comparable("<=", value, low) and comparable("<=", value, high):
        check_comparable(walk, "<=", low, high, node.span)
    return t.BOOLEAN


@infers(tree.RangeLiteral)
def _range(walk: Inference, node: tree.RangeLiteral, level: Level) -> Type:
    ends = [walk.type_of(end, level) for end in (node.low, node.high) if end is not None]
    if len(ends) == 2 and not comparable("<", *ends):
        walk.report("range_ends", node.span, **_both(*ends))
    return t.range_of(t.join(*ends))
