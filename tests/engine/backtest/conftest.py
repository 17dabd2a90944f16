"""A shop with past cases, made once; each test works on a copy of it."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine.backtest.asking import ask
from engine.backtest.candidate import Parts
from engine.backtest.choosing import CaseFilter
from engine.backtest.running import Runner
from engine.clock import SHANGHAI, VirtualClock
from engine.scenarios.people import person
from engine.store.database import Database
from engine.store.tables import backtest_case, studio_change
from tests.conftest import made_once
from tests.engine.backtest.seeding import LossSeeder, Lost, Seeded, Seeder
from tests.engine.narrative.theatre import ROOT, build
from tests.sample import times

OWNER = person("process_owner")
TABLES = ROOT / "processes" / "decisions"
APPROVAL = ("decision", "compensation_approval")
#: More than a runner tries in one go.
COMPENSATIONS = times(150, 60)


@dataclass(frozen=True)
class Past:
    """A database file with its cases, and when it is."""

    file: Path
    now: datetime
    compensations: list[Seeded]
    losses: list[Lost]


@dataclass
class Shop:
    """A copy of the past, with a change to be tried on it."""

    db: Database
    clock: VirtualClock
    past: Past
    change: int

    def ask(self, parts: Parts, wanted: CaseFilter | None = None) -> int:
        return ask(
            self.db, OWNER, change=self.change, revision=1, parts=parts, wanted=wanted or CaseFilter(),
            now=self.clock.now(),
        )  # fmt: skip

    def run(self, parts: Parts, wanted: CaseFilter | None = None) -> int:
        """Ask for a back-test and do it."""
        key = self.ask(parts, wanted)
        work = Runner(self.db, self.clock)
        while work():
            pass
        return key

    def cases(self, key: int) -> Mapping[str, Any]:
        """The rows of a back-test by case id."""
        with self.db.read() as connection:
            rows = connection.execute(select(backtest_case).where(backtest_case.c.backtest == key)).all()
        return {row.case_id: row for row in rows}


@pytest.fixture(scope="session")
def past(for_all_workers: Path) -> Past:
    place = for_all_workers / "past"
    with made_once(place) as making:
        if making is not None:
            making.mkdir()
            (making / "past").write_bytes(pickle.dumps(_live(making)))
    lived: Past = pickle.loads((place / "past").read_bytes())
    return replace(lived, file=place / lived.file.name)


def _live(folder: Path) -> Past:
    """Make the cases."""
    file = build(folder)
    clock = VirtualClock(datetime(2026, 1, 2, 9, 0, tzinfo=SHANGHAI))
    db = Database.open(f"sqlite:///{file}")
    try:
        compensations = Seeder(db, clock, 7).make(COMPENSATIONS)
        losses = LossSeeder(db, clock, 8).make(30)
    finally:
        db.close()
    return Past(file, clock.now(), compensations, losses)


@pytest.fixture
def shop(past: Past, tmp_path: Path) -> Iterator[Shop]:
    with copied(past, tmp_path) as made:
        yield made


@contextmanager
def copied(past: Past, folder: Path) -> Iterator[Shop]:
    """A shop of one's own in a folder."""
    shutil.copy(past.file, folder / "shop.db")
    db = Database.open(f"sqlite:///{folder / 'shop.db'}")
    values = {"title": "试", "why": "", "status": "open", "opened_by": OWNER.id, "opened_at": 0}
    with db.begin() as tx:
        change = tx.connection.execute(insert(studio_change).values(values).returning(studio_change.c.key)).scalar_one()
    yield Shop(db, VirtualClock(past.now), past, change)
    db.close()
