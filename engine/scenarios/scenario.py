"""What a scenario says, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar

from engine.model import Variables

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Visits(Generic[_T]):
    """What happens at each visit of an element: one thing every time, or a list of one a visit.

    None stands for a visit of a user task that an event ends before anything happens, and for a job or a call that is
    done for real.
    """

    values: tuple[_T | None, ...]
    every_time: bool

    def at(self, visit: int) -> _T | None:
        """What happens at a visit (the first is 0); None: nothing was foreseen."""
        if self.every_time:
            return self.values[0]
        return self.values[visit] if visit < len(self.values) else None

    def passes(self, visit: int) -> bool:
        """Whether a visit is foreseen, and nothing is said of it."""
        return not self.every_time and visit < len(self.values) and self.values[visit] is None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event that occurs, with what its message carries."""

    element: str
    payload: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What comes next where the scenario says the order: a user task, an event, or that time passes."""

    #: Element id, ``call/element`` where ids clash; empty: time passes.
    key: str = ""
    #: Which of those that wait there, the oldest is the first.
    n: int = 1
    #: What an event's message carries.
    payload: Variables = field(default_factory=dict)
    duration: timedelta = timedelta(0)

    def __str__(self) -> str:
        return self.key or f"{self.duration}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One test of a process. Keys of the mappings are element ids, ``call/element`` where ids clash."""

    process: str
    no: str
    title: str
    #: Where it stands, for messages.
    file: str
    start: Variables
    #: Name of the message that starts the case (its payload is ``start``); None: the start form does.
    start_message: str | None = None
    #: User task → what its form is filled in with.
    do: Mapping[str, Visits[Variables]]
    #: Call activity → variables with which the call ends; the process is not run.
    calls: Mapping[str, Visits[Variables]]
    #: Service or send task → what its job returns instead of its connector.
    svc: Mapping[str, Visits[Variables]]
    #: Event-based gateway → which of its events occurs; a single catch event stands for itself.
    events: Mapping[str, Visits[Occurrence]]
    #: User task → boundary events that occur at its first visit before it is completed.
    fire: Mapping[str, tuple[Occurrence, ...]]
    #: Everything that happens, one after the other, in place of ``events`` and ``fire``; None: it need not be said.
    order: tuple[Turn, ...] | None = None
    #: Variables at the end.
    expect: Variables
    end: str | None
    #: Catalogued elements in the order in which they are entered.
    path: tuple[str, ...] | None
