"""Cases, one and many, and the pages of their tasks."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.errors import NotFound
from engine.queries import TaskView
from tests.engine.queries.conftest import LOST, Desk
from tests.engine.queries.test_inbox import statements
from tests.engine.support import failing


def values(facts: tuple[Any, ...]) -> dict[str, object]:
    return {fact.name: fact.value for fact in facts}


# --- one user task -------------------------------------------------------------------------------


def view(desk: Desk, element: str, user_id: str) -> TaskView:
    return desk.queries.task(desk.task(element), desk.actor(user_id))


def test_a_task_comes_with_its_form_its_context_and_what_may_be_done(desk: Desk) -> None:
    case_id = desk.start()
    task = view(desk, "check_logistics", "bob")
    assert (task.status, task.form_id) == ("open", "p10_courier_query.check_logistics")
    assert task.schema is not None
    assert task.schema["id"] == task.form_id
    assert (task.may_claim, task.may_complete, task.may_unclaim) == (True, True, False)
    assert task.context["case_id"] == task.context["case"]["case_id"] == case_id
    assert task.context["waybill_no"] == "YT1"
    assert task.context["order"]["receiver_name"] == "张三"
    assert task.context["parcel"]["location"] == "杭州"
    assert task.documentation is not None
    assert "24小时" in task.documentation


def test_the_facts_above_a_form_are_labelled_masked_and_leave_out_what_the_form_asks(desk: Desk) -> None:
    desk.start()
    task = view(desk, "check_logistics", "bob")
    facts = values(task.facts)
    assert facts["channel"] == "第三方零售平台"
    assert facts["order_stage"] == "已发货"
    assert facts["receiver_phone"] == "138****1234"
    assert facts["customer_id"] == "C-***"
    assert "last_location" not in facts
    assert {fact.name for fact in task.facts if fact.masked} == {
        "customer_id",
        "receiver_name",
        "receiver_phone",
        "receiver_address",
    }


def test_a_supervisor_sees_a_task_without_doing_it_and_strangers_see_none(desk: Desk) -> None:
    desk.start()
    task = view(desk, "check_logistics", "sup")
    assert (task.may_claim, task.may_complete) == (False, False)
    for user_id in ("pia", "cang", "adm", "own"):
        with pytest.raises(NotFound):
            view(desk, "check_logistics", user_id)
    with pytest.raises(NotFound):
        desk.queries.task(404, desk.actor("sup"))


def test_a_claimed_task_may_be_given_back_by_its_owner_only(desk: Desk) -> None:
    desk.start()
    desk.runtime.claim(desk.task("check_logistics"), desk.actor("ann"))
    own, others = view(desk, "check_logistics", "ann"), view(desk, "check_logistics", "bob")
    assert (own.may_claim, own.may_complete, own.may_unclaim) == (False, True, True)
    assert (others.may_claim, others.may_complete, others.may_unclaim) == (False, False, False)


def test_an_ended_task_says_who_did_it(desk: Desk) -> None:
    desk.start()
    task_id = desk.task("check_logistics")
    desk.runtime.complete(task_id, LOST, desk.actor("ann"), submission_key="k1")
    task = desk.queries.task(task_id, desk.actor("ann"))
    assert (task.status, task.completed_by_name, task.submission_key) == ("completed", "安妮", "k1")
    assert (task.ended_at, task.may_complete) == (desk.clock.now(), False)
    assert task.context["hours_since_update"] == Decimal(80)


def test_the_warehouse_sees_the_receiver_in_its_own_task_only(desk: Desk) -> None:
    desk.start_reship()
    known = {"info_complete": True, "region_type": "normal", "courier_reachable": True, "receipt_affected": False}
    desk.complete("verify_customer_info", "pia", **known)
    assert values(view(desk, "pick_goods", "cang").facts)["receiver_phone"] == "138****1234"
    desk.runtime.claim(desk.task("pick_goods"), desk.actor("cang"))
    assert values(view(desk, "pick_goods", "cang").facts)["receiver_phone"] == "13800001234"
    assert values(view(desk, "pick_goods", "ann").facts)["receiver_phone"] == "138****1234"


# --- one case ------------------------------------------------------------------------------------


def test_a_case_shows_its_call_tree_with_live_tokens_and_what_was_done(desk: Desk) -> None:
    case = desk.queries.case(desk.start_reship(), desk.actor("ann"))
    root, child = case.instances
    assert (case.name, case.status, case.end_state_name, case.owner_name) == ("快递查询流程", "active", None, "安妮")
    assert case.waits_for == ("核实客户信息(售前客服)",)
    assert (root.process_id, dict(root.tokens), root.called_from) == ("p10_courier_query", {"call_reship": 1}, None)
    assert (child.process_id, dict(child.tokens)) == ("p07_delivery", {"verify_customer_info": 1})
    assert (child.called_from, child.parent) == ("call_reship", root.key)
    assert root.done["check_logistics"] == root.done["tm_search"] == root.done["notify_lost"] == 1
    assert "courier_search" not in root.done
    assert all(count == 1 for count in root.flows.values())
    assert [(row.element, row.status) for row in case.tasks] == [
        ("check_logistics", "completed"),
        ("courier_search", "cancelled"),
        ("file_claim", "completed"),
        ("verify_customer_info", "open"),
    ]


def test_a_waiting_boundary_timer_holds_no_token_and_is_a_job(desk: Desk) -> None:
    case_id = desk.start()
    desk.complete("check_logistics", **LOST)
    case = desk.queries.case(case_id, desk.actor("ann"))
    assert dict(case.instances[0].tokens) == {"courier_search": 1}
    assert [(job.element, job.name, job.kind, job.due_at) for job in case.jobs] == [
        ("tm_search", "快递查找超时", "timer", desk.clock.now() + timedelta(hours=24))
    ]
    assert case.waits_for == ("要求快递查找滞留件并退回(快递)",)


def test_an_event_gateway_is_waited_at_by_its_events(desk: Desk) -> None:
    case_id = desk.start()
    desk.complete("check_logistics", **{**LOST, "hours_since_update": Decimal(30)})
    case = desk.queries.case(case_id, desk.actor("ann"))
    assert set(case.waits_for) == {"物流更新", "满48小时复查"}


def test_a_case_shows_messages_registers_and_variables_in_chinese_and_masked(desk: Desk) -> None:
    case = desk.queries.case(desk.start_reship(), desk.actor("sup"))
    (message,) = case.messages
    assert (message.element_name, message.recipient, message.template) == (
        "告知客户按丢件处理并将重发",
        "C-***",
        "T10F",
    )
    assert "YT1" in message.text
    assert message.delivered_at is not None
    registers = {row.name: row for row in case.registers}
    assert registers["快递索赔登记表"].values["claim_no"] == "CL1"
    assert registers["快递索赔登记表"].labels["claim_no"] == "索赔单号"
    variables = values(case.variables)
    assert (variables["receiver_phone"], variables["search_result"], variables["logistics_status"]) == (
        "138****1234",
        "未找到",
        "丢件",
    )


@pytest.mark.parametrize(
    ("user_id", "sees"),
    [
        ("ann", True), ("bob", True), ("pia", True), ("cang", False), ("cai", False), ("sup", True), ("aud", True),
        ("own", False), ("adm", False),
    ],
)  # fmt: skip
def test_who_sees_the_case_sees_it_everywhere(desk: Desk, user_id: str, sees: bool) -> None:
    case_id, actor = desk.start_reship(), desk.actor(user_id)
    listed = [row.case_id for row in desk.queries.cases(actor).rows]
    assert listed == ([case_id] if sees else [])
    for read in (desk.queries.case, desk.queries.events, desk.queries.check_case):
        if sees:
            read(case_id, actor)
        else:
            with pytest.raises(NotFound):
                read(case_id, actor)


@pytest.mark.parametrize("case_id", ["404", "", "1 OR 1=1", "x" * 5000])
def test_a_case_that_is_none_is_not_found(desk: Desk, case_id: str) -> None:
    with pytest.raises(NotFound):
        desk.queries.case(case_id, desk.actor("sup"))


def test_a_case_that_goes_round_for_long_shows_its_last_tasks_and_messages(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.queries.case.MAX_LISTED", 2)
    case = desk.queries.case(desk.start_reship(), desk.actor("ann"))
    assert [row.element for row in case.tasks] == ["file_claim", "verify_customer_info"]
    assert [message.template for message in case.messages] == ["T10F"]


# --- the list ------------------------------------------------------------------------------------


def test_cases_are_listed_newest_first_by_pages_and_filters(desk: Desk) -> None:
    ids = [desk.start() for _ in range(5)]
    desk.complete("check_logistics", case_id=ids[0], **{**LOST, "hours_since_update": Decimal(3)})
    sup = desk.actor("sup")
    first = desk.queries.cases(sup, limit=3)
    rest = desk.queries.cases(sup, limit=3, after=first.next_after)
    assert [row.case_id for row in (*first.rows, *rest.rows)] == ids[::-1]
    assert rest.next_after is None
    (ended,) = desk.queries.cases(sup, status="completed").rows
    assert (ended.case_id, ended.end_state_name, ended.waits_for) == (ids[0], "正常已安抚", ())
    assert ended.ended_at == desk.clock.now()
    (found,) = desk.queries.cases(sup, text=ids[2]).rows
    assert (found.case_id, found.customer_id, found.owner_name) == (ids[2], "C-***", "安妮")
    assert found.waits_for == ("查询物流状态(售后客服)",)
    assert desk.queries.cases(sup, process_id="p07_delivery").rows == ()


def test_a_page_of_cases_costs_the_same_statements_however_long_it_is(desk: Desk) -> None:
    counted = []
    for _ in range(3):
        desk.start()
        with statements(desk.db) as seen:
            desk.queries.cases(desk.actor("bob"))
        counted.append(len(seen))
    assert counted[0] == counted[-1] <= 7


def test_a_called_process_is_no_case_of_its_own(desk: Desk) -> None:
    case_id = desk.start_reship()
    assert [row.case_id for row in desk.queries.cases(desk.actor("sup")).rows] == [case_id]


def test_an_incident_is_shown_on_the_diagram_and_counted(desk: Desk) -> None:
    desk.runtime.connectors = {"send_message": failing(times=99)}
    case_id = desk.start()
    desk.complete("check_logistics", **LOST)
    for _ in range(5):
        desk.pass_time(timedelta(hours=1))
    case = desk.queries.case(case_id, desk.actor("sup"))
    assert case.instances[0].incidents == {"notify_lost"}
    (incident,) = case.incidents
    assert (incident.element_name, incident.kind) == ("告知客户按丢件处理并将重发", "no_retries_left")
    assert [(job.element, job.due_at) for job in case.jobs] == [("notify_lost", None)]
    assert desk.queries.cases(desk.actor("sup")).rows[0].incidents == 1
