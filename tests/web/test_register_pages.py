"""Registers on their pages: found by their columns, taken home by who may, asked for and approved by others."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from flask import Flask

from tests.engine.register_pen import RegisterPen
from tests.web.browser import STALLED, Browser
from web import parts_of

Browse = Callable[[str], Browser]
REGISTER = "/registers/refund_register"
ROWS = (
    {
        "order_id": "SO-1",
        "status": "待打款",
        "payout_amount": Decimal(10),
        "pay_account": "6222020200112233",
        "receiver_phone": "13800138000",
    },
    {"order_id": "SO-2", "status": "已打款", "payout_amount": Decimal(30), "payout_kind": "refund"},
    {"order_id": "SO-3", "status": "已打款", "payout_amount": Decimal(20), "customer_id": "C-8812"},
)


@pytest.fixture(autouse=True)
def rows(app: Flask) -> None:
    pen = RegisterPen(parts_of(app).db)
    for number, row in enumerate(ROWS):
        pen.write("refund_register", 1_767_315_600_000_000 + number, **row)  # type: ignore[arg-type]  # columns by name


def orders(page: str) -> list[str]:
    return re.findall(r"SO-\d", page.partition("<tbody>")[2])


def test_the_list_tells_how_many_rows_each_register_has(browse: Browse) -> None:
    page = browse("lin").get("/registers").text
    assert re.search(r'退款登记表</a></td><td class="num">3<', page)
    assert "大单登记表" in page
    warehouse = browse("cang").get("/registers").text
    assert "发货登记表" in warehouse
    assert "退款登记表" not in warehouse


def test_columns_have_labels_and_values_are_masked(browse: Browse) -> None:
    page = browse("lin").get(REGISTER).text
    for word in ("订单号", "款项类型", "金额", "状态", "¥10.00", "****2233", "退款", "C-***", "3 行", ">138****8000<"):
        assert word in page, word
    assert "6222" not in page
    assert "C-8812" not in page


def test_rows_are_filtered_sorted_and_cleared_by_the_address(browse: Browse) -> None:
    lin = browse("lin")
    assert orders(lin.get(REGISTER).text) == ["SO-3", "SO-2", "SO-1"]
    assert orders(lin.get(f"{REGISTER}?sort=payout_amount").text) == ["SO-1", "SO-3", "SO-2"]
    assert orders(lin.get(f"{REGISTER}?is.status=已打款&from.payout_amount=25").text) == ["SO-2"]
    assert orders(lin.get(f"{REGISTER}?text=SO-1").text) == ["SO-1"]
    assert orders(lin.get(f"{REGISTER}?since=2026-01-02&until=2026-01-02").text) == ["SO-3", "SO-2", "SO-1"]
    assert "没有找到" in lin.get(f"{REGISTER}?until=2026-01-01").text


def test_a_filter_that_cannot_be_read_says_so_at_its_field(browse: Browse) -> None:
    page = browse("lin").get(f"{REGISTER}?from.payout_amount=viel")
    assert page.status_code == 200
    assert "请填数字" in page.text


@pytest.mark.parametrize(
    "query", ["after=1", "after=x.y.z", "after=1.2.k%00", "after=" + "9" * 30 + ".1.", "after=1.1.kgICA"]
)
def test_a_forged_place_is_not_found(browse: Browse, query: str) -> None:
    assert browse("lin").get(f"{REGISTER}?{query}").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "sort=nothing",
        "sort=%27%20OR%201",
        "is.=1",
        "is.x'y=1",
        "text=%25_%5C",
        "order=up",
        "since=0001-01-01&until=9999-12-31",
    ],
)
def test_odd_addresses_are_pages(browse: Browse, query: str) -> None:
    assert browse("lin").get(f"{REGISTER}?{query}").status_code == 200


def test_registers_that_one_may_not_read_do_not_exist(browse: Browse) -> None:
    assert browse("cang").get(REGISTER).status_code == 404
    assert browse("lin").get("/registers/nothing").status_code == 404
    assert browse("zhou").get(REGISTER).status_code == 404


def test_a_row_leads_to_its_case_where_one_may_see_it(browse: Browse) -> None:
    wang = browse("wang")
    case = wang.start_inquiry()
    wang.post(f"/tasks/{wang.open_task(case)}", {**STALLED, "hours_since_update": "80"})
    path = "/registers/logistics_exception_register"
    assert f"/cases/{case}" in wang.get(path).text
    assert f"/cases/{case}" not in browse("lin").get(path).text, "of after-sales, and not hers"


# --- files ---------------------------------------------------------------------------------------


def test_a_manager_takes_a_file_home(browse: Browse) -> None:
    answer = browse("zhao").post(f"{REGISTER}/file", {"format": "csv", "is.status": "已打款"})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "private" in answer.headers["Cache-Control"]
    text = answer.get_data().decode("utf-8-sig")
    assert "赵刚(zhao)" in text
    assert "SO-1" not in text
    excel = browse("zhao").post(f"{REGISTER}/file", {"format": "xlsx"})
    assert excel.get_data()[:2] == b"PK"


def test_personal_data_leave_with_a_reason_only(browse: Browse) -> None:
    zhao = browse("zhao")
    refused = zhao.post(f"{REGISTER}/file", {"format": "csv", "unmasked": "1"})
    assert refused.status_code == 422
    assert "须写明原因" in refused.text
    given = zhao.post(f"{REGISTER}/file", {"format": "csv", "unmasked": "1", "reason": "税务核查"})
    assert "6222020200112233" in given.get_data().decode()
    for person in ("qian", "zheng"):
        forged = browse(person).post(f"{REGISTER}/file", {"format": "csv", "unmasked": "1", "reason": "x"})
        assert forged.status_code == 404, person


@pytest.mark.parametrize("person", ["lin", "wang", "chen", "cang", "kuai", "zhou", "admin"])
def test_others_get_no_file(browse: Browse, person: str) -> None:
    assert browse(person).post(f"{REGISTER}/file", {"format": "csv"}).status_code == 404


def test_a_file_that_cannot_be_made_says_why(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    zhao = browse("zhao")
    assert zhao.post(f"{REGISTER}/file", {"format": "exe"}).status_code == 422
    assert zhao.post(f"{REGISTER}/file", {"format": "csv", "from.payout_amount": "x"}).status_code == 422
    monkeypatch.setattr("engine.exports.content.LIMIT", 2)
    assert "请缩小筛选范围" in zhao.post(f"{REGISTER}/file", {"format": "csv"}).text


def requested(browse: Browse) -> str:
    """The id of a request that chen has made."""
    chen = browse("chen")
    assert (
        chen.post(f"{REGISTER}/request", {"format": "csv", "reason": "对账", "is.status": "已打款"}).status_code == 303
    )
    found = re.findall(r"export-([0-9a-f]{32})", chen.get("/exports").text)
    return str(found[0])


def test_a_supervisor_asks_a_manager_approves_and_the_file_comes_once(browse: Browse) -> None:
    chen, zhao = browse("chen"), browse("zhao")
    export = requested(browse)
    assert chen.post(f"/exports/{export}/file").status_code == 409
    page = zhao.get("/exports").text
    for word in ("退款登记表", "陈静", "对账", "状态 = 已打款", "待审批"):
        assert word in page, word
    assert zhao.post(f"/exports/{export}/answer", {"what": "approve"}).status_code == 303
    file = chen.post(f"/exports/{export}/file")
    assert file.status_code == 200
    assert "SO-2" in file.get_data().decode()
    again = chen.post(f"/exports/{export}/file")
    assert again.status_code == 409
    assert "已下载过" in again.text


def test_a_refusal_needs_an_answer_and_is_final(browse: Browse) -> None:
    zhao, export = browse("zhao"), requested(browse)
    assert zhao.post(f"/exports/{export}/answer", {"what": "refuse"}).status_code == 422
    assert zhao.post(f"/exports/{export}/answer", {"what": "refuse", "answer": "范围过大"}).status_code == 303
    assert zhao.post(f"/exports/{export}/answer", {"what": "approve"}).status_code == 409
    assert "范围过大" in browse("chen").get("/exports").text


def test_nobody_elses_request_can_be_fetched_or_decided(browse: Browse) -> None:
    export = requested(browse)
    browse("zhao").post(f"/exports/{export}/answer", {"what": "approve"})
    for person in ("zhao", "lin", "wang", "qian", "zheng", "admin"):
        assert browse(person).post(f"/exports/{export}/file").status_code == 404, person
    for person in ("chen", "lin", "qian", "zheng"):
        assert browse(person).post(f"/exports/{export}/answer", {"what": "approve"}).status_code == 404, person
    assert browse("zhao").post("/exports/" + "0" * 32 + "/answer", {"what": "approve"}).status_code == 404
    assert browse("chen").post("/exports/x/file").status_code == 404
