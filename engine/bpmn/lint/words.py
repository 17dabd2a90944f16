"""Rules on the file's words: unknown or misplaced elements, attributes, extensions, hidden characters and bad ids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from engine.bpmn.lint.diagram import Diagram, Thing, thing
from engine.bpmn.lint.rule import error, is_hidden, quote
from engine.bpmn.lint.supported import GLOBAL_TASKS, REFUSED_ELEMENTS
from engine.bpmn.lint.tree import Element, is_bpmn, local, namespace, owner, zeebe
from engine.bpmn.lint.vocabulary import (
    CLOSED,
    EDITORS,
    EXTENSIONS,
    PICTURE_ATTRIBUTES,
    SINGLE,
    WORDS,
    ZEEBE_PICTURES,
    ZEEBE_WORDS,
)
from engine.bpmn.lint.world import World
from engine.bpmn.xml import BOOLEANS, BPMNDI, DC, DI, ZEEBE
from engine.model import Finding

_ASCII_ID: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,119}\Z")
_DRAWING: Final = frozenset({BPMNDI, DC, DI}) | EDITORS
#: Joins parts of emoji and of some scripts' letters; harmless within a name.
_JOINERS: Final = frozenset("\u200c\u200d\ufeff")

UNKNOWN_ELEMENT = error(
    "xml.unknown_element",
    "文件含有系统不认识的元素 {tag};请在建模工具中删除。",
    "The file has an element {tag} that is not known here; delete it in the modeler.",
)
MISPLACED_ELEMENT = error(
    "xml.misplaced_element",
    "元素 {tag} 不能放在 {owner} 里,不会起作用;请删除或移到正确的位置。",
    "Element {tag} does not belong into {owner} and would have no effect; delete it or move it.",
)
REFUSED_ELEMENT = error(
    "unsupported.element",
    "{it}里的 {tag} 不会被执行:{instead_zh};请删除。",
    "{tag} of {it} is not executed: {instead_en}; delete it.",
)
MUST_UNDERSTAND = error(
    "unsupported.must_understand",
    "文件要求理解扩展 {definition}(mustUnderstand),但系统不认识它;请在建模工具中去掉。",
    "The file demands that the extension {definition} be understood (mustUnderstand), which it is not here; drop it.",
)
SPLIT_TEXT = error(
    "xml.split_text",
    "{it}的 {tag} 里的文字被其他元素隔开,只有前一半会起作用;请重新输入这段文字。",
    "The text of {tag} of {it} is cut in two by another element, and only its first part would count; type it anew.",
)
UNKNOWN_ATTRIBUTE = error(
    "xml.unknown_attribute",
    "{it}带有系统不认识的属性 {attribute},不会起作用;请删除。",
    "{it} has an attribute {attribute} that is not known here and would have no effect; delete it.",
)
NOT_BOOLEAN = error(
    "xml.not_boolean",
    "{it}的属性 {attribute} 是「{value}」;只能是 true 或 false。",
    "The attribute {attribute} of {it} is {value}; it may be true or false only.",
)
UNKNOWN_EXTENSION = error(
    "xml.unknown_extension",
    "{it}带有系统不认识的扩展 {extension};请用 Camunda 8(zeebe)的方式设置。",
    "{it} has an extension {extension} that is not known here; model it the way of Camunda 8 (zeebe).",
)
UNSUPPORTED_EXTENSION = error(
    "unsupported.extension",
    "{it}的扩展 zeebe:{extension} 在这里不会被执行;请删除。",
    "The extension zeebe:{extension} of {it} is not executed there; delete it.",
)
TWICE = error(
    "xml.twice",
    "{it}里的 {tag} 出现了 {count} 次,只能有一个;请删除多余的。",
    "{tag} is {count} times within {it}; there may be one only, delete the others.",
)
DUPLICATE_ID = error(
    "xml.duplicate_id",
    "标识 {found} 在文件中出现了 {count} 次;每个元素的标识必须唯一。",
    "The id {found} occurs {count} times in the file; every element needs an id of its own.",
)
NO_ID = error(
    "xml.no_id",
    "文件中有一个 {tag} 没有标识(id);请在建模工具中补上。",
    "A {tag} of the file has no id; give it one in the modeler.",
)
BAD_ID = error(
    "id.not_ascii",
    "标识 {found} 只能由英文字母、数字和 _ . - 组成,以字母或 _ 开头,最多 120 个字符;中文请写在名称里。",
    "The id {found} may have ASCII letters, digits and _ . - only, a letter or _ first, at most 120 characters.",
)
HIDDEN_CHARACTER = error(
    "text.hidden_character",
    "{it}的{place}含有看不见或改变书写方向的字符:{found};请重新输入这段文字。",
    "{it} has an invisible or direction-changing character in {place}: {found}; type the text anew.",
)


def check_words(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report every element, attribute and extension that has no meaning here, so that nothing is silently ignored."""
    yield from _check_bpmn(diagram, diagram.root)
    for element in diagram.root.iter():
        if is_bpmn(element):
            yield from _check_twice(element)


