"""Whatever is clicked in a sandbox, the scenario that comes of it passes in the ordinary runner."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.sandbox import NotRecordable, Sandboxes, opened, proposed, record
from engine.scenarios import Action, ActionKind, Turn, read_scenarios, run_on
from engine.scenarios.editing import append
from engine.scenarios.writing import write
from tests.engine.sandbox.clicking import Clicker
from tests.engine.sandbox.small import files_of
from tests.sample import some
from tests.unit.bpmn.drawing import Drawing

FOLDER = Path(__file__).parents[3] / "processes/scenarios"
PROCESSES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


#: Every process once, in the short run some; two ways to click, in turn.
@pytest.mark.parametrize(
    ("process", "seed"), some([(process, (1, 5)[n % 2]) for n, process in enumerate(PROCESSES)], 5)
)
def test_what_was_clicked_at_random_passes_as_a_scenario(
    place: Sandboxes, shipped: dict[str, bytes], process: str, seed: int
) -> None:
    token = place.make("zhou", 1, process, shipped)
    with opened(place, token, "zhou", 1) as sandbox:
        clicker = Clicker(sandbox, seed)
        assert clicker.run(), f"the case did not end: {[task.key for task in sandbox.tasks()]}"
        assert clicker.done[ActionKind.COMPLETE] + clicker.done[ActionKind.OCCUR] + len(sandbox.steps) > 0
        expected = proposed(sandbox)
        scenario, result = record(sandbox, no="X-A1", title="点出来的", file="x.yaml", expect=expected)
        assert result.ok
        assert set(scenario.expect) <= set(expected)
        text = (FOLDER / f"{process}.yaml").read_bytes()
        written = append(text, scenario)
        assert written.startswith(text)
        read = next(one for one in read_scenarios({"x.yaml": written}) if one.no == "X-A1")
        again = run_on(sandbox.source(), read)
        assert (again.problem, again.end, again.path) == (None, scenario.end, scenario.path)
        assert again.path
    place.end(token, "zhou", 1)


def test_an_order_of_branches_that_the_runner_would_not_choose_is_said(place: Sandboxes, loose: None) -> None:
    token = place.make("zhou", 1, "p", crowd())
    with opened(place, token, "zhou", 1) as sandbox:
        sandbox.act(Action(kind=ActionKind.START))
        for kind, key in (("complete", "three"), ("occur", "ev"), ("complete", "one"), ("complete", "two")):
            sandbox.act(Action(kind=ActionKind(kind), key=key, values={"reason": "台风"} if key == "ev" else {}))
        scenario, _ = record(sandbox, no="1", title="t", file="p.yaml", expect=["closed"])
        assert scenario.order is not None
        assert [turn.key for turn in scenario.order] == ["three", "ev", "one", "two"]
        assert scenario.expect == {"closed": {"reason": "台风"}}


def test_the_second_of_many_alike_is_meant_by_its_number(place: Sandboxes, loose: None) -> None:
    many = "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics "
    many += 'inputCollection="=[1, 2, 3]" inputElement="x"/></bpmn:extensionElements>'
    many += "</bpmn:multiInstanceLoopCharacteristics>"
    drawing = Drawing("p").start().user("each").having(many).end().flow("start", "each", "end")
    token = place.make("zhou", 1, "p", files_of(drawing))
    with opened(place, token, "zhou", 1) as sandbox:
        sandbox.act(Action(kind=ActionKind.START))
        for n in (3, 2, 1):
            sandbox.act(Action(kind=ActionKind.COMPLETE, key="each", n=n))
        scenario, result = record(sandbox, no="1", title="t", file="p.yaml")
        assert result.ok
        assert [str(step.action.n) for step in sandbox.steps[1:]] == ["3", "2", "1"]
        lines = write(replace(scenario, order=tuple(Turn(key="each", n=n) for n in (3, 2, 1))))
        assert "  order: [each#3, each#2, each]" in [line.replace('"', "") for line in lines]


def test_a_timer_on_a_call_and_time_that_passes_are_said(place: Sandboxes, loose: None) -> None:
    timer = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT2H</bpmn:timeDuration></bpmn:timerEventDefinition>"
    child = Drawing("q").start().user("inner").end().flow("start", "inner", "end")
    drawing = Drawing("p").start().call("call_q", "q").boundary("tm_late", "call_q", timer)
    drawing.end("done").end("late").flow("start", "call_q", "done").flow("tm_late", "late")
    for how in ("occur", "pass"):
        token = place.make("zhou", 1, "p", files_of(drawing, child))
        with opened(place, token, "zhou", 1) as sandbox:
            sandbox.act(Action(kind=ActionKind.START))
            if how == "occur":
                sandbox.act(Action(kind=ActionKind.OCCUR, key="tm_late"))
            else:
                sandbox.act(Action(kind=ActionKind.PASS, duration=timedelta(hours=5)))
            scenario, _ = record(sandbox, no="1", title="t", file="p.yaml")
            assert scenario.end == "late"
            assert scenario.order is not None
            assert str(scenario.order[0]) in ("tm_late", "5:00:00")


def test_a_job_is_answered_at_one_visit_and_done_for_real_at_another(
    place: Sandboxes, shipped: dict[str, bytes]
) -> None:
    token = place.make("zhou", 1, "p05_order_tracking", shipped)
    found = {"tracking_stage": "in_transit", "hours_in_stage": 1, "hours_since_update": 1, "last_location": "杭州"}
    with opened(place, token, "zhou", 1) as sandbox:
        start = {"waybill_no": "YT1", "courier": "圆通", "dispatched_at": "2026-01-01T18:00"}
        sandbox.act(Action(kind=ActionKind.START, values=start))
        for values in (found, None, {**found, "tracking_stage": "signed"}):
            if values is not None:
                sandbox.act(Action(kind=ActionKind.ANSWER, key="poll_logistics", values=values))
            sandbox.act(Action(kind=ActionKind.OCCUR, key="tm_poll"))
            for task in sandbox.tasks():
                sandbox.act(Action(kind=ActionKind.COMPLETE, key=task.key, values={"pickup_note": "下午来取"}))
        assert not sandbox.is_active
        scenario, _ = record(sandbox, no="1", title="t", file="p.yaml", expect=["tracking_result"])
        assert [one is None for one in scenario.svc["poll_logistics"].values] == [False, True, False]
        text = "process: p05_order_tracking\nscenarios:\n" + "\n".join(write(scenario))
        (read,) = read_scenarios({"p.yaml": text.encode()})
        assert run_on(sandbox.source(), read).problem is None


def test_what_has_not_ended_or_went_wrong_is_no_scenario(place: Sandboxes, loose: None) -> None:
    token = place.make("zhou", 1, "p", crowd())
    with opened(place, token, "zhou", 1) as sandbox:
        for done in (None, Action(kind=ActionKind.START)):
            if done is not None:
                sandbox.act(done)
            with pytest.raises(NotRecordable):
                record(sandbox, no="1", title="t", file="p.yaml")


def crowd() -> dict[str, bytes]:
    """Three people at once, and a signal."""
    drawing = Drawing("p").start().gateway("fork", "parallel").gateway("join", "parallel").end()
    drawing.top.append('<bpmn:signal id="sig" name="sig_closed"/>')
    drawing.user("one").user("two").user("three").catch("ev", '<bpmn:signalEventDefinition signalRef="sig"/>')
    drawing.flow("start", "fork").flow("join", "end")
    for name in ("one", "two", "three", "ev"):
        drawing.flow("fork", name, "join")
    return files_of(drawing)
