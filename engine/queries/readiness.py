"""Whether an installation can do its work just now: what a load balancer and who is woken at night ask."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from engine.errors import StorageUnavailable
from engine.store.database import Database
from engine.store.migrate import is_current

_MEGABYTE: Final = 1024 * 1024
_REVISION: Final = text("SELECT version_num FROM alembic_version")
OK: Final = "ok"


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was looked at, with "ok" or the reason why not: words without a path, a number of a case, or a name."""

    checks: Mapping[str, str]

    @property
    def ready(self) -> bool:
        """Whether all is well."""
        return all(said == OK for said in self.checks.values())


class Examiner:
    """Looks at one database; asked every few seconds, so it remembers which schema was found right."""

    def __init__(self, db: Database, *, min_free_bytes: int) -> None:
        """``min_free_bytes``: what must be free on the disk of the database."""
        self.db = db
        self._min_free_bytes = min_free_bytes
        self._right: str | None = None

    def examine(self, *, worker_looks: bool) -> Readiness:
        """Look at everything, and say of each what is wrong.

        Args:
            worker_looks: whether the worker has looked at the job table lately.
        """
        return Readiness(
            {
                **self._database(),
                "worker": OK if worker_looks else "has not looked at the job table for a minute",
                "disk": self._disk(),
            }
        )

    def _database(self) -> dict[str, str]:
        try:
            right = self._schema_is_right()
        except (StorageUnavailable, SQLAlchemyError, sqlite3.Error, OSError):
            return {"database": "does not answer", "schema": "unknown"}
        return {"database": OK, "schema": OK if right else "is not the one of this release"}

    def _schema_is_right(self) -> bool:
        self.db.file.stat()  # opened before, it would answer even when it is gone
        with self.db.read() as connection:
            there = inspect(connection).has_table("alembic_version")
            revision = connection.scalar(_REVISION) if there else None
        if revision is None or revision != self._right:
            self._right = revision if is_current(self.db) else None  # reads all migrations
        return self._right is not None

    def _disk(self) -> str:
        try:
            free = shutil.disk_usage(self.db.file.parent).free
        except OSError:
            return "cannot be asked"
        return OK if free >= self._min_free_bytes else f"less than {self._min_free_bytes // _MEGABYTE} MB are free"
