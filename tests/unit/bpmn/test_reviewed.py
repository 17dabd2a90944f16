"""What a review of the whole package found: corners where two rules meet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Final

import pytest

from engine.bpmn import World, check, compile_definition, movable
from engine.bpmn.problem import Problem
from engine.bpmn.timing import instant, parse_duration
from engine.errors import DefinitionRefused, StepError
from engine.model import Facts, FailJob, Modify, Skip
from tests.unit.bpmn.drawing import Drawing, duration, items, mapping, properties
from tests.unit.bpmn.event_drawing import (
    CANCEL,
    Events,
    begin,
    compensate,
    condition,
    correlate,
    ended,
    message,
    rounds,
    rows_of,
    several,
    signal,
    words,
)
from tests.unit.bpmn.running import MONDAY_9AM

LOG: Final = {"log": "={n: n}"}
#: A register that is there once ``n`` is.
UNTIL_N: Final = '=if n = null then 1 else "log"'
#: What cannot be kept as a variable until ``n`` is there.
NO_VALUE_UNTIL_N: Final = "=if n = null then function(x) x else 1"


# --- what is done, but cannot leave yet ----------------------------------------------------------------------------


def test_nothing_waits_at_the_edge_of_an_activity_that_is_done_but_cannot_leave() -> None:
    d = Events(**LOG).line("start start")
    d.user("a", extension=properties(register=UNTIL_N)).line("start", "a", "user b", "end end")
    d.edge("tm", "a", duration("PT1H")).line("tm", "end late")
    running = begin(d)
    running.complete("a")
    assert list(running.incidents.values()) == ["expression"]
    assert running.waiting == []
    running.resolve(n=Decimal(4))
    assert running.waiting == ["b"]


def test_a_multiple_event_that_fired_but_cannot_leave_does_not_fire_again() -> None:
    d = Events(**LOG).line("start start", "user a", "end end")
    d.boundary("at", "a", message("msg_m") + message("msg_n"), extension=properties(register=UNTIL_N))
    running = begin(d.line("at", "user late", "end late_end"), order_id="SO1")
    correlate(running, rows_of(running, "at")[0], "x")
    assert list(running.incidents.values()) == ["expression"]
    assert running.waiting == []
    running.resolve(n=Decimal(1))
    assert running.waiting == ["late"]


def test_a_multiple_event_whose_event_sub_process_cannot_be_entered_does_not_fire_again() -> None:
    handler = Events().starts("on", message("msg_m"), message("msg_n")).line("on", "user h", "end e")
    d = Events().line("start start", "user a", "end end")
    d.nest("w", handler, extension=mapping({"x": NO_VALUE_UNTIL_N}), triggeredByEvent="true")
    running = begin(d, order_id="SO1")
    correlate(running, rows_of(running, "on")[0], "x")
    assert list(running.incidents.values()) == ["expression"]
    assert running.waiting == []
    running.resolve(n=Decimal(1))
    assert running.waiting == ["h"]


def test_what_is_done_leaves_before_a_condition_that_it_made_true_interrupts() -> None:
    body = Events().line("start b", "service charge", "user pack", "end e").handler("refund", "charge")
    stop = Events().starts("fraud", condition("=suspicious = true")).throws("undo", compensate())
    body.watch("w", stop.line("fraud", "undo", "end stopped"))
    d = Events().line("start start").nest("s", body).line("start", "s", "end end")
    running = begin(d)
    running.job("charge", suspicious=True)
    assert words(running, "charge") == ["job.created", "job.completed"]
    assert running.waiting == ["refund"]
    running.complete("refund")
    assert ended(running) == "end"


# --- incidents -----------------------------------------------------------------------------------------------------


def test_a_completion_condition_that_fails_twice_is_one_incident() -> None:
    body = Events().line("user a").line("user b").line("user c")
    body.lines.append("<bpmn:completionCondition>=over</bpmn:completionCondition>")
    d = Events().line("start start").nest("h", body, "adHocSubProcess").line("start", "h", "end end")
    running = begin(d)
    assert len(running.complete("a").incidents) == 1
    assert running.complete("b").incidents == ()
    assert list(running.incidents.values()) == ["condition_not_boolean"]
    running.complete("c", over=True)
    assert ended(running) == "end"
    assert not running.incidents


def test_a_completion_condition_that_can_be_answered_again_ends_its_incident() -> None:
    body = Events().line("user a").line("user b")
    body.lines.append("<bpmn:completionCondition>=over</bpmn:completionCondition>")
    d = Events().line("start start").nest("h", body, "adHocSubProcess").line("start", "h", "end end")
    running = begin(d)
    running.complete("a")
    assert running.incidents
    running.complete("b", over=False)
    assert not running.incidents
    assert "b" in running.waiting


def test_a_job_whose_retries_cannot_be_worked_out_any_more_refuses_the_repair() -> None:
    d = Drawing().start().service("job").end().flow("start", "job", "end")
    d.lines[1] = d.lines[1].replace('type="work"', 'type="work" retries="=n"')
    running = begin(d, n=Decimal(2))
    running.do(FailJob(id=running.id_of("job"), problem="no answer", retries_left=0))
    with pytest.raises(StepError):
        running.resolve(n="many")
    running.resolve(n=Decimal(3))
    assert running.last.rescheduled[0].retries_left == 3


def test_an_operator_can_skip_and_cancel_an_event_that_fired_but_cannot_leave() -> None:
    d = Events(**LOG).line("start start", "user a", "end end")
    d.boundary("at", "a", message("msg_m"), extension=properties(register=UNTIL_N))
    d.line("at", "user late", "end late_end")
    for repair in ("skip", "cancel"):
        running = begin(d, order_id="SO1")
        running.message("at", None)
        (incident,) = running.incidents
        facts = Facts(now=running.now)
        assert [token.id for token in movable(running.definition, running.state, facts)[0]] == [incident]
        if repair == "skip":
            running.do(Skip(id=incident))
            assert running.waiting == ["late"]
        else:
            running.do(Modify(cancel=(incident,), activate=("a",)))
            assert running.waiting == ["a", "at"]


def test_a_cancel_end_that_cannot_be_entered_can_be_skipped_in_an_inner_sub_process() -> None:
    inner = Events().line("start i", "user a").flow("a", "stop")
    inner.ends("stop", CANCEL, extension=mapping({"x": NO_VALUE_UNTIL_N}))
    body = Events().line("start b").nest("inner", inner).line("b", "inner", "end e")
    d = Events().line("start start").nest("t", body, "transaction").line("start", "t", "end end")
    d.edge("off", "t", CANCEL).line("off", "end cancelled")
    running = begin(d)
    running.complete("a")
    (incident,) = running.incidents
    running.do(Skip(id=incident))
    assert ended(running) == "cancelled"


def test_a_join_that_waited_in_vain_and_then_cannot_leave_says_why() -> None:
    d = Events(**LOG).line("start start", "parallel f", "user a", "exclusive g_end g", "end end").user("b")
    d.complex("c", "=activationCount > 2", extension=properties(register=UNTIL_N))
    d.flow("f", "c", "b", "end").flow("g", "c", when="=more")
    running = begin(d, more=False)
    running.complete("a")
    assert list(running.incidents.values()) == ["deadlocked"]
    running.do(Modify(activate=("c",)))
    running.do(Modify(activate=("c",)))
    assert list(running.incidents.values()) == ["expression"]
    running.resolve(n=Decimal(1))
    assert running.waiting == ["b"]


# --- compensation --------------------------------------------------------------------------------------------------


def test_what_an_event_sub_process_is_compensating_goes_on_when_the_transaction_is_cancelled() -> None:
    body = Events().line("start b", "service charge", "user decide").handler("refund", "charge")
    body.ends("stop", CANCEL).flow("decide", "stop")
    aside = Events().starts("on_m", message("msg_m"), interrupting=False).throws("undo", compensate())
    body.watch("w", aside.line("on_m", "undo", "end undone"))
    d = Events().line("start start").nest("t", body, "transaction").line("start", "t", "end end")
    d.edge("off", "t", CANCEL).line("off", "end cancelled")
    running = begin(d, order_id="SO1")
    running.job("charge")
    running.message("on_m")
    assert running.waiting == ["decide", "on_m", "refund"]
    running.complete("decide")
    assert running.waiting == ["refund"]
    running.complete("refund")
    assert ended(running) == "cancelled"
    assert running.entered("refund") == 1


# --- items ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("counter", [Decimal(9), "x", None])
def test_who_writes_over_the_number_of_an_item_does_not_move_what_it_gives(counter: object) -> None:
    d = Drawing().start().user("a").having(items("=[10, 20]", "x", "=x", "all")).user("b").flow("start", "a", "b")
    running = begin(d)
    running.complete_nth("a", 0, loopCounter=counter)
    running.complete("a", loopCounter=counter)
    assert running.variables["all"] == [10, 20]


@pytest.mark.parametrize("instead", ["text", None, []])
def test_who_writes_over_the_collection_of_what_items_give_makes_an_incident(instead: object) -> None:
    d = Drawing().start().user("a").having(items("=[10, 20]", "x", "=x", "all")).user("b").flow("start", "a", "b")
    running = begin(d)
    running.complete_nth("a", 0)
    running.complete("a", all=instead)
    assert list(running.incidents.values()) == ["output"]
    running.resolve(all=[Decimal(1), Decimal(2)])
    assert running.variables["all"] == [1, 20]


# --- complex gateways ----------------------------------------------------------------------------------------------


def test_the_reset_of_a_complex_gateway_that_a_main_token_reached_is_of_the_main_way() -> None:
    d = Events().line("start start", "parallel f", "user a").line("f", "user h", "end h_end")
    d.complex("c", "=activationCount = 2").flow("a", "c").edge("aside", "h", message("msg_m"), interrupting=False)
    d.flow("aside", "c").user("x").end("x_end").end("rest_end").flow("x", "x_end")
    d.flow("c", "x", when="=waitingForStart").flow("c", "rest_end", when="=not(waitingForStart)")
    running = begin(d, order_id="SO1")
    running.complete("a")
    running.message("aside")
    assert running.waiting == ["aside", "h", "x"]
    assert running.last.end_state == "rest_end"


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("marker", [several(), rounds(2)])
def test_an_event_sub_process_has_no_loop(marker: str) -> None:
    handler = Events().starts("on", message("msg_m")).line("on", "user u", "end e")
    d = Events().line("start start", "user a", "end end").nest("w", handler, marker=marker, triggeredByEvent="true")
    with pytest.raises(DefinitionRefused, match="w: "):
        compile_definition(d.xml(), decisions={})


def test_a_process_starts_with_one_message_behind_an_event_gateway_not_with_several() -> None:
    d = Events().element("eventBasedGateway", "gw", instantiate="true")
    d.catches("c", message("msg_a"), message("msg_b")).catches("e", message("msg_c"))
    d.line("gw", "c", "end end").flow("gw", "e", "end")
    with pytest.raises(DefinitionRefused, match="c: "):
        compile_definition(d.xml(), decisions={})
    found = check(d.xml(), file="p.bpmn", world=World())
    assert ("gateway.start_branches", "gw") in [(finding.rule, finding.element) for finding in found]


@pytest.mark.parametrize(
    "marker",
    [
        items("=[1]", "priority"),
        items("=[1]", "x", "=x", "case"),
    ],
)
def test_items_have_no_names_of_the_platform(marker: str) -> None:
    d = Drawing().start().user("a").having(marker).end().flow("start", "a", "end")
    with pytest.raises(DefinitionRefused, match="a: "):
        compile_definition(d.xml(), decisions={})


@pytest.mark.parametrize("definition", [message("msg_priority"), signal("sig_case_id"), signal("case")])
def test_an_event_brings_no_fact_of_the_platform(definition: str) -> None:
    d = Events().line("start start").catches("c", definition).line("start", "c", "end end")
    with pytest.raises(DefinitionRefused, match="c: "):
        compile_definition(d.xml(), decisions={})


# --- values --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([Decimal(1)], [True]),
        ({"n": Decimal(0)}, {"n": False}),
        (datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=8))), datetime(2026, 3, 2, 1, tzinfo=UTC)),
    ],
)
def test_a_change_to_what_python_calls_equal_is_told(before: object, after: object) -> None:
    d = Drawing().start().user("a").end().flow("start", "a", "end")
    running = begin(d, x=before)
    running.complete("a", x=after)
    (told,) = running.told("user_task.completed")
    assert told.value["after"] == {"x": after}


@pytest.mark.parametrize("text", ["P1W999999999D", "-P999999W999999999DT1H", "P999999999DT999999999H"])
def test_a_duration_beyond_all_measure_is_an_incident(text: str) -> None:
    assert parse_duration(text) is None
    with pytest.raises(Problem):
        instant(text, MONDAY_9AM)


def test_a_live_token_names_the_sub_process_it_is_in() -> None:
    body = Events().line("start b", "eventBased gw").catches("c", message("msg_m")).catches("t", duration("PT1H"))
    body.flow("gw", "c").flow("gw", "t").line("b", "gw").line("c", "end e").line("t", "end e2")
    d = Events().line("start start").nest("s", body).user("many").having(several()).line("start", "s", "end end")
    d.flow("start", "many")
    running = begin(d, order_id="SO1")
    tokens, _ = movable(running.definition, running.state, Facts(now=running.now))
    assert {(token.element, token.scope) for token in tokens} == {
        ("s", None), ("many", None), ("gw", "s"), ("c", "s"), ("t", "s"),
    }  # fmt: skip
