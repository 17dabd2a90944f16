"""The studio under test."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.web.studio.desk import Studio


@pytest.fixture
def desk(app: Flask) -> Studio:
    """Owners zhou and hao, a department manager, agents."""
    return Studio(app)
