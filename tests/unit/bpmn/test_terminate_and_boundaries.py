"""What ends a scope at once, and what waits at the edge of every sort of activity, alone or in the same step."""

from __future__ import annotations

import pytest

from engine.model import CompleteCall, CompleteJob, FireTimer, InstanceStatus
from tests.each import each
from tests.unit.bpmn.drawing import cycle, duration
from tests.unit.bpmn.event_drawing import (
    ONE_BY_ONE,
    TERMINATE,
    Events,
    begin,
    complete,
    condition,
    ended,
    error,
    escalate_call,
    escalation,
    message,
    rounds,
    rows_of,
    send_signal,
    several,
    signal,
    words,
)
from tests.unit.bpmn.running import Running

# --- terminate ----------------------------------------------------------------------------------------------------


def terminating() -> Events:
    """A body: a and b at once; after a all is over."""
    body = Events().line("start b0", "parallel f0", "user a").ends("stop", TERMINATE).line("a", "stop")
    return body.line("f0", "user b", "end e0").edge("tm", "b", duration("PT1H")).line("tm", "end e1")


def test_it_ends_all_of_the_process_and_names_the_end() -> None:
    r = begin(terminating().watch("w", Events().starts("on", message("msg_m")).line("on", "end e9")), order_id="1")
    r.complete("a")
    assert ended(r) == "stop"
    assert words(r, "b") == ["user_task.created", "user_task.cancelled"]
    assert words(r, "on") == ["subscription.opened", "subscription.cancelled"]


@pytest.mark.parametrize("tag", ["subProcess", "transaction"])
def test_a_sub_process_so_ended_goes_on_normally_and_nothing_outside_is_touched(tag: str) -> None:
    d = Events().line("start start", "parallel f").nest("s", terminating(), tag).line("f", "s", "user after", "end end")
    d.edge("news", "s", message("msg_n"), interrupting=False).line("news", "user noted", "end e8")
    r = begin(d.line("f", "user beside", "end e9"), order_id="1")
    r.message("news")
    r.complete("a")
    assert r.waiting == ["after", "beside", "noted"]
    assert words(r, "s") == ["element.entered", "element.completed"]


@pytest.mark.parametrize("attributes", ["", ONE_BY_ONE])
def test_an_item_ends_alone(attributes: str) -> None:
    d = Events().line("start start").nest("s", terminating(), marker=several(attributes=attributes))
    r = begin(d.line("start", "s", "end end"))
    complete(r, rows_of(r, "a")[0])
    assert r.waiting == ["a", "b", "tm"]
    r.complete("a")
    assert ended(r) == "end"


def test_a_round_of_a_loop_ends_alone() -> None:
    d = Events().line("start start").nest("s", terminating(), marker=rounds(2)).line("start", "s", "end end")
    r = begin(d)
    r.complete("a")
    assert r.waiting == ["a", "b", "tm"]
    r.complete("a")
    assert ended(r) == "end"


def test_in_an_event_sub_process_it_ends_that_one_only() -> None:
    handler = Events().starts("on", message("msg_m"), interrupting=False).line("on", "parallel f1", "user x")
    handler.ends("stop", TERMINATE).line("x", "stop").line("f1", "user y", "end e1")
    r = begin(Events().line("start start", "user a", "end end").watch("w", handler), order_id="1")
    r.message("on")
    r.message("on")
    complete(r, rows_of(r, "x")[0])
    assert r.waiting == ["a", "on", "x", "y"]
    assert words(r, "w") == ["element.entered", "element.entered", "element.completed"]


def test_in_an_event_sub_process_that_took_the_process_over_it_names_the_end() -> None:
    handler = Events().starts("on", message("msg_m")).line("on", "parallel f1", "user x").ends("stop", TERMINATE)
    handler.line("x", "stop").line("f1", "user y", "end e1")
    r = begin(Events().line("start start", "user a", "end end").watch("w", handler), order_id="1")
    r.message("on")
    r.complete("x")
    assert ended(r) == "stop"


def test_it_ends_event_sub_processes_that_run_in_its_scope_and_those_that_watch() -> None:
    body = terminating().watch(
        "w", Events().starts("on", message("msg_m"), interrupting=False).line("on", "user mend", "end e2")
    )
    d = Events().line("start start").nest("s", body).line("start", "s", "user after", "end end")
    r = begin(d, order_id="1")
    r.message("on")
    r.complete("a")
    assert r.waiting == ["after"]
    assert words(r, "w") == ["element.entered", "element.cancelled"]


