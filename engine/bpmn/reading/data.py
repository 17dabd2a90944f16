"""Data objects, properties and associations, as variables and mappings.

Source: BPMN 2.0.2 §10.4.1, §10.4.2: a data object lives as long as the scope it is in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from engine.bpmn.extensions import Mapped, feel, formula, variable_name
from engine.bpmn.lint.supported import ACTIVITIES, EXECUTED
from engine.bpmn.names import bpmn, children, local, refused

#: SpiffWorkflow's own reading of these can fail to end; they are taken out of the tree.
_DATA: Final = (
    "dataInputAssociation", "dataOutputAssociation", "dataObject", "dataObjectReference", "dataStoreReference",
    "dataStore", "property", "ioSpecification",
)  # fmt: skip
#: Modelers draw associations to properties so called, which hold nothing.
_PLACEHOLDER: Final = "__"


@dataclass(frozen=True, slots=True)
class Data:
    """What the data of a diagram says."""

    #: Id of a data object, property, input or output → name of the variable.
    names: Mapping[str, str]
    #: Sub-process or activity → variables that are local to it.
    declares: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inputs: Mapping[str, tuple[Mapped, ...]] = field(default_factory=dict)
    outputs: Mapping[str, tuple[Mapped, ...]] = field(default_factory=dict)


def take_data(process: etree._Element) -> Data:
    """Read the data of a process, and take it out of the tree.

    Raises:
        DefinitionRefused: an expression does not parse, or a name is none of a variable.
    """
    names = _names(process)
    declares: dict[str, tuple[str, ...]] = {}
    inputs: dict[str, tuple[Mapped, ...]] = {}
    outputs: dict[str, tuple[Mapped, ...]] = {}
    for node in process.iter():
        if local(node) not in EXECUTED:
            continue
        name = node.get("id", "")
        declares[name] = tuple(
            variable_name(child, names[child.get("id", "")])
            for child in (*children(node, "dataObject"), *children(node, "property"))
            if local(node) in ACTIVITIES  # an event has no work of its own in which to use them
            and child.get("id") in names
            and not names[child.get("id", "")].startswith(_PLACEHOLDER)
        )
        own = _of_specification(node)
        inputs[name] = tuple(_mappings(node, "dataInputAssociation", names, own))
        outputs[name] = tuple(_mappings(node, "dataOutputAssociation", names, own))
    for node in list(process.getroottree().getroot().iter(*(bpmn(name) for name in _DATA))):
        parent = node.getparent()
        if parent is not None:
            parent.remove(node)
    return Data(names, declares, inputs, outputs)


def _names(process: etree._Element) -> dict[str, str]:
    """The variable of everything that holds data: its name where that can be one, else its id."""
    found: dict[str, str] = {}
    for node in process.iter(*(bpmn(n) for n in ("dataObject", "property", "dataInput", "dataOutput"))):
        if node.get("id"):
            name = (node.get("name") or "").strip()
            found[node.get("id", "")] = name if name.isidentifier() else node.get("id", "")
    for node in process.iter(bpmn("dataObjectReference")):
        found[node.get("id", "")] = found.get(node.get("dataObjectRef", ""), node.get("dataObjectRef", ""))
    return found


def _of_specification(node: etree._Element) -> set[str]:
    """Ids of the inputs and outputs of an activity."""
    return {
        found.get("id", "")
        for specification in children(node, "ioSpecification")
        for found in specification.iter(bpmn("dataInput"), bpmn("dataOutput"))
    }


def _of_event(node: etree._Element) -> set[str]:
    """Ids of the inputs and outputs of an event, which stand in it directly."""
    return {found.get("id", "") for found in (*children(node, "dataInput"), *children(node, "dataOutput"))}


def _mappings(node: etree._Element, kind: str, names: Mapping[str, str], own: set[str]) -> list[Mapped]:
    made = []
    for association in children(node, kind):
        source = _text(association, "sourceRef")
        target = _text(association, "targetRef")
        transformation = association.find(bpmn("transformation"))
        for assignment in children(association, "assignment"):
            to = (_text(assignment, "to") or "").strip().removeprefix("=").strip()
            value = feel(node, _text(assignment, "from") or "")
            made.append(Mapped(target=variable_name(node, to), source=value))
        if children(association, "assignment") or names.get(target, _PLACEHOLDER).startswith(_PLACEHOLDER):
            continue
        if transformation is not None:
            made.append(
                Mapped(target=variable_name(node, names[target]), source=formula(node, transformation.text or ""))
            )
        elif {source, target}.intersection(_of_event(node)):
            raise refused(node, "data of an event are not executed; use mappings", "事件自己的数据不会被执行。")
        elif own.intersection((source, target)) and source in names:
            made.append(Mapped(target=variable_name(node, names[target]), source=feel(node, f"={names[source]}")))
    return made


def _text(node: etree._Element, name: str) -> str:
    return (node.findtext(bpmn(name)) or "").strip()
