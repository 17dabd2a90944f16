"""All tests of the shipped processes run without Python's eval and exec."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.clock import VirtualClock
from engine.definitions import Definitions
from engine.model import SYSTEM
from engine.scenarios.stage import START
from engine.store.database import Database
from tests.engine.shop_desk import shipped_files
from tests.no_python import forbidden


@pytest.fixture(autouse=True)
def _no_python(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with forbidden(monkeypatch):
        yield


@pytest.fixture(scope="session")
def shipped_database(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with every shipped file in force; deployed once, for tests to copy."""
    path = tmp_path_factory.mktemp("shipped") / "shipped.db"
    shutil.copy(empty_database, path)
    db = Database.open(f"sqlite:///{path}")
    with forbidden(pytest.MonkeyPatch()):
        Definitions(db, VirtualClock(START)).deploy(shipped_files(), SYSTEM)
    db.close()
    return path
