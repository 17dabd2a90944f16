"""Forms as pages print them: accessible, escaped, and valid HTML, first without and then with scripts."""

import json
import re
from datetime import datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, render_template
from flask_babel import Babel
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.formcheck import check, fields
from tests.sample import enough, kinds_of_form
from web import files
from web.forms import FormView

MONDAY_9AM = datetime(2026, 1, 5, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
ROOT = Path(__file__).parents[2]
VOID = {"input", "hr", "br", "img"}
EVIL = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>{{ 7*7 }}"
YES_NO = [{"label": "是", "value": "true"}, {"label": "否", "value": "false"}]

FORM = {
    "id": "sample",
    "type": "default",
    "components": [
        {"type": "text", "text": "# 付款\n请先核对账户。", "id": "t1"},
        {"type": "radio", "key": "pay_ok", "label": "打款成功", "values": YES_NO, "validate": {"required": True}}
        | {"properties": {"type": "boolean"}},
        {"type": "number", "key": "paid", "label": "实付金额", "description": "单位元", "decimalDigits": 2}
        | {"conditional": {"hide": "=pay_ok != true"}, "properties": {"required_when": "=pay_ok"}},
        {
            "type": "group",
            "id": "g1",
            "label": "其他",
            "components": [
                {"type": "textfield", "key": "a", "label": "甲", "layout": {"row": "r1", "columns": 4}},
                {"type": "datetime", "key": "b", "label": "乙", "subtype": "datetime", "layout": {"row": "r1"}},
                {"type": "select", "key": "c", "label": "丙", "values": [{"label": "一", "value": "one"}]},
                {"type": "checklist", "key": "d", "label": "丁", "values": [{"label": "一", "value": "one"}]},
                {"type": "checkbox", "key": "e", "label": "戊"},
                {"type": "textarea", "key": "f", "label": "己", "readonly": True},
            ],
        },
        {"type": "separator", "id": "s1"},
        {"type": "radio", "key": "g", "label": "庚", "values": [{"label": "一", "value": "one"}]},
    ],
}


@pytest.fixture(scope="module")
def app():
    app = Flask("web", root_path=str(ROOT / "web"))
    Babel(app, default_locale="zh")
    app.register_blueprint(files.bp)
    return app


class Page(HTMLParser):
    """Reads strictly: every tag closes, every id is used once, every reference has its target."""

    def __init__(self, html):
        super().__init__()
        self.open, self.elements, self.texts = [], [], []
        self.feed(html)
        self.close()
        assert self.open == [], f"not closed: {self.open}"
        ids = [a["id"] for _, a in self.elements if "id" in a]
        assert len(ids) == len(set(ids)), "an id is used twice"
        for _, attributes in self.elements:
            for name in ("for", "aria-describedby", "aria-labelledby"):
                for reference in (attributes.get(name) or "").split():
                    assert reference in ids, f"{name} points to {reference}, which is not there"
            if (attributes.get("href") or "").startswith("#"):
                assert attributes["href"][1:] in ids

    def handle_starttag(self, tag, attrs):
        assert len(attrs) == len(dict(attrs)), f"an attribute of <{tag}> is given twice"
        self.elements.append((tag, {**dict(attrs), "_in": tuple(self.open)}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data):
        if data.strip():
            self.texts.append(data.strip())

    def find(self, tag, **wanted):
        return [a for t, a in self.elements if t == tag and all(a.get(k) == v for k, v in wanted.items())]


def show(app, schema=FORM, *, raw=None, context=None, refresh_url=None, **more):
    context = context or {}
    submission = check(schema, raw, context, now=MONDAY_9AM) if raw is not None else None
    with app.test_request_context():
        view = FormView(schema, submission=submission, context=context, now=MONDAY_9AM, **more)
        html = render_template("forms/fragment.html", view=view, refresh_url=refresh_url)
    return html, Page(html)


def test_every_input_has_its_label(app):
    _, page = show(app)
    labelled = {a["for"] for a in page.find("label")}
    inputs = [a for tag in ("input", "select", "textarea") for a in page.find(tag)]
    assert len(inputs) == 10
    assert all(a["id"] in labelled for a in inputs)
    assert {a["name"] for a in inputs} == {"pay_ok", "paid", "a", "b", "c", "d", "e", "g"}


def test_required_fields_are_marked_for_eye_and_ear(app):
    html, page = show(app)
    (group,) = page.find("fieldset", **{"aria-required": "true"})
    assert group["role"] == "radiogroup"
    assert html.count("必填") == 1


def test_an_optional_question_can_be_left_open_again(app):
    _, page = show(app)
    assert page.find("input", name="g", value="", type="radio")
    assert not page.find("input", name="pay_ok", value="")
    assert page.find("option", value="")


@pytest.mark.parametrize("kind", ["checklist", "taglist", "radio"])
def test_where_there_is_nothing_to_choose_an_error_leads_to_the_field_itself(app, kind):
    asked = {"type": kind, "key": "cases", "label": "清单", "valuesExpression": "=open_cases"}
    schema = {"id": "s", "components": [{**asked, "validate": {"required": True}}]}
    html, page = show(app, schema, raw={}, context={"open_cases": []})
    assert "没有可选的" in html
    assert page.find("a", href="#f-cases")
    assert page.find("fieldset", id="f-cases", tabindex="-1")
    _, filled = show(app, schema, raw={}, context={"open_cases": ["c1"]})
    assert filled.find("a", href="#f-cases-1")


def test_a_choice_with_a_default_is_never_open(app):
    schema = {
        "id": "s",
        "components": [
            {"type": kind, "key": kind, "label": "包装", "values": YES_NO, "properties": {"default": "true"}}
            for kind in ("radio", "select")
        ],
    }
    _, page = show(app, schema)
    assert not [a for tag in ("input", "option") for a in page.find(tag, value="")]


def test_help_and_error_are_tied_to_their_field(app):
    html, page = show(app, raw={"pay_ok": "true", "paid": "abc"})
    (paid,) = page.find("input", name="paid")
    assert paid["aria-describedby"] == "f-paid-help f-paid-error"
    assert paid["aria-invalid"] == "true"
    assert paid["value"] == "abc"
    assert paid["inputmode"] == "decimal"
    assert "实付金额须为数字,例如 12 或 12.5" in page.texts
    assert "单位元" in html


def test_the_summary_links_to_the_first_input_of_each_field(app):
    html, page = show(app, raw={"forged": "1", "c": "two"})
    assert [a["href"] for a in page.find("a")] == ["#f-pay_ok-1", "#f-c"]
    assert "有 3 处需要更正" in html
    assert "未知字段:forged。请刷新页面后重新填写" in page.texts


def test_errors_in_english(app):
    _, page = show(app, raw={}, lang="en")
    assert "Choose “打款成功”" in page.texts


def test_a_form_shown_first_has_no_errors(app):
    html, page = show(app)
    assert "form-errors" not in html
    assert not any(a.get("aria-invalid") for _, a in page.elements)


def test_a_field_that_is_not_needed_yet_is_there_only_without_scripts(app):
    _, page = show(app)
    assert "noscript" in page.find("input", name="paid")[0]["_in"]
    _, page = show(app, raw={"pay_ok": "true"})
    assert "noscript" not in page.find("input", name="paid")[0]["_in"]


def test_fields_that_move_others_ask_for_a_preview_of_the_form(app):
    _, page = show(app, refresh_url="/tasks/1/fields")
    asking = [a for a in page.find("input") if "hx-post" in a]
    assert {a["name"] for a in asking} == {"pay_ok"}
    assert all(a["hx-post"] == "/tasks/1/fields" for a in asking)
    (whole,) = page.find("div", id="f-fields")
    assert whole["hx-target"] == whole["hx-select"] == "#f-fields"
    html, _ = show(app)
    assert "hx-" not in html


def test_a_preview_keeps_what_was_typed_and_blames_nobody(app):
    _, page = show(app, raw={"pay_ok": "true", "a": "甲的内容"}, show_errors=False)
    assert page.find("input", name="pay_ok", value="true")[0].get("checked", "no") is None
    assert page.find("input", name="a")[0]["value"] == "甲的内容"
    assert not page.find("a")


def test_known_values_are_filled_in(app):
    schema = json.loads(json.dumps(FORM))
    schema["components"][2]["properties"] = {"prefill": "=order_amount"}
    schema["components"][2].pop("conditional")
    schema["components"][3]["components"][2]["properties"] = {"default": "one"}
    _, page = show(app, schema, context={"order_amount": Decimal("1234.50")})
    assert page.find("input", name="paid")[0]["value"] == "1234.50"
    assert "selected" in page.find("option", value="one")[0]


def test_typed_values_can_be_shown(app):
    at = MONDAY_9AM.astimezone(ZoneInfo("UTC"))
    _, page = show(app, values={"b": at, "pay_ok": False, "d": ["one"], "e": True})
    assert page.find("input", name="b")[0]["value"] == "2026-01-05T09:00"
    chosen = [(a["name"], a["value"]) for a in page.find("input") if "checked" in a]
    assert chosen == [("pay_ok", "false"), ("d", "one"), ("e", "true"), ("g", "")]


def test_a_read_only_field_is_text_and_personal_data_are_masked(app):
    _, page = show(app, context={"f": "第一行"})
    assert "第一行" in page.texts
    assert not page.find("textarea")
    phone = {"type": "textfield", "key": "receiver_phone", "label": "电话", "readonly": True}
    account = {
        "type": "textfield",
        "key": "hidden",
        "label": "账户",
        "disabled": True,
        "properties": {"masked": "true"},
    }
    schema = {"id": "s", "components": [phone, account]}
    html, _ = show(app, schema, context={"receiver_phone": "13800138000", "hidden": "6222000011112222"})
    assert "138****8000" in html
    assert "6222" not in html


def test_a_shown_text_may_be_an_expression(app):
    schema = {"id": "s", "components": [{"type": "text", "text": '="应付 " + string(amount) + " 元"'}]}
    assert "应付 12 元" in show(app, schema, context={"amount": Decimal(12)})[1].texts
    assert show(app, schema)[1].texts == []


def test_fields_of_one_row_stand_side_by_side(app):
    _, page = show(app)
    columns = {a["data-field"]: a["class"].split(" mb-")[0] for a in page.find("div") if "data-field" in a}
    assert columns["a"] == "col-12 col-md-3"
    assert columns["b"] == "col-12 col-md"
    assert columns["c"] == "col-12"


def test_nothing_that_an_owner_or_a_person_writes_becomes_markup(app):
    schema = {
        "id": "s",
        "components": [
            {"type": "text", "text": EVIL.replace("7*7", "e")},
            {"type": "html", "content": f"<b>粗</b>{EVIL.replace('7*7', 'e')}<style>x</style>"},
            {
                "type": "group",
                "id": "g",
                "label": EVIL,
                "components": [{"type": "textfield", "key": "a", "label": EVIL}],
            },
            {"type": "radio", "key": "b", "label": EVIL, "values": [{"label": EVIL, "value": EVIL}]},
            {"type": "select", "key": "c", "label": EVIL, "values": [{"label": EVIL, "value": EVIL}]},
            {"type": "textarea", "key": "d", "label": EVIL, "description": EVIL},
            {"type": "textfield", "key": "e", "label": EVIL, "readonly": True},
            {"type": "number", "key": "f", "label": EVIL},
        ],
    }
    raw = dict.fromkeys("abcdf", EVIL) | {EVIL: EVIL}
    html, page = show(app, schema, raw=raw, context={"e": EVIL}, refresh_url="/x?a=1&b=2")
    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "img", "style", "b"})
    assert page.find("input", name="a")[0]["value"] == EVIL
    assert "粗" in html
    assert "49" not in html


