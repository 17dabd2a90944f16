"""A diagram before it is compiled: what is written in two ways is written in one, what is only a picture goes."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Final

from lxml import etree

from engine.bpmn.lint.supported import EXECUTED, GLOBAL_TASKS, SUB_PROCESSES
from engine.bpmn.names import bpmn, children, local, refused
from engine.bpmn.reading.checks import check_scope
from engine.bpmn.reading.words import check_words
from engine.errors import DefinitionRefused

_EXTENSIONS: Final = bpmn("extensionElements")


def normalise(root: etree._Element) -> etree._Element:
    """Write referred event definitions and global tasks where they are used, refuse what is not executed right.

    Gives the one executable process. The tree is changed.

    Raises:
        DefinitionRefused: something is not executed right; the element is named.
    """
    process = _process(root)
    check_words(root)
    by_id = {node.get("id"): node for node in root if isinstance(node.tag, str)}
    for node in list(process.iter()):
        if local(node) in EXECUTED:
            _place_definitions(node, by_id)
            _place_global_task(node, by_id)
    names = set()
    for scope in scopes(process):
        check_scope(scope, flow_nodes(scope))
        for node in flow_nodes(scope):
            if node.get("id") in names:
                raise refused(node, "its id is there twice", "id 重复。")
            names.add(node.get("id"))
    return process


def scopes(process: etree._Element) -> Iterator[etree._Element]:
    """The process and its sub-processes, the outer before the inner."""
    yield process
    yield from process.iter(*(bpmn(name) for name in SUB_PROCESSES))


def flow_nodes(scope: etree._Element) -> list[etree._Element]:
    """The elements of a scope, in the document's order, without those of its sub-processes."""
    return [node for node in scope if local(node) in EXECUTED]


def _process(root: etree._Element) -> etree._Element:
    processes = children(root, "process")
    if len(processes) != 1:
        raise DefinitionRefused(
            f"a file holds one process, this one {len(processes)}", message_zh="一个文件只能有一个流程。"
        )
    if processes[0].get("isExecutable") != "true":
        raise refused(processes[0], "the process is not executable", "流程未标记为可执行。")
    return processes[0]


def _place_definitions(node: etree._Element, by_id: dict[str | None, etree._Element]) -> None:
    """An event definition that stands at the root is copied to the event that refers to it."""
    for reference in children(node, "eventDefinitionRef"):
        found = by_id.get((reference.text or "").strip())
        if found is None or not local(found).endswith("EventDefinition"):
            raise refused(node, f"there is no event definition {reference.text}", f"引用的 {reference.text} 不存在。")
        node.replace(reference, deepcopy(found))


def _place_global_task(node: etree._Element, by_id: dict[str | None, etree._Element]) -> None:
    """A call of a global task of the file becomes that task; the call's own extensions come first."""
    found = by_id.get(node.get("calledElement", ""))
    if local(node) != "callActivity" or found is None or local(found) not in GLOBAL_TASKS:
        return
    node.tag = bpmn(GLOBAL_TASKS[local(found)])
    del node.attrib["calledElement"]
    own = node.find(_EXTENSIONS)
    if own is None:
        own = etree.Element(_EXTENSIONS)
        node.insert(0, own)
    taken = {child.tag for child in own}
    for extension in found.iterfind(f"{_EXTENSIONS}/*"):
        if extension.tag not in taken:
            own.append(deepcopy(extension))
