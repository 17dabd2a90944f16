"""An operator's repairs: each does what it says, stands in the history with who and why, and re-executes."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from engine import canonical
from engine.errors import EngineError, InvalidValue, NotAllowed, NotFound, StepError, TaskNotOpen, UncaughtError
from engine.model import ID_BASE, SYSTEM, Value
from engine.queries import Queries
from engine.runtime import MAX_REPAIRS, Repair, repair_many, typed_value
from engine.store.tables import history_event
from engine.store.writes import HELD
from tests.engine.support import LI, ZHAO, Engine, consistent, failing
from tests.unit.bpmn.drawing import Drawing, duration

REASON = "客户已改由门店处理"


def two_tasks() -> Drawing:
    return Drawing("p").start().user("first").user("second").end().flow("start", "first", "second", "end")


def works() -> Drawing:
    return Drawing("p").start().service("call").user("after").end().flow("start", "call", "after", "end")


def refusing() -> Drawing:
    """A task whose completion leads to an error that nobody catches, unless ``ok``."""
    drawing = Drawing("p").start().user("ask").gateway("gw", default="gw_bad").error_end("bad", "E1").end()
    return drawing.flow("start", "ask", "gw").flow("gw", "end", when="=ok").flow("gw", "bad")


def calling() -> tuple[Drawing, Drawing]:
    child = Drawing("c").start().user("inner").user("last").end().flow("start", "inner", "last", "end")
    parent = Drawing("p").start().call("sub", "c").user("other").end().flow("start", "sub", "other", "end")
    return parent, child


def stuck(engine: Engine, *, times: int = 99) -> tuple[int, int]:
    """A case whose job has no retries left: its key and the incident."""
    engine.connectors["work"] = failing(times)
    engine.deploy(works())
    key = engine.start()
    for _ in range(8):
        engine.worker.drain()
        engine.clock.advance(timedelta(hours=1))
    return key, int(str(engine.column("SELECT id FROM incident WHERE instance = :key", key=key)[0]))


def refused(engine: Engine) -> tuple[int, int]:
    """A case with a completion that had to be undone: its key and the task, whose id is the incident's."""
    engine.deploy(refusing())
    key = engine.start()
    task = engine.task("ask")
    with pytest.raises(UncaughtError):
        engine.runtime.complete(task, {"ok": False}, LI)
    return key, task


def variables(engine: Engine, key: int) -> Value:
    return canonical.decode(engine.column("SELECT variables FROM process_instance WHERE key = :key", key=key)[0])  # type: ignore[arg-type]


def statuses(engine: Engine) -> list[object]:
    return engine.column("SELECT status FROM process_instance ORDER BY key")


def told(engine: Engine, key: int, kind: str) -> list[tuple[str, Value]]:
    """(actor, value) of a case's events of a kind, values as the history shows them."""
    queries = Queries(engine.db, engine.definitions, engine.clock)
    return [(e.actor, e.value) for e in queries.events(str(key), SYSTEM, limit=2000) if e.kind == kind]


# --- skip ----------------------------------------------------------------------------------------


def test_a_skipped_task_goes_on_and_says_who_and_why(engine: Engine) -> None:
    engine.deploy(two_tasks())
    key = engine.start()
    engine.runtime.skip(engine.task("first"), ZHAO, reason=REASON, variables={"paid": True})
    assert engine.tasks(element="first") == []
    assert len(engine.tasks(element="second")) == 1
    assert variables(engine, key) == {"paid": True}
    assert "element.skipped" in engine.kinds(key)
    assert told(engine, key, "instance.repaired") == [("zhao", {"repair": "skip", "reason": REASON})]
    consistent(engine)


def test_a_token_cannot_be_skipped_twice(engine: Engine) -> None:
    engine.deploy(two_tasks())
    engine.start()
    task = engine.task("first")
    engine.runtime.skip(task, ZHAO, reason=REASON)
    before = engine.snapshot()
    with pytest.raises(StepError):
        engine.runtime.skip(task, ZHAO, reason=REASON)
    assert engine.snapshot() == before


def test_a_skipped_job_takes_its_incident_with_it(engine: Engine) -> None:
    key, incident = stuck(engine)
    engine.runtime.skip(incident, ZHAO, reason=REASON)
    assert (engine.count("incident"), engine.count("job"), len(engine.tasks(element="after"))) == (0, 0, 1)
    assert engine.column("SELECT incidents FROM process_instance WHERE key = :key", key=key) == [0]
    consistent(engine)


