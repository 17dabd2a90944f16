"""All tests of the shipped processes run without Python's eval and exec."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.no_python import forbidden


@pytest.fixture(autouse=True)
def _no_python(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with forbidden(monkeypatch):
        yield
