"""Events that people register by hand: a message for exactly one waiting event of a case, once.

News of a parcel are more than one case's: they go through the shop's table (``shop.parcel_news``) to all who wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from engine import access, accounts, attachments, bpmn, formcheck, shop
from engine.definitions import Definitions, Deployed
from engine.errors import NotFound, StepError
from engine.labels import labels_for
from engine.model import ID_BASE, Actor, CorrelateMessage, Event, Facts, SubscriptionKind, Value, Variables
from engine.runtime.cascade import Cascade
from engine.runtime.participants import case_facts
from engine.store.instances import InstanceRow, instance_of
from engine.store.sql import INSTANCE_COLUMNS
from engine.store.tables import process_instance, registered_event, subscription

#: Kind of the history's event: a person says that what the case waited for has happened.
REGISTERED: Final = "event.registered"


class EventOver(StepError):
    """The case does not wait for this event any more. Don't retry."""

    code = "event_over"
    message_zh = "该工单已不再等待这个事件(可能刚被他人登记,或已超时),没有保存。请刷新页面。"
    message_en = (
        "The case does not wait for this event any more: somebody else may have registered it just now, or it timed "
        "out. Nothing was saved. Please reload the page."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedEvent:
    """A message for which an instance of a case waits."""

    id: int
    element: str
    message_name: str
    correlation_key: str
    instance: InstanceRow


def awaited_event(connection: Connection, case_id: str, event_id: int) -> AwaitedEvent:
    """A message for which the case waits.

    Raises:
        NotFound: the id is of no instance of the case.
        EventOver: it was, but nothing waits there any more.
    """
    of_case = select(process_instance.c.key).where(
        process_instance.c.key == event_id // ID_BASE, process_instance.c.case_id == case_id
    )
    if connection.execute(of_case).first() is None:
        raise NotFound(f"case {case_id[:20]!r} has no event {event_id}", message_zh="没有这个事件,或您没有权限。")
    found = next(_awaited(connection, subscription.c.id == event_id), None)
    if found is None:
        raise EventOver
    return found


def awaited_by_key(connection: Connection, name: str, correlation_key: str) -> Iterator[AwaitedEvent]:
    """All who wait for a message of this name and key, the oldest first."""
    yield from _awaited(
        connection, subscription.c.message_name == name, subscription.c.correlation_key == correlation_key
    )


def _awaited(connection: Connection, *which: Any) -> Iterator[AwaitedEvent]:
    columns = [process_instance.c[name] for name in INSTANCE_COLUMNS]
    wanted = (
        select(
            subscription.c.id,
            subscription.c.element,
            subscription.c.message_name,
            subscription.c.correlation_key,
            *columns,
        )
        .join(process_instance, process_instance.c.key == subscription.c.instance)
        .where(subscription.c.kind == SubscriptionKind.MESSAGE.value, *which)
        .order_by(subscription.c.id)
    )
    for row in connection.execute(wanted).all():
        yield AwaitedEvent(
            id=row[0],
            element=row[1],
            message_name=row[2],
            correlation_key=row[3],
            instance=instance_of(row),
        )


def event_context(
    connection: Connection, deployed: Deployed, awaited: AwaitedEvent, now: datetime, schema: formcheck.Schema
) -> dict[str, Value]:
    """What the form of an awaited message may read: the variables visible at the event, the case's facts, ``order``
    and ``parcel`` (contexts or None), ``event`` {message, process_id, element, correlation_key}, and the ``people`` of
    the groups that the form names.
    """
    row = awaited.instance
    facts = row.case_facts()
    seen = bpmn.variables_of(deployed.definition, row.state_value, Facts(now=now, case=facts), awaited.id)
    order_id, waybill_no = seen.get("order_id"), seen.get("waybill_no")
    event = {
        "message": awaited.message_name,
        "process_id": row.process_id,
        "element": awaited.element,
        "correlation_key": awaited.correlation_key,
    }
    return {
        **facts,
        **seen,
        "case": dict(facts),
        "order": shop.order_facts(connection, order_id) if isinstance(order_id, str) else None,
        "parcel": shop.parcel_facts(connection, waybill_no) if isinstance(waybill_no, str) else None,
        "event": event,
        "people": accounts.people_of(connection, formcheck.people_groups(schema)),
    }


def refusal(
    connection: Connection, definitions: Definitions, now: datetime, name: str, correlation_key: str, payload: Variables
) -> str | None:
    """Why a message from outside does not fit those who wait for it, in a sentence; None: it does, or nobody waits.

    Judged by the message's form, as if somebody had typed the payload: money that is less than what is due, for one.
    """
    schema = definitions.message_form(name)
    if schema is None:
        return None
    asked = {field.key for field in formcheck.fields(schema)}
    given = {key: value for key, value in payload.items() if key in asked}
    for awaited in awaited_by_key(connection, name, correlation_key):
        context = event_context(connection, definitions.get(awaited.instance.definition), awaited, now, schema)
        found = formcheck.check_values(schema, given, context, now=now)
        if found.errors:
            return ";".join(found.errors.values())
    return None


def check_registrant(connection: Connection, case_id: str, message_name: str, actor: Actor) -> None:
    """Raise unless the actor may register this event of the case.

    Raises:
        NotFound: there is no such case, or the actor may not see it, or may not register the event: the same, so
            that nobody learns that a case exists.
    """
    if not access.may_register(actor, message_name, case_facts(connection, case_id)):
        raise NotFound(f"{actor.id} may not register {message_name}", message_zh="没有这个事件,或您没有权限。")


def register(
    cascade: Cascade,
    case_id: str,
    event_id: int,
    payload: Mapping[str, Value],
    submission_key: str | None,
    notes: tuple[Event, ...] = (),
) -> None:
    """Bring a payload to the one event that waits for it; the same submission again changes nothing.

    Files of the payload become the case's own.

    Raises:
        NotFound: the case has no such event, or the actor may not register it.
        OwnCase: the actor is the customer.
        EventOver: somebody was faster, or it waits no more.
        InvalidValue: a file is none of the actor's own unused ones, and none of the case's.
    """
    connection, actor = cascade.tx.connection, cascade.actor
    done = connection.execute(select(registered_event).where(registered_event.c.id == event_id)).one_or_none()
    if done is not None and done.case_id == case_id:
        check_registrant(connection, case_id, done.message_name, actor)
        if submission_key is not None and (done.actor, done.submission_key) == (actor.id, submission_key):
            return
    awaited = awaited_event(connection, case_id, event_id)
    check_registrant(connection, case_id, awaited.message_name, actor)
    row = cascade.instance(awaited.instance.key)
    access.check_own_case(actor, row.customer_id)
    told = {"message": awaited.message_name, "payload": dict(payload)}
    note = Event(kind=REGISTERED, element=awaited.element, token=event_id - row.key * ID_BASE, value=told)
    command = CorrelateMessage(id=event_id, name=awaited.message_name, payload=dict(payload))
    cascade.run(row.key, command, (note, *notes))
    personal = labels_for(cascade.definitions.get(awaited.instance.definition)).is_personal
    attachments.bind(cascade.tx, payload, case_id=case_id, actor=actor, personal=personal)
    connection.execute(
        insert(registered_event).values(
            id=event_id,
            instance=row.key,
            case_id=case_id,
            process_id=row.process_id,
            element=awaited.element,
            message_name=awaited.message_name,
            actor=actor.id,
            registered_at=cascade.at,
            submission_key=submission_key,
        )
    )
