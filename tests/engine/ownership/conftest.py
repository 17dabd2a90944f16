"""The hall as a fixture."""

from __future__ import annotations

import pytest

from tests.engine.ownership.hall import Hall
from tests.engine.support import Engine


@pytest.fixture
def hall(engine: Engine) -> Hall:
    return Hall(engine)
