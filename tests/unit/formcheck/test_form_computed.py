"""What a form computes: texts in form-js's own language, and fields that the server alone sets."""

import json
from decimal import Decimal

import pytest

from engine.formcheck import check, check_schema, check_values, texts
from engine.formcheck.scope import Scope
from tests.each import each
from tests.unit.formcheck.form_samples import MONDAY_9AM, form, number, text, yes_no

ITEMS = [{"name": "台灯", "quantity": Decimal(2)}, {"name": "灯泡", "quantity": None}]


def said(words, **values):
    scope = Scope({}, values, MONDAY_9AM)
    return texts.render(texts.read(words), scope, lambda value, unit, name: f"<{value}|{unit}|{name}>")


@each(
    ("words", "expected"),
    [
        ("没有公式", "没有公式"),
        ("占 {{a / 4}} %", "占 <25|%|> %"),
        ("占 {{ a / 4 }}%。", "占 <25|%|>%。"),
        ("共{{a}} 元整", "共<100|元|a> 元整"),
        ("{{order.order_amount}}", "<9||order_amount>"),
        ("{{a}} 个", "<100||a> 个"),
        ("{{missing}} 元", "暂无"),
        ("{{a / 0}} %。", "暂无。"),
        ("{{a + missing}}", "暂无"),
        ("{{}}x", "x"),
        ("{{#if a > 5}}大{{/if}}{{#if a > 500}}巨{{/if}}{{#if missing}}无{{/if}}", "大"),
        ("{{#loop items}}\n{{name}}×{{quantity}}\n{{/loop}}", "<台灯||name>×<2||quantity>\n<灯泡||name>×暂无\n"),
        ("{{#loop [1, 2]}}{{this}}{{a}}{{/loop}}", "<1||this><100||a><2||this><100||a>"),
        ("{{#loop missing}}x{{/loop}}", ""),
        ('="合计 " + string(a)', "合计 100"),
        ("=missing", ""),
        ("=a", "<100||>"),
    ],
)
def test_texts_say(words, expected):
    assert said(words, a=Decimal(100), items=ITEMS, order={"order_amount": Decimal(9)}) == expected


def test_a_value_is_not_read_as_a_template():
    assert said("{{a}}", a="{{b}}", b="x") == "<{{b}}||a>"


def test_a_text_has_an_end():
    assert len(said("{{#loop items}}" + "长" * 1000 + "{{/loop}}", items=[Decimal(1)] * 5000)) == texts.MAX_LENGTH


@each(
    "words",
    [
        "{{=a}}",
        "{{a",
        "a}}",
        "{{a\n}}",
        "{{a +}}",
        "{{#if a}}x",
        "x{{/if}}",
        "{{#if a}}{{/loop}}",
        "{{#each a}}{{/each}}",
        "{{#if}}x{{/if}}",
        "=a +",
        "{{#if a}}" * 9 + "{{/if}}" * 9,
    ],
)
def test_what_form_js_would_not_render_is_refused(words):
    for component in ({"type": "text", "text": words}, {"type": "html", "content": words}):
        found = check_schema(json.dumps(form(component, text())).encode(), "s.form")
        assert [f.rule for f in found] == ["form.feel"]
        assert said(words) == ""


TOTAL = {"type": "expression", "key": "total", "id": "e", "expression": "=a + b", "computeOn": "change"}
SUMS = form(
    number("a", "甲"),
    number("b", "乙"),
    TOTAL | {"properties": {"label": "合计"}},
    text(
        "why", "说明", conditional={"hide": "=total = null or total < 100"}, properties={"required_when": "=total > 0"}
    ),
)


def test_a_computed_field_is_set_by_the_server_and_never_taken_from_the_page():
    found = check(SUMS, {"a": "1", "b": "2", "total": "999"}, {}, now=MONDAY_9AM)
    assert found.errors == {}
    assert found.variables == {"a": Decimal(1), "b": Decimal(2), "total": Decimal(3)}
    assert check(SUMS, {"a": "1"}, {"total": Decimal(5)}, now=MONDAY_9AM).variables["total"] is None
    assert "total" in check_values(SUMS, {"a": 1, "b": 2, "total": 3}, {}, now=MONDAY_9AM).errors


def test_other_fields_read_a_computed_one():
    assert check(SUMS, {"a": "60", "b": "40"}, {}, now=MONDAY_9AM).errors == {"why": "请填写说明"}


def test_a_hidden_computed_field_and_one_that_cannot_be_kept_are_not_set():
    hidden = form(yes_no("on", "算"), TOTAL | {"conditional": {"hide": "=on != true"}})
    assert "total" not in check(hidden, {"on": "false"}, {"a": Decimal(1), "b": Decimal(1)}, now=MONDAY_9AM).variables
    odd = form(text(), TOTAL | {"expression": "=function(x) x"})
    assert check(odd, {}, {}, now=MONDAY_9AM).variables["total"] is None


@pytest.mark.parametrize(
    ("component", "rule"),
    [
        (TOTAL | {"expression": "a + b"}, "form.feel"),
        (TOTAL | {"expression": None}, "form.feel"),
        (TOTAL | {"computeOn": "never"}, "form.attribute"),
        (TOTAL | {"label": "合计"}, "form.attribute"),
        (TOTAL | {"key": "合计"}, "form.key"),
        (TOTAL | {"properties": {"check": "=true"}}, "form.property"),
    ],
)
def test_computed_fields_that_cannot_work_are_refused(component, rule):
    found = check_schema(json.dumps(form(component, text())).encode(), "s.form")
    assert {f.rule for f in found} == {rule}
