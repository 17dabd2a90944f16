"""A theatre as a fixture: the processes are deployed once, every case has a copy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.narrative.theatre import Theatre, build


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("narrative"))


@pytest.fixture
def theatre(deployed: Path, tmp_path: Path) -> Iterator[Theatre]:
    made = Theatre(deployed, tmp_path)
    yield made
    made.db.close()
