"""Runs a recorded case under other rules, with what people, systems and clocks said then, and nothing else.

An answer goes to the same question: the wait of the same sort at the same element, the first time to the first, the
second to the second. A question that comes later than its answer gets it when it is asked. A question that nobody
answered ends the run: it says what is missing and does not guess. Timers that are set as they were fire as they did;
others fire by the clock, as long as everything else that waits is known not to have been answered by then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from msgspec import structs

from engine.model import (
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
    Migrate,
    Modify,
    SaveProgress,
    Skip,
    Start,
    SubscriptionOpened,
    ThrowError,
)
from engine.rerun.cascade import Cascade, at, broken, missing, same_message
from engine.rerun.forms import refill, refill_start
from engine.rerun.live import Live, Sort, Wait
from engine.rerun.memory import Memory, target_of
from engine.rerun.recorded import RecordedCase, RecordedCommand, RecordedInstance, RulesFor
from engine.rerun.stopping import Assumed, Broken, Lack, Missing, Stop

#: What follows from other steps of the case.
_DERIVED: Final = (CompleteCall, FailCall, EscalateCall)
#: What somebody or something said to a question: it counts when the question comes later.
_ANSWERS: Final = (CompleteUserTask, SaveProgress, CompleteJob, ThrowError, Skip)
#: What waits for somebody or something outside.
_LACKS: Final = {Sort.TASK: Lack.TASK, Sort.JOB: Lack.JOB}
_ASKING: Final = frozenset({Sort.TASK, Sort.JOB, Sort.MESSAGE, Sort.SIGNAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How a case went under the new rules."""

    lives: Mapping[int, Live]
    #: Why it ends before its time; None: it went as far as the record goes.
    stopped: Missing | Broken | None
    #: Recorded commands for which there was no question.
    unused: int
    #: Answers that were used at another time than they were given.
    reordered: int
    #: Answers that count though what was shown with their questions is another value now.
    assumed: tuple[Assumed, ...]

    @property
    def root(self) -> Live:
        """The instance that the case began with."""
        return next(iter(self.lives.values()))


def play(
    case: RecordedCase,
    memories: Mapping[int, Memory],
    rules_for: RulesFor,
    *,
    horizon: datetime,
    silent: frozenset[str] = frozenset(),
) -> Played:
    """Run a case under other rules.

    Args:
        case: as it was recorded.
        memories: of ``remember``, under the rules of then.
        rules_for: the rules of now.
        horizon: how far clocks may run beyond the record.
        silent: job types that answer nothing.
    """
    return _Run(case, memories, rules_for, horizon, silent).play()


