"""Variables as an operator types them: a name, a type and a text; no expression is evaluated."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from engine import canonical
from engine.clock import SHANGHAI
from engine.errors import InvalidValue
from engine.model import Value

MAX_TYPED: Final = 20_000
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_YES: Final = frozenset({"true", "yes", "是"})
_NO: Final = frozenset({"false", "no", "否"})
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")


class TypedAs(StrEnum):
    """What a typed text becomes."""

    TEXT = "text"
    NUMBER = "number"
    #: true or false; yes, no, 是 and 否 too.
    BOOLEAN = "boolean"
    #: 2026-01-31.
    DATE = "date"
    #: 2026-01-31T15:40, on the shop's clock where it names no zone.
    DATETIME = "datetime"
    JSON = "json"
    #: Nothing; the text does not count.
    NULL = "null"


def typed_value(name: str, kind: str, text: str) -> Value:
    """The value of a typed text.

    Raises:
        InvalidValue: the name is no variable's, the type is unknown, or the text does not fit it.
    """
    if not _NAME.fullmatch(name):
        raise InvalidValue(
            f"{name[:80]!r} is no name of a variable: begin with a letter and use only "
            "letters, digits and underscores.",
            message_zh=f"「{name[:80]}」不能作数据名:以字母开头,只含字母、数字和下划线。",
        )
    if len(text) > MAX_TYPED:
        raise _unfit(name, f"longer than {MAX_TYPED} characters", f"超过 {MAX_TYPED} 个字")
    try:
        value = _READ[TypedAs(kind)](text)
        canonical.encode(value)
    except (ValueError, ArithmeticError, RecursionError, InvalidValue) as problem:
        raise _unfit(
            name, f"{text[:80]!r} is no {kind[:20]}", f"「{text[:80]}」不是{_ZH.get(kind, kind[:20])}"
        ) from problem
    return value


def _unfit(name: str, problem: str, problem_zh: str) -> InvalidValue:
    return InvalidValue(f"{name}: {problem}", message_zh=f"{name}:{problem_zh}。")


def _text(text: str) -> Value:
    return text


def _number(text: str) -> Value:
    if not _NUMBER.fullmatch(text.strip()):
        raise ValueError(text)
    return Decimal(text.strip())


def _boolean(text: str) -> Value:
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise ValueError(text)
    return word in _YES


def _date(text: str) -> Value:
    return date.fromisoformat(text.strip())


def _datetime(text: str) -> Value:
    found = datetime.fromisoformat(text.strip())
    return (found if found.tzinfo else found.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def _json(text: str) -> Value:
    return json.loads(text, parse_float=_exact, parse_int=_exact, parse_constant=_refused)


def _exact(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as problem:
        raise ValueError(text) from problem


def _refused(text: str) -> Value:
    raise ValueError(text)


def _null(_: str) -> Value:
    return None


_READ: Final = {
    TypedAs.TEXT: _text,
    TypedAs.NUMBER: _number,
    TypedAs.BOOLEAN: _boolean,
    TypedAs.DATE: _date,
    TypedAs.DATETIME: _datetime,
    TypedAs.JSON: _json,
    TypedAs.NULL: _null,
}
_ZH: Final = {
    "text": "文本",
    "number": "数字",
    "boolean": "是/否",
    "date": "日期(如 2026-01-31)",
    "datetime": "日期时间(如 2026-01-31T15:40)",
    "json": "JSON",
}
