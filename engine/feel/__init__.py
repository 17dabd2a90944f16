"""FEEL, the language of all rules: parsed once into closures, exact in numbers, bounded in steps."""

from engine.feel.expressions import (
    Expression,
    UnaryTests,
    compile_expression,
    compile_source,
    compile_unary_tests,
    evaluate,
)
from engine.feel.values.kinds import FeelFunction, Range, YearMonthDuration

__all__ = [
    "Expression",
    "FeelFunction",
    "Range",
    "UnaryTests",
    "YearMonthDuration",
    "compile_expression",
    "compile_source",
    "compile_unary_tests",
    "evaluate",
]
