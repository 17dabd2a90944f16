"""What a question may name, in the words of the diagrams and tables in force: steps, ends, rules with their texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, select

from engine import dmn
from engine.definitions import Definitions, bytes_of
from engine.errors import DecisionError
from engine.labels import labels_for
from engine.store.tables import case_sum, resource

if TYPE_CHECKING:
    from engine.definitions import Deployed
    from engine.labels import Labels

_EMPTY: Final = frozenset({"", "-"})
_TEXT: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An element that can be passed."""

    #: process.element.
    place: str
    name: str
    is_end: bool
    is_task: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell of a decision table."""

    column: str
    #: The variable that it tests or sets.
    name: str
    #: With the values of the variable as people call them.
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChoice:
    """A row of a decision table."""

    #: decision#number.
    rule: str
    number: int
    note: str
    #: Those that say something.
    conditions: tuple[Cell, ...]
    outputs: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionChoice:
    """A decision table."""

    id: str
    name: str
    rules: tuple[RuleChoice, ...]


def steps_of(deployed: Deployed) -> tuple[Step, ...]:
    """The steps of a process in the order of its diagram; gateways, which say nothing about the way, are left out."""
    return tuple(
        Step(
            place=f"{deployed.process_id}.{element.id}",
            name=element.name,
            is_end=element.kind == "endEvent",
            is_task=element.kind == "userTask",
        )
        for element in deployed.definition.elements.values()
        if element.name and not element.kind.endswith("Gateway")
    )


def decisions_of(connection: Connection, deployed: Deployed) -> tuple[DecisionChoice, ...]:
    """The decision tables that a process asks, by id."""
    labels = labels_for(deployed)
    found: dict[str, DecisionChoice] = {}
    for decision_id, digest in sorted(deployed.manifest.get("decisions", {}).items()):
        content = connection.execute(select(resource.c.content).where(resource.c.hash == digest)).scalar_one_or_none()
        tables = _loaded(bytes_of(content)) if content is not None else {}
        if decision_id in deployed.definition.decisions:
            found |= {one.id: _choice(one, labels) for one in tables.values() if one.rules}
    return tuple(found.values())


def name_of(definitions: Definitions, place: str) -> tuple[str, str]:
    """The names of process and element of a place; the ids where no version in force has them."""
    process_id, _, element = place.partition(".")
    deployed = definitions.find_latest(process_id)
    return (process_id, element) if deployed is None else (deployed.name, deployed.element_name(element))


def decision_names(connection: Connection, definitions: Definitions) -> dict[str, str]:
    """Decision → its name, of all processes in force."""
    return {
        decision.id: decision.name
        for deployed in definitions.all_latest()
        for decision in decisions_of(connection, deployed)
    }


def sums_of_cases(connection: Connection, keys: tuple[int, ...]) -> Mapping[int, tuple[int | None, int | None]]:
    """Key → asked and paid, in 分."""
    columns = case_sum.c
    query = select(columns.case_key, columns.asked, columns.paid).where(columns.case_key.in_(keys))
    return {row.case_key: (row.asked, row.paid) for row in connection.execute(query)} if keys else {}


@lru_cache(maxsize=64)
def _loaded(content: bytes) -> Mapping[str, dmn.Decision]:
    try:
        return dmn.load(content).decisions
    except DecisionError:
        return {}


def _choice(decision: dmn.Decision, labels: Labels) -> DecisionChoice:
    inputs = [(clause.label or labels.name(clause.expression), clause.expression) for clause in decision.inputs]
    outputs = [(clause.label or labels.name(clause.name), clause.name) for clause in decision.outputs]
    return DecisionChoice(
        id=decision.id,
        name=decision.name or decision.id,
        rules=tuple(
            RuleChoice(
                rule=f"{decision.id}#{number}",
                number=number,
                note=rule.annotation,
                conditions=_told(inputs, rule.cells[: len(inputs)], labels),
                outputs=_told(outputs, rule.cells[len(inputs) :], labels),
            )
            for number, rule in enumerate(decision.rules, 1)
        ),
    )


def _told(columns: list[tuple[str, str]], cells: tuple[str, ...], labels: Labels) -> tuple[Cell, ...]:
    return tuple(
        Cell(column=column, name=name, text=_in_words(cell, name, labels))
        for (column, name), cell in zip(columns, cells, strict=False)
        if cell.strip() not in _EMPTY
    )


def _in_words(cell: str, name: str, labels: Labels) -> str:
    return _TEXT.sub(lambda found: f"“{labels.value(name, found[1])}”", cell)
