"""A turn of a process that starts by itself: started, made up or skipped, and the next one is set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select, update

from engine import bpmn, canonical, shop
from engine.clock import to_microseconds
from engine.definitions import Deployed
from engine.definitions.timer_starts import RETRIES, START_IDS
from engine.duties import picking
from engine.duties.words import Missed, Outcome, Roster
from engine.failpoints import reached
from engine.history.commands import NOTE
from engine.model import SYSTEM, Event, Value, Variables
from engine.notifications import members_of
from engine.runtime.cascade import Cascade
from engine.runtime.inputs import start_variables
from engine.store.instances import JobRow
from engine.store.streams import append_system
from engine.store.tables import job as job_table
from engine.store.tables import timer_start, timer_turn

#: A turn that comes so much after its time was missed: the machine stood still meanwhile.
LATE: Final = timedelta(minutes=15)
#: More turns are not counted one by one.
_MOST_COUNTED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """What is to be started, and for when."""

    deployed: Deployed
    element: str
    scheduled_at: datetime
    late: bool


def start_due(cascade: Cascade, job: JobRow) -> None:
    """Start the process as its schedule and the roster say, or skip what was missed; then set the next turn.

    A process that no shop needs (property ``pack``) is not started, and nobody is told: its turns go by.
    """
    row = cascade.tx.connection.execute(select(timer_start).where(timer_start.c.id == job.id - START_IDS)).one_or_none()
    cascade.definitions.refresh()
    deployed = None if row is None else cascade.definitions.find_latest(row.process_id)
    cron = None if row is None else bpmn.parse_cron(row.cron)
    if row is None or deployed is None or cron is None:
        cascade.tx.connection.execute(delete(job_table).where(job_table.c.id == job.id))
        return
    zone = ZoneInfo(row.time_zone)
    scheduled_at: datetime = canonical.decode(job.payload)["scheduled_at"]
    turn = _Turn(
        deployed=deployed,
        element=row.element,
        scheduled_at=scheduled_at,
        late=cascade.now - scheduled_at > LATE,
    )
    if not _is_needed(cascade, deployed):
        following = cron.after(cascade.now, zone)
    elif turn.late and Missed.of(deployed) is not Missed.EACH:
        following = _pass_over(cascade, turn, cron, zone)
    else:
        _start(cascade, turn)
        following = cron.after(scheduled_at, zone)
    reached("duties.started")
    _set(cascade, job, following)


def _is_needed(cascade: Cascade, deployed: Deployed) -> bool:
    pack = deployed.definition.properties.get("pack")
    return pack is None or pack in shop.packs_on(cascade.tx.connection)


def _pass_over(cascade: Cascade, turn: _Turn, cron: bpmn.Cron, zone: ZoneInfo) -> datetime | None:
    """Skip what was missed, but the latest where the process says so; gives the next turn."""
    missed, following = [turn.scheduled_at], cron.after(turn.scheduled_at, zone)
    while following is not None and cascade.now - following > LATE and len(missed) < _MOST_COUNTED:
        missed.append(following)
        following = cron.after(following, zone)
    if len(missed) == _MOST_COUNTED:
        following = cron.after(cascade.now - LATE, zone)
    on_time = following is not None and following <= cascade.now
    latest = missed.pop() if Missed.of(turn.deployed) is Missed.LATEST and not on_time else None
    if missed:
        _skip(cascade, turn, missed)
    if latest is not None:
        _start(cascade, _Turn(deployed=turn.deployed, element=turn.element, scheduled_at=latest, late=True))
    return following


def _skip(cascade: Cascade, turn: _Turn, missed: list[datetime]) -> None:
    _keep(cascade, turn, missed[0], Outcome.SKIPPED, turns=len(missed))
    value: Value = {
        "process": turn.deployed.process_id,
        "name": turn.deployed.name,
        "from": missed[0],
        "to": missed[-1],
        "turns": len(missed),
    }
    append_system(cascade.tx, [Event(kind="schedule.skipped", value=value)], at=cascade.now, actor=SYSTEM.id)


def _start(cascade: Cascade, turn: _Turn) -> None:
    """A case for whom the roster has; without anybody it waits in its groups' lists."""
    properties = turn.deployed.definition.properties
    groups = [group.strip() for group in properties.get("roster_groups", "").split(",") if group.strip()]
    how = Roster.of(turn.deployed)
    if how not in (Roster.ON_DUTY, Roster.NOBODY):
        each = _each(cascade, how, groups, turn.scheduled_at)
        for person, more in each:
            _open(cascade, turn, person, more)
        if not each:
            _keep(cascade, turn, turn.scheduled_at, Outcome.NOBODY)
        return
    _open(cascade, turn, _one(cascade, how, groups, turn), {})


