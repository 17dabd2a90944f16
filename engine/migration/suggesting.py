"""Which element of another version stands for which of this one: by id, else by kind and name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, select

from engine.bpmn import Definition, Element
from engine.model import TOKEN_JOBS
from engine.store.tables import history_event, incident, job, process_instance, subscription, user_task

#: Where tokens can wait.
_WAITS: Final = frozenset({
    "userTask", "serviceTask", "sendTask", "receiveTask", "businessRuleTask", "scriptTask", "callActivity",
    "subProcess", "transaction", "adHocSubProcess", "intermediateCatchEvent", "boundaryEvent", "startEvent",
    "eventBasedGateway", "parallelGateway", "inclusiveGateway", "complexGateway", "exclusiveGateway",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What an element of the source may become."""

    element: str
    kind: str
    name: str
    #: Id in the target; "": nothing is like it.
    target: str
    target_name: str
    #: id, name, or "" where nothing was found.
    by: str
    #: How many tokens wait there now.
    waiting: int


def suggest(source: Definition, target: Definition, waiting: Mapping[str, int]) -> tuple[Suggestion, ...]:
    """A suggestion for each element at which tokens wait or may wait, those with tokens first.

    Args:
        source: the version on which the cases run.
        target: the other one.
        waiting: element → tokens that wait there.
    """
    free = [e for e in target.elements.values() if e.id not in source.elements]
    found = [_for(element, source, target, free, waiting.get(element.id, 0)) for element in _asked(source, waiting)]
    return tuple(sorted(found, key=lambda one: (one.waiting == 0, one.by == "id", one.element)))


def with_flows(source: Definition, target: Definition, mapping: Mapping[str, str]) -> dict[str, str]:
    """A mapping of elements with the flows that follow from it: a token at a join has come by one.

    A flow that the target does not have under its id stands for the one between the elements that stand for its ends.
    """
    found = {old: new for old, new in mapping.items() if old != new}
    by_ends = {ends: flow for ends, flow in target.flow_ids.items() if flow in target.flows}
    for (start, end), flow in source.flow_ids.items():
        there = by_ends.get((found.get(start, start), found.get(end, end)))
        if flow in source.flows and flow not in target.flows and there is not None and there not in source.flows:
            found[flow] = there
    return found


def _asked(source: Definition, waiting: Mapping[str, int]) -> list[Element]:
    return [e for e in source.elements.values() if e.kind in _WAITS or waiting.get(e.id)]


def _for(element: Element, source: Definition, target: Definition, free: list[Element], tokens: int) -> Suggestion:
    same = target.elements.get(element.id)
    found, by = (same, "id") if same is not None and same.kind == element.kind else (None, "")
    if found is None:
        alike = [other for other in free if (other.kind, other.name) == (element.kind, element.name) and element.name]
        if len(alike) == 1:
            found, by = alike[0], "name"
    return Suggestion(
        element=element.id,
        kind=element.kind,
        name=source.name_of(element.id),
        target="" if found is None else found.id,
        target_name="" if found is None else target.name_of(found.id),
        by=by,
        waiting=tokens,
    )


def read_waiting(connection: Connection, version: int) -> dict[str, int]:
    """Element → tokens of running instances of a version that wait there for the outside, or are stuck."""
    running = select(process_instance.c.key).where(
        process_instance.c.definition == version, process_instance.c.ended_at.is_(None)
    )
    found: dict[str, int] = {}
    stuck = (incident, incident.c.instance.in_(running))
    for table, condition in (
        (user_task, user_task.c.instance.in_(running) & (user_task.c.status == "open")),
        (job, job.c.instance.in_(running) & job.c.kind.in_(TOKEN_JOBS)),
        (subscription, subscription.c.instance.in_(running)),
        stuck,
    ):
        counted = select(table.c.element, func.count()).where(condition).group_by(table.c.element)
        for element, number in connection.execute(counted):
            if element is not None:
                found[element] = found.get(element, 0) + number
    for element, number in _calling(connection, version):
        found[element] = found.get(element, 0) + number
    return found


def _calling(connection: Connection, version: int) -> list[tuple[str, int]]:
    """Call activities whose called process runs."""
    caller, child = process_instance.alias("caller"), process_instance.alias("child")
    started = (
        select(history_event.c.element, func.count())
        .join(caller, caller.c.key == history_event.c.stream)
        .join(child, (child.c.parent == caller.c.key) & (child.c.parent_call % 100_000_000 == history_event.c.token))
        .where(
            caller.c.definition == version,
            caller.c.ended_at.is_(None),
            child.c.ended_at.is_(None),
            history_event.c.kind == "call.started",
        )
        .group_by(history_event.c.element)
    )
    return [(row[0], row[1]) for row in connection.execute(started)]
