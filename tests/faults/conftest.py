"""Shops for tests of faults: that of the pages' tests, for servers that are killed, and those of earlier releases."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.served import Server
from tests.faults.upgrades import KEPT, SOME, Old
from tests.golden.keep_database import unpack
from tests.golden.schemas import schema_of
from tests.web.conftest import shop_database

__all__ = ["shop_database"]


@pytest.fixture(scope="module", params=SOME, ids=[file.name.partition(".")[0] for file in SOME])
def old(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Old:
    """A database as an earlier release left it."""
    return Old.settled(unpack(request.param, tmp_path_factory.mktemp("old")))


@pytest.fixture(scope="module")
def oldest(tmp_path_factory: pytest.TempPathFactory) -> Old:
    """The one that has the longest way before it."""
    return Old.settled(unpack(KEPT[0], tmp_path_factory.mktemp("oldest")))


@pytest.fixture(scope="module")
def new_schema(empty_database: Path) -> dict[str, object]:
    """That of a new database."""
    return schema_of(empty_database)


@pytest.fixture
def serve(shop_database: Path, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts a server on a copy of the shop's database, with options and settings."""
    shutil.copy(shop_database, tmp_path / "shop.db")
    made: list[Server] = []

    def start(*options: str, **settings: str) -> Server:
        made.append(Server(tmp_path, *options, **settings))
        return made[-1]

    yield start
    for server in made:
        if server.process.poll() is None:
            server.end(signal.SIGKILL)
