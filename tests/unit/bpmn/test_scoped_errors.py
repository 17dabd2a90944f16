"""An error goes outwards from where it is thrown; the nearest event that catches it cancels its scope, nothing else."""

from __future__ import annotations

import pytest

from engine.model import CompleteJob, FailCall, FailJob, InstanceStatus, ThrowError
from tests.unit.bpmn.drawing import duration, mapping
from tests.unit.bpmn.event_drawing import (
    ONE_BY_ONE,
    TERMINATE,
    Events,
    begin,
    ended,
    error,
    fail_call,
    message,
    rows_of,
    several,
    throw,
    words,
)


def catching(name: str, code: str = "") -> Events:
    """The body of an event sub-process for an error, in which a person works."""
    body = Events().starts(f"on_{name}", error(code))
    return body.line(f"on_{name}", f"user {name}", f"end {name}_done")


def failing_scope() -> Events:
    """A sub-process whose job may fail, with a person beside it."""
    body = Events().line("start b", "parallel fork", "service job", "end e")
    return body.line("fork", "user beside", "end e2")


def around(body: Events) -> Events:
    return Events().line("start start").nest("s", body).line("start", "s", "end end")


@pytest.mark.parametrize(("code", "place"), [("E1", "inside"), ("E2", "inside_any"), ("E3", "inside_any")])
def test_what_names_the_code_comes_before_what_catches_all_in_a_scope(code: str, place: str) -> None:
    body = failing_scope().watch("w_any", catching("inside_any")).watch("w", catching("inside", "E1"))
    r = begin(around(body))
    throw(r, "job", code)
    assert r.waiting == [place]
    r.complete(place)
    assert ended(r) == "end"


def test_the_boundary_of_the_job_comes_first_then_the_scope_then_its_boundary_then_the_process() -> None:
    def drawn(*places: str) -> Events:
        body = failing_scope()
        if "job" in places:
            body.edge("at_job", "job", error("E1")).line("at_job", "user job_mend", "end e3")
        if "scope" in places:
            body.watch("w", catching("scope_mend"))
        d = around(body)
        if "edge" in places:
            d.edge("at_s", "s", error("E1")).line("at_s", "user edge_mend", "end edge_end")
        if "process" in places:
            d.watch("w2", catching("process_mend", "E1"))
        return d

    places = ["job", "scope", "edge", "process"]
    for first in range(4):
        r = begin(drawn(*places[first:]))
        throw(r, "job", "E1")
        assert f"{places[first]}_mend" in r.waiting
        assert ("beside" in r.waiting) is (first == 0)
        assert [word for place in places[first + 1 :] for word in words(r, f"{place}_mend")] == []


def test_one_that_names_the_code_further_out_does_not_come_before_a_nearer_one_for_all() -> None:
    d = around(failing_scope().watch("w", catching("near"))).watch("w2", catching("far", "E1"))
    r = begin(d)
    throw(r, "job", "E1")
    assert r.waiting == ["near"]


def test_an_error_end_goes_through_nested_sub_processes_and_cancels_them_from_the_inside() -> None:
    inner = Events().line("start i", "user last").ends("bad", error("E1")).line("last", "bad")
    middle = Events().line("start m", "parallel mf").nest("in", inner).line("mf", "in", "end me")
    middle.line("mf", "user mid", "end me2")
    d = around(Events().line("start o").nest("mi", middle).line("o", "mi", "end oe"))
    d.edge("at", "s", error("E1")).line("at", "end caught")
    r = begin(d)
    r.complete("last")
    assert ended(r) == "caught"
    cancelled = [event.element for event in r.events if event.kind.endswith(".cancelled")]
    assert cancelled == ["in", "mid", "mi", "s"]


def test_variables_of_the_error_are_seen_by_whoever_catches_it() -> None:
    local = mapping({"x": "=0"})
    d = Events().line("start start").nest("s", failing_scope().watch("w", catching("mend")), extension=local)
    r = begin(d.line("start", "s", "end end"), x=9)
    throw(r, "job", "E", x=1, why="broken")
    assert r.variables["why"] == "broken"
    assert r.variables["x"] == 9, "the scope has an x of its own"
    came = [event for event in r.events if event.element == "on_mend"]
    assert [event.kind for event in came] == ["element.entered", "element.completed"]
    assert (came[0].value, came[1].value["after"]) == ({"error_code": "E"}, {"x": 1, "why": "broken"})


def test_an_error_end_gives_the_values_of_its_input_mappings() -> None:
    body = Events().line("start b").ends("bad", error("E1"), extension=mapping({"why": '="late"'})).line("b", "bad")
    d = around(body).edge("at", "s", error()).line("at", "end caught")
    r = begin(d)
    assert ended(r) == "caught"
    assert r.variables == {"why": "late"}
    assert r.told("element.entered")[-2].value == {"error_code": "E1"}


