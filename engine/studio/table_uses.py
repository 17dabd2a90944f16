"""Which processes ask a decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.bpmn.xml import XmlRefused, read_xml
from engine.definitions.bundle import BPMN
from engine.studio.kinds import resource_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A task that asks a decision."""

    process_id: str
    process: str
    task_id: str
    task: str


def uses_of(decisions: frozenset[str], files: Mapping[str, bytes]) -> tuple[Use, ...]:
    """The tasks of diagrams that ask one of some decisions, by process.

    Args:
        decisions: their ids.
        files: name → content (``files_around``); what is no diagram, or cannot be read, is passed over.
    """
    return tuple(
        use
        for name, content in sorted(files.items())
        if (found := resource_of(name)) is not None and found[0] == BPMN
        for use in _in_diagram(decisions, content)
    )


def _in_diagram(decisions: frozenset[str], xml: bytes) -> Iterator[Use]:
    if not any(decision.encode() in xml for decision in decisions):
        return
    try:
        root = read_xml(xml)
    except XmlRefused:
        return
    for process in root.iter("{*}process"):
        for called in process.iter("{*}calledDecision"):
            if called.get("decisionId") in decisions:
                task = next(each for each in called.iterancestors() if each.get("id"))
                process_id, task_id = process.get("id", ""), task.get("id", "")
                yield Use(
                    process_id=process_id,
                    process=process.get("name") or process_id,
                    task_id=task_id,
                    task=task.get("name") or task_id,
                )
