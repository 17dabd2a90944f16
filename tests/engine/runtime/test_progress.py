"""Progress of an open user task: who may save it, once, and what others see of it meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from engine import failpoints
from engine.audit import re_execute
from engine.errors import (
    CascadeTooLarge,
    EngineError,
    FourEyes,
    InvalidValue,
    LimitExceeded,
    NotAllowed,
    NotFound,
    NotYourTurn,
    StaleProgress,
    StepError,
    TaskNotOpen,
)
from engine.failpoints import Armed, Crash
from engine.model import Actor
from engine.queries import Queries
from tests.engine.support import CANG, LI, ZHAO, Engine, consistent
from tests.engine.tampering import tamper
from tests.unit.bpmn.drawing import Drawing, condition, properties

ANOTHER = Actor(id="lao", name="老张", groups=frozenset({"warehouse"}))
FILE = {"id": "f" * 32, "name": "a.jpg", "type": "image/jpeg", "size": 3, "sha256": "0" * 64}
SHAPE = properties(progress="stage,note", register="repairs")


def deploy(engine: Engine, extension: str = SHAPE, *, then: str = properties(four_eyes="case")) -> int:
    """A repair, approved behind it; gives the repair's task."""
    drawing = Drawing(repairs="={stage: stage, note: note}").start().user("repair", "warehouse", extension)
    engine.deploy(drawing.user("approve", "warehouse", then).end().flow("start", "repair", "approve", "end"))
    engine.start(stage="waiting")
    return engine.task("repair")


def stages(engine: Engine) -> list[object]:
    """What the register says."""
    return engine.column("SELECT text FROM register_cell WHERE \"column\" = 'stage'")


def test_the_case_and_its_register_know_it_while_the_task_is_open(engine: Engine) -> None:
    task = deploy(engine)
    engine.runtime.claim(task, CANG)
    engine.runtime.save_progress(task, {"stage": "待配件", "note": "等主板"}, CANG, submission_key="k1")
    view = Queries(engine.db, engine.definitions, engine.clock).task(task, CANG)
    assert (view.status, view.may_complete, view.saved) == ("open", True, 1)
    assert (view.context["stage"], view.context["note"]) == ("待配件", "等主板")
    assert stages(engine) == ["待配件"]
    assert engine.column("SELECT actor FROM history_event WHERE kind = 'user_task.progress_saved'") == ["cang"]
    engine.runtime.save_progress(task, {"stage": "修理中"}, CANG, submission_key="k2", seen=1)
    assert stages(engine) == ["修理中"]
    engine.complete("repair", CANG, stage="完成", note="换主板")
    engine.complete("approve", ANOTHER)
    assert stages(engine) == ["完成"]
    consistent(engine)
    assert re_execute(engine.db, "1").same


def test_what_somebody_changes_in_what_was_saved_is_found(engine: Engine) -> None:
    task = deploy(engine)
    engine.runtime.save_progress(task, {"stage": "待配件"}, CANG)
    tamper(engine.db, "UPDATE history_event SET actor = 'lao' WHERE kind = 'user_task.progress_saved'")
    assert not re_execute(engine.db, "1").same


def test_the_same_submission_again_changes_nothing_even_when_the_task_is_over(engine: Engine) -> None:
    task = deploy(engine)
    for _ in range(2):
        engine.runtime.save_progress(task, {"stage": "待配件"}, CANG, submission_key="k1", seen=0)
    engine.runtime.save_progress(task, {"stage": "修理中"}, CANG, submission_key="k2", seen=1)
    before = engine.snapshot()
    engine.runtime.save_progress(task, {"stage": "待配件"}, CANG, submission_key="k1", seen=0)
    assert engine.snapshot() == before
    engine.complete("repair", CANG, stage="完成")
    before = engine.snapshot()
    engine.runtime.save_progress(task, {"stage": "修理中"}, CANG, submission_key="k2", seen=1)
    assert engine.snapshot() == before
    with pytest.raises(TaskNotOpen):
        engine.runtime.save_progress(task, {"stage": "再修"}, CANG, submission_key="k3")
    with pytest.raises(TaskNotOpen):  # the key of somebody else proves nothing
        engine.runtime.save_progress(task, {"stage": "修理中"}, replace(CANG, id="other"), submission_key="k2")
    assert engine.snapshot() == before


def test_a_stale_page_is_refused_and_overwrites_nothing(engine: Engine) -> None:
    task = deploy(engine)
    engine.runtime.save_progress(task, {"stage": "修理中"}, CANG, seen=0)
    before = engine.snapshot()
    with pytest.raises(StaleProgress) as refused:
        engine.runtime.save_progress(task, {"stage": "待检测"}, ANOTHER, seen=0)
    assert "刷新" in refused.value.message_zh
    assert engine.snapshot() == before


def test_of_two_who_save_at_once_one_is_told_to_look_again(engine: Engine) -> None:
    task = deploy(engine)

    def save(person: Actor) -> str:
        try:
            engine.runtime.save_progress(task, {"stage": person.name}, person, submission_key=person.id, seen=0)
        except EngineError as problem:
            return problem.code
        return "ok"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, (CANG, ANOTHER))) == ["ok", "stale_progress"]
    assert engine.count("task_progress") == 1
    consistent(engine)


