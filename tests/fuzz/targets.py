"""What any bytes may do to the engine: three functions that raise when a promise is broken.

No fuzzer is imported here: ``python -m tests.fuzz`` drives them, and the tests replay what was found.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from engine import dmn
from engine.errors import DecisionError, DefinitionRefused, FeelError, FeelSyntaxError
from engine.feel import compile_expression, compile_unary_tests
from tests.fuzz.choices import NAMES, Choices, expression, frozen, value
from tests.unit.dmn.dmn_writing import decision, model, table

NOW: Final = datetime(2026, 1, 2, 1, 0, tzinfo=UTC)
_SEVERAL_WORDS: Final = frozenset({"订单金额", "order amount", "a-b", "date"})
_POLICIES: Final = ("UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT")
_TYPES: Final = ("", ": number", ": string", ": boolean", ": date", ": Any", ": nothing")


def _nothing(name: str) -> None:
    return None


def source(data: bytes) -> None:
    """Any text, as a rule and as a cell: it compiles and gives a value, or there is an error of FEEL's."""
    text = _decoded(data)
    for names in (frozenset[str](), _SEVERAL_WORDS):
        with suppress(FeelError):
            compile_expression(text, names)(_nothing, NOW)
        with suppress(FeelError):
            compile_unary_tests(text, names)(1, _nothing, NOW)


def _decoded(data: bytes) -> str:
    """As UTF-8, with lone surrogates where the bytes spell them, as a JSON text may hold them."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def tree(data: bytes) -> None:
    """Choices of the grammar over variables of every type: a value or a limit, the same twice; no variable changes."""
    choices = Choices(data)
    scope = {name: value(choices) for name in NAMES[: choices.below(len(NAMES) + 1)]}
    text = expression(choices)
    try:
        compiled = compile_expression(text)
    except FeelSyntaxError as error:
        if "deeper" in error.problem or "longer" in error.problem or len(text) > 3000:
            return
        raise AssertionError(f"the grammar's own text does not parse: {text}") from error
    before = frozen(scope)
    first = _outcome(compiled, scope)
    second = _outcome(compile_expression(text + " "), scope)
    if first != second:
        raise AssertionError(f"{text} gave {first}, then {second}, over {before}")
    if frozen(scope) != before:
        raise AssertionError(f"{text} changed a variable: {before} became {frozen(scope)}")


def _outcome(compiled: Callable[..., Any], scope: dict[str, Any]) -> str:
    try:
        return frozen(compiled(scope.get, NOW))
    except FeelError as error:  # a limit, or what the text itself asserts
        return type(error).__name__


def decisions(data: bytes) -> None:
    """Any file: it is refused, or its decisions give a result or an error of ours; the lint gives findings.

    Bytes that begin with ``<`` are the file; others are the cells of a table, one a line, after two bytes that choose
    the hit policy and the columns' type.
    """
    written = data if data[:1] == b"<" else _written(data)
    dmn.check(written, "fuzz.dmn")
    try:
        found = dmn.load(written)
    except (DefinitionRefused, DecisionError, FeelError):
        return
    for each in found.decisions.values():
        for lookup in (_nothing, {"a": 1, "b": "x", "d": [1], "n": True}.get):
            with suppress(DecisionError, FeelError):
                each.evaluate(lookup, NOW)


def _written(data: bytes) -> bytes:
    choices = Choices(data[:2])
    policy, kind = choices.pick(_POLICIES), choices.pick(_TYPES)
    cells = [_allowed(line) for line in data[2:].decode("utf-8", "replace").split("\n")]
    rows = [(one, two, three) for one, two, three in zip(cells[0::3], cells[1::3], cells[2::3], strict=False)]
    return model(decision(table([f"a{kind}", f"b{kind}"], [f"y{kind}"], rows[:50], policy)))


def _allowed(line: str) -> str:
    """What XML can hold of a line."""
    return "".join(sign for sign in line if sign >= " " and not "\ud800" <= sign <= "\udfff" and sign < "\ufffe")


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {"source": source, "tree": tree, "model": decisions}
