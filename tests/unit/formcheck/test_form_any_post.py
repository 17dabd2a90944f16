"""Laws that hold whatever a browser or a program sends."""

import json
import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import canonical
from engine.formcheck import check, check_schema, check_values, fields, load, to_entry
from tests.sample import times
from tests.unit.formcheck.form_samples import MONDAY_9AM, PAYMENT, REQUIRED, choice, field, form, number, text, yes_no

EVERYTHING = form(
    text("name", "名称", validate={"required": True, "minLength": 2, "maxLength": 20, "pattern": "[^x]*"}),
    text("phone", "电话", validate={"validationType": "phone"}),
    text("mail", "邮箱", validate={"validationType": "email"}),
    field("textarea", "note", "说明", properties={"required_when": "=urges", "check": "=string length(note) < 500"}),
    number("amount", "金额", decimalDigits=2, increment=Decimal("0.05"), validate={"min": 0, "max": "=limit"}),
    choice("radio", "cause", "原因", validate=REQUIRED),
    choice("checklist", "causes", "全部原因", conditional={"hide": '=cause = "backlog"'}),
    yes_no("urges", "客户催促"),
    field("checkbox", "agreed", "已确认"),
    field("datetime", "at", "时间", subtype="datetime"),
    field("datetime", "day", "日期", subtype="date", disallowPassedDates=True),
    field("datetime", "hour", "钟点", subtype="time", readonly="=urges"),
)
KEYS = [f.key for f in fields(EVERYTHING)]
CHINESE = re.compile("[\u4e00-\u9fff]")

any_text = st.text(alphabet=st.characters(codec=None, exclude_categories=())) | st.sampled_from(
    [
        "",
        "true",
        "backlog",
        "2026-01-08T09:00",
        "2026-01-08",
        "09:30",
        "12.35",
        "13800138000",
        "\ud800",
        "\x00",
        "A" * 70000,
    ]
)
any_post = st.dictionaries(
    st.sampled_from(KEYS) | st.sampled_from(["forged", "__init__"]), any_text | st.lists(any_text, max_size=3)
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals()
    | st.floats()
    | st.text()
    | st.datetimes()
    | st.dates()
    | st.timedeltas()
    | st.sampled_from([datetime(2026, 1, 8, 9), date(2026, 1, 8), timedelta(1), "backlog"])
)
any_values = st.dictionaries(st.sampled_from([*KEYS, "forged"]), scalars | st.lists(scalars, max_size=2))


def judged(submission):
    assert set(submission.errors) == set(submission.errors_en)
    assert not set(submission.errors) & set(submission.variables)
    assert set(submission.variables) <= submission.visible - submission.readonly
    assert all(CHINESE.search(sentence) for sentence in submission.errors.values())
    canonical.encode(submission.variables)


@settings(deadline=None)
@given(any_post)
def test_whatever_is_posted_is_judged_and_what_is_accepted_can_be_kept(raw):
    submission = check(EVERYTHING, raw, {"limit": Decimal(1000)}, now=MONDAY_9AM)
    judged(submission)
    assert submission.raw == {key: value for key, value in raw.items() if key in KEYS}


@settings(deadline=None)
@given(any_values)
def test_whatever_a_program_hands_over_is_judged(values):
    judged(check_values(EVERYTHING, values, {"limit": Decimal(1000)}, now=MONDAY_9AM))


@settings(deadline=None)
@given(any_post)
def test_what_was_accepted_is_accepted_again_as_it_is_shown(raw):
    context = {"limit": Decimal(1000)}
    first = check(EVERYTHING, raw, context, now=MONDAY_9AM)
    known = {f.key: f for f in fields(EVERYTHING)}
    shown = {key: to_entry(known[key], value) for key, value in first.variables.items()}
    again = check(EVERYTHING, shown, context, now=MONDAY_9AM)
    assert {k: v for k, v in again.variables.items() if k in first.variables} == first.variables


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["pay_ok", "payment_no", "paid_amount", "pay_fail_reason"]), any_text))
def test_a_payment_is_complete_or_refused(raw):
    submission = check(PAYMENT, raw, {"payout_amount": Decimal("12.35")}, now=MONDAY_9AM)
    judged(submission)
    if not submission.errors:
        paid = submission.variables["pay_ok"]
        assert (submission.variables.get("paid_amount") == Decimal("12.35")) is paid
        assert bool(submission.variables.get("pay_fail_reason")) is not paid


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["=a", "=(", "number", "group", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
component_keys = st.sampled_from(
    [
        "type",
        "key",
        "label",
        "id",
        "values",
        "validate",
        "properties",
        "conditional",
        "components",
        "layout",
        "increment",
        "decimalDigits",
        "readonly",
        "disabled",
        "subtype",
        "description",
        "text",
        "valuesKey",
        "appearance",
        "content",
    ]
)
types = st.sampled_from(["textfield", "number", "radio", "datetime", "group", "text", "checklist", "table", "html"])


@settings(max_examples=times(300, 75), deadline=None)
@given(st.lists(st.dictionaries(component_keys, json_values, max_size=6), max_size=3), types)
def test_the_lint_judges_any_schema_and_what_it_passes_can_be_filled_in(components, kind):
    typed = [{**component, "type": component.get("type") if n else kind} for n, component in enumerate(components)]
    data = json.dumps(form(*typed)).encode()
    findings = check_schema(data, "sample.form")
    assert all(CHINESE.search(finding.zh) and finding.rule.startswith("form.") for finding in findings)
    if not any(finding.severity == "error" for finding in findings):
        schema = load(data)
        check(schema, {f.key: "1" for f in fields(schema)}, {}, now=MONDAY_9AM)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_the_lint_judges_any_bytes(data):
    assert check_schema(data, "x.form")
