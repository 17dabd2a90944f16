"""The shipped forms ask for exactly the catalogue's fields, with its options and constraints."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine import formcheck
from engine.masking import MASKED_FIELDS
from tests.each import each
from tests.processes.catalogued import FLOWS, PROCESSES, SHARED, drawing
from tests.processes.process_drawing import ROOT

COMMON = SHARED["common_start_fields"]
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
#: Catalogue's type → the components with which a form may ask for it.
KINDS = {
    "string": {"textfield"},
    "text": {"textarea"},
    "decimal": {"number"},
    "integer": {"number"},
    "boolean": {"radio"},
    "enum": {"radio", "select"},
    "date": {"datetime"},
    "datetime": {"datetime"},
    "files": {"filepicker"},
    "list": {"dynamiclist"},
}
#: Forms of tasks that the catalogue's corrections ask for.
ADDED_FORMS = {"s02_payout.approve_excess", "s02_payout.reduce_payout"}
#: Options beside the catalogue's: refunds of cross-border orders (a14, a28).
ADDED_OPTIONS = {
    f"s02_payout.{form}.pay_method": [("paypal", "PayPal"), ("credit_card", "信用卡")]
    for form in ("start", "fix_pay_info")
}
#: Fields that the corrections add to catalogued forms, or that fill a column of a register.
ADDED_FIELDS: dict[str, list[str]] = {
    "p02_rush_shipping.negotiate_stock_option": ["new_items", "price_difference"],
    "p03_wrong_shipment.verify_wrong_goods": ["responsible_picker"],
    "p09_exchange.start": ["logistics_fault", "agreed_freight_payer", "goods_state"],
    "p09_exchange.check_exchange_conditions": ["logistics_fault"],
    "p12_return.start": ["logistics_fault", "agreed_freight_payer", "goods_state"],
    "p12_return.check_return_conditions": ["logistics_fault"],
    "p12_return.inspect_return": ["return_items", "refund_amount"],
    "s01_three_guarantees.start": ["goods_state"],
    "s02_payout.finance_pay": ["pay_account"],
    "s03_amount_approval.start": ["scenario"],
}
#: Fields whose requirement the corrections or the catalogue's remark change.
REQUIRED: dict[str, str] = {}


def schema_of(process: str, name: str) -> dict:
    return formcheck.load((ROOT / "forms" / process / f"{name}.form").read_bytes())


def catalogued_forms() -> list[tuple[str, str, list[dict]]]:
    found = []
    for process, flow in FLOWS.items():
        for node in flow["nodes"]:
            if node["t"] == "start":
                common = COMMON if flow["common_start_fields"] else []
                found.append((process, "start", common + node["form"]))
            elif node["t"] == "user":
                found.append((process, node["id"], node["form"]))
    return found


FORMS = catalogued_forms()
FIELDS = [(process, name, field) for process, name, fields in FORMS for field in fields]


def drawn(process: str, name: str, key: str) -> formcheck.Field:
    return next(field for field in formcheck.fields(schema_of(process, name)) if field.key == key)


def problem(process: str, name: str, key: str, value: object, others: dict | None = None, **kw) -> bool:
    """Whether the form finds fault with this value of the field."""
    context = {"order": None, "parcel": None, **kw.pop("context", {})}
    values = {**(others or {}), key: value}
    return key in formcheck.check_values(schema_of(process, name), values, context, now=MONDAY_9AM, **kw).errors


@each(("process", "name", "fields"), FORMS, ids=[f"{p}.{n}" for p, n, _ in FORMS])
def test_a_form_has_the_catalogues_fields_in_order(process: str, name: str, fields: list[dict]) -> None:
    schema = schema_of(process, name)
    assert schema["id"] == f"{process}.{name}"
    added = ADDED_FIELDS.get(f"{process}.{name}", [])
    asked = [(f.key, f.label) for f in formcheck.fields(schema) if f.key not in added]
    assert asked == [(f["name"], f["zh"]) for f in fields]
    assert set(added) <= {f.key for f in formcheck.fields(schema)}


@each(("process", "name", "field"), FIELDS, ids=[f"{p}.{n}.{f['name']}" for p, n, f in FIELDS])
def test_a_field_has_the_catalogues_type_options_and_requirement(process: str, name: str, field: dict) -> None:
    found = drawn(process, name, field["name"])
    assert found.type in KINDS[field["type"]]
    assert found.is_boolean == (field["type"] == "boolean")
    if field["type"] == "enum":
        added = ADDED_OPTIONS.get(f"{process}.{name}.{field['name']}", [])
        assert [(o.value, o.label) for o in found.options] == [*(tuple(option) for option in field["opts"]), *added]
    if field["type"] == "integer":
        assert found.decimal_digits == 0
    if field["type"] in ("date", "datetime"):
        assert found.subtype == field["type"]
    if isinstance(field["req"], str):
        written = REQUIRED.get(f"{process}.{name}.{field['name']}", f"={field['req']}")
        assert (found.required, found.properties["required_when"]) == (False, written)
    else:
        assert found.required == field["req"]
    assert found.masked == ("masked" in field["cons"] or field["name"] in MASKED_FIELDS)


def test_there_is_no_form_that_no_diagram_uses_and_none_is_missing() -> None:
    used = {
        node.zeebe["formDefinition"]["formId"]
        for process in PROCESSES
        for node in drawing(process).nodes.values()
        if "formDefinition" in node.zeebe
    }
    shipped = {f"{process}.{path.stem}" for process in PROCESSES for path in (ROOT / "forms" / process).iterdir()}
    assert shipped == used
    assert {f"{p}.{n}" for p, n, _ in FORMS} | ADDED_FORMS == used


def test_the_lint_finds_nothing_in_the_forms() -> None:
    paths = [path for process in PROCESSES for path in (ROOT / "forms" / process).glob("*.form")]
    assert len(paths) == len(FORMS) + len(ADDED_FORMS)
    assert [f for p in paths for f in formcheck.check_schema(p.read_bytes(), f"{p.parent.name}/{p.name}")] == []


@each(
    ("process", "name", "key", "good", "bad"),
    [
        ("p10_courier_query", "start", "order_id", ["SO-1", "A" * 32], ["SO1", "A" * 33, "SO 1001", "订单1001"]),
        ("p10_courier_query", "start", "customer_id", ["C", "C" * 64], ["C" * 65]),
        ("p10_courier_query", "start", "description", ["问" * 2000], ["问" * 2001]),
        ("p10_courier_query", "start", "order_amount", ["0.01", "120"], ["0", "-1"]),
        ("p10_courier_query", "check_logistics", "hours_since_update", ["0", "48.01"], ["-0.1"]),
        ("p10_courier_query", "file_claim", "claim_amount", ["0.01"], ["0", "-5"]),
        (
            "p07_delivery",
            "start",
            "receiver_phone",
            ["13800000000", "0571-88880000", "01012345678"],
            ["1380000000", "138000000000", "057188880000000", "1380000000a", "88880000"],
        ),
        ("p07_delivery", "start", "order_amount", ["99"], ["0"]),
        ("p07_delivery", "pack_goods", "package_count", ["1"], ["0", "1.5"]),
        ("p07_delivery", "weigh_parcel", "weight_kg", ["0.001"], ["0"]),
        ("p07_delivery", "weigh_parcel", "freight_cost", ["0"], ["-0.01"]),
        ("s02_payout", "start", "payout_amount", ["0.01"], ["0", "-20"]),
    ],
)
def test_the_constraints_hold_at_their_limits(
    process: str, name: str, key: str, good: list[str], bad: list[str]
) -> None:
    number = drawn(process, name, key).type == "number"
    for text in good:
        assert not problem(process, name, key, Decimal(text) if number else text), text
    for text in bad:
        assert problem(process, name, key, Decimal(text) if number else text), text


def test_the_payer_enters_the_amount_that_is_owed() -> None:
    context = {"payout_amount": Decimal(199)}
    paid = {"pay_ok": True, "payment_no": "P1"}
    assert not problem("s02_payout", "finance_pay", "paid_amount", Decimal("199.00"), paid, context=context)
    assert problem("s02_payout", "finance_pay", "paid_amount", Decimal("198.99"), paid, context=context)
    assert problem("s02_payout", "finance_pay", "paid_amount", None, paid, context=context)


def test_a_failed_payment_needs_its_reason_and_takes_no_payment_number() -> None:
    assert problem("s02_payout", "finance_pay", "pay_fail_reason", None, {"pay_ok": False})
    assert problem("s02_payout", "finance_pay", "payment_no", "P1", {"pay_ok": False, "pay_fail_reason": "账户有误"})


def test_an_account_is_asked_for_only_with_a_transfer() -> None:
    assert problem("s02_payout", "fix_pay_info", "pay_account", None, {"pay_method": "transfer"})
    assert not problem("s02_payout", "fix_pay_info", "pay_account", None, {"pay_method": "original"})


def test_who_pays_by_transfer_writes_the_account() -> None:
    paid = {"pay_ok": True, "payment_no": "P1", "paid_amount": Decimal(199)}
    account = "工商银行 6222020200112233 王某"
    for method, wanted in (("transfer", True), ("original", False), ("paypal", False)):
        context = {"payout_amount": Decimal(199), "pay_method": method}
        assert problem("s02_payout", "finance_pay", "pay_account", None, paid, context=context) == wanted
        assert problem("s02_payout", "finance_pay", "pay_account", account, paid, context=context) != wanted
    failed = {"pay_ok": False, "pay_fail_reason": "账户有误"}
    context = {"payout_amount": Decimal(199), "pay_method": "transfer"}
    assert not problem("s02_payout", "finance_pay", "pay_account", None, failed, context=context)


def test_parcels_are_packed_as_the_customer_asked() -> None:
    rest = {"package_count": Decimal(1)}
    for asked, done, wrong in (
        ("separate", "together", True),
        ("separate", "separate", False),
        (None, "together", False),
    ):
        found = problem("p07_delivery", "pack_goods", "packaging_done", done, rest, context={"packaging": asked})
        assert found is wrong


@pytest.mark.parametrize(
    ("remark", "required"),
    [("【赠品】小样×2", True), ("【赠品:围巾】", True), ("送人用,不要价签", False), (None, False)],
)
def test_the_gift_is_confirmed_when_the_remark_has_the_mark(remark: str | None, required: bool) -> None:
    rest = {"package_count": Decimal(1), "packaging_done": "together"}
    found = problem("p07_delivery", "pack_goods", "gift_included", None, rest, context={"order_remark": remark})
    assert found is required


def test_a_waybill_number_is_unique_among_all_waybills() -> None:
    taken = {("waybills", "YT1")}
    asks = lambda among, value: (among, value) in taken  # noqa: E731
    for number, wrong in (("YT1", True), ("YT2", False)):
        assert problem("p07_delivery", "enter_waybill", "waybill_no", number, {"courier": "圆通"}, taken=asks) is wrong


def test_a_corrected_address_is_asked_for_only_when_the_customer_corrects_it() -> None:
    for reply, wrong in (("corrected", True), ("accept", False), ("cancel", False)):
        found = problem("p07_delivery", "contact_customer_info", "receiver_address", None, {"info_reply": reply})
        assert found is wrong


@pytest.mark.parametrize(
    ("last_update", "hours"),
    [
        (datetime(2026, 1, 4, 1, 0, tzinfo=UTC), "24"),
        (datetime(2026, 1, 4, 0, 59, 59, tzinfo=UTC), "24.1"),
        (datetime(2026, 1, 3, 0, 59, tzinfo=UTC), "48.1"),
        (datetime(2026, 1, 5, 0, 50, tzinfo=UTC), "0.2"),
        (datetime(2026, 1, 5, 2, 0, tzinfo=UTC), "0"),
    ],
)
def test_hours_since_the_update_are_computed_and_never_rounded_below_a_limit(last_update: datetime, hours: str) -> None:
    context = {"parcel": {"last_update_at": last_update, "location": "杭州"}, "order": None}
    shown = formcheck.prefill(schema_of("p10_courier_query", "check_logistics"), context, now=MONDAY_9AM)
    assert shown == {"hours_since_update": Decimal(hours), "last_location": "杭州"}


def test_without_tracking_nothing_is_prefilled_and_a_recheck_does_not_show_the_old_answers() -> None:
    schema = schema_of("p10_courier_query", "check_logistics")
    old = {"hours_since_update": Decimal(50), "customer_urges": True, "logistics_status": "stalled", "parcel": None}
    assert formcheck.prefill(schema, old, now=MONDAY_9AM) == {}


def test_a_call_says_beforehand_that_the_customer_does_not_urge() -> None:
    schema = schema_of("p10_courier_query", "check_logistics")
    called = {"hours_since_update": Decimal(80), "customer_urges": False, "parcel": None}
    assert formcheck.prefill(schema, called, now=MONDAY_9AM) == {"customer_urges": False}


def test_missing_information_is_asked_with_what_is_known_filled_in() -> None:
    order = {"customer_id": "C-1", "receiver_name": "张三", "items": "A×1", "order_amount": Decimal(99)}
    known = {"order_id": "SO-1001", "customer_id": "C-88", "dispatch_kind": "reship"}
    shown = formcheck.prefill(schema_of("p07_delivery", "start"), {**known, "order": order}, now=MONDAY_9AM)
    assert shown == {
        **known,
        "receiver_name": "张三",
        "items": "A×1",
        "order_amount": Decimal(99),
        "packaging": "together",
        "risk_accepted": False,
    }


@pytest.mark.parametrize(
    ("kind", "stage", "refused"),
    [("order", "shipped", True), ("order", "signed", True), ("order", "paid", False), ("reship", "shipped", False)],
)
def test_what_has_been_sent_is_not_sent_again_as_a_new_order(kind: str, stage: str, refused: bool) -> None:
    order = {"order": {"order_stage": stage}}
    assert problem("p07_delivery", "start", "dispatch_kind", kind, context=order) == refused
    of_case = {**order, "case": {"case_id": "1"}}  # 补全信息 of a case that was opened before
    assert not problem("p07_delivery", "start", "dispatch_kind", kind, context=of_case)


@pytest.mark.parametrize(
    ("process", "name", "asked", "case"),
    [
        ("p09_exchange", "start", {"target_kind": "other_product"}, {}),
        ("p06_order_change", "start", {"change_type": "product"}, {}),
        ("p06_order_change", "confirm_order_info", {"info_verified": False}, {"change_type": "product"}),
        (
            "p12_return",
            "retain_customer",
            {"retained": True, "retention_offer": "exchange", "target_kind": "other_product"},
            {},
        ),
        ("p02_rush_shipping", "negotiate_stock_option", {"stock_option": "change_product"}, {}),
    ],
)
def test_no_difference_takes_away_all_that_was_paid(process: str, name: str, asked: dict, case: dict) -> None:
    known = {**case, "order": {"order_amount": Decimal(100)}}
    assert problem(process, name, "price_difference", Decimal(-100), asked, context=known)
    assert not problem(process, name, "price_difference", Decimal("-99.99"), asked, context=known)
    assert not problem(process, name, "price_difference", Decimal(-100), asked, context=case)


@pytest.mark.parametrize(
    ("kind", "stage", "waybill_no", "refused"),
    [
        ("order", "shipped", "YT1", True),
        ("order", "signed", "YT1", True),
        ("order", "picking", None, False),
        ("order", "shipped", None, False),
        ("reship", "shipped", "YT1", False),
    ],
)
def test_goods_that_another_case_has_sent_get_no_second_waybill(
    kind: str, stage: str, waybill_no: str | None, refused: bool
) -> None:
    context = {"dispatch_kind": kind, "order": {"order_stage": stage, "waybill_no": waybill_no}}
    assert (
        problem("p07_delivery", "enter_waybill", "waybill_no", "YT2", {"courier": "圆通"}, context=context) == refused
    )
