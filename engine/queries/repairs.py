"""Where the running instances of a case stand, and where their tokens could go: what an operator chooses from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, select

from engine import access, bpmn, canonical
from engine.clock import from_microseconds
from engine.model import TOKEN_JOBS, Actor, Facts, JobKind
from engine.queries.base import RUNNING, Names, is_open
from engine.queries.diagram import call_elements
from engine.queries.repair_views import RepairView, TokenView
from engine.queries.visibility import check_case
from engine.store.instances import InstanceRow, instance_of
from engine.store.sql import INSTANCE_COLUMNS
from engine.store.tables import incident, job, process_instance, subscription, user_task
from engine.store.writes import HELD

if TYPE_CHECKING:
    from datetime import datetime

    from engine.definitions import Definitions, Deployed

#: Kinds of elements before which nobody would put a token: they are where a scope begins.
_NOT_ENTERED: Final = "startEvent"
#: Fields of what the tables say of a token.
Waiting = Mapping[str, Any]


def read_repairs(
    connection: Connection, definitions: Definitions, now: datetime, case_id: str, actor: Actor
) -> tuple[RepairView, ...]:
    """The running instances of a case, the root first; none when it has ended.

    Raises:
        NotAllowed: the actor lacks P07.
        NotFound: there is no such case, or the actor may not see it.
    """
    access.check(actor, "P07")
    check_case(connection, case_id, actor)
    rows = [
        instance_of(row)
        for row in connection.execute(
            select(*(process_instance.c[name] for name in INSTANCE_COLUMNS))
            .where(process_instance.c.case_id == case_id, process_instance.c.status.concat("").in_(RUNNING))
            .order_by(process_instance.c.key)
        )
    ]
    names = Names(connection, definitions)
    waiting = _waiting(connection, names, rows)
    return tuple(_view(row, names.deployed(row.definition), waiting[row.key], now) for row in rows)


def _view(row: InstanceRow, deployed: Deployed, waiting: Mapping[int, Waiting], now: datetime) -> RepairView:
    definition = deployed.definition
    live, places = bpmn.movable(definition, row.state_value, Facts(now=now, case=row.case_facts()))
    tokens = [*_live(deployed, live, waiting), *_watching(deployed, live, waiting)]
    entered = [id_ for id_ in places if id_ in definition.elements and definition.elements[id_].kind != _NOT_ENTERED]
    return RepairView(
        instance=row.key,
        name=deployed.name,
        version=deployed.version,
        status=row.status,
        tokens=tuple(tokens),
        elements=tuple((id_, definition.name_of(id_)) for id_ in entered),
        variables=tuple(sorted(canonical.decode(row.variables))),
    )


def _live(deployed: Deployed, live: Sequence[bpmn.LiveToken], waiting: Mapping[int, Waiting]) -> Iterator[TokenView]:
    """The tokens that can be skipped or moved, with what the tables know of them."""
    holders = {token.scope for token in live}
    for token in live:
        waits_as = "scope" if token.element in holders else "incident" if token.incident else "join"
        known = {"waits_as": waits_as, **waiting.get(token.id, {}), "element": token.element}
        yield TokenView(id=token.id, name=deployed.element_name(token.element), can_skip=token.can_skip, **known)


def _watching(
    deployed: Deployed, live: Sequence[bpmn.LiveToken], waiting: Mapping[int, Waiting]
) -> Iterator[TokenView]:
    """What waits at the edge of an activity or of a scope: it goes with that."""
    of_its_own = {token.id for token in live}
    for token, known in sorted(waiting.items()):
        if token not in of_its_own and "element" in known:
            name = deployed.element_name(known["element"])
            yield TokenView(id=token, name=name, watches=True, can_skip=False, **known)


def _waiting(connection: Connection, names: Names, rows: Sequence[InstanceRow]) -> dict[int, dict[int, dict[str, Any]]]:
    """Instance → token → fields of its view, from the tables of what instances wait for."""
    keys = [instance.key for instance in rows]
    found: dict[int, dict[int, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    tasks = select(user_task.c.instance, user_task.c.id, user_task.c.element).where(
        user_task.c.instance.in_(keys), is_open(by_status=False)
    )
    for row in connection.execute(tasks):
        found[row.instance][row.id] = {"element": row.element, "waits_as": "user_task"}
    jobs = select(job).where(job.c.instance.in_(keys), job.c.kind.in_(TOKEN_JOBS))
    for row in connection.execute(jobs):
        due = from_microseconds(row.due_at) if row.kind == JobKind.TIMER and row.due_at < HELD else None
        waits_as = "timer" if row.kind == JobKind.TIMER else "job"
        found[row.instance][row.id] = {"element": row.element, "waits_as": waits_as, "due_at": due}
    for row in connection.execute(select(subscription).where(subscription.c.instance.in_(keys))):
        found[row.instance][row.id] = {"element": row.element, "waits_as": row.kind}
    called_from = call_elements(connection, keys)
    for child in rows:
        if child.key in called_from and child.parent in keys and child.parent_call is not None:
            fields = {"element": called_from[child.key], "called": names.deployed(child.definition).name}
            found[child.parent][child.parent_call] = {**fields, "waits_as": "call", "called_instance": child.key}
    for row in connection.execute(select(incident).where(incident.c.instance.in_(keys))):
        found[row.instance][row.id]["incident"] = row.message
    return found
