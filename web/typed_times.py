"""Instants that people type into ``datetime-local`` fields, on the clock of the shop."""

from __future__ import annotations

from datetime import datetime

from engine.clock import SHANGHAI
from engine.errors import InvalidValue
from web import format as words
from web import posted
from web.i18n import gettext

_LENGTH = 30


def typed(instant: datetime | None) -> str:
    """2026-01-05T15:40, as such a field takes it."""
    return "" if instant is None else f"{words.local(instant):%Y-%m-%dT%H:%M}"


def read(name: str, label: str) -> datetime | None:
    """The instant in a field of the posted form; None where it was left empty.

    Raises:
        InvalidValue: it cannot be read; the sentence names the field.
    """
    text = posted.text(name, _LENGTH)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=SHANGHAI)).astimezone(SHANGHAI)
    except (ValueError, OverflowError) as problem:
        raise InvalidValue(
            f"Write “{label}” like 2026-01-05 15:40.",
            message_zh=gettext("%(label)s写成 2026-01-05 15:40 的样子。", label=label),
        ) from problem


def same_minute(one: datetime | None, other: datetime | None) -> bool:
    """Whether a field that was shown for the one still says the same as the other."""
    return typed(one) == typed(other)