class _Run:
    def __init__(
        self,
        case: RecordedCase,
        memories: Mapping[int, Memory],
        rules_for: RulesFor,
        horizon: datetime,
        silent: frozenset[str],
    ) -> None:
        self._case = case
        self._memories = memories
        self._horizon = horizon
        self._cascade = Cascade(memories, rules_for, silent)
        self._queues = {instance.key: deque(_from_outside(instance)) for instance in case.instances}
        self._shelf: list[tuple[int, RecordedCommand]] = []
        self._unused = self._reordered = 0
        self._assumed: list[Assumed] = []
        first = case.root.commands[0].facts
        self._facts = first
        #: By what tasks are due: recorded only with steps that asked, and the new run may ask in others.
        self._schedule = next(filter(None, (c.facts.schedule for i in case.instances for c in i.commands)), None)
        self._now = first.now

    @property
    def _lives(self) -> Mapping[int, Live]:
        return self._cascade.lives

    def play(self) -> Played:
        """Run it to the end of the record, then by the clocks alone."""
        stopped = None
        self._cascade.begin(self._case.root)
        try:
            while not self._over() and (when := self._next_at()) is not None:
                self._fire_until(when)
                if not self._over():
                    self._take(when)
            if not self._over():
                self._fire_until(self._horizon)
            self._check_end()
        except Stop as stop:
            stopped = stop.why
        unused = self._unused + len(self._shelf) + sum(map(len, self._queues.values()))
        return Played(
            lives=self._lives, stopped=stopped, unused=unused, reordered=self._reordered, assumed=tuple(self._assumed)
        )

    def _over(self) -> bool:
        return next(iter(self._lives.values())).over

    # -- the record -------------------------------------------------------------------------------

    def _next_at(self) -> datetime | None:
        return min((queue[0].at for queue in self._queues.values() if queue), default=None)

    def _take(self, when: datetime) -> None:
        """The next command of this instant that has its question; where none has, the first is put aside."""
        heads = [(key, queue) for key, queue in sorted(self._queues.items()) if queue and queue[0].at == when]
        for key, queue in heads:
            if (ready := self._ready(key, queue[0].command)) is not None:
                recorded = queue.popleft()
                self._apply(*ready, recorded)
                return
        key, queue = heads[0]
        recorded = queue.popleft()
        if isinstance(recorded.command, _ANSWERS):
            self._shelf.append((key, recorded))
        else:
            self._unused += 1

    def _apply(self, live: Live, command: Command, recorded: RecordedCommand) -> None:
        self._now = max(self._now, recorded.at)
        self._schedule = recorded.facts.schedule or self._schedule
        self._facts = structs.replace(recorded.facts, now=self._now, schedule=self._schedule)
        self._run(live, self._refilled(live, command))
        while (found := self._from_shelf()) is not None:
            again, renewed, shelved = found
            self._shelf.remove(shelved)
            self._reordered += 1
            self._run(again, self._refilled(again, renewed))

    def _refilled(self, live: Live, command: Command) -> Command:
        """What somebody filled in, as the forms of now let it pass."""
        wait, memory = live.waits.get(target_of(command) or 0), self._memories.get(live.key)
        if memory is None:
            return command
        if isinstance(command, CompleteUserTask) and wait is not None:
            variables, assumed = refill(live, wait, command, self._facts, memory)
            self._assumed += assumed
            return structs.replace(command, variables=variables)
        if isinstance(command, Start):
            return structs.replace(command, variables=refill_start(live, command, memory.live.rules, self._facts))
        return command

    def _run(self, live: Live, command: Command) -> None:
        self._cascade.run(live, command, self._facts)
        for one in self._lives.values():
            for wait in one.waits.values():
                if wait.sort is Sort.TASK and wait.counterpart is None and not self._is_shelved(one, wait):
                    raise Stop(missing(one, wait, Lack.TASK))

    def _from_shelf(self) -> tuple[Live, Command, tuple[int, RecordedCommand]] | None:
        for key, recorded in self._shelf:
            ready = self._ready(key, recorded.command)
            if ready is not None:
                return *ready, (key, recorded)
        return None

    def _is_shelved(self, live: Live, wait: Wait) -> bool:
        """Whether an answer to the same question, given at another visit, lies ready."""
        answers = (one for key, one in self._shelf if key == live.key)
        return any(isinstance(one.command, CompleteUserTask | Skip) and self._asks(live, wait, one) for one in answers)

    def _asks(self, live: Live, wait: Wait, recorded: RecordedCommand) -> bool:
        was = self._memories[live.key].waits.get(target_of(recorded.command) or 0)
        return was is not None and live.rules.name_of(was.element) == wait.element

    # -- questions --------------------------------------------------------------------------------

    def _ready(self, key: int, command: Command) -> tuple[Live, Command] | None:
        """The instance that a recorded command is for, and the command with the ids that things have there."""
        live = self._lives.get(key)
        if live is None or live.over:
            return None
        if isinstance(command, Start | Cancel):
            return live, command
        if isinstance(command, CorrelateSignal):
            names = {w.opened.message_name for w in live.waits.values() if isinstance(w.opened, SubscriptionOpened)}
            return (live, command) if command.name in names else None
        if isinstance(command, Modify):
            return self._moved(live, command)
        found = self._target(live, target_of(command) or 0, command)
        return None if found is None else (live, structs.replace(command, id=found))

    def _moved(self, live: Live, command: Modify) -> tuple[Live, Command] | None:
        """An operator's move, as far as everything that it names is there."""
        cancel = [self._target(live, one, command) for one in command.cancel]
        elements = live.rules.definition.elements
        activate = tuple(live.rules.name_of(one) for one in command.activate)
        if None in cancel or any(one not in elements for one in activate):
            return None
        kept = tuple(one for one in cancel if one is not None)
        return live, structs.replace(command, cancel=kept, activate=activate)

    def _target(self, live: Live, recorded_id: int, command: Command) -> int | None:
        memory = self._memories[live.key]
        was = memory.waits.get(recorded_id)
        if was is not None:
            wait = self._question(live, was)
            if wait is None or not _fits(wait, command, was):
                return None
            return wait.id
        incident = memory.incidents.get(recorded_id)
        if incident is None:
            return None
        element = live.rules.name_of(incident.element)
        return next((one.id for one in live.incidents.values() if one.element == element), None)

    def _question(self, live: Live, was: Wait) -> Wait | None:
        """The open wait that stands for one of the record: its counterpart, else one that has none."""
        waits = live.waits.values()
        same = next((wait for wait in waits if wait.counterpart is was), None)
        if same is not None:
            return same
        element = live.rules.name_of(was.element)
        alike = (wait for wait in waits if wait.sort is was.sort and wait.element == element)
        return next((wait for wait in alike if wait.counterpart is None), None)

    # -- clocks -----------------------------------------------------------------------------------

    def _fire_until(self, when: datetime) -> None:
        """Let the clocks run up to an instant: what comes in at that very instant is still to come."""
        while not self._over():
            due = min(self._deadlines(), key=lambda one: (one[0], one[1]), default=None)
            if due is None or due[0] > when or (due[0] == when and due[1]):
                return
            instant, _, live, wait = due
            self._now = max(self._now, instant)
            self._check_known()
            self._apply(
                live,
                FireTimer(id=wait.id),
                RecordedCommand(command=FireTimer(id=wait.id), facts=at(self._facts, self._now)),
            )

    def _deadlines(self) -> Iterator[tuple[datetime, bool, Live, Wait]]:
        """When each clock rings by itself, and whether it does so only after what comes in at that instant."""
        for live in self._lives.values():
            for wait in live.waits.values():
                if wait.sort is not Sort.TIMER or wait.due is None:
                    continue
                was = wait.counterpart
                if was is None or was.due != wait.due:
                    yield wait.due, False, live, wait
                elif was.completed:
                    if not self._is_to_come(live, was):
                        yield max(wait.due, self._now), True, live, wait
                elif was.closed_at is not None:
                    yield max(wait.due, was.closed_at), True, live, wait

    def _is_to_come(self, live: Live, was: Wait) -> bool:
        """Whether the record has a timer's firing still before it."""
        return any(target_of(recorded.command) == was.id for recorded in self._queues.get(live.key, ()))

    def _check_known(self) -> None:
        """Raise where a clock would ring while something else waits of which the record says nothing any more."""
        for live in self._lives.values():
            for wait in live.waits.values():
                if wait.sort not in _ASKING:
                    continue
                was = wait.counterpart
                if was is None:
                    raise Stop(missing(live, wait, _lack(wait)))
                if was.closed_at is not None and was.closed_at < self._now:
                    raise Stop(missing(live, wait, Lack.WAITED))

    def _check_end(self) -> None:
        """Raise where the case would go on if only somebody had said something."""
        ended = self._memories[self._case.root.key].live.over
        if self._over():
            return
        for live in self._lives.values():
            for incident in live.incidents.values() if ended else ():
                raise Stop(broken(live, incident.element, incident.message, incident.message))
            for wait in live.waits.values():
                was = wait.counterpart
                if wait.sort not in _ASKING or (was is not None and was.closed_at is None):
                    continue
                if was is not None or ended:
                    raise Stop(missing(live, wait, _lack(wait) if was is None else Lack.WAITED))


def _from_outside(instance: RecordedInstance) -> Iterator[RecordedCommand]:
    """The commands that follow from nothing else in the case."""
    for recorded in instance.commands:
        follows = isinstance(recorded.command, (*_DERIVED, Migrate))  # the new rules hold from the beginning
        of_caller = instance.parent is not None and isinstance(recorded.command, Start | Cancel)
        if not follows and not of_caller:
            yield recorded


def _fits(wait: Wait, command: Command, was: Wait) -> bool:
    """Whether a message is the one that is waited for, and a clock one that is set as it was."""
    if isinstance(command, FireTimer):
        return wait.due == was.due
    if isinstance(command, CorrelateMessage) and isinstance(wait.opened, SubscriptionOpened):
        return same_message(wait.opened, was.opened)
    return True


def _lack(wait: Wait) -> Lack:
    return _LACKS.get(wait.sort, Lack.MESSAGE)