def _check_twice(element: Element) -> Iterator[Finding]:
    """Report extensions and expressions of which only one would be read."""
    seen: dict[str, int] = {}
    for child in element:
        if is_bpmn(child) and local(child) in SINGLE:
            seen[f"bpmn:{local(child)}"] = seen.get(f"bpmn:{local(child)}", 0) + 1
    for extension in zeebe(element, *ZEEBE_WORDS):
        seen[f"zeebe:{local(extension)}"] = seen.get(f"zeebe:{local(extension)}", 0) + 1
    for tag, count in seen.items():
        if count > 1:
            yield TWICE.on(thing(owner(element)), tag=tag, count=count)


def _check_bpmn(diagram: Diagram, element: Element) -> Iterator[Finding]:
    tag = local(element)
    word = WORDS[tag]
    yield from _check_attributes(element, word.attributes)
    if element.get("mustUnderstand") == "true":
        yield MUST_UNDERSTAND.at(_nearest_id(element), definition=element.get("definition") or "-")
    for child in element:
        child_tag = local(child)
        if (child.tail or "").strip() and "language" in word.attributes:
            yield SPLIT_TEXT.on(thing(owner(element)), tag=f"bpmn:{tag}")
        if not is_bpmn(child):
            yield from _check_foreign_child(diagram, element, child)
        elif child_tag in REFUSED_ELEMENTS:
            zh, en = REFUSED_ELEMENTS[child_tag]
            it = thing(owner(element))
            yield REFUSED_ELEMENT.on(it, tag=f"bpmn:{child_tag}", instead_zh=zh, instead_en=en)
        elif child_tag not in word.children:
            known = child_tag in WORDS or child_tag in CLOSED
            rule = MISPLACED_ELEMENT if known else UNKNOWN_ELEMENT
            words = {"tag": f"bpmn:{child_tag}", "owner": f"bpmn:{tag}"} if known else {"tag": f"bpmn:{child_tag}"}
            yield rule.at(child.get("id") or _nearest_id(element), **words)
        elif child_tag not in CLOSED:
            yield from _check_bpmn(diagram, child)


def _check_foreign_child(diagram: Diagram, element: Element, child: Element) -> Iterator[Finding]:
    space, tag = namespace(child), local(child)
    if local(element) == "extensionElements":
        holder = element.getparent()
        yield from _check_extension(diagram, element if holder is None else holder, child)
    elif tag == "BPMNDiagram" and space == BPMNDI and local(element) == "definitions":
        for found in child.iter():
            if namespace(found) not in _DRAWING:
                yield UNKNOWN_ELEMENT.at(_nearest_id(found), tag=_shown(found))
    else:
        yield UNKNOWN_ELEMENT.at(_nearest_id(child), tag=_shown(child))


def _check_extension(diagram: Diagram, holder: Element, extension: Element) -> Iterator[Finding]:
    space, tag = namespace(extension), local(extension)
    if space in EDITORS:
        return
    it = thing(owner(holder))
    if space != ZEEBE:
        yield UNKNOWN_EXTENSION.on(it, extension=_shown(extension))
    elif tag not in _allowed(diagram, holder):
        yield UNSUPPORTED_EXTENSION.on(it, extension=tag)
    else:
        yield from _check_zeebe(it, extension)


