"""Timers, messages and errors fire by command, at the edge of activities, after gateways and in the flow."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from engine.errors import StepError
from engine.model import CorrelateMessage, FailCall, FireTimer, InstanceStatus, SubscriptionOpened, ThrowError
from tests.unit.bpmn.drawing import Drawing, cycle, date, duration, mapping
from tests.unit.bpmn.running import MONDAY_9AM, Running, run


def waiting_for(event: str = duration("PT24H")) -> Drawing:
    d = (
        Drawing()
        .start()
        .gateway("wait", "eventBased")
        .catch("tm", event)
        .catch("ev", message="msg_updated")
        .end("late")
    )
    return d.end("good").flow("start", "wait", "tm", "late").flow("wait", "ev", "good")


def guarded(interrupting: bool, event: str = duration("PT4H")) -> Drawing:
    d = Drawing().start().user("a").boundary("tm", "a", event, interrupting).service("remind").end().end("late")
    return d.flow("start", "a", "end").flow("tm", "remind", "late")


def failing(code: str = "E1") -> Drawing:
    """Two parallel sub-processes, each with a job and an error boundary."""
    d = Drawing().start().gateway("fork", "parallel")
    for n in ("1", "2"):
        body = Drawing().start(f"b{n}").service(f"job{n}").gateway(f"g{n}", default=f"g{n}_ok{n}")
        body.error_end(f"bad{n}", code).end(f"ok{n}").flow(f"b{n}", f"job{n}", f"g{n}", f"ok{n}")
        body.flow(f"g{n}", f"bad{n}", when="=broken")
        d.sub(f"s{n}", body).boundary(f"err{n}", f"s{n}", error="E1").user(f"mend{n}").end(f"end{n}").end(f"mended{n}")
        d.flow("fork", f"s{n}", f"end{n}").flow(f"err{n}", f"mend{n}", f"mended{n}")
    return d.flow("start", "fork")


def test_a_timer_is_due_from_the_instant_of_its_token() -> None:
    r = run(Drawing().start().catch("tm", duration("PT1H")).end().flow("start", "tm", "end"))
    assert r.row_of("tm").due_at == MONDAY_9AM + timedelta(hours=1)
    r.fire("tm", late=timedelta(hours=3))
    assert r.told("timer.fired")[0].value == {"scheduled_at": MONDAY_9AM + timedelta(hours=1)}
    assert r.last.status is InstanceStatus.COMPLETED


def test_a_timer_may_be_computed() -> None:
    text = '=duration("PT" + string(max(48 - hours, 1)) + "H")'
    r = run(Drawing().start().catch("tm", duration(text)).end().flow("start", "tm", "end"), hours=Decimal(30))
    assert r.row_of("tm").due_at == MONDAY_9AM + timedelta(hours=18)


def test_a_date_without_a_zone_is_shanghais() -> None:
    r = run(Drawing().start().catch("tm", date("2026-05-01T09:00:00")).end().flow("start", "tm", "end"))
    assert r.row_of("tm").due_at == datetime.fromisoformat("2026-05-01T01:00:00+00:00")


@pytest.mark.parametrize(("fired", "end"), [("tm", "late"), ("ev", "good")])
def test_the_first_event_after_a_gateway_calls_the_others_off(fired: str, end: str) -> None:
    r = run(waiting_for(), order_id="SO1")
    assert r.waiting == ["ev", "tm"]
    other = r.id_of("ev" if fired == "tm" else "tm")
    r.fire("tm") if fired == "tm" else r.message("ev", {"where": "杭州"})
    assert r.last.end_state == end
    assert [closed.id for closed in r.last.closed if not closed.completed] == [other]
    flows = [event.element for event in r.last.events if event.kind == "flow.taken"]
    assert flows == [f"wait_{fired}", f"{fired}_{end}"]
    if fired == "ev":
        assert r.variables["updated"] == {"where": "杭州"}
        assert r.told("subscription.correlated")[0].value["after"] == {"updated": {"where": "杭州"}}


@pytest.mark.parametrize(("key", "text"), [("SO1", "SO1"), (Decimal("12.50"), "12.5"), (Decimal(7), "7")])
def test_a_subscription_has_its_correlation_key_as_text(key: object, text: str) -> None:
    row = run(waiting_for(), order_id=key).row_of("ev")
    assert isinstance(row, SubscriptionOpened)
    assert (row.message_name, row.correlation_key) == ("msg_updated", text)


def test_what_does_not_wait_cannot_be_fired() -> None:
    r = run(waiting_for(), order_id="SO1")
    timer, subscription = r.id_of("tm"), r.id_of("ev")
    for command in (
        FireTimer(id=subscription),
        FireTimer(id=timer + 50),
        CorrelateMessage(id=timer, name="msg_updated", payload=None),
        CorrelateMessage(id=subscription, name="msg_other", payload=None),
    ):
        with pytest.raises(StepError):
            r.do(command)
    r.fire("tm")
    with pytest.raises(StepError):
        r.do(FireTimer(id=timer))


def test_an_interrupting_timer_ends_its_activity() -> None:
    r = run(guarded(True))
    r.fire("tm")
    assert r.waiting == ["remind"]
    assert [event.kind for event in r.last.events][:2] == ["user_task.cancelled", "timer.fired"]
    r.job("remind")
    assert r.last.end_state == "late"


def test_a_non_interrupting_branch_keeps_the_instance_alive_but_never_names_its_end() -> None:
    r = run(guarded(False))
    r.fire("tm")
    assert r.waiting == ["a", "remind"]
    r.complete("a")
    assert (r.last.status, r.last.end_state) == (InstanceStatus.ACTIVE, "end")
    r.job("remind")
    assert (r.last.status, r.last.end_state) == (InstanceStatus.COMPLETED, "end")


def test_a_timer_goes_with_the_activity_it_guards() -> None:
    r = run(guarded(True))
    r.complete("a")
    assert len(r.told("timer.cancelled")) == 1
    assert r.last.status is InstanceStatus.COMPLETED


def test_a_cycle_repeats_as_often_as_it_says() -> None:
    r = run(guarded(False, cycle("R3/PT1H")))
    for hour in (1, 2, 3):
        assert r.row_of("tm").due_at == MONDAY_9AM + timedelta(hours=hour)
        r.fire("tm", late=timedelta(minutes=5))
    assert r.waiting == ["a", "remind", "remind", "remind"]


def test_turns_of_a_cycle_missed_while_nothing_ran_are_not_made_up_for() -> None:
    r = run(guarded(False, cycle("R/PT1H")))
    r.fire("tm", late=timedelta(hours=10, minutes=30))
    assert r.row_of("tm").due_at == MONDAY_9AM + timedelta(hours=12, minutes=30)


def test_a_non_interrupting_message_can_come_again_and_again() -> None:
    d = Drawing().start().user("a").boundary("ev", "a", message="msg_more", interrupting=False).user("note").end()
    d.end("noted").flow("start", "a", "end").flow("ev", "note", "noted")
    r = run(d, order_id="SO1")
    for n in (1, 2, 3):
        r.message("ev", Decimal(n))
        assert r.waiting.count("note") == n
    r.complete("a")
    assert r.waiting == ["note"] * 3
    assert r.variables["more"] == Decimal(3)


def test_a_boundary_message_has_its_key_from_outside_the_activity_a_timer_its_time_from_inside() -> None:
    own = mapping({"order_id": '="inner"', "wait": '="PT2H"'})
    d = Drawing().start().user("a", extension=own).boundary("ev", "a", message="msg_m").boundary(
        "tm", "a", duration("=wait")
    )  # fmt: skip
    d.end().end("m").end("t").flow("start", "a", "end").flow("ev", "m").flow("tm", "t")
    r = run(d, order_id="outer", wait="PT9H")
    assert r.row_of("ev").correlation_key == "outer"
    assert r.row_of("tm").due_at == MONDAY_9AM + timedelta(hours=2)


def test_a_boundary_event_at_a_sub_process_ends_all_in_it() -> None:
    body = Drawing().start("b").user("x").boundary("xt", "x", duration("PT9H")).end("e").end("e2")
    body.flow("b", "x", "e").flow("xt", "e2")
    d = Drawing().start().sub("s", body).boundary("tm", "s", duration("PT1H")).end().end("late")
    r = run(d.flow("start", "s", "end").flow("tm", "late"))
    assert r.waiting == ["tm", "x", "xt"]
    r.fire("tm")
    assert (r.last.status, r.last.end_state) == (InstanceStatus.COMPLETED, "late")


def test_an_error_ends_only_the_sub_process_that_threw_it() -> None:
    r = run(failing(), broken=True)
    r.job("job1")
    assert r.waiting == ["job2", "mend1"]
    assert [event.element for event in r.told("element.cancelled")] == ["s1"]


def test_an_error_that_nobody_catches_leaves_the_process() -> None:
    r = run(failing("E2"), broken=True)
    r.job("job1")
    assert (r.last.uncaught_error, r.last.status) == ("E2", InstanceStatus.CANCELLED)
    assert r.waiting == []


def test_a_boundary_that_names_the_code_comes_before_one_for_all_and_the_inner_before_the_outer() -> None:
    body = Drawing().start("b").service("j").boundary("any", "j", error="").boundary("one", "j", error="E1")
    body.end("e").end("ea").end("eo").flow("b", "j", "e").flow("any", "ea").flow("one", "eo")
    d = Drawing().start().sub("s", body).boundary("outer", "s", error="").end().end("oe")
    d.flow("start", "s", "end").flow("outer", "oe")
    for code, caught in (("E1", "one"), ("E9", "any")):
        r = run(d)
        r.do(ThrowError(id=r.id_of("j"), error_code=code, variables={"why": "x"}))
        assert caught in r.path
        assert r.last.end_state == "end"
        assert r.variables == {"why": "x"}


def test_a_called_process_may_fail_with_an_error() -> None:
    d = Drawing().start().call("c", "q").boundary("err", "c", error="E1").user("mend").end().end("mended")
    r = run(d.flow("start", "c", "end").flow("err", "mend", "mended"))
    r.do(FailCall(id=r.id_of("c"), error_code="E1"))
    assert r.waiting == ["mend"]
    assert r.told("call.cancelled")[0].value == {"error_code": "E1"}


def test_a_message_end_publishes_in_the_step() -> None:
    d = Drawing().start().message_end("end", "msg_order_paid", {"amount": "=price * 2", "who": "=case_id"})
    r: Running = run(d.flow("start", "end"), order_id="SO1", price=Decimal("1.5"))
    thrown = r.last.messages[0]
    assert (thrown.element, thrown.name, thrown.correlation_key) == ("end", "msg_order_paid", "SO1")
    assert thrown.payload == {"amount": Decimal(3), "who": "C1"}
    assert r.last.status is InstanceStatus.COMPLETED
    assert "amount" not in r.variables


def test_an_end_event_sets_the_result() -> None:
    r = run(Drawing().start().end("end", extension=mapping(outputs={"result": '="done"'})).flow("start", "end"))
    assert r.variables == {"result": "done"}
