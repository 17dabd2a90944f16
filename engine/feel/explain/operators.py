"""Why an operator gave null: arithmetic, comparisons, logic, ranges."""

from __future__ import annotations

import re
from typing import Any, Final

from engine.errors import FeelLimitExceeded
from engine.feel.compiler.core import mentions
from engine.feel.compiler.unary import QUESTION, passes
from engine.feel.explain.reasons import Facts
from engine.feel.explain.recorder import Case, Causes, Seen, explains, joined, remarks
from engine.feel.explain.showing import Words, clipped, shown, throwaway_run, type_name, type_words, wanted_words
from engine.feel.limits import Run
from engine.feel.syntax import tree
from engine.feel.values import operations
from engine.feel.values.kinds import Range
from engine.feel.values.types import Type, is_known

Pair = tuple[Any, Any]
_OPERATIONS: Final = {
    "+": operations.add,
    "-": operations.subtract,
    "*": operations.multiply,
    "/": operations.divide,
    "**": operations.raise_to,
}
_LENGTHS: Final = ("days and time duration", "years and months duration")
_POINTS: Final = ("date", "date and time", "time")
_CLOSING: Final = re.compile(r"(?:\s*\))*")
_NO_ORDER: Final = ("boolean", "list", "context", "range", "function", None)


def facts_of(left: Any, right: Any, **more: str | Words) -> dict[str, str | Words]:
    """Types and values of two operands, as the sentences call them."""
    return {"left": type_words(left), "right": type_words(right), "a": shown(left), "b": shown(right), **more}


# --- arithmetic


@explains(tree.Arithmetic)
def _arithmetic(case: Case) -> Causes:
    """The first step of the chain that gave null."""
    first = case.child(case.node.first)
    if first is None or first.value is None:
        return case.passed(case.node.first)
    value = first.value
    for index, (operator, operand) in enumerate(case.node.rest):
        right = case.child(operand)
        if right is None or right.value is None:
            return case.passed(operand)
        result = _OPERATIONS[operator](value, right.value)
        if result is None:
            return (_arithmetic_step(case, index, operator, (value, right.value)),)
        value = result
    return ()


def _arithmetic_step(case: Case, index: int, operator: str, pair: Pair) -> int:
    left, right = pair
    sentence = "arithmetic_types"
    if _fit(operator, type_name(left), type_name(right)):
        if operator == "/" and _is_zero(right):
            sentence = "division_by_zero"
        elif operator == "-" and type_name(right) in _POINTS:
            sentence = "arithmetic_types:zones"
        else:
            sentence = "out_of_range:power" if operator == "**" else "out_of_range"
    facts = facts_of(left, right, operator=operator, hint=_length_hint(left, right))
    return case.tell(sentence, _end_of_step(case, index), pair, facts)


def _length_hint(left: Any, right: Any) -> Words:
    """A number, or a text, where a duration must stand: most rules that compare days are written so first."""
    names = {type_name(left), type_name(right)}
    if names & {"number", "string"} and names & {*_LENGTHS, *_POINTS}:
        return ',天数和时长请写成 @"P7D" 或 @"PT24H"', '; write days and hours as @"P7D" or @"PT24H"'
    return "", ""


def _is_zero(value: Any) -> bool:
    return operations.compare(value, operations.multiply(value, 0)) == 0


def _fit(operator: str, left: str | None, right: str | None) -> bool:
    """Whether the operator is defined for two types (DMN 1.5 Table 55), so that only the values can be at fault."""
    numbers = (left == "number") + (right == "number")
    if operator == "**" or numbers == 2:
        return numbers == 2
    if operator == "*":
        return numbers == 1 and (left in _LENGTHS or right in _LENGTHS)
    if operator == "/":
        return left in _LENGTHS and right in (left, "number")
    days = right == _LENGTHS[0] or left not in ("time", _LENGTHS[0])
    if right in _LENGTHS and days and left in (*_POINTS, right):
        return True
    if operator == "-":
        return left in _POINTS and right in _POINTS and (left == "time") == (right == "time")
    return left in _LENGTHS and right in _POINTS and not (left == _LENGTHS[1] and right == "time")


