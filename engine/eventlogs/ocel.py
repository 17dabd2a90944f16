"""Event logs as OCEL 2.0: cases, orders, buyers, parcels, people, called processes and registers' rows as objects.

Events are those of a history that are activities to process mining. What changes in a case or a called process
(its status, owner, variables) is told of that object with the time of the change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Final

from engine import registers
from engine.eventlogs.attributes import Typed, name_of, typed
from engine.eventlogs.kinds import changes_of
from engine.eventlogs.marks import Mark
from engine.eventlogs.ocel_files import JsonFile, OcelFile, Related, Said, Seen, XmlLog
from engine.eventlogs.reading import LoggedCase, LoggedEvent, LoggedInstance
from engine.eventlogs.surroundings import Order
from engine.model import SYSTEM, Value

CASE: Final = "工单"
ORDER: Final = "订单"
CUSTOMER: Final = "买家"
PARCEL: Final = "包裹"
PERSON: Final = "员工"
CALLED: Final = "被调用流程"
ROW: Final = "台账登记"
_TOLD: Final = {"case.owner_changed": "owner", "instance.priority_changed": "priority"}


def write_ocel_json(cases: Iterable[LoggedCase], mark: Mark, target: IO[bytes]) -> None:
    """The log as JSON."""
    _write(JsonFile, cases, mark, target)


def write_ocel_xml(cases: Iterable[LoggedCase], mark: Mark, target: IO[bytes]) -> None:
    """The log as XML."""
    _write(XmlLog, cases, mark, target)


def _write(
    form: Callable[[IO[bytes], IO[bytes]], OcelFile], cases: Iterable[LoggedCase], mark: Mark, target: IO[bytes]
) -> None:
    with TemporaryFile() as objects, TemporaryFile() as events, closing(Seen()) as seen:
        file = form(objects, events)
        for case in cases:
            _Objects(file, case, seen).write()
        file.finish(mark, target)


class _Objects:
    """The objects and events of one case."""

    def __init__(self, file: OcelFile, case: LoggedCase, seen: Seen) -> None:
        self._file, self._case, self._seen = file, case, seen
        self._id = f"case:{case.case_id}"

    def write(self) -> None:
        """Everything of the case; objects that others share only once a file."""
        case = self._case
        self._write_shared()
        for instance in case.instances[1:]:
            related = [*self._calls(instance)]
            self._file.add_object(_called(instance), CALLED, self._of_instance(instance), related)
        for row in case.around.rows:
            said = [*_said({"register": row.register, "name": registers.name_of(row.register)})]
            said += _said({"opened_at": row.opened_at})
            self._file.add_object(f"row:{row.id}", ROW, said, [])
        self._file.add_object(self._id, CASE, [*self._of_case()], [*self._beside()])
        for event in case.events:
            if event.mined:
                self._write_event(event)

    def _write_shared(self) -> None:
        case, around = self._case, self._case.around
        for key, shown in self._customers():
            self._share(f"customer:{key}", CUSTOMER, _said({"customer": shown}), [])
        for parcel in around.parcels:
            facts = {"courier": parcel.courier, "stage": parcel.stage, "updated_at": parcel.updated_at}
            self._share(f"parcel:{parcel.waybill_no}", PARCEL, _said(facts), [])
        if case.order_id is not None:
            related = [Related(object_id=f"parcel:{one.waybill_no}", qualifier="发货包裹") for one in around.parcels]
            if around.order is not None:
                related.append(Related(object_id=f"customer:{around.order.customer_key}", qualifier="下单买家"))
            self._share(f"order:{case.order_id}", ORDER, _of_order(around.order), related)
        for event in case.events:
            if event.mined and event.actor != SYSTEM.id:
                self._share(f"person:{event.actor}", PERSON, _said({"name": event.actor_name}), [])

    def _share(self, id_: str, kind: str, said: Iterable[Said], related: list[Related]) -> None:
        if self._seen.is_new(id_):
            self._file.add_object(id_, kind, [*said], related)

    def _customers(self) -> Iterator[tuple[str, str]]:
        case, order = self._case, self._case.around.order
        if case.customer_key is not None:
            yield case.customer_key, case.customer or ""
        if order is not None:
            yield order.customer_key, order.customer

    def _calls(self, instance: LoggedInstance) -> Iterator[Related]:
        for one in self._case.instances:
            if one.parent == instance.key:
                yield Related(object_id=_called(one), qualifier="调用")

    def _beside(self) -> Iterator[Related]:
        case = self._case
        if case.order_id is not None:
            yield Related(object_id=f"order:{case.order_id}", qualifier="所办订单")
        if case.customer_key is not None:
            yield Related(object_id=f"customer:{case.customer_key}", qualifier="买家")
        for parcel in case.around.parcels:
            yield Related(object_id=f"parcel:{parcel.waybill_no}", qualifier="包裹")
        if case.parent_case_id is not None:
            yield Related(object_id=f"case:{case.parent_case_id}", qualifier="来源工单")
        for row in case.around.rows:
            yield Related(object_id=f"row:{row.id}", qualifier="登记")
        yield from self._calls(case.root)

    def _of_case(self) -> Iterator[Said]:
        case = self._case
        yield from _said({"process_version": case.root.version, "opened_by": case.opened_by, "order": case.order_id})
        first = {"owner": case.owner, "priority": case.priority}
        for event in case.events:
            name = _TOLD.get(event.kind)
            if name in first and event.instance is case.root and isinstance(event.value, dict):
                yield from _said({name: event.value.get("before")})
                del first[name]
        yield from _said(first)
        yield from self._of_instance(case.root)

    def _of_instance(self, instance: LoggedInstance) -> list[Said]:
        """What is told of an instance, the last word where one step says something twice."""
        found: dict[tuple[str, datetime | None], Typed] = {}

        def tell(name: str, value: Value, since: datetime | None) -> None:
            one = typed(value)
            if one is not None:
                found[name, since] = one

        tell("process", instance.process_id, None)
        tell("process_name", instance.process_name, None)
        tell("status", "active", instance.opened_at)
        for event in self._case.events:
            if event.instance is not instance:
                continue
            if event.kind in _TOLD and isinstance(event.value, dict):
                tell(_TOLD[event.kind], event.value.get("after"), event.at)
            elif event.kind in ("instance.suspended", "instance.resumed"):
                tell("status", "suspended" if event.kind == "instance.suspended" else "active", event.at)
            elif event.kind != "register.written":
                for name, value in changes_of(event.kind, event.value).items():
                    tell(name_of(name), value, event.at)
        if instance.ended_at is not None:
            tell("status", instance.status, instance.ended_at)
            tell("end_state", instance.end_state, instance.ended_at)
        return [Said(name=name, value=value, since=since) for (name, since), value in found.items()]

    def _write_event(self, event: LoggedEvent) -> None:
        facts = {
            "lifecycle": event.transition,
            "kind": event.kind,
            "element": event.element,
            "process": event.instance.process_id,
            "instance": event.id if event.token is None else f"{event.instance.key}-t{event.token}",
            "group": event.group,
        }
        self._file.add_event(event.id, event.activity, event.at, [*_said(facts)], [*self._took_part(event)])

    def _took_part(self, event: LoggedEvent) -> Iterator[Related]:
        case = self._case
        yield Related(object_id=self._id, qualifier=CASE)
        if case.order_id is not None:
            yield Related(object_id=f"order:{case.order_id}", qualifier=ORDER)
        if case.customer_key is not None:
            yield Related(object_id=f"customer:{case.customer_key}", qualifier=CUSTOMER)
        for parcel in case.around.parcels:
            yield Related(object_id=f"parcel:{parcel.waybill_no}", qualifier=PARCEL)
        if event.actor != SYSTEM.id:
            yield Related(object_id=f"person:{event.actor}", qualifier="执行人")
        if event.instance is not case.root:
            yield Related(object_id=_called(event.instance), qualifier=CALLED)
        if event.kind == "register.written" and isinstance(event.value, dict):
            rows = [row for row in case.around.rows if row.register == event.value.get("register")]
            if len(rows) == 1:  # of several, the history does not say which one
                yield Related(object_id=f"row:{rows[0].id}", qualifier=ROW)


def _called(instance: LoggedInstance) -> str:
    return f"instance:{instance.key}"


def _of_order(order: Order | None) -> list[Said]:
    if order is None:
        return []
    facts = {"channel": order.channel, "shop": order.shop, "stage": order.stage, "paid_at": order.paid_at}
    return [*_said(facts)]


def _said(facts: dict[str, Value]) -> Iterator[Said]:
    for name, value in facts.items():
        one = typed(value)
        if one is not None:
            yield Said(name=name, value=one)
