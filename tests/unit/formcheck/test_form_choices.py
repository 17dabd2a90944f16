from datetime import date, datetime, time, timedelta, timezone

import pytest

from engine.formcheck import check, check_values, option_labels, to_entry
from engine.formcheck.schema import fields
from tests.each import each
from tests.unit.formcheck.form_samples import MONDAY_9AM, REQUIRED, SHANGHAI, choice, field, form, yes_no


def post(component, typed, context=None):
    raw = {} if typed is None else {component["key"]: typed}
    return check(form(component), raw, context or {}, now=MONDAY_9AM)


def typed(component, value):
    return check_values(form(component), {component["key"]: value}, {}, now=MONDAY_9AM)


@pytest.mark.parametrize("kind", ["radio", "select"])
def test_a_choice_is_one_of_its_options(kind):
    assert post(choice(kind), "backlog").variables == {"x": "backlog"}
    assert post(choice(kind), "").variables == {"x": None}
    assert post(choice(kind), "weather").errors == {"x": "“停滞原因”的选择无效,请从列出的选项中选择"}
    assert post(choice(kind, validate=REQUIRED), None).errors == {"x": "请选择“停滞原因”"}


@pytest.mark.parametrize("kind", ["checklist", "taglist"])
def test_several_choices_are_a_list_without_repetitions(kind):
    assert post(choice(kind), ["backlog", "missing_item", "backlog"]).variables == {"x": ["backlog", "missing_item"]}
    assert post(choice(kind), "backlog").variables == {"x": ["backlog"]}
    assert post(choice(kind), None).variables == {"x": []}
    assert post(choice(kind), ["backlog", "nonsense"]).errors == {"x": "“停滞原因”的选择无效,请从列出的选项中选择"}
    assert post(choice(kind, validate=REQUIRED), None).errors == {"x": "请选择“停滞原因”"}


def test_yes_and_no_become_true_and_false():
    urges = yes_no("customer_urges", "客户催促", validate=REQUIRED)
    assert post(urges, "true").variables == {"customer_urges": True}
    assert post(urges, "false").variables == {"customer_urges": False}
    assert post(urges, None).errors == {"customer_urges": "请选择“客户催促”"}
    assert post(urges, "是").errors == {"customer_urges": "“客户催促”的选择无效,请从列出的选项中选择"}


def test_an_unanswered_optional_question_is_null_not_no():
    assert post(yes_no("gift", "赠品已放入"), "").variables == {"gift": None}


def test_a_checkbox_is_true_or_false_and_ticked_when_required():
    box = field("checkbox", "agreed", "客户已确认")
    assert post(box, "true").variables == {"agreed": True}
    assert post(box, "on").variables == {"agreed": True}
    assert post(box, None).variables == {"agreed": False}
    assert post(box, "maybe").errors == {"agreed": "请为“客户已确认”选择是或否"}
    assert post({**box, "validate": REQUIRED}, None).errors == {"agreed": "请勾选“客户已确认”"}


@pytest.mark.parametrize("value", ["true", 1, "yes", []])
def test_a_program_hands_over_true_or_false_for_a_question(value):
    assert typed(yes_no("x", "客户催促"), value).errors == {"x": "请为“客户催促”选择是或否"}
    assert typed(field("checkbox", "x", "客户催促"), value).errors == {"x": "请为“客户催促”选择是或否"}


def test_options_may_come_from_a_variable_or_an_expression():
    by_key = field("select", "x", "商品", valuesKey="items")
    by_expression = field("select", "x", "商品", valuesExpression="=for i in items return i.value")
    context = {"items": [{"value": "A", "label": "甲"}, {"value": "B", "label": "乙"}]}
    for component in (by_key, by_expression):
        assert post(component, "B", context).variables == {"x": "B"}
        assert post(component, "C", context).errors
        assert post(component, "B", {}).errors
        assert post(component, "B", {"items": "B"}).errors


def test_labels_of_options_are_known_by_value():
    schema = form(choice(), yes_no("y", "打款成功"), field("checkbox", "z", "确认"), field("textfield", "t"))
    assert option_labels(schema) == {
        "x": {"missing_item": "缺件", "backlog": "网点积压"},
        "y": {"true": "是", "false": "否"},
        "z": {"true": "是", "false": "否"},
    }


