"""Signals reach everybody who waits, in this instance at once; messages leave with the step, each under its own id."""

from __future__ import annotations

import pytest

from engine.errors import StepError
from engine.model import CorrelateMessage, CorrelateSignal, InstanceStatus, SubscriptionKind, SubscriptionOpened
from tests.each import each
from tests.unit.bpmn.drawing import duration, mapping
from tests.unit.bpmn.event_drawing import (
    TERMINATE,
    Events,
    begin,
    correlate,
    ended,
    message,
    rows_of,
    send_signal,
    several,
    signal,
    words,
)

S = signal("sig_s")


# --- signals ------------------------------------------------------------------------------------------------------


def test_a_signal_event_waits_by_a_subscription_without_a_key() -> None:
    r = begin(Events().line("start start").catches("c", S).line("start", "c", "end end"))
    row = r.row_of("c")
    assert row == SubscriptionOpened(
        id=row.id, element="c", message_name="sig_s", correlation_key="", kind=SubscriptionKind.SIGNAL
    )
    with pytest.raises(StepError):
        r.do(CorrelateMessage(id=row.id, name="sig_s", payload=None))
    send_signal(r, "sig_s")
    assert ended(r) == "end"
    assert words(r, "c") == ["subscription.opened", "subscription.correlated"]


def test_one_signal_reaches_all_that_wait_wherever_they_stand() -> None:
    body = (
        Events()
        .line("start b", "user x", "end e")
        .watch("w", Events().starts("on", S, interrupting=False).line("on", "user mend", "end mended"))
    )
    d = Events().line("start start", "parallel f").catches("c", S).line("f", "c", "user caught", "end e1")
    d.line("f", "eventBased gw").catches("c2", S).catches("tm", duration("PT1H")).line("gw", "c2", "user won", "end e2")
    d.line("gw", "tm", "end e3").nest("s", body).line("f", "s", "end e4")
    d.line("f", "user h", "end e5").edge("at", "h", S).line("at", "user cut", "end e6")
    d.edge("at2", "s", S, interrupting=False).line("at2", "user noted", "end e7")
    r = begin(d)
    send_signal(r, "sig_s")
    assert r.waiting == ["at2", "caught", "cut", "mend", "noted", "on", "won", "x"]
    send_signal(r, "sig_s")
    assert r.waiting == ["at2", "caught", "cut", "mend", "mend", "noted", "noted", "on", "won", "x"]


@each("first", ["throw", "catch"])
@each("steps", [0, 1, 5])
@each("end", [False, True])
def test_a_branch_on_its_way_to_the_catch_gets_it_whatever_the_order(first: str, steps: int, end: bool) -> None:
    d = Events().line("start start", "parallel f").catches("c", S)
    on_the_way = [f"task t{n}" for n in range(steps)]
    if end:
        d.ends("out", S)
    else:
        d.throws("out", S)
    ways = {"throw": ["f", "out"], "catch": ["f", *on_the_way, "c", "end caught"]}
    for name in (first, *(set(ways) - {first})):
        d.line(*ways[name])
    r = begin(d)
    assert r.last.status is InstanceStatus.COMPLETED
    assert words(r, "caught") == ["element.entered", "element.completed"]
    assert [(s.element, s.name) for s in r.last.signals] == [("out", "sig_s")]


def test_nothing_is_kept_for_those_who_come_later() -> None:
    d = Events().line("start start").throws("out", S).catches("c", S).line("start", "out", "user a", "c", "end end")
    r = begin(d)
    r.complete("a")
    assert r.waiting == ["c"]


def test_a_throw_may_not_fire_itself_in_a_loop_but_the_catch_of_another_branch_does() -> None:
    d = Events().line("start start", "parallel f", "exclusive m").catches("c", S).throws("back", signal("sig_back"))
    d.line("m", "c", "back").flow("back", "m")
    d.throws("out", S).catches("heard", signal("sig_back")).line("f", "exclusive m2", "user a", "parallel f2", "out")
    d.line("f2", "heard", "m2")
    r = begin(d)
    for _ in range(3):
        r.complete("a")
        assert r.waiting == ["a", "c"]
        assert [s.name for s in r.last.signals] == ["sig_s", "sig_back"]


