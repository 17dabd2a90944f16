"""Lists that duties work through, one of several processes to open, absences that a process enters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

import pytest
from sqlalchemy import insert

from engine import canonical, failpoints, roster, shop
from engine.clock import VirtualClock, to_microseconds
from engine.connectors import CONNECTORS, JobContext
from engine.errors import JobFailed
from engine.model import SYSTEM
from engine.store.database import Database, Transaction
from engine.store.tables import parcel, shop_order
from tests.engine.ownership.hall import Hall
from tests.engine.ownership.test_cases_of_processes import headers, linked, one_step, run, variables
from tests.engine.register_pen import RegisterPen
from tests.engine.roster.people import FRIDAY, MONDAY, at, hire
from tests.engine.support import Engine
from tests.engine.test_connectors import job
from tests.unit.bpmn.drawing import mapping

HOUR = timedelta(hours=1)


@pytest.fixture
def hall(engine: Engine) -> Hall:
    return Hall(engine)


@pytest.fixture
def tx(db: Database) -> Iterator[Transaction]:
    hire(db)
    with db.begin() as transaction:
        yield transaction


def ask(
    tx: Transaction, clock: VirtualClock, job_type: str, head: dict[str, str] | None = None, /, **inputs: object
) -> dict[str, object]:
    plain = job(tx, clock, head or {})
    context = JobContext(**{f.name: getattr(plain, f.name) for f in fields(plain)} | {"inputs": inputs})
    return dict(CONNECTORS[job_type](context))


def order(tx: Transaction, order_id: str, stage: str, paid: datetime | None, changed: datetime) -> None:
    tx.connection.execute(
        insert(shop_order).values(
            order_id=order_id,
            customer_id="C-1",
            channel="marketplace",
            shop="旗舰店",
            order_stage=stage,
            facts=shop_facts("红色 L", "99.5"),
            paid_at=None if paid is None else to_microseconds(paid),
            updated_at=to_microseconds(changed),
        )
    )


def shop_facts(items: str, amount: str) -> bytes:
    return canonical.encode({"items": items, "order_amount": Decimal(amount)})


class TestOrders:
    """list_orders."""

    def test_those_of_the_stages_and_times_the_oldest_first(self, tx: Transaction, clock: VirtualClock) -> None:
        yesterday = FRIDAY - timedelta(days=1)
        order(tx, "A", "paid", at(yesterday, 23, 59), at(FRIDAY, 8))
        order(tx, "B", "paid", at(yesterday, 0), at(yesterday, 0))
        order(tx, "C", "unpaid", None, at(yesterday, 12))
        order(tx, "D", "shipped", at(yesterday, 12), at(FRIDAY, 8))
        order(tx, "E", "paid", at(FRIDAY, 0), at(FRIDAY, 0))
        head = {"stages": "unpaid, paid"}
        found = ask(tx, clock, "list_orders", head, since=at(yesterday, 0), until=at(FRIDAY, 0))
        assert [one["order_id"] for one in found["orders"]] == ["B", "C", "A"]  # type: ignore[attr-defined]
        assert found["order_count"] == 3
        assert found["orders"][0] == {  # type: ignore[index]
            "order_id": "B", "customer_id": "C-1", "shop": "旗舰店", "order_stage": "paid",
            "order_amount": Decimal("99.5"), "items": "红色 L", "paid_at": at(yesterday, 0),
        }  # fmt: skip

    def test_more_than_anybody_works_through_are_counted(self, tx: Transaction, clock: VirtualClock) -> None:
        for number in range(203):
            order(tx, f"N{number:03}", "paid", at(FRIDAY, 8), at(FRIDAY, 8))
        found = ask(tx, clock, "list_orders", {"stages": "paid"})
        assert (len(found["orders"]), found["order_count"]) == (200, 203)  # type: ignore[arg-type]

    @pytest.mark.parametrize("stages", ["", "payed", "paid,lost"])
    def test_a_stage_that_there_is_not_is_refused(self, tx: Transaction, clock: VirtualClock, stages: str) -> None:
        with pytest.raises(JobFailed):
            ask(tx, clock, "list_orders", {"stages": stages})

    def test_a_time_that_is_none_is_refused(self, tx: Transaction, clock: VirtualClock) -> None:
        with pytest.raises(JobFailed):
            ask(tx, clock, "list_orders", {"stages": "paid"}, since="昨天")

    def test_those_of_one_customer(self, tx: Transaction, clock: VirtualClock) -> None:
        order(tx, "A", "paid", at(FRIDAY, 8), at(FRIDAY, 8))
        assert ask(tx, clock, "list_orders", {"stages": "paid"}, customer_id="C-1")["order_count"] == 1
        assert ask(tx, clock, "list_orders", {"stages": "paid"}, customer_id="C-2")["order_count"] == 0


class TestParcels:
    """list_parcels and list_shops."""

    def test_those_of_which_news_came_with_whose_they_are(self, tx: Transaction, clock: VirtualClock) -> None:
        order(tx, "A", "shipped", at(FRIDAY, 8), at(FRIDAY, 8))
        for waybill_no, order_id, stage, hour in (
            ("YT1", "A", "exception", 9),
            ("YT2", None, "stuck", 10),
            ("YT3", "A", "in_transit", 9),
            ("YT4", "A", "exception", 11),
        ):
            row = {
                "waybill_no": waybill_no,
                "order_id": order_id,
                "courier": "圆通",
                "stage": stage,
                "location": "杭州",
            }
            tx.connection.execute(insert(parcel).values({**row, "last_update_at": to_microseconds(at(FRIDAY, hour))}))
        bounds = {"since": at(FRIDAY, 9), "until": at(FRIDAY, 11)}
        found = ask(tx, clock, "list_parcels", {"stages": "exception, stuck"}, **bounds)
        assert found["parcels"] == [
            {
                "waybill_no": "YT1", "order_id": "A", "customer_id": "C-1", "courier": "圆通", "stage": "exception",
                "location": "杭州", "last_update_at": at(FRIDAY, 9),
            },
            {
                "waybill_no": "YT2", "order_id": None, "customer_id": None, "courier": "圆通", "stage": "stuck",
                "location": "杭州", "last_update_at": at(FRIDAY, 10),
            },
        ]  # fmt: skip
        assert found["parcel_count"] == 2
        assert ask(tx, clock, "list_parcels")["parcel_count"] == 4

    def test_shops_are_those_of_orders_and_of_settings(self, tx: Transaction, clock: VirtualClock) -> None:
        order(tx, "A", "shipped", at(FRIDAY, 8), at(FRIDAY, 8))
        shop.save_settings(tx, {"pack_tiles": shop.ON}, SYSTEM, now=clock.now(), shop="砖店")
        assert ask(tx, clock, "list_shops") == {"shops": [{"shop": "旗舰店"}, {"shop": "砖店"}], "shop_count": 2}


def test_what_somebody_did_in_a_day_is_counted_by_process(hall: Hall) -> None:
    one_step(hall, "maker", "record")
    one_step(hall, "teller", "day_record", mapping({"person": '="li"', "since": "=begin", "until": "=now()"}))
    begin = hall.engine.clock.now()
    run(hall, "maker", "li")
    for person in ("li", "li", "wang"):
        case_id = run(hall, "maker", person)
        (task,) = hall.engine.column("SELECT id FROM user_task WHERE case_id = :case_id", case_id=case_id)
        hall.runtime.complete(int(str(task)), {}, hall.actor(person), submission_key=f"k{case_id}")
    hall.engine.clock.advance(HOUR)
    told = variables(hall, run(hall, "teller", "li", begin=begin))
    assert told["worked"] == [{"process": "流程", "done": 2, "ended": 2}]
    assert [told[name] for name in ("tasks_done", "cases_opened", "cases_ended", "cases_open")] == [2, 3, 2, 1]
    later = variables(hall, run(hall, "teller", "li", begin=hall.engine.clock.now()))
    assert (later["tasks_done"], later["worked"]) == (0, [])


def test_nobody_has_done_nothing(hall: Hall) -> None:
    one_step(hall, "teller", "day_record", mapping({"person": "=whose"}))
    run(hall, "teller", "li", whose=None)
    told = variables(hall, run(hall, "teller", "li", whose=None))
    assert [told[name] for name in ("tasks_done", "cases_opened", "cases_ended", "cases_open", "worked")] == [
        0, 0, 0, 0, [],
    ]  # fmt: skip


def test_what_is_no_account_is_refused(tx: Transaction, clock: VirtualClock) -> None:
    with pytest.raises(JobFailed):
        ask(tx, clock, "day_record", person=7)


class TestTargets:
    """set_target, and who enters it."""

    def approve(self, hall: Hall, **changed: object) -> str:
        given = {"person": "li", "month": "2026-02", "sales_target": Decimal("88000.50"), "approved_by": "zhou"}
        inputs = {name: f"=t_{name}" for name in given}
        one_step(hall, "planner", "set_target", mapping(inputs))
        return run(hall, "planner", "li", **{f"t_{name}": value for name, value in {**given, **changed}.items()})

    def entered(self, hall: Hall) -> list[object]:
        return hall.engine.column("SELECT month || person || value || entered_by FROM kpi_score ORDER BY id")

    def test_it_counts_for_a_month_to_come_and_twice_is_once(self, hall: Hall) -> None:
        self.approve(hall)
        assert self.entered(hall) == ["2026-02li8800050zhou"]
        run(hall, "planner", "li", t_person="li", t_month="2026-02", t_sales_target=Decimal("88000.50"),
            t_approved_by="sun")  # fmt: skip
        assert len(self.entered(hall)) == 1
        run(hall, "planner", "li", t_person="li", t_month="2026-02", t_sales_target=Decimal(90_000),
            t_approved_by="zhou")  # fmt: skip
        assert self.entered(hall)[1:] == ["2026-02li9000000zhou"]

    @pytest.mark.parametrize(
        "changed",
        [{"person": None}, {"month": "2026-13"}, {"month": None}, {"sales_target": Decimal(0)}, {"approved_by": None}],
        ids=str,
    )
    def test_what_is_no_target_is_refused_in_words(self, hall: Hall, changed: dict[str, object]) -> None:
        self.approve(hall, **changed)
        assert self.entered(hall) == []
        assert hall.engine.column("SELECT count(*) FROM job WHERE problem IS NOT NULL") == [1]

    def test_a_crash_enters_it_once(self, hall: Hall) -> None:
        with failpoints.watched(failpoints.Armed("kpi.target.entered", 1, "raise")), pytest.raises(failpoints.Crash):
            self.approve(hall)
        assert self.entered(hall) == []
        hall.engine.worker.drain()
        assert self.entered(hall) == ["2026-02li8800050zhou"]


class TestRows:
    """list_rows."""

    def test_those_that_fit_come_back_with_the_columns_asked_for(self, db: Database, clock: VirtualClock) -> None:
        pen = RegisterPen(db)
        for hour, agent, facts in ((8, "li", "迟到"), (9, "wang", "迟到"), (10, "li", "玩游戏")):
            pen.write("violation_register", to_microseconds(at(FRIDAY, hour)), agent=agent, facts=facts, fine=10)
        head = {"register": "violation_register", "columns": "agent,facts,nothing"}
        with db.begin() as tx:
            found = ask(tx, clock, "list_rows", head, agent="li", case=None)
            later = ask(tx, clock, "list_rows", head, agent="li", since=at(FRIDAY, 9))
        assert [one["facts"] for one in found["rows"]] == ["玩游戏", "迟到"]  # type: ignore[attr-defined]
        assert found["row_count"] == 2
        assert found["rows"][1].keys() == {"case_id", "opened_at", "agent", "facts", "nothing"}  # type: ignore[index]
        assert [one["facts"] for one in later["rows"]] == ["玩游戏"]  # type: ignore[attr-defined]

    def test_a_register_that_there_is_not_is_refused(self, tx: Transaction, clock: VirtualClock) -> None:
        for head in ({"register": "nowhere", "columns": "a"}, {"register": "violation_register"}):
            with pytest.raises(JobFailed):
                ask(tx, clock, "list_rows", head)


def test_open_cases_of_a_process_are_listed_and_this_one_is_not(hall: Hall) -> None:
    one_step(hall, "lister", "list_cases", headers(processes="lister,other"))
    first = run(hall, "lister", "li")
    second = run(hall, "lister", "wang", shop="旗舰店")
    assert variables(hall, first)["case_count"] == 0
    (listed,) = variables(hall, second)["cases"]  # type: ignore[misc]
    assert (listed["case_id"], listed["shop"]) == (first, None)  # type: ignore[index]
    third = run(hall, "lister", "li")
    assert [one["shop"] for one in variables(hall, third)["cases"]] == [None, "旗舰店"]  # type: ignore[attr-defined]
    assert (listed["owner"], listed["process_id"], listed["order_id"]) == ("li", "lister", "SO-1")  # type: ignore[index]


@pytest.mark.parametrize(("wanted", "opened"), [('="p"', 1), ("=null", 0)], ids=["one of them", "none"])
def test_one_of_several_processes_is_opened_as_the_input_says(hall: Hall, wanted: str, opened: int) -> None:
    one_step(hall, "opener", "start_process", headers(process_id="p, opener") + mapping({"process_id": wanted}))
    case_id = run(hall, "opener")
    assert len(linked(hall, case_id)) == opened
    assert hall.engine.column("SELECT count(*) FROM incident") == [0]


def test_a_process_that_the_step_does_not_name_is_never_opened(hall: Hall) -> None:
    one_step(hall, "opener", "start_process", headers(process_id="p,opener") + mapping({"process_id": '="evil"'}))
    case_id = run(hall, "opener")
    assert linked(hall, case_id) == []
    assert hall.engine.column("SELECT count(*) FROM job WHERE problem LIKE '%evil%'") == [1]


class TestAbsences:
    """add_absence and is_away."""

    LEAVE: ClassVar = {"person": "li", "from_time": at(MONDAY, 9), "to_time": at(MONDAY, 18), "approved_by": "zhou"}

    def test_it_is_in_the_roster(self, tx: Transaction, clock: VirtualClock) -> None:
        assert ask(tx, clock, "add_absence", **self.LEAVE, reason="看病", kind="sick") == {}
        assert roster.is_away(tx.connection, "li", at(MONDAY, 12))
        assert ask(tx, clock, "is_away", person="li", at=at(MONDAY, 12)) == {"away": True}
        assert ask(tx, clock, "is_away", person="li", at=at(MONDAY, 18)) == {"away": False}

    @pytest.mark.parametrize(
        "changed",
        [
            {"person": None}, {"person": "nobody"}, {"approved_by": "nobody"}, {"approved_by": None},
            {"to_time": at(MONDAY, 8)}, {"from_time": "明天"}, {"kind": "holiday"},
        ],
        ids=str,
    )  # fmt: skip
    def test_what_cannot_be_is_refused_in_words(
        self, tx: Transaction, clock: VirtualClock, changed: dict[str, object]
    ) -> None:
        with pytest.raises(JobFailed) as refusal:
            ask(tx, clock, "add_absence", **{**self.LEAVE, "reason": "看病", **changed})
        assert refusal.value.message_zh

    def test_twice_is_refused(self, tx: Transaction, clock: VirtualClock) -> None:
        ask(tx, clock, "add_absence", **self.LEAVE, reason="看病")
        with pytest.raises(JobFailed):
            ask(tx, clock, "add_absence", **self.LEAVE, reason="看病")


def test_an_order_that_was_unpaid_is_paid_from_then_on(tx: Transaction, clock: VirtualClock) -> None:
    order(tx, "U", "unpaid", None, at(FRIDAY, 8))
    order(tx, "S", "shipped", at(FRIDAY, 7), at(FRIDAY, 8))
    for order_id in ("U", "S"):
        plain = job(tx, clock, {}, order_id=order_id)
        context = JobContext(
            **{f.name: getattr(plain, f.name) for f in fields(plain)} | {"inputs": {"order_stage": "paid"}}
        )
        assert CONNECTORS["update_order"](context) == {"order_updated": True}
    stages = {name: shop.order_facts(tx.connection, name) for name in ("U", "S")}
    assert [(one["order_stage"], one["paid_at"]) for one in stages.values() if one] == [
        ("paid", clock.now()), ("shipped", at(FRIDAY, 7)),
    ]  # fmt: skip