def test_nothing_needs_inline_scripts_or_styles(app):
    html, page = show(app, raw={"pay_ok": "maybe"}, refresh_url="/x")
    assert not any(name == "style" or name.startswith("on") for _, a in page.elements for name in a)
    assert "<style" not in html
    assert "hx-on" not in html


any_text = st.text(max_size=30) | st.sampled_from(["true", "one", EVIL, "</textarea>", "\x00", "\n\nx"])


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from([f.key for f in fields(FORM)]), any_text | st.lists(any_text, max_size=2)))
def test_whatever_was_typed_the_page_is_valid_and_keeps_it(app, raw):
    _, page = show(app, raw=raw, refresh_url="/x")
    typed = raw.get("a", "")
    shown = page.find("input", name="a")[0]["value"]
    # a browser and a parser alike read line ends of attributes as they are
    assert shown == (typed if isinstance(typed, str) else next(iter(typed), ""))


def test_a_text_area_keeps_a_leading_line_break(app):
    schema = {"id": "s", "components": [{"type": "textarea", "key": "d", "label": "丁"}]}
    html, _ = show(app, schema, raw={"d": "\nx"})
    assert re.search(r"<textarea[^>]*>\n\nx</textarea>", html)


@pytest.mark.parametrize(
    "path",
    enough(sorted((ROOT / "forms").rglob("*.form")), kinds_of_form),
    ids=lambda p: f"{p.parent.name}.{p.stem}",
)
def test_the_shops_own_forms_are_valid_pages(app, path):
    schema = json.loads(path.read_bytes())
    for raw in (None, {}, {f.key: "x" for f in fields(schema)}):
        show(app, schema, raw=raw, refresh_url="/x")
