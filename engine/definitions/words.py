"""The names that stand in diagrams and forms: what a placeholder of a message text can mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from engine import formcheck

#: What the platform adds to every process's variables.
PLATFORM: Final = frozenset({
    "case", "case_id", "opened_at", "opened_by", "first_owner", "promised_at", "priority", "parent_case_id", "order",
    "parcel", "people", "actor", "warehouse_address", "warehouse_contact",
})  # fmt: skip
_VALUE: Final = re.compile(rb"=\"([^\"]*)\"|='([^']*)'")
_NAME: Final = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")


@lru_cache(maxsize=1024)
def names_in_diagram(xml: bytes) -> frozenset[str]:
    """Every name in an attribute of a BPMN file: formulas, targets, results, payloads."""
    values = (match.group(1) or match.group(2) or b"" for match in _VALUE.finditer(xml))
    return frozenset(name.decode() for value in values for name in _NAME.findall(value))


def names_in_forms(schemas: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The keys of all fields."""
    return frozenset(field.key for schema in schemas for field in formcheck.fields(schema))


@lru_cache(maxsize=8192)
def names_in_form_file(content: bytes) -> frozenset[str]:
    """Every name in the texts of a form's file: its keys and the names in its formulas, whatever its shape."""
    return frozenset(name.decode() for name in _NAME.findall(content))
