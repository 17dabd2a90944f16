from decimal import Decimal

import pytest

from engine.formcheck import WHOLE_FORM, check, check_values, defaults, fields, prefill, visible
from engine.formcheck.scope import drivers
from tests.unit.formcheck.form_samples import MONDAY_9AM, PAYMENT, REQUIRED, choice, field, form, number, text, yes_no

DUE = {"payout_amount": Decimal("199.00")}
PAID = {"pay_ok": "true", "payment_no": "P1", "paid_amount": "199", "pay_fail_reason": ""}
#: More steps than an evaluation may take.
ENDLESS = "=count(for i in 1..100000 return i * i) > 0"


def pay(raw, context=DUE, **more):
    return check(PAYMENT, raw, context, now=MONDAY_9AM, **more)


def test_a_payment_that_went_through():
    submission = pay(PAID)
    assert submission.errors == {}
    assert submission.variables == {"pay_ok": True, "payment_no": "P1", "paid_amount": Decimal(199)}
    assert submission.visible == {"pay_ok", "payment_no", "paid_amount"}
    assert submission.required == {"pay_ok", "payment_no", "paid_amount"}


def test_what_is_required_depends_on_the_answer():
    submission = pay({"pay_ok": "true"})
    assert submission.errors == {"payment_no": "请填写支付流水号", "paid_amount": "请填写实付金额"}
    assert submission.errors_en == {"payment_no": "Fill in 支付流水号", "paid_amount": "Fill in 实付金额"}
    assert pay({"pay_ok": "false"}).errors == {"pay_fail_reason": "请填写失败原因"}
    assert pay({"pay_ok": "false", "pay_fail_reason": "账户有误"}).errors == {}


def test_hidden_fields_are_dropped_whatever_was_posted():
    submission = pay({**PAID, "pay_ok": "false", "pay_fail_reason": "账户有误", "paid_amount": "nonsense"})
    assert submission.errors == {}
    assert submission.variables == {"pay_ok": False, "pay_fail_reason": "账户有误"}


def test_the_forms_own_check_speaks_its_own_sentence():
    assert pay({**PAID, "paid_amount": "198"}).errors == {"paid_amount": "实付金额须等于应付金额 199"}


def test_a_check_that_cannot_be_decided_refuses():
    assert pay(PAID, {}).errors == {"paid_amount": "实付金额不符合要求,请检查"}


def test_a_unique_value_is_looked_up_in_its_set():
    asked = []

    def taken(name, value):
        asked.append((name, value))
        return value == "P1"

    assert pay(PAID, taken=taken).errors == {"payment_no": "该支付流水号已被使用,请核对后重新填写"}
    assert pay({**PAID, "payment_no": "P2"}, taken=taken).errors == {}
    assert pay({"pay_ok": "false", "pay_fail_reason": "账户有误", "payment_no": "P1"}, taken=taken).errors == {}
    assert asked == [("payments", "P1"), ("payments", "P2")]


def test_a_field_is_not_judged_by_what_was_entered_the_first_time():
    before = {**DUE, "pay_ok": True, "payment_no": "P0"}
    submission = pay({}, before)
    assert submission.visible == {"pay_ok"}
    assert submission.errors == {"pay_ok": "请选择“打款成功”"}


def test_unknown_fields_are_one_error_of_the_whole_form():
    submission = pay({**PAID, "payout_amount": "1", "__class__": "x"})
    assert submission.errors == {WHOLE_FORM: "未知字段:__class__、payout_amount。请刷新页面后重新填写"}
    assert "payout_amount" not in submission.variables


def test_the_names_of_unknown_fields_are_shortened_and_harmless():
    error = pay({**PAID, **{f"\u202e{'x' * 500}{i}": "1" for i in range(50)}}).errors[WHOLE_FORM]
    assert "\u202e" not in error
    assert len(error) < 200
    assert error.endswith("等。请刷新页面后重新填写")


