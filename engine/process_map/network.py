"""Which process calls which, which message leads from one to another, and how much is open in each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
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
    #: It opens a linked case of the other; nobody waits.
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """From one process to another."""

    kind: LinkKind
    source: str
    target: str
    #: Of a message its name; of the others the names of the steps.
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
    #: When it starts by itself, as its diagram writes it (minute hour day month weekday).
    by_clock: tuple[str, ...]
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
    opened = [link for one in deployed for link in _opened(one) if link.target in known]
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
                by_clock=tuple(start.cron.text for start in one.definition.timer_starts),
                is_called=one.process_id in called,
            )
            for one in deployed
        ),
        links=(*calls, *opened, *_messages(deployed)),
    )


def _calls(deployed: Deployed) -> list[Link]:
    """One link for each process that is called, from however many steps."""
    elements = deployed.definition.elements.values()
    steps = [(one.called_process, one.name or one.id) for one in elements if one.called_process is not None]
    return _links(LinkKind.CALL, deployed, steps)


def _opened(deployed: Deployed) -> list[Link]:
    """One link for each other process of which it opens cases."""
    steps = [step for step in bpmn.said_by(deployed.xml).opened if step[0] != deployed.process_id]
    return _links(LinkKind.OPEN, deployed, steps)


def _links(kind: LinkKind, deployed: Deployed, steps: Iterable[tuple[str, str]]) -> list[Link]:
    together: dict[str, list[str]] = defaultdict(list)
    for target, name in steps:
        together[target].append(name)
    return [
        Link(kind=kind, source=deployed.process_id, target=target, name="、".join(dict.fromkeys(names)))
        for target, names in sorted(together.items())
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
