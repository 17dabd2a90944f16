"""The markers for loops and multi-instance of an activity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

from engine.bpmn.extensions import feel, formula, variable_name
from engine.bpmn.names import bpmn, children, event_definitions, extension, local, refused
from engine.bpmn.reading.data import Data
from engine.bpmn.reading.events import read_definition
from engine.bpmn.specs.loops import Behaviour, Loop, MultiInstance, StandardLoop
from engine.bpmn.trigger import EventDefinition, Trigger

if TYPE_CHECKING:
    from engine.bpmn.specs.process import ProcessSpec
    from engine.feel import Expression

_THROWN: Final = frozenset({Trigger.SIGNAL, Trigger.ESCALATION, Trigger.MESSAGE})


def make_loop(spec: ProcessSpec, node: etree._Element, data: Data) -> Loop | None:
    """The loop around an activity, None where it has no marker.

    Args:
        spec: to which the loop is added, under the activity's id.
        node: the activity.
        data: of the process.

    Raises:
        DefinitionRefused: the marker is not complete.
    """
    standard = node.find(bpmn("standardLoopCharacteristics"))
    if standard is not None:
        return _standard(spec, node, standard)
    several = node.find(bpmn("multiInstanceLoopCharacteristics"))
    return None if several is None else _multi_instance(spec, node, several, data)


def _standard(spec: ProcessSpec, node: etree._Element, marker: etree._Element) -> StandardLoop:
    made = StandardLoop(spec, node.get("id"))
    made.condition = _expression(node, marker, "loopCondition")
    made.test_before = marker.get("testBefore", "false") == "true"
    made.maximum = _number(node, marker.get("loopMaximum"))
    if made.condition is None and made.maximum is None:
        raise refused(node, "the loop never ends", "循环没有条件,也没有次数上限。")
    return made


def _multi_instance(spec: ProcessSpec, node: etree._Element, marker: etree._Element, data: Data) -> MultiInstance:
    made = MultiInstance(spec, node.get("id"))
    made.sequential = marker.get("isSequential", "false") == "true"
    made.cardinality = _number(node, marker.findtext(bpmn("loopCardinality")))
    made.completion = _expression(node, marker, "completionCondition")
    zeebe = extension(marker, "loopCharacteristics")
    if zeebe is not None:
        collection = zeebe.get("inputCollection")
        made.collection = None if collection is None else formula(node, collection)
        made.input_element = _name(node, zeebe.get("inputElement"))
        made.output_collection = _name(node, zeebe.get("outputCollection"))
        output = zeebe.get("outputElement")
        made.output_element = None if output is None else formula(node, output)
    _read_standard_data(made, node, marker, data)
    if (made.collection is None) == (made.cardinality is None):
        raise refused(node, "it needs either a collection or a number", "多实例需要集合或次数,且只能有一个。")
    made.behaviours = tuple(_behaviours(node, marker))
    return made


def _read_standard_data(made: MultiInstance, node: etree._Element, marker: etree._Element, data: Data) -> None:
    """Collections by reference, as BPMN itself writes them: to a data object, or to an input or output of the task.

    Source: BPMN 2.0.2 §13.3.7: what an association connects with such an input or output is the collection.
    """
    name = node.get("id", "")
    source, target = marker.findtext(bpmn("loopDataInputRef")), marker.findtext(bpmn("loopDataOutputRef"))
    if source is not None and made.collection is None:
        variable = data.names.get(source.strip(), source.strip())
        connected = {mapped.target: mapped.source for mapped in data.inputs.get(name, ())}
        made.collection = connected.get(variable) or feel(node, f"={variable}")
        made.input_element = made.input_element or _item(node, marker, "inputDataItem")
    if target is not None and made.output_collection is None:
        variable = data.names.get(target.strip(), target.strip())
        goes_to = {mapped.source.source.removeprefix("="): mapped.target for mapped in data.outputs.get(name, ())}
        made.output_collection = _name(node, goes_to.get(variable, variable))
        item = _item(node, marker, "outputDataItem")
        made.output_element = None if item is None else feel(node, f"={item}")


def _item(node: etree._Element, marker: etree._Element, kind: str) -> str | None:
    found = marker.find(bpmn(kind))
    return None if found is None else _name(node, found.get("name") or found.get("id"))


def _behaviours(node: etree._Element, marker: etree._Element) -> list[Behaviour]:
    behaviour = marker.get("behavior", "All")
    if behaviour == "All":
        return []
    if behaviour == "Complex":
        made = []
        for definition in children(marker, "complexBehaviorDefinition"):
            condition = _expression(node, definition, "condition")
            event = definition.find(bpmn("event"))
            found = [] if event is None else event_definitions(event)
            if condition is None or not found:
                raise refused(node, "a complex behaviour needs a condition and an event", "复杂行为需要条件和事件。")
            made += [Behaviour(definition=_thrown(node, one), condition=condition) for one in found]
        return made
    attribute = {"One": "oneBehaviorEventRef", "None": "noneBehaviorEventRef"}.get(behaviour)
    reference = None if attribute is None else marker.get(attribute)
    if reference is None:
        raise refused(node, f"the behaviour {behaviour} names no event", "多实例的行为没有指定事件。")
    for one in node.getroottree().getroot():
        if one.get("id") == reference and local(one).endswith("EventDefinition"):
            return [Behaviour(definition=_thrown(node, one), once=behaviour == "One")]
    raise refused(node, f"there is no event definition {reference}", f"引用的 {reference} 不存在。")


def _thrown(node: etree._Element, found: etree._Element) -> EventDefinition:
    definition = read_definition(node, found)
    if definition.trigger not in _THROWN:
        raise refused(node, "only signals, escalations and messages are thrown", "多实例只能抛出信号、升级和消息。")
    if definition.name is None or (definition.trigger is Trigger.MESSAGE and definition.expression is None):
        raise refused(node, "the event it throws is not complete", "多实例抛出的事件没有代码或关联键。")
    return definition


def _expression(node: etree._Element, marker: etree._Element, name: str) -> Expression | None:
    text = marker.findtext(bpmn(name))
    return None if text is None or not text.strip() else formula(node, text)


def _number(node: etree._Element, text: str | None) -> Expression | None:
    """A number, or FEEL that gives one."""
    if text is None or not text.strip():
        return None
    text = text.strip()
    return feel(node, f"={text}") if text.isascii() and text.isdigit() else formula(node, text)


def _name(node: etree._Element, name: str | None) -> str | None:
    return None if name is None else variable_name(node, name)
