"""What a diagram says that its figures depend on: who waits for whom, what stands around what, where flows lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from engine import bpmn

_LOOPS: Final = frozenset({"multiInstanceLoopCharacteristics", "standardLoopCharacteristics"})
_CONTAINERS: Final = frozenset({"subProcess", "transaction", "adHocSubProcess"})


class Role(StrEnum):
    """How the time of an element counts."""

    #: Work, or waiting: its time is its own.
    STEP = "step"
    #: A sub-process: its time is that of what stands in it.
    CONTAINER = "container"
    #: Beginnings, ends and gateways: nobody works there, but tokens may wait for each other.
    PASSING = "passing"
    #: Waits beside an element that holds the token: boundary events, starts of event sub-processes, events behind an
    #: event-based gateway. It is visited when it happens, and its time is that of the element beside it.
    WATCHER = "watcher"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An element of a diagram."""

    id: str
    name: str
    kind: str
    role: Role
    #: The process that it calls.
    called: str | None = None
    #: The activity on whose border it stands, the sub-process around it, or the event-based gateway before it: where
    #: a token was before it came here without a sequence flow.
    beside: str | None = None
    #: Done in rounds: several tokens within one visit.
    is_loop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A diagram."""

    parts: Mapping[str, Part]
    #: Sequence flow → its name, the element where it begins and the one where it leads.
    flows: Mapping[str, tuple[str, str, str]]

    def name(self, element: str) -> str:
        """An element's name; its id where there is none."""
        part = self.parts.get(element)
        return part.name or element if part is not None else element


#: What is known of an element that the diagram does not have.
UNKNOWN: Final = Part(id="", name="", kind="", role=Role.STEP)


@lru_cache(maxsize=1024)
def drawing_of(xml: bytes) -> Drawing:
    """Read a BPMN file.

    Raises:
        DefinitionRefused: it is none.
    """
    root = bpmn.read_xml(xml)
    nodes = [node for node in root.iter("{*}*") if _is_flow_node(node)]
    flows = {
        flow.get("id", ""): (flow.get("name") or "", flow.get("sourceRef", ""), flow.get("targetRef", ""))
        for flow in root.iter("{*}sequenceFlow")
    }
    choosing = {node.get("id", "") for node in nodes if _local(node) == "eventBasedGateway"}
    before = {target: source for _, source, target in flows.values() if source in choosing}
    parts = {node.get("id", ""): _part(node, before) for node in nodes}
    return Drawing(parts=parts, flows=flows)


def _is_flow_node(node: Any) -> bool:
    tag = _local(node)
    return bool(node.get("id")) and (
        tag in _CONTAINERS or tag == "callActivity" or tag.lower().endswith(("task", "event", "gateway"))
    )


def _part(node: Any, before: Mapping[str, str]) -> Part:
    tag, name = _local(node), node.get("id", "")
    around = node.getparent()
    within = around.get("id") if _local(around) in _CONTAINERS else None
    beside = node.get("attachedToRef") or before.get(name)
    watches = beside is not None or (tag == "startEvent" and around.get("triggeredByEvent") == "true")
    role = Role.STEP
    if watches:
        role = Role.WATCHER
    elif tag in _CONTAINERS:
        role = Role.CONTAINER
    elif tag in ("startEvent", "endEvent") or tag.endswith("Gateway"):
        role = Role.PASSING
    called = next((one.get("processId") for one in node.iter("{*}calledElement")), None)
    return Part(
        id=name,
        name=(node.get("name") or "").replace("\n", " "),
        kind=tag,
        role=role,
        called=called if tag == "callActivity" else None,
        beside=beside or within,
        is_loop=any(_local(child) in _LOOPS for child in node),
    )


def _local(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]
