"""The way back: a change whose drafts are what was in force earlier."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from engine import access
from engine.definitions.bundle import ids_of
from engine.errors import InvalidValue
from engine.model import Actor
from engine.store.database import Transaction
from engine.store.tables import current_resource, definition, deployment
from engine.studio.changes import add_entry, open_change
from engine.studio.drafts import put_draft
from engine.studio.kinds import file_name
from engine.studio.versions import ProcessVersion, at_deployment, read_content, read_version


def back_to_deployment(tx: Transaction, actor: Actor, number: int, *, reason: str, now: datetime) -> int:
    """Open a change that brings back all that was in force after a deployment; gives its key.

    What there was nothing of at that time stays.

    Raises:
        NotAllowed: the actor may not change what is in force.
        NotFound: there is no record of such a deployment.
        InvalidValue: nothing is different.
    """
    wanted = at_deployment(tx.connection, number)
    return _open(tx, actor, f"回到第 {number} 次发布", wanted, number, reason, now)


def back_to_version(tx: Transaction, actor: Actor, process_id: str, version: int, *, reason: str, now: datetime) -> int:
    """Open a change that brings back a version of a process with its forms and decisions; gives its key.

    Raises:
        NotAllowed: the actor may not change what is in force.
        NotFound: there is no such version.
        InvalidValue: nothing is different.
    """
    found = read_version(tx.connection, process_id, version)
    number = _deployment_of(tx.connection, found)
    return _open(tx, actor, f"回到 v{version}:{found.name}", found.resources, number, reason, now)


def _open(
    tx: Transaction,
    actor: Actor,
    title: str,
    wanted: Mapping[tuple[str, str], str],
    number: int | None,
    reason: str,
    now: datetime,
) -> int:
    access.check(actor, "P22")
    current = _in_force(tx.connection)
    different = {place: digest for place, digest in wanted.items() if current.get(place) != digest}
    if not different:
        raise InvalidValue("that is what is in force", message_zh="在用的就是这个版本,不需要回退。")
    key = open_change(tx, actor, title=title, why=reason, now=now)
    written: set[tuple[str, str]] = set()
    for (kind, resource_id), digest in sorted(different.items()):
        if (kind, resource_id) in written:
            continue  # a file that defines several decisions
        content = read_content(tx.connection, digest)
        put_draft(tx, actor, key, kind, resource_id, content, now)
        written |= {(kind, one) for one in ids_of(kind, file_name(kind, resource_id), content)}
    if number is not None:
        add_entry(tx, key, "restores", actor, now=now, note=str(number))
    return key


def _deployment_of(connection: Connection, found: ProcessVersion) -> int | None:
    """The last deployment after which a version was in force as it was made; None where there is no record of it."""
    made = select(definition.c.deployed_at).where(
        definition.c.process_id == found.process_id, definition.c.version == found.version
    )
    asked = select(deployment.c.number).where(deployment.c.at == made.scalar_subquery())
    current = _in_force(connection)
    numbers: list[int] = list(connection.execute(asked.order_by(deployment.c.number.desc())).scalars())
    for number in numbers:
        state = current | at_deployment(connection, number)
        if all(state.get(place) == digest for place, digest in found.resources.items()):
            return number
    return None


def _in_force(connection: Connection) -> dict[tuple[str, str], str]:
    return {(row.kind, row.id): row.hash for row in connection.execute(select(current_resource))}
