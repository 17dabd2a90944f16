"""Why customers complain, return and exchange (SLA-27, SLA-28): counts, shares, money lost, the period before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Float,
    Integer,
    Select,
    and_,
    cast,
    exists,
    func,
    literal,
    select,
)

from engine import access
from engine.clock import from_microseconds
from engine.errors import NotFound
from engine.model import Actor
from engine.queries.visibility import visible_case
from engine.store.tables import process_instance, register_cell, register_row, shop_order
from engine.store.teams import of_team

#: Register → (what its rows are, the column of the cause).
REGISTERS: Final[Mapping[str, tuple[str, str]]] = {
    "complaint_register": ("投诉", "cause_category"),
    "return_register": ("退货", "return_reason"),
    "exchange_register": ("换货", "exchange_reason"),
}
#: Where what was paid for a case stands.
PAID: Final = ("refund_register", "compensation_register")
PAGE: Final = 50
_CENTS: Final = Decimal(100)
_R = register_row.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From which microsecond on, and up to which."""

    since: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause in a period."""

    register: str
    #: As the register has it in words; "": none is registered yet.
    cause: str
    count: int
    #: Of the register's rows in the period, 0 to 1.
    share: Decimal
    #: Paid refunds and compensations of these cases, 元.
    lost: Decimal
    #: In the period before.
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One row behind a number."""

    id: int
    case_id: str
    opened_at: datetime
    order_id: str | None
    shop: str | None
    process_id: str
    owner: str
    lost: Decimal
    #: Its words, where the register has any (a complaint's root cause).
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OccurrencePage:
    """Some of them, the newest first; ``next_after`` is the place of the next page, None on the last."""

    rows: tuple[Occurrence, ...]
    next_after: int | None


def may_read(actor: Actor) -> bool:
    """P16 of more than the own figures."""
    return access.reach(actor, "P16") in (access.Reach.TEAM, access.Reach.YES)


def read_causes(connection: Connection, actor: Actor, span: Span, before: Span, shop: str = "") -> list[Cause]:
    """Every register's causes in a period, the most frequent first; those of the period before that are gone too."""
    found: list[Cause] = []
    for register in REGISTERS:
        now = _counts(connection, actor, register, span, shop)
        then = _counts(connection, actor, register, before, shop, with_lost=False)
        total = sum(count for count, _ in now.values())
        causes = [
            Cause(
                register=register,
                cause=cause,
                count=now.get(cause, (0, 0))[0],
                share=Decimal(now[cause][0]) / total if cause in now else Decimal(0),
                lost=Decimal(now.get(cause, (0, 0))[1]) / _CENTS,
                before=then.get(cause, (0, 0))[0],
            )
            for cause in {*now, *then}
        ]
        found += sorted(causes, key=lambda one: (-one.count, -one.before, one.cause))
    return found


def _counts(
    connection: Connection, actor: Actor, register: str, span: Span, shop: str, *, with_lost: bool = True
) -> dict[str, tuple[int, int]]:
    """Cause → (rows, 分 lost); what nobody asks for is not looked up, there may be many thousand rows."""
    lost = _lost() if with_lost else literal(0)
    rows = _within(select(_cause(register), lost.label("lost")), actor, register, span, shop).subquery()
    query = select(rows.c.cause, func.count(), func.sum(rows.c.lost)).group_by(rows.c.cause)
    return {cause: (int(count), int(money or 0)) for cause, count, money in connection.execute(query)}


