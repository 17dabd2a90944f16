"""Texts as people write them, and messages that leave at least once."""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import outbox
from engine.errors import JobFailed, NotFound
from engine.feel.values import YearMonthDuration
from engine.labels import Labels, labels_of
from engine.outbox import EMPTY, Message, Spool, check_template, render, say
from engine.store.database import Database

PLAIN = Labels(names={}, options={}, personal=frozenset())
FRIDAY_MIDNIGHT_IN_SHANGHAI = datetime(2026, 1, 1, 16, 30, tzinfo=UTC)


def message(id: int = 7, **changed: object) -> Message:  # noqa: A002  the field's name
    given = {
        "id": id,
        "instance": 1,
        "case_id": "1",
        "element": "notify_lost",
        "audience": "customer",
        "recipient": "C-88",
        "channel": "marketplace",
        "template": "T10F",
        "template_hash": "ab",
        "text": "亲,您好!",
        "written_at": FRIDAY_MIDNIGHT_IN_SHANGHAI,
    }
    return Message(**(given | changed))  # type: ignore[arg-type]  # columns by name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, EMPTY),
        ("", EMPTY),
        ([], EMPTY),
        (True, "是"),
        (False, "否"),
        (Decimal("1E+3"), "1000"),
        (Decimal("12.50"), "12.5"),
        (Decimal("0.000000001"), "0.000000001"),
        (Decimal("100"), "100"),
        (0, "0"),
        (["甲", "乙"], "甲、乙"),
        ({"a": "甲", "b": None}, f"甲、{EMPTY}"),
        (FRIDAY_MIDNIGHT_IN_SHANGHAI, "2026-01-02 00:30"),
        (datetime(2026, 1, 2, 9, 5), "2026-01-02 09:05"),
        (date(2026, 1, 2), "2026-01-02"),
        (time(9, 5), "09:05"),
        (timedelta(hours=3, minutes=20), "3小时20分"),
        (timedelta(days=2), "2天"),
        (timedelta(0), "0分"),
        (YearMonthDuration(14), "1年2个月"),
        (YearMonthDuration(0), "0个月"),
    ],
)
def test_a_value_reads_as_a_person_would_write_it(value: object, text: str) -> None:
    assert say(value) == text


def test_enumerations_read_their_labels_and_personal_data_are_masked() -> None:
    form = {
        "components": [
            {
                "type": "select",
                "key": "payout_kind",
                "label": "款项类型",
                "values": [{"value": "refund", "label": "退款"}],
            },
            {"type": "textfield", "key": "contact", "label": "联系人", "properties": {"masked": "true"}},
        ]
    }
    labels = labels_of({"f": form})
    variables = {"payout_kind": "refund", "receiver_name": "张三", "contact": "李四", "order": {"items": "杯子"}}
    text = "订单{payout_kind}款,{receiver_name},{contact},{order.items},{nothing},{order.nothing}"
    assert render(text, variables, labels) == f"订单退款款,张**,***,杯子,{EMPTY},{EMPTY}"


def test_what_is_filled_in_is_not_a_template_again() -> None:
    assert render("{a} {{a}} {{{a}}}", {"a": "{b}", "b": "secret"}, PLAIN) == "{b} {a} {{b}}"
    assert render("{a.__class__}", {"a": "x"}, PLAIN) == EMPTY


@settings(deadline=None)
@given(st.text())
def test_any_text_renders_without_an_error(text: str) -> None:
    render(text, {"a": Decimal(1)}, PLAIN)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"\xff\xfe", "template.encoding"),
        (b"  \n", "template.empty"),
        (("长" * 2001).encode(), "template.length"),
        ("a\u202eb".encode(), "template.hidden"),
        (b"a\x00b", "template.hidden"),
        ("您好 { 啊".encode(), "template.braces"),
        ("您好 } 啊".encode(), "template.braces"),
        (b"{1x}", "template.placeholder"),
        (b"{}", "template.placeholder"),
        ("{订单}".encode(), "template.placeholder"),
        (b"{unknown_name}", "template.unknown"),
    ],
)
def test_a_bad_template_is_found(data: bytes, rule: str) -> None:
    findings = check_template(data, "C1.txt", known=["waybill_no"])
    assert [finding.rule for finding in findings] == [rule]
    assert findings[0].file == "C1.txt"
    assert findings[0].zh


def test_a_good_template_is_clean() -> None:
    assert check_template("亲,{waybill_no} {{x}} {order.items}".encode(), "T1.txt", known=["waybill_no", "order"]) == []
    assert check_template(b"{anything}", "C1.txt") == []
    assert outbox.placeholders("{a}{ b }{a}{{c}}{d:%}") == ("a", "b", "d")


