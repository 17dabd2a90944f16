"""A conditional event fires when its condition is true on arrival or becomes true, whoever changed the variable."""

from __future__ import annotations

import pytest

from engine.errors import LimitExceeded
from engine.model import CompleteCall, CompleteJob, InstanceStatus, ResolveIncident
from tests.unit.bpmn.drawing import duration, mapping
from tests.unit.bpmn.event_drawing import (
    Events,
    begin,
    complete,
    condition,
    ended,
    error,
    message,
    rows_of,
    send_signal,
    several,
    signal,
    throw,
    words,
)


def beside(*steps: str, text: str = "=x = 1") -> Events:
    """A branch that waits for a condition, and another that changes variables."""
    d = Events().line("start start", "parallel f").catches("if", condition(text)).line("f", "if", "user got", "end end")
    return d.line("f", *steps)


def test_it_fires_on_arrival_when_the_condition_is_true_already() -> None:
    d = Events().line("start start").catches("if", condition("=x > 1")).line("start", "if", "end end")
    assert ended(begin(d, x=2)) == "end"


def test_one_that_alone_is_left_and_cannot_become_true_says_so() -> None:
    d = Events().line("start start").catches("if", condition("=x > 1")).line("start", "if", "end end")
    r = begin(d, x=1)
    assert list(r.incidents.values()) == ["deadlocked"]
    r.do(ResolveIncident(id=next(iter(r.incidents)), variables={"x": 2}))
    assert ended(r) == "end"


@pytest.mark.parametrize(
    "steps",
    [
        ("user by", "user w"),
        ("user by", "set x=1 by_script", "user w"),
        ("user by", "set x=0 by0", "set x=1 by_script", "set x=2 by2", "user w"),
    ],
)
def test_a_person_or_a_script_changes_it(steps: tuple[str, ...]) -> None:
    r = begin(beside(*steps), x=0)
    assert r.waiting == ["by"]
    r.complete("by", x=1 if len(steps) == 2 else 0)
    assert r.waiting == ["got", "w"]


def test_a_job_a_call_an_output_a_message_a_signal_and_an_error_change_it() -> None:
    r = begin(beside("service j", "user w"), x=0)
    r.job("j", x=1)
    assert r.waiting == ["got", "w"]

    r = begin(beside("call child c", "user w"), x=0)
    r.do(CompleteCall(id=r.id_of("c"), variables={"x": 1}))
    assert r.waiting == ["got", "w"]

    d = beside("exclusive m").user("u", extension=mapping(outputs={"x": "=y"})).line("m", "u", "user w")
    r = begin(d, x=0)
    r.complete("u", y=1)
    assert r.waiting == ["got", "w"]

    d = beside("exclusive m", text="=x.n = 1").catches("news", message("msg_x")).line("m", "news", "user w")
    r = begin(d, x=0, order_id="1")
    r.message("news", {"n": 1})
    assert r.waiting == ["got", "w"]

    d = beside("exclusive m", text="=x.n = 1").catches("news", signal("sig_x")).line("m", "news", "user w")
    r = begin(d, x=0)
    send_signal(r, "sig_x", n=1)
    assert r.waiting == ["got", "w"]

    d = beside("service j", "user w").edge("e", "j", error()).line("e", "user w2")
    r = begin(d, x=0)
    throw(r, "j", "E1", x=1)
    assert r.waiting == ["got", "w2"]


def test_resolving_an_incident_changes_it() -> None:
    d = beside("exclusive g_w g", "user w", text="=x = 1").line("user w2").flow("g", "w2", when="=y")
    r = begin(d, x=0, y="neither")
    assert list(r.incidents.values()) == ["condition_not_boolean"]
    r.do(ResolveIncident(id=next(iter(r.incidents)), variables={"x": 1, "y": True}))
    assert r.waiting == ["got", "w2"]


