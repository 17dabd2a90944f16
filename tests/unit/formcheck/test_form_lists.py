"""Lists of rows: read from pages and programs, judged row by row, never trusted."""

import json
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import canonical
from engine.formcheck import check, check_schema, check_values, fields, no_files, prefill, to_entries
from engine.labels import labels_of
from engine.model import Severity
from engine.outbox.texts import render
from engine.scenarios.forms import fill_in
from tests.each import each
from tests.unit.formcheck.form_samples import MONDAY_9AM, REQUIRED, choice, field, form, number, text, yes_no

PLACE = text("place", "地点", validate={"required": True, "maxLength": 20})
QUANTITY = number("quantity", "件数", decimalDigits=0, validate={"required": True, "min": 1})
SUM = {"check": "=sum(ship_to_places.quantity) = item_count", "check_message": "各地点件数之和须等于总件数"}


def rows(*columns, path="ship_to_places", label="发货地点", properties=None, **more):
    return {
        "type": "dynamiclist",
        "id": f"Field_{path}",
        "path": path,
        "label": label,
        "isRepeating": True,
        "allowAddRemove": True,
        "defaultRepetitions": 1,
        "components": list(columns or (PLACE, QUANTITY)),
        "properties": SUM | {"min": "1"} if properties is None else properties,
        **more,
    }


FORM = form(rows())
CASE = {"item_count": Decimal(5)}


def posted(*given, key="ship_to_places"):
    return {f"{key}.{n}.{name}": value for n, row in enumerate(given) for name, value in row.items()}


def judge(*given, schema=FORM, context=CASE, **more):
    return check(schema, posted(*given) | more, context, now=MONDAY_9AM)


def lint(schema):
    return [
        f.rule for f in check_schema(json.dumps(schema, default=str).encode(), "s.form") if f.severity == Severity.ERROR
    ]


BEIJING, SHANGHAI = {"place": "北京", "quantity": "3"}, {"place": "上海", "quantity": "2"}


def test_rows_become_a_list_of_contexts():
    found = judge(BEIJING, SHANGHAI)
    assert found.errors == {}
    assert found.variables["ship_to_places"] == [
        {"place": "北京", "quantity": Decimal(3)},
        {"place": "上海", "quantity": Decimal(2)},
    ]
    canonical.encode(found.variables)


def test_the_rule_of_the_list_is_said_at_the_list():
    assert judge(BEIJING).errors == {"ship_to_places": "各地点件数之和须等于总件数"}
    assert judge(BEIJING, context={}).errors == {"ship_to_places": "各地点件数之和须等于总件数"}


def test_an_error_stands_at_its_row_and_field_and_the_rule_of_the_list_waits():
    found = judge(BEIJING, {"place": "", "quantity": "0"})
    assert found.errors == {
        "ship_to_places.1.place": "第 2 行:请填写地点",
        "ship_to_places.1.quantity": "第 2 行:件数不能小于 1",
    }
    assert found.errors_en["ship_to_places.1.place"] == "Row 2: Fill in 地点"
    assert "ship_to_places" not in found.variables or found.errors
    assert found.raw == posted(BEIJING, {"place": "", "quantity": "0"})


def test_rows_in_which_nothing_is_typed_are_not_there():
    blank = {"place": " ", "quantity": ""}
    assert judge(blank, BEIJING, blank, SHANGHAI, blank).errors == {}
    assert judge(blank).errors == {"ship_to_places": "请填写发货地点"}
    assert judge().errors == {"ship_to_places": "请填写发货地点"}


def test_rows_close_up_where_one_is_missing():
    raw = {"ship_to_places.7.place": "上海", "ship_to_places.7.quantity": "x", "ship_to_places.2.place": "北京"}
    found = check(FORM, raw, CASE, now=MONDAY_9AM)
    assert set(found.errors) == {"ship_to_places.0.quantity", "ship_to_places.1.quantity"}
    assert found.raw == {
        "ship_to_places.0.place": "北京",
        "ship_to_places.1.place": "上海",
        "ship_to_places.1.quantity": "x",
    }


@each(
    "forged",
    [
        {"ship_to_places.0.price": "1"},
        {"ship_to_places.0.place.x": "1"},
        {"ship_to_places.00.place": "1"},
        {"ship_to_places.-1.place": "1"},
        {"ship_to_places.10000.place": "1"},
        {"ship_to_places": "[]"},
        {"other.0.place": "1"},
        {"ship_to_places.０.place": "1"},
    ],
)
def test_forged_names_are_refused(forged):
    found = judge(BEIJING, SHANGHAI, **forged)
    assert "未知字段" in found.errors[""]


