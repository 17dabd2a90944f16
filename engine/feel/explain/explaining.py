"""Evaluates once as always and once watched, and tells why the value is null."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from engine.errors import FeelAssertionFailed, FeelLimitExceeded, FeelSyntaxError
from engine.feel.compiler.core import BUILTINS, Closure, Scope, Unit, compile_node
from engine.feel.compiler.unary import QUESTION, compile_tests
from engine.feel.explain import branches, calls, operators, paths
from engine.feel.explain.operators import asks, why_no_verdict
from engine.feel.explain.reasons import Explanation
from engine.feel.explain.recorder import Case, Causes, Recorder, Seen
from engine.feel.explain.showing import clipped
from engine.feel.expressions import Expression, UnaryTests, compile_expression, compile_unary_tests
from engine.feel.limits import Env, Run
from engine.feel.syntax import tree
from engine.feel.syntax.parser import parse_expression
from engine.feel.values.types import Named

_REGISTERED: Final = (branches, calls, operators, paths)  # importing them registers what they explain
_NOTHING: Final[Named] = MappingProxyType({})
Lookup: TypeAlias = Callable[[str], Any]
Outcome: TypeAlias = tuple[Any, FeelLimitExceeded | FeelAssertionFailed | None]


def explain(
    source: str | Expression,
    lookup: Lookup,
    now: datetime | None = None,
    *,
    names: frozenset[str] = frozenset(),
    properties: frozenset[str] = frozenset(),
    named_types: Named = _NOTHING,
) -> Explanation:
    """The value of an expression, and why it or a part of it is null or not what it looks like.

    It evaluates twice, once as always and once watched, each time within the limits of an evaluation. An exceeded limit
    and a failed assertion are reasons (``limit``, ``assertion_failed``) and no errors; the value is None then.

    Args:
        source: without a leading ``=``. An Expression keeps neither its names of several words nor its types: give
            ``names``, ``properties`` and ``named_types`` as they were given when it was compiled.
        lookup: as for an evaluation, and asked twice. Where it is the ``get`` of a mapping, a variable that nobody gave
            is told from one that is null, and a name that was probably meant is suggested.
        now: as for an evaluation.
        names: as for compiling; they are suggested too.
        properties: as for compiling.
        named_types: as for compiling.

    Raises:
        FeelSyntaxError: it does not parse.
    """
    text = source if isinstance(source, str) else source.source
    if not isinstance(source, str):
        names |= source.names - BUILTINS.keys()
    expression = source if isinstance(source, Expression) else None
    try:
        node = parse_expression(text, names, properties | frozenset(named_types))
        expression = expression or compile_expression(text, names, properties=properties, named_types=named_types)
        recorder = Recorder(text, names, _mapping(lookup))
        unit = Unit(named_types, names)
        unit.observer = recorder.observe
        closure = compile_node(node, Scope(unit))
    except RecursionError:
        raise FeelSyntaxError(text, 0, "nested too deep") from None
    except FeelSyntaxError:
        if expression is not None and _value(lambda: expression(lookup, now))[0] == text:
            return Explanation(value=text, reasons=())  # a text of a file that is no FEEL
        raise

    root = _root(recorder, node.span, Run(lookup, now))
    return _explained(recorder, _value(lambda: expression(lookup, now)), closure, root, lambda: root.seen[-1].causes)


def explain_tests(
    source: str | UnaryTests,
    value: Any,
    lookup: Lookup,
    now: datetime | None = None,
    *,
    names: frozenset[str] = frozenset(),
    properties: frozenset[str] = frozenset(),
) -> Explanation:
    """The verdict of a decision table's cell on a value, and why it is null; as ``explain``.

    A UnaryTests keeps its tree: it needs ``names`` only where one of them hides a built-in function.

    Raises:
        FeelSyntaxError: it does not parse.
    """
    text = source if isinstance(source, str) else source.source
    if not isinstance(source, str):
        names |= source.names - BUILTINS.keys()
    compiled = source if isinstance(source, UnaryTests) else compile_unary_tests(text, names, properties)
    if not compiled.tests.tests:
        return Explanation(value=True, reasons=())
    recorder = Recorder(text, names, _mapping(lookup))
    unit = Unit(_NOTHING, names)
    unit.observer = recorder.observe
    tests = compiled.tests.tests
    closure = compile_tests(tests, Scope(unit, None, [QUESTION]))
    span = tests[0].span[0], tests[-1].span[1]
    root = _root(recorder, span, Env(Run(lookup, now), None, {QUESTION: value}))

    def causes() -> Causes:
        missing = value is None and not all(map(asks, tests))
        nothing = root.recorder.told("null_input") or (root.tell("null_input"),) if missing else ()
        return why_no_verdict(root, tests, Seen(root.node, value, nothing, (0, 0)))

    return _explained(recorder, _value(lambda: compiled(value, lookup, now)), closure, root, causes)


def _mapping(lookup: Lookup) -> Mapping[str, Any] | None:
    """The mapping whose ``get`` the lookup is."""
    owner = getattr(lookup, "__self__", None)
    return owner if isinstance(owner, Mapping) and getattr(lookup, "__name__", "") == "get" else None


def _root(recorder: Recorder, span: tree.Span, env: Env) -> Case:
    """What stands around the whole source."""
    return Case(recorder, tree.Constant(None, span=span), env, 0, [])


def _value(evaluate: Callable[[], Any]) -> Outcome:
    try:
        return evaluate(), None
    except (FeelLimitExceeded, FeelAssertionFailed) as error:
        return None, error


def _stopped(innermost: Case, error: FeelLimitExceeded | FeelAssertionFailed) -> Causes:
    """Where the evaluation ended, and what made an asserted condition null."""
    if isinstance(error, FeelLimitExceeded):
        return (innermost.tell("limit", facts={"detail": str(error)}),)
    call = innermost.node if isinstance(innermost.node, tree.Call) else tree.Call(innermost.node, ())
    names = call.names or ("value", "condition", "cause")
    given = dict(zip(names, innermost.children(*call.arguments), strict=False))
    cause = given["cause"].value if "cause" in given else None
    asserted = given["condition"].causes if "condition" in given else ()
    return (
        *asserted,
        innermost.tell("assertion_failed", facts={"cause": f": {clipped(cause)}" if isinstance(cause, str) else ""}),
    )


def _explained(
    recorder: Recorder,
    outcome: Outcome,
    closure: Closure,
    root: Case,
    why: Callable[[], Causes],
) -> Explanation:
    """The explanation of what the normal evaluation gave.

    Args:
        root: the surroundings of the whole source, in which the watched evaluation runs.
        why: what made the whole null, after that.
    """
    value, stopped = outcome
    recorder.stack.append(root)
    causes: Causes = ()
    try:
        closure(root.env)
        causes = why() if value is None and stopped is None else ()
    except (FeelLimitExceeded, FeelAssertionFailed, RecursionError):
        if stopped is None:
            causes = (root.tell("too_deep"),)
    if stopped is not None:
        causes = _stopped(recorder.stack[-1], stopped)
    if value is None and not causes:
        causes = (root.tell("undefined"),)
    reasons, omitted = recorder.reasons(causes)
    return Explanation(value=value, reasons=reasons, omitted=omitted)
