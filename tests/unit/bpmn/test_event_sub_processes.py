"""Event sub-processes: of every trigger and in every sort of scope, interrupting and not, nested, again and again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.model import InstanceStatus, JobOpened
from tests.each import each
from tests.unit.bpmn.drawing import cycle, duration, mapping
from tests.unit.bpmn.event_drawing import (
    Events,
    begin,
    complete,
    condition,
    correlate,
    ended,
    error,
    escalation,
    message,
    rows_of,
    send_signal,
    several,
    signal,
    words,
)
from tests.unit.bpmn.running import MONDAY_9AM, Running

TRIGGERS = {
    "message": message("msg_m"),
    "signal": signal("sig_s"),
    "timer": duration("PT1H"),
    "conditional": condition("=go = true"),
    "multiple": message("msg_m") + signal("sig_s"),
}
SCOPES = ["process", "subProcess", "transaction", "adHocSubProcess", "item"]


def trigger(r: Running, kind: str) -> None:
    """Let the event come; a person beside the scope changes variables."""
    if kind == "message":
        r.message("on", 1)
    elif kind == "timer":
        r.fire("on")
    elif kind == "conditional":
        r.complete("beside", go=True)
    else:
        send_signal(r, "sig_s")


def scope(kind: str, body: Events) -> Events:
    """A scope with a person in it, called x, and one beside it, called beside."""
    d = Events().line("start start", "parallel fork", "user beside", "end end2")
    if kind == "process":
        d.lines += body.lines
        return d.line("fork", "user x", "end end")
    if kind == "adHocSubProcess":
        d.nest("s", body.line("user x"), kind)
    else:
        marker = several("=[1]") if kind == "item" else ""
        tag = "transaction" if kind == "transaction" else "subProcess"
        d.nest("s", body.line("start b", "user x", "end e"), tag, marker)
    return d.line("fork", "s", "end end")


def watching(definition: str, interrupting: bool) -> Events:
    handler = Events().starts("on", definition, interrupting=interrupting).line("on", "user mend", "end mended")
    return Events().watch("w", handler)


@each("interrupting", [True, False])
@each("kind", TRIGGERS)
@each("where", SCOPES)
def test_it_watches_its_scope_and_takes_it_over_or_not(where: str, kind: str, interrupting: bool) -> None:
    r = begin(scope(where, watching(TRIGGERS[kind], interrupting)), order_id="SO1", go=False)
    assert "x" in r.waiting
    trigger(r, kind)
    left = [name for name in r.waiting if name not in ("on", "beside")]
    assert left == (["mend"] if interrupting else ["mend", "x"])
    assert ("on" in r.waiting) is (not interrupting and kind in ("message", "signal", "multiple"))
    taken = interrupting and where == "process"
    assert ("beside" in r.waiting) is (kind != "conditional" and not taken)
    if not interrupting:
        r.complete("x")
        assert r.last.status is InstanceStatus.ACTIVE, "the scope waits for what it began"
    r.complete("mend")
    if "beside" in r.waiting:
        r.complete("beside")
    assert ended(r) == ("mended" if taken else "end2" if kind != "conditional" else "end")
    assert r.told("element.entered")[-1].element in ("mended", "end", "end2")


@pytest.mark.parametrize("where", SCOPES)
def test_one_that_never_comes_goes_with_its_scope(where: str) -> None:
    both = watching(message("msg_m"), False)
    both.watch("w2", Events().starts("tm", duration("PT1H")).line("tm", "end late"))
    both.watch("w3", Events().starts("if", condition("=go")).line("if", "end gone"))
    r = begin(scope(where, both), order_id="SO1")
    r.complete("x")
    if where != "process":
        assert r.waiting == ["beside"]
        assert words(r, "on") == ["subscription.opened", "subscription.cancelled"]
        assert words(r, "tm") == ["timer.armed", "timer.cancelled"]
        assert words(r, "if") == ["element.entered", "element.cancelled"]
    r.complete("beside")
    assert ended(r) in ("end", "end2")
    assert words(r, "w") == []


def test_it_begins_again_while_it_runs() -> None:
    r = begin(scope("subProcess", watching(message("msg_m"), False)), order_id="SO1")
    for n in (1, 2, 3):
        r.message("on", n)
        assert r.waiting.count("mend") == n
    assert len({event.token for event in r.told("element.entered") if event.element == "w"}) == 3
    r.complete("x")
    assert r.waiting == ["beside", "mend", "mend", "mend", "on"]
    for row in rows_of(r, "mend"):
        complete(r, row)
    assert r.waiting == ["beside"]


def test_a_timer_fires_once_and_a_cycle_as_often_as_it_says() -> None:
    once = begin(scope("subProcess", watching(duration("PT1H"), False)))
    once.fire("on")
    assert once.waiting == ["beside", "mend", "x"]
    r = begin(scope("subProcess", watching(cycle("R3/PT1H"), False)))
    for hour in (1, 2, 3):
        row = r.row_of("on")
        assert isinstance(row, JobOpened)
        assert row.due_at == MONDAY_9AM + timedelta(hours=hour)
        r.fire("on", late=timedelta(minutes=1))
    assert r.waiting == ["beside", "mend", "mend", "mend", "x"]


def test_a_timer_counts_from_the_moment_at_which_its_scope_was_entered() -> None:
    body = watching(duration("=wait"), True).line("start b", "user x", "end e")
    d = Events().line("start start", "user first").nest("s", body, extension=mapping({"wait": '="PT2H"'}))
    r = begin(d.line("first", "s", "end end"), wait="PT9H")
    assert r.waiting == ["first"]
    r.now += timedelta(hours=5)
    r.complete("first")
    row = r.row_of("on")
    assert isinstance(row, JobOpened)
    assert row.due_at == MONDAY_9AM + timedelta(hours=7)
    r.fire("on")
    assert r.waiting == ["mend"]


def test_a_key_is_read_in_the_scope() -> None:
    body = watching(message("msg_m"), True).line("start b", "user x", "end e")
    d = Events().line("start start").nest("s", body, extension=mapping({"order_id": '="inner"'}))
    r = begin(d.line("start", "s", "end end"), order_id="outer")
    assert r.row_of("on").correlation_key == "inner"
    r.message("on", "p")
    assert r.variables["m"] == "p"


def test_a_key_that_is_none_is_an_incident_that_does_not_keep_the_scope() -> None:
    r = begin(scope("process", watching(message("msg_m"), True)), order_id=None)
    assert (list(r.incidents.values()), r.waiting) == (["correlation_key"], ["beside", "x"])
    r.complete("x")
    r.complete("beside")
    assert ended(r) == "end2"


def test_interrupting_calls_off_what_its_siblings_began_and_all_that_watches() -> None:
    body = watching(message("msg_m"), False)
    body.watch("w2", Events().starts("stop", message("msg_stop")).line("stop", "user last", "end e2"))
    body.watch("w3", Events().starts("tm", cycle("R/PT1H"), interrupting=False).line("tm", "end ticked"))
    r = begin(scope("subProcess", body), order_id="SO1")
    r.message("on")
    r.message("stop")
    assert r.waiting == ["beside", "last"]
    assert words(r, "w") == ["element.entered", "element.cancelled"]
    r.complete("last")
    assert words(r, "s")[-1] == "element.completed"


def test_the_boundary_events_of_the_scope_stay_when_it_is_taken_over() -> None:
    d = scope("subProcess", watching(message("msg_m"), True))
    d.edge("tm", "s", duration("PT1H")).line("tm", "user late", "end end3")
    d.edge("news", "s", message("msg_n"), interrupting=False).line("news", "end noted")
    r = begin(d, order_id="SO1")
    r.message("on")
    assert r.waiting == ["beside", "mend", "news", "tm"]
    r.message("news")
    assert r.waiting == ["beside", "mend", "news", "tm"]
    r.fire("tm")
    assert r.waiting == ["beside", "late"]
    assert words(r, "w") == ["element.entered", "element.cancelled"]


def nested() -> Events:
    """An event sub-process in an event sub-process in a sub-process; the inner one watches while the outer runs."""
    inner = Events().starts("deep", message("msg_deep"), interrupting=False).line("deep", "user d", "end e4")
    stop = Events().starts("stop", message("msg_stop")).line("stop", "user last", "end e5")
    outer = Events().starts("on", message("msg_m"), interrupting=False).line("on", "user mend", "end mended")
    outer.watch("w2", inner).watch("w3", stop)
    return scope("subProcess", Events().watch("w", outer))


def test_one_in_another_watches_while_that_one_runs_and_interrupts_that_one_only() -> None:
    r = begin(nested(), order_id="SO1")
    assert r.waiting == ["beside", "on", "x"]
    r.message("on")
    assert r.waiting == ["beside", "deep", "mend", "on", "stop", "x"]
    r.message("deep")
    r.message("stop")
    assert r.waiting == ["beside", "last", "on", "x"]
    assert words(r, "w2") == ["element.entered", "element.cancelled"]
    r.complete("last")
    assert r.waiting == ["beside", "on", "x"]
    assert words(r, "w") == ["element.entered", "element.completed"]


def test_each_run_has_its_own_inner_ones() -> None:
    r = begin(nested(), order_id="SO1")
    r.message("on")
    r.message("on")
    assert [len(rows_of(r, name)) for name in ("deep", "stop", "mend")] == [2, 2, 2]
    correlate(r, rows_of(r, "stop")[1])
    assert [len(rows_of(r, name)) for name in ("deep", "stop", "mend", "last")] == [1, 1, 1, 1]


def test_one_waits_for_the_inner_one_that_runs() -> None:
    r = begin(nested(), order_id="SO1")
    r.message("on")
    r.message("deep")
    r.complete("mend")
    assert words(r, "w") == ["element.entered"]
    r.complete("d")
    assert words(r, "w") == ["element.entered", "element.completed"]
    assert r.waiting == ["beside", "on", "x"]


def test_items_are_interrupted_one_by_one() -> None:
    body = watching(message("msg_m"), True).line("start b", "user x", "end e")
    d = Events().line("start start").nest("s", body, marker=several("=[1, 2, 3]")).line("start", "s", "end end")
    r = begin(d, order_id="SO1")
    correlate(r, rows_of(r, "on")[1])
    assert r.waiting == ["mend", "on", "on", "x", "x"]
    r.complete("mend")
    complete(r, rows_of(r, "x")[0])
    complete(r, rows_of(r, "x")[0])
    assert ended(r) == "end"


def test_a_signal_reaches_every_item_and_every_scope() -> None:
    body = watching(signal("sig_s"), False).line("start b", "user x", "end e")
    d = Events().line("start start").nest("s", body, marker=several("=[1, 2, 3]")).line("start", "s", "end end")
    r = begin(d.edge("at", "s", signal("sig_s"), interrupting=False).line("at", "end n"))
    send_signal(r, "sig_s")
    assert r.waiting == ["at", *["mend"] * 3, *["on"] * 3, *["x"] * 3]


def test_outputs_of_the_start_event_and_data_of_the_event_sub_process() -> None:
    handler = Events()
    box = f"<bpmn:extensionElements>{mapping(outputs={'seen': '=m.kind'})}</bpmn:extensionElements>"
    handler.lines.append(f'<bpmn:startEvent id="on">{box}{message("msg_m")}</bpmn:startEvent>')
    handler.line("on", "user mend", "end mended")
    r = begin(scope("subProcess", Events().watch("w", handler)), order_id="SO1")
    r.message("on", {"kind": "late"})
    assert r.variables["seen"] == "late"
    assert "m" not in r.variables


def test_a_taken_over_process_ends_as_its_handler_does_even_from_an_inner_handler() -> None:
    handler = Events().starts("on", message("msg_m")).line("on", "user mend", "end mended")
    handler.watch("w2", Events().starts("deep", message("msg_d")).line("deep", "end deep_end"))
    d = Events().line("start start", "user a", "end end").watch("w", handler)
    r = begin(d, order_id="SO1")
    r.message("on")
    assert r.waiting == ["deep", "mend"]
    r.message("deep")
    assert ended(r) == "deep_end"


def test_a_taken_over_sequential_ad_hoc_sub_process_begins_nothing_more() -> None:
    body = watching(message("msg_m"), True).line("user x").line("user y")
    d = Events().line("start start").nest("s", body, "adHocSubProcess", ordering="Sequential")
    r = begin(d.line("start", "s", "end end"), order_id="SO1")
    assert r.waiting == ["on", "x"]
    r.message("on")
    r.complete("mend")
    assert ended(r) == "end"


def test_a_taken_over_ad_hoc_sub_process_with_a_condition_begins_nothing_more() -> None:
    body = watching(message("msg_m"), True).line("user x").line("user y")
    body.lines.append("<bpmn:completionCondition>=false</bpmn:completionCondition>")
    d = Events().line("start start").nest("s", body, "adHocSubProcess").line("start", "s", "end end")
    r = begin(d, order_id="SO1")
    r.message("on")
    assert r.waiting == ["mend"]
    r.complete("mend")
    assert ended(r) == "end"


def test_errors_and_escalations_start_nothing_by_themselves() -> None:
    body = Events().watch("w", Events().starts("on", error()).line("on", "end e1"))
    body.watch("w2", Events().starts("on2", escalation(), interrupting=False).line("on2", "end e2"))
    r = begin(scope("subProcess", body))
    assert r.waiting == ["beside", "x"]
    assert words(r, "on") == words(r, "on2") == []
