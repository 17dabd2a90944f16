"""Events with several definitions: the first that comes is enough, or all must; what throws throws all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.model import FireTimer, InstanceStatus, JobOpened, SubscriptionOpened
from tests.unit.bpmn.drawing import cycle, duration, mapping
from tests.unit.bpmn.event_drawing import (
    TERMINATE,
    Events,
    begin,
    compensate,
    condition,
    correlate,
    ended,
    error,
    escalation,
    message,
    rows_of,
    send_signal,
    signal,
    words,
)
from tests.unit.bpmn.running import MONDAY_9AM, Running

ALL = (message("msg_m"), signal("sig_s"), duration("PT1H"), condition("=x = 1"))


def row(r: Running, kind: str, element: str = "c") -> SubscriptionOpened | JobOpened:
    """What waits at a multiple event for a message, a signal or a timer."""
    for one in rows_of(r, element):
        if isinstance(one, JobOpened):
            if kind == "timer":
                return one
        elif isinstance(one, SubscriptionOpened) and one.kind.value == kind:
            return one
    raise AssertionError(f"{element} does not wait for a {kind}")


def come(r: Running, kind: str, element: str = "c") -> None:
    if kind == "message":
        one = row(r, "message", element)
        assert isinstance(one, SubscriptionOpened)
        correlate(r, one, "p")
    elif kind == "signal":
        send_signal(r, "sig_s")
    elif kind == "timer":
        one = row(r, "timer", element)
        assert isinstance(one, JobOpened)
        r.now = max(r.now, one.due_at or r.now)
        r.do(FireTimer(id=one.id))
    else:
        r.complete("by", x=1)


KINDS = ["message", "signal", "timer", "condition"]


def waiting(parallel: bool = False) -> Events:
    d = (
        Events()
        .line("start start", "parallel f")
        .catches("c", *ALL, parallel=parallel)
        .line("f", "c", "user got", "end e")
    )
    return d.line("f", "exclusive m", "user by").flow("by", "m")


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_that_comes_is_enough_and_calls_the_others_off(kind: str) -> None:
    r = begin(waiting(), order_id="SO1", x=0)
    assert r.waiting == ["by", "c", "c", "c"]
    come(r, kind)
    assert r.waiting == ["by", "got"]
    assert words(r, "c").count("element.completed") == (2 if kind == "condition" else 1)
    assert words(r, "got") == ["user_task.created"]


@pytest.mark.parametrize("order", [KINDS, KINDS[::-1], ["timer", "condition", "signal", "message"]])
def test_a_parallel_one_waits_for_all_in_any_order(order: list[str]) -> None:
    r = begin(waiting(parallel=True), order_id="SO1", x=0)
    for n, kind in enumerate(order):
        assert "got" not in r.waiting
        come(r, kind)
        assert ("got" in r.waiting) is (n == 3)
    assert r.variables["m"] == "p"
    assert words(r, "c").count("subscription.cancelled") == 0


def test_each_came_once_for_a_parallel_one() -> None:
    r = begin(waiting(parallel=True), order_id="SO1", x=0)
    come(r, "signal")
    with pytest.raises(AssertionError, match="does not wait"):
        row(r, "signal")
    r.complete("by", x=1)
    r.complete("by", x=0)
    come(r, "timer")
    come(r, "message")
    assert "got" in r.waiting, "the condition was true once: that has come"


def test_it_is_true_at_once_by_its_condition() -> None:
    r = begin(waiting(), order_id="SO1", x=1)
    assert r.waiting == ["by", "got"]
    r = begin(waiting(parallel=True), order_id="SO1", x=1)
    assert r.waiting == ["by", "c", "c", "c"]


def test_a_payload_that_makes_its_own_condition_true_fires_it_once() -> None:
    d = (
        Events()
        .line("start start")
        .catches("c", message("msg_m"), condition("=m = 1"))
        .line("start", "c", "user a", "end e")
    )
    r = begin(d, order_id="1")
    r.message("c", 1)
    assert r.waiting == ["a"]
    assert words(r, "a") == ["user_task.created"]


@pytest.mark.parametrize("where", ["edge", "watch"])
def test_a_payload_that_makes_the_condition_of_an_interrupting_one_true_interrupts_once(where: str) -> None:
    body = Events().line("start b", "user x", "end e0")
    d = Events().line("start start").nest("s0", around_x(where, body)).line("start", "s0", "user after", "end end")
    r = begin(d, order_id="1")
    r.message("c", 1)
    assert r.waiting == ["got"]
    r.complete("got")
    assert r.waiting == ["after"]


def around_x(where: str, body: Events) -> Events:
    two = (message("msg_m"), condition("=m = 1"))
    if where == "edge":
        return body.edge("c", "x", *two).line("c", "user got", "end e1")
    return body.watch("w", Events().starts("c", *two).line("c", "user got", "end e1"))


def edge(interrupting: bool, *definitions: str, parallel: bool = False) -> Events:
    d = Events().line("start start", "parallel f", "user host", "end end").line("f", "exclusive m", "user by")
    d.flow("by", "m").edge("c", "host", *definitions, interrupting=interrupting, parallel=parallel)
    return d.line("c", "user got", "end e1")


@pytest.mark.parametrize("kind", KINDS)
def test_an_interrupting_boundary_of_several(kind: str) -> None:
    r = begin(edge(True, *ALL), order_id="SO1", x=0)
    come(r, kind)
    assert r.waiting == ["by", "got"]
    assert words(r, "host")[-1] == "user_task.cancelled"


def test_one_that_does_not_interrupt_waits_on_for_all_that_can_come_again() -> None:
    r = begin(edge(False, *ALL), order_id="SO1", x=0)
    for n, kind in enumerate(["message", "signal", "message", "timer", "condition", "signal"], start=1):
        come(r, kind)
        assert (kind, r.waiting.count("got")) == (kind, n)
    with pytest.raises(AssertionError, match="does not wait"):
        row(r, "timer")
    r.complete("by", x=1)
    assert r.waiting.count("got") == 6, "the condition was true before"
    r.complete("by", x=0)
    r.complete("by", x=1)
    assert r.waiting.count("got") == 7
    r.complete("host")
    assert r.waiting == ["by", *["got"] * 7]


def test_a_cycle_among_several_counts_on_while_others_come() -> None:
    r = begin(edge(False, message("msg_m"), cycle("R2/PT1H")), order_id="SO1")
    come(r, "message")
    for hour in (1, 2):
        one = row(r, "timer")
        assert isinstance(one, JobOpened)
        assert one.due_at == MONDAY_9AM + timedelta(hours=hour)
        come(r, "timer")
        come(r, "message")
    assert r.waiting == ["by", "c", *["got"] * 5, "host"]


def test_only_timers_that_have_run_out_leave_nothing_to_wait_for() -> None:
    r = begin(edge(False, duration("PT1H"), duration("PT2H")))
    come(r, "timer")
    come(r, "timer")
    assert r.waiting == ["by", "got", "got", "host"]
    assert r.last.opened[-1].element == "got"
    assert rows_of(r, "c") == []


def test_a_parallel_boundary_waits_for_all_and_then_for_all_anew() -> None:
    r = begin(edge(False, message("msg_m"), signal("sig_s"), parallel=True), order_id="SO1")
    for n in (1, 2):
        come(r, "message")
        assert r.waiting.count("got") == n - 1
        come(r, "signal")
        assert r.waiting.count("got") == n
    assert r.waiting.count("c") == 2


def test_a_parallel_interrupting_boundary() -> None:
    r = begin(edge(True, message("msg_m"), signal("sig_s"), parallel=True), order_id="SO1")
    come(r, "signal")
    assert r.waiting == ["by", "c", "host"]
    come(r, "message")
    assert r.waiting == ["by", "got"]


def test_a_parallel_one_of_conditions_fires_by_their_edges() -> None:
    r = begin(edge(False, condition("=x > 0"), condition("=y > 0"), parallel=True), x=1, y=0)
    r.complete("by", y=1)
    assert r.waiting.count("got") == 1
    r.complete("by", x=0, y=0)
    r.complete("by", x=1, y=1)
    assert r.waiting.count("got") == 2


def test_errors_and_escalations_stand_beside_what_waits() -> None:
    body = Events().line("start b", "user x", "exclusive g_e g", "end e").throws("out", escalation("C1"))
    body.flow("g", "out", when="=up")
    body.line("out", "service job", "end e2")
    d = Events().line("start start").nest("s", body).line("start", "s", "end end")
    d.edge("c", "s", error("E1"), escalation("C1"), message("msg_m")).line("c", "user got", "end e1")
    r = begin(d, order_id="1")
    r.complete("x", up=True)
    assert r.waiting == ["got"]
    r = begin(d, order_id="1")
    r.message("c")
    assert r.waiting == ["got"]
    assert words(r, "s") == ["element.entered", "element.cancelled"]


def test_the_key_of_a_part_at_an_edge_is_read_outside_its_host_as_that_of_a_single_event() -> None:
    d = Events().line("start start").user("a", extension=mapping({"order_id": '="inner"'}))
    d.edge("c", "a", message("msg_m"), signal("sig_s")).line("c", "end e1")
    r = begin(d.line("start", "a", "end end"), order_id="outer")
    one = row(r, "message")
    assert isinstance(one, SubscriptionOpened)
    assert one.correlation_key == "outer"


def test_definitions_may_stand_at_the_root() -> None:
    d = Events().line("start start")
    d.top.append(duration("PT1H").replace("<bpmn:timerEventDefinition", '<bpmn:timerEventDefinition id="an_hour"'))
    d.top.append('<bpmn:signalEventDefinition id="the_signal" signalRef="s_sig_s"/>')
    reference = "<bpmn:eventDefinitionRef>{}</bpmn:eventDefinitionRef>"
    d.catches("c", reference.format("an_hour"), reference.format("the_signal"), message("msg_m"))
    d.ends("out", reference.format("the_signal")).line("start", "c", "out")
    r = begin(d, order_id="1")
    assert [type(one).__name__ for one in rows_of(r, "c")].count("JobOpened") == 1
    assert len(rows_of(r, "c")) == 3
    come(r, "timer")
    assert ended(r) == "out"
    assert [one.name for one in r.last.signals] == ["sig_s"]


def test_behind_an_event_based_gateway() -> None:
    d = Events().line("start start", "eventBased gw").catches("c", message("msg_m"), signal("sig_s"))
    d.catches("tm", duration("PT1H")).line("gw", "c", "end a").line("gw", "tm", "end b")
    for kind in ("message", "signal"):
        r = begin(d, order_id="1")
        come(r, kind)
        assert ended(r) == "a"
    r = begin(d, order_id="1")
    r.fire("tm")
    assert ended(r) == "b"
    assert words(r, "c").count("subscription.cancelled") == 2


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_parallel_start_of_an_event_sub_process(interrupting: bool) -> None:
    handler = Events().starts("c", message("msg_m"), signal("sig_s"), interrupting=interrupting, parallel=True)
    d = Events().line("start start", "user a", "end end").watch("w", handler.line("c", "user got", "end e1"))
    r = begin(d, order_id="1")
    come(r, "message")
    assert r.waiting == ["a", "c"]
    come(r, "signal")
    assert r.waiting == (["got"] if interrupting else ["a", "c", "c", "got"])


def test_a_start_event_of_several_begins_by_any() -> None:
    d = Events().starts("go", message("msg_m"), signal("sig_s")).line("go", "user a", "end end")
    r = begin(d, "go", m=1)
    assert r.waiting == ["a"]
    assert [one.message_name for one in r.definition.message_starts] == ["msg_m"]
    assert [one.signal_name for one in r.definition.signal_starts] == ["sig_s"]


def test_a_throw_throws_all_and_waits_for_what_it_undoes() -> None:
    d = Events().line("start start", "user a").handler("undo_a", "a")
    d.throws("out", compensate(), message("msg_m"), signal("sig_s"), escalation("C1"), message("msg_n"))
    r = begin(d.line("a", "out", "user after", "end end"), order_id="1")
    r.complete("a")
    assert r.waiting == ["undo_a"]
    assert [one.name for one in r.last.messages] == ["msg_m", "msg_n"]
    assert (r.last.signals, r.last.escalations) == ((), ())
    r.complete("undo_a")
    assert r.waiting == ["after"]
    assert ([s.name for s in r.last.signals], [e.code for e in r.last.escalations]) == (["sig_s"], ["C1"])


def test_an_end_of_several_ends_the_others_as_well() -> None:
    d = Events().line("start start", "parallel f", "user a", "end e").ends("out", message("msg_m"), TERMINATE)
    r = begin(d.line("f", "out"), order_id="1")
    assert ended(r) == "out"
    assert len(r.last.messages) == 1
    assert r.last.status is InstanceStatus.COMPLETED
