"""Rules on events: which kinds stand where, which may stand together, and where they may be attached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Node
from engine.bpmn.lint.rule import Rule, error, warning
from engine.bpmn.lint.schedules import starts_by_itself
from engine.bpmn.lint.supported import (
    BOUNDARY_HOSTS,
    CAUGHT_TOGETHER,
    EVENT_KINDS,
    EVENT_SUB_PROCESS_STARTS,
    EXECUTED,
    NODE_NAMES,
    NONE,
    THROWN_TOGETHER,
)
from engine.bpmn.lint.tree import Element, bpmn_children, local
from engine.bpmn.lint.unsupported import ATTRIBUTE, refusal
from engine.bpmn.lint.world import World
from engine.model import Finding

KINDS: Final[Mapping[str, Rule]] = {
    tag: refusal(code, f"这个位置上的{zh}事件", f"a {en} event at this place")
    for tag, (code, zh, en) in EVENT_KINDS.items()
    if any(tag not in events for node, events in EXECUTED.items() if node.endswith("Event"))
}
NO_DEFINITION = refusal("event_without_definition", "没有类型的事件", "an event without a definition at this place")
NOT_TOGETHER = error(
    "unsupported.multiple_event",
    "{it}带有多个触发条件,但{kind}不能与其他条件放在一起;请拆成几个事件。",
    "{it} has several definitions, but a {kind_en} definition cannot stand beside others; draw several events.",
)
PARALLEL_MULTIPLE = error(
    "event.parallel_multiple",
    "{it}要等所有条件到齐(parallelMultiple),但其中有错误或升级,不能与其他条件一起等;请去掉。",
    "{it} waits for all of its definitions (parallelMultiple), but errors and escalations cannot be waited for "
    "together with others; take them out.",
)
START_IN_SUB_PROCESS = refusal(
    "start_in_sub_process", "子流程里带触发条件的开始事件", "a start event with a definition inside a sub-process"
)
BOUNDARY_HOST = error(
    "unsupported.boundary_host",
    "{it}不能附着在{host}上;请换一种画法。",
    "{it} is attached to a {host}, at which such an event is not executed; model it differently.",
)
ALWAYS_INTERRUPTS = error(
    "event.always_interrupts",
    "{it}带有{kind},只能是中断的;请取消「非中断」({attribute})。",
    "{it} has a {kind_en} definition, so it always interrupts; take away {attribute}=false.",
)
CAUGHT_TWICE = warning(
    "event.caught_twice",
    "{it}与 {other} 等待同一个代码,只有先画的那个会起作用;请删除其中一个。",
    "{it} waits for the same code as {other}, so only the first of them works; delete one of them.",
)
CYCLE = error(
    "unsupported.timer_cycle",
    "{it}使用了循环定时(timeCycle);循环只能用在流程的开始事件、非中断的边界定时事件和非中断的事件子流程开始事件上。",
    "{it} has a time cycle; cycles are executed on start events of the process, and on non-interrupting boundary "
    "events and starts of event sub-processes.",
)

_COMES_FROM_WITHIN: Final = frozenset({"errorEventDefinition", "escalationEventDefinition"})
_ALWAYS_INTERRUPT: Final = ("errorEventDefinition", "cancelEventDefinition", "compensateEventDefinition")
#: What the items of a multi-instance activity may throw, so that any activity may have such events at its edge.
_THROWN_BY_ITEMS: Final = frozenset({"messageEventDefinition", "signalEventDefinition", "escalationEventDefinition"})


def check_events(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Refuse events whose definitions are not executed at their place or beside each other."""
    recurring = {timer for _, timer in diagram.each_definition("timerEventDefinition") if _recurs(timer)}
    for node in diagram.nodes.values():
        if node.is_event and node.tag in EXECUTED:
            yield from _check_kinds(node)
            yield from _check_switches(node)
            if node.tag == "boundaryEvent":
                yield from _check_host(diagram, node)
            if not _may_recur(node) and not recurring.isdisjoint(node.definitions):
                yield CYCLE.on(node)
        yield from _check_twice(diagram, node)