@each("lead", range(8))
@each("chain", range(4))
def test_whatever_the_step_was_about_to_do_in_the_scope_is_called_off_in_balance(lead: int, chain: int) -> None:
    body = Events().line("start b", *[f"task i{n}" for n in range(chain)], "end e")
    d = Events().line("start start", "user go", "parallel f").nest("s", body)
    d.edge("tm", "s", duration("PT1H")).line("tm", "end e1").ends("stop", TERMINATE)
    d.line("f", "s", "user after", "end end").line("f", *[f"task l{n}" for n in range(lead)], "stop")
    r = begin(d)
    r.complete("go")  # Running.check_laws balances the history
    assert ended(r) == "stop"


# --- boundary events on every host --------------------------------------------------------------------------------

HOSTS = [
    "user",
    "service",
    "send",
    "receive",
    "call",
    "subProcess",
    "transaction",
    "adHocSubProcess",
    "items",
    "rounds",
]
#: Hosts that wait themselves, not in a body.
ALONE = ("user", "service", "send", "receive", "call", "items", "rounds")
SUBJECTS = {"user": "user_task", "service": "job", "send": "job", "call": "call"}


def host(kind: str) -> Events:
    d = Events().line("start start", "parallel f", "user by", "end e9")
    body = Events().line("start b", "user x", "end e")
    if kind in ("subProcess", "transaction"):
        d.nest("h", body, kind)
    elif kind == "adHocSubProcess":
        d.nest("h", Events().line("user x"), kind)
    elif kind in ("items", "rounds"):
        marker = several() if kind == "items" else rounds(2)
        d.element("serviceTask", "h", marker, '<zeebe:taskDefinition type="w"/>')
    elif kind == "send":
        d.service("h", tag="sendTask")
    elif kind == "receive":
        d.receive("h", "msg_own")
    else:
        d.line({"call": "call child h"}.get(kind, f"{kind} h"))
    return d.line("f", "h", "end end")


EDGES = {
    "message": message("msg_m"),
    "signal": signal("sig_s"),
    "timer": cycle("R/PT1H"),
    "condition": condition("=x = 1"),
}


def come(r: Running, trigger: str) -> None:
    if trigger == "message":
        r.message("at")
    elif trigger == "signal":
        send_signal(r, "sig_s")
    elif trigger == "timer":
        r.fire("at")
    else:
        r.complete("by", x=1)


@each("interrupting", [True, False])
@each("trigger", EDGES)
@each("kind", HOSTS)
def test_every_trigger_at_every_host(kind: str, trigger: str, interrupting: bool) -> None:
    definition = duration("PT1H") if interrupting and trigger == "timer" else EDGES[trigger]
    d = host(kind).edge("at", "h", definition, interrupting=interrupting).line("at", "user got", "end e8")
    r = begin(d, order_id="SO1", x=0)
    inside = "h" if kind in ALONE else "x"
    before = r.waiting.count(inside)
    assert before == (2 if kind == "items" else 1)
    come(r, trigger)
    assert r.waiting.count(inside) == (0 if interrupting else before)
    assert r.waiting.count("got") == 1
    if interrupting:
        assert words(r, "h")[-1].endswith(".cancelled")
        return
    if trigger != "condition":
        come(r, trigger)
        come(r, trigger)
        assert r.waiting.count("got") == 3
    leave(r, kind, inside)
    assert "at" not in r.waiting
    last = "subscription.correlated" if kind == "receive" else f"{SUBJECTS.get(kind, 'element')}.completed"
    assert words(r, "h")[-1] == last
    while r.rows:
        complete(r, next(iter(r.rows.values())))
    assert r.last.status is InstanceStatus.COMPLETED


def leave(r: Running, kind: str, inside: str) -> None:
    """Let the host end by itself."""
    while inside in r.waiting:
        row = rows_of(r, inside)[0]
        if kind == "receive":
            r.message("h")
        elif kind == "call":
            r.do(CompleteCall(id=row.id, variables={}))
        elif kind in ("service", "send", "items", "rounds"):
            r.do(CompleteJob(id=row.id))
        else:
            complete(r, row)


