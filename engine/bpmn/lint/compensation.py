"""Rules on compensation and cancellation: every handler has its activity, every throw something it may undo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Node, Scope
from engine.bpmn.lint.rule import error
from engine.bpmn.lint.supported import ACTIVITIES, SUB_PROCESSES
from engine.bpmn.lint.tree import Element, local
from engine.bpmn.lint.unsupported import ATTRIBUTE
from engine.bpmn.lint.world import World
from engine.model import Finding

NO_HANDLER = error(
    "compensation.no_handler",
    "{it}应当用一条关联线连到同一层级里一个标为补偿(isForCompensation)的活动,有且只能有一个;请改正。",
    "{it} has exactly one association, to an activity of its scope that is marked isForCompensation; correct it.",
)
NO_ACTIVITY = error(
    "compensation.no_activity",
    "{it}标为补偿(isForCompensation),但没有补偿边界事件用关联线连到它;请连接或取消标记。",
    "{it} is marked isForCompensation, but no compensation boundary event is associated with it; connect it or take "
    "the mark away.",
)
WRONG_ACTIVITY = error(
    "compensation.activity",
    "{it}要补偿 {target},但它不是同一层级里带补偿边界事件的活动或子流程;请改正 activityRef。",
    "{it} compensates {target}, which is no activity of its scope with a compensation boundary event and no "
    "sub-process; correct its activityRef.",
)
CANCEL_OUTSIDE = error(
    "cancel.outside_transaction",
    "{it}是取消结束事件,只能放在事务子流程里;请移进事务或改用别的结束事件。",
    "{it} is a cancel end event, which belongs into a transaction; move it or use another end event.",
)
CANCEL_UNCAUGHT = error(
    "cancel.no_boundary",
    "{it}里有取消结束事件 {end},但它上面没有取消边界事件;请加上,说明取消以后走哪里。",
    "{it} has the cancel end event {end} inside but no cancel boundary event; add one that says where to go then.",
)

_COMPENSATE: Final = "compensateEventDefinition"
_CANCEL: Final = "cancelEventDefinition"


def check_compensation(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report handlers without an activity, activities without a handler, and throws that name nothing to undo."""
    covered = {node.attached_to for node in diagram.nodes.values() if node.compensates}
    for node in diagram.nodes.values():
        if node.compensates and not _has_handler(node):
            yield NO_HANDLER.on(node)
        if node.for_compensation and not node.triggered and not node.compensation:
            yield NO_ACTIVITY.on(node)
        for definition in node.definitions:
            if local(definition) == _COMPENSATE:
                yield from _check_throw(node, definition, covered)


def _has_handler(event: Node) -> bool:
    """Whether it is associated with one thing, an activity of its scope that runs for compensation."""
    if len(event.compensation) != 1:
        return False
    (handler,) = event.compensation
    return handler.for_compensation and not handler.triggered and handler.scope is event.scope


def _check_throw(node: Node, definition: Element, covered: set[str | None]) -> Iterator[Finding]:
    """Check what a throw compensates; what catches has no activity to name."""
    reference = definition.get("activityRef")
    if node.tag in ("startEvent", "boundaryEvent"):
        for attribute in ("activityRef", "waitForCompletion"):
            if (value := definition.get(attribute)) is not None and (attribute, value) != ("waitForCompletion", "true"):
                yield ATTRIBUTE.on(node, attribute=attribute, value=value)
    elif reference is not None:
        found = next((scope.nodes[reference] for scope in _remembering(node.scope) if reference in scope.nodes), None)
        if found is None or not _can_be_compensated(found, covered):
            yield WRONG_ACTIVITY.on(node, target=reference or "-")


def _remembering(scope: Scope) -> Iterator[Scope]:
    """The scopes whose completed activities a throw may compensate."""
    for around in scope.around():
        yield around
        if not around.triggered:
            return


def _can_be_compensated(node: Node, covered: set[str | None]) -> bool:
    if node.tag not in ACTIVITIES or node.aside:
        return False
    return node.tag in SUB_PROCESSES or node.id in covered


def check_cancels(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report cancel end events outside of a transaction, and transactions that say nothing of being cancelled."""
    told: set[str] = set()
    for node in diagram.nodes.values():
        if node.tag != "endEvent" or _CANCEL not in node.events:
            continue
        transaction = next((scope for scope in node.scope.around() if scope.tag == "transaction"), None)
        if transaction is None:
            yield CANCEL_OUTSIDE.on(node)
            continue
        host = diagram.nodes.get(transaction.id)
        caught = host is not None and any(_CANCEL in event.events for event in host.boundaries)
        if not caught and transaction.id not in told:
            told.add(transaction.id)
            yield CANCEL_UNCAUGHT.on(transaction, end=node.id)
