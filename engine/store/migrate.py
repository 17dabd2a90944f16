"""Brings a database to the schema of this release; run before anything else opens it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

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
            _refuse_newer(before)
            command.upgrade(_config(tx.connection), "head")
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
    return _revision_of(database) == _scripts().get_current_head()


def check_current(database: Database) -> None:
    """Refuse a database that this program cannot work with as it is.

    Raises:
        ConfigurationError: its schema is not the one of this release; says whether it is older or newer.
    """
    revision = _revision_of(database)
    _refuse_newer(revision)
    if revision != _scripts().get_current_head():
        raise ConfigurationError(
            "the database has no schema of this release; run `kefuflow db upgrade` first",
            message_zh="数据库尚未初始化或版本较旧,请先执行 kefuflow db upgrade。",
        )


@cache
def _scripts() -> ScriptDirectory:
    """The revisions of this release; to read them runs a file each."""
    return ScriptDirectory(str(_FOLDER))


def _revision_of(database: Database) -> str | None:
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(revision: str | None) -> None:
    """A revision that this program does not know comes from a later one."""
    scripts = _scripts()
    if revision is None or revision in {script.revision for script in scripts.walk_revisions()}:
        return
    newest = scripts.get_current_head()
    raise ConfigurationError(
        f"the database (schema {revision}) is of a newer release than this program (schema {newest}) and was not "
        "touched: start the newer program, or restore a backup of before",
        message_zh=f"数据库版本({revision})比本程序({newest})新,未作任何改动。请使用更新的程序,或恢复升级前的备份。",
    )


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
