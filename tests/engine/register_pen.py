"""Writes rows of registers as the steps of processes do, without processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select

from engine.labels import Labels
from engine.model import RegisterRow
from engine.runtime.register_rows import RegisterRows
from engine.store.database import Database
from engine.store.instances import read_instances
from engine.store.tables import definition, process_instance
from engine.store.writes import Writes

PLAIN = Labels(names={}, options={}, personal=frozenset())


class _Version:
    """What the rows ask of a version: a process without properties and forms."""

    class definition:  # noqa: N801  the attribute's name
        properties: Mapping[str, str] = {}
        start_form = None
        outcomes: Mapping[str, Mapping[str, str]] = {}
        answers: Mapping[str, str] = {}

    forms: Mapping[str, object] = {}
    hash = "no forms"


class RegisterPen:
    """Writes rows of one case, each by an instance of its own."""

    def __init__(self, db: Database) -> None:
        self.db = db
        with db.begin() as tx:
            if tx.connection.execute(select(definition.c.key)).first() is None:
                row = {"process_id": "p", "version": 1, "hash": "h", "manifest": b"{}", "name": "p"}
                tx.connection.execute(insert(definition).values(key=1, deployed_at=0, deployed_by="x", **row))

    def instance(self, case_id: str | None = None) -> int:
        """A new instance, of a new case or of one."""
        with self.db.begin() as tx:
            key = tx.connection.execute(
                insert(process_instance)
                .values(
                    definition=1, process_id="p", case_id=case_id or "", revision=1, status="active", variables=b"{}",
                    opened_by="ann", first_owner="ann", owner="ann", opened_at=0, case_opened_at=0, history_hash=b"",
                    depth=0 if case_id is None else 1,
                )
                .returning(process_instance.c.key)
            ).scalar_one()  # fmt: skip
            if case_id is None:
                tx.connection.execute(
                    process_instance.update().where(process_instance.c.key == key).values(case_id=str(key))
                )
        return key

    def write(self, register: str, at: int = 0, *, instance: int | None = None, **values: Any) -> int:
        """Write a row at an instant in microseconds; gives the instance."""
        key = self.instance() if instance is None else instance
        with self.db.begin() as tx:
            writes = Writes()
            rows = RegisterRows(tx, writes, at=at)
            row = RegisterRow(register=register, element="note", values=values)
            rows.write(read_instances(tx, key)[key], _Version, [row])  # type: ignore[arg-type]  # a part of one
            writes.flush(tx)
        return key