def _each(cascade: Cascade, how: Roster, groups: list[str], at: datetime) -> list[tuple[str, Variables]]:
    """For whom there is a case each, and what it is told of their shift."""
    connection = cascade.tx.connection
    if how is Roster.EACH_MEMBER:
        return [(person, {}) for person in sorted(members_of(connection, groups))]
    if how is Roster.EACH_ENDING:
        ending = picking.leaving(connection, groups, at)
        return [(one.person, {"shift": one.code, "shift_ends_at": one.ends_at}) for one in ending]
    starting = picking.arriving(connection, groups, at)
    return [(one.person, {"shift": one.code, "shift_starts_at": one.starts_at}) for one in starting]


def _one(cascade: Cascade, how: Roster, groups: list[str], turn: _Turn) -> str | None:
    """Whom the roster has for a case; None: nobody, or the process does not ask."""
    if how is Roster.NOBODY:
        return None
    at = max(turn.scheduled_at, cascade.now) if turn.late else turn.scheduled_at
    # A duty at the very end of a shift is still its people's.
    instants = (at, at - timedelta(minutes=1))
    process_id = turn.deployed.process_id
    found = (picking.on_duty(cascade.tx.connection, groups, process_id, instant) for instant in instants)
    return next((one for one in found if one is not None), None)


def _open(cascade: Cascade, turn: _Turn, person: str | None, more: Variables) -> None:
    given: Variables = {"scheduled_at": turn.scheduled_at, "duty_person": person, **more}
    variables = start_variables(cascade.tx, turn.deployed, given, frozenset(given), cascade.now)
    row = cascade.start(turn.deployed, variables, element=turn.element, owner=person, first_owner=person)
    value: Value = {"scheduled_at": turn.scheduled_at, "late": turn.late, "person": person}
    cascade.note(row, (Event(kind="case.scheduled", element=turn.element, value=value),), NOTE)
    outcome = Outcome.MADE_UP if turn.late else Outcome.STARTED
    _keep(cascade, turn, turn.scheduled_at, outcome, instance=row.key, person=person)


def _keep(
    cascade: Cascade,
    turn: _Turn,
    scheduled_at: datetime,
    outcome: Outcome,
    *,
    turns: int = 1,
    instance: int | None = None,
    person: str | None = None,
) -> None:
    kept = {
        "process_id": turn.deployed.process_id,
        "element": turn.element,
        "scheduled_at": to_microseconds(scheduled_at),
        "at": cascade.at,
        "outcome": outcome.value,
        "turns": turns,
        "instance": instance,
        "person": person,
    }
    cascade.tx.connection.execute(insert(timer_turn).values(kept))


def _set(cascade: Cascade, job: JobRow, following: datetime | None) -> None:
    """The job is that of the next turn from now on; a schedule that never comes again has none."""
    this = job_table.c.id == job.id
    if following is None:
        cascade.tx.connection.execute(delete(job_table).where(this))
        return
    says = {
        "due_at": to_microseconds(following),
        "payload": canonical.encode({"scheduled_at": following}),
        "attempts": 0,
        "retries_left": RETRIES,
        "problem": None,
    }
    cascade.tx.connection.execute(update(job_table).where(this).values(says))
