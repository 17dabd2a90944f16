"""One application with the estate, made once for a module; what a request writes is taken back behind it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import BytecodeCache

from engine.clock import VirtualClock
from engine.definitions import Deployed
from tests.conftest import FRIDAY_9AM
from tests.web.conftest import PLAIN
from tests.web.security.estate import Estate
from tests.web.security.matrix import Asker
from tests.web.security.rewind import Rewind
from web import create_app, parts_of


@pytest.fixture(scope="module")
def mark(request: pytest.FixtureRequest) -> str:
    """What stands in every text that somebody typed; a module may say otherwise by ``MARK``."""
    return str(getattr(request.module, "MARK", "机密"))


@pytest.fixture(scope="module")
def estate(
    shop_database: Path,
    tmp_path_factory: pytest.TempPathFactory,
    templates: BytecodeCache,
    compiled: dict[int, Deployed],
    mark: str,
) -> Iterator[Estate]:
    """The shop of two teams; tests that write use ``rewind``."""
    path = tmp_path_factory.mktemp("estate") / "shop.db"
    shutil.copy(shop_database, path)
    app: Flask = create_app(database_url=f"sqlite:///{path}", clock=VirtualClock(FRIDAY_9AM), **PLAIN)
    app.jinja_env.bytecode_cache = templates
    parts_of(app).definitions._compiled.update(compiled)
    yield Estate(app, mark)
    parts_of(app).db.close()


@pytest.fixture(scope="module")
def rewind(estate: Estate) -> Rewind:
    """Takes back what was written since."""
    return Rewind(estate.db)


@pytest.fixture(scope="module")
def asker(estate: Estate, rewind: Rewind) -> Asker:
    """Asks in everybody's name."""
    return Asker(estate, rewind)
