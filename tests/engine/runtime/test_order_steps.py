"""Connectors of orders within their steps: once a job whatever dies, told in the history, executed again alike."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert

from engine import canonical, shop
from engine.connectors import CONNECTORS, JobContext
from engine.model import Actor, Variables
from engine.store.tables import shop_order
from tests.engine.support import Engine, consistent
from tests.unit.bpmn.drawing import Drawing, mapping, properties

QIAN = Actor(id="qian", groups=frozenset({"finance"}))
APPEND = '<zeebe:taskHeaders><zeebe:header key="mode" value="append"/></zeebe:taskHeaders>'
#: As s02 writes its rows.
ROW = "={order_id: order_id, payout_amount: payout_amount, status: payout_status, paid_amount: paid_amount}"


class Crash(BaseException):
    """What a kill would be."""


@pytest.fixture
def shipped(engine: Engine) -> Engine:
    engine.connectors.update(CONNECTORS)
    facts = {"order_amount": Decimal(200), "order_remark": "老客户"}
    with engine.db.begin() as tx:
        order = {"order_id": "SO-1", "customer_id": "C-1", "channel": "phone", "order_stage": "paid", "updated_at": 0}
        tx.connection.execute(insert(shop_order).values(facts=canonical.encode(facts), **order))
    return engine


def order(engine: Engine) -> dict[str, object]:
    with engine.db.read() as connection:
        found = shop.order_facts(connection, "SO-1")
    assert found is not None
    return found


def test_a_remark_is_written_once_though_the_program_dies_behind_it(shipped: Engine) -> None:
    inputs = mapping({"order_remark": '="【赠品×1】"'})
    drawing = Drawing("p").start().service("mark", "update_order", APPEND + inputs).end()
    shipped.deploy(drawing.flow("start", "mark", "end"))
    key = shipped.start(order_id="SO-1", order_remark="不是输入")
    before = shipped.snapshot()
    write, dead = CONNECTORS["update_order"], []

    def write_and_die(job: JobContext) -> Variables:
        result = write(job)
        if not dead:
            dead.append(job.job_id)
            raise Crash
        return result

    shipped.connectors["update_order"] = write_and_die
    with pytest.raises(Crash):
        shipped.worker.drain()
    assert shipped.snapshot() == before
    shipped.worker.drain()
    assert order(shipped)["order_remark"] == "老客户\n【赠品×1】"
    assert shipped.kinds(key).count("order.updated") == 1
    consistent(shipped)


def test_bad_input_ends_as_an_incident_and_writes_nothing(shipped: Engine) -> None:
    inputs = mapping({"order_amount": '="很多"'})
    shipped.deploy(Drawing("p").start().service("s", "update_order", inputs).end().flow("start", "s", "end"))
    shipped.start(order_id="SO-1")
    for _ in range(4):
        shipped.worker.drain()
        shipped.clock.advance(timedelta(hours=1))
    assert shipped.count("incident") == 1
    assert order(shipped)["order_amount"] == Decimal(200)
    consistent(shipped)


def payout() -> Drawing:
    """A process that registers, lets finance pay, and registers again."""
    drawing = (
        Drawing("s02", refund_register=ROW)
        .start()
        .script("register", '="待打款"', "payout_status", properties(register="refund_register"))
    )
    drawing.user("pay", "finance").script(
        "confirm", '="已打款"', "payout_status", properties(register="refund_register")
    )
    return drawing.end().flow("start", "register", "pay", "confirm", "end")


def sum_up(engine: Engine, **given: object) -> dict[str, object]:
    asks = Drawing("ask").start().service("sum", "order_payouts").user("see").end()
    engine.deploy(asks.flow("start", "sum", "see", "end"))
    key = engine.start("ask", order_id="SO-1", **given)
    engine.worker.drain()
    (found,) = engine.column("SELECT variables FROM process_instance WHERE key = :key", key=key)
    known = canonical.decode(bytes(found))  # type: ignore[call-overload]
    return {name: known[name] for name in ("paid_out", "order_paid", "remaining")}


def test_payouts_of_an_order_are_summed_over_its_cases(shipped: Engine) -> None:
    shipped.deploy(payout())
    shipped.start("s02", order_id="SO-1", payout_amount=Decimal(50), paid_amount=None)
    shipped.complete("pay", QIAN, paid_amount=Decimal("49.50"))
    shipped.start("s02", order_id="SO-1", payout_amount=Decimal(30), paid_amount=None)
    called_off = shipped.start("s02", order_id="SO-1", payout_amount=Decimal(99), paid_amount=None)
    shipped.runtime.cancel(called_off, "重复", Actor(id="zhao", groups=frozenset({"supervisor"})))
    shipped.start("s02", order_id="SO-2", payout_amount=Decimal(7), paid_amount=None)
    assert sum_up(shipped) == {
        "paid_out": Decimal("79.50"),
        "order_paid": Decimal(200),
        "remaining": Decimal("120.50"),
    }
    consistent(shipped)


def test_the_asking_payout_itself_does_not_count(shipped: Engine) -> None:
    asks = (
        Drawing("s03", refund_register=ROW)
        .start()
        .script("register", '="待打款"', "payout_status", properties(register="refund_register"))
    )
    shipped.deploy(
        asks.service("sum", "order_payouts").user("pay").end().flow("start", "register", "sum", "pay", "end")
    )
    key = shipped.start("s03", order_id="SO-1", payout_amount=Decimal(150), paid_amount=None)
    shipped.worker.drain()
    (found,) = shipped.column("SELECT variables FROM process_instance WHERE key = :key", key=key)
    assert canonical.decode(bytes(found))["remaining"] == Decimal(200)  # type: ignore[call-overload]


def test_more_than_was_paid_leaves_nothing_and_who_has_not_paid_gets_nothing_back(shipped: Engine) -> None:
    shipped.deploy(payout())
    shipped.start("s02", order_id="SO-1", payout_amount=Decimal(250), paid_amount=None)
    assert sum_up(shipped)["remaining"] == 0
    with shipped.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE shop_order SET order_stage = 'unpaid'")
    assert sum_up(shipped)["order_paid"] == 0


def test_an_order_that_was_cancelled_before_anybody_paid_gives_nothing_back(shipped: Engine) -> None:
    with shipped.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE shop_order SET order_stage = 'cancelled', paid_at = NULL")
    assert sum_up(shipped)["order_paid"] == 0
    with shipped.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE shop_order SET paid_at = 1767315600000000")
    assert sum_up(shipped)["order_paid"] == Decimal(200)


def test_without_the_shops_row_the_amount_of_the_case_counts(engine: Engine) -> None:
    engine.connectors.update(CONNECTORS)
    found = sum_up(engine, order_amount=Decimal(80))
    assert found == {"paid_out": 0, "order_paid": Decimal(80), "remaining": Decimal(80)}
    assert sum_up(engine)["remaining"] is None
