"""The registers of the catalogue (登记表, 台账): their names, and the rows that elements of processes wrote.

The step itself writes rows (``engine.store.sql.UPSERT_REGISTER``), one a register and instance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Row, select

from engine import canonical
from engine.clock import from_microseconds
from engine.labels import Labels
from engine.masking import mask
from engine.model import Value
from engine.store.tables import register_row

#: Register id → name as the documents have it.
REGISTERS: Final[Mapping[str, str]] = {
    "compensation_register": "补偿登记表",
    "refund_register": "退款登记表",
    "urge_register": "催发货跟进登记表",
    "wrong_shipment_register": "发错货登记表",
    "bulk_order_register": "大单登记表",
    "tracking_register": "物流跟踪表",
    "order_change_register": "订单修改登记表",
    "shipment_register": "发货登记表",
    "return_register": "退货登记表",
    "repair_register": "维修登记表",
    "exchange_register": "换货登记表",
    "logistics_exception_register": "快递异常登记表",
    "courier_claim_register": "快递索赔登记表",
    "invoice_register": "发票登记表",
    "complaint_register": "投诉登记表",
    "call_log": "电话记录",
    "gift_freeship_register": "赠品/包邮登记表",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """A row of a register; ``written_at`` aware UTC."""

    register: str
    case_id: str
    instance: int
    element: str
    #: Column id → value; personal data masked.
    values: Mapping[str, Value]
    written_at: datetime


def name_of(register: str) -> str:
    """The register's name; its id where the catalogue has none."""
    return REGISTERS.get(register, register)


def column_labels(labels: Labels, values: Mapping[str, Value]) -> dict[str, str]:
    """Column id → Chinese label, by the forms of the process first."""
    return {column: labels.name(column) for column in values}


def rows_of_case(connection: Connection, case_id: str) -> tuple[RegisterRow, ...]:
    """All register rows of a case, in the order in which they were last written."""
    rows = select(register_row).where(register_row.c.case_id == case_id)
    return tuple(
        _row(row) for row in connection.execute(rows.order_by(register_row.c.written_at, register_row.c.register))
    )


def list_rows(
    connection: Connection, register: str, *, after: int | None = None, limit: int = 50
) -> tuple[RegisterRow, ...]:
    """A page of a register's rows, newest instance first; ``after`` is the last page's last instance.

    Who may read registers (P13) is asked by the caller.
    """
    rows = select(register_row).where(register_row.c.register == register)
    if after is not None:
        rows = rows.where(register_row.c.instance < after)
    return tuple(_row(row) for row in connection.execute(rows.order_by(register_row.c.instance.desc()).limit(limit)))


def _row(row: Row[tuple[object, ...]]) -> RegisterRow:
    found = row._mapping
    values: Mapping[str, Value] = canonical.decode(found["values"])
    return RegisterRow(
        register=found["register"],
        case_id=found["case_id"],
        instance=found["instance"],
        element=found["element"],
        values={column: mask(column, value) for column, value in values.items()},
        written_at=from_microseconds(found["written_at"]),
    )
