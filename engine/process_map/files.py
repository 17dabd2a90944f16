"""Reads every text of a file that a rule may stand in: diagrams, decision tables, forms, message texts, scenarios."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine import bpmn
from engine.dmn import xml as dmn_xml
from engine.errors import EngineError
from engine.process_map.entries import Entry, FileKind, Place, names_in, names_in_holes, names_where_formula

_FLOW_NODES: Final = ("task", "event", "gateway", "subprocess", "transaction", "activity")
_OWNERS: Final = frozenset(
    {"sequenceflow", "process", "participant", "lane", "message", "signal", "error", "textannotation", "dataobject"}
)
#: Tag of an extension → what its texts are.
_EXTENSIONS: Final[Mapping[str, Place]] = {
    "header": Place.HEADER,
    "property": Place.PROPERTY,
    "input": Place.INPUT,
    "output": Place.OUTPUT,
    "calledDecision": Place.REFERENCE,
    "calledElement": Place.REFERENCE,
    "formDefinition": Place.REFERENCE,
    "taskDefinition": Place.REFERENCE,
}
_SETTING: Final = frozenset({"resultVariable", "outputCollection", "inputElement"})
_TIMERS: Final = frozenset({"timeDuration", "timeCycle", "timeDate"})
_SILENT: Final = frozenset({"id", "propagateAllChildVariables", "propagateAllParentVariables", "versionTag"})


def entries_of(
    kind: FileKind, file: str, content: bytes, *, change: int | None = None, title: str | None = None
) -> list[Entry]:
    """The texts of a file; of one that cannot be read, its lines.

    Args:
        kind: what it is.
        file: its id.
        content: its bytes.
        change: whose draft it is.
        title: what people call a form, which does not say so itself.
    """
    reader = {FileKind.BPMN: _of_diagram, FileKind.DECISION: _of_decisions, FileKind.FORM: _of_form}.get(kind)
    where = {"kind": kind, "file": file, "change": change}
    if reader is not None:
        try:
            return list(reader(content, where if title is None else {**where, "title": title}))
        except (EngineError, ValueError, RecursionError):
            return list(_of_lines(content, where))
    return list(_of_lines(content, where))


def _of_lines(content: bytes, where: Mapping[str, Any]) -> Iterator[Entry]:
    """Message texts and scenarios, line by line."""
    is_text = where["kind"] is FileKind.TEMPLATE
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        if line.strip():
            yield Entry(
                **where, title=where["file"], element=None, element_name="", place=Place.LINE, detail=str(number),
                text=line.strip(), reads=names_in_holes(line) if is_text else frozenset(),
            )  # fmt: skip


# --- diagrams ------------------------------------------------------------------------------------


def _of_diagram(content: bytes, where: Mapping[str, Any]) -> Iterator[Entry]:
    root = bpmn.read_xml(content)
    process = next(root.iter("{*}process"), root)
    title = process.get("name") or where["file"]
    for node in root.iter("{*}*"):
        if "/DD/" in node.tag or "/DI" in node.tag:
            continue
        owner = _owner(node)
        about = {**where, "title": title, "element": owner.get("id"), "element_name": _flat(owner.get("name"))}
        yield from _of_node(node, owner is node, about)


def _owner(node: Any) -> Any:
    current = node
    while current is not None:
        tag = _local(current).lower()
        if tag in _OWNERS or (tag.endswith(_FLOW_NODES) and current.get("id")):
            return current
        current = current.getparent()
    return node


def _of_node(node: Any, is_owner: bool, about: Mapping[str, Any]) -> Iterator[Entry]:
    tag, text = _local(node), (node.text or "").strip()
    if is_owner and node.get("name"):
        yield Entry(**about, place=Place.NAME, detail="", text=_flat(node.get("name")))
    if tag == "documentation" and text:
        yield Entry(**about, place=Place.DOCUMENTATION, detail="", text=text)
    elif tag == "conditionExpression" and text:
        yield Entry(**about, place=Place.CONDITION, detail="", text=text, reads=names_in(text))
    elif tag in _TIMERS and text:
        yield Entry(**about, place=Place.TIMER, detail="", text=text, reads=names_where_formula(text))
    elif tag == "text" and text:
        yield Entry(**about, place=Place.TEXT, detail="", text=text)
    elif tag == "condition" and text:
        yield Entry(**about, place=Place.CONDITION, detail="", text=text, reads=names_in(text))
    elif "zeebe" in node.tag:
        yield from _of_extension(node, tag, about)


def _of_extension(node: Any, tag: str, about: Mapping[str, Any]) -> Iterator[Entry]:
    place = _EXTENSIONS.get(tag, Place.FORMULA)
    if place in (Place.HEADER, Place.PROPERTY):
        value = node.get("value", "")
        yield Entry(
            **about, place=place, detail=node.get("key") or node.get("name") or "", text=value,
            reads=names_where_formula(value),
        )  # fmt: skip
    elif place in (Place.INPUT, Place.OUTPUT):
        target, source = node.get("target", ""), node.get("source", "")
        yield Entry(**about, place=place, detail=target, text=source, sets=frozenset({target}), reads=names_in(source))
    else:
        for name, value in node.attrib.items():
            if name not in _SILENT and value:
                yield Entry(
                    **about, place=place, detail=name, text=value, reads=names_where_formula(value),
                    sets=frozenset({value}) if name in _SETTING else frozenset(),
                )  # fmt: skip


# --- decisions -----------------------------------------------------------------------------------


def _of_decisions(content: bytes, where: Mapping[str, Any]) -> Iterator[Entry]:
    root = dmn_xml.read(content)
    for owner in root.iter("{*}decision", "{*}businessKnowledgeModel", "{*}inputData", "{*}decisionService"):
        name = _flat(owner.get("name"))
        title = _flat(root.get("name")) or where["file"]
        about = {**where, "title": title, "element": owner.get("id"), "element_name": name}
        if name:
            yield Entry(**about, place=Place.NAME, detail="", text=name)
        for node in owner.iter("{*}*"):
            yield from _of_decision(node, owner, about)


def _of_decision(node: Any, owner: Any, about: Mapping[str, Any]) -> Iterator[Entry]:
    tag, text = _local(node), (node.text or "").strip()
    rule = next((one for one in node.iterancestors("{*}rule")), None)
    if tag in ("input", "output"):
        label = node.get("label") or node.get("name") or ""
        name = node.get("name") if tag == "output" else None
        if label:
            sets = frozenset({name}) if name else frozenset()
            yield Entry(**about, place=Place.COLUMN, detail=name or "", text=_flat(label), sets=sets)
    elif tag == "description" and text:
        detail = "" if rule is None else _number(rule)
        yield Entry(**about, place=Place.DESCRIPTION, detail=detail, text=text)
    elif tag == "text" and text and text != "-":
        if rule is not None:
            yield Entry(**about, place=Place.CELL, detail=_column(node, rule), text=text, reads=names_in(text))
        else:
            yield Entry(**about, place=Place.FORMULA, detail="", text=text, reads=names_in(text))


def _number(rule: Any) -> str:
    """1, 2, 3 … of its table."""
    return str(sum(1 for one in rule.itersiblings(rule.tag, preceding=True)) + 1)


def _column(node: Any, rule: Any) -> str:
    """The rule's number, and what the column of the cell is called."""
    cell = node.getparent()
    place = sum(1 for _ in cell.itersiblings(cell.tag, preceding=True))
    wanted = "{*}input" if _local(cell) == "inputEntry" else "{*}output"
    columns = rule.getparent().findall(wanted)
    column = columns[place] if place < len(columns) else None
    if column is None:
        return _number(rule)
    expression = next(column.iter("{*}text"), None)
    named = column.get("label") or column.get("name") or (expression.text if expression is not None else "") or ""
    return f"{_number(rule)} · {_flat(named)}"


