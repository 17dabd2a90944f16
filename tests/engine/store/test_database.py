"""One fair writer, snapshots for readers, whole transactions or nothing."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import insert, select

from engine import failpoints
from engine.errors import ConfigurationError, StorageUnavailable
from engine.failpoints import Lost
from engine.store import database
from engine.store.database import Database, FairLock, Transaction
from engine.store.tables import installation


class Crash(BaseException):
    """As kill -9 would be."""


def put(db: Database, name: str) -> None:
    with db.begin() as tx:
        tx.connection.execute(insert(installation).values(name=name, value="1"))


def put_and_raise(db: Database, problem: type[BaseException]) -> None:
    with db.begin() as tx:
        tx.connection.execute(insert(installation).values(name="lost", value="1"))
        raise problem


def put_and_undo(tx: Transaction) -> None:
    with tx.savepoint():
        tx.connection.execute(insert(installation).values(name="undone", value="1"))
        raise ValueError("undo")


def fill(db: Database) -> None:
    with db.begin() as tx:
        for n in range(500):
            tx.connection.execute(insert(installation).values(name=f"big{n}", value="x" * 4000))


def names(db: Database) -> list[str]:
    with db.read() as connection:
        return list(connection.execute(select(installation.c.name).order_by("name")).scalars())


def test_a_commit_is_seen_by_readers_that_come_later(db: Database) -> None:
    put(db, "a")
    assert names(db) == ["a"]


def test_a_reader_keeps_its_snapshot_while_somebody_writes(db: Database) -> None:
    put(db, "a")
    with db.read() as connection:
        assert list(connection.execute(select(installation.c.name)).scalars()) == ["a"]
        put(db, "b")
        assert list(connection.execute(select(installation.c.name)).scalars()) == ["a"]
    assert names(db) == ["a", "b"]


@pytest.mark.parametrize("problem", [ValueError, Crash])
def test_whatever_is_raised_rolls_the_transaction_back(db: Database, problem: type[BaseException]) -> None:
    with pytest.raises(problem):
        put_and_raise(db, problem)
    assert names(db) == []
    put(db, "next")
    assert names(db) == ["next"]


def test_a_savepoint_undoes_its_own_part_only(db: Database) -> None:
    with db.begin() as tx:
        tx.connection.execute(insert(installation).values(name="kept", value="1"))
        with pytest.raises(ValueError, match="undo"):
            put_and_undo(tx)
        with tx.savepoint():
            tx.connection.execute(insert(installation).values(name="also kept", value="1"))
    assert names(db) == ["also kept", "kept"]


def test_a_second_transaction_in_the_same_thread_is_refused_instead_of_waiting_for_ever(db: Database) -> None:
    with db.begin(), pytest.raises(RuntimeError, match="in this thread"), db.begin():
        pass


def test_eight_threads_lose_no_write(db: Database) -> None:
    def work(worker: int) -> None:
        for n in range(20):
            put(db, f"{worker}-{n}")

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(db)) == 160


def test_the_lock_serves_in_the_order_of_asking() -> None:
    lock, order, asked = FairLock(), [], []
    threads = []

    def ask(number: int) -> None:
        asked.append(number)
        with lock:
            order.append(number)

    with lock:
        for number in range(6):
            thread = threading.Thread(target=ask, args=(number,))
            thread.start()
            while lock.waiting <= number:
                threading.Event().wait(0.001)
            threads.append(thread)
    for thread in threads:
        thread.join()
    assert order == asked == [0, 1, 2, 3, 4, 5]


def test_every_connection_writes_through_to_the_disk(db: Database) -> None:
    with db.begin() as tx:
        assert tx.connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert tx.connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert tx.connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


@pytest.mark.parametrize("url", ["", "kefuflow.db", "sqlite://", "sqlite:///:memory:", "postgresql://x/y", "http://x"])
def test_an_unusable_url_is_refused_with_the_form_it_should_have(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"sqlite:///path/to/file\.db"):
        Database.open(url)


def test_the_folder_of_the_database_is_made(tmp_path: Path) -> None:
    Database.open(f"sqlite:///{tmp_path}/new/folder/x.db").close()
    assert (tmp_path / "new" / "folder").is_dir()


def test_a_full_disk_rolls_back_and_the_database_goes_on(db: Database) -> None:
    put(db, "before")
    with db.begin() as tx:
        pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StorageUnavailable, match="full"):
        fill(db)
    with db.begin() as tx:
        tx.connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    put(db, "after")
    assert names(db) == ["after", "before"]
    check = sqlite3.connect(db.file)
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()


def test_who_queues_behind_one_that_waits_for_another_process_does_not_wait_as_long_again(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve of them: one after the other they would wait a second each."""
    monkeypatch.setattr(database, "_BUSY_SECONDS", 1.0)
    monkeypatch.setattr(database, "_SHORT_SECONDS", 0.1)
    impatient = Database.open(str(db.engine.url))
    refused: list[StorageUnavailable] = []

    def write() -> None:
        try:
            put(impatient, "lost")
        except StorageUnavailable as problem:
            refused.append(problem)

    with db.begin():
        threads = [threading.Thread(target=write) for _ in range(12)]
        begun = monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = monotonic() - begun
    assert len(refused) == 12
    assert took < 8
    put(impatient, "kept")
    with impatient.begin() as tx:
        assert tx.connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 1000
    impatient.close()
    assert names(db) == ["kept"]