def test_a_skipped_task_takes_the_incident_of_its_undone_completion_with_it(engine: Engine) -> None:
    _, task = refused(engine)
    engine.runtime.skip(task, ZHAO, reason=REASON, variables={"ok": True})
    assert (statuses(engine), engine.count("incident")) == (["completed"], 0)
    assert engine.column("SELECT incidents FROM process_instance") == [0]
    consistent(engine)


def test_a_skip_that_leads_to_an_error_changes_nothing(engine: Engine) -> None:
    _, task = refused(engine)
    before = engine.snapshot()
    with pytest.raises(UncaughtError) as problem:
        engine.runtime.skip(task, ZHAO, reason=REASON, variables={"ok": False})
    assert "修复没有生效" in problem.value.message_zh
    assert engine.snapshot() == before


def test_a_token_of_a_called_process_is_skipped_in_its_own_instance(engine: Engine) -> None:
    engine.deploy(*calling())
    key = engine.start()
    engine.runtime.skip(engine.task("inner"), ZHAO, reason=REASON)
    engine.runtime.skip(engine.task("last"), ZHAO, reason=REASON)
    assert statuses(engine) == ["active", "completed"]
    assert len(engine.tasks(element="other")) == 1
    assert [actor for actor, _ in told(engine, key, "instance.repaired")] == ["zhao", "zhao"]
    consistent(engine)


def test_a_skipped_call_ends_what_it_called(engine: Engine) -> None:
    engine.deploy(*calling())
    engine.start()
    (call,) = engine.column("SELECT parent_call FROM process_instance WHERE parent IS NOT NULL")
    engine.runtime.skip(int(str(call)), ZHAO, reason=REASON)
    assert statuses(engine) == ["active", "cancelled"]
    assert [len(engine.tasks(element=name)) for name in ("inner", "other")] == [0, 1]
    consistent(engine)


@pytest.mark.parametrize("token", [0, -7, 5, 999 * ID_BASE + 1])
def test_there_is_no_token_of_an_unknown_id(engine: Engine, token: int) -> None:
    with pytest.raises(NotFound):
        engine.runtime.skip(token, ZHAO, reason=REASON)


# --- modify --------------------------------------------------------------------------------------


def test_a_moved_token_goes_on_elsewhere(engine: Engine) -> None:
    engine.deploy(two_tasks())
    key = engine.start()
    task = engine.task("first")
    engine.runtime.modify(key, ZHAO, reason=REASON, cancel=[task], activate=["second"], variables={"n": 1})
    assert [engine.tasks(element=name) != [] for name in ("first", "second")] == [False, True]
    ((actor, value),) = told(engine, key, "instance.modified")
    assert (actor, value["cancelled"], value["activated"]) == ("zhao", ["first"], ["second"])
    assert told(engine, key, "instance.repaired") == [("zhao", {"repair": "modify", "reason": REASON})]
    engine.complete("second")
    assert statuses(engine) == ["completed"]
    consistent(engine)


def test_variables_are_set_without_moving_anything(engine: Engine) -> None:
    engine.deploy(two_tasks())
    key = engine.start(amount=1)
    engine.runtime.modify(key, ZHAO, reason=REASON, variables={"amount": 2})
    assert variables(engine, key) == {"amount": 2}
    assert len(engine.tasks(element="first")) == 1
    consistent(engine)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({}, InvalidValue),
        ({"activate": ["nowhere"]}, StepError),
        ({"cancel": [1]}, StepError),
        ({"variables": {"case_id": "9"}}, StepError),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    engine: Engine, change: dict[str, object], error: type[EngineError]
) -> None:
    engine.deploy(two_tasks())
    key = engine.start()
    before = engine.snapshot()
    with pytest.raises(error) as problem:
        engine.runtime.modify(key, ZHAO, reason=REASON, **change)  # type: ignore[arg-type]
    assert problem.value.message_zh
    assert engine.snapshot() == before


def test_an_instance_cannot_be_emptied(engine: Engine) -> None:
    engine.deploy(two_tasks())
    key = engine.start()
    with pytest.raises(StepError) as problem:
        engine.runtime.modify(key, ZHAO, reason=REASON, cancel=[engine.task("first")])
    assert "终止" in problem.value.message_zh


def test_a_moved_job_takes_its_incident_with_it(engine: Engine) -> None:
    key, incident = stuck(engine)
    engine.runtime.modify(key, ZHAO, reason=REASON, cancel=[incident], activate=["after"])
    assert (engine.count("incident"), engine.count("job")) == (0, 0)
    consistent(engine)


