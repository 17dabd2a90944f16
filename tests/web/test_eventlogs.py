"""Histories taken home on the page: chosen by the address, counted first, masked, refused in words, told before."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from engine.history.record import values_of
from tests.web.browser import Browser
from web import parts_of

# Answers are read whole, so that the file behind them is closed: `buffered`.
Browse = Callable[[str], Browser]
PAGE = "/audit/exports"
PHONE = "13800138000"


@pytest.fixture(autouse=True)
def case(browse: Browse) -> str:
    return browse("wang").start_inquiry(description=f"包裹没动,请打{PHONE}")


def told(app: Flask) -> list[tuple[str, Any]]:
    query = text("""SELECT e.actor, e.n, v."values" FROM history_event e JOIN history_value v
                    ON v.stream = e.stream AND v.revision = e.revision
                    WHERE e.stream = 0 AND e.kind = 'history.exported' ORDER BY e.seq""")
    with parts_of(app).db.read() as connection:
        return [(row.actor, values_of(row[2])[row.n]) for row in connection.execute(query)]


def counted(answer: TestResponse) -> str:
    found = re.search(r'data-test="counted">([^<]*)<', answer.text)
    assert found is not None
    return found[1]


def test_the_page_counts_what_its_address_chooses(browse: Browse, case: str) -> None:
    auditor = browse("zheng")
    other = browse("sun").start_inquiry(order_id="SO-2002")
    assert re.fullmatch(r"2 个工单,\d+ 个事件", counted(auditor.get(PAGE)))
    assert counted(auditor.get(f"{PAGE}?cases={case}")).startswith("1 个工单")
    assert counted(auditor.get(f"{PAGE}?cases={case},{other}、{case}")).startswith("2 个工单")
    assert counted(auditor.get(f"{PAGE}?since=2026-01-02&until=2026-01-02")).startswith("2 个工单")
    assert counted(auditor.get(f"{PAGE}?until=2026-01-01")) == "没有符合的工单"
    assert counted(auditor.get(f"{PAGE}?process=p07_delivery")) == "没有符合的工单"
    assert counted(auditor.get(f"{PAGE}?status=completed")) == "没有符合的工单"


def test_the_choice_goes_with_the_form(browse: Browse, case: str) -> None:
    page = browse("zheng").get(f"{PAGE}?cases={case}&since=2026-01-01&status=active").text
    form = page.partition('data-test="take"')[2]
    for name, value in (("cases", case), ("since", "2026-01-01"), ("status", "active")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in form


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("since=morgen", "「morgen」不是日期"),
        ("since=2026-02-01&until=2026-01-01", "开始日期晚于结束日期"),
        ("cases=SO-1", "「SO-1」不是工单号"),
        ("status=lost", "没有这个工单状态"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_offered(browse: Browse, query: str, sentence: str) -> None:
    page = browse("zheng").get(f"{PAGE}?{query}")
    assert page.status_code == 200
    assert sentence in page.text
    assert 'data-test="take"' not in page.text


def test_an_auditor_takes_a_masked_file_that_is_told(browse: Browse, app: Flask, case: str) -> None:
    answer = browse("zheng").post(PAGE, {"format": "csv", "cases": case, "reason": "例行审计"}, buffered=True)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert ".csv" in answer.headers["Content-Disposition"]
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert "导出人 郑审计(zheng)" in lines[0][0]
    assert {line[0] for line in lines[2:]} == {case}
    assert PHONE not in answer.text
    ((actor, value),) = told(app)
    assert (actor, value["masked"], value["reason"], value["cases"]) == ("zheng", True, "例行审计", 1)
    assert value["events"] == len(lines) - 2


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl", "xes", "ocel", "ocel-xml"])
def test_every_format_on_the_page_gives_a_file(browse: Browse, form: str) -> None:
    auditor = browse("zheng")
    assert f'value="{form}"' in auditor.get(PAGE).text
    answer = auditor.post(PAGE, {"format": form}, buffered=True)
    assert (answer.status_code, "attachment" in answer.headers["Content-Disposition"]) == (200, True)
    if form in ("xes", "ocel-xml"):
        ElementTree.fromstring(answer.data)
    assert len(answer.data) > 1000


def test_a_department_manager_takes_personal_data_with_a_reason_only(browse: Browse, app: Flask) -> None:
    manager = browse("zhao")
    asked = {"format": "jsonl", "unmasked": "1"}
    refused = manager.post(PAGE, asked, buffered=True)
    assert refused.status_code == 422
    assert "须写明原因" in refused.text
    assert re.search(r'value="jsonl" checked', refused.text), "what was chosen is still there"
    assert re.search(r'id="log-unmasked" checked', refused.text)
    assert told(app) == []
    assert PHONE in manager.post(PAGE, asked | {"reason": "客诉取证"}, buffered=True).text
    assert [value["masked"] for _, value in told(app)] == [False]


def test_an_auditor_is_not_offered_personal_data_and_does_not_get_them(browse: Browse, app: Flask) -> None:
    auditor = browse("zheng")
    assert "log-unmasked" not in auditor.get(PAGE).text
    assert "log-unmasked" in browse("zhao").get(PAGE).text
    assert auditor.post(PAGE, {"format": "csv", "unmasked": "1", "reason": "x"}, buffered=True).status_code == 404
    assert told(app) == []


def test_others_do_not_find_the_page(browse: Browse) -> None:
    for person in ("lin", "wang", "chen", "cang", "qian", "kuai", "zhou", "admin"):
        assert browse(person).get(PAGE).status_code == 404
        assert browse(person).post(PAGE, {"format": "csv"}, buffered=True).status_code == 404


def test_too_many_cases_are_refused_with_a_way_out(browse: Browse, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.eventlogs.MOST_CASES", 1)
    browse("sun").start_inquiry(order_id="SO-2002")
    auditor = browse("zheng")
    page = auditor.get(PAGE).text
    assert "kefuflow audit export" in page
    assert 'data-test="take"' not in page
    refused = auditor.post(PAGE, {"format": "xes"}, buffered=True)
    assert refused.status_code == 422
    assert "请缩小日期范围或只选一个流程" in refused.text
    assert told(app) == []


@pytest.mark.parametrize("form", ["", "pdf", "xes\x00", "../xes"])
def test_an_unknown_format_is_refused(browse: Browse, app: Flask, form: str) -> None:
    answer = browse("zheng").post(PAGE, {"format": form}, buffered=True)
    assert (answer.status_code, "没有这种导出格式" in answer.text) == (422, True)
    assert told(app) == []


def test_the_page_speaks_english_too(browse: Browse) -> None:
    auditor = browse("zheng")
    auditor.post("/preferences", {"lang": "en"})
    page = auditor.get(f"{PAGE}?since=morgen").text
    assert "Export histories" in page
    assert "is no day" in page
