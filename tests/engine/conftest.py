"""The engine under test."""

from __future__ import annotations

import pytest

from engine.clock import VirtualClock
from engine.store.database import Database
from tests.engine.support import Engine


@pytest.fixture
def engine(db: Database, clock: VirtualClock) -> Engine:
    """A runtime on a fresh database, nothing deployed."""
    return Engine(db, clock)
