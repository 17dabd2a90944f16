"""The engine under test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.clock import VirtualClock
from engine.store.database import Database
from tests.engine.shop_desk import ShopDesk
from tests.engine.support import Engine
from tests.no_python import forbidden


@pytest.fixture
def engine(db: Database, clock: VirtualClock) -> Engine:
    """A runtime on a fresh database, nothing deployed."""
    return Engine(db, clock)


@pytest.fixture
def desk(db: Database, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShopDesk]:
    """The shipped processes, deployed; Python's eval and exec raise while they run."""
    with forbidden(monkeypatch):
        yield ShopDesk(db, clock)
