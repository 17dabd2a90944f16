"""The disk is full, may not be written to, or is somebody else's: who asks is told, and after it all goes on."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from engine.clock import VirtualClock
from engine.errors import StorageUnavailable
from engine.model import SYSTEM
from engine.outbox import Spool
from engine.runtime.jobs import JobRunner
from engine.store import database
from engine.store.database import Database
from engine.store.migrate import is_current, upgrade
from tests.conftest import FRIDAY_9AM
from tests.engine.runtime.test_poison import writes_a_message
from tests.engine.support import LI, Engine
from tests.faults.children import Child, Mouth
from tests.faults.invariants import unlike_their_commands, violations
from tests.faults.outcome import spooled
from tests.unit.bpmn.drawing import Drawing, duration

#: Bytes that a disk has left when it is nearly full.
LITTLE = 300_000
NOBODY = 65534


def drawing() -> Drawing:
    """A task, a timer, and a message to somebody."""
    made = Drawing("p").start().user("ask").catch("wait", duration("PT1H")).service("tell", "tell").end()
    return made.flow("start", "ask", "wait", "tell", "end")


class Desk(Engine):
    """Works in a folder; what was answered is remembered."""

    @classmethod
    def at(cls, folder: Path) -> Desk:
        url = f"sqlite:///{folder / 'shop.db'}"
        desk = cls(Database.open(url), VirtualClock(FRIDAY_9AM), {"tell": writes_a_message})
        desk.runner = JobRunner(desk.runtime, Spool(folder / "outbox"), jitter=lambda: 0.0)
        return desk

    runner: JobRunner

    def begin(self) -> None:
        """A dozen cases, each before its timer, and a dozen before their tasks."""
        upgrade(str(self.db.engine.url))
        self.deploy(drawing())
        for number in range(24):
            self.start_once(number)
        for task in self.tasks()[:12]:
            self.runtime.complete(task, {}, LI, submission_key="k")

    def start_once(self, number: int) -> int:
        return self.runtime.start("p", {"note": "x" * 2000}, SYSTEM, start_key=f"s{number}").instance_key

    def work_until_it_fails(self, most: int = 2000) -> tuple[list[int], int]:
        """Start and complete until the disk is full; gives the tasks answered, and the number that was refused."""
        answered = [int(str(task)) for task in self.column("SELECT id FROM user_task WHERE status = 'completed'")]
        for number in range(24, most):
            try:
                key = self.start_once(number)
                (task,) = self.tasks(instance=key)
                self.runtime.complete(task, {}, LI, submission_key="k")
            except StorageUnavailable:
                return answered, number
            answered.append(task)
        raise AssertionError("the disk never became full")

    def drain(self) -> None:
        """Do what is due."""
        while self.runner.run_due(50):
            pass

    def finish(self) -> None:
        """Everybody comes back and does what is left."""
        for task in self.tasks():
            self.runtime.complete(task, {}, LI, submission_key="k")
        for _ in range(30):
            self.clock.advance(timedelta(hours=1))
            self.drain()


# --- full ----------------------------------------------------------------------------------------


class Pages:
    """SQLite's own limit: SQLITE_FULL in earnest, wherever a page more is wanted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, db: Database) -> None:
        with db.begin() as tx:
            pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            tx.connection.exec_driver_sql(f"PRAGMA max_page_count={pages + LITTLE // 2048}")

    def empty(self, db: Database) -> None:
        with db.begin() as tx:
            tx.connection.exec_driver_sql("PRAGMA max_page_count=1000000000")


class FileSize:
    """The kernel's limit on files: write(2) itself fails, for whoever may not mount a disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self, db: Database) -> None:
        largest = max(path.stat().st_size for path in self.folder.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + LITTLE, self._before[1]))

    def empty(self, _: Database | None = None) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)


class SmallDisk:
    """A disk of its own in memory: ENOSPC for the database, its log and the outbox alike."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mount("size=64m", "-t", "tmpfs", "tmpfs")

    def _mount(self, options: str, *words: str) -> None:
        subprocess.run(["mount", *words, "-o", options, str(self.folder)], check=True, capture_output=True)

    def fill(self, _: Database) -> None:
        used = sum(path.stat().st_blocks * 512 for path in self.folder.rglob("*"))
        self._mount(f"remount,size={used + LITTLE}")

    def empty(self, _: Database) -> None:
        self._mount("remount,size=64m")

    def close(self) -> None:
        subprocess.run(["umount", "-l", str(self.folder)], check=True, capture_output=True)


@contextmanager
def disk(kind: str, folder: Path) -> Iterator[Pages | FileSize | SmallDisk]:
    """A disk that can be filled; where nothing may be mounted the kernel's limit on files takes the place of one."""
    with ExitStack() as cleanup:
        if kind == "pages":
            yield Pages(folder)
            return
        if kind == "disk":
            with contextlib.suppress(OSError, subprocess.CalledProcessError):
                small = SmallDisk(folder)
                cleanup.callback(small.close)
                yield small
                return
        files = FileSize(folder)
        cleanup.callback(files.empty)
        yield files


