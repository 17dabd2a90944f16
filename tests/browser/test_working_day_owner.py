"""A process owner's day in Chromium: a flow is changed from the first stroke to the last case that goes over to it.

A choice and a person's step more, the lint's complaints, a form, scenarios, past cases, a second person's review, the
deployment, one case on either version, the comparison, and the case that goes over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD, ROOT, Server
from tests.browser.drawing import field, finding, on, open_editor, select
from tests.browser.steps import log_in_on, open_task, start_case
from tests.browser.studio import OWNER, wait_until_saved
from tests.browser.test_accessibility import AXE, DESK, complaints

PROCESS = "p14_gift_free_shipping"
MANAGER, AGENT = "wu.gang", "lin.tao"
Person = Callable[..., Page]

#: A gateway and a task between the manager's yes and what follows it.
DRAW = """
  const modeling = get('modeling'), registry = get('elementRegistry'), make = get('elementFactory');
  const join = registry.get('join_handled'), pool = registry.get('pool_p14_gift_free_shipping');
  const flow = registry.get('f_apply_approval__join_handled');
  const named = (shape, id, name) => { modeling.updateProperties(shape, { id, name }); return registry.get(id); };
  const gateway = named(
    modeling.createShape(make.createShape({ type: 'bpmn:ExclusiveGateway' }), { x: 1800, y: 443 }, pool),
    'gw_large', '订单较大?');
  modeling.reconnectEnd(flow, gateway, { x: 1800, y: 443 });
  const task = named(
    modeling.createShape(make.createShape({ type: 'bpmn:UserTask' }), { x: 1960, y: 130 }, pool),
    'confirm_gift', '复核赠品');
  named(modeling.connect(gateway, join, { type: 'bpmn:SequenceFlow' }), 'f_gw_large__join_handled', '不大');
  named(modeling.connect(gateway, task, { type: 'bpmn:SequenceFlow' }), 'f_gw_large__confirm_gift', '500元以上');
  named(modeling.connect(task, join, { type: 'bpmn:SequenceFlow' }), 'f_confirm_gift__join_handled', '');
"""


def form() -> bytes:
    """The new step's form."""
    text = (ROOT / f"forms/{PROCESS}/approve_gift.form").read_text(encoding="utf-8")
    head = text.partition('"components"')[0].replace("approve_gift", "confirm_gift")
    question = """"components": [
    {
      "type": "textarea", "id": "field_confirm_note", "key": "confirm_note", "label": "复核意见",
      "description": "订单较大时由部门经理复核一次。", "validate": {"required": true, "maxLength": 200}
    }
  ]
}
"""
    return (head + question).encode()


def scenarios() -> bytes:
    """The shipped ones, which pass the new gateway, and one that takes the new step."""
    text = (ROOT / f"processes/scenarios/{PROCESS}.yaml").read_text(encoding="utf-8")
    text = re.sub(r"apply_approval,(\s+)", r"apply_approval, gw_large,\1", text)
    return (
        text
        + """
- no: 14-A90
  title: 订单较大,经理同意后复核
  start: {request_gift: true, request_freeship: true, is_special_offer: true, order_amount: 600, dest_region: normal}
  do:
    decide_handling: {handling: submit, handling_reason: 老客户}
    approve_gift: {gift_approved: true, approved_gift: true, approved_freeship: false}
    confirm_gift: {confirm_note: 已核对}
  expect: {final_gift: true, confirm_note: 已核对}
  end: end_granted
"""
    ).encode()


def ask_for_a_gift(page: Page, order_id: str) -> str:
    """A case that waits for the manager's yes."""
    case = start_case(
        page, PROCESS, order_id, "想要赠品", request_gift="true", request_freeship="true", is_special_offer="true",
        order_amount="600", dest_region="normal",
    )  # fmt: skip
    open_task(page, case)
    page.locator("form [name=handling][value=submit]").check()
    page.locator("form [name=handling_reason]").fill("老客户")
    page.get_by_test_id("complete").click()
    expect(page.get_by_test_id("complete")).to_be_hidden()
    return case


def say_yes(page: Page, case: str) -> None:
    """The manager agrees to the gift alone."""
    open_task(page, case)
    for name, value in (("gift_approved", "true"), ("approved_gift", "true"), ("approved_freeship", "false")):
        page.locator(f"form [name={name}][value={value}]").check()
    page.get_by_test_id("complete").click()
    expect(page.get_by_test_id("complete")).to_be_hidden()


@pytest.mark.timeout(400)  # the whole day, with scenarios and past cases in it
def test_a_flow_is_changed_from_the_first_stroke_to_the_last_case(
    as_person: Person, chromium: Browser, server: Server
) -> None:
    agent, manager, owner = as_person(AGENT), as_person(MANAGER), as_person(OWNER)
    past, old, late = (ask_for_a_gift(agent, order) for order in ("SO-2607", "SO-2612", "SO-2607"))
    say_yes(manager, past)
    key = begin(owner)
    draw(owner, key)
    bring(owner, key)
    try_on_past_cases(owner, key)
    run_scenarios(owner, key)
    review(owner, manager, key)
    deploy(owner, key)
    new = ask_for_a_gift(agent, "SO-2612")
    say_yes(manager, new)
    expect(case_page(manager, new)).to_contain_text("复核赠品")
    say_yes(manager, old)  # on its own version
    expect(case_page(manager, old)).to_contain_text("已给予赠品/包邮")
    owner_compared = compare(owner)
    migration = go_over(owner)
    say_yes(manager, late)
    expect(case_page(manager, late)).to_contain_text("复核赠品")
    plan = f"/studio/processes/{PROCESS}/migrate"
    addresses = [plan, migration, f"/studio/changes/{key}/differences", owner_compared]
    assert looked_at(chromium, server, addresses) == {}


