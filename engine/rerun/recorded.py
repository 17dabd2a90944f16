"""A case as it was recorded, and the rules under which it ran or is to run again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

from engine import formcheck
from engine.bpmn import Definition
from engine.errors import FeelError
from engine.feel import compile_source
from engine.model import Command, Facts

#: What a text of a form inserts, or asks before it says something.
_INSERT: Final = re.compile(r"\{\{(?:#if |#loop )?([^#/}][^}]*)\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A compiled process with its forms."""

    definition: Definition
    #: form-js schemas by form id.
    forms: Mapping[str, Mapping[str, Any]]
    #: Forms that are not what the case ran on: what was filled in then is judged by them anew.
    changed_forms: frozenset[str] = frozenset()
    #: Element in the record → the element that stands for it here; ids that are not in it stay.
    renamed: Mapping[str, str] = field(default_factory=dict)
    #: What each form reads and shows, once somebody asked.
    _read: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)

    def read_by(self, form: str) -> frozenset[str]:
        """Names that the expressions of a form read, and that its texts show; its own fields are not among them."""
        if form not in self._read:
            schema = self.forms[form]
            own = {known.key for known in formcheck.fields(schema)}
            self._read[form] = frozenset().union(*map(_names, _formulas(schema))) - own
        return self._read[form]

    def name_of(self, element: str) -> str:
        """What an element of the record is called here."""
        return self.renamed.get(element, element)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCommand:
    """One command of an instance, with what the step knew of the world."""

    command: Command
    facts: Facts

    @property
    def at(self) -> datetime:
        """When it came."""
        return self.facts.now


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedInstance:
    """An instance with its commands in their order; steps without a command are left out."""

    key: int
    process_id: str
    #: Key of the definition with which it began.
    definition: int
    #: The instance that called it, and the id of the call there.
    parent: int | None
    parent_call: int | None
    commands: tuple[RecordedCommand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCase:
    """A case: its root first, then what it called, by key."""

    case_id: str
    instances: tuple[RecordedInstance, ...]

    @property
    def root(self) -> RecordedInstance:
        """The instance that the case began with."""
        return self.instances[0]


def _formulas(part: Any) -> Iterator[str]:
    """The FEEL in a schema's texts, and what they insert."""
    if isinstance(part, str):
        if part.startswith("="):
            yield part
        for insert in _INSERT.findall(part):
            yield f"={insert}"
    elif isinstance(part, Mapping):
        for inner in part.values():
            yield from _formulas(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _formulas(inner)


def _names(text: str) -> frozenset[str]:
    try:
        return compile_source(text).names
    except FeelError:
        return frozenset()


#: The rules under which a recorded instance ran, at its beginning.
RulesOf: TypeAlias = Callable[[RecordedInstance], Rules]
#: The rules under which a process runs now: its id, and the recorded instance in whose place it runs, if there is one.
RulesFor: TypeAlias = Callable[[str, RecordedInstance | None], Rules]
#: The rules of a version by the hash of its manifest: where a recorded migration led.
RulesByHash: TypeAlias = Callable[[str], Rules]