# --- incidents -----------------------------------------------------------------------------------


def test_variables_are_mended_and_the_work_is_tried_again(engine: Engine) -> None:
    key, incident = stuck(engine, times=3)
    engine.runtime.resolve_incident(incident, ZHAO, {"courier": "中通"}, reason="快递已修好接口")
    engine.worker.drain()
    assert len(engine.tasks(element="after")) == 1
    assert variables(engine, key)["courier"] == "中通"
    assert told(engine, key, "instance.repaired") == [("zhao", {"repair": "retry", "reason": "快递已修好接口"})]
    consistent(engine)


def test_an_undone_completion_is_possible_again_and_its_variables_can_be_mended(engine: Engine) -> None:
    key, task = refused(engine)
    engine.runtime.resolve_incident(task, ZHAO, {"ok": True}, reason="数据已改正")
    assert variables(engine, key) == {"ok": True}
    assert engine.column("SELECT incidents FROM process_instance") == [0]
    assert [value["kind"] for _, value in told(engine, key, "incident.resolved")] == ["completion_refused"]
    engine.runtime.complete(task, {}, LI)
    assert statuses(engine) == ["completed"]
    consistent(engine)


def test_an_incident_is_resolved_once(engine: Engine) -> None:
    _, incident = stuck(engine)
    engine.runtime.resolve_incident(incident, ZHAO)
    with pytest.raises(NotFound) as problem:
        engine.runtime.resolve_incident(incident, ZHAO)
    assert problem.value.message_zh == "该异常已处理。"


def test_an_incident_of_a_suspended_case_can_be_resolved_and_its_job_waits_for_the_end_of_it(engine: Engine) -> None:
    key, incident = stuck(engine, times=3)
    engine.runtime.suspend(str(key), ZHAO, reason=REASON)
    engine.runtime.resolve_incident(incident, ZHAO)
    assert (engine.count("incident"), engine.worker.drain()) == (0, 0)
    engine.runtime.resume(str(key), ZHAO)
    engine.worker.drain()
    assert len(engine.tasks(element="after")) == 1
    consistent(engine)


@pytest.fixture
def held(engine: Engine) -> tuple[int, int]:
    """A case whose job only the runtime holds, since its definition could not be read: its key and the incident."""
    engine.deploy(works())
    key = engine.start()
    (good,) = engine.column("SELECT content FROM resource WHERE id = 'p'")
    with engine.db.begin() as tx:
        tx.connection.execute(text("UPDATE resource SET content = x'00' WHERE id = 'p'"))
    Engine(engine.db, engine.clock).worker.drain()
    with engine.db.begin() as tx:
        tx.connection.execute(text("UPDATE resource SET content = :good WHERE id = 'p'"), {"good": good})
    assert engine.column("SELECT kind FROM incident") == ["job"]
    return key, int(str(engine.column("SELECT id FROM incident")[0]))


def test_a_job_that_only_the_runtime_held_is_released_and_the_history_says_so(
    engine: Engine, held: tuple[int, int]
) -> None:
    key, incident = held
    engine.runtime.resolve_incident(incident, ZHAO, {"courier": "中通"}, reason="文件已恢复")
    assert told(engine, key, "incident.resolved") == [("zhao", {"kind": "job"})]
    assert told(engine, key, "instance.repaired") == [("zhao", {"repair": "retry", "reason": "文件已恢复"})]
    engine.worker.drain()
    assert len(engine.tasks(element="after")) == 1
    consistent(engine)


def test_a_job_that_only_the_runtime_held_waits_for_its_suspended_case(engine: Engine, held: tuple[int, int]) -> None:
    key, incident = held
    engine.runtime.suspend(str(key), ZHAO, reason=REASON)
    engine.runtime.resolve_incident(incident, ZHAO)
    (due,) = engine.column("SELECT due_at FROM job")
    assert due == HELD
    assert engine.worker.drain() == 0
    engine.runtime.resume(str(key), ZHAO)
    engine.worker.drain()
    assert len(engine.tasks(element="after")) == 1
    consistent(engine)


def test_a_skipped_job_takes_the_incident_with_it_that_only_the_runtime_knew(
    engine: Engine, held: tuple[int, int]
) -> None:
    engine.runtime.skip(held[1], ZHAO, reason=REASON)
    assert (engine.count("incident"), engine.count("job"), len(engine.tasks(element="after"))) == (0, 0, 1)
    consistent(engine)


# --- whole cases ---------------------------------------------------------------------------------


