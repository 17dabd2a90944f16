"""Orders and parcels come in: row by row, twice is once, news become messages."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import shop
from engine.clock import to_microseconds
from engine.errors import InvalidValue
from engine.shop.rows import Refused, RowKind, read_row, read_time
from tests.engine.shop.conftest import ORDER, PARCEL, FakeRuntime, order, parcel, take


def test_an_order_has_the_catalogues_names_and_types(runtime: FakeRuntime) -> None:
    take(runtime, {**ORDER, "paid_at": "2026-01-01 10:00", "is_special_offer": "是", "packaging": "分开包装"})
    assert order(runtime) == {
        "order_id": "SO-1001",
        "customer_id": "C-88",
        "channel": "marketplace",
        "shop": None,
        "order_stage": "unpaid",
        "order_amount": Decimal("199"),
        "items": "杯子×2",
        "paid_at": datetime(2026, 1, 1, 2, 0, tzinfo=UTC),
        "is_special_offer": True,
        "packaging": "separate",
        "freight": None,
        "order_remark": None,
        "receiver_name": "张三",
        "receiver_phone": "13800000000",
        "receiver_address": "浙江省杭州市文三路1号",
        "courier": None,
        "waybill_no": None,
    }
    with runtime.db.read() as connection:
        assert shop.order_facts(connection, "SO-404") is None
        assert shop.parcel_facts(connection, "YT404") is None


def test_the_same_rows_twice_change_nothing_and_say_nothing(runtime: FakeRuntime) -> None:
    rows = ({**ORDER, "order_stage": "paid"}, PARCEL)
    first, second = take(runtime, *rows), take(runtime, *rows)
    assert (first.orders, first.parcels, first.changed, first.messages) == (1, 1, 2, 1)
    assert (second.orders, second.parcels, second.changed, second.messages) == (1, 1, 0, 0)
    assert len(runtime.published) == 1


def test_a_newly_paid_order_is_told_once_with_its_facts(runtime: FakeRuntime) -> None:
    take(runtime, ORDER)
    assert runtime.published == []
    take(runtime, {"order_id": "SO-1001", "order_stage": "已付款", "paid_at": "2026-01-02T09:00+08:00"})
    take(runtime, {"order_id": "SO-1001", "order_stage": "picking"})
    ((name, key, payload, message_id, ttl),) = runtime.published
    assert (name, key, message_id, ttl) == ("msg_order_paid", "SO-1001", "order_paid:SO-1001", timedelta(hours=24))
    assert payload == {
        **ORDER,
        "order_amount": Decimal("199"),
        "order_stage": "paid",
        "paid_at": datetime(2026, 1, 2, 1, 0, tzinfo=UTC),
    }


@pytest.mark.parametrize("stage", ["shipped", "signed", "cancelled", "unpaid"])
def test_an_order_that_needs_no_dispatch_is_not_told(runtime: FakeRuntime, stage: str) -> None:
    take(runtime, {**ORDER, "order_stage": stage})
    assert runtime.published == []


def test_a_stage_never_goes_back(runtime: FakeRuntime) -> None:
    take(runtime, {**ORDER, "order_stage": "shipped"})
    take(runtime, {**ORDER, "order_stage": "paid", "items": "杯子×3"})
    assert order(runtime)["order_stage"] == "shipped"
    assert order(runtime)["items"] == "杯子×3"
    take(runtime, {**ORDER, "order_stage": "cancelled"})
    take(runtime, {**ORDER, "order_stage": "signed"})
    assert order(runtime)["order_stage"] == "cancelled"
    assert runtime.published == []


def test_an_empty_cell_keeps_what_is_known(runtime: FakeRuntime) -> None:
    take(runtime, ORDER)
    take(runtime, {"order_id": "SO-1001", "items": "", "receiver_name": "李四"})
    assert (order(runtime)["items"], order(runtime)["receiver_name"]) == ("杯子×2", "李四")


def test_what_the_shop_changed_later_is_remembered_with_its_time(runtime: FakeRuntime) -> None:
    take(runtime, ORDER)
    runtime.clock.advance(timedelta(hours=1))
    take(runtime, {**ORDER, "receiver_address": "上海市浦东新区1号"})
    with runtime.db.read() as connection:
        assert shop.changes_of(connection, "SO-1001") == {"receiver_address": to_microseconds(runtime.clock.now())}
        assert shop.changes_of(connection, "SO-404") == {}


def test_a_parcels_news_are_told_and_its_first_row_is_not(runtime: FakeRuntime) -> None:
    take(runtime, PARCEL)
    assert runtime.published == []
    take(runtime, {**PARCEL, "last_update_at": "2026-01-01T20:00", "location": "杭州", "stage": "派送中"})
    assert runtime.published == [
        (
            "msg_logistics_updated",
            "YT1",
            {"stage": "delivering", "location": "杭州", "updated_at": datetime(2026, 1, 1, 12, 0, tzinfo=UTC)},
            "YT1:2026-01-01T12:00:00+00:00",
            timedelta(0),
        )
    ]
    assert parcel(runtime)["stage"] == "delivering"


@pytest.mark.parametrize("last_update_at", ["2026-01-01T09:00", "2025-12-31T09:00"])
def test_old_news_of_a_parcel_are_no_news(runtime: FakeRuntime, last_update_at: str) -> None:
    take(runtime, PARCEL)
    report = take(runtime, {**PARCEL, "stage": "signed", "last_update_at": last_update_at})
    assert (report.parcels, report.changed, runtime.published) == (1, 0, [])
    assert parcel(runtime)["stage"] == "in_transit"


def test_news_from_the_future_are_refused(runtime: FakeRuntime) -> None:
    report = take(runtime, {**PARCEL, "last_update_at": "2026-01-02T09:10:01"})
    assert [str(problem) for problem in report.problems] == ["第 1 行:最近物流更新晚于当前时间"]
    assert take(runtime, {**PARCEL, "last_update_at": "2026-01-02T09:10:00"}).problems == []


def test_several_rows_of_one_key_count_one_after_the_other(runtime: FakeRuntime) -> None:
    later = {**PARCEL, "last_update_at": "2026-01-01T10:00"}
    report = take(runtime, ORDER, {**ORDER, "order_stage": "paid"}, PARCEL, later, PARCEL)
    assert [message[0] for message in runtime.published] == ["msg_order_paid", "msg_logistics_updated"]
    assert (report.orders, report.parcels, report.changed) == (2, 3, 4)
    assert parcel(runtime)["last_update_at"] == datetime(2026, 1, 1, 2, 0, tzinfo=UTC)


def test_a_row_whose_message_is_refused_is_not_written_and_comes_again(runtime: FakeRuntime) -> None:
    runtime.refuses = True
    report = take(runtime, {**ORDER, "order_stage": "paid"})
    assert report.problems[0].line == 1
    assert (report.changed, report.messages) == (0, 0)
    runtime.refuses = False
    assert take(runtime, {**ORDER, "order_stage": "paid"}).messages == 1


def test_a_crash_between_message_and_row_sends_the_message_again_with_the_same_id(
    runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(BaseException):
        """As kill -9 would be."""

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr("engine.shop.intake._write", crash)
        with pytest.raises(Crash):
            take(runtime, {**ORDER, "order_stage": "paid"})
    take(runtime, {**ORDER, "order_stage": "paid"})
    assert [message[3] for message in runtime.published] == ["order_paid:SO-1001"] * 2


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"order_id": "SO 1"}, "订单号须为 4 到 32 个字母、数字或横线"),
        ({"order_id": ""}, "缺少订单号"),
        ({"customer_id": ""}, "缺少客户ID"),
        ({"channel": "fax"}, "渠道须为 官方网站、第三方零售平台、社交电商、电话、上门 之一"),
        ({"order_stage": "maybe"}, "订单状态须为 待付款、已付款、拣货中、已发货、已签收、已取消 之一"),
        ({"order_amount": "-1"}, "订单金额须为大于 0 的金额,最多两位小数"),
        ({"order_amount": "1.005"}, "订单金额须为大于 0 的金额,最多两位小数"),
        ({"order_amount": "NaN"}, "订单金额须为大于 0 的金额,最多两位小数"),
        ({"order_amount": "1e9999999"}, "订单金额须为大于 0 的金额,最多两位小数"),
        ({"order_amount": "many"}, "订单金额不是金额"),
        ({"receiver_phone": "12345"}, "电话须为 11 位手机号或带区号的座机"),
        ({"paid_at": "yesterday"}, "付款时间不是时间,请写成 2026-01-02 09:30 或 2026-01-02T09:30+08:00"),
        ({"is_special_offer": "maybe"}, "特价商品须为 是 或 否"),
        ({"items": "x" * 2001}, "商品不能超过 2000 字"),
        ({"items": "a\x00b"}, "商品含有不可见的控制字符"),
        ({"items": "a\x1b[31mb"}, "商品含有不可见的控制字符"),
        ({"customer_id": "C\ud800"}, "客户ID含有不可见的控制字符"),
        ({"items": ["杯子"]}, "商品不是单个值"),
        (
            {"order_amount": "0", "channel": "fax"},
            "渠道须为 官方网站、第三方零售平台、社交电商、电话、上门 之一;订单金额须为大于 0 的金额,最多两位小数",
        ),
    ],
)
def test_a_wrong_cell_is_named_and_the_other_rows_are_taken(
    runtime: FakeRuntime, changed: dict[str, object], sentence: str
) -> None:
    report = take(runtime, {**ORDER, **changed}, {**ORDER, "order_id": "SO-1002"})
    assert [(problem.line, problem.text) for problem in report.problems] == [(1, sentence)]
    assert report.orders == 1
    order(runtime, "SO-1002")


def test_marks_of_reading_direction_are_dropped_since_no_form_would_take_them_back(runtime: FakeRuntime) -> None:
    take(runtime, {**ORDER, "customer_id": "\u200e小\u202e明\u202c", "order_remark": "\u2067急\u2069\n轻放"})
    assert (order(runtime)["customer_id"], order(runtime)["order_remark"]) == ("小明", "急\n轻放")


@pytest.mark.parametrize("phone", ["13800000000", "0571-88888888", "01088888888"])
def test_mobile_and_landline_numbers_are_right(phone: str) -> None:
    assert read_row(RowKind.ORDER, {**ORDER, "receiver_phone": phone}).values["receiver_phone"] == phone


@pytest.mark.parametrize(
    "text", ["2026-01-02T09:00+08:00", "2026-01-02 09:00", "2026/01/02 09:00:00", "2026-01-02T01:00:00Z"]
)
def test_times_have_a_zone_or_are_the_shops(text: str) -> None:
    assert read_time(text) == datetime(2026, 1, 2, 1, 0, tzinfo=UTC)


@settings(deadline=None)
@given(
    cells=st.dictionaries(
        st.sampled_from([*sorted(ORDER), "paid_at", "nonsense"]),
        st.one_of(st.none(), st.text(), st.integers(), st.booleans(), st.decimals(), st.lists(st.text())),
    )
)
def test_any_cells_are_read_or_refused(cells: dict[str, object]) -> None:
    with contextlib.suppress(Refused):
        row = read_row(RowKind.ORDER, cells)
        assert row.values["order_id"] == row.key


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(stages=st.lists(st.sampled_from(["unpaid", "paid", "picking", "shipped", "signed", "cancelled"]), min_size=1))
def test_whatever_comes_an_order_is_told_at_most_once(runtime: FakeRuntime, stages: list[str]) -> None:
    runtime.published.clear()
    order_id = f"SO-{abs(hash(tuple(stages))) % 10**12}"
    for stage in stages:
        take(runtime, {**ORDER, "order_id": order_id, "order_stage": stage})
    assert len({message[3] for message in runtime.published}) == len(runtime.published) <= 1


def test_a_waybill_number_is_taken_by_a_parcel_or_an_order(runtime: FakeRuntime) -> None:
    take(runtime, {**ORDER, "waybill_no": "SF9"}, PARCEL)
    with runtime.db.read() as connection:
        assert [shop.taken(connection, "waybills", one) for one in ("YT1", "SF9", "SF8", None)] == [
            True,
            True,
            False,
            False,
        ]
        with pytest.raises(InvalidValue):
            shop.taken(connection, "elephants", "x")
