"""Plans a migration, begins it, stops it. A plan is a dry run: every case is asked, none is touched."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import func, insert, select, update

from engine import access, canonical
from engine.clock import to_microseconds
from engine.definitions import Definitions
from engine.errors import InvalidValue, NotAllowed, NotFound
from engine.migration.words import AT_WORK, CaseStatus, Status
from engine.model import Actor, Event
from engine.store.database import Database
from engine.store.streams import append_system
from engine.store.tables import migration, migration_case, process_instance

#: Instances of one migration.
MAX_INSTANCES: Final = 20_000
MAX_REASON: Final = 500


def plan(
    db: Database,
    definitions: Definitions,
    actor: Actor,
    *,
    source: int,
    target: int,
    mapping: Mapping[str, str],
    reason: str,
    now: datetime,
    instances: Collection[int] | None = None,
) -> int:
    """Plan to take the running instances of a version over to another one; gives the migration's key.

    Args:
        db: the database.
        definitions: the versions.
        actor: who asks; needs P22.
        source: key of the version.
        target: key of the other one, of the same process.
        mapping: element or flow id in the source → id in the target; ids that are not in it stay.
        reason: why; kept in the history of every case.
        now: aware UTC.
        instances: keys of some of them; None: all.

    Raises:
        NotAllowed: the actor may not deploy.
        NotFound: there is no such version.
        InvalidValue: the versions are of two processes or one and the same, nothing runs on the source, there is no
            reason, or the mapping names what is not there.
    """
    _check_right(actor)
    why = reason.strip()[:MAX_REASON]
    if not why:
        raise InvalidValue("Please write a reason.", message_zh="请写明原因。")
    _check_mapping(definitions, source, target, mapping)
    with db.begin() as tx:
        which = [process_instance.c.definition == source, process_instance.c.ended_at.is_(None)]
        if instances is not None:
            which.append(process_instance.c.key.in_(sorted(instances)))
        running = select(process_instance.c.key, process_instance.c.case_id).where(*which)
        rows = tx.connection.execute(running.order_by(process_instance.c.key).limit(MAX_INSTANCES)).all()
        if not rows:
            raise InvalidValue("No case runs on this version.", message_zh="没有正在这个版本上办理的工单。")
        values = {
            "process_id": definitions.get(source).process_id,
            "source": source,
            "target": target,
            "mapping": canonical.encode(dict(mapping)),
            "reason": why,
            "forced": False,
            "status": Status.CHECKING.value,
            "total": len(rows),
            "done": 0,
            "asked_by": actor.id,
            "asked_at": to_microseconds(now),
        }
        key: int = tx.connection.execute(insert(migration).values(values).returning(migration.c.key)).scalar_one()
        waiting = {"migration": key, "status": CaseStatus.WAITING.value, "reason_zh": "", "reason_en": ""}
        tx.connection.execute(
            insert(migration_case), [{**waiting, "instance": row.key, "case_id": row.case_id} for row in rows]
        )
    return key


def go(db: Database, key: int, actor: Actor, *, forced: bool, now: datetime) -> None:
    """Begin a migration whose dry run is done.

    Args:
        db: the database.
        key: of the migration.
        actor: who says so; needs P22.
        forced: whether cases whose history is not possible in the target go over too; its reason is the migration's.
        now: aware UTC.

    Raises:
        NotAllowed: the actor may not deploy.
        NotFound: there is no migration that waits for this.
        InvalidValue: none of its cases can go over.
    """
    _check_right(actor)
    with db.begin() as tx:
        row = tx.connection.execute(select(migration).where(migration.c.key == key)).one_or_none()
        if row is None or row.status != Status.CHECKED.value:
            raise NotFound(f"migration {key} does not wait for a word", message_zh="这次迁移已经开始或结束。")
        ready = [CaseStatus.POSSIBLE.value, *([CaseStatus.UNPROVEN.value] if forced else [])]
        counted = select(func.count()).where(migration_case.c.migration == key, migration_case.c.status.in_(ready))
        total = tx.connection.execute(counted).scalar_one()
        if not total:
            raise InvalidValue("None of the cases can go over.", message_zh="没有可以迁移的工单。")
        tx.connection.execute(
            update(migration)
            .where(migration.c.key == key)
            .values(status=Status.RUNNING.value, forced=forced, total=total, done=0, asked_by=actor.id)
        )
        value = {
            "process": row.process_id, "migration": key, "source": row.source, "target": row.target, "cases": total,
            "forced": forced, "reason": row.reason,
        }  # fmt: skip
        append_system(tx, [Event(kind="migration.begun", value=value)], at=now, actor=actor.id)


def stop(db: Database, key: int, actor: Actor, *, now: datetime) -> None:
    """End a dry run or a migration; what went over stays there.

    Raises:
        NotAllowed: the actor may not deploy.
        NotFound: it does not run, nor waits for a word.
    """
    _check_right(actor)
    with db.begin() as tx:
        which = (migration.c.key == key, migration.c.status.in_((*AT_WORK, Status.CHECKED.value)))
        if tx.connection.execute(select(migration.c.key).where(*which)).first() is None:
            raise NotFound(f"no migration {key} runs", message_zh="这次迁移已经结束。")
        tx.connection.execute(
            update(migration).where(*which).values(status=Status.STOPPED.value, ended_at=to_microseconds(now))
        )


def _check_right(actor: Actor) -> None:
    if not access.may_deploy(actor):
        raise NotAllowed(f"{actor.id} lacks P22")


def _check_mapping(definitions: Definitions, source: int, target: int, mapping: Mapping[str, str]) -> None:
    old, new = definitions.get(source), definitions.get(target)
    if old.process_id != new.process_id:
        raise InvalidValue("These are versions of two processes.", message_zh="这是两个流程的版本。")
    if source == target:
        raise InvalidValue("These are the same version.", message_zh="两边是同一个版本。")
    known = {*old.definition.elements, *old.definition.flows}
    wanted = {*new.definition.elements, *new.definition.flows}
    for element, into in mapping.items():
        if element not in known:
            raise InvalidValue(f"The version has no {element[:60]}.", message_zh=f"原版本没有 {element[:60]}。")
        if into not in wanted:
            raise InvalidValue(f"The new version has no {into[:60]}.", message_zh=f"新版本没有 {into[:60]}。")
    if len(set(mapping.values())) < len(mapping):
        raise InvalidValue(
            "Two elements cannot become the same one.", message_zh="两个步骤不能对应到新版本的同一个步骤。"
        )
