"""A process that dies between any two writes of a step leaves nothing of the step behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from engine.runtime.in_hand import Note
from engine.runtime.jobs import JobRunner
from engine.store.database import Transaction
from engine.store.statement import Statement
from tests.engine.support import LI, Engine, consistent
from tests.unit.bpmn.drawing import Drawing, duration


class Crash(BaseException):
    """As kill -9 would be."""


@contextmanager
def crash_after(statements: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Die after so many statements of a transaction; gives the names of those that ran."""
    ran: list[str] = []
    run, run_many = Transaction.run, Transaction.run_many

    def count(statement: Statement) -> None:
        ran.append(statement.name)
        if len(ran) == statements:
            raise Crash

    def counted_run(self: Transaction, statement: Statement, params: object) -> sqlite3.Cursor:
        cursor = run(self, statement, params)  # type: ignore[arg-type]
        count(statement)
        return cursor

    def counted_run_many(self: Transaction, statement: Statement, rows: object) -> int:
        touched = run_many(self, statement, rows)  # type: ignore[arg-type]
        count(statement)
        return touched

    with monkeypatch.context() as patched:
        patched.setattr(Note, "deaths", lambda *_: None)  # no job is suspected for the deaths that it dies here
        patched.setattr(Transaction, "run", counted_run)
        patched.setattr(Transaction, "run_many", counted_run_many)
        yield ran


def case_with_everything() -> tuple[Drawing, Drawing]:
    """A user task with a timer beside it; behind it a called process, a job, a message and a register row."""
    parent = Drawing("p", returns="={order_id: order_id}").start().user("ask").end()
    parent.boundary("tm", "ask", duration("PT4H"), interrupting=False).end("end_tm").flow("tm", "end_tm")
    flags = {"propagateAllParentVariables": "true", "propagateAllChildVariables": "true"}
    parent.call("sub", "c", **flags).catch("ev", message="msg_done")
    child = Drawing("c").start().service("job").message_end("end", "msg_done", {"x": "=1"}).flow("start", "job", "end")
    return parent.flow("start", "ask", "sub", "ev", "end"), child


def prepared(engine: Engine) -> int:
    engine.deploy(*case_with_everything())
    return engine.start(order_id="SO-1")


def test_a_crash_after_any_write_of_a_completion_rolls_the_whole_step_back(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(engine)
    task, before = engine.task("ask"), engine.snapshot()
    points = 0
    while True:
        points += 1
        with crash_after(points, monkeypatch) as ran:
            try:
                engine.runtime.complete(task, {"a": "1"}, LI, submission_key="k")
            except Crash:
                assert engine.snapshot() == before, f"something was left behind after {ran[-1]}"
                continue
        break
    assert points > 6
    assert engine.kinds(int(str(before["process_instance"][0][0]))).count("user_task.completed") == 1


def test_a_crash_after_any_write_of_a_job_leaves_it_to_be_done_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(engine)
    engine.complete("ask")
    before, points = engine.snapshot(), 0
    while True:
        points += 1
        with crash_after(points, monkeypatch) as ran:
            try:
                JobRunner(engine.runtime, engine.delivered.append).run_due(50)
            except Crash:
                assert engine.snapshot() == before, f"something was left behind after {ran[-1]}"
                continue
        break
    assert points > 6
    engine.worker.drain()
    assert engine.column("SELECT DISTINCT status FROM process_instance") == ["completed"]


def test_a_crash_after_any_write_of_a_message_leaves_it_to_be_delivered_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(engine)
    engine.complete("ask")
    assert JobRunner(engine.runtime, engine.delivered.append).run_due(50) == 1
    assert engine.column("SELECT kind FROM job") == ["message"]
    before, points = engine.snapshot(), 0
    while True:
        points += 1
        with crash_after(points, monkeypatch) as ran:
            try:
                JobRunner(engine.runtime, engine.delivered.append).run_due(50)
            except Crash:
                assert engine.snapshot() == before, f"something was left behind after {ran[-1]}"
                continue
        break
    assert points > 6
    assert engine.column("SELECT DISTINCT status FROM process_instance") == ["completed"]
    assert engine.count("job") == 0
    consistent(engine)


def test_a_crash_after_any_write_of_a_timer_fires_it_once_in_the_end(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = prepared(engine)
    engine.clock.advance(timedelta(hours=4))
    before, points = engine.snapshot(), 0
    while True:
        points += 1
        with crash_after(points, monkeypatch):
            try:
                JobRunner(engine.runtime, engine.delivered.append).run_due(50)
            except Crash:
                assert engine.snapshot() == before
                continue
        break
    assert engine.kinds(key).count("timer.fired") == 1


def test_a_crash_after_any_write_of_a_start_leaves_no_instance(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.deploy(*case_with_everything())
    before = engine.snapshot()
    for point in range(1, 5):
        with crash_after(point, monkeypatch), pytest.raises(Crash):
            engine.start(order_id="SO-1")
        assert engine.snapshot() == before
