"""Small forms for the tests, in the shape in which a form-js editor writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_9AM = datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI)


def form(*components: dict[str, Any], form_id: str = "sample") -> dict[str, Any]:
    return {"id": form_id, "type": "default", "schemaVersion": 18, "components": list(components)}


def field(kind: str, key: str = "x", label: str = "金额", **more: Any) -> dict[str, Any]:
    return {"type": kind, "key": key, "label": label, "id": f"Field_{key}", **more}


def number(key: str = "x", label: str = "金额", **more: Any) -> dict[str, Any]:
    return field("number", key, label, **more)


def text(key: str = "x", label: str = "运单号", **more: Any) -> dict[str, Any]:
    return field("textfield", key, label, **more)


def yes_no(key: str, label: str, **more: Any) -> dict[str, Any]:
    options = [{"label": "是", "value": "true"}, {"label": "否", "value": "false"}]
    properties = {"type": "boolean", **more.pop("properties", {})}
    return field("radio", key, label, values=options, properties=properties, **more)


def choice(kind: str = "select", key: str = "x", label: str = "停滞原因", **more: Any) -> dict[str, Any]:
    options = [{"label": "缺件", "value": "missing_item"}, {"label": "网点积压", "value": "backlog"}]
    return field(kind, key, label, values=options, **more)


REQUIRED = {"required": True}

#: As finance fills it in: what has to be given depends on whether the payment went through.
PAYMENT = form(
    yes_no("pay_ok", "打款成功", validate=REQUIRED),
    text(
        "payment_no",
        "支付流水号",
        conditional={"hide": "=pay_ok != true"},
        properties={"required_when": "=pay_ok", "unique": "payments"},
    ),
    number(
        "paid_amount",
        "实付金额",
        conditional={"hide": "=pay_ok != true"},
        properties={
            "required_when": "=pay_ok",
            "check": "=paid_amount = payout_amount",
            "check_message": '="实付金额须等于应付金额 " + string(payout_amount)',
        },
    ),
    field(
        "textarea",
        "pay_fail_reason",
        "失败原因",
        conditional={"hide": "=pay_ok != false"},
        properties={"required_when": "=not(pay_ok)"},
    ),
    form_id="s02_payout.finance_pay",
)