@pytest.mark.parametrize("lock", [{"disabled": True}, {"readonly": True}, {"readonly": "=true"}, {"readonly": ENDLESS}])
def test_a_field_that_is_not_enabled_is_never_accepted(lock):
    schema = form(text(**lock), yes_no("y", "打款成功"))
    submission = check(schema, {"x": "forged", "y": "true"}, {}, now=MONDAY_9AM)
    assert submission.variables == {"y": True}


def test_a_program_is_told_that_a_field_is_not_enabled():
    schema = form(text(disabled=True), text("y", "备注", conditional={"hide": "=true"}), text("z", "说明"))
    submission = check_values(schema, {"x": "a", "y": "b", "z": "c"}, {}, now=MONDAY_9AM)
    assert submission.errors == {"x": "“运单号”当前不可填写,请去掉此项", "y": "“备注”当前不可填写,请去掉此项"}
    assert check_values(schema, {"z": "c", "y": None}, {}, now=MONDAY_9AM).variables == {"z": "c"}


def test_a_program_is_told_of_unknown_names():
    assert WHOLE_FORM in check_values(PAYMENT, {"pay_ok": True, "risk": 1}, DUE, now=MONDAY_9AM).errors


def test_typed_values_are_judged_by_the_same_rules():
    good = {"pay_ok": True, "payment_no": "P1", "paid_amount": Decimal(199)}
    assert check_values(PAYMENT, good, DUE, now=MONDAY_9AM).variables == good
    bad = check_values(PAYMENT, {**good, "paid_amount": 1}, DUE, now=MONDAY_9AM)
    assert bad.errors == {"paid_amount": "实付金额须等于应付金额 199"}


# --- conditions ----------------------------------------------------------------------------------


def test_a_hidden_group_hides_its_fields():
    inner = {"type": "group", "label": "内", "components": [text("b", "乙")]}
    outer = {"type": "group", "label": "外", "components": [text("a", "甲"), inner], "conditional": {"hide": "=x"}}
    schema = form(yes_no("x", "隐藏"), outer)
    assert [f.key for f in fields(schema)] == ["x", "a", "b"]
    assert visible(schema, {"x": True}, {}, now=MONDAY_9AM) == {"x"}
    assert visible(schema, {"x": False}, {}, now=MONDAY_9AM) == {"x", "a", "b"}


def test_a_hidden_field_reads_as_null_to_the_others():
    schema = form(
        yes_no("a", "甲"),
        yes_no("b", "乙", conditional={"hide": "=a != true"}),
        text("c", "丙", conditional={"hide": "=b != true"}),
    )
    submission = check(schema, {"a": "false", "b": "true", "c": "x"}, {}, now=MONDAY_9AM)
    assert submission.visible == {"a"}
    assert submission.variables == {"a": False}


def test_what_was_typed_into_a_hidden_field_moves_no_rule():
    schema = form(
        yes_no("a", "甲"),
        text("b", "乙", conditional={"hide": "=a != true"}),
        text("c", "丙", properties={"required_when": "=b != null"}),
    )
    assert check(schema, {"a": "false", "b": "typed"}, {}, now=MONDAY_9AM).errors == {}
    assert check(schema, {"a": "true", "b": "typed"}, {}, now=MONDAY_9AM).errors == {"c": "请填写丙"}


def test_conditions_that_chase_each_other_come_to_an_end():
    schema = form(
        text("a", "甲", conditional={"hide": "=b = null"}), text("b", "乙", conditional={"hide": "=a != null"})
    )
    check(schema, {"a": "1", "b": "2"}, {}, now=MONDAY_9AM)


def test_conditions_see_the_case_and_the_order():
    schema = form(text(properties={"required_when": "=order.gift and opened_by = case.opened_by"}))
    context = {"order": {"gift": True}, "case": {"opened_by": "ann"}, "opened_by": "ann"}
    assert check(schema, {}, context, now=MONDAY_9AM).errors == {"x": "请填写运单号"}
    assert check(schema, {}, {**context, "order": None}, now=MONDAY_9AM).errors == {}


