"""One command and all that follows from it, in memory: steps of an instance, its callers and its children.

Root first; every instance's row is read once and written once. Nothing is committed here. What a step throws at other
instances does not follow in this sense: it leaves by jobs (see ``thrown``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from engine import bpmn
from engine.clock import to_microseconds
from engine.definitions import Definitions, Deployed
from engine.errors import CascadeTooLarge, EngineError, NotFound, StepError
from engine.failpoints import reached
from engine.history import encode_command
from engine.model import (
    Actor,
    CallOpened,
    Cancel,
    ClosedKind,
    Command,
    CompleteCall,
    Event,
    Facts,
    InstanceStatus,
    Migrate,
    Modify,
    Outcome,
    ResolveIncident,
    Skip,
    Start,
    Variables,
)
from engine.runtime.answers import answers
from engine.runtime.births import Columns, child_of, insert_instance, root_of
from engine.runtime.inputs import handed_on, start_variables
from engine.runtime.messages import Letter, Publication, Publisher, Wake
from engine.runtime.moving import move_rows
from engine.runtime.register_rows import RegisterRows
from engine.runtime.rows import Rows
from engine.runtime.thrown import jobs_of
from engine.runtime.urgency import shop_of
from engine.runtime.worth import fen_of
from engine.store import assigning, sql
from engine.store.database import Transaction
from engine.store.instances import InstanceRow, read_instances
from engine.store.streams import append_step
from engine.store.suspension import DELETE_SIGNAL_JOBS
from engine.store.writes import Writes
from engine.worktime import Schedule

MAX_DEPTH: Final = 16
MAX_STEPS: Final = 200
#: What an operator may do to a suspended instance.
REPAIRS: Final = (Cancel, ResolveIncident, Skip, Modify, Migrate)

#: Takes the place of called processes: (caller's version, call, caller's key) → what comes back; None: run it.
Calls: TypeAlias = Callable[[Deployed, CallOpened, int], Variables | None]


@dataclass(frozen=True, slots=True)
class _Todo:
    key: int
    command: Command
    #: Follows from another step: skipped, not refused, when its target is over by then.
    derived: bool
    notes: tuple[Event, ...] = ()
    #: The message that it brings.
    wake: Wake | None = None
    #: The version to which it migrates.
    target: Deployed | None = None


class Cascade:
    """The steps of one transaction that hang together."""

    def __init__(
        self,
        tx: Transaction,
        definitions: Definitions,
        *,
        now: datetime,
        actor: Actor,
        rows: Mapping[int, InstanceRow] | None = None,
        calls: Calls | None = None,
        submission_key: str | None = None,
    ) -> None:
        self.tx = tx
        self.definitions = definitions
        self.now = now
        self.at = to_microseconds(now)
        self.actor = actor
        self.writes = Writes()
        self._instances: dict[int, InstanceRow] = dict(rows or {})
        self._calls = calls
        #: How many messages and signals led to this, each thrown by who received the one before.
        self.hops = 0
        self._rows = Rows(self.writes, at=self.at, actor=actor, submission_key=submission_key)
        self._registers = RegisterRows(tx, self.writes, at=self.at)
        self._publisher = Publisher(tx, self.writes, definitions, at=self.at)
        self._todo: deque[_Todo] = deque()
        self._steps = 0
        #: Whether what runs follows from a repair, which steps suspended instances too.
        self._repairing = False

    # -- what a runtime does with it --------------------------------------------------------------

    def instance(self, key: int) -> InstanceRow:
        """An instance's row, read once.

        Raises:
            NotFound: there is none.
        """
        found = self._instances.get(key)
        if found is None:
            for other, row in read_instances(self.tx, key).items():
                self._instances.setdefault(other, row)
            if key not in self._instances:
                raise NotFound(f"no instance {key}")
            found = self._instances[key]
        return found

    def run(self, key: int, command: Command, notes: tuple[Event, ...] = ()) -> None:
        """Execute a command on an instance and everything that follows from it.

        Args:
            key: the instance's key.
            command: what happened.
            notes: the runtime's own events of this step, kept behind the core's.

        Raises:
            StepError: the command does not fit the instance, or it is suspended and the command is no repair.
            UncaughtError: a BPMN error left the root process.
            CascadeTooLarge: more than 200 steps, or calls deeper than 16.
        """
        self._repairing = isinstance(command, REPAIRS)
        self._todo.append(_Todo(key, command, derived=False, notes=notes))
        self._run_all()

    def migrate(self, key: int, target: Deployed, mapping: Mapping[str, str], notes: tuple[Event, ...] = ()) -> None:
        """Take an instance over to another version of its process, and run everything that follows from it.

        Args:
            key: the instance's key.
            target: the version.
            mapping: element or flow id in the version until now → id in the other one.
            notes: as in ``run``.

        Raises:
            StepError: the instance cannot go on there.
        """
        self._repairing = True
        command = Migrate(target=target.hash, mapping=dict(mapping))
        self._todo.append(_Todo(key, command, derived=False, notes=notes, target=target))
        self._run_all()

    def start(
        self,
        deployed: Deployed,
        variables: Variables,
        *,
        start_key: str | None = None,
        business_key: str | None = None,
        parent_case_id: str | None = None,
        element: str | None = None,
        people_of: InstanceRow | None = None,
        owner: str | None = None,
        first_owner: str | None = None,
    ) -> InstanceRow:
        """Start a root instance, and run it until it waits.

        Args:
            deployed, variables, start_key, business_key, parent_case_id, element: see ``Runtime.start``.
            people_of: the case stays with that case's people.
            owner: whose the case is from its beginning, in place of who starts it.
            first_owner: who answers for first contact, in place of who starts it.
        """
        root = self._root(start_key, business_key, parent_case_id, people_of)
        said = {"owner": owner, "first_owner": first_owner}
        row = self._new(deployed, variables, {**root, **{name: one for name, one in said.items() if one is not None}})
        self.run(row.key, Start(variables=variables, element=element))
        return row

    def publish(self, message: Publication) -> list[int]:
        """Correlate a message and run what it wakes; gives the keys of the instances that took it."""
        if message.message_id is not None and self._publisher.is_known(message.name, message.message_id):
            return []
        self._repairing = False
        letter = self._deliver(message)
        self._run_all()
        return letter.reached

    def catch_up(self, key: int) -> None:
        """Give an instance that was resumed the messages that came meanwhile; its row must be active again."""
        self._repairing = False
        row = self.instance(key)
        for wake in self._publisher.buffered_for(key, row.process_id, self._publisher.waiting(key)):
            self._wake(wake)
        self._run_all()

    def note(self, row: InstanceRow, events: tuple[Event, ...], command: bytes) -> None:
        """A revision without a step: what people do around an instance (claims, comments)."""
        append_step(self.writes, row, command, events, core_events=0, at=self.at, actor=self.actor.id)

    def finish(self) -> None:
        """Write everything; the transaction's end commits it.

        Raises:
            StaleInstance: somebody else stepped an instance after it was read.
        """
        self.writes.flush(self.tx)

    # -- steps ------------------------------------------------------------------------------------

    def _run_all(self) -> None:
        while self._todo:
            self._step(self._todo.popleft())

    def _step(self, todo: _Todo) -> None:
        row = self.instance(todo.key)
        if todo.derived and self._is_over(row, todo.command):
            self._undelivered(todo.wake)
            return
        if row.over:
            raise StepError("The process has ended.", message_zh="该流程已结束。")
        if row.suspended and not self._repairing:
            raise StepError(
                "The case is suspended; work on it goes on when it is resumed.",
                message_zh="该工单已暂停,恢复后才能继续办理。",
            )
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise CascadeTooLarge(f"more than {MAX_STEPS} steps follow from one command")
        deployed = self.definitions.get(row.definition)
        schedule = self.schedule(row, todo.command)
        facts = Facts(now=self.now, case={**row.case_facts(), "actor": self.actor.id}, schedule=schedule)
        try:
            if todo.target is None:
                outcome = bpmn.step(deployed.definition, row.state_value, todo.command, facts)
            else:
                outcome = self._migrate(row, deployed, todo, facts)
                deployed = todo.target
        except EngineError as problem:
            problem.add_note(f"in instance {row.key} of {row.process_id}")  # it may be far from where it began
            raise
        if todo.wake is not None:
            todo.wake.letter.reached.append(row.key)
        self._take(row, outcome)
        pinned = (_pinned(deployed),) if not row.revision or todo.target is not None else ()
        append_step(
            self.writes,
            row,
            encode_command(todo.command, facts if outcome.scheduled else Facts(now=self.now, case=facts.case)),
            outcome.events + todo.notes + pinned,
            core_events=len(outcome.events),
            at=self.at,
            actor=self.actor.id,
        )
        self._rows.write(row, outcome, schedule)
        self._registers.write(row, deployed, outcome.registers)
        self._follow(row, outcome, cancelled=isinstance(todo.command, Cancel))

    def _migrate(self, row: InstanceRow, source: Deployed, todo: _Todo, facts: Facts) -> Outcome:
        if todo.target is None or not isinstance(todo.command, Migrate):
            raise StepError("this is no migration")
        outcome = bpmn.migrate(source.definition, todo.target.definition, row.state_value, todo.command, facts)
        row.definition = todo.target.key
        move_rows(self.tx, row, outcome)
        return outcome

    def schedule(self, row: InstanceRow, command: Command | None = None) -> Schedule | None:
        """By what user tasks of an instance are due; None where no task SLA is deployed."""
        known = self.definitions.schedules
        if known is None:
            return None
        return known.at(self.now, shop_of(row, command) if known.by_shop else None)

    def _undelivered(self, wake: Wake | None) -> None:
        again = None if wake is None else self._publisher.give_back(wake)
        if again is not None:
            self._wake(again)

    def _is_over(self, row: InstanceRow, command: Command) -> bool:
        return row.over or self._rows.is_closed(getattr(command, "id", 0))

    def _take(self, row: InstanceRow, outcome: Outcome) -> None:
        row.state = outcome.state
        if outcome.variables is not None:
            self._value_tasks(row, outcome.variables)
            row.variables = outcome.variables
        row.end_state = outcome.end_state
        row.incidents += len(outcome.incidents) - len(outcome.incidents_closed)
        if outcome.status is not InstanceStatus.ACTIVE:
            if row.suspended:
                self.tx.run(DELETE_SIGNAL_JOBS, {"instance": row.key})
                reached("runtime.forget_signals.after")
            row.ended_at = self.at
        elif row.suspended:  # a repair resumes nothing
            return
        row.status = outcome.status

    def _value_tasks(self, row: InstanceRow, variables: bytes) -> None:
        """The open tasks of an instance are about as much money as it is now."""
        amount = fen_of(variables)
        if row.read_revision and amount != fen_of(row.variables):
            self.tx.run(
                assigning.VALUE_TASKS, {"of_case_id": row.case_id, "of_instance": str(row.key), "amount": amount}
            )

    def _follow(self, row: InstanceRow, outcome: Outcome, *, cancelled: bool) -> None:
        for opened in outcome.opened:
            if isinstance(opened, CallOpened):
                self._call(row, opened)
        dropped = {c.id for c in outcome.closed if c.kind is ClosedKind.CALL and not c.completed}
        if dropped:
            self._cancel_children(row, dropped)
        for job in jobs_of(row, outcome, now=self.now, actor=self.actor, hops=self.hops + 1):
            self.writes.add(sql.INSERT_JOB, job["id"], job)
        if not row.suspended:  # else it gets them when it is resumed
            for wake in self._publisher.buffered_for(row.key, row.process_id, outcome.opened):
                self._wake(wake)
        for command in answers(row, outcome, cancelled=cancelled):
            if row.parent is not None:
                self._todo.append(_Todo(row.parent, command, derived=True))

    # -- children ---------------------------------------------------------------------------------

    def _call(self, row: InstanceRow, call: CallOpened) -> None:
        given = self._calls(self.definitions.get(row.definition), call, row.key) if self._calls else None
        if given is not None:
            self._todo.append(_Todo(row.key, CompleteCall(id=call.id, variables=given), derived=True))
            return
        if row.depth + 1 > MAX_DEPTH:
            raise CascadeTooLarge(f"calls are deeper than {MAX_DEPTH}")
        deployed = self.definitions.latest(call.process_id)
        variables = start_variables(self.tx, deployed, call.variables, call.explicit, self.now)
        child = self._new(deployed, variables, child_of(row, call))
        self._todo.append(_Todo(child.key, Start(variables=variables), derived=True))

    def _cancel_children(self, row: InstanceRow, calls: set[int]) -> None:
        for key, call in sorted(self.tx.run(sql.SELECT_CHILDREN, {"parent": row.key}).fetchall()):
            if call in calls:
                self._todo.append(_Todo(key, Cancel(reason="the call was cancelled"), derived=True))

    # -- roots and messages -----------------------------------------------------------------------

    def _deliver(self, message: Publication) -> Letter:
        """Queue what a message wakes and starts."""
        found = self._publisher.publish(message)
        for wake in found.wakes:
            self._wake(wake)
        for deployed, start in found.starts:
            thrower = None if message.case_id is None else self.instance(int(message.case_id))
            given = message.start_variables()
            if thrower is not None:
                given = {**handed_on(thrower), **{name: value for name, value in given.items() if value is not None}}
            variables = start_variables(self.tx, deployed, given, frozenset(), self.now)
            if self._has_its_case(deployed, start.element, variables.get("order_id")):
                continue
            root = root_of(self.actor, self.at, None, message.correlation_key, message.case_id, thrower)
            row = self._new(deployed, variables, root)
            self._todo.append(_Todo(row.key, Start(variables=variables, element=start.element), derived=True))
            found.letter.reached.append(row.key)
        return found.letter

    def _has_its_case(self, deployed: Deployed, start: str, order_id: object) -> bool:
        """Whether a start event that opens one case an order (property ``once``) has done so."""
        if deployed.definition.elements[start].properties.get("once") != "order":
            return False
        asked = {"order_id": order_id, "process_id": deployed.process_id}
        return self.tx.run(sql.SELECT_OPENED_FOR, asked).fetchone() is not None

    def _wake(self, wake: Wake) -> None:
        self._todo.append(_Todo(wake.instance, wake.command, derived=True, wake=wake))

    def _root(
        self,
        start_key: str | None,
        business_key: str | None,
        parent_case_id: str | None,
        people_of: InstanceRow | None = None,
    ) -> Columns:
        return root_of(self.actor, self.at, start_key, business_key, parent_case_id, people_of)

    def _new(self, deployed: Deployed, variables: Variables, given: Columns) -> InstanceRow:
        row = insert_instance(self.tx, deployed, variables, given, at=self.at)
        self._instances[row.key] = row
        return row


def _pinned(deployed: Deployed) -> Event:
    """Which version an instance runs on, from its first step to its last: the rules that are in force for it."""
    value = {"process": deployed.process_id, "version": deployed.version, "hash": deployed.hash}
    return Event(kind="definition.pinned", value=value)
