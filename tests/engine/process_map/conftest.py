"""All shipped processes in force, deployed once and copied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.clock import VirtualClock
from engine.definitions import Definitions
from engine.store.database import Database
from tests.conftest import FRIDAY_9AM
from tests.engine.process_map.shop import Shop
from tests.engine.shop_desk import deploy_shipped


@pytest.fixture(scope="session")
def deployed(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with every shipped file in force."""
    path = tmp_path_factory.mktemp("map") / "shop.db"
    shutil.copy(empty_database, path)
    db = Database.open(f"sqlite:///{path}")
    deploy_shipped(Definitions(db, VirtualClock(FRIDAY_9AM)), db, FRIDAY_9AM, ())
    db.close()
    return path


@pytest.fixture
def shop(deployed: Path, tmp_path: Path) -> Iterator[Shop]:
    """A shop of one's own."""
    shutil.copy(deployed, tmp_path / "shop.db")
    with opened(tmp_path / "shop.db") as found:
        yield found


@pytest.fixture(scope="session")
def library(deployed: Path) -> Iterator[Shop]:
    """A shop for who reads only: its texts are read once."""
    with opened(deployed) as found:
        yield found


@contextmanager
def opened(file: Path) -> Iterator[Shop]:
    """The shop of a database."""
    db = Database.open(f"sqlite:///{file}")
    clock = VirtualClock(FRIDAY_9AM)
    yield Shop(db=db, clock=clock, definitions=Definitions(db, clock))
    db.close()
