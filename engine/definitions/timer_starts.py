"""Keeps the job table in step with the timer starts of the processes in force."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from engine import bpmn, canonical
from engine.clock import to_microseconds
from engine.definitions.deployed import Deployed
from engine.failpoints import reached
from engine.model import JobKind
from engine.store.database import Transaction
from engine.store.tables import job, timer_start

#: The id of a timer start's job: this, plus the timer start's own id.
START_IDS: Final = 2**62
RETRIES: Final = 3


def zone_name(deployed: Deployed) -> str:
    """By which clock a process starts: an IANA name."""
    return deployed.definition.properties.get("time_zone", bpmn.DEFAULT_ZONE)


def write_timer_starts(tx: Transaction, deployed: Deployed, now: datetime) -> None:
    """Let a version that comes into force start by itself as it says, and no more as the one before it said.

    A schedule that stays what it was keeps its next turn, which may be due already.
    """
    zone = zone_name(deployed)
    wanted = {start.element: start.cron for start in deployed.definition.timer_starts}
    known = tx.connection.execute(select(timer_start).where(timer_start.c.process_id == deployed.process_id)).all()
    for row in known:
        cron = wanted.get(row.element)
        if cron is not None and (row.cron, row.time_zone) == (cron.text, zone):
            del wanted[row.element]
            continue
        tx.connection.execute(delete(job).where(job.c.id == START_IDS + row.id))
        if cron is None:
            tx.connection.execute(delete(timer_start).where(timer_start.c.id == row.id))
    reached("definitions.timer_starts.gone")
    for element, cron in wanted.items():
        _put(tx, deployed.process_id, element, cron, zone, now)


def _put(tx: Transaction, process_id: str, element: str, cron: bpmn.Cron, zone: str, now: datetime) -> None:
    says = {"cron": cron.text, "time_zone": zone}
    put = upsert(timer_start).values(process_id=process_id, element=element, **says)
    put = put.on_conflict_do_update(index_elements=["process_id", "element"], set_=says)
    made = tx.connection.execute(put.returning(timer_start.c.id)).scalar_one()
    first = cron.after(now, ZoneInfo(zone))
    if first is None:
        return
    row = {
        "id": START_IDS + made,
        "instance": None,
        "case_id": None,
        "element": element,
        "kind": JobKind.START.value,
        "type": process_id,
        "due_at": to_microseconds(first),
        "retries_left": RETRIES,
        "attempts": 0,
        "problem": None,
        "payload": canonical.encode({"scheduled_at": first}),
        "suspended_due_at": None,
    }
    tx.connection.execute(insert(job).values(row))
