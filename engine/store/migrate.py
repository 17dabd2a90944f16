"""Brings a database to the schema of this release; run before anything else opens it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from engine.clock import SystemClock
from engine.errors import ConfigurationError
from engine.failpoints import reached
from engine.model import SYSTEM, Event
from engine.store.database import Database
from engine.store.streams import append_system

_FOLDER: Final = Path(__file__).parent / "migrations"


def upgrade(url: str) -> str:
    """Make or upgrade the schema of a database; gives the revision it has afterwards.

    Raises:
        ConfigurationError: the URL is no database of ours, or the database is newer than this program.
    """
    database = Database.open(url)
    try:
        reached("store.migrate.before")
        with database.begin() as tx:
            tx.connection.begin()  # so that Alembic joins the transaction instead of ending it
            before = MigrationContext.configure(tx.connection).get_current_revision()
            try:
                command.upgrade(_config(tx.connection), "head")
            except CommandError as problem:
                raise ConfigurationError(
                    f"the database cannot be upgraded: {problem}", message_zh="数据库版本比程序新,请升级程序。"
                ) from problem
            reached("store.migrate.statements")
            revision = MigrationContext.configure(tx.connection).get_current_revision() or ""
            if before not in (None, revision):
                told = Event(kind="schema.migrated", value={"before": before, "after": revision})
                append_system(tx, [told], at=SystemClock().now(), actor=SYSTEM.id)
        reached("store.migrate.after")
        return revision
    finally:
        database.close()


def is_current(database: Database) -> bool:
    """Whether the schema is the one of this release."""
    head = ScriptDirectory(str(_FOLDER)).get_current_head()
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
