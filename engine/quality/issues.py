"""共性问题 (SLA-33, K34): an agent's cases of a week by what they were about, confirmed for the superior."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, exists, insert, literal_column, select, tuple_, update

from engine import canonical
from engine.clock import from_microseconds, instant_or_none, to_microseconds
from engine.errors import InvalidValue, NotFound, StepError
from engine.masking import mask_within
from engine.model import DUTIES, SYSTEM, Actor, Event
from engine.notifications import Notice, Occasion, say, tell
from engine.quality import weeks, words
from engine.registers import CAUSES
from engine.roster import supervisors_of
from engine.store.database import Database, Transaction
from engine.store.streams import append_system
from engine.store.tables import issue_report, membership, process_instance, register_cell, register_row, user

PAGE: Final = 50
_CAUSE_LENGTH: Final = 40
_BATCH: Final = 200
_ROOT: ColumnElement[Any] = literal_column("0")
_T = issue_report.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Cases of one process with one cause."""

    process_id: str
    #: "": none is registered.
    cause: str
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An agent's report of a week."""

    week: str
    agent: str
    agent_name: str
    cases: int
    issues: tuple[Issue, ...]
    made_at: datetime
    due_at: datetime
    reminded_at: datetime | None
    remark: str | None
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """Some of them, the newest week first; ``next_after`` is the place of the next page, None on the last."""

    reports: tuple[Report, ...]
    next_after: str | None


def make_due(db: Database, now: datetime) -> None:
    """Make last week's reports, once; any number of processes may."""
    with db.begin() as tx:
        make_week(tx, weeks.shifted(weeks.week_of(now), -1), now)


def remind_late(db: Database, now: datetime) -> None:
    """Remind of reports that nobody has confirmed in time, once, and tell the superiors."""
    with db.read() as connection:
        late = _late(connection, now)
    if late:
        with db.begin() as tx:
            _remind(tx, _late(tx.connection, now), now)


def make_week(tx: Transaction, week: str, now: datetime) -> int:
    """Make the reports of a week that is over, for every agent with a case of it; gives how many."""
    if tx.connection.execute(select(_T.week).where(_T.week == week).limit(1)).first() is not None:
        return 0
    counted: dict[str, dict[tuple[str, str], list[str]]] = {}
    for row in _cases(tx.connection, week):
        key = (row.process_id, (row.cause or "")[:_CAUSE_LENGTH])
        counted.setdefault(row.owner, {}).setdefault(key, []).append(row.case_id)
    _, end = weeks.bounds_of(week)
    due = from_microseconds(end) + words.REPORT_TIME
    rows = [
        {
            "week": week,
            "agent": agent,
            "cases": sum(map(len, found.values())),
            "content": canonical.encode(
                [
                    {"process": process, "cause": cause, "cases": cases}
                    for (process, cause), cases in sorted(found.items(), key=lambda one: (-len(one[1]), one[0]))
                ]
            ),
            "made_at": to_microseconds(now),
            "due_at": to_microseconds(max(due, now + words.REPORT_TIME / 2)),
        }
        for agent, found in sorted(counted.items())
    ]
    if rows:
        tx.connection.execute(insert(issue_report), rows)
        append_system(
            tx, [Event(kind="issues.made", value={"week": week, "reports": len(rows)})], at=now, actor=SYSTEM.id
        )
    for agent, found in counted.items():
        count = sum(map(len, found.values()))
        text = say("issues_made", week=weeks.said_week(week), count=count)
        page = f"/reports/issues/{week}/{agent}"
        notice = Notice(occasion=Occasion.QUALITY, text=text, page=page, once=f"issues:{week}")
        tell(tx, [agent], notice, at=now)
    return len(rows)


def _cases(connection: Connection, week: str) -> list[Row[Any]]:
    """Requests of the week that agents own, with the first cause that a register of theirs names."""
    since, until = weeks.bounds_of(week)
    pi = process_instance.c
    named = tuple_(register_cell.c.register, register_cell.c.column).in_(CAUSES)
    cause = (
        select(register_cell.c.text)
        .join(register_row, register_row.c.id == register_cell.c.row)
        .where(register_row.c.case_id == pi.case_id, named, register_cell.c.text != "")
        .order_by(register_cell.c.row, register_cell.c.column)
        .limit(1)
        .scalar_subquery()
    )
    of_agent = exists().where(membership.c.user == pi.owner, membership.c.group.in_(sorted(words.AGENTS)))
    query = select(pi.case_id, pi.process_id, pi.owner, cause.label("cause")).where(
        pi.depth == _ROOT,
        pi.opened_at >= since,
        pi.opened_at < until,
        pi.process_id.not_in(words.NOT_CHECKED),
        *(pi.process_id.not_like(f"{one}%") for one in DUTIES),
        of_agent,
    )
    return list(connection.execute(query.order_by(pi.key)))


def _late(connection: Connection, now: datetime) -> list[Row[Any]]:
    query = select(_T.week, _T.agent).where(
        _T.confirmed_at.is_(None), _T.reminded_at.is_(None), _T.due_at <= to_microseconds(now)
    )
    return list(connection.execute(query.limit(_BATCH)))


