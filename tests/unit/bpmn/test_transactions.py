"""A transaction that is cancelled calls off what lives, undoes what completed, and leaves by its cancel boundary."""

from __future__ import annotations

import pytest

from engine.errors import DefinitionRefused
from engine.model import InstanceStatus
from tests.unit.bpmn.drawing import duration, mapping
from tests.unit.bpmn.event_drawing import (
    CANCEL,
    Events,
    begin,
    compensate,
    complete,
    ended,
    error,
    message,
    rows_of,
    several,
    throw,
    words,
)
from tests.unit.bpmn.test_compensation import done, undone
from tests.unit.bpmn.test_compensation_of_scopes import noting


def around(body: Events, **more: str) -> Events:
    d = Events().line("start start").nest("t", body, "transaction", **more).edge("off", "t", CANCEL)
    return d.line("start", "t", "user paid", "end end").line("off", "user sorry", "end cancelled")


def booking() -> Events:
    """Two branches with handlers, one of which may cancel."""
    body = Events().line("start s", "parallel f", "user a", "exclusive g_e g", "end e").ends("stop", CANCEL)
    body.flow("g", "stop", when="=cancel").line("f", "user b", "user c", "end e2")
    return body.handler("undo_a", "a").handler("undo_b", "b").handler("undo_c", "c")


def test_cancelling_calls_off_what_lives_and_undoes_what_completed_the_last_first() -> None:
    r = done(around(booking()), "b")
    r.complete("a", cancel=True)
    assert r.waiting == ["undo_a"]
    assert words(r, "c") == ["user_task.created", "user_task.cancelled"]
    assert undone(r) == ["undo_a", "undo_b"]
    assert r.waiting == ["sorry"]
    assert words(r, "t") == ["element.entered", "element.cancelled"]
    assert words(r, "stop") == ["element.entered", "element.completed"]
    r.complete("sorry")
    assert ended(r) == "cancelled"


def test_a_transaction_that_is_not_cancelled_is_a_sub_process_and_can_be_undone_later() -> None:
    d = around(booking()).throws("undo", compensate())
    d.lines = [line for line in d.lines if 'sourceRef="paid"' not in line]
    r = done(d.line("paid", "undo", "end"), "b", "c")
    r.complete("a", cancel=False)
    assert r.waiting == ["paid"]
    assert words(r, "off") == []
    r.complete("paid")
    assert undone(r) == ["undo_a", "undo_c", "undo_b"]
    assert ended(r) == "end"


def test_with_nothing_to_undo_it_leaves_at_once() -> None:
    body = Events().line("start s", "user a").ends("stop", CANCEL).line("a", "stop")
    r = done(around(body), "a")
    assert r.waiting == ["sorry"]
    assert r.last.end_state is None


def test_what_completed_in_a_sub_process_that_still_runs_is_undone_with_its_variables() -> None:
    inner = Events().line("start i", "user a").ends("stop", CANCEL).line("a", "stop").handler("undo_a", "a", drawn=True)
    inner.lines += noting("undo_a", '="undid " + n', "note").lines
    body = Events().line("start s", "user b").nest("in", inner, extension=mapping({"n": '="inner"'}))
    r = begin(around(body.line("b", "in", "end e").handler("undo_b", "b")), n="outer")
    r.complete("b")
    r.complete("a")
    assert undone(r) == ["undo_b"]
    assert r.waiting == ["sorry"]
    assert r.variables["note"] == "undid inner"


def test_a_cancel_end_in_a_nested_sub_process_cancels_the_whole_transaction() -> None:
    inner = Events().line("start i", "user a").ends("stop", CANCEL).line("a", "stop").handler("undo_a", "a")
    deep = Events().line("start i0", "parallel f0").nest("in", inner).line("f0", "in", "end e0").line("f0", "user z")
    body = Events().line("start s", "parallel f").nest("deep", deep).line("f", "deep", "end e").line("f", "user b")
    r = done(around(body.line("b", "user c").handler("undo_b", "b")), "b", "a")
    assert undone(r) == ["undo_a", "undo_b"]
    assert r.waiting == ["sorry"]
    for name in ("in", "deep", "z", "c", "t"):
        assert words(r, name)[-1].endswith(".cancelled")


def test_a_completed_sub_process_is_undone_by_its_own_event_sub_process() -> None:
    inner = Events().line("start i", "user a", "end e0").handler("undo_a", "a")
    inner.watch("w", Events().starts("on", compensate()).line("on", "user undo_in", "end e9"))
    body = Events().line("start s").nest("in", inner).ends("stop", CANCEL).line("s", "in", "user b", "stop")
    r = done(around(body.handler("undo_b", "b")), "a", "b")
    assert undone(r) == ["undo_b", "undo_in"]
    assert r.waiting == ["sorry"]


def test_an_error_is_a_hazard_and_undoes_nothing() -> None:
    body = Events().line("start s", "user a", "service job", "end e").handler("undo_a", "a")
    d = around(body).edge("hazard", "t", error()).line("hazard", "user mend", "end mended")
    r = done(d, "a")
    throw(r, "job", "E1")
    assert r.waiting == ["mend"]
    assert words(r, "undo_a_edge") == []


def test_an_error_end_ends_a_transaction_without_undoing() -> None:
    body = Events().line("start s", "user a").ends("bad", error("E1")).line("a", "bad").handler("undo_a", "a")
    d = around(body).edge("hazard", "t", error("E1")).line("hazard", "end mended")
    assert ended(done(d, "a")) == "mended"


