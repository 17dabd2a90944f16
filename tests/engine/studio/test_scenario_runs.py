"""Scenarios of a change: which processes it touches, and what a run says when its process dies."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engine.studio import ScenarioRuns, testing
from engine.studio.testing import changed_processes, digest_of, touched_processes
from tests.unit.bpmn.drawing import Drawing

ROOT = Path(__file__).parents[3]
TABLE = (ROOT / "processes/decisions/logistics_status.dmn").read_bytes()


def drawn(process_id: str, *calls: str) -> dict[str, bytes]:
    drawing = Drawing(process_id).start()
    for called in calls:
        drawing.call(f"call_{called}", called)
    drawing.end().flow("start", *(f"call_{called}" for called in calls), "end")
    return {f"{process_id}.bpmn": drawing.xml()}


AROUND = drawn("a", "b") | drawn("b", "c") | drawn("c") | drawn("d")


def test_a_process_touches_all_that_call_it_however_far_away() -> None:
    assert touched_processes(AROUND, drawn("c")) == ("a", "b", "c")
    assert touched_processes(AROUND, drawn("a")) == ("a",)
    assert touched_processes(AROUND, {"d.yaml": b""}) == ("d",)
    assert touched_processes(AROUND, {"T1.txt": b""}) == ()
    assert touched_processes(AROUND, {"nowhere.yaml": b""}) == ()
    assert changed_processes(AROUND, drawn("c") | {"d.yaml": b""}) == ("c",)


def test_processes_that_call_each_other_come_to_an_end() -> None:
    assert touched_processes(drawn("a", "b") | drawn("b", "a"), drawn("a")) == ("a", "b")


def test_the_same_files_have_the_same_digest_whatever_their_order() -> None:
    assert digest_of({"a": b"1", "b": b"2"}) == digest_of({"b": b"2", "a": b"1"})
    assert len({digest_of({"a": b"1"}), digest_of({"a": b"2"}), digest_of({"b": b"1"}), digest_of({})}) == 4


def test_a_run_is_begun_once_however_many_ask() -> None:
    runs = ScenarioRuns()
    asked = [threading.Thread(target=runs.start, args=(AROUND, drawn("d"))) for _ in range(5)]
    for thread in asked:
        thread.start()
    for thread in asked:
        thread.join()
    run = runs.wait(digest_of(AROUND))
    assert run is not None
    assert (run.running, run.passed, run.untested, run.total) == (False, True, ("d",), 0)
    assert runs.start(AROUND, drawn("d")) is run


def test_files_that_cannot_be_compiled_are_a_problem_of_the_run() -> None:
    runs = ScenarioRuns()
    files = {"a.bpmn": b"<not a diagram/>"}
    runs.start(files, files)
    run = runs.wait(digest_of(files))
    assert run is not None
    assert not run.passed
    assert "未通过检查" in run.problem_zh


def _dies(*_: object) -> None:
    raise SystemExit(1)


def test_a_process_that_dies_is_a_problem_and_can_be_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = ScenarioRuns()
    with monkeypatch.context() as patch:
        patch.setattr(testing, "_work", _dies)
        runs.start(AROUND, drawn("d"))
        run = runs.wait(digest_of(AROUND))
    assert run is not None
    assert (run.running, run.passed) == (False, False)
    assert "中断" in run.problem_zh
    runs.start(AROUND, drawn("d"), again=True)
    again = runs.wait(digest_of(AROUND))
    assert again is not None
    assert again.passed
