"""The rows of an instance that goes on under another version: tasks, jobs, subscriptions and incidents go along."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import update

from engine import canonical
from engine.definitions import Deployed
from engine.failpoints import reached
from engine.labels import labels_for
from engine.model import ClosedKind, Moved, Outcome
from engine.runtime.sla import alarm_id
from engine.store.database import Transaction
from engine.store.instances import InstanceRow
from engine.store.tables import incident, job, process_instance, subscription, user_task

_TABLES: Final = {ClosedKind.USER_TASK: user_task, ClosedKind.JOB: job, ClosedKind.SUBSCRIPTION: subscription}


def exposed(source: Deployed, target: Deployed, variables: bytes) -> list[str]:
    """What personal data of an instance are called that no form of another version says to be personal.

    Args:
        source: the version until now.
        target: the other one, by whose forms everything of the instance is masked from then on.
        variables: of the instance.
    """
    before, after, known = labels_for(source), labels_for(target), canonical.decode(variables)
    names = (name for name in sorted(before.personal) if known.get(name) is not None)
    return [before.name(name) for name in names if not after.is_personal(name)]


def move_rows(tx: Transaction, row: InstanceRow, outcome: Outcome) -> None:
    """Write what the new version says of rows that are open; people, dates and tries stay as they are.

    Args:
        tx: the transaction.
        row: the instance, already with its new version.
        outcome: of the migration.
    """
    of_instance = process_instance.c.key == row.key
    tx.connection.execute(update(process_instance).where(of_instance).values(definition=row.definition))
    reached("runtime.migrate.instance")
    for moved in outcome.moved:
        table = None if moved.kind is None else _TABLES.get(moved.kind)
        if table is not None:
            tx.connection.execute(update(table).where(table.c.id == moved.id).values(_columns(tx, moved, row)))
        ids = [moved.id]
        if moved.kind is ClosedKind.USER_TASK:
            ids.append(alarm_id(moved.id))
            tx.connection.execute(update(job).where(job.c.id == ids[1]).values(element=moved.element))
        tx.connection.execute(update(incident).where(incident.c.id.in_(ids)).values(element=moved.element))
    reached("runtime.migrate.rows")


def _columns(tx: Transaction, moved: Moved, row: InstanceRow) -> dict[str, Any]:
    columns: dict[str, Any] = {"element": moved.element}
    if moved.kind is ClosedKind.USER_TASK:
        columns |= {"definition": row.definition, "form_id": moved.form_id}
        if moved.candidate_groups is not None:
            columns["candidate_groups"] = ",".join(sorted(moved.candidate_groups))
    if moved.type is not None:
        columns["type"] = moved.type
    if moved.headers is not None:
        columns["payload"] = _payload(tx, moved)
    return columns


def _payload(tx: Transaction, moved: Moved) -> bytes:
    """What a job was given, with the headers of the new version."""
    found = tx.connection.execute(job.select().where(job.c.id == moved.id)).one()
    return canonical.encode({**canonical.decode(found.payload), "headers": dict(moved.headers or {})})
