"""What a case waits for and people may say has happened, and the forms by which they say it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table, select

from engine import access
from engine.errors import NotFound
from engine.model import ID_BASE, Actor, SubscriptionKind
from engine.queries.base import RUNNING, Names
from engine.queries.case_views import EventForm, EventToRegister, NamedEvent
from engine.queries.visibility import check_case, visible_case
from engine.runtime.participants import case_facts
from engine.runtime.registering import awaited_event, check_registrant, event_context
from engine.store.tables import process_instance, registered_event, subscription

if TYPE_CHECKING:
    from engine.definitions import Definitions


def events_to_register(
    connection: Connection, names: Names, definitions: Definitions, case_id: str, actor: Actor
) -> tuple[EventToRegister, ...]:
    """The messages that the case's instances wait for, have a form, and may be registered by the actor."""
    return events_of_cases(connection, names, definitions, [case_id], actor).get(case_id, ())


def events_of_cases(
    connection: Connection, names: Names, definitions: Definitions, case_ids: Collection[str], actor: Actor
) -> dict[str, tuple[EventToRegister, ...]]:
    """The same for several cases, by case; those without any are left out."""
    awaited = (
        select(
            process_instance.c.case_id,
            subscription.c.id,
            subscription.c.element,
            subscription.c.message_name,
            process_instance.c.definition,
        )
        .join(process_instance, process_instance.c.key == subscription.c.instance)
        .where(
            process_instance.c.case_id.in_(case_ids),
            process_instance.c.status.concat("").in_(RUNNING),  # by case, see base.is_open
            subscription.c.kind == SubscriptionKind.MESSAGE.value,
        )
        .order_by(subscription.c.id)
    )
    rows = [row for row in connection.execute(awaited) if definitions.message_form(row.message_name) is not None]
    facts = {case_id: case_facts(connection, case_id) for case_id in dict.fromkeys(row.case_id for row in rows)}
    found: dict[str, tuple[EventToRegister, ...]] = {}
    for row in rows:
        if access.may_register(actor, row.message_name, facts[row.case_id]):
            event = EventToRegister(
                id=row.id,
                name=names.element(row.definition, row.element),
                process_name=names.deployed(row.definition).name,
                message_name=row.message_name,
            )
            found[row.case_id] = (*found.get(row.case_id, ()), event)
    return found


def read_named_events(
    connection: Connection, definitions: Definitions, events: Collection[tuple[str, int]], actor: Actor
) -> dict[tuple[str, int], NamedEvent]:
    """Those of the events (case and id), awaited or over, whose case the actor may see."""
    ids = {event_id for _, event_id in events}
    if not ids:
        return {}
    instance = process_instance.c
    rows = {
        row.key: row
        for row in connection.execute(
            select(instance.key, instance.case_id, instance.definition).where(
                instance.key.in_({event_id // ID_BASE for event_id in ids})
            )
        )
    }
    roots = select(instance.case_id).where(
        instance.case_id.in_({row.case_id for row in rows.values()}), instance.depth == 0, visible_case(actor)
    )
    seen = set(connection.execute(roots).scalars())
    awaited = _elements(connection, subscription, ids)
    known = {**_elements(connection, registered_event, ids), **awaited}
    names, found = Names(connection, definitions), {}
    for case_id, event_id in events:
        row = rows.get(event_id // ID_BASE)
        if row is None or row.case_id != case_id or case_id not in seen:
            continue
        element = known.get(event_id)
        found[case_id, event_id] = NamedEvent(
            name="" if element is None else names.element(row.definition, element),
            process_name=names.deployed(row.definition).name,
            over=event_id not in awaited,
        )
    return found


def _elements(connection: Connection, table: Table, ids: Collection[int]) -> dict[int, str]:
    rows = connection.execute(select(table.c.id, table.c.element).where(table.c.id.in_(ids)))
    return {row.id: row.element for row in rows}


def is_registered(
    connection: Connection, case_id: str, event_id: int, actor: Actor, submission_key: str | None
) -> bool:
    """Whether this very submission of the actor has registered the event already."""
    row = registered_event.c
    same = (row.id == event_id, row.case_id == case_id, row.actor == actor.id, row.submission_key == submission_key)
    return submission_key is not None and connection.execute(select(row.id).where(*same)).first() is not None


def read_event_form(
    connection: Connection, definitions: Definitions, now: datetime, case_id: str, event_id: int, actor: Actor
) -> EventForm:
    """The form by which an awaited event is registered.

    Raises:
        NotFound: the case has no such event, it has no form, or the actor may not register it.
        EventOver: the case does not wait for it any more.
    """
    check_case(connection, case_id, actor)
    awaited = awaited_event(connection, case_id, event_id)
    check_registrant(connection, case_id, awaited.message_name, actor)
    schema = definitions.message_form(awaited.message_name)
    if schema is None:
        raise NotFound(f"{awaited.message_name} has no form", message_zh="这个事件不能手工登记。")
    deployed = definitions.get(awaited.instance.definition)
    event = EventToRegister(
        id=awaited.id,
        name=deployed.element_name(awaited.element),
        process_name=deployed.name,
        message_name=awaited.message_name,
    )
    return EventForm(
        event=event,
        correlation_key=awaited.correlation_key,
        schema=schema,
        context=event_context(connection, deployed, awaited, now, schema),
        deployed=deployed,
    )
