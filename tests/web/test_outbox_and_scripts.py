"""Messages that go out and the texts they are made of, as people look them up."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from engine import shop
from engine.errors import JobFailed
from engine.model import SYSTEM
from engine.outbox import Message
from engine.worker import Worker
from tests.web.browser import STALLED, Browser
from web import parts_of

Browse = Callable[[str], Browser]


def refuses(_message: Message) -> None:
    raise JobFailed("the chat bridge is down", message_zh="聊天接口不可用。")


@pytest.fixture
def case(app: Flask, browse: Browse) -> str:
    """A case of wang's whose first message waits to be delivered."""
    wang = browse("wang")
    found = wang.start_inquiry()
    wang.post(f"/tasks/{wang.open_task(found)}", {**STALLED, "hours_since_update": "1", "customer_urges": "false"})
    return found


def work(app: Flask, way: Callable[[Message], None] = lambda _: None, *, rounds: int = 1) -> None:
    """Do what is due, over and over with two hours between: a message is given up after eight tries."""
    for number in range(rounds):
        if number:
            parts_of(app).clock.advance(timedelta(hours=2))  # type: ignore[attr-defined]  # a virtual one
        Worker(parts_of(app).runtime, deliver=way).drain()


def states(page: str) -> list[str]:
    return re.findall(r"已发送|发送失败|待发送", page.partition("<tbody>")[2])


def test_a_message_goes_and_its_page_says_so_masked(app: Flask, browse: Browse, case: str) -> None:
    work(app)
    page = browse("chen").get("/messages").text
    assert states(page) == ["已发送"]
    assert f"/cases/{case}" in page
    assert "C-***" in page
    assert "C-8812" not in page
    assert "已发送" in browse("chen").get(f"/cases/{case}?tab=messages").text


def test_a_message_that_fails_says_why_and_is_tried_again_by_itself(app: Flask, browse: Browse, case: str) -> None:
    work(app, refuses)
    page = browse("chen").get("/messages").text
    assert states(page) == ["发送失败"]
    assert "chat bridge is down" in page
    assert "下次" in page
    assert "再发一次" not in page
    assert "发送失败" in browse("wang").get(f"/cases/{case}?tab=messages").text
    work(app, rounds=3)
    assert states(browse("chen").get("/messages").text) == ["已发送"]


def test_a_message_that_was_given_up_is_sent_by_a_supervisor(app: Flask, browse: Browse, case: str) -> None:
    work(app, refuses, rounds=30)
    chen = browse("chen")
    (message,) = re.findall(r"/messages/(\d+)/retry", chen.get("/messages").text)
    for person in ("wang", "lin", "zheng", "qian"):
        assert "再发一次" not in browse(person).get("/messages").text
        assert browse(person).post(f"/messages/{message}/retry").status_code == 404, person
    assert chen.post(f"/messages/{message}/retry", {"next": "//evil.example"}).location == "/messages"
    assert chen.post(f"/messages/{message}/retry").status_code == 404, "somebody was there before"
    work(app)
    assert states(chen.get("/messages").text) == ["已发送"]
    assert chen.post(f"/messages/{message}/retry").status_code == 404
    assert chen.post("/messages/999999999/retry").status_code == 404


def test_messages_are_filtered(app: Flask, browse: Browse, case: str) -> None:
    work(app)
    chen = browse("chen")
    for query in (
        f"text={case}",
        "text=亲",
        "state=sent",
        "audience=customer",
        "template=T10B",
        "since=2026-01-02",
        "",
    ):
        assert states(chen.get(f"/messages?{query}").text) == ["已发送"], query
    for query in ("text=没有", "state=failed", "state=waiting", "audience=staff", "template=T1", "until=2026-01-01"):
        assert "没有找到" in chen.get(f"/messages?{query}").text, query
    for query in ("state=odd", "audience=x", "since=x", "until=2026-02-30", "since=0001-01-01"):
        page = chen.get(f"/messages?{query}").text
        assert "看不懂" in page, query
        assert states(page) == ["已发送"], query
    for place in ("x", "1", "1.2.3", "-1.2", "9" * 20 + ".1"):
        assert chen.get(f"/messages?after={place}").status_code == 404, place