def test_a_payload_becomes_one_variable_and_none_when_it_is_empty() -> None:
    d = Events().line("start start").catches("c", S).line("start", "c", "user a", "end end")
    r = begin(d, s="before")
    send_signal(r, "sig_s", who="x")
    assert r.variables == {"s": {"who": "x"}}
    r = begin(d, s="before")
    send_signal(r, "sig_s")
    assert r.variables == {"s": "before"}


def test_a_throw_gives_the_values_of_its_input_mappings_to_all() -> None:
    d = Events().line("start start", "parallel f").catches("c", S).line("f", "c", "user got", "end e1")
    d.throws("out", S, extension=mapping({"who": '="me"'})).line("f", "out", "end e2")
    r = begin(d)
    assert r.variables == {"s": {"who": "me"}}
    assert [(s.payload, s.element) for s in r.last.signals] == [({"who": "me"}, "out")]
    assert r.told("signal.thrown")[0].value == {"signal": "sig_s", "payload": {"who": "me"}}


def test_a_signal_that_interrupts_the_scope_of_its_thrower_ends_the_thrower() -> None:
    body = Events().line("start b").throws("out", S).line("b", "out", "user never", "end e")
    d = Events().line("start start").nest("s", body).edge("at", "s", S).line("start", "s", "end end")
    r = begin(d.line("at", "end cut"))
    assert ended(r) == "cut"
    assert words(r, "out") == ["element.entered", "element.completed", "signal.thrown"]
    assert words(r, "never") == []


@pytest.mark.parametrize("tag", ["throw", "end"])
def test_a_signal_that_interrupts_the_process_of_its_thrower(tag: str) -> None:
    d = Events().line("start start", "parallel f", "user a", "end end")
    (d.throws if tag == "throw" else d.ends)("out", S)
    r = begin(d.line("f", "out").watch("w", Events().starts("on", S).line("on", "user mend", "end mended")))
    assert r.waiting == ["mend"]
    r.complete("mend")
    assert ended(r) == "mended"


def test_a_signal_end_whose_boundary_beside_it_fires_does_not_lose_that_flow() -> None:
    d = Events().line("start start", "parallel f", "user h", "end end").ends("out", S).line("f", "out")
    r = begin(d.edge("at", "h", S).line("at", "user cut", "end e1"))
    assert r.waiting == ["cut"]
    r.complete("cut")
    assert ended(r) == "e1"


def test_a_signal_with_a_terminate_in_one_end_ends_what_the_signal_began() -> None:
    d = Events().line("start start", "parallel f", "user h", "end end").ends("out", S, TERMINATE).line("f", "out")
    r = begin(d.edge("at", "h", S).line("at", "user cut", "end e1"))
    assert ended(r) == "out"
    assert words(r, "cut") == []


def test_a_signal_that_nobody_waits_for() -> None:
    d = Events().line("start start").throws("out", S).line("start", "out", "user a", "end end")
    r = begin(d)
    assert [s.name for s in r.last.signals] == ["sig_s"]
    for name in ("sig_s", "sig_other"):
        with pytest.raises(StepError):
            r.do(CorrelateSignal(name=name))
    assert r.waiting == ["a"]


def test_items_that_wait_get_it_each() -> None:
    body = Events().line("start b").catches("c", S).line("b", "c", "user x", "end e")
    d = Events().line("start start").nest("s", body, marker=several("=[1, 2, 3]")).line("start", "s", "end end")
    r = begin(d)
    send_signal(r, "sig_s")
    assert r.waiting == ["x", "x", "x"]


def test_a_signal_start_begins_an_instance_of_its_own() -> None:
    d = Events().line("start start", "user a", "end end").starts("heard", S).line("heard", "user b", "end e2")
    r = begin(d, "heard", s={"who": "x"})
    assert (r.waiting, r.variables) == (["b"], {"s": {"who": "x"}})
    assert [(one.element, one.signal_name) for one in r.definition.signal_starts] == [("heard", "sig_s")]
    assert begin(d).waiting == ["a"]


def test_ids_of_what_is_thrown_are_unique_in_the_instance() -> None:
    d = (
        Events()
        .line("start start", "exclusive m")
        .throws("out", S, message("msg_m"), message("msg_n"), signal("sig_t"))
    )
    d.line("m", "out", "user a").flow("a", "m")
    r = begin(d, order_id="1")
    for _ in range(3):
        r.complete("a")
    ids = [one.id for outcome in r.outcomes for one in (*outcome.signals, *outcome.messages)]
    assert len(ids) == len(set(ids)) == 16
    assert not {row.id for outcome in r.outcomes for row in outcome.opened} & set(ids)


