import json

import pytest

from engine.errors import DefinitionRefused
from engine.formcheck import check_schema, load
from engine.model import Severity
from tests.each import each
from tests.unit.formcheck.form_samples import PAYMENT, choice, field, form, number, text, yes_no


def lint(schema, file="sample.form"):
    return check_schema(json.dumps(schema).encode(), file)


def rules(schema, file="sample.form"):
    return [finding.rule for finding in lint(schema, file)]


def test_a_form_in_order_has_no_findings():
    assert rules(PAYMENT, "forms/s02_payout/finance_pay.form") == []


def test_what_a_form_js_editor_writes_is_taken():
    schema = form(
        text(layout={"row": "Row_1", "columns": 8}, appearance={"prefixAdder": "No."}, description="见面单"),
        field("select", "s", "商品", valuesKey="items", searchable=True),
        field("datetime", "d", "", dateLabel="日期", subtype="date", use24h=True, timeInterval=15),
        {"type": "text", "text": "# 说明", "id": "Field_1"},
        {"type": "button", "label": "提交", "action": "submit", "key": "field_2", "id": "Field_2"},
        {"type": "separator", "id": "Field_3"},
        {"type": "group", "label": "组", "id": "Field_4", "showOutline": True, "components": [number("n")]},
    )
    schema |= {"exporter": {"name": "form-js", "version": "1.23.0"}, "executionPlatform": "Camunda Cloud"}
    assert rules(schema) == []


@each(
    ("component", "rule"),
    [
        (field("table"), "form.component"),
        (field("filepicker", accept=".exe"), "form.attribute"),
        (field("filepicker", multiple="=x"), "form.attribute"),
        (field("filepicker", multiple=True, properties={"min": "3", "max": "2"}), "form.property"),
        (field("filepicker", multiple=True, properties={"max": "10"}), "form.property"),
        (field("filepicker", multiple=True, properties={"max": "0"}), "form.property"),
        (field("filepicker", properties={"min": "2"}), "form.property"),
        (field("filepicker", properties={"max_size": "11"}), "form.property"),
        (field("filepicker", properties={"default": "a.jpg"}), "form.property"),
        (field("filepicker", validate={"min": 1}), "form.validate"),
        (text(properties={"max": "9"}), "form.property"),
        ({"type": "iframe"}, "form.component"),
        ({"type": ["number"]}, "form.component"),
        ({"key": "x"}, "form.component"),
        ("number", "form.shape"),
        ({"type": "group", "label": "组"}, "form.shape"),
        (text(""), "form.key"),
        (text("运单号"), "form.key"),
        (text("a.b"), "form.key"),
        (text("_x"), "form.key"),
        (text("csrf_token"), "form.key"),
        (text("case_id"), "form.key"),
        ({"type": "number", "label": "金额"}, "form.key"),
        (text(label=""), "form.label"),
        ({"type": "number", "key": "x"}, "form.label"),
        (text(label="=name"), "form.attribute"),
        (text(description="{{ name }}"), "form.attribute"),
        (number(defaultValue=5), "form.attribute"),
        (number(serializeToString=True), "form.attribute"),
        (text(onclick="alert(1)"), "form.attribute"),
        (text(disabled="yes"), "form.attribute"),
        ({"type": "group", "label": "组", "path": "p", "components": []}, "form.attribute"),
        (text(conditional={"show": "=x"}), "form.attribute"),
        (field("datetime", subtype="week"), "form.attribute"),
        (text(conditional={"hide": "=("}), "form.feel"),
        (text(conditional={"hide": "x"}), "form.feel"),
        (text(readonly="x = 1"), "form.feel"),
        (text(properties={"required_when": "pay_ok"}), "form.feel"),
        (text(properties={"check": "=1 +", "check_message": "x"}), "form.feel"),
        (text(properties={"prefill": "=parcel."}), "form.feel"),
        (number(validate={"max": "=*"}), "form.feel"),
        ({"type": "text", "text": "=1 +"}, "form.feel"),
        (field("select", valuesExpression="items"), "form.feel"),
        (field("select", valuesKey="a b("), "form.feel"),
        (text(properties={"requiredWhen": "=x"}), "form.property"),
        (text(properties={"type": "boolean"}), "form.property"),
        (text(properties={"masked": "yes"}), "form.property"),
        (text(properties=["masked"]), "form.property"),
        (choice(properties={"default": "weather"}), "form.property"),
        (number(properties={"default": "zwölf"}), "form.property"),
        (field("radio"), "form.options"),
        (field("radio", values=[]), "form.options"),
        (field("radio", values=[{"label": "a", "value": "1"}, {"label": "b", "value": "1"}]), "form.options"),
        (field("radio", values=[{"label": "a"}]), "form.options"),
        (field("radio", values=[{"value": "a"}]), "form.options"),
        (choice(valuesKey="items"), "form.options"),
        (choice(kind="radio", properties={"type": "boolean"}), "form.options"),
        (text(validate={"min": 1}), "form.validate"),
        (text(validate=[]), "form.validate"),
        (text(validate={"required": "=x"}), "form.validate"),
        (text(validate={"minLength": 5, "maxLength": 4}), "form.validate"),
        (text(validate={"pattern": "("}), "form.validate"),
        (text(validate={"pattern": "(?=a)b"}), "form.validate"),
        (text(validate={"pattern": 5}), "form.validate"),
        (text(validate={"validationType": "url"}), "form.validate"),
        (number(validate={"min": "many"}), "form.validate"),
        (number(validate={"min": 5, "max": 4}), "form.validate"),
        (number(decimalDigits=-1), "form.validate"),
        (number(decimalDigits=1.5), "form.validate"),
        (number(increment=0), "form.validate"),
        (number(increment="1E99"), "form.validate"),
    ],
)
def test_what_is_not_rendered_or_checked_right_is_refused(component, rule):
    found = [f for f in lint(form(component, yes_no("other", "打款成功"))) if f.severity is Severity.ERROR]
    assert {f.rule for f in found} == {rule}
    assert all(f.zh and f.en and f.file == "sample.form" for f in found)


