"""Connections and transactions: one fair writer, any number of readers.

SQLite lets one connection write at a time and hands its own lock out by luck, so writers of this process queue up
before ``BEGIN IMMEDIATE``; another process (the command line) waits in SQLite's busy handler.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from engine.errors import ConfigurationError, StorageUnavailable
from engine.failpoints import reached
from engine.store.statement import Statement

_BUSY_SECONDS = 30.0
#: Who waited no longer in our own queue is not worth two statements.
_SHORT_SECONDS = 1.0
#: Rows of one run of a statement that takes many: the driver keeps a statement for each number of them.
_ROWS = 24
#: Primary result codes of SQLite that tell of its surroundings, not of a mistake of ours.
_SURROUNDINGS = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
})  # fmt: skip


def storage_problem(problem: BaseException) -> StorageUnavailable | None:
    """What an error of the driver says of disk and locks; None for every other error."""
    if isinstance(problem, StorageUnavailable):
        return problem
    cause = problem.orig if isinstance(problem, DBAPIError) else problem
    code = getattr(cause, "sqlite_errorcode", None) if isinstance(cause, sqlite3.Error) else None
    return StorageUnavailable(str(cause)) if code is not None and code & 0xFF in _SURROUNDINGS else None


class FairLock:
    """A lock that serves in the order of asking."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._owner: int | None = None

    @property
    def waiting(self) -> int:
        """How many threads wait."""
        return len(self._waiting)

    def __enter__(self) -> None:
        me = threading.get_ident()
        with self._mutex:
            if self._owner is None:
                self._owner = me
                return
            if self._owner == me:
                raise RuntimeError("a write transaction is open in this thread already")
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        try:
            gate.acquire()
        except BaseException:
            self._leave(gate)
            raise
        self._owner = me

    def __exit__(self, *_: object) -> None:
        with self._mutex:
            self._pass_on()

    def _pass_on(self) -> None:
        if self._waiting:
            self._owner = -1  # taken: nobody slips in before the one who is woken
            self._waiting.popleft().release()
        else:
            self._owner = None

    def _leave(self, gate: threading.Lock) -> None:
        """Who is interrupted while waiting leaves the queue; if the lock had come already, the next one gets it."""
        with self._mutex:
            if gate in self._waiting:
                self._waiting.remove(gate)
            else:
                self._pass_on()


