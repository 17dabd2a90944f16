"""Ours at the engine layer: the whole step with inbox, history, hashes and jobs, through the runtime's own door."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.drawing import feel_w1
from engine.clock import SystemClock
from engine.connectors import CONNECTORS
from engine.definitions import Definitions
from engine.model import SYSTEM, Actor
from engine.runtime import Runtime
from engine.store.database import Database
from engine.store.migrate import upgrade

AGENT = Actor(id="li", name="李娜", groups=frozenset({"aftersales"}))


def open_runtime(path: Path, diagrams: dict[str, bytes], *forms: str) -> tuple[Database, Runtime]:
    """A new database with diagrams and empty forms deployed."""
    url = f"sqlite:///{path}"
    upgrade(url)
    db, clock = Database.open(url), SystemClock()
    definitions = Definitions(db, clock)
    empty = {f"{form}.form": json.dumps({"id": form, "type": "default", "components": []}).encode() for form in forms}
    definitions.deploy({**diagrams, **empty}, SYSTEM)
    return db, Runtime(db, clock, definitions, CONNECTORS)


class Ours:
    """Kefuflow."""

    what = "Kefuflow: the same with inbox, history, hash chain and access"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cases = 0
        self._db, self._runtime = open_runtime(path, {"w1.bpmn": feel_w1()}, "w1.a", "w1.b", "w1.c")
        self._open = text("SELECT id FROM user_task WHERE instance = :key AND status = 'open'")

    def start(self, number: int) -> int:
        self._cases += 1
        return self._runtime.start("w1", {"order_id": f"SO-{number}"}, SYSTEM).instance_key

    def prepare(self, case: int, values: dict[str, Any]) -> Callable[[], None]:
        with self._db.read() as connection:
            task_id = connection.execute(self._open, {"key": case}).scalar_one()

        def step() -> None:
            self._runtime.complete(task_id, values, AGENT, submission_key="k")

        return step

    def check(self, case: int) -> None:
        with self._db.read() as connection:
            status = connection.execute(
                text("SELECT status FROM process_instance WHERE key = :key"), {"key": case}
            ).scalar_one()
        if status != "completed":
            raise AssertionError("the case has not ended")

    def bytes_per_case(self) -> int:
        with self._db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return self._path.stat().st_size // self._cases

    def close(self) -> None:
        self._db.close()
