"""Random trees are evaluated over random variables: only errors of ours come out, and the same twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import FeelAssertionFailed, FeelLimitExceeded
from engine.feel import YearMonthDuration, compile_expression
from engine.feel.compiler.core import BUILTINS
from tests.sample import times
from tests.unit.feel.feel_printer import NAMES, show, trees

values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-9, 9), st.decimals(allow_nan=False, allow_infinity=False),
        st.text(max_size=5), st.dates(), st.times(), st.datetimes(), st.timedeltas(),
        st.integers(-99, 99).map(YearMonthDuration),
        st.sampled_from([datetime(2026, 1, 1, tzinfo=UTC), time(1, tzinfo=UTC), date.max, date.min, timedelta.max,
                         datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC),
                         datetime.min.replace(tzinfo=timezone(timedelta(hours=8))), Decimal("1e6144"),
                         datetime.max.replace(tzinfo=ZoneInfo("America/New_York")), Decimal("-1e-6000")]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip
FUNCTIONS = sorted(BUILTINS)


def outcome(source, scope):
    try:
        return compile_expression(source)(scope.get, datetime(2026, 1, 1, tzinfo=UTC))
    except FeelLimitExceeded:
        return "limit"
    except FeelAssertionFailed:
        return "assertion"


@settings(max_examples=150, deadline=None)
@given(trees, st.fixed_dictionaries(dict.fromkeys(NAMES, values)))
def test_any_expression_over_any_variables_gives_a_value_or_a_limit(tree, scope):
    outcome(show(tree), scope)


@settings(max_examples=times(600, 120), deadline=None)
@given(st.sampled_from(FUNCTIONS), st.lists(values, max_size=4))
def test_any_builtin_takes_any_arguments(name, arguments):
    names = ["a", "b", "c", "d"][: len(arguments)]
    source = f"{name}({', '.join(names)})"
    scope = dict(zip(names, arguments, strict=True))
    first = outcome(source, scope)
    assert repr(first) == repr(outcome(source, scope))


@settings(max_examples=times(300, 100), deadline=None)
@given(st.sampled_from(["+", "-", "*", "/", "**", "<", "<=", "=", "!=", "and", "or", "in"]), values, values)
def test_any_operator_takes_any_operands(operator, left, right):
    outcome(f"a {operator} b", {"a": left, "b": right})
    outcome(f"a between b and a {operator} b", {"a": left, "b": right})
    outcome("[a..b]", {"a": left, "b": right})
