"""What somebody does who can write to the database's file: past the program, and past the triggers."""

from __future__ import annotations

import sqlite3

from sqlalchemy import Connection, text

from engine.store.database import Database
from engine.store.tables import GUARDS, guard_names


def take_guards_off(connection: Connection) -> None:
    """Drop the triggers, within a transaction."""
    for name in guard_names():
        connection.execute(text(f"DROP TRIGGER {name}"))


def tamper(db: Database, *statements: str) -> None:
    """Run statements with the guards taken off, and put them back, so that they do not tell."""
    by_hand = sqlite3.connect(db.file)
    with by_hand:
        for name in guard_names():
            by_hand.execute(f"DROP TRIGGER {name}")
        for sql in statements:
            assert by_hand.execute(sql).rowcount > 0, sql
        for made in (made for triggers in GUARDS.values() for made in triggers):
            by_hand.execute(made)
    by_hand.close()