def _check_kinds(node: Node) -> Iterator[Finding]:
    executed = EXECUTED[node.tag]
    if node.tag == "startEvent" and node.scope.triggered:
        executed = EVENT_SUB_PROCESS_STARTS
    elif node.tag == "startEvent" and node.scope.tag != "process" and node.events:
        yield START_IN_SUB_PROCESS.on(node)
        return
    if not node.events and NONE not in executed:
        yield NO_DEFINITION.on(node)
    refused = [event for event in dict.fromkeys(node.events) if event not in executed]
    for event in refused:
        yield KINDS[event].on(node)
    throws = node.tag in ("endEvent", "intermediateThrowEvent")
    together = THROWN_TOGETHER if throws else CAUGHT_TOGETHER
    if len(node.events) > 1:
        for event in dict.fromkeys(node.events):
            if event not in together and event not in refused:
                yield NOT_TOGETHER.on(node, **_kind(event))


def _kind(event: str) -> dict[str, str]:
    _, zh, en = EVENT_KINDS[event]
    return {"kind": zh, "kind_en": en}


def _check_switches(node: Node) -> Iterator[Finding]:
    """Check what says whether an event interrupts and whether it waits for all."""
    starts_instance = node.tag == "startEvent" and not node.scope.triggered
    attribute = "isInterrupting" if node.tag == "startEvent" else "cancelActivity"
    if starts_instance and not node.interrupting:
        yield ATTRIBUTE.on(node, attribute=attribute, value="false")
    elif node.tag in ("startEvent", "boundaryEvent") and not node.interrupting:
        for event in _ALWAYS_INTERRUPT:
            if event in node.events and not (node.tag == "startEvent" and event == "compensateEventDefinition"):
                yield ALWAYS_INTERRUPTS.on(node, attribute=attribute, **_kind(event))
    if node.element.get("parallelMultiple", "false") != "false" and len(node.events) > 1:
        if _COMES_FROM_WITHIN.intersection(node.events):
            yield PARALLEL_MULTIPLE.on(node)
        elif starts_instance:
            yield ATTRIBUTE.on(node, attribute="parallelMultiple", value="true")


def _check_host(diagram: Diagram, node: Node) -> Iterator[Finding]:
    host = node.scope.nodes.get(node.attached_to or "")
    if host is None or host.tag not in EXECUTED:
        return
    kind = diagram.kind(host)
    for event in dict.fromkeys(node.events):
        hosts = BOUNDARY_HOSTS.get(event)
        allowed = hosts is None or kind in hosts or (event in _THROWN_BY_ITEMS and host.multi_instance)
        if host.triggered or (host.for_compensation and event == "compensateEventDefinition") or not allowed:
            yield BOUNDARY_HOST.on(node, host=f"{NODE_NAMES[host.tag][0]}({host.id})")
            return


def _may_recur(node: Node) -> bool:
    """Whether it may fire again and again by a cycle."""
    if starts_by_itself(node):
        return True
    attached = node.tag == "boundaryEvent" or (node.tag == "startEvent" and node.scope.triggered)
    return attached and not node.interrupting


def _recurs(timer: Element) -> bool:
    return next(bpmn_children(timer, "timeCycle"), None) is not None


def _check_twice(diagram: Diagram, host: Node) -> Iterator[Finding]:
    """Report a second event at the same activity for the same error or escalation."""
    first: dict[tuple[str, str], str] = {}
    for event in host.boundaries:
        for caught in caught_codes(diagram, event):
            if caught in first and first[caught] != event.id:
                yield CAUGHT_TWICE.on(event, other=first[caught])
            first.setdefault(caught, event.id)


def caught_codes(diagram: Diagram, node: Node) -> Iterator[tuple[str, str]]:
    """Kind and code of the errors and escalations that an event catches; the code is empty when it catches all."""
    for definition in node.definitions:
        if local(definition) in _COMES_FROM_WITHIN:
            name = "error" if local(definition) == "errorEventDefinition" else "escalation"
            found = _referred(diagram, definition.get(f"{name}Ref"))
            yield name, "" if found is None else (found.get(f"{name}Code") or "").strip()


def _referred(diagram: Diagram, reference: str | None) -> Element | None:
    return None if not reference else diagram.by_id.get(reference)
