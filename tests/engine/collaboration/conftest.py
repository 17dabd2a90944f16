"""The conversation that the tests of this folder are about: made once, and copied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.clock import VirtualClock
from engine.connectors import CONNECTORS
from engine.definitions import Definitions, Deployed
from engine.runtime import Runtime
from engine.runtime.jobs import JobRunner
from engine.store.database import Database
from engine.worker import Worker
from tests.conftest import FRIDAY_9AM
from tests.engine.collaboration.conversation import Talk, people_of
from tests.engine.shop_desk import ShopDesk


@pytest.fixture(scope="session")
def shop_that_talks(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[int, Deployed]]:
    """A database with processes, people and one case; and the processes, compiled."""
    path = tmp_path_factory.mktemp("talk") / "talk.db"
    shutil.copy(empty_database, path)
    db = Database.open(f"sqlite:///{path}")
    desk = ShopDesk(db, VirtualClock(FRIDAY_9AM))
    people_of(db)
    desk.inquire()
    desk.worker.drain()
    compiled = {deployed.key: deployed for deployed in desk.definitions.all_latest()}
    db.close()
    return path, compiled


class CopiedDesk(ShopDesk):
    """A desk on a copy of the database, its processes deployed and compiled already."""

    def __init__(self, db: Database, clock: VirtualClock, compiled: dict[int, Deployed]) -> None:
        self.db, self.clock = db, clock
        self.definitions = Definitions(db, clock)
        self.definitions._compiled.update(compiled)
        self.runtime = Runtime(db, clock, self.definitions, CONNECTORS)
        self.sent: list[object] = []
        self.runner = JobRunner(self.runtime, self.sent.append)
        self.worker = Worker(self.runtime, deliver=self.sent.append)


@pytest.fixture
def talk(shop_that_talks: tuple[Path, dict[int, Deployed]], tmp_path: Path, clock: VirtualClock) -> Iterator[Talk]:
    path, compiled = shop_that_talks
    shutil.copy(path, tmp_path / "talk.db")
    db = Database.open(f"sqlite:///{tmp_path / 'talk.db'}")
    yield Talk(CopiedDesk(db, clock, compiled))
    db.close()


@pytest.fixture
def case_id(talk: Talk) -> str:
    """The case of LI's, which has just begun."""
    (case,) = talk.column("SELECT case_id FROM process_instance")
    return str(case)
