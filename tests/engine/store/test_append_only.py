"""No code path and nobody with the application's connection changes or deletes what happened."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from engine.clock import VirtualClock
from engine.history.record import values_of
from engine.store.database import Database
from engine.store.migrate import upgrade
from engine.store.tables import guard_names, metadata
from engine.store.tables.guards import GUARDS, REFUSAL
from tests.conftest import FRIDAY_9AM
from tests.engine.shop_desk import ShopDesk
from tests.engine.store.test_migrations import old_database

KEPT = ("history_event", "history_value", "log_leaf", "log_node", "tree_head", "signing_key")


def attempts() -> list[str]:
    """Every way in which SQL changes or removes rows of a table of the history, whichever the column."""
    ways = []
    for name in GUARDS:
        columns = metadata.tables[name].columns
        ways += [f'UPDATE {name} SET "{column.name}" = "{column.name}"' for column in columns if name != "stream_head"]
        ways += [f"DELETE FROM {name}", f"REPLACE INTO {name} SELECT * FROM {name}"]
    ways.append("UPDATE stream_head SET seq = seq - 1")
    ways.append(
        "INSERT INTO history_event SELECT * FROM history_event WHERE true ON CONFLICT DO UPDATE SET actor = 'x'"
    )
    return ways


def fill(desk: ShopDesk) -> None:
    """A row in each of the tables."""
    desk.inquire()
    with desk.db.begin() as tx:
        for sql in (
            "INSERT INTO history_redaction VALUES (99, 0, 'system', 'x')",
            "INSERT INTO history_kept VALUES (99, 1, 0, x'7b7d', NULL)",
            "INSERT INTO log_leaf VALUES (1000, 99, 1, x'00')",
            "INSERT INTO log_node VALUES (9, 1000, x'00')",
            "INSERT INTO tree_head VALUES (1000, x'00', 0, 9, 'x')",
            "INSERT INTO signing_key VALUES (9, x'00', 0, 'x')",
        ):
            tx.connection.execute(text(sql))


@pytest.fixture(scope="module")
def full(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with a row in each of the tables; what is refused leaves it as it is."""
    file = tmp_path_factory.mktemp("full") / "shop.db"
    shutil.copy(empty_database, file)
    desk = ShopDesk(Database.open(f"sqlite:///{file}"), VirtualClock(FRIDAY_9AM))
    fill(desk)
    yield desk.db
    desk.db.close()


@pytest.mark.parametrize("sql", attempts())
def test_the_history_refuses(full: Database, sql: str) -> None:
    with pytest.raises(IntegrityError, match=REFUSAL), full.begin() as tx:
        tx.connection.execute(text(sql))


def test_values_go_where_a_redaction_is_recorded_and_nowhere_else(desk: ShopDesk) -> None:
    first, second = desk.inquire(), desk.inquire()
    with desk.db.begin() as tx:
        tx.connection.execute(text(f"INSERT INTO history_redaction VALUES ({first}, 0, 'system', 'x')"))
        assert tx.connection.execute(text(f"DELETE FROM history_value WHERE stream = {first}")).rowcount > 0
    with pytest.raises(IntegrityError, match=REFUSAL), desk.db.begin() as tx:
        tx.connection.execute(text(f"DELETE FROM history_value WHERE stream = {second}"))


def test_the_guards_stand_in_every_database(db: Database) -> None:
    with db.read() as connection:
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    made = {trigger.split()[2]: trigger for triggers in GUARDS.values() for trigger in triggers}
    assert {name: sql for name, sql in found if name in guard_names()} == made


def test_our_connections_let_no_replacement_pass_and_others_may_not_delete(desk: ShopDesk) -> None:
    """Without the pragma of our connections REPLACE passes by the triggers: our own connections have it."""
    desk.inquire()
    with desk.db.begin() as tx:
        assert tx.connection.execute(text("PRAGMA recursive_triggers")).scalar_one() == 1
    other = sqlite3.connect(desk.db.file)
    with pytest.raises(sqlite3.IntegrityError, match=REFUSAL):
        other.execute("DELETE FROM history_event")
    other.close()


def test_a_migration_stands_in_the_systems_history(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    old_database(url, "0019").close()
    newest = upgrade(url)
    upgrade(url)
    db = Database.open(url)
    with db.read() as connection:
        rows = connection.execute(text("SELECT kind, actor, revision FROM history_event WHERE stream = 0")).all()
        (value,) = connection.execute(text('SELECT "values" FROM history_value WHERE stream = 0')).scalars()
    assert list(map(tuple, rows)) == [("schema.migrated", "system", 1)]
    assert values_of(value) == [{"before": "0019", "after": newest}]
    db.close()
