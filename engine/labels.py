"""Chinese labels of variables and of their enumeration values, taken from the forms of a process version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, Protocol

from engine import formcheck
from engine.formcheck import Field, Schema
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
    "bulk_tier": "大单档位",
    "approval_level": "审批级别",
    "comp_ratio": "占订单金额比例",
    "severity": "投诉级别",
    "change_route": "修改方式",
    "freight_payer": "运费承担方",
    "tracking_status": "追踪结果",
    "wrong_shipment_resolution": "处理方式",
    "warehouse_address": "仓库地址",
    "warehouse_contact": "仓库联系人",
    # columns of registers
    "opened_at": "发起时间",
    "first_owner": "首问责任人",
    "operator": "经办人",
    "approver": "审批人",
    "approved_at": "批准时间",
    "agreed_at": "同意时间",
    "quoted_at": "报价时间",
    "confirmed_at": "确认时间",
    "received_at": "收货时间",
    "signed_at": "签收时间",
    "solved_at": "解决时间",
    "verified_at": "核实时间",
    "issued_at": "开票时间",
    "refunded_at": "退款时间",
    "finished_at": "完成时间",
    "closed_at": "结案时间",
    "last_update_at": "物流更新时间",
    "before": "修改前",
    "after": "修改后",
    "route": "修改方式",
    "resolution": "处理方式",
    "flow": "流程",
    "eligible": "符合条件",
    "return_reasons": "不符合退货的原因",
    "exchange_reasons": "不符合换货的原因",
    "repair_reasons": "不符合保修的原因",
    "inspect_ok": "检验合格",
    "new_waybill_no": "换货运单号",
    "discount_rate": "折扣率",
    "final_amount": "应付金额",
    "gift_ok": "可赠",
    "gift_reason": "赠品规则说明",
    "gift_qty": "赠品份数",
    "final_gift": "给予赠品",
    "freeship_ok": "可包邮",
    "freeship_reason": "包邮规则说明",
    "final_freeship": "给予包邮",
    "overdue": "已超时",
    "overdue_kind": "超时环节",
    "overdue_count": "超时次数",
    "tracking_stage": "物流环节",
    "queue_no": "开票序号",
    "ruling": "平台裁决",
    "ruling_amount": "裁决金额",
    "evidence": "凭证",
    "comp_amount": "补偿金额",
    "order_amount": "订单金额",
    "payment_no": "支付流水号",
    "issue_type": "问题类型",
    "responsibility": "责任方",
    "last_location": "当前位置",
    "dispatched_at": "发出时间",
    "responsible_picker": "拣货责任人",
    "loss_rate": "补偿比例",
    "loss_amount": "损失补偿金额",
    "paid_out": "已退款补偿",
    "order_paid": "客户已付",
    "remaining": "余额",
    # results of processes; end events name their values
    "approval_result": "审批结果",
    "bulk_result": "大单结果",
    "change_result": "修改结果",
    "compensation_result": "补偿结果",
    "exchange_result": "换货结果",
    "gift_result": "赠品与包邮结果",
    "invoice_result": "开票结果",
    "payout_status": "打款状态",
    "price_diff_result": "差价结果",
    "repair_result": "返修结果",
    "return_result": "退货结果",
    "rights_result": "维权结果",
    "tg_result": "三包结果",
    "tracking_result": "追踪结果",
    "urge_result": "催发结果",
    "wrong_result": "错发处理结果",
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
    "payout_result": {"paid": "已打款", "not_paid": "未打款"},
    "bulk_tier": {"none": "不是大单", "standard": "标准优惠", "large": "可申请更高优惠"},
    "approval_level": {"none": "无需审批", "supervisor": "主管", "manager": "经理"},
    "severity": {"high": "高", "medium": "中", "normal": "普通"},
    "change_route": {
        "aftersales_edit": "售后客服修改",
        "warehouse_edit": "仓库修改",
        "courier_address": "快递改地址",
        "courier_intercept": "拦截退回",
    },
    "freight_payer": {"seller": "卖家", "customer": "买家", "half": "各付一程"},
    "tracking_status": {
        "normal": "正常",
        "pickup_overdue": "取件超时",
        "transit_overdue": "中转超时",
        "sign_overdue": "签收超时",
        "exception": "快递异常",
        "rejected": "客户拒签",
        "signed": "已签收",
    },
    "tracking_stage": {
        "awaiting_pickup": "待揽收",
        "in_transit": "运输中",
        "delivering": "派送中",
        "exception": "异常",
        "rejected": "拒签",
        "signed": "已签收",
    },
    "wrong_shipment_resolution": {"resend": "直接补发", "return_exchange": "退回换货"},
    "ruling": {"seller_wins": "支持商家", "customer_wins": "支持客户", "split": "双方各担一部分"},
}


class Compiled(Protocol):
    """The part of a compiled definition that is read here."""

    @property
    def start_form(self) -> str | None:
        """Id of the form of the none start event."""

    @property
    def outcomes(self) -> Mapping[str, Mapping[str, str]]:
        """Result variable → {value: name of the end event that sets it}."""

    @property
    def answers(self) -> Mapping[str, str]:
        """Decision id → variable in which its answer is kept."""


class Version(Protocol):
    """The part of a deployed version that is read here."""

    @property
    def hash(self) -> str:
        """What tells versions apart, whatever database they are in."""

    @property
    def forms(self) -> Mapping[str, Mapping[str, Any]]:
        """Schemas by form id."""

    @property
    def definition(self) -> Compiled:
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
    #: Lists of rows → the fields of a row.
    rows: Mapping[str, tuple[Field, ...]] = field(default_factory=dict)

    def value(self, name: str, value: Value) -> Value:
        """The value with enumeration values replaced by their labels; lists item by item."""
        if name in self.rows and isinstance(value, Mapping):
            return row_words(self.rows[name], value)
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
        if value is None or value == "" or value == [] or is_masked(name) or name not in self.personal:
            return mask(name, value)
        return HIDDEN


def labels_of(
    forms: Mapping[str, Schema],
    start_form: str | None = None,
    outcomes: Iterable[Mapping[str, Mapping[str, str]]] = (),
) -> Labels:
    """Labels of all fields of these forms; the first form that names a field wins, the start form before all.

    Args:
        forms: schemas by form id.
        start_form: id of the form whose words count most.
        outcomes: of compiled processes: what their end events call the values of their results.
    """
    ordered = sorted(forms, key=lambda form_id: (form_id != start_form, form_id))
    names: dict[str, str] = {}
    options: dict[str, dict[str, str]] = {}
    personal: set[str] = set()
    rows: dict[str, tuple[Field, ...]] = {}
    for form_id in ordered:
        for asked in formcheck.fields(forms[form_id]):
            if asked.label and asked.label != asked.key:
                names.setdefault(asked.key, asked.label)
            for option in asked.options:
                options.setdefault(asked.key, {}).setdefault(option.value, option.label)
            if asked.masked or any(column.masked or is_masked(column.key) for column in asked.columns):
                personal.add(asked.key)
            if asked.is_rows:
                rows.setdefault(asked.key, asked.columns)
    for variable, names_of_ends in (entry for each in outcomes for entry in each.items()):
        for value, name in names_of_ends.items():
            options.setdefault(variable, {}).setdefault(value, name)
    return Labels(names=names, options=options, personal=frozenset(personal), rows=rows)


def with_outcomes(labels: Labels, outcomes: Iterable[Mapping[str, Mapping[str, str]]]) -> Labels:
    """The labels with what the end events of further processes call results: those that a process calls."""
    options = {name: dict(words) for name, words in labels.options.items()}
    for each in outcomes:
        for variable, words in each.items():
            options[variable] = {**words, **options.get(variable, {})}
    return replace(labels, options=options)


def row_words(columns: tuple[Field, ...], row: Mapping[str, Value]) -> str:
    """A row of a list in words: 北京 ×3 where it says what and how many, else each label with its value."""
    said = [(column, _said(column, row.get(column.key))) for column in columns]
    counts = [text for column, text in said if column.type == "number" and column.decimal_digits == 0]
    others = [text for column, text in said if column.type != "number" and text]
    if len(counts) == 1 and others and len(said) == len(others) + 1:
        return f"{' '.join(others)} ×{counts[0] or '?'}"
    return ",".join(f"{column.label} {text}" for column, text in said if text)


def _said(column: Field, value: Value) -> str:
    options = {option.value: option.label for option in column.options}
    entry = formcheck.to_entry(column, value)
    texts = [options.get(text, text) for text in (entry if isinstance(entry, list) else [entry])]
    return "、".join(texts).replace("T", " ") if column.type == "datetime" else "、".join(texts)


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
    definition = cached.version.definition
    labels = labels_of(cached.version.forms, definition.start_form, (definition.outcomes,))
    # A decision's answer reads like the variable that keeps it.
    answers = {
        decision: words
        for decision, variable in definition.answers.items()
        if (words := labels.options.get(variable) or DERIVED_OPTIONS.get(variable))
    }
    return replace(labels, options={**labels.options, **answers})
