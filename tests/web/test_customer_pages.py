"""Customers, calls, visits and papers as people meet them on pages."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Table

from engine import customers
from engine.attachments import sample
from engine.clock import VirtualClock
from engine.customers import archive, entering, visiting
from engine.store.tables import attachment, call_entry, document, process_instance, visit
from tests.conftest import FRIDAY_9AM
from tests.web.browser import PEOPLE, Browser
from web import parts_of

Browse = Callable[[str], Browser]
CALL = {
    "kind": "inquiry",
    "source": "phone",
    "contact_name": "张小明",
    "contact_phone": "13800138000",
    "note": "有货吗",
}


@pytest.fixture
def key(app: Flask) -> int:
    """C-8812, entered by the order SO-1001."""
    entering.enter_customers_of_orders(parts_of(app).db)
    with parts_of(app).db.read() as connection:
        found = archive.find_key(connection, "C-8812")
    assert found is not None
    return found


def rows(app: Flask, table: Table) -> list[Any]:
    with parts_of(app).db.read() as connection:
        return list(connection.execute(table.select()).all())


def call(browser: Browser, **changed: str) -> str:
    answer = browser.post("/calls", CALL | changed)
    assert answer.status_code == 303, answer.text
    return answer.location


# --- customers -----------------------------------------------------------------------------------


def test_a_customer_shows_what_the_shop_knows_and_no_personal_data(browse: Browse, key: int) -> None:
    wang = browse("wang")
    case = wang.start_inquiry()
    page = wang.get(f"/customers/{key}").text
    for shown in ("C-***", "张**", "¥199.00", "SO-1001", "四件套", f"/cases/{case}"):
        assert shown in page
    for hidden in ("C-8812", "张小明", "13800138000", "文三路"):
        assert hidden not in page


def test_a_name_or_number_stands_in_no_address(browse: Browse, key: int) -> None:
    wang = browse("wang")
    for text in ("C-8812", "SO-1001", "YT1"):
        answer = wang.post("/customers/search", {"text": text})
        assert (answer.status_code, answer.location) == (303, f"/customers/{key}")
    page = wang.post("/customers/search", {"text": "张小明"}).text
    assert "找到 1 位" in page
    assert f"/customers/{key}" in page
    assert "没有找到" in wang.post("/customers/search", {"text": "张小"}).text
    for person in PEOPLE.keys() - {"lin", "wang", "sun", "chen", "zhao"}:
        assert browse(person).post("/customers/search", {"text": "张小明"}).status_code == 404


def test_cases_beyond_ones_reach_are_counted_only(browse: Browse, key: int) -> None:
    case = browse("wang").start_inquiry()
    page = browse("lin").get(f"/customers/{key}").text
    assert "另有 1 个工单不在您的范围" in page
    assert f"/cases/{case}" not in page
    assert f"/cases/{case}" in browse("zheng").get(f"/customers/{key}").text


def test_the_customer_of_a_case_is_one_click_away(browse: Browse, app: Flask) -> None:
    case = browse("wang").start_inquiry()
    answer = browse("wang").get(f"/customers/of-case/{case}")
    assert answer.status_code == 303
    assert "C-***" in browse("wang").get(answer.location).text
    for person in ("lin", "cang", "admin"):
        assert browse(person).get(f"/customers/of-case/{case}").status_code == 404
    assert browse("wang").get("/customers/of-case/404").status_code == 404
    assert f"/customers/of-case/{case}" in browse("wang").get(f"/cases/{case}").text


def test_a_change_is_shown_with_old_and_new(browse: Browse, key: int) -> None:
    wang = browse("wang")
    typed = {"level": "gold", "tags": "企业,爱送礼", "address_as": "mr", "note": "<b>周末</b>联系", "revision": "0"}
    assert wang.post(f"/customers/{key}", typed).status_code == 303
    page = wang.get(f"/customers/{key}").text
    assert "已保存客户档案" in page
    assert "&lt;b&gt;周末" in page
    assert "<b>周末" not in page
    assert "金卡" in wang.get("/customers?level=gold").text
    assert "没有找到" in wang.get("/customers?level=vip").text


def test_what_the_archive_says_stands_beside_the_buyers_task(browse: Browse, key: int) -> None:
    wang = browse("wang")
    task = wang.open_task(wang.start_inquiry())
    assert 'data-test="buyer-marks"' not in wang.get(f"/tasks/{task}").text
    wang.post(f"/customers/{key}", {"level": "gold", "tags": "企业", "note": "请打13800001234", "revision": "0"})
    page = wang.get(f"/tasks/{task}").text
    assert "金卡" in page
    assert "企业" in page
    assert "请打138****1234" in page


def test_of_two_people_the_second_keeps_what_was_typed(browse: Browse, key: int) -> None:
    browse("wang").post(f"/customers/{key}", {"level": "gold", "revision": "0"})
    late = browse("sun").post(f"/customers/{key}", {"level": "vip", "note": "我写的", "revision": "0"})
    assert late.status_code == 409
    assert "已被他人修改" in late.text
    assert "我写的" in late.text


def test_what_is_wrong_comes_back_with_what_was_typed(browse: Browse, key: int) -> None:
    answer = browse("wang").post(f"/customers/{key}", {"tags": "长" * 30, "note": "我写的", "revision": "0"})
    assert answer.status_code == 422
    assert "标签最多" in answer.text
    assert "我写的" in answer.text


def test_auditors_read_and_change_nothing(browse: Browse, key: int) -> None:
    zheng = browse("zheng")
    page = zheng.get(f"/customers/{key}")
    assert page.status_code == 200
    assert 'data-test="save-customer"' not in page.text
    assert zheng.post(f"/customers/{key}", {"level": "vip"}).status_code == 404
    assert zheng.post(f"/customers/{key}/visits", {"due_at": "2026-01-09T10:00"}).status_code == 404


# --- calls ---------------------------------------------------------------------------------------


def test_a_caller_waits_in_the_list_until_he_is_answered(browse: Browse, app: Flask, key: int) -> None:
    wang, sun = browse("wang"), browse("sun")
    place = call(wang, order_id="SO-1001")
    waiting = sun.get("/calls").text
    assert "张**" in waiting
    assert "张小明" not in waiting
    page = sun.get(place).text
    assert "138****8000" in page
    assert 'data-test="show-contact"' not in page
    assert sun.post(f"{place}/contact").status_code == 404
    assert sun.post(f"{place}/take").status_code == 303
    shown = sun.post(f"{place}/contact")
    assert "13800138000" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert browse("lin").post(f"{place}/take").status_code == 409
    refused = sun.post(f"{place}/answer", {"result": "answered", "answer": ""})
    assert refused.status_code == 422
    assert "请写明答复了什么" in refused.text
    assert sun.post(f"{place}/answer", {"result": "answered", "answer": "有货"}).status_code == 303
    assert "没有人在等回电" in sun.get("/calls").text
    assert wang.post(f"{place}/answer", {"result": "answered", "answer": "有货"}).status_code == 409
    assert "已答复" in sun.get("/calls/log").text


def test_a_form_that_was_sent_twice_is_one_entry(browse: Browse, app: Flask) -> None:
    wang = browse("wang")
    assert call(wang, _submission_key="k1") == call(wang, _submission_key="k1")
    assert len(rows(app, call_entry)) == 1
    assert call(wang, _submission_key="k1", note="另一件事") != ""
    assert len(rows(app, call_entry)) == 2


def test_what_is_missing_is_said_at_its_field_and_nothing_is_lost(browse: Browse, app: Flask) -> None:
    answer = browse("wang").post("/calls", {**CALL, "kind": "quote", "contact_name": "", "goods": "<i>化工品</i>"})
    assert answer.status_code == 422
    assert "询价须填姓名" in answer.text
    assert "&lt;i&gt;化工品" in answer.text
    assert rows(app, call_entry) == []


def test_a_quote_brings_its_safety_sheet(browse: Browse, app: Flask) -> None:
    wang = browse("wang")
    form = {**CALL, "kind": "quote", "msds_file": (io.BytesIO(sample("msds.pdf")), "msds.pdf")}
    place = wang.client.post("/calls", data=form, content_type="multipart/form-data").location
    assert "msds.pdf" in wang.get(place).text
    file = browse("zheng").get(f"{place}/file")
    assert (file.status_code, file.mimetype) == (200, "application/pdf")
    assert "attachment" in file.headers["Content-Disposition"]
    assert browse("cang").get(f"{place}/file").status_code == 404
    (kept,) = rows(app, attachment)
    for person in PEOPLE:
        assert browse(person).get(f"/files/{kept.id}").status_code == 404, person


def test_a_safety_sheet_that_is_none_is_refused_and_the_form_comes_back(browse: Browse, app: Flask) -> None:
    form = {**CALL, "kind": "quote", "msds_file": (io.BytesIO(b"#!/bin/sh"), "msds.pdf")}
    answer = browse("wang").client.post("/calls", data=form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "只能上传" in answer.text
    assert rows(app, call_entry) == []


def test_a_complaint_opens_its_case_once(browse: Browse, app: Flask, key: int) -> None:
    wang = browse("wang")
    place = call(wang, kind="complaint", order_id="SO-1001", note="收到的是坏的")
    form = wang.get(f"{place}/case").text
    assert "收到的是坏的" in form
    typed = {
        "order_id": "SO-1001",
        "customer_id": "C-8812",
        "channel": "phone",
        "description": "收到的是坏的",
        "complaint_source": "phone",
    }
    assert wang.post(f"{place}/case", typed).status_code == 422
    first = wang.post(f"{place}/case", {**typed, "complaint_type": "quality"})
    assert first.status_code == 303, first.text
    again = wang.post(f"{place}/case", {**typed, "complaint_type": "quality"})
    assert again.location == place
    (case,) = rows(app, process_instance)
    assert (case.process_id, case.owner) == ("p13_rights_protection", "wang")
    assert "已转工单" in wang.get(place).text
    log = wang.get("/calls/log?kind=complaint").text
    assert log.count('data-test="call-row"') == 1
    assert f"/cases/{case.case_id}" in log
    assert f"/cases/{case.case_id}" not in browse("lin").get("/calls/log").text


def test_another_call_opens_no_rights_claim(browse: Browse) -> None:
    wang = browse("wang")
    assert wang.get(f"{call(wang)}/case").status_code == 404


def test_days_and_kinds_narrow_the_log(browse: Browse) -> None:
    wang = browse("wang")
    call(wang)
    assert wang.get("/calls/log?since=2026-01-02&until=2026-01-02").text.count('data-test="call-row"') == 1
    for nothing in ("since=2026-01-03", "until=2026-01-01", "kind=quote", "source=walk_in"):
        assert 'data-test="call-row"' not in wang.get(f"/calls/log?{nothing}").text
    assert wang.get("/calls/log?since=morgen&after=x").status_code == 404
    assert wang.get("/calls/log?since=morgen").status_code == 200


def test_the_waiting_list_answers_304_while_nothing_changes(browse: Browse) -> None:
    wang = browse("wang")
    call(wang)
    tag = wang.get("/calls/waiting").headers["ETag"]
    assert wang.get("/calls/waiting", headers={"If-None-Match": tag}).status_code == 304
    call(wang)
    assert wang.get("/calls/waiting", headers={"If-None-Match": tag}).status_code == 200


# --- visits --------------------------------------------------------------------------------------


@pytest.fixture
def planned(app: Flask, key: int, clock: VirtualClock) -> int:
    """A visit that wang is to make now."""
    with parts_of(app).db.begin() as tx:
        found = visiting.plan(
            tx, cause="case", subject="0", customer_id="C-8812", due_at=FRIDAY_9AM, now=FRIDAY_9AM, assignee="wang"
        )
    assert found is not None
    return found


def test_a_visit_is_made_once(browse: Browse, app: Flask, planned: int) -> None:
    wang = browse("wang")
    assert f"/visits/{planned}" in wang.get("/visits").text
    assert f"/visits/{planned}" not in browse("sun").get("/visits").text
    assert f"/visits/{planned}" in browse("sun").get("/visits?scope=all").text
    missing = wang.post(f"/visits/{planned}", {"satisfied": "", "comment": "我写的"})
    assert missing.status_code == 422
    assert "请选择满意度" in missing.text
    assert "我写的" in missing.text
    said = {"satisfied": "5", "solved": "1", "comment": "打13911112222", "offer": "满减"}
    assert wang.post(f"/visits/{planned}", said).status_code == 303
    assert wang.post(f"/visits/{planned}", said).status_code == 409
    done = wang.get("/visits?scope=done&content=1").text
    assert "139****2222" in done
    assert "13911112222" not in done
    assert f"/visits/{planned}" not in wang.get("/visits?scope=done&content=0").text


@pytest.mark.parametrize("wrong", ["²", "-1", "99", "1.5", "五"])
def test_a_grade_that_is_none_is_refused(browse: Browse, planned: int, wrong: str) -> None:
    assert browse("wang").post(f"/visits/{planned}", {"satisfied": wrong, "solved": "1"}).status_code == 422


def test_a_visit_is_put_off_or_ended(browse: Browse, app: Flask, planned: int) -> None:
    wang = browse("wang")
    for wrong in ("", "2025-01-01T10:00", "2027-01-01T10:00", "x"):
        assert wang.post(f"/visits/{planned}/later", {"due_at": wrong}).status_code == 422
    assert wang.post(f"/visits/{planned}/later", {"due_at": "2026-01-05T10:00"}).status_code == 303
    assert wang.post(f"/visits/{planned}/end", {"status": "dropped"}).status_code == 422
    assert wang.post(f"/visits/{planned}/end", {"status": "dropped", "reason": "不愿意"}).status_code == 303
    (row,) = rows(app, visit)
    assert row.status == "dropped"


def test_a_visit_by_hand_is_arranged_on_the_shops_clock(browse: Browse, app: Flask, key: int) -> None:
    assert browse("wang").post(f"/customers/{key}/visits", {"due_at": "2026-01-05T10:00"}).status_code == 303
    (row,) = rows(app, visit)
    assert row.due_at == 1767578400 * 1_000_000
    assert browse("wang").post(f"/customers/{key}/visits", {"due_at": "2020-01-05T10:00"}).status_code == 422


# --- results -------------------------------------------------------------------------------------


@pytest.fixture
def ended(browse: Browse, app: Flask) -> str:
    wang = browse("wang")
    case = wang.start_inquiry()
    wang.post(
        f"/tasks/{wang.open_task(case)}",
        {"hours_since_update": "3", "stuck_in_region": "false", "customer_urges": "false", "last_location": "杭州"},
    )
    parts_of(app).worker.drain()
    return case


def test_a_case_says_what_it_was_about_and_how_it_came_out(browse: Browse, app: Flask, ended: str) -> None:
    wang = browse("wang")
    page = wang.get(f"/cases/{ended}").text
    assert "问题类型" in page
    assert "正常已告知" in page
    assert wang.post(f"/cases/{ended}/result", {"result": ""}).status_code == 422
    assert wang.post(f"/cases/{ended}/result", {"result": "客户<明天>签收"}).status_code == 303
    assert "客户&lt;明天&gt;签收" in wang.get(f"/cases/{ended}/result").text
    assert "补充处理结果" in wang.get(f"/cases/{ended}").text
    assert browse("zheng").post(f"/cases/{ended}/result", {"result": "x"}).status_code == 404
    assert browse("lin").get(f"/cases/{ended}/result").status_code == 404


def test_a_case_asks_its_customer_once(browse: Browse, app: Flask, ended: str, clock: VirtualClock) -> None:
    wang = browse("wang")
    page = wang.get(f"/cases/{ended}/result").text
    assert 'data-test="ask"' in page
    assert "感谢您的支持" in page
    assert wang.post(f"/cases/{ended}/satisfaction", {"satisfied": "5"}).status_code == 422
    assert wang.post(f"/cases/{ended}/satisfaction", {"satisfied": "5", "solved": "1"}).status_code == 303
    assert wang.post(f"/cases/{ended}/satisfaction", {"satisfied": "1", "solved": "0"}).status_code == 409
    assert 'data-test="ask"' not in wang.get(f"/cases/{ended}/result").text
    clock.advance(timedelta(days=3))
    customers.keep_up(parts_of(app).db, clock.now())
    assert [row.status for row in rows(app, visit)] == ["answered"]
    assert browse("lin").post(f"/cases/{ended}/satisfaction", {"satisfied": "5", "solved": "1"}).status_code == 404


# --- papers --------------------------------------------------------------------------------------


def file_paper(browser: Browser, name: str = "合同.pdf", **typed: str) -> str:
    form = {"title": "年度合同", "category": "customer", "access_group": "", "_submission_key": "k1", **typed}
    sent = {**form, "file": (io.BytesIO(sample("contract.pdf")), name)}
    answer = browser.client.post("/documents", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    return answer.location


def test_a_paper_is_filed_found_and_taken(browse: Browse, app: Flask, key: int) -> None:
    place = file_paper(browse("wang"), customer_id="C-8812", note="100%_有效")
    assert file_paper(browse("wang"), customer_id="C-8812", note="100%_有效") == place
    assert len(rows(app, document)) == 1
    lin = browse("lin")
    assert "年度合同" in lin.get("/documents?text=年度").text
    assert "年度合同" in lin.get("/documents?text=%25_").text
    assert "年度合同" not in lin.get("/documents?text=_年").text
    assert "年度合同" in lin.get(f"/customers/{key}").text
    taken = lin.get(f"{place}/versions/1")
    assert (taken.status_code, taken.data) == (200, sample("contract.pdf"))
    assert "attachment" in taken.headers["Content-Disposition"]
    with parts_of(app).db.read() as connection:
        kinds = connection.exec_driver_sql("SELECT kind FROM history_event WHERE stream = 0").scalars().all()
    assert list(kinds).count("document.downloaded") == 1
    (kept,) = (row for row in rows(app, attachment) if row.case_id)
    for person in PEOPLE:
        assert browse(person).get(f"/files/{kept.id}").status_code == 404, person


def test_contracts_are_for_finance_and_managers(browse: Browse) -> None:
    place = file_paper(browse("qian"), category="contract")
    for person in PEOPLE:
        expected = 200 if person in {"qian", "zhao"} else 404
        assert browse(person).get(place).status_code == expected, person
        assert browse(person).get(f"{place}/versions/1").status_code == expected, person
    for person in ("lin", "chen", "zheng"):
        assert "年度合同" not in browse(person).get("/documents").text
    form = {
        "title": "年度合同",
        "category": "contract",
        "access_group": "",
        "file": (io.BytesIO(sample("a.pdf")), "a.pdf"),
    }
    assert browse("wang").client.post("/documents", data=form, content_type="multipart/form-data").status_code == 404


def test_a_paper_of_a_group_is_that_groups_and_the_managers(browse: Browse) -> None:
    place = file_paper(browse("wang"), access_group="aftersales")
    seen = {person for person in PEOPLE if browse(person).get(place).status_code == 200}
    assert seen == {"wang", "sun", "zhao"}
    form = {
        "title": "x",
        "category": "customer",
        "access_group": "presales",
        "file": (io.BytesIO(sample("a.pdf")), "a.pdf"),
    }
    refused = browse("wang").client.post("/documents", data=form, content_type="multipart/form-data")
    assert refused.status_code == 422


def test_a_new_version_keeps_the_old_one(browse: Browse) -> None:
    wang = browse("wang")
    place = file_paper(wang)

    def add(version: str, name: str = "b.pdf") -> int:
        form = {"version": version, "note": "续签", "file": (io.BytesIO(sample(name)), name)}
        return wang.client.post(f"{place}/versions", data=form, content_type="multipart/form-data").status_code

    assert add("1") == 303
    assert add("1") == 409
    assert wang.post(f"{place}/versions", {"version": "2"}).status_code == 422
    assert wang.get(f"{place}/versions/1").data == sample("contract.pdf")
    assert wang.get(f"{place}/versions/2").data == sample("b.pdf")
    assert wang.get(f"{place}/versions/3").status_code == 404
    assert browse("zheng").post(f"{place}/versions", {"version": "2"}).status_code == 404


def test_a_paper_that_was_put_away_is_gone(browse: Browse, app: Flask) -> None:
    wang = browse("wang")
    place = file_paper(wang)
    assert wang.post(f"{place}/withdrawal", {"reason": " "}).status_code == 422
    assert browse("zheng").post(f"{place}/withdrawal", {"reason": "过期"}).status_code == 404
    assert wang.post(f"{place}/withdrawal", {"reason": "过期"}).status_code == 303
    assert wang.get(place).status_code == 404
    assert "年度合同" not in wang.get("/documents").text
    assert len(rows(app, attachment)) == 1


def test_a_paper_without_file_or_title_is_refused(browse: Browse, app: Flask) -> None:
    wang = browse("wang")
    assert "请选择文件" in wang.post("/documents", {"title": "x", "category": "customer"}).text
    form = {"title": "", "category": "customer", "note": "我写的", "file": (io.BytesIO(sample("a.pdf")), "a.pdf")}
    refused = wang.client.post("/documents", data=form, content_type="multipart/form-data")
    assert refused.status_code == 422
    assert "我写的" in refused.text
    (kept,) = rows(app, attachment)
    again = {"title": "有了", "category": "customer", "access_group": "", "kept_file": kept.id}
    assert browse("sun").post("/documents", again).status_code == 422
    assert wang.post("/documents", again).status_code == 303