def test_a_handler_that_fails_while_cancelling_is_a_hazard() -> None:
    body = Events().line("start s", "user a", "user b").ends("stop", CANCEL).line("b", "stop").handler("undo_a", "a")
    job = '<zeebe:taskDefinition type="w"/>'
    body.element("serviceTask", "undo_b", "", job, isForCompensation="true").handler("undo_b", "b", drawn=True)
    d = around(body).edge("hazard", "t", error()).line("hazard", "user mend", "end mended")
    r = done(d, "a", "b")
    throw(r, "undo_b", "E1")
    assert r.waiting == ["mend"]
    assert words(r, "undo_a_edge") == []


def test_an_interrupting_boundary_while_cancelling_leaves_the_rest_alone() -> None:
    d = around(booking()).edge("tm", "t", duration("PT1H")).line("tm", "end late")
    r = done(d, "b")
    r.complete("a", cancel=True)
    assert r.waiting == ["tm", "undo_a"]
    r.fire("tm")
    assert ended(r) == "late"


def test_while_it_is_cancelled_its_event_sub_processes_are_gone_and_a_running_one_is_called_off() -> None:
    body = booking()
    body.watch("w", Events().starts("on", message("msg_m"), interrupting=False).line("on", "user aside", "end e9"))
    r = begin(around(body), order_id="1")
    r.message("on")
    r.complete("a", cancel=True)
    assert r.waiting == ["undo_a"]
    assert words(r, "w") == ["element.entered", "element.cancelled"]


def test_items_of_a_transaction_are_cancelled_as_one() -> None:
    body = Events().line("start s", "user a", "exclusive g_e g", "end e").ends("stop", CANCEL)
    body.flow("g", "stop", when="=cancel").handler("undo_a", "a")
    r = begin(around(body, marker=several("=[1, 2, 3]")))
    complete(r, rows_of(r, "a")[0], cancel=False)
    complete(r, rows_of(r, "a")[0], cancel=True)
    assert r.waiting == ["a", "undo_a"]
    assert undone(r) == ["undo_a"]
    assert r.waiting == ["sorry"]


def test_a_transaction_in_items_cancels_only_its_own() -> None:
    body = Events().line("start s", "user a", "exclusive g_e g", "end e").ends("stop", CANCEL)
    body.flow("g", "stop", when="=cancel").handler("undo_a", "a")
    outer = Events().line("start o").nest("t", body, "transaction").edge("off", "t", CANCEL)
    outer.line("o", "t", "end paid").line("off", "user sorry", "end e9")
    d = Events().line("start start").nest("s0", outer, marker=several()).line("start", "s0", "end end")
    r = begin(d)
    complete(r, rows_of(r, "a")[0], cancel=True)
    assert undone(r) == ["undo_a"]
    assert r.waiting == ["a", "sorry"]
    r.complete("a", cancel=False)
    r.complete("sorry")
    assert ended(r) == "end"


def test_what_is_being_undone_when_the_transaction_is_cancelled_is_undone_once() -> None:
    body = Events().line("start s", "user a", "parallel f").handler("undo_a", "a").handler("undo_b", "b")
    body.throws("undo", compensate("a")).line("f", "undo", "end e").line("f", "user b").ends("stop", CANCEL)
    r = done(around(body.line("b", "stop")), "a")
    assert r.waiting == ["b", "undo_a"]
    r.complete("b")
    assert r.waiting.count("undo_a") <= 1
    while "sorry" not in r.waiting:
        complete(r, next(iter(r.rows.values())))
    assert words(r, "undo_b").count("user_task.created") == 1
    assert words(r, "undo_a").count("user_task.completed") == 1


def test_what_is_being_undone_in_a_sub_process_that_still_runs_is_undone_all_the_same() -> None:
    inner = Events().line("start i", "user z", "user a").handler("undo_a", "a").handler("undo_z", "z")
    inner.throws("undo", compensate()).line("a", "undo", "end e0")
    body = Events().line("start s", "parallel f").nest("in", inner).line("f", "in", "end e").ends("stop", CANCEL)
    r = done(around(body.line("f", "user b", "stop").handler("undo_b", "b")), "z", "a")
    assert r.waiting == ["b", "undo_a"]
    r.complete("b")
    while "sorry" not in r.waiting:
        complete(r, next(iter(r.rows.values())))
    for name in ("undo_a", "undo_b", "undo_z"):
        assert words(r, name).count("user_task.completed") == 1, name


def test_a_sub_process_that_still_runs_is_undone_from_the_inside_not_by_its_event_sub_process() -> None:
    inner = Events().line("start i", "user a", "user x", "end e0").handler("undo_a", "a")
    inner.watch("w", Events().starts("on", compensate()).line("on", "user undo_in", "end e9"))
    body = Events().line("start s", "parallel f").nest("in", inner).line("f", "in", "end e").ends("stop", CANCEL)
    r = done(around(body.line("f", "user b", "stop")), "a", "b")
    assert undone(r) == ["undo_a"]
    assert r.waiting == ["sorry"]


def test_a_transaction_that_can_be_cancelled_needs_its_boundary() -> None:
    body = Events().line("start s").ends("stop", CANCEL).line("s", "stop")
    with pytest.raises(DefinitionRefused, match="stop"):
        begin(Events().line("start start").nest("t", body, "transaction").line("start", "t", "end end"))


def test_a_cancelled_instance_status_is_not_that_of_a_cancelled_transaction() -> None:
    r = done(around(booking()), "b")
    r.complete("a", cancel=True)
    assert r.last.status is InstanceStatus.ACTIVE
    undone(r)
    r.complete("sorry")
    assert r.last.status is InstanceStatus.COMPLETED
