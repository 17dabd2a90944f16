"""Whether a case's own diagrams ask how satisfied the customer is: nobody is asked twice about a case."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, select

from engine import bpmn
from engine.customers.visits import Answer
from engine.definitions import Definitions, Deployed
from engine.model import Actor
from engine.runtime import Runtime
from engine.runtime.messages import Publication
from engine.store.database import Transaction
from engine.store.tables import process_instance, subscription

#: The message with which the answer comes to a case that waits for it; its correlation key is the case's id.
ANSWERED: Final = "survey_answered"
#: Property of a process that asks in another way.
_ASKS: Final = "asks_satisfaction"
_DRAWN: Final = "drawn"


def asks_itself(connection: Connection, definitions: Definitions, case_id: str) -> bool:
    """Whether a process of the case waits for the answer, now or at another time, or says that it asks."""
    keys = select(process_instance.c.definition).where(process_instance.c.case_id == case_id).distinct()
    return any(_asks(definitions.get(key)) for key in connection.execute(keys).scalars().all())


def waits(connection: Connection, case_id: str) -> bool:
    """Whether anybody in the case waits for the answer now."""
    found = (
        select(subscription.c.id)
        .join(process_instance, process_instance.c.key == subscription.c.instance)
        .where(subscription.c.message_name == ANSWERED, process_instance.c.case_id == case_id)
    )
    return connection.execute(found.limit(1)).first() is not None


def tell_the_case(runtime: Runtime, tx: Transaction, case_id: str, said: Answer, actor: Actor, now: datetime) -> None:
    """Bring the answer to who waits for it in the case, in the caller's transaction; it is not kept for others."""
    cascade = runtime.cascade(tx, actor, now)
    payload = {"score": Decimal(said.satisfied), "comment": said.comment.strip() or None}
    cascade.publish(Publication(name=ANSWERED, correlation_key=case_id, payload=payload, expires_at=now))
    cascade.finish()


def _asks(deployed: Deployed) -> bool:
    own = deployed.definition.properties.get(_ASKS) == _DRAWN
    return own or ANSWERED in bpmn.said_by(deployed.xml).awaited
