"""Every instance that a test began through ``event_drawing.begin`` is re-executed when the test is over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.bpmn.event_drawing import BEGUN


@pytest.fixture(autouse=True)
def _proof() -> Iterator[None]:
    BEGUN.clear()
    yield
    for running in BEGUN:
        running.proven()