@pytest.mark.parametrize(
    ("value", "text"),
    [(Decimal("0.1"), "10%"), (Decimal("0.125"), "12.5%"), (0, "0%"), (None, EMPTY), ("x", "x"), (True, "是")],
)
def test_a_rate_is_shown_in_per_cent(value: object, text: str) -> None:
    assert render("{rate:%}", {"rate": value}, PLAIN) == text
    assert check_template("亲,优惠{rate:%}".encode(), "T1.txt", known=["rate"]) == []


def test_a_personal_share_is_masked_all_the_same() -> None:
    assert render("{pay_account:%}", {"pay_account": Decimal(5)}, PLAIN) == "***"


@pytest.mark.parametrize(
    ("file", "text", "greets"),
    [
        ("T1.txt", "亲,您好!", True),
        ("texts/T10A.txt", "  您好,包裹已发出。", True),
        ("T1.txt", "张女士,您的包裹已发出。", True),
        ("T1.txt", "包裹已发出,亲。", False),
        ("T1.txt", "{customer_name},包裹已发出。", False),
        ("C10A.txt", "请核实运单。", True),
        ("Text.txt", "请核实运单。", True),
    ],
)
def test_a_text_to_a_customer_opens_with_a_greeting(file: str, text: str, *, greets: bool) -> None:
    rules = [(finding.rule, finding.severity) for finding in check_template(text.encode(), file)]
    assert rules == ([] if greets else [("template.greeting", "warning")])


def test_a_message_is_written_and_marked(db: Database) -> None:
    with db.begin() as tx:
        outbox.write(tx, message())
    with db.read() as connection:
        assert outbox.read_row(connection, 7) == message()
        assert outbox.list_messages(connection, "1") == (message(),)
        with pytest.raises(NotFound):
            outbox.read_row(connection, 8)
    with db.begin() as tx:
        outbox.mark_delivered(tx, 7, FRIDAY_MIDNIGHT_IN_SHANGHAI)
    with db.read() as connection:
        assert connection.exec_driver_sql("SELECT delivered_at FROM outbox").scalar() == 1767285000000000


def test_the_delivery_job_can_never_have_the_id_of_an_instances_job() -> None:
    row = outbox.delivery_job(message())
    assert (row["id"], row["kind"], row["payload"]) == (-7, "delivery", b'{"outbox":7}')


def test_the_spool_has_a_file_a_day_of_the_shop_and_a_line_a_message(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "out")
    spool(message())
    spool(message(8, text="第二条\n两行", written_at=FRIDAY_MIDNIGHT_IN_SHANGHAI + timedelta(hours=1)))
    (file,) = (tmp_path / "out").iterdir()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert file.name == "2026-01-02.jsonl"
    assert [line["key"] for line in lines] == ["outbox:7", "outbox:8"]
    assert lines[0]["recipient"] == "C-88"
    assert lines[1]["text"] == "第二条\n两行"
    assert file.stat().st_mode & 0o077 == 0


def test_a_message_is_on_the_disk_before_it_counts_as_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    Spool(tmp_path)(message())
    assert len(synced) == 2, "the line, and the new file's name"
    Spool(tmp_path)(message(8))
    assert len(synced) == 3


def test_a_full_disk_fails_the_delivery_and_leaves_no_half_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path)
    spool(message())
    original = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: original(descriptor, data[:10]))
    with pytest.raises(JobFailed):
        spool(message(8))
    monkeypatch.setattr(os, "write", original)
    spool(message(9))
    (file,) = tmp_path.iterdir()
    assert [json.loads(line)["key"] for line in file.read_text().splitlines()] == ["outbox:7", "outbox:9"]


def test_half_a_line_of_somebody_who_died_spoils_no_other(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool(message())
    (file,) = tmp_path.iterdir()
    with file.open("a") as torn:
        torn.write('{"key": "outb')
    spool(message(8))
    first, torn_line, second = file.read_text().splitlines()
    assert (json.loads(first)["key"], torn_line, json.loads(second)["key"]) == ("outbox:7", '{"key": "outb', "outbox:8")


def test_a_line_that_is_taken_back_takes_no_other_workers_line_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one worker finds that its line was cut short, another one writes: it waits."""
    Spool(tmp_path)(message())
    cut, original, others = threading.Event(), os.write, threading.Thread(target=lambda: Spool(tmp_path)(message(9)))

    def write(descriptor: int, data: bytes) -> int:
        if cut.is_set():
            return original(descriptor, data)
        cut.set()
        others.start()
        others.join(0.2)  # it has every chance to come in between
        return original(descriptor, data[:10])

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(JobFailed):
        Spool(tmp_path)(message(8))
    others.join()
    (file,) = tmp_path.iterdir()
    assert [json.loads(line)["key"] for line in file.read_text().splitlines()] == ["outbox:7", "outbox:9"]


def test_a_folder_that_cannot_be_made_fails_the_delivery(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file stands in the way")
    with pytest.raises(JobFailed):
        Spool(tmp_path / "out")(message())