def test_a_list_has_an_end():
    many = [{"place": "北京", "quantity": "1"}] * 201
    found = judge(*many, context={"item_count": Decimal(201)})
    assert found.errors == {"ship_to_places": "发货地点最多 200 行,请减少"}
    assert judge(*many[:200], context={"item_count": Decimal(200)}).errors == {}
    few = form(rows(properties={"min": "2", "max": 3}))
    assert judge(BEIJING, schema=few).errors == {"ship_to_places": "发货地点至少填写 2 行"}
    assert judge(BEIJING, BEIJING, schema=few).errors == {}
    assert judge(*[BEIJING] * 4, schema=few).errors == {"ship_to_places": "发货地点最多 3 行,请减少"}


def test_a_row_has_its_own_conditions_which_also_read_the_form():
    schema = form(
        yes_no("by_post", "邮寄"),
        rows(
            choice(key="kind", validate=REQUIRED),
            text("why", "说明", conditional={"hide": '=kind != "backlog"'}, properties={"required_when": "=by_post"}),
            properties={},
        ),
    )
    found = judge({"kind": "backlog"}, {"kind": "missing_item", "why": "偷偷写的"}, schema=schema, by_post="true")
    assert found.errors == {"ship_to_places.0.why": "第 1 行:请填写说明"}
    assert "ship_to_places.0.why" in found.visible
    assert "ship_to_places.1.why" not in found.visible
    found = judge({"kind": "backlog"}, {"kind": "missing_item", "why": "偷偷写的"}, schema=schema, by_post="false")
    assert found.variables["ship_to_places"] == [
        {"kind": "backlog", "why": None},
        {"kind": "missing_item", "why": None},
    ]


def test_a_hidden_list_is_dropped_from_a_page_and_refused_from_a_program():
    schema = form(yes_no("many", "多个地点"), rows(conditional={"hide": "=many != true"}))
    found = judge(BEIJING, {"place": "x"}, schema=schema, many="false")
    assert found.errors == {}
    assert "ship_to_places" not in found.variables
    values = {"many": False, "ship_to_places": [{"place": "北京", "quantity": 3}]}
    assert "ship_to_places" in check_values(schema, values, CASE, now=MONDAY_9AM).errors


def test_a_program_gives_a_list_of_contexts():
    given = {"ship_to_places": [{"place": "北京", "quantity": 3}, {"place": "上海", "quantity": Decimal(2)}]}
    found = check_values(FORM, given, CASE, now=MONDAY_9AM)
    assert found.errors == {}
    assert found.variables["ship_to_places"][0] == {"place": "北京", "quantity": Decimal(3)}
    assert check(FORM, found.raw, CASE, now=MONDAY_9AM).variables == found.variables
    assert fill_in("e", FORM, given, CASE, now=MONDAY_9AM, taken=lambda *_: False, files=no_files) == found.variables


@each(
    ("value", "where"),
    [
        ("北京", "ship_to_places"),
        ({"place": "北京"}, "ship_to_places"),
        (["北京"], "ship_to_places"),
        ([{"place": "北京", "quantity": 5, "price": 1}], ""),
        ([{"place": "北京", "quantity": "5"}], None),
        ([{"place": 5, "quantity": 5}], "ship_to_places.0.place"),
        ([{}], "ship_to_places.0.place"),
        ([{"place": "北京", "quantity": 5}] * 201, "ship_to_places"),
    ],
)
def test_other_values_of_programs_are_refused(value, where):
    found = check_values(FORM, {"ship_to_places": value}, CASE, now=MONDAY_9AM)
    assert found.errors
    assert where is None or where in found.errors


def test_rows_are_prefilled_with_what_fits():
    schema = form(rows(properties={"prefill": "=order.places"}))
    places = [{"place": "北京", "quantity": Decimal(3), "more": 1}, {"place": 5}, "x"]
    context = {"order": {"places": places}}
    known = prefill(schema, context, now=MONDAY_9AM)
    assert known == {"ship_to_places": [{"place": "北京", "quantity": Decimal(3)}, {"quantity": None}]}
    assert to_entries(fields(schema), known) == posted(
        {"place": "北京", "quantity": "3"}, {"place": "", "quantity": ""}
    )


