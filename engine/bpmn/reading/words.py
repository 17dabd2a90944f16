"""Refuses words of a file that would be read past although they say something: whoever forgot to ask the lint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lxml import etree

from engine.bpmn.lint.supported import HARMLESS, REFUSED_ELEMENTS
from engine.bpmn.lint.vocabulary import CLOSED, SINGLE, WORDS
from engine.bpmn.names import local, refused
from engine.bpmn.xml import BOOLEANS

#: Attribute → what may be chosen, nothing else.
_CHOSEN: Final[Mapping[str, frozenset[str]]] = {"ordering": frozenset({"Parallel", "Sequential"}), **HARMLESS}
_LOOPS: Final = ("standardLoopCharacteristics", "multiInstanceLoopCharacteristics")


def check_words(root: etree._Element) -> None:
    """Refuse elements and attributes of BPMN that are unknown, in the wrong place, there twice or not executed.

    Extensions of other vendors are read past here, as BPMN 2.0.2 §8.2.3 allows; the lint names them.

    Raises:
        DefinitionRefused: the nearest element with an id is named.
    """
    todo = [root]
    while todo:
        element = todo.pop()
        _check_attributes(element)
        _check_once(element)
        word = WORDS[local(element)]
        for child in element:
            name = local(child)
            if name in REFUSED_ELEMENTS:
                raise refused(_owner(element), f"{name} is not executed", f"不支持 {name}。")
            if name and name not in word.children:
                raise refused(_owner(element), f"{name} has no meaning there", f"{name} 不能放在这里。")
            if (child.tail or "").strip() and "language" in word.attributes:
                raise refused(_owner(element), "its text is cut in two", "文字被其他元素隔开。")
            if name and name not in CLOSED:
                todo.append(child)


def _check_attributes(element: etree._Element) -> None:
    known = WORDS[local(element)].attributes
    for name, value in ((str(name), str(value)) for name, value in element.items()):
        chosen = _CHOSEN.get(name)
        if name.startswith("{"):
            continue
        if name not in known:
            raise refused(_owner(element), f"{name} has no meaning there", f"属性 {name} 不起作用。")
        if name in BOOLEANS and value not in ("true", "false"):
            raise refused(_owner(element), f"{name} is neither true nor false", f"{name} 只能是 true 或 false。")
        if chosen is not None and value not in chosen:
            raise refused(_owner(element), f"{name}={value} is not executed", f"不支持 {name}={value}。")
        if name == "language" and "feel" not in value.lower():
            raise refused(_owner(element), f"the language {value} is not executed", f"不支持表达式语言 {value}。")
        if name in ("scriptFormat", "scriptLanguage") and value.lower() != "feel":
            raise refused(_owner(element), f"the language {value} is not executed", f"不支持脚本语言 {value}。")
    if element.get("mustUnderstand") == "true":
        raise refused(_owner(element), "an extension that must be understood is not", "文件要求理解不认识的扩展。")


def _check_once(element: etree._Element) -> None:
    names = [local(child) for child in element]
    twice = next((name for name in names if name in SINGLE and names.count(name) > 1), None)
    loops = [name for name in names if name in _LOOPS]
    times = [child for child in element if local(element) == "timerEventDefinition" and local(child).startswith("time")]
    if twice is not None or len(loops) > 1 or len(times) > 1:
        raise refused(_owner(element), "of several that say the same only one would count", "同一设置写了多次。")


def _owner(element: etree._Element) -> etree._Element:
    """The nearest element with an id."""
    current: etree._Element | None = element
    while current is not None and not current.get("id"):
        current = current.getparent()
    return element if current is None else current
