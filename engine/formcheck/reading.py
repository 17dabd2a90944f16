"""Turns what a browser posts, or what a program hands over, into FEEL values; decides what counts as a number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from engine.feel.values import narrow
from engine.formcheck import messages
from engine.formcheck.messages import Problem
from engine.formcheck.schema import TEXT_TYPES, Field, Option
from engine.model import Value, is_file

#: Gives the context of a file by its id, or by a context that names it, as it is kept; None: it cannot be used here.
Files: TypeAlias = Callable[[Value], Value]

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
MAX_FIELD_BYTES: Final = 64 * 1024
#: FEEL's decimals keep 34 digits (DMN 1.5 §10.3.2.3.1, decimal128).
MAX_DIGITS: Final = 34
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199

#: Control characters but tab and line feed, bidirectional controls, lone surrogates, non-characters.
_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_LINE_BREAKS: Final = re.compile("\r\n?|\u2028|\u2029")
#: Zero-width characters that come along when a number is copied from a chat window.
_EDGES: Final = " \t\n\r\v\f\u00a0\u200b\u2007\u202f\u3000\ufeff"
_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2212: 0x2D}
#: Thousands are grouped by commas in threes or not at all; no exponent: "1e5" is a slip, not an amount.
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)?(?:\.[0-9]+)?")
_DATE: Final = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})")
_TIME: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,6})?)?")
_OFFSET: Final = re.compile(r"(?:Z|[+-][0-9]{2}:[0-9]{2})$")
_TICKED: Final = {"on": True, "true": True, "1": True, "false": False, "off": False, "0": False}


@dataclass(frozen=True, slots=True)
class Entry:
    """A field's value (None when empty), or why there is none."""

    value: Value = None
    problem: Problem | None = None


_EMPTY: Final = Entry()


def no_files(_: Value) -> Value:
    """No file can be used."""
    return None


def known_files(value: Value) -> Value:
    """Files of a case's own variables: they were judged when they came."""
    return value if is_file(value) else None


def from_post(
    field: Field, raw: str | Sequence[str] | None, options: Sequence[Option], files: Files = no_files
) -> Entry:
    """The value of what an HTML form posted for a field; None when it posted nothing. A file is posted by its id."""
    texts = [raw] if isinstance(raw, str) else list(raw or ())
    if field.is_files:
        return _files(field, [text for text in texts if text != ""], files)
    if field.is_list:
        return _choices(field, texts, options)
    if len(texts) > 1:
        return Entry(problem=messages.only_one(field.label))
    text, problem = _clean(field, texts[0] if texts else "")
    if problem:
        return Entry(problem=problem)
    if field.type == "checkbox":
        ticked = _TICKED.get(text.lower(), None) if text else False
        return Entry(problem=messages.not_yes_or_no(field.label)) if ticked is None else Entry(ticked)
    return _from_text(field, text, options) if text else _EMPTY


def from_value(field: Field, value: Value, options: Sequence[Option], files: Files = no_files) -> Entry:
    """The value of what a program handed over: a FEEL value of the field's type; moments may be ISO 8601 texts."""
    if value is None:
        return _EMPTY
    if field.is_files:
        return _files(field, list(value) if isinstance(value, list | tuple) else [value], files)
    if field.is_list:
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            return Entry(problem=messages.not_an_option(field.label))
        return _choices(field, list(value), options)
    if field.is_boolean:
        return Entry(value) if isinstance(value, bool) else Entry(problem=messages.not_yes_or_no(field.label))
    if field.type == "number":
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return _number(field, Decimal(value))
        return Entry(problem=messages.not_a_number(field.label))
    if field.type == "datetime" and not isinstance(value, str):
        return _moment(field, value)
    if not isinstance(value, str):
        return Entry(problem=messages.not_a_text(field.label))
    text, problem = _clean(field, value)
    if problem:
        return Entry(problem=problem)
    return _from_text(field, text, options) if text else _EMPTY


def to_entry(field: Field, value: Value) -> str | list[str]:
    """What a person would have typed or chosen for a value: the contents of an input."""
    if value is None:
        return [] if field.is_list else ""
    if field.is_files:
        return [str(item["id"]) for item in (value if isinstance(value, list | tuple) else [value]) if is_file(item)]
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return messages.plain(value)
    value = narrow(value)
    if isinstance(value, datetime):
        local = value.astimezone(SHANGHAI) if value.tzinfo else value
        return local.strftime("%Y-%m-%dT%H:%M:%S") if local.second else local.strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, time):
        return value.strftime("%H:%M:%S") if value.second else value.strftime("%H:%M")
    return value.isoformat() if isinstance(value, date) else str(value)


