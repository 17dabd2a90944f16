"""Texts of forms as people read them: money, shares, labels, nothing, and personal data only for who needs them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import Babel

from engine.formcheck import check
from engine.labels import labels_of
from web.form_texts import written_number
from web.form_views import TextView
from web.format import named_value, percent, rule_cell
from web.forms import FormView

MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
CHOICE = {"type": "select", "key": "claim", "label": "类型", "values": [{"label": "丢件", "value": "lost"}]}
ROWS = {
    "type": "dynamiclist",
    "path": "places",
    "label": "地点",
    "isRepeating": True,
    "components": [
        {"type": "textfield", "key": "place", "label": "地点"},
        {"type": "number", "key": "quantity", "label": "件数", "decimalDigits": 0},
    ],
}


@pytest.fixture(autouse=True)
def context():
    app = Flask("web")
    Babel(app, default_locale="zh")
    with app.test_request_context():
        yield


def blocks(view):
    for item in view.items:
        yield from item.blocks if isinstance(item, TextView) else [item] if hasattr(item, "text") else []


def said(words, *components, raw=None, kind="text", reveals=None, labels=None, **values):
    schema = {"id": "s", "components": [{"type": kind, "text" if kind == "text" else "content": words}, *components]}
    submission = None if raw is None else check(schema, raw, values, now=MONDAY_9AM)
    more = {"reveals": reveals} if reveals else {}
    view = FormView(schema, context=values, now=MONDAY_9AM, submission=submission, labels=labels, **more)
    return [block.text for block in blocks(view) if not block.hidden]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("{{amount}} 元", "1,234.50 元"),
        ("{{amount * 0.3}}元", "370.35元"),
        ("{{0.005}} 元、{{-0.004}} 元", "0.01 元、0.00 元"),
        ("{{amount / 9000 * 100}} %", "13.72 %"),
        ("{{0.15 * 100}}%", "15%"),
        ("{{1 / 3}}", "0.3333"),
        ("{{3.00}} 件", "3 件"),
        ("{{gone}} 元", "暂无"),
        ("{{amount / 0}} %", "暂无"),
        ("{{[]}}", "暂无"),
        ('{{if gone = null then "" else "x"}}。', "。"),
        ("{{day}}、{{at}}", "2026-01-08、2026-01-05 09:30"),
        ("{{yes}}", "是"),
        ("{{claim}}、{{claims}}", "丢件、lost、重"),
        ("{{items}}", "台灯 ×2、灯泡 ×1"),
        ("{{places}}", "北京 ×3、上海 ×2"),
        ("{{1E30}} 元", "1000000000000000000000000000000 元"),
    ],
)
def test_values_read_as_people_write_them(words, expected):
    items = [{"name": "台灯", "quantity": Decimal(2)}, {"name": "灯泡", "quantity": Decimal(1)}]
    places = [{"place": "北京", "quantity": Decimal(3)}, {"place": "上海", "quantity": Decimal(2)}]
    labels = labels_of({"f": {"components": [CHOICE, ROWS]}})
    values = {"amount": Decimal("1234.5"), "day": date(2026, 1, 8), "at": datetime(2026, 1, 5, 1, 30, tzinfo=UTC)}
    values |= {"yes": True, "claim": "lost", "claims": ["lost", "重"], "items": items, "places": places}
    assert said(words, labels=labels, **values) == [expected]


def test_a_choice_of_the_form_itself_reads_by_its_label():
    assert said("{{claim}}", CHOICE, raw={"claim": "lost"}) == ["丢件"]
    assert said("{{claim}}", CHOICE, raw={"claim": ""}, claim="lost") == ["暂无"]


def test_personal_data_are_masked_but_for_who_needs_them():
    words = "{{new_address}}、{{order.receiver_phone}}、{{secret}}"
    values = {"new_address": "浙江省杭州市文三路1号", "order": {"receiver_phone": "13800138000"}, "secret": "甲"}
    labels = labels_of(
        {"f": {"components": [{"type": "textfield", "key": "secret", "properties": {"masked": "true"}}]}}
    )
    assert said(words, labels=labels, **values) == ["浙江省杭州市***、138****8000、***"]
    assert said(words, labels=labels, reveals=lambda name: name == "new_address", **values) == [
        "浙江省杭州市文三路1号、138****8000、***"
    ]


def test_html_gives_its_words_and_values_are_never_markup():
    assert said("<p>甲 {{a}}</p><script>x</script>", kind="html", a="<b>&</b>") == ["甲 <b>&</b>"]


def test_lines_are_paragraphs_and_a_section_may_be_left_out():
    words = "# 标题\n{{#if amount > 30}}\n要审批\n{{/if}}\n{{#loop items}}\n- {{this}}\n{{/loop}}"
    assert said(words, amount=Decimal(31), items=["a", "b"]) == ["标题", "要审批", "- a", "- b"]
    assert said(words, amount=Decimal(30)) == ["标题"]


def test_a_text_hides_by_what_is_typed():
    schema = {
        "id": "s",
        "components": [
            {"type": "number", "key": "n", "label": "数"},
            {"type": "text", "id": "t", "text": "大", "conditional": {"hide": "=n = null or n < 5"}},
        ],
    }
    for typed, hidden in (("4", True), ("5", False), ("x", True)):
        submission = check(schema, {"n": typed}, {"n": Decimal(9)}, now=MONDAY_9AM)
        view = FormView(schema, submission=submission, context={"n": Decimal(9)}, now=MONDAY_9AM)
        (text,) = [item for item in view.items if isinstance(item, TextView)]
        assert text.hidden is hidden
        assert view.live == ("f-text-1",)


def test_shares_and_conditions_of_tables_read_in_chinese():
    assert percent(Decimal("0.1")) == "10 %"
    assert percent(Decimal("0.153333")) == "15.33 %"
    assert named_value(Decimal("0.1"), "discount_rate") == "10 %"
    assert named_value(Decimal("0.15"), "comp_ratio") == "15 %"
    assert named_value(Decimal(3), "corporate") == "3"
    assert rule_cell("<= 0.30", "comp_ratio") == "≤ 30 %"
    assert rule_cell("[0.1..0.3)", "comp_ratio") == "[10 %..30 %)"
    assert rule_cell("> 30", "comp_amount") == "> 30"
    assert rule_cell("not(“协商”, “一般”)", "scenario") == "不是 “协商”, “一般”"
    assert written_number(Decimal("-0.001"), "元") == "0.00"
