"""What a migration has come to, as pages show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from engine import canonical
from engine.clock import from_microseconds
from engine.errors import NotFound
from engine.migration.words import CaseStatus, Status
from engine.store.tables import migration, migration_case

PAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationView:
    """One migration."""

    key: int
    process_id: str
    #: Keys of versions.
    source: int
    target: int
    mapping: Mapping[str, str]
    reason: str
    forced: bool
    status: Status
    total: int
    done: int
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None
    counts: Mapping[CaseStatus, int]

    @property
    def share(self) -> int:
        """Per cent of what it does now."""
        return 100 * self.done // self.total if self.total else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """One instance of it."""

    instance: int
    case_id: str
    status: CaseStatus
    zh: str
    en: str
    at: datetime | None


def read_migration(connection: Connection, key: int) -> MigrationView:
    """One migration.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(select(migration).where(migration.c.key == key)).one_or_none()
    if row is None:
        raise NotFound(f"no migration {key}", message_zh="没有这次迁移。")
    return _view(row, _counts(connection, [row.key])[row.key])


def list_migrations(connection: Connection, process_id: str) -> list[MigrationView]:
    """The migrations of a process, the newest first."""
    query = select(migration).where(migration.c.process_id == process_id).order_by(migration.c.key.desc()).limit(PAGE)
    rows = connection.execute(query).all()
    counts = _counts(connection, [row.key for row in rows])
    return [_view(row, counts[row.key]) for row in rows]


def list_cases(
    connection: Connection, key: int, *, status: CaseStatus | None = None, after: int = 0
) -> list[CaseResult]:
    """A page of the instances of a migration, behind one of them."""
    which: list[Any] = [migration_case.c.migration == key, migration_case.c.instance > after]
    if status is not None:
        which.append(migration_case.c.status == status.value)
    query = select(migration_case).where(*which).order_by(migration_case.c.instance).limit(PAGE)
    return [
        CaseResult(
            instance=row.instance,
            case_id=row.case_id,
            status=CaseStatus(row.status),
            zh=row.reason_zh,
            en=row.reason_en,
            at=None if row.at is None else from_microseconds(row.at),
        )
        for row in connection.execute(query)
    ]


def _counts(connection: Connection, keys: Sequence[int]) -> dict[int, dict[CaseStatus, int]]:
    """How many cases of each migration have which status."""
    case = migration_case.c
    counted = (
        select(case.migration, case.status, func.count())
        .where(case.migration.in_(keys))
        .group_by(case.migration, case.status)
    )
    found: dict[int, dict[CaseStatus, int]] = {key: {} for key in keys}
    for key, status, number in connection.execute(counted):
        found[key][CaseStatus(status)] = number
    return found


def _view(row: Row[Any], counts: Mapping[CaseStatus, int]) -> MigrationView:
    return MigrationView(
        key=row.key,
        process_id=row.process_id,
        source=row.source,
        target=row.target,
        mapping=canonical.decode(row.mapping),
        reason=row.reason,
        forced=row.forced,
        status=Status(row.status),
        total=row.total,
        done=row.done,
        asked_by=row.asked_by,
        asked_at=from_microseconds(row.asked_at),
        ended_at=None if row.ended_at is None else from_microseconds(row.ended_at),
        counts=counts,
    )
