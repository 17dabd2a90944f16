"""Files of payments, rulings and returns: which rows they are, by name or Chinese label, CSV or JSON."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from engine import shop
from engine.shop.rows import Refused, RowKind, kind_of, read_row
from tests.engine.shop.conftest import FakeRuntime


@pytest.mark.parametrize(
    ("headings", "kind"),
    [
        ("支付流水号 实收金额 订单号", RowKind.PAYMENT),
        ("case_id payment_no amount", RowKind.PAYMENT),
        ("工单号 平台裁决 裁决金额", RowKind.RULING),
        ("order_id ruling", RowKind.RULING),
        ("退回运单号 快递公司 工单号", RowKind.RETURN),
        ("order_id return_waybill_no courier", RowKind.RETURN),
        ("运单号 物流状态 最近物流更新", RowKind.PARCEL),
        ("订单号 运单号 付款时间", RowKind.ORDER),
    ],
)
def test_the_columns_tell_what_a_row_is(headings: str, kind: RowKind) -> None:
    assert kind_of(dict.fromkeys(headings.split())) is kind


def test_a_file_of_events_is_read_and_told_once(runtime: FakeRuntime, tmp_path: Path) -> None:
    file = tmp_path / "events.json"
    rows = {
        "payments": [{"case_id": 404, "payment_no": "P1", "amount": 30}],
        "rulings": [{"case_id": "404", "ruling": "seller_wins"}],
        "returns": [{"case_id": "404", "return_waybill_no": "SF1", "courier": "顺丰"}, "nonsense"],
    }
    file.write_text(json.dumps(rows), encoding="utf-8")
    report = shop.import_file(runtime, file)
    assert (report.events, report.messages) == (3, 0)
    assert [str(problem) for problem in report.problems] == [
        "第 2 行:缺少退回运单号",
        "第 1 行:没有工单 404",
        "第 1 行:没有工单 404",
        "第 1 行:没有工单 404",
    ]
    assert runtime.published == []


def test_a_chinese_csv_of_payments_is_read(runtime: FakeRuntime, tmp_path: Path) -> None:
    file = tmp_path / "付款.csv"
    file.write_bytes("订单号,支付流水号,实收金额,付款时间\nSO-404,P1,¥1,不是\n".encode("gb18030"))
    report = shop.import_file(runtime, file)
    assert ["付款时间不是时间" in str(problem) for problem in report.problems] == [True]


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"ruling": "赢了"}, "须为 支持商家、支持客户、双方各担一部分 之一"),
        ({"ruling": "split", "ruling_measure": "钱"}, "裁决方案须为"),
        ({"ruling": "split", "ruling_amount": "-1"}, "裁决金额须为"),
        ({"ruling": "split", "case_id": "1" * 19}, "工单号须为工单号(数字)"),
        ({"ruling_measure": "explain"}, "缺少平台裁决"),
    ],
)
def test_a_wrong_cell_is_named(cells: dict[str, object], problem: str) -> None:
    with pytest.raises(Refused) as refused:
        read_row(RowKind.RULING, cells)
    assert problem in str(refused.value)


def test_a_ruling_without_money_may_be_nothing() -> None:
    assert read_row(RowKind.RULING, {"ruling": "split", "ruling_amount": "0"}).values["ruling_amount"] == Decimal(0)
