"""The studio under test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask

from engine.sandbox import place
from engine.scenarios import deploy_into
from tests.web.studio.desk import Studio


@pytest.fixture(scope="session", autouse=True)
def sandboxes_deployed_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What one test's sandbox has deployed is copied for the next, as the sandboxes of one shop do themselves."""
    folder = tmp_path_factory.mktemp("sandboxes")
    known: dict[object, Path] = {}

    def deploy(file: Path, files: Mapping[str, bytes], passed: frozenset[str]) -> None:
        key = frozenset(files.items())
        if key not in known:
            deploy_into(file, files, passed)
            known[key] = folder / f"{len(known)}.db"
            shutil.copy(file, known[key])
        else:
            shutil.copy(known[key], file)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, "deploy_into", deploy)
        yield


@pytest.fixture
def desk(app: Flask) -> Studio:
    """Owners zhou and hao, a department manager, agents."""
    return Studio(app)
