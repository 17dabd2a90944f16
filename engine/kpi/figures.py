"""The figures that chat and shop systems count: their columns, what must hold between them, and their sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, func, select

from engine.kpi.periods import Period
from engine.store.tables import kpi_figure

#: How somebody gets in touch, as first responses are limited by it (SLA-03).
CHANNELS: Final[Mapping[str, str]] = {"chat": "在线聊天", "phone": "电话", "other": "其他"}


class FigureKind(StrEnum):
    """Where figures come from."""

    CHAT = "chat"
    SHOP = "shop"


class FigureUnit(StrEnum):
    """What a figure counts."""

    COUNT = "count"
    SECONDS = "seconds"
    #: Kept in 分, written in 元.
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """One column of a file."""

    name: str
    label: str
    unit: FigureUnit = FigureUnit.COUNT
    #: Other headings under which it may stand.
    also: tuple[str, ...] = ()


_S: Final = FigureUnit.SECONDS
COLUMNS: Final[Mapping[FigureKind, tuple[FigureColumn, ...]]] = {
    FigureKind.CHAT: (
        FigureColumn("receptions", "接待次数", also=("接待人数", "接待量")),
        FigureColumn("conversations", "会话数"),
        FigureColumn("answered", "已回复会话数"),
        FigureColumn("first_count", "首次响应次数"),
        FigureColumn("first_seconds", "首次响应总秒数", _S),
        FigureColumn("first_in_limit", "首次响应达标数"),
        FigureColumn("reply_count", "回复次数"),
        FigureColumn("reply_seconds", "回复总秒数", _S),
        FigureColumn("ratings", "评分数"),
        FigureColumn("satisfied", "满意数"),
    ),
    FigureKind.SHOP: (
        FigureColumn("enquirers", "咨询人数"),
        FigureColumn("enquirers_paid", "三日内付款人数"),
        FigureColumn("paid_orders", "付款订单数"),
        FigureColumn("paid_customers", "付款人数"),
        FigureColumn("paid_amount", "付款金额", FigureUnit.MONEY, also=("付款金额(元)",)),
        FigureColumn("refunded_orders", "退款订单数"),
        FigureColumn("reviews", "评价数"),
        FigureColumn("bad_reviews", "差评数"),
        FigureColumn("bad_handled", "已处理差评数"),
        FigureColumn("reviews_due", "应回复评价数"),
        FigureColumn("reviews_answered", "按时回复评价数"),
        FigureColumn("unpaid_due", "应催付订单数"),
        FigureColumn("reminders", "催付次数"),
        FigureColumn("reminded_paid", "催付后付款订单数"),
    ),
}
KIND_NAMES: Final[Mapping[FigureKind, str]] = {FigureKind.CHAT: "聊天数据", FigureKind.SHOP: "店铺数据"}
BY_NAME: Final[Mapping[str, FigureColumn]] = {column.name: column for columns in COLUMNS.values() for column in columns}
KIND_OF: Final[Mapping[str, FigureKind]] = {
    column.name: kind for kind, columns in COLUMNS.items() for column in columns
}
#: A part is never more than its whole: (part, whole).
PARTS: Final = (
    ("answered", "conversations"),
    ("first_in_limit", "first_count"),
    ("satisfied", "ratings"),
    ("enquirers_paid", "enquirers"),
    ("paid_customers", "paid_orders"),
    ("bad_reviews", "reviews"),
    ("bad_handled", "bad_reviews"),
    ("reviews_answered", "reviews_due"),
    ("reminded_paid", "reminders"),
)
#: A sum of seconds needs the number of which it is the sum.
SUMS: Final = (("first_seconds", "first_count"), ("reply_seconds", "reply_count"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureSum:
    """The sum of a figure in a period, and on how many days it was given."""

    value: Decimal
    days: int


#: (figure, person) → sum; the person "" is the shop's own line.
FigureSums = Mapping[tuple[str, str], FigureSum]


def read_sums(connection: Connection, period: Period, names: Iterable[str] | None = None) -> FigureSums:
    """All figures of a period by person, in one query."""
    wanted = kpi_figure.c.day.between(period.first.isoformat(), period.last.isoformat())
    query = select(
        kpi_figure.c.name,
        kpi_figure.c.person,
        func.sum(kpi_figure.c.value),
        func.count(func.distinct(kpi_figure.c.day)),
    ).where(wanted)
    if names is not None:
        query = query.where(kpi_figure.c.name.in_(sorted(names)))
    rows = connection.execute(query.group_by(kpi_figure.c.name, kpi_figure.c.person))
    return {(row[0], row[1]): FigureSum(value=Decimal(int(row[2])), days=int(row[3])) for row in rows}
