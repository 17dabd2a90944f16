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

_AGENT = Actor(id="li", name="李娜", groups=frozenset({"aftersales"}))


class Ours:
    """Kefuflow."""

    what = "Kefuflow: the same with inbox, history, hash chain and access"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cases = 0
        url = f"sqlite:///{path}"
        upgrade(url)
        self._db = Database.open(url)
        clock = SystemClock()
        definitions = Definitions(self._db, clock)
        forms = {
            f"w1.{name}.form": json.dumps({"id": f"w1.{name}", "type": "default", "components": []}).encode()
            for name in "abc"
        }
        definitions.deploy({"w1.bpmn": feel_w1(), **forms}, SYSTEM)
        self._runtime = Runtime(self._db, clock, definitions, CONNECTORS)
        self._open = text("SELECT id FROM user_task WHERE instance = :key AND status = 'open'")

    def start(self, number: int) -> int:
        self._cases += 1
        return self._runtime.start("w1", {"order_id": f"SO-{number}"}, SYSTEM).instance_key

    def prepare(self, case: int, values: dict[str, Any]) -> Callable[[], None]:
        with self._db.read() as connection:
            task_id = connection.execute(self._open, {"key": case}).scalar_one()

        def step() -> None:
            self._runtime.complete(task_id, values, _AGENT, submission_key="k")

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
