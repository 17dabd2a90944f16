"""Looks at databases without changing them, and copies one that others are writing.

SQLite's backup interface copies page by page, so that the copy is the file as it was at one commit, with the row
numbers by which the search and the log follow the history. ``VACUUM INTO`` takes a third longer (157 MB under load:
1.3 s against 1.0 s), needs the processor for it, and gives rows other numbers, so that every follower compares the
whole once more.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import quote

from alembic.script import ScriptDirectory
from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from engine.errors import ConfigurationError
from engine.store import migrate
from engine.store.database import Database

#: Told of how much has been done, and of how much there is.
Progress: TypeAlias = Callable[[int, int], None]

_PAGES: Final = 4096
_PATIENCE_SECONDS: Final = 30.0
_MOST: Final = 20


def nobody(_done: int, _total: int) -> None:
    """Nobody wants to know how far it has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a database says of itself."""

    #: Revision of its schema; empty: it has none.
    schema: str
    events: int
    #: Signed heads of the log, and entries under the newest.
    heads: int
    newest_head: int


def file_of(url: str) -> Path:
    """The file that ``sqlite:///path`` names; nothing is opened or made.

    Raises:
        ConfigurationError: the URL is malformed or names another kind of database.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as problem:
        raise ConfigurationError(f"{url!r} is not a database URL; use sqlite:///path/to/file.db") from problem
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise ConfigurationError("only SQLite in a file is supported; use sqlite:///path/to/file.db")
    return Path(parsed.database)


def ask_for(file: Path) -> None:
    """Ask that there is a database.

    Raises:
        ConfigurationError: there is none.
    """
    if not file.is_file():
        raise ConfigurationError(f"there is no database {file}", message_zh=f"没有数据库 {file}。")


def connect(file: Path, *, frozen: bool) -> sqlite3.Connection:
    """A connection that writes nothing, and makes no database where there is none.

    Args:
        file: the database.
        frozen: nobody writes to it: no lock is taken, and no file is made beside it.

    Raises:
        ConfigurationError: there is no such file.
    """
    ask_for(file)
    words = "mode=ro&immutable=1" if frozen else "mode=rw"
    connection = sqlite3.connect(
        f"file:{quote(str(file.resolve()))}?{words}",
        uri=True,
        isolation_level=None,
        timeout=_PATIENCE_SECONDS,
        check_same_thread=False,
    )
    connection.execute("PRAGMA query_only=ON")
    return connection


@contextmanager
def watching(file: Path, *, frozen: bool = False) -> Iterator[Database]:
    """The database, to be read only; see ``connect``."""
    engine = create_engine(
        URL.create("sqlite", database=str(file)), creator=lambda: connect(file, frozen=frozen), poolclass=NullPool
    )
    db = Database(engine)
    try:
        yield db
    finally:
        db.close()


def copy_database(source: Path, target: Path, progress: Progress = nobody) -> None:
    """Copy a database as it is at this moment, while others write to it; they wait for nothing.

    What was committed before the call is in it. Until it ends the write-ahead log cannot begin anew, and grows.

    Raises:
        sqlite3.Error: the source is damaged, or the target's disk full.
    """
    with closing(connect(source, frozen=False)) as live, closing(sqlite3.connect(target, isolation_level=None)) as out:
        out.execute("PRAGMA journal_mode=OFF")  # nobody wants half of it; it is synced as a whole
        out.execute("PRAGMA synchronous=OFF")
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # from here on it stands still for us
        live.backup(out, pages=_PAGES, progress=lambda _, left, total: progress(total - left, total))


def facts_of(connection: sqlite3.Connection) -> Facts:
    """Schema and size of what a connection sees."""
    tables = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}

    def one(table: str, sql: str) -> object:
        found = connection.execute(sql).fetchone() if table in tables else None
        return found[0] if found else None

    return Facts(
        schema=str(one("alembic_version", "SELECT version_num FROM alembic_version") or ""),
        events=int(str(one("history_event", "SELECT count(*) FROM history_event") or 0)),
        heads=int(str(one("tree_head", "SELECT count(*) FROM tree_head") or 0)),
        newest_head=int(str(one("tree_head", "SELECT max(size) FROM tree_head") or 0)),
    )


def contents_of(connection: sqlite3.Connection) -> list[str]:
    """SHA-256 of every content that a row names, in their order."""
    there = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'attachment'").fetchone()
    sql = "SELECT DISTINCT sha256 FROM attachment WHERE erased_at IS NULL ORDER BY sha256"
    return [str(row[0]) for row in connection.execute(sql)] if there == (1,) else []


def damage_of(connection: sqlite3.Connection, *, quick: bool = False) -> list[str]:
    """What SQLite finds wrong with the file, twenty sentences at the most; ``quick``: indexes are not compared."""
    check = "quick_check" if quick else "integrity_check"
    try:
        said = [str(row[0]) for row in connection.execute(f"PRAGMA {check}({_MOST})")]
    except sqlite3.DatabaseError as problem:
        return [str(problem)]
    return [] if said == ["ok"] else said


def known_schemas() -> list[str]:
    """Revisions that this program knows, the newest first."""
    return [one.revision for one in ScriptDirectory(str(Path(migrate.__file__).parent / "migrations")).walk_revisions()]
