"""What a case went through, as its events tell it: the words that questions ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from engine.model import SYSTEM, Value

#: Counts up when traits are told differently; then every case is read anew.
VERSION: Final = 1


class Trait(StrEnum):
    """Kinds of traits, with what stands beside them."""

    #: process.element that was passed, once a time.
    ELEMENT = "element"
    #: process.element that somebody skipped.
    SKIPPED = "skipped"
    #: decision#rule that hit.
    RULE = "rule"
    #: decision=output, where the output is one short value.
    OUTPUT = "output"
    #: A person who acted.
    PERSON = "person"
    #: person@process.element: who completed the user task.
    DID = "did"
    #: A group that had a user task.
    GROUP = "group"
    #: process.end event.
    END = "end"
    #: Code of a message's template.
    TEMPLATE = "template"
    #: A process that was called.
    CALLED = "called"
    #: skip, modify or retry: by which repair.
    REPAIRED = "repaired"
    REOPENED = "reopened"
    #: Who looked at personal data.
    UNMASKED = "unmasked"
    #: Kind of an incident.
    INCIDENT = "incident"


class Told(NamedTuple):
    """An event of a case's call tree."""

    stream: int
    process_id: str
    kind: str
    element: str | None
    actor: str
    value: Value


_PASSED: Final = frozenset({
    "element.completed", "user_task.completed", "job.completed", "timer.fired", "subscription.correlated",
    "call.completed",
})  # fmt: skip
_LOOKS: Final = frozenset({"personal.revealed", "attachment.revealed"})
#: Kind → the trait, and which part of the value stands beside it.
_NAMED: Final[Mapping[str, tuple[Trait, str]]] = {
    "outbox.written": (Trait.TEMPLATE, "template"),
    "call.started": (Trait.CALLED, "process"),
    "incident.created": (Trait.INCIDENT, "kind"),
}
#: Repairs whose event the core tells; the runtime's own says the same with the reason.
_REPAIRS: Final[Mapping[str, str]] = {
    "element.skipped": "skip",
    "instance.modified": "modify",
    "instance.migrated": "migrate",
}
_LONGEST: Final = 40


def traits_of(events: Iterable[Told]) -> Counter[tuple[str, str]]:
    """How often each trait is told: (kind, what) → times."""
    found: Counter[tuple[str, str]] = Counter()
    for event in events:
        if event.actor != SYSTEM.id:
            found[Trait.PERSON, event.actor] += 1
        place = f"{event.process_id}.{event.element}"
        if event.kind in _PASSED and event.element:
            found[Trait.ELEMENT, place] += 1
        _count_own(found, event, place)
    return found


def _count_own(found: Counter[tuple[str, str]], event: Told, place: str) -> None:
    value = event.value if isinstance(event.value, Mapping) else {}
    match event.kind:
        case "user_task.completed" if event.actor != SYSTEM.id:
            found[Trait.DID, f"{event.actor}@{place}"] += 1
        case "user_task.created":
            found.update((Trait.GROUP, group) for group in _texts(value.get("groups")))
        case "element.skipped":
            found[Trait.SKIPPED, place] += 1
        case "decision.evaluated":
            _count_decision(found, value)
        case "instance.completed" if _text(value.get("end_state")):
            found[Trait.END, f"{event.process_id}.{value['end_state']}"] += 1
        case "case.reopened":
            found[Trait.REOPENED, ""] += 1
        case kind if kind in _NAMED:
            trait, name = _NAMED[kind]
            if what := _text(value.get(name)):  # a message may have no template
                found[trait, what] += 1
        case kind if kind in _LOOKS:
            found[Trait.UNMASKED, event.actor] += 1
    if event.kind in _REPAIRS:
        found[Trait.REPAIRED, _REPAIRS[event.kind]] += 1
    elif event.kind == "instance.repaired" and value.get("repair") not in _REPAIRS.values():
        found[Trait.REPAIRED, _text(value.get("repair"))] += 1


def _count_decision(found: Counter[tuple[str, str]], value: Mapping[str, Value]) -> None:
    decision = _text(value.get("decision"))
    found.update((Trait.RULE, f"{decision}#{rule}") for rule in _numbers(value.get("rules")))
    output = _short(value.get("output"))
    if output is not None:
        found[Trait.OUTPUT, f"{decision}={output}"] += 1
    tables = value.get("tables")
    for table in tables if isinstance(tables, list | tuple) else ():
        if isinstance(table, Mapping):
            element = _text(table.get("element"))
            found.update((Trait.RULE, f"{element}#{rule}") for rule in _numbers(table.get("rules")))


def _short(value: Value) -> str | None:
    """A value that is one word: texts, numbers and yes or no; None for everything else."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() if value and len(value) <= _LONGEST:
            return value
        case Decimal() if value.is_finite() and abs(value.adjusted()) < _LONGEST:
            text = f"{value.normalize():f}"
            return text if len(text) <= _LONGEST else None
    return None


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Value) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []


def _numbers(value: Value) -> list[int]:
    return [int(one) for one in value if isinstance(one, Decimal | int)] if isinstance(value, list | tuple) else []
