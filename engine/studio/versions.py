"""What was in force before: deployments with what they changed, and contents of any version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import Connection, func, select

from engine import canonical, dmn
from engine.clock import from_microseconds
from engine.definitions import bytes_of
from engine.definitions.bundle import BPMN, DECISION, FORM
from engine.errors import EngineError, NotFound
from engine.store.tables import current_resource, definition, deployment, deployment_resource, resource

_HASH: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentLine:
    """A deployment in a list; its time is aware UTC."""

    number: int
    at: datetime
    actor: str
    reason: str
    #: Key of the change that it put in force; None: files from elsewhere.
    change: int | None
    #: Number of the deployment to which it went back; None: it went forward.
    restores: int | None
    #: (kind, id) of what it put in force.
    resources: tuple[tuple[str, str], ...]


def list_deployments(connection: Connection, *, limit: int = 100) -> tuple[DeploymentLine, ...]:
    """Deployments, the newest first; those before there was a record of them are missing."""
    rows = connection.execute(select(deployment).order_by(deployment.c.number.desc()).limit(limit)).all()
    numbers = [row.number for row in rows]
    parts: dict[int, list[tuple[str, str]]] = {}
    asked = select(deployment_resource).where(deployment_resource.c.deployment.in_(numbers))
    for part in connection.execute(asked.order_by(deployment_resource.c.kind, deployment_resource.c.id)):
        parts.setdefault(part.deployment, []).append((part.kind, part.id))
    return tuple(
        DeploymentLine(
            number=row.number,
            at=from_microseconds(row.at),
            actor=row.actor,
            reason=row.reason,
            change=row.change,
            restores=row.restores,
            resources=tuple(parts.get(row.number, ())),
        )
        for row in rows
    )


def read_content(connection: Connection, digest: str) -> bytes:
    """The content of a resource of any version, by its hash.

    Raises:
        NotFound: nothing of this hash was ever deployed.
    """
    found = None
    if _HASH.fullmatch(digest):
        found = connection.execute(select(resource.c.content).where(resource.c.hash == digest)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"there is no resource {digest[:64]!r}", message_zh="没有这份内容。")
    return bytes_of(found)


def table_names(connection: Connection) -> dict[str, str]:
    """Decision id → what its owner calls it, of the tables in force."""
    query = (
        select(current_resource.c.id, resource.c.content)
        .join(resource, resource.c.hash == current_resource.c.hash)
        .where(current_resource.c.kind == DECISION)
    )
    return {row.id: _table_name(row.id, bytes_of(row.content)) for row in connection.execute(query)}


@lru_cache(maxsize=256)
def _table_name(decision_id: str, content: bytes) -> str:
    try:
        found = dmn.load(content).decisions.get(decision_id)
    except EngineError:
        return ""
    return found.name if found is not None else ""


def at_deployment(connection: Connection, number: int) -> dict[tuple[str, str], str]:
    """(kind, id) → hash of what was in force after a deployment, of all that was deployed later.

    What no later deployment has touched is as it was, and left out. So is what there was nothing of yet.

    Raises:
        NotFound: there is no record of such a deployment.
    """
    known = select(deployment.c.number).where(deployment.c.number == number)
    if connection.execute(known).scalar_one_or_none() is None:
        raise NotFound(f"there is no record of deployment {number}", message_zh="没有这次发布的记录。")
    later = (
        select(
            func.min(deployment_resource.c.deployment).label("deployment"),
            deployment_resource.c.kind,
            deployment_resource.c.id,
        )
        .where(deployment_resource.c.deployment > number)
        .group_by(deployment_resource.c.kind, deployment_resource.c.id)
        .subquery()
    )
    rows = connection.execute(
        select(deployment_resource.c.kind, deployment_resource.c.id, deployment_resource.c.before).join(
            later,
            (deployment_resource.c.deployment == later.c.deployment)
            & (deployment_resource.c.kind == later.c.kind)
            & (deployment_resource.c.id == later.c.id),
        )
    )
    return {(row.kind, row.id): row.before for row in rows if row.before is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessVersion:
    """A version of a process as it was deployed."""

    process_id: str
    version: int
    name: str
    #: (kind, id) → hash of its diagram, forms and decisions.
    resources: dict[tuple[str, str], str]


def read_version(connection: Connection, process_id: str, version: int) -> ProcessVersion:
    """A version of a process with what it consists of.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(
        select(definition.c.name, definition.c.manifest).where(
            definition.c.process_id == process_id, definition.c.version == version
        )
    ).one_or_none()
    if row is None:
        raise NotFound(f"there is no version {version} of {process_id[:60]!r}", message_zh="没有这个版本。")
    manifest = canonical.decode(row.manifest)
    resources = {(BPMN, process_id): manifest["bpmn"]}
    resources |= {(FORM, name): digest for name, digest in manifest["forms"].items()}
    resources |= {(DECISION, name): digest for name, digest in manifest["decisions"].items()}
    return ProcessVersion(process_id=process_id, version=version, name=row.name, resources=resources)