# --- forms ---------------------------------------------------------------------------------------


def _of_form(content: bytes, where: Mapping[str, Any]) -> Iterator[Entry]:
    schema = json.loads(content)
    if not isinstance(schema, dict):
        raise ValueError("the file is no form")
    title = where.get("title") or where["file"]
    for component in _components(schema.get("components", ())):
        key = component.get("key") if isinstance(component.get("key"), str) else None
        about = {
            **where,
            "title": title,
            "element": key or component.get("id"),
            "element_name": str(component.get("label") or ""),
        }
        if key is not None and component.get("type") != "button":
            yield Entry(**about, place=Place.NAME, detail="", text=key, sets=frozenset({key.split(".")[0]}))
        yield from _of_component(component, "", about)


def _components(components: Any) -> Iterator[Mapping[str, Any]]:
    for one in components if isinstance(components, list) else ():
        if isinstance(one, dict):
            yield one
            yield from _components(one.get("components"))


_FORM_PLACES: Final[Mapping[str, Place]] = {
    "label": Place.LABEL,
    "description": Place.DESCRIPTION,
    "text": Place.TEXT,
    "values.label": Place.OPTION,
    "values.value": Place.OPTION,
}
_FORM_SILENT: Final = frozenset({"id", "key", "type", "components", "layout"})


def _of_component(value: Any, path: str, about: Mapping[str, Any]) -> Iterator[Entry]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if path or name not in _FORM_SILENT:
                yield from _of_component(inner, f"{path}.{name}" if path else str(name), about)
    elif isinstance(value, list):
        for inner in value:
            yield from _of_component(inner, path, about)
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
        text = str(value)
        place = _FORM_PLACES.get(path, Place.FORMULA)
        detail = path if place is Place.FORMULA else ""
        reads = names_where_formula(text) or (names_in_holes(text) if place is Place.TEXT else frozenset())
        yield Entry(**about, place=place, detail=detail, text=text, reads=reads)


def _flat(name: str | None) -> str:
    return " ".join((name or "").split())


def _local(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]
