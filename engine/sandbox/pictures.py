"""What the diagrams of a sandbox's case show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.model import InstanceStatus
from engine.queries.diagram import Marks, call_elements, read_marks
from engine.scenarios import Performer


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the diagram of an instance shows: element or flow → how often."""

    key: int
    #: Of the process.
    name: str
    definition: int
    tokens: Mapping[str, int]
    done: Mapping[str, int]
    flows: Mapping[str, int]
    incidents: frozenset[str]


def read_pictures(performer: Performer, case_id: str) -> list[Picture]:
    """What the diagrams of a case's instances show, the root first."""
    instances = performer.waits.instances(case_id)
    keys = [one.key for one in instances]
    with performer.db.read() as connection:
        marks, called_from = read_marks(connection, keys), call_elements(connection, keys)
    for one in instances:
        if one.key in called_from and one.status == InstanceStatus.ACTIVE:
            marks[one.parent].tokens[called_from[one.key]] += 1
    return [_picture(performer, one, marks[one.key]) for one in instances]


def _picture(performer: Performer, row: Any, marks: Marks) -> Picture:
    deployed = performer.definitions.get(row.definition)
    elements = deployed.definition.elements
    return Picture(
        key=row.key,
        name=deployed.name,
        definition=row.definition,
        # An event on an activity waits with it: it holds no token.
        tokens={name: n for name, n in marks.tokens.items() if elements[name].kind != "boundaryEvent"},
        done=dict(marks.done),
        flows=dict(marks.flows),
        incidents=frozenset(marks.incidents),
    )
