"""The archive of customers: entered by orders and cases, changed by agents with history, found by name and number."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from engine import canonical, customers
from engine.clock import VirtualClock, to_microseconds
from engine.customers import archive, entering, finding
from engine.customers.archive import StaleCustomer
from engine.errors import InvalidValue, NotAllowed, NotFound, OwnCase
from engine.model import Actor
from engine.store.database import Database
from engine.store.tables import customer, register_row
from tests.conftest import FRIDAY_9AM
from tests.engine.customers.pen import CANG, LI, QIAN, XU, ZHOU, add_order, end_inquiry, system_events
from tests.engine.shop_desk import ShopDesk


@pytest.fixture
def key(db: Database) -> int:
    """C-88 with two orders, entered."""
    with db.begin() as tx:
        add_order(tx, "SO-1", waybill_no="YT1")
        add_order(tx, "SO-2", order_stage="unpaid", shop="静安门店", order_amount=Decimal(30))
        add_order(tx, "SO-3", customer_id="C-9", receiver_name="李四", receiver_phone="13911112222")
    entering.enter_customers_of_orders(db)
    with db.read() as connection:
        found = archive.find_key(connection, "C-88")
    assert found is not None
    return found


def change(db: Database, key: int, actor: Actor = LI, revision: int | None = None, **wanted: str) -> archive.Customer:
    with db.begin() as tx:
        return archive.change(tx, key, wanted, actor, now=FRIDAY_9AM, revision=revision)


def test_each_order_and_case_enters_its_customer(desk: ShopDesk) -> None:
    with desk.db.begin() as tx:
        add_order(tx, "SO-1", customer_id="C-5")
    desk.inquire()
    customers.keep_up(desk.db, desk.clock.now())
    with desk.db.read() as connection:
        found = {line.customer.customer_id: line.orders for line in finding.list_customers(connection).rows}
    assert found == {"C-5": 1, "C-88": 0}


def test_an_order_that_changed_moves_its_customer_to_the_front(db: Database, key: int) -> None:
    later = to_microseconds(FRIDAY_9AM + timedelta(hours=2))
    with db.begin() as tx:
        add_order(tx, "SO-4", customer_id="C-88", updated_at=later)
    entering.enter_customers_of_orders(db)
    with db.read() as connection:
        (first, second) = finding.list_customers(connection).rows
    assert (first.customer.key, first.orders, first.shops) == (key, 3, ("旗舰店", "静安门店"))
    assert second.customer.customer_id == "C-9"


def test_a_bulk_of_orders_of_one_instant_enters_every_customer_once(db: Database) -> None:
    with db.begin() as tx:
        for number in range(entering.BATCH + 20):
            add_order(tx, f"SO-{number}", customer_id=f"C-{number:04}")
    customers.keep_up(db, FRIDAY_9AM)
    with db.read() as connection:
        assert len(connection.execute(customer.select()).all()) == entering.BATCH + 20
    assert entering.enter_customers_of_orders(db) == 0


def test_an_order_committed_late_is_not_missed(db: Database, key: int) -> None:
    earlier = to_microseconds(FRIDAY_9AM - timedelta(minutes=10))
    with db.begin() as tx:
        add_order(tx, "SO-0", customer_id="C-LATE", updated_at=earlier)
    entering.enter_customers_of_orders(db)
    with db.read() as connection:
        assert archive.find(connection, "C-LATE") is not None


# --- finding -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "customer_id"),
    [("C-88", "C-88"), ("SO-1", "C-88"), ("YT1", "C-88"), (" SO-3 ", "C-9"), ("C-8", None), ("", None), ("%", None)],
)
def test_ids_orders_and_waybills_name_a_customer(db: Database, key: int, text: str, customer_id: str | None) -> None:
    with db.read() as connection:
        assert finding.customer_named(connection, text) == customer_id


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("张三", ["C-88"]),
        ("13800000000", ["C-88"]),
        ("+86 138-0000-0000", ["C-88"]),
        ("李 四", ["C-9"]),
        ("张", []),
        ("三", []),
        ("1380000", []),
        ("张%", []),
    ],
)
def test_only_a_whole_name_or_number_finds_people(db: Database, key: int, text: str, found: list[str]) -> None:
    with db.read() as connection:
        assert [one.customer_id for one in finding.customers_called(connection, text)] == found


def test_names_and_numbers_are_kept_nowhere_else_in_plain(db: Database, key: int) -> None:
    with db.read() as connection:
        rows = connection.exec_driver_sql("SELECT digest FROM customer_mark").scalars().all()
    assert len(rows) == 4
    assert all(len(row) == 32 and "张" not in row and "138" not in row for row in rows)


def test_a_list_goes_on_where_the_page_before_ended(db: Database) -> None:
    with db.begin() as tx:
        for number in range(7):
            archive.enter(tx, f"C-{number}", seen_at=FRIDAY_9AM)
    seen: list[str] = []
    after = None
    with db.read() as connection:
        while True:
            page = finding.list_customers(connection, after=after, limit=3)
            seen += [line.customer.customer_id for line in page.rows]
            after = page.next_after
            if after is None:
                break
        with pytest.raises(NotFound):
            finding.list_customers(connection, after="1; DROP TABLE customer")
    assert sorted(seen) == [f"C-{number}" for number in range(7)]
    assert len(seen) == 7


# --- changes -------------------------------------------------------------------------------------


def test_a_change_is_kept_with_old_and_new_and_told_to_the_systems_history(db: Database, key: int) -> None:
    change(db, key, level="gold", tags="爱送礼,企业 企业", address_as="mr", note="电话13800000000联系", good="1")
    changed = change(db, key, level="gold", tags="企业", address_as="mr", note="电话13800000000联系", good="1")
    assert (changed.level, changed.tags, changed.address_as) == ("gold", ("企业",), "mr")
    assert changed.good_since == FRIDAY_9AM
    assert changed.next_visit_at == FRIDAY_9AM + timedelta(days=30)
    with db.read() as connection:
        newest, first = archive.changes_of(connection, key)
    assert newest.changes == {"tags": (["企业", "爱送礼"], ["企业"])}
    assert first.changed_by == "li"
    assert first.changes["level"] == ("", "gold")
    told = [values for kind, values in system_events(db) if kind == "customer.updated"]
    assert len(told) == 2
    assert b"13800000000" not in b"".join(told)  # type: ignore[arg-type]


def test_saving_what_is_there_already_changes_nothing(db: Database, key: int) -> None:
    assert change(db, key).revision == 0
    assert system_events(db) == []


def test_of_two_people_the_second_is_told(db: Database, key: int) -> None:
    change(db, key, level="gold", revision=0)
    with pytest.raises(StaleCustomer):
        change(db, key, ZHOU, level="vip", revision=0)
    with db.read() as connection:
        assert archive.get(connection, key).level == "gold"


@pytest.mark.parametrize(
    "wrong",
    [
        {"level": "diamond"},
        {"address_as": "boss"},
        {"note": "长" * 1001},
        {"tags": "长" * 21},
        {"tags": " ".join(f"标签{n}" for n in range(11))},
    ],
)
def test_what_cannot_be_kept_is_refused(db: Database, key: int, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidValue):
        change(db, key, **wrong)


@pytest.mark.parametrize("actor", [CANG, QIAN, XU])
def test_who_lacks_p25_changes_nothing(db: Database, key: int, actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        change(db, key, actor, level="gold")


def test_nobody_keeps_the_own_entry(db: Database, key: int) -> None:
    buyer = Actor(id="li", name="李娜", groups=frozenset({"aftersales"}), customer_ids=frozenset({"C-88"}))
    with pytest.raises(OwnCase):
        change(db, key, buyer, level="vip")


# --- profile -------------------------------------------------------------------------------------


def test_a_profile_sums_up_what_is_kept_elsewhere(desk: ShopDesk) -> None:
    with desk.db.begin() as tx:
        add_order(tx, "SO-1001")
        add_order(tx, "SO-2", order_stage="cancelled", order_amount=Decimal(500))
    case = end_inquiry(desk)
    with desk.db.begin() as tx:
        for number, (register, amount) in enumerate([("refund_register", 20), ("compensation_register", 5)]):
            values = {"status": "已打款", "paid_amount": Decimal(amount)}
            row = {"id": number + 1, "register": register, "instance": int(case), "case_id": case, "element": "x"}
            tx.connection.execute(
                register_row.insert().values(values=canonical.encode(values), opened_at=0, written_at=0, **row)
            )
    with desk.db.read() as connection:
        found = customers.profile(connection, LI, "C-88", desk.definitions)
    assert found is not None
    assert (found.glance.orders, found.glance.spent) == (2, Decimal(120))
    assert (found.refunds, found.compensations) == (Decimal(20), Decimal(5))
    assert [line.name for line in found.cases] == ["快递查询流程"]
    assert found.cases[0].end_state_name == "正常已告知"
    assert found.names == ("张**",)
    assert found.glance.shown_id == "C-***"


def test_cases_of_others_are_counted_and_not_told(desk: ShopDesk) -> None:
    desk.inquire()
    other = Actor(id="chen", name="陈静", groups=frozenset({"presales"}))
    with desk.db.read() as connection:
        mine = customers.profile(connection, LI, "C-88", desk.definitions)
        others = customers.profile(connection, other, "C-88", desk.definitions)
        audited = customers.profile(connection, XU, "C-88", desk.definitions)
        assert customers.profile(connection, CANG, "C-88", desk.definitions) is None
        assert customers.glance(connection, CANG, "C-88") is None
    assert mine is not None
    assert others is not None
    assert audited is not None
    assert (len(mine.cases), mine.glance.open_cases, mine.glance.hidden_cases) == (1, 1, 0)
    assert (len(others.cases), others.glance.open_cases, others.glance.hidden_cases) == (0, 0, 1)
    assert audited.glance.cases == 1


def test_an_unknown_customer_has_nothing(db: Database, clock: VirtualClock) -> None:
    with db.read() as connection:
        found = customers.profile(connection, LI, "C-404")
    assert found is not None
    assert (found.customer, found.orders, found.cases, found.glance.grade) == (None, (), (), None)
