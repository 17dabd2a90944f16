"""SaveProgress: what an open user task has come to goes into the case, and the task stays open."""

from __future__ import annotations

import pytest

from engine.errors import DefinitionRefused, StepError, TaskNotOpen
from engine.model import CompleteUserTask, InstanceStatus, SaveProgress
from tests.unit.bpmn.drawing import Drawing, condition, items, mapping, properties
from tests.unit.bpmn.running import Running, run


def repair(extension: str = properties(progress="stage, note", register="repairs")) -> Running:
    """A task whose stage and note can be saved."""
    drawing = Drawing(repairs="={stage: stage, note: note, ok: ok}").start().user("repair", extension=extension).end()
    return run(drawing.flow("start", "repair", "end"), stage="waiting")


def save(r: Running, /, element: str = "repair", **variables: object) -> None:
    r.do(SaveProgress(id=r.id_of(element), variables=variables))


def test_variables_and_register_follow_and_the_task_stays_open() -> None:
    r = repair()
    task = r.id_of("repair")
    save(r, stage="修理中", note="换主板")
    assert (r.variables["stage"], r.variables["note"], r.id_of("repair")) == ("修理中", "换主板", task)
    assert (r.last.opened, r.last.closed, r.last.incidents) == ((), (), ())
    assert [(row.register, row.element, row.values) for row in r.last.registers] == [
        ("repairs", "repair", {"stage": "修理中", "note": "换主板"})
    ]
    (told,) = r.told("user_task.progress_saved")
    assert told.value == {
        "variables": {"stage": "修理中", "note": "换主板"},
        "before": {"stage": "waiting", "note": None},
        "after": {"stage": "修理中", "note": "换主板"},
    }
    r.do(CompleteUserTask(id=task, variables={"stage": "done", "note": "换主板", "ok": True}))
    assert (r.last.status, r.variables["stage"]) == (InstanceStatus.COMPLETED, "done")
    r.proven()


def test_what_has_not_changed_is_told_without_a_change() -> None:
    r = repair()
    save(r, stage="waiting")
    assert r.told("user_task.progress_saved")[-1].value == {"variables": {"stage": "waiting"}}


def test_the_state_that_comes_back_from_its_bytes_is_the_same() -> None:
    r = repair()
    before = r.state.state
    save(r, stage="修理中")
    assert r.state.state == before, "only variables of the process have changed"


@pytest.mark.parametrize(
    "variables", [{"ok": True}, {"stage": "x", "ok": True}, {}, {"case_id": "9"}, {"stage": "x", "actor": "me"}]
)
def test_other_names_and_nothing_at_all_are_refused(variables: dict[str, object]) -> None:
    r = repair()
    before = r.state
    with pytest.raises(StepError) as refused:
        save(r, **variables)
    assert not isinstance(refused.value, TaskNotOpen)
    assert r.state == before


def test_a_task_without_the_property_takes_none() -> None:
    with pytest.raises(StepError, match="no progress"):
        save(repair(""), stage="x")


def test_a_task_that_is_over_is_not_open() -> None:
    r = repair()
    task = r.id_of("repair")
    r.do(CompleteUserTask(id=task, variables={}))
    for wrong in (task, task + 77, 1):
        with pytest.raises(TaskNotOpen):
            r.do(SaveProgress(id=wrong, variables={"stage": "x"}))


def test_a_register_that_cannot_be_worked_out_refuses_the_whole() -> None:
    drawing = Drawing(repairs='=if stage = "bad" then [stage] else {stage: stage}').start()
    drawing.user("repair", extension=properties(progress="stage", register="repairs")).end()
    r = run(drawing.flow("start", "repair", "end"), stage="waiting")
    before = r.state
    with pytest.raises(StepError, match="no context") as refused:
        save(r, stage="bad")
    assert "没有保存" in refused.value.message_zh
    assert r.state == before
    save(r, stage="good")


def test_it_goes_past_output_mappings_and_the_task_sees_it_too() -> None:
    shape = mapping({"stage": '="local"'}, {"result": "=stage"}) + properties(progress="stage")
    r = repair(shape)
    save(r, stage="修理中")
    assert r.variables["stage"] == "修理中"
    assert r.see("repair")["stage"] == "修理中"
    assert "result" not in r.variables


def test_a_condition_that_it_makes_true_interrupts_the_task() -> None:
    drawing = Drawing("p").start().user("repair", extension=properties(progress="stage")).end()
    drawing.boundary("ev", "repair", condition('=stage = "hopeless"')).user("tell").end("end_2")
    r = run(drawing.flow("start", "repair", "end").flow("ev", "tell", "end_2"), stage="waiting")
    save(r, stage="better")
    assert r.id_of("repair")
    save(r, stage="hopeless")
    assert r.waiting == ["tell"]


def test_items_of_a_multi_instance_task_write_the_variable_of_the_process() -> None:
    drawing = Drawing("p").start().user("repair", extension=properties(progress="stage,part"))
    drawing.having(items("=parts", "part")).end()
    r = run(drawing.flow("start", "repair", "end"), parts=["屏", "主板"])
    first, second = r.ids_of("repair")
    r.do(SaveProgress(id=second, variables={"stage": "修理中", "part": "主板2"}))
    assert r.variables["stage"] == "修理中"
    assert "part" not in r.variables, "an item's own variable stays the item's"
    r.do(CompleteUserTask(id=first, variables={}))
    r.do(CompleteUserTask(id=second, variables={}))
    r.proven()


@pytest.mark.parametrize("name", ["case_id", "1st", "a.b", "case"])
def test_a_name_that_cannot_be_assigned_is_refused_at_deployment(name: str) -> None:
    with pytest.raises(DefinitionRefused):
        repair(properties(progress=f"stage,{name}"))