def _remind(tx: Transaction, late: list[Row[Any]], now: datetime) -> None:
    for row in late:
        page = f"/reports/issues/{row.week}/{row.agent}"
        text = say("issues_late", week=weeks.said_week(row.week))
        tell(tx, [row.agent], Notice(occasion=Occasion.REMINDED, text=text, page=page), at=now)
        name = tx.connection.execute(select(user.c.name).where(user.c.id == row.agent)).scalar_one_or_none()
        text = say("issues_late_of", who=name or row.agent, week=weeks.said_week(row.week))
        people = supervisors_of(tx.connection, row.agent, now)
        tell(tx, people, Notice(occasion=Occasion.ESCALATED, text=text, page=page), at=now)
        mine = (_T.week == row.week, _T.agent == row.agent)
        tx.connection.execute(update(issue_report).where(*mine).values(reminded_at=to_microseconds(now)))


# --- reading and confirming ----------------------------------------------------------------------


def get_report(connection: Connection, week: str, agent: str, actor: Actor) -> Report:
    """A report: one's own, or one of an agent in the actor's reach (P19).

    Raises:
        NotFound: there is none to the actor.
    """
    within = words.people_of(actor)
    others = words.may_look(actor) and (within is None or agent in within)
    row = connection.execute(_reports().where(_T.week == week, _T.agent == agent)).one_or_none()
    if row is None or not (agent == actor.id or others):
        raise NotFound(f"there is no report of {agent[:40]!r}", message_zh="没有这份汇总,或您没有权限。")
    return _report(row)


def list_reports(
    connection: Connection, actor: Actor, *, week: str = "", after: str | None = None, limit: int = PAGE
) -> ReportPage:
    """The own reports, and those in the actor's reach.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    query = _reports().order_by(_T.week.desc(), _T.agent.desc()).limit(limit + 1)
    within = words.people_of(actor)
    if not words.may_look(actor):
        query = query.where(_T.agent == actor.id)
    elif within is not None:
        query = query.where(_T.agent.in_(sorted(within | {actor.id})))
    query = query.where(_T.week == week) if week else query
    if after:
        place, bar, agent = after.partition("|")
        if not bar or len(after) > 100:
            raise NotFound("there is no such page")
        query = query.where(tuple_(_T.week, _T.agent) < tuple_(place, agent))
    rows = connection.execute(query).all()
    reports = tuple(map(_report, rows[:limit]))
    last = reports[-1] if reports else None
    return ReportPage(reports=reports, next_after=f"{last.week}|{last.agent}" if last and len(rows) > limit else None)


def summed(reports: tuple[Report, ...]) -> list[tuple[str, str, int, int]]:
    """(process, cause, cases, agents) over several reports, the most frequent first."""
    cases: Counter[tuple[str, str]] = Counter()
    agents: Counter[tuple[str, str]] = Counter()
    for report in reports:
        for issue in report.issues:
            cases[issue.process_id, issue.cause] += len(issue.cases)
            agents[issue.process_id, issue.cause] += 1
    return [(*key, count, agents[key]) for key, count in sorted(cases.items(), key=lambda one: (-one[1], one[0]))]


def confirm(tx: Transaction, week: str, agent: str, actor: Actor, *, remark: str, now: datetime) -> None:
    """Confirm the own report with a remark, which goes to the superior.

    Raises:
        NotFound: there is no such report of the actor.
        InvalidValue: the remark is missing or too long.
        StepError: it is confirmed.
    """
    report = get_report(tx.connection, week, agent, actor)
    if report.agent != actor.id:
        raise NotFound("You can confirm your own report only.", message_zh="只能确认自己的汇总。")
    text = remark.strip()
    if not text or len(text) > words.MAX_TEXT:
        raise InvalidValue(
            f"Please write a sentence or two, in at most {words.MAX_TEXT} characters: what "
            "the main problem is and what to change.",
            message_zh=f"请写一两句:主要问题是什么、建议怎么改,最长 {words.MAX_TEXT} 字。",
        )
    mine = (_T.week == week, _T.agent == actor.id, _T.confirmed_at.is_(None))
    values = {"remark": text, "confirmed_at": to_microseconds(now)}
    if tx.connection.execute(update(issue_report).where(*mine).values(values)).rowcount != 1:
        raise StepError(
            "This report is confirmed already. Please reload the page.", message_zh="这份汇总已经确认过,请刷新页面。"
        )
    value = {"week": week, "agent": actor.id, "remark": mask_within(text)}
    append_system(tx, [Event(kind="issues.confirmed", value=value)], at=now, actor=actor.id)
    notice = say("issues_confirmed", who=actor.name, week=weeks.said_week(week), count=report.cases)
    page = f"/reports/issues/{week}/{actor.id}"
    people = supervisors_of(tx.connection, actor.id, now)
    tell(tx, people, Notice(occasion=Occasion.QUALITY, text=notice, page=page), at=now, actor=actor.id)


def _reports() -> Any:
    return select(issue_report, user.c.name.label("agent_name")).outerjoin(user, user.c.id == _T.agent)


def _report(row: Row[Any]) -> Report:
    return Report(
        week=row.week,
        agent=row.agent,
        agent_name=row.agent_name or row.agent,
        cases=row.cases,
        issues=tuple(
            Issue(process_id=one["process"], cause=one["cause"], cases=tuple(one["cases"]))
            for one in canonical.decode(row.content)
        ),
        made_at=from_microseconds(row.made_at),
        due_at=from_microseconds(row.due_at),
        reminded_at=instant_or_none(row.reminded_at),
        remark=row.remark,
        confirmed_at=instant_or_none(row.confirmed_at),
    )
