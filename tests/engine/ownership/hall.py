"""A hall of colleagues with cases of a small process, for tests of who has what."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from engine import accounts
from engine.model import Actor
from engine.store.tables import history_event, notification, process_instance, transfer, user_task
from engine.worker import Worker
from tests.engine.roster.people import hire
from tests.engine.support import Engine
from tests.unit.bpmn.drawing import Drawing, properties


class Hall:
    """The small process ``p``: two tasks at once, one of after-sales, one of pre-sales; then one of after-sales."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.runtime, self.db = engine, engine.runtime, engine.db
        engine.worker = Worker(engine.runtime, deliver=engine.delivered.append)  # with all that it looks after
        hire(self.db)
        drawing = Drawing("p").start().gateway("split", "parallel").user("after").user("before", "presales")
        drawing.gateway("join", "parallel").user("last").end()
        drawing.flow("start", "split", "after", "join", "last", "end").flow("split", "before", "join")
        drawing.extension = properties(start_permission="P01")
        engine.deploy(drawing)

    def actor(self, person: str) -> Actor:
        return accounts.get(self.db, person).actor

    def case(self, person: str = "li", **variables: object) -> str:
        given = {"customer_id": "C-88", "order_id": "SO-1", **variables}
        return self.runtime.start("p", given, self.actor(person)).case_id

    def task(self, case_id: str, element: str) -> int:
        with self.db.read() as connection:
            found = select(user_task.c.id).where(user_task.c.case_id == case_id, user_task.c.element == element)
            return connection.execute(found).scalar_one()

    def assignee(self, case_id: str, element: str) -> str | None:
        with self.db.read() as connection:
            found = select(user_task.c.assignee).where(user_task.c.id == self.task(case_id, element))
            return connection.execute(found).scalar_one()

    def owner(self, case_id: str) -> tuple[str, str]:
        """(owner, first owner)."""
        with self.db.read() as connection:
            row = connection.execute(select(process_instance).where(process_instance.c.key == int(case_id))).one()
        return row.owner, row.first_owner

    def owners_of_tasks(self, case_id: str) -> set[str]:
        with self.db.read() as connection:
            found = select(user_task.c.owner).where(user_task.c.case_id == case_id, user_task.c.status == "open")
            return set(connection.execute(found).scalars())

    def kinds(self, case_id: str) -> list[str]:
        """What the history says of hands."""
        with self.db.read() as connection:
            found = select(history_event.c.kind).where(history_event.c.stream == int(case_id))
            kinds = connection.execute(found.order_by(history_event.c.seq)).scalars()
            return [kind for kind in kinds if kind.startswith("case.") or kind == "user_task.assigned"]

    def told(self, person: str) -> list[str]:
        with self.db.read() as connection:
            found = select(notification.c.text).where(notification.c.user == person).order_by(notification.c.id)
            return list(connection.execute(found).scalars())

    def offers(self) -> list[tuple[str, str]]:
        """(kind, status) of every offer."""
        with self.db.read() as connection:
            found = select(transfer.c.kind, transfer.c.status).order_by(transfer.c.id)
            return [tuple(row) for row in connection.execute(found)]

    def pass_time(self, by: timedelta) -> None:
        self.engine.clock.advance(by)
        self.engine.worker.drain()

    def complete(self, case_id: str, element: str, person: str) -> None:
        self.runtime.complete(self.task(case_id, element), {}, self.actor(person))