def test_a_suspended_case_refuses_its_tasks_until_it_is_resumed(engine: Engine) -> None:
    engine.deploy(two_tasks())
    key = engine.start()
    engine.runtime.suspend(str(key), ZHAO, reason=REASON)
    task = engine.task("first")
    commands: list[Callable[[], None]] = [
        lambda: engine.runtime.claim(task, LI),
        lambda: engine.runtime.complete(task, {}, LI),
    ]
    for command in commands:
        with pytest.raises(TaskNotOpen) as problem:
            command()
        assert "已暂停" in problem.value.message_zh
    engine.runtime.resume(str(key), ZHAO, reason="可以继续了")
    engine.complete("first")
    assert told(engine, key, "instance.suspended") == [("zhao", {"reason": REASON})]
    assert told(engine, key, "instance.resumed") == [("zhao", {"reason": "可以继续了"})]
    consistent(engine)


def test_called_processes_are_suspended_and_resumed_with_their_case(engine: Engine) -> None:
    engine.deploy(*calling())
    key = engine.start()
    engine.runtime.suspend(str(key), ZHAO, reason=REASON)
    assert statuses(engine) == ["suspended", "suspended"]
    assert len(told(engine, key, "instance.suspended")) == 2
    with pytest.raises(TaskNotOpen):
        engine.complete("inner")
    engine.runtime.resume(str(key), ZHAO)
    assert statuses(engine) == ["active", "active"]
    engine.complete("inner")
    consistent(engine)


def test_an_overdue_timer_fires_when_the_case_is_resumed(engine: Engine) -> None:
    engine.deploy(Drawing("p").start().catch("wait", duration("PT24H")).end().flow("start", "wait", "end"))
    key = engine.start()
    (due,) = engine.column("SELECT due_at FROM job")
    engine.runtime.suspend(str(key), ZHAO, reason=REASON)
    engine.clock.advance(timedelta(days=3))
    assert (engine.worker.drain(), statuses(engine)) == (0, ["suspended"])
    engine.runtime.resume(str(key), ZHAO)
    assert engine.column("SELECT due_at FROM job") == [due]
    engine.worker.drain()
    assert statuses(engine) == ["completed"]
    consistent(engine)


def test_a_message_that_came_meanwhile_is_delivered_when_the_case_is_resumed(engine: Engine) -> None:
    engine.deploy(Drawing("p").start().catch("ev", message="msg_paid").end().flow("start", "ev", "end"))
    key = engine.start(order_id="SO-1")
    engine.runtime.suspend(str(key), ZHAO, reason=REASON)
    assert engine.runtime.publish("msg_paid", "SO-1", {"amount": 5}, actor=SYSTEM) == []
    engine.runtime.resume(str(key), ZHAO)
    assert statuses(engine) == ["completed"]
    consistent(engine)


def test_a_case_whose_kept_message_leads_to_an_error_stays_suspended(engine: Engine) -> None:
    drawing = Drawing("p").start().catch("ev", message="msg_paid").error_end("bad", "E1")
    engine.deploy(drawing.flow("start", "ev", "bad"))
    key = engine.start(order_id="SO-1")
    engine.runtime.suspend(str(key), ZHAO, reason=REASON)
    engine.runtime.publish("msg_paid", "SO-1", {"amount": 5}, actor=SYSTEM)
    before = engine.snapshot()
    with pytest.raises(StepError):
        engine.runtime.resume(str(key), ZHAO)
    assert engine.snapshot() == before
    engine.runtime.cancel(key, REASON, ZHAO)
    assert statuses(engine) == ["cancelled"]
    consistent(engine)


def test_a_suspended_case_can_be_repaired_and_stays_suspended(engine: Engine) -> None:
    engine.deploy(two_tasks())
    key = engine.start()
    engine.runtime.suspend(str(key), ZHAO, reason=REASON)
    engine.runtime.skip(engine.task("first"), ZHAO, reason=REASON)
    assert (statuses(engine), len(engine.tasks(element="second"))) == (["suspended"], 1)
    with pytest.raises(TaskNotOpen):
        engine.complete("second")
    consistent(engine)


def test_a_suspended_case_can_be_cancelled_with_what_it_called(engine: Engine) -> None:
    engine.deploy(*calling())
    key = engine.start()
    engine.runtime.suspend(str(key), ZHAO, reason=REASON)
    engine.runtime.cancel(key, REASON, ZHAO)
    assert statuses(engine) == ["cancelled", "cancelled"]
    assert (engine.tasks(), engine.count("job")) == ([], 0)
    consistent(engine)


