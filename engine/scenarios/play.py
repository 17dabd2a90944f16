"""Plays one scenario: decides what happens next as the scenario says, until the case has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from engine import canonical
from engine.clock import VirtualClock
from engine.definitions import Deployed
from engine.errors import EngineError
from engine.model import InstanceStatus, Variables
from engine.scenarios.performer import MAX_ACTIONS, Performer, unasked
from engine.scenarios.problem import Mismatch
from engine.scenarios.result import Result
from engine.scenarios.scenario import Occurrence, Scenario, Turn
from engine.scenarios.script import Script
from engine.scenarios.trace import read_path, read_taken
from engine.scenarios.verdict import check_outcome
from engine.scenarios.waits import OpenTask, WaitingEvent, Waits
from engine.store.database import Database

_One = TypeVar("_One", OpenTask, WaitingEvent)


class Play:
    """One run of one scenario."""

    def __init__(
        self, scenario: Scenario, db: Database, clock: VirtualClock, *, known: dict[int, Deployed] | None = None
    ) -> None:
        self._scenario = scenario
        self._script = Script(scenario)
        self._db = db
        self._performer = Performer(db, clock, scenario.process, self, known=known)
        self._definitions = self._performer.definitions
        self._waits: Waits = self._performer.waits
        self._turns = list(scenario.order or ())

    def run(self) -> Result:
        """Play it to its end and compare."""
        key: int | None = None
        problem: Mismatch | None = None
        try:
            key = self._performer.start(self._scenario.start, self._scenario.start_message)
            self._go_on(key)
        except Mismatch as found:
            problem = found
        except EngineError as found:
            problem = Mismatch(f"{type(found).__name__}: {found}", found.message_zh)
        return self._result(key, problem)

    def _result(self, key: int | None, problem: Mismatch | None) -> Result:
        problem_zh = "工单没有发起。" if problem is None else problem.zh
        result = Result(
            no=self._scenario.no,
            title=self._scenario.title,
            end=None,
            path=(),
            variables={},
            problem="the case was not started" if problem is None else problem.en,
            problem_zh=problem_zh,
            steps=tuple(self._performer.steps),
        )
        if key is None:
            return result
        row = self._waits.instance(key)
        result = replace(
            result,
            end=row.end_state,
            path=read_path(self._db, self._definitions.get(row.definition), key),
            variables=canonical.decode(row.variables),
            taken=read_taken(self._db, self._definitions, row.case_id),
        )
        if problem is None:
            problem = check_outcome(self._scenario, result, self._unused(), self._performer.named)
        return replace(
            result,
            problem=None if problem is None else problem.en,
            problem_zh=None if problem is None else problem.zh,
        )

    def _unused(self) -> list[str]:
        return self._script.unused() + [f"order.{turn}" for turn in self._turns]

    # -- going on ---------------------------------------------------------------------------------

    def _go_on(self, key: int) -> None:
        for _ in range(MAX_ACTIONS):
            self._settle(key)
            if self._waits.instance(key).status != InstanceStatus.ACTIVE:
                return
            if self._scenario.order is None:
                self._act(key)
            else:
                self._take_turn(key)
        raise Mismatch(
            f"the case goes in circles: {MAX_ACTIONS} actions did not end it",
            f"工单在兜圈子:做了 {MAX_ACTIONS} 步仍没有结束",
        )

    def _settle(self, key: int) -> None:
        """Let the worker do all that is due; what failed ends the scenario."""
        trouble = self._performer.settle(key)
        if trouble is not None:
            raise Mismatch(trouble.en, trouble.zh)

    def _act(self, key: int) -> None:
        case_id = self._waits.instance(key).case_id
        tasks, events = self._waits.tasks(case_id), self._waits.events(case_id)
        if any(self._do(task) for task in tasks) or self._choose(events):
            return
        # A single timer that the scenario does not mention passes by itself, the earliest first.
        alone = unasked(events)
        if alone and not tasks:
            self._performer.occur(alone[0], {})
            return
        self._at_a_loss(tasks, events)

    def _at_a_loss(self, tasks: list[OpenTask], events: list[WaitingEvent]) -> None:
        waiting = [event for event in events if not event.boundary]
        waits = [f"user task {t.element}" for t in tasks] + [f"event {e.element}" for e in waiting]
        places = [(one.element, one.calls) for one in tasks] + [(one.element, one.calls) for one in waiting]
        named = [self._performer.named(element, calls) for element, calls in places]
        raise Mismatch(
            f"the case waits at {', '.join(waits) or 'nothing'}; the scenario does not say what happens there",
            f"工单停在{'、'.join(named) or '没有等待的地方'},场景没有写这里发生什么",
        )

    def _do(self, task: OpenTask) -> bool:
        """Let its boundary events occur, then complete it; False: the scenario says nothing of it."""
        fire = self._script.key("fire", task.element, task.calls)
        if fire is not None and self._script.visit("fire", fire) == 0:
            return self._fire(task, fire)
        do = self._script.key("do", task.element, task.calls)
        if do is None:
            return False
        self._complete(task, do)
        return True

    def _complete(self, task: OpenTask, do: str) -> None:
        values = self._script.take("do", do, self._scenario.do[do])
        if values is None:
            raise Mismatch(
                f"{task.element} is visited more often than `do.{do}` has values",
                f"{self._performer.named(task.element, task.calls)}来到的次数比 do.{do} 里写的多,请补一项",
            )
        self._performer.complete(task, values)

    def _fire(self, task: OpenTask, key: str) -> bool:
        for occurrence in self._scenario.fire[key]:
            event = next(
                (e for e in self._waits.events(task.case_id) if e.boundary and self._is(e, occurrence, task)), None
            )
            if event is None:
                raise Mismatch(
                    f"{task.element}: the boundary event {occurrence.element} does not wait there",
                    f"{self._performer.named(task.element, task.calls)}上没有在等的边界事件 {occurrence.element}",
                )
            before = {waiting.id for waiting in self._waits.tasks(task.case_id)}
            self._performer.occur(event, occurrence.payload)
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

    def _choose(self, events: list[WaitingEvent]) -> bool:
        """Let the event of a gateway occur, or a single one, that the scenario names; False: it names none."""
        for event in (e for e in events if not e.boundary):
            key = self._script.key("events", event.gateway or event.element, event.calls)
            if key is None:
                continue
            chosen = self._script.take("events", key, self._scenario.events[key])
            if chosen is None:
                raise Mismatch(
                    f"{key} is visited more often than `events.{key}` says what occurs",
                    f"{key} 来到的次数比 events.{key} 里写的多,请补一项",
                )
            found = next((e for e in events if e.element == chosen.element and e.instance == event.instance), None)
            if found is None:
                raise Mismatch(
                    f"{key}: the event {chosen.element} does not wait there",
                    f"{key}:事件 {chosen.element} 没有在那里等",
                )
            self._performer.occur(found, chosen.payload)
            return True
        return False

    # -- in the order that the scenario says ------------------------------------------------------

    def _take_turn(self, key: int) -> None:
        case_id = self._waits.instance(key).case_id
        tasks, events = self._waits.tasks(case_id), self._waits.events(case_id)
        if not self._turns:
            self._at_a_loss(tasks, events)
        turn = self._turns.pop(0)
        if not turn.key:
            self._performer.pass_time(turn.duration)
            return
        at_tasks, at_events = _meant(turn, tasks), _meant(turn, events)
        if len(at_tasks) >= turn.n:
            self._turn_to(at_tasks[turn.n - 1])
        elif len(at_events) >= turn.n:
            self._performer.occur(at_events[turn.n - 1], turn.payload)
        else:
            raise Mismatch(f"order: {turn} does not wait when it is its turn", f"order:轮到 {turn} 时,它并没有在等待")

    def _turn_to(self, task: OpenTask) -> None:
        do = self._script.key("do", task.element, task.calls)
        if do is None:
            raise Mismatch(
                f"order: {task.element} has no values in `do`",
                f"order:{self._performer.named(task.element, task.calls)}在 do 里没有填写内容",
            )
        self._complete(task, do)

    # -- what takes the place of connectors and calls ---------------------------------------------

    def job(self, element: str, calls: tuple[str, ...]) -> Variables | None:
        """What the scenario says that a job gives; None: its connector works."""
        key = self._script.key("svc", element, calls)
        if key is None or self._script.passes("svc", key, self._scenario.svc[key]):
            return None
        given = self._script.take("svc", key, self._scenario.svc[key])
        if given is None:
            raise Mismatch(
                f"{element} is visited more often than `svc.{key}` has results",
                f"{self._performer.named(element, calls)}来到的次数比 svc.{key} 里写的多,请补一项",
            )
        return given

    def call(self, element: str, calls: tuple[str, ...]) -> Variables | None:
        """With what the scenario says that a call ends; None: it is run for real."""
        key = self._script.key("calls", element, calls)
        if key is None or (key == element and calls and self._is_under_test(element)):
            return None
        if self._script.passes("calls", key, self._scenario.calls[key]):
            return None
        given = self._script.take("calls", key, self._scenario.calls[key])
        if given is None:
            raise Mismatch(
                f"{element} is visited more often than `calls.{key}` has results",
                f"{self._performer.named(element, calls)}来到的次数比 calls.{key} 里写的多,请补一项",
            )
        return given

    def _is_under_test(self, element: str) -> bool:
        """Whether the process under test has it: its bare id then does not mean one of a called process."""
        return element in self._performer.deployed.definition.elements


def _meant(turn: Turn, waiting: Sequence[_One]) -> list[_One]:
    """What a turn means: what has its id, else what has as much of the way to it as is said."""
    exact = [one for one in waiting if one.key == turn.key]
    return exact or [one for one in waiting if one.key.endswith(f"/{turn.key}")]
