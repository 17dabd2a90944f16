"""Types of unary tests: which values of an input may pass a cell or an ``in``."""

from __future__ import annotations

from typing import Final

from engine.feel.compiler.core import mentions
from engine.feel.static import lattice as t
from engine.feel.static.inference import Inference, infers
from engine.feel.static.operators import check_comparable, is_null
from engine.feel.static.scope import Level
from engine.feel.syntax import tree
from engine.feel.values.types import Type

QUESTION: Final = "?"


@infers(tree.In)
def _in(walk: Inference, node: tree.In, level: Level) -> Type:
    value = walk.type_of(node.value, level)
    check_tests(walk, node.tests, value, Level(level))
    return t.BOOLEAN


def check_tests(walk: Inference, tests: tuple[tree.Test, ...], value: Type, level: Level) -> None:
    """Report what is wrong in tests of a value of this type, and which of them it never passes."""
    level.names[QUESTION] = value
    for test in tests:
        operand = walk.type_of(test.operand, level)
        if test.operator:
            if is_null(test.operand) and test.operator not in ("=", "!="):
                walk.report("null_operand", test.span, sign=test.operator)
            check_comparable(walk, test.operator, value, operand, test.span)
        elif not _may_pass(value, operand, asks=mentions(test.operand, QUESTION)):
            words = {"left_zh": t.chinese(value), "left_en": t.english(value)}
            shown = t.argument(operand) if operand.name in ("list", "range") else operand
            walk.report("test_type", test.span, right_zh=t.chinese(shown), right_en=t.english(shown), **words)


def _may_pass(value: Type, operand: Type, *, asks: bool) -> bool:
    """Whether a value may pass an expression as its test (DMN 1.5 §10.3.2.8, rule 17)."""
    if t.NULL in (value, operand) or value == t.ANY or operand == t.ANY:
        return True
    if operand.name == "boolean" and (asks or value.name != "boolean"):
        return True
    if value.name == operand.name or t.kinds(value) & t.kinds(operand):
        return True
    if operand.name == "range":
        return _within(value, operand)
    if operand.name == "list":
        item = t.argument(operand)
        return _may_pass(value, item, asks=False) if item.name != "boolean" else value.name == "boolean"
    return False


def _within(value: Type, interval: Type) -> bool:
    end = t.argument(interval)
    return t.NULL in (value, end) or bool(t.kinds(value) & t.kinds(end))
