"""From XML to the graph of specs: SpiffWorkflow's parser with our node parsers, on a tree that we read ourselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from engine.bpmn.extensions import feel, read_extensions
from engine.bpmn.frame import (
    SpiffChoiceParser,
    SpiffNodeParser,
    SpiffParser,
    SpiffProcessParser,
    ValidationException,
)
from engine.bpmn.names import bpmn, children, local, refused
from engine.bpmn.normalise import event_definitions, flow_nodes, scopes
from engine.bpmn.specs import activities, events, gateways, waiting
from engine.bpmn.specs.base import Node
from engine.bpmn.specs.events import EventDefinition, EventNode, Trigger
from engine.bpmn.specs.process import ProcessSpec
from engine.bpmn.timing import TimerKind
from engine.errors import DefinitionRefused

if TYPE_CHECKING:
    from engine.dmn import Decision
    from engine.feel import Expression

_TASKS: Final[Mapping[str, type[Node]]] = {
    "userTask": activities.UserTask,
    "serviceTask": activities.JobTask,
    "sendTask": activities.SendTask,
    "scriptTask": activities.ScriptTask,
    "businessRuleTask": activities.DecisionTask,
    "callActivity": activities.CallActivity,
    "subProcess": activities.SubProcess,
    "parallelGateway": gateways.Parallel,
    "eventBasedGateway": gateways.EventBased,
    "startEvent": events.Start,
    "endEvent": events.End,
    "intermediateCatchEvent": waiting.Catch,
    "boundaryEvent": waiting.Boundary,
}
_BY_TRIGGER: Final[Mapping[tuple[type[Node], Trigger], type[EventNode]]] = {
    (waiting.Catch, Trigger.TIMER): waiting.TimerCatch,
    (waiting.Catch, Trigger.MESSAGE): waiting.MessageCatch,
    (waiting.Boundary, Trigger.TIMER): waiting.TimerBoundary,
    (waiting.Boundary, Trigger.MESSAGE): waiting.MessageBoundary,
    (waiting.Boundary, Trigger.ERROR): waiting.ErrorBoundary,
}


class _FeelConditions:
    """Conditions are compiled FEEL, and shapes have no place: flows keep the document's order."""

    def parse_condition(self, sequence_flow: etree._Element) -> Expression | None:
        condition = sequence_flow.find(bpmn("conditionExpression"))
        return None if condition is None else feel(sequence_flow, condition.text or "")


class _NodeParser(_FeelConditions, SpiffNodeParser):
    """Makes the spec of an element."""

    def create_task(self) -> Node:
        definition = read_definition(self.node)
        made = _BY_TRIGGER.get((self.spec_class, definition.trigger), self.spec_class)
        node: Node = made(self.spec, self.bpmn_id, **self.bpmn_attributes)
        if isinstance(node, EventNode):
            node.definition = definition
        if isinstance(node, waiting.Boundary):
            node.interrupting = self.node.get("cancelActivity", "true") == "true"
        return node


class _ChoiceParser(_FeelConditions, SpiffChoiceParser):
    """Makes the spec of an exclusive gateway; connecting a flow compiles its condition."""


class _ProcessParser(SpiffProcessParser):
    """Reads a process in two passes, elements then flows: no recursion along the flow, however long it is."""

    def create_spec(self) -> ProcessSpec:
        return ProcessSpec(name=self.bpmn_id, description=self.get_name())

    def add_tasks(self) -> None:
        spec: ProcessSpec = self.spec
        parsers: dict[str, Any] = {}
        for scope in scopes(self.node):
            for node in flow_nodes(scope):
                parser_class, spec_class = self.parser._get_parser_class(node.tag)
                parser = parsers[node.get("id", "")] = parser_class(self, spec_class, node, self.nsmap)
                parser.task = parser.create_task()
                parser.task.extensions = read_extensions(node)
        for scope in scopes(self.node):
            for flow in children(scope, "sequenceFlow"):
                self._connect(parsers, flow)
            for node in flow_nodes(scope):
                self._attach(node)
        _read_registers(self.node, spec)

    def _connect(self, parsers: Mapping[str, Any], flow: etree._Element) -> None:
        source = parsers[flow.get("sourceRef", "")]
        target = self.spec.task_specs[flow.get("targetRef", "")]
        alone = len(self.get_outgoing_sequence_flows(source.bpmn_id)) == 1
        default = source.node.get("default") == flow.get("id")
        unconditional = alone and flow.find(bpmn("conditionExpression")) is None
        self.spec.flow_ids[source.task.name, target.name] = flow.get("id", "")
        source.connect_outgoing(target, flow, default or unconditional)

    def _attach(self, node: etree._Element) -> None:
        specs = self.spec.task_specs
        spec = specs[node.get("id", "")]
        if isinstance(spec, waiting.ErrorBoundary):
            host = specs[node.get("attachedToRef", "")]
            host.catchers = (*host.catchers, (spec.definition.name, spec))
        elif isinstance(spec, waiting.Boundary):
            host = specs[node.get("attachedToRef", "")]
            host.boundaries = (*host.boundaries, spec)
        elif isinstance(spec, activities.SubProcess):
            spec.first = specs[children(node, "startEvent")[0].get("id", "")]


