"""A customer at a glance and in full: what people say, what was bought, what went wrong, whether all is well.

Everything is read where it is kept, so it is as new as the last commit. Cases count as far as the reader may see them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Connection, Row, case, func, select

from engine import canonical, shop
from engine.clock import from_microseconds, instant_or_none
from engine.customers import archive, words
from engine.customers.archive import Change, Customer
from engine.customers.calls import Call, calls_of
from engine.customers.documents import Document, documents_of
from engine.customers.visits import Visit, visits_of
from engine.masking import mask
from engine.model import Actor, InstanceStatus, Value
from engine.queries.cases import end_state_name
from engine.queries.visibility import visible_case
from engine.store.tables import process_instance, register_row, shop_order, visit

if TYPE_CHECKING:
    from engine.definitions import Definitions

#: Orders and cases that a profile shows, and of which it sums up amounts.
_SHOWN: Final = 20
_SUMMED: Final = 200
_RUNNING: Final = (InstanceStatus.ACTIVE.value, InstanceStatus.SUSPENDED.value)
_REFUNDS: Final = "refund_register"
_COMPENSATIONS: Final = "compensation_register"
_PAID: Final = "已打款"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """An order; personal data masked, amounts in 元."""

    order_id: str
    shop: str | None
    stage: str
    amount: Decimal | None
    items: Value
    waybill_no: str | None
    receiver: str | None
    paid_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """A case that the reader may see."""

    case_id: str
    name: str
    status: str
    end_state_name: str | None
    order_id: str | None
    opened_at: datetime
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What fits beside a task. Personal data masked."""

    #: Of the archive; None: not entered yet.
    key: int | None
    shown_id: str
    level: str
    tags: tuple[str, ...]
    address_as: str
    note: str
    is_good: bool
    orders: int
    #: Sum of orders paid and not cancelled, in 元; of the newest 200.
    spent: Decimal
    #: Cases that the reader may see, those of them that run, and how many others there are.
    cases: int
    open_cases: int
    hidden_cases: int
    #: Grades: how many, their mean, and the last.
    grades: int
    grade: Decimal | None
    last_grade: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """All that the archive shows of a customer."""

    glance: Glance
    #: None: not entered yet.
    customer: Customer | None
    shops: tuple[str, ...]
    #: Receivers' names, masked.
    names: tuple[str, ...]
    orders: tuple[OrderLine, ...]
    cases: tuple[CaseLine, ...]
    #: Paid so far over all cases, in 元.
    refunds: Decimal
    compensations: Decimal
    calls: tuple[Call, ...]
    visits: tuple[Visit, ...]
    documents: tuple[Document, ...]
    changes: tuple[Change, ...]


def glance(connection: Connection, actor: Actor, customer_id: str) -> Glance | None:
    """A customer at a glance; None to whom the archive is closed.

    Args:
        connection: a snapshot.
        actor: who looks; P25 in any degree.
        customer_id: as the shop knows the customer; unknown ones have nothing.
    """
    if not words.may_read(actor):
        return None
    return _glance(
        connection, actor, customer_id, archive.find(connection, customer_id), _orders(connection, customer_id)
    )


def profile(
    connection: Connection, actor: Actor, customer_id: str, definitions: Definitions | None = None
) -> Profile | None:
    """All of a customer; None to whom the archive is closed.

    Args:
        connection: a snapshot.
        actor: who looks; P25 in any degree.
        customer_id: as the shop knows the customer; unknown ones have nothing.
        definitions: name the cases; without them they bear their processes' ids.
    """
    if not words.may_read(actor):
        return None
    known = archive.find(connection, customer_id)
    orders = _orders(connection, customer_id)
    refunds, compensations = _paid_back(connection, customer_id)
    names = dict.fromkeys(order.receiver for order in map(_order, orders) if order.receiver)
    return Profile(
        glance=_glance(connection, actor, customer_id, known, orders),
        customer=known,
        shops=tuple(sorted({row.shop for row in orders if row.shop})),
        names=tuple(names)[:5],
        orders=tuple(map(_order, orders[:_SHOWN])),
        cases=_cases(connection, actor, customer_id, definitions),
        refunds=refunds,
        compensations=compensations,
        calls=calls_of(connection, customer_id),
        visits=visits_of(connection, customer_id),
        documents=documents_of(connection, customer_id, actor),
        changes=tuple(archive.changes_of(connection, known.key)) if known else (),
    )


