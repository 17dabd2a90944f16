"""Rules on processes that start by themselves: readable times, and what they say of their starts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from engine.bpmn.lint.diagram import Diagram, Node, Scope
from engine.bpmn.lint.rule import error
from engine.bpmn.lint.tasks import UNKNOWN_GROUP
from engine.bpmn.lint.tree import Element, bpmn_children, local, properties, text_of
from engine.bpmn.lint.world import World
from engine.bpmn.schedule import DEFAULT_ZONE, parse_cron, zone_of
from engine.model import Finding

SCHEDULE = error(
    "timer.schedule",
    "{it}的开始时间「{text}」读不懂;请用循环(timeCycle)写成 分 时 日 月 周,例如每天 8:30 写 30 8 * * *,"
    "每周一 9:00 写 0 9 * * 1。",
    "The start time {text} of {it} cannot be read; write a cycle (timeCycle) as minute hour day month weekday, e.g. "
    "30 8 * * * for 08:30 every day, 0 9 * * 1 for 09:00 on Mondays.",
)
NEVER = error(
    "timer.never",
    "{it}的开始时间「{text}」永远不会到(例如 2 月 30 日);请改正。",
    "The start time {text} of {it} never comes (30 February, for example).",
)
VALUE = error(
    "process.scheduled",
    "{it}的 {name} 是「{value}」;{allowed}。",
    "The {name} of {it} is {value}; {allowed_en}.",
)
UNSCHEDULED = error(
    "process.unscheduled",
    "{it}写了 {name},但没有定时开始事件;请删除它,或画一个定时开始事件。",
    "{it} has {name}, but no timer start event; delete it, or draw one.",
)
NOBODY = error(
    "process.roster_groups",
    "{it}写了 roster,但没有写 roster_groups;请写明从哪些岗位里选人。",
    "{it} has a roster, but no roster_groups; say from which groups people are picked.",
)

#: Properties of a process that starts by itself: the values, and what may be written, in Chinese and English.
SCHEDULE_PROPERTIES: Final = {
    "missed": (
        frozenset({"each", "latest", "skip"}),
        "只能是 each(错过的逐次补办)、latest(只补最近一次)或 skip(错过不补,不写也是)",
        "it may be each, latest or skip (or absent: skip)",
    ),
    "roster": (
        frozenset({"on_duty", "each_starting", "each_ending", "each_member"}),
        "只能是 on_duty(当班的一人)、each_starting(一小时内上班的每人一件)、each_ending(一小时内下班的每人一件)"
        "或 each_member(岗位里每人一件),不写则不指定人",
        "it may be on_duty, each_starting, each_ending or each_member (or absent: nobody is picked)",
    ),
    "roster_groups": (frozenset[str](), "", ""),
    "time_zone": (
        frozenset[str](),
        "只能是 IANA 时区名,如 Asia/Shanghai",
        "it may be an IANA time zone, such as Asia/Shanghai",
    ),
}
#: From where a schedule is looked at: what never comes from there never comes.
_ANY_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)


def starts_by_itself(node: Node) -> bool:
    """Whether a node is a start event of the process with a timer."""
    return node.tag == "startEvent" and node.scope.tag == "process" and "timerEventDefinition" in node.events


def check_schedules(diagram: Diagram, world: World) -> Iterator[Finding]:
    """Report start times that cannot be read or never come, and properties of schedules that say nothing."""
    for scope in diagram.processes:
        scheduled = [start for start in scope.starts() if starts_by_itself(start)]
        for start in scheduled:
            for definition in start.definitions:
                yield from _check_times(start, list(bpmn_children(definition, "timeDuration", "timeDate", "timeCycle")))
        yield from _check_properties(scope, world, scheduled=bool(scheduled))


def _check_times(start: Node, times: list[Element]) -> Iterator[Finding]:
    if len(times) != 1 or not text_of(times[0]):
        return  # timer.no_time says so
    text = text_of(times[0])
    cron = parse_cron(text) if local(times[0]) == "timeCycle" else None
    if cron is None:
        yield SCHEDULE.on(start, text=text)
    elif cron.after(_ANY_DAY, ZoneInfo(DEFAULT_ZONE)) is None:
        yield NEVER.on(start, text=text)


def _check_properties(scope: Scope, world: World, *, scheduled: bool) -> Iterator[Finding]:
    given = properties(scope.element)
    for name, (values, zh, en) in SCHEDULE_PROPERTIES.items():
        if name not in given:
            continue
        value = given[name]
        if not scheduled:
            yield UNSCHEDULED.on(scope, name=name)
        if name == "time_zone":
            known = zone_of(value) is not None
        elif name == "roster_groups":
            groups = [group.strip() for group in value.split(",")]
            yield from (UNKNOWN_GROUP.on(scope, value=group) for group in groups if group not in world.groups)
            continue
        else:
            known = value in values
        if not known:
            yield VALUE.on(scope, name=name, value=value, allowed=zh, allowed_en=en)
    if "roster" in given and "roster_groups" not in given:
        yield NOBODY.on(scope)
