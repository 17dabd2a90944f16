"""Rules on messages and errors: they have a name, and whoever waits says for which case."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.lint.diagram import Diagram, Node, Thing
from engine.bpmn.lint.rule import error
from engine.bpmn.lint.tasks import DYNAMIC, PUBLISH
from engine.bpmn.lint.tree import Element, bpmn_children, first_zeebe
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
    "{it}与开始事件 {other} 等待同一条消息;一条消息只能启动一个开始事件。",
    "{it} starts at the same message as {other}; a message may start one start event only.",
)
END_TYPE = error(
    "message.end_type",
    "{it}是消息结束事件,作业类型应为 publish_message(zeebe:taskDefinition type)。",
    "{it} is a message end event; its zeebe:taskDefinition type must be publish_message.",
)
NO_ERROR_CODE = error(
    "error.no_code",
    "{it}没有错误代码;请指定错误并填写错误代码(errorCode)。",
    "{it} has no error code; choose an error and fill in its errorCode.",
)


def check_messages(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report message events that could never be correlated, and errors without a code."""
    started: dict[str, str] = {}
    for node in diagram.nodes.values():
        for definition in bpmn_children(node.element, "messageEventDefinition"):
            yield from _check_message(diagram, node, definition)
            message = diagram.by_id.get(definition.get("messageRef", ""))
            name = "" if message is None else message.get("name", "")
            if node.tag == "startEvent" and name:
                if name in started:
                    yield TWO_STARTS.on(node, other=started[name])
                started.setdefault(name, node.id)
        for definition in bpmn_children(node.element, "errorEventDefinition"):
            yield from _check_error(diagram, node, definition)
        if node.tag == "endEvent":
            yield from _check_end(node)
    yield from _check_names(diagram)


def _check_message(diagram: Diagram, node: Node, definition: Element) -> Iterator[Finding]:
    reference = definition.get("messageRef")
    if not reference:
        yield NO_MESSAGE.on(node)
        return
    message = diagram.by_id.get(reference)
    if message is None:
        return
    name = (message.get("name") or "").strip()
    if not name:
        yield NO_NAME.on(node, message=reference)
    elif name.startswith("="):
        yield DYNAMIC.on(node, what_zh="消息名称", what_en="The message's name", value=name)
    subscription = first_zeebe(message, "subscription")
    key = "" if subscription is None else (subscription.get("correlationKey") or "").strip()
    if not key and node.tag != "startEvent":
        yield NO_KEY.on(node, message=name or reference)


def _check_error(diagram: Diagram, node: Node, definition: Element) -> Iterator[Finding]:
    """Check an error's code; a boundary event without a reference catches every error."""
    reference = definition.get("errorRef")
    if not reference and node.tag == "boundaryEvent":
        return
    found = diagram.by_id.get(reference or "")
    code = "" if found is None else (found.get("errorCode") or "").strip()
    if code.startswith("="):
        yield DYNAMIC.on(node, what_zh="错误代码", what_en="The error code", value=code)
    elif not code and (found is not None or not reference):
        yield NO_ERROR_CODE.on(node)


def _check_end(node: Node) -> Iterator[Finding]:
    definition = first_zeebe(node.element, "taskDefinition")
    kind = "" if definition is None else (definition.get("type") or "").strip()
    sends = "messageEventDefinition" in node.events
    if (sends and kind != PUBLISH) or (not sends and definition is not None):
        yield END_TYPE.on(node)


def _check_names(diagram: Diagram) -> Iterator[Finding]:
    first: dict[str, Thing] = {}
    for message in diagram.roots("message"):
        if message.name and message.name in first:
            yield SAME_NAME.on(message, other=first[message.name].id)
        first.setdefault(message.name, message)