@pytest.mark.parametrize("kind", ["subProcess", "items of it", "call"])
def test_an_escalation_that_does_not_interrupt_comes_again_and_again(kind: str) -> None:
    d = Events().line("start start")
    body = Events().line("start b", "exclusive m", "user x").throws("out", escalation("C1"))
    body.line("x", "out", "exclusive g_e g", "end e").flow("g", "m", when="=again")
    if kind == "call":
        d.line("call child h")
    else:
        d.nest("h", body, marker=several("=[1]") if kind == "items of it" else "")
    d.edge("at", "h", escalation("C1"), interrupting=False).line("at", "user got", "end e8")
    r = begin(d.line("start", "h", "end end"))
    for n in (1, 2, 3):
        if kind == "call":
            escalate_call(r, "h", "C1")
        else:
            r.complete("x", again=True)
        assert r.waiting.count("got") == n


# --- in the same step ---------------------------------------------------------------------------------------------


@each("lead", range(9))
@each("interrupting", [True, False])
def test_a_signal_of_a_branch_comes_after_a_host_that_ends_in_the_same_step(lead: int, interrupting: bool) -> None:
    body = Events().line("start b", "task i1", "task i2", "end e")
    d = Events().line("start start", "user go", "parallel f").nest("h", body).line("f", "h", "user after", "end end")
    d.edge("at", "h", signal("sig_s"), interrupting=interrupting).line("at", "user got", "end e1")
    d.throws("out", signal("sig_s")).line("f", *[f"task l{n}" for n in range(lead)], "out", "end e2")
    r = begin(d)
    r.complete("go")
    assert r.waiting == ["after"], "the signal is late: the host had ended"
    assert words(r, "at") == ["subscription.opened", "subscription.cancelled"]
    assert not [row for row in r.last.opened if row.element == "at"]


@each("lead", range(9))
def test_an_error_beside_a_scope_that_ends_in_the_same_step_leaves_the_history_in_balance(lead: int) -> None:
    inner = Events().line("start b", "task i1", "end e")
    body = Events().line("start b2", "parallel f").nest("h", inner).line("f", "h", "user after", "end e0")
    body.ends("bad", error("E1")).line("f", *[f"task l{n}" for n in range(lead)], "bad")
    d = Events().line("start start").nest("s", body).edge("at", "s", error()).line("start", "s", "end end")
    assert ended(begin(d.line("at", "end caught"))) == "caught"


@each("lead", range(9))
def test_an_interrupting_handler_beside_what_fires_in_the_same_step(lead: int) -> None:
    d = Events().line("start start", "user go", "parallel f", "user h", "end end")
    d.edge("at", "h", condition("=x = 1")).line("at", *[f"task l{n}" for n in range(lead)], "user got", "end e1")
    d.line("f", "set x=1 s1", "user w", "end e2")
    d.watch("w0", Events().starts("on", condition("=x = 1")).line("on", "user mend", "end mended"))
    r = begin(d, x=0)
    r.complete("go")
    assert r.waiting == ["mend"]
    r.complete("mend")
    assert ended(r) == "mended"


def test_a_message_whose_payload_starts_the_interrupting_handler_of_the_scope_leaves_nothing_behind() -> None:
    d = Events().line("start start", "user h", "end end").edge("at", "h", message("msg_m"), interrupting=False)
    d.line("at", "user got", "end e1")
    d.watch("w", Events().starts("on", condition("=m = 1")).line("on", "user mend", "end mended"))
    r = begin(d, order_id="1")
    r.message("at", 1)
    assert r.waiting == ["mend"]
    assert words(r, "got") == []


def test_a_host_and_its_boundary_are_called_off_together_by_a_timer_further_out() -> None:
    inner = Events().line("start b", "user x", "end e").edge("tm", "x", cycle("R/PT1H"), interrupting=False)
    inner.line("tm", "user remind", "end e3")
    d = Events().line("start start").nest("s", inner, marker=several()).edge("out", "s", duration("PT3H"))
    r = begin(d.line("start", "s", "end end").line("out", "end late"))
    for row in rows_of(r, "tm"):
        r.do(FireTimer(id=row.id))
    assert r.waiting == ["out", "remind", "remind", "tm", "tm", "x", "x"]
    r.fire("out")
    assert ended(r) == "late"