def test_a_cancelled_case_leaves_no_incident_of_an_undone_completion(engine: Engine) -> None:
    key, _ = refused(engine)
    engine.runtime.cancel(key, REASON, ZHAO)
    assert engine.count("incident") == 0
    assert engine.column("SELECT incidents FROM process_instance") == [0]
    consistent(engine)


def test_suspending_and_resuming_twice_is_refused_in_words(engine: Engine) -> None:
    engine.deploy(two_tasks())
    key = str(engine.start())
    said = []
    for repair in (engine.runtime.resume, engine.runtime.suspend, engine.runtime.suspend):
        try:
            repair(key, ZHAO, reason=REASON)
        except StepError as problem:
            said.append(problem.message_zh)
    engine.runtime.cancel(int(key), REASON, ZHAO)
    for repair in (engine.runtime.resume, engine.runtime.suspend):
        with pytest.raises(StepError) as over:
            repair(key, ZHAO, reason=REASON)
        said.append(over.value.message_zh)
    assert said == ["该工单没有暂停。", "该工单已经暂停。", "该工单已结束。", "该工单已结束。"]
    with pytest.raises(NotFound):
        engine.runtime.suspend("4711", ZHAO, reason=REASON)


# --- for all of them -----------------------------------------------------------------------------


def every_repair(engine: Engine, key: int, task: int, reason: str) -> dict[str, Callable[..., None]]:
    runtime, case = engine.runtime, str(key)
    return {
        "skip": lambda actor: runtime.skip(task, actor, reason=reason),
        "modify": lambda actor: runtime.modify(key, actor, reason=reason, activate=["second"]),
        "suspend": lambda actor: runtime.suspend(case, actor, reason=reason),
        "cancel": lambda actor: runtime.cancel(key, reason, actor),
    }


@pytest.mark.parametrize("name", ["skip", "modify", "suspend", "cancel"])
def test_agents_may_not_repair_and_nobody_without_a_reason(engine: Engine, name: str) -> None:
    engine.deploy(two_tasks())
    key = engine.start()
    task = engine.task("first")
    before = engine.snapshot()
    with pytest.raises(NotAllowed):
        every_repair(engine, key, task, REASON)[name](LI)
    with pytest.raises(InvalidValue):
        every_repair(engine, key, task, "  \n")[name](ZHAO)
    assert engine.snapshot() == before


def test_agents_may_not_resume_or_resolve(engine: Engine) -> None:
    key, incident = stuck(engine)
    engine.runtime.suspend(str(key), ZHAO, reason=REASON)
    with pytest.raises(NotAllowed):
        engine.runtime.resume(str(key), LI)
    with pytest.raises(NotAllowed):
        engine.runtime.resolve_incident(incident, LI)


