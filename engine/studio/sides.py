"""The sides of a comparison, by what an address calls them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, select

from engine import canonical
from engine.clock import from_microseconds
from engine.definitions import bytes_of
from engine.errors import NotFound
from engine.store.tables import (
    definition,
    deployment,
    deployment_resource,
    resource,
    studio_change,
    studio_draft,
)
from engine.studio.history import current_hash
from engine.studio.kinds import check_kind

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_NUMBER: Final = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One content of a resource, with who put it there, when and why."""

    #: As an address calls it.
    spec: str
    kind: str
    id: str
    #: None: there is none.
    content: bytes | None
    #: Hash of the content; None: there is none.
    hash: str | None
    at: datetime | None = None
    actor: str | None = None
    reason: str = ""
    #: Of a process: the first and the last version with this diagram.
    versions: tuple[int, int] | None = None
    #: Number of the deployment that put it in force.
    number: int | None = None
    #: Of a draft: key and title of its change.
    change: int | None = None
    change_title: str = ""
    #: Whether it is a draft.
    draft: bool = False


def read_side(connection: Connection, spec: str) -> Side:
    """One side.

    Args:
        connection: a snapshot.
        spec: a hash; ``draft:<key>`` or ``draft:<change>:<kind>:<id>``; ``current:<kind>:<id>``;
            ``at:<deployment>:<kind>:<id>``, what was in force after it.

    Raises:
        NotFound: there is no such thing.
    """
    word, _, rest = spec.partition(":")
    if _HASH.fullmatch(spec):
        return _by_hash(connection, spec)
    if word == "draft":
        return _draft(connection, spec, rest)
    if word == "current":
        kind, _, id_ = rest.partition(":")
        digest = current_hash(connection, check_kind(kind), id_)
        return _found(spec, None if digest is None else _by_hash(connection, digest, kind, id_))
    if word == "at":
        number, _, place = rest.partition(":")
        kind, _, id_ = place.partition(":")
        return _at(connection, spec, _number(number), check_kind(kind), id_)
    raise _no_side(spec)


def empty_side(kind: str, resource_id: str) -> Side:
    """The side of a resource that is not there."""
    return Side(spec="", kind=kind, id=resource_id, content=None, hash=None)


def _no_side(spec: str) -> NotFound:
    return NotFound(f"there is nothing {spec[:80]!r} to compare", message_zh="没有要对比的内容。")


def _found(spec: str, side: Side | None) -> Side:
    if side is None:
        raise _no_side(spec)
    return replace(side, spec=spec)


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise _no_side(text)
    return int(text)


def _by_hash(connection: Connection, digest: str, kind: str | None = None, id_: str | None = None) -> Side:
    """The side of a resource; the last deployment that put it in force says who, when and why."""
    row = connection.execute(select(resource).where(resource.c.hash == digest)).one_or_none()
    if row is None:
        raise _no_side(digest)
    side = Side(
        spec=digest, kind=kind or row.kind, id=id_ or row.id, content=bytes_of(row.content), hash=digest
    )  # fmt: skip
    told = connection.execute(
        _deployments()
        .where(
            deployment_resource.c.kind == side.kind,
            deployment_resource.c.id == side.id,
            deployment_resource.c.after == digest,
        )
        .order_by(deployment.c.number.desc())
        .limit(1)
    ).one_or_none()
    return _with_versions(connection, side if told is None else _deployed(side, told))


def _deployments() -> Any:
    return (
        select(
            deployment.c.number,
            deployment.c.at,
            deployment.c.actor,
            deployment.c.reason,
            deployment_resource.c.after,
            studio_change.c.key.label("change"),
            studio_change.c.title,
        )
        .join(deployment_resource, deployment_resource.c.deployment == deployment.c.number)
        .outerjoin(studio_change, studio_change.c.key == deployment.c.change)
    )


def _deployed(side: Side, told: Any) -> Side:
    return replace(
        side,
        at=from_microseconds(told.at),
        actor=told.actor,
        reason=told.reason,
        number=told.number,
        change=told.change,
        change_title=told.title or "",
    )


def _with_versions(connection: Connection, side: Side) -> Side:
    """Of a diagram: the versions of its process that have it; these say who and when where no deployment does."""
    if side.kind != "bpmn":
        return side
    rows = connection.execute(
        select(definition).where(definition.c.process_id == side.id).order_by(definition.c.version)
    ).all()
    having = [row for row in rows if _diagram(row.manifest) == side.hash]
    if not having:
        return side
    side = replace(side, versions=(having[0].version, having[-1].version))
    if side.at is not None:
        return side
    return replace(side, at=from_microseconds(having[0].deployed_at), actor=having[0].deployed_by)


def _diagram(manifest: bytes) -> Any:
    decoded: Any = canonical.decode(manifest)
    return decoded["bpmn"]


def _at(connection: Connection, spec: str, number: int, kind: str, id_: str) -> Side:
    told = connection.execute(
        _deployments()
        .where(
            deployment_resource.c.kind == kind,
            deployment_resource.c.id == id_,
            deployment.c.number <= number,
        )
        .order_by(deployment.c.number.desc())
        .limit(1)
    ).one_or_none()
    if told is None:
        raise _no_side(spec)
    return replace(_deployed(_by_hash(connection, told.after, kind, id_), told), spec=spec)


def _draft(connection: Connection, spec: str, rest: str) -> Side:
    asked = select(studio_draft, studio_change.c.title, studio_change.c.why).join(
        studio_change, studio_change.c.key == studio_draft.c.change
    )
    number, _, place = rest.partition(":")
    if place:
        kind, _, id_ = place.partition(":")
        at = (studio_draft.c.change == _number(number), studio_draft.c.kind == kind, studio_draft.c.id == id_)
        row = connection.execute(asked.where(*at)).one_or_none()
    else:
        row = connection.execute(asked.where(studio_draft.c.key == _number(number))).one_or_none()
    if row is None:
        raise _no_side(spec)
    content = bytes_of(row.content)
    return Side(
        spec=spec,
        kind=row.kind,
        id=row.id,
        content=content,
        hash=sha256(content).hexdigest(),
        at=from_microseconds(row.saved_at),
        actor=row.saved_by,
        reason=row.why,
        change=row.change,
        change_title=row.title,
        draft=True,
    )