def looked_at(chromium: Browser, server: Server, addresses: list[str]) -> dict[str, list[str]]:
    """What axe finds on pages that lead nowhere on the first day."""
    context = chromium.new_context(base_url=server.url, viewport=DESK, bypass_csp=True, reduced_motion="reduce")
    context.add_init_script(path=AXE)
    page = log_in_on(context, OWNER, PASSWORD, [])
    found = {}
    for address in addresses:
        page.goto(address)
        if wrong := complaints(page):
            found[address] = wrong
    context.close()
    return found


def case_page(page: Page, case: str) -> Any:
    page.goto(f"/cases/{case}")
    return page.locator("main")


def begin(page: Page) -> str:
    """A change with the diagram in it; gives its key."""
    page.goto("/studio")
    page.locator("#into").select_option("")
    page.get_by_test_id(f"edit-bpmn-{PROCESS}").click()
    page.wait_for_url(re.compile(r"/studio/changes/\d+"))
    return page.url.split("/changes/")[1].split("/")[0]


def draw(page: Page, key: str) -> None:
    """What is missing is said, and mended in the panel."""
    open_editor(page, int(key), PROCESS)
    on(page, "", DRAW)
    expect(finding(page, "gateway.no_default")).to_have_count(1)
    expect(page.get_by_test_id("lint-count")).to_contain_text("错误")
    finding(page, "gateway.no_default").locator("button").click()
    on(page, "gw_large", "const flow = get('elementRegistry').get('f_gw_large__join_handled').businessObject; "
       "get('modeling').updateProperties(element, { default: flow });")  # fmt: skip
    select(page, "f_gw_large__confirm_gift")
    condition = field(page, "condition", "conditionExpression").locator("[contenteditable], textarea, input").first
    condition.click()
    page.keyboard.type("order_amount >= 500")
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    select(page, "confirm_gift")
    groups = field(page, "assignmentDefinition", "assignmentDefinitionCandidateGroups")
    groups.locator("input[value=dept_manager]").check()
    expect(finding(page, "gateway.no_default")).to_have_count(0)
    page.keyboard.press("Control+s")
    wait_until_saved(page)


def bring(page: Page, key: str) -> None:
    """The form and the scenarios come from files; the form is chosen in the diagram."""
    page.goto(f"/studio/changes/{key}")
    page.locator("#files").set_input_files([
        {"name": "confirm_gift.form", "mimeType": "application/json", "buffer": form()},
        {"name": f"{PROCESS}.yaml", "mimeType": "text/yaml", "buffer": scenarios()},
    ])  # fmt: skip
    page.get_by_test_id("import").click()
    expect(page.get_by_test_id(f"draft-scenario-{PROCESS}")).to_be_visible()
    open_editor(page, int(key), PROCESS)
    select(page, "confirm_gift")
    field(page, "form", "formId").locator("select").select_option(f"{PROCESS}.confirm_gift")
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    expect(page.get_by_test_id("lint-count")).to_have_text(re.compile("检查通过|错误 0"))


def try_on_past_cases(page: Page, key: str) -> None:
    """The past case would wait for a step that nobody has done: it says so."""
    page.goto(f"/studio/changes/{key}/backtest")
    page.get_by_test_id("start-backtest").click()
    page.wait_for_url(re.compile(r"/studio/backtests/\d+"))
    expect(page.get_by_test_id("backtest-run")).to_have_attribute("data-status", "done")
    expect(page.get_by_test_id("missing")).to_contain_text("复核赠品")


def run_scenarios(page: Page, key: str) -> None:
    page.goto(f"/studio/changes/{key}/tests")
    page.get_by_test_id("run-tests").click()
    expect(page.get_by_test_id("test-verdict")).to_contain_text("全部通过", timeout=90_000)


def review(owner: Page, manager: Page, key: str) -> None:
    """Who wrote it cannot approve; the manager sees what differs, and does."""
    owner.goto(f"/studio/changes/{key}/review")
    expect(owner.get_by_test_id("deploy")).to_be_disabled()
    owner.get_by_test_id("submit").click()
    expect(owner.get_by_test_id("approve")).to_have_count(0)
    manager.goto(f"/studio/changes/{key}/differences")
    expect(manager.locator("main")).to_contain_text("复核赠品")
    manager.goto(f"/studio/changes/{key}/review")
    manager.get_by_test_id("approve").click()
    expect(manager.locator("main")).to_contain_text("审核通过")


def deploy(page: Page, key: str) -> None:
    page.goto(f"/studio/changes/{key}/review")
    page.get_by_test_id("deploy").click()
    expect(page.locator("main")).to_contain_text("已发布", timeout=60_000)


def compare(page: Page) -> str:
    """The two versions beside each other; gives the address."""
    page.goto(f"/studio/history/bpmn/{PROCESS}")
    expect(page.get_by_test_id("version-2")).to_be_visible()
    page.get_by_test_id("compare").click()
    expect(page.locator("main")).to_contain_text("复核赠品")
    return page.url


def go_over(page: Page) -> str:
    """The case that still waits goes over to the new version; gives the address of the migration."""
    page.goto(f"/studio/processes/{PROCESS}/migrate")
    page.get_by_test_id("plan").click()
    page.fill("#reason", "较大的订单都要复核")
    page.get_by_test_id("dry-run").click()
    expect(page.get_by_test_id("migration-run")).to_have_attribute("data-status", "checked")
    page.get_by_test_id("go").click()
    expect(page.get_by_test_id("migration-run")).to_have_attribute("data-status", "done")
    expect(page.get_by_test_id("summary")).to_contain_text("已迁移 1")
    return page.url
