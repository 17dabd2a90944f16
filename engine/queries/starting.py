"""From an order or a buyer to the right process: what is known of them, what runs already, and what can be started.

Which processes come first, and why, an owner says in the decision ``start_offer``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import Connection, select

from engine import access, dmn, ownership, search, shop
from engine.clock import SHANGHAI
from engine.definitions import bytes_of
from engine.errors import EngineError
from engine.masking import is_masked, mask, mask_within
from engine.model import Actor, Value
from engine.ownership import Advice
from engine.queries import studio
from engine.queries.base import RUNNING, Names
from engine.queries.case_views import CaseRow, EventToRegister
from engine.queries.cases import read_rows
from engine.queries.events import events_of_cases
from engine.queries.process_views import StartOption
from engine.queries.task_views import Fact
from engine.queries.visibility import visible_case
from engine.search import OrderHit
from engine.store.tables import current_resource, process_instance, resource

if TYPE_CHECKING:
    from engine.definitions import Definitions

_log = structlog.get_logger(__name__)
#: Id of the decision: of the inputs below, the outputs ``process``, ``place`` (the least comes first) and ``reason``.
OFFER: Final = "start_offer"
#: Stages from which on an order is signed when its parcel is.
_SENT: Final = frozenset({"shipped", "signed"})
_SHOWN: Final = (
    "items", "order_amount", "paid_at", "shop", "order_remark", "receiver_name", "receiver_phone", "receiver_address",
)  # fmt: skip
#: From so many hours without news on a parcel is shown as standing still.
_STALLED_HOURS: Final = 48
_MOST_CASES: Final = 10
_MOST_ORDERS: Final = 20
#: What processes are for, in the order in which the page shows them; the last one has those that don't say.
KINDS: Final = ("presale", "insale", "aftersale", "repair", "internal", "other")
#: Place of what the decision does not name.
_LAST: Final = Decimal(10**6)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """A running case of the order or its buyer, with what can be told of it."""

    row: CaseRow
    same_order: bool
    events: tuple[EventToRegister, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A process that can be started, and what speaks for or against it."""

    option: StartOption
    #: Why it comes first; empty: nobody said so.
    reason: str
    #: Number of a running case of this process about the same order.
    running: str | None
    #: What the process is for, one of KINDS.
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAtHand:
    """An order, as who has its number may see it."""

    order_id: str
    customer_id: str
    #: The customer's id as it is, for addresses.
    buyer: str
    stage: str
    channel: str
    facts: tuple[Fact, ...]
    waybill_no: str | None
    courier: str | None
    parcel_stage: str | None
    location: str | None
    last_update_at: datetime | None
    stalled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything from which somebody starts."""

    order: OrderAtHand | None
    #: Several orders to choose from; empty where one is at hand.
    orders: tuple[OrderHit, ...]
    cases: tuple[OpenCase, ...]
    #: What first contact says of a new case; None: the buyer's cases are nobody's.
    advice: Advice | None
    offers: tuple[Offer, ...]

    @property
    def first(self) -> tuple[Offer, ...]:
        """Offers that somebody gave a reason for."""
        return tuple(offer for offer in self.offers if offer.reason)

    @property
    def others(self) -> tuple[Offer, ...]:
        """The rest, which can be started all the same."""
        return tuple(offer for offer in self.offers if not offer.reason)

    @property
    def groups(self) -> tuple[tuple[str, tuple[Offer, ...]], ...]:
        """The rest by what it is for, as far as there is any."""
        found = ((kind, tuple(offer for offer in self.others if offer.kind == kind)) for kind in KINDS)
        return tuple((kind, offers) for kind, offers in found if offers)


def read_situation(
    connection: Connection, definitions: Definitions, actor: Actor, sought: str, *, now: datetime
) -> Situation:
    """What there is for a number or words: an order's number, a waybill, a customer's id, or what an order holds."""
    options = studio.list_startable(connection, definitions, actor)
    hits = search.find_orders(connection, actor, sought, limit=_MOST_ORDERS) if sought else ()
    named = search.orders_of_number(connection, sought, limit=2) if sought else []
    one = hits[0].order_id if len(hits) == 1 or len(named) == 1 else None
    facts = None if one is None else shop.order_facts(connection, one)
    buyer = _buyer_of(connection, actor, sought) if facts is None else str(facts["customer_id"])
    cases = _cases(connection, definitions, actor, one, buyer)
    parcel = None if facts is None else _parcel(connection, facts)
    return Situation(
        order=None if facts is None else _order(facts, parcel, now),
        orders=() if one is not None else hits,
        cases=cases,
        advice=_advice(connection, actor, buyer, facts, now),
        offers=_offers(connection, definitions, options, facts, parcel, cases, now),
    )


def read_advice(connection: Connection, actor: Actor, order_id: str, *, now: datetime) -> Advice | None:
    """What first contact says of a new case about an order; None: nothing, or the shop does not know the order."""
    facts = shop.order_facts(connection, order_id) if order_id else None
    return None if facts is None else _advice(connection, actor, str(facts["customer_id"]), facts, now)


def situation_of(facts: Mapping[str, Value], parcel: Mapping[str, Value] | None, now: datetime) -> dict[str, Value]:
    """The inputs of the decision, from an order's and its parcel's facts; null where the shop does not know."""
    stage = facts["order_stage"]
    tracking = None if parcel is None else shop.tracking_stage(str(parcel["stage"]))
    if tracking == "signed" and stage in _SENT:
        stage = "signed"
    paid_at, seen = facts.get("paid_at"), None if parcel is None else parcel["last_update_at"]
    since = parcel["stage_since"] if parcel is not None and tracking == "signed" else None
    return {
        "order_stage": stage,
        "tracking_stage": tracking,
        "unshipped_hours": _hours(paid_at, now),
        "stalled_hours": _hours(seen, now),
        "signed_days": None if not isinstance(since, datetime) else _days(since, now),
    }


def _hours(since: Value, now: datetime) -> Decimal | None:
    return Decimal(int((now - since).total_seconds() // 3600)) if isinstance(since, datetime) else None


def _days(since: datetime, now: datetime) -> Decimal:
    """Days of the calendar in Shanghai, as people count 签收 7 天."""
    return Decimal((now.astimezone(SHANGHAI).date() - since.astimezone(SHANGHAI).date()).days)


def _buyer_of(connection: Connection, actor: Actor, sought: str) -> str | None:
    found = search.find_buyer(connection, actor, sought) if sought else None
    return None if found is None else found.customer_id


def _parcel(connection: Connection, facts: Mapping[str, Value]) -> Mapping[str, Value] | None:
    waybill_no = facts.get("waybill_no")
    return shop.parcel_facts(connection, waybill_no) if isinstance(waybill_no, str) else None


def _order(facts: Mapping[str, Value], parcel: Mapping[str, Value] | None, now: datetime) -> OrderAtHand:
    inputs = situation_of(facts, parcel, now)
    stalled = inputs["tracking_stage"] in ("awaiting_pickup", "in_transit", "delivering", "exception")
    hours = inputs["stalled_hours"]
    seen = None if parcel is None else parcel["last_update_at"]
    stage, channel = str(facts["order_stage"]), str(facts["channel"])
    return OrderAtHand(
        order_id=str(facts["order_id"]),
        customer_id=str(mask("customer_id", facts["customer_id"])),
        buyer=str(facts["customer_id"]),
        stage=shop.ORDER_STAGES.get(stage, stage),
        channel=shop.CHANNELS.get(channel, channel),
        facts=tuple(_fact(name, facts[name]) for name in _SHOWN if facts.get(name) not in (None, "")),
        waybill_no=None if facts.get("waybill_no") is None else str(facts["waybill_no"]),
        courier=None if facts.get("courier") is None else str(facts["courier"]),
        parcel_stage=None if parcel is None else shop.PARCEL_STAGES.get(str(parcel["stage"]), str(parcel["stage"])),
        location=None if parcel is None or parcel["location"] is None else str(parcel["location"]),
        last_update_at=seen if isinstance(seen, datetime) else None,
        stalled=stalled and isinstance(hours, Decimal) and hours >= _STALLED_HOURS,
    )


def _fact(name: str, value: Value) -> Fact:
    shown = mask(name, value)
    text = mask_within(shown) if name == "order_remark" and isinstance(shown, str) else shown
    return Fact(name=name, label=shop.ORDER_LABELS[name], value=text, masked=is_masked(name))


def _cases(
    connection: Connection, definitions: Definitions, actor: Actor, order_id: str | None, buyer: str | None
) -> tuple[OpenCase, ...]:
    """Running cases of the order, then of the buyer, that the actor may see."""
    keys: dict[int, bool] = {}
    for column, value in (("order_id", order_id), ("customer_id", buyer)):
        if value:
            query = select(process_instance.c.key).where(
                process_instance.c[column] == value,
                process_instance.c.depth == 0,
                process_instance.c.status.concat("").in_(RUNNING),  # by order or buyer, see base.is_open
                visible_case(actor),
            )
            newest = query.order_by(process_instance.c.key.desc()).limit(_MOST_CASES)
            for key in connection.execute(newest).scalars():
                keys.setdefault(key, column == "order_id")
    chosen = list(keys)[:_MOST_CASES]
    rows = read_rows(connection, definitions, chosen)
    awaited = events_of_cases(
        connection, Names(connection, definitions), definitions, [row.case_id for row in rows], actor
    )
    return tuple(
        OpenCase(row=row, same_order=keys[int(row.case_id)], events=awaited.get(row.case_id, ())) for row in rows
    )


def _advice(
    connection: Connection, actor: Actor, buyer: str | None, facts: Mapping[str, Value] | None, now: datetime
) -> Advice | None:
    if not buyer or not access.may_own(actor):
        return None
    order_id, name = (None, None) if facts is None else (str(facts["order_id"]), facts.get("shop"))
    holder = ownership.holder_of(connection, buyer, order_id, name if isinstance(name, str) else None, now, me=actor.id)
    return None if holder is None else ownership.advise(holder, actor, urgent=False)


def _offers(
    connection: Connection,
    definitions: Definitions,
    options: Sequence[StartOption],
    facts: Mapping[str, Value] | None,
    parcel: Mapping[str, Value] | None,
    cases: Sequence[OpenCase],
    now: datetime,
) -> tuple[Offer, ...]:
    said = {} if facts is None else _said(connection, situation_of(facts, parcel, now))
    running = {case.row.process_id: case.row.case_id for case in reversed(cases) if case.same_order}
    ordered = sorted(options, key=lambda option: (*said.get(option.process_id, (_LAST, ""))[:1], option.process_id))
    return tuple(
        Offer(
            option=option,
            reason=said.get(option.process_id, (_LAST, ""))[1],
            running=running.get(option.process_id),
            kind=_kind(definitions, option.process_id),
        )
        for option in ordered
    )


def _kind(definitions: Definitions, process_id: str) -> str:
    deployed = definitions.find_latest(process_id)
    said = "" if deployed is None else deployed.definition.properties.get("kind", "")
    return said if said in KINDS else KINDS[-1]


def _said(connection: Connection, inputs: Mapping[str, Value]) -> dict[str, tuple[Decimal, str]]:
    """What the decision in force says: process → its place, and why; nothing where there is none or it is broken."""
    content = connection.execute(
        select(resource.c.content)
        .join(current_resource, current_resource.c.hash == resource.c.hash)
        .where(current_resource.c.kind == "decision", current_resource.c.id == OFFER)
    ).scalar_one_or_none()
    if content is None:
        return {}
    try:
        rows = _decision(bytes_of(content)).evaluate(inputs.get).output
    except EngineError:  # an owner's table must not keep anybody from starting a case
        _log.exception("start_offer.failed")
        return {}
    found: dict[str, tuple[Decimal, str]] = {}
    for row in rows if isinstance(rows, list) else []:
        process, place, reason = (row.get(name) for name in ("process", "place", "reason"))
        if isinstance(process, str) and isinstance(place, Decimal) and isinstance(reason, str):
            found[process] = min(found.get(process, (place, reason)), (place, reason))
    return found


@lru_cache(maxsize=4)
def _decision(content: bytes) -> dmn.Decision:
    return dmn.load(content).decisions[OFFER]
