"""How soon requests were answered: from their opening to the first completed user task, in working time (SLA-03)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec
from sqlalchemy import Row, Select, func, select

from engine.kpi.facts.base import Measure, Scope
from engine.kpi.facts.cases import is_request, opened
from engine.kpi.facts.clocks import working_seconds
from engine.model import SYSTEM
from engine.store.tables import process_instance, user_task

#: What a case's channel is called in figures (SLA-03).
_CHANNELS: Final = {"phone": "phone", "chat": "chat"}
pi = process_instance.c


class _Channel(msgspec.Struct):
    """The one variable that is read; the rest of the bytes is skipped."""

    channel: Any = None


_CHANNEL: Final = msgspec.json.Decoder(_Channel)


def first_responses(scope: Scope) -> Select[Any]:
    """Requests that a person opened in the period, with the end of their first completed user task."""
    first = (
        select(func.min(user_task.c.ended_at))
        .where(user_task.c.case_id == pi.case_id, user_task.c.status.concat("") == "completed")
        .scalar_subquery()
    )
    query = opened(scope, first.label("answered_at"), pi.variables.label("variables"))
    return query.where(is_request(pi.process_id), pi.opened_by != SYSTEM.id)


def response_seconds(scope: Scope) -> Measure:
    """K05: working seconds from the opening to the first completed user task; unanswered ones are left out."""
    between = working_seconds(scope)

    def measure(row: Row[Any]) -> tuple[Decimal | int, int]:
        if row.answered_at is None:
            return 0, 0
        return between(row.at, row.answered_at, None), 1

    return measure


def response_in_limit(scope: Scope) -> Measure:
    """K25: hit: answered within its channel's limit; one that may still be answered in time is left out."""
    between = working_seconds(scope)

    def measure(row: Row[Any]) -> tuple[Decimal | int, int]:
        limit = scope.rules.limit(_channel(row.variables))
        if row.answered_at is not None:
            return int(between(row.at, row.answered_at, None) <= limit), 1
        return 0, int(between(row.at, scope.now_us, None) > limit)

    return measure


def _channel(variables: bytes) -> str:
    try:
        return _CHANNELS.get(_CHANNEL.decode(variables).channel, "other")
    except (msgspec.ValidationError, msgspec.DecodeError, TypeError):
        return "other"
