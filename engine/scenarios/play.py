"""Plays one scenario: the real runtime and worker, with a person for every group and a clock that is moved by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from engine import attachments, canonical
from engine.clock import VirtualClock, from_microseconds
from engine.connectors import CONNECTORS, Connector, JobContext
from engine.definitions import Definitions, Deployed
from engine.errors import EngineError, NotAllowed
from engine.model import SYSTEM, Actor, CallOpened, InstanceStatus, Value, Variables
from engine.queries import Queries
from engine.runtime import Runtime
from engine.scenarios import people
from engine.scenarios.forms import fill_in, fill_in_start, uploaded
from engine.scenarios.problem import Mismatch
from engine.scenarios.result import Result
from engine.scenarios.scenario import Occurrence, Scenario
from engine.scenarios.script import Script
from engine.scenarios.trace import read_path, read_taken
from engine.scenarios.verdict import check_outcome
from engine.scenarios.waits import OpenTask, WaitingEvent, Waits
from engine.store.database import Database
from engine.worker import Worker

#: A scenario that does more goes in circles.
MAX_ACTIONS: Final = 500


class Play:
    """One run of one scenario."""

    def __init__(self, scenario: Scenario, db: Database, clock: VirtualClock) -> None:
        self._scenario = scenario
        self._script = Script(scenario)
        self._db = db
        self._clock = clock
        self._definitions = Definitions(db, clock)
        connectors = {kind: partial(self._connect, connector) for kind, connector in CONNECTORS.items()}
        self._runtime = Runtime(db, clock, self._definitions, connectors, calls=self._call)
        self._worker = Worker(self._runtime, deliver=lambda _message: None, looks=())
        self._queries = Queries(db, self._definitions, clock)
        self._waits = Waits(db, self._definitions)

    def run(self) -> Result:
        """Play it to its end and compare."""
        key: int | None = None
        problem: str | None = None
        try:
            key = self._start()
            self._go_on(key)
        except Mismatch as found:
            problem = str(found)
        except EngineError as found:
            problem = f"{type(found).__name__}: {found}"
        return self._result(key, problem)

    def _result(self, key: int | None, problem: str | None) -> Result:
        empty = Result(
            no=self._scenario.no,
            title=self._scenario.title,
            end=None,
            path=(),
            variables={},
            problem=problem or "the case was not started",
        )
        if key is None:
            return empty
        row = self._waits.instance(key)
        result = replace(
            empty,
            end=row.end_state,
            path=read_path(self._db, self._definitions.get(row.definition), key),
            variables=canonical.decode(row.variables),
            taken=read_taken(self._db, self._definitions, row.case_id),
            problem=problem,
        )
        if problem is not None:
            return result
        return replace(result, problem=check_outcome(self._scenario, result, self._script.unused()))

    # -- starting ---------------------------------------------------------------------------------

    def _start(self) -> int:
        deployed = self._definitions.latest(self._scenario.process)
        message = self._scenario.start_message
        actor = people.starter(deployed) if message is None else SYSTEM
        variables = self._start_variables(deployed, actor)
        if message is not None:
            return self._start_by_message(deployed, message, variables)
        return self._runtime.start(deployed.process_id, variables, actor).instance_key

    def _start_variables(self, deployed: Deployed, actor: Actor) -> dict[str, Value]:
        now = self._clock.now()
        given = uploaded(self._db, deployed.start_schema, self._scenario.start, actor, now)
        context = {**given, **self._queries.shop_context(given)}
        return fill_in_start(
            deployed.start_schema,
            given,
            context=context,
            now=now,
            taken=self._queries.taken,
            files=attachments.usable(self._db, actor),
        )

    def _start_by_message(self, deployed: Deployed, message: str, payload: Variables) -> int:
        start = next((s for s in deployed.definition.message_starts if s.message_name == message), None)
        if start is None:
            raise Mismatch(f"start: {deployed.process_id} has no start event for the message {message}")
        correlation = start.correlation(payload.get) if start.correlation else payload.get("order_id")
        taken = self._runtime.publish(message, str(correlation), dict(payload), actor=SYSTEM)
        started = [key for key in taken if self._waits.instance(key).process_id == deployed.process_id]
        if len(started) != 1:
            raise Mismatch(f"start: the message {message} started {len(started)} cases of {deployed.process_id}")
        return started[0]

    # -- going on ---------------------------------------------------------------------------------

    def _go_on(self, key: int) -> None:
        for _ in range(MAX_ACTIONS):
            self._settle(key)
            if self._waits.instance(key).status != InstanceStatus.ACTIVE:
                return
            self._act(key)
        raise Mismatch(f"the case goes in circles: {MAX_ACTIONS} actions did not end it")

    def _settle(self, key: int) -> None:
        """Let the worker do all that is due; what failed ends the scenario."""
        self._worker.drain()
        trouble = self._waits.trouble(self._waits.instance(key).case_id)
        if trouble is not None:
            raise Mismatch(trouble)

    def _act(self, key: int) -> None:
        case_id = self._waits.instance(key).case_id
        tasks, events = self._waits.tasks(case_id), self._waits.events(case_id)
        if any(self._do(task) for task in tasks) or self._choose(events):
            return
        # A single timer that the scenario does not mention passes by itself, the earliest first.
        alone = sorted((e for e in events if e.alone and e.due_at is not None), key=lambda e: (e.due_at, e.element))
        if alone and not tasks:
            self._occur(alone[0], Occurrence(alone[0].element))
            return
        waits = [f"user task {t.element}" for t in tasks] + [f"event {e.element}" for e in events if not e.boundary]
        raise Mismatch(
            f"the case waits at {', '.join(waits) or 'nothing'}; the scenario does not say what happens there"
        )

    def _do(self, task: OpenTask) -> bool:
        """Let its boundary events occur, then complete it; False: the scenario says nothing of it."""
        fire = self._script.key("fire", task.element, task.calls)
        if fire is not None and self._script.visit("fire", fire) == 0:
            return self._fire(task, fire)
        do = self._script.key("do", task.element, task.calls)
        if do is None:
            return False
        values = self._script.take("do", do, self._scenario.do[do])
        if values is None:
            raise Mismatch(f"{task.element} is visited more often than `do.{do}` has values")
        self._complete(task, values)
        return True

    def _fire(self, task: OpenTask, key: str) -> bool:
        for occurrence in self._scenario.fire[key]:
            event = next(
                (e for e in self._waits.events(task.case_id) if e.boundary and self._is(e, occurrence, task)), None
            )
            if event is None:
                raise Mismatch(f"{task.element}: the boundary event {occurrence.element} does not wait there")
            before = {waiting.id for waiting in self._waits.tasks(task.case_id)}
            self._occur(event, occurrence)
            self._settle(task.instance)
            self._walk_aside(task, before)
        do = self._script.key("do", task.element, task.calls)
        if do is not None and task.id not in {waiting.id for waiting in self._waits.tasks(task.case_id)}:
            self._script.pass_by("do", do, self._scenario.do[do])
        return True

    def _walk_aside(self, host: OpenTask, before: set[int]) -> None:
        """Do the tasks that an event opened beside its host, which stays open, to their end."""
        while True:
            tasks = self._waits.tasks(host.case_id)
            new = [task for task in tasks if task.id not in before]
            if host.id not in {task.id for task in tasks} or not any(map(self._do, new)):
                return
            self._settle(host.instance)

    @staticmethod
    def _is(event: WaitingEvent, occurrence: Occurrence, task: OpenTask) -> bool:
        return event.element == occurrence.element and event.instance == task.instance

    def _complete(self, task: OpenTask, values: Variables) -> None:
        refused: NotAllowed | None = None
        for actor in people.doers(task.candidate_groups):
            try:
                self._runtime.complete(task.id, self._fill_in(task, values, actor), actor)
            except NotAllowed as problem:
                refused = problem
            else:
                return
        raise Mismatch(f"{task.element}: nobody of {', '.join(task.candidate_groups)} may complete it ({refused})")

    def _fill_in(self, task: OpenTask, values: Variables, actor: Actor) -> dict[str, Value]:
        view = self._queries.task(task.id, SYSTEM)
        if view.schema is None:
            return dict(values)
        now = self._clock.now()
        return fill_in(
            task.element,
            view.schema,
            uploaded(self._db, view.schema, values, actor, now),
            view.context,
            now=now,
            taken=self._queries.taken,
            files=attachments.usable(self._db, actor, task.case_id),
        )

    def _choose(self, events: list[WaitingEvent]) -> bool:
        """Let the event of a gateway occur, or a single one, that the scenario names; False: it names none."""
        for event in (e for e in events if not e.boundary):
            key = self._script.key("events", event.gateway or event.element, event.calls)
            if key is None:
                continue
            chosen = self._script.take("events", key, self._scenario.events[key])
            if chosen is None:
                raise Mismatch(f"{key} is visited more often than `events.{key}` says what occurs")
            found = next((e for e in events if e.element == chosen.element and e.instance == event.instance), None)
            if found is None:
                raise Mismatch(f"{key}: the event {chosen.element} does not wait there")
            self._occur(found, chosen)
            return True
        return False

    def _occur(self, event: WaitingEvent, occurrence: Occurrence) -> None:
        if event.due_at is not None:
            self._clock.advance_to(from_microseconds(event.due_at))
            return
        payload = dict(occurrence.payload)
        if event.signal:
            self._runtime.broadcast(event.message_name, payload, actor=SYSTEM)  # the worker brings it
            return
        # It occurs here and now: kept for those who come later, it would be an event that the scenario does not say.
        taken = self._runtime.publish(
            event.message_name, event.correlation_key, payload, actor=SYSTEM, ttl=timedelta(0)
        )
        if event.instance not in taken:
            raise Mismatch(f"{event.element}: the message {event.message_name} did not reach the case")

    # -- what takes the place of connectors and calls ---------------------------------------------

    def _connect(self, connector: Connector, job: JobContext) -> Variables:
        key = self._script.key("svc", job.element, self._waits.calls(job.instance_key))
        if key is None:
            return connector(job)
        given = self._script.take("svc", key, self._scenario.svc[key])
        if given is None:
            raise Mismatch(f"{job.element} is visited more often than `svc.{key}` has results")
        return given

    def _call(self, _caller: Deployed, call: CallOpened, instance_key: int) -> Variables | None:
        element, calls = call.element, self._waits.calls(instance_key)
        key = self._script.key("calls", element, calls)
        if key is None or (key == element and calls and self._is_under_test(element)):
            return None
        given = self._script.take("calls", key, self._scenario.calls[key])
        if given is None:
            raise Mismatch(f"{element} is visited more often than `calls.{key}` has results")
        return given

    def _is_under_test(self, element: str) -> bool:
        """Whether the process under test has it: its bare id then does not mean one of a called process."""
        return element in self._definitions.latest(self._scenario.process).definition.elements