def test_a_handler_does_not_catch_what_is_thrown_within_itself() -> None:
    again = Events().starts("on", error()).line("on", "service retry", "end retried")
    d = around(failing_scope().watch("w", again)).edge("at", "s", error()).line("at", "user mend", "end caught")
    r = begin(d)
    throw(r, "job", "E1")
    throw(r, "retry", "E1")
    assert r.waiting == ["mend"]
    assert words(r, "w") == ["element.entered", "element.cancelled"]


def test_a_handler_that_throws_again_is_heard_outside_only() -> None:
    again = Events().starts("on", error("E1")).ends("on_again", error("E2")).line("on", "on_again")
    other = catching("other", "E2")
    d = around(failing_scope().watch("w", again).watch("w2", other)).edge("at", "s", error("E2"))
    r = begin(d.line("at", "end caught"))
    throw(r, "job", "E1")
    assert ended(r) == "caught"
    assert words(r, "other") == []


def test_a_running_handler_that_does_not_interrupt_may_fail_into_the_error_handler_of_its_scope() -> None:
    aside = Events().starts("ping", message("msg_p"), interrupting=False).line("ping", "service aside", "end pinged")
    d = around(failing_scope().watch("w", aside).watch("w2", catching("mend", "E1")))
    r = begin(d, order_id="1")
    r.message("ping")
    throw(r, "aside", "E1")
    assert r.waiting == ["mend"]
    r.complete("mend")
    assert ended(r) == "end"


def test_the_own_event_sub_process_of_a_handler_catches_what_is_thrown_in_it() -> None:
    handler = Events().starts("on", error()).line("on", "service retry", "end retried").watch("w2", catching("inner"))
    r = begin(around(failing_scope().watch("w", handler)))
    throw(r, "job", "E1")
    throw(r, "retry", "E1")
    assert r.waiting == ["inner"]
    r.complete("inner")
    assert ended(r) == "end"
    assert words(r, "w") == ["element.entered", "element.completed"]


def test_a_handler_that_has_taken_over_leaves_no_other_in_its_scope() -> None:
    first = Events().starts("on", error("E1")).line("on", "service retry", "end retried")
    d = around(failing_scope().watch("w", first).watch("w2", catching("second", "E2")))
    r = begin(d.edge("at", "s", error("E2")).line("at", "end caught"))
    throw(r, "job", "E1")
    throw(r, "retry", "E2")
    assert ended(r) == "caught"


@pytest.mark.parametrize("attributes", ["", ONE_BY_ONE])
def test_an_item_that_fails_inside_its_own_scope_leaves_the_others_alone(attributes: str) -> None:
    body = Events().line("start b", "service job", "end e").watch("w", catching("mend"))
    d = Events().line("start start").nest("s", body, marker=several(attributes=attributes))
    r = begin(d.line("start", "s", "end end"))
    r.do(ThrowError(id=rows_of(r, "job")[0].id, error_code="E1"))
    assert r.waiting == (["mend"] if attributes else ["job", "mend"])
    r.complete("mend")
    assert r.waiting == ["job"]
    r.job("job")
    assert ended(r) == "end"


@pytest.mark.parametrize("attributes", ["", ONE_BY_ONE])
def test_an_item_that_fails_out_of_its_scope_cancels_all_items(attributes: str) -> None:
    body = Events().line("start b", "service job", "end e")
    d = Events().line("start start").nest("s", body, marker=several("=[1, 2, 3]", attributes=attributes))
    d.edge("at", "s", error("E1")).line("start", "s", "end end").line("at", "user mend", "end mended")
    r = begin(d)
    r.do(CompleteJob(id=rows_of(r, "job")[0].id))
    r.do(ThrowError(id=rows_of(r, "job")[0].id, error_code="E1"))
    assert r.waiting == ["mend"]
    r.complete("mend")
    assert ended(r) == "mended"


@pytest.mark.parametrize("tag", ["service", "call"])
def test_an_item_that_is_a_job_or_a_call_fails_into_the_boundary_of_the_whole(tag: str) -> None:
    own = {"service": '<zeebe:taskDefinition type="w"/>', "call": '<zeebe:calledElement processId="q"/>'}[tag]
    name = {"service": "serviceTask", "call": "callActivity"}[tag]
    d = Events().line("start start")
    d.element(name, "t", several(), own)
    d.edge("at", "t", error("E1")).line("start", "t", "end end").line("at", "end caught")
    r = begin(d)
    first = rows_of(r, "t")[0].id
    r.do(ThrowError(id=first, error_code="E1") if tag == "service" else FailCall(id=first, error_code="E1"))
    assert ended(r) == "caught"


