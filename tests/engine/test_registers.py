"""Registers by their Chinese names, personal data masked."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import insert

from engine import canonical, registers
from engine.labels import Labels
from engine.store.database import Database, Transaction
from engine.store.tables import definition, process_instance, register_row


def add_row(tx: Transaction, instance: int, register: str, written_at: int, **values: object) -> None:
    tx.connection.execute(
        insert(register_row).values(
            register=register,
            instance=instance,
            case_id="1",
            element="declare_lost",
            values=canonical.encode(values),
            written_at=written_at,
        )
    )


def add_instances(tx: Transaction, *keys: int) -> None:
    row = {"process_id": "p", "version": 1, "hash": "h", "manifest": b"{}", "name": "p"}
    tx.connection.execute(insert(definition).values(key=1, deployed_at=0, deployed_by="x", **row))
    for key in keys:
        tx.connection.execute(
            insert(process_instance).values(
                key=key, definition=1, process_id="p", case_id="1", revision=1, status="active", variables=b"{}",
                opened_by="ann", first_owner="ann", owner="ann", opened_at=0, case_opened_at=0, history_hash=b"",
            )
        )  # fmt: skip


def test_rows_of_a_case_come_in_the_order_of_writing_and_masked(db: Database) -> None:
    with db.begin() as tx:
        add_instances(tx, 1, 2)
        add_row(tx, 1, "refund_register", 20, pay_account="6222020200112233", amount=Decimal(5))
        add_row(tx, 2, "shipment_register", 10, waybill_no="YT1")
    with db.read() as connection:
        rows = registers.rows_of_case(connection, "1")
        assert [row.register for row in rows] == ["shipment_register", "refund_register"]
        assert rows[1].values == {"pay_account": "****2233", "amount": Decimal(5)}
        assert registers.rows_of_case(connection, "2") == ()


def test_a_register_is_listed_newest_first_by_pages(db: Database) -> None:
    with db.begin() as tx:
        add_instances(tx, 1, 2, 3)
        for key in (1, 2, 3):
            add_row(tx, key, "refund_register", key, amount=Decimal(key))
    with db.read() as connection:
        first = registers.list_rows(connection, "refund_register", limit=2)
        rest = registers.list_rows(connection, "refund_register", limit=2, after=first[-1].instance)
    assert [row.instance for row in (*first, *rest)] == [3, 2, 1]


def test_registers_and_columns_have_chinese_names() -> None:
    labels = Labels(names={"waybill_no": "运单号"}, options={}, personal=frozenset())
    values = {"waybill_no": "YT1", "case_id": "1", "odd": 1}
    assert registers.column_labels(labels, values) == {"waybill_no": "运单号", "case_id": "工单号", "odd": "odd"}
    assert registers.name_of("courier_claim_register") == "快递索赔登记表"
    assert registers.name_of("unknown_register") == "unknown_register"
