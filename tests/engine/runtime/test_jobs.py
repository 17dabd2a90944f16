"""Timers fire once and never early; failing work is tried again, then becomes an incident; nothing else suffers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.connectors import BpmnError, JobContext
from engine.errors import InvalidValue, NotAllowed, NotFound, StepError
from engine.model import Variables
from engine.runtime.jobs import JobRunner
from tests.engine.support import LI, ZHAO, Engine, failing
from tests.faults.invariants import violations
from tests.unit.bpmn.drawing import Drawing, cycle, duration

SECOND = timedelta(seconds=1)


def waits(timer: str = duration("PT24H")) -> Drawing:
    return Drawing("p").start().catch("wait", timer).end().flow("start", "wait", "end")


def works() -> Drawing:
    return Drawing("p").start().service("call").user("after").end().flow("start", "call", "after", "end")


def statuses(engine: Engine) -> list[object]:
    return engine.column("SELECT status FROM process_instance ORDER BY key")


def test_a_timer_does_not_fire_a_second_early(engine: Engine) -> None:
    engine.deploy(waits())
    engine.start()
    engine.clock.advance(timedelta(hours=24) - SECOND)
    assert engine.worker.drain() == 0
    assert statuses(engine) == ["active"]


@pytest.mark.parametrize("late", [timedelta(0), SECOND, timedelta(days=400)])
def test_a_timer_fires_at_its_time_however_late_we_wake(engine: Engine, late: timedelta) -> None:
    engine.deploy(waits())
    engine.start()
    engine.clock.advance(timedelta(hours=24) + late)
    assert engine.worker.drain() == 1
    assert statuses(engine) == ["completed"]
    assert engine.worker.drain() == 0


def test_a_cycle_reminds_as_often_as_drawn(engine: Engine) -> None:
    drawing = Drawing("p").start().user("work_on_it").end()
    drawing.boundary("tm", "work_on_it", cycle("R3/PT10M"), interrupting=False).end("end_tm")
    engine.deploy(drawing.flow("start", "work_on_it", "end").flow("tm", "end_tm"))
    key = engine.start()
    for _ in range(10):
        engine.clock.advance(timedelta(minutes=10))
        engine.worker.drain()
    assert engine.kinds(key).count("timer.fired") == 3
    assert statuses(engine) == ["active"]


def test_a_batch_fires_many_timers_and_none_twice(engine: Engine) -> None:
    engine.deploy(waits())
    for _ in range(120):
        engine.start()
    engine.clock.advance(timedelta(hours=24))
    assert engine.worker.drain() == 120
    assert statuses(engine) == ["completed"] * 120


def test_the_connectors_result_becomes_variables(engine: Engine) -> None:
    engine.connectors["work"] = lambda context: {"seen": context.variables["order_id"], "by": context.element}
    engine.deploy(works())
    key = engine.start(order_id="SO-1")
    engine.worker.drain()
    (variables,) = engine.column("SELECT variables FROM process_instance WHERE key = :key", key=key)
    assert variables == b'{"by":"call","order_id":"SO-1","seen":"SO-1"}'


def test_failing_work_is_tried_again_later_and_then_goes_on(engine: Engine) -> None:
    engine.connectors["work"] = failing(2)
    engine.deploy(works())
    key = engine.start()
    assert engine.worker.drain() == 1
    assert engine.worker.drain() == 0
    engine.clock.advance(timedelta(seconds=12))
    assert engine.worker.drain() == 1
    engine.clock.advance(timedelta(seconds=36))
    assert engine.worker.drain() == 1
    assert len(engine.tasks(element="after")) == 1
    assert engine.kinds(key).count("job.failed") == 2
    assert engine.count("incident") == 0


def test_work_that_fails_for_ever_becomes_an_incident_with_its_cause(engine: Engine) -> None:
    engine.connectors["work"] = failing(99, "快递接口无响应")
    engine.deploy(works())
    key = engine.start()
    for _ in range(10):
        engine.worker.drain()
        engine.clock.advance(timedelta(hours=1))
    assert engine.kinds(key).count("job.failed") == 3
    ((message),) = engine.column("SELECT message FROM incident")
    assert "快递接口无响应" in str(message)
    assert engine.column("SELECT incidents FROM process_instance") == [1]


def test_a_resolved_incident_is_tried_afresh(engine: Engine) -> None:
    engine.connectors["work"] = failing(3)
    engine.deploy(works())
    engine.start()
    for _ in range(6):
        engine.worker.drain()
        engine.clock.advance(timedelta(hours=1))
    (incident,) = engine.column("SELECT id FROM incident")
    with pytest.raises(NotAllowed):
        engine.runtime.resolve_incident(incident, LI)  # type: ignore[arg-type]
    engine.runtime.resolve_incident(incident, ZHAO)  # type: ignore[arg-type]
    engine.worker.drain()
    assert len(engine.tasks(element="after")) == 1
    assert engine.count("incident") == 0
    assert engine.column("SELECT incidents FROM process_instance") == [0]


@pytest.mark.parametrize("problem", [RuntimeError("boom"), KeyError("x"), RecursionError(), MemoryError()])
def test_a_poisoned_job_does_not_stop_the_others(engine: Engine, problem: Exception) -> None:
    def work(context: JobContext) -> Variables:
        if context.variables.get("poison"):
            raise problem
        return {}

    engine.connectors["work"] = work
    engine.deploy(works())
    for number in range(10):
        engine.start(poison=number == 4)
    engine.worker.drain()
    assert len(engine.tasks(element="after")) == 9
    assert engine.count("job") == 1


def test_what_a_failing_connector_wrote_is_undone(engine: Engine) -> None:
    def work(context: JobContext) -> Variables:
        context.tx.connection.exec_driver_sql("INSERT INTO installation(name, value) VALUES ('written', '1')")
        raise RuntimeError("after writing")

    engine.connectors["work"] = work
    engine.deploy(works())
    for _ in range(3):
        engine.start()
    engine.worker.drain()
    assert engine.column("SELECT name FROM installation WHERE name = 'written'") == []


def test_a_missing_connector_is_an_incident_in_the_end(engine: Engine) -> None:
    engine.deploy(Drawing("p").start().service("call", "nobody_knows").end().flow("start", "call", "end"))
    engine.start()
    for _ in range(6):
        engine.worker.drain()
        engine.clock.advance(timedelta(hours=1))
    assert "nobody_knows" in str(engine.column("SELECT message FROM incident")[0])


def thrown(code: str) -> Callable[[JobContext], Variables]:
    def work(_: JobContext) -> Variables:
        raise BpmnError(code, {"why": "refused"})

    return work


def test_a_business_error_takes_the_boundary_event(engine: Engine) -> None:
    engine.connectors["work"] = thrown("REFUSED")
    drawing = Drawing("p").start().service("call").end().boundary("refused", "call", error="REFUSED").user("mend")
    engine.deploy(drawing.flow("start", "call", "end").flow("refused", "mend", "end"))
    engine.start()
    engine.worker.drain()
    assert len(engine.tasks(element="mend")) == 1


def test_a_business_error_that_nobody_catches_is_an_incident_and_loses_nothing(engine: Engine) -> None:
    engine.connectors["work"] = thrown("UNKNOWN")
    engine.deploy(works())
    engine.start()
    engine.worker.drain()
    assert engine.count("incident") == 1
    assert statuses(engine) == ["active"]


def test_a_diagram_that_runs_for_ever_is_stopped_and_held(engine: Engine) -> None:
    drawing = Drawing("p").start().service("call").gateway("again").script("spin", "=1", "x")
    engine.deploy(drawing.flow("start", "call", "again", "spin", "again"))
    engine.start()
    engine.worker.drain()
    assert "step_limit" in str(engine.column("SELECT message FROM incident")) or engine.count("incident") == 1
    assert engine.worker.drain() == 0
    assert statuses(engine) == ["active"]


def held(engine: Engine) -> int:
    """An instance whose job has failed for good; gives the incident."""
    engine.deploy(works())
    engine.start()
    for _ in range(6):
        engine.worker.drain()
        engine.clock.advance(timedelta(hours=1))
    (incident,) = engine.column("SELECT id FROM incident")
    return int(str(incident))


def test_an_incident_is_resolved_once(engine: Engine) -> None:
    engine.connectors["work"] = failing(3)
    incident = held(engine)
    engine.runtime.resolve_incident(incident, ZHAO)
    before = engine.snapshot()
    with pytest.raises(NotFound):
        engine.runtime.resolve_incident(incident, ZHAO)
    assert engine.snapshot() == before


@pytest.mark.parametrize("variables", [{"case_id": "1"}, {"x": 1.5}, {"x": object()}, {"x": Decimal("NaN")}])
def test_variables_that_cannot_be_kept_resolve_nothing(engine: Engine, variables: Variables) -> None:
    engine.connectors["work"] = failing(99)
    incident = held(engine)
    before = engine.snapshot()
    with pytest.raises((StepError, InvalidValue)):
        engine.runtime.resolve_incident(incident, ZHAO, variables)
    assert engine.snapshot() == before


def test_the_operators_variables_are_what_the_next_try_sees(engine: Engine) -> None:
    seen: list[object] = []

    def work(context: JobContext) -> Variables:
        seen.append(context.variables.get("courier"))
        raise RuntimeError("no courier")

    engine.connectors["work"] = work
    incident = held(engine)
    engine.runtime.resolve_incident(incident, ZHAO, {"courier": "圆通"})
    engine.worker.drain()
    assert seen[-2:] == [None, "圆通"]


def test_a_job_that_another_job_of_the_batch_cancels_is_not_done(engine: Engine) -> None:
    """The first case's message ends the second case's activity, whose job is due in the same batch."""
    done: list[str] = []

    def work(context: JobContext) -> Variables:
        done.append(context.element)
        return {}

    engine.connectors["work"] = work
    first = Drawing("p").start().user("go")
    first.message_end("end", "msg_stop", {"x": "=1"})
    second = Drawing("q").start().service("other").end().boundary("stop", "other", message="msg_stop").end("end_stop")
    engine.deploy(first.flow("start", "go", "end"), second.flow("start", "other", "end").flow("stop", "end_stop"))
    engine.start("p", order_id="SO-1")
    engine.start("q", order_id="SO-1")
    engine.complete("go")
    assert engine.worker.drain() == 2
    assert done == []
    assert engine.column("SELECT end_state FROM process_instance ORDER BY key") == ["end", "end_stop"]
    assert engine.count("incident") == 0
    assert violations(engine.db) == []


@pytest.mark.parametrize("done", range(4))
def test_a_stop_between_two_jobs_of_a_batch_keeps_what_is_done_and_takes_nothing_more(
    engine: Engine, done: int
) -> None:
    worked: list[int] = []

    def work(context: JobContext) -> Variables:
        worked.append(context.instance_key)
        return {}

    engine.connectors["work"] = work
    engine.deploy(works())
    keys = [engine.start() for _ in range(5)]
    runner = JobRunner(engine.runtime, engine.delivered.append, stopping=lambda: len(worked) >= done)
    assert runner.run_due(50) == done
    assert worked == keys[:done]
    assert len(engine.tasks(element="after")) == done
    assert engine.count("job") == 5 - done
    assert engine.worker.drain() == 5 - done
    assert worked == keys