class Transaction:
    """A write transaction; ends with the ``begin`` block that gave it."""

    def __init__(self, connection: Connection, driver: sqlite3.Connection) -> None:
        #: For statements that are not hot; takes SQLAlchemy constructs.
        self.connection = connection
        self._driver = driver
        self._savepoints = 0

    def run(self, statement: Statement, params: Mapping[str, Any]) -> sqlite3.Cursor:
        """Run a compiled statement with its named parameters."""
        return self._driver.execute(statement.sql, params)

    def run_many(self, statement: Statement, rows: Sequence[Mapping[str, Any] | tuple[Any, ...]]) -> int:
        """Run a compiled statement for every row; gives the number of rows it touched."""
        if statement.rows is not None:
            for begin in range(0, len(rows), _ROWS):
                some = rows[begin : begin + _ROWS]
                self._driver.execute(statement.rows(len(some)), list(chain.from_iterable(some)))
            return len(rows)
        order = statement.order
        return self._driver.executemany(statement.sql, rows if order is None else map(order, rows)).rowcount

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens inside is undone when it raises; the transaction goes on."""
        self._savepoints += 1
        name = f"s{self._savepoints}"
        reached("store.savepoint.before")
        self._driver.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            if self._driver.in_transaction:  # a full disk may have undone the whole transaction already
                self._driver.execute(f"ROLLBACK TO {name}")
                reached("store.savepoint.undone")
                self._driver.execute(f"RELEASE {name}")
            raise
        self._driver.execute(f"RELEASE {name}")
        reached("store.savepoint.released")


class Database:
    """A database with its schema in place (see ``engine.store.migrate``)."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._lock = FairLock()
        self._writer: Connection | None = None

    @classmethod
    def open(cls, url: str, *, lasting: bool = True) -> Database:
        """Connect to ``sqlite:///path`` (WAL, synchronous=FULL); the schema is not touched.

        Args:
            url: where the file is.
            lasting: whether what was committed must outlive the machine's end; a copy to try things on need not.

        Raises:
            ConfigurationError: the URL is malformed or names another kind of database.
        """
        parsed = _parse(url)
        engine = create_engine(
            parsed,
            connect_args={"check_same_thread": False, "timeout": _BUSY_SECONDS},
            # A read within a read (a version is compiled) must not wait for those who wait for the same.
            max_overflow=-1,
        )
        event.listen(engine, "connect", _prepare if lasting else _prepare_for_now)
        return cls(engine)

    @property
    def file(self) -> Path:
        """The database's file."""
        return Path(str(self.engine.url.database))

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """A write transaction: commits at the end, rolls back when anything is raised.

        Raises:
            StorageUnavailable: the disk is full, or another process has kept the database locked for too long.
        """
        asked = monotonic()
        with self._lock, _told():
            connection = self._writer
            if connection is None:
                connection = self._writer = self.engine.connect()
            driver = _driver(connection)
            try:
                reached("store.begin.before")
                _begin(driver, monotonic() - asked)
                reached("store.begin.after")
                yield Transaction(connection, driver)
                reached("store.commit.before")
                driver.execute("COMMIT")
                reached("store.commit.after")
            except BaseException:
                self._roll_back(connection, driver)
                raise
            finally:
                if connection.in_transaction():  # SQLAlchemy's own book-keeping of what is over by now
                    connection.rollback()

    def _roll_back(self, connection: Connection, driver: sqlite3.Connection) -> None:
        """Undo what is open; a connection that cannot is closed, which undoes it too, and the next one is new."""
        if not driver.in_transaction:
            return
        try:
            reached("store.rollback.before")
            driver.execute("ROLLBACK")
            reached("store.rollback.after")
        except BaseException as problem:  # a failpoint's crash included: the writer is of no use any more
            self._writer = None
            connection.invalidate(problem)
            connection.close()
            if not isinstance(problem, sqlite3.Error):
                raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot of the last commit; sees nothing of what is written meanwhile."""
        with _told(), self.engine.connect() as connection:
            _driver(connection).execute("BEGIN")
            yield connection

    def close(self) -> None:
        """Give all connections back; who uses it afterwards gets new ones, to whatever file is there by then."""
        with self._lock:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        self.engine.dispose()


@contextmanager
def _told() -> Iterator[None]:
    """Turns what disk and locks do to us into one error of ours."""
    try:
        yield
    except (sqlite3.Error, DBAPIError) as problem:
        unavailable = storage_problem(problem)
        if unavailable is None:
            raise
        raise unavailable from problem


def _begin(driver: sqlite3.Connection, waited: float) -> None:
    """Begin to write; who has waited in our own queue waits so much less for another process.

    Else everybody behind the first would wait the whole time once more, one after the other.
    """
    if waited < _SHORT_SECONDS:
        driver.execute("BEGIN IMMEDIATE")
        return
    left = max(_SHORT_SECONDS / 10, _BUSY_SECONDS - waited)
    driver.execute(f"PRAGMA busy_timeout={round(left * 1000)}")
    try:
        driver.execute("BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout={round(_BUSY_SECONDS * 1000)}")


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise ConfigurationError("only SQLite is supported")
    return driver


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as problem:
        raise ConfigurationError(f"{url!r} is not a database URL; use sqlite:///path/to/file.db") from problem
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise ConfigurationError("only SQLite in a file is supported; use sqlite:///path/to/file.db")
    Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    return parsed


def _prepare(driver: sqlite3.Connection, _record: object) -> None:
    driver.isolation_level = None  # transactions begin where we say
    # A step touches many pages a little: small ones make its log entry half as long. (Only a new file takes it.)
    driver.execute("PRAGMA page_size=2048")
    _write_ahead(driver)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-32768"):
        driver.execute(f"PRAGMA {pragma}")
    driver.execute("PRAGMA recursive_triggers=ON")  # else REPLACE deletes rows past the history's guards


def _prepare_for_now(driver: sqlite3.Connection, record: object) -> None:
    _prepare(driver, record)
    driver.execute("PRAGMA synchronous=OFF")


def _write_ahead(driver: sqlite3.Connection) -> None:
    """Use a write-ahead log; where another process begins to at the same moment, SQLite refuses instead of waiting."""
    last = monotonic() + _BUSY_SECONDS
    while True:
        try:
            driver.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > last:
                raise
            sleep(0.01)
        else:
            return
