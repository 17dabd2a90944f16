"""An instance in memory: keeps the rows that steps open and close, records commands, and re-executes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from engine.bpmn import Definition, compile_definition, step, variables_of
from engine.model import (
    CallOpened,
    Command,
    CompleteJob,
    CompleteUserTask,
    CorrelateMessage,
    CorrelateSignal,
    Event,
    Facts,
    FireTimer,
    InstanceState,
    InstanceStatus,
    JobKind,
    JobOpened,
    Opened,
    Outcome,
    ResolveIncident,
    Start,
    SubscriptionOpened,
    UserTaskOpened,
)
from tests.unit.bpmn.drawing import Drawing

MONDAY_9AM = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CASE = {"case_id": "C1", "opened_at": MONDAY_9AM, "priority": "normal"}
ENTERED = {"element.entered", "user_task.created", "job.created", "timer.armed", "subscription.opened", "call.started"}
LEFT_WORDS = ("completed", "cancelled", "fired", "correlated")


@dataclass
class Running:
    """One instance and everything that happened to it."""

    definition: Definition
    state: InstanceState = field(default_factory=lambda: InstanceState(key=7))
    now: datetime = MONDAY_9AM
    rows: dict[int, Opened] = field(default_factory=dict)
    incidents: dict[int, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    log: list[tuple[Command, Facts]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    #: Compiles the definition once more, for ``proven``.
    compiled_anew: Callable[[], Definition] | None = None

    def do(self, command: Command) -> Outcome:
        facts = Facts(now=self.now, case=CASE)
        outcome = step(self.definition, self.state, command, facts)
        self.log.append((command, facts))
        self.outcomes.append(outcome)
        self.state = follow(self.state, outcome)
        self.events += outcome.events
        for closed in outcome.closed:
            del self.rows[closed.id]
        for row in outcome.opened:
            assert row.id not in self.rows
            self.rows[row.id] = row
        for incident_id in outcome.incidents_closed:
            del self.incidents[incident_id]
        for incident in outcome.incidents:
            assert incident.id not in self.incidents
            self.incidents[incident.id] = incident.kind
        self.check_laws(outcome)
        return outcome

    def check_laws(self, outcome: Outcome) -> None:
        """What holds after each step, whatever the diagram."""
        if outcome.status is not InstanceStatus.ACTIVE:
            assert not self.rows
            assert not self.incidents
            assert balance(self.events) == {}
        else:
            assert self.rows or self.incidents

    def proven(self) -> Running:
        """All commands give the same outcomes once more: by the same definition, and by one compiled anew."""
        assert re_execute(self.definition, self.log) == self.outcomes
        if self.compiled_anew is not None:
            assert re_execute(self.compiled_anew(), self.log) == self.outcomes
        return self

    def start(self, element: str | None = None, **variables: object) -> Running:
        self.do(Start(variables=variables, element=element))
        return self

    def id_of(self, element: str) -> int:
        found = [row.id for row in self.rows.values() if row.element == element]
        assert len(found) == 1, f"{element} waits {len(found)} times; waiting: {self.waiting}"
        return found[0]

    def row_of(self, element: str) -> Opened:
        return self.rows[self.id_of(element)]

    def complete(self, element: str, **variables: object) -> Outcome:
        return self.do(CompleteUserTask(id=self.id_of(element), variables=variables))

    def ids_of(self, element: str) -> list[int]:
        """Ids of all that wait at an element, the oldest first."""
        return sorted(row.id for row in self.rows.values() if row.element == element)

    def complete_nth(self, element: str, n: int, **variables: object) -> Outcome:
        """Complete one of several open user tasks of an element; 0 is the oldest."""
        return self.do(CompleteUserTask(id=self.ids_of(element)[n], variables=variables))

    def job(self, element: str, **variables: object) -> Outcome:
        return self.do(CompleteJob(id=self.id_of(element), variables=variables))

    def fire(self, element: str, late: timedelta = timedelta(0)) -> Outcome:
        row = self.row_of(element)
        assert isinstance(row, JobOpened)
        assert row.due_at is not None
        self.now = max(self.now, row.due_at + late)
        return self.do(FireTimer(id=row.id))

    def message(self, element: str, payload: object = None) -> Outcome:
        row = self.row_of(element)
        assert isinstance(row, SubscriptionOpened)
        return self.do(CorrelateMessage(id=row.id, name=row.message_name, payload=payload))

    def signal(self, name: str, **payload: object) -> Outcome:
        return self.do(CorrelateSignal(name=name, payload=payload))

    def resolve(self, **variables: object) -> Outcome:
        """Resolve the only incident."""
        (incident,) = self.incidents
        return self.do(ResolveIncident(id=incident, variables=variables))

    def see(self, element: str) -> dict[str, object]:
        """The variables visible where something waits."""
        return variables_of(self.definition, self.state, Facts(now=self.now, case=CASE), self.id_of(element))

    def entered(self, element: str) -> int:
        """How often an element was entered."""
        return self.path.count(element)

    @property
    def over(self) -> str | None:
        """Status and end state of an instance that is over, else None."""
        last = self.last
        return None if last.status is InstanceStatus.ACTIVE else f"{last.status.value} {last.end_state}"

    @property
    def waiting(self) -> list[str]:
        return sorted(row.element for row in self.rows.values())

    @property
    def variables(self) -> dict[str, object]:
        from engine import canonical

        return canonical.decode(self.state.variables)

    @property
    def last(self) -> Outcome:
        return self.outcomes[-1]

    @property
    def path(self) -> list[str]:
        """Elements entered, in order, and what of the waiting events came."""
        words = ("element.entered", "user_task.created", "job.created", "call.started")
        words += ("timer.fired", "subscription.correlated")
        return [str(event.element) for event in self.events if event.kind in words]

    def told(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]


def follow(state: InstanceState, outcome: Outcome) -> InstanceState:
    variables = state.variables if outcome.variables is None else outcome.variables
    return InstanceState(key=state.key, state=outcome.state, variables=variables)


def balance(events: list[Event]) -> dict[tuple[str | None, int | None], int]:
    """Entered minus left, a token at an element; what is empty at the end is a whole history."""
    counts: Counter[tuple[str | None, int | None]] = Counter()
    for event in events:
        subject, _, word = event.kind.partition(".")
        if event.kind in ENTERED:
            counts[event.element, event.token] += 1
        elif word in LEFT_WORDS and subject != "instance":
            counts[event.element, event.token] -= 1
    return {key: count for key, count in counts.items() if count}


def re_execute(definition: Definition, log: list[tuple[Command, Facts]], key: int = 7) -> list[Outcome]:
    """The outcomes of recorded commands."""
    state, outcomes = InstanceState(key=key), []
    for command, facts in log:
        outcomes.append(step(definition, state, command, facts))
        state = follow(state, outcomes[-1])
    return outcomes


def of(drawing: Drawing, decisions: dict[str, object] | None = None) -> Running:
    """An instance that has not started."""
    xml = drawing.xml()

    def compiled() -> Definition:
        return compile_definition(xml, decisions=decisions or {})  # type: ignore[arg-type]

    return Running(compiled(), compiled_anew=compiled)


def run(drawing: Drawing, decisions: dict[str, object] | None = None, **variables: object) -> Running:
    return of(drawing, decisions).start(**variables)


def commands_for(running: Running) -> list[tuple[str, Opened]]:
    """What may come next, in the order of the ids: the choices of a random run."""
    kinds = {UserTaskOpened: "user", SubscriptionOpened: "message", CallOpened: "call"}
    choices = []
    for row in sorted(running.rows.values(), key=lambda row: row.id):
        if isinstance(row, JobOpened):
            choices.append(("timer" if row.kind is JobKind.TIMER else "job", row))
        else:
            choices.append((kinds[type(row)], row))
    return choices