def list_rows(
    connection: Connection,
    actor: Actor,
    register: str,
    cause: str,
    span: Span,
    *,
    shop: str = "",
    after: int | None = None,
    limit: int = PAGE,
) -> OccurrencePage:
    """The rows behind a number.

    Raises:
        NotFound: causes of that register are not counted.
    """
    if register not in REGISTERS:
        raise NotFound(f"there is no causes of {register[:40]!r}", message_zh="没有这个明细。")
    ids = _within(select(_R.id).where(_cause(register) == cause), actor, register, span, shop)
    if after is not None:
        ids = ids.where(_R.id < after)
    of_page = list(connection.execute(ids.order_by(_R.id.desc()).limit(limit + 1)).scalars())
    found = connection.execute(_details().where(_R.id.in_(of_page)).order_by(_R.id.desc())).all() if of_page else []
    page = tuple(
        Occurrence(
            id=row.id,
            case_id=row.case_id,
            opened_at=from_microseconds(row.opened_at),
            order_id=row.order_id,
            shop=row.shop,
            process_id=row.process_id,
            owner=row.owner,
            lost=Decimal(int(row.lost or 0)) / _CENTS,
            words=row.words or "",
        )
        for row in found[:limit]
    )
    return OccurrencePage(rows=page, next_after=page[-1].id if len(found) > limit else None)


def list_shops(connection: Connection) -> list[str]:
    """Names of the shops that orders name."""
    query = select(shop_order.c.shop).where(shop_order.c.shop.is_not(None), shop_order.c.shop != "").distinct()
    return sorted(connection.execute(query).scalars())


def _within(query: Select[Any], actor: Actor, register: str, span: Span, shop: str) -> Select[Any]:
    """The query on the register's rows of a period whose case the actor may see; cases only where they matter."""
    pi, everything = process_instance.c, access.sees_all_cases(actor)
    of_team_only = access.reach(actor, "P05") is access.Reach.TEAM
    query = query.select_from(register_row)
    if shop or not (everything or of_team_only):
        query = query.join(process_instance, pi.key == cast(_R.case_id, Integer))
    if shop:
        query = query.join(shop_order, shop_order.c.order_id == pi.order_id).where(shop_order.c.shop == shop)
    query = query.where(_R.register == register, _R.opened_at >= span.since, _R.opened_at < span.until)
    if register == "return_register":
        query = query.where(~_of_exchange())
    if everything:
        return query
    return query.where(of_team(_R.case_id, actor.team or ()) if of_team_only else visible_case(actor))


def _details() -> Select[Any]:
    """What is shown of rows: case, order, shop, words and money lost."""
    pi = process_instance.c
    return (
        select(
            _R.id,
            _R.case_id,
            _R.opened_at,
            pi.order_id,
            pi.process_id,
            pi.owner,
            shop_order.c.shop,
            _cell("root_cause").label("words"),
            _lost().label("lost"),
        )
        .select_from(register_row)
        .join(process_instance, pi.key == cast(_R.case_id, Integer))
        .outerjoin(shop_order, shop_order.c.order_id == pi.order_id)
    )


def _cause(register: str) -> Any:
    """The row's cause in words; "": none is registered yet."""
    return func.coalesce(_cell(REGISTERS[register][1]), "").label("cause")


def _of_exchange() -> ColumnElement[bool]:
    """That a row of 退货登记表 is an exchange's, whose reason stands in 换货登记表."""
    flow = register_cell.alias()
    return exists().where(flow.c.row == _R.id, flow.c.column == "flow", flow.c.text == "换货")


def _cell(column: str) -> Any:
    """A cell of the row, as people read it."""
    cell = register_cell.alias()
    return select(cell.c.text).where(cell.c.row == _R.id, cell.c.column == column).scalar_subquery()


def _lost() -> ColumnElement[Any]:
    """分 that were paid out in the row's case."""
    amount, other, date = register_cell.alias(), register_row.alias(), register_cell.alias()
    paid = exists().where(date.c.row == amount.c.row, date.c.column == "paid_at", date.c.sort.like("d%"))
    cents = cast(func.round(cast(func.substr(amount.c.sort, 3), Float) * 100), BigInteger)
    return (
        select(func.coalesce(func.sum(cents), 0))
        .select_from(other)
        .join(amount, amount.c.row == other.c.id)
        .where(
            other.c.case_id == _R.case_id,
            and_(amount.c.register.in_(PAID), amount.c.column == "paid_amount", amount.c.sort.like("n1%"), paid),
        )
        .scalar_subquery()
    )
