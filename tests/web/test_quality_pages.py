"""Quality on its pages: the form beside its case, own results, causes, common issues, feedback, appraisals, survey."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from engine import quality
from engine.clock import VirtualClock, to_microseconds
from engine.quality import form, weeks
from engine.store.tables import history_event, process_instance, survey_answer, survey_turn
from tests.conftest import FRIDAY_9AM
from tests.web.browser import Browser
from web import parts_of

Browse = Callable[[str], Browser]
WEEK = weeks.week_of(FRIDAY_9AM)


@pytest.fixture
def case_id(browse: Browse, app: Flask) -> str:
    """A closed case of wang's."""
    found = browse("wang").start_inquiry(description="<b>很急</b> 13912345678")
    with parts_of(app).db.begin() as tx:
        over = {"status": "completed", "end_state": "end_informed", "ended_at": to_microseconds(FRIDAY_9AM)}
        tx.connection.execute(update(process_instance).where(process_instance.c.case_id == found).values(over))
    return found


@pytest.fixture
def check(browse: Browse, case_id: str) -> str:
    """The address of its check, which waits."""
    return str(browse("chen").post("/quality", {"case_id": case_id}).location)


def filled(**changed: str) -> dict[str, str]:
    return (
        {f"p_{name}": str(points) for name, points in form.SHIPPED.items()} | {"version": "0", "breach": ""} | changed
    )


def test_from_the_form_to_the_decision(browse: Browse, check: str, case_id: str) -> None:
    chen, wang, zhao = browse("chen"), browse("wang"), browse("zhao")
    page = chen.get(check).text
    assert f"/cases/{case_id}" in page
    assert 'data-test="timeline"' in page
    assert "13912345678" not in page
    assert "<b>很急" not in page
    assert wang.get(check).status_code == 404  # nothing is known of what waits
    wrong = chen.post(f"{check}/result", filled(p_tone="7", r_greeting="<i>好</i>"))
    assert wrong.status_code == 422
    assert "语气态度扣了分" in wrong.text
    assert "&lt;i&gt;好&lt;/i&gt;" in wrong.text  # what was typed is kept
    assert chen.post(f"{check}/result", filled(p_tone="7", r_tone="有一句生硬")).status_code == 303
    assert chen.post(f"{check}/result", filled()).status_code == 409
    assert "97" in re.findall(r'data-test="score">(\d+)', wang.get(check).text)
    assert '<span class="chip chip-accent">未读' not in wang.get("/quality/mine").text
    assert "本人已读" in chen.get(check).text
    assert wang.post(f"{check}/objection", {"objection": " "}).status_code == 422
    assert wang.post(f"{check}/objection", {"objection": "没有生硬的话"}).status_code == 303
    assert wang.post(f"{check}/objection", {"objection": "再来"}).status_code == 409
    assert 'data-test="decision-form"' not in chen.get(check).text
    assert chen.post(f"{check}/decision", {"decision": "upheld", "reason": "对"}).status_code == 403
    assert 'data-test="decision-form"' in zhao.get(check).text
    changed = filled(decision="changed", reason="确实没有")
    assert zhao.post(f"{check}/decision", changed).status_code == 303
    assert "由 97 改为 100 分" in wang.get(check).text
    assert "100.00" in browse("zhao").get("/kpi/K09?period=2026-01").text


def test_facts_are_proposed_and_not_decided(browse: Browse, check: str) -> None:
    page = browse("chen").get(check).text
    assert 'value="10"' not in page
    assert "登记表" in page
    assert re.search(r'id="p_registered"[^>]*value=""', page)
    filled_in = browse("chen").get(f"{check}?fill=1").text
    assert re.search(r'id="p_correct"[^>]*value=""', filled_in)


def test_others_results_do_not_exist(browse: Browse, check: str) -> None:
    browse("chen").post(f"{check}/result", filled())
    for person in ("sun", "lin", "cang", "qian", "zhou", "admin", "kuai"):
        assert browse(person).get(check).status_code == 404, person
    assert browse("zheng").get(check).status_code == 200
    assert browse("zheng").post(f"{check}/result", filled()).status_code == 404
    assert browse("sun").post(f"{check}/objection", {"objection": "x"}).status_code == 404
    assert browse("sun").get("/quality").location == "/quality/mine"
    assert "还没有质检结果" in browse("sun").get("/quality/mine").text


@pytest.mark.parametrize("case", ["999", "", "abc", "1' OR '1'='1"])
def test_a_case_that_cannot_be_added_says_why(browse: Browse, case: str) -> None:
    assert browse("chen").post("/quality", {"case_id": case}).status_code == 422


@pytest.mark.parametrize("query", ["week=2026-W99", "week=x"])
def test_weeks_that_do_not_exist_are_not_found(browse: Browse, query: str) -> None:
    assert browse("chen").get(f"/quality?{query}").status_code == 404
    assert browse("chen").get(f"/quality/week?{query}").status_code == 404
    assert browse("chen").get(f"/reports/issues?{query}").status_code == 404


def test_the_weeks_report_says_which_items_lost_points(browse: Browse, check: str) -> None:
    browse("chen").post(f"{check}/result", filled(p_tone="4", r_tone="生硬"))
    page = browse("zhao").get(f"/quality/week?week={WEEK}").text
    assert re.search(r"王立新.*?94\.0", page, re.DOTALL)
    assert re.search(r'data-test="lost".*?语气态度</th><td class="num">6', page, re.DOTALL)


