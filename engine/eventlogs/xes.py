"""Event logs as XES (IEEE 1849-2016): a trace a case, with the events of what it called inside it.

Of a history those events are written that are activities to process mining; the tables hold all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import IO, Final

from engine.eventlogs.attributes import Type, name_of, typed
from engine.eventlogs.kinds import changes_of
from engine.eventlogs.marks import TITLE, Mark
from engine.eventlogs.reading import LoggedCase, LoggedEvent
from engine.eventlogs.xml_writing import XmlFile
from engine.model import Value

_TAGS: Final[Mapping[Type, str]] = {
    Type.TEXT: "string",
    Type.TIME: "date",
    Type.INTEGER: "int",
    Type.FLOAT: "float",
    Type.BOOLEAN: "boolean",
}
_EXTENSIONS: Final = (
    ("Concept", "concept"),
    ("Time", "time"),
    ("Lifecycle", "lifecycle"),
    ("Organizational", "org"),
    ("Cost", "cost"),
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: What every trace and every event has, with the value that stands for a missing one.
_OF_TRACES: Final[Mapping[str, Value]] = {
    "concept:name": "",
    "process": "",
    "process_name": "",
    "process_version": 0,
    "status": "",
    "priority": "normal",
    "opened_at": _EPOCH,
    "opened_by": "",
    "owner": "",
}
_OF_EVENTS: Final[Mapping[str, Value]] = {
    "concept:name": "",
    "concept:instance": "",
    "lifecycle:transition": "complete",
    "time:timestamp": _EPOCH,
    "org:resource": "",
    "event": "",
    "kind": "",
    "process": "",
    "process_name": "",
}
_CLASSIFIERS: Final = (
    ("活动", "concept:name"),
    ("活动和状态", "concept:name lifecycle:transition"),
    ("执行人", "org:resource"),
)
#: Money has left: the variable that says how much, and the kinds that set it first (a caller only copies it).
_PAID: Final = "paid_amount"
_PAYING: Final = frozenset({"job.completed", "user_task.completed"})
_CURRENCY: Final = "CNY"


def write_xes(cases: Iterable[LoggedCase], mark: Mark, target: IO[bytes]) -> None:
    """The log; cases follow each other as they are read."""
    file = XmlFile(target)
    file.begin()
    # The schema has the version as a decimal number.
    about = {"xes.version": "1849.2016", "xes.features": "", "xmlns": "http://www.xes-standard.org/"}
    with file.element("log", about):
        for name, prefix in _EXTENSIONS:
            uri = f"http://www.xes-standard.org/{prefix}.xesext"
            file.leaf("extension", {"name": name, "prefix": prefix, "uri": uri})
        for scope, attributes in (("trace", _OF_TRACES), ("event", _OF_EVENTS)):
            with file.element("global", {"scope": scope}):
                _write(file, attributes)
        for name, keys in _CLASSIFIERS:
            file.leaf("classifier", {"name": name, "scope": "event", "keys": keys})
        _write(file, _log(mark))
        for case in cases:
            _write_trace(file, case)
    file.end()


def _log(mark: Mark) -> dict[str, Value]:
    return {
        "concept:name": TITLE,
        "lifecycle:model": "standard",
        "exported_by": mark.taken_by,
        "exported_at": mark.taken_at,
        "masked": mark.masked,
        "mark": mark.sentence,
    }


def _write_trace(file: XmlFile, case: LoggedCase) -> None:
    events = [event for event in case.events if event.mined]
    with file.element("trace"):
        _write(file, _trace(case, [paid for event in events if (paid := _paid(event)) is not None]))
        for event in events:
            with file.element("event"):
                _write(file, _event(event))


def _trace(case: LoggedCase, paid: list[Decimal]) -> dict[str, Value]:
    root = case.root
    lasted = None if root.ended_at is None else root.ended_at - root.opened_at
    return {
        "concept:name": case.case_id,
        "process": root.process_id,
        "process_name": root.process_name,
        "process_version": root.version,
        "status": root.status,
        "end_state": root.end_state,
        "order": case.order_id,
        "customer": case.customer,
        "customer_key": case.customer_key,
        "parent_case": case.parent_case_id,
        "priority": case.priority,
        "opened_by": case.opened_by,
        "owner": case.owner,
        "opened_at": root.opened_at,
        "ended_at": root.ended_at,
        "duration_seconds": None if lasted is None else Decimal(str(lasted.total_seconds())),
        **_cost(sum(paid, Decimal(0)) if paid else None),
    }


def _event(event: LoggedEvent) -> dict[str, Value]:
    due = event.value.get("due_at") if isinstance(event.value, Mapping) else None
    return {
        "concept:name": event.activity,
        "concept:instance": event.id if event.token is None else f"{event.instance.key}-t{event.token}",
        "lifecycle:transition": event.transition,
        "time:timestamp": event.at,
        "org:resource": event.actor,
        "org:group": event.group,
        "event": event.id,
        "kind": event.kind,
        "process": event.instance.process_id,
        "process_name": event.instance.process_name,
        "element": event.element,
        "resource_name": event.actor_name,
        "due_at": due,
        **_cost(_paid(event)),
        **{name_of(name): value for name, value in changes_of(event.kind, event.value).items()},
    }


def _paid(event: LoggedEvent) -> Decimal | None:
    amount = changes_of(event.kind, event.value).get(_PAID) if event.kind in _PAYING else None
    return amount if isinstance(amount, Decimal) else None


def _cost(amount: Decimal | None) -> dict[str, Value]:
    """Of the cost extension, in 元."""
    return {} if amount is None else {"cost:total": amount, "cost:currency": _CURRENCY}


def _write(file: XmlFile, attributes: Mapping[str, Value]) -> None:
    for key, value in attributes.items():
        one = typed(value)
        if one is not None:
            file.leaf(_TAGS[one.type], {"key": key, "value": one.text})