@pytest.mark.parametrize("kind", ["pages", "disk", "files"])
def test_a_full_disk_is_told_loses_nothing_and_all_goes_on_when_there_is_room(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    with disk(kind, folder) as full:
        desk = Desk.at(folder)
        desk.begin()
        full.fill(desk.db)
        answered, refused = desk.work_until_it_fails()
        assert len(desk.column("SELECT key FROM process_instance")) >= refused, "it can still be read"
        assert not violations(desk.db, answered=answered)
        desk.clock.advance(timedelta(hours=1))
        with pytest.raises(StorageUnavailable):
            desk.drain()
        assert not violations(desk.db, answered=answered)
        full.empty(desk.db)
        desk.start_once(refused)  # whoever was refused sends the same again
        desk.finish()
        assert not violations(desk.db, answered=answered)
        cases = [str(key) for key in desk.column("SELECT key FROM process_instance")]
        assert len(cases) == refused + 1
        assert desk.column("SELECT DISTINCT status FROM process_instance") == ["completed"]
        assert not unlike_their_commands(desk.db, cases[::7])
        assert len(spooled(folder)) == len(cases)
        assert sound(desk.db)
        desk.db.close()


def sound(db: Database) -> bool:
    with contextlib.closing(sqlite3.connect(db.file)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))


# --- not to be written to ------------------------------------------------------------------------


def ask_without_rights(mouth: Mouth, folder: Path) -> None:
    """In a process of its own, as somebody who may only read: what each command meets."""
    warm = Desk.at(folder)  # what is loaded late is loaded now
    warm.runtime.definitions.refresh()
    warm.db.close()
    for path in (folder / "shop.db", folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    if os.geteuid() == 0:
        os.setuid(NOBODY)
    desk = Desk.at(folder)
    for command in (
        lambda: desk.start_once(100),
        lambda: desk.runner.run_due(50),
        lambda: desk.column("SELECT count(*) FROM process_instance"),
        lambda: upgrade(str(desk.db.engine.url)),
        lambda: is_current(desk.db),
    ):
        try:
            mouth.send(repr(command()))
        except StorageUnavailable as refused:
            mouth.send(refused.code)


def test_a_folder_that_may_only_be_read_is_told_and_all_goes_on_when_it_is_mended() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # who may only read must get there
        desk = Desk.at(folder)
        desk.begin()
        desk.db.close()
        child = Child(ask_without_rights, folder)
        heard = child.told()
        assert child.end() == 0
        refused = StorageUnavailable.code
        assert heard[:2] == [refused] * 2
        assert heard[2] in (refused, "[24]"), "a log that cannot be opened hides what is in the file"
        assert len(heard) == 5
        for path in (folder, *folder.iterdir()):
            path.chmod(0o755)
        again = Desk.at(folder)
        again.finish()
        assert not violations(again.db)
        assert sound(again.db)
        again.db.close()


# --- somebody else's -----------------------------------------------------------------------------


def hold(mouth: Mouth, path: Path, seconds: float) -> None:
    """In a process of its own: a transaction that stays open."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    mouth.send("held")
    threading.Event().wait(seconds)


def test_a_database_that_another_process_holds_too_long_is_told_and_all_goes_on_when_it_lets_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.2)
    desk = Desk.at(tmp_path)
    desk.begin()
    desk.clock.advance(timedelta(hours=1))
    before = desk.snapshot()
    child = Child(hold, desk.db.file, 60)
    assert child.hear() == "held"
    waiting = desk.tasks()[0]
    for command in (
        lambda: desk.start_once(100),
        lambda: desk.runtime.complete(waiting, {}, LI, submission_key="k"),
        lambda: desk.runner.run_due(50),
        lambda: desk.runtime.record("user.logged_in", None, LI),
        lambda: upgrade(str(desk.db.engine.url)),
    ):
        with pytest.raises(StorageUnavailable, match="locked"):
            command()
    assert desk.snapshot() == before
    child.kill()
    child.end()
    desk.start_once(100)
    desk.finish()
    assert not violations(desk.db)
    assert desk.column("SELECT DISTINCT status FROM process_instance") == ["completed"]
    desk.db.close()


def test_a_database_whose_log_is_torn_opens_with_every_whole_commit(tmp_path: Path) -> None:
    """A power cut in the midst of a write to the log: what came after the last whole commit is not there."""
    (tmp_path / "a").mkdir()
    desk = Desk.at(tmp_path / "a")
    desk.begin()
    with desk.db.engine.connect() as connection:  # so that SQLite does not empty the log in the midst of it
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    sizes = []
    for number in range(24, 34):
        desk.start_once(number)
        sizes.append((tmp_path / "a" / "shop.db-wal").stat().st_size)
    for cut, size in enumerate(sizes):
        copy = tmp_path / f"cut{cut}"
        copy.mkdir()
        shutil.copy(desk.db.file, copy / "shop.db")
        log = (tmp_path / "a" / "shop.db-wal").read_bytes()[:size]
        (copy / "shop.db-wal").write_bytes(log[:-100] + os.urandom(50))
        db = Database.open(f"sqlite:///{copy / 'shop.db'}")
        assert not violations(db)
        with db.read() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM process_instance").scalar_one()
        assert count == 24 + cut
        assert sound(db)
        db.close()
    desk.db.close()
