"""A supervisor's day: what is late, who does it, whose data, who is there, what the figures say, how it was done."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import advance, do_task, start_case, walk_to

pytestmark = pytest.mark.browser


def late_case(agent: Page) -> str:
    """A case whose first task nobody does for a day, or for as many as the shop is shut."""
    case_id = start_case(agent, "p10_courier_query", "SO-2603", "三天没有更新")
    late = agent.locator(".headline .sign-late")
    for _ in range(12):
        advance(agent, "24h")
        agent.goto(f"/cases/{case_id}")
        if late.count():
            break
    expect(late).to_be_visible()
    return case_id


@pytest.mark.timeout(240)
def test_what_is_late_goes_to_somebody_who_does_it_and_hears_of_it(as_person: Callable[..., Page]) -> None:
    agent = as_person("li.na")
    case_id = late_case(agent)
    supervisor = as_person("zhou.min")
    supervisor.goto("/board")
    overdue = supervisor.get_by_test_id("board-numbers").get_by_role("link", name=re.compile("超时"))
    expect(overdue).not_to_have_text(re.compile(r"^\s*0"))
    overdue.click()

    # The row is walked to, picked and handed over without the mouse.
    row = supervisor.get_by_test_id("board-tasks").locator("a[data-row]", has_text=f"工单 {case_id} ")
    walk_to(supervisor, row)
    supervisor.keyboard.press("x")
    supervisor.keyboard.press("a")
    expect(supervisor.get_by_test_id("assign-to")).to_be_focused()
    supervisor.get_by_test_id("assign-to").select_option("wang.fang")
    supervisor.locator("#assign-reason").fill("李娜手上太多")
    supervisor.locator("#assign-reason").press("Enter")
    expect(supervisor.get_by_test_id("told")).to_contain_text("已转派")

    doer = as_person("wang.fang")
    doer.goto("/")
    doer.get_by_test_id("bell").click()
    doer.get_by_role("link", name=re.compile("周敏.*转派给您.*李娜手上太多")).first.click()
    expect(doer.locator("#main")).to_contain_text("SO-2603")
    doer.goto(f"/cases/{case_id}")
    expect(doer.get_by_test_id("timeline")).to_contain_text("李娜手上太多")

    # What is masked is looked at once, and that is written down.
    supervisor.goto(f"/cases/{case_id}")
    supervisor.get_by_test_id("reveal-customer_id").first.press("Enter")
    expect(supervisor.get_by_test_id("revealed").first).not_to_contain_text("*")
    expect(supervisor.get_by_test_id("timeline")).to_contain_text("查看个人信息", timeout=20_000)

    # Who is there; and a case that is offered to the supervisor becomes the supervisor's.
    supervisor.goto("/roster")
    expect(supervisor.get_by_test_id("on-duty")).to_contain_text("现在")
    expect(supervisor.get_by_test_id("roster-line").filter(has_text="李娜")).to_be_visible()
    agent.goto(f"/cases/{case_id}/transfer")
    agent.locator("#to").select_option("user:zhou.min")
    agent.fill("#reason", "买家要求主管处理")
    agent.get_by_test_id("send-transfer").click()
    supervisor.goto("/transfers")
    supervisor.get_by_test_id("transfer").filter(has_text="买家要求主管处理").get_by_test_id("accept").click()
    supervisor.goto(f"/cases/{case_id}")
    expect(supervisor.locator(".headline")).to_contain_text("负责人 周敏")


@pytest.mark.timeout(240)
def test_a_figure_leads_to_its_case_and_the_case_to_its_quality(as_person: Callable[..., Page]) -> None:
    agent, supervisor = as_person("li.na"), as_person("zhou.min")
    case_id = start_case(agent, "p10_courier_query", "SO-2602", "到哪了")
    do_task(agent, case_id, hours_since_update="4", stuck_in_region="false", customer_urges="false")
    agent.goto(f"/cases/{case_id}")
    expect(agent.get_by_test_id("case-status")).to_contain_text("正常已告知", timeout=20_000)

    supervisor.goto("/kpi?group=handling")
    solved = supervisor.locator("[data-person='li.na'] [data-kpi=K20] a.kpi-value")
    solved.click()
    expect(supervisor.get_by_test_id("definition")).to_contain_text("公式")
    supervisor.get_by_test_id("part-numerator").first.click()
    line = supervisor.get_by_test_id("rows").get_by_role("link", name=f"工单 {case_id}", exact=True)
    line.click()
    expect(supervisor.get_by_test_id("case-status")).to_contain_text("正常已告知")

    supervisor.goto("/quality")
    supervisor.fill("#case_id", case_id)
    supervisor.get_by_test_id("add-case").click()
    form = supervisor.get_by_test_id("check-form")
    for field in form.locator("input[type=number]").all():
        field.fill(field.get_attribute("max") or "0")
    expect(form.locator("[data-sum]")).to_have_text("100")
    politeness = form.locator("input[type=number]").first
    politeness.fill("0")
    form.get_by_test_id("send-result").click()
    expect(supervisor.get_by_test_id("problem")).to_be_visible()  # points taken off want a reason
    supervisor.locator(".quality-remark").first.fill("没有称呼买家")
    supervisor.get_by_test_id("send-result").click()
    expect(supervisor.get_by_test_id("score")).to_be_visible()

    agent.goto("/quality/mine")
    agent.get_by_test_id("own-check").filter(has_text=case_id).click()
    expect(agent.locator("#main")).to_contain_text("没有称呼买家")


def test_a_manager_allows_a_file_and_sets_a_target(as_person: Callable[..., Page]) -> None:
    supervisor, manager = as_person("zhou.min"), as_person("wu.gang")
    supervisor.goto("/registers/urge_register")
    supervisor.get_by_test_id("export").locator("summary").click()
    supervisor.fill("#export-reason", "月底对账")
    supervisor.get_by_test_id("export-submit").click()
    request = manager.get_by_test_id("export-request").filter(has_text="催发货")
    manager.goto("/exports")
    request.get_by_test_id("refuse").click()
    expect(manager.get_by_role("alert")).to_be_visible()  # a refusal says why
    request.get_by_test_id("approve").click()
    expect(request.get_by_test_id("export-status")).not_to_have_text("待审批")

    manager.goto("/kpi/targets")
    manager.locator("[name='target.K20']").fill("96")
    manager.locator("#rules-note").fill("旺季目标")
    manager.get_by_test_id("save-rules").click()
    expect(manager.get_by_test_id("versions")).to_contain_text("旺季目标")
    supervisor.goto("/kpi/targets")
    expect(supervisor.locator("[name='target.K20']")).to_have_value("96")
    expect(supervisor.locator("[name='target.K20']")).to_be_disabled()
