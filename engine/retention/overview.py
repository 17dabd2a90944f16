"""What the page on retention shows: rules, what is due next, what is held, what was taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, exists, func, select

from engine.clock import from_microseconds
from engine.retention.due import DueCase, Kept, due_cases
from engine.retention.rules import Rule, Rules, due_at, read_rules
from engine.store.tables import history_redaction, process_instance, retention_done

#: So many due cases are looked at; there are hardly ever any between two looks.
MOST: Final = 500
LOG_PAGE: Final = 50
_i: Final = process_instance.c


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessLine:
    """A process with its rule and what that means."""

    process_id: str
    rule: Rule
    #: The rule is its own, not that of every process.
    is_own: bool
    #: Ended cases that are not redacted, and those that are.
    waiting: int
    redacted: int
    #: When the first of them is due; None: none is waiting, or they are kept for ever.
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A line of the log."""

    id: int
    kind: str
    subject: str
    at: datetime
    actor: str
    days: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The page's figures."""

    rules: Rules
    processes: tuple[ProcessLine, ...]
    #: Cases whose time is over and that something keeps.
    kept: tuple[DueCase, ...]
    kept_counts: Mapping[Kept, int]
    #: Cases that the next look takes.
    due: int
    #: There are more than ``MOST``.
    is_cut: bool


def read_overview(connection: Connection, process_ids: tuple[str, ...], now: datetime) -> Overview:
    """The figures of these processes, and of those that have rules or ended cases beside them."""
    rules = read_rules(connection)
    done = exists().where(history_redaction.c.stream == _i.key)
    roots = select(_i.process_id, func.count().label("cases"), func.min(_i.ended_at).label("first")).where(
        _i.depth == 0, _i.ended_at.is_not(None)
    )
    waiting = {row.process_id: row for row in connection.execute(roots.where(~done).group_by(_i.process_id))}
    redacted = {row.process_id: row.cases for row in connection.execute(roots.where(done).group_by(_i.process_id))}
    found = due_cases(connection, rules, now, limit=MOST)
    kept = [one for one in found if one.kept is not None]
    names = dict.fromkeys((*process_ids, *sorted({*rules.own, *waiting, *redacted})))
    lines = []
    for name in names:
        rule, row = rules.of(name), waiting.get(name)
        first = None if row is None or rule.days is None else due_at(from_microseconds(row.first), rule.days)
        lines.append(
            ProcessLine(
                process_id=name,
                rule=rule,
                is_own=name in rules.own,
                waiting=0 if row is None else row.cases,
                redacted=redacted.get(name, 0),
                next_at=first,
            )
        )
    return Overview(
        rules=rules,
        processes=tuple(lines),
        kept=tuple(kept),
        kept_counts=Counter(one.kept for one in kept if one.kept is not None),
        due=len(found) - len(kept),
        is_cut=len(found) == MOST,
    )


def list_done(connection: Connection, *, before: int | None = None, limit: int = LOG_PAGE) -> tuple[Done, ...]:
    """What was taken, the newest first, older than the line ``before``."""
    query = select(retention_done).order_by(retention_done.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(retention_done.c.id < before)
    return tuple(
        Done(
            id=row.id,
            kind=row.kind,
            subject=row.subject,
            at=from_microseconds(row.at),
            actor=row.actor,
            days=row.days,
            count=row._mapping["count"],
        )
        for row in connection.execute(query)
    )


def redacted_at(connection: Connection, case_id: str) -> datetime | None:
    """When a case's personal data were taken; None: they were not."""
    if not case_id.isdecimal() or len(case_id) > 18:
        return None
    query = select(history_redaction.c.at).where(history_redaction.c.stream == int(case_id))
    at = connection.execute(query).scalar_one_or_none()
    return None if at is None else from_microseconds(at)
