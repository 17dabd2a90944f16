"""The zeebe extensions of an element, read once and compiled: what SpiffWorkflow's parsers drop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from lxml import etree

from engine.bpmn.names import bpmn, refused
from engine.bpmn.problem import RESERVED
from engine.bpmn.xml import ZEEBE
from engine.errors import FeelError
from engine.feel import Expression, compile_source

_EMPTY: Final[Mapping[str, str]] = MappingProxyType({})
#: Extensions that say nothing to the engine.
_PICTURES: Final = frozenset(("userTask", "versionTag", "modelerTemplate"))
_READ: Final = frozenset(
    (
        "formDefinition", "assignmentDefinition", "taskSchedule", "priorityDefinition", "taskDefinition", "taskHeaders",
        "ioMapping", "script", "calledDecision", "calledElement", "subscription", "properties", "adHoc",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """One input or output mapping."""

    target: str
    source: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions:
    """What the zeebe extensions of one element say; FEEL is compiled, constants are expressions too."""

    form_id: str | None = None
    #: Candidate groups: names where they are fixed, else FEEL.
    groups: Expression | tuple[str, ...] | None = None
    assignee: Expression | None = None
    due: Expression | None = None
    follow_up: Expression | None = None
    priority: Expression | None = None
    job_type: Expression | None = None
    retries: Expression | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[Mapped, ...] = ()
    outputs: tuple[Mapped, ...] = ()
    script: Expression | None = None
    result: str | None = None
    decision_id: str | None = None
    process_id: str | None = None
    parent_variables: bool = True
    child_variables: bool = True
    correlation_key: Expression | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    #: The id of the register that the element writes.
    register: Expression | None = None
    #: The turn of a user task in the queue of its element.
    queue: Expression | None = None
    #: Variables that can be set while a user task is open.
    progress: tuple[str, ...] = ()


NO_EXTENSIONS: Final = Extensions()


@dataclass(slots=True)
class _Reader:
    node: etree._Element
    found: dict[str, etree._Element] = field(default_factory=dict)

    def gather(self) -> None:
        for box in self.node.findall(bpmn("extensionElements")):
            for child in box:
                if not isinstance(child.tag, str) or not child.tag.startswith(f"{{{ZEEBE}}}"):
                    continue
                name = child.tag.removeprefix(f"{{{ZEEBE}}}")
                if name in self.found:
                    raise refused(self.node, f"zeebe:{name} is there twice", f"扩展 {name} 出现了两次。")
                if name not in _READ and name not in _PICTURES:
                    raise refused(self.node, f"zeebe:{name} is not executed", f"扩展 {name} 不被支持。")
                self.found[name] = child

    def text(self, extension: str, attribute: str) -> str | None:
        child = self.found.get(extension)
        return None if child is None else child.get(attribute)

    def expression(self, extension: str, attribute: str) -> Expression | None:
        text = self.text(extension, attribute)
        return None if text is None else feel(self.node, text)

    def formula(self, extension: str, attribute: str) -> Expression | None:
        text = self.text(extension, attribute)
        return None if text is None else formula(self.node, text)

    def groups(self) -> Expression | tuple[str, ...] | None:
        text = self.text("assignmentDefinition", "candidateGroups")
        if text is None or text.lstrip().startswith("="):
            return None if text is None else feel(self.node, text)
        return split_names(text)

    def constant(self, extension: str, attribute: str) -> str | None:
        text = self.text(extension, attribute)
        if text is not None and text.lstrip().startswith("="):
            raise refused(self.node, f"{attribute} must be a name, not FEEL", f"{attribute} 必须写固定的名称。")
        return text

    def flag(self, attribute: str) -> bool:
        text = self.text("calledElement", attribute)
        if text not in (None, "true", "false"):
            raise refused(self.node, f"{attribute} is neither true nor false", f"{attribute} 只能是 true 或 false。")
        return text != "false"

    def pairs(self, extension: str, key: str, value: str) -> Mapping[str, str]:
        child = self.found.get(extension)
        if child is None:
            return _EMPTY
        return MappingProxyType({item.get(key, ""): item.get(value, "") for item in child if isinstance(item.tag, str)})

    def mappings(self, kind: str) -> tuple[Mapped, ...]:
        child = self.found.get("ioMapping")
        if child is None:
            return ()
        return tuple(
            Mapped(target=variable_name(self.node, item.get("target")), source=feel(self.node, item.get("source", "")))
            for item in child.findall(f"{{{ZEEBE}}}{kind}")
        )


def variable_name(node: etree._Element, name: str | None) -> str:
    """The name of a variable that an element sets, which may not be a path and not a fact of the platform.

    Raises:
        DefinitionRefused: it is none; the element is named.
    """
    if not name or not name.isidentifier() or name in RESERVED:
        raise refused(node, f"{name!r} cannot be assigned", f"“{name}”不能作为变量名。")
    return name


def split_names(text: str) -> tuple[str, ...]:
    """The names of a list written with commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def feel(node: etree._Element, text: str) -> Expression:
    """A text of a diagram, compiled: FEEL after "=", else the text itself.

    Raises:
        DefinitionRefused: it does not parse; the element is named.
    """
    try:
        return compile_source(text.strip())
    except FeelError as problem:
        raise refused(node, str(problem), problem.message_zh) from problem


def formula(node: etree._Element, text: str) -> Expression:
    """A text of a diagram where only FEEL has a meaning: a constant would be no condition, collection or key.

    Raises:
        DefinitionRefused: it does not begin with "=", or does not parse; the element is named.
    """
    if not text.strip().startswith("="):
        raise refused(node, f"{text.strip()!r} must begin with = to be computed", f"“{text.strip()}”必须以 = 开头。")
    return feel(node, text)


def read_extensions(node: etree._Element) -> Extensions:
    """The zeebe extensions of an element.

    Raises:
        DefinitionRefused: one is unknown, twice there, or does not parse.
    """
    read = _Reader(node)
    read.gather()
    if not read.found and node.get("calledElement") is None:
        return NO_EXTENSIONS
    result = read.text("script", "resultVariable") or read.text("calledDecision", "resultVariable")
    properties = read.pairs("properties", "name", "value")
    register, queue = properties.get("register"), properties.get("queue")
    return Extensions(
        form_id=read.constant("formDefinition", "formId"),
        groups=read.groups(),
        assignee=read.expression("assignmentDefinition", "assignee"),
        due=read.expression("taskSchedule", "dueDate"),
        follow_up=read.expression("taskSchedule", "followUpDate"),
        priority=read.expression("priorityDefinition", "priority"),
        job_type=read.expression("taskDefinition", "type"),
        retries=read.expression("taskDefinition", "retries"),
        headers=read.pairs("taskHeaders", "key", "value"),
        inputs=read.mappings("input"),
        outputs=read.mappings("output"),
        script=read.formula("script", "expression"),
        result=None if result is None else variable_name(node, result),
        decision_id=read.constant("calledDecision", "decisionId"),
        process_id=read.constant("calledElement", "processId") or node.get("calledElement"),
        parent_variables=read.flag("propagateAllParentVariables"),
        child_variables=read.flag("propagateAllChildVariables"),
        correlation_key=read.formula("subscription", "correlationKey"),
        properties=properties,
        register=None if register is None else feel(node, register),
        queue=None if queue is None else formula(node, queue),
        progress=tuple(variable_name(node, name) for name in split_names(properties.get("progress", ""))),
    )