def _end_of_step(case: Case, index: int) -> tree.Span:
    """From the chain's start to the end of the operand, with the brackets around it."""
    begin, end = case.node.span
    if index + 1 == len(case.node.rest):
        return begin, end
    after = case.node.rest[index][1].span[1]
    closing = _CLOSING.match(case.recorder.source, after)
    return begin, closing.end() if closing is not None else after


@explains(tree.Negation)
def _negation(case: Case) -> Causes:
    operand = case.child(case.node.operand)
    if operand is None or operand.value is None:
        return case.passed(case.node.operand)
    fits = type_name(operand.value) in ("number", *_LENGTHS)
    sentence = "out_of_range:sign" if fits else "arithmetic_types:sign"
    return (case.tell(sentence, values=(operand.value,), facts=facts_of(operand.value, None)),)


# --- comparisons


@explains(tree.Comparison)
def _comparison(case: Case) -> Causes:
    left, right = case.child(case.node.left), case.child(case.node.right)
    if left is None or right is None:
        return ()
    if left.value is None or right.value is None:
        return case.passed(case.node.left, case.node.right)
    return (incomparable(case, case.node.operator, left.value, right.value),)


def incomparable(case: Case, operator: str, left: Any, right: Any, at: Any = None) -> int:
    """Two values that are there, but an operator gives null for them."""
    if operator in ("=", "!="):
        sentence = "different_types"
    elif type_name(left) != type_name(right):
        sentence = "not_comparable"
    else:
        sentence = "not_comparable:kind" if type_name(left) in _NO_ORDER else "not_comparable:zones"
    lengths = {type_name(left), type_name(right)} & {*_LENGTHS}
    hint = _length_hint(left, right) if lengths else ("", "")
    return case.tell(sentence, at, (left, right), facts_of(left, right, operator=operator, hint=hint))


@remarks(tree.Comparison)
def _equality_with_null(case: Case) -> None:
    """``x = null`` asks for null; ``x = 5`` does not, and is silently false where x has no value."""
    sides = case.children(case.node.left, case.node.right)
    nulls = [side for side in sides if side.value is None]
    if case.node.operator not in ("=", "!=") or not nulls:
        return
    if any(isinstance(side.node, tree.Constant) and side.node.at is None for side in nulls):
        for side in nulls:
            case.forgive(side)
        return
    begin, end = nulls[0].node.span
    written = clipped(case.recorder.source[begin:end])
    facts: Facts = {"text": written, "operator": case.node.operator, "result": shown(case.value)}
    case.tell("equals_null", facts=facts)


@explains(tree.Between)
def _between(case: Case) -> Causes:
    parts = case.node.value, case.node.low, case.node.high
    if passed := case.passed(*parts):
        return passed
    value, low, high = (found.value if (found := case.child(part)) else None for part in parts)
    told = []
    if operations.compare(value, low) is None:
        told.append(incomparable(case, ">=", value, low))
    if operations.compare(value, high) is None:
        told.append(incomparable(case, "<=", value, high))
    return tuple(told)


@explains(tree.InstanceOf)
def _instance_of(case: Case) -> Causes:
    wanted = case.node.type
    return (case.tell("unknown_type", facts={"type": unknown_name(wanted, case.recorder.named_types)}),)


def unknown_name(wanted: Type, named: Any) -> Words:
    """Which part of a type nobody knows."""
    for argument in wanted.arguments:
        if not is_known(argument, named):
            return unknown_name(argument, named)
    return wanted_words(wanted)


# --- logic


@explains(tree.Logic)
def _logic(case: Case) -> Causes:
    return joined(*(seen.causes or _not_boolean(case, seen) for seen in case.children(*case.node.parts)))


