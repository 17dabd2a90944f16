"""Which answers of a form a customer will read: free texts that a message to customers is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from engine import formcheck, outbox

_FREE: Final = frozenset({"textfield", "textarea"})
#: Replies and plans that people type to customers themselves (004, dmn_banned_phrases).
_REPLIES: Final = frozenset({"reply_text", "recommend_text", "plan_text", "message_text"})
#: Texts to couriers.
_NOT_TO_CUSTOMERS: Final = "C"


def spoken_names(templates: Mapping[str, tuple[str, str]]) -> frozenset[str]:
    """Variables that messages to customers read.

    Args:
        templates: code → hash and text of every message text in force.
    """
    names: set[str] = set(_REPLIES)
    for code, (_, text) in templates.items():
        if not code.startswith(_NOT_TO_CUSTOMERS):
            names |= {name.split(".")[0] for name in outbox.placeholders(text)}
    return frozenset(names)


def spoken_fields(schema: Mapping[str, Any], names: Iterable[str]) -> tuple[tuple[str, str | None, str], ...]:
    """(key, column of a list or None, label) of a form's free texts that customers will read."""
    wanted = frozenset(names)
    found: list[tuple[str, str | None, str]] = []
    for field in formcheck.fields(schema):
        if field.key not in wanted:
            continue
        if field.columns:
            found += [(field.key, column.key, column.label) for column in field.columns if column.type in _FREE]
        elif field.type in _FREE:
            found.append((field.key, None, field.label))
    return tuple(found)