@pytest.mark.parametrize(
    "component",
    [
        text(properties={"required_when": ENDLESS}),
        text(properties={"check": ENDLESS, "check_message": "短"}),
        text(properties={"check": "=false", "check_message": ENDLESS.replace(" > 0", "")}),
        text(conditional={"hide": ENDLESS}),
        text(conditional={"hide": '="yes"'}),
        text(properties={"required_when": "=1"}),
        text(validate={"maxLength": ENDLESS}),
        number(label="运单号", validate={"max": ENDLESS}),
    ],
)
def test_an_expression_that_cannot_be_evaluated_is_an_error_at_its_field(component):
    submission = check(form(component), {"x": "1"}, {}, now=MONDAY_9AM)
    assert submission.errors == {"x": "“运单号”的规则无法计算,请联系流程负责人"}


def test_options_that_cannot_be_computed_refuse_every_choice():
    component = field("select", "x", "商品", valuesExpression=ENDLESS)
    assert check(form(component), {"x": "A"}, {}, now=MONDAY_9AM).errors


def test_fields_that_move_others_are_known():
    assert drivers(fields(PAYMENT)) == {"pay_ok"}
    assert drivers(fields(form(number("a"), number("b", validate={"max": "=a + c"})))) == {"a"}


# --- prefilled and default values ----------------------------------------------------------------


TRACKING = form(
    number("hours", "距上次更新", properties={"prefill": '=round half up((now() - parcel.at) / @"PT1H", 1)'}),
    text("place", "当前位置", properties={"prefill": "=parcel.place", "default": "未知"}),
    choice(key="kind", label="类型", properties={"prefill": "=kind", "default": "backlog"}),
    yes_no("risk", "已确认", conditional={"hide": "=true"}, properties={"default": "=false"}),
)


def test_a_form_shows_what_is_known():
    parcel = {"at": MONDAY_9AM.replace(hour=6, minute=30), "place": "杭州"}
    shown = prefill(TRACKING, {"parcel": parcel, "kind": "missing_item"}, now=MONDAY_9AM)
    assert shown == {"hours": Decimal("2.5"), "place": "杭州", "kind": "missing_item", "risk": False}


def test_what_is_not_known_or_does_not_fit_is_left_to_the_default():
    assert prefill(TRACKING, {"kind": "nonsense"}, now=MONDAY_9AM) == {
        "place": "未知",
        "kind": "backlog",
        "risk": False,
    }
    assert defaults(TRACKING, {}, now=MONDAY_9AM) == {"place": "未知", "kind": "backlog", "risk": False}


def test_nothing_else_is_prefilled():
    schema = form(number("hours_since_update"))
    assert prefill(schema, {"hours_since_update": Decimal(50)}, now=MONDAY_9AM) == {}


def test_a_prefill_that_runs_for_ever_shows_nothing():
    assert prefill(form(yes_no("x", "问", properties={"prefill": ENDLESS})), {}, now=MONDAY_9AM) == {}


def test_a_field_left_empty_takes_its_default_and_satisfies_required():
    schema = form(choice(validate=REQUIRED, properties={"default": "backlog"}))
    assert check(schema, {"x": ""}, {}, now=MONDAY_9AM).variables == {"x": "backlog"}


def test_a_hidden_default_is_set_once_and_never_over_what_the_case_knows():
    assert check(TRACKING, {}, {}, now=MONDAY_9AM).variables["risk"] is False
    assert "risk" not in check(TRACKING, {}, {"risk": True}, now=MONDAY_9AM).variables


def test_a_checkbox_nobody_mentions_is_false():
    assert check_values(form(field("checkbox", "x", "确认")), {}, {}, now=MONDAY_9AM).variables == {"x": False}
