"""Multi-instance activities: parallel and sequential, on every sort of activity (BPMN 2.0.2 §13.3.7)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.bpmn import compile_definition
from engine.errors import DefinitionRefused
from engine.model import (
    CompleteUserTask,
    JobOpened,
)
from tests.each import each
from tests.unit.bpmn.drawing import Drawing, items, mapping, properties
from tests.unit.bpmn.running import run
from tests.unit.bpmn.several import KINDS, LIST, ONE_BY_ONE, items_of, several, work
from tests.unit.bpmn.test_tasks_and_gateways import FixedDecision


@pytest.mark.parametrize("kind", KINDS)
def test_all_items_are_done_at_once_and_each_result_goes_to_its_place(kind: str) -> None:
    r = run(several(kind, LIST), list=[Decimal(10), Decimal(20), Decimal(30)])
    rows = items_of(r)
    assert len(rows) == 3
    for place, answer in ((2, 1), (0, 2), (1, 3)):
        assert "after" not in r.waiting
        work(r, rows[place], Decimal(answer))
    assert r.waiting == ["after"]
    assert r.variables["results"] == [12, 23, 31]
    assert {"item", "loopCounter"}.isdisjoint(r.variables)
    r.complete("after")
    assert r.over == "completed end"
    r.proven()


@pytest.mark.parametrize("kind", KINDS)
def test_items_are_done_one_after_the_other(kind: str) -> None:
    r = run(several(kind, ONE_BY_ONE), list=[Decimal(10), Decimal(20), Decimal(30)])
    for n in (1, 2, 3):
        (row,) = items_of(r)
        seen = r.see(row.element)
        assert (seen["loopCounter"], seen["item"]) == (n, n * 10)
        work(r, row, Decimal(n))
    assert r.waiting == ["after"]
    assert r.variables["results"] == [11, 22, 33]
    r.proven()


@each("kind", KINDS)
@each("sequential", [False, True])
def test_nothing_to_do_completes_at_once_with_an_empty_collection(kind: str, sequential: bool) -> None:
    r = run(several(kind, ONE_BY_ONE if sequential else LIST), list=[])
    assert r.waiting == ["after"]
    assert r.variables["results"] == []
    r.proven()


@pytest.mark.parametrize(
    ("text", "variables"), [("3", {}), ("=n", {"n": Decimal(3)}), ("=count(list)", {"list": [1, 2, 3]})]
)
@pytest.mark.parametrize("sequential", [False, True])
def test_a_number_of_items(text: str, variables: dict[str, object], sequential: bool) -> None:
    marker = items(number=text, output="=loopCounter", into="numbers", sequential=sequential)
    r = run(several("user", marker), **variables)
    for n in range(3):
        assert len(items_of(r)) == (1 if sequential else 3 - n)
        work(r, items_of(r)[-1], None)
    assert r.variables["numbers"] == [1, 2, 3]
    r.proven()


@pytest.mark.parametrize("sequential", [False, True])
def test_scripts_decisions_and_plain_tasks_are_done_for_every_item(sequential: bool) -> None:
    d = Drawing().start().script("s", "=item * 2", "one")
    d.having(items("=list", "item", "=one", "doubles", sequential=sequential)).decision("rule", "d", "verdict")
    d.having(items("=doubles", "item", "=verdict + string(item)", "verdicts", sequential=sequential)).task("t")
    d.having(items(number="4", sequential=sequential)).user("u").flow("start", "s", "rule", "t", "u")
    r = run(d, {"d": FixedDecision("v")}, list=[Decimal(1), Decimal(2)])
    assert (r.variables["doubles"], r.variables["verdicts"]) == ([2, 4], ["v2", "v4"])
    assert r.entered("t") == 5
    r.proven()


def test_collections_by_reference_to_data_objects() -> None:
    refs = "<bpmn:loopDataInputRef>orders_ref</bpmn:loopDataInputRef><bpmn:loopDataOutputRef>sums_ref"
    refs += '</bpmn:loopDataOutputRef><bpmn:inputDataItem id="di" name="order"/><bpmn:outputDataItem id="sum"/>'
    d = Drawing().start().data_object("orders").data_object("sums").script("s", "=order + 1", "sum")
    d.having(items(inside=refs)).user("u").flow("start", "s", "u")
    r = run(d, orders=[Decimal(1), Decimal(5)])
    assert r.variables["sums"] == [2, 6]
    r.proven()


def test_inputs_and_outputs_belong_to_each_item_and_the_register_to_the_whole() -> None:
    extension = mapping({"twice": "=item * 2"}, {"total": "=total + twice"}) + properties(register="log")
    d = several("job", items("=list", "item", "=twice", "all"), extension)
    d.extension = properties(**{"register.log": "={total: total, all: all}"})
    r = run(d, list=[Decimal(1), Decimal(2)], total=Decimal(0))
    assert [dict(row.variables) for row in items_of(r) if isinstance(row, JobOpened)] == [
        {"loopCounter": 1, "item": 1, "twice": 2}, {"loopCounter": 2, "item": 2, "twice": 4},
    ]  # fmt: skip
    for row in items_of(r):
        assert not r.last.registers
        work(r, row, None)
    assert r.variables["total"] == 6
    assert [row.values for row in r.last.registers] == [{"total": 6, "all": [2, 4]}]
    r.proven()


def test_items_in_items() -> None:
    body = Drawing().start("in").user("u").having(items("=order", "line", "=line * answer", "lines")).end("out")
    body.flow("in", "u", "out")
    d = Drawing().start().sub("x", body).having(items("=orders", "order", "=lines", "all")).end()
    r = run(d.flow("start", "x", "end"), orders=[[Decimal(1), Decimal(2)], [], [Decimal(3)]])
    assert len(r.rows) == 3
    for n, row in enumerate(reversed(items_of(r)), start=1):
        work(r, row, Decimal(n))
    assert r.over == "completed end"
    assert r.variables["all"][1:] == [[], [3]]
    r.proven()


def test_the_inner_results_of_parallel_items_do_not_mix() -> None:
    body = Drawing().start("in").user("u").having(items("=order", "line", "=line * answer", "lines")).end("out")
    body.flow("in", "u", "out").data_object("lines")
    d = Drawing().start().sub("x", body).having(items("=orders", "order", "=lines", "all")).end()
    r = run(d.flow("start", "x", "end"), orders=[[Decimal(1), Decimal(2)], [Decimal(3)]])
    for n, row in enumerate((*items_of(r)[1:], items_of(r)[0]), start=1):
        work(r, row, Decimal(n))
    assert r.variables["all"] == [[3, 2], [6]]
    assert "lines" not in r.variables
    r.proven()


def test_results_without_mappings_are_assigned_where_the_name_lives_the_last_one_wins() -> None:
    r = run(several("job", items("=list", "item")), list=[1, 2])
    first, second = items_of(r)
    work(r, second, "late")
    work(r, first, "later")
    assert r.variables["answer"] == "later"
    r.proven()


def test_an_item_may_change_its_own_element_without_changing_the_collection() -> None:
    r = run(several("user", items("=list", "item", "=item", "seen")), list=[1, 2])
    r.do(CompleteUserTask(id=items_of(r)[0].id, variables={"item": "changed"}))
    r.do(CompleteUserTask(id=items_of(r)[0].id, variables={}))
    assert (r.variables["list"], r.variables["seen"]) == ([1, 2], ["changed", 2])
    assert "item" not in r.variables
    r.proven()


def test_the_collection_is_evaluated_once() -> None:
    r = run(several("user", items("=list", "item", "=item", "seen", sequential=True)), list=["a", "b"])
    r.do(CompleteUserTask(id=items_of(r)[0].id, variables={"list": ["x", "y", "z"]}))
    work(r, items_of(r)[0], None)
    assert (r.waiting, r.variables["seen"]) == (["after"], ["a", "b"])
    r.proven()


@pytest.mark.parametrize("sequential", [False, True])
def test_the_history_tells_the_whole_and_every_item(sequential: bool) -> None:
    r = run(several("user", items(number="3", sequential=sequential)))
    for _ in range(3):
        work(r, items_of(r)[0], None)
    whole = [e for e in r.events if e.element == "x" and e.kind.startswith("element.")]
    assert [(e.kind, (e.value or {}).get("instances")) for e in whole] == [
        ("element.entered", 3), ("element.completed", None),
    ]  # fmt: skip
    assert len({e.token for e in r.told("user_task.created") if e.element == "x"}) == 3
    assert len([e for e in r.told("user_task.completed") if e.element == "x"]) == 3
    r.proven()


@pytest.mark.parametrize(("collection", "number"), [(None, None), ("=list", "3")])
def test_a_marker_needs_either_a_collection_or_a_number(collection: str | None, number: str | None) -> None:
    with pytest.raises(DefinitionRefused):
        compile_definition(several("user", items(collection, number=number)).xml(), decisions={})
