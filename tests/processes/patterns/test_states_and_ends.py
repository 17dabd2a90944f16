"""Termination, deferred choice, state-based patterns, cancellation (WCP-11, 16 to 20, 25, 39, 40, 43)."""

from __future__ import annotations

import pytest

from engine.model import Cancel
from tests.processes.patterns.pattern import draw, over, play
from tests.unit.bpmn.drawing import Drawing, condition, duration
from tests.unit.bpmn.event_drawing import TERMINATE, Events, message, signal
from tests.unit.bpmn.running import Running


def beside() -> Events:
    """Two branches that never meet."""
    return draw().line("start start", "parallel fork", "user a", "end end").line("fork", "user b")


def test_wcp_11_an_implicit_termination_ends_the_case_when_nothing_is_left_to_do() -> None:
    r = play(beside().line("b", "end other"))
    r.complete("a")
    assert r.over is None
    r.complete("b")
    over(r, "other")


def test_wcp_11_a_branch_may_end_without_an_end_event() -> None:
    r = play(beside())
    r.complete("b")
    r.complete("a")
    over(r)


def test_wcp_43_an_explicit_termination_ends_the_case_whatever_else_runs() -> None:
    r = play(beside().ends("stop", TERMINATE).flow("b", "stop"))
    r.complete("b")
    over(r, "stop")


EVENTS = {"msg": message("m"), "sig": signal("s"), "time": duration("P1D"), "cond": condition("=ready")}


@pytest.mark.parametrize("first", EVENTS)
def test_wcp_16_a_deferred_choice_is_made_by_what_happens_first(first: str) -> None:
    d = draw().line("start start", "parallel fork", "eventBased wait").line("fork", "user beside", "end ready_set")
    for name, definition in EVENTS.items():
        d.catches(name, definition).flow("wait", name).line(name, f"user {name}_next", f"end {name}_end")
    r = play(d, order_id="7", ready=False)
    if first == "msg":
        r.message("msg")
    elif first == "sig":
        r.signal("s")
    elif first == "time":
        r.fire("time")
    r.complete("beside", ready=True)
    assert r.waiting == [f"{first}_next"]
    r.complete(f"{first}_next")
    over(r, f"{first}_end")


def test_wcp_16_a_receive_task_may_be_one_of_the_choices() -> None:
    d = draw().line("start start", "eventBased wait").receive("msg", "m").flow("wait", "msg").line("msg", "end end")
    d.catches("time", duration("P1D")).flow("wait", "time").line("time", "end late")
    r = play(d, order_id="7")
    r.message("msg")
    over(r)


def interleaved(*chains: str) -> Drawing:
    """Chains of activities, of which only one at a time is worked on."""
    inside = Events()
    for chain in chains:
        for name in chain:
            inside.user(name)
        if len(chain) > 1:
            inside.flow(*chain)
    d = draw().line("start start").ad_hoc("all", inside, ordering="Sequential")
    return d.flow("start", "all").line("all", "user after", "end end")  # type: ignore[attr-defined, no-any-return]


def one_by_one(r: Running) -> list[str]:
    """Complete all, and say in which order they were offered."""
    offered = []
    while r.waiting != ["after"]:
        (only,) = r.waiting
        offered.append(only)
        r.complete(only)
    return offered


def test_wcp_40_interleaved_routing_does_each_once_and_one_at_a_time() -> None:
    r = play(interleaved("a", "b", "c"))
    assert sorted(one_by_one(r)) == ["a", "b", "c"]
    r.complete("after")
    over(r)


def test_wcp_17_interleaved_parallel_routing_keeps_a_partial_order() -> None:
    r = play(interleaved("ab", "ce"))
    offered = one_by_one(r)
    assert sorted(offered) == ["a", "b", "c", "e"]
    assert offered.index("a") < offered.index("b")
    assert offered.index("c") < offered.index("e")
    r.complete("after")
    over(r)


