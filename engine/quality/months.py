"""What is due by the month: appraisals that are not written, the survey's answers, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, exists, insert, select

from engine.clock import SHANGHAI, to_microseconds
from engine.notifications import Notice, Occasion, Said, members_of, said_time, say, tell
from engine.quality import survey, weeks, words
from engine.roster import supervisors_of
from engine.store.database import Database, Transaction
from engine.store.tables import appraisal, installation, kpi_agent_type, membership, process_instance, survey_turn
from engine.worktime import Calendar

_ABOVE: Final = "dept_manager"
#: Names under which the installation holds the last month that was told of.
_ASKED, _REMINDED, _ESCALATED = "quality_month_asked", "quality_month_reminded", "quality_month_late"
_Deed = Callable[[Transaction, str, datetime, datetime], None]


def look(db: Database, now: datetime, calendar: Calendar | None = None) -> None:
    """Tell once a month what is due; what was due before somebody looked for the first time is nobody's."""
    here = weeks.month_of(now)
    over, due = _before(here), due_of_month(_before(here), calendar)
    end = _end_of(here)
    stages: tuple[tuple[str, str, datetime, datetime, _Deed], ...] = (
        (_ASKED, here, weeks.reminder_before(end, calendar), end, _ask),
        (_REMINDED, over, weeks.reminder_before(due, calendar), due, _remind),
        (_ESCALATED, over, due, due, _escalate),
    )
    with db.read() as connection:
        done = _done(connection)
    for name, month, at, until, deed in stages:
        reached = month if now >= at else _before(month)
        if done.get(name, "") < reached:
            _do(db, name, reached, month, until, deed, now)


def due_of_month(month: str, calendar: Calendar | None) -> datetime:
    """Until when a month's appraisals are written and its survey is evaluated: some working days of the next."""
    last_day = _end_of(month) - timedelta(hours=12)
    return weeks.after_working_days(last_day, words.DAYS_AFTER_MONTH, calendar)


def _do(db: Database, name: str, reached: str, month: str, until: datetime, deed: _Deed, now: datetime) -> None:
    with db.begin() as tx:
        before = _done(tx.connection).get(name)
        if before is not None and before >= reached:  # another process was faster
            return
        if before is not None and reached == month:
            deed(tx, month, until, now)
        tx.connection.execute(delete(installation).where(installation.c.name == name))
        tx.connection.execute(insert(installation).values(name=name, value=reached))


def _done(connection: Connection) -> Mapping[str, str]:
    names = installation.c.name.in_([_ASKED, _REMINDED, _ESCALATED])
    return {row.name: row.value for row in connection.execute(select(installation).where(names))}


def _first_of(month: str) -> datetime:
    return datetime.combine(date.fromisoformat(f"{month}-01"), datetime.min.time(), tzinfo=SHANGHAI)


def _end_of(month: str) -> datetime:
    return _first_of(weeks.month_of(_first_of(month) + timedelta(days=31)))


def _before(month: str) -> str:
    return weeks.month_of(_first_of(month) - timedelta(days=1))


# --- what is told --------------------------------------------------------------------------------


def _ask(tx: Transaction, month: str, until: datetime, now: datetime) -> None:
    """Whoever has not answered the survey hears so before the month is over."""
    answered = select(survey_turn.c.person).where(survey_turn.c.month == month)
    people = set(members_of(tx.connection, words.AGENTS)) - set(tx.connection.execute(answered).scalars())
    text = say("survey_unanswered", month=month, due=said_time(until))
    tell(tx, people, Notice(occasion=Occasion.REMINDED, text=text, page="/survey"), at=now)


def _remind(tx: Transaction, month: str, until: datetime, now: datetime) -> None:
    """Who writes appraisals hears of those that are missing, who leads of the survey without an evaluation."""
    missing: dict[str, int] = {}
    for person in unwritten(tx.connection, month):
        for superior in _writers(tx.connection, person, now):
            missing[superior] = missing.get(superior, 0) + 1
    page = f"/appraisals?month={month}"
    for superior, count in sorted(missing.items()):
        text = say("appraisals_unwritten", month=month, count=count, due=said_time(until))
        tell(tx, [superior], Notice(occasion=Occasion.REMINDED, text=text, page=page), at=now)
    count = _unevaluated(tx.connection, month)
    if count:
        text = say("survey_unevaluated", month=month, count=count, due=said_time(until))
        _tell_of_survey(tx, "supervisor", Occasion.REMINDED, month, text, now)


def _escalate(tx: Transaction, month: str, until: datetime, now: datetime) -> None:
    """Department managers hear what is missing now that it is late."""
    count = len(unwritten(tx.connection, month))
    if count:
        text = say("appraisals_overdue", month=month, count=count)
        notice = Notice(occasion=Occasion.ESCALATED, text=text, page=f"/appraisals?month={month}")
        tell(tx, members_of(tx.connection, [_ABOVE]), notice, at=now)
    if _unevaluated(tx.connection, month):
        _tell_of_survey(tx, _ABOVE, Occasion.ESCALATED, month, say("survey_overdue", month=month), now)


def _tell_of_survey(tx: Transaction, group: str, occasion: Occasion, month: str, text: Said, now: datetime) -> None:
    people = members_of(tx.connection, [group])
    tell(tx, people, Notice(occasion=occasion, text=text, page=f"/survey?month={month}"), at=now)


def unwritten(connection: Connection, month: str) -> list[str]:
    """Whose appraisal of a month is not written: people of customer service whom the month's scores are about.

    Nobody's in a month without a case; everybody's where no assessment types are kept.
    """
    since, until = to_microseconds(_first_of(month)), to_microseconds(_end_of(month))
    opened = exists().where(
        process_instance.c.depth == 0, process_instance.c.opened_at >= since, process_instance.c.opened_at < until
    )
    if not connection.execute(select(opened)).scalar_one():
        return []
    written = set(connection.execute(select(appraisal.c.person).where(appraisal.c.month == month)).scalars())
    assessed = _assessed(connection, month)
    people = members_of(connection, words.AGENTS)
    return [one for one in people if one not in written and (not assessed or one in assessed)]


def _assessed(connection: Connection, month: str) -> set[str]:
    """Who has an assessment type in a month."""
    column = kpi_agent_type.c
    query = select(column.person, column.type).where(column.valid_from <= month).order_by(column.valid_from, column.id)
    newest = {row.person: row.type for row in connection.execute(query)}
    return {person for person, agent_type in newest.items() if agent_type}


def _writers(connection: Connection, person: str, now: datetime) -> list[str]:
    """A supervisor's appraisal is the department managers' to write, everybody else's the supervisors'."""
    leads = select(membership.c.user).where(membership.c.user == person, membership.c.group == "supervisor")
    if connection.execute(leads).first() is not None:
        return [one for one in members_of(connection, [_ABOVE]) if one != person]
    return supervisors_of(connection, person, now)


def _unevaluated(connection: Connection, month: str) -> int:
    """How many answers wait for an evaluation; 0: none do, or too few."""
    count = survey.count_answers(connection, month)
    return count if count >= survey.LEAST and survey.find_evaluation(connection, month) is None else 0
