"""Rules on time: timers can be computed, are no bombs, and every wait has an end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Node, Scope, Thing, is_link
from engine.bpmn.lint.expressions import constant
from engine.bpmn.lint.rule import error, warning
from engine.bpmn.lint.schedules import starts_by_itself
from engine.bpmn.lint.tree import bpmn_children, first_zeebe, local, text_of
from engine.bpmn.lint.world import World
from engine.feel.values import YearMonthDuration
from engine.model import Finding

MAX_ROUNDS: Final = 1_000

NO_TIME = error(
    "timer.no_time",
    "{it}需要且只能有一个时间(时长、日期或循环);请填写。",
    "{it} needs exactly one time (duration, date or cycle).",
)
UNREADABLE = error(
    "timer.unreadable",
    "{it}的时间「{text}」读不懂;时长写成 PT4H 或 P1D,日期写成 2026-01-31T09:00,循环写成 R3/PT1H,或以 = 开头写表达式。",
    "The time {text} of {it} cannot be read; write PT4H or P1D, 2026-01-31T09:00, R3/PT1H, or an expression after =.",
)
TOO_SHORT = error(
    "timer.too_short",
    "{it}的时间「{text}」太短;至少要 {least} 秒。",
    "The time {text} of {it} is too short; it must be {least} seconds at least.",
)
ROUNDS = error(
    "timer.rounds",
    "{it}的循环「{text}」必须写明次数,且不超过 {most} 次,例如 R3/PT1H。",
    "The cycle {text} of {it} must say how often, at most {most} times, e.g. R3/PT1H.",
)
WAIT_WITHOUT_END = warning(
    "wait.no_end",
    "{it}可能永远等下去;请加一个定时分支,或在说明中写明「不设时限」及原因。",
    "{it} may wait for ever; add a timer, or document why not (with the words 不设时限 or no time limit).",
)

_TIMER: Final = "timerEventDefinition"
_DURATION: Final = re.compile(
    r"P(?=.)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,9})(?:\.\d{1,9})?S)?)?\Z",
    re.ASCII,
)
_CYCLE: Final = re.compile(r"R(?P<rounds>\d*)/(?P<duration>P.*)\Z", re.ASCII)
_REASONS: Final = ("不设时限", "无时限", "no time limit")


def check_timers(diagram: Diagram, world: World) -> Iterator[Finding]:
    """Report timers without a readable time and literal ones that are too short or too many."""
    for it, definition in diagram.each_definition(_TIMER):
        times = list(bpmn_children(definition, "timeDuration", "timeDate", "timeCycle"))
        if len(times) != 1 or not text_of(times[0]):
            yield NO_TIME.on(it)
        elif not (isinstance(it, Node) and starts_by_itself(it)):
            yield from _check_time(it, local(times[0]), text_of(times[0]), world)
    for it in (*diagram.nodes.values(), *diagram.global_tasks.values()):
        schedule = first_zeebe(it.element, "taskSchedule")
        for attribute in ("dueDate", "followUpDate") if schedule is not None else ():
            text = (schedule.get(attribute) or "").strip() if schedule is not None else ""
            value = constant(text) if text else None
            if value is not None and not _is_date(value) and _length(value) is None:
                yield UNREADABLE.on(it, text=text)


def _check_time(node: Thing, tag: str, text: str, world: World) -> Iterator[Finding]:
    value = constant(text)
    if value is None:
        return
    if tag == "timeDate":
        if not _is_date(value):
            yield UNREADABLE.on(node, text=text)
        return
    if tag == "timeCycle":
        cycle = _CYCLE.match(value) if isinstance(value, str) else None
        if cycle is None:
            yield UNREADABLE.on(node, text=text)
            return
        if not 1 <= len(cycle["rounds"]) <= 4 or not 1 <= int(cycle["rounds"]) <= MAX_ROUNDS:
            yield ROUNDS.on(node, text=text, most=MAX_ROUNDS)
        value = cycle["duration"]
    length = _length(value)
    if length is None:
        yield UNREADABLE.on(node, text=text)
    elif length < world.minimum_timer:
        yield TOO_SHORT.on(node, text=text, least=int(world.minimum_timer.total_seconds()))


def _length(value: object) -> timedelta | None:
    """Shortest length of a duration (a month has 28 days at least)."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, YearMonthDuration):
        return timedelta(days=28 * value.months)
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    part = {name: int(digits) for name, digits in match.groupdict(default="0").items()}
    return timedelta(
        days=365 * part["years"] + 28 * part["months"] + 7 * part["weeks"] + part["days"],
        hours=part["hours"],
        minutes=part["minutes"],
        seconds=part["seconds"],
    )


def _is_date(value: object) -> bool:
    if isinstance(value, date):
        return True
    if not isinstance(value, str):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def check_waits(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report waits for something that may never come, unless their documentation gives the reason."""
    bounded = {scope: _has_an_end(diagram, scope) for scope in diagram.scopes}
    for node in diagram.nodes.values():
        endless = _may_never_end(diagram, node) and not any(bounded[scope] for scope in node.scope.around())
        if endless and not _gives_a_reason(node):
            yield WAIT_WITHOUT_END.on(node)


def _may_never_end(diagram: Diagram, node: Node) -> bool:
    if node.instantiates:
        return False
    if node.tag == "eventBasedGateway":
        branches = list(diagram.successors(node))
        return bool(branches) and not any(_ends_in_time(branch) for branch in branches)
    behind_gateway = any(diagram.nodes[flow.source].tag == "eventBasedGateway" for flow in node.incoming)
    if node.tag == "receiveTask":
        return not behind_gateway and not any(event.interrupting and _ends_in_time(event) for event in node.boundaries)
    if node.tag != "intermediateCatchEvent" or is_link(node, node.tag) or not node.events:
        return False
    return not behind_gateway and not _ends_in_time(node)


def _ends_in_time(event: Node) -> bool:
    """Whether a timer lets an event happen in any case: not, when it waits for other things besides."""
    if event.element.get("parallelMultiple", "false") != "false":
        return set(event.events) == {_TIMER}
    return _TIMER in event.events


def _has_an_end(diagram: Diagram, scope: Scope) -> bool:
    """Whether a timer ends a scope: at the edge of a sub-process, or as the start of an event sub-process in it."""
    host = None if scope.parent is None else diagram.nodes.get(scope.id)
    edges = [] if host is None else host.boundaries
    starts = (start for watcher in scope.watchers for start in watcher.starts())
    return any(event.interrupting and _ends_in_time(event) for event in (*edges, *starts))


def _gives_a_reason(node: Node) -> bool:
    written = " ".join(text_of(found) for found in bpmn_children(node.element, "documentation"))
    return any(reason in written for reason in _REASONS)
