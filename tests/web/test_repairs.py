"""The operators' pages: the list of incidents with repairs of many at once, and the repairs of one case."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.clock import VirtualClock, to_microseconds
from engine.model import SYSTEM
from engine.store.tables import incident
from tests.web.browser import STALLED, Browser
from tests.web.conftest import FRIDAY_9AM
from web import parts_of

Browse = Callable[[str], Browser]
XSS = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
REASON = "快递公司系统升级"


@pytest.fixture
def cases(app: Flask, browse: Browse) -> list[str]:
    """Three cases, each with an incident of a completion that was undone, an hour apart."""
    wang = browse("wang")
    found = [wang.start_inquiry() for _ in range(3)]
    with parts_of(app).db.begin() as tx:
        for age, case_id in enumerate(found):
            at = to_microseconds(FRIDAY_9AM - timedelta(hours=age))
            row = {"id": wang.open_task(case_id), "instance": int(case_id), "case_id": case_id, "created_at": at}
            row |= {"element": "check_logistics", "kind": "completion_refused", "message": f"坏了 {XSS}"}
            tx.connection.execute(incident.insert().values(**row))
    return found


def ids(page: str) -> list[str]:
    return re.findall(r'name="incident" value="(-?\d+)"', page)


def results(page: str) -> list[tuple[str, str]]:
    """(yes or no, what is said) of each result."""
    told = re.findall(r'<li data-ok="(\w+)">.*?<span class="quiet">(.*?)</span></li>', page, re.S)
    return [(ok, text) for ok, text in told]


def status(app: Flask, case_id: str) -> str:
    return parts_of(app).queries.case(case_id, SYSTEM).status


# --- the list ------------------------------------------------------------------------------------


def test_incidents_are_listed_the_oldest_first(browse: Browse, cases: list[str]) -> None:
    page = browse("chen").get("/repairs").text
    assert re.findall(r'data-test="incident-case">[^<]* (\d+)<', page) == cases[::-1]
    assert "查询物流状态" in page
    assert "提交未生效" in page


def test_filters_stand_in_the_address_and_count(browse: Browse, cases: list[str]) -> None:
    chen = browse("chen")
    for query, count in [
        ("process=p10_courier_query", 3),
        ("process=p07_delivery", 0),
        ("kind=completion_refused", 3),
        ("kind=timer", 0),
        ("process=p10_courier_query&element=check_logistics", 3),
        ("age=1", 2),
        ("age=24", 0),
    ]:
        assert len(ids(chen.get(f"/repairs?{query}").text)) == count, query
    assert "提交未生效 3" in chen.get("/repairs").text
    assert "没有待处理的异常" in chen.get("/repairs?kind=timer").text


def test_pages_follow_each_other(app: Flask, browse: Browse, cases: list[str]) -> None:
    with parts_of(app).db.begin() as tx:
        rows = [
            {"id": -n, "instance": int(cases[0]), "case_id": cases[0], "element": "check_logistics"}
            | {"kind": "delivery", "message": "送不出", "created_at": n}
            for n in range(1, 60)
        ]
        tx.connection.execute(incident.insert(), rows)
    chen = browse("chen")
    first = chen.get("/repairs").text
    after = re.search(r'href="(/repairs\?[^"]*after=[^"]*)"', first)
    assert after is not None
    second = chen.get(after[1].replace("&amp;", "&")).text
    assert len(ids(first)) == 50
    assert len(ids(first) + ids(second)) == 62
    assert "符合条件的全部 62 个" in first


@pytest.mark.parametrize("path", ["/repairs?after=x", "/repairs?after=1", "/repairs?after=1.2.3"])
def test_no_such_page(browse: Browse, path: str) -> None:
    assert browse("chen").get(path).status_code == 404


# --- many at once --------------------------------------------------------------------------------


def test_each_gets_its_result_and_one_that_fails_stops_none(app: Flask, browse: Browse, cases: list[str]) -> None:
    chen = browse("chen")
    chosen = ids(chen.get("/repairs").text)
    parts_of(app).runtime.cancel(int(cases[1]), REASON, SYSTEM)
    answer = chen.post("/repairs", {"what": "retry", "incident": chosen})
    assert answer.status_code == 200
    assert sorted(ok for ok, _ in results(answer.text)) == ["no", "yes", "yes"]
    assert ("no", "该异常已处理。") in results(answer.text)
    assert ids(answer.text) == []


def test_cases_are_suspended_resumed_and_cancelled_by_their_incidents(
    app: Flask, browse: Browse, cases: list[str]
) -> None:
    chen = browse("chen")
    chosen = ids(chen.get("/repairs").text)[:2]
    answer = chen.post("/repairs", {"what": "suspend", "incident": chosen, "reason": REASON})
    assert results(answer.text) == [("yes", "工单已暂停。")] * 2
    assert [status(app, case) for case in cases] == ["active", "suspended", "suspended"]
    assert answer.text.count("sign-paused") == 2
    assert "已暂停" in chen.get("/cases?status=suspended").text
    answer = chen.post("/repairs", {"what": "resume", "incident": ids(answer.text)})
    assert sorted(ok for ok, _ in results(answer.text)) == ["no", "yes", "yes"]
    answer = chen.post("/repairs", {"what": "cancel", "incident": chosen, "reason": REASON})
    assert [status(app, case) for case in cases] == ["active", "cancelled", "cancelled"]
    assert len(ids(answer.text)) == 1


def test_tokens_are_skipped_by_their_incidents(app: Flask, browse: Browse, cases: list[str]) -> None:
    chen = browse("chen")
    chosen = ids(chen.get("/repairs").text)
    answer = chen.post("/repairs", {"what": "skip", "incident": chosen[0], "reason": REASON})
    assert results(answer.text) == [("yes", "已跳过。")]
    assert chosen[0] not in ids(answer.text)
    assert "人工跳过" in chen.get(f"/cases/{cases[-1]}").text


def test_everything_that_matches_can_be_chosen(app: Flask, browse: Browse, cases: list[str]) -> None:
    chen = browse("chen")
    answer = chen.post("/repairs?", {"what": "suspend", "everything": "1", "age": "1", "reason": REASON})
    assert len(results(answer.text)) == 2
    assert [status(app, case) for case in cases] == ["active", "suspended", "suspended"]


def test_nothing_chosen_or_no_reason_is_said_and_keeps_what_was_chosen(
    app: Flask, browse: Browse, cases: list[str]
) -> None:
    chen = browse("chen")
    nothing = chen.post("/repairs", {"what": "suspend", "reason": REASON})
    assert (nothing.status_code, "请先勾选" in nothing.text) == (422, True)
    assert REASON in nothing.text
    (one, *_) = ids(nothing.text)
    reasonless = chen.post("/repairs", {"what": "cancel", "incident": one})
    assert (reasonless.status_code, "请写明原因" in reasonless.text) == (422, True)
    assert re.search(rf'value="{one}"[^>]* checked', reasonless.text)
    assert [status(app, case) for case in cases] == ["active"] * 3


@pytest.mark.parametrize("form", [{"what": "destroy"}, {}, {"what": "retry", "incident": "x"}])
def test_what_no_page_of_ours_sends_is_not_found(browse: Browse, form: dict[str, str]) -> None:
    assert browse("chen").post("/repairs", form).status_code == 404


def test_a_script_gets_the_part_of_the_page(browse: Browse, cases: list[str]) -> None:
    chen = browse("chen")
    form = {"what": "retry", "incident": ids(chen.get("/repairs").text)}
    answer = chen.post("/repairs", form, headers={"HX-Request": "true"})
    assert answer.text.startswith('<div id="repairs"')
    assert len(results(answer.text)) == 3


# --- one case ------------------------------------------------------------------------------------


@pytest.fixture
def stalled(browse: Browse) -> str:
    """A case that asks the courier, with a timer at the edge of the task."""
    wang = browse("wang")
    case_id = wang.start_inquiry()
    assert wang.post(f"/tasks/{wang.open_task(case_id)}", STALLED).status_code == 303
    return case_id


def test_the_panel_names_the_steps_and_where_they_can_go(browse: Browse, stalled: str) -> None:
    page = browse("chen").get(f"/cases/{stalled}").text
    panel = page[page.index('id="repair"') :]
    assert "联系合作快递核实停滞原因" in panel
    assert re.search(r'<option value="check_logistics">查询物流状态</option>', panel)
    assert panel.count('type="checkbox" name="token"') == 1, "the timer at its edge goes with the task"
    assert "联系快递超时" in panel
    assert 'id="repair"' not in browse("wang").get(f"/cases/{stalled}").text
    assert 'id="repair"' not in browse("zheng").get(f"/cases/{stalled}").text


def test_a_token_is_moved_by_names_with_mended_data(app: Flask, browse: Browse, stalled: str) -> None:
    chen = browse("chen")
    task = chen.open_task(stalled)
    form = {"what": "move", "token": task, "enter": ["check_logistics", ""], "reason": REASON}
    form |= {"var_name": ["courier", ""], "var_type": ["text", "text"], "var_value": ["中通", ""]}
    answer = chen.post(f"/cases/{stalled}/instances/{stalled}", form)
    assert answer.status_code == 303, answer.text
    case = parts_of(app).queries.case(stalled, SYSTEM)
    assert [row.element for row in case.tasks if row.status == "open"] == ["check_logistics"]
    page = chen.get(f"/cases/{stalled}").text
    assert "人工移动" in page
    assert "取消了 联系合作快递核实停滞原因;移动到 查询物流状态" in page
    assert f"移动:{REASON}" in page
    assert 'data-same="yes"' in browse("zheng").post(f"/audit/{stalled}/re-execution").text


def test_a_chosen_token_is_skipped(app: Flask, browse: Browse, stalled: str) -> None:
    chen = browse("chen")
    task = chen.open_task(stalled)
    form = {"what": "skip", "token": task, "reason": REASON}
    form |= {"var_name": "confirmed_lost", "var_type": "boolean", "var_value": "是"}
    assert chen.post(f"/cases/{stalled}/instances/{stalled}", form).status_code == 303
    page = chen.get(f"/cases/{stalled}").text
    assert "人工跳过" in page
    assert f"跳过:{REASON}" in page


@pytest.mark.parametrize(
    ("form", "code", "sentence"),
    [
        ({"what": "skip", "reason": "x"}, 422, "请先勾选步骤。"),
        ({"what": "skip", "token": "{task}"}, 422, "请写明原因。"),
        ({"what": "move", "reason": "x"}, 422, "请选择要取消或要进入的步骤"),
        ({"what": "move", "enter": "no_such", "reason": "x"}, 409, "不能移动到 no_such。"),
        ({"what": "skip", "token": "{gone}", "reason": "x"}, 409, "该步骤已结束"),
        ({"what": "retry", "token": "{task}"}, 409, "该异常已处理。"),
        (
            {"what": "move", "reason": "x", "var_name": "n", "var_type": "number", "var_value": "abc"},
            422,
            "「abc」不是数字",
        ),
    ],
)
def test_what_is_wrong_is_said_on_the_page_and_nothing_typed_is_lost(
    browse: Browse, stalled: str, form: dict[str, str], code: int, sentence: str
) -> None:
    chen = browse("chen")
    places = {"{task}": str(chen.open_task(stalled)), "{gone}": f"{int(stalled) * 100_000_000 + 1}"}
    answer = chen.post(
        f"/cases/{stalled}/instances/{stalled}", {name: places.get(text, text) for name, text in form.items()}
    )
    assert (answer.status_code, sentence in answer.text) == (code, True)
    for name in ("reason", "var_value", "var_name"):
        if name in form:
            assert f'value="{form[name]}"' in answer.text


@pytest.mark.parametrize(
    "form", [{}, {"what": "destroy"}, {"what": "skip", "token": "x"}, {"what": "skip", "token": "7"}]
)
def test_what_no_case_page_sends_is_not_found(browse: Browse, stalled: str, form: dict[str, str]) -> None:
    assert browse("chen").post(f"/cases/{stalled}/instances/{stalled}", form).status_code == 404


def test_a_suspended_case_is_shown_as_such_and_its_task_refuses(app: Flask, browse: Browse, stalled: str) -> None:
    chen, wang = browse("chen"), browse("wang")
    task = wang.open_task(stalled)
    wang.post(f"/tasks/{task}/claim")
    assert chen.post(f"/cases/{stalled}/suspension", {"reason": REASON}).status_code == 303
    for page in (wang.get("/inbox?scope=mine").text, wang.get(f"/tasks/{task}").text, wang.get("/cases").text):
        assert "已暂停" in page
    assert 'data-test="suspended"' in wang.get(f"/tasks/{task}").text
    assert 'name="stall_cause"' not in wang.get(f"/tasks/{task}").text
    answers = {"stall_cause": "backlog", "courier_reply": "爆仓", "confirmed_lost": "false"}
    late = wang.post(f"/tasks/{task}", answers)
    assert (late.status_code, "该工单已暂停,恢复后才能办理。" in late.text) == (409, True)
    assert wang.post(f"/tasks/{task}/unclaim").status_code == 409
    assert chen.post(f"/cases/{stalled}/suspension", {"reason": REASON}).status_code == 409
    assert chen.post(f"/cases/{stalled}/resumption").status_code == 303
    assert wang.post(f"/tasks/{task}", answers).status_code == 303
    timeline = wang.get(f"/cases/{stalled}").text
    assert "暂停工单" in timeline
    assert "恢复工单" in timeline


def test_a_suspended_case_can_be_cancelled(app: Flask, browse: Browse, stalled: str) -> None:
    chen = browse("chen")
    chen.post(f"/cases/{stalled}/suspension", {"reason": REASON})
    assert chen.post(f"/cases/{stalled}/cancellation", {"reason": REASON}).status_code == 303
    assert status(app, stalled) == "cancelled"


def test_without_a_reason_nothing_is_suspended_or_cancelled(app: Flask, browse: Browse, stalled: str) -> None:
    chen = browse("chen")
    for place in ("suspension", "cancellation"):
        chen.post(f"/cases/{stalled}/{place}", {"reason": " "})
        assert "请写明原因。" in chen.get(f"/cases/{stalled}").text
    assert status(app, stalled) == "active"


def test_an_overdue_timer_of_a_suspended_case_fires_when_it_is_resumed(
    app: Flask, browse: Browse, stalled: str, clock: VirtualClock
) -> None:
    chen = browse("chen")
    chen.post(f"/cases/{stalled}/suspension", {"reason": REASON})
    clock.advance(timedelta(days=2))
    parts_of(app).worker.drain()
    assert "定时到期" not in chen.get(f"/cases/{stalled}").text
    chen.post(f"/cases/{stalled}/resumption")
    assert parts_of(app).worker.drain() > 0
    assert "定时到期" in chen.get(f"/cases/{stalled}").text


# --- what people type is text --------------------------------------------------------------------


def test_reasons_and_messages_are_text_everywhere(browse: Browse, cases: list[str]) -> None:
    chen = browse("chen")
    case = cases[0]
    task = chen.open_task(case)
    chen.post(f"/cases/{case}/suspension", {"reason": XSS})
    chen.post(f"/cases/{case}/resumption", {"reason": XSS})
    typed = {"var_name": XSS, "var_type": "number", "var_value": XSS, "enter": XSS}
    wrong = chen.post(f"/cases/{case}/instances/{case}", {"what": "move", "token": task, "reason": XSS, **typed})
    moved = {"what": "move", "token": task, "enter": "check_logistics", "reason": XSS}
    assert chen.post(f"/cases/{case}/instances/{case}", moved).status_code == 303
    pages = [wrong.text, chen.get(f"/cases/{case}").text, browse("zheng").get(f"/audit/{case}").text]
    pages += [chen.get("/repairs").text, chen.post("/repairs", {"what": "skip", "reason": XSS}).text]
    for page in pages:
        assert "alert(1)" in page
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_repairs_need_the_token_of_the_page(make_app: Callable[..., Flask]) -> None:
    app = make_app(WTF_CSRF_ENABLED=True)
    chen = Browser(app, "chen")
    for path in ("/repairs", "/cases/1/suspension", "/cases/1/instances/1"):
        assert chen.post(path, {"what": "retry"}).status_code == 400


def test_nobody_repairs_without_log_in(client: FlaskClient) -> None:
    for path in ("/repairs", "/cases/1/suspension", "/cases/1/instances/1"):
        assert client.post(path).location.startswith("/login")


@pytest.mark.parametrize("person", ["wang", "cang", "zheng", "zhou", "admin"])
def test_only_supervisors_and_managers_repair(app: Flask, browse: Browse, stalled: str, person: str) -> None:
    browser = browse(person)
    assert browser.get("/repairs").status_code == 404
    assert browser.post("/repairs", {"what": "retry"}).status_code == 404
    for place in ("suspension", "resumption", "cancellation", f"instances/{stalled}"):
        assert browser.post(f"/cases/{stalled}/{place}", {"reason": REASON, "what": "skip"}).status_code == 404
    assert status(app, stalled) == "active"


def test_the_pages_are_whole_in_english(browse: Browse, cases: list[str]) -> None:
    chen = browse("chen")
    chen.post("/preferences", {"lang": "en"})
    page = chen.get("/repairs").text
    for word in ("Incidents and repairs", "Completion undone", "Suspend case"):
        assert word in page
    panel = chen.get(f"/cases/{cases[0]}").text
    for word in ("Where it stands", "Move to", "Set variables too"):
        assert word in panel
