"""Marks of decisions that people look things up in, kept in the file as an extension of the decision.

::

    <decision id="…">
      <extensionElements>
        <kefuflow:reference xmlns:kefuflow="urn:kefuflow:table-tests" group="优惠券" />
      </extensionElements>

Other modelers keep what they do not know.
"""

from __future__ import annotations

from engine.dmn import xml
from engine.dmn.examples import NAMESPACE


def read_references(data: bytes) -> dict[str, str]:
    """Id of each marked decision of a file → under which heading it is listed; "" where it names none.

    Raises:
        DefinitionRefused: the XML is refused at the door.
    """
    return {
        decision.get("id", ""): (mark.get("group") or "").strip()
        for decision in xml.children(xml.read(data), "decision")
        for extension in xml.children(decision, "extensionElements")
        for mark in extension.iterchildren(f"{{{NAMESPACE}}}reference")
    }


def description_of(data: bytes, decision_id: str) -> str:
    """What a decision is for, in its owner's words; "" where it says nothing.

    Raises:
        DefinitionRefused: the XML is refused at the door.
    """
    for decision in xml.children(xml.read(data), "decision"):
        if decision.get("id") == decision_id:
            return xml.text_of(xml.child(decision, "description")).strip()
    return ""
