"""What process owners look at: processes with their versions, decisions in force, diagrams; and who may start what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from engine import access, canonical, shop
from engine.access import Reach
from engine.clock import from_microseconds
from engine.definitions import bytes_of
from engine.errors import NotFound
from engine.model import Actor
from engine.queries.base import RUNNING, Names
from engine.queries.process_views import ProcessView, ResourceView, StartForm, StartOption, VersionView
from engine.store.tables import current_resource, definition, process_instance, resource

if TYPE_CHECKING:
    from engine.definitions import Definitions, Deployed

#: Property of a process that only some shops need: which switch of the shop settings shows it.
_PACK = "pack"
#: A resource's kind → where the manifest of a version lists it.
_MANIFEST = {"decision": "decisions", "form": "forms"}


def check_studio(actor: Actor) -> None:
    """Raise unless the actor may at least read diagrams, tables and forms (P22).

    Raises:
        NotFound: the actor may not.
    """
    if access.reach(actor, "P22") is Reach.NO:
        raise NotFound(f"{actor.id} may not read definitions", message_zh="没有找到,或您没有权限。")


def read_processes(connection: Connection, definitions: Definitions, actor: Actor) -> tuple[ProcessView, ...]:
    """All processes by id, each with its versions, newest first.

    Raises:
        NotFound: the actor may not read definitions.
    """
    check_studio(actor)
    rows = connection.execute(
        select(
            definition.c.key,
            definition.c.process_id,
            definition.c.version,
            definition.c.name,
            definition.c.hash,
            definition.c.deployed_at,
            definition.c.deployed_by,
        ).order_by(definition.c.process_id, definition.c.version.desc())
    ).all()
    running = {
        row[0]: row[1]
        for row in connection.execute(
            select(process_instance.c.definition, func.count())
            .where(process_instance.c.status.in_(RUNNING))
            .group_by(process_instance.c.definition)
        )
    }
    names = Names(connection, definitions, {row.deployed_by for row in rows})
    versions: dict[str, list[VersionView]] = defaultdict(list)
    titles: dict[str, str] = {}
    for row in rows:
        titles.setdefault(row.process_id, row.name)
        versions[row.process_id].append(
            VersionView(
                key=row.key,
                version=row.version,
                deployed_at=from_microseconds(row.deployed_at),
                deployed_by=row.deployed_by,
                deployed_by_name=names.person(row.deployed_by),
                hash=row.hash,
                running=running.get(row.key, 0),
            )
        )
    return tuple(
        ProcessView(process_id=process_id, name=titles[process_id], versions=tuple(found))
        for process_id, found in versions.items()
    )


def read_resources(
    connection: Connection, definitions: Definitions, actor: Actor, kind: str
) -> tuple[ResourceView, ...]:
    """Resources in force of a kind (decision, form, template, bpmn), by id.

    Raises:
        NotFound: the actor may not read definitions.
    """
    check_studio(actor)
    rows = connection.execute(
        select(current_resource).where(current_resource.c.kind == kind).order_by(current_resource.c.id)
    ).all()
    names = Names(connection, definitions, {row.deployed_by for row in rows})
    used: dict[str, list[str]] = defaultdict(list)
    if kind in _MANIFEST:
        for process_id, manifest in _manifests(connection):
            for resource_id in manifest[_MANIFEST[kind]]:
                used[resource_id].append(process_id)
    return tuple(
        ResourceView(
            kind=kind,
            id=row.id,
            hash=row.hash,
            deployed_at=from_microseconds(row.deployed_at),
            deployed_by=row.deployed_by,
            deployed_by_name=names.person(row.deployed_by),
            used_by=tuple(used[row.id]),
        )
        for row in rows
    )


def _manifests(connection: Connection) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What each process in force is made of, by id, as it is stored: nothing is compiled for it."""
    newest = select(func.max(definition.c.key)).group_by(definition.c.process_id)
    query = select(definition.c.process_id, definition.c.manifest).where(definition.c.key.in_(newest))
    for row in connection.execute(query.order_by(definition.c.process_id)):
        yield row.process_id, canonical.decode(row.manifest)


def resource_content(connection: Connection, kind: str, resource_id: str, actor: Actor) -> bytes:
    """The content of a resource in force, as it was deployed.

    Raises:
        NotFound: there is none, or the actor may not read definitions.
    """
    check_studio(actor)
    found = connection.execute(
        select(resource.c.content)
        .join(current_resource, current_resource.c.hash == resource.c.hash)
        .where(current_resource.c.kind == kind, current_resource.c.id == resource_id)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound(f"there is no {kind} {resource_id[:60]!r} is in force", message_zh="没有这个文件。")
    return bytes_of(found)


def diagram_xml(definitions: Definitions, definition_key: int, actor: Actor) -> bytes:
    """The BPMN of a version; it holds no personal data, so whoever sees cases or definitions may read it.

    Raises:
        NotFound: there is none, or the actor sees neither.
    """
    if access.reach(actor, "P05") is Reach.NO:
        check_studio(actor)
    return definitions.get(definition_key).xml


def list_startable(connection: Connection, definitions: Definitions, actor: Actor) -> tuple[StartOption, ...]:
    """Processes that the actor may start by hand and that some shop needs, by id."""
    packs = shop.packs_on(connection)
    return tuple(
        StartOption(
            process_id=deployed.process_id,
            name=deployed.name,
            version=deployed.version,
            form_id=deployed.definition.start_form,
            documentation=_purpose(deployed),
        )
        for deployed in definitions.all_latest()
        if _can_start(deployed, actor, packs)
    )


def start_form(connection: Connection, definitions: Definitions, process_id: str, actor: Actor) -> StartForm:
    """The newest version of a process and the form that starts it.

    Raises:
        NotFound: there is no such process, no shop needs it, or the actor may not start it by hand.
    """
    definitions.refresh()
    deployed = definitions.find_latest(process_id)
    if deployed is None or not _can_start(deployed, actor, shop.packs_on(connection)):
        raise NotFound(
            f"there is no process {process_id[:60]!r} to start", message_zh="没有这个流程,或您没有发起权限。"
        )
    return StartForm(
        deployed=deployed,
        form_id=deployed.definition.start_form,
        schema=deployed.start_schema,
        documentation=_purpose(deployed),
    )


def _can_start(deployed: Deployed, actor: Actor, packs: frozenset[str]) -> bool:
    definition = deployed.definition
    needed = definition.properties.get(_PACK) in (None, *packs)
    return needed and definition.none_start is not None and access.may_start(actor, definition)


def _purpose(deployed: Deployed) -> str | None:
    """What the process is for: the first paragraph of its documentation, else the start event's."""
    if deployed.definition.documentation:
        return deployed.definition.documentation.strip().splitlines()[0]
    start = deployed.definition.elements.get(deployed.definition.none_start or "")
    return start.documentation if start else None
