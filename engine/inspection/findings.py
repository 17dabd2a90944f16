"""Findings: what is not as it should be, who is asked about it, what is answered, and how it ends.

Nobody closes what is about himself, what he was asked about, or a case in which he acted. Every change stands in the
history of the system.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, exists, insert, select, update

from engine import canonical
from engine.accounts import find_in
from engine.clock import instant_or_none, to_microseconds
from engine.errors import InvalidValue, NotAllowed, NotFound, StepError
from engine.inspection import words
from engine.inspection.finding_access import get, is_asked, may_lead, why_not_end
from engine.inspection.finding_entries import asked_people, enter, said_state, tell_of
from engine.model import SYSTEM, Actor, Event, Value
from engine.notifications import members_of, said_time, say
from engine.queries.visibility import check_case
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import (
    audit_finding,
    audit_sample_case,
    history_event,
    process_instance,
)

_T: Final = audit_finding.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who is to reply, a person or a group, and by when; nobody, where both are None."""

    person: str | None = None
    group: str | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A finding as a person writes it."""

    title: str
    text: str
    severity: str
    case_id: str | None = None
    #: An event of the case.
    stream: int | None = None
    seq: int | None = None
    sample: int | None = None
    #: Whose conduct it is about.
    about: str | None = None
    asked: Asked = Asked()


# --- noting --------------------------------------------------------------------------------------


def note(
    tx: Transaction,
    *,
    source: str,
    rule: str,
    key: str,
    case_id: str | None,
    severity: str,
    title: str,
    evidence: Mapping[str, Value],
    at: datetime,
    actor: str,
) -> int | None:
    """Note what a check has found, in the caller's transaction; gives the finding's id.

    Args:
        tx: the caller's.
        source: person, policy, verification or re_execution.
        rule: what was broken; "" where no rule says it.
        key: what it is about: noted a second time, nothing is written and None is given.
        case_id: the case, if it is about one.
        severity: low, medium or high.
        title: one line, in Chinese; a longer one is cut.
        evidence: what was seen, by name.
        at: aware UTC.
        actor: who noticed; "system" for the platform.

    Raises:
        InvalidValue: there is no such source or severity.
    """
    if source not in words.SOURCES or severity not in words.SEVERITIES:
        raise InvalidValue(f"there is no source {source!r} or no severity {severity!r}")
    known = select(_T.id).where(_T.key == key)
    if tx.connection.execute(known).first() is not None:
        return None
    values: dict[str, Any] = {"source": source, "rule": rule, "key": key, "case_id": case_id, "severity": severity}
    values |= {"title": title[: words.MAX_TITLE], "evidence": canonical.encode(dict(evidence))}
    made = _insert(tx, values, "", actor, at)
    if severity == "high":
        text = say("finding_noted", title=title[: words.MAX_TITLE])
        tell_of(tx, members_of(tx.connection, ["auditor"]), made, text, at, actor)
    return made


def record(tx: Transaction, draft: Draft, actor: Actor, *, now: datetime) -> int:
    """Note what a person has found, and put it to whom it asks; gives the finding's id.

    Raises:
        NotAllowed: the actor does not audit.
        NotFound: there is no such case to the actor, no such event in it, or it is not in the sample.
        InvalidValue: a text is missing or too long, there is no such severity, or who is asked cannot be.
    """
    if not words.may_search(actor):
        raise NotAllowed(f"{actor.id} does not audit")
    title = words.checked_text(draft.title, "一句话说明", "a title", most=words.MAX_TITLE)
    text = words.checked_text(draft.text, "发现的情况", "what you found")
    if draft.severity not in words.SEVERITIES:
        raise InvalidValue("Please choose a severity.", message_zh="请选择严重程度。")
    _check_place(tx.connection, draft, actor)
    _check_account(tx.connection, draft.about)
    asked = _checked_asked(tx.connection, draft.asked, now)
    values: dict[str, Any] = {"source": "person", "rule": "", "case_id": draft.case_id, "severity": draft.severity}
    values |= {"title": title, "evidence": canonical.encode({}), "stream": draft.stream, "seq": draft.seq}
    values |= {"sample": draft.sample, "about": draft.about, **asked}
    made = _insert(tx, values, text, actor.id, now)
    if asked:
        _tell_asked(tx, made, title, draft.asked, now, actor)
    return made


def _insert(tx: Transaction, values: dict[str, Any], text: str, actor: str, at: datetime) -> int:
    at_us = to_microseconds(at)
    row = {**values, "state": words.OPEN, "revision": 1, "made_by": actor, "made_at": at_us}
    made: int = tx.connection.execute(insert(audit_finding).values(row).returning(_T.id)).scalar_one()
    told = {"source", "rule", "key", "case_id", "severity", "title", "stream", "seq", "sample", "about"}
    facts = {name: value for name, value in values.items() if name in told and value not in (None, "")}
    asked = {name: values[name] for name in ("asked_person", "asked_group") if values.get(name)}
    enter(tx, made, "noted", text, actor, at, facts | asked)
    return made


def _check_place(connection: Connection, draft: Draft, actor: Actor) -> None:
    if draft.case_id is None:
        if draft.stream is not None or draft.sample is not None:
            raise NotFound("an event and a sample are of a case")
        return
    check_case(connection, draft.case_id, actor)
    if draft.stream is not None or draft.seq is not None:
        of_case = process_instance.c.key == history_event.c.stream, process_instance.c.case_id == draft.case_id
        there = select(history_event.c.seq).where(
            history_event.c.stream == draft.stream, history_event.c.seq == draft.seq, exists().where(*of_case)
        )
        if connection.execute(there).first() is None:
            raise NotFound("there is no such event", message_zh="这张工单没有这条历史。")
    if draft.sample is not None:
        drawn = audit_sample_case.c
        there = select(drawn.place).where(drawn.sample == draft.sample, drawn.case_key == int(draft.case_id))
        if connection.execute(there).first() is None:
            raise NotFound("the case is not in that sample", message_zh="这张工单不在该样本里。")


def _check_account(connection: Connection, person: str | None) -> None:
    if person is not None and find_in(connection, person) is None:
        raise InvalidValue(
            "There is no such account. Please choose another one.", message_zh="没有这个账号,请重新选择。"
        )


def _checked_asked(connection: Connection, asked: Asked, now: datetime) -> dict[str, Any]:
    """The columns that say who is asked; nothing for nobody."""
    if asked.person and asked.group:
        raise InvalidValue("Please ask a person or a group, not both.", message_zh="请只选一位同事或一个岗位答复。")
    if not asked.person and not asked.group:
        return {}
    if asked.group and asked.group not in words.ANSWERING:
        raise InvalidValue("Please choose who is to reply.", message_zh="请选择由谁答复。")
    if asked.person:
        account = find_in(connection, asked.person)
        if account is None or not account.active or account.groups.isdisjoint(words.ANSWERING):
            raise InvalidValue(
                "This person has no active account with which to reply. Please choose somebody else.",
                message_zh="这位同事没有可以答复的账号,请另选。",
            )
    elif not members_of(connection, [asked.group or ""]):
        raise InvalidValue("Nobody is in this group. Please choose somebody else.", message_zh="该岗位没有人,请另选。")
    if asked.due_at is None or asked.due_at <= now:
        raise InvalidValue(
            "Please say by when a reply is needed; it must be in the future.",
            message_zh="请填写答复期限,须晚于现在。",
        )
    due = to_microseconds(asked.due_at)
    return {"asked_person": asked.person or None, "asked_group": asked.group or None, "due_at": due}


# --- what becomes of it --------------------------------------------------------------------------


def put(
    tx: Transaction, finding_id: int, revision: int, asked: Asked, text: str, actor: Actor, *, now: datetime
) -> None:
    """Put a finding to somebody, or ask again after a reply; it is open then.

    Raises:
        NotFound: there is no such finding to the actor.
        NotAllowed: the actor does not lead it.
        StepError: it has ended, or somebody changed it meanwhile.
        InvalidValue: nobody is asked, who is asked cannot be, or after a reply the question is missing.
    """
    row = _leading(tx.connection, finding_id, actor)
    again = row.state == words.REPLIED
    said = words.checked_text(text, "还要说明什么", "what else is to be explained") if again or text.strip() else ""
    values = _checked_asked(tx.connection, asked, now)
    if not values:
        raise InvalidValue("Please choose who is to reply.", message_zh="请选择由谁答复。")
    _change(tx, row, revision, values | {"state": words.OPEN, "reminded_at": None})
    facts = {name: values[name] for name in ("asked_person", "asked_group") if values[name]}
    enter(tx, row.id, "asked_again" if again else "put", said, actor.id, now, facts | {"due_at": asked.due_at})
    _tell_asked(tx, row.id, row.title, asked, now, actor)


def reply(tx: Transaction, finding_id: int, revision: int, text: str, actor: Actor, *, now: datetime) -> None:
    """Answer a finding.

    Raises:
        NotFound: there is no such finding to the actor.
        NotAllowed: the actor is not asked.
        StepError: it was answered already, has ended, or somebody changed it meanwhile.
        InvalidValue: the text is missing or too long.
    """
    row = get(tx.connection, finding_id, actor)
    if not is_asked(actor, row):
        raise NotAllowed(f"{actor.id} is not asked about finding {finding_id}")
    said = words.checked_text(text, "答复", "a reply")
    if row.state != words.OPEN:
        raise _over()
    _change(tx, row, revision, {"state": words.REPLIED})
    enter(tx, row.id, "replied", said, actor.id, now, {})
    told = [row.made_by] if row.made_by != SYSTEM.id else members_of(tx.connection, ["auditor"])
    tell_of(tx, told, row.id, say("finding_replied", who=actor.name, title=row.title), now, actor.id)


def end(
    tx: Transaction, finding_id: int, revision: int, state: str, reason: str, actor: Actor, *, now: datetime
) -> None:
    """Close a finding, or dismiss it as none.

    Raises:
        NotFound: there is no such finding to the actor.
        NotAllowed: the actor does not lead it.
        FourEyes: it is about the actor, was put to the actor, or the actor acted in its case.
        StepError: it has ended, or somebody changed it meanwhile.
        InvalidValue: the reason is missing or too long, or there is no such end.
    """
    row = _leading(tx.connection, finding_id, actor)
    if state not in (words.CLOSED, words.DISMISSED):
        raise InvalidValue("Please choose how the finding ends.", message_zh="请选择关闭还是不成立。")
    refused = why_not_end(tx.connection, actor, row)
    if refused is not None:
        raise refused
    said = words.checked_text(reason, "理由", "a reason")
    _change(tx, row, revision, {"state": state, "ended_by": actor.id, "ended_at": to_microseconds(now)})
    enter(tx, row.id, state, said, actor.id, now, {})
    text = say("finding_ended", title=row.title, state=said_state(state))
    tell_of(tx, asked_people(tx.connection, row.asked_person, row.asked_group), row.id, text, now, actor.id)


def _leading(connection: Connection, finding_id: int, actor: Actor) -> Row[Any]:
    row = get(connection, finding_id, actor)
    if row.state in (words.CLOSED, words.DISMISSED):
        raise _over()
    if not may_lead(actor, row):
        raise NotAllowed(f"{actor.id} does not lead finding {finding_id}")
    return row


def _over() -> StepError:
    return StepError(
        "The finding was changed by somebody else meanwhile. Please reload the page.",
        message_zh="这条发现已被他人处理,请刷新页面。",
    )


def _change(tx: Transaction, row: Row[Any], revision: int, values: Mapping[str, Any]) -> None:
    """Change a finding that is still as its page showed it."""
    unchanged = _T.id == row.id, _T.revision == revision
    changed = update(audit_finding).where(*unchanged).values(**values, revision=revision + 1)
    if tx.connection.execute(changed).rowcount != 1:  # somebody else got there first
        raise _over()


def _tell_asked(tx: Transaction, finding_id: int, title: str, asked: Asked, now: datetime, actor: Actor) -> None:
    text = say("finding_put", who=actor.name, title=title, due=said_time(asked.due_at))
    tell_of(tx, asked_people(tx.connection, asked.person, asked.group), finding_id, text, now, actor.id)


def remind_late(tx: Transaction, now: datetime) -> int:
    """Tell those asked, and the auditors, of findings whose reply is late; gives how many there were."""
    late = (_T.state == words.OPEN, _T.due_at <= to_microseconds(now), _T.reminded_at.is_(None))
    rows = tx.connection.execute(select(audit_finding).where(*late).order_by(_T.due_at).limit(words.PAGE)).all()
    for row in rows:
        changed = {"reminded_at": to_microseconds(now)}
        tx.connection.execute(update(audit_finding).where(_T.id == row.id).values(changed))
        append_system(tx, [Event(kind="finding.overdue", value={"finding": row.id})], at=now, actor=SYSTEM.id)
        people = {*asked_people(tx.connection, row.asked_person, row.asked_group)}
        people |= {row.made_by} - {SYSTEM.id} or set(members_of(tx.connection, ["auditor"]))
        due = said_time(instant_or_none(row.due_at))
        tell_of(tx, sorted(people), row.id, say("finding_overdue", title=row.title, due=due), now, SYSTEM.id)
    return len(rows)
