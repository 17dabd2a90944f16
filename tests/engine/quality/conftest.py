"""A ledger of closed cases, and a runtime over it."""

from __future__ import annotations

import pytest

from engine.clock import VirtualClock
from engine.connectors import CONNECTORS
from engine.definitions import Definitions
from engine.runtime import Runtime
from engine.store.database import Database
from tests.engine.kpi.ledger import PEOPLE, Ledger


@pytest.fixture(autouse=True)
def _more_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PEOPLE, "min", ("闵慧", "supervisor"))
    monkeypatch.setitem(PEOPLE, "cang", ("仓管", "warehouse"))


@pytest.fixture
def ledger(_more_people: None, db: Database, clock: VirtualClock) -> Ledger:
    """People, and nothing that happened; it is Sunday, 20 December 2026, noon. There is a second supervisor, min."""
    return Ledger(db, clock)


@pytest.fixture
def runtime(ledger: Ledger) -> Runtime:
    return Runtime(ledger.db, ledger.clock, Definitions(ledger.db, ledger.clock), CONNECTORS)
