"""Which tests need a browser, and what is said when there is none (the fixtures stand in tests/conftest.py)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.clock import VirtualClock
from engine.store.database import Database
from engine.store.migrate import upgrade

#: A Friday, 09:00 in Shanghai.
FRIDAY_9AM = datetime(2026, 1, 2, 1, 0, tzinfo=UTC)


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
