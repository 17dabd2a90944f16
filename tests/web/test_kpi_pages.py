"""Indicators on their pages: everybody's for who may, one's own for agents; every number leads to its rows."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from engine.clock import VirtualClock, to_microseconds
from engine.store.tables import process_instance
from tests.conftest import FRIDAY_9AM
from tests.web.browser import Browser
from web import parts_of

Browse = Callable[[str], Browser]
CHAT = (
    "日期,客服,接待次数,会话数,已回复会话数,评分数,满意数\n"
    "2026-01-02,王立新,30,40,36,10,9\n2026-01-01,lin,20,20,20,5,5\n"
)


def upload(browser: Browser, text: str, kind: str = "chat") -> str:
    """Upload a file and give the address of its preview."""
    file = (io.BytesIO(text.encode()), "客服数据.csv")
    answer = browser.client.post("/kpi/import", data={"kind": kind, "file": file}, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def imported(browser: Browser, text: str = CHAT, kind: str = "chat") -> None:
    assert browser.post(upload(browser, text, kind), {"what": "take"}).status_code == 303


@pytest.fixture
def closed(browse: Browse, app: Flask) -> list[str]:
    """Two closed cases of wang, one of them solved."""
    wang = browse("wang")
    found = [wang.start_inquiry() for _ in range(2)]
    with parts_of(app).db.begin() as tx:
        for case, end in zip(found, ("end_informed", "end_nowhere"), strict=True):
            row = {
                "status": "completed",
                "end_state": end,
                "ended_at": to_microseconds(FRIDAY_9AM + timedelta(hours=1)),
            }
            tx.connection.execute(update(process_instance).where(process_instance.c.case_id == case).values(row))
    return found


def test_a_manager_sees_everybody_and_an_agent_only_himself(browse: Browse, closed: list[str]) -> None:
    page = browse("zhao").get("/kpi?period=2026-01&group=handling").text
    assert "全店" in page
    assert re.search(r'data-person="wang".*?data-kpi="K20".*?50\.0%', page, re.DOTALL)
    own = browse("lin").get("/kpi?period=2026-01").text
    assert "我的绩效" in own
    assert "王立新" not in own
    assert browse("lin").get("/kpi/K20?person=wang").status_code == 404
    assert browse("lin").get("/kpi/K20/rows?kind=facts&part=solved&side=all&person=wang").status_code == 404


def test_a_process_owner_is_led_to_the_targets(browse: Browse) -> None:
    assert browse("zhou").get("/kpi").location == "/kpi/targets"
    assert browse("admin").get("/kpi").status_code == 404


def test_a_number_leads_to_exactly_its_cases(browse: Browse, closed: list[str]) -> None:
    chen = browse("chen")
    page = chen.get("/kpi/K20?period=2026-01").text
    assert "以解决收尾的工单 ÷ 已结工单" in page
    links = re.findall(r'href="(/kpi/K20/rows[^"]+)" data-test="part-(\w+)">[^<]*?(\d+) 条', page)
    assert [(part, count) for _, part, count in links] == [("numerator", "1"), ("denominator", "2")]
    for href, _, count in links:
        rows = chen.get(href.replace("&amp;", "&")).text
        assert f'data-test="count">{count} 条' in rows
        assert len(re.findall(r'href="/cases/\d+', rows)) == int(count)
    rest = re.search(r'href="([^"]+)" data-test="misses"', page)
    assert rest is not None
    assert f"/cases/{closed[1]}" in chen.get(rest[1].replace("&amp;", "&")).text


def test_cases_that_one_may_not_see_are_not_named(browse: Browse, closed: list[str], app: Flask) -> None:
    with parts_of(app).db.begin() as tx:
        tx.connection.execute(update(process_instance).values(owner="lin", first_owner="x", opened_by="x"))
        tx.connection.exec_driver_sql("UPDATE process_instance SET owner = 'cang'")
    rows = browse("cang").get("/kpi/K20/rows?period=2026-01&kind=facts&part=solved&side=all").text
    assert "您没有查看权限" in rows
    assert "/cases/" not in rows


@pytest.mark.parametrize(
    "query",
    [
        "kind=x",
        "kind=facts&part=solved&side=x",
        "kind=facts&part=nothing&side=all",
        "kind=figures&part=ratings",
        "kind=facts&part=solved&side=all&after=x",
    ],
)
def test_lists_that_no_number_leads_to_do_not_exist(browse: Browse, closed: list[str], query: str) -> None:
    assert browse("zhao").get(f"/kpi/K20/rows?period=2026-01&{query}").status_code == 404


@pytest.mark.parametrize("period", ["2026-13", "2026-W60", "26-01", "x", "0001-01", "9999-12", "2026-02-30"])
def test_a_period_that_does_not_exist_is_not_found(browse: Browse, period: str) -> None:
    assert browse("zhao").get(f"/kpi?period={period}").status_code == 404


@pytest.mark.parametrize(
    "query", ["period=2026-01-02", "period=2026-W01", "span=week", "span=day&day=2026-01-02", "trends=1"]
)
def test_days_weeks_and_months_are_pages(browse: Browse, closed: list[str], query: str) -> None:
    for group in ("sales", "response", "handling", "content", "shop", "conduct"):
        assert browse("zhao").get(f"/kpi?group={group}&{query}").status_code == 200


def test_an_imported_file_gives_values_and_says_where_they_come_from(browse: Browse) -> None:
    zhao = browse("zhao")
    assert "缺少:聊天数据 2026年1月" in zhao.get("/kpi/K08?period=2026-01").text
    preview = upload(zhao, CHAT)
    assert "导入 2 行" in zhao.get(preview).text
    assert zhao.post(preview, {"what": "take"}).status_code == 303
    assert "已导入 2 行" in zhao.get("/kpi/import").text
    page = zhao.get("/kpi/K08?period=2026-01&person=wang").text
    assert "90.0%" in page
    assert "有数据 1 天" in page
    rows = zhao.get("/kpi/K08/rows?period=2026-01&kind=figures&part=answered&side=all").text
    assert "客服数据.csv" in rows
    assert ">36<" in rows
    assert "没有变化" in zhao.get(upload(zhao, CHAT)).text


def test_mistakes_are_shown_by_line_and_nothing_is_taken(browse: Browse) -> None:
    zhao = browse("zhao")
    preview = upload(zhao, CHAT + "2026-01-02,<b>谁</b>,x,1,2,,\n")
    page = zhao.get(preview).text
    assert "第 4 行" in page
    assert "&lt;b&gt;" in page
    assert zhao.post(preview, {"what": "take"}).status_code == 422
    assert browse("chen").get(preview).status_code == 404, "somebody else's file"
    answer = zhao.client.post("/kpi/import", data={"kind": "chat", "file": (io.BytesIO(b"\x00"), "a.csv")})
    assert answer.status_code == 422
    assert "编码" in answer.text


def test_scores_are_typed_checked_and_kept(browse: Browse) -> None:
    chen = browse("chen")
    wrong = chen.post("/kpi/entries?month=2026-01", {"K18:wang": "101", "K12:wang": "80"})
    assert wrong.status_code == 422
    assert 'value="101"' in wrong.text
    assert chen.post("/kpi/entries?month=2026-01", {"K18:wang": "92.5"}).status_code == 303
    assert 'value="92.5"' in chen.get("/kpi/entries?month=2026-01").text
    assert chen.post("/kpi/entries?month=2026-01", {"K18:chen": "100"}).status_code == 422
    assert chen.post("/kpi/entries?month=2026-01", {"K18:nobody": "100"}).status_code == 404


def fields(page: str) -> dict[str, str]:
    """The fields of the rules as the page has them."""
    form = page.partition("data-kpi-rules")[2].partition("</form>")[0]
    found = {}
    for tag in re.findall(r"<input[^>]+>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") != "checkbox" or " checked" in tag:
            found[attributes["name"]] = attributes.get("value", "")
    return found


def test_new_targets_are_a_version_from_this_month_on(browse: Browse) -> None:
    zhao = browse("zhao")
    typed = fields(zhao.get("/kpi/targets").text)
    assert typed["target.K10"] == "93"
    assert zhao.post("/kpi/targets", typed).status_code == 303
    assert "没有产生新版本" in zhao.get("/kpi/targets").text
    bad = zhao.post("/kpi/targets", typed | {"a.general.K01": "0.5", "target.K10": "abc"})
    assert bad.status_code == 422
    assert 'value="abc"' in bad.text
    wrong_sum = zhao.post("/kpi/targets", typed | {"a.general.K01": "0.5"})
    assert wrong_sum.status_code == 422
    assert "权重合计须为 1" in wrong_sum.text
    assert zhao.post("/kpi/targets", typed | {"valid_from": "2025-12", "target.K10": "95"}).status_code == 422
    assert zhao.post("/kpi/targets", typed | {"target.K10": "95"}).status_code == 303
    assert "第 2 版" in zhao.get("/kpi/targets").text
    assert zhao.post("/kpi/targets", typed | {"target.K10": "96"}).status_code == 422, "seen is not the newest"
    assert "disabled" in browse("chen").get("/kpi/targets").text


def test_an_assessment_is_confirmed_told_and_read(browse: Browse, clock: VirtualClock) -> None:
    zhao = browse("zhao")
    answer = zhao.post("/kpi/types", {"person": "lin", "type": "general", "valid_from": "2026-01"})
    assert answer.status_code == 303
    assert "待补数据" in zhao.get("/kpi/scores?month=2026-01").text
    assert zhao.post("/kpi/scores/lin/confirmation", {"month": "2026-01"}).status_code == 422
    typed = fields(zhao.get("/kpi/targets").text)
    weights = {name: "0" for name in typed if name.startswith("a.general.")}
    assert zhao.post("/kpi/targets", typed | weights | {"a.general.K18": "1"}).status_code == 303
    assert zhao.post("/kpi/entries?month=2026-01", {"K18:lin": "95"}).status_code == 303
    clock.advance(timedelta(days=31))
    assert browse("wang").get("/kpi/scores/lin?month=2026-01").status_code == 404
    done = zhao.post("/kpi/scores/lin/confirmation", {"month": "2026-01", "feedback": "很好 <b>"})
    assert done.status_code == 303
    page = browse("lin").get("/kpi/scores/lin?month=2026-01").text
    assert "100.00" in page
    assert "很好 &lt;b&gt;" in page
    assert "已读" in zhao.get("/kpi/scores/lin?month=2026-01").text
    assert browse("chen").post("/kpi/scores/lin/withdrawal", {"month": "2026-01", "reason": "x"}).status_code == 404
    assert zhao.post("/kpi/scores/lin/withdrawal", {"month": "2026-01", "reason": "补数据"}).status_code == 303


def test_the_report_leaves_as_a_file_and_stands_in_the_history(browse: Browse, app: Flask) -> None:
    imported(browse("zhao"))
    answer = browse("zhao").post("/kpi/file?period=2026-01", {"format": "csv"})
    assert answer.status_code == 200
    text = answer.data.decode("utf-8-sig")
    assert "导出人 赵刚(zhao)" in text
    assert "王立新,K08,回复率,90" in text
    assert browse("zhao").post("/kpi/file?period=2026-01", {"format": "xlsx"}).data[:2] == b"PK"
    assert browse("chen").post("/kpi/file?period=2026-01", {"format": "csv"}).status_code == 404
    with parts_of(app).db.read() as connection:
        kinds = connection.exec_driver_sql("SELECT kind FROM history_event WHERE stream = 0").scalars().all()
    assert kinds.count("kpi_report.exported") == 2


def test_the_month_is_analysed_for_print(browse: Browse, closed: list[str]) -> None:
    page = browse("zheng").get("/kpi/month?month=2026-01").text
    assert "满意度和运作统计分析" in page
    assert "快递" in page.partition("共性问题</h2>")[2]
    assert browse("wang").get("/kpi/month").status_code == 404
