"""What completed can be undone: by a handler at its edge, the last first, each once; throws wait for it or not."""

from __future__ import annotations

import pytest

from engine.model import Cancel, CompleteCall, CompleteJob, InstanceStatus
from tests.unit.bpmn.drawing import duration
from tests.unit.bpmn.event_drawing import (
    Events,
    begin,
    compensate,
    complete,
    ended,
    message,
    rounds,
    several,
    words,
)
from tests.unit.bpmn.running import Running

NEEDS = '<zeebe:taskDefinition type="w"/>'


def undone(r: Running) -> list[str]:
    """Complete handlers as they come, one at a time; gives their order."""
    order = []
    while handlers := [name for name in r.waiting if name.startswith("undo")]:
        assert len(handlers) == 1, "one after the other"
        order.append(handlers[0])
        r.complete(handlers[0])
    return order


def two_steps(*definitions: str, end: bool = False) -> Events:
    """a and b with handlers, then an event that undoes them."""
    d = Events().line("start start", "user a", "user b", "user c").handler("undo_a", "a").handler("undo_b", "b")
    if end:
        return d.ends("undo", *definitions).line("c", "undo")
    return d.throws("undo", *definitions).line("c", "undo", "user after", "end end")


def done(d: Events, *names: str, **variables: object) -> Running:
    r = begin(d, **variables)
    for name in names:
        r.complete(name)
    return r


def test_a_throw_undoes_what_its_scope_remembers_the_last_first_and_waits() -> None:
    r = done(two_steps(compensate()), "a", "b", "c")
    assert r.waiting == ["undo_b"]
    assert undone(r) == ["undo_b", "undo_a"]
    assert r.waiting == ["after"]
    r.complete("after")
    assert ended(r) == "end"
    assert words(r, "undo_a_edge") == ["element.entered", "element.completed"]


def test_the_order_is_that_of_completion_not_of_the_diagram() -> None:
    d = Events().line("start start", "parallel fork", "user a", "parallel join").line("fork", "user b", "join")
    d.handler("undo_a", "a").handler("undo_b", "b").throws("undo", compensate()).line("join", "undo", "end end")
    assert undone(done(d, "b", "a")) == ["undo_a", "undo_b"]
    assert undone(done(d, "a", "b")) == ["undo_b", "undo_a"]


def test_a_throw_may_name_one_activity_and_leaves_the_others_to_be_undone_later() -> None:
    d = two_steps(compensate("a")).throws("undo2", compensate())
    d.lines = [line for line in d.lines if 'targetRef="end"' not in line]
    r = done(d.line("after", "undo2", "end"), "a", "b", "c")
    assert undone(r) == ["undo_a"]
    r.complete("after")
    assert undone(r) == ["undo_b"]
    assert ended(r) == "end"


def test_nothing_is_undone_twice() -> None:
    d = two_steps(compensate()).throws("undo2", compensate("a")).throws("undo3", compensate())
    d.lines = [line for line in d.lines if 'targetRef="end"' not in line]
    r = done(d.line("after", "undo2", "undo3", "end"), "a", "b", "c")
    assert undone(r) == ["undo_b", "undo_a"]
    r.complete("after")
    assert ended(r) == "end"
    assert words(r, "undo_a").count("user_task.created") == 1


def test_what_has_not_completed_or_was_cancelled_is_not_undone() -> None:
    d = Events().line("start start", "parallel fork", "user a", "end e1").line("fork", "user b")
    d.handler("undo_a", "a").handler("undo_b", "b").handler("undo_c", "c").line("fork", "user c", "end e2")
    d.edge("late", "c", duration("PT1H")).throws("undo", compensate()).line("late", "undo", "user after", "end end")
    r = begin(d)
    r.complete("b")
    r.fire("late")
    assert undone(r) == ["undo_b"]
    assert r.waiting == ["a", "after"]
    assert words(r, "undo_c_edge") == words(r, "undo_a_edge") == []


def test_a_throw_that_does_not_wait_goes_on_while_the_instance_stays() -> None:
    r = done(two_steps(compensate(wait=False)), "a", "b", "c")
    assert r.waiting == ["after", "undo_b"]
    r.complete("after")
    assert (r.last.status, r.last.end_state) == (InstanceStatus.ACTIVE, "end")
    assert undone(r) == ["undo_b", "undo_a"]
    assert ended(r) == "end"


@pytest.mark.parametrize("wait", [True, False])
def test_an_end_event_undoes_before_the_instance_ends(wait: bool) -> None:
    r = done(two_steps(compensate(wait=wait), end=True), "a", "b", "c")
    assert r.last.status is InstanceStatus.ACTIVE
    assert undone(r) == ["undo_b", "undo_a"]
    assert ended(r) == "undo"


def test_with_nothing_to_undo_a_throw_goes_on_at_once() -> None:
    d = Events().line("start start").throws("undo", compensate()).line("start", "undo", "end end")
    assert ended(begin(d)) == "end"
    named = two_steps(compensate("c"))
    r = done(named, "a", "b", "c")
    assert r.waiting == ["after"]