def test_rows_read_as_words():
    labels = labels_of({"f": FORM})
    rows_ = [{"place": "北京", "quantity": Decimal(3)}, {"place": "上海", "quantity": Decimal(2)}]
    assert labels.name("ship_to_places") == "发货地点"
    assert labels.value("ship_to_places", rows_) == ["北京 ×3", "上海 ×2"]
    assert render("发往{ship_to_places}。", {"ship_to_places": rows_}, labels) == "发往北京 ×3、上海 ×2。"
    assert render("{ship_to_places}", {"ship_to_places": []}, labels) == "暂无"
    other = labels_of({"f": form(rows(choice(key="kind"), yes_no("ok", "完好"), number("fee", "运费"), path="parts"))})
    assert other.value("parts", [{"kind": "backlog", "ok": True, "fee": None}]) == ["停滞原因 网点积压,完好 是"]


@each(
    ("component", "rule"),
    [
        (rows(path="发货"), "form.key"),
        (rows(path="order"), "form.key"),
        (rows(label=""), "form.label"),
        (rows(isRepeating=False), "form.attribute"),
        (rows(allowAddRemove="yes"), "form.attribute"),
        (rows(defaultRepetitions=-1), "form.attribute"),
        (rows(key="x"), "form.attribute"),
        (rows(components=[]), "form.shape"),
        (rows(components="x"), "form.shape"),
        (rows("x"), "form.shape"),
        (rows(PLACE, PLACE), "form.duplicate_key"),
        (rows(rows(path="inner")), "form.component"),
        (rows({"type": "group", "label": "组", "components": []}), "form.component"),
        (rows({"type": ["x"]}), "form.component"),
        (rows({**PLACE, "readonly": True}), "form.attribute"),
        (rows({**PLACE, "properties": {"unique": "waybills"}}), "form.property"),
        (rows({**PLACE, "validate": {"pattern": "("}}), "form.validate"),
        (rows({**PLACE, "label": ""}), "form.label"),
        (rows(properties={"max": 201}), "form.property"),
        (rows(properties={"min": "-1"}), "form.property"),
        (rows(properties={"min": "³"}), "form.property"),
        (rows(properties={"min": "3", "max": "2"}), "form.property"),
        (rows(properties={"check": "=(", "check_message": "x"}), "form.feel"),
        (rows(properties=[]), "form.property"),
        (rows(*[text(f"c{n}") for n in range(5)], properties={}), "form.limit"),
        (rows(*[text(f"c{n}") for n in range(20)], properties={"max": 41}), "form.limit"),
    ],
)
def test_lists_that_cannot_work_are_refused(component, rule):
    assert set(lint(form(component, yes_no("other", "打款成功")))) == {rule}


def test_a_list_of_many_fields_takes_fewer_rows():
    assert lint(form(rows(*[text(f"c{n}") for n in range(20)], properties={"max": 40}))) == []


def test_the_key_of_a_list_is_its_own_and_those_of_its_rows_are_theirs():
    assert lint(form(rows(), text("place", "地点"))) == []
    assert lint(form(rows(), text("ship_to_places", "地点"))) == ["form.duplicate_key"]


any_text = st.text() | st.sampled_from(["", "北京", "3", "\ud800", "\x00", "1e5"])
names = st.builds(
    "{}.{}.{}".format,
    st.sampled_from(["ship_to_places", "forged", ""]),
    st.integers(-1, 12000),
    st.sampled_from(["place", "quantity", "forged", "", "__class__"]),
)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(names | st.sampled_from(["ship_to_places"]), any_text | st.lists(any_text, max_size=3)))
def test_whatever_is_posted_is_judged_and_what_is_shown_again_is_judged_alike(raw):
    found = check(FORM, raw, CASE, now=MONDAY_9AM)
    again = check(FORM, found.raw, CASE, now=MONDAY_9AM)
    assert {k: v for k, v in found.errors.items() if k} == {k: v for k, v in again.errors.items() if k}
    canonical.encode(found.variables)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["place", "quantity", "x"]), inner),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(json_like)
def test_whatever_a_program_gives_is_judged(value):
    found = check_values(FORM, {"ship_to_places": value}, CASE, now=MONDAY_9AM)
    assert set(found.errors) == set(found.errors_en)
    canonical.encode(found.variables)


def test_a_textarea_a_moment_and_a_box_may_stand_in_a_row():
    schema = form(rows(field("textarea", "a"), field("datetime", "b"), field("checkbox", "c"), properties={}))
    found = judge({"a": "一\n二", "b": "2026-01-08", "c": "on"}, {"a": ""}, schema=schema)
    assert found.errors == {}
    assert len(found.variables["ship_to_places"]) == 1
