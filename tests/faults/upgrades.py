"""Databases of earlier releases for upgrades that go wrong, what must hold of them, and ways to kill an upgrade."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine import failpoints
from engine.store import database
from engine.store.migrate import upgrade
from engine.upkeep.snapshots import known_schemas
from tests.engine.upkeep.forks import in_fork
from tests.golden.keep_database import FOLDER
from tests.golden.schemas import Rows, rows_of, schema_of
from tests.sample import EVERY

#: Bytes of a page, of its frame in the log, of what stands before the frames.
PAGE, FRAME, WAL_HEADER = 2048, 24 + 2048, 32
#: Those that are older than this program; of a few every kind of thing is tried.
KEPT = [file for file in sorted(FOLDER.glob("*.tar.xz")) if file.name.partition(".")[0] < known_schemas()[0]]
SOME = KEPT if EVERY else [KEPT[0], KEPT[-1]]


@dataclass(frozen=True)
class Old:
    """A database as an earlier release left it, closed; and what it is like."""

    file: Path
    rows: Rows
    schema: dict[str, object]

    @classmethod
    def settled(cls, file: Path) -> Old:
        """It, once nothing stands in its log any more."""
        return cls(settled(file), rows_of(file), schema_of(file))

    @property
    def revision(self) -> str:
        ((revision,),) = self.rows["alembic_version"]
        return str(revision)

    def copied(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(self.file, folder / "kefuflow.db"))


def url_of(file: Path) -> str:
    return f"sqlite:///{file}"


def settled(file: Path) -> Path:
    """All that was committed stands in the file itself."""
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    return file


def revision_of(file: Path) -> str:
    """The revision; the database is sound, and no row of it refers to one that is gone."""
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        return str(db.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def assert_old(file: Path, old: Old) -> None:
    """Nothing has happened."""
    assert revision_of(file) == old.revision
    assert schema_of(file) == old.schema
    assert rows_of(file) == old.rows


def assert_new(file: Path, old: Old, schema: dict[str, object]) -> None:
    """All of it has happened, once, and no row is lost."""
    assert revision_of(file) > old.revision
    assert schema_of(file) == schema
    after = rows_of(file)
    assert {name for name, rows in old.rows.items() if len(after[name]) < len(rows)} == set()
    assert set(after["history_value"]) >= set(old.rows["history_value"])
    told = [row for row in after["history_event"] if row[6] == "schema.migrated"]
    assert len(told) == len([row for row in old.rows["history_event"] if row[6] == "schema.migrated"]) + 1


def prepared(also: Callable[[sqlite3.Connection], object]) -> Callable[[sqlite3.Connection, object], None]:
    """How connections are prepared, with something more."""
    before = database._prepare

    def prepare(driver: sqlite3.Connection, record: object) -> None:
        before(driver, record)
        also(driver)

    return prepare


@contextmanager
def connections(also: Callable[[sqlite3.Connection], object]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_prepare", prepared(also))
        yield


def statements_of(old: Old, folder: Path) -> list[str]:
    """All that the upgrade says to SQLite, in order."""
    said: list[str] = []
    with connections(lambda driver: driver.set_trace_callback(said.append)):
        upgrade(url_of(old.copied(folder)))
    return said


def short_of_memory(driver: sqlite3.Connection, pages: int | None) -> None:
    """So many pages are kept in memory; others are written as soon as they are full. None: as the program has it."""
    if pages is not None:
        driver.execute(f"PRAGMA cache_size={pages}")


def upgrade_until(file: Path, at: int, *, pages: int | None = None) -> int:
    """In a process of its own, which is killed before it says its manyeth statement."""

    def work() -> None:
        left = [at]

        def count(_: str) -> None:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        def watch(driver: sqlite3.Connection) -> None:
            short_of_memory(driver, pages)
            driver.set_trace_callback(count)

        with connections(watch):
            upgrade(url_of(file))

    return in_fork(work)


def killed_at(name: str, file: Path) -> int:
    def work() -> None:
        failpoints.arm(f"{name}:1:kill")
        upgrade(url_of(file))

    return in_fork(work)
