"""Reads one row of an import: which columns it has, what is wrong with it, in words for the shop's people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from engine.clock import SHANGHAI
from engine.model import Value
from engine.shop.facts import CHANNELS, ORDER_LABELS, ORDER_STAGES, PARCEL_LABELS, PARCEL_STAGES

RULINGS: Final[Mapping[str, str]] = {
    "seller_wins": "支持商家",
    "customer_wins": "支持客户",
    "split": "双方各担一部分",
}
#: What a ruling has the shop do (13, solution_type).
MEASURES: Final[Mapping[str, str]] = {
    "return": "退货退款",
    "exchange": "换货",
    "compensation": "补偿",
    "reship": "补发",
    "repair": "返修",
    "explain": "解释道歉",
}
PACKAGINGS: Final[Mapping[str, str]] = {"together": "一起包装", "separate": "分开包装"}
_ORDER_ID = re.compile(r"^[A-Za-z0-9-]{4,32}$")
_WAYBILL = re.compile(r"^[A-Za-z0-9-]{2,40}$")
_PHONE = re.compile(r"^(1\d{10}|0\d{2,3}-?\d{7,8})$")
_CASE = re.compile(r"^\d{1,18}$", re.ASCII)
_CODE = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
#: Marks of reading direction come along with names from chats: they are dropped, since no form would take them back.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
#: Control characters but tab and line breaks, lone surrogates, non-characters.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_TRUE: Final = frozenset({"true", "1", "是", "y", "yes"})
_FALSE: Final = frozenset({"false", "0", "否", "n", "no"})


class RowKind(StrEnum):
    """What a row is about."""

    ORDER = "order"
    PARCEL = "parcel"
    #: What a case may wait for: money of the customer, the platform's ruling, goods on their way back.
    PAYMENT = "payment"
    RULING = "ruling"
    RETURN = "return"


class Refused(Exception):
    """A cell or row that cannot be taken; its text is the sentence for people."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row in order: only the columns that were given."""

    kind: RowKind
    key: str
    values: Mapping[str, Value]


def _text(limit: int) -> Callable[[Any], str]:
    def read(cell: Any) -> str:
        text = unicodedata.normalize("NFC", _DIRECTION.sub("", str(cell))).strip()
        if len(text) > limit:
            raise Refused(f"不能超过 {limit} 字")
        if _CONTROL.search(text):
            raise Refused("含有不可见的控制字符")
        return text

    return read


def _pattern(pattern: re.Pattern[str], rule: str) -> Callable[[Any], str]:
    def read(cell: Any) -> str:
        text = str(cell).strip()
        if not pattern.match(text):
            raise Refused(rule)
        return text

    return read


def _choice(options: Mapping[str, str], *, open_ended: bool = False) -> Callable[[Any], str]:
    by_label = {label: value for value, label in options.items()}

    def read(cell: Any) -> str:
        text = str(cell).strip()
        value = by_label.get(text, text)
        if value in options or (open_ended and _CODE.match(value)):
            return value
        raise Refused(f"须为 {'、'.join(options.values())} 之一")

    return read


def _amount(cell: Any) -> Decimal:
    try:
        amount = Decimal(str(cell).strip().replace(",", "").removeprefix("¥"))
    except InvalidOperation:
        raise Refused("不是金额") from None
    if not amount.is_finite() or not 0 < amount < 10**9 or amount != amount.quantize(Decimal("0.01")):
        raise Refused("须为大于 0 的金额,最多两位小数")
    return amount


def _fee(cell: Any) -> Decimal:
    """An amount that may be nothing."""
    return Decimal(0) if str(cell).strip() in ("0", "0.0", "0.00") else _amount(cell)


