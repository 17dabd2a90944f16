"""Triggers that keep the history append-only: no row of it is ever changed, and values go by retention alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import DDL, Table, event

#: What the database says to who tries.
REFUSAL: Final = "the history is append-only"


def _refuse(table: str, what: str, when: str = "") -> str:
    return (
        f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} {when}"
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    )


#: Tables of which no row is ever changed or deleted.
_FOR_EVER: Final = (
    "history_event", "history_redaction", "history_kept", "log_leaf", "log_node", "tree_head", "signing_key",
)  # fmt: skip
#: Table → its triggers.
GUARDS: Final[Mapping[str, tuple[str, ...]]] = {
    **{table: (_refuse(table, "UPDATE"), _refuse(table, "DELETE")) for table in _FOR_EVER},
    "history_value": (
        _refuse("history_value", "UPDATE"),
        _refuse(
            "history_value",
            "DELETE",
            "WHEN NOT EXISTS (SELECT 1 FROM history_redaction WHERE history_redaction.stream = OLD.stream) ",
        ),
    ),
    "stream_head": (
        _refuse("stream_head", "UPDATE", "WHEN NEW.seq < OLD.seq OR NEW.stream <> OLD.stream "),
        _refuse("stream_head", "DELETE"),
    ),
}


def guard(table: Table) -> None:
    """Make a table's triggers with it."""
    for made in GUARDS[table.name]:
        event.listen(table, "after_create", DDL(made))  # type: ignore[no-untyped-call]  # it has no types


def guard_names() -> frozenset[str]:
    """Names of all triggers."""
    return frozenset(made.split()[2] for triggers in GUARDS.values() for made in triggers)
