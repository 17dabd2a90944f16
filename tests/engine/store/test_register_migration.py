"""Rows of registers of an earlier release stay their instances' own, and are found by their columns."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from sqlalchemy import text

from engine import canonical, registers
from engine.registers import Asked, Criterion
from engine.store.database import Database
from engine.store.migrate import is_current, upgrade
from engine.store.register_cells import sort_key
from tests.engine.register_pen import RegisterPen
from tests.engine.store.test_migrations import OLD_ROWS, old_database

OLD_ROW = """INSERT INTO register_row (register, instance, case_id, element, "values", written_at)
             VALUES (:register, 7, '7', 'note', :values, :at)"""


def test_old_rows_are_kept_found_and_written_on(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    database = old_database(url, "0002")
    money = {"amount": Decimal("19.90"), "status": "待打款", "pay_account": "6222020200112233"}
    with database.begin() as tx:
        for row in OLD_ROWS[:2]:
            tx.connection.execute(text(row))
        for register, at, values in (("refund_register", 9, money), ("shipment_register", 5, {"waybill_no": "YT1"})):
            given = {"register": register, "at": at, "values": canonical.encode(values)}
            tx.connection.execute(text(OLD_ROW), given)
    database.close()
    upgrade(url)

    database = Database.open(url)
    assert is_current(database)
    with database.read() as connection:
        rows = connection.execute(text("SELECT id, register, instance, taken_by, opened_at FROM register_row")).all()
        assert rows == [(1, "shipment_register", 7, 7, 5), (2, "refund_register", 7, 7, 9)]
        assert not connection.execute(text("SELECT 1 FROM register_cell WHERE text LIKE '%6222%'")).all()
        key = sort_key(Decimal("19.9"))
        asked = Asked(criteria=(Criterion(column="amount", least=key, greatest=key),))
        (found,) = registers.list_rows(connection, "refund_register", asked).rows
        assert found.values == {**money, "pay_account": "****2233"}

    RegisterPen(database).write("refund_register", 20, instance=7, status="已打款")
    with database.read() as connection:
        (row,) = registers.list_rows(connection, "refund_register", unmasked=True).rows
        assert (row.id, row.values, row.opened_at < row.written_at) == (2, {**money, "status": "已打款"}, True)
    database.close()