def test_it_sees_the_variables_of_its_own_scope_and_not_those_of_others() -> None:
    body = (
        Events().line("start b", "parallel f2").catches("if", condition("=n = 2")).line("f2", "if", "user got", "end e")
    )
    body.line("f2", "user by", "end e2")
    d = Events().line("start start").nest("s", body, extension=mapping({"n": "=item"}), marker=several())
    r = begin(d.line("start", "s", "end end"), n=0)
    assert r.waiting == ["by", "by", "got"], "the second item has n = 2"
    complete(r, rows_of(r, "by")[0], n=2)
    assert r.waiting == ["by", "got", "got"]
    assert r.variables == {"n": 0}


def test_null_is_false() -> None:
    r = begin(beside("user by", "user w"))
    assert (r.waiting, r.incidents) == (["by"], {})
    r.complete("by", x=1)
    assert r.waiting == ["got", "w"]


def test_what_is_neither_true_nor_false_is_an_incident_that_can_be_mended() -> None:
    r = begin(beside("user by", "user w", text="=x"), x=False)
    r.complete("by", x="yes")
    assert list(r.incidents.values()) == ["condition_not_boolean"]
    assert r.waiting == ["w"]
    r.do(ResolveIncident(id=next(iter(r.incidents)), variables={"x": False}))
    assert (r.waiting, r.incidents) == (["w"], {})
    r.complete("w", x=True)
    assert r.waiting == ["got"]


def test_such_an_incident_resolved_with_a_true_condition_lets_it_go() -> None:
    r = begin(beside("user by", "user w", text="=x"), x=7)
    assert list(r.incidents.values()) == ["condition_not_boolean"]
    r.do(ResolveIncident(id=next(iter(r.incidents)), variables={"x": True}))
    assert r.waiting == ["by", "got"]


def test_behind_an_event_based_gateway_it_calls_the_others_off() -> None:
    d = Events().line("start start", "parallel f", "eventBased gw").line("f", "user by", "user w")
    d.catches("if", condition("=x = 1")).catches("tm", duration("PT1H")).line("gw", "if", "end a").line(
        "gw", "tm", "end b"
    )
    r = begin(d, x=0)
    r.complete("by", x=1)
    assert r.waiting == ["w"]
    assert r.last.end_state == "a"
    assert words(r, "tm") == ["timer.armed", "timer.cancelled"]
    at_once = begin(d, x=1)
    assert at_once.waiting == ["by"]
    assert at_once.last.opened[0].element == "by"


def guarded(interrupting: bool, text: str = "=x > 1") -> Events:
    d = Events().line("start start", "parallel f", "user host", "end end").line("f", "exclusive m", "user by")
    d.flow("by", "m")
    return d.edge("if", "host", condition(text), interrupting=interrupting).line("if", "user got", "end e2")


def test_an_interrupting_boundary_ends_its_host_once() -> None:
    r = begin(guarded(True), x=0)
    r.complete("by", x=1)
    assert r.waiting == ["by", "host"]
    r.complete("by", x=2)
    assert r.waiting == ["by", "got"]
    assert words(r, "host") == ["user_task.created", "user_task.cancelled"]
    r.complete("by", x=3)
    assert r.waiting == ["by", "got"]


def test_a_boundary_that_does_not_interrupt_fires_at_each_edge() -> None:
    r = begin(guarded(False), x=0)
    for n, (value, count) in enumerate([(1, 0), (2, 1), (3, 1), (2, 1), (0, 1), (1, 1), (5, 2), (None, 2), (2, 3)]):
        r.complete("by", x=value)
        assert (n, r.waiting.count("got")) == (n, count)
    r.complete("host")
    assert r.waiting == ["by", "got", "got", "got"]


