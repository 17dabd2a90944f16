"""Rules on what opens a scope or an instance: event and ad-hoc sub-processes, and starts that are no events."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.lint.diagram import Diagram, Node, Scope
from engine.bpmn.lint.events import caught_codes
from engine.bpmn.lint.rule import error
from engine.bpmn.lint.unsupported import ATTRIBUTE
from engine.bpmn.lint.world import World
from engine.model import Finding

ONE_START = error(
    "event_sub_process.one_start",
    "{it}是事件子流程,有且只能有一个开始事件,现在有 {count} 个;请改正。",
    "{it} is an event sub-process and has exactly one start event, not {count}; correct it.",
)
NOT_REPEATED = error(
    "event_sub_process.loop",
    "{it}是事件子流程,不能带循环标记;请删除。",
    "{it} is an event sub-process and cannot have a loop marker; delete it.",
)
COMPENSATION_IN_PROCESS = error(
    "event_sub_process.compensation_in_process",
    "{it}用补偿事件开始,只能放在子流程或事务里(流程本身不会被补偿);请移进子流程或删除。",
    "{it} starts with a compensation event, so it belongs into a sub-process or transaction: a process itself is "
    "never compensated; move it or delete it.",
)
SAME_CODE = error(
    "event_sub_process.same_code",
    "{it}与 {other} 中断同一层级,又等待同一个代码(或都不写代码);请合并成一个。",
    "{it} interrupts the same scope as {other} for the same code (or both for any code); make them one.",
)
TWO_COMPENSATIONS = error(
    "event_sub_process.two_compensations",
    "{it}与 {other} 都补偿同一个子流程;只能有一个补偿事件子流程,请合并。",
    "{it} compensates the same sub-process as {other}; there may be one such event sub-process only, make them one.",
)
IN_AD_HOC = error(
    "ad_hoc.start_or_end",
    "{it}在即席子流程里;那里没有开始和结束事件,请删除。",
    "{it} is inside an ad-hoc sub-process, where there are no start and end events; delete it.",
)
NOTHING_TO_BEGIN = error(
    "ad_hoc.nothing_to_begin",
    "{it}里没有可以开始的活动(没有入线的活动);请至少放一个。",
    "{it} has no element to begin with (one to which no flow leads); put one into it.",
)
ORDERING = error(
    "ad_hoc.ordering",
    "{it}的 ordering 是「{value}」;只能是 Parallel 或 Sequential。",
    "The ordering of {it} is {value}; it may be Parallel or Sequential only.",
)
NOT_IN_PROCESS = error(
    "instantiate.in_sub_process",
    "{it}标为启动流程(instantiate),但它在子流程里;只有流程最外层的元素能启动流程。",
    "{it} is to start the process (instantiate), but lies in a sub-process; only elements of the process itself can.",
)
NOT_PLAIN = error(
    "instantiate.marked",
    "{it}用来启动流程(instantiate),不能带循环标记或边界事件;请去掉它们。",
    "{it} starts the process (instantiate), so it cannot have a loop marker or boundary events; remove them.",
)


def check_scopes(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report event sub-processes that cannot start, ad-hoc ones that cannot begin, and starts in the wrong place."""
    for scope in diagram.scopes:
        if scope.triggered:
            yield from _check_triggered(diagram, scope)
        elif scope.tag == "adHocSubProcess":
            yield from _check_ad_hoc(scope)
        if scope.tag in ("transaction", "adHocSubProcess") and scope.element.get("triggeredByEvent") == "true":
            yield ATTRIBUTE.on(scope, attribute="triggeredByEvent", value="true")
        yield from _check_handlers(diagram, scope)
    for node in diagram.nodes.values():
        yield from _check_instantiates(node)


def _check_triggered(diagram: Diagram, scope: Scope) -> Iterator[Finding]:
    starts = scope.starts()
    if len(starts) != 1:
        yield ONE_START.on(scope, count=len(starts))
    node = diagram.nodes.get(scope.id)
    if node is not None and node.loops:
        yield NOT_REPEATED.on(scope)
    within = scope.parent is not None and scope.parent.tag != "process"
    if not within and any("compensateEventDefinition" in start.events for start in starts):
        yield COMPENSATION_IN_PROCESS.on(scope)


def _check_ad_hoc(scope: Scope) -> Iterator[Finding]:
    for node in (*scope.starts(), *(node for node in scope.nodes.values() if node.tag == "endEvent")):
        yield IN_AD_HOC.on(node)
    if not scope.entries():
        yield NOTHING_TO_BEGIN.on(scope)
    ordering = scope.element.get("ordering", "Parallel")
    if ordering not in ("Parallel", "Sequential"):
        yield ORDERING.on(scope, value=ordering)


def _check_handlers(diagram: Diagram, scope: Scope) -> Iterator[Finding]:
    """Report two event sub-processes of a scope between which nothing decides."""
    first: dict[tuple[str, str], str] = {}
    for watcher in scope.watchers:
        for start in watcher.starts()[:1]:
            if "compensateEventDefinition" in start.events:
                other = first.setdefault(("compensation", ""), watcher.id)
                if other != watcher.id:
                    yield TWO_COMPENSATIONS.on(watcher, other=other)
            for caught in caught_codes(diagram, start) if start.interrupting else ():
                other = first.setdefault(caught, watcher.id)
                if other != watcher.id:
                    yield SAME_CODE.on(watcher, other=other)


def _check_instantiates(node: Node) -> Iterator[Finding]:
    if node.element.get("eventGatewayType") == "Parallel" and not node.instantiates:
        yield ATTRIBUTE.on(node, attribute="eventGatewayType", value="Parallel")
    if not node.instantiates:
        return
    if node.scope.tag != "process":
        yield NOT_IN_PROCESS.on(node)
    if node.boundaries or node.loops:
        yield NOT_PLAIN.on(node)
