"""Chinese labels of variables and of their enumeration values, taken from the forms of a process version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol

from engine import formcheck
from engine.formcheck import Schema
from engine.masking import HIDDEN, is_masked, mask
from engine.model import Value

YES: Final = "是"
NO: Final = "否"
#: Labels of variables and register columns that no form asks for: results of decisions, scripts and calls.
DERIVED: Final[Mapping[str, str]] = {
    "case_id": "工单号",
    "order_id": "订单号",
    "customer_id": "客户ID",
    "status": "状态",
    "result": "结果",
    "amount": "金额",
    "logistics_status": "物流状态",
    "declared_lost_at": "认定丢件时间",
    "lost_waybill_no": "丢失件运单号",
    "lost_courier": "丢失件快递公司",
    "claimed_at": "索赔时间",
    "ship_issues": "发货问题",
    "order_cancelled": "订单已取消",
    "inquiry_result": "查询结果",
    "dispatch_result": "发货结果",
    "payout_result": "打款结果",
    "paid_amount": "到账金额",
    "paid_at": "到账时间",
}
#: Their enumeration values.
DERIVED_OPTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "logistics_status": {"normal": "正常", "watch": "待观察", "stalled": "停滞", "lost": "丢件"},
    "inquiry_result": {
        "soothed": "正常已安抚",
        "informed": "正常已告知",
        "restored": "物流已恢复",
        "reshipped": "丢件已重新发货",
        "refunded": "丢件改为退款",
    },
    "dispatch_result": {"dispatched": "已发货", "cancelled": "已取消退款"},
    "payout_result": {"paid": "已打款"},
}


class _Compiled(Protocol):
    """The part of a compiled definition that is read here."""

    @property
    def start_form(self) -> str | None:
        """Id of the form of the none start event."""


class Version(Protocol):
    """The part of a deployed version that is read here."""

    @property
    def hash(self) -> str:
        """What tells versions apart, whatever database they are in."""

    @property
    def forms(self) -> Mapping[str, Mapping[str, Any]]:
        """Schemas by form id."""

    @property
    def definition(self) -> _Compiled:
        """The compiled process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What the forms of a version call its variables."""

    #: Variable → label, in the order of the forms (the start form first).
    names: Mapping[str, str]
    #: Variable → {enumeration value: label}.
    options: Mapping[str, Mapping[str, str]]
    #: Variables that a form declares to be personal data.
    personal: frozenset[str]

    def value(self, name: str, value: Value) -> Value:
        """The value with enumeration values replaced by their labels; lists item by item."""
        if isinstance(value, list | tuple):
            return [self.value(name, item) for item in value]
        options = self.options.get(name) or DERIVED_OPTIONS.get(name, {})
        if isinstance(value, bool):
            return options.get("true" if value else "false", YES if value else NO)
        return options.get(value, value) if isinstance(value, str) else value

    def name(self, variable: str) -> str:
        """What people call the variable; its own name where nobody gave another."""
        return self.names.get(variable) or DERIVED.get(variable, variable)

    def is_personal(self, name: str) -> bool:
        """Whether the variable holds personal data, by the catalogue or by a form."""
        return is_masked(name) or name in self.personal

    def masked(self, name: str, value: Value) -> Value:
        """The value as somebody without need sees it."""
        if value is None or value == "" or is_masked(name) or name not in self.personal:
            return mask(name, value)
        return HIDDEN


def labels_of(forms: Mapping[str, Schema], start_form: str | None = None) -> Labels:
    """Labels of all fields of these forms; the first form that names a field wins, the start form before all."""
    ordered = sorted(forms, key=lambda form_id: (form_id != start_form, form_id))
    names: dict[str, str] = {}
    options: dict[str, dict[str, str]] = {}
    personal: set[str] = set()
    for form_id in ordered:
        for field in formcheck.fields(forms[form_id]):
            if field.label:
                names.setdefault(field.key, field.label)
            for option in field.options:
                options.setdefault(field.key, {}).setdefault(option.value, option.label)
            if field.masked:
                personal.add(field.key)
    return Labels(names=names, options=options, personal=frozenset(personal))


def labels_for(version: Version) -> Labels:
    """Labels of a deployed version, made once a hash."""
    return _labels_for(_Cached(version))


class _Cached:
    """A version as a key of the cache: all of one hash have the same labels."""

    def __init__(self, version: Version) -> None:
        self.version = version

    def __hash__(self) -> int:
        return hash(self.version.hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Cached) and other.version.hash == self.version.hash


@lru_cache(maxsize=512)
def _labels_for(cached: _Cached) -> Labels:
    return labels_of(cached.version.forms, cached.version.definition.start_form)
