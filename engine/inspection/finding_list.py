"""Reads findings for lists and pages: those that somebody may see, with the names of people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select, true

from engine import canonical
from engine.clock import from_microseconds, instant_or_none
from engine.inspection import finding_access, words
from engine.masking import mask
from engine.model import Actor, Value
from engine.queries.base import keyset
from engine.store.people import read_names
from engine.store.tables import audit_finding, audit_finding_entry

_T: Final = audit_finding.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What somebody said or did."""

    at: datetime
    actor: str
    actor_name: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A finding as a page shows it; personal data in its evidence are masked."""

    id: int
    revision: int
    source: str
    rule: str
    case_id: str | None
    stream: int | None
    seq: int | None
    sample: int | None
    severity: str
    title: str
    evidence: Mapping[str, Value]
    about: str | None
    about_name: str | None
    asked_person: str | None
    asked_name: str | None
    asked_group: str | None
    due_at: datetime | None
    state: str
    made_by: str
    made_by_name: str
    made_at: datetime
    ended_at: datetime | None

    @property
    def is_unasked(self) -> bool:
        """Whether it is open and nobody has been asked yet."""
        return self.state == words.OPEN and self.asked_person is None and self.asked_group is None

    def is_late(self, now: datetime) -> bool:
        """Whether a reply should have come."""
        return self.state == words.OPEN and self.due_at is not None and self.due_at <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingPage:
    """Some findings, the newest first."""

    rows: tuple[Finding, ...]
    next_after: str | None


def list_findings(
    connection: Connection,
    actor: Actor,
    *,
    state: str = "",
    severity: str = "",
    source: str = "",
    case_id: str = "",
    after: str | None = None,
) -> FindingPage:
    """Those that the actor may see; "" asks for nothing, and what nobody knows finds nothing.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    behind = keyset(after)
    wanted = select(audit_finding).where(_seen_by(actor))
    for column, value in ((_T.state, state), (_T.severity, severity), (_T.source, source), (_T.case_id, case_id)):
        if value:
            wanted = wanted.where(column == value)
    if behind is not None:
        wanted = wanted.where(_T.id < behind)
    rows = connection.execute(wanted.order_by(_T.id.desc()).limit(words.PAGE + 1)).all()
    page = rows[: words.PAGE]
    names = names_of(connection, _people(page))
    return FindingPage(
        rows=tuple(view(row, names) for row in page), next_after=str(page[-1].id) if len(rows) > words.PAGE else None
    )


def count_states(connection: Connection, actor: Actor) -> dict[str, int]:
    """How many findings that the actor may see are in each state."""
    counted = select(_T.state, func.count()).where(_seen_by(actor)).group_by(_T.state)
    return {row[0]: row[1] for row in connection.execute(counted)}


def get_finding(connection: Connection, finding_id: int, actor: Actor) -> tuple[Finding, tuple[Entry, ...]]:
    """A finding with what was said and done, the oldest first.

    Raises:
        NotFound: there is none, or the actor may not see it.
    """
    row = finding_access.get(connection, finding_id, actor)
    entry = audit_finding_entry.c
    rows = connection.execute(
        select(audit_finding_entry).where(entry.finding == finding_id).order_by(entry.number)
    ).all()
    names = names_of(connection, {*_people([row]), *(one.actor for one in rows)})
    said = tuple(
        Entry(
            at=from_microseconds(one.at),
            actor=one.actor,
            actor_name=names.get(one.actor, one.actor),
            kind=one.kind,
            text=one.text,
        )
        for one in rows
    )
    return view(row, names), said


def names_of(connection: Connection, people: set[str]) -> dict[str, str]:
    """Id → name, of those who have an account."""
    return read_names(connection, people) | {"system": "系统"} if people else {}


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    if words.sees_all(actor):
        return true()
    own = [_T.made_by == actor.id, _T.asked_person == actor.id, _T.asked_group.in_(sorted(actor.groups))]
    return or_(*own)


def _people(rows: Any) -> set[str]:
    return {person for row in rows for person in (row.about, row.asked_person, row.made_by) if person is not None}


def view(row: Row[Any], names: Mapping[str, str]) -> Finding:
    """A finding of its row."""
    evidence = canonical.decode(row.evidence)
    return Finding(
        id=row.id,
        revision=row.revision,
        source=row.source,
        rule=row.rule,
        case_id=row.case_id,
        stream=row.stream,
        seq=row.seq,
        sample=row.sample,
        severity=row.severity,
        title=row.title,
        evidence={name: mask(name, value) for name, value in evidence.items()} if isinstance(evidence, dict) else {},
        about=row.about,
        about_name=names.get(row.about, row.about) if row.about else None,
        asked_person=row.asked_person,
        asked_name=names.get(row.asked_person, row.asked_person) if row.asked_person else None,
        asked_group=row.asked_group,
        due_at=instant_or_none(row.due_at),
        state=row.state,
        made_by=row.made_by,
        made_by_name=names.get(row.made_by, row.made_by),
        made_at=from_microseconds(row.made_at),
        ended_at=instant_or_none(row.ended_at),
    )
