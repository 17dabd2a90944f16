"""Which cases are over for longer than their rule, and why one of them is kept all the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, exists, func, select

from engine.clock import from_microseconds
from engine.retention.holds import case_is_held
from engine.retention.rules import Rules, cutoff
from engine.store.tables import (
    audit_finding,
    history_event,
    history_redaction,
    history_value,
    incident,
    job,
    process_instance,
)

_i: Final = process_instance.c
#: States of a finding that is still somebody's to close.
_OPEN_FINDING: Final = ("open", "replied")


class Kept(StrEnum):
    """Why a case is not redacted though its time is over."""

    #: An instance of it still runs, or ended not long enough ago.
    RUNNING = "running"
    #: A case that it opened, that opened it, or by which it was taken up again is not over.
    LINKED = "linked"
    HELD = "held"
    FINDING = "finding"
    #: A message of it has not left the house, or it has an incident.
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCase:
    """A case whose time is over."""

    case_id: str
    process_id: str
    ended_at: datetime
    #: None: nothing keeps it.
    kept: Kept | None


def due_cases(connection: Connection, rules: Rules, now: datetime, *, after: int = 0, limit: int) -> list[DueCase]:
    """Cases that are over for long enough and not redacted, by their keys, behind the key ``after``."""
    done = exists().where(history_redaction.c.stream == _i.key)
    wanted = (
        select(_i.case_id, _i.process_id, _i.ended_at)
        .where(_i.depth == 0, _i.key > after, rules.ended_long_ago(now), ~done)
        .order_by(_i.key)
        .limit(limit)
    )
    return [
        DueCase(
            case_id=row.case_id,
            process_id=row.process_id,
            ended_at=from_microseconds(row.ended_at),
            kept=why_kept(connection, rules, row.case_id, now),
        )
        for row in connection.execute(wanted).all()
    ]


def late_cases(connection: Connection, rules: Rules, now: datetime, *, limit: int) -> list[str]:
    """Cases that were redacted and to which somebody has added something since, when that is long ago too."""
    again = (
        select(_i.case_id)
        .distinct()
        .join(history_redaction, history_redaction.c.stream == _i.key)
        .join(history_value, history_value.c.stream == _i.key)
        .limit(limit)
    )
    found = connection.execute(again).scalars().all()
    return [case_id for case_id in found if is_late(connection, rules, case_id, now)]


def is_late(connection: Connection, rules: Rules, case_id: str, now: datetime) -> bool:
    """Whether something was added to a redacted case, the last of it long ago, and nothing holds it."""
    keys = keys_of(connection, case_id)
    days = rules.of(process_of(connection, case_id)).days
    added = select(history_value.c.stream).where(history_value.c.stream.in_(keys)).limit(1)
    if days is None or connection.execute(added).first() is None or case_is_held(connection, case_id):
        return False
    last = select(func.max(history_event.c.at)).where(history_event.c.stream.in_(keys))
    return int(connection.execute(last).scalar_one()) < cutoff(now, days)


def why_kept(connection: Connection, rules: Rules, case_id: str, now: datetime) -> Kept | None:
    """Why a case is kept although its root ended long ago; None: nothing keeps it."""
    rows = connection.execute(select(_i.key, _i.ended_at).where(_i.case_id == case_id)).all()
    days = rules.of(process_of(connection, case_id)).days
    if days is None or any(row.ended_at is None or row.ended_at >= cutoff(now, days) for row in rows):
        return Kept.RUNNING
    if case_is_held(connection, case_id):
        return Kept.HELD
    finding = exists().where(audit_finding.c.case_id == case_id, audit_finding.c.state.in_(_OPEN_FINDING))
    if connection.execute(select(finding)).scalar_one():
        return Kept.FINDING
    if _is_pending(connection, case_id, [row.key for row in rows]):
        return Kept.PENDING
    return Kept.LINKED if _has_open_links(connection, case_id) else None


def keys_of(connection: Connection, case_id: str) -> list[int]:
    """Keys of a case's instances, the root first."""
    return list(connection.execute(select(_i.key).where(_i.case_id == case_id).order_by(_i.key)).scalars())


def process_of(connection: Connection, case_id: str) -> str:
    """The process of a case's root."""
    query = select(_i.process_id).where(_i.case_id == case_id).order_by(_i.key).limit(1)
    return str(connection.execute(query).scalar_one())


def _is_pending(connection: Connection, case_id: str, keys: Sequence[int]) -> bool:
    asked = [exists().where(table.c.case_id == case_id) for table in (job, incident)]
    asked += [exists().where(table.c.instance.in_(keys)) for table in (job, incident)]
    return any(connection.execute(select(one)).scalar_one() for one in asked)


def _has_open_links(connection: Connection, case_id: str) -> bool:
    """Whether a case that hangs together with it, however far, is not over."""
    seen, asked = {case_id}, {case_id}
    while asked:
        ids = sorted(asked)
        opened = select(_i.case_id).where(_i.parent_case_id.in_(ids), _i.parent.is_(None))
        opener = select(_i.parent_case_id).where(_i.case_id.in_(ids), _i.parent_case_id.is_not(None))
        found = {*connection.execute(opened).scalars(), *connection.execute(opener).scalars()} - seen
        running = select(_i.key).where(_i.case_id.in_(sorted(found)), _i.ended_at.is_(None)).limit(1)
        if found and connection.execute(running).first() is not None:
            return True
        seen |= found
        asked = found
    return False
