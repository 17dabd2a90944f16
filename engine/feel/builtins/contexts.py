"""Built-in functions on contexts (DMN 1.5 §10.3.4.10), and what to do about null."""

from __future__ import annotations

from typing import Any

from engine.errors import FeelAssertionFailed
from engine.feel.builtins.registry import builtin
from engine.feel.limits import Run
from engine.feel.values.operations import equal
from engine.feel.values.temporal import SORTS, zone_mark


@builtin("get value", "m: context, key: string", "context: context, keys: list")
def _get(run: Run, context: dict[str, Any], key: Any) -> Any:
    if isinstance(key, str):
        return context.get(key)
    value: Any = context
    for step in key:
        run.charge(1)
        if not isinstance(value, dict) or not isinstance(step, str):
            return None
        value = value.get(step)
    return value


@builtin("get entries", "m: context")
def _entries(run: Run, context: dict[str, Any]) -> list[dict[str, Any]]:
    run.charge(len(context))
    return [{"key": key, "value": value} for key, value in context.items()]


@builtin("context", "entries: list")
def _context(run: Run, entries: list[Any]) -> dict[str, Any] | None:
    run.charge(len(entries))
    made: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, dict) or "value" not in entry or not isinstance(entry.get("key"), str):
            return None
        if entry["key"] in made:
            return None
        made[entry["key"]] = entry["value"]
    return made


@builtin("context put", "context: context, key: string, value: Any", "context: context, keys: list, value: Any")
def _put(run: Run, context: dict[str, Any], key: Any, value: Any) -> dict[str, Any] | None:
    run.charge(len(context) + 1)
    if isinstance(key, str):
        return {**context, key: value}
    if not key or not isinstance(key[0], str):
        return None
    if len(key) == 1:
        return {**context, key[0]: value}
    if len(key) > 32:
        return None
    inner = context.get(key[0])
    return {**context, key[0]: _put(run, inner, key[1:], value) if isinstance(inner, dict) else None}


@builtin("context merge", "contexts: list...")
def _merge(run: Run, contexts: list[Any]) -> dict[str, Any] | None:
    merged: dict[str, Any] = {}
    for context in contexts:
        if not isinstance(context, dict):
            return None
        run.charge(len(context) + 1)
        merged.update(context)
    return merged


@builtin("get or else", "value: Any, default: Any")
def _get_or_else(run: Run, value: Any, default: Any) -> Any:
    return default if value is None else value


@builtin("is defined", "value: Any")
def _is_defined(run: Run, value: Any) -> bool:
    return value is not None


@builtin("assert", "value: Any, condition: Any, cause?: string!")
def _assert(run: Run, value: Any, condition: Any, cause: str | None = None) -> Any:
    """The value, where the condition holds; otherwise nothing goes on (Camunda's extra).

    Raises:
        FeelAssertionFailed: the condition is not true.
    """
    if condition is True:
        return value
    raise FeelAssertionFailed(cause)


@builtin("not", "negand: boolean")
def _not(run: Run, negand: bool) -> bool:
    return not negand


@builtin("is", "value1: Any, value2?: Any")
def _is(run: Run, left: Any, right: Any = None) -> bool | None:
    """Same value and same kind, in the same zone."""
    if left is None or right is None:
        return left is right
    if type(left) is not type(right):
        return False
    if SORTS.get(type(left)) in ("time", "date and time") and zone_mark(left) != zone_mark(right):
        return False
    return equal(left, right, run)
