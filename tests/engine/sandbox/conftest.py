"""Sandboxes on the shipped processes, deployed once."""

from __future__ import annotations

import pytest

from engine.sandbox import Sandboxes
from engine.scenarios import stage
from tests.engine.shop_desk import shipped_files
from tests.engine.support import UncheckedDefinitions


@pytest.fixture(scope="session")
def shipped() -> dict[str, bytes]:
    return dict(shipped_files())


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Sandboxes:
    return Sandboxes(tmp_path_factory.mktemp("sandboxes") / "all", most=10_000)


@pytest.fixture
def loose(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deploys whatever compiles: the lint has tests of its own."""
    monkeypatch.setattr(stage, "Definitions", UncheckedDefinitions)
