"""A process owner draws: what the panel and the menus say, offer and lead to."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine.bpmn.fresh import new_process
from tests.browser.conftest import ROOT, Server
from tests.browser.drawing import (
    changed_lines,
    field,
    finding,
    first_of,
    on,
    open_editor,
    pad,
    say,
    select,
    selected,
)
from tests.browser.studio import OWNER, draft, open_change, wait_until_saved
from tests.sample import enough, kinds_of_xml, long, some

SHIPPED = enough(sorted(ROOT.glob("processes/*/*.bpmn")), kinds_of_xml)
COURIER = ("bpmn", "p10_courier_query")
COLLECT = Path(__file__).with_name("bpmn_texts.js").read_text(encoding="utf-8")
#: Latin words that are the names of things in every language here.
TECHNICAL = {"FEEL", "ISO", "JSON", "BPMN", "BPMN.iO", "fx"}
#: Kinds that the shipped diagrams do not draw.
OTHERS: list[dict[str, Any]] = [
    *({"type": f"bpmn:{name}Task"} for name in ("", "Manual", "Receive", "Script", "BusinessRule")),
    *({"type": f"bpmn:{name}Gateway"} for name in ("Parallel", "Inclusive", "Complex")),
    {"type": "bpmn:SubProcess", "isExpanded": True},
    {"type": "bpmn:SubProcess", "isExpanded": True, "triggeredByEvent": True},
    {"type": "bpmn:SubProcess"},
    {"type": "bpmn:Transaction", "isExpanded": True},
    {"type": "bpmn:AdHocSubProcess", "isExpanded": True},
    {"type": "bpmn:DataObjectReference"},
    {"type": "bpmn:DataStoreReference"},
    {"type": "bpmn:TextAnnotation"},
    *(
        {"type": f"bpmn:{event}", "eventDefinitionType": f"bpmn:{name}EventDefinition"}
        for event, names in {
            "StartEvent": "Timer Signal Conditional",
            "EndEvent": "Error Escalation Signal Compensate Terminate",
            "IntermediateThrowEvent": "Message Signal Escalation Link Compensate",
            "IntermediateCatchEvent": "Signal Conditional Link",
        }.items()
        for name in names.split()
    ),
]

Person = Callable[..., Page]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("files", some([SHIPPED[::3], SHIPPED[1::3], SHIPPED[2::3]], 1))
def test_the_editor_says_everything_in_chinese(as_person: Person, server: Server, files: list[Path]) -> None:
    page = as_person(OWNER)
    open_editor(page, open_change(server, COURIER))
    seen: set[str] = set()
    for file in files:
        seen |= check_texts(page, file.read_text(encoding="utf-8"), seen, [])
    assert len(seen) > 10


@pytest.mark.timeout(400)
@long
def test_it_also_says_in_chinese_what_no_shipped_diagram_draws(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    open_editor(page, open_change(server, COURIER))
    assert len(check_texts(page, new_process("p99_new", "新流程").decode(), set(), OTHERS)) > 30


def check_texts(page: Page, xml: str, seen: set[str], others: list[dict[str, Any]]) -> set[str]:
    """The kinds of elements of which every text was looked at."""
    answer = page.evaluate(COLLECT, [xml, sorted(seen), others])
    strange = {text: places[:2] for text, places in answer["found"].items() if not_chinese(text)}
    assert strange == {}
    return set(answer["kinds"])


def not_chinese(text: str) -> bool:
    if re.fullmatch(
        r"[\d:TZRP/+*MHDS\- ]+|0 0 9-17 \* \* MON-FRI|[a-z0-9_]+\.[a-z0-9_]+", text
    ):  # times as one writes them, ids of forms
        return False
    words = re.findall(r"[A-Za-z][A-Za-z.]+", text)
    return any(word not in TECHNICAL for word in words)


def test_the_editor_speaks_english_where_the_page_does(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, COURIER)
    page.goto("/studio")
    page.get_by_test_id("person-menu").locator("summary").click()
    page.locator("button[name=lang][value=en]").click()
    open_editor(page, key)
    select(page, "check_logistics")
    expect(page.locator(".bio-properties-panel-header-type")).to_have_text("User Task")
    expect(page.locator("[data-group-id=group-form]")).to_contain_text("Form")
    page.get_by_test_id("person-menu").locator("summary").click()
    page.locator("button[name=lang][value=zh]").click()


def test_a_person_draws_a_choice_and_the_lint_leads_to_what_is_missing(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, ("bpmn", "p97_try"))
    open_editor(page, key, "p97_try")
    select(page, "f_start__end_done")
    pad(page, "delete")
    select(page, "start")
    pad(page, "append.append-task")
    page.keyboard.type("核对订单")
    page.keyboard.press("Escape")
    pad(page, "replace")
    page.locator(".djs-popup .entry[data-id='replace-with-user-task']").click()
    # A form from the list, a group from the list.
    select(page, first_of(page, "bpmn:UserTask"))
    field(page, "form", "formId").locator("select").select_option("p10_courier_query.check_logistics")
    groups = field(page, "assignmentDefinition", "assignmentDefinitionCandidateGroups")
    groups.locator("input[value=aftersales]").check()
    groups.locator("input[value=supervisor]").check()
    # Two ways out of a gateway, neither with a condition.
    pad(page, "append.gateway")
    page.keyboard.press("Escape")
    gateway = first_of(page, "bpmn:ExclusiveGateway")
    select(page, gateway)
    pad(page, "append.end-event")
    page.keyboard.press("Escape")
    on(page, gateway, "get('modeling').connect(element, get('elementRegistry').get('end_done'));")
    missing = finding(page, "gateway.no_default")
    expect(missing).to_have_count(1)
    expect(page.get_by_test_id("lint-count")).to_contain_text("错误")
    expect(page.locator(".kf-mark-error").first).to_be_visible()
    # From the sentence to the gateway and its flow.
    missing.locator("button").click()
    assert selected(page) == [gateway]
    finding(page, "gateway.no_condition").first.locator("button").click()
    condition = page.locator("[data-entry-id=conditionExpression] .cm-content")
    expect(condition).to_be_focused()
    (flow,) = selected(page)
    page.keyboard.type('logistics_status = "lost"')
    page.keyboard.press("Control+s")
    # The other one is taken where no condition holds.
    other = on(page, gateway, "return element.outgoing.find(({ id: each }) => each !== value).id;", flow)
    select(page, other)
    pad(page, "replace")
    page.locator(".djs-popup .entry[data-id='replace-with-default-flow']").click()
    expect(page.locator("[data-test=problems] li[data-rule^='gateway.']")).to_have_count(0)
    page.get_by_test_id("save").click()
    wait_until_saved(page)
    saved = draft(server, key, "bpmn", "p97_try").content.decode()
    assert '<zeebe:formDefinition formId="p10_courier_query.check_logistics"' in saved
    assert 'candidateGroups="aftersales,supervisor"' in saved
    assert "<zeebe:userTask />" in saved
    assert re.search(r"<bpmn:conditionExpression[^>]*>=logistics_status = \"lost\"</bpmn:conditionExpression>", saved)
    assert f'default="{other}"' in saved


def test_a_name_that_leads_nowhere_is_kept_and_marked(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, COURIER)
    open_editor(page, key)
    say(page, "check_logistics", "zeebe:FormDefinition", formId="p10_courier_query.gone")
    say(page, "check_logistics", "zeebe:AssignmentDefinition", candidateGroups="aftersales,moon")
    select(page, "check_logistics")
    form = field(page, "form", "formId")
    expect(form.locator("select")).to_have_value("p10_courier_query.gone")
    expect(form).to_contain_text("没有叫 p10_courier_query.gone 的表单")
    groups = field(page, "assignmentDefinition", "assignmentDefinitionCandidateGroups")
    expect(groups.locator("label.is-unknown")).to_contain_text("moon")
    groups.locator("input[value=supervisor]").check()
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    assert 'candidateGroups="aftersales,moon,supervisor"' in draft(server, key, *COURIER).content.decode()


@pytest.mark.parametrize(
    ("element", "group", "entry", "chosen", "written"),
    some(
        [
            (
                "rule_logistics_status",
                "calledDecision",
                "decisionId",
                "compensation_approval",
                'decisionId="compensation_approval"',
            ),
            ("call_reship", "calledElement", "targetProcessId", "p08_repair", 'processId="p08_repair"'),
            ("remind_logistics", "taskDefinition", "taskDefinitionType", "poll_logistics", 'type="poll_logistics"'),
            (
                "check_logistics",
                "form",
                "formId",
                "p10_courier_query.file_claim",
                'formId="p10_courier_query.file_claim"',
            ),
        ],
        2,
    ),
)
def test_lists_in_place_of_names_to_be_typed(
    as_person: Person, server: Server, element: str, group: str, entry: str, chosen: str, written: str
) -> None:
    page = as_person(OWNER)
    key = open_change(server, COURIER)
    before = draft(server, key, *COURIER).content.decode()
    open_editor(page, key)
    select(page, element)
    field(page, group, entry).locator("select").select_option(chosen)
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    changed = changed_lines(before, draft(server, key, *COURIER).content.decode())
    assert [line[0] for line in changed] == ["-", "+"], changed
    assert written in changed[1]


def test_a_name_leads_to_what_it_names_and_takes_it_into_the_change(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, COURIER)
    open_editor(page, key)
    select(page, "rule_logistics_status")
    with page.expect_popup() as opened:
        field(page, "calledDecision", "decisionId-open").locator("button").click()
    opened.value.wait_for_url(re.compile(rf"/studio/changes/{key}/edit/decision/logistics_status$"))
    assert draft(server, key, "decision", "logistics_status").revision == 1


def test_formulas_are_completed_with_what_is_known_before_the_element(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    open_editor(page, open_change(server, COURIER))
    known = (
        "return (await get('variableResolver').getVariablesForElement(element.businessObject)).map(({ name }) => name);"
    )
    first, last = on(page, "gw_inputs_complete", known), on(page, "end_refunded", known)
    assert {"waybill_no", "case_id", "order"} <= set(first)  # of the start form and of the platform
    assert "search_note" not in first  # a field of a task that comes later
    assert {"search_note", "logistics_status", "waybill_no"} <= set(last)
    assert len(last) == len(set(last))
    select(page, "f_gw_customer_urges__soothe_customer")
    field(page, "condition", "conditionExpression").locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("customer_u")
    offered = page.locator(".cm-tooltip-autocomplete li", has_text="customer_urges")
    expect(offered).to_be_visible()
    expect(page.locator(".cm-completionInfo")).to_contain_text("写入")


def test_what_is_copied_in_one_diagram_is_pasted_in_another(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, COURIER, ("bpmn", "p97_paste"))
    open_editor(page, key)
    on(page, "check_logistics", "get('copyPaste').copy([element]);")
    open_editor(page, key, "p97_paste")
    on(page, "lane_aftersales", "get('copyPaste').paste({ element, point: { x: 520, y: 180 } });")
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    saved = draft(server, key, "bpmn", "p97_paste").content.decode()
    assert 'name="查询物流状态"' in saved
    assert 'formId="p10_courier_query.check_logistics"' in saved
    assert 'candidateGroups="aftersales"' in saved
