"""Connectors that make lists for somebody to work through: orders, parcels, shops, open cases, rows of a register."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select

from engine import canonical, registers, shop
from engine.clock import from_microseconds
from engine.connectors.asking import MOST, between, count_of, instant
from engine.connectors.context import JobContext
from engine.errors import JobFailed
from engine.model import InstanceStatus, Value, Variables
from engine.registers import Asked, Criterion
from engine.store.register_cells import sort_key
from engine.store.tables import definition, parcel, process_instance, shop_order, user

_STAGES: Final = frozenset({"unpaid", "paid", "picking", "shipped", "signed", "cancelled"})


def list_orders(job: JobContext) -> Variables:
    """Orders in the stages of the header ``stages`` (joined by commas), the oldest first.

    Inputs ``since`` (included) and ``until`` (not): when they were paid, or last changed where they are not paid;
    ``customer_id``: whose (null or absent: everybody's).
    Gives ``orders``, at most 200 of {order_id, customer_id, shop, order_stage, order_amount, items, paid_at}, and
    ``order_count``.

    Raises:
        JobFailed: no stage is given, or none that orders have; an instant is none.
    """
    stages = [stage.strip() for stage in job.headers.get("stages", "").split(",") if stage.strip()]
    if not stages or not _STAGES.issuperset(stages):
        raise JobFailed(
            f"{job.element} needs the header stages: {', '.join(sorted(_STAGES))}",
            message_zh="列出订单的步骤没有写明订单状态,或状态不存在。",
        )
    at = func.coalesce(shop_order.c.paid_at, shop_order.c.updated_at)
    where = [shop_order.c.order_stage.in_(stages), *between(job, at)]
    if job.inputs.get("customer_id") is not None:
        where.append(shop_order.c.customer_id == str(job.inputs["customer_id"]))
    rows = job.tx.connection.execute(
        select(shop_order).where(*where).order_by(at, shop_order.c.order_id).limit(MOST)
    ).all()
    names = ("order_id", "customer_id", "shop", "order_stage", "order_amount", "items", "paid_at")
    facts = (shop.order_context(row) for row in rows)
    return {
        "orders": [{name: one.get(name) for name in names} for one in facts],
        "order_count": count_of(job, select(func.count()).select_from(shop_order).where(*where)),
    }


def list_parcels(job: JobContext) -> Variables:
    """Parcels of which news came, the newest last.

    Inputs ``since`` (included) and ``until`` (not): when the courier told it. The header ``stages`` (joined by commas)
    says in which stages, as couriers call them; without it: in any. Gives ``parcels``, at most 200 of {waybill_no,
    order_id, customer_id (null: of no order of the shop), courier, stage, location, last_update_at}, and
    ``parcel_count``.

    Raises:
        JobFailed: an instant is none.
    """
    stages = [stage.strip() for stage in job.headers.get("stages", "").split(",") if stage.strip()]
    news = parcel.c
    where = between(job, news.last_update_at)
    if stages:
        where.append(news.stage.in_(stages))
    found = (
        select(parcel, shop_order.c.customer_id)
        .outerjoin(shop_order, shop_order.c.order_id == news.order_id)
        .where(*where)
        .order_by(news.last_update_at, news.waybill_no)
        .limit(MOST)
    )
    names = ("waybill_no", "order_id", "customer_id", "courier", "stage", "location")
    return {
        "parcels": [
            {**{name: getattr(row, name) for name in names}, "last_update_at": from_microseconds(row.last_update_at)}
            for row in job.tx.connection.execute(found)
        ],
        "parcel_count": count_of(job, select(func.count()).select_from(parcel).where(*where)),
    }


def list_shops(job: JobContext) -> Variables:
    """The shops that orders name or that have settings of their own.

    Gives ``shops``, of {shop}, by name, and ``shop_count``.
    """
    connection = job.tx.connection
    names = sorted({*shop.list_shops(connection), *shop.list_shops_with_settings(connection)})
    return {"shops": [{"shop": name} for name in names], "shop_count": Decimal(len(names))}


def list_cases(job: JobContext) -> Variables:
    """Open cases of the processes in the header ``processes`` (joined by commas; none: of all), the oldest first.

    Inputs ``opened_since`` (included) and ``opened_before`` (not). This case is left out. Gives ``cases``, at most 200
    of {case_id, process_id, process, order_id, customer_id, shop, owner, owner_name, opened_at}, and ``case_count``.

    Raises:
        JobFailed: an instant is none.
    """
    case = process_instance.c
    processes = [name.strip() for name in job.headers.get("processes", "").split(",") if name.strip()]
    where: list[ColumnElement[bool]] = [
        case.depth == 0,
        case.status.in_((InstanceStatus.ACTIVE.value, InstanceStatus.SUSPENDED.value)),
        case.case_id != job.case_id,
        *between(job, case.opened_at, "opened_since", "opened_before"),
    ]
    if processes:
        where.append(case.process_id.in_(processes))
    found = (
        select(case.case_id, case.process_id, definition.c.name, case.order_id, case.customer_id, case.owner,
               user.c.name.label("owner_name"), case.opened_at, case.variables)
        .join(definition, definition.c.key == case.definition)
        .outerjoin(user, user.c.id == case.owner)
        .where(*where)
        .order_by(case.opened_at, case.key)
    )  # fmt: skip
    count = select(func.count()).select_from(process_instance).where(*where)
    rows = job.tx.connection.execute(found.limit(MOST))
    return {"cases": [_case(row) for row in rows], "case_count": count_of(job, count)}


def list_rows(job: JobContext) -> Variables:
    """Rows of the header ``register`` whose columns are what the input mappings give, the newest first.

    The input ``since`` asks for rows opened then or later; a column that a mapping makes null is not asked for. The
    header ``columns`` (joined by commas) says which columns come back beside ``case_id`` and ``opened_at``. Gives
    ``rows``, at most 200, and ``row_count``, at most 1 000.

    Raises:
        JobFailed: there is no such register, no column is named, or an instant is none.
    """
    register = job.headers.get("register", "").strip()
    columns = [name.strip() for name in job.headers.get("columns", "").split(",") if name.strip()]
    if register not in registers.REGISTERS or not columns:
        raise JobFailed(
            f"{job.element} needs the headers register and columns", message_zh="列出登记表的步骤缺少登记表或列。"
        )
    since = instant(job, "since")
    asked = {name: value for name, value in job.inputs.items() if value is not None and name != "since"}
    keys = {name: sort_key(value) for name, value in asked.items()}
    criteria = tuple(Criterion(column=name, least=key, greatest=key) for name, key in keys.items())
    page = registers.list_rows(job.tx.connection, register, Asked(criteria=criteria), limit=1_000, unmasked=True)
    fits = [
        {"case_id": row.case_id, "opened_at": row.opened_at, **{name: row.values.get(name) for name in columns}}
        for row in page.rows
        if (since is None or row.opened_at >= since) and all(row.values.get(n) == v for n, v in asked.items())
    ]
    return {"rows": fits[:MOST], "row_count": Decimal(len(fits))}


def _case(row: Any) -> dict[str, Value]:
    return {
        "case_id": row.case_id,
        "process_id": row.process_id,
        "process": row.name,
        "order_id": row.order_id,
        "customer_id": row.customer_id,
        "shop": canonical.decode(row.variables).get("shop"),
        "owner": row.owner,
        "owner_name": row.owner_name or row.owner,
        "opened_at": from_microseconds(row.opened_at),
    }