def _boolean(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    text = str(cell).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise Refused("须为 是 或 否")


def read_time(cell: Any) -> datetime:
    """An ISO 8601 date and time; without a zone it is the shop's (Asia/Shanghai)."""
    try:
        found = datetime.fromisoformat(str(cell).strip().replace("/", "-"))
    except ValueError:
        raise Refused("不是时间,请写成 2026-01-02 09:30 或 2026-01-02T09:30+08:00") from None
    if not 2000 <= found.year < 2200:
        raise Refused("年份不在 2000 到 2199 之间")
    return (found if found.tzinfo else found.replace(tzinfo=SHANGHAI)).astimezone(UTC)


_ORDER: Final[Mapping[str, Callable[[Any], Value]]] = {
    "order_id": _pattern(_ORDER_ID, "须为 4 到 32 个字母、数字或横线"),
    "customer_id": _text(64),
    "channel": _choice(CHANNELS),
    "shop": _text(60),
    "order_stage": _choice(ORDER_STAGES),
    "order_amount": _amount,
    "items": _text(2000),
    "receiver_name": _text(60),
    "receiver_phone": _pattern(_PHONE, "须为 11 位手机号或带区号的座机"),
    "receiver_address": _text(300),
    "packaging": _choice(PACKAGINGS),
    "order_remark": _text(2000),
    "is_special_offer": _boolean,
    "freight": _fee,
    "waybill_no": _pattern(_WAYBILL, "须为 2 到 40 个字母、数字或横线"),
    "courier": _text(40),
    "paid_at": read_time,
    "agent": _text(64),
}
_PARCEL: Final[Mapping[str, Callable[[Any], Value]]] = {
    "waybill_no": _pattern(_WAYBILL, "须为 2 到 40 个字母、数字或横线"),
    "order_id": _pattern(_ORDER_ID, "须为 4 到 32 个字母、数字或横线"),
    "courier": _text(40),
    "stage": _choice(PARCEL_STAGES, open_ended=True),
    "location": _text(200),
    "last_update_at": read_time,
}
#: Whose it is: the case where the file knows it, else the order's one case that waits.
_WHOSE: Final[Mapping[str, Callable[[Any], Value]]] = {
    "case_id": _pattern(_CASE, "须为工单号(数字)"),
    "order_id": _ORDER["order_id"],
}
_PAYMENT: Final = {**_WHOSE, "payment_no": _text(64), "amount": _amount, "paid_at": read_time}
_RULING: Final = {
    **_WHOSE,
    "platform_case_no": _text(64),
    "ruling": _choice(RULINGS),
    "ruling_measure": _choice(MEASURES),
    "ruling_amount": _fee,
}
_RETURN: Final = {**_WHOSE, "return_waybill_no": _PARCEL["waybill_no"], "courier": _text(40)}
_WHOSE_LABELS: Final[Mapping[str, str]] = {"case_id": "工单号", "order_id": "订单号"}
_COLUMNS: Final[Mapping[RowKind, Mapping[str, Callable[[Any], Value]]]] = {
    RowKind.ORDER: _ORDER,
    RowKind.PARCEL: _PARCEL,
    RowKind.PAYMENT: _PAYMENT,
    RowKind.RULING: _RULING,
    RowKind.RETURN: _RETURN,
}
_KEYS: Final = {
    RowKind.ORDER: "order_id",
    RowKind.PARCEL: "waybill_no",
    RowKind.PAYMENT: "payment_no",
    RowKind.RULING: "ruling",
    RowKind.RETURN: "return_waybill_no",
}
_LABELS: Final[Mapping[RowKind, Mapping[str, str]]] = {
    RowKind.ORDER: {**ORDER_LABELS, "agent": "客服"},
    RowKind.PARCEL: {**PARCEL_LABELS, "order_id": "订单号"},
    RowKind.PAYMENT: {**_WHOSE_LABELS, "payment_no": "支付流水号", "amount": "实收金额", "paid_at": "付款时间"},
    RowKind.RULING: {
        **_WHOSE_LABELS,
        "platform_case_no": "平台维权单号",
        "ruling": "平台裁决",
        "ruling_measure": "裁决方案",
        "ruling_amount": "裁决金额",
    },
    RowKind.RETURN: {**_WHOSE_LABELS, "return_waybill_no": "退回运单号", "courier": "快递公司"},
}
#: What a new row must have.
REQUIRED: Final = {
    RowKind.ORDER: ("order_id", "customer_id", "channel", "order_stage"),
    RowKind.PARCEL: ("waybill_no", "stage", "last_update_at"),
    RowKind.PAYMENT: ("payment_no", "amount"),
    RowKind.RULING: ("ruling",),
    RowKind.RETURN: ("return_waybill_no", "courier"),
}
_BY_LABEL: Final = {kind: {label: name for name, label in labels.items()} for kind, labels in _LABELS.items()}
#: Columns by which an event is known.
_TELLING: Final[Mapping[RowKind, frozenset[str]]] = {
    kind: frozenset({_KEYS[kind], _LABELS[kind][_KEYS[kind]]})
    for kind in (RowKind.PAYMENT, RowKind.RULING, RowKind.RETURN)
}
#: Other headings that shops' own exports use.
_OTHER_HEADINGS: Final[Mapping[str, str]] = {"客户": "customer_id", "更新时间": "last_update_at", "状态": "stage"}


def kind_of(columns: Mapping[str, Any]) -> RowKind:
    """An event where a column is its number or ruling, a parcel where one says when or where it was last seen.

    Else an order.

    Raises:
        Refused: it is none of them.
    """
    names = set(columns)
    for kind, headings in _TELLING.items():
        if names & headings:
            return kind
    if names & {"last_update_at", "stage", "最近物流更新", "更新时间", "物流状态"}:
        return RowKind.PARCEL
    if names & {"order_id", "订单号"}:
        return RowKind.ORDER
    raise Refused("既没有订单号,也没有物流更新时间,无法识别为订单、包裹、付款、裁决或退件")


def column_name(kind: RowKind, heading: str) -> str | None:
    """The name of a column by its heading (the name itself or its Chinese label), or None."""
    heading = heading.strip()
    if heading in _COLUMNS[kind]:
        return heading
    found = _BY_LABEL[kind].get(heading) or _OTHER_HEADINGS.get(heading)
    return found if found in _COLUMNS[kind] else None


def read_row(kind: RowKind, cells: Mapping[str, Any]) -> Row:
    """Check a row; empty cells and unknown columns are left out.

    Raises:
        Refused: its key is missing, or a cell is wrong: every wrong cell is named.
    """
    values: dict[str, Value] = {}
    wrong = []
    for heading, cell in cells.items():
        name = column_name(kind, heading) if heading is not None else None
        if name is None or cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        if isinstance(cell, dict | list):
            wrong.append(f"{_LABELS[kind][name]}不是单个值")
            continue
        try:
            values[name] = _COLUMNS[kind][name](cell)
        except Refused as problem:
            wrong.append(f"{_LABELS[kind][name]}{problem}")
    if _KEYS[kind] not in values and not wrong:
        wrong.append(f"缺少{_LABELS[kind][_KEYS[kind]]}")
    if wrong:
        raise Refused(";".join(wrong))
    return Row(kind, values[_KEYS[kind]], values)


def missing(kind: RowKind, values: Mapping[str, Value]) -> str | None:
    """What a new row lacks, as a sentence; None when it is whole."""
    lacking = [_LABELS[kind][name] for name in REQUIRED[kind] if values.get(name) is None]
    return f"缺少{'、'.join(lacking)}" if lacking else None