def _allowed(diagram: Diagram, holder: Element) -> frozenset[str]:
    """Extensions that have a meaning at an element; a call of a global task may say anew what the task says."""
    allowed = EXTENSIONS.get(local(holder), frozenset())
    task = diagram.global_tasks.get(holder.get("calledElement", ""))
    return allowed if task is None else allowed | EXTENSIONS[task.tag]


def _check_zeebe(it: Thing, extension: Element) -> Iterator[Finding]:
    tag = local(extension)
    word = ZEEBE_WORDS[tag]
    for attribute in extension.attrib:
        name = etree.QName(str(attribute))
        if name.namespace or name.localname not in word.attributes:
            yield UNSUPPORTED_EXTENSION.on(it, extension=f"{tag} {name.localname}")
        elif name.localname.startswith("propagateAll") and extension.get(name.localname) not in ("true", "false"):
            yield NOT_BOOLEAN.on(it, attribute=name.localname, value=extension.get(name.localname))
    for child in extension:
        if namespace(child) == ZEEBE and local(child) in word.children:
            yield from _check_zeebe(it, child)
        else:
            yield UNKNOWN_EXTENSION.on(it, extension=_shown(child))


def _check_attributes(element: Element, known: frozenset[str]) -> Iterator[Finding]:
    for attribute in element.attrib:
        name = etree.QName(str(attribute))
        if name.namespace is None and name.localname in known:
            value = element.get(name.localname, "")
            if name.localname in BOOLEANS and value not in ("true", "false"):
                yield NOT_BOOLEAN.on(thing(owner(element)), attribute=name.localname, value=value)
            continue
        if name.namespace in PICTURE_ATTRIBUTES or (name.namespace == ZEEBE and name.localname in ZEEBE_PICTURES):
            continue
        shown = f"{{{name.namespace}}}{name.localname}" if name.namespace else name.localname
        yield UNKNOWN_ATTRIBUTE.on(thing(owner(element)), attribute=shown)


def check_ids(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report ids that are missing, twice there, or that the editors would drop."""
    seen: dict[str, int] = {}
    for element in diagram.root.iter():
        found = element.get("id")
        if found is None:
            if is_bpmn(element) and local(element) in _NEED_ID:
                yield NO_ID.at(_nearest_id(element), tag=f"bpmn:{local(element)}")
            continue
        if namespace(element) == ZEEBE:
            continue
        seen[found] = seen.get(found, 0) + 1
        if not _ASCII_ID.match(found):
            yield BAD_ID.at(found, found=found)
    for found, count in seen.items():
        if count > 1:
            yield DUPLICATE_ID.at(found, found=found, count=count)


_NEED_ID: Final = frozenset(
    WORDS["process"].children
    | {"process", "message", "error", "signal", "escalation", "lane", "participant"}
    | set(GLOBAL_TASKS)
) - {
    "documentation",
    "extensionElements",
    "laneSet",
    "ioSpecification",
    "auditing",
    "monitoring",
    "supports",
    "supportedInterfaceRef",
}


def check_hidden_characters(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report characters that make a person read something else than what runs (SAFETY B 13)."""
    for element in diagram.root.iter():
        for place, text in _texts(element):
            if text.isascii() and text.isprintable():
                continue
            hidden = next((letter for letter in text if is_hidden(letter) and letter not in _JOINERS), None)
            if hidden is not None:
                yield HIDDEN_CHARACTER.on(thing(owner(element)), place=place, found=quote(hidden))


def _texts(element: Element) -> Iterator[tuple[str, str]]:
    for name, value in element.attrib.items():
        yield etree.QName(str(name)).localname, str(value)
    if element.text:
        yield local(element), element.text


def _nearest_id(element: Element) -> str | None:
    return owner(element).get("id")


def _shown(element: Element) -> str:
    return f"{element.prefix}:{local(element)}" if element.prefix else local(element)