def test_of_a_save_and_a_completion_at_once_the_completion_has_the_last_word(engine: Engine) -> None:
    task = deploy(engine)

    def act(what: str) -> str:
        try:
            if what == "save":
                engine.runtime.save_progress(task, {"stage": "修理中"}, CANG)
            else:
                engine.runtime.complete(task, {"stage": "完成"}, CANG)
        except EngineError as problem:
            return problem.code
        return "ok"

    with ThreadPoolExecutor(2) as pool:
        saved, completed = pool.map(act, ("save", "complete"))
    assert completed == "ok"
    assert saved in ("ok", "task_not_open")
    assert stages(engine) == ["完成"]
    consistent(engine)


@pytest.mark.parametrize("what", ["claimed", "foreign", "permission", "customer", "suspended", "nobody"])
def test_only_who_may_complete_may_save(engine: Engine, what: str) -> None:
    extra = properties(progress="stage", permission="P09") if what == "permission" else SHAPE
    drawing = Drawing(repairs="={stage: stage}").start().user("repair", "warehouse", extra).end()
    engine.deploy(drawing.flow("start", "repair", "end"))
    case = engine.start(customer_id="C-88")
    task, person, expected = engine.task("repair"), CANG, NotAllowed
    if what == "claimed":
        engine.runtime.claim(task, ANOTHER)
        expected = TaskNotOpen
    elif what == "foreign":
        person = LI
    elif what == "customer":
        person = replace(CANG, customer_ids=frozenset({"C-88"}))
    elif what == "suspended":
        engine.runtime.suspend(str(case), ZHAO, reason="等客户")
        expected = TaskNotOpen
    elif what == "nobody":
        task, expected = task + 77, NotFound
    before = engine.snapshot()
    with pytest.raises(expected):
        engine.runtime.save_progress(task, {"stage": "修理中"}, person)
    assert engine.snapshot() == before


def test_who_saved_has_acted_in_the_case(engine: Engine) -> None:
    task = deploy(engine)
    engine.runtime.save_progress(task, {"stage": "修理中"}, CANG)
    engine.complete("repair", ANOTHER)
    approve = engine.task("approve")
    queries = Queries(engine.db, engine.definitions, engine.clock)
    for person in (CANG, ANOTHER):
        assert queries.task(approve, person).four_eyes
        with pytest.raises(FourEyes):
            engine.runtime.claim(approve, person)


def test_four_eyes_and_turns_hold_for_saving_too(engine: Engine) -> None:
    deploy(engine, then=properties(four_eyes="case", progress="stage"))
    engine.complete("repair", CANG)
    with pytest.raises(FourEyes):
        engine.runtime.save_progress(engine.task("approve"), {"stage": "x"}, CANG)
    drawing = Drawing("q").start().user("issue", "warehouse", properties(queue="=n", progress="stage")).end()
    engine.deploy(drawing.flow("start", "issue", "end"))
    for number in (1, 2):
        engine.start("q", n=number)
    _, second = engine.tasks(element="issue")
    with pytest.raises(NotYourTurn):
        engine.runtime.save_progress(second, {"stage": "x"}, CANG)


@pytest.mark.parametrize("variables", [{"ok": True}, {}, {"note": FILE}, {"note": [FILE], "stage": "x"}])
def test_other_variables_and_foreign_files_are_refused(engine: Engine, variables: dict[str, object]) -> None:
    task = deploy(engine)
    before = engine.snapshot()
    with pytest.raises((StepError, InvalidValue)):
        engine.runtime.save_progress(task, variables, CANG)
    assert engine.snapshot() == before


def test_what_the_process_makes_of_it_undoes_it_without_an_incident(engine: Engine) -> None:
    drawing = Drawing("p").start().user("repair", "warehouse", properties(progress="stage")).end()
    drawing.boundary("ev", "repair", condition('=stage = "hopeless"')).error_end("failed", "E9")
    engine.deploy(drawing.flow("start", "repair", "end").flow("ev", "failed"))
    engine.start()
    before = engine.snapshot()
    with pytest.raises((StepError, LimitExceeded, CascadeTooLarge)) as refused:
        engine.runtime.save_progress(engine.task("repair"), {"stage": "hopeless"}, CANG)
    assert "没有保存" in refused.value.message_zh
    assert engine.snapshot() == before


def test_a_crash_on_the_way_leaves_nothing(engine: Engine) -> None:
    task = deploy(engine)
    before = engine.snapshot()
    for point in ("runtime.progress.saved", "store.flush.upsert_register", "store.commit.before"):
        with failpoints.watched(Armed(point, 1, "raise")), pytest.raises(Crash):
            engine.runtime.save_progress(task, {"stage": "修理中"}, CANG, submission_key="k")
        assert engine.snapshot() == before
    engine.runtime.save_progress(task, {"stage": "修理中"}, CANG, submission_key="k")
    assert stages(engine) == ["修理中"]


def test_a_called_process_saves_in_its_own_scope(engine: Engine) -> None:
    inner = Drawing("q").start().user("repair", "warehouse", properties(progress="stage")).end()
    outer = Drawing("p").start().call("call", "q").end()
    engine.deploy(inner.flow("start", "repair", "end"), outer.flow("start", "call", "end"))
    engine.start(stage="waiting")
    engine.runtime.save_progress(engine.task("repair"), {"stage": "修理中"}, CANG)
    engine.complete("repair", CANG)
    assert engine.column("SELECT status FROM process_instance") == ["completed", "completed"]
    assert re_execute(engine.db, "1").same