class _Parser(SpiffParser):
    """SpiffWorkflow's parser with our parser and spec class for each element that is executed."""

    PROCESS_PARSER_CLASS = _ProcessParser
    PARSER_CLASSES: Final = {
        **{bpmn(name): (_NodeParser, spec) for name, spec in _TASKS.items()},
        bpmn("exclusiveGateway"): (_ChoiceParser, gateways.Exclusive),
    }

    def _add_diagram_indexes(self, bpmn: etree._Element) -> None:
        """Nothing: shapes and their places mean nothing to the engine, and may be malformed."""


def parse(root: etree._Element, process: etree._Element, decisions: Mapping[str, Decision]) -> ProcessSpec:
    """The graph of a normalised diagram.

    Raises:
        DefinitionRefused: something does not parse or refers to nothing.
    """
    parser = _Parser()
    try:
        parser.add_bpmn_xml(root)
        spec: ProcessSpec = parser.get_spec(process.get("id"))
    except ValidationException as problem:
        raise DefinitionRefused(f"{getattr(problem, 'id', '')}: {problem}") from problem
    for scope in scopes(process):
        for node in flow_nodes(scope):
            _check_complete(node, spec, decisions)
    return spec


def read_definition(node: etree._Element) -> EventDefinition:
    """What the event definition of an event says; ``NO_DEFINITION`` of everything else."""
    found = event_definitions(node)
    if not found:
        return events.NO_DEFINITION
    trigger = Trigger(local(found[0]).removesuffix("EventDefinition"))
    if trigger is Trigger.TIMER:
        timer = next((child for child in found[0] if local(child) in list(TimerKind)), None)
        if timer is None:
            raise refused(node, "the timer has no time", "定时器没有设置时间。")
        return EventDefinition(trigger=trigger, timer=TimerKind(local(timer)), expression=feel(node, timer.text or ""))
    if trigger is Trigger.MESSAGE:
        message = _referred(node, found[0], "message")
        if message is None or not message.get("name"):
            raise refused(node, "its message has no name", "消息没有名称。")
        key = read_extensions(message).correlation_key
        if key is None and local(node) != "startEvent":
            raise refused(node, "its message has no correlation key", "消息没有关联键。")
        return EventDefinition(trigger=trigger, name=message.get("name"), expression=key)
    if trigger is Trigger.ERROR:
        error = _referred(node, found[0], "error")
        code = None if error is None else error.get("errorCode")
        if code is None and local(node) == "endEvent":
            raise refused(node, "its error has no code", "错误没有代码。")
        return EventDefinition(trigger=trigger, name=code)
    return EventDefinition(trigger=trigger)


def _referred(node: etree._Element, definition: etree._Element, kind: str) -> etree._Element | None:
    reference = definition.get(f"{kind}Ref")
    if reference is None:
        return None
    for found in children(node.getroottree().getroot(), kind):
        if found.get("id") == reference:
            return found
    raise refused(node, f"there is no {kind} {reference}", f"引用的 {reference} 不存在。")


def _check_complete(node: etree._Element, spec: ProcessSpec, decisions: Mapping[str, Decision]) -> None:
    task, ext = spec.task_specs[node.get("id", "")], spec.task_specs[node.get("id", "")].extensions
    if isinstance(task, activities.JobTask) and ext.job_type is None:
        raise refused(node, "it has no job type", "没有作业类型。")
    if isinstance(task, activities.ScriptTask) and (ext.script is None or ext.result is None):
        raise refused(node, "it has no FEEL script with a result variable", "缺少 FEEL 脚本或结果变量。")
    if isinstance(task, activities.CallActivity) and ext.process_id is None:
        raise refused(node, "it calls no process", "没有指定要调用的流程。")
    if isinstance(task, activities.DecisionTask):
        decision = decisions.get(ext.decision_id or "")
        if decision is None or ext.result is None:
            raise refused(node, f"decision {ext.decision_id} or its result variable is missing", "决策或结果变量缺失。")
        task.decision = decision
    register = ext.properties.get("register")
    if register is not None and not register.startswith("=") and register not in spec.registers:
        raise refused(node, f"the process has no columns for register {register}", f"流程未定义登记表 {register}。")


def _read_registers(process: etree._Element, spec: ProcessSpec) -> None:
    for name, text in read_extensions(process).properties.items():
        if name.startswith("register."):
            spec.registers[name.removeprefix("register.")] = feel(process, text)
