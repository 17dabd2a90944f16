"""A running engine for tests: real database, real runtime, small diagrams deployed without the lint's demands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import Connection, func, select, text

from engine.clock import VirtualClock
from engine.connectors import Connector, JobContext
from engine.definitions import Definitions
from engine.definitions.bundle import BPMN, FORM, Bundle, Part
from engine.errors import JobFailed
from engine.model import SYSTEM, Actor, Variables
from engine.runtime import Runtime
from engine.store.database import Database
from engine.store.tables import history_event, metadata, user_task
from engine.worker import Worker
from tests.faults.invariants import unlike_their_commands, violations
from tests.unit.bpmn.drawing import Drawing

LI = Actor(id="li", name="李娜", groups=frozenset({"aftersales"}))
WANG = Actor(id="wang", name="王强", groups=frozenset({"aftersales"}))
ZHAO = Actor(id="zhao", name="赵敏", groups=frozenset({"supervisor"}))
CANG = Actor(id="cang", name="仓库小陈", groups=frozenset({"warehouse"}))


class UncheckedDefinitions(Definitions):
    """Deploys whatever compiles: the lint has tests of its own."""

    def _bundle(
        self, connection: Connection, files: Mapping[str, bytes], passed: frozenset[str] = frozenset()
    ) -> Bundle:
        bundle = Bundle()
        for name, content in files.items():
            stem, _, suffix = name.rpartition(".")
            kind = {"bpmn": BPMN, "form": FORM}[suffix]
            part = Part(kind=kind, id=stem, hash=sha256(content).hexdigest(), content=content)
            bundle.parts[kind, stem] = part
        return bundle


@dataclass
class Engine:
    """Everything a test needs."""

    db: Database
    clock: VirtualClock
    connectors: dict[str, Connector] = field(default_factory=dict)
    delivered: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.definitions = UncheckedDefinitions(self.db, self.clock)
        self.connectors.setdefault("work", lambda _: {})
        self.runtime = Runtime(self.db, self.clock, self.definitions, self.connectors)
        self.worker = Worker(self.runtime, deliver=self.delivered.append, looks=())

    def deploy(self, *drawings: Drawing) -> None:
        files = {f"{drawing.process_id}.bpmn": drawing.xml() for drawing in drawings}
        for drawing in drawings:
            for line in drawing.lines:
                for form_id in _forms(line):
                    files[f"{form_id}.form"] = json.dumps({"id": form_id, "components": []}).encode()
        self.definitions.deploy(files, SYSTEM)

    def start(self, process_id: str = "p", /, **variables: object) -> int:
        return self.runtime.start(process_id, variables, SYSTEM).instance_key

    def tasks(self, **where: object) -> list[int]:
        query = select(user_task.c.id).where(user_task.c.status == "open").order_by(user_task.c.id)
        for name, value in where.items():
            query = query.where(user_task.c[name] == value)
        with self.db.read() as connection:
            return list(connection.execute(query).scalars())

    def task(self, element: str) -> int:
        (found,) = self.tasks(element=element)
        return found

    def complete(self, element: str, actor: Actor = LI, /, **variables: object) -> None:
        self.runtime.complete(self.task(element), variables, actor)

    def column(self, sql: str, **params: object) -> list[object]:
        with self.db.read() as connection:
            return [row[0] for row in connection.execute(text(sql), params)]

    def kinds(self, stream: int) -> list[str]:
        query = select(history_event.c.kind).where(history_event.c.stream == stream).order_by(history_event.c.seq)
        with self.db.read() as connection:
            return list(connection.execute(query).scalars())

    def snapshot(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table."""
        with self.db.read() as connection:
            return {
                table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
                for table in metadata.sorted_tables
            }

    def count(self, table: str) -> int:
        with self.db.read() as connection:
            return connection.execute(select(func.count()).select_from(metadata.tables[table])).scalar_one()


def consistent(engine: Engine) -> None:
    """Nothing that must hold of a database is broken, and every case re-executes to the same."""
    cases = engine.column("SELECT DISTINCT case_id FROM process_instance")
    found = violations(engine.db) + unlike_their_commands(engine.db, map(str, cases))
    assert not found, found


def _forms(line: str) -> list[str]:
    return [part.partition('"')[0] for part in line.split('formId="')[1:]]


def failing(times: int, problem: str = "the courier's server is down") -> Connector:
    """A connector that fails so often before it works."""
    calls: list[int] = []

    def connector(context: JobContext) -> Variables:
        calls.append(context.job_id)
        if len(calls) <= times:
            raise JobFailed(problem)
        return {"attempts_made": len(calls)}

    return connector
