"""Import files: CSV and JSON as shops write them, and files that are none."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from engine import shop
from engine.errors import InvalidValue
from engine.shop.report import MAX_PROBLEMS
from tests.engine.shop.conftest import ORDER, PARCEL, FakeRuntime, order, parcel

CSV = (
    "订单号,客户ID,渠道,订单状态,订单金额,备注栏\n"
    'SO-1001,C-88,第三方零售平台,已付款,"1,234.50",x\n'
    ",C-89,电话,待付款,1,\n"
    "SO-1003,C-90,电话,待付款,2,\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_file_with_chinese_headings_is_read(runtime: FakeRuntime, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(CSV.encode(encoding))
    report = shop.import_file(runtime, path)
    assert [str(problem) for problem in report.problems] == ["未识别的列,已略过:备注栏", "第 3 行:缺少订单号"]
    assert (report.orders, report.messages) == (2, 1)
    assert order(runtime)["order_amount"] == Decimal("1234.5")


def test_a_line_number_counts_lines_and_not_rows(runtime: FakeRuntime, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        "order_id,customer_id,channel,order_stage,items\n"
        'SO-1001,C-1,phone,unpaid,"杯子\n碗"\nbad id,C-2,phone,unpaid,x\n'
    )
    assert [problem.line for problem in shop.import_file(runtime, path).problems] == [4]


def test_a_csv_file_of_parcels_is_told_from_one_of_orders(runtime: FakeRuntime, tmp_path: Path) -> None:
    path = tmp_path / "parcels.csv"
    path.write_text("运单号,物流状态,当前位置,最近物流更新\nYT1,运输中,杭州,2026-01-01 09:00\n")
    report = shop.import_file(runtime, path)
    assert (report.orders, report.parcels, report.problems) == (0, 1, [])
    assert parcel(runtime)["location"] == "杭州"


@pytest.mark.parametrize(
    "content",
    [
        {"orders": [ORDER], "parcels": [PARCEL]},
        [ORDER, PARCEL],
    ],
)
def test_json_comes_as_a_list_or_by_kind(runtime: FakeRuntime, tmp_path: Path, content: object) -> None:
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(content))
    report = shop.import_file(runtime, path)
    assert (report.orders, report.parcels, report.problems) == (1, 1, [])


def test_numbers_of_json_stay_exact(runtime: FakeRuntime, tmp_path: Path) -> None:
    path = tmp_path / "shop.json"
    path.write_text(
        '[{"order_id": "SO-1001", "customer_id": "C-1", "channel": "phone", "order_stage": "unpaid",'
        ' "order_amount": 1234567.89}]'
    )
    shop.import_file(runtime, path)
    assert order(runtime)["order_amount"] == Decimal("1234567.89")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", b"{"),
        ("a.json", b'{"order": []}'),
        ("a.json", b'{"orders": {}}'),
        ("a.json", b"\xff\xfe"),
        ("a.json", b"[" * 100_000),
        ("a.csv", b"\x00\x01\x02"),
        ("a.csv", b"\xff\xff\xff"),
        ("a.csv", b"name,age\n1,2\n"),
        ("a.csv", b""),
        ("a.csv", b'order_id,items\nSO-1001,"open'),
        ("a.csv", b"order_id,items\nSO-1001," + b"x" * 200_000),
    ],
)
def test_a_file_that_is_none_is_refused_with_a_sentence(
    runtime: FakeRuntime, tmp_path: Path, name: str, data: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InvalidValue) as refused:
        shop.import_file(runtime, path)
    assert not refused.value.message_zh.isascii()


@pytest.mark.parametrize("content", [[1, None, "x"], [{}], {"orders": [5]}])
def test_json_rows_that_are_none_are_problems(runtime: FakeRuntime, tmp_path: Path, content: object) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content))
    report = shop.import_file(runtime, path)
    assert len(report.problems) == len(content)
    assert report.orders == 0


def test_a_missing_file_is_said_to_be_missing(runtime: FakeRuntime, tmp_path: Path) -> None:
    with pytest.raises(InvalidValue):
        shop.import_file(runtime, tmp_path / "nothing.csv")


def test_a_big_file_goes_in_batches_and_its_problems_are_capped(runtime: FakeRuntime, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    lines = ["order_id,customer_id,channel,order_stage"]
    lines += [f"SO-{n:05},C-{n},phone,unpaid" for n in range(1200)]
    lines += ["bad id,C-1,phone,unpaid"] * (MAX_PROBLEMS + 10)
    path.write_text("\n".join(lines))
    report = shop.import_file(runtime, path)
    assert (report.orders, report.changed, len(report.problems)) == (1200, 1200, MAX_PROBLEMS)
