"""What the event definitions of an event say, and the class that waits for each or throws it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from lxml import etree

from engine.bpmn.extensions import feel, formula, read_extensions
from engine.bpmn.names import bpmn, children, event_definitions, local, refused, starts_process
from engine.bpmn.problem import RESERVED, Problem
from engine.bpmn.schedule import parse_cron
from engine.bpmn.specs import places, waiting
from engine.bpmn.timing import TimerKind, cycle, from_microseconds, instant
from engine.bpmn.trigger import NO_DEFINITION, EventDefinition, Trigger

if TYPE_CHECKING:
    from engine.feel import Expression

#: Where a waiting event stands → what it waits for → its class.
CATCHING: Final[Mapping[type[waiting.Waiting], Mapping[Trigger, type[waiting.Waiting]]]] = {
    places.Catch: {
        Trigger.TIMER: places.TimerCatch,
        Trigger.MESSAGE: places.MessageCatch,
        Trigger.SIGNAL: places.SignalCatch,
        Trigger.CONDITIONAL: places.ConditionCatch,
    },
    places.Boundary: {
        Trigger.TIMER: places.TimerBoundary,
        Trigger.MESSAGE: places.MessageBoundary,
        Trigger.SIGNAL: places.SignalBoundary,
        Trigger.CONDITIONAL: places.ConditionBoundary,
    },
    places.ScopeStart: {
        Trigger.TIMER: places.TimerWatch,
        Trigger.MESSAGE: places.MessageWatch,
        Trigger.SIGNAL: places.SignalWatch,
        Trigger.CONDITIONAL: places.ConditionWatch,
    },
    places.Part: {
        Trigger.TIMER: places.TimerPart,
        Trigger.MESSAGE: places.MessagePart,
        Trigger.SIGNAL: places.SignalPart,
        Trigger.CONDITIONAL: places.ConditionPart,
    },
}
MULTIPLE: Final[Mapping[type[waiting.Waiting], type[places.Multiple]]] = {
    places.Catch: places.MultipleCatch,
    places.Boundary: places.MultipleBoundary,
    places.ScopeStart: places.MultipleWatch,
}
_THROWS: Final = frozenset({"endEvent", "intermediateThrowEvent", "sendTask", "implicitThrowEvent"})


def read_definitions(node: etree._Element) -> tuple[EventDefinition, ...]:
    """What the event definitions of an event say, in the document's order.

    Raises:
        DefinitionRefused: one is not complete, or refers to nothing.
    """
    return tuple(read_definition(node, definition) for definition in event_definitions(node))


def read_definition(node: etree._Element, definition: etree._Element) -> EventDefinition:
    """What one event definition of an event says.

    Raises:
        DefinitionRefused: it is not complete, or refers to nothing.
    """
    trigger = Trigger(local(definition).removesuffix("EventDefinition"))
    if trigger is Trigger.TIMER:
        return _timer(node, definition)
    if trigger is Trigger.MESSAGE:
        return message_of(node, definition)
    if trigger is Trigger.SIGNAL:
        signal = EventDefinition(trigger=trigger, name=_named(node, definition, "signal", "name"))
        return _assignable(node, signal)
    if trigger is Trigger.CONDITIONAL:
        return EventDefinition(trigger=trigger, expression=_condition(node, definition))
    if trigger in (Trigger.ERROR, Trigger.ESCALATION):
        return _code(node, definition, trigger)
    if trigger is Trigger.COMPENSATE:
        waits = definition.get("waitForCompletion", "true") != "false"
        return EventDefinition(trigger=trigger, name=definition.get("activityRef"), waits=waits)
    if trigger is Trigger.LINK:
        if not definition.get("name"):
            raise refused(node, "the link has no name", "链接没有名称。")
        return EventDefinition(trigger=trigger, name=definition.get("name"))
    return EventDefinition(trigger=trigger)


def message_of(node: etree._Element, definition: etree._Element) -> EventDefinition:
    """The message of an event definition, a receive or a send task.

    Raises:
        DefinitionRefused: it has no name, or nobody could tell whom it concerns.
    """
    message = _referred(node, definition, "message")
    if message is None or not message.get("name"):
        raise refused(node, "its message has no name", "消息没有名称。")
    key = read_extensions(message).correlation_key
    if key is None and local(node) in _THROWS:
        raise refused(node, "its message has no correlation key", "消息没有关联键。")
    return _assignable(node, EventDefinition(trigger=Trigger.MESSAGE, name=message.get("name"), expression=key))


def _assignable(node: etree._Element, definition: EventDefinition) -> EventDefinition:
    """Refuse a message or signal that would bring a fact of the platform."""
    if definition.variable in RESERVED:
        raise refused(node, f"{definition.variable} cannot be assigned", f"“{definition.variable}”不能作为变量名。")
    return definition


def needs_key(node: etree._Element, definition: EventDefinition) -> None:
    """Refuse to wait for a message that nobody can correlate.

    Raises:
        DefinitionRefused: it has no correlation key.
    """
    if definition.trigger is Trigger.MESSAGE and definition.expression is None:
        raise refused(node, "its message has no correlation key", "消息没有关联键。")


def first_or_none(definitions: tuple[EventDefinition, ...]) -> EventDefinition:
    """The only definition, or that there is none."""
    return definitions[0] if definitions else NO_DEFINITION


def _timer(node: etree._Element, definition: etree._Element) -> EventDefinition:
    timer = next((child for child in definition if local(child) in list(TimerKind)), None)
    if timer is None:
        raise refused(node, "the timer has no time", "定时器没有设置时间。")
    expression = feel(node, timer.text or "")
    if starts_process(node):
        _check_schedule(node, (timer.text or "").strip())
    else:
        _check_time(node, TimerKind(local(timer)), (timer.text or "").strip())
    return EventDefinition(trigger=Trigger.TIMER, timer=TimerKind(local(timer)), expression=expression)


def _check_schedule(node: etree._Element, text: str) -> None:
    """Refuse a schedule that nobody can read: the process would never start."""
    if parse_cron(text) is None:
        raise refused(node, f"{text!r} is no schedule such as 30 8 * * *", f"开始时间“{text}”读不懂;写成 30 8 * * *。")


def _check_time(node: etree._Element, kind: TimerKind, text: str) -> None:
    """Refuse a time that is written out and is none: it would be an incident of every case."""
    if text.startswith("="):
        return
    try:
        cycle(text) if kind is TimerKind.CYCLE else instant(text, from_microseconds(0))
    except Problem as problem:
        raise refused(node, str(problem), f"时间“{text}”读不懂;表达式必须以 = 开头。") from problem


def _condition(node: etree._Element, definition: etree._Element) -> Expression:
    condition = definition.find(bpmn("condition"))
    if condition is None or not (condition.text or "").strip():
        raise refused(node, "it has no condition", "没有条件。")
    return formula(node, condition.text or "")


def _code(node: etree._Element, definition: etree._Element, trigger: Trigger) -> EventDefinition:
    found = _referred(node, definition, trigger.value)
    code = None if found is None else found.get(f"{trigger.value}Code")
    if code is None and (found is not None or local(node) in _THROWS):
        raise refused(node, f"its {trigger.value} has no code", "错误或升级没有代码。")
    return EventDefinition(trigger=trigger, name=code)


def _named(node: etree._Element, definition: etree._Element, kind: str, attribute: str) -> str:
    found = _referred(node, definition, kind)
    name = None if found is None else found.get(attribute)
    if not name:
        raise refused(node, f"its {kind} has no {attribute}", f"{kind} 没有名称。")
    return name


def _referred(node: etree._Element, definition: etree._Element, kind: str) -> etree._Element | None:
    reference = definition.get(f"{kind}Ref")
    if reference is None:
        return None
    for found in children(node.getroottree().getroot(), kind):
        if found.get("id") == reference:
            return found
    raise refused(node, f"there is no {kind} {reference}", f"引用的 {reference} 不存在。")