def test_a_key_is_used_once_in_the_whole_form():
    schema = form(text(), {"type": "group", "label": "组", "components": [number()]})
    assert rules(schema) == ["form.duplicate_key"]


def test_a_finding_names_its_field():
    (finding,) = lint(form(number("weight_kg", "重量", validate={"min": 2, "max": 1})))
    assert finding.element == "weight_kg"
    assert finding.zh == "weight_kg:min 大于 max"
    assert finding.en == "weight_kg: min is greater than max"


@pytest.mark.parametrize("identifier", [None, "", "表单", "a b", "1a", 5])
def test_a_form_has_an_ascii_id(identifier):
    assert rules({**form(text()), "id": identifier}) == ["form.id"]


def test_the_id_fits_the_file():
    good = form(text(), form_id="p10_courier_query.start")
    assert rules(good, "forms/p10_courier_query/start.form") == []
    assert rules(good, "start.form") == []
    assert rules(good, "forms/p10_courier_query/check_logistics.form") == ["form.id"]


def test_the_frame_of_the_file_is_checked():
    assert rules({"id": "a", "type": "default"}) == ["form.shape"]
    assert rules({**form(text()), "type": "other"}) == ["form.shape"]
    assert rules({**form(text()), "script": "x"}) == ["form.attribute"]


def test_a_form_without_fields_and_a_check_without_a_sentence_are_warnings():
    for schema, rule in ((form(), "form.shape"), (form(text(properties={"check": '=x = "a"'})), "form.check_message")):
        (finding,) = lint(schema)
        assert (finding.rule, finding.severity) == (rule, Severity.WARNING)


@each(
    ("data", "rule"),
    [
        (b"", "form.json"),
        (b"{", "form.json"),
        (b"\xff{}", "form.json"),
        (b'{"id": NaN}', "form.json"),
        (b'{"id": "a", "id": "b"}', "form.json"),
        (b"[" * 33 + b"]" * 33, "form.json"),
        (b"[" * 200_000, "form.json"),
        (b'{"a":' * 50_000, "form.json"),
        (b'"' + b'\\"' * 100_000, "form.json"),
        (b'"' + b"[" * 40 + b'"', "form.shape"),
        (b"[]", "form.shape"),
        (b" " * (256 * 1024 + 1), "form.size"),
        (b"<html>", "form.json"),
    ],
)
def test_files_that_are_no_form_are_refused_in_a_sentence(data, rule):
    assert [finding.rule for finding in check_schema(data, "x.form")] == [rule]


def test_forms_have_an_end():
    assert rules(form(*[text(f"k{n}") for n in range(201)])) == ["form.limit"]
    nested = text("inner")
    for _ in range(6):
        nested = {"type": "group", "label": "组", "components": [nested]}
    assert "form.limit" in rules(form(nested))


def test_a_stored_form_is_read_with_exact_decimals():
    assert str(load(b'{"x": 0.10}')["x"]) == "0.10"
    for broken in (b"[]", b"{", b"\xff", b"[" * 100_000):
        with pytest.raises(DefinitionRefused):
            load(broken)
