"""Passing cases on, on the pages: transfers, reassignment, hand-over at the shift's end, and what a case says of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask

from engine import ownership, roster
from engine.clock import VirtualClock
from engine.model import SYSTEM
from tests.conftest import FRIDAY_9AM
from tests.web.browser import STALLED, Browser
from web import parts_of

Browse = Callable[[str], Browser]
FRIDAY = date(2026, 1, 2)
WHY = "<b>下班</b>了"


def plan(app: Flask, *cells: tuple[str, date, str]) -> None:
    with parts_of(app).db.begin() as tx:
        people = {one.id: one for one in roster.list_people(tx.connection)}
        roster.write_days(tx, {(p, d): code for p, d, code in cells}, people, by=SYSTEM.id, at=FRIDAY_9AM)


def offered(page: str) -> int:
    (found,) = re.findall(r'data-offer="(\d+)"', page)
    return int(found)


def transfer(browser: Browser, case_id: str, to: str = "user:sun", reason: str = WHY, **more: str) -> int:
    answer = browser.post(f"/cases/{case_id}/transfer", {"to": to, "reason": reason, **more})
    assert answer.status_code == 303, answer.text
    return offered(browser.get("/transfers?box=from_me").text)


def test_a_case_is_offered_accepted_and_both_see_it(browse: Browse) -> None:
    wang, sun = browse("wang"), browse("sun")
    case_id = wang.start_inquiry()
    assert "转交" in wang.get(f"/cases/{case_id}").text
    page = wang.get(f"/cases/{case_id}/transfer").text
    assert "对方接受后才换负责人" in page
    assert "改派" not in page
    key = transfer(wang, case_id, note="等快递回电\n约 15 点")
    shown = wang.get(f"/cases/{case_id}").text
    assert 'data-test="pending-transfer"' in shown
    assert WHY not in shown
    assert "&lt;b&gt;下班&lt;/b&gt;了" in shown
    waiting = sun.get("/transfers").text
    assert "等快递回电" in waiting
    assert offered(waiting) == key
    answer = sun.post(f"/transfers/{key}/accept")
    assert (answer.status_code, answer.location) == (303, f"/cases/{case_id}")
    case = sun.get(f"/cases/{case_id}").text
    assert "负责人 <b>孙美</b>" in case
    assert "更换负责人" in case
    assert "由 王立新 转给 孙美" in case
    assert sun.post(f"/transfers/{key}/accept").status_code == 409


def test_a_return_needs_a_reason_and_says_it(browse: Browse) -> None:
    wang, sun = browse("wang"), browse("sun")
    key = transfer(wang, wang.start_inquiry())
    refused = sun.post(f"/transfers/{key}/return", {"reason": " "})
    assert refused.status_code == 422
    assert "请写明退回原因。" in refused.text
    assert sun.post(f"/transfers/{key}/return", {"reason": "我也下班", "_next": "//evil"}).location == "/transfers"
    assert "我也下班" in wang.get("/transfers?box=from_me").text
    assert "没有等您答复的转交" in sun.get("/transfers").text


def test_what_is_wrong_with_an_offer_keeps_what_was_typed(browse: Browse) -> None:
    wang = browse("wang")
    case_id = wang.start_inquiry()
    for form, said in [
        ({"to": "user:sun", "note": "说明"}, "请写明原因。"),
        ({"to": "", "reason": "忙", "note": "说明"}, "请选择转给谁"),
        ({"to": "user:cang", "reason": "忙", "note": "说明"}, "岗位不能负责工单"),
        ({"to": "group:admin", "reason": "忙", "note": "说明"}, "请选择客服或主管岗位。"),
    ]:
        answer = wang.post(f"/cases/{case_id}/transfer", form)
        assert answer.status_code == 422
        assert said in answer.text
        assert ">说明</textarea>" in answer.text
    transfer(wang, case_id)
    again = wang.post(f"/cases/{case_id}/transfer", {"to": "user:sun", "reason": "忙"})
    assert again.status_code == 409
    assert browse("sun").post(f"/cases/{case_id}/transfer", {"to": "user:wang", "reason": "忙"}).status_code == 409
    assert wang.post(f"/cases/{case_id}/transfer", {"to": "user:sun", "reason": "忙", "task": "x"}).status_code == 404


def test_presales_hands_an_after_sales_matter_over_with_one_click(browse: Browse) -> None:
    lin, wang = browse("lin"), browse("wang")
    case_id = lin.start_inquiry()
    page = lin.get(f"/cases/{case_id}").text
    assert 'data-test="to-aftersales"' in page
    assert 'data-test="to-aftersales"' not in wang.get(f"/cases/{case_id}").text
    lin.post(f"/cases/{case_id}/transfer", {"to": "group:aftersales", "reason": "售后问题,转售后处理"})
    key = offered(wang.get("/transfers").text)
    assert browse("sun").get("/transfers").text.count("data-offer=") == 1
    wang.post(f"/transfers/{key}/accept")
    assert "负责人 <b>王立新</b>" in wang.get(f"/cases/{case_id}").text
    assert lin.get(f"/cases/{case_id}").status_code == 200  # the first owner sees how it ends


def test_an_offer_can_be_withdrawn_by_who_made_it_only(browse: Browse) -> None:
    wang = browse("wang")
    key = transfer(wang, wang.start_inquiry())
    for person in ("sun", "chen", "lin"):
        assert browse(person).post(f"/transfers/{key}/withdrawal").status_code == 404
    assert wang.post(f"/transfers/{key}/withdrawal").status_code == 303
    assert wang.post(f"/transfers/{key}/withdrawal").status_code == 409
    assert "已撤回" in wang.get("/transfers?box=from_me").text


def test_a_supervisor_reassigns_and_sees_the_teams_transfers(browse: Browse) -> None:
    wang, chen = browse("wang"), browse("chen")
    case_id = wang.start_inquiry()
    transfer(wang, case_id)
    assert "小组的" in chen.get("/transfers").text
    assert "小组的" not in wang.get("/transfers").text
    assert chen.get("/transfers?box=team&status=waiting").text.count("data-offer=") == 1
    assert wang.get("/transfers?box=team").text.count("data-offer=") == 0
    assert "新负责人" in chen.get(f"/cases/{case_id}/transfer").text
    refused = chen.post(f"/cases/{case_id}/reassignment", {"to": "lin", "reason": ""})
    assert (refused.status_code, "请写明原因。" in refused.text) == (422, True)
    assert chen.post(f"/cases/{case_id}/reassignment", {"to": "lin", "reason": "售前熟"}).status_code == 303
    assert "负责人 <b>林晓梅</b>" in chen.get(f"/cases/{case_id}").text
    assert chen.get("/transfers?box=team&status=waiting").text.count("data-offer=") == 0


def test_a_question_is_answered_on_the_supervisors_page(app: Flask, browse: Browse) -> None:
    browse("wang").start_inquiry()
    plan(app, ("wang", FRIDAY, "night"))
    runtime, db = parts_of(app).runtime, parts_of(app).db
    from engine import accounts
    from tests.engine.shop_desk import START

    started = ownership.start_case(
        runtime, "p10_courier_query", {**START, "customer_id": "C-8812"}, accounts.get(db, "sun").actor, urgent=True
    )
    chen = browse("chen")
    page = chen.get("/transfers?box=team").text
    assert "买家着急,负责人王立新不在班" in page
    key = offered(page)
    answer = chen.post(f"/transfers/{key}/instruction", {"what": "other_agent", "note": "给小林"})
    assert (answer.status_code, "请选择转给哪位同事。" in answer.text) == (422, True)
    assert chen.post(f"/transfers/{key}/instruction", {"what": "burn", "note": "x"}).status_code == 404
    sent = {"what": "other_agent", "target": "lin", "note": "给小林"}
    assert browse("sun").post(f"/transfers/{key}/instruction", sent).status_code == 404
    assert chen.post(f"/transfers/{key}/instruction", sent).status_code == 303
    assert chen.post(f"/transfers/{key}/instruction", sent).status_code == 409
    assert "负责人 <b>林晓梅</b>" in chen.get(f"/cases/{started.case_id}").text


def test_teams_hide_the_transfers_and_cases_of_others(app: Flask, browse: Browse) -> None:
    wang, chen = browse("wang"), browse("chen")
    case_id = wang.start_inquiry()
    transfer(wang, case_id)
    with parts_of(app).db.begin() as tx:
        roster.save_team(tx, None, "一组", ["lin", "chen"], SYSTEM, at=FRIDAY_9AM)
        roster.save_team(tx, None, "二组", ["wang", "sun"], SYSTEM, at=FRIDAY_9AM)
    assert chen.get("/transfers?box=team").text.count("data-offer=") == 0
    for path in (f"/cases/{case_id}", f"/cases/{case_id}/transfer", f"/audit/{case_id}"):
        assert chen.get(path).status_code == 404, path
    for path in ("reassignment", "suspension", "cancellation"):
        answer = chen.post(f"/cases/{case_id}/{path}", {"to": "lin", "reason": "x"})
        assert answer.status_code == 404, path
    assert f"/cases/{case_id}" not in chen.get("/cases").text
    assert browse("zhao").get(f"/cases/{case_id}").status_code == 200


# --- hand-over -----------------------------------------------------------------------------------


def test_a_shift_is_handed_over_item_by_item(app: Flask, browse: Browse, clock: VirtualClock) -> None:
    wang, sun = browse("wang"), browse("sun")
    assert "没有要交接的工作" in wang.get("/hand-over").text
    first, second = wang.start_inquiry(), wang.start_inquiry()
    plan(app, ("sun", FRIDAY, "night"))
    clock.advance_to(FRIDAY_9AM + timedelta(hours=8))
    page = wang.get("/hand-over").text
    assert page.count('data-test="work-item"') == 2
    assert "在等:" in page
    assert re.search(r'value="user:sun" selected>孙美', page)
    form = {"item": [f"c{first}", f"c{second}"], f"note.c{first}": "<i>急</i>", "to": "user:sun", "note": "辛苦"}
    empty = wang.post("/hand-over", {**form, "item": []})
    assert (empty.status_code, "请先勾选" in empty.text, "辛苦</textarea>" in empty.text) == (422, True, True)
    sent = wang.post("/hand-over", {**form, "_submission_key": "abc123"})
    again = wang.post("/hand-over", {**form, "_submission_key": "abc123"})
    assert sent.status_code == again.status_code == 303
    assert sent.location == again.location
    shown = sun.get(sent.location).text
    assert "&lt;i&gt;急&lt;/i&gt;" in shown
    assert "2 项等待答复" in shown
    keys = re.findall(r'data-offer="(\d+)"', shown)
    accepted = sun.post(f"/transfers/{keys[0]}/accept", {"_next": sent.location})
    assert accepted.location == sent.location
    sun.post(f"/transfers/{keys[1]}/return", {"reason": "明天再说"})
    assert "全部答复" in wang.get(sent.location).text
    assert "明天再说" in browse("chen").get(sent.location).text
    for person in ("lin", "zheng", "cang"):
        assert browse(person).get(sent.location).status_code == 404, person
    assert "王立新 → 孙美" in browse("chen").get("/hand-over").text


def test_leaving_near_the_end_of_the_shift_offers_to_hand_over_and_forbids_nothing(
    app: Flask, browse: Browse, clock: VirtualClock
) -> None:
    wang = browse("wang")
    wang.start_inquiry()
    plan(app, ("wang", FRIDAY, "day"))
    clock.advance_to(FRIDAY_9AM + timedelta(hours=8, minutes=5))
    answer = wang.post("/logout")
    assert answer.status_code == 200
    assert "您还有 1 项工作没有交接。" in answer.text
    assert wang.get("/inbox").status_code == 200
    assert wang.post("/logout", {"anyway": "1"}).status_code == 303
    assert wang.get("/inbox").status_code == 303
    assert browse("lin").post("/logout").status_code == 303


# --- couriers ------------------------------------------------------------------------------------


def test_a_couriers_account_sees_and_does_the_tasks_of_its_courier_only(app: Flask, browse: Browse) -> None:
    wang = browse("wang")
    case_id = wang.start_inquiry()
    wang.post(f"/tasks/{wang.open_task(case_id)}", STALLED)
    task = wang.open_task(case_id)
    kuai = browse("kuai")
    assert kuai.get(f"/tasks/{task}").status_code == 404
    assert str(task) not in kuai.get("/inbox").text
    admin = browse("admin")
    assert "快递公司" in admin.get("/admin/users/kuai").text
    assert "快递公司" not in admin.get("/admin/users/lin").text
    admin.post("/admin/users/kuai/couriers", {"couriers": "中通\n"})
    assert browse("kuai").get(f"/tasks/{task}").status_code == 404
    admin.post("/admin/users/kuai/couriers", {"couriers": "中通\n圆通"})
    kuai = browse("kuai")
    assert f"/tasks/{task}" in kuai.get("/inbox").text
    assert kuai.get(f"/tasks/{task}").status_code == 200
    assert kuai.post(f"/tasks/{task}/claim").status_code == 303
    assert kuai.get(f"/cases/{case_id}").status_code == 404
    first = min(t.id for t in parts_of(app).queries.case(case_id, SYSTEM).tasks)
    assert kuai.get(f"/tasks/{first}").status_code == 404
    assert admin.post("/admin/users/kuai/couriers", {"couriers": "长" * 41}).status_code == 303
    assert "最多 20 家快递" in admin.get("/admin/users/kuai").text


@pytest.mark.parametrize("person", ["wang", "chen"])
def test_the_door_says_how_to_pass_work_on(browse: Browse, person: str) -> None:
    page = browse(person).get("/transfers").text
    assert re.search(r'href="/transfers"[^>]* aria-current="page"', page)
    assert "交班" in page