# --- messages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["intermediateThrowEvent", "endEvent", "sendTask"])
def test_a_message_is_thrown_with_its_key_and_the_values_of_the_input_mappings(tag: str) -> None:
    d = Events().line("start start")
    inside, more = (message("msg_m"), {}) if tag != "sendTask" else ("", {"messageRef": "m_msg_m__order_id"})
    d.element(tag, "out", inside, mapping({"n": "=x + 1"}), **more)
    r = begin(d.line("start", "out"), order_id="SO1", x=1)
    thrown = r.last.messages[0]
    assert (thrown.element, thrown.name, thrown.correlation_key, thrown.payload) == ("out", "msg_m", "SO1", {"n": 2})
    assert r.last.status is InstanceStatus.COMPLETED
    assert "n" not in r.variables
    assert words(r, "out") == ["element.entered", "message.thrown", "element.completed"]


def test_the_key_is_read_where_the_event_stands() -> None:
    d = Events().line("start start").throws("out", message("msg_m"), extension=mapping({"order_id": '="own"'}))
    assert begin(d.line("start", "out", "end end"), order_id="SO1").last.messages[0].correlation_key == "own"


def test_a_key_that_is_none_stops_the_throw_before_anything_is_sent() -> None:
    d = Events().line("start start").throws("out", message("msg_m"), message("msg_n", "other"))
    r = begin(d.line("start", "out", "end end"), order_id="1")
    assert list(r.incidents.values()) == ["correlation_key"]
    assert r.last.messages == ()


def test_an_own_message_event_does_not_get_it_within_the_step() -> None:
    d = Events().line("start start", "parallel f").catches("c", message("msg_m")).line("f", "c", "end e1")
    r = begin(d.throws("out", message("msg_m")).line("f", "out", "end e2"), order_id="1")
    assert r.waiting == ["c"]
    assert len(r.last.messages) == 1


def receiving() -> Events:
    d = Events().line("start start").receive("t", "msg_m").edge("tm", "t", duration("PT1H"), interrupting=False)
    d.edge("cut", "t", message("msg_cut")).line("tm", "user remind", "end e1").line("cut", "end e2")
    return d.line("start", "t", "end end")


def test_a_receive_task_waits_for_its_message_with_its_boundary_events() -> None:
    r = begin(receiving(), order_id="SO1")
    assert r.waiting == ["cut", "t", "tm"]
    r.fire("tm")
    r.message("t", {"a": 1})
    assert (r.waiting, r.variables["m"]) == (["remind"], {"a": 1})
    r.complete("remind")
    assert ended(r) == "end"
    r = begin(receiving(), order_id="SO1")
    r.message("cut")
    assert ended(r) == "e2"
    assert words(r, "t") == ["subscription.opened", "subscription.cancelled"]


def test_a_receive_task_behind_an_event_based_gateway() -> None:
    d = Events().line("start start", "eventBased gw").receive("t", "msg_m").catches("tm", duration("PT1H"))
    d.line("gw", "t", "user a", "end e1").line("gw", "tm", "end e2")
    r = begin(d, order_id="SO1")
    r.message("t", 5)
    assert (r.waiting, r.variables["m"]) == (["a"], 5)
    assert words(r, "tm")[-1] == "timer.cancelled"
    r = begin(d, order_id="SO1")
    r.fire("tm")
    assert ended(r) == "e2"


def test_a_receive_task_that_starts_an_instance() -> None:
    d = Events().element("receiveTask", "t", messageRef="m_msg_m__order_id", instantiate="true")
    r = begin(d.line("t", "user a", "end end"), "t", m={"order": "SO1"})
    assert (r.waiting, r.variables) == (["a"], {"m": {"order": "SO1"}})
    assert [one.message_name for one in r.definition.message_starts] == ["msg_m"]
    assert words(r, "t") == ["subscription.opened", "subscription.correlated"]


def test_a_receive_task_with_items_waits_once_an_item() -> None:
    d = Events().line("start start").receive("t", "msg_m", several("=[1, 2]")).line("start", "t", "end end")
    r = begin(d, order_id="SO1")
    assert r.waiting == ["t", "t"]
    correlate(r, rows_of(r, "t")[1], 2)
    correlate(r, rows_of(r, "t")[0], 1)
    assert ended(r) == "end"
