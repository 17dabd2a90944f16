"""What stands in a database file: its schema in words that can be compared, its rows."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

Rows: TypeAlias = dict[str, list[tuple[Any, ...]]]


def schema_of(file: Path) -> dict[str, Any]:
    """Every table with its columns, keys and references, every index and trigger.

    Columns that were added later stand at the end and their constraints elsewhere in the text, so tables are compared
    by what SQLite knows of them; indexes and triggers by their words.
    """
    found: dict[str, Any] = {}
    with closing(sqlite3.connect(file)) as db:
        for kind, name, sql in db.execute("SELECT type, name, sql FROM sqlite_schema").fetchall():
            if kind != "table":
                found[name] = (kind, " ".join(re.sub(r'["`]', "", sql or "").split()))
                continue
            columns = sorted(row[1:] for row in db.execute(f'PRAGMA table_xinfo("{name}")'))
            references = sorted(row[2:] for row in db.execute(f'PRAGMA foreign_key_list("{name}")'))
            found[name] = (columns, references, "WITHOUT ROWID" in sql.upper(), "AUTOINCREMENT" in sql.upper())
    return found


def rows_of(file: Path) -> Rows:
    """The rows of every table that can be read whole."""
    with closing(sqlite3.connect(file)) as db:
        names = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")
        return {name: db.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in names.fetchall()}
