"""What is in hand is noted: a job in which the program ends is suspected, done alone, and in the end held."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from engine import bpmn, outbox
from engine.connectors import JobContext
from engine.errors import JobFailed
from engine.model import SYSTEM, FailJob, Outcome, Variables
from engine.runtime.jobs import JobRunner
from tests.engine.runtime.test_poison import works, writes_a_message
from tests.engine.support import ZHAO, Engine, consistent
from tests.unit.bpmn.drawing import Drawing, duration

#: Nothing is in hand, nobody is suspected.
CLEAN = '{"in_hand": [], "suspected": []}'


class Died(BaseException):
    """As kill -9 would be."""


class Deadly:
    """A connector that ends the program for one instance, as long as it is not mended."""

    def __init__(self, engine: Engine, others: int) -> None:
        self.engine = engine
        self.mended = False
        self.tries: list[int] = []
        engine.connectors["work"] = self
        engine.deploy(works())
        self.keys = [engine.start() for _ in range(1 + others)]
        self.key = self.keys[1] if others else self.keys[0]

    def __call__(self, context: JobContext) -> Variables:
        self.tries.append(context.instance_key)
        if context.instance_key == self.key and not self.mended:
            raise Died
        return {}


def lives(engine: Engine) -> int:
    """Drain until it ends well; gives how often the program died."""
    for deaths in range(20):
        try:
            engine.worker.drain()
        except Died:
            continue
        return deaths
    raise AssertionError("it dies for ever")


def note(engine: Engine) -> str:
    path = engine.db.file
    return path.with_name(path.name + "-jobs").read_text().partition("\n")[0]


def incident(engine: Engine) -> int:
    (found,) = engine.column("SELECT id FROM incident")
    return int(str(found))


def test_a_job_that_ends_the_program_is_held_at_the_third_time_that_it_was_alone(engine: Engine) -> None:
    deadly = Deadly(engine, others=9)
    assert lives(engine) == 4, "once with the others, three times alone"
    assert deadly.tries.count(deadly.key) == 4
    assert len(engine.tasks(element="after")) == 9
    assert engine.column("SELECT kind || ' ' || instance FROM incident") == [f"job {deadly.key}"]
    assert "has ended 3 times" in str(engine.column("SELECT message FROM incident"))
    consistent(engine)
    engine.clock.advance(timedelta(days=1))
    assert engine.worker.drain() == 0
    assert note(engine) == CLEAN


def test_the_others_are_done_before_it_is_tried_again(engine: Engine) -> None:
    deadly = Deadly(engine, others=9)
    for done in (0, 1, 9, 9):
        with pytest.raises(Died):
            engine.worker.drain()
        assert len(engine.tasks(element="after")) == done
    last = engine.start()
    assert engine.worker.drain() == 2
    assert deadly.tries[-1] == last


def test_what_comes_later_does_not_wait_for_it(engine: Engine) -> None:
    deadly = Deadly(engine, others=0)
    with pytest.raises(Died):
        engine.worker.drain()
    later = engine.start()
    with pytest.raises(Died):
        engine.worker.drain()
    assert deadly.tries == [deadly.key, later, deadly.key]
    assert len(engine.tasks(element="after", instance=later)) == 1


def test_a_resolved_incident_is_tried_again_as_if_nothing_had_been(engine: Engine) -> None:
    deadly = Deadly(engine, others=3)
    lives(engine)
    engine.runtime.resolve_incident(incident(engine), ZHAO)
    assert lives(engine) == 3, "alone from the beginning: nothing else is due"
    assert engine.count("incident") == 1
    deadly.mended = True
    engine.runtime.resolve_incident(incident(engine), ZHAO)
    assert engine.worker.drain() == 1
    assert len(engine.tasks(element="after")) == 4
    consistent(engine)


def test_who_resolves_it_before_anybody_has_looked_again_has_it_tried_again(engine: Engine) -> None:
    Deadly(engine, others=0)
    runner = JobRunner(engine.runtime, engine.delivered.append)
    for _ in range(3):
        with pytest.raises(Died):
            runner.run_due(1)
    assert runner.run_due(1) == 1
    engine.clock.advance(timedelta(seconds=1))
    engine.runtime.resolve_incident(incident(engine), ZHAO)
    with pytest.raises(Died):
        runner.run_due(1)


def test_a_suspect_behind_those_that_were_looked_at_stays_one(engine: Engine) -> None:
    deadly = Deadly(engine, others=2)
    with pytest.raises(Died):
        engine.worker.drain()
    runner = JobRunner(engine.runtime, engine.delivered.append)
    assert runner.run_due(1) == 1
    with pytest.raises(Died):
        runner.run_due(2)
    assert deadly.tries == [*deadly.keys[:2], deadly.keys[0], deadly.keys[1]]
    assert lives(engine) == 2, "alone already, when it died for the second time"


def test_who_dies_by_something_else_twice_leaves_no_suspicion_behind(engine: Engine) -> None:
    deadly = Deadly(engine, others=4)
    for _ in range(3):
        with pytest.raises(Died):
            engine.worker.drain()
    deadly.mended = True
    assert engine.worker.drain() == 1
    assert note(engine) == CLEAN
    assert engine.count("incident") == 0
    assert len(engine.tasks(element="after")) == 5


@pytest.mark.parametrize("others", [0, 5])
def test_a_suspect_that_only_fails_is_put_off_like_any_other(engine: Engine, others: int) -> None:
    deadly = Deadly(engine, others)
    with pytest.raises(Died):
        engine.worker.drain()

    def fails(context: JobContext) -> Variables:
        if context.instance_key == deadly.key:
            raise JobFailed("down")
        return {}

    engine.connectors["work"] = fails
    assert engine.worker.drain() == 1 + others
    assert engine.column("SELECT attempts || ' ' || retries_left FROM job") == ["1 2"]
    assert note(engine) == CLEAN


def test_a_timer_whose_step_ends_the_program_is_held(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.deploy(Drawing("p").start().catch("wait", duration("PT1H")).end().flow("start", "wait", "end"))
    bad, good = engine.start(), engine.start()
    engine.clock.advance(timedelta(hours=1))
    step = bpmn.step

    def deadly(definition: object, state: object, *arguments: object) -> Outcome:
        if state.key == bad:  # type: ignore[attr-defined]
            raise Died
        return step(definition, state, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(bpmn, "step", deadly)
        assert lives(engine) == 4
    assert engine.column("SELECT status FROM process_instance ORDER BY key") == ["active", "completed"]
    engine.runtime.resolve_incident(incident(engine), ZHAO)
    engine.worker.drain()
    assert engine.column("SELECT status FROM process_instance WHERE key = :key", key=good) == ["completed"]
    assert engine.count("incident") == 0


def test_who_dies_when_the_instance_is_told_of_a_failure_is_counted_too(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadly = Deadly(engine, others=3)

    def fails(context: JobContext) -> Variables:
        if context.instance_key == deadly.key:
            raise JobFailed("down")
        return {}

    engine.connectors["work"] = fails
    step = bpmn.step

    def deaf(definition: object, state: object, command: object, facts: object) -> Outcome:
        if isinstance(command, FailJob):
            raise Died
        return step(definition, state, command, facts)  # type: ignore[arg-type]

    monkeypatch.setattr(bpmn, "step", deaf)
    assert lives(engine) == 3, "nobody else was in hand"
    assert engine.column("SELECT instance FROM incident") == [deadly.key]
    assert len(engine.tasks(element="after")) == 3


def test_a_suspect_that_is_cancelled_is_forgotten(engine: Engine) -> None:
    deadly = Deadly(engine, others=0)
    with pytest.raises(Died):
        engine.worker.drain()
    engine.runtime.cancel(deadly.key, "不再需要", ZHAO)
    deadly.mended = True
    engine.start()
    assert engine.worker.drain() == 1
    assert note(engine) == CLEAN


@pytest.mark.parametrize("meanwhile", ["over", "suspended", "cancelled"])
def test_a_suspect_that_is_not_due_any_more_when_its_turn_comes_is_passed_over(engine: Engine, meanwhile: str) -> None:
    """Something happens to it between the batch and its turn."""
    drawing = Drawing("p").start().service("call").end().boundary("stop", "call", message="msg_stop").end("end_stop")
    engine.deploy(drawing.flow("start", "call", "end").flow("stop", "end_stop"))
    key = engine.start(order_id="SO-1")
    tries: list[int] = []

    def dies(context: JobContext) -> Variables:
        tries.append(context.job_id)
        raise Died

    engine.connectors["work"] = dies
    with pytest.raises(Died):
        engine.worker.drain()
    runner = engine.worker._runner
    run_suspect = runner._run_suspect
    happens = {
        "over": lambda: engine.runtime.publish("msg_stop", "SO-1", {}, actor=SYSTEM),
        "suspended": lambda: engine.runtime.suspend(str(key), ZHAO, reason="暂缓"),
        "cancelled": lambda: engine.runtime.cancel(key, "不再需要", ZHAO),
    }

    def after_that(*arguments: object) -> None:
        happens[meanwhile]()
        run_suspect(*arguments)  # type: ignore[arg-type]

    runner._run_suspect = after_that  # type: ignore[method-assign]
    assert runner.run_due(50) == 1
    assert len(tries) == 1
    assert engine.count("incident") == 0
    consistent(engine)


def test_a_stop_between_two_suspects_leaves_the_others_for_later(engine: Engine) -> None:
    deadly = Deadly(engine, others=4)
    with pytest.raises(Died):
        engine.worker.drain()
    deadly.mended = True
    begun = len(deadly.tries)
    runner = JobRunner(engine.runtime, engine.delivered.append, stopping=lambda: len(deadly.tries) == begun + 2)
    assert runner.run_due(50) == 2
    assert engine.count("job") == 3
    assert engine.worker.drain() == 3


# --- the note itself -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "found", [b"", b"\x00" * 100, b"{}\n", b'{"in_hand": [[1', b'{"in_hand": 3, "suspected": []}\n']
)
def test_a_note_that_cannot_be_read_is_as_good_as_none(engine: Engine, found: bytes) -> None:
    path = engine.db.file
    path.with_name(path.name + "-jobs").write_bytes(found)
    engine.deploy(works())
    engine.start()
    assert engine.worker.drain() == 1
    assert note(engine) == CLEAN


def test_without_a_note_the_jobs_are_done_all_the_same(engine: Engine) -> None:
    path = engine.db.file
    path.with_name(path.name + "-jobs").mkdir()
    engine.deploy(works())
    engine.start()
    engine.start()
    assert engine.worker.drain() == 2
    assert len(engine.tasks(element="after")) == 2


def test_only_who_runs_the_program_may_read_it(engine: Engine) -> None:
    engine.worker.drain()
    path = engine.db.file
    assert path.with_name(path.name + "-jobs").stat().st_mode & 0o777 == 0o600


def test_a_job_alone_is_noted_twice_and_costs_no_commit_more(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.deploy(works())
    engine.start()
    begun, noted = [], []
    begin, pwrite = type(engine.db).begin, os.pwrite
    monkeypatch.setattr(type(engine.db), "begin", lambda self: begun.append(1) or begin(self))
    monkeypatch.setattr(os, "pwrite", lambda *given: noted.append(1) or pwrite(*given))
    runner = JobRunner(engine.runtime, engine.delivered.append)
    assert runner.run_due(50) == 1
    assert (len(begun), len(noted)) == (1, 2)


# --- messages on their way out ---------------------------------------------------------------------


def test_a_message_that_ends_the_program_is_held_in_the_end_and_keeps_no_other(engine: Engine) -> None:
    engine.connectors["work"] = writes_a_message
    engine.deploy(works())
    keys = [engine.start() for _ in range(5)]
    left: list[int] = []
    mended: list[bool] = []

    def deliver(message: outbox.Message) -> None:
        if message.instance == keys[1] and not mended:
            raise Died
        left.append(message.instance)

    engine.worker._runner = JobRunner(engine.runtime, deliver, jitter=lambda: 0.0)
    deaths = 0
    for _ in range(30):
        try:
            engine.worker.drain()
        except Died:
            deaths += 1
        if deaths == 3:
            assert sorted(left) == [keys[0], *keys[2:]], "two minutes after the first death"
        engine.clock.advance(timedelta(minutes=1))
    assert sorted(left) == [keys[0], *keys[2:]]
    assert deaths == 9
    assert engine.column("SELECT kind || ' ' || instance FROM incident") == [f"delivery {keys[1]}"]
    assert "program has ended" in str(engine.column("SELECT message FROM incident"))
    mended.append(True)
    engine.runtime.resolve_incident(incident(engine), ZHAO)
    engine.worker.drain()
    assert left[-1] == keys[1]
    assert engine.count("job") == 0
    consistent(engine)
