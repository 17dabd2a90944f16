"""What became of a resource from deployment to deployment, and of a process from version to version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, func, select

from engine import canonical
from engine.clock import from_microseconds
from engine.definitions.bundle import BPMN, DECISION, FORM
from engine.errors import NotFound
from engine.queries.base import RUNNING
from engine.store.tables import (
    current_resource,
    definition,
    deployment,
    deployment_resource,
    process_instance,
    studio_change,
)
from engine.studio.history_lines import DeploymentView, Part, ResourceLine, Told, VersionLine

PAGE: Final = 50
_ROW: Final = (
    deployment.c.number,
    deployment.c.at,
    deployment.c.actor,
    deployment.c.reason,
    deployment.c.change,
    deployment.c.restores,
    studio_change.c.title,
)


def resource_history(connection: Connection, kind: str, resource_id: str) -> tuple[ResourceLine, ...]:
    """The deployments that changed a resource, the newest first; the first that is recorded may be only what was there.

    Raises:
        NotFound: there never was such a resource.
    """
    rows = connection.execute(
        select(*_ROW, deployment_resource.c.before, deployment_resource.c.after)
        .join(deployment_resource, deployment_resource.c.deployment == deployment.c.number)
        .outerjoin(studio_change, studio_change.c.key == deployment.c.change)
        .where(deployment_resource.c.kind == kind, deployment_resource.c.id == resource_id)
        .order_by(deployment.c.number.desc())
    ).all()
    if not rows:
        raise NotFound(f"there is no {kind[:20]} {resource_id[:60]!r}", message_zh="没有这个文件的发布记录。")
    counted = running_on(connection, kind, resource_id)
    back = _ways_back(rows)
    return tuple(
        ResourceLine(
            told=_told(row),
            before=row.before,
            after=row.after,
            undone_by=_undone_by(row.number, back),
            current=row is rows[0],
            running=counted.get(row.after, 0),
        )
        for row in rows
    )


def process_history(connection: Connection, process_id: str) -> tuple[VersionLine, ...]:
    """The versions of a process, the newest first.

    Raises:
        NotFound: there is no such process.
    """
    rows = connection.execute(
        select(definition).where(definition.c.process_id == process_id).order_by(definition.c.version)
    ).all()
    if not rows:
        raise NotFound(f"there is no process {process_id[:60]!r}", message_zh="没有这个流程。")
    manifests = [_resources(row) for row in rows]
    differing = [parts_between(before, after) for before, after in zip([{}, *manifests], manifests, strict=False)]
    deployments = _of_versions(connection, rows, differing)
    back = _ways_back(deployments.values())
    running = _running(connection)
    found = []
    for row, manifest, parts in zip(rows, manifests, differing, strict=True):
        made = deployments.get(row.key)
        found.append(
            VersionLine(
                key=row.key,
                process_id=row.process_id,
                version=row.version,
                name=row.name,
                diagram=manifest[BPMN, process_id],
                at=from_microseconds(row.deployed_at),
                actor=row.deployed_by,
                told=None if made is None else _told(made),
                undone_by=None if made is None else _undone_by(made.number, back),
                current=row is rows[-1],
                running=running.get(row.key, 0),
                parts=parts,
            )
        )
    return tuple(reversed(found))


def list_deployments(connection: Connection, before: int | None = None) -> tuple[DeploymentView, ...]:
    """A page of deployments, the newest first.

    Args:
        connection: a snapshot.
        before: number of the last one of the page before; None: the first page.
    """
    asked = select(*_ROW).outerjoin(studio_change, studio_change.c.key == deployment.c.change)
    if before is not None:
        asked = asked.where(deployment.c.number < before)
    rows = connection.execute(asked.order_by(deployment.c.number.desc()).limit(PAGE)).all()
    parts = _parts_of(connection, [row.number for row in rows])
    versions = _made_by(connection, rows, parts)
    taken_back = _taken_back(connection)
    return tuple(
        DeploymentView(
            told=_told(row),
            parts=tuple(parts.get(row.number, ())),
            versions=tuple((one.process_id, one.version, one.key, one.name) for one in versions.get(row.number, ())),
            undone=sum(
                _undone_by(row.number, taken_back.get((part.kind, part.id), {})) is not None
                for part in parts.get(row.number, ())
            ),
        )
        for row in rows
    )


def parts_between(before: Mapping[tuple[str, str], str], after: Mapping[tuple[str, str], str]) -> tuple[Part, ...]:
    """What differs between two manifests, by kind and id: diagrams first."""
    places = sorted({*before, *after}, key=lambda place: (_ORDER.get(place[0], 9), place))
    return tuple(
        Part(kind=kind, id=id_, before=before.get((kind, id_)), after=after.get((kind, id_)))
        for kind, id_ in places
        if before.get((kind, id_)) != after.get((kind, id_))
    )


_ORDER: Final = {BPMN: 0, DECISION: 1, FORM: 2}


def version_resources(connection: Connection, key: int) -> tuple[VersionLine, dict[tuple[str, str], str]]:
    """A version of a process, and (kind, id) → hash of all that it consists of.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(select(definition).where(definition.c.key == key)).one_or_none()
    if row is None:
        raise NotFound(f"there is no definition {key}", message_zh="没有这个版本。")
    lines = process_history(connection, row.process_id)
    return next(line for line in lines if line.key == key), _resources(row)


# --- inside --------------------------------------------------------------------------------------


