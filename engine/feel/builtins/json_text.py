"""Built-in functions that read and write JSON, which Camunda's editor offers beside the standard's."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Final

from engine.errors import FeelLimitExceeded
from engine.feel.builtins.registry import builtin
from engine.feel.limits import MAX_DEPTH, Run, check_text
from engine.feel.values import numbers, temporal

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class _NoJson(ValueError):
    """The text is no JSON that FEEL has values for."""


def _number(text: str) -> Decimal:
    value = numbers.literal(text)
    if value is None:
        raise _NoJson
    return value


def _refuse(constant: str) -> Any:
    raise _NoJson(constant)


_DECODER: Final = json.JSONDecoder(parse_int=_number, parse_float=_number, parse_constant=_refuse)


@builtin("from json", "value: string")
def _from_json(run: Run, text: str) -> Any:
    """The value of a JSON text; null when it is none. Dates stay texts: JSON has no other."""
    run.charge(len(text) // 4)
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None
    return value if _is_sound(value, 0) else None


def _is_sound(value: Any, depth: int) -> bool:
    """Whether a value is not too deep and holds no half of a character."""
    if isinstance(value, str):
        return _SURROGATE.search(value) is None
    if depth >= MAX_DEPTH:
        return not isinstance(value, list | dict)
    if isinstance(value, list):
        return all(_is_sound(item, depth + 1) for item in value)
    if isinstance(value, dict):
        return all(_is_sound(key, depth) and _is_sound(item, depth + 1) for key, item in value.items())
    return True


@builtin("to json", "value: Any")
def _to_json(run: Run, value: Any) -> str | None:
    """The JSON text of a value: dates, times and durations as texts, functions and ranges as null."""
    return check_text(_written(run, value, 0))


def _written(run: Run, value: Any, depth: int) -> str:
    run.charge(1)
    if depth > MAX_DEPTH:
        raise FeelLimitExceeded(f"a value is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | int):
        return numbers.text(Decimal(value))
    if isinstance(value, str):
        return _quoted(run, value)
    if isinstance(value, list):
        return _joined(run, [_written(run, item, depth + 1) for item in value], "[]")
    if isinstance(value, dict):
        pairs = [f"{_quoted(run, key)}:{_written(run, item, depth + 1)}" for key, item in value.items()]
        return _joined(run, pairs, "{}")
    text = temporal.text_of(value)
    return "null" if text is None else _quoted(run, text)


def _quoted(run: Run, text: str) -> str:
    run.charge(len(text) // 64)
    return json.dumps(text, ensure_ascii=False)


def _joined(run: Run, parts: list[str], brackets: str) -> str:
    run.charge(sum(map(len, parts)) // 64)
    return check_text(f"{brackets[0]}{','.join(parts)}{brackets[1]}")
