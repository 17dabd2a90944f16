"""A decision table as it is written: columns, rules, hit policy."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from engine.dmn import xml
from engine.dmn.results import InputClause, OutputClause, Rule
from engine.dmn.types import type_name


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSource:
    """A table as it is written."""

    id: str
    hit_policy: str
    aggregation: str | None
    inputs: tuple[InputClause, ...]
    outputs: tuple[OutputClause, ...]
    rules: tuple[Rule, ...]
    #: Allowed values of the inputs, in step with ``inputs``.
    input_values: tuple[str, ...]


def read_table(element: etree._Element, fallback_name: str) -> TableSource:
    """The table of a ``decisionTable`` element."""
    inputs = xml.children(element, "input")
    return TableSource(
        id=element.get("id", ""),
        hit_policy=(element.get("hitPolicy") or "UNIQUE").strip(),
        aggregation=element.get("aggregation"),
        inputs=tuple(map(_input, inputs)),
        outputs=tuple(_output(each, fallback_name) for each in xml.children(element, "output")),
        rules=tuple(_rule(each, index) for index, each in enumerate(xml.children(element, "rule"), 1)),
        input_values=tuple(xml.text_of(xml.child(each, "inputValues")) for each in inputs),
    )


def _input(element: etree._Element) -> InputClause:
    inner = xml.child(element, "inputExpression")
    expression = xml.text_of(inner)
    kind = type_name(inner.get("typeRef")) if inner is not None else None
    return InputClause(label=element.get("label") or expression, expression=expression, type=kind)


def _output(element: etree._Element, fallback: str) -> OutputClause:
    name = element.get("name") or fallback
    return OutputClause(
        name=name,
        label=element.get("label") or name,
        type=type_name(element.get("typeRef")),
        values=xml.text_of(xml.child(element, "outputValues")),
        default=xml.text_of(xml.child(element, "defaultOutputEntry")),
    )


def _rule(element: etree._Element, index: int) -> Rule:
    cells = tuple(xml.text_of(each) for each in xml.children(element, "inputEntry", "outputEntry"))
    notes = [xml.text_of(each) for each in xml.children(element, "annotationEntry")]
    description = xml.child(element, "description")
    if description is not None and description.text:
        notes.append(description.text.strip())
    return Rule(id=element.get("id") or f"rule_{index}", cells=cells, annotation=" ".join(filter(None, notes)))
