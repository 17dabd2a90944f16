"""A runtime of the office."""

from __future__ import annotations

import pytest

from engine.runtime import Runtime
from tests.engine.inspection.people import Office


@pytest.fixture
def runtime(office: Office) -> Runtime:
    return office.desk.runtime
