"""What of a value stays: masks, words of the shop's files, numbers and times; of what a person typed, nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine.retention.redacting import Redactor, hidden_name
from engine.retention.vocabulary import words_in

WORDS = frozenset({"accept", "圆通", "破损"})


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        ("receiver_name", "张三", "张**"),
        ("receiver_phone", "13812345678", "138****5678"),
        ("receiver_address", "浙江省杭州市西湖区1号", "浙江省杭州市***"),
        ("pay_account", "6222021234567890123", "****0123"),
        ("pay_account", Decimal(6222021234), "***"),
        ("customer_decision", "accept", "accept"),
        ("courier", "圆通", "圆通"),
        ("courier", "张三", "***"),
        ("note", "客户张三,电话13812345678", "***"),
        ("note", "Zhang San", "***"),
        ("note", "zhangsan", "***"),
        ("note", "", ""),
        ("note", None, None),
        ("claim_no", "CL-2026-0001", "CL-2026-0001"),
        ("claim_no", "zhangsan", "***"),
        ("claim_no", "13812345678", "***"),
        ("claim_no", "4111111111111111", "***"),
        ("order_id", "4111111111111111", "4111111111111111"),
        ("order_id", "13812345678", "***"),
        ("note", "CL-2026-0001", "***"),
        ("note", "6222021234567890123", "***"),
        ("note", "057188886666", "***"),
        ("due", "2026-01-02T09:00:00+08:00", "2026-01-02T09:00:00+08:00"),
        ("due", "P3DT4H", "P3DT4H"),
        ("amount", "199.90", "199.90"),
        ("amount", Decimal("199.90"), Decimal("199.90")),
        ("ok", True, True),
        ("at", datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)),
        ("reasons", ["accept", "张三不要了"], ["accept", "***"]),
        ("groups", "accept,破损", "accept,破损"),
        ("groups", "accept,张三", "***"),
        (
            "rows",
            [{"receiver_name": "张三", "quantity": Decimal(2)}],
            [{"receiver_name": "张**", "quantity": Decimal(2)}],
        ),
        ("map", {"张三": Decimal(1)}, {"***0": Decimal(1)}),
    ],
)
def test_what_stays_of_a_value(name: str, value: object, left: object) -> None:
    assert Redactor(WORDS).value(name, value) == left


def test_a_second_time_changes_nothing_more_where_a_text_has_no_mask() -> None:
    first = Redactor(WORDS | {"***"}).value("", {"note": "张三", "courier": "圆通"})
    assert Redactor(WORDS | {"***"}).value("", first) == first


def test_of_a_file_stay_its_hash_and_the_ending_of_its_name() -> None:
    file = {"id": "0" * 32, "name": "张三的面单.jpg", "type": "image/jpeg", "size": Decimal(7), "sha256": "a" * 64}
    redactor = Redactor(WORDS)
    assert redactor.value("photos", [file]) == [file | {"name": "***.jpg"}]
    assert "张三的面单.jpg" in redactor.removed


@pytest.mark.parametrize(
    ("name", "left"), [("张三.PNG", "***.PNG"), ("张三", "***"), ("a.张三", "***"), ("a.b.pdf", "***.pdf")]
)
def test_endings_are_plain_ones(name: str, left: str) -> None:
    assert hidden_name(name) == left


def test_what_was_taken_is_taken_out_of_other_texts_too() -> None:
    redactor = Redactor(WORDS)
    redactor.value("receiver_name", "张三丰")
    redactor.value("note", "王")  # too short to be looked for
    assert redactor.scrubbed("张三丰说王道") == "***说王道"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'<task name="a" x="=if ok then &quot;kept&quot; else &quot;sent back&quot;"/>', {"a", "kept", "sent back"}),
        ('<text>"圆通","中通"</text>'.encode(), {"圆通", "中通"}),
        (b'{"value": "accept", "label": "\\"quoted\\" word"}', {"accept", "quoted"}),
        (b'<x groups="finance,warehouse"/>', {"finance", "warehouse", "finance,warehouse"}),
    ],
)
def test_words_are_read_out_of_every_kind_of_file(content: bytes, said: set[str]) -> None:
    assert said <= set(words_in(content))