def _told(row: Any) -> Told:
    return Told(
        number=row.number,
        at=from_microseconds(row.at),
        actor=row.actor,
        reason=row.reason,
        change=row.change,
        change_title=row.title,
        restores=row.restores,
    )


def _ways_back(rows: Iterable[Any]) -> dict[int, int]:
    """Number of each deployment that went back → the one to which it went."""
    return {row.number: row.restores for row in rows if row.restores is not None}


def _undone_by(number: int, back: Mapping[int, int]) -> int | None:
    """The first deployment that went back behind another one."""
    return min((later for later, to in back.items() if to < number < later), default=None)


def _resources(row: Any) -> dict[tuple[str, str], str]:
    manifest: Any = canonical.decode(row.manifest)
    found = {(BPMN, row.process_id): manifest["bpmn"]}
    found |= {(FORM, name): digest for name, digest in manifest["forms"].items()}
    return found | {(DECISION, name): digest for name, digest in manifest["decisions"].items()}


def _running(connection: Connection) -> dict[int, int]:
    """Key of each version → how many of its cases are under way."""
    rows = connection.execute(
        select(process_instance.c.definition, func.count())
        .where(process_instance.c.status.in_(RUNNING))
        .group_by(process_instance.c.definition)
    )
    return {row[0]: row[1] for row in rows}


def running_on(connection: Connection, kind: str, resource_id: str) -> dict[str, int]:
    """Hash of each content of a resource → how many cases are under way on versions that use it."""
    counts = _running(connection)
    found: dict[str, int] = {}
    rows = connection.execute(select(definition).where(definition.c.key.in_(sorted(counts))))
    for row in rows:
        digest = _resources(row).get((kind, resource_id))
        if digest is not None:
            found[digest] = found.get(digest, 0) + counts[row.key]
    return found


def _of_versions(connection: Connection, rows: Iterable[Any], differing: Iterable[tuple[Part, ...]]) -> dict[int, Any]:
    """Key of each version → the deployment that made it: of the same instant, with something of what it has anew."""
    versions = list(rows)
    asked = select(*_ROW).outerjoin(studio_change, studio_change.c.key == deployment.c.change)
    instants = sorted({row.deployed_at for row in versions})
    made = connection.execute(asked.where(deployment.c.at.in_(instants)).order_by(deployment.c.number)).all()
    parts = _parts_of(connection, [row.number for row in made])
    found: dict[int, Any] = {}
    taken: set[int] = set()
    for version, anew in zip(versions, differing, strict=True):
        for row in made:
            at_once = row.at == version.deployed_at and row.number not in taken
            if at_once and _brought(parts.get(row.number, ()), anew):
                found[version.key] = row
                taken.add(row.number)
                break
    return found


def _brought(parts: Iterable[Part], anew: Iterable[Part]) -> bool:
    """Whether a deployment has something of what a version has anew."""
    deployed = {(part.kind, part.id, part.after) for part in parts}
    return any((part.kind, part.id, part.after) in deployed for part in anew)


def _parts_of(connection: Connection, numbers: list[int]) -> dict[int, list[Part]]:
    rows = connection.execute(
        select(deployment_resource)
        .where(deployment_resource.c.deployment.in_(numbers))
        .order_by(deployment_resource.c.kind, deployment_resource.c.id)
    )
    found: dict[int, list[Part]] = {}
    for row in rows:
        part = Part(kind=row.kind, id=row.id, before=row.before, after=row.after)
        found.setdefault(row.deployment, []).append(part)
    return found


def _made_by(connection: Connection, rows: Iterable[Any], parts: Mapping[int, list[Part]]) -> dict[int, list[Any]]:
    """Number of each deployment → the versions that it made."""
    deployments = sorted(rows, key=lambda row: int(row.number))
    instants = sorted({row.at for row in deployments})
    touched = select(definition.c.process_id).where(definition.c.deployed_at.in_(instants))
    asked = select(definition).where(definition.c.process_id.in_(touched))
    found: dict[int, list[Any]] = {}
    before: dict[str, dict[tuple[str, str], str]] = {}
    taken: set[tuple[str, int]] = set()
    for version in connection.execute(asked.order_by(definition.c.process_id, definition.c.version)):
        resources = _resources(version)
        anew = parts_between(before.get(version.process_id, {}), resources)
        before[version.process_id] = resources
        for row in deployments:
            place = (version.process_id, int(row.number))
            if row.at != version.deployed_at or place in taken or not _brought(parts.get(row.number, ()), anew):
                continue
            taken.add(place)
            found.setdefault(row.number, []).append(version)
            break
    return found


def _taken_back(connection: Connection) -> dict[tuple[str, str], dict[int, int]]:
    """Of each resource: numbers of deployments that took it back → to which one."""
    rows = connection.execute(
        select(deployment_resource.c.kind, deployment_resource.c.id, deployment.c.number, deployment.c.restores)
        .join(deployment, deployment.c.number == deployment_resource.c.deployment)
        .where(deployment.c.restores.is_not(None))
    )
    found: dict[tuple[str, str], dict[int, int]] = {}
    for row in rows:
        found.setdefault((row.kind, row.id), {})[row.number] = row.restores
    return found


def current_hash(connection: Connection, kind: str, resource_id: str) -> str | None:
    """Hash of what is in force; None: nothing is."""
    found: str | None = connection.execute(
        select(current_resource.c.hash).where(current_resource.c.kind == kind, current_resource.c.id == resource_id)
    ).scalar_one_or_none()
    return found
