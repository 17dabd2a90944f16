"""A shop with cases, made once, and pm4py, which reads what it exports."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest

from engine.clock import VirtualClock
from engine.store.database import Database
from tests.conftest import FRIDAY_9AM
from tests.engine.eventlogs.shop import Shop
from tests.engine.support import Engine
from tests.unit.bpmn.drawing import Drawing


@pytest.fixture(scope="session")
def shop(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Read only but for what exports write into the system's history."""
    path = tmp_path_factory.mktemp("eventlogs") / "shop.db"
    shutil.copy(empty_database, path)
    db = Database.open(f"sqlite:///{path}")
    yield Shop(db, VirtualClock(FRIDAY_9AM))
    db.close()


@pytest.fixture(scope="session")
def many(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Five hundred small cases, fifty on a Friday and the others a day later."""
    path = tmp_path_factory.mktemp("eventlogs") / "many.db"
    shutil.copy(empty_database, path)
    db = Database.open(f"sqlite:///{path}")
    engine = Engine(db, VirtualClock(FRIDAY_9AM))
    engine.deploy(Drawing().start().user("a").end().flow("start", "a", "end"))
    for number in range(500):
        if number == 50:
            engine.clock.advance(timedelta(days=1))
        engine.start(text="字" * 200, number=number)
    yield engine
    db.close()


@pytest.fixture(scope="session")
def pm4py() -> ModuleType:
    """The test tool; whatever it warns of while it reads is a failure."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        import pm4py as tool  # a heavy import, for a few tests only
    return tool
