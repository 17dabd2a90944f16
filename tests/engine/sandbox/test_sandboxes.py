"""A sandbox between clicks: kept on the disk, one hand at a time, and as its steps say whatever happens."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.errors import DefinitionRefused
from engine.sandbox import NoSandbox, NotPossible, Sandbox, Sandboxes, TooManySandboxes, opened, run_scenarios
from engine.sandbox.place import database_name
from engine.scenarios import MAX_ACTIONS, Action, ActionKind
from tests.engine.sandbox.small import files_of
from tests.unit.bpmn.drawing import Drawing

START = Action(kind=ActionKind.START, values={"payout_kind": "refund", "payout_amount": 20})
PAY = Action(
    kind=ActionKind.COMPLETE, key="finance_pay", values={"pay_ok": True, "payment_no": "P1", "paid_amount": 20}
)
FAIL = Action(kind=ActionKind.COMPLETE, key="finance_pay", values={"pay_ok": False, "pay_fail_reason": "账户有误"})


def seen(sandbox: Sandbox) -> object:
    """All that a page shows."""
    pictures = [(one.name, one.tokens, one.done, one.flows) for one in sandbox.pictures()]
    return sandbox.variables(), [task.key for task in sandbox.tasks()], pictures, sandbox.kept.now


@pytest.fixture
def token(place: Sandboxes, shipped: dict[str, bytes]) -> str:
    return place.make("zhou", 1, "s02_payout", shipped)


def test_every_click_is_there_for_the_next_process(place: Sandboxes, token: str) -> None:
    with opened(place, token, "zhou", 1) as sandbox:
        sandbox.act(START)
        before = seen(sandbox)
    with opened(Sandboxes(place.root), token, "zhou", 1) as sandbox:
        assert seen(sandbox) == before
        sandbox.act(PAY)
        assert not sandbox.is_active


def test_undoing_is_as_if_it_had_not_been(place: Sandboxes, token: str) -> None:
    with opened(place, token, "zhou", 1) as sandbox:
        sandbox.act(START)
        before = seen(sandbox)
        sandbox.act(FAIL)
        assert seen(sandbox) != before
        sandbox.undo()
        assert seen(sandbox) == before
        sandbox.undo()
        assert sandbox.instance is None
        with pytest.raises(NotPossible):
            sandbox.undo()


def test_a_program_that_ended_in_the_middle_of_a_step_has_not_done_it(
    place: Sandboxes, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with opened(place, token, "zhou", 1) as sandbox:
        sandbox.act(START)
        before = seen(sandbox)
        with monkeypatch.context() as patch:
            patch.setattr(Sandbox, "_finish", die)
            with pytest.raises(Killed):
                sandbox.act(FAIL)
    with opened(place, token, "zhou", 1) as sandbox:
        assert seen(sandbox) == before
        sandbox.act(PAY)
        assert not sandbox.is_active


def test_what_is_refused_changes_nothing(place: Sandboxes, token: str) -> None:
    with opened(place, token, "zhou", 1) as sandbox:
        for wrong in (PAY, Action(kind=ActionKind.PASS, duration=timedelta(hours=1))):
            with pytest.raises(NotPossible):
                sandbox.act(wrong)
        sandbox.act(START)
        before = seen(sandbox)
        for wrong in (
            START,
            Action(kind=ActionKind.COMPLETE, key="finance_pay", values={"pay_ok": "vielleicht"}),
            Action(kind=ActionKind.COMPLETE, key="finance_pay", n=2),
            Action(kind=ActionKind.OCCUR, key="no_such_event"),
            Action(kind=ActionKind.PASS, duration=timedelta(days=401)),
            Action(kind=ActionKind.PASS, duration=timedelta(seconds=-1)),
            Action(kind=ActionKind.ANSWER, key="register_payout", values={"x": "y" * 70_000}),
            Action(kind=ActionKind.ANSWER, key="register_payout", values={"x": "\ud800"}),
        ):
            with pytest.raises(NotPossible) as refused:
                sandbox.act(wrong)
            assert refused.value.message_zh
            assert seen(sandbox) == before
        with pytest.raises(NotPossible):
            sandbox.instead(7, 0, {})


def test_two_hands_work_one_after_the_other(place: Sandboxes, token: str) -> None:
    with opened(place, token, "zhou", 1) as sandbox:
        sandbox.act(START)
    outcomes = []

    def pay() -> None:
        with opened(place, token, "zhou", 1) as sandbox:
            try:
                sandbox.act(PAY)
                outcomes.append("done")
            except NotPossible:
                outcomes.append("late")

    hands = [threading.Thread(target=pay) for _ in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert sorted(outcomes) == ["done", "late", "late", "late"]


def test_nobody_else_and_no_other_change_gets_in(place: Sandboxes, token: str) -> None:
    for who, change, name in (("hao", 1, token), ("zhou", 2, token), ("zhou", 1, "../" + token), ("zhou", 1, "f" * 32)):
        with pytest.raises(NoSandbox), opened(place, name, who, change):
            pass


def test_a_day_later_it_is_gone_with_what_was_deployed_for_it(shipped: dict[str, bytes], tmp_path: Path) -> None:
    place = Sandboxes(tmp_path / "all", most=2)
    with pytest.raises(DefinitionRefused):
        place.make("zhou", 1, "p", {"p.bpmn": b"<no/>"})
    old, young = (place.make("zhou", 1, "s02_payout", shipped) for _ in range(2))
    with pytest.raises(TooManySandboxes):
        place.make("zhou", 1, "s02_payout", shipped)
    place.make("hao", 1, "s02_payout", shipped)
    kept = place.root / "runs" / old / "sandbox.json"
    yesterday = (SystemClock().now() - timedelta(days=1, minutes=1)).timestamp()
    os.utime(kept, (yesterday, yesterday))
    place.sweep()
    assert list(place.of("zhou")) == [young]
    assert not (place.root / "runs" / old).exists()
    place.sweep(SystemClock().now() + timedelta(days=2))
    assert [path for room in ("runs", "deployed", "results") for path in (place.root / room).glob("*")] == []


def test_a_process_that_runs_for_ever_says_so(place: Sandboxes, loose: None) -> None:
    drawing = Drawing("p").start().user("ask").gateway("again").task("work").end()
    drawing.flow("start", "ask", "again").flow("again", "work", "again")
    token = place.make("zhou", 1, "p", files_of(drawing))
    with opened(place, token, "zhou", 1) as sandbox:
        sandbox.act(Action(kind=ActionKind.START))
        before = seen(sandbox)
        with pytest.raises(NotPossible) as refused:
            sandbox.act(Action(kind=ActionKind.COMPLETE, key="ask"))
        assert refused.value.message_zh
        assert seen(sandbox) == before


def test_five_hundred_things_are_enough(place: Sandboxes, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_ACTIONS == 500
    monkeypatch.setattr("engine.sandbox.sandbox.MAX_ACTIONS", 2)
    with opened(place, token, "zhou", 1) as sandbox:
        sandbox.act(START)
        sandbox.act(Action(kind=ActionKind.PASS, duration=timedelta(minutes=1)))
        with pytest.raises(NotPossible) as refused:
            sandbox.act(PAY)
        assert "最多做 2 步" in refused.value.message_zh
        assert sandbox.tasks()


def test_the_database_waits_for_no_disk_and_old_ones_go(place: Sandboxes, token: str) -> None:
    with opened(place, token, "zhou", 1) as sandbox:
        sandbox.act(START)
        with sandbox.performer.db.read() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 0
        sandbox.undo()
        sandbox.act(START)
        left = [path.name for path in (place.root / "runs" / token).glob("*.db")]
        assert left == [database_name(sandbox.kept)]


def test_a_report_tells_failures_gaps_and_what_there_was_no_time_for(
    place: Sandboxes, shipped: dict[str, bytes]
) -> None:
    text = b"""process: s02_payout
scenarios:
- no: 1
  start: {payout_kind: refund, payout_amount: 20}
  do: {finance_pay: {pay_ok: true, payment_no: P1, paid_amount: 20}}
  end: end_paid
- no: 2
  start: {payout_kind: refund, payout_amount: 20}
  do: {finance_pay: {pay_ok: true, payment_no: P1, paid_amount: 20}}
  end: end_elsewhere
"""
    files = {**shipped, "s02_payout.yaml": text}
    report = run_scenarios(files, ["s02_payout", "p11_invoice"], place=place)
    assert [result.no for result in report.failed] == ["2"]
    assert "end_elsewhere" in str(report.failed[0].problem_zh)
    assert report.without == ("p11_invoice",)
    assert not report.ok
    (gaps,) = report.missing
    assert 0 < gaps.missing < gaps.total
    again = run_scenarios(files, ["s02_payout"], place=place)
    assert again.results == report.results, "what was run is kept"
    none = run_scenarios(files, ["s02_payout"], place=place, seconds=-1)
    assert none.left == ("1", "2")
    assert not none.ok