def test_a_condition_that_is_true_as_the_host_is_entered_fires_at_once() -> None:
    r = begin(guarded(True), x=2)
    assert r.waiting == ["by", "got"]
    assert r.last.opened[-1].element in ("by", "got")
    assert begin(guarded(False), x=2).waiting == ["by", "got", "host"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_host_that_completes_with_the_value_has_completed(interrupting: bool) -> None:
    r = begin(guarded(interrupting), x=0)
    task = r.id_of("host")
    r.complete("host", x=2)
    assert words(r, "host") == ["user_task.created", "user_task.completed"]
    assert [(row.id, row.completed) for row in r.last.closed if row.id == task] == [(task, True)]
    assert r.waiting == ["by"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_event_sub_process_watches_a_condition_by_its_edges(interrupting: bool) -> None:
    handler = Events().starts("on", condition("=x > 1"), interrupting=interrupting).line("on", "user got", "end e2")
    d = Events().line("start start", "exclusive m", "user by").flow("by", "m")
    r = begin(d.watch("w", handler), x=0)
    r.complete("by", x=2)
    assert r.waiting == (["got"] if interrupting else ["by", "got"])
    if not interrupting:
        r.complete("by", x=3)
        assert r.waiting == ["by", "got"]
        r.complete("by", x=0)
        r.complete("by", x=3)
        assert r.waiting == ["by", "got", "got"]


def test_an_event_sub_process_whose_condition_is_true_from_the_start() -> None:
    handler = Events().starts("on", condition("=x > 1")).line("on", "end e2")
    r = begin(Events().line("start start", "user a", "end end").watch("w", handler), x=2)
    assert ended(r) == "e2"
    assert words(r, "a") == []


def test_two_interrupting_conditions_that_become_true_together_fire_once() -> None:
    d = Events().line("start start", "user by", "user host", "end end")
    for name in ("one", "two"):
        d.edge(name, "host", condition("=x = 1")).line(name, f"end {name}_end")
    d.line("start", "user setter")
    r = begin(d, x=0)
    r.complete("by")
    r.complete("setter", x=1)
    assert ended(r) == "one_end"
    assert words(r, "two") == ["element.entered", "element.cancelled"]


def test_a_join_waits_for_a_condition_and_an_inclusive_one_knows_that_it_may_come() -> None:
    for kind in ("parallel", "inclusive"):
        d = Events().line("start start", "parallel f").catches("if", condition("=x = 1"))
        d.line("f", "if", f"{kind} j", "user after", "end end").line("f", "user by", "j")
        r = begin(d, x=0)
        r.complete("by", x=0)
        assert list(r.incidents.values()) == ["deadlocked"]
        r.do(ResolveIncident(id=next(iter(r.incidents)), variables={"x": 1}))
        assert r.waiting == ["after"]
        assert words(r, "after") == ["user_task.created"]


def test_a_condition_fires_before_a_join_is_looked_at() -> None:
    d = Events().line("start start", "parallel f").catches("if", condition("=x = 1"))
    d.line("f", "if", "inclusive j", "user after", "end end").line("f", "user by", "j")
    r = begin(d, x=0)
    r.complete("by", x=1)
    assert r.waiting == ["after"]
    assert words(r, "j").count("element.entered") == 2


def test_a_condition_that_makes_itself_true_again_ends_at_the_limit_not_never() -> None:
    d = Events().line("start start", "user host", "end end")
    d.edge("if", "host", condition("=x = 1"), interrupting=False).line("if", "set x=0 s0", "set x=1 s1", "end e2")
    r = begin(d, x=0)
    assert r.last.status is InstanceStatus.ACTIVE
    d2 = Events().line("start start", "user host", "end end").line("start", "user by", "end e3")
    d2.edge("if", "host", condition("=x = 1"), interrupting=False).line("if", "set x=0 s0", "set x=1 s1", "end e2")
    r = begin(d2, x=0)
    with pytest.raises(LimitExceeded):
        r.complete("by", x=1)
    assert r.waiting == ["by", "host"]


def test_a_job_with_a_condition_at_its_edge_completes_with_the_value() -> None:
    d = Events().line("start start", "service j", "end end").edge("if", "j", condition("=done")).line("if", "end e2")
    r = begin(d)
    r.do(CompleteJob(id=r.id_of("j"), variables={"done": True}))
    assert ended(r) == "end"
