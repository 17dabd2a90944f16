"""Loads all built-in functions into the registry."""

from engine.feel.builtins import (
    calendar_functions,
    contexts,
    conversion,
    json_text,
    lists,
    numeric,
    range_of,
    ranges,
    strings,
)

__all__ = [
    "calendar_functions",
    "contexts",
    "conversion",
    "json_text",
    "lists",
    "numeric",
    "range_of",
    "ranges",
    "strings",
]
