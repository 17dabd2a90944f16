"""From XML to the graph of specs: SpiffWorkflow's parser with our node parsers, on a tree that we read ourselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from engine.bpmn.extensions import formula, read_extensions
from engine.bpmn.frame import (
    SpiffChoiceParser,
    SpiffNodeParser,
    SpiffParser,
    SpiffProcessParser,
    ValidationException,
)
from engine.bpmn.names import bpmn, children, event_definitions, refused
from engine.bpmn.reading.data import Data
from engine.bpmn.reading.elements import CLASSES, Maker
from engine.bpmn.reading.events import read_definitions
from engine.bpmn.reading.normalise import flow_nodes, scopes
from engine.bpmn.reading.scopes import join_up
from engine.bpmn.specs import activities, gateways
from engine.bpmn.specs.base import HIDDEN, Hidden, Node
from engine.bpmn.specs.loops import Loop
from engine.bpmn.specs.process import ProcessSpec
from engine.errors import DefinitionRefused

if TYPE_CHECKING:
    from engine.dmn import Decision
    from engine.feel import Expression


class _OurElements:
    """Elements are our specs, conditions compiled FEEL, and shapes have no place: flows keep the document's order."""

    def create_task(self) -> Node:
        parser: Any = self
        return Maker(parser.spec, parser.process_parser.data).make(
            parser.node, parser.spec_class, parser.bpmn_attributes
        )

    def parse_condition(self, sequence_flow: etree._Element) -> Expression | None:
        condition = sequence_flow.find(bpmn("conditionExpression"))
        return None if condition is None else formula(sequence_flow, condition.text or "")


class _NodeParser(_OurElements, SpiffNodeParser):
    """Makes the spec of an element."""

    def connect_outgoing(self, target: Node, flow: etree._Element, is_default: bool) -> None:
        """A flow with its condition, or the default flow."""
        condition = self.parse_condition(flow)
        if self.node.get("default") == flow.get("id"):
            self.task.default = target.name
        elif condition is not None:
            self.task.conditions = {**self.task.conditions, target.name: condition}
        self.task.connect(target)


class _ChoiceParser(_OurElements, SpiffChoiceParser):
    """Makes the spec of an exclusive gateway; connecting a flow compiles its condition."""


class _ProcessParser(SpiffProcessParser):
    """Reads a process in two passes, elements then flows: no recursion along the flow, however long it is."""

    #: What the data of the process says.
    data: Data

    def create_spec(self) -> ProcessSpec:
        return ProcessSpec(name=self.bpmn_id, description=self.get_name())

    def add_tasks(self) -> None:
        spec: ProcessSpec = self.spec
        self.data = self.parser.data
        parsers: dict[str, Any] = {}
        definitions = {}
        for scope in scopes(self.node):
            for node in flow_nodes(scope):
                parser_class, spec_class = self.parser._get_parser_class(node.tag)
                parser = parsers[node.get("id", "")] = parser_class(self, spec_class, node, self.nsmap)
                parser.task = parser.create_task()
                if event_definitions(node):
                    definitions[node.get("id", "")] = read_definitions(node)
        for scope in scopes(self.node):
            for flow in children(scope, "sequenceFlow"):
                self._connect(parsers, flow)
        join_up(self.node, spec, definitions)
        _read_registers(self.node, spec)

    def _connect(self, parsers: Mapping[str, Any], flow: etree._Element) -> None:
        source, name = parsers[flow.get("sourceRef", "")], flow.get("id", "")
        target = self.spec.task_specs[flow.get("targetRef", "")]
        alone = len(self.get_outgoing_sequence_flows(source.bpmn_id)) == 1
        default = source.node.get("default") == name
        unconditional = alone and flow.find(bpmn("conditionExpression")) is None
        if (source.task.name, target.name) in self.spec.flow_ids:
            # Flows go by their ends: a second one between the same two leads through an element of its own.
            between = Hidden(self.spec, f"{HIDDEN}{name}")
            between.element = target.element
            between.connect(target)
            target = between
        self.spec.flow_ids[source.task.name, target.name] = name
        source.connect_outgoing(target, flow, default or unconditional)


class _Parser(SpiffParser):
    """SpiffWorkflow's parser with our parser and spec class for each element that is executed."""

    PROCESS_PARSER_CLASS = _ProcessParser
    PARSER_CLASSES: Final = {
        **{bpmn(name): (_NodeParser, spec) for name, spec in CLASSES.items()},
        bpmn("exclusiveGateway"): (_ChoiceParser, gateways.Exclusive),
    }

    def __init__(self, data: Data) -> None:
        super().__init__()
        self.data = data

    def _add_diagram_indexes(self, bpmn: etree._Element) -> None:
        """Nothing: shapes and their places mean nothing to the engine, and may be malformed."""


def parse(root: etree._Element, process: etree._Element, data: Data, decisions: Mapping[str, Decision]) -> ProcessSpec:
    """The graph of a normalised diagram whose data was taken out.

    Raises:
        DefinitionRefused: something does not parse or refers to nothing.
    """
    parser = _Parser(data)
    try:
        parser.add_bpmn_xml(root)
        spec: ProcessSpec = parser.get_spec(process.get("id"))
    except ValidationException as problem:
        raise DefinitionRefused(f"{getattr(problem, 'id', '')}: {problem}") from problem
    for scope in scopes(process):
        for node in flow_nodes(scope):
            _check_complete(node, spec, decisions)
    return spec


def _check_complete(node: etree._Element, spec: ProcessSpec, decisions: Mapping[str, Decision]) -> None:
    task = spec.task_specs[node.get("id", "")]
    task = task.inner if isinstance(task, Loop) else task
    ext = task.extensions
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
    register = task.extensions.properties.get("register")
    if register is not None and not register.startswith("=") and register not in spec.registers:
        raise refused(node, f"the process has no columns for register {register}", f"流程未定义登记表 {register}。")


def _read_registers(process: etree._Element, spec: ProcessSpec) -> None:
    for name, text in read_extensions(process).properties.items():
        if name.startswith("register."):
            spec.registers[name.removeprefix("register.")] = formula(process, text)
