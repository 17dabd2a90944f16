"""XML that came through a hardened door, as plain nodes: no parser is needed to walk them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.studio.comparing.facts import Facts, Path, Step, distinct

#: Namespaces by the prefix that people know.
_PREFIXES: Final[Mapping[str, str]] = {
    "http://www.omg.org/spec/BPMN/20100524/MODEL": "",
    "http://camunda.org/schema/zeebe/1.0": "zeebe:",
    "http://www.omg.org/spec/BPMN/20100524/DI": "bpmndi:",
    "http://www.omg.org/spec/DD/20100524/DC": "dc:",
    "http://www.omg.org/spec/DD/20100524/DI": "di:",
    "http://www.w3.org/2001/XMLSchema-instance": "xsi:",
    "http://www.w3.org/XML/1998/namespace": "xml:",
    "http://camunda.org/schema/modeler/1.0": "modeler:",
    "http://bpmn.io/schema/bpmn/biocolor/1.0": "bioc:",
    "http://www.omg.org/spec/BPMN/non-normative/color/1.0": "color:",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "",
    "https://www.omg.org/spec/DMN/20191111/DMNDI/": "dmndi:",
    "http://www.omg.org/spec/DMN/20180521/DC/": "dc:",
    "http://www.omg.org/spec/DMN/20180521/DI/": "di:",
    "https://www.omg.org/spec/DMN/20230324/DMNDI/": "dmndi:",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "",
}
#: What tells several elements of a name apart: its attribute.
_KEYS: Final[Mapping[str, str]] = {
    "zeebe:input": "target",
    "zeebe:output": "target",
    "zeebe:header": "key",
    "zeebe:property": "name",
    "zeebe:userTaskForm": "id",
    "zeebe:executionListener": "eventType",
    "zeebe:taskListener": "eventType",
    "property": "id",
}
#: Their qualified names may have any prefix.
_QUALIFIED: Final = frozenset({"xsi:type"})


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """An element: its name as people write it, its attributes, its own text, its children."""

    tag: str
    attributes: Mapping[str, str]
    text: str
    children: tuple[Node, ...]

    @property
    def id(self) -> str:
        """The id; empty where it has none."""
        return self.attributes.get("id", "")

    def named(self, *tags: str) -> list[Node]:
        """The children of these names."""
        return [child for child in self.children if child.tag in tags]

    def child_text(self, tag: str) -> str:
        """The text of the first child of that name."""
        return next((child.text for child in self.children if child.tag == tag), "").strip()


def node_of(element: Any) -> Node:
    """An element of ``engine.bpmn.read_xml`` or ``engine.dmn.xml.read`` with all that is in it."""
    children = tuple(node_of(child) for child in element if isinstance(child.tag, str))
    own = [element.text, *(child.tail for child in element)]
    parts = [part for part in own if part and part.strip()]
    attributes = {}
    for name, value in element.items():
        tag = _tag(name)
        attributes[tag] = value.rpartition(":")[2] if tag in _QUALIFIED else value
    return Node(_tag(element.tag), attributes, "\n".join(parts), children)


def _tag(name: str) -> str:
    namespace, _, local = name.rpartition("}")
    if not namespace:
        return local
    uri = namespace[1:]
    return f"{_PREFIXES[uri]}{local}" if uri in _PREFIXES else f"{{{uri}}}{local}"


def canonical(node: Node) -> tuple[Any, ...]:
    """All that a node says; the same for two that differ in white space, prefixes and order of attributes only."""
    return (node.tag, tuple(sorted(node.attributes.items())), node.text, tuple(map(canonical, node.children)))


def flatten(node: Node, facts: Facts, above: Path = (), leave: frozenset[int] = frozenset()) -> None:
    """Write down what a node and those within it say.

    Args:
        node: whose attributes, text and children are told.
        facts: takes them.
        above: path of the node.
        leave: identities of nodes within it that are told elsewhere.
    """
    told = [name for name in node.attributes if not (above and above[-1][1] and name == _KEYS.get(node.tag))]
    for name in told:
        facts.values[*above, (f"@{name}", "")] = node.attributes[name]
    inner = [child for child in node.children if id(child) not in leave]
    if node.text or (above and not told and not node.children):
        facts.values[above or (("", ""),)] = node.text
    steps = _steps(inner)
    for child, step in zip(inner, steps, strict=True):
        flatten(child, facts, (*above, step), leave)
    for tag in _KEYS:
        keys = tuple(key for (name, key) in steps if name == tag)
        if len(keys) > 1:
            facts.orders[*above, (tag, "")] = keys


def _steps(nodes: list[Node]) -> list[Step]:
    """How each is called among its siblings."""
    by_tag: dict[str, list[str]] = {}
    for node in nodes:
        by_tag.setdefault(node.tag, []).append(node.attributes.get(_KEYS.get(node.tag, ""), ""))
    keys = {tag: distinct(names) for tag, names in by_tag.items()}
    return [(node.tag, next(keys[node.tag])) for node in nodes]
