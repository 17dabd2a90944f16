"""The schema that migrations make is the one that the tables say."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from engine.errors import ConfigurationError
from engine.history import RecordedEvent
from engine.store.database import Database
from engine.store.instances import InstanceRow, JobRow, TaskRow
from engine.store.migrate import is_current, upgrade
from engine.store.sql import INSTANCE_COLUMNS, JOB_COLUMNS, TASK_COLUMNS
from engine.store.tables import history_event, metadata


def test_migrations_and_tables_make_the_same_schema(db: Database) -> None:
    with db.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_migrations_and_tables_make_the_same_tables_word_for_word(db: Database, tmp_path: Path) -> None:
    other = create_engine(f"sqlite:///{tmp_path}/direct.db")
    metadata.create_all(other)

    def columns(connection: object) -> dict[str, object]:
        tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars()  # type: ignore[attr-defined]
        return {
            name: sorted(
                map(
                    tuple,
                    connection.execute(text(f'SELECT name, type, "notnull", pk FROM pragma_table_info("{name}")')),
                )
            )  # type: ignore[attr-defined]
            for name in list(tables)
            if name not in {"alembic_version", "sqlite_sequence"}
        }

    with db.read() as ours, other.connect() as direct:
        assert columns(ours) == columns(direct)
    other.dispose()


def test_rows_are_read_in_the_order_of_their_fields() -> None:
    assert [f.name for f in fields(InstanceRow)][:-1] == list(INSTANCE_COLUMNS)
    assert [f.name for f in fields(TaskRow)] == list(TASK_COLUMNS)
    assert [f.name for f in fields(JobRow)] == list(JOB_COLUMNS)
    assert list(RecordedEvent._fields) == [c.name for c in history_event.columns]


def test_upgrading_twice_changes_nothing(database_url: str, db: Database) -> None:
    before = db.file.read_bytes()
    upgrade(database_url)
    assert is_current(db)
    assert db.file.read_bytes() == before


def test_an_empty_file_is_not_current(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/empty.db")
    assert not is_current(database)
    database.close()


def test_a_database_of_a_newer_release_is_refused(database_url: str, db: Database) -> None:
    with db.begin() as tx:
        tx.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="cannot be upgraded"):
        upgrade(database_url)
