"""Does what people and the world around do in a run: the real runtime and worker, a person for every group, a clock
that is moved by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from engine import attachments, bpmn
from engine.clock import SHANGHAI, VirtualClock, from_microseconds
from engine.connectors import CONNECTORS, Connector, JobContext
from engine.definitions import Definitions, Deployed, zone_name
from engine.errors import NotAllowed
from engine.model import SYSTEM, Actor, CallOpened, Value, Variables
from engine.queries import Queries, TaskView
from engine.runtime import Runtime
from engine.scenarios import people
from engine.scenarios.action import Action, ActionKind, Occasion, Step, Visit
from engine.scenarios.forms import fill_in, fill_in_start, uploaded
from engine.scenarios.problem import Mismatch
from engine.scenarios.waits import OpenTask, Trouble, WaitingEvent, Waits
from engine.store.database import Database
from engine.worker import Worker

#: A run that does more goes in circles.
MAX_ACTIONS: Final = 500


class Stand(Protocol):
    """What takes the place of connectors and called processes."""

    def job(self, element: str, calls: tuple[str, ...]) -> Variables | None:
        """What the job of a service task gives; None: its connector works.

        Raises:
            Mismatch: nothing was foreseen for this visit.
        """

    def call(self, element: str, calls: tuple[str, ...]) -> Variables | None:
        """With what a call ends; None: the called process is run.

        Raises:
            Mismatch: nothing was foreseen for this visit.
        """


class Performer:
    """One run on a database of its own. ``steps`` is what was done so far; ``known`` is as ``Definitions`` takes it."""

    def __init__(
        self,
        db: Database,
        clock: VirtualClock,
        process_id: str,
        stand: Stand,
        *,
        known: dict[int, Deployed] | None = None,
    ) -> None:
        self.db = db
        self.clock = clock
        self.process_id = process_id
        self.definitions = Definitions(db, clock, known=known)
        self._stand = stand
        connectors = {kind: partial(self._connect, connector) for kind, connector in CONNECTORS.items()}
        self._runtime = Runtime(db, clock, self.definitions, connectors, calls=self._call)
        self._worker = Worker(self._runtime, deliver=lambda _message: None, looks=())
        self.queries = Queries(db, self.definitions, clock)
        self.waits = Waits(db, self.definitions)
        self.steps: list[Step] = []
        self._visits: list[Visit] = []
        #: What was not foreseen for a job: the worker keeps its English.
        self._unforeseen: Mismatch | None = None

    @property
    def deployed(self) -> Deployed:
        """The process under test.

        Raises:
            NotFound: there is no such process.
        """
        return self.definitions.latest(self.process_id)

    def settle(self, key: int) -> Trouble | None:
        """Let the worker do all that is due; gives what failed, if something did."""
        self._worker.drain()
        if self.steps and self._visits:
            last = self.steps[-1]
            self.steps[-1] = replace(last, visits=last.visits + self._taken())
        trouble = self.waits.trouble(self.waits.instance(key).case_id)
        if trouble is None or self._unforeseen is None:
            return trouble
        return replace(trouble, text_zh=self._unforeseen.zh)

    def named(self, element: str, calls: tuple[str, ...] = ()) -> str:
        """How sentences call an element: its name and its id."""
        return f"「{name}」({element})" if (name := self._name_of(element, calls)) != element else element

    def _name_of(self, element: str, calls: tuple[str, ...]) -> str:
        process = self.definitions.find_latest(self.process_id)
        for call in calls:
            found = None if process is None else process.definition.elements.get(call)
            called = None if found is None else found.called_process
            process = None if called is None else self.definitions.find_latest(called)
        return element if process is None else process.element_name(element)

    def _done(self, action: Action, occasion: Occasion, name: str | None = None) -> None:
        called = self._name_of(occasion.element, occasion.calls) if name is None else name
        self.steps.append(Step(action=action, name=called, of=occasion, visits=self._taken()))

    def _taken(self) -> tuple[Visit, ...]:
        visits, self._visits = tuple(self._visits), []
        return visits

    # -- starting ---------------------------------------------------------------------------------

    def start(self, given: Variables, message: str | None = None) -> int:
        """Start a case as its form, its schedule or the message does; gives the instance's key.

        A process without a form starts at the next turn of its schedule.

        Raises:
            Mismatch: the form does not accept the values, or the message starts nothing.
        """
        deployed = self.deployed
        scheduled = message is None and deployed.definition.none_start is None and deployed.definition.timer_starts
        actor = people.starter(deployed) if message is None and not scheduled else SYSTEM
        variables = self._start_variables(deployed, given, actor)
        if message is not None:
            key = self._start_by_message(deployed, message, variables)
        elif scheduled:
            key = self._start_by_schedule(deployed, scheduled[0], variables)
        else:
            key = self._runtime.start(deployed.process_id, variables, actor).instance_key
        self._done(Action(kind=ActionKind.START, key=message or "", values=given), Occasion(), deployed.name)
        return key

    def start_context(self, given: Variables) -> dict[str, Value]:
        """What the expressions of a start form may read."""
        return {**given, **self.queries.shop_context(given, self.deployed.start_schema)}

    def _start_variables(self, deployed: Deployed, given: Variables, actor: Actor) -> dict[str, Value]:
        now = self.clock.now()
        given = uploaded(self.db, deployed.start_schema, given, actor, now)
        return fill_in_start(
            deployed.start_schema,
            given,
            context=self.start_context(given),
            now=now,
            taken=self.queries.taken,
            files=attachments.usable(self.db, actor),
        )

    def _start_by_message(self, deployed: Deployed, message: str, payload: Variables) -> int:
        start = find_start(deployed, message)
        if start is None:
            raise Mismatch(
                f"start: {deployed.process_id} has no start event for the message {message}",
                f"start:{deployed.process_id} 没有由消息 {message} 开始的事件。请检查 start_message。",
            )
        correlation = start.correlation(payload.get) if start.correlation else payload.get("order_id")
        taken = self._runtime.publish(message, str(correlation), dict(payload), actor=SYSTEM)
        started = [key for key in taken if self.waits.instance(key).process_id == deployed.process_id]
        if len(started) != 1:
            raise Mismatch(
                f"start: the message {message} started {len(started)} cases of {deployed.process_id}",
                f"start:消息 {message} 发起了 {len(started)} 个 {deployed.process_id} 工单,应为 1 个。",
            )
        return started[0]

    def _start_by_schedule(self, deployed: Deployed, start: bpmn.TimerStart, given: Variables) -> int:
        turn = start.cron.after(self.clock.now(), ZoneInfo(zone_name(deployed)))
        if turn is not None:
            self.clock.advance_to(turn)
        said = {name: _instant(value) if name.endswith("_at") else value for name, value in given.items()}
        variables = {"scheduled_at": self.clock.now(), "duty_person": None, **said}
        return self._runtime.start(deployed.process_id, variables, SYSTEM, element=start.element).instance_key

    # -- people -----------------------------------------------------------------------------------

    def view(self, task: OpenTask) -> TaskView:
        """A user task with its form, as the desk shows it."""
        return self.queries.task(task.id, SYSTEM)

    def complete(self, task: OpenTask, values: Variables) -> None:
        """Complete a user task by the first of its groups' people who may.

        Raises:
            Mismatch: the form does not accept the values, or nobody may complete it.
        """
        refused: NotAllowed | None = None
        occasion = Occasion(element=task.element, calls=task.calls)
        action = Action(kind=ActionKind.COMPLETE, key=task.key, n=self._rank(task), values=values)
        for actor in people.doers(task.candidate_groups, task.assignee):
            try:
                self._runtime.complete(task.id, self._fill_in(task, values, actor), actor)
            except NotAllowed as problem:
                refused = problem
            else:
                self._done(action, occasion)
                return
        groups = ", ".join(task.candidate_groups)
        raise Mismatch(
            f"{task.element}: nobody of {groups} may complete it ({refused})",
            f"{self.named(task.element, task.calls)}:{groups} 里没有人可以办理"
            f"({refused.message_zh if refused else '没有候选组'})",
        )

    def _fill_in(self, task: OpenTask, values: Variables, actor: Actor) -> dict[str, Value]:
        view = self.view(task)
        if view.schema is None:
            return dict(values)
        now = self.clock.now()
        return fill_in(
            task.element,
            view.schema,
            uploaded(self.db, view.schema, values, actor, now),
            view.context,
            now=now,
            taken=self.queries.taken,
            files=attachments.usable(self.db, actor, task.case_id),
            name=self.named(task.element, task.calls),
        )

    # -- the world around -------------------------------------------------------------------------

    def occur(self, event: WaitingEvent, payload: Variables) -> None:
        """Let a waiting event occur: the clock moves to a timer's due time, a message comes as it correlates.

        Raises:
            Mismatch: the message does not reach the case.
        """
        occasion = self._occasion(event)
        action = Action(kind=ActionKind.OCCUR, key=event.key, n=self._rank(event), values=payload)
        if event.due_at is not None:
            self.clock.advance_to(from_microseconds(event.due_at))
        elif event.signal:
            self._runtime.broadcast(event.message_name, dict(payload), actor=SYSTEM)  # the worker brings it
        else:
            # It occurs here and now: kept for those who come later, it would be an event that nobody asked for.
            taken = self._runtime.publish(
                event.message_name, event.correlation_key, dict(payload), actor=SYSTEM, ttl=timedelta(0)
            )
            if event.instance not in taken:
                raise Mismatch(
                    f"{event.element}: the message {event.message_name} did not reach the case",
                    f"{self.named(event.element, event.calls)}:消息 {event.message_name} 没有送到这个工单",
                )
        self._done(action, occasion)

    def pass_time(self, duration: timedelta) -> datetime:
        """Move the clock; gives the new now."""
        now = self.clock.advance(duration)
        self._done(Action(kind=ActionKind.PASS, duration=duration), Occasion(), "")
        return now

    def _occasion(self, event: WaitingEvent) -> Occasion:
        tasks, events = self.waits.tasks(event.case_id), self.waits.events(event.case_id)
        alone = unasked(events)
        return Occasion(
            element=event.element,
            calls=event.calls,
            gateway=event.gateway,
            host=event.host,
            unasked=not tasks and bool(alone) and alone[0] == event,
        )

    def _rank(self, one: OpenTask | WaitingEvent) -> int:
        """Which of those that wait at the same element it is, the oldest first."""
        of_case: list[OpenTask] | list[WaitingEvent]
        of_case = self.waits.tasks(one.case_id) if isinstance(one, OpenTask) else self.waits.events(one.case_id)
        return [other.id for other in of_case if other.key == one.key].index(one.id) + 1

    # -- what takes the place of connectors and calls ---------------------------------------------

    def _connect(self, connector: Connector, job: JobContext) -> Variables:
        calls = self.waits.calls(job.instance_key)
        note: Callable[..., None] = partial(self._note, ActionKind.ANSWER, job.element, calls)
        try:
            given = self._stand.job(job.element, calls)
        except Mismatch as problem:
            self._unforeseen = problem
            raise
        if given is not None:
            note(given)
            return given
        try:
            result = connector(job)
        except Exception:  # whatever it was: that the connector was asked stands in the record
            note(None)
            raise
        note(None, result)
        return result

    def _call(self, _caller: Deployed, call: CallOpened, instance_key: int) -> Variables | None:
        calls = self.waits.calls(instance_key)
        given = self._stand.call(call.element, calls)
        self._note(ActionKind.CALL, call.element, calls, given)
        return given

    def _note(
        self,
        kind: ActionKind,
        element: str,
        calls: tuple[str, ...],
        given: Variables | None,
        result: Variables | None = None,
    ) -> None:
        self._visits.append(Visit(kind=kind, element=element, calls=calls, given=given, result=result))


def _instant(value: Value) -> Value:
    """A time as scenarios write it, where no form reads it."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return value
    return value if moment is None else moment.replace(tzinfo=moment.tzinfo or SHANGHAI)


def find_start(deployed: Deployed, message: str) -> bpmn.MessageStart | None:
    """What a message begins in a process."""
    return next((s for s in deployed.definition.message_starts if s.message_name == message), None)


def unasked(events: list[WaitingEvent]) -> list[WaitingEvent]:
    """The timers that stand by themselves, the earliest first: they pass where nothing else is to be done."""
    alone = [event for event in events if event.alone and event.due_at is not None]
    return sorted(alone, key=lambda event: (event.due_at, event.element))
