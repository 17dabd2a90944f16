"""What a decision asks for, as fields that a person fills in, and what was filled in as its variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from engine.dmn import Decision
from engine.dmn.elements import InputData
from engine.dmn.table import TableSource
from engine.errors import FeelError, FeelSyntaxError
from engine.feel.builtins.conversion import text_of
from engine.feel.expressions import compile_expression
from engine.feel.limits import Run
from engine.feel.syntax import tree
from engine.feel.syntax.parser import parse_expression
from engine.feel.values import temporal
from engine.feel.values.kinds import FeelFunction, Range
from engine.feel.values.types import canonical

#: Values offered for one field.
_MOST_CHOICES: Final = 100
_MULTIPLE: Final = ("COLLECT", "RULE ORDER", "OUTPUT ORDER")
#: Words by which an expression asks for the time.
_CLOCKS: Final = ("now(", "today(")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that a decision asks for, or gives."""

    #: Of an input the variable's name, or the path to one of its entries (``order.total``); of an output its name, or
    #: "" for the whole result.
    key: str
    label: str
    #: FEEL's name of the type; None: any value.
    type: str | None = None
    #: FEEL of the only values that it may have.
    choices: tuple[str, ...] = ()


class BadInput(Exception):
    """What was filled in is no FEEL: by the field's key, a sentence in Chinese and English."""

    def __init__(self, problems: Mapping[str, tuple[str, str]]) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems


def fields_of(decision: Decision) -> tuple[Field, ...]:
    """The fields of a decision, those of what it requires too; columns that are calculated ask for what they read."""
    found: dict[str, Field] = {}
    asked = list(_with_required(decision))
    for each in asked:
        for field in _of_columns(each) if each.table is not None else ():
            found.setdefault(field.key, field)
    roots = {key.partition(".")[0] for key in found}
    for name in sorted(decision.names - roots):
        bound = next((each.bindings[name] for each in asked if name in each.bindings), None)
        found[name] = Field(key=name, label=name, type=_type_of(bound.type if bound is not None else None))
    return tuple(found.values())


def column_keys(decision: Decision) -> tuple[str | None, ...]:
    """By input column of a decision's table the key of the field that it reads; None where it is calculated."""
    table = decision.table
    return () if table is None else tuple(_key_of(decision, clause.expression) for clause in table.inputs)


def output_fields(decision: Decision) -> tuple[Field, ...]:
    """What a decision gives: a field for each column, or one for the whole where that is a list or made otherwise."""
    table = decision.table
    if table is None or table.hit_policy in _MULTIPLE or decision.type is not None:
        return (Field(key="", label=""),)
    return tuple(
        Field(
            key=clause.name, label=clause.label, type=_basic(decision, clause.type),
            choices=_listed(clause.values or _allowed(decision, clause.type)),
        )
        for clause in table.outputs
    )  # fmt: skip


def reads_clock(decision: Decision) -> bool:
    """Whether the answer may hang on the time."""
    return any(word in text.source.replace(" ", "") for each in _with_required(decision) for text in each.texts
               for word in _CLOCKS)  # fmt: skip


def variables_of(inputs: Mapping[str, str], now: datetime | None) -> dict[str, Any]:
    """The variables that inputs (FEEL by key) stand for; an empty one is null.

    Raises:
        BadInput: one of them is no FEEL, or takes too long.
    """
    variables: dict[str, Any] = {}
    problems: dict[str, tuple[str, str]] = {}
    for key, text in inputs.items():
        try:
            value = value_of(text, now)
        except FeelSyntaxError as error:
            zh, en = error.problem_zh, error.problem
            at = error.position + 1
            problems[key] = f"「{key}」第 {at} 个字符处{zh}。", f"{key}: {en} at character {at}."
        except FeelError as error:
            problems[key] = f"「{key}」{error.message_zh}", f"{key}: {error}."
        else:
            _put(variables, key.split("."), value)
    if problems:
        raise BadInput(problems)
    return variables


def value_of(text: str, now: datetime | None) -> Any:
    """The value of a text of FEEL that reads nothing.

    Raises:
        FeelSyntaxError: it does not parse.
        FeelLimitExceeded: it takes too long, or is too large.
    """
    return compile_expression(text)(lambda name: None, now) if text.strip() else None


def written(value: Any) -> str:
    """A value as FEEL that gives it back; functions, which have no such text, as FEEL tells them."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key_text(key)}: {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, Range) and not isinstance(value.low, Range):
        low, high = ("" if end is None else written(end) for end in (value.low, value.high))
        if low and high:
            return f"{'[' if value.low_closed else ']'}{low}..{high}{']' if value.high_closed else '['}"
    if isinstance(value, Range | FeelFunction):
        return text_of(Run(lambda name: None, None), value)
    moment = temporal.text_of(value)
    return f'@"{moment}"' if moment is not None else text_of(Run(lambda name: None, None), value)


def _key_text(key: str) -> str:
    return key if key.isidentifier() else written(key)


def _put(variables: dict[str, Any], path: list[str], value: Any) -> None:
    for step in path[:-1]:
        inner = variables.get(step)
        if not isinstance(inner, dict):
            inner = variables[step] = {}
        variables = inner
    variables[path[-1]] = value


def _with_required(decision: Decision) -> Iterable[Decision]:
    seen = {decision}
    waiting = [decision]
    while waiting:
        each = waiting.pop(0)
        yield each
        required = [bound for bound in each.bindings.values() if isinstance(bound, Decision) and bound not in seen]
        seen.update(required)
        waiting += required


def _of_columns(decision: Decision) -> Iterator[Field]:
    table = decision.table
    assert table is not None  # noqa: S101 (only tables have columns)
    for index, clause in enumerate(table.inputs):
        key = _key_of(decision, clause.expression)
        if key is not None:
            yield Field(
                key=key,
                label=clause.label,
                type=_basic(decision, clause.type),
                choices=_choices(decision, table, index),
            )


def _key_of(decision: Decision, expression: str) -> str | None:
    """The path that an input expression is, unless it reads what another decision says."""
    try:
        path = _path(parse_expression(expression, frozenset(decision.bindings), decision.types.properties))
    except FeelSyntaxError:
        return None
    if not path or not isinstance(decision.bindings.get(path[0]), InputData | None):
        return None
    return ".".join(path)


def _path(node: tree.Node) -> tuple[str, ...]:
    if isinstance(node, tree.Name):
        return (node.name,)
    if isinstance(node, tree.Path):
        source = _path(node.source)
        return (*source, node.name) if source else ()
    return ()


def _type_of(name: str | None) -> str | None:
    return None if name is None else canonical(name)


def _basic(decision: Decision, name: str | None) -> str | None:
    """A type of FEEL; of a type that the model defines, what it rests on."""
    return None if name is None else _type_of(decision.types.structure(name).name)


def _choices(decision: Decision, table: TableSource, index: int) -> tuple[str, ...]:
    """The allowed values of a column where they are listed one by one."""
    return _listed(table.input_values[index] or _allowed(decision, table.inputs[index].type))


def _allowed(decision: Decision, kind: str | None) -> str:
    return decision.types.allowed.get(kind, "") if kind else ""


def _listed(text: str) -> tuple[str, ...]:
    try:
        node = parse_expression(f"[{text}]") if text else None
    except FeelSyntaxError:
        return ()
    if not isinstance(node, tree.ListLiteral) or not all(isinstance(each, tree.Constant) for each in node.items):
        return ()
    return tuple(written(each.value) for each in node.items if isinstance(each, tree.Constant))[:_MOST_CHOICES]
