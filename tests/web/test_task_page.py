"""The task page says what comes next and what stands around; the case page tells times, changes and kinds."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from engine.clock import VirtualClock
from engine.feel import compile_expression
from engine.labels import Labels
from engine.model import SYSTEM
from engine.queries.outlook import Condition
from tests.web.browser import STALLED, Browser
from web import parts_of
from web.next_words import condition_words

Browse = Callable[[str], Browser]


@pytest.fixture
def wang(browse: Browse) -> Browser:
    return browse("wang")


@pytest.fixture
def task(wang: Browser) -> int:
    found = wang.open_task(wang.start_inquiry())
    wang.post(f"/tasks/{found}/claim")
    return found


def words(fragment: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", fragment)).split())


def coming(page: str) -> str:
    found = re.search(r"<h2>提交后.*?</ul>", page, re.S)
    assert found is not None
    return words(found[0])


def button(page: str) -> str:
    found = re.search(r'<span id="complete-words"[^>]*>([^<]*)</span>', page)
    assert found is not None
    return html.unescape(found[1])


# --- what comes next -----------------------------------------------------------------------------


def test_before_anything_is_filled_in_the_ways_are_told_with_their_conditions(wang: Browser, task: int) -> None:
    page = wang.get(f"/tasks/{task}").text
    said = coming(page)
    assert "提交后,看填写的内容" in said
    assert "若 物流状态 是 停滞(>48小时或滞留)" in said
    assert "联系合作快递核实停滞原因 快递" in said
    assert button(page) == "完成「查询物流状态」"


@pytest.mark.parametrize(
    ("hours", "urges", "text", "does"),
    [
        ("52", "true", "判定物流状态 停滞 → 然后 联系合作快递核实停滞原因 快递", "提交并转快递"),
        ("10", "false", "判定物流状态 正常 → 然后 告知客户物流状态 系统自动 → 然后 结案「正常已告知」", "提交并结案"),
    ],
)
def test_the_answers_decide_what_the_button_does(
    wang: Browser, task: int, hours: str, urges: str, text: str, does: str
) -> None:
    form = STALLED | {"hours_since_update": hours, "customer_urges": urges}
    fragment = wang.post(f"/tasks/{task}/next", form).text
    assert coming(fragment) == f"提交后 {text}"
    assert button(fragment) == does
    assert wang.get(f"/tasks/{task}").text.count('data-test="complete"') == 1  # nothing has happened


def test_what_the_button_says_is_what_happens(app: Flask, wang: Browser, task: int) -> None:
    assert "提交并转快递" in wang.post(f"/tasks/{task}/next", STALLED).text
    wang.post(f"/tasks/{task}", STALLED)
    case = parts_of(app).queries.task(task, SYSTEM).row.case_id
    opened = [row for row in parts_of(app).queries.case(case, SYSTEM).tasks if row.status == "open"]
    assert [row.candidate_groups for row in opened] == [("courier",)]


def test_wrong_answers_promise_nothing(wang: Browser, task: int) -> None:
    fragment = wang.post(f"/tasks/{task}/next", STALLED | {"hours_since_update": "-1"}).text
    assert "提交后,看填写的内容" in coming(fragment)
    assert button(fragment) == "完成「查询物流状态」"


def test_only_who_may_complete_the_task_is_told(wang: Browser, browse: Browse, task: int) -> None:
    assert browse("sun").post(f"/tasks/{task}/next", STALLED).status_code == 409  # it is wang's
    for person in ("lin", "cang", "qian", "kuai", "zheng", "zhou", "admin"):
        assert browse(person).post(f"/tasks/{task}/next", STALLED).status_code == 404, person


LABELS = Labels(
    names={"amount": "金额", "reply": "客户答复", "lost": "确认丢件", "ratio_rate": "比例", "issues": "问题"},
    options={"reply": {"accept": "接受", "reject": "拒绝"}, "lost": {}},
    personal=frozenset(),
)


@pytest.mark.parametrize(
    ("feel", "said"),
    [
        ('reply = "accept"', "客户答复 是 接受"),
        ('reply != "accept"', "客户答复 不是 接受"),
        ('not(reply = "accept")', "客户答复 不是 接受"),
        ("lost", "确认丢件:是"),
        ("not(lost)", "确认丢件:否"),
        ("lost = false", "确认丢件:否"),
        ("amount > 30", "金额 大于 ¥30.00"),
        ("not(amount > 30)", "金额 不超过 ¥30.00"),
        ("amount != 0", "有金额"),
        ("ratio_rate <= 0.3", "比例 不超过 30 %"),
        ("amount = null", "金额未填"),
        ("amount != null", "金额已填"),
        ("count(issues) = 0", "没有问题"),
        ("count(issues) > 0", "有问题"),
        ('lost and reply = "reject"', "确认丢件:是且客户答复 是 拒绝"),
        ("not(lost or amount > 30)", "确认丢件:否且金额 不超过 ¥30.00"),
    ],
)
def test_conditions_read_as_sentences_with_the_forms_words(app: Flask, feel: str, said: str) -> None:
    with app.test_request_context("/"):
        condition = Condition(gateway="", flow="", expression=compile_expression(feel))
        assert condition_words(condition, LABELS) == said


@pytest.mark.parametrize("feel", ["unknown_name", "amount + 1 > 3", "some x in issues satisfies x > 1", "true"])
def test_what_cannot_be_said_in_words_is_said_by_the_diagrams_names(app: Flask, feel: str) -> None:
    with app.test_request_context("/"):
        condition = Condition(gateway="是否值得?", flow="值得 (Q4)", expression=compile_expression(feel))
        assert condition_words(condition, LABELS) == "是否值得:值得"


# --- beside the form -----------------------------------------------------------------------------


def test_buyer_order_and_earlier_cases_stand_beside_the_form(wang: Browser, task: int) -> None:
    earlier = wang.start_inquiry(description="上一次")
    page = wang.get(f"/tasks/{task}").text
    buyer, order = (re.search(rf'data-test="{name}">(.*?)</section>', page, re.S) for name in ("buyer", "order"))
    assert buyer is not None
    assert order is not None
    assert "1 个订单 · 2 个工单" in words(buyer[1])
    assert f'href="/cases/{earlier}"' in buyer[1]
    assert "运输中" in words(order[1])
    assert "四件套 ×1" in words(order[1])
    assert "C-8812" not in page


def test_cases_of_others_are_neither_listed_nor_counted(browse: Browse) -> None:
    lin, wang = browse("lin"), browse("wang")
    hidden = lin.post("/start/p04_bulk_order", {}).status_code
    assert hidden in (303, 422)
    mine = wang.open_task(wang.start_inquiry())
    page = wang.get(f"/tasks/{mine}").text
    assert "1 个工单" in words(page)


# --- the case page -------------------------------------------------------------------------------


@pytest.fixture
def stalled(wang: Browser, clock: VirtualClock) -> str:
    case = wang.start_inquiry()
    clock.advance(timedelta(hours=3, minutes=20))
    assert wang.post(f"/tasks/{wang.open_task(case)}", STALLED).status_code == 303
    return case


def test_the_diagram_and_a_table_tell_how_long_each_step_took(wang: Browser, stalled: str) -> None:
    page = wang.get(f"/cases/{stalled}").text
    found = re.search(r'data-diagram-state="([^"]+)"', page)
    assert found is not None
    times = json.loads(html.unescape(found[1]))["times"]
    assert times["check_logistics"] == "查询物流状态:今天 09:00 开始,用时 3小时20分"
    assert times["contact_courier"] == "联系合作快递核实停滞原因:今天 12:20 开始,已 不到1分"
    table = re.search(r'data-test="times">(.*?)</table>', page, re.S)
    assert table is not None
    assert "查询物流状态 今天 09:00 今天 12:20 3小时20分 1" in words(table[1])


def test_variables_tell_who_changed_them_when_where_from_what(wang: Browser, stalled: str) -> None:
    page = wang.get(f"/cases/{stalled}?tab=variables").text
    table = re.search(r'data-test="changes">(.*?)</table>', page, re.S)
    assert table is not None
    said = words(table[1])
    assert "52 王立新 · 今天 12:20 · 查询物流状态" in said
    assert "C-8812" not in page


@pytest.mark.parametrize(
    ("kind", "shown", "hidden"),
    [
        ("people", "完成任务", "写好发送内容"),
        ("steps", "决策", "写好发送内容"),
        ("nonsense", "完成任务", "没有这一类"),
    ],
)
def test_the_timeline_is_narrowed_by_kind(wang: Browser, stalled: str, kind: str, shown: str, hidden: str) -> None:
    page = wang.get(f"/cases/{stalled}?kind={kind}").text
    timeline = re.search(r'data-test="timeline">(.*?)</ol>', page, re.S)
    assert timeline is not None
    assert shown in timeline[1]
    assert hidden not in timeline[1]
    assert f"kind={kind if kind != 'nonsense' else 'all'}" in page  # the poll asks for the same


def test_messages_that_came_in_stand_with_those_that_went_out(app: Flask, browse: Browse, stalled: str) -> None:
    wang = browse("wang")
    courier = {"stall_cause": "backlog", "courier_reply": "网点爆仓", "confirmed_lost": "false"}
    wang.post(f"/tasks/{wang.open_task(stalled)}", courier)
    parts_of(app).worker.drain()
    event = re.search(rf'href="(/cases/{stalled}/events/\d+)"', wang.get(f"/cases/{stalled}").text)
    assert event is not None
    news = {"stage": "in_transit", "location": "上海", "updated_at": "2026-01-02T12:00"}
    answer = wang.post(event[1], news)
    assert answer.status_code == 303, answer.text
    page = wang.get(f"/cases/{stalled}?tab=messages").text
    incoming = re.search(r'data-test="incoming">(.*?)</div>\s*</div>', page, re.S)
    assert incoming is not None
    assert "物流恢复" in words(incoming[1])
    assert "王立新" in words(incoming[1])


# --- on paper ------------------------------------------------------------------------------------


def test_a_printed_case_bears_who_and_when_and_is_logged(browse: Browse, stalled: str) -> None:
    chen = browse("chen")
    asked = chen.get(f"/cases/{stalled}/print")
    assert 'data-test="paper"' not in asked.text
    answer = chen.post(f"/cases/{stalled}/print", {"reason": "给法务 13800138000"})
    assert answer.status_code == 303
    page = chen.get(answer.location).text
    mark = re.search(r'data-test="paper-mark">([^<]*)', page)
    assert mark is not None
    assert "陈静(chen) 2026-01-02 12:20:00 打印" in mark[1]
    for said in ("查询物流状态", "SO-1001", "停滞", "王立新"):
        assert said in page
    for secret in ("C-8812", "13800138000", "张小明"):
        assert secret not in page.replace("给法务 13800138000", "")
    timeline = chen.get(f"/cases/{stalled}").text
    assert "打印工单" in timeline
    assert "138****8000" in timeline


@pytest.mark.parametrize("person", ["lin", "cang", "qian", "kuai", "zhou", "admin"])
def test_who_may_not_see_a_case_does_not_print_it(browse: Browse, stalled: str, person: str) -> None:
    assert browse(person).get(f"/cases/{stalled}/print").status_code == 404
    assert browse(person).post(f"/cases/{stalled}/print").status_code == 404


def test_the_address_of_ones_print_is_worth_nothing_to_others(browse: Browse, stalled: str) -> None:
    address = browse("chen").post(f"/cases/{stalled}/print").location
    assert 'data-test="paper"' in browse("chen").get(address).text
    assert 'data-test="paper"' not in browse("wang").get(address).text
    other = browse("wang").start_inquiry()
    assert 'data-test="paper"' not in browse("chen").get(address.replace(f"/{stalled}/", f"/{other}/")).text
