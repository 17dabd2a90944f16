"""The ledger of indicators."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from engine.clock import VirtualClock
from engine.errors import NotFound
from engine.store.database import Database
from tests.engine.kpi.ledger import Ledger


@pytest.fixture
def ledger(db: Database, clock: VirtualClock) -> Ledger:
    """People, and nothing that happened; it is 20 December 2026, noon."""
    return Ledger(db, clock)


@pytest.fixture
def raises_not_found() -> Callable[[Callable[[], object]], None]:
    """Holds that something is not found, or is found and does no harm."""

    def check(act: Callable[[], object]) -> None:
        with contextlib.suppress(NotFound):
            act()

    return check
