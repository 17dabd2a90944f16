"""The day's timetable: which processes start by themselves when, and what became of each turn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from engine import bpmn, shop
from engine.clock import SHANGHAI, from_microseconds, instant_or_none, to_microseconds
from engine.definitions import Definitions, Deployed
from engine.duties.words import Missed, Outcome
from engine.store.tables import process_instance, timer_start, timer_turn, user

#: Turns of one process that are shown of a day; one that starts every minute has more.
MOST: Final = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case that a turn started."""

    case_id: str
    status: str
    ended_at: datetime | None
    end_state: str | None
    #: Whom the roster picked; None: nobody.
    person: str | None
    person_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of the day; ``outcome`` is None as long as it is to come, or was never asked for (no such pack then)."""

    process_id: str
    name: str
    scheduled_at: datetime
    outcome: Outcome | None
    #: How many turns were skipped with it.
    turns: int = 1
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A process that starts by itself."""

    process_id: str
    name: str
    cron: str
    time_zone: str
    missed: Missed
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a day has, in the order of its times; ``off`` are the packs that no shop has switched on."""

    turns: tuple[Turn, ...]
    duties: tuple[Duty, ...]
    off: frozenset[str]


def read_day(connection: Connection, definitions: Definitions, day: date, now: datetime) -> Day:
    """The turns of a day of Shanghai, and all duties there are.

    Args:
        connection: a snapshot.
        definitions: for the names, and what processes say of their turns.
        day: which.
        now: aware; what is to come is computed from here.
    """
    first = datetime.combine(day, time(), SHANGHAI)
    last = first + timedelta(days=1)
    on = shop.packs_on(connection)
    turns, duties, off = _past(connection, first, last), [], set[str]()
    names: dict[str, str] = {}
    for row in connection.execute(select(timer_start).order_by(timer_start.c.process_id, timer_start.c.id)):
        deployed, cron = definitions.find_latest(row.process_id), bpmn.parse_cron(row.cron)
        if deployed is None or cron is None:
            continue
        names[row.process_id] = deployed.name
        pack = deployed.definition.properties.get("pack")
        if pack is not None and pack not in on:
            off.add(pack)
            continue
        zone = ZoneInfo(row.time_zone)
        duties.append(_duty(deployed, row, cron.after(now, zone)))
        turns += _coming(deployed, cron, zone, max(first, now), last)
    named = [_named(turn, names, definitions) for turn in turns]
    ordered = sorted(named, key=lambda turn: (turn.scheduled_at, turn.process_id))
    return Day(turns=tuple(ordered), duties=tuple(duties), off=frozenset(off))


def _duty(deployed: Deployed, row: Row[Any], next_at: datetime | None) -> Duty:
    return Duty(
        process_id=row.process_id,
        name=deployed.name,
        cron=row.cron,
        time_zone=row.time_zone,
        missed=Missed.of(deployed),
        next_at=next_at,
    )


def _named(turn: Turn, names: dict[str, str], definitions: Definitions) -> Turn:
    """A turn of a process that starts no more by itself is still called by its name."""
    found = None if turn.process_id in names else definitions.find_latest(turn.process_id)
    name = names.get(turn.process_id) or (turn.process_id if found is None else found.name)
    return Turn(
        process_id=turn.process_id, name=name, scheduled_at=turn.scheduled_at, outcome=turn.outcome,
        turns=turn.turns, cases=turn.cases,
    )  # fmt: skip


def _coming(deployed: Deployed, cron: bpmn.Cron, zone: ZoneInfo, first: datetime, last: datetime) -> list[Turn]:
    found: list[Turn] = []
    at = cron.after(first, zone)
    while at is not None and at < last and len(found) < MOST:
        found.append(Turn(process_id=deployed.process_id, name=deployed.name, scheduled_at=at, outcome=None))
        at = cron.after(at, zone)
    return found


def _past(connection: Connection, first: datetime, last: datetime) -> list[Turn]:
    case = process_instance.c
    found = (
        select(timer_turn, case.case_id, case.status, case.ended_at, case.end_state, user.c.name)
        .outerjoin(process_instance, case.key == timer_turn.c.instance)
        .outerjoin(user, user.c.id == timer_turn.c.person)
        .where(
            timer_turn.c.scheduled_at >= to_microseconds(first),
            timer_turn.c.scheduled_at < to_microseconds(last),
        )
        .order_by(timer_turn.c.scheduled_at, timer_turn.c.id)
    )
    together: dict[tuple[str, str, int, str], list[Row[Any]]] = {}
    for row in connection.execute(found):
        together.setdefault((row.process_id, row.element, row.scheduled_at, row.outcome), []).append(row)
    return [
        Turn(
            process_id=process_id,
            name=process_id,
            scheduled_at=from_microseconds(scheduled_at),
            outcome=Outcome(outcome),
            turns=max(row.turns for row in rows),
            cases=tuple(_cases(rows)),
        )
        for (process_id, _, scheduled_at, outcome), rows in together.items()
    ]


def _cases(rows: Iterable[Row[Any]]) -> Iterable[Case]:
    for row in rows:
        if row.case_id is not None:
            yield Case(
                case_id=row.case_id,
                status=row.status,
                ended_at=instant_or_none(row.ended_at),
                end_state=row.end_state,
                person=row.person,
                person_name=row.name,
            )
