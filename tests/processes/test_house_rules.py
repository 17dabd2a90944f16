"""What the documents demand of every case of a kind: complaints first and with their cause, returns on record."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from engine import access, shop
from engine.clock import VirtualClock
from engine.errors import NotAllowed
from engine.model import Actor, Value
from engine.queries import Queries
from engine.scenarios.scenario import Visits
from engine.shop.rows import RowKind
from engine.store.database import Database
from engine.store.tables import outbox, process_instance
from tests.engine.shop_desk import DELIVERY, PRESALES, ShopDesk
from tests.processes.aftersales.charts import CHART_IDS
from tests.processes.catalogued import FLOWS, PROCESSES, drawing
from tests.processes.scenario_files import all_scenarios
from tests.processes.test_process_records import deployed, know_order, play, rows, texts

__all__ = ["deployed"]
RIGHTS = "p13_rights_protection"


def complain(db: Database, start: dict[str, Value] | None = None, cause: dict[str, Value] | None = None) -> None:
    """Play 13-S1, a complaint that is withdrawn, with some answers changed."""
    scenario = all_scenarios()["13-S1"]
    answers = scenario.do["record_root_cause"].at(0)
    assert answers is not None
    caused = Visits(({**answers, **(cause or {})},), every_time=True)
    play(
        db,
        replace(
            scenario,
            start={**scenario.start, **(start or {})},
            do={**scenario.do, "record_root_cause": caused},
            expect={},
        ),
    )


def test_a_complaint_is_urgent_and_so_is_what_it_calls(deployed: Database) -> None:
    play(deployed, "13-S1")
    with deployed.read() as connection:
        found = connection.execute(select(process_instance.c.process_id, process_instance.c.priority)).all()
    assert ("p13_rights_protection", "high") in [tuple(row) for row in found]
    assert {row.priority for row in found} == {"high"}


@pytest.mark.parametrize(("source", "logged"), [("phone", True), ("platform", False), ("chat", False)])
def test_a_complaint_by_telephone_stands_in_the_call_log(deployed: Database, source: str, logged: bool) -> None:
    complain(deployed, {"complaint_source": source, "description": "一直没人管"})
    assert ("call_log" in rows(deployed)) is logged
    if logged:
        assert rows(deployed)["call_log"]["description"] == "一直没人管"
        assert rows(deployed)["call_log"]["opened_at"] is not None


def test_no_complaint_ends_without_its_cause() -> None:
    """Whichever way is taken, the task that records the cause comes before an end that has a result."""
    drawn = drawing(RIGHTS)
    ends = {node["id"] for node in FLOWS[RIGHTS]["nodes"] if node["t"] == "end" and node["result"]}
    starts = [name for name, node in drawn.nodes.items() if node.tag == "startEvent"]
    reached, waiting = set(), [*starts, *(name for name, node in drawn.nodes.items() if node.tag == "boundaryEvent")]
    while waiting:
        name = waiting.pop()
        if name not in reached and name != "record_root_cause":
            reached.add(name)
            waiting += [flow.target for flow in drawn.flows_from(name).values()]
    assert ends
    assert not ends & reached
    assert len(starts) == 2


@pytest.mark.parametrize(
    ("category", "group"),
    [("warehouse", "warehouse"), ("courier", "courier"), ("service", "supervisor"), ("product", "operations")],
)
def test_the_department_that_caused_a_complaint_is_told_of_it(deployed: Database, category: str, group: str) -> None:
    complain(deployed, cause={"cause_category": category, "root_cause": "漏检", "improvement": "加检"})
    complaint = rows(deployed)["complaint_register"]
    assert (complaint["cause_category"], complaint["root_cause"]) == (category, "漏检")
    assert group in access.GROUPS
    told = select(outbox.c.recipient, outbox.c.text).where(outbox.c.element == "notify_department")
    with deployed.read() as connection:
        (row,) = connection.execute(told).all()
    assert row.recipient == group
    assert "漏检" in row.text


@pytest.mark.parametrize(
    ("scenario", "register", "reason"),
    [("12-S10", "return_register", "return_reason"), ("09-A1", "return_register", "exchange_reason")],
)
def test_a_return_is_on_record_with_its_reason(deployed: Database, scenario: str, register: str, reason: str) -> None:
    play(deployed, scenario)
    assert rows(deployed)[register][reason]


def test_finance_learns_two_numbers_of_who_wants_an_invoice_quickly(deployed: Database) -> None:
    play(deployed, "11-A1")
    said = dict(texts(deployed, "staff"))["send_id_to_finance"]
    assert said == "加急开票:客户ID C-***,订单 SO-1001。请优先开具。"


#: By permission; a14, a16, a27 and r12 wait for a switch of the shop, a28 and a29 are only called or opened by others.
P01 = {f"p{n:02}" for n in (1, 2, 3, 6, 8, 9, 10, 11, 12, 13)}
P01 |= {f"a{n:02}" for n in (*range(1, 14), 15, 17, 18, 19, 24, 25, 30, 31, 32)} | {
    "r11",
    "r13",
    "r15",
    "r16",
    "d05",
}
P02, P03 = {"p04", "p14", "a20", "a21", "a22", "a23", "d06"}, {"p05", "p07", "a33"}
#: Left to those who lead.
LEADERS = {"r14", "r17", "r20"}
PACKED = {"a14", "a16", "a26", "a27", "r12"}


@pytest.mark.parametrize(
    ("group", "flows"),
    [
        ("presales", P01 | P02 | P03),
        ("aftersales", P01 | P03),
        ("supervisor", P01 | P02 | P03 | LEADERS),
        ("dept_manager", P01 | P02 | LEADERS),
        ("warehouse", P03),
        *((group, set()) for group in ("finance", "courier", "process_owner", "auditor", "admin", "operations")),
    ],
)
def test_each_role_is_offered_the_flows_that_it_may_start(
    deployed: Database, clock: VirtualClock, group: str, flows: set[str]
) -> None:
    desk, somebody = ShopDesk(deployed, clock), Actor(id="somebody", groups=frozenset({group}))
    offered = Queries(deployed, desk.definitions, clock).startable(somebody)
    assert {option.process_id.split("_")[0] for option in offered} == flows
    hidden = {process for process in CHART_IDS if process.split("_")[0] in PACKED}
    assert len(hidden) == len(PACKED)
    for process in {*PROCESSES, *CHART_IDS} - hidden - {option.process_id for option in offered}:
        with pytest.raises(NotAllowed):
            desk.runtime.start(process, {}, somebody)


def test_who_packs_reads_where_a_large_order_goes_and_how(deployed: Database, clock: VirtualClock) -> None:
    know_order(deployed, "unpaid", items="杯子×5", receiver_name="张三")
    scenario = all_scenarios()["04-A1"]
    play(deployed, replace(scenario, start={**scenario.start, "order_id": "SO-1001"}))
    with deployed.read() as connection:
        facts = shop.order_facts(connection, "SO-1001")
    assert facts is not None
    assert facts["packaging"] == "together"
    assert facts["order_remark"] == "【大单】发货地点:杭州×5;包装:一起包装;优惠10%"
    desk = ShopDesk(deployed, clock)
    paid = {"order_id": "SO-1001", "customer_id": "C-88", "channel": "marketplace", "order_stage": "paid"}
    receiver = {"receiver_phone": "13800000000", "receiver_address": "杭州市1号", "order_amount": "100"}
    shop.import_rows(desk.runtime, [(1, RowKind.ORDER, paid | receiver)])
    desk.drain()
    desk.complete(
        "verify_customer_info",
        PRESALES,
        info_complete=True,
        region_type="normal",
        courier_reachable=True,
        receipt_affected=False,
    )
    desk.drain()
    desk.complete("pick_goods", DELIVERY, picked_complete=True)
    task = Queries(deployed, desk.definitions, clock).task(desk.task("pack_goods"), DELIVERY)
    read = {fact.name: fact.value for fact in task.facts}
    assert read["order_remark"] == facts["order_remark"]
