"""What agents read of a diagram's documentation, of amounts, and of what is over or still waits."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from lxml import etree

from engine.labels import Labels
from engine.queries import EventView
from web import format as words
from web import history

PROCESSES = Path(__file__).parents[2] / "processes"
FILE = "000_eb72c93a88eadf82.txt"
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("documented", "read"),
    [
        (
            f"来源:{FILE},7.交货流程,Q4:「仓库会拣货。」\n说明:按订单的商品拣货。",
            "「仓库会拣货。」\n按订单的商品拣货。",
        ),
        (f"来源:{FILE},7.交货流程(发货),Q1:「各公司不同。」所以规则单独修改。", "「各公司不同。」所以规则单独修改。"),
        (f"来源:{FILE},10.快递查询流程。标准可改;另据 001_79b5021f8b1a6909.txt:「要反馈」。", "标准可改;「要反馈」。"),
        (f"来源:{FILE},10.快递查询流程", ""),
        ("ADDED:两处在此汇合。", "两处在此汇合。"),
        ("按观察处理(ADDED)。\n(001:「第一时间反馈」)", "按观察处理。\n(「第一时间反馈」)"),
        ("满48小时的件,14:00前复查。", "满48小时的件,14:00前复查。"),
        (f"来源:{FILE},F37(L284):「买家申请」;F37(L292–293):「受理」。15天。", "「买家申请」「受理」。15天。"),
        (f"ADDED:运费可以赔付。依据 {FILE},F09(L84–87)。", "运费可以赔付。"),
        ("没有写多久,ADDED 15分钟;视为同意(ADDED,惯例)。", "没有写多久,15分钟;视为同意(惯例)。"),
        ("另看赠品(L185)。\nL264「不承担」后面缺。", "另看赠品。\n「不承担」后面缺。"),
        ("ADDED:来源按渠道填。", "来源按渠道填。"),
        (None, ""),
    ],
)
def test_agents_read_the_sentence_without_its_file_and_question(documented: str | None, read: str) -> None:
    assert words.reason(documented) == read


def test_no_shipped_documentation_shows_agents_where_it_stands() -> None:
    texts = [
        text.text or ""
        for file in PROCESSES.rglob("*.bpmn")
        for text in etree.parse(file).iter("{http://www.omg.org/spec/BPMN/20100524/MODEL}documentation")
    ]
    assert len(texts) > 50
    read = [words.reason(text) for text in texts]
    assert all(read)
    assert [text for text in read if re.search(r"\.txt|,Q\d|来源[:\uff1a]|ADDED|说明:|\bL\d", text)] == []


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("order_amount", Decimal("76.5"), "¥76.50"),
        ("claim_amount", 459, "¥459.00"),
        ("amount_confirmed", True, "是"),
        ("weight_kg", Decimal("18.50"), "18.5"),
    ],
)
def test_an_amount_is_money_everywhere(app: Flask, name: str, value: Decimal | int, read: str) -> None:
    with app.test_request_context():
        assert words.named_value(value, name) == read


def event(kind: str, element: str, seq: int) -> EventView:
    return EventView(
        stream=7,
        seq=seq,
        at=NOON,
        actor="li.na",
        actor_name="李娜",
        kind=kind,
        element=element,
        element_name=element,
        process_name="快递查询流程",
        value={},
        revision=seq,
        cursor="",
    )


def test_only_what_still_waits_is_amber_in_the_timeline(app: Flask) -> None:
    told = [
        event("user_task.created", "check", 1),
        event("user_task.claimed", "check", 2),
        event("user_task.completed", "check", 3),
        event("user_task.created", "check", 4),
        event("call.started", "resend", 5),
        event("user_task.created", "ask", 6),
        event("user_task.cancelled", "ask", 7),
    ]
    with app.test_request_context():
        lines = history.lines(told, Labels(names={}, options={}, personal=frozenset()))
    assert [line.event.seq for line in lines if line.sign == "wait"] == [4, 5]


def test_a_decision_tells_the_tables_it_asked_before_its_own(app: Flask) -> None:
    own = {"decision": "payout", "inputs": {"level": "gold"}, "rules": [2], "output": Decimal(30)}
    asked = {"element": "level", "table": "t", "inputs": {"amount": Decimal(300)}, "rules": [], "output": "gold"}
    told = replace(event("decision.evaluated", "payout", 1), value={**own, "tables": [asked]})
    with app.test_request_context():
        (line,) = history.lines([told], Labels(names={"level": "会员等级"}, options={}, personal=frozenset()))
    first, *last = line.notes
    assert first.startswith("先查 会员等级:")
    assert "300" in first
    assert "没有规则命中" in first
    assert any("命中规则 2" in note for note in last)
    assert "30" in line.brief