def test_wcp_39_a_critical_section_lets_one_of_its_parts_in_at_a_time() -> None:
    inside = Drawing()
    for name in "ab":
        body = Events().line(f"start {name}s", f"user {name}1", f"user {name}2", f"end {name}e")
        inside.sub(name, body)
    d = draw().line("start start").ad_hoc("section", inside, ordering="Sequential")
    r = play(d.flow("start", "section").line("section", "user after", "end end"))  # type: ignore[attr-defined]
    assert one_by_one(r) == ["a1", "a2", "b1", "b2"]
    r.complete("after")
    over(r)


@pytest.mark.parametrize("in_time", [True, False])
def test_wcp_18_a_milestone_lets_an_activity_begin_only_while_it_holds(in_time: bool) -> None:
    d = draw().line("start start", "parallel fork", "user a", "user b", "user c", "end end")
    d.line("fork", "user ask", "exclusive g_missed g", "user during", "end done").element("endEvent", "missed")
    d.lines = [line for line in d.lines if "g_during" not in line]
    d.flow("g", "during", when="=stage = 2").flow("g", "missed")
    r = play(d, stage=1)
    r.complete("a", stage=2)
    if not in_time:
        r.complete("b", stage=3)
    r.complete("ask")
    assert ("during" in r.waiting) == in_time
    if in_time:
        r.complete("b", stage=3)
        r.complete("during")
    r.complete("c")
    over(r)


def test_wcp_18_a_milestone_that_is_waited_for_is_a_condition_and_ends_by_another() -> None:
    d = draw().line("start start", "parallel fork", "user a", "user b", "end end").line("fork", "eventBased wait")
    d.catches("reached", condition("=stage = 2")).flow("wait", "reached").line("reached", "user during", "end done")
    d.catches("passed", condition("=stage > 2")).flow("wait", "passed").line("passed", "end missed")
    d.edge("past", "during", condition("=stage > 2")).line("past", "end taken_back")
    r = play(d, stage=1)
    assert "during" not in r.waiting
    r.complete("a", stage=2)
    assert "during" in r.waiting
    r.complete("b", stage=3)
    over(r, "taken_back")


@pytest.mark.parametrize("definition", [message("stop"), signal("stop"), duration("P1D")])
def test_wcp_19_an_activity_is_cancelled_by_an_event_at_its_edge(definition: str) -> None:
    d = draw().line("start start", "user a", "end end").edge("stop", "a", definition).line("stop", "end stopped")
    r = play(d, order_id="7")
    if "signal" in definition:
        r.signal("stop")
    elif "timer" in definition:
        r.fire("stop")
    else:
        r.message("stop")
    over(r, "stopped")


def test_wcp_20_a_case_is_cancelled_by_an_event_sub_process_that_interrupts_it() -> None:
    watch = Events().starts("stop", message("stop")).line("stop", "end stopped")
    r = play(beside().watch("cancelling", watch), order_id="7")
    r.message("stop")
    over(r, "stopped")


def test_wcp_20_a_case_is_cancelled_from_outside() -> None:
    r = play(beside())
    r.do(Cancel(reason="no longer wanted"))
    assert (r.over, r.waiting) == ("cancelled None", [])
    r.proven()


def test_wcp_25_a_region_is_cancelled_as_a_sub_process_while_the_rest_goes_on() -> None:
    region = Events().line("start s", "parallel f", "user x", "parallel j", "end e").line("f", "user y", "j")
    d = draw().line("start start", "parallel fork", "user a", "end end")
    d.nest("region", region).line("fork", "region", "end done")
    d.edge("stop", "region", message("stop")).line("stop", "user instead", "end stopped")
    r = play(d, order_id="7")
    r.complete("x")
    r.message("stop")
    assert r.waiting == ["a", "instead"]
    r.complete("a")
    r.complete("instead")
    over(r, "stopped")
