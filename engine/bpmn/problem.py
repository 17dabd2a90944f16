"""What makes a token stop as an incident instead of rolling the step back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from engine import canonical
from engine.errors import DecisionError, EngineError, FeelError, InvalidValue, StepError
from engine.model import CASE_FACTS, Value, Variables

if TYPE_CHECKING:
    from datetime import datetime

    from engine.feel import Expression

#: Names that no variable may have, since FEEL reads the platform's facts by them.
RESERVED: Final = frozenset((*CASE_FACTS, "case"))
_SMALL: Final = (type(None), bool, int)
_ATOMS: Final = (str, Decimal, *_SMALL)


class Problem(EngineError):
    """An element cannot go on with the values it has; its token stops until somebody mends the cause."""

    code = "incident"

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


#: What an element may raise without breaking the step.
PROBLEMS: Final = (Problem, FeelError, DecisionError)


def kind_of(problem: EngineError, *, leaving: bool) -> str:
    """The incident's kind: a problem while leaving an element comes from its output mappings."""
    if isinstance(problem, Problem):
        return problem.kind
    if leaving:
        return "output"
    return "decision" if isinstance(problem, DecisionError) else "expression"


def checked(value: Value, kind: str, what: str) -> Value:
    """The value, if it can be kept.

    Raises:
        Problem: it cannot; ``what`` says which value it is.
    """
    if type(value) is str and value.isascii():
        return value
    if type(value) in _SMALL:
        return value
    try:
        if type(value) is Decimal:
            canonical.number(value)
        else:
            canonical.encode([[value]])  # where it is kept, values are two levels deeper
    except InvalidValue as problem:
        raise Problem(kind, f"{what}: {problem}") from problem
    return value


def same(one: Value, other: Value) -> bool:
    """Whether two values are stored alike: Python also calls 1 and true equal, and one instant in two zones."""
    if type(one) is not type(other) or one != other:
        return False
    return type(one) in _ATOMS or canonical.encode(one) == canonical.encode(other)


def check_name(name: str, kind: str) -> None:
    """Refuse to assign a fact of the platform.

    Raises:
        Problem: the name is one of them.
    """
    if name in RESERVED:
        raise Problem(kind, f"{name} is a fact of the platform and cannot be assigned")


def allowed(variables: Variables) -> Variables:
    """Variables that came with a command.

    Raises:
        StepError: one is a fact of the platform.
    """
    for name in variables:
        if name in RESERVED:
            raise StepError(f"{name} is a fact of the platform and cannot be assigned")
    return variables


def holds(condition: Expression, look: Callable[[str], Value], now: datetime) -> bool:
    """Whether a condition is true.

    Raises:
        Problem: it is neither true nor false.
    """
    value = condition(look, now)
    if value is not True and value is not False:
        shown = "null" if value is None else f"a {type(value).__name__}"
        raise Problem("condition_not_boolean", f"the condition {condition.source} is {shown}, not true or false")
    return value
