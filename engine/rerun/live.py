"""An instance while it runs in memory: its state, and what it waits for, numbered so that two runs can be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from engine import bpmn
from engine.model import (
    CallOpened,
    Command,
    Event,
    Facts,
    IncidentOpened,
    InstanceState,
    InstanceStatus,
    JobKind,
    JobOpened,
    Migrate,
    Opened,
    Outcome,
    SubscriptionKind,
    SubscriptionOpened,
    UserTaskOpened,
)
from engine.rerun.recorded import RecordedCommand, RecordedInstance, Rules


class Sort(StrEnum):
    """What a token waits for."""

    TASK = "task"
    JOB = "job"
    TIMER = "timer"
    MESSAGE = "message"
    SIGNAL = "signal"
    CALL = "call"


@dataclass(slots=True, kw_only=True)
class Wait:
    """One wait, from when it opened; of the record also how it ended."""

    id: int
    sort: Sort
    element: str
    #: The how many-th wait of its sort at this element it is, from 1.
    n: int
    opened: Opened
    opened_at: datetime
    closed_at: datetime | None = None
    #: Whether it ended by being answered.
    completed: bool = False
    #: The command that answered it, and what the instance was before that.
    answer: RecordedCommand | None = None
    asked_in: InstanceState | None = None
    #: The same wait of the record, for one of another run.
    counterpart: Wait | None = None
    #: The form of a user task.
    form: Mapping[str, Any] | None = None

    @property
    def due(self) -> datetime | None:
        """When a timer falls due."""
        return self.opened.due_at if isinstance(self.opened, JobOpened) else None


class Live:
    """One instance that runs under some rules."""

    def __init__(
        self,
        key: int,
        rules: Rules,
        *,
        recorded: RecordedInstance | None = None,
        parent: int | None = None,
        parent_call: int | None = None,
        depth: int = 0,
    ) -> None:
        self.rules = rules
        self.recorded = recorded
        self.parent = parent
        self.parent_call = parent_call
        self.depth = depth
        self.state = InstanceState(key=key)
        self.status = InstanceStatus.ACTIVE
        self.end_state: str | None = None
        self.events: list[Event] = []
        #: What it waits for now, by id.
        self.waits: dict[int, Wait] = {}
        self.incidents: dict[int, IncidentOpened] = {}
        self._counts: Counter[tuple[Sort, str]] = Counter()

    @property
    def key(self) -> int:
        """The instance's key."""
        return self.state.key

    @property
    def process_id(self) -> str:
        """Of which process it is."""
        return self.rules.definition.process_id

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.status is not InstanceStatus.ACTIVE

    def apply(self, command: Command, facts: Facts) -> tuple[Outcome, list[Wait], list[Wait]]:
        """Execute a command; gives the outcome, the waits that opened and those that ended.

        Raises:
            EngineError: the step refuses it; nothing has changed.
        """
        return self._take(bpmn.step(self.rules.definition, self.state, command, facts), facts)

    def _take(self, outcome: Outcome, facts: Facts) -> tuple[Outcome, list[Wait], list[Wait]]:
        self.state = InstanceState(
            key=self.key,
            state=outcome.state,
            variables=self.state.variables if outcome.variables is None else outcome.variables,
        )
        self.status, self.end_state = outcome.status, outcome.end_state
        self.events += outcome.events
        for incident in outcome.incidents:
            self.incidents[incident.id] = incident
        for incident_id in outcome.incidents_closed:
            self.incidents.pop(incident_id, None)
        ended = []
        for closed in outcome.closed:
            wait = self.waits.pop(closed.id, None)
            if wait is not None:
                wait.closed_at, wait.completed = facts.now, closed.completed
                ended.append(wait)
        return outcome, [self._open(row, facts.now) for row in outcome.opened], ended

    def go_over(self, rules: Rules, command: Migrate, facts: Facts) -> tuple[Outcome, list[Wait], list[Wait]]:
        """Go on under another version, as the record says.

        Raises:
            EngineError: it cannot.
        """
        source, self.rules = self.rules, rules
        outcome = bpmn.migrate(source.definition, rules.definition, self.state, command, facts)
        for wait in self.waits.values():
            wait.element = command.mapping.get(wait.element, wait.element)
        return self._take(outcome, facts)

    def _open(self, row: Opened, now: datetime) -> Wait:
        sort = sort_of(row)
        self._counts[sort, row.element] += 1
        wait = Wait(
            id=row.id, sort=sort, element=row.element, n=self._counts[sort, row.element], opened=row, opened_at=now
        )
        if isinstance(row, UserTaskOpened) and row.form_id is not None:
            wait.form = self.rules.forms.get(row.form_id)
        self.waits[row.id] = wait
        return wait


def sort_of(row: Opened) -> Sort:
    """What a row that a step opened waits for."""
    if isinstance(row, UserTaskOpened):
        return Sort.TASK
    if isinstance(row, CallOpened):
        return Sort.CALL
    if isinstance(row, SubscriptionOpened):
        return Sort.SIGNAL if row.kind is SubscriptionKind.SIGNAL else Sort.MESSAGE
    return Sort.TIMER if row.kind is JobKind.TIMER else Sort.JOB
