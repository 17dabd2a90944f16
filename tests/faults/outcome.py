"""What became of a shop, without the instants and the random bytes by which two runs of the same work differ."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, select

from engine import canonical
from engine.store.database import Database
from engine.store.tables import metadata
from engine.store.writes import HELD

#: Instants, tries, and what is drawn or computed from them.
PASSING = frozenset({"at", "seed", "commitment", "state", "history_hash", "command", "attempts", "suspended_due_at"})
CANONICAL = frozenset({"variables", "values", "payload", "manifest"})
#: What looks of the worker find as they come by: an incident that is over before one comes is never told.
FOLLOWING = frozenset({
    "search_case", "search_member", "search_order", "search_pending", "search_state",
    "exception_report", "notification", "case_sum", "case_trait", "inspection_state",
    "policy_month", "policy_payment", "policy_state", "policy_step",
    "log_leaf", "log_node", "log_position", "signing_key", "tree_head",
})  # fmt: skip
#: The log's name in the table of the installation is drawn by chance.
DRAWN = "log_origin"
#: Hashes of these tables are chained to instants.
CHAINED = frozenset({"history_event", "stream_head"})


def outcome(folder: Path) -> dict[str, list[Any]]:
    """Every row of every table, and what left the house; by the table's name."""
    db = Database.open(f"sqlite:///{folder / 'shop.db'}")
    try:
        with db.read() as connection:
            there = set(inspect(connection).get_table_names())
            found: dict[str, list[Any]] = {}
            for table in metadata.sorted_tables:
                if table.name in there and table.name not in FOLLOWING:
                    rows = [row for row in connection.execute(select(table)).mappings() if row.get("name") != DRAWN]
                    found[table.name] = sorted((_row(table.name, row) for row in rows), key=repr)
    finally:
        db.close()
    found["spool"] = sorted(spooled(folder).values(), key=repr)
    return found


def differences(one: Mapping[str, list[Any]], other: Mapping[str, list[Any]]) -> list[str]:
    """Sentences on what the two do not share."""
    return [
        f"{name}: only here {[row for row in one.get(name, ()) if row not in other.get(name, ())]}, "
        f"only there {[row for row in other.get(name, ()) if row not in one.get(name, ())]}"
        for name in sorted({*one, *other})
        if one.get(name) != other.get(name)
    ]


def spooled(folder: Path) -> dict[str, dict[str, Any]]:
    """Messages that left, by key; one that left twice left the same."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines(folder):
        message = json.loads(line)
        del message["written_at"]
        assert found.setdefault(message["key"], message) == message
    return found


def lines(folder: Path) -> list[str]:
    """The lines of the spool, the repeated ones too."""
    return [line for path in sorted((folder / "outbox").glob("*.jsonl")) for line in path.read_text().splitlines()]


def _row(table: str, row: Mapping[Any, Any]) -> tuple[Any, ...]:
    return tuple(
        _plain(canonical.decode(value)) if name in CANONICAL and isinstance(value, bytes) else value
        for name, value in ((name, _instant(name, value)) for name, value in row.items())
        if name not in PASSING and not (name == "hash" and table in CHAINED)
    )


def _instant(name: str, value: Any) -> Any:
    if not name.endswith("_at"):
        return value
    return "held" if value == HELD else value is not None


def _plain(value: Any) -> Any:
    """A value with its instants blotted out."""
    if isinstance(value, date | time):
        return "@"
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
