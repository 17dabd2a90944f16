"""Makes the spec of each element, with what is inserted around it: rounds of loops, parts of multiple events."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from engine.bpmn.extensions import Extensions, formula, read_extensions
from engine.bpmn.names import (
    bpmn,
    children,
    event_definitions,
    extension,
    is_event_sub_process,
    local,
    refused,
)
from engine.bpmn.reading.data import Data
from engine.bpmn.reading.events import (
    CATCHING,
    MULTIPLE,
    first_or_none,
    message_of,
    needs_key,
    read_definitions,
)
from engine.bpmn.reading.loops import make_loop
from engine.bpmn.specs import activities, compensation, events, gateways, merging, places, sub_processes
from engine.bpmn.specs.base import HIDDEN, Node
from engine.bpmn.specs.loops import Loop, MultiInstance
from engine.bpmn.trigger import Trigger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.bpmn.specs.process import ProcessSpec

#: Element → its class; events and sub-processes are looked at more closely.
CLASSES: Final[Mapping[str, type[Node]]] = {
    "task": Node,
    "manualTask": Node,
    "userTask": activities.UserTask,
    "serviceTask": activities.JobTask,
    "sendTask": activities.SendTask,
    "receiveTask": activities.ReceiveTask,
    "scriptTask": activities.ScriptTask,
    "businessRuleTask": activities.DecisionTask,
    "callActivity": activities.CallActivity,
    "subProcess": sub_processes.SubProcess,
    "transaction": sub_processes.Transaction,
    "adHocSubProcess": sub_processes.AdHoc,
    "parallelGateway": gateways.Parallel,
    "inclusiveGateway": merging.Inclusive,
    "complexGateway": merging.Complex,
    "eventBasedGateway": gateways.EventBased,
    "startEvent": events.Start,
    "endEvent": events.End,
    "intermediateThrowEvent": events.Throw,
    "intermediateCatchEvent": places.Catch,
    "boundaryEvent": places.Boundary,
}


class Maker:
    """Makes the specs of one process."""

    def __init__(self, spec: ProcessSpec, data: Data) -> None:
        self._spec = spec
        self._data = data

    def make(self, node: etree._Element, spec_class: type[Node], attributes: Mapping[str, Any]) -> Node:
        """The spec of an element under its id, and what belongs to it.

        Raises:
            DefinitionRefused: it is not complete.
        """
        name = node.get("id", "")
        extensions = self._extensions(node)
        loop = make_loop(self._spec, node, self._data)
        own = name if loop is None else f"{HIDDEN}{name}.each"
        made = self._made(node, own, spec_class, attributes)
        for one in (made, loop):
            if one is not None:
                one.element = name
        made.extensions = extensions
        made.declares = self._data.declares.get(name, ())
        if loop is None:
            return made
        # Mappings belong to each round, the register and the collections to the whole.
        made.extensions = _of_round(extensions, loop)
        made.loop, loop.inner = loop, made
        made.is_item = isinstance(loop, MultiInstance)
        loop.asks_person = made.asks_person
        loop.extensions = replace(extensions, inputs=(), outputs=())
        self._spec.scope_of[own] = name
        return loop

    def _extensions(self, node: etree._Element) -> Extensions:
        found, name = read_extensions(node), node.get("id", "")
        inputs, outputs = self._data.inputs.get(name, ()), self._data.outputs.get(name, ())
        if not inputs and not outputs:
            return found
        return replace(found, inputs=(*inputs, *found.inputs), outputs=(*found.outputs, *outputs))

    def _made(self, node: etree._Element, name: str, spec_class: type[Node], attributes: Mapping[str, Any]) -> Node:
        kind = local(node)
        if kind in ("endEvent", "intermediateThrowEvent"):
            return self._throwing(node, name, spec_class)
        if kind in ("intermediateCatchEvent", "boundaryEvent") or (kind == "startEvent" and event_definitions(node)):
            return self._catching(node, name, spec_class)
        if kind == "subProcess" and is_event_sub_process(node):
            spec_class = sub_processes.EventSubProcess
        if kind == "sendTask" and extension(node, "taskDefinition") is None:
            spec_class = activities.SendMessageTask
        made = spec_class(self._spec, name, **attributes)
        self._configure(node, made)
        return made

    def _configure(self, node: etree._Element, made: Node) -> None:
        if isinstance(made, activities.ReceiveTask | activities.SendMessageTask):
            made.definition = message_of(node, node)
            if node.get("instantiate") != "true" and not self._starts_instance(node):
                needs_key(node, made.definition)
        elif isinstance(made, sub_processes.AdHoc):
            completion = node.findtext(bpmn("completionCondition"))
            made.completion = formula(node, completion) if completion and completion.strip() else None
            made.sequential = node.get("ordering", "Parallel") == "Sequential"
            made.cancels_rest = node.get("cancelRemainingInstances", "true") != "false"
            zeebe = extension(node, "adHoc")
            active = None if zeebe is None else zeebe.get("activeElementsCollection")
            made.active = formula(node, active) if active else None
        elif isinstance(made, merging.Complex):
            activation = node.findtext(bpmn("activationCondition"))
            made.activation = formula(node, activation) if activation and activation.strip() else None
            made.rest = merging.Rest(self._spec, f"{HIDDEN}{made.name}.rest")
            made.rest.element, made.rest.gateway = made.name, made
        elif isinstance(made, gateways.EventBased):
            made.all_of_them = node.get("eventGatewayType", "Exclusive") == "Parallel"

    # -- events -----------------------------------------------------------------------------------

    def _throwing(self, node: etree._Element, name: str, spec_class: type[Node]) -> Node:
        definitions = read_definitions(node)
        triggers = {definition.trigger for definition in definitions}
        if Trigger.LINK in triggers:
            return self._with(events.Link(self._spec, name), definitions)
        if Trigger.CANCEL in triggers:
            spec_class = events.CancelEnd
        made = spec_class(self._spec, name)
        if isinstance(made, events.Throw):
            made.definitions = definitions
            made.late = not triggers.isdisjoint(events.LATE)
            if not triggers.isdisjoint((Trigger.COMPENSATE, Trigger.CANCEL)):
                made.undo = compensation.Undo(self._spec, f"{HIDDEN}{name}.undo")
                made.undo.element = name
        return self._with(made, definitions)

    def _catching(self, node: etree._Element, name: str, place: type[Node]) -> Node:
        definitions = read_definitions(node)
        triggers = {definition.trigger for definition in definitions}
        if Trigger.LINK in triggers:
            return self._with(events.Link(self._spec, name), definitions)
        if place is places.Boundary and Trigger.COMPENSATE in triggers:
            return self._with(compensation.CompensationBoundary(self._spec, name), definitions)
        if place is events.Start:
            around = node.getparent()
            if around is None or not is_event_sub_process(around):
                return self._with(events.Start(self._spec, name), definitions)
            place = places.ScopeStart
        made = self._waiting(node, name, place, definitions)
        if isinstance(made, places.Edge):
            attribute = "cancelActivity" if local(node) == "boundaryEvent" else "isInterrupting"
            made.interrupting = node.get(attribute, "true") == "true"
        return self._with(made, definitions)

    def _waiting(self, node: etree._Element, name: str, place: Any, definitions: tuple[Any, ...]) -> Node:
        waiting = [d for d in definitions if d.trigger in CATCHING[place]]
        if self._starts_instance(node) is False:
            for definition in waiting:
                needs_key(node, definition)
        if len(definitions) == 1:
            made: Node = CATCHING[place].get(definitions[0].trigger, place)(self._spec, name)
            return made
        whole = MULTIPLE[place](self._spec, name)
        whole.parallel = node.get("parallelMultiple", "false") == "true"
        if whole.parallel and len(waiting) < len(definitions):
            raise refused(
                node, "errors and escalations cannot be waited for together", "并行多重事件不能含错误或升级。"
            )
        parts = []
        for number, definition in enumerate(waiting, start=1):
            part = CATCHING[places.Part][definition.trigger](self._spec, f"{HIDDEN}{name}.{number}")
            part.definition, part.element = definition, name
            parts.append(part)
        whole.parts = tuple(parts)
        return whole

    def _starts_instance(self, node: etree._Element) -> bool:
        """Whether an event stands behind an event-based gateway of which any message starts an instance."""
        scope = node.getparent()
        if scope is None:
            return False
        sources = {f.get("sourceRef") for f in children(scope, "sequenceFlow") if f.get("targetRef") == node.get("id")}
        return any(
            gateway.get("id") in sources
            and gateway.get("instantiate") == "true"
            and gateway.get("eventGatewayType", "Exclusive") == "Exclusive"
            for gateway in children(scope, "eventBasedGateway")
        )

    @staticmethod
    def _with(made: Node, definitions: tuple[Any, ...]) -> Node:
        if isinstance(made, events.EventNode):
            made.definition = first_or_none(definitions)
        return made


def _of_round(extensions: Extensions, loop: Loop) -> Extensions:
    own = replace(extensions, register=None)
    if not isinstance(loop, MultiInstance):
        return own
    return replace(
        own,
        inputs=tuple(mapped for mapped in own.inputs if mapped.source is not loop.collection),
        outputs=tuple(mapped for mapped in own.outputs if mapped.target != loop.output_collection),
    )
