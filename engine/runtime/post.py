"""Brings messages and signals to those for whom they are: the work of the jobs that ``thrown`` describes.

A signal is spread first, by a job for each instance that waits for it and for each process that it starts: none of
them can break the others, however many they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from engine.errors import CascadeTooLarge
from engine.failpoints import reached
from engine.model import CorrelateSignal, JobKind
from engine.runtime.cascade import Cascade
from engine.runtime.inputs import brought, start_variables
from engine.runtime.messages import Publication
from engine.runtime.thrown import Posted, post_row
from engine.store import sql
from engine.store.fanout import BEFORE_FIRST, INSERT_SIGNAL_JOBS, SELECT_LAST_SIGNAL_JOB
from engine.store.instances import JobRow
from engine.store.writes import write_rows

#: Messages and signals that may follow from each other without anybody or anything else in between.
MAX_HOPS: Final = 200
_NOBODY: Final = 0
_NOWHERE: Final[Mapping[str, Any]] = {"instance": None, "case_id": None, "element": None}


def deliver(cascade: Cascade, job: JobRow, posted: Posted) -> None:
    """Do the job of a message or signal; it is over with the cascade's end.

    Raises:
        CascadeTooLarge: messages have led to messages for too long.
        EngineError: the receiver cannot go on with it.
    """
    if posted.hops > MAX_HOPS:
        raise CascadeTooLarge(f"more than {MAX_HOPS} messages and signals follow from each other")
    cascade.hops = posted.hops
    if job.kind == JobKind.MESSAGE:
        _correlate(cascade, job, posted)
    elif job.kind == JobKind.SIGNAL:
        _signal(cascade, job, posted)
    elif posted.process_id is not None:
        _start(cascade, job, posted, posted.process_id)
    else:
        place = {"instance": job.instance, "case_id": job.case_id, "element": job.element}
        spread(cascade, posted, sender=job.instance or _NOBODY, place=place)
    cascade.writes.add(sql.DELETE_JOB, job.id, {"of_id": job.id})


def spread(cascade: Cascade, posted: Posted, *, sender: int = _NOBODY, place: Mapping[str, Any] = _NOWHERE) -> int:
    """Make a job for each instance that waits for a signal, and for each process that it starts.

    Args:
        cascade: in whose transaction; it steps nothing.
        posted: the signal.
        sender: key of the instance that threw it, whose own events have fired already.
        place: columns instance, case_id and element of the jobs that start processes.

    Returns:
        How many instances wait for it.
    """
    tx = cascade.tx
    (last,) = tx.run(SELECT_LAST_SIGNAL_JOB, {}).fetchone()
    last = BEFORE_FIRST if last is None else last
    params = {
        "signal_name": posted.name,
        "sender": sender,
        "last_id": last,
        "at": cascade.at,
        "payload": posted.kept(),
    }
    found = tx.run(INSERT_SIGNAL_JOBS, params).rowcount
    reached("runtime.spread.instances")
    processes = dict.fromkeys(deployed.process_id for deployed, _ in cascade.definitions.signal_starts(posted.name))
    rows = [
        post_row(number, JobKind.BROADCAST, replace(posted, process_id=process_id), place, at=cascade.at)
        for number, process_id in enumerate(processes, start=last + found + 1)
    ]
    write_rows(tx, sql.INSERT_JOB, rows)
    reached("runtime.spread.processes")
    return found


def _correlate(cascade: Cascade, job: JobRow, posted: Posted) -> None:
    message = Publication(
        name=posted.name,
        correlation_key=posted.correlation_key,
        payload=posted.payload,
        expires_at=posted.expires_at or cascade.now,
        case_id=job.case_id,
    )
    cascade.publish(message)


def _signal(cascade: Cascade, job: JobRow, posted: Posted) -> None:
    """Who is over or waits no more has missed it."""
    asked = {"instance": job.instance, "signal_name": posted.name}
    if job.instance is not None and cascade.tx.run(sql.SELECT_AWAITED_SIGNAL, asked).fetchone() is not None:
        cascade.run(job.instance, CorrelateSignal(name=posted.name, payload=posted.payload))


def _start(cascade: Cascade, job: JobRow, posted: Posted, process_id: str) -> None:
    """Start a process, unless its version in force does not know the signal any more."""
    for deployed, start in cascade.definitions.signal_starts(posted.name):
        if deployed.process_id == process_id:
            given = brought(posted.payload, posted.name.removeprefix("sig_"))
            variables = start_variables(cascade.tx, deployed, given, frozenset(), cascade.now)
            order_id = variables.get("order_id")
            cascade.start(
                deployed,
                variables,
                business_key=order_id if isinstance(order_id, str) else None,
                parent_case_id=job.case_id,
                element=start.element,
            )
            return
