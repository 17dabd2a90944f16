"""Which process calls which, which message leads from one to another, and how much is open in each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, func, select

from engine import bpmn
from engine.model import InstanceStatus
from engine.store.tables import incident, process_instance

if TYPE_CHECKING:
    from engine.definitions import Definitions, Deployed

_RUNNING: Final = (InstanceStatus.ACTIVE.value, InstanceStatus.SUSPENDED.value)


class LinkKind(StrEnum):
    """How one process leads to another."""

    #: It waits until the other has ended.
    CALL = "call"
    #: The other begins by it, or goes on; nobody waits.
    MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """From one process to another."""

    kind: LinkKind
    source: str
    target: str
    #: Of a message its name; of a call the names of the steps that call.
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A process in force."""

    id: str
    name: str
    version: int
    #: Instances that have not ended.
    open: int
    #: Instances of it that are stuck somewhere, counted once an incident.
    incidents: int
    #: Whether people start it by a form.
    by_form: bool
    #: Messages that start it.
    by_messages: tuple[str, ...]
    #: Whether other processes call it.
    is_called: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """All processes in force."""

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]


def read_network(connection: Connection, definitions: Definitions) -> Network:
    """What is in force now, and what is open in it."""
    deployed = definitions.all_latest()
    known = {one.process_id for one in deployed}
    calls = [link for one in deployed for link in _calls(one) if link.target in known]
    called = {link.target for link in calls}
    running = _counted(connection)
    stuck = _stuck(connection)
    return Network(
        nodes=tuple(
            Node(
                id=one.process_id,
                name=one.name,
                version=one.version,
                open=running.get(one.process_id, 0),
                incidents=stuck.get(one.process_id, 0),
                by_form=one.definition.none_start is not None and "start_permission" in one.definition.properties,
                by_messages=tuple(sorted({start.message_name for start in one.definition.message_starts})),
                is_called=one.process_id in called,
            )
            for one in deployed
        ),
        links=(*calls, *_messages(deployed)),
    )


def _calls(deployed: Deployed) -> list[Link]:
    """One link for each process that is called, from however many steps."""
    steps: dict[str, list[str]] = defaultdict(list)
    for element in deployed.definition.elements.values():
        if element.called_process is not None:
            steps[element.called_process].append(element.name or element.id)
    return [
        Link(kind=LinkKind.CALL, source=deployed.process_id, target=target, name="、".join(dict.fromkeys(names)))
        for target, names in sorted(steps.items())
    ]


def _messages(deployed: list[Deployed]) -> list[Link]:
    said = [(one.process_id, bpmn.said_by(one.xml)) for one in deployed]
    return [
        Link(kind=LinkKind.MESSAGE, source=source, target=target, name=name)
        for source, sender in said
        for name in sorted(sender.sent)
        for target, receiver in said
        if name in receiver.awaited and source != target
    ]


def _counted(connection: Connection) -> dict[str, int]:
    rows = connection.execute(
        select(process_instance.c.process_id, func.count())
        .where(process_instance.c.status.in_(_RUNNING))
        .group_by(process_instance.c.process_id)
    )
    return {row[0]: row[1] for row in rows}


def _stuck(connection: Connection) -> dict[str, int]:
    rows = connection.execute(
        select(process_instance.c.process_id, func.count())
        .select_from(incident.join(process_instance, process_instance.c.key == incident.c.instance))
        .group_by(process_instance.c.process_id)
    )
    return {row[0]: row[1] for row in rows}
