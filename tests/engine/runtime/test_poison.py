"""One poisoned job, delivery or instance holds itself and nothing else; a full disk is nobody's fault."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from engine.connectors import BpmnError, JobContext
from engine.errors import StorageUnavailable
from engine.model import Event, Variables
from engine.outbox import Message, delivery_job, write
from engine.runtime.jobs import JobRunner
from engine.store.database import Transaction
from tests.engine.support import ZHAO, Engine
from tests.unit.bpmn.drawing import Drawing, duration


def works(process_id: str = "p") -> Drawing:
    return Drawing(process_id).start().service("call").user("after").end().flow("start", "call", "after", "end")


def writes_a_message(context: JobContext) -> Variables:
    message = Message(
        id=context.job_id, instance=context.instance_key, case_id=context.case_id, element=context.element,
        audience="customer", recipient="C-1", channel=None, template="", template_hash="", text="您好",
        written_at=context.now,
    )  # fmt: skip
    write(context.tx, message)
    context.jobs.append(delivery_job(message))
    context.notes.append(Event(kind="outbox.written", element=context.element, value={"text": message.text}))
    return {}


def refuses_some(number: int) -> Callable[[Message], None]:
    def deliver(message: Message) -> None:
        if message.instance == number:
            raise ValueError("the bridge does not understand this one")

    return deliver


def drained(engine: Engine, runner: JobRunner, hours: int = 0) -> None:
    for _ in range(hours + 1):
        while runner.run_due(50):
            pass
        engine.clock.advance(timedelta(hours=1))


def test_a_delivery_that_fails_oddly_holds_neither_the_others_nor_the_worker(engine: Engine) -> None:
    engine.connectors["work"] = writes_a_message
    engine.deploy(works())
    first, *_ = [engine.start() for _ in range(5)]
    runner = JobRunner(engine.runtime, refuses_some(first))
    drained(engine, runner)
    assert engine.column("SELECT instance FROM outbox WHERE delivered_at IS NULL") == [first]
    drained(engine, runner, hours=40)
    assert engine.column("SELECT kind FROM incident") == ["delivery"]
    assert engine.column("SELECT message FROM incident")[0] == "ValueError: the bridge does not understand this one"


def test_a_message_that_vanished_is_an_incident_in_the_end_and_stops_nothing(engine: Engine) -> None:
    engine.connectors["work"] = writes_a_message
    engine.deploy(works())
    engine.start()
    runner = JobRunner(engine.runtime, lambda _: None)
    assert runner.run_due(1) == 1
    with engine.db.begin() as tx:
        tx.connection.execute(text("DELETE FROM outbox"))
    drained(engine, runner, hours=40)
    assert engine.column("SELECT kind FROM incident") == ["delivery"]


def test_whose_lease_has_ended_leaves_the_delivery_to_who_took_it(engine: Engine) -> None:
    engine.connectors["work"] = writes_a_message
    engine.deploy(works())
    engine.start()
    fast = JobRunner(engine.runtime, engine.delivered.append)
    assert fast.run_due(1) == 1

    def slow(_: Message) -> None:
        engine.clock.advance(timedelta(seconds=61))
        fast.run_due(1)
        raise OSError("timed out after all")

    JobRunner(engine.runtime, slow).run_due(1)
    assert len(engine.delivered) == 1
    assert engine.count("job") == 0
    assert engine.count("incident") == 0


def test_a_definition_that_cannot_be_read_any_more_holds_its_own_jobs_only(engine: Engine) -> None:
    engine.deploy(works("p"), works("q"))
    engine.start("p")
    engine.start("q")
    with engine.db.begin() as tx:
        broken = "UPDATE resource SET content = x'00' WHERE id = 'p'"
        tx.connection.execute(text(broken))
    fresh = Engine(engine.db, engine.clock)
    fresh.worker.drain()
    assert len(fresh.tasks(element="after")) == 1
    assert fresh.column("SELECT kind FROM incident") == ["job"]
    assert fresh.worker.drain() == 0


def test_what_holds_a_job_of_a_cancelled_case_goes_with_it(engine: Engine) -> None:
    engine.deploy(works())
    key = engine.start()
    good = engine.column("SELECT content FROM resource WHERE id = 'p'")
    with engine.db.begin() as tx:
        tx.connection.execute(text("UPDATE resource SET content = x'00' WHERE id = 'p'"))
    Engine(engine.db, engine.clock).worker.drain()
    assert engine.count("incident") == 1
    with engine.db.begin() as tx:
        tx.connection.execute(text("UPDATE resource SET content = :good WHERE id = 'p'"), {"good": good[0]})
    engine.runtime.cancel(key, "不再需要", ZHAO)
    assert (engine.count("incident"), engine.count("job")) == (0, 0)


def test_what_a_connector_wrote_before_its_business_error_leaves_the_house(engine: Engine) -> None:
    def tells_and_refuses(context: JobContext) -> Variables:
        writes_a_message(context)
        raise BpmnError("REFUSED")

    engine.connectors["work"] = tells_and_refuses
    drawing = works().boundary("refused", "call", error="REFUSED").user("mend").flow("refused", "mend", "end")
    engine.deploy(drawing)
    key = engine.start()
    engine.worker.drain()
    assert len(engine.delivered) == 1
    assert "outbox.written" in engine.kinds(key)


def test_a_resolved_incident_waits_no_longer_than_the_first_failure(engine: Engine) -> None:
    def fails(_: JobContext) -> Variables:
        raise OSError("down")

    engine.connectors["work"] = fails
    engine.deploy(works())
    engine.start()
    drained(engine, JobRunner(engine.runtime, engine.delivered.append), hours=3)
    (incident,) = engine.column("SELECT id FROM incident")
    engine.runtime.resolve_incident(int(str(incident)), ZHAO)
    assert engine.worker.drain() == 1
    engine.clock.advance(timedelta(seconds=12))
    assert engine.worker.drain() == 1


@pytest.mark.parametrize("others", [0, 3])
def test_a_full_disk_makes_no_incident_of_a_timer(engine: Engine, monkeypatch: pytest.MonkeyPatch, others: int) -> None:
    engine.deploy(Drawing("p").start().catch("wait", duration("PT24H")).end().flow("start", "wait", "end"))
    for _ in range(1 + others):
        engine.start()
    engine.clock.advance(timedelta(hours=24))
    before = engine.snapshot()

    def full(*_: object) -> int:
        problem = sqlite3.OperationalError("database or disk is full")
        problem.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise problem

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "run_many", full)
        with pytest.raises(StorageUnavailable):
            engine.worker.drain()
    assert engine.snapshot() == before
    assert engine.worker.drain() == 1 + others
    assert engine.column("SELECT DISTINCT status FROM process_instance") == ["completed"]