@pytest.mark.parametrize("name", ["skip", "suspend", "cancel", "resolve"])
def test_of_many_operators_at_once_one_repairs(engine: Engine, name: str) -> None:
    key, incident = stuck(engine)
    repairs = every_repair(engine, key, incident, REASON)
    repairs["resolve"] = lambda actor: engine.runtime.resolve_incident(incident, actor)
    answers, gate = Counter[str](), threading.Barrier(8)

    def repair() -> None:
        gate.wait()
        try:
            repairs[name](ZHAO)
        except EngineError as problem:
            answers[problem.code] += 1
        else:
            answers["done"] += 1

    threads = [threading.Thread(target=repair) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {"done": 1, "not_found" if name == "resolve" else "step": 7}
    consistent(engine)


def test_a_task_completed_while_its_case_is_suspended_is_either_or(engine: Engine) -> None:
    engine.deploy(two_tasks())
    key = engine.start()
    task, gate, answers = engine.task("first"), threading.Barrier(2), []

    def run(command: Callable[[], None]) -> None:
        gate.wait()
        try:
            command()
        except TaskNotOpen:
            answers.append("refused")

    threads = [
        threading.Thread(target=run, args=(command,))
        for command in (
            lambda: engine.runtime.complete(task, {}, LI),
            lambda: engine.runtime.suspend(str(key), ZHAO, reason=REASON),
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses(engine) == ["suspended"]
    assert len(engine.tasks(element="first")) == len(answers)
    consistent(engine)


# --- many ----------------------------------------------------------------------------------------


def test_one_that_fails_stops_none_of_the_others(engine: Engine) -> None:
    engine.deploy(two_tasks())
    keys = [engine.start() for _ in range(3)]
    tasks = engine.tasks(element="first")
    engine.runtime.complete(tasks[1], {}, LI)
    results = repair_many(engine.runtime, Repair.SKIP, [*tasks, 77, tasks[0]], ZHAO, reason=REASON)
    assert [(result.id, result.ok) for result in results] == [
        (str(tasks[0]), True),
        (str(tasks[1]), False),
        (str(tasks[2]), True),
        ("77", False),
    ]
    assert all(result.sentence and result.sentence_zh for result in results)
    with engine.db.read() as connection:
        wanted = select(history_event.c.stream).where(history_event.c.kind == "element.skipped")
        assert sorted(connection.execute(wanted).scalars()) == [keys[0], keys[2]]


@pytest.mark.parametrize("what", [Repair.SUSPEND, Repair.CANCEL])
def test_cases_are_repaired_by_their_ids(engine: Engine, what: Repair) -> None:
    engine.deploy(two_tasks())
    cases = [str(engine.start()) for _ in range(3)]
    results = repair_many(engine.runtime, what, [*cases, "999"], ZHAO, reason=REASON)
    assert [result.ok for result in results] == [True, True, True, False]
    assert set(statuses(engine)) == {"suspended" if what is Repair.SUSPEND else "cancelled"}
    if what is Repair.SUSPEND:
        assert all(result.ok for result in repair_many(engine.runtime, Repair.RESUME, cases, ZHAO))


def test_a_mistake_of_ours_in_one_is_told_and_stops_none(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.deploy(two_tasks())
    cases = [str(engine.start()) for _ in range(2)]
    suspend = engine.runtime.suspend

    def breaks(case_id: str, *arguments: object, **more: object) -> None:
        if case_id == cases[0]:
            raise RuntimeError("secret of the machine")
        suspend(case_id, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(engine.runtime, "suspend", breaks)
    first, second = repair_many(engine.runtime, Repair.SUSPEND, cases, ZHAO, reason=REASON)
    assert (first.ok, second.ok) == (False, True)
    assert "secret" not in first.sentence + first.sentence_zh


def test_too_many_at_once_are_refused_as_a_whole(engine: Engine) -> None:
    with pytest.raises(StepError):
        repair_many(engine.runtime, Repair.RETRY, range(1, MAX_REPAIRS + 2), ZHAO)
    assert len(repair_many(engine.runtime, Repair.RETRY, range(1, 4), ZHAO)) == 3
    with pytest.raises(NotAllowed):
        repair_many(engine.runtime, Repair.RETRY, [1], LI)


# --- variables as they are typed -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", " 12 ", " 12 "),
        ("number", "12.50", Decimal("12.50")),
        ("number", "-3", Decimal(-3)),
        ("boolean", "是", True),
        ("boolean", "FALSE", False),
        ("date", "2026-01-31", date(2026, 1, 31)),
        ("datetime", "2026-01-31T15:40", datetime(2026, 1, 31, 7, 40, tzinfo=UTC)),
        ("datetime", "2026-01-31T15:40+00:00", datetime(2026, 1, 31, 15, 40, tzinfo=UTC)),
        ("json", '{"items": [{"n": 1.10}]}', {"items": [{"n": Decimal("1.10")}]}),
        ("null", "anything", None),
    ],
)
def test_what_is_typed_becomes_a_value_of_its_type(kind: str, text: str, value: object) -> None:
    found = typed_value("amount", kind, text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("", "text", "x"),
        ("1st", "text", "x"),
        ("金额", "text", "x"),
        ("a b", "text", "x"),
        ("a" * 65, "text", "x"),
        ("a", "feel", "1 + 1"),
        ("a", "number", "NaN"),
        ("a", "number", "1e9"),
        ("a", "number", "١٢"),
        ("a", "number", "1" * 40),
        ("a", "boolean", "maybe"),
        ("a", "date", "31.1.2026"),
        ("a", "datetime", "yesterday"),
        ("a", "json", "{"),
        ("a", "json", "Infinity"),
        ("a", "json", "1e999999"),
        ("a", "json", "[" * 40 + "]" * 40),
        ("a", "json", "[" * 100_000),
        ("a", "text", "x" * 20_001),
        ("a", "text", "\ud800"),
    ],
)
def test_what_is_no_value_of_its_type_is_refused_in_words(name: str, kind: str, text: str) -> None:
    with pytest.raises(InvalidValue) as problem:
        typed_value(name, kind, text)
    assert problem.value.message_zh
