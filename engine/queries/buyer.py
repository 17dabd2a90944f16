"""What stands beside a task: its buyer, its order and parcel, and what was done for both before, at a glance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Connection, Row, func, select

from engine import shop
from engine.clock import from_microseconds, instant_or_none
from engine.labels import labels_for
from engine.masking import is_masked, mask, mask_within
from engine.model import Actor, Value
from engine.queries.base import Names
from engine.queries.cases import end_state_name
from engine.queries.task_views import Fact
from engine.queries.visibility import visible_case
from engine.store.tables import outbox, process_instance, shop_order

if TYPE_CHECKING:
    from engine.definitions import Definitions, Deployed

#: Earlier cases that are shown, letters to the buyer, and how far either is counted.
MAX_EARLIER: Final = 6
MAX_LETTERS: Final = 3
MAX_COUNTED: Final = 99
#: Facts of an order that stand beside a task, in this order; the receiver's masked.
_SHOWN: Final = (
    "items", "order_amount", "paid_at", "courier", "waybill_no", "order_remark", "packaging",
    "receiver_name", "receiver_phone", "receiver_address",
)  # fmt: skip
_CASE: Final = tuple(
    process_instance.c[name]
    for name in (
        "key",
        "case_id",
        "definition",
        "status",
        "end_state",
        "customer_id",
        "order_id",
        "opened_at",
        "ended_at",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierCase:
    """Another case of the same buyer or order that the person may see."""

    case_id: str
    name: str
    status: str
    end_state_name: str | None
    opened_at: datetime
    ended_at: datetime | None
    order_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterBefore:
    """What the buyer was told last."""

    text: str
    case_id: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """A buyer at a glance; ``customer_id`` is masked."""

    customer_id: str
    #: Orders that the shop knows; cases that the person may see, this one included; at most MAX_COUNTED + 1.
    orders: int
    cases: int
    #: Those that still run, this one left out.
    open_cases: int
    earlier: tuple[EarlierCase, ...]
    letters: tuple[LetterBefore, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Where the goods are."""

    waybill_no: str
    courier: str | None
    #: As people read it.
    stage: str
    location: str | None
    last_update_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order at a glance."""

    order_id: str
    #: As people read it; "" where the shop does not know the order.
    stage: str
    facts: tuple[Fact, ...]
    parcel: Parcel | None
    #: Other cases of this order, of whoever's.
    earlier: tuple[EarlierCase, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Buyer and order of a case, where it has them."""

    buyer: Buyer | None
    order: Order | None


def read_beside(connection: Connection, definitions: Definitions, case_id: str, actor: Actor) -> Beside:
    """What is known around a case that the actor may see; of other cases only those that the actor may see."""
    root = connection.execute(
        select(process_instance.c.customer_id, process_instance.c.order_id)
        .where(process_instance.c.case_id == case_id)
        .order_by(process_instance.c.key)
        .limit(1)
    ).one()
    names = Names(connection, definitions)
    buyer = None if not root.customer_id else _buyer(connection, names, root.customer_id, case_id, actor)
    order = None if not root.order_id else _order(connection, names, root.order_id, case_id, actor)
    return Beside(buyer=buyer, order=order)


def _buyer(connection: Connection, names: Names, customer_id: str, case_id: str, actor: Actor) -> Buyer:
    of_buyer = process_instance.c.customer_id == customer_id
    earlier = _cases(connection, names, of_buyer, case_id, actor)
    orders = select(shop_order.c.order_id).where(shop_order.c.customer_id == customer_id)
    cases = _visible(of_buyer, actor)
    running = cases.where(process_instance.c.ended_at.is_(None), process_instance.c.case_id != case_id)
    return Buyer(
        customer_id=str(mask("customer_id", customer_id)),
        orders=_count(connection, orders),
        cases=_count(connection, cases),
        open_cases=_count(connection, running),
        earlier=earlier,
        letters=_letters(connection, [case_id, *(case.case_id for case in earlier)]),
    )


def _order(connection: Connection, names: Names, order_id: str, case_id: str, actor: Actor) -> Order:
    known = shop.order_facts(connection, order_id)
    waybill = None if known is None else known.get("waybill_no")
    parcel = shop.parcel_facts(connection, waybill) if isinstance(waybill, str) else None
    return Order(
        order_id=order_id,
        stage="" if known is None else shop.ORDER_STAGES.get(str(known["order_stage"]), str(known["order_stage"])),
        facts=() if known is None else tuple(_facts(known, names)),
        parcel=None if parcel is None else _parcel(parcel),
        earlier=_cases(connection, names, process_instance.c.order_id == order_id, case_id, actor),
    )


def _facts(known: Mapping[str, Value], names: Names) -> list[Fact]:
    found = []
    versions = names.definitions.all_latest()
    for name in _SHOWN:
        value = known.get(name)
        if value is None or value in ("", []):
            continue
        personal = is_masked(name)
        seen = mask(name, value) if personal else _free(_said(name, value, versions))
        found.append(Fact(label=shop.ORDER_LABELS[name], value=seen, masked=personal, name=name))
    return found


def _said(name: str, value: Value, versions: Iterable[Deployed]) -> Value:
    """A code of the shop as the first form that asks for it calls it."""
    if not isinstance(value, str):
        return value
    words = (labels_for(each).options.get(name, {}) for each in versions)
    return next((options[value] for options in words if value in options), value)


def _free(value: Value) -> Value:
    """Buyers write telephone numbers into remarks."""
    return mask_within(value) if isinstance(value, str) else value


def _parcel(known: Mapping[str, Any]) -> Parcel:
    return Parcel(
        waybill_no=known["waybill_no"],
        courier=known["courier"],
        stage=shop.PARCEL_STAGES.get(known["stage"], known["stage"]),
        location=known["location"],
        last_update_at=known["last_update_at"],
    )


def _visible(which: ColumnElement[bool], actor: Actor) -> Any:
    return select(process_instance.c.key).where(which, process_instance.c.depth == 0, visible_case(actor))


def _count(connection: Connection, wanted: Any) -> int:
    few = wanted.limit(MAX_COUNTED + 1).subquery()
    return connection.execute(select(func.count()).select_from(few)).scalar_one()


def _cases(
    connection: Connection, names: Names, which: ColumnElement[bool], case_id: str, actor: Actor
) -> tuple[EarlierCase, ...]:
    rows = connection.execute(
        select(*_CASE)
        .where(which, process_instance.c.depth == 0, process_instance.c.case_id != case_id, visible_case(actor))
        .order_by(process_instance.c.key.desc())
        .limit(MAX_EARLIER)
    )
    return tuple(_case(row, names) for row in rows)


def _case(row: Row[Any], names: Names) -> EarlierCase:
    deployed = names.deployed(row.definition)
    return EarlierCase(
        case_id=row.case_id,
        name=deployed.name,
        status=row.status,
        end_state_name=end_state_name(deployed, row.end_state),
        opened_at=from_microseconds(row.opened_at),
        ended_at=instant_or_none(row.ended_at),
        order_id=row.order_id,
    )


def _letters(connection: Connection, case_ids: list[str]) -> tuple[LetterBefore, ...]:
    rows = connection.execute(
        select(outbox.c.text, outbox.c.case_id, outbox.c.written_at)
        .where(outbox.c.case_id.in_(case_ids), outbox.c.audience == "customer")
        .order_by(outbox.c.written_at.desc(), outbox.c.id.desc())
        .limit(MAX_LETTERS)
    )
    return tuple(
        LetterBefore(text=mask_within(row.text), case_id=row.case_id, written_at=from_microseconds(row.written_at))
        for row in rows
    )