class Interrupted(BaseException):
    """As Ctrl+C would be."""


class Gate:
    """A lock whose waiting is interrupted; ``come``: what happens just before."""

    def __init__(self, come: Callable[[], None]) -> None:
        self._come = come
        self._lock = threading.Lock()
        self._taken = False

    def acquire(self) -> bool:
        if not self._taken:
            self._taken = True
            return self._lock.acquire()
        self._come()
        raise Interrupted

    def release(self) -> None:
        self._lock.release()


@pytest.mark.parametrize("came", [False, True])
def test_who_is_interrupted_while_waiting_for_the_lock_does_not_block_it_for_ever(
    monkeypatch: pytest.MonkeyPatch, came: bool
) -> None:
    """``came``: the lock has been handed to the one who waits when the interruption comes."""
    lock = FairLock()
    lock.__enter__()
    seen: list[str] = []

    def interrupted() -> None:
        gate = Gate(lambda: lock.__exit__() if came else None)
        with monkeypatch.context() as patched:
            patched.setattr("engine.store.database.threading", Threads(gate))
            with pytest.raises(Interrupted), lock:
                seen.append("inside")

    thread = threading.Thread(target=interrupted)
    thread.start()
    thread.join()
    if not came:
        lock.__exit__()
    assert (seen, lock.waiting) == ([], 0)
    with lock:
        seen.append("free")
    assert seen == ["free"]


class Threads:
    """The module threading with one lock of our own."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def Lock(self) -> Gate:  # noqa: N802
        return self._gate

    def get_ident(self) -> int:
        return threading.get_ident()


def test_an_interruption_right_after_begin_leaves_no_transaction_open(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> Transaction:
        raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr("engine.store.database.Transaction", interrupted)
        with pytest.raises(Interrupted):
            put(db, "lost")
    put(db, "kept")
    assert names(db) == ["kept"]


def test_a_commit_that_finds_the_disk_full_leaves_nothing_and_the_writer_goes_on(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(db, "before")
    real = database._driver
    with monkeypatch.context() as patched:
        patched.setattr(database, "_driver", lambda connection: Failing(real(connection)))
        with pytest.raises(StorageUnavailable):
            put(db, "lost")
    put(db, "after")
    assert names(db) == ["after", "before"]


class Failing:
    """A driver's connection whose COMMIT meets a full disk; the transaction stays open, as SQLite leaves it."""

    def __init__(self, real: sqlite3.Connection) -> None:
        self._real = real

    def execute(self, sql: str, *params: object) -> sqlite3.Cursor:
        if sql == "COMMIT":
            problem = sqlite3.OperationalError("database or disk is full")
            problem.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise problem
        return self._real.execute(sql, *params)

    @property
    def in_transaction(self) -> bool:
        return self._real.in_transaction


def test_a_rollback_that_fails_does_not_end_all_writing(db: Database) -> None:
    put(db, "before")

    def fails(name: str) -> None:
        if name == "store.rollback.before":
            raise Lost("disk I/O error")

    with failpoints.watched(fails), pytest.raises(Crash):
        put_and_raise(db, Crash)
    put(db, "after")
    assert names(db) == ["after", "before"]


def test_a_database_that_may_only_be_read_is_read(db: Database) -> None:
    put(db, "before")
    with db.begin() as tx:
        tx.connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(StorageUnavailable):
        put(db, "lost")
    assert names(db) == ["before"]


def test_forty_readers_that_read_within_a_read_do_not_wait_for_each_other(db: Database) -> None:
    put(db, "a")
    barrier, found = threading.Barrier(40), list[list[str]]()

    def read_within_a_read() -> None:
        with db.read() as connection:
            connection.exec_driver_sql("SELECT 1")
            barrier.wait(20)
            found.append(names(db))

    threads = [threading.Thread(target=read_within_a_read) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["a"]] * 40
