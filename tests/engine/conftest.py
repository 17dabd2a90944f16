"""The engine under test."""

from __future__ import annotations

import pytest

from engine.clock import VirtualClock
from engine.store.database import Database
from tests.engine.shop_desk import ShopDesk
from tests.engine.support import Engine


@pytest.fixture
def engine(db: Database, clock: VirtualClock) -> Engine:
    """A runtime on a fresh database, nothing deployed."""
    return Engine(db, clock)


@pytest.fixture
def desk(db: Database, clock: VirtualClock) -> ShopDesk:
    """The shipped processes, deployed."""
    return ShopDesk(db, clock)