def _clean(field: Field, raw: str) -> tuple[str, Problem | None]:
    if not isinstance(raw, str):
        return "", messages.not_a_text(field.label)
    if len(raw) > MAX_FIELD_BYTES:
        return "", messages.too_large(field.label, MAX_FIELD_BYTES)
    text = _LINE_BREAKS.sub("\n", raw).strip(_EDGES)
    if _FORBIDDEN.search(text):
        return "", messages.forbidden_character(field.label)
    text = unicodedata.normalize("NFC", text)
    if len(text.encode()) > MAX_FIELD_BYTES:
        return "", messages.too_large(field.label, MAX_FIELD_BYTES)
    if "\n" in text and field.type != "textarea":
        return "", messages.no_line_break(field.label)
    return text, None


def _from_text(field: Field, text: str, options: Sequence[Option]) -> Entry:
    if field.type in TEXT_TYPES:
        return Entry(text.translate(_FULL_WIDTH) if field.validate.get("validationType") else text)
    if field.type == "number":
        return _number_text(field, text)
    if field.type == "datetime":
        return _moment_text(field, text.translate(_FULL_WIDTH))
    if all(text != option.value for option in options):
        return Entry(problem=messages.not_an_option(field.label))
    return Entry(text == "true" if field.is_boolean else text)


def _choices(field: Field, texts: Sequence[str], options: Sequence[Option]) -> Entry:
    known = {option.value for option in options}
    chosen = list(dict.fromkeys(text for text in texts if text != ""))
    if any(text not in known for text in chosen):
        return Entry(problem=messages.not_an_option(field.label))
    return Entry(chosen)


def _files(field: Field, given: Sequence[Value], files: Files) -> Entry:
    """Each file once, in the order in which they were given; a repeated one is a double click, not a mistake."""
    found: dict[str, Value] = {}
    for item in given:
        file = files(item)
        if file is None:
            return Entry(problem=messages.lost_file(field.label))
        found[file["id"]] = file
    return Entry(list(found.values()))


def _number_text(field: Field, text: str) -> Entry:
    folded = text.translate(_FULL_WIDTH).strip()
    if not any("0" <= character <= "9" for character in folded) or not _NUMBER.fullmatch(folded):
        return Entry(problem=messages.not_a_number(field.label))
    return _number(field, Decimal(folded.replace(",", "")))


def _number(field: Field, number: Decimal) -> Entry:
    if not number.is_finite():
        return Entry(problem=messages.not_a_number(field.label))
    digits, exponent = number.as_tuple().digits, int(number.as_tuple().exponent)
    if max(len(digits) + max(exponent, 0), -exponent) > MAX_DIGITS:
        return Entry(problem=messages.too_many_digits(field.label, MAX_DIGITS))
    return Entry(abs(number) if number.is_zero() else number)


def _moment_text(field: Field, text: str) -> Entry:
    wrong = Entry(problem=messages.not_a_moment(field.label, field.subtype))
    try:
        if field.subtype == "date":
            return _in_range(field, _parse_date(text))
        if field.subtype == "time":
            return Entry(_parse_time(text))
        offset = _OFFSET.search(text)
        day, _, clock = (text[: offset.start()] if offset else text).replace("T", " ", 1).partition(" ")
        local = datetime.combine(_parse_date(day), _parse_time(clock.strip()))
        if offset:
            local = local.replace(tzinfo=datetime.fromisoformat(f"2000-01-01T00:00:00{offset[0]}").tzinfo)
    except ValueError:
        return wrong
    return _moment(field, local)


def _parse_date(text: str) -> date:
    found = _DATE.fullmatch(text)
    if not found:
        raise ValueError(text)
    return date(*(int(part) for part in found.groups()))


def _parse_time(text: str) -> time:
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError(text)
    hour, minute, second = (int(part or 0) for part in found.groups())
    return time(hour, minute, second)


def _moment(field: Field, value: Value) -> Entry:
    """A date, time or datetime from a program, its nanoseconds cut off; a naive datetime is Shanghai time."""
    value = narrow(value)
    if field.subtype == "datetime" and isinstance(value, datetime):
        ranged = _in_range(field, value)
        if ranged.problem:
            return ranged
        return Entry(value.astimezone(SHANGHAI) if value.tzinfo else value.replace(tzinfo=SHANGHAI))
    if field.subtype == "date" and isinstance(value, date) and not isinstance(value, datetime):
        return _in_range(field, value)
    if field.subtype == "time" and isinstance(value, time):
        return Entry(value)
    return Entry(problem=messages.not_a_moment(field.label, field.subtype))


def _in_range(field: Field, value: date) -> Entry:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        return Entry(problem=messages.year_out_of_range(field.label, FIRST_YEAR, LAST_YEAR))
    return Entry(value)
