"""What the people of a case say of its result, beyond the name of its end (E17)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from engine import access
from engine.clock import from_microseconds, to_microseconds
from engine.customers import words
from engine.errors import InvalidValue, NotAllowed, StepError
from engine.history.commands import NOTE
from engine.masking import mask_within
from engine.model import Actor, Event, InstanceStatus
from engine.runtime import Runtime
from engine.store.tables import case_result, process_instance

#: So long after its end the owner may still amend the result.
AMENDABLE_FOR: Final = timedelta(days=7)
MAX_RESULT: Final = 500


class ResultClosed(StepError):
    """The result cannot be amended: the case runs, or it ended more than seven days ago."""

    code = "result_closed"
    message_zh = "只能在工单结束后7天内补充处理结果。"
    message_en = "A result can be added within 7 days of the end of the case only."


def may_amend(connection: Connection, case_id: str, actor: Actor, now: datetime) -> bool:
    """Whether the actor may amend the result: the owner or a head of service, within seven days of the end."""
    column = process_instance.c
    wanted = select(column.owner, column.first_owner, column.status, column.ended_at, column.customer_id)
    row = connection.execute(wanted.where(column.case_id == case_id, column.depth == 0)).one_or_none()
    if row is None or row.status != InstanceStatus.COMPLETED.value or row.ended_at is None:
        return False
    if row.customer_id in actor.customer_ids or not access.may(actor, "P04"):
        return False
    in_time = now - from_microseconds(row.ended_at) <= AMENDABLE_FOR
    return in_time and (actor.id in (row.owner, row.first_owner) or words.heads_service(actor))


def amend(runtime: Runtime, case_id: str, text: str, actor: Actor) -> None:
    """Say more of a case's result; its history keeps what was said before.

    The caller has checked that the actor may see the case.

    Raises:
        NotAllowed: the actor is neither its owner nor a head of service.
        ResultClosed: the case runs, or it ended more than seven days ago.
        InvalidValue: the text is missing or too long.
    """
    now, text = runtime.clock.now(), text.strip()
    with runtime.db.begin() as tx:
        if not may_amend(tx.connection, case_id, actor, now):
            if not access.may(actor, "P04"):
                raise NotAllowed(f"{actor.id} may not amend the result of {case_id[:20]}")
            raise ResultClosed
        if not text or len(text) > MAX_RESULT:
            raise InvalidValue(
                f"Please write the result, in at most {MAX_RESULT} characters.",
                message_zh=f"请写明处理结果,最长{MAX_RESULT}字。",
            )
        before = tx.connection.execute(
            select(case_result.c.text).where(case_result.c.case_id == case_id)
        ).scalar_one_or_none()
        if before == text:
            return
        noted = {"text": text, "noted_by": actor.id, "noted_at": to_microseconds(now)}
        put = insert(case_result).values(case_id=case_id, **noted)
        tx.connection.execute(put.on_conflict_do_update(index_elements=["case_id"], set_=noted))
        cascade = runtime.cascade(tx, actor, now)
        value = {"before": None if before is None else mask_within(before), "after": mask_within(text)}
        cascade.note(cascade.instance(int(case_id)), (Event(kind="case.result_noted", value=value),), NOTE)
        cascade.finish()
