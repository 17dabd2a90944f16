"""What is asked of every contestant: conditions as owners write them, and a decision table of twenty rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition in three languages, with values for which it is true and false."""

    #: As an owner writes it for us.
    feel: str
    #: bkflow-feel knows no Chinese names; its FEEL is the same otherwise.
    bkflow: str
    #: zen-engine neither, and has a language of its own.
    zen: str
    #: Our name → theirs.
    names: dict[str, str]
    true: dict[str, Any]
    false: dict[str, Any]


#: Numbers are texts here: ours takes them as decimals, the others as binary floats. Dates are ISO texts.
CONDITIONS: Final[dict[str, Condition]] = {
    "simple": Condition(
        feel='订单金额 > 100 and 退货原因 = "七天无理由"',
        bkflow='amount > 100 and reason = "七天无理由"',
        zen='amount > 100 and reason == "七天无理由"',
        names={"订单金额": "amount", "退货原因": "reason"},
        true={"订单金额": 259, "退货原因": "七天无理由"},
        false={"订单金额": 259, "退货原因": "质量问题"},
    ),
    "date": Condition(
        feel='签收日期 >= date("2026-11-14")',
        bkflow='signed >= date("2026-11-14")',
        zen='signed >= d("2026-11-14")',
        names={"签收日期": "signed"},
        true={"签收日期": "2026-11-20"},
        false={"签收日期": "2026-11-13"},
    ),
    "list": Condition(
        feel='物流状态 in ["已签收", "已退回", "已拒收", "已丢失"]',
        bkflow='status in ["已签收", "已退回", "已拒收", "已丢失"]',
        zen='status in ["已签收", "已退回", "已拒收", "已丢失"]',
        names={"物流状态": "status"},
        true={"物流状态": "已丢失"},
        false={"物流状态": "运输中"},
    ),
    "function": Condition(
        feel='contains(买家留言, "破损")',
        bkflow='contains(note, "破损")',
        zen='contains(note, "破损")',
        names={"买家留言": "note"},
        true={"买家留言": "收到时外包装破损,里面的杯子也碎了"},
        false={"买家留言": "颜色与图片不符"},
    ),
    "arithmetic": Condition(
        feel="单价 * 数量 - 优惠 >= 99.9",
        bkflow="price * quantity - discount >= 99.9",
        zen="price * quantity - discount >= 99.9",
        names={"单价": "price", "数量": "quantity", "优惠": "discount"},
        true={"单价": "39.9", "数量": "3.0", "优惠": "5.5"},
        false={"单价": "39.9", "数量": "2.0", "优惠": "5.5"},
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A row of the table: member, one of two reasons, low <= amount < high → the answer."""

    member: bool
    reasons: tuple[str, str]
    low: int
    high: int
    answer: str


_REASONS: Final = (("质量问题", "发错货"), ("七天无理由", "不喜欢"))
#: For these values, the last of the rows hits, after 34 cells of others: half the rows fail at their first cell, a
#: quarter at the second, a fifth at the third.
LAST: Final[dict[str, Any]] = {"会员": True, "退货原因": "不喜欢", "订单金额": 450}
TABLE_NAMES: Final = {"会员": "member", "退货原因": "reason", "订单金额": "amount"}


def rows(offset: int = 0) -> list[RuleRow]:
    """Twenty rows that never overlap; another offset gives other amounts, so that nothing is remembered."""
    return [
        RuleRow(
            member=member,
            reasons=reasons,
            low=band * 100 - offset,
            high=band * 100 + 100 + (offset if band == 4 else -offset),
            answer=f"做法{offset}_{number * 5 + band}",
        )
        for number, (member, reasons) in enumerate((m, r) for m in (False, True) for r in _REASONS)
        for band in range(5)
    ]


ANSWER: Final = "做法0_19"
