"""What stands around a task: where the process goes on, buyer and order, times, and personal data on a click."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from engine import accounts
from engine.errors import NotAllowed, NotFound
from engine.model import SYSTEM, Actor, Event
from engine.queries.outlook import look_ahead
from engine.queries.surroundings import Surroundings
from engine.runtime import revealing
from engine.store.tables import history_event, notification
from tests.engine.queries.conftest import LOST, Desk
from tests.engine.queries.test_inbox import plan, statements


@pytest.fixture
def around(desk: Desk) -> Surroundings:
    return Surroundings(desk.db, desk.definitions, desk.clock)


def said(desk: Desk, process: str, element: str) -> list[tuple[list[str], list[str]]]:
    """(flows of the conditions, names of the steps) of each way."""
    outlook = look_ahead(desk.definitions.latest(process), element)
    return [([c.flow for c in way.conditions], [step.name for step in way.steps]) for way in outlook.ways]


# --- where the process goes on -------------------------------------------------------------------


def test_every_way_behind_a_task_is_told_to_where_somebody_has_to_act(desk: Desk) -> None:
    assert said(desk, "p03_wrong_shipment", "verify_wrong_goods") == [
        (["发错"], ["协商是否接受错发商品"]),
        (["未发错 (ADDED)"], ["向客户解释核实结果", "核实未发错"]),
    ]


def test_conditions_of_gateways_in_a_row_add_up(desk: Desk) -> None:
    ways = said(desk, "p04_bulk_order", "confirm_bulk_quote")
    assert (["调整", "少于五件"], ["更新数量", "判定大单折扣", "告知未达大单条件", "按正常价"]) in ways
    assert (["不下单"], ["客户未下单"]) in ways


def test_no_user_task_of_the_shop_leads_nowhere_or_round_in_circles(desk: Desk) -> None:
    for deployed in desk.definitions.all_latest():
        for element in deployed.definition.elements.values():
            if element.kind == "userTask":
                outlook = look_ahead(deployed, element.id)
                assert outlook.ways, (deployed.process_id, element.id)
                for way in outlook.ways:
                    assert way.steps, (deployed.process_id, element.id)


def test_a_rehearsal_says_what_completing_then_does_and_writes_nothing(desk: Desk, around: Surroundings) -> None:
    case_id = desk.start()
    bob, task = desk.actor("bob"), desk.task("check_logistics")
    view = desk.queries.task(task, bob)
    with desk.db.read() as connection:
        before = connection.execute(select(func.count()).select_from(history_event)).scalar_one()
    expected = {
        "10": ["判定物流状态", "礼貌安抚客户"],
        "30": ["判定物流状态", "提醒快递更新物流"],
        "52": ["判定物流状态", "联系合作快递核实停滞原因"],
    }
    for hours, steps in expected.items():
        answers = {**LOST, "hours_since_update": Decimal(hours)}
        assert [step.name for step in around.rehearse(view, answers, bob)][: len(steps)] == steps
    with desk.db.read() as connection:
        assert connection.execute(select(func.count()).select_from(history_event)).scalar_one() == before
    desk.complete("check_logistics", "bob", **{**LOST, "hours_since_update": Decimal(52)})
    opened = [row.element for row in desk.queries.case(case_id, bob).tasks if row.status == "open"]
    assert opened == ["contact_courier"]


def test_a_rehearsal_names_the_groups_and_the_decision(desk: Desk, around: Surroundings) -> None:
    desk.start()
    bob = desk.actor("bob")
    view = desk.queries.task(desk.task("check_logistics"), bob)
    rule, task = around.rehearse(view, {**LOST, "hours_since_update": Decimal(52)}, bob)
    assert (rule.kind, rule.words) == ("rule", "停滞")
    assert (task.kind, task.groups) == ("task", ("courier",))


def test_a_rehearsal_of_what_cannot_be_completed_says_nothing(desk: Desk, around: Surroundings) -> None:
    desk.start()
    bob = desk.actor("bob")
    view = desk.queries.task(desk.task("check_logistics"), bob)
    desk.complete("check_logistics", "bob", **LOST)
    assert around.rehearse(desk.queries.task(view.row.id, bob), LOST, bob) == ()
    assert around.rehearse(view, LOST, bob) == ()  # a page that is older than the completion


# --- buyer and order -----------------------------------------------------------------------------


def test_buyer_and_order_stand_beside_a_task_masked(desk: Desk, around: Surroundings) -> None:
    case_id = desk.start()
    beside = around.beside(case_id, desk.actor("bob"))
    assert beside.buyer is not None
    assert beside.order is not None
    assert (beside.buyer.customer_id, beside.buyer.orders, beside.buyer.cases) == ("C-***", 1, 1)
    assert (beside.order.stage, beside.order.order_id) == ("已发货", "SO-1001")
    assert beside.order.parcel is not None
    assert (beside.order.parcel.stage, beside.order.parcel.location) == ("运输中", "杭州")
    facts = {fact.name: fact.value for fact in beside.order.facts}
    assert facts["receiver_phone"] == "138****1234"
    assert "张三" not in str(beside)
    assert "C-88001" not in str(beside)


def test_earlier_cases_are_those_that_the_person_may_see(desk: Desk, around: Surroundings) -> None:
    first = desk.start("ann")
    complaint = {"issue_type": "quality", "description": "破损"}
    second = desk.start("pia", "p01_compensation", **complaint)
    here = desk.start("ann", description="再问一次")
    for person, seen in (("ann", {first, second}), ("sup", {first, second}), ("pia", {first})):
        of = {"pia": second}.get(person, here)
        beside = around.beside(of, desk.actor(person))
        assert beside.buyer is not None
        found = {case.case_id for case in beside.buyer.earlier}
        if person == "pia":  # presales sees its own case only
            assert found == set()
            assert beside.buyer.cases == 1
        else:
            assert found == seen
            assert (beside.buyer.cases, beside.buyer.open_cases) == (3, 2)


def test_a_case_that_the_person_may_not_see_has_no_surroundings(desk: Desk, around: Surroundings) -> None:
    case_id = desk.start()
    for person in ("cang", "cai", "own", "adm"):
        with pytest.raises(NotFound):
            around.beside(case_id, desk.actor(person))


def test_the_surroundings_take_few_statements_whatever_the_buyers_past(desk: Desk, around: Surroundings) -> None:
    case_id = desk.start()
    around.beside(case_id, desk.actor("bob"))  # the versions are compiled once
    with statements(desk.db) as few:
        around.beside(case_id, desk.actor("bob"))
    for number in range(12):
        desk.start(description=f"第{number}次")
    with statements(desk.db) as many:
        around.beside(case_id, desk.actor("bob"))
    assert len(many) == len(few)
    assert len(many) <= 16


def test_no_case_of_others_is_walked_to_find_a_buyers(desk: Desk, around: Surroundings) -> None:
    case_id = desk.start()
    for person in ("ann", "sup"):
        with statements(desk.db) as seen:
            around.beside(case_id, desk.actor(person))
        with desk.db.read() as connection:
            for sql, parameters in seen:
                if "FROM process_instance" in sql or "FROM shop_order" in sql:
                    lines = plan(connection, sql, parameters)
                    assert not [line for line in lines if line.startswith("SCAN process_instance")], sql
                    assert not [line for line in lines if line.startswith("SCAN shop_order")], sql


# --- times ---------------------------------------------------------------------------------------


def test_times_tell_when_a_step_began_and_how_long_it_took(desk: Desk, around: Surroundings) -> None:
    case_id = desk.start()
    began = desk.clock.now()
    desk.pass_time(timedelta(hours=2))
    desk.complete("check_logistics", "bob", **{**LOST, "hours_since_update": Decimal(52)})
    desk.pass_time(timedelta(minutes=30))
    instance = desk.queries.case(case_id, desk.actor("bob")).instances[0]
    times = around.times(instance)
    done, running = times["check_logistics"], times["contact_courier"]
    assert (done.first_at, done.last_at, done.spent) == (began, began + timedelta(hours=2), timedelta(hours=2))
    assert (running.last_at, running.spent, running.rounds) == (None, timedelta(minutes=30), 1)


# --- personal data on a click --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "may"),
    [("ann", True), ("sup", True), ("bob", False), ("aud", False)],
)
def test_agents_look_in_own_cases_supervisors_in_their_teams_auditors_never(
    desk: Desk, around: Surroundings, person: str, may: bool
) -> None:
    case_id = desk.start("ann")
    if may:
        phone = around.personal(case_id, desk.actor(person), "receiver_phone")
        assert (phone.value, phone.label) == ("13800001234", "电话")
    else:
        with pytest.raises(NotAllowed):
            around.personal(case_id, desk.actor(person), "receiver_phone")


@pytest.mark.parametrize("person", ["cang", "cai", "own", "adm", "pia"])
def test_who_may_not_see_the_case_does_not_even_learn_that_it_exists(
    desk: Desk, around: Surroundings, person: str
) -> None:
    case_id = desk.start("ann")
    with pytest.raises(NotFound) as refusal:
        around.personal(case_id, desk.actor(person), "receiver_phone")
    assert "没有这个工单" in refusal.value.message_zh


def test_the_warehouse_looks_only_while_a_task_of_the_case_is_its_own(desk: Desk, around: Surroundings) -> None:
    case_id = desk.start_reship()
    cang = desk.actor("cang")
    known = {"info_complete": True, "region_type": "normal", "courier_reachable": True, "receipt_affected": False}
    desk.complete("verify_customer_info", "pia", **known)
    with pytest.raises(NotAllowed):
        around.personal(case_id, cang, "receiver_phone")
    desk.runtime.claim(desk.task("pick_goods"), cang)
    assert around.personal(case_id, cang, "receiver_phone").value == "13800001234"
    with pytest.raises(NotAllowed):
        around.personal(case_id, cang, "customer_id")  # its task does not need it


@pytest.mark.parametrize("name", ["order_id", "channel", "description", "", "nothing", "case_id", "x" * 64, "' OR 1=1"])
def test_only_personal_fields_that_the_case_has_can_be_looked_at(desk: Desk, around: Surroundings, name: str) -> None:
    case_id = desk.start("ann")
    with pytest.raises(NotFound):
        around.personal(case_id, desk.actor("ann"), name)


def looked(desk: Desk, case_id: str, times: int) -> int:
    event = Event(kind="personal.revealed", value={"field": "receiver_phone"})
    count = 0
    for _ in range(times):
        count = revealing.reveal(desk.runtime, case_id, event, "receiver_phone", desk.actor("ann"))
    return count


def test_each_look_stands_in_the_history_without_the_data(desk: Desk) -> None:
    case_id = desk.start("ann")
    looked(desk, case_id, 2)
    found = [e for e in desk.queries.events(case_id, SYSTEM) if e.kind == "personal.revealed"]
    assert [(e.actor, e.value) for e in found] == [("ann", {"field": "receiver_phone"})] * 2


def test_the_managers_hear_once_a_day_of_who_looks_too_often(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with desk.db.begin() as tx:
        accounts.add(tx, "dep", "经理", "correct horse battery", ["dept_manager"])
    monkeypatch.setattr(revealing, "MOST_A_DAY", 3)
    case_id = desk.start("ann")
    assert looked(desk, case_id, 3) == 3
    assert notices(desk) == []
    assert looked(desk, case_id, 3) == 6
    assert notices(desk) == [("dep", "privacy", "安妮今天查看个人信息已超过 3 次,请核实。")]
    desk.clock.advance(timedelta(days=1))
    assert looked(desk, case_id, 4) == 4
    assert len(notices(desk)) == 2


@pytest.mark.parametrize(
    ("heads", "gone", "looker", "told"),
    [
        ({"dep": ["dept_manager"]}, [], "ann", ["dep"]),
        ({"dep": ["dept_manager"]}, [], "dep", ["adm", "aud"]),
        ({"dep": ["dept_manager"], "two": ["dept_manager"]}, [], "dep", ["adm", "aud", "two"]),
        ({"dep": ["dept_manager"]}, ["aud"], "dep", ["adm"]),
        ({"dep": ["dept_manager", "auditor"]}, [], "dep", ["adm", "aud"]),
        ({"dep": ["dept_manager", "admin"]}, ["adm", "aud"], "dep", []),
        ({}, [], "ann", ["adm", "aud"]),
        ({"dep": ["dept_manager"]}, ["dep", "aud"], "ann", ["adm"]),
    ],
    ids=["agent", "only manager", "one of two", "no auditor", "auditor too", "nobody else", "no manager", "all gone"],
)
def test_of_a_manager_who_looks_too_often_people_of_other_standing_hear(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    heads: dict[str, list[str]],
    gone: list[str],
    looker: str,
    told: list[str],
) -> None:
    with desk.db.begin() as tx:
        for one, groups in heads.items():
            accounts.add(tx, one, one, "correct horse battery", groups)
        for one in gone:
            accounts.set_active(tx, one, active=False)
    monkeypatch.setattr(revealing, "MOST_A_DAY", 1)
    event = Event(kind="personal.revealed", value={"field": "receiver_phone"})
    who = Actor(id=looker, name=looker, groups=frozenset(heads.get(looker, ["aftersales"])))
    case_id = desk.start("ann")
    for _ in range(3):
        revealing.reveal(desk.runtime, case_id, event, "receiver_phone", who)
    assert sorted(person for person, _, _ in notices(desk)) == told


def notices(desk: Desk) -> list[tuple[str, str, str]]:
    columns = (notification.c.user, notification.c.occasion, notification.c.text)
    with desk.db.read() as connection:
        wanted = select(*columns).where(notification.c.occasion == "privacy")
        return [tuple(row) for row in connection.execute(wanted)]
