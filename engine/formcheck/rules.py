"""The constraints of a single field: bounds, lengths, patterns, decimals, and the rules written in FEEL."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any, Final

import re2

from engine.errors import FeelError
from engine.formcheck import messages
from engine.formcheck.files import check_files
from engine.formcheck.messages import Problem
from engine.formcheck.reading import SHANGHAI
from engine.formcheck.schema import TEXT_TYPES, Field, to_decimal
from engine.formcheck.scope import Scope, is_truth
from engine.model import Value

_MOBILE_OR_LANDLINE: Final = re.compile(r"1[0-9]{10}|0[0-9]{2,3}-?[0-9]{7,8}")
_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
#: Wide enough for the remainder of a 34-digit number by any increment.
_EXACT: Final = Context(prec=120)


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> Any:
    """A compiled pattern in RE2's language, which matches in linear time.

    Raises:
        re2.error: the pattern does not parse, or uses what RE2 leaves out (look-around, back references).
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    return re2.compile(pattern, options)


def check_value(field: Field, value: Value, scope: Scope, now: datetime) -> Problem | None:
    """What is wrong with a value that is there and of the right type, or None.

    Bounds are inclusive; lengths count characters; a pattern has to match the whole text.
    """
    if field.is_files:
        return check_files(field, value)
    try:
        if field.type in TEXT_TYPES:
            return _check_text(field, value, scope)
        if field.type == "number":
            return _check_number(field, value, scope)
    except FeelError:
        return messages.not_computable(field.label)
    if field.no_past_dates and isinstance(value, date) and _day(value) < _day(now):
        return messages.in_the_past(field.label)
    return None


def check_rule(field: Field, scope: Scope) -> Problem | None:
    """What the field's own ``check`` says: anything but true refuses the entry."""
    rule = field.properties.get("check")
    if not rule:
        return None
    try:
        if scope.evaluate(rule) is True:
            return None
        zh = _message(field, "check_message", scope)
        en = _message(field, "check_message_en", scope) or zh
    except FeelError:
        return messages.not_computable(field.label)
    return Problem(zh, en or zh) if zh else messages.check_failed(field.label)


def is_required(field: Field, scope: Scope) -> bool:
    """Whether the field has to be filled in now.

    Raises:
        FeelError: ``required_when`` cannot be evaluated, or gives neither true, false nor null.
    """
    text = field.properties.get("required_when")
    if field.required or not text:
        return field.required
    needed = scope.evaluate(text)
    if not is_truth(needed):
        raise FeelError(f"required_when of {field.key} does not give true or false")
    return needed is True


def _message(field: Field, name: str, scope: Scope) -> str:
    text = field.properties.get(name, "")
    value = scope.evaluate(text) if text else ""
    return value if isinstance(value, str) else ""


def _check_text(field: Field, text: str, scope: Scope) -> Problem | None:
    low, high = _bound(field, "minLength", scope), _bound(field, "maxLength", scope)
    if (low is not None and len(text) < low) or (high is not None and len(text) > high):
        return messages.wrong_length(
            field.label, len(text), int(low) if low is not None else None, int(high) if high is not None else None
        )
    kind = field.validate.get("validationType")
    if kind == "email" and not _EMAIL.fullmatch(text):
        return messages.not_an_email(field.label)
    if kind == "phone" and not _MOBILE_OR_LANDLINE.fullmatch(text):
        return messages.not_a_phone(field.label)
    pattern = field.validate.get("pattern")
    if isinstance(pattern, str) and pattern and not _matches(pattern, text):
        own = field.validate.get("patternErrorMessage")
        return Problem(own, own) if isinstance(own, str) and own else messages.wrong_format(field.label)
    return None


def _matches(pattern: str, text: str) -> bool:
    try:
        return compile_pattern(pattern).fullmatch(text) is not None
    except re2.error:
        return False


def _check_number(field: Field, number: Decimal, scope: Scope) -> Problem | None:
    low, high = _bound(field, "min", scope), _bound(field, "max", scope)
    if (low is not None and number < low) or (high is not None and number > high):
        return messages.out_of_bounds(field.label, low, high)
    if field.decimal_digits is not None and _decimals(number) > field.decimal_digits:
        return messages.too_many_decimals(field.label, field.decimal_digits)
    if field.increment and _EXACT.remainder(number, field.increment) != 0:
        return messages.not_a_multiple(field.label, field.increment)
    return None


def _decimals(number: Decimal) -> int:
    return max(0, -int(number.normalize(_EXACT).as_tuple().exponent))


def _bound(field: Field, name: str, scope: Scope) -> Decimal | None:
    bound = field.validate.get(name)
    if isinstance(bound, str) and bound.startswith("="):
        bound = scope.evaluate(bound)
    return to_decimal(bound)


def _day(value: date) -> date:
    if not isinstance(value, datetime):
        return value
    return value.astimezone(SHANGHAI).date()