def test_a_round_of_a_loop_that_fails_ends_the_loop() -> None:
    body = Events().line("start b", "service job", "end e")
    marker = '<bpmn:standardLoopCharacteristics loopMaximum="3"/>'
    d = Events().line("start start").nest("s", body, marker=marker).line("start", "s", "end end")
    r = begin(d.edge("at", "s", error()).line("at", "end caught"))
    r.job("job")
    throw(r, "job", "E1")
    assert ended(r) == "caught"


def test_a_child_instance_fails_into_the_event_sub_process_around_its_call() -> None:
    body = Events().line("start b", "call child c", "end e").watch("w", catching("mend", "E1"))
    r = begin(around(body))
    fail_call(r, "c", "E1")
    assert r.waiting == ["mend"]
    assert words(r, "c") == ["call.started", "call.cancelled"]


def test_an_error_that_only_others_catch_leaves_the_process_with_its_code() -> None:
    d = around(failing_scope().watch("w", catching("mend", "E1"))).edge("at", "s", error("E2")).line("at", "end x")
    r = begin(d)
    throw(r, "job", "E9")
    assert (r.last.uncaught_error, r.last.status) == ("E9", InstanceStatus.CANCELLED)
    told = r.told("instance.cancelled")[0].value
    assert told == {"error_code": "E9", "element": "job"}


def test_an_error_out_of_the_handler_of_the_process_leaves_the_process() -> None:
    handler = Events().starts("on", error()).ends("again", error("E2")).line("on", "again")
    r = begin(Events().line("start start", "service job", "end end").watch("w", handler))
    throw(r, "job", "E1")
    assert (r.last.uncaught_error, r.last.status) == ("E2", InstanceStatus.CANCELLED)


def test_the_handler_of_the_process_names_the_end() -> None:
    d = Events().line("start start", "parallel fork", "service job", "end end").line("fork", "end early")
    r = begin(d.watch("w", catching("mend", "E1")))
    assert r.last.end_state == "early"
    throw(r, "job", "E1")
    r.complete("mend")
    assert ended(r) == "mend_done"


def test_an_error_out_of_an_ad_hoc_sub_process_and_within_it() -> None:
    body = Events().line("service job").line("user other")
    d = Events().line("start start").nest("ad", body, "adHocSubProcess").edge("at", "ad", error("E1"))
    r = begin(d.line("start", "ad", "end end").line("at", "end caught"))
    throw(r, "job", "E1")
    assert ended(r) == "caught"
    inside = Events().line("service job").line("user other").watch("w", catching("mend"))
    r = begin(Events().line("start start").nest("ad", inside, "adHocSubProcess").line("start", "ad", "end end"))
    throw(r, "job", "E1")
    assert r.waiting == ["mend"]
    r.complete("mend")
    assert ended(r) == "end"


def test_a_job_that_was_an_incident_may_still_fail_with_an_error() -> None:
    r = begin(around(failing_scope().watch("w", catching("mend"))))
    r.do(FailJob(id=r.id_of("job"), problem="down", retries_left=0))
    assert list(r.incidents.values()) == ["no_retries_left"]
    throw(r, "job", "E1")
    assert (r.incidents, r.waiting) == ({}, ["mend"])


def test_a_boundary_timer_of_the_scope_stays_while_the_error_handler_runs() -> None:
    d = around(failing_scope().watch("w", catching("mend"))).edge("tm", "s", duration("PT1H")).line("tm", "end late")
    r = begin(d)
    throw(r, "job", "E1")
    assert r.waiting == ["mend", "tm"]
    r.fire("tm")
    assert ended(r) == "late"


def test_an_error_end_in_the_process_that_its_handler_catches_is_not_the_end_of_the_instance() -> None:
    d = Events().line("start start", "user a").ends("bad", error("E1")).line("a", "bad")
    r = begin(d.watch("w", catching("mend")))
    r.complete("a")
    assert (r.waiting, r.last.status) == (["mend"], InstanceStatus.ACTIVE)
    r.complete("mend")
    assert ended(r) == "mend_done"


def test_an_end_with_a_message_and_an_error_sends_the_first_and_throws_the_second() -> None:
    body = Events().line("start b").ends("bad", message("msg_m"), error("E1")).line("b", "bad")
    r = begin(around(body).edge("at", "s", error("E1")).line("at", "end caught"), order_id="SO1")
    assert [(m.element, m.name) for m in r.last.messages] == [("bad", "msg_m")]
    assert ended(r) == "caught"


def test_an_error_beats_a_terminate_in_the_same_end() -> None:
    body = Events().line("start b").ends("bad", error("E1"), TERMINATE).line("b", "bad")
    r = begin(around(body).edge("at", "s", error("E1")).line("at", "end caught"))
    assert ended(r) == "caught"
