"""Fixtures of all tests: a database with the real schema, made once and copied; which tests need a browser."""

from __future__ import annotations

import fcntl
import gc
import os
import pickle
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import structlog
from argon2 import PasswordHasher
from hypothesis import settings
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine, create_engine
from sqlalchemy.util import LRUCache

from engine import passwords
from engine.clock import VirtualClock
from engine.definitions import registry
from engine.definitions.bundle import Bundle, read_bundle
from engine.store import database
from engine.store.database import Database
from engine.store.migrate import upgrade
from tests.chromium import find_browser
from tests.sample import times

#: So many files take seconds to check.
_MANY = 300
#: A Friday, 09:00 in Shanghai.
FRIDAY_9AM = datetime(2026, 1, 2, 1, 0, tzinfo=UTC)


# A busy machine must not fail a property test, and CI must not fail by chance: there the examples are fixed.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=False, max_examples=times(50, 20))
settings.load_profile("ci" if os.environ.get("CI") == "true" else "local")

_WHY = "no Chromium that can be driven on this machine (as root on Debian, `make test` installs it)"


def pytest_configure() -> None:
    """Rubbish is looked for seldom: what thousands of tests have read and compiled stays, and is none.

    Tracebacks in logs are plain: drawing them in colours takes longer than most tests.
    """
    gc.set_threshold(200_000, 50, 100)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ]
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser its tests are skipped; in CI that is a failure."""
    in_browser = [item for item in items if item.get_closest_marker("browser")]
    if not in_browser or find_browser():
        return
    if os.environ.get("CI") == "true":
        raise pytest.UsageError(f"{len(in_browser)} tests need a browser: {_WHY}")
    for item in in_browser:
        item.add_marker(pytest.mark.skip(reason=_WHY))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The last line tells how many were skipped."""
    skipped = [report for report in terminalreporter.stats.get("skipped", ()) if _WHY in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} tests in a browser were skipped: {_WHY}")


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Passwords are hashed in no time: how hard that is to undo is the library's concern."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """What SQLAlchemy compiled for the database of one test serves those of all others: a third of their time."""
    shared: LRUCache[object, object] = LRUCache(3_000)

    def create(*args: Any, **kwargs: Any) -> Engine:
        engine = create_engine(*args, **kwargs)
        return engine.execution_options(compiled_cache=shared)

    with pytest.MonkeyPatch.context() as patch:
        # The cache is asked by dialect, too; all of ours are alike.
        patch.setattr(SQLiteDialect_pysqlite, "__eq__", lambda one, other: type(one) is type(other))
        patch.setattr(SQLiteDialect_pysqlite, "__hash__", lambda one: hash(type(one)))
        patch.setattr(database, "create_engine", create)
        yield


@pytest.fixture(scope="session", autouse=True)
def files_checked_once(for_all_workers: Path) -> Iterator[None]:
    """Files that one test has deployed are not read and linted again for the next: the answer would be the same.

    What takes seconds is checked by one worker for all of them.
    """
    known: dict[object, Bundle] = {}

    def read(
        files: Mapping[str, bytes],
        deployed: Iterable[tuple[str, str]],
        minimum_timer: timedelta,
        variables: frozenset[str] = frozenset(),
        passed: frozenset[str] = frozenset(),
    ) -> Bundle:
        around = frozenset(deployed)
        content = frozenset((name, bytes(content)) for name, content in files.items())
        key = (content, around, minimum_timer, variables, passed)
        if key not in known and len(files) < _MANY:
            known[key] = read_bundle(files, sorted(around), minimum_timer, variables, passed)
        elif key not in known:
            said = repr([sorted(one, key=repr) if isinstance(one, frozenset) else one for one in key])
            place = for_all_workers / f"{sha256(said.encode()).hexdigest()}.bundle"
            with made_once(place) as making:
                if making is not None:
                    making.write_bytes(
                        pickle.dumps(read_bundle(files, sorted(around), minimum_timer, variables, passed))
                    )
            known[key] = pickle.loads(place.read_bytes())
        return Bundle(parts=dict(known[key].parts), findings=list(known[key].findings))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "read_bundle", read)
        yield


@pytest.fixture(scope="session")
def for_all_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run of the tests, the same in each process that runs some of them."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "for_all"
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def made_once(place: Path) -> Iterator[Path | None]:
    """Where whoever comes first makes a file or folder for all workers; None: it is there, others waited for it."""
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if place.exists():
            yield None
            return
        making = place.with_suffix(".making")
        yield making
        making.rename(place)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the schema of this release and nothing in it."""
    path = tmp_path_factory.mktemp("schema") / "empty.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def database_url(empty_database: Path, tmp_path: Path) -> str:
    """The URL of a fresh database."""
    shutil.copy(empty_database, tmp_path / "kefuflow.db")
    return f"sqlite:///{tmp_path / 'kefuflow.db'}"


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A fresh database."""
    database = Database.open(database_url)
    yield database
    database.close()


@pytest.fixture
def clock() -> VirtualClock:
    """A clock that stands at FRIDAY_9AM."""
    return VirtualClock(FRIDAY_9AM)
