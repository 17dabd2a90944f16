"""A desk with the shipped task SLA, its own calendar where a test needs one, and drawings of a few tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from engine.clock import SHANGHAI, from_microseconds
from engine.definitions.bundle import Bundle, read_bundle
from engine.model import SYSTEM
from tests.engine.support import Engine, UncheckedDefinitions
from tests.unit.bpmn.drawing import Drawing

TASK_SLA = (Path(__file__).parents[3] / "processes" / "decisions" / "task_sla.dmn").read_bytes()


class DefinitionsWithTables(UncheckedDefinitions):
    """Takes decision tables too."""

    def _bundle(self, connection: Any, files: Mapping[str, bytes], passed: frozenset[str] = frozenset()) -> Bundle:
        tables = {name: content for name, content in files.items() if name.endswith(".dmn")}
        bundle = super()._bundle(connection, {name: files[name] for name in files if name not in tables})
        read = read_bundle(tables, [], timedelta(minutes=1))
        bundle.findings += read.findings
        bundle.parts |= read.parts
        return bundle


class SlaDesk(Engine):
    """An engine whose user tasks are due by the table."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.definitions = DefinitionsWithTables(self.db, self.clock)
        self.runtime.definitions = self.definitions
        self.definitions.deploy({"task_sla.dmn": TASK_SLA}, SYSTEM)

    def row(self, element: str) -> Any:
        """The newest user task of an element."""
        with self.db.read() as connection:
            found = "SELECT * FROM user_task WHERE element = :element ORDER BY id DESC"
            return connection.execute(text(found), {"element": element}).first()

    def due(self, element: str) -> datetime:
        """In the shop's zone."""
        return shop_time(self.row(element).due_at)

    def alarms(self) -> list[tuple[str, datetime]]:
        """What the open alarms will do, and when."""
        with self.db.read() as connection:
            found = connection.execute(text("SELECT type, due_at FROM job WHERE kind = 'alarm' ORDER BY id")).all()
        return [(row.type, shop_time(row.due_at)) for row in found]

    def at(self, moment: str) -> None:
        """Move the clock to a moment in the shop's zone, and do what is due then."""
        self.clock.advance_to(shop(moment))
        self.worker.drain()

    def told(self) -> list[tuple[str, str]]:
        """To whom notices went, and their texts."""
        with self.db.read() as connection:
            found = connection.execute(text("SELECT recipient, text FROM outbox ORDER BY written_at, id")).all()
        return [(row.recipient, row.text) for row in found]


def shop(moment: str) -> datetime:
    """An instant of the shop's zone."""
    return datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)


def shop_time(at: int) -> datetime:
    """Stored microseconds as an instant of the shop's zone."""
    return from_microseconds(at).astimezone(SHANGHAI)


def one_task(group: str = "aftersales", process_id: str = "p") -> Drawing:
    """A process of one user task ``ask``."""
    return Drawing(process_id).start().user("ask", group).end().flow("start", "ask", "end")
