"""Does the work of migrations, some instances at a time: asks each in the dry run, takes each over in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import structlog
from sqlalchemy import Row, select, update

from engine import accounts, canonical
from engine.clock import to_microseconds
from engine.definitions import Deployed
from engine.errors import EngineError, NotFound, StaleInstance
from engine.migration.checking import Kind, Reason, check
from engine.migration.words import AT_WORK, CaseStatus, Status
from engine.model import SYSTEM, Actor
from engine.runtime import Runtime
from engine.store.tables import migration, migration_case, process_instance

_log = structlog.get_logger(__name__)
#: Instances between two looks at whether somebody wants it to stop.
BATCH: Final = 20
_TRIES: Final = 3


class Runner:
    """Does one batch after the other."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def __call__(self) -> bool:
        """One batch of the oldest migration that has work; False: there is none."""
        with self._runtime.db.read() as connection:
            query = select(migration).where(migration.c.status.in_(AT_WORK)).order_by(migration.c.key).limit(1)
            row = connection.execute(query).one_or_none()
            if row is None:
                return False
            cases = connection.execute(_open_ones(row)).all()
        target = self._runtime.definitions.get(row.target)
        mapping = canonical.decode(row.mapping)
        for case in cases:
            status, reasons = self._one(row, case.instance, target, mapping)
            self._write(row, case.instance, status, reasons)
        if len(cases) < BATCH:
            self._finish(row)
        return True

    def _one(
        self, row: Row[Any], key: int, target: Deployed, mapping: Mapping[str, str]
    ) -> tuple[CaseStatus, tuple[Reason, ...]]:
        """What becomes of one instance."""
        try:
            with self._runtime.db.read() as connection:
                if not _is_there(connection, key, row.source):
                    return CaseStatus.GONE, ()
                reasons = check(connection, self._runtime.definitions, key, target, mapping, self._runtime.clock.now())
            if row.status == Status.CHECKING.value:
                return _status_of(reasons), reasons
            if any(one.kind is Kind.PLACE for one in reasons) or (reasons and not row.forced):
                return _status_of(reasons), reasons
            self._migrate(row, key, mapping)
        except EngineError as problem:
            kind = Kind.PLACE
            return CaseStatus.REFUSED, (
                Reason(kind=kind, element=None, zh=problem.message_zh or str(problem), en=str(problem)),
            )
        except Exception:  # noqa: BLE001  one case must not keep the others
            _log.exception("migration.case_failed", instance=key)
            zh, en = "内部错误,已记入日志。", "An internal error; it is in the log."
            return CaseStatus.REFUSED, (Reason(kind=Kind.PLACE, element=None, zh=zh, en=en),)
        return CaseStatus.MIGRATED, reasons

    def _migrate(self, row: Row[Any], key: int, mapping: Mapping[str, str]) -> None:
        """In a transaction of its own; somebody may work on the case at the same moment."""
        actor = self._actor(row.asked_by)
        for left in reversed(range(_TRIES)):
            try:
                self._runtime.migrate(key, row.target, actor, mapping=mapping, reason=row.reason)
                return
            except StaleInstance:
                if not left:
                    raise

    def _actor(self, user_id: str) -> Actor:
        """Who asked, with the groups of now."""
        return SYSTEM if user_id == SYSTEM.id else accounts.get(self._runtime.db, user_id).actor

    def _write(self, row: Row[Any], key: int, status: CaseStatus, reasons: tuple[Reason, ...]) -> None:
        with self._runtime.db.begin() as tx:
            done = tx.connection.execute(
                update(migration_case)
                .where(
                    migration_case.c.migration == row.key,
                    migration_case.c.instance == key,
                    migration_case.c.status.in_(_waiting(row)),
                )
                .values(
                    status=status.value,
                    reason_zh=";".join(one.zh.rstrip("。") for one in reasons),
                    reason_en=" ".join(one.en for one in reasons),
                    at=to_microseconds(self._runtime.clock.now()),
                )
            ).rowcount
            tx.connection.execute(
                update(migration).where(migration.c.key == row.key).values(done=migration.c.done + done)
            )

    def _finish(self, row: Row[Any]) -> None:
        checking = row.status == Status.CHECKING.value
        values: dict[str, Any] = {"status": Status.CHECKED.value if checking else Status.DONE.value}
        if not checking:
            values["ended_at"] = to_microseconds(self._runtime.clock.now())
        with self._runtime.db.begin() as tx:
            which = (migration.c.key == row.key, migration.c.status == row.status)
            tx.connection.execute(update(migration).where(*which).values(values))


def _open_ones(row: Row[Any]) -> Any:
    """The next instances that have their turn."""
    which = (migration_case.c.migration == row.key, migration_case.c.status.in_(_waiting(row)))
    return select(migration_case.c.instance).where(*which).order_by(migration_case.c.instance).limit(BATCH)


def _waiting(row: Row[Any]) -> list[str]:
    if row.status == Status.CHECKING.value:
        return [CaseStatus.WAITING.value]
    return [CaseStatus.POSSIBLE.value, *([CaseStatus.UNPROVEN.value] if row.forced else [])]


def _status_of(reasons: tuple[Reason, ...]) -> CaseStatus:
    if not reasons:
        return CaseStatus.POSSIBLE
    return CaseStatus.REFUSED if any(one.kind is Kind.PLACE for one in reasons) else CaseStatus.UNPROVEN


def _is_there(connection: Any, key: int, source: int) -> bool:
    query = select(process_instance.c.definition, process_instance.c.ended_at).where(process_instance.c.key == key)
    found = connection.execute(query).one_or_none()
    if found is None:
        raise NotFound(f"no instance {key}", message_zh="没有这件工单。")
    return bool(found.definition == source and found.ended_at is None)
