"""A desk with the processes that the archive's tests need, deployed once and copied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.clock import VirtualClock
from engine.definitions import Definitions, Deployed
from engine.model import SYSTEM
from engine.store.database import Database
from tests.conftest import FRIDAY_9AM
from tests.engine.customers.pen import add_people
from tests.engine.shop_desk import ShopDesk, shipped_files

#: The inquiry (10) and the rights claim (13) with all that they call.
PROCESSES = (
    "p10_courier_query", "p13_rights_protection", "p12_return", "p09_exchange", "p08_repair", "p07_delivery",
    "p06_order_change", "p01_compensation", "s01_three_guarantees", "s02_payout", "s03_amount_approval",
    "s04_price_difference",
)  # fmt: skip


@pytest.fixture(scope="session")
def shop(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[int, Deployed]]:
    """The database with the processes, and what they compile to."""
    path = tmp_path_factory.mktemp("customers") / "shop.db"
    shutil.copy(empty_database, path)
    db = Database.open(f"sqlite:///{path}")
    definitions = Definitions(db, VirtualClock(FRIDAY_9AM))
    definitions.deploy(shipped_files(*PROCESSES), SYSTEM)
    compiled = {deployed.key: deployed for deployed in definitions.all_latest()}
    db.close()
    return path, compiled


class CopiedDesk(ShopDesk):
    """A desk on a database in which the processes stand already."""

    def __init__(self, db: Database, clock: VirtualClock, compiled: dict[int, Deployed]) -> None:
        self._known = compiled
        super().__init__(db, clock, processes=())

    def _deploy(self, processes: tuple[str, ...]) -> None:
        self.definitions._compiled.update(self._known)


@pytest.fixture
def desk(shop: tuple[Path, dict[int, Deployed]], tmp_path: Path, clock: VirtualClock) -> Iterator[ShopDesk]:
    """The desk, with people; on a Friday that is a holiday."""
    path, compiled = shop
    shutil.copy(path, tmp_path / "shop.db")
    db = Database.open(f"sqlite:///{tmp_path / 'shop.db'}")
    made = CopiedDesk(db, clock, compiled)
    add_people(db)
    yield made
    db.close()
