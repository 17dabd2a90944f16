"""Event logs as JSON lines: the file's mark, then each case followed by its events, values canonical and exact."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from engine import canonical
from engine.eventlogs.marks import Mark, stamp
from engine.eventlogs.reading import LoggedCase, LoggedEvent
from engine.model import Value


def write_lines(cases: Iterable[LoggedCase], mark: Mark, target: IO[bytes]) -> None:
    """An object a line; ``type`` is log, case or event. Values are written as `engine.canonical` says."""
    _write(target, _mark(mark))
    for case in cases:
        _write(target, _case(case))
        for event in case.events:
            _write(target, _event(case, event))


def _write(target: IO[bytes], line: dict[str, Value]) -> None:
    target.write(canonical.encode(line) + b"\n")


def _mark(mark: Mark) -> dict[str, Value]:
    return {
        "type": "log",
        "exported_by": mark.taken_by,
        "exported_at": stamp(mark.taken_at),
        "masked": mark.masked,
        "cases": mark.cases,
        "events": mark.events,
        "mark": mark.sentence,
    }


def _case(case: LoggedCase) -> dict[str, Value]:
    root = case.root
    return {
        "type": "case",
        "case": case.case_id,
        "process": root.process_id,
        "process_name": root.process_name,
        "version": root.version,
        "status": root.status,
        "end_state": root.end_state,
        "order": case.order_id,
        "customer": case.customer,
        "customer_key": case.customer_key,
        "parent_case": case.parent_case_id,
        "priority": case.priority,
        "opened_by": case.opened_by,
        "owner": case.owner,
        "opened_at": stamp(root.opened_at),
        "ended_at": None if root.ended_at is None else stamp(root.ended_at),
        "instances": [
            {"instance": one.key, "parent": one.parent, "process": one.process_id, "version": one.version}
            for one in case.instances
        ],
    }


def _event(case: LoggedCase, event: LoggedEvent) -> dict[str, Value]:
    return {
        "type": "event",
        "case": case.case_id,
        "instance": event.instance.key,
        "seq": event.seq,
        "revision": event.revision,
        "at": stamp(event.at),
        "actor": event.actor,
        "actor_name": event.actor_name,
        "group": event.group,
        "kind": event.kind,
        "process": event.instance.process_id,
        "element": event.element,
        "element_name": event.element_name,
        "token": event.token,
        "value": event.value,
    }
