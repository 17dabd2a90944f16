"""The budgets of a completion: one commit and at most ten statements, whatever the history's length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal

import pytest
from sqlalchemy import Connection, event

from engine import shop
from engine.customers import archive
from engine.model import SYSTEM, Event
from engine.store.database import Database, Transaction
from engine.store.statement import Query
from tests.engine.customers.pen import LI, MONDAY_9AM, add_order
from tests.engine.shop_desk import COURIER, ShopDesk

BUDGET = 10


@contextmanager
def counted(db: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement from read to commit; an executemany is one, BEGIN and COMMIT are none."""
    statements: list[str] = []
    run, run_many, read = Transaction.run, Transaction.run_many, Query.all

    def counted_run(self: Transaction, statement: object, params: object) -> object:
        statements.append(statement.name)  # type: ignore[attr-defined]
        return run(self, statement, params)  # type: ignore[arg-type]

    def counted_run_many(self: Transaction, statement: object, rows: object) -> object:
        statements.append(statement.name)  # type: ignore[attr-defined]
        return run_many(self, statement, rows)  # type: ignore[arg-type]

    def counted_read(self: Query, connection: Connection, params: Mapping[str, object]) -> list[object]:
        statements.append(self.statement.name)
        return read(self, connection, params)

    def other(_c: object, _cursor: object, sql: str, *_: object) -> None:
        if sql != "BEGIN":
            statements.append(sql)

    event.listen(db.engine, "before_cursor_execute", other)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(Transaction, "run", counted_run)
            patched.setattr(Transaction, "run_many", counted_run_many)
            patched.setattr(Query, "all", counted_read)
            yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", other)


def test_contact_courier_takes_at_most_ten_statements(desk: ShopDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.inquire()
    desk.complete(
        "check_logistics", COURIER, hours_since_update=Decimal(50), stuck_in_region=False, customer_urges=True
    )
    task = desk.task("contact_courier")
    with counted(desk.db, monkeypatch) as statements:
        desk.runtime.complete(
            task, {"stall_cause": "backlog", "courier_reply": "积压", "confirmed_lost": False}, COURIER
        )
    assert len(statements) <= BUDGET, statements


def test_what_a_person_stands_by_is_kept_in_the_completion_itself(
    desk: ShopDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.inquire()
    desk.complete(
        "check_logistics", COURIER, hours_since_update=Decimal(50), stuck_in_region=False, customer_urges=True
    )
    task = desk.task("contact_courier")
    note = Event(kind="wording.confirmed", value={"task": task, "phrases": ["明天"]})
    with counted(desk.db, monkeypatch) as statements:
        desk.runtime.complete(
            task, {"stall_cause": "backlog", "courier_reply": "明天", "confirmed_lost": False}, COURIER, notes=(note,)
        )
    assert len(statements) <= BUDGET, statements
    assert desk.column("SELECT count(*) FROM history_event WHERE kind = 'wording.confirmed'") == [1]


def test_the_last_job_of_a_called_dispatch_takes_at_most_ten_statements(
    desk: ShopDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.reach_last_job_of_called_dispatch()
    desk.definitions.all_latest()  # compiled once a process, not once a step
    with counted(desk.db, monkeypatch) as statements:
        assert desk.runner.run_due(50) == 1
    assert desk.column("SELECT end_state FROM process_instance ORDER BY key") == ["end_reshipped", "end_dispatched"]
    assert len(statements) <= BUDGET, statements


@pytest.mark.parametrize(
    ("said", "opens"), [("nin", "您好,您的订单"), ("mr", "张先生,您的订单"), ("by_channel", "亲,您的订单")]
)
def test_a_form_of_address_costs_no_statement_more(
    desk: ShopDesk, monkeypatch: pytest.MonkeyPatch, said: str, opens: str
) -> None:
    with desk.db.begin() as tx:
        add_order(tx, "SO-1001")
        if said == "by_channel":
            shop.save_settings(tx, {"address_by_channel": "是"}, SYSTEM, now=MONDAY_9AM)
        else:
            key = archive.enter(tx, "C-88", seen_at=MONDAY_9AM)
            archive.change(tx, key, {"address_as": said}, LI, now=MONDAY_9AM)
    desk.reach_last_job_of_called_dispatch()
    desk.definitions.all_latest()
    with counted(desk.db, monkeypatch) as statements:
        assert desk.runner.run_due(50) == 1
    (text,) = desk.column(
        "SELECT text FROM outbox WHERE audience = 'customer' ORDER BY written_at DESC, id DESC LIMIT 1"
    )
    assert str(text).startswith(opens)
    assert len(statements) <= BUDGET, statements


def test_the_number_of_statements_does_not_grow_with_the_history(
    desk: ShopDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    desk.inquire()
    for _ in range(12):
        desk.complete(
            "check_logistics", COURIER, hours_since_update=Decimal(30), stuck_in_region=False, customer_urges=False
        )
        desk.drain()
        desk.next_timer()
        with counted(desk.db, monkeypatch) as statements:
            desk.runner.run_due(50)
        counts.append(len(statements))
    assert len(set(counts)) == 1, counts