def test_one_sees_the_messages_of_the_cases_that_one_sees(app: Flask, browse: Browse, case: str) -> None:
    work(app)
    for person, sees in (
        ("wang", True),
        ("sun", True),
        ("chen", True),
        ("zheng", True),
        ("lin", False),
        ("qian", False),
    ):
        assert (f"/cases/{case}" in browse(person).get("/messages").text) is sees, person


def test_messages_come_page_by_page(app: Flask, browse: Browse, case: str) -> None:
    work(app)
    copy = """INSERT INTO outbox SELECT id + :n, instance, case_id, element, audience, recipient, channel, template,
              template_hash, text, written_at + :n, delivered_at FROM outbox WHERE id = (SELECT min(id) FROM outbox)"""
    with parts_of(app).db.begin() as tx:
        tx.connection.execute(text(copy), [{"n": number} for number in range(1, 120)])
    chen, seen, path = browse("chen"), 0, "/messages"
    while path:
        page = chen.get(path).text
        seen += len(states(page))
        found = re.search(r'href="(/messages\?after=[^"]+)"[^>]*>下一页', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert seen == 120


# --- texts ---------------------------------------------------------------------------------------


def test_texts_say_where_they_are_used_and_what_their_names_mean(browse: Browse) -> None:
    lin = browse("lin")
    page = lin.get("/scripts").text
    assert "快递查询流程 · " in page
    assert "T10A" in page
    page = lin.get("/scripts/TS2A").text
    for word in ("支付流水号", "〔订单号〕", "〔金额〕", "用变量名示意", "登记并退款"):
        assert word in page, word
    assert "没有找到" in lin.get("/scripts?text=没有这样的话").text
    assert "TS2A" in lin.get("/scripts?text=ts2a").text


def test_a_text_is_shown_with_a_cases_values_masked(browse: Browse, case: str) -> None:
    wang = browse("wang")
    page = wang.get(f"/scripts/C10A?of={case}").text
    assert "YT1" in page.partition("preview-text")[2]
    assert "13800138000" not in page
    assert f"用工单 {case} 的数据" in page
    lin = browse("lin").get(f"/scripts/C10A?of={case}")
    assert lin.status_code == 404
    assert "没有这个工单或订单" in lin.text
    assert "YT1" not in lin.text


def test_a_text_is_shown_with_an_orders_values(browse: Browse) -> None:
    page = browse("lin").get("/scripts/T07A?of=SO-1001").text
    assert "SO-1001" in page.partition("preview-text")[2]
    for person in ("zhou", "zheng"):
        assert browse(person).get("/scripts/T07A?of=SO-1001").status_code == 404, person
    for odd in ("%00", "'", "9" * 60, "<b>"):
        assert browse("lin").get(f"/scripts/T07A?of={odd}").status_code == 404, odd


def test_a_name_that_no_process_knows_is_flagged(app: Flask, browse: Browse) -> None:
    zhou = browse("zhou")
    files = {"T10A.txt": "包裹{waybill_no}由{no_such_name}送达。".encode()}
    checked = zhou.upload("/studio/check", files)
    assert "no_such_name" in checked.text
    assert "问候" in checked.text
    parts_of(app).definitions.deploy(files, SYSTEM)
    page = browse("lin").get("/scripts/T10A").text
    assert "没有流程使用" in page
    assert "问候" in page


def test_what_the_shop_says_of_itself_stands_in_messages_and_previews(app: Flask, browse: Browse) -> None:
    wang, parts = browse("wang"), parts_of(app)
    text = "亲,请寄至{warehouse_address}({warehouse_contact})。"
    parts.definitions.deploy({"T10B.txt": text.encode()}, SYSTEM)
    shop.change_setting(parts.db, parts.clock, SYSTEM, "warehouse_address", "杭州1号仓")
    case = wang.start_inquiry()
    wang.post(f"/tasks/{wang.open_task(case)}", {**STALLED, "hours_since_update": "1", "customer_urges": "false"})
    work(app)
    assert "亲,请寄至杭州1号仓(暂无)。" in wang.get("/messages").text
    assert "亲,请寄至杭州1号仓(暂无)。" in wang.get(f"/scripts/T10B?of={case}").text
