"""All shipped processes in force, deployed once and copied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.clock import VirtualClock
from engine.definitions import Definitions
from engine.model import SYSTEM
from engine.store.database import Database
from tests.conftest import FRIDAY_9AM
from tests.engine.process_map.shop import Shop
from tests.engine.shop_desk import shipped_files


@pytest.fixture(scope="session")
def deployed(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with every shipped file in force."""
    path = tmp_path_factory.mktemp("map") / "shop.db"
    shutil.copy(empty_database, path)
    db = Database.open(f"sqlite:///{path}")
    Definitions(db, VirtualClock(FRIDAY_9AM)).deploy(shipped_files(), SYSTEM)
    db.close()
    return path


@pytest.fixture
def shop(deployed: Path, tmp_path: Path) -> Iterator[Shop]:
    shutil.copy(deployed, tmp_path / "shop.db")
    db = Database.open(f"sqlite:///{tmp_path / 'shop.db'}")
    clock = VirtualClock(FRIDAY_9AM)
    yield Shop(db=db, clock=clock, definitions=Definitions(db, clock))
    db.close()