def test_weights_are_changed_in_versions(browse: Browse) -> None:
    weights = {name: str(points) for name, points in form.SHIPPED.items()} | {"version": "0"}
    zhao = browse("zhao")
    wrong = zhao.post("/quality/form", weights | {"greeting": "9", "note": "试"})
    assert wrong.status_code == 422
    assert "现在是 104" in wrong.text
    for bad in ("x", "-1", "5.5", "", "9999"):
        assert zhao.post("/quality/form", weights | {"greeting": bad, "note": "试"}).status_code == 422
    changed = weights | {"greeting": "0", "correct": "25", "note": "答复最要紧"}
    assert zhao.post("/quality/form", changed).status_code == 303
    assert zhao.post("/quality/form", changed).status_code == 409
    assert "答复最要紧" in browse("chen").get("/quality/form").text


def test_causes_lead_to_their_rows(browse: Browse, app: Flask, clock: VirtualClock) -> None:
    page = browse("zhao").get("/reports/causes?period=2026-01")
    assert page.status_code == 200
    assert "这一期和上一期都没有登记" in page.text
    assert browse("zhao").get("/reports/causes/rows?register=refund_register").status_code == 404
    assert browse("zhao").get("/reports/causes?period=2026-13").status_code == 404
    assert browse("wang").get("/reports/causes").status_code == 404


def test_common_issues_are_confirmed_by_the_agent(
    browse: Browse, app: Flask, clock: VirtualClock, case_id: str
) -> None:
    clock.advance(timedelta(days=7))
    quality.look(parts_of(app).db, clock.now())
    path = f"/reports/issues/{WEEK}/wang"
    wang = browse("wang")
    assert case_id in wang.get(path).text
    assert browse("sun").get(path).status_code == 404
    assert browse("chen").post(f"{path}/confirmation", {"remark": "代"}).status_code == 404
    assert wang.post(f"{path}/confirmation", {"remark": ""}).status_code == 422
    assert wang.post(f"{path}/confirmation", {"remark": "物流慢<script>"}).status_code == 303
    assert wang.post(f"{path}/confirmation", {"remark": "再来"}).status_code == 409
    page = browse("chen").get(path).text
    assert "物流慢&lt;script&gt;" in page
    assert "已确认" in browse("chen").get(f"/reports/issues?week={WEEK}").text


def test_what_is_told_to_a_department_is_answered_by_it(browse: Browse, case_id: str) -> None:
    wang = browse("wang")
    assert wang.post(f"/cases/{case_id}/feedback", {"department": "admin", "text": "x"}).status_code == 422
    given = wang.post(f"/cases/{case_id}/feedback", {"department": "warehouse", "text": "包装太松,电话 13912345678"})
    path = str(given.location)
    cang = browse("cang")
    page = cang.get(path).text
    assert "包装太松" in page
    assert "13912345678" not in page
    assert f"/cases/{case_id}" not in page  # the warehouse has no task in it
    assert f"工单 {case_id}" not in page
    assert browse("qian").get(path).status_code == 404
    assert browse("sun").get(path).status_code == 404
    assert wang.post(f"{path}/answer", {"answer": "我来答"}).status_code == 404
    assert cang.post(f"{path}/answer", {"answer": ""}).status_code == 422
    assert cang.post(f"{path}/answer", {"answer": "已换加厚箱"}).status_code == 303
    assert cang.post(f"{path}/answer", {"answer": "再答"}).status_code == 409
    assert "已换加厚箱" in wang.get(path).text


def test_an_appraisal_is_written_read_and_signed(browse: Browse) -> None:
    path, query = "/appraisals/wang", "?month=2026-01"
    chen, wang = browse("chen"), browse("wang")
    assert chen.post(path + query, {"guidance": ""}).status_code == 422
    texts = {"guidance": "<u>不错</u>", "plan": "三月前打字 60 字", "career": "可带新人"}
    assert chen.post(path + query, texts).status_code == 303
    assert chen.post("/appraisals/chen" + query, texts).status_code == 404  # nobody assesses himself
    page = wang.get(path + query).text
    assert "&lt;u&gt;不错" in page
    assert "三月前打字 60 字" in page
    assert browse("sun").get(path + query).status_code == 404
    assert chen.post(f"{path}/signature{query}", {"reply": "代签"}).status_code == 404
    assert wang.post(f"{path}/signature{query}", {"reply": "同意"}).status_code == 303
    assert wang.post(f"{path}/signature{query}", {"reply": "再签"}).status_code == 409
    assert chen.post(path + query, texts).status_code == 409
    assert "已签字" in chen.get("/appraisals" + query).text


def test_the_survey_keeps_nobody_beside_an_answer(browse: Browse, app: Flask) -> None:
    answer = {f"q{n}": "4" for n in range(5)} | {"text": "系统好用"}
    assert browse("wang").post("/survey", answer | {"q0": "6"}).status_code == 422
    assert browse("wang").post("/survey", answer).status_code == 303
    assert browse("wang").post("/survey", answer).status_code == 409
    for person in ("sun", "lin", "chen"):
        assert browse(person).post("/survey", answer).status_code == 303
    assert "系统好用" not in browse("zhao").get("/survey").text  # four are too few
    with parts_of(app).db.begin() as tx:
        rows = tx.connection.execute(select(survey_answer)).all()
        assert set(rows[0]._fields) == {"month", "id", "marks", "text"}
        assert len(tx.connection.execute(select(survey_turn)).all()) == 4
        kinds = tx.connection.execute(select(history_event.c.kind)).scalars()
        assert not [kind for kind in kinds if "survey" in kind]
        tx.connection.execute(survey_answer.insert().values(month="2026-01", id="z", marks="55555", text=""))
    page = browse("zhao").get("/survey").text
    assert "系统好用" in page
    assert 'data-test="survey-score">84.0' in page
    assert "84.00" in browse("zhao").get("/kpi/K24?period=2026-01").text
    assert browse("cang").get("/survey").status_code == 404
