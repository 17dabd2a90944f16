"""What ends a multi-instance activity early, what goes wrong in it, and how much it may be."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.model import FailJob, ThrowError
from tests.unit.bpmn.drawing import Drawing, duration, items
from tests.unit.bpmn.running import run
from tests.unit.bpmn.several import KINDS, LIST, ONE_BY_ONE, items_of, several, work


@pytest.mark.parametrize("kind", KINDS)
def test_a_boundary_timer_ends_all_items_and_no_result_is_kept(kind: str) -> None:
    d = several(kind, LIST).boundary("tm", "x", duration("PT1H")).user("late").flow("tm", "late")
    r = run(d, list=[Decimal(1), Decimal(2), Decimal(3)])
    work(r, items_of(r)[1], Decimal(1))
    r.fire("tm")
    assert r.waiting == ["late"]
    assert "results" not in r.variables
    assert sorted(closed.completed for closed in r.last.closed) == [False, False, True]
    r.proven()


def test_a_non_interrupting_boundary_timer_leaves_the_items_alone() -> None:
    d = several("user", LIST).boundary("tm", "x", duration("PT1H"), interrupting=False).user("late").flow("tm", "late")
    r = run(d, list=[Decimal(1), Decimal(2)])
    r.fire("tm")
    for row in items_of(r):
        work(r, row, Decimal(0))
    assert r.waiting == ["after", "late"]
    assert r.variables["results"] == [1, 2]
    r.proven()


@pytest.mark.parametrize("sequential", [False, True])
def test_an_error_of_one_item_ends_all(sequential: bool) -> None:
    d = several("job", ONE_BY_ONE if sequential else LIST).boundary("err", "x", error="E1").user("mend")
    r = run(d.flow("err", "mend"), list=[Decimal(1), Decimal(2), Decimal(3)])
    work(r, items_of(r)[0], Decimal(1))
    r.do(ThrowError(id=items_of(r)[-1].id, error_code="E1", variables={"why": "x"}))
    assert r.waiting == ["mend"]
    assert r.variables["why"] == "x"
    r.proven()


def test_an_error_inside_one_sub_process_is_dealt_with_there_and_the_others_go_on() -> None:
    body = Drawing().start("in").service("j").boundary("err", "j", error="E1").user("mend").end("out").end("out2")
    body.flow("in", "j", "out").flow("err", "mend", "out2")
    d = Drawing().start().sub("x", body).having(items(number="2")).end().flow("start", "x", "end")
    r = run(d)
    r.do(ThrowError(id=r.ids_of("j")[0], error_code="E1"))
    assert r.waiting == ["j", "mend"]
    r.job("j")
    r.complete("mend")
    assert r.over == "completed end"
    r.proven()


# --- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, "abc", Decimal(3), {"a": 1}])
def test_a_collection_that_is_no_list_is_an_incident(value: object) -> None:
    r = run(several("user", LIST), list=value)
    assert list(r.incidents.values()) == ["multi_instance"]
    r.resolve(list=[Decimal(1)])
    assert len(items_of(r)) == 1
    r.proven()


@pytest.mark.parametrize("value", [None, "3", Decimal("1.5"), Decimal(-1), True, Decimal(1001)])
def test_a_number_of_items_that_is_none_is_an_incident(value: object) -> None:
    r = run(several("user", items(number="=n")), n=value)
    assert list(r.incidents.values()) == ["multi_instance"]
    r.resolve(n=Decimal(0))
    assert r.waiting == ["after"]
    r.proven()


def test_an_incident_in_one_item_leaves_the_others_alone() -> None:
    r = run(
        several("user", items("=list", "item", "=count(for i in 1..item, j in 1..item return i)", "n")),
        list=[1, 5000, 2],
    )
    for row in items_of(r):
        work(r, row, None)
    assert list(r.incidents.values()) == ["output"]
    assert r.waiting == []
    r.resolve(item=Decimal(3))
    assert (r.waiting, r.variables["n"]) == (["after"], [1, 9, 4])
    r.proven()


def test_a_job_of_one_item_that_ran_out_of_retries_is_repaired() -> None:
    r = run(several("job", LIST), list=[Decimal(1), Decimal(2)])
    first, second = items_of(r)
    r.do(FailJob(id=first.id, problem="x", retries_left=0))
    work(r, second, Decimal(1))
    assert r.incidents == {first.id: "no_retries_left"}
    r.resolve()
    work(r, first, Decimal(1))
    assert r.variables["results"] == [2, 3]
    r.proven()


@pytest.mark.parametrize("how", ["completion", "timer"])
def test_what_ends_the_whole_takes_the_incident_of_an_item_with_it(how: str) -> None:
    d = several("job", items(number="3", completion="=numberOfCompletedInstances = 1"))
    r = run(d.boundary("tm", "x", duration("PT1H")).flow("tm", "end"))
    first, second, _ = items_of(r)
    r.do(FailJob(id=first.id, problem="x", retries_left=0))
    work(r, second, None) if how == "completion" else r.fire("tm")
    assert (r.incidents, r.last.incidents_closed) == ({}, (first.id,))
    assert r.waiting == (["after"] if how == "completion" else [])
    r.proven()


# --- many -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["user", "job"])
def test_a_thousand_items_work_and_take_little_room(kind: str) -> None:
    r = run(several(kind, items("=list", "item", "=item", "seen")), list=[Decimal(n) for n in range(1000)])
    assert len(r.rows) == 1000
    assert len(r.last.state) <= 120 * 1000
    for row in items_of(r)[:10]:
        work(r, row, None)
    for row in items_of(r)[-10:]:
        work(r, row, None)
    assert len(r.rows) == 980
    r.proven()


def test_a_thousand_automatic_items_run_in_one_step() -> None:
    d = Drawing().start().script("s", "=item + 1", "one").having(items("=list", "item", "=one", "all")).user("u")
    r = run(d.flow("start", "s", "u"), list=[Decimal(n) for n in range(1000)])
    assert r.variables["all"] == list(range(1, 1001))
    r.proven()


def test_more_than_a_thousand_items_are_an_incident() -> None:
    r = run(several("user", LIST), list=list(range(1001)))
    assert list(r.incidents.values()) == ["multi_instance"]
    r.proven()
