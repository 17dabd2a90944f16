"""The after-sales flows as people work them: clocks of days, the platform's ruling, the ladder up to the manager.

On a server of its own, whose clock goes on for weeks.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine.clock import SHANGHAI
from tests.browser.conftest import ROOT, Server, serving
from tests.browser.steps import advance, do_task, fill, open_task, start_case, waits_at
from tests.sample import long

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

AGENT, MANAGER, FINANCE = "li.na", "wu.gang", "sun.yue"
PICTURE = ROOT / "docs" / "screenshot.png"
#: An order for each test: what one pays is not left for another.
RETURNED, SILENT, CHANGED, RULED, HAGGLED = "SO-2610", "SO-2601", "SO-2602", "SO-2603", "SO-2604"
#: A parcel that comes back.
BACK = "SF2610000001"


@pytest.fixture(scope="module")
def server(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(shutil.copytree(demonstration, tmp_path_factory.mktemp("aftersales") / "shop")) as found:
        yield found


def now(page: Page) -> datetime:
    """What the virtual clock says."""
    shown = page.get_by_test_id("clock-now").get_attribute("datetime")
    assert shown is not None
    return datetime.fromisoformat(shown)


def days(page: Page, number: int) -> None:
    for _ in range(number):
        advance(page, "24h")


def picture(page: Page, field: str) -> None:
    page.set_input_files(f"form [data-files={field}] input[type=file]", PICTURE)
    expect(page.locator(f"form [data-files={field}] img")).to_have_count(1, timeout=20_000)


def submit(page: Page) -> None:
    page.get_by_test_id("complete").click()
    expect(page.get_by_test_id("complete")).to_have_count(0)


def follow_up(agent: Page, **more: str) -> str:
    given = {"kind": "return", "user_problem": "不加热", "goods_category": "small_appliance", "start_stage": "await"}
    lines = {"return_lines.0.model": "K1", "return_lines.0.qty": "1"}
    agent.goto("/start")
    agent.get_by_test_id("start-a07_return_exchange_followup").click()
    agent.locator("#known-order").fill(RETURNED)
    agent.get_by_test_id("prefill").click()
    expect(agent.locator("#start-form [name=order_id]")).to_have_value(RETURNED)
    for name, value in lines.items():
        agent.locator(f"form [name='{name}']").fill(value)
    fill(agent, **{**given, "refund_by_followup": "false", **more})
    agent.get_by_test_id("start").click()
    agent.wait_for_url("**/cases/*")
    return agent.url.split("/cases/")[1].split("?")[0]


def ends(page: Page, case_id: str, name: str) -> None:
    page.goto(f"/cases/{case_id}")
    expect(page.get_by_test_id("case-status")).to_contain_text(name, timeout=20_000)


def proven(server: Server, *cases: str) -> None:
    for case_id in cases:
        proof = server.command("audit", "re-execute", case_id)
        assert proof.returncode == 0, proof.stdout + proof.stderr


@long
def test_two_days_without_a_number_ten_without_logistics_twenty_and_it_was_not_sent(
    as_person: Callable[..., Page], server: Server
) -> None:
    agent = as_person(AGENT)
    case_id = follow_up(agent)
    begun = now(agent)
    waits_at(agent, case_id, "等待物流单号")
    days(agent, 1)
    waits_at(agent, case_id, "等待物流单号")
    days(agent, 1)
    waits_at(agent, case_id, "联系客户询问是否退回并录入单号")
    do_task(agent, case_id, contact_result="sent", return_waybill_no=BACK, courier="顺丰")
    waits_at(agent, case_id, "等待退件到仓")
    days(agent, 9)
    waits_at(agent, case_id, "等待退件到仓")
    days(agent, 1)
    waits_at(agent, case_id, "查找物流信息")
    # Not found and not reached: again every two days, until the twentieth.
    while True:
        do_task(agent, case_id, logistics_state="none", trace_note="没有轨迹")
        waits_at(agent, case_id, "找物流并联系顾客确认")
        do_task(agent, case_id, courier_reply="没有揽收记录", trace_result="unreachable")
        agent.goto(f"/cases/{case_id}")
        if now(agent) - begun >= timedelta(days=20):
            break
        waits_at(agent, case_id, "等待退件到仓")
        days(agent, 2)
        waits_at(agent, case_id, "查找物流信息")
    ends(agent, case_id, "视为未寄回")
    expect(agent.locator("main")).to_contain_text("按未寄回处理")
    proven(server, case_id)


def refund(agent: Page, order_id: str, **given: str) -> str:
    """A refund request that is made now."""
    agent.goto("/start")
    at = now(agent).astimezone(SHANGHAI)
    agent.get_by_test_id("start-a09_refund_request").click()
    agent.locator("#known-order").fill(order_id)
    agent.get_by_test_id("prefill").click()
    expect(agent.locator("#start-form [name=order_id]")).to_have_value(order_id)
    fill(agent, description="申请退款", trade_stage="after", amount="30", is_express="false", **given)
    agent.locator("form [name=applied_at]").fill(f"{at:%Y-%m-%dT%H:%M}")
    agent.get_by_test_id("start").click()
    agent.wait_for_url("**/cases/*")
    return agent.url.split("/cases/")[1].split("?")[0]


@long
def test_three_and_five_days_without_an_answer_are_a_yes(as_person: Callable[..., Page], server: Server) -> None:
    agent = as_person(AGENT)
    soon = refund(agent, SILENT, refund_type="return_goods", reason="no_reason", goods_category="other")
    later = refund(agent, SILENT, refund_type="refund_only", reason="wrong_missing")
    for case_id in (soon, later):
        waits_at(agent, case_id, "审核退款申请")
    days(agent, 2)
    waits_at(agent, soon, "审核退款申请")
    days(agent, 1)
    waits_at(agent, soon, "等待买家填写快递单号")
    waits_at(agent, later, "审核退款申请")
    days(agent, 2)
    waits_at(agent, later, "财务打款")
    finance = as_person(FINANCE)
    do_task(finance, later, pay_ok="true", payment_no="P-A09-1", paid_amount="30")
    ends(agent, later, "已退款")
    days(agent, 5)
    ends(agent, soon, "未填单号")
    proven(server, soon, later)


def register(page: Page, case_id: str, name: str, **given: str) -> None:
    page.goto(f"/cases/{case_id}")
    page.get_by_role("link", name=name).first.click()
    fill(page, **given)
    page.get_by_test_id("register").click()
    page.wait_for_url("**/cases/*")


@long
def test_a_changed_application_starts_a_new_clock(as_person: Callable[..., Page], server: Server) -> None:
    agent = as_person(AGENT)
    case_id = refund(agent, CHANGED, refund_type="refund_only", reason="wrong_missing")
    waits_at(agent, case_id, "审核退款申请")
    days(agent, 4)
    open_task(agent, case_id)
    fill(agent, decision="refuse", refuse_reason="没有少发")
    picture(agent, "refuse_evidence")
    submit(agent)
    waits_at(agent, case_id, "有一方响应")
    changed = {"response": "modify", "reason": "description", "refund_type": "refund_only", "amount": "20"}
    register(agent, case_id, "有一方响应", **changed)
    waits_at(agent, case_id, "审核退款申请")
    days(agent, 4)
    waits_at(agent, case_id, "审核退款申请")
    days(agent, 1)
    waits_at(agent, case_id, "财务打款")
    finance = as_person(FINANCE)
    do_task(finance, case_id, pay_ok="true", payment_no="P-A09-2", paid_amount="20")
    ends(agent, case_id, "已退款")
    proven(server, case_id)


@long
def test_the_platform_decides_and_the_shop_pays(as_person: Callable[..., Page], server: Server) -> None:
    agent, finance = as_person(AGENT), as_person(FINANCE)
    agent.goto("/start")
    at = now(agent).astimezone(SHANGHAI)
    agent.get_by_test_id("start-a08_platform_aftersale_task").click()
    agent.locator("#known-order").fill(RULED)
    agent.get_by_test_id("prefill").click()
    expect(agent.locator("#start-form [name=order_id]")).to_have_value(RULED)
    asked = {"aftersale_type": "refund_only", "reason": "description", "trade_stage": "after", "amount": "50"}
    fill(agent, problem_desc="面料不对", entry_stage="seller", **asked)
    agent.locator("form [name=applied_at]").fill(f"{at:%Y-%m-%dT%H:%M}")
    agent.get_by_test_id("start").click()
    agent.wait_for_url("**/cases/*")
    case_id = agent.url.split("/cases/")[1].split("?")[0]
    waits_at(agent, case_id, "卖家查看并判断合理性")
    open_task(agent, case_id)
    fill(agent, reasonable="false", decision="refuse", opinion="描述写明了面料")
    picture(agent, "seller_evidence")
    submit(agent)
    waits_at(agent, case_id, "记录买家反应")
    do_task(agent, case_id, reaction="buyer_intervene")
    waits_at(agent, case_id, "申请平台介入")
    open_task(agent, case_id)
    fill(agent, applicant="buyer", intervention_desc="买家不认可")
    picture(agent, "intervention_evidence")
    submit(agent)
    waits_at(agent, case_id, "登记平台审核结果")
    do_task(agent, case_id, platform_accepts="true", platform_case_no="TB-1")
    waits_at(agent, case_id, "平台调查")
    open_task(agent, case_id)
    fill(agent, statement="页面截图如附件")
    picture(agent, "proofs")
    submit(agent)
    waits_at(agent, case_id, "登记平台最终决定")
    do_task(agent, case_id, ruling="buyer", required_action="refund_only", ruling_amount="40", ruling_text="支持买家")
    waits_at(agent, case_id, "财务打款")
    do_task(finance, case_id, pay_ok="true", payment_no="P-A08-1", paid_amount="40")
    ends(agent, case_id, "已按决定执行")
    proven(server, case_id)


def test_the_ladder_up_to_the_manager_and_down_to_the_money(as_person: Callable[..., Page], server: Server) -> None:
    agent = as_person(AGENT)
    case_id = start_case(agent, "a05_negotiation_ladder", HAGGLED, raw_complaint="有瑕疵,要赔偿")
    waits_at(agent, case_id, "引导买家阐述细节")
    told = {"problem_clear": "true", "problem_type": "minor", "problem_detail": "袖口脱线", "evidence_ok": "true"}
    do_task(agent, case_id, **told, rights_intent="false", buyer_asks="money")
    waits_at(agent, case_id, "提出第一方案")
    do_task(agent, case_id, level="coupon", plan_text="亲,送您一张优惠券", coupon_value="5")
    waits_at(agent, case_id, "买家答复")
    do_task(agent, case_id, answer="refuse")
    waits_at(agent, case_id, "讲价还价")
    open_task(agent, case_id)
    fill(agent, level="compensate", plan_text="这不是我们的问题", amount="50")
    agent.get_by_test_id("complete").click()
    # Such words do not go out.
    expect(agent.locator("form [name=plan_text]")).to_have_attribute("aria-invalid", "true")
    fill(agent, plan_text="亲,给您补偿50元,您看可以吗")
    submit(agent)
    manager = as_person(MANAGER)
    waits_at(manager, case_id, "部门经理审批补偿额度")
    do_task(manager, case_id, manager_approved="true")
    waits_at(agent, case_id, "买家答复")
    do_task(agent, case_id, answer="accept")
    finance = as_person(FINANCE)
    waits_at(agent, case_id, "财务打款")
    do_task(finance, case_id, pay_ok="true", payment_no="P-A05-1", paid_amount="50")
    waits_at(agent, case_id, "落实与备注")
    do_task(agent, case_id, flag_note="【赔50,无差价 娜/1.2】", confirmed_with_buyer="true")
    ends(agent, case_id, "协商解决")
    proven(server, case_id)
