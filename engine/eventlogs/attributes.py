"""Values as typed attributes of a log: the five types that XES and OCEL share, and texts that XML can hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from engine import canonical
from engine.eventlogs.marks import stamp
from engine.model import Value

#: Characters that XML 1.0 forbids (§2.2, production Char), lone surrogates among them.
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: What a name of an attribute may hold in XES (xs:Name), the colon left out: it would say an extension.
_NOT_IN_NAMES: Final = re.compile(r"[^\w.\-]")
#: What a binary float holds exactly enough to be shown as it was.
_DIGITS: Final = 15


class Type(StrEnum):
    """Types of values."""

    TEXT = "text"
    TIME = "time"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A value and its type; ``text`` is how it is written, a time with its offset."""

    type: Type
    text: str

    @property
    def json(self) -> str | int | float | bool:
        """The same as JSON has it."""
        if self.type is Type.BOOLEAN:
            return self.text == "true"
        if self.type is Type.INTEGER:
            return int(self.text)
        return float(self.text) if self.type is Type.FLOAT else self.text


def typed(value: Value) -> Typed | None:
    """A value as an attribute; None for null.

    FEEL has one kind of number, so a variable's is always a float, be it whole or not: one name keeps one type. Numbers
    that a float would change are texts. Dates, durations, lists and contexts are texts: their canonical form, without
    the tag of a date or duration.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return Typed(type=Type.BOOLEAN, text="true" if value else "false")
    if isinstance(value, int):
        return Typed(type=Type.INTEGER, text=str(value))
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return Typed(type=Type.TIME, text=stamp(value))
    if isinstance(value, str):
        return Typed(type=Type.TEXT, text=value)
    return Typed(type=Type.TEXT, text=text_of(value))


def text_of(value: Value) -> str:
    """A value in one text: canonical JSON; a text, a date or a duration as it is."""
    if isinstance(value, str):
        return value
    data = canonical.encode(value).decode()
    if data.startswith('{"@') and not isinstance(value, dict):
        return data.split(":", 1)[1].rstrip("}").strip('"')
    return data


def _number(value: Decimal) -> Typed:
    exact = len(value.normalize().as_tuple().digits) <= _DIGITS and -_DIGITS <= value.adjusted() <= _DIGITS
    return Typed(type=Type.FLOAT if exact else Type.TEXT, text=f"{value:f}")


def xml_text(text: str) -> str:
    """The text with what XML 1.0 forbids replaced by U+FFFD."""
    return _FORBIDDEN.sub("\ufffd", text)


def name_of(variable: str) -> str:
    """The attribute in which a variable stands: ``data.`` and its name, without what no name may hold."""
    return f"data.{_NOT_IN_NAMES.sub('_', variable)}"
