"""Rules on variables: whatever a diagram reads, somebody sets; a misspelt name would read null for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from engine import feel
from engine.bpmn.lint.data import HOLDERS
from engine.bpmn.lint.diagram import Diagram, Node
from engine.bpmn.lint.expressions import LONG, targets
from engine.bpmn.lint.rule import warning
from engine.bpmn.lint.schedules import starts_by_itself
from engine.bpmn.lint.tasks import PUBLISH
from engine.bpmn.lint.texts import texts_of
from engine.bpmn.lint.tree import bpmn_children, headers, text_of, zeebe
from engine.bpmn.lint.world import World
from engine.bpmn.schedule import TURN
from engine.bpmn.xml import BPMN, ZEEBE
from engine.errors import FeelSyntaxError
from engine.model import CASE_FACTS, Finding

NEVER_SET = warning(
    "variable.never_set",
    "{it}的{place_zh}读取变量「{name}」,但没有表单、步骤、消息或流程写入它,它永远是空的;是不是写错了?",
    "{place_en} of {it} reads the variable {name}, which no form, step, message or process sets, so it is always null; "
    "is it misspelt?",
)

#: What the platform and the engine itself set.
GIVEN: Final = frozenset(CASE_FACTS) | {
    "case", "loopCounter", "numberOfInstances", "numberOfActiveInstances", "numberOfCompletedInstances",
    "numberOfTerminatedInstances", "activationCount", "waitingForStart",
}  # fmt: skip
#: Extension that names what sets variables → the attribute with its id.
_NAMING: Final = {"formDefinition": "formId", "calledElement": "processId", "taskDefinition": "type"}
#: A name between braces in a text to people; doubled braces are braces.
_PLACEHOLDER: Final = re.compile(r"\{\{|\}\}|\{\s*([A-Za-z_]\w*)[^{}]*\}", re.ASCII)


def check_variables(diagram: Diagram, world: World) -> Iterator[Finding]:
    """Report names that expressions and texts to staff read and nobody sets.

    Silent where it is not known who sets what: while a form, a called process or a job type of the file is unknown.
    """
    if world.variables is None or not _surroundings_known(diagram, world):
        return
    known = world.variables | written(diagram) | GIVEN
    for text in texts_of(diagram):
        for name in sorted(_read(text.text) - known):
            yield NEVER_SET.on(text.owner, place_zh=text.zh, place_en=text.en, name=name)
    for node in diagram.nodes.values():
        said = headers(node.element).get("text", "")
        names = (found.group(1) for found in _PLACEHOLDER.finditer(said))
        for name in dict.fromkeys(name for name in names if name is not None and name not in known):
            yield NEVER_SET.on(node, place_zh="文字", place_en="The text", name=name)


def written(diagram: Diagram) -> frozenset[str]:
    """Every name that the diagram itself sets, in whatever scope."""
    found: set[str] = set()
    for it in (*diagram.nodes.values(), *diagram.global_tasks.values()):
        found.update(targets(it.element))
    for node in diagram.nodes.values():
        found.update(_written_by(node))
    for tag, prefix in (("message", "msg_"), ("signal", "sig_")):
        found.update(it.name.removeprefix(prefix) for it in diagram.roots(tag))
    for tag in HOLDERS:
        for element in diagram.root.iter(f"{{{BPMN}}}{tag}"):
            found.update((element.get("id", ""), (element.get("name") or "").strip()))
    if any(starts_by_itself(node) for node in diagram.nodes.values()):
        found.update(TURN)
    return frozenset(name.split(".")[0] for name in found) - {""}


def _written_by(node: Node) -> Iterator[str]:
    """What its loops and data associations set."""
    for loop in node.loops:
        for extension in zeebe(loop, "loopCharacteristics"):
            yield from (extension.get(attribute, "") for attribute in ("inputElement", "outputCollection"))
        for item in bpmn_children(loop, "inputDataItem", "outputDataItem"):
            yield item.get("name") or item.get("id") or ""
    for association in bpmn_children(node.element, "dataInputAssociation", "dataOutputAssociation"):
        for assignment in bpmn_children(association, "assignment"):
            yield from (text_of(target).removeprefix("=").strip() for target in bpmn_children(assignment, "to"))


def _surroundings_known(diagram: Diagram, world: World) -> bool:
    """Whether all forms, called processes and jobs of the file are known; the type of an end event is no job's."""
    ids = {f"{{{ZEEBE}}}{tag}": attribute for tag, attribute in _NAMING.items()}
    jobs = world.job_types | {PUBLISH}
    known = {"formId": world.forms, "type": jobs, "processId": world.processes | {s.id for s in diagram.processes}}
    return all(
        (extension.get(ids[extension.tag]) or "").strip() in known[ids[extension.tag]]
        for extension in diagram.root.iter(*ids)
    )


def _read(text: str) -> frozenset[str]:
    """The variables that a text reads; what it calls like a function is another rule's."""
    if not text.startswith("="):
        return frozenset()
    return _names(text[1:]) if len(text) < LONG else _names.__wrapped__(text[1:])


@lru_cache(maxsize=4096)
def _names(source: str) -> frozenset[str]:
    try:
        names = feel.compile_expression(source).names
    except FeelSyntaxError:
        return frozenset()
    return frozenset(name for name in names if not re.search(rf"\b{re.escape(name)}\s*\(", source))
