"""Figures of a process as its heat map shows them: in words, and in five steps of heat with what each means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from engine.flow_analysis import Analysis, Asked, Durations, ElementFigures, Moment, Operator, Role, Standing
from web import format as words
from web.i18n import gettext, lazy_gettext

STEPS: Final = 5
#: What the diagram can show → its word.
MODES: Final[Mapping[str, object]] = {
    "count": lazy_gettext("次数"),
    "time": lazy_gettext("时长"),
    "waiting": lazy_gettext("等待占比"),
    "rework": lazy_gettext("返工"),
    "trouble": lazy_gettext("异常"),
}
STATS: Final[Mapping[str, object]] = {
    "total": lazy_gettext("合计"),
    "median": lazy_gettext("中位数"),
    "p90": lazy_gettext("九成不超过"),
    "mean": lazy_gettext("平均"),
}
CLOCKS: Final[Mapping[str, object]] = {"working": lazy_gettext("工作时间"), "elapsed": lazy_gettext("自然时间")}
BY: Final[Mapping[str, object]] = {Moment.OPENED: lazy_gettext("发起时间"), Moment.ENDED: lazy_gettext("结束时间")}
STANDINGS: Final[Mapping[str, object]] = {
    Standing.RUNNING: lazy_gettext("进行中"),
    Standing.COMPLETED: lazy_gettext("已结束"),
    Standing.CANCELLED: lazy_gettext("已取消"),
}
OPERATORS: Final[Mapping[str, object]] = {
    Operator.EQUAL: lazy_gettext("等于"),
    Operator.GREATER: lazy_gettext("大于"),
    Operator.LESS: lazy_gettext("小于"),
    Operator.CONTAINS: lazy_gettext("包含"),
}
_MONEY: Final[Mapping[str, object]] = {
    "asked_from": lazy_gettext("申请金额不低于"),
    "asked_to": lazy_gettext("申请金额不高于"),
    "paid_from": lazy_gettext("实付不低于"),
    "paid_to": lazy_gettext("实付不高于"),
}
_HOUR: Final = 3_600_000_000
#: From so many hours on the minutes say nothing any more.
_MANY_HOURS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A condition in words, and the address without it."""

    label: object
    said: str
    without: str


def span(micro: int, clock: str) -> str:
    """A duration: working time in hours, since a working day has fewer than 24; — where there is none."""
    if not micro:
        return "—"
    if micro >= _MANY_HOURS * _HOUR and clock == "working":
        return gettext("%(n)s小时", n=f"{micro // _HOUR:,}")
    length = timedelta(microseconds=micro)
    if micro < 60_000_000:
        return gettext("不到1分")
    return words.working_time(length) if clock == "working" else words.duration(length)


def share(part: float | None) -> str:
    """A share as a percentage without fractions; — where there is none."""
    return "—" if part is None else f"{part * 100:.0f} %"


def of_clock(one: ElementFigures, clock: str) -> Durations:
    """An element's durations by one of the clocks."""
    return one.working if clock == "working" else one.elapsed


def heat(analysis: Analysis) -> dict[str, Any]:
    """Everything that the diagram can show: view → legend, and for each element its step and figure.

    Steps are fifths of the greatest value, so that one bottleneck stands out beside many small ones.
    """
    shown = [one for one in analysis.elements if one.visits or one.running or one.stuck]
    own = [one for one in shown if one.counts_time]
    views = {
        "count": _view({one.part.id: one.visits for one in shown}, _count),
        "rework": _view({one.part.id: one.repeated for one in shown}, _count),
        "trouble": _view({one.part.id: one.stuck + _called_off(one) for one in shown}, _count),
    }
    for clock in CLOCKS:
        shares = {one.part.id: of_clock(one, clock).waiting_share for one in own}
        known = {element: part for element, part in shares.items() if part is not None}
        views[f"waiting.{clock}"] = _view(known, share, whole=1)
        for stat in STATS:
            took = {one.part.id: getattr(of_clock(one, clock), stat) for one in own}
            views[f"time.{stat}.{clock}"] = _view(took, _spans(clock))
    flows = {flow: one.visits for flow, one in analysis.flows.items()}
    greatest = max(flows.values(), default=0)
    return {
        "views": views,
        "flows": {flow: [_step(count, greatest), str(count)] for flow, count in flows.items()},
    }


def _called_off(one: ElementFigures) -> int:
    """What was called off counts as trouble where somebody should have done it."""
    return one.cancelled if one.part.role is Role.STEP else 0


def _spans(clock: str) -> Callable[[float], str]:
    return lambda micro: span(int(micro), clock)


def _count(value: float) -> str:
    return f"{int(value):,}"


def _view(values: Mapping[str, float], said: Callable[[float], str], whole: float | None = None) -> dict[str, Any]:
    greatest = whole or max(values.values(), default=0)
    bounds = sorted({said(greatest * n / STEPS): n for n in range(1, STEPS + 1)}.items(), key=lambda one: one[1])
    if whole is None and said(greatest) == _count(greatest):
        bounds = _counted(int(greatest))
    return {
        "legend": [[n, text] for text, n in bounds] if greatest else [],
        "elements": {
            element: [_step(value, greatest), said(value)] for element, value in values.items() if value or whole
        },
    }


def _counted(greatest: int) -> list[tuple[str, int]]:
    """Steps of whole numbers: of a greatest of 3 there are three."""
    least = {_step(value, greatest): value for value in range(min(greatest, STEPS), 0, -1)}
    if greatest > STEPS:
        least = {n: greatest * n // STEPS for n in range(1, STEPS + 1)}
    return [(f"{value:,}", n) for n, value in sorted(least.items())]


def _step(value: float, greatest: float) -> int:
    """1 to 5; 0 of nothing."""
    if value <= 0 or greatest <= 0:
        return 0
    return max(1, min(STEPS, -int(-value * STEPS // greatest)))


def chips(asked: Asked, names: Callable[[str], str], labels: Callable[[str], str]) -> list[Chip]:
    """What is asked, condition by condition.

    Args:
        asked: the conditions.
        names: what an element is called.
        labels: what a variable is called.
    """
    found = [
        Chip(label=label, said=said, without=asked.without(part).query()) for part, label, said in _said(asked, names)
    ]
    for one in asked.variables:
        said = f"{OPERATORS[one.operator]} {one.value or gettext('空')}"
        found.append(Chip(label=labels(one.name), said=said, without=asked.without("", one).query()))
    return found


def _said(asked: Asked, names: Callable[[str], str]) -> list[tuple[str, object, str]]:
    found: list[tuple[str, object, str]] = []
    if asked.versions:
        found.append(("versions", gettext("版本"), "、".join(f"v{number}" for number in asked.versions)))
    by = BY[asked.by]
    for part, label in (("since", gettext("%(what)s不早于", what=by)), ("until", gettext("%(what)s不晚于", what=by))):
        if (day := getattr(asked, part)) is not None:
            found.append((part, label, day.isoformat()))
    if asked.standing is not None:
        found.append(("standing", gettext("状态"), str(STANDINGS[asked.standing])))
    for part, label in (("outcome", gettext("结束于")), ("passed", gettext("经过步骤"))):
        if (element := getattr(asked, part)) is not None:
            found.append((part, label, names(element)))
    for part, said in _MONEY.items():
        if (amount := getattr(asked, part)) is not None:
            found.append((part, said, words.money(amount)))
    return found
