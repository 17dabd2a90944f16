"""Rules on messages: they have a name, and whoever waits says for which case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Node, Thing
from engine.bpmn.lint.loops import thrown_on_the_way
from engine.bpmn.lint.rule import error
from engine.bpmn.lint.tasks import DYNAMIC, PUBLISH
from engine.bpmn.lint.tree import Element, first_zeebe, local
from engine.bpmn.lint.world import World
from engine.model import Finding

NO_MESSAGE = error(
    "message.no_reference",
    "{it}没有指定消息;请选择或新建一条消息。",
    "{it} names no message; choose one or make one.",
)
NO_NAME = error(
    "message.no_name",
    "{it}用到的消息 {message} 没有名称;请填写消息名称。",
    "The message {message} of {it} has no name; give it one.",
)
NO_KEY = error(
    "message.no_correlation_key",
    "{it}用到的消息「{message}」没有关联键,无法找到对应的案件;请填写关联键(zeebe:subscription correlationKey)。",
    "The message {message} of {it} has no correlation key, so no case could be found; set its "
    "zeebe:subscription correlationKey.",
)
SAME_NAME = error(
    "message.same_name",
    "{it}与消息 {other} 同名;请合并为一条消息。",
    "{it} has the same name as message {other}; make them one message.",
)
TWO_STARTS = error(
    "message.two_starts",
    "{it}与 {other} 都由同一条消息启动;一条消息只能启动流程的一处。",
    "{it} starts at the same message as {other}; a message may start the process in one place only.",
)
PUBLISH_TYPE = error(
    "message.end_type",
    "{it}的作业类型只能是 publish_message,而且只能用在消息抛出事件上(zeebe:taskDefinition type);请改正或删除。",
    "The job type of {it} may be publish_message only, on message events only (zeebe:taskDefinition type); correct it "
    "or delete it.",
)

_MESSAGE: Final = "messageEventDefinition"
_THROWS: Final = ("endEvent", "intermediateThrowEvent")


def check_messages(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report messages that could never be thrown, correlated or told apart."""
    started: dict[str, str] = {}
    for node in diagram.nodes.values():
        for reference in _references(diagram, node):
            yield from _check_message(diagram, node, reference)
            name = _name(diagram.by_id.get(reference or ""))
            if name and _starts(node):
                other = started.setdefault(name, node.id)
                if other != node.id:
                    yield TWO_STARTS.on(node, other=other)
        if node.tag in _THROWS:
            yield from _check_publish(node)
    yield from _check_names(diagram)


def _references(diagram: Diagram, node: Node) -> Iterator[str | None]:
    """Ids of the messages that an element throws or waits for, as written; None where one is missing."""
    definitions = (*node.definitions, *thrown_on_the_way(diagram, node))
    yield from (definition.get("messageRef") for definition in definitions if local(definition) == _MESSAGE)
    reference = node.element.get("messageRef")
    if node.tag == "receiveTask" or (node.tag == "sendTask" and reference is not None):
        yield reference


def _name(message: Element | None) -> str:
    return "" if message is None else (message.get("name") or "").strip()


def _starts(node: Node) -> bool:
    """Whether its message starts an instance."""
    if node.tag == "startEvent":
        return node.scope.tag == "process"
    return node.instantiates or any(gateway.instantiates for gateway in _gateways_before(node))


def _gateways_before(node: Node) -> Iterator[Node]:
    sources = (node.scope.nodes[flow.source] for flow in node.incoming)
    return (source for source in sources if source.tag == "eventBasedGateway")


def _needs_key(node: Node) -> bool:
    """Whether its message must say for which case: who only starts an instance need not."""
    if not _starts(node):
        return True
    return any(gateway.element.get("eventGatewayType") == "Parallel" for gateway in _gateways_before(node))


def _check_message(diagram: Diagram, node: Node, reference: str | None) -> Iterator[Finding]:
    if not reference:
        yield NO_MESSAGE.on(node)
        return
    message = diagram.by_id.get(reference)
    if message is None:
        return
    name = _name(message)
    if not name:
        yield NO_NAME.on(node, message=reference)
    elif name.startswith("="):
        yield DYNAMIC.on(node, what_zh="消息名称", what_en="The message's name", value=name)
    subscription = first_zeebe(message, "subscription")
    key = "" if subscription is None else (subscription.get("correlationKey") or "").strip()
    if not key and _needs_key(node):
        yield NO_KEY.on(node, message=name or reference)


def _check_publish(node: Node) -> Iterator[Finding]:
    """Check a job type on an event that throws: the step itself publishes messages, and nothing else is done there."""
    definition = first_zeebe(node.element, "taskDefinition")
    if definition is not None and (_MESSAGE not in node.events or (definition.get("type") or "").strip() != PUBLISH):
        yield PUBLISH_TYPE.on(node)


def _check_names(diagram: Diagram) -> Iterator[Finding]:
    first: dict[str, Thing] = {}
    for message in diagram.roots("message"):
        if message.name and message.name in first:
            yield SAME_NAME.on(message, other=first[message.name].id)
        first.setdefault(message.name, message)