def _not_boolean(case: Case, seen: Seen) -> Causes:
    if seen.value is None or isinstance(seen.value, bool):
        return ()
    facts: Facts = {
        "operator": case.node.operator, "type": type_words(seen.value), "a": shown(seen.value),
    }  # fmt: skip
    return (case.tell("not_boolean", seen.node, (seen.value,), facts),)


@remarks(tree.Logic)
def _logic_decided(case: Case) -> None:
    for seen in case.children(*case.node.parts):
        _not_boolean(case, seen)


# --- ranges and unary tests

_ENDS: Final = {"low": ("起点", "start"), "high": ("终点", "end")}


@explains(tree.RangeLiteral)
def _range(case: Case) -> Causes:
    ends = case.children(*(end for end in (case.node.low, case.node.high) if end is not None))
    values = [end.value for end in ends]
    if None not in values and len(values) == 2:
        return (case.tell("range_ends", values=tuple(values), facts=facts_of(*values)),)
    return joined(*(end.causes for end in ends)) or (case.tell("range_ends:null"),)


@remarks(tree.RangeLiteral)
def _null_end(case: Case) -> None:
    """``[1..x]`` without x compares with nothing."""
    for side, end in (("low", case.node.low), ("high", case.node.high)):
        seen = case.child(end) if end is not None and not isinstance(end, tree.Constant) else None
        if seen is not None and seen.value is None:
            case.tell("null_end", facts={"end": _ENDS[side]})


@explains(tree.In)
def _in(case: Case) -> Causes:
    value = case.child(case.node.value)
    return () if value is None else why_no_verdict(case, case.node.tests, value)


def why_no_verdict(case: Case, tests: tuple[tree.Test, ...], value: Seen) -> Causes:
    """Why none of the tests passed and one was undecided.

    Args:
        value: what was tested, with what made it null.
    """
    return joined(*(_undecided(case, test, value) for test in tests))


def _undecided(case: Case, test: tree.Test, value: Seen) -> Causes:
    operand = _operand(case, test.operand)
    if operand is None or _verdict(test, operand.value, value.value, throwaway_run()) is not None:
        return ()
    if operand.value is None or value.value is None:
        return operand.causes if asks(test) else joined(operand.causes, value.causes)
    if isinstance(operand.value, Range) and not test.operator:
        for end in (operand.value.low, operand.value.high):
            if end is not None and operations.compare(value.value, end) is None:
                return (incomparable(case, "<", value.value, end, test),)
        side = "low" if operand.value.low is None else "high"
        return (case.tell("null_end", test.operand, facts={"end": _ENDS[side]}),)
    return (incomparable(case, test.operator or "=", value.value, operand.value, test),)


def asks(test: tree.Test) -> bool:
    """Whether a test speaks of the value itself, as ``? > 5`` does."""
    return not test.operator and mentions(test.operand, QUESTION)


def _operand(case: Case, operand: tree.Node) -> Seen | None:
    """A test's operand; a range of constants may be compiled into the test."""
    if isinstance(operand, tree.Constant) and operand.value is None and operand.at is None:
        return next((seen for seen in case.seen if seen.node is operand), Seen(operand, None, (), (0, 0)))
    found = case.child(operand)
    if found is not None or not isinstance(operand, tree.RangeLiteral):
        return found
    low, high = (end.value if isinstance(end, tree.Constant) else None for end in (operand.low, operand.high))
    return Seen(operand, Range(low, high, operand.low_closed, operand.high_closed), (), (0, 0))


def _verdict(test: tree.Test, operand: Any, value: Any, run: Run) -> bool | None:
    """What a test said, asked again with a budget of its own."""
    try:
        if not test.operator:
            return passes(operand, value, asks(test), run)
        if test.operator in ("=", "!="):
            return operations.equal(value, operand, run)
        order = operations.compare(value, operand)
        return None if order is None else order <= 0
    except FeelLimitExceeded:
        return False
