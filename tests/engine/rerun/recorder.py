"""Records cases in memory: steps small diagrams at given times as the runtime would, calls and all; runs them again."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from engine import canonical
from engine.bpmn import Definition, compile_definition
from engine.model import (
    CallOpened,
    Cancel,
    Command,
    CompleteCall,
    CompleteJob,
    CompleteUserTask,
    CorrelateMessage,
    CorrelateSignal,
    EscalateCall,
    FailCall,
    FireTimer,
    InstanceState,
    InstanceStatus,
    JobOpened,
    Modify,
    Outcome,
    ResolveIncident,
    Skip,
    Start,
    SubscriptionOpened,
    ThrowError,
)
from engine.rerun import (
    Comparison,
    Played,
    RecordedCase,
    RecordedCommand,
    RecordedInstance,
    Rules,
    Verdict,
    compare,
    play,
    remember,
)
from engine.rerun.comparing import path_of
from tests.unit.bpmn.drawing import Drawing
from tests.unit.bpmn.running import MONDAY_9AM, Running

Forms = Mapping[str, Mapping[str, Any]]


def at(hours: float) -> datetime:
    """So many hours after the case began."""
    return MONDAY_9AM + timedelta(hours=hours)


def compiled(*drawings: Drawing, decisions: Mapping[str, Any] | None = None) -> dict[str, Definition]:
    return {d.process_id: compile_definition(d.xml(), decisions=dict(decisions or {})) for d in drawings}


@dataclass
class Life:
    """An instance of the case, with who called it."""

    run: Running
    process_id: str
    parent: int | None = None
    call: int | None = None


@dataclass
class Recorder:
    """A case under way; hours are counted from its beginning."""

    definitions: dict[str, Definition]
    forms: Forms = field(default_factory=dict)
    lives: dict[int, Life] = field(default_factory=dict)
    #: Processes that are answered in place of being called → what comes back.
    mocks: dict[str, dict[str, Any]] = field(default_factory=dict)
    now: datetime = MONDAY_9AM

    # -- what happens ---------------------------------------------------------------------------------------------

    def start(self, /, **variables: object) -> Recorder:
        process_id = next(iter(self.definitions))
        key = self._add(process_id)
        self._do(key, Start(variables=variables))
        return self

    def after(self, hours: float) -> Recorder:
        self.now = at(hours)
        return self

    def complete(self, element: str, /, hours: float | None = None, **variables: object) -> Recorder:
        return self._answer(element, hours, lambda id_: CompleteUserTask(id=id_, variables=variables))

    def job(self, element: str, /, hours: float | None = None, **variables: object) -> Recorder:
        return self._answer(element, hours, lambda id_: CompleteJob(id=id_, variables=variables))

    def throw(self, element: str, code: str, hours: float | None = None) -> Recorder:
        return self._answer(element, hours, lambda id_: ThrowError(id=id_, error_code=code))

    def message(self, element: str, hours: float | None = None, payload: object = None) -> Recorder:
        if hours is not None:
            self.after(hours)
        key, id_ = self._find(element)
        row = self.lives[key].run.rows[id_]
        assert isinstance(row, SubscriptionOpened)
        self._do(key, CorrelateMessage(id=id_, name=row.message_name, payload=payload))
        return self

    def signal(self, name: str, hours: float | None = None) -> Recorder:
        if hours is not None:
            self.after(hours)
        self._do(min(self.lives), CorrelateSignal(name=name))
        return self

    def fire(self, element: str, late: timedelta = timedelta(seconds=3)) -> Recorder:
        """A timer rings; as ever a little late, when the worker has looked."""
        key, id_ = self._find(element)
        row = self.lives[key].run.rows[id_]
        assert isinstance(row, JobOpened)
        assert row.due_at is not None
        self.now = max(self.now, row.due_at + late)
        self._do(key, FireTimer(id=id_))
        return self

    def skip(self, element: str, /, hours: float | None = None, **variables: object) -> Recorder:
        return self._answer(element, hours, lambda id_: Skip(id=id_, variables=variables))

    def resolve(self, hours: float | None = None, **variables: object) -> Recorder:
        if hours is not None:
            self.after(hours)
        key, incident = next((k, i) for k, life in self.lives.items() for i in life.run.incidents)
        self._do(key, ResolveIncident(id=incident, variables=variables))
        return self

    def move(self, away: str, *to: str, hours: float | None = None, **variables: object) -> Recorder:
        move = Modify(activate=to, variables=variables)
        return self._answer(away, hours, lambda id_: replace_cancel(move, id_))

    def cancel(self, hours: float | None = None) -> Recorder:
        if hours is not None:
            self.after(hours)
        self._do(min(self.lives), Cancel(reason="客户撤回"))
        return self

    def do(self, command: Command, key: int | None = None) -> Recorder:
        self._do(min(self.lives) if key is None else key, command)
        return self

    def id_of(self, element: str) -> int:
        return self._find(element)[1]

    @property
    def waiting(self) -> list[str]:
        return sorted(element for life in self.lives.values() for element in life.run.waiting)

    @property
    def over(self) -> str | None:
        return self.lives[min(self.lives)].run.over

    # -- as it is recorded ----------------------------------------------------------------------------------------

    @property
    def case(self) -> RecordedCase:
        return RecordedCase(
            case_id="1",
            instances=tuple(
                RecordedInstance(
                    key=key,
                    process_id=life.process_id,
                    definition=1,
                    parent=life.parent,
                    parent_call=life.call,
                    commands=tuple(RecordedCommand(command=c, facts=f) for c, f in life.run.log),
                )
                for key, life in sorted(self.lives.items())
            ),
        )

    def rules(self) -> dict[str, Rules]:
        return {name: Rules(definition=one, forms=self.forms) for name, one in self.definitions.items()}

    # -- within ---------------------------------------------------------------------------------------------------

    def _find(self, element: str) -> tuple[int, int]:
        found = [(key, id_) for key, life in self.lives.items() for id_ in life.run.ids_of(element)]
        assert found, f"nothing waits at {element}; waiting: {self.waiting}"
        return found[0]

    def _answer(self, element: str, hours: float | None, command: Any) -> Recorder:
        if hours is not None:
            self.after(hours)
        key, id_ = self._find(element)
        self._do(key, command(id_))
        return self

    def _add(self, process_id: str, parent: int | None = None, call: int | None = None) -> int:
        key = 10 + len(self.lives)
        run = Running(self.definitions[process_id], state=InstanceState(key=key))
        self.lives[key] = Life(run, process_id, parent, call)
        return key

    def _do(self, key: int, command: Command) -> None:
        todo = deque([(key, command)])
        while todo:
            at_key, one = todo.popleft()
            life = self.lives[at_key]
            if life.run.outcomes and life.run.over:
                continue
            life.run.now = self.now
            outcome = life.run.do(one)
            todo += self._children(at_key, outcome)
            todo += self._to_caller(life, outcome, cancelled=isinstance(one, Cancel))

    def _children(self, key: int, outcome: Outcome) -> list[tuple[int, Command]]:
        found: list[tuple[int, Command]] = []
        for closed in outcome.closed:
            for child, life in self.lives.items():
                if (life.parent, life.call) == (key, closed.id) and not closed.completed and not life.run.over:
                    found.append((child, Cancel(reason="the call was cancelled")))
        for row in outcome.opened:
            if not isinstance(row, CallOpened):
                continue
            if row.process_id in self.mocks:
                found.append((key, CompleteCall(id=row.id, variables=self.mocks[row.process_id])))
                continue
            found.append((self._add(row.process_id, key, row.id), Start(variables=dict(row.variables))))
        return found

    def _to_caller(self, life: Life, outcome: Outcome, *, cancelled: bool) -> list[tuple[int, Command]]:
        if life.parent is None or life.call is None:
            return []
        found: list[tuple[int, Command]] = [
            (life.parent, EscalateCall(id=life.call, escalation_code=one.code, variables=one.variables))
            for one in outcome.escalations
        ]
        if outcome.status is InstanceStatus.ACTIVE or cancelled:
            return found
        if outcome.uncaught_error is not None:
            return [*found, (life.parent, FailCall(id=life.call, error_code=outcome.uncaught_error))]
        variables = canonical.decode(life.run.state.variables)
        return [*found, (life.parent, CompleteCall(id=life.call, variables=variables, end_state=outcome.end_state))]


def replace_cancel(move: Modify, id_: int) -> Modify:
    return Modify(cancel=(id_,), activate=move.activate, variables=move.variables)


def record(*drawings: Drawing, forms: Forms | None = None, decisions: Mapping[str, Any] | None = None) -> Recorder:
    """A recorder of cases of the first process."""
    return Recorder(compiled(*drawings, decisions=decisions), forms or {})


# -- the same case under other rules ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Again:
    """A recorded case, run again."""

    found: Comparison
    played: Played

    @property
    def verdict(self) -> str:
        return self.found.verdict.value

    @property
    def path(self) -> list[str]:
        return path_of(self.played.root)

    @property
    def end(self) -> str | None:
        return self.found.end_after

    @property
    def lack(self) -> tuple[str, str]:
        """What is missing, and where."""
        stopped = self.found.stopped
        assert self.found.verdict is Verdict.INPUT, (self.found, self.path)
        return stopped.lack.value, stopped.element  # type: ignore[union-attr]

    @property
    def broken(self) -> str | None:
        """The element at which it cannot go on."""
        assert self.found.verdict is Verdict.CANNOT, (self.found, self.path)
        return self.found.stopped.element  # type: ignore[union-attr]

    @property
    def variables(self) -> dict[str, Any]:
        return dict(canonical.decode(self.played.root.state.variables))


def again(
    recorder: Recorder,
    *changed: Drawing,
    forms: Forms | None = None,
    changed_forms: frozenset[str] = frozenset(),
    renamed: Mapping[str, str] | None = None,
    decisions: Mapping[str, Any] | None = None,
    until: float = 24 * 365,
    silent: frozenset[str] = frozenset(),
) -> Again:
    """Run the recorded case with these diagrams in the place of its own."""
    before = recorder.rules()
    case = recorder.case
    after = {
        name: replace(rules, forms=forms or rules.forms, changed_forms=changed_forms, renamed=dict(renamed or {}))
        for name, rules in before.items()
    }
    for name, definition in compiled(*changed, decisions=decisions).items():
        after[name] = Rules(
            definition=definition,
            forms=forms or recorder.forms,
            changed_forms=changed_forms,
            renamed=dict(renamed or {}),
        )
    memories = remember(case, lambda instance: before[instance.process_id])
    played = play(case, memories, lambda process_id, _: after[process_id], horizon=at(until), silent=silent)
    return Again(compare(memories, played), played)


def unchanged(recorder: Recorder) -> None:
    """Assert that the case, run again on what it ran on, is the same event for event."""
    one = again(recorder)
    assert one.verdict == "same", (one.found, one.path)
    assert (one.played.unused, one.played.reordered, one.played.assumed) == (0, 0, ())
    for key, life in recorder.lives.items():
        assert one.played.lives[key].events == life.run.events
    assert set(one.played.lives) == set(recorder.lives)
