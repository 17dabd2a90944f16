"""The figures of a process as a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from engine.flow_analysis import Analysis, Durations
from web.i18n import gettext

_HOUR: Final = Decimal(3_600_000_000)


def header() -> list[str]:
    """What the columns are called."""
    return [
        gettext("元素"), gettext("名称"), gettext("类型"), gettext("次数"), gettext("工单数"), gettext("工单占比"),
        gettext("工作时间合计(小时)"), gettext("占全部"), gettext("工作时间中位数(小时)"),
        gettext("工作时间九成不超过(小时)"), gettext("工作时间平均(小时)"), gettext("自然时间合计(小时)"),
        gettext("自然时间中位数(小时)"), gettext("自然时间九成不超过(小时)"), gettext("自然时间平均(小时)"),
        gettext("等待占比"), gettext("正停在这里"), gettext("返工次数"), gettext("返工时间(小时)"), gettext("取消"),
        gettext("等候次数"), gettext("异常"), gettext("在图上"),
    ]  # fmt: skip


def cells(analysis: Analysis) -> Iterator[list[str | Decimal | int | None]]:
    """A row for each element, on the diagram or not; durations in hours, shares as parts of one."""
    whole = analysis.total_working
    for one in (*analysis.elements, *analysis.elsewhere):
        if not (one.visits or one.armed or one.stuck):
            continue
        drawn = gettext("否") if one in analysis.elsewhere else gettext("是")
        yield [
            one.part.id, one.part.name, one.part.kind, one.visits, one.cases,
            _ratio(one.cases, analysis.cases),
            *([*_hours(one.working, whole)] if one.counts_time else [None] * 5),
            *([*_hours(one.elapsed)] if one.counts_time else [None] * 4),
            None if one.waiting_share is None else _rounded(Decimal(one.waiting_share)),
            one.running, one.repeated, _rounded(one.repeated_working / _HOUR), one.cancelled,
            one.armed or None, one.stuck, drawn,
        ]  # fmt: skip


def _hours(durations: Durations, whole: int | None = None) -> list[Decimal | None]:
    total, *others = (
        _rounded(value / _HOUR) for value in (durations.total, durations.median, durations.p90, durations.mean)
    )
    return [total, *([] if whole is None else [_ratio(durations.total, whole)]), *others]


def _ratio(part: int, whole: int) -> Decimal | None:
    return _rounded(Decimal(part) / whole) if whole else None


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.0001")).normalize() + 0