# --- dates and times -----------------------------------------------------------------------------


MOMENT = field("datetime", "x", "入仓时间", subtype="datetime")
DAY = field("datetime", "x", "日期", subtype="date")
HOUR = field("datetime", "x", "时间", subtype="time")


@pytest.mark.parametrize(
    "text", ["2026-01-08T09:30", "2026-01-08 09:30", "2026/1/8 9:30", "2026-01-08T09:30:00", "2026-01-08T01:30Z"]
)
def test_a_moment_without_an_offset_is_shanghai_time(text):
    assert post(MOMENT, text).variables == {"x": datetime(2026, 1, 8, 9, 30, tzinfo=SHANGHAI)}


def test_dates_and_times_of_day():
    assert post(DAY, "2026-01-08").variables == {"x": date(2026, 1, 8)}
    assert post(HOUR, "09:30").variables == {"x": time(9, 30)}


@pytest.mark.parametrize(
    "text", ["2026-02-30T09:00", "2026-01-08", "2026-01-08T24:00", "2026-01-08T09:60", "tomorrow", "2026-W02-1T09:00"]
)
def test_what_is_no_moment_is_refused_with_an_example(text):
    assert post(MOMENT, text).errors == {"x": "入仓时间须为日期和时间,例如 2026-01-08 09:30"}


@pytest.mark.parametrize("text", ["0001-01-01T00:00", "9999-12-31T23:59", "1899-12-31T00:00", "2200-01-01T00:00"])
def test_a_year_that_is_surely_mistyped_is_refused(text):
    assert post(MOMENT, text).errors == {"x": "入仓时间的年份须在 1900 到 2199 之间,请检查"}


def test_a_date_field_may_refuse_the_past():
    component = {**DAY, "disallowPassedDates": True}
    assert post(component, "2026-01-04").errors == {"x": "日期不能早于今天,请重新选择"}
    assert post(component, "2026-01-05").errors == {}


def test_today_is_today_in_shanghai():
    late_on_sunday_in_utc = datetime(2026, 1, 4, 16, 30, tzinfo=timezone.utc)  # noqa: UP017
    schema = form({**DAY, "disallowPassedDates": True})
    assert check(schema, {"x": "2026-01-04"}, {}, now=late_on_sunday_in_utc).errors
    assert not check(schema, {"x": "2026-01-05"}, {}, now=late_on_sunday_in_utc).errors


def test_a_program_hands_over_moments_as_values_or_as_texts():
    nine = datetime(2026, 1, 8, 9, 0, tzinfo=SHANGHAI)
    in_tokyo = datetime(2026, 1, 8, 10, 0, tzinfo=timezone(timedelta(hours=9)))
    for value in (nine, in_tokyo, datetime(2026, 1, 8, 9, 0), "2026-01-08T09:00", "2026-01-08T10:00:00+09:00"):
        assert typed(MOMENT, value).variables == {"x": nine}
        assert typed(MOMENT, value).variables["x"].utcoffset() == timedelta(hours=8)
    assert typed(DAY, date(2026, 1, 8)).variables == {"x": date(2026, 1, 8)}
    assert typed(HOUR, time(9)).variables == {"x": time(9)}
    for component, value in ((DAY, nine), (MOMENT, date(2026, 1, 8)), (HOUR, 9), (MOMENT, True)):
        assert typed(component, value).errors


@each(
    ("component", "value", "text"),
    [
        (MOMENT, datetime(2026, 1, 8, 9, 0, tzinfo=SHANGHAI), "2026-01-08T09:00"),
        (MOMENT, datetime(2026, 1, 8, 9, 0, 5, tzinfo=SHANGHAI), "2026-01-08T09:00:05"),
        (DAY, date(2026, 1, 8), "2026-01-08"),
        (HOUR, time(9, 30), "09:30"),
        (yes_no("x", "问"), True, "true"),
        (choice("checklist"), ["backlog"], ["backlog"]),
        (choice("checklist"), None, []),
        (MOMENT, None, ""),
    ],
)
def test_a_value_is_shown_as_one_would_have_typed_it(component, value, text):
    (known,) = fields(form(component))
    assert to_entry(known, value) == text
    assert post(component, text).variables["x"] == (value if value is not None or text == "" else [])