def _glance(
    connection: Connection, actor: Actor, customer_id: str, known: Customer | None, orders: Sequence[Row[Any]]
) -> Glance:
    seen, running, hidden = _counts(connection, actor, customer_id)
    grades, mean, last = _grades(connection, customer_id)
    paid = [_amount(row) for row in orders if row.order_stage not in ("unpaid", "cancelled")]
    counted = select(func.count()).select_from(shop_order).where(shop_order.c.customer_id == customer_id)
    return Glance(
        key=known.key if known else None,
        shown_id=str(mask("customer_id", customer_id)),
        level=known.level if known else "",
        tags=known.tags if known else (),
        address_as=known.address_as if known else "",
        note=known.note if known else "",
        is_good=known is not None and known.good_since is not None,
        orders=len(orders) if len(orders) < _SUMMED else int(connection.execute(counted).scalar_one()),
        spent=sum((amount for amount in paid if amount is not None), start=Decimal(0)),
        cases=seen,
        open_cases=running,
        hidden_cases=hidden,
        grades=grades,
        grade=mean,
        last_grade=last,
    )


def _orders(connection: Connection, customer_id: str) -> Sequence[Row[Any]]:
    found = select(shop_order).where(shop_order.c.customer_id == customer_id)
    return connection.execute(
        found.order_by(shop_order.c.paid_at.desc(), shop_order.c.order_id.desc()).limit(_SUMMED)
    ).all()


def _order(row: Row[Any]) -> OrderLine:
    facts = shop.order_context(row)
    receiver = mask("receiver_name", facts.get("receiver_name"))
    return OrderLine(
        order_id=row.order_id,
        shop=row.shop,
        stage=row.order_stage,
        amount=_amount(row),
        items=facts.get("items"),
        waybill_no=row.waybill_no,
        receiver=receiver if isinstance(receiver, str) else None,
        paid_at=instant_or_none(row.paid_at),
    )


def _amount(row: Row[Any]) -> Decimal | None:
    amount = canonical.decode(row.facts).get("order_amount")
    return amount if isinstance(amount, Decimal) else None


def _of_customer(customer_id: str) -> tuple[ColumnElement[bool], ...]:
    return (process_instance.c.customer_id == customer_id, process_instance.c.depth == 0)


def _counts(connection: Connection, actor: Actor, customer_id: str) -> tuple[int, int, int]:
    """Cases that the actor may see, those of them that run, and the others."""
    may_see, runs = visible_case(actor), process_instance.c.status.in_(_RUNNING)
    counted = select(
        func.count(), func.sum(case((may_see, 1), else_=0)), func.sum(case((may_see & runs, 1), else_=0))
    ).where(*_of_customer(customer_id))
    total, seen, running = connection.execute(counted).one()
    return seen or 0, running or 0, total - (seen or 0)


def _grades(connection: Connection, customer_id: str) -> tuple[int, Decimal | None, int | None]:
    graded = (visit.c.customer_id == customer_id, visit.c.satisfied.is_not(None))
    count, total = connection.execute(select(func.count(), func.sum(visit.c.satisfied)).where(*graded)).one()
    if not count:
        return 0, None, None
    last = select(visit.c.satisfied).where(*graded).order_by(visit.c.done_at.desc(), visit.c.id.desc()).limit(1)
    mean = (Decimal(total) / count).quantize(Decimal("0.1"))
    return count, mean, connection.execute(last).scalar_one()


def _cases(
    connection: Connection, actor: Actor, customer_id: str, definitions: Definitions | None
) -> tuple[CaseLine, ...]:
    column = process_instance.c
    wanted = (
        select(
            column.case_id, column.definition, column.process_id, column.status, column.end_state, column.order_id,
            column.opened_at, column.owner,
        )
        .where(*_of_customer(customer_id), visible_case(actor))
        .order_by(column.key.desc())
        .limit(_SHOWN)
    )  # fmt: skip
    found = []
    for row in connection.execute(wanted):
        deployed = definitions.get(row.definition) if definitions else None
        found.append(
            CaseLine(
                case_id=row.case_id,
                name=deployed.name if deployed else row.process_id,
                status=row.status,
                end_state_name=end_state_name(deployed, row.end_state) if deployed else row.end_state,
                order_id=row.order_id,
                opened_at=from_microseconds(row.opened_at),
                owner=row.owner,
            )
        )
    return tuple(found)


def _paid_back(connection: Connection, customer_id: str) -> tuple[Decimal, Decimal]:
    """What was refunded and what was paid as compensation over all cases of the customer."""
    of_customer = select(process_instance.c.case_id).where(*_of_customer(customer_id))
    written = select(register_row.c.register, register_row.c["values"]).where(
        register_row.c.case_id.in_(of_customer), register_row.c.register.in_((_REFUNDS, _COMPENSATIONS))
    )
    sums = {_REFUNDS: Decimal(0), _COMPENSATIONS: Decimal(0)}
    for register, values in connection.execute(written):
        row = canonical.decode(values)
        paid = row.get("paid_amount")
        if row.get("status") == _PAID and isinstance(paid, Decimal):
            sums[register] += paid
    return sums[_REFUNDS], sums[_COMPENSATIONS]