def test_a_branch_on_its_way_completes_before_the_throw_undoes() -> None:
    d = Events().line("start start", "parallel fork", "task t1", "task t2", "set x=1 a", "end e1")
    d.handler("undo_a", "a").throws("undo", compensate()).line("fork", "undo", "end end")
    r = begin(d)
    assert r.waiting == ["undo_a"]


def host(kind: str) -> Events:
    """An activity of a kind, called h, which completes at once or by completing x."""
    d = Events().line("start start")
    body = Events().line("start b", "user x", "end e")
    if kind in ("subProcess", "transaction"):
        d.nest("h", body, kind)
    elif kind == "adHocSubProcess":
        d.nest("h", Events().line("user x"), kind)
    elif kind == "items of a sub-process":
        d.nest("h", body, marker=several())
    elif kind == "items":
        d.element("serviceTask", "h", several(), NEEDS)
    elif kind == "rounds":
        d.element("serviceTask", "h", rounds(2), NEEDS)
    elif kind == "receiveTask":
        d.receive("h", "msg_m")
    else:
        d.line({"call": "call child h", "script": "set x=1 h"}.get(kind, f"{kind} h"))
    return d.handler("undo", "h").throws("t", compensate()).line("start", "h", "user go", "t", "user after", "end end")


@pytest.mark.parametrize(
    "kind",
    [
        "task", "manualTask", "script", "user", "service", "call", "receiveTask", "subProcess", "transaction",
        "adHocSubProcess", "items", "items of a sub-process", "rounds",
    ],
)  # fmt: skip
def test_every_sort_of_activity_can_be_undone_as_one(kind: str) -> None:
    r = begin(host(kind), order_id="1")
    while "go" not in r.waiting:
        row = next(iter(r.rows.values()))
        if row.element == "x" or kind == "user":
            complete(r, row)
        elif kind == "call":
            r.do(CompleteCall(id=row.id, variables={}))
        elif kind == "receiveTask":
            r.message("h")
        else:
            r.do(CompleteJob(id=row.id))
    r.complete("go")
    assert r.waiting == ["undo"]
    r.complete("undo")
    assert r.waiting == ["after"], "once, whatever the number of its items"


def test_each_round_through_a_loop_of_flows_is_remembered() -> None:
    d = Events().line("start start", "exclusive m", "user a", "exclusive g_undo g").handler("undo_a", "a")
    d.throws("undo", compensate()).line("g", "undo", "end end").flow("g", "m", when="=more")
    r = begin(d)
    for n in (1, 2, 3):
        r.complete("a", more=n < 3)
    assert undone(r) == ["undo_a"] * 3
    assert ended(r) == "end"


def test_compensation_within_a_loop_undoes_what_came_since_the_last() -> None:
    d = Events().line("start start", "exclusive m", "user a", "user b").handler("undo_a", "a").handler("undo_b", "b")
    d.throws("undo", compensate()).line("b", "undo", "exclusive g_end g", "end end").flow("g", "m", when="=more")
    r = begin(d)
    for more in (True, False):
        r.complete("a")
        r.complete("b", more=more)
        assert undone(r) == ["undo_b", "undo_a"]
    assert ended(r) == "end"


def test_cancelling_the_instance_while_it_undoes() -> None:
    r = done(two_steps(compensate()), "a", "b", "c")
    r.do(Cancel(reason="x"))
    assert r.last.status is InstanceStatus.CANCELLED
    assert words(r, "undo_b_edge") == ["element.entered", "element.cancelled"]
    assert words(r, "undo_a_edge") == []


def test_a_scope_interrupted_while_it_undoes_undoes_no_more() -> None:
    body = Events().line("start b0", "user a", "user b", "user c").handler("undo_a", "a").handler("undo_b", "b")
    body.throws("undo", compensate()).line("c", "undo", "end e")
    d = Events().line("start start").nest("s", body).edge("stop", "s", message("msg_stop"))
    r = done(d.line("start", "s", "end end").line("stop", "end stopped"), "a", "b", "c", order_id="1")
    assert r.waiting == ["stop", "undo_b"]
    r.message("stop")
    assert ended(r) == "stopped"


def test_a_process_that_ends_forgets_what_it_remembers() -> None:
    d = two_steps(compensate("b"))
    r = done(d, "a", "b", "c")
    assert undone(r) == ["undo_b"]
    r.complete("after")
    assert ended(r) == "end"
    assert words(r, "undo_a_edge") == []


def test_two_throws_at_once_share_what_there_is() -> None:
    d = Events().line("start start", "user a", "user b", "parallel fork").handler("undo_a", "a").handler("undo_b", "b")
    d.throws("t1", compensate("a")).throws("t2", compensate())
    d.line("fork", "t1", "end e1").line("fork", "t2", "end e2")
    r = done(d, "a", "b")
    assert r.waiting == ["undo_a", "undo_b"]
    r.complete("undo_b")
    assert words(r, "e2") == ["element.entered", "element.completed"]
    r.complete("undo_a")
    assert ended(r) == "e1"


def test_one_event_may_name_two_activities() -> None:
    r = done(two_steps(compensate("a"), compensate("b")), "a", "b", "c")
    assert r.waiting == ["undo_a", "undo_b"]
    r.complete("undo_a")
    assert r.waiting == ["undo_b"]
    r.complete("undo_b")
    assert r.waiting == ["after"]
