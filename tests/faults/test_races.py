"""Fifty people press the same button at once: one succeeds, the others hear why not, and nobody hears anything else."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from engine.clock import VirtualClock
from engine.errors import DuplicateSubmission, EngineError, NotAllowed, TaskNotOpen
from engine.model import SYSTEM, Actor
from engine.store.database import Database
from tests.conftest import FRIDAY_9AM
from tests.engine.support import Engine
from tests.faults.invariants import unlike_their_commands, violations
from tests.unit.bpmn.drawing import Drawing

CROWD = 50
PEOPLE = [Actor(id=f"p{number}", groups=frozenset({"aftersales"})) for number in range(CROWD)]


@pytest.fixture
def engine(db: Database) -> Engine:
    engine = Engine(db, VirtualClock(FRIDAY_9AM))
    drawing = Drawing("p").start().user("ask").service("job").user("after").end()
    engine.deploy(drawing.flow("start", "ask", "job", "after", "end"))
    return engine


def at_once(commands: Sequence[Callable[[], object]]) -> list[object]:
    """What each command gave, or the error of the engine that it met; every other error is raised."""
    gate = threading.Barrier(len(commands))

    def run(command: Callable[[], object]) -> object:
        gate.wait(60)
        try:
            return command()
        except EngineError as refused:
            return refused

    with ThreadPoolExecutor(len(commands)) as crowd:
        return list(crowd.map(run, commands))


def kinds(answers: Sequence[object]) -> Counter[str]:
    return Counter(answer.code if isinstance(answer, EngineError) else "done" for answer in answers)


@pytest.mark.parametrize("round_number", range(3))
def test_a_task_is_completed_once_and_only_its_own_submission_may_be_repeated(
    engine: Engine, round_number: int
) -> None:
    """Ten submissions of five people, each sent five times: two of each person, so no key tells whose it is."""
    key = engine.start()
    task = engine.task("ask")
    submissions = [(PEOPLE[number % 5], f"key-{number % 10 // 5}") for number in range(CROWD)]
    complete = engine.runtime.complete
    answers = at_once(
        [partial(complete, task, {"by": actor.id}, actor, submission_key=its_key) for actor, its_key in submissions]
    )
    (winner,) = engine.column("SELECT completed_by || ' ' || submission_key FROM user_task WHERE id = :id", id=task)
    for (actor, its_key), answer in zip(submissions, answers, strict=True):
        assert (answer is None) == (f"{actor.id} {its_key}" == winner), answer
    assert kinds(answers) == {"done": 5, "duplicate_submission": 45}
    assert engine.kinds(key).count("user_task.completed") == 1
    assert engine.count("job") == 1
    assert not violations(engine.db, answered=[task]) + unlike_their_commands(engine.db, [str(key)])


def test_without_keys_one_of_fifty_completes(engine: Engine) -> None:
    key = engine.start()
    task = engine.task("ask")
    answers = at_once([partial(engine.runtime.complete, task, {}, actor) for actor in PEOPLE])
    assert kinds(answers) == {"done": 1, "duplicate_submission": CROWD - 1}
    assert engine.kinds(key).count("user_task.completed") == 1
    late = at_once([partial(engine.runtime.claim, task, actor) for actor in PEOPLE])
    assert kinds(late) == {"task_not_open": CROWD}
    assert "user_task.claimed" not in engine.kinds(key)


def test_one_of_fifty_claims_and_only_they_may_complete(engine: Engine) -> None:
    key = engine.start()
    task = engine.task("ask")
    answers = at_once([partial(engine.runtime.claim, task, actor) for actor in PEOPLE])
    assert kinds(answers)["done"] == 1
    assert all(answer is None or isinstance(answer, TaskNotOpen | NotAllowed) for answer in answers)
    assert engine.kinds(key).count("user_task.claimed") == 1
    answers = at_once([partial(engine.runtime.complete, task, {}, actor) for actor in PEOPLE])
    (owner,) = engine.column("SELECT completed_by FROM user_task WHERE id = :id", id=task)
    assert [answer is None for answer in answers] == [actor.id == owner for actor in PEOPLE]
    assert not violations(engine.db, answered=[task])


def test_whoever_claims_gives_back_and_completes_at_once_hears_of_nothing_but_each_other(engine: Engine) -> None:
    keys = [engine.start() for _ in range(3)]
    tasks = engine.tasks(element="ask")
    runtime = engine.runtime
    commands: list[Callable[[], object]] = [
        (
            partial(runtime.claim, task, actor),
            partial(runtime.unclaim, task, actor),
            partial(runtime.complete, task, {}, actor, submission_key=actor.id),
            engine.worker.drain,
        )[number % 4]
        for number, actor in enumerate(PEOPLE * 2)
        for task in [tasks[number % 3]]
    ]
    refused = [answer for answer in at_once(commands) if isinstance(answer, EngineError)]
    assert {type(answer) for answer in refused} <= {TaskNotOpen, DuplicateSubmission, NotAllowed}
    for key in keys:
        said = [kind for kind in engine.kinds(key) if kind.startswith("user_task.") and kind != "user_task.created"]
        assert said.count("user_task.completed") <= 1
        assert "user_task.completed" not in said[:-1], "nobody claims what is over"
    assert not violations(engine.db) + unlike_their_commands(engine.db, map(str, keys))


def test_a_start_and_a_message_sent_fifty_times_happen_once(engine: Engine) -> None:
    def start() -> object:
        return engine.runtime.start("p", {}, SYSTEM, start_key="one").instance_key

    def publish() -> object:
        return engine.runtime.publish("msg_paid", "SO-1", {}, actor=PEOPLE[0], message_id="one")

    assert Counter(at_once([start] * CROWD)) == {1: CROWD}
    assert kinds(at_once([publish] * CROWD)) == {"done": CROWD}
    assert (engine.count("process_instance"), engine.count("message")) == (1, 1)
