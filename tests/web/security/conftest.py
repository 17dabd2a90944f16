"""One application with the estate, made once for all modules; what a request writes is taken back behind it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
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


@pytest.fixture(scope="session")
def estates(
    shop_database: Path,
    tmp_path_factory: pytest.TempPathFactory,
    templates: BytecodeCache,
    compiled: dict[int, Deployed],
) -> Iterator[Callable[[str], tuple[Estate, Rewind]]]:
    """The shop of two teams with a mark in its texts, and what takes it back to how it was made."""
    made: dict[str, tuple[Estate, Rewind]] = {}

    def make(mark: str) -> tuple[Estate, Rewind]:
        if mark not in made:
            path = tmp_path_factory.mktemp("estate") / "shop.db"
            shutil.copy(shop_database, path)
            app: Flask = create_app(database_url=f"sqlite:///{path}", clock=VirtualClock(FRIDAY_9AM), **PLAIN)
            app.jinja_env.bytecode_cache = templates
            parts_of(app).definitions._compiled.update(compiled)
            estate = Estate(app, mark)
            made[mark] = estate, Rewind(estate.db)
        return made[mark]

    yield make
    for estate, _ in made.values():
        estate.db.close()


@pytest.fixture(scope="module")
def estate(estates: Callable[[str], tuple[Estate, Rewind]], mark: str) -> Estate:
    """The shop of two teams; tests that write use ``rewind``."""
    return estates(mark)[0]


@pytest.fixture(scope="module")
def rewind(estates: Callable[[str], tuple[Estate, Rewind]], mark: str) -> Rewind:
    """Takes back what was written since; nothing is left of what another module's tests wrote."""
    rewind = estates(mark)[1]
    rewind.back()
    return rewind


@pytest.fixture(scope="module")
def asker(estate: Estate, rewind: Rewind) -> Asker:
    """Asks in everybody's name."""
    return Asker(estate, rewind)
