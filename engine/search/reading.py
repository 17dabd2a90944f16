"""Reads what there is to be found of cases and orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import Connection, Row, select

from engine import canonical, shop
from engine.access import COURIER
from engine.errors import EngineError
from engine.labels import Labels, labels_for
from engine.masking import is_masked, mask, mask_within, numbers_within
from engine.model import InstanceStatus, Value, is_file
from engine.search import document
from engine.search.document import CaseDocument, Document, Line, LineKind
from engine.store.tables import (
    comment,
    flag_note,
    outbox,
    parcel,
    process_instance,
    shop_order,
    team_member,
    transfer,
    user_task,
)

if TYPE_CHECKING:
    from engine.definitions import Definitions, Deployed

_log = structlog.get_logger(__name__)
_RUNNING: Final = (InstanceStatus.ACTIVE.value, InstanceStatus.SUSPENDED.value)
#: A longer text is found by its beginning; of what a case has many of, the last ones count.
_LONGEST: Final = 2000
_MOST_LINES: Final = 120
_MOST_SAID: Final = 20
#: Variables that every case has as a fact of its own.
_FACTS: Final = frozenset({"case_id", "order_id", "customer_id"})


@dataclass(slots=True)
class _Parts:
    """Who has a part in a case by its user tasks and offers."""

    people: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    couriers: set[str] = field(default_factory=set)


_INSTANCE: Final = tuple(
    process_instance.c[name]
    for name in (
        "key", "case_id", "definition", "process_id", "business_key", "revision", "status", "variables", "end_state",
        "opened_by", "first_owner", "owner", "customer_id", "order_id", "opened_at",
    )
)  # fmt: skip


def read_cases(connection: Connection, definitions: Definitions, keys: Iterable[int]) -> list[CaseDocument]:
    """The cases of these root instances; what is none is left out."""
    ids = [str(key) for key in sorted(set(keys))]
    instances: dict[str, list[Row[Any]]] = defaultdict(list)
    query = select(*_INSTANCE).where(process_instance.c.case_id.in_(ids)).order_by(process_instance.c.key)
    for row in connection.execute(query):
        instances[row.case_id].append(row)
    orders = _orders(connection, {row.order_id for rows in instances.values() for row in rows if row.order_id})
    said = _said(connection, ids)
    parts = _participants(connection, ids)
    in_teams = set(connection.execute(select(team_member.c.user)).scalars())
    found: list[CaseDocument] = []
    for case_id, rows in instances.items():
        try:
            found.append(
                _case(
                    rows, definitions, orders.get(rows[0].order_id or "", ()), said[case_id], parts[case_id], in_teams
                )
            )
        except (EngineError, ValueError, TypeError, LookupError):  # one case must not keep all others from being found
            _log.exception("search.unread", case_id=case_id)
    return found


def read_orders(connection: Connection, order_ids: Iterable[str]) -> dict[str, Document]:
    """The orders of these numbers; what is none is left out."""
    found = _orders(connection, order_ids)
    return {order_id: Document(lines=tuple(lines)) for order_id, lines in found.items()}


def cases_of_orders(connection: Connection, order_ids: Iterable[str]) -> list[int]:
    """Keys of the cases about these orders."""
    query = select(process_instance.c.case_id).distinct().where(process_instance.c.order_id.in_(list(order_ids)))
    return [int(case_id) for case_id in connection.execute(query).scalars()]


def _case(
    rows: Sequence[Row[Any]],
    definitions: Definitions,
    of_order: Iterable[Line],
    said: Iterable[Line],
    parts: _Parts,
    in_teams: set[str],
) -> CaseDocument:
    root = rows[0]
    deployed = definitions.get(root.definition)
    lines = [
        Line(LineKind.WHOLE, "工单号", root.case_id),
        Line(LineKind.TEXT, "流程", deployed.name),
        *_line("业务号", None if root.business_key == root.order_id else root.business_key),
        *_line("结果", deployed.element_name(root.end_state) if root.end_state else None),
        *_numbers(rows),
        *of_order,
        *(line for row in rows for line in _variables(row, definitions.get(row.definition))),
        *said,
    ]
    people = parts.people.union(*((row.owner, row.first_owner, row.opened_by) for row in rows))
    marks = [
        document.OPEN if root.status in _RUNNING else document.CLOSED,
        document.process(root.process_id),
        *([document.NO_TEAM] if people.isdisjoint(in_teams) else []),
        *document.people(people),
        *(document.group(group) for group in sorted(parts.groups)),
        *(document.courier(name) for name in sorted(parts.couriers)),
    ]
    return CaseDocument(
        key=root.key,
        process_id=root.process_id,
        opened_at=root.opened_at,
        revisions=sum(row.revision for row in rows),
        document=Document(lines=tuple(dict.fromkeys(lines))[:_MOST_LINES], marks=tuple(marks)),
    )


def _numbers(rows: Sequence[Row[Any]]) -> Iterator[Line]:
    for order_id in dict.fromkeys(row.order_id for row in rows):
        yield from _line("订单号", order_id)
    for customer_id in dict.fromkeys(row.customer_id for row in rows):
        yield from _customer(customer_id)


def _customer(customer_id: str | None) -> Iterator[Line]:
    if customer_id:
        yield Line(LineKind.WHOLE, "客户ID", customer_id, str(mask("customer_id", customer_id)))


def _variables(row: Row[Any], deployed: Deployed) -> Iterator[Line]:
    labels, carriers = labels_for(deployed), deployed.definition.carriers
    for name, value in canonical.decode(row.variables).items():
        if name not in carriers and name not in _FACTS:
            yield from _values(labels, name, value)


def _values(labels: Labels, name: str, value: Value) -> Iterator[Line]:
    if is_file(value):
        return
    if labels.is_personal(name):
        for item in value if isinstance(value, list | tuple) else [value]:
            yield from _personal(_name(labels, name), _plain(labels.value(name, item)), labels.masked(name, item))
    elif isinstance(value, Mapping) and name not in labels.rows:
        for inner, item in value.items():
            yield from _values(labels, inner, item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _values(labels, name, item)
    else:
        yield from _text(_name(labels, name), _plain(labels.value(name, value)) if _is_text(value) else None)


def _name(labels: Labels, name: str) -> str:
    return shop.ORDER_LABELS.get(name, name) if labels.name(name) == name else labels.name(name)


def _is_text(value: Value) -> bool:
    return isinstance(value, str | Mapping)


def _plain(value: Value) -> str | None:
    return value if isinstance(value, str) else None


def _personal(label: str, text: str | None, shown: Value) -> Iterator[Line]:
    if text and text.strip():
        yield Line(LineKind.PERSONAL, label, text.strip()[:_LONGEST], str(shown))


def _line(label: str, text: str | None) -> Iterator[Line]:
    if text and text.strip():
        yield Line(LineKind.TEXT, label, text.strip()[:_LONGEST])


def _text(label: str, text: str | None) -> Iterator[Line]:
    """A text that people wrote: a telephone number within it is personal data."""
    if text:
        yield from _line(label, mask_within(text))
        for number in numbers_within(text):
            yield from _personal(label, number, mask_within(number))


def _orders(connection: Connection, order_ids: Iterable[str]) -> dict[str, list[Line]]:
    ids = sorted(set(order_ids))
    rows = connection.execute(select(shop_order).where(shop_order.c.order_id.in_(ids))).all() if ids else []
    found = {row.order_id: list(_order(shop.order_context(row))) for row in rows}
    if found:
        sent = select(parcel.c.order_id, parcel.c.waybill_no).where(parcel.c.order_id.in_(list(found)))
        for order_id, waybill_no in connection.execute(sent.order_by(parcel.c.waybill_no)):
            found[order_id] += _line(shop.ORDER_LABELS["waybill_no"], waybill_no)
    return {order_id: list(dict.fromkeys(lines)) for order_id, lines in found.items()}


def _order(facts: Mapping[str, Value]) -> Iterator[Line]:
    for name, label in shop.ORDER_LABELS.items():
        value = facts.get(name)
        if name == "customer_id":
            yield from _customer(_plain(value))
        elif name == "items" and isinstance(value, list):
            for item in value:
                yield from _line(label, _plain(item.get("name")) if isinstance(item, Mapping) else _plain(item))
        elif is_masked(name):
            yield from _personal(label, _plain(value), mask(name, value))
        elif name in ("order_id", "waybill_no"):
            yield from _line(label, _plain(value))
        elif name in ("items", "order_remark"):
            yield from _text(label, _plain(value))


def _said(connection: Connection, ids: Sequence[str]) -> dict[str, list[Line]]:
    """What was written on the cases and to their customers, the last of it."""
    found: dict[str, list[Line]] = defaultdict(list)
    sources = (
        ("外发消息", outbox.c.case_id, outbox.c.text, outbox.c.id, None),
        ("备注", comment.c.case_id, comment.c.text, comment.c.id, comment.c.withdrawn_at.is_(None)),
        ("备注旗子", flag_note.c.case_id, flag_note.c.note, flag_note.c.id, None),
    )
    for label, case_id, text, order, only in sources:
        query = select(case_id, text).where(case_id.in_(ids)).order_by(order.desc())
        counts: dict[str, int] = defaultdict(int)
        for row in connection.execute(query if only is None else query.where(only)):
            counts[row[0]] += 1
            if counts[row[0]] <= _MOST_SAID:
                found[row[0]] += _text(label, row[1])
    return found


def _participants(connection: Connection, ids: Sequence[str]) -> dict[str, _Parts]:
    """Who has a part in the cases by their user tasks, and those to whom the cases are offered."""
    found: dict[str, _Parts] = defaultdict(_Parts)
    columns = ("case_id", "candidate_groups", "assignee", "completed_by", "courier")
    query = select(*(user_task.c[name] for name in columns)).distinct()
    for row in connection.execute(query.where(user_task.c.case_id.in_(ids))):
        parts, groups = found[row.case_id], set(row.candidate_groups.split(",")) - {""}
        parts.people.update(person for person in (row.assignee, row.completed_by) if person)
        parts.groups.update(groups)
        parts.couriers.update([row.courier] if row.courier and COURIER in groups else ())
    offers = select(transfer.c.case_id, transfer.c.to_group, transfer.c.to_user).where(
        transfer.c.case_id.in_(ids), transfer.c.status == "pending"
    )
    for offer in connection.execute(offers):
        parts = found[offer.case_id]
        parts.people.update([offer.to_user] if offer.to_user else ())
        parts.groups.update([offer.to_group] if offer.to_group else ())
    return found
