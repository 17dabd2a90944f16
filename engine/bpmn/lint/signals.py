"""Rules on what is thrown and caught by name or code: signals, errors, escalations, links; and on conditions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Node, Scope, is_link, link_name
from engine.bpmn.lint.loops import thrown_on_the_way
from engine.bpmn.lint.rule import Rule, error
from engine.bpmn.lint.tasks import DYNAMIC
from engine.bpmn.lint.tree import Element, bpmn_children, local, text_of
from engine.bpmn.lint.world import World
from engine.model import Finding

NO_SIGNAL = error(
    "signal.no_name",
    "{it}没有指定信号,或信号没有名称;请选择或新建一个信号并填写名称。",
    "{it} names no signal, or one without a name; choose one or make one, and give it a name.",
)
NO_ERROR_CODE = error(
    "error.no_code",
    "{it}没有错误代码;请指定错误并填写错误代码(errorCode)。",
    "{it} has no error code; choose an error and fill in its errorCode.",
)
NO_ESCALATION_CODE = error(
    "escalation.no_code",
    "{it}没有升级代码;请指定升级并填写升级代码(escalationCode)。",
    "{it} has no escalation code; choose an escalation and fill in its escalationCode.",
)
NO_CONDITION = error(
    "condition.missing",
    "{it}没有条件;请填写(以 = 开头的表达式)。",
    "{it} has no condition; write one (an expression after =).",
)
NO_LINK_NAME = error(
    "link.no_name",
    "{it}是链接事件,但没有链接名称;请填写(linkEventDefinition name)。",
    "{it} is a link event without a link name; set the name of its linkEventDefinition.",
)
NO_CATCH = error(
    "link.no_catch",
    "{it}通到链接「{name}」,但同一层级里没有这个名称的链接捕获事件;请添加或改正名称。",
    "{it} leads to the link {name}, but its scope has no link catch event of that name; add one or correct the name.",
)
NO_THROW = error(
    "link.no_throw",
    "{it}等待链接「{name}」,但同一层级里没有这个名称的链接抛出事件;请添加或改正名称。",
    "{it} waits for the link {name}, but its scope has no link throw event of that name; add one or correct the name.",
)
TWO_CATCHES = error(
    "link.two_catches",
    "{it}与 {other} 是同名的链接捕获事件;同一层级里一个名称只能有一个,请改名。",
    "{it} is a link catch event of the same name as {other}; a scope has one of a name only, rename one.",
)

OTHER_LINK = error(
    "link.elsewhere",
    "{it}写明 {reference} 是 {target},但同名的链接事件不是它;链接按名称相连,请改正名称或删除这一项。",
    "{it} says that its {reference} is {target}, which is no link event of its name; links go by their names: correct "
    "the name, or delete this.",
)

_THROWS: Final = ("endEvent", "intermediateThrowEvent")
_CODES: Final = {
    "errorEventDefinition": ("error", NO_ERROR_CODE, "错误代码", "The error code"),
    "escalationEventDefinition": ("escalation", NO_ESCALATION_CODE, "升级代码", "The escalation code"),
}


def check_signals(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report signals, errors, escalations and conditions that could never be thrown, caught or met."""
    for node in diagram.nodes.values():
        for definition in node.definitions:
            yield from _check_definition(diagram, node, definition, throws=node.tag in _THROWS)
        for definition in thrown_on_the_way(diagram, node):
            yield from _check_definition(diagram, node, definition, throws=True)
    for it, definition in diagram.each_definition("conditionalEventDefinition"):
        if len(list(bpmn_children(definition, "condition"))) != 1:
            yield NO_CONDITION.on(it)


def _check_definition(diagram: Diagram, node: Node, definition: Element, *, throws: bool) -> Iterator[Finding]:
    tag = local(definition)
    if tag == "signalEventDefinition":
        yield from _check_signal(diagram, node, definition.get("signalRef"))
    elif tag in _CODES:
        name, rule, zh, en = _CODES[tag]
        reference = definition.get(f"{name}Ref")
        if reference or throws:
            yield from _check_code(diagram, node, name, reference or "", rule, zh, en)


def _check_signal(diagram: Diagram, node: Node, reference: str | None) -> Iterator[Finding]:
    found = diagram.by_id.get(reference or "")
    name = "" if found is None else (found.get("name") or "").strip()
    if name.startswith("="):
        yield DYNAMIC.on(node, what_zh="信号名称", what_en="The signal's name", value=name)
    elif not name and (found is not None or not reference):
        yield NO_SIGNAL.on(node)


def _check_code(
    diagram: Diagram, node: Node, name: str, reference: str, rule: Rule, zh: str, en: str
) -> Iterator[Finding]:
    """Check the code of what is referred to; a catch without a reference catches all and is not looked at."""
    found = diagram.by_id.get(reference)
    code = "" if found is None else (found.get(f"{name}Code") or "").strip()
    if code.startswith("="):
        yield DYNAMIC.on(node, what_zh=zh, what_en=en, value=code)
    elif not code and (found is not None or not reference):
        yield rule.on(node)


def check_links(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report link events that lead nowhere or come from nowhere."""
    for scope in diagram.scopes:
        yield from _check_links(scope)


def _check_links(scope: Scope) -> Iterator[Finding]:
    catches: dict[str, str] = {}
    for node in scope.nodes.values():
        throws, waits = is_link(node, "intermediateThrowEvent"), is_link(node, "intermediateCatchEvent")
        if not throws and not waits:
            continue
        name = link_name(node)
        if not name.strip():
            yield NO_LINK_NAME.on(node)
        elif throws and not node.linked:
            yield NO_CATCH.on(node, name=name)
        elif waits:
            other = catches.setdefault(name, node.id)
            if other != node.id:
                yield TWO_CATCHES.on(node, other=other)
            elif not node.linked:
                yield NO_THROW.on(node, name=name)
        yield from _check_ends(node)


def _check_ends(node: Node) -> Iterator[Finding]:
    """Check what a link says of its other ends, by the ids of their definitions or of the events themselves."""
    known = {found for other in node.linked for found in (other.id, *(d.get("id") for d in other.definitions))}
    for end in bpmn_children(node.definitions[0], "source", "target"):
        if text_of(end) not in known:
            yield OTHER_LINK.on(node, reference=local(end), target=text_of(end) or "-")
