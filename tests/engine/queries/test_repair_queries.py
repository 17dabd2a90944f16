"""What operators choose from: open incidents of all cases, and where the instances of one stand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.clock import to_microseconds
from engine.errors import NotAllowed, NotFound, StepError
from engine.model import ID_BASE, SYSTEM
from engine.queries import Queries
from engine.store.tables import incident
from tests.engine.support import LI, ZHAO, Engine, failing
from tests.unit.bpmn.drawing import Drawing, duration


def queries(engine: Engine) -> Queries:
    return Queries(engine.db, engine.definitions, engine.clock)


def waiting(process_id: str = "p") -> Drawing:
    """A task with a timer at its edge, a message, a job and a call, all at once."""
    drawing = Drawing(process_id).start().gateway("fork", "parallel").user("ask").service("work").call("sub", "c")
    drawing.catch("ev", message="msg_paid").boundary("late", "ask", duration("PT1H"), interrupting=False)
    body = Drawing("x").start("s_start").user("inner").end("s_end").flow("s_start", "inner", "s_end")
    drawing.sub("box", body).end().end("told")
    for place in ("ask", "work", "sub", "ev", "box"):
        drawing.flow("fork", place, "end")
    return drawing.flow("start", "fork").flow("late", "told")


def called() -> Drawing:
    return Drawing("c").start().user("there").end().flow("start", "there", "end")


def put(engine: Engine, number: int, case: int, kind: str, *, hours: int = 0) -> None:
    at = to_microseconds(engine.clock.now() - timedelta(hours=hours))
    row = {"id": number, "instance": case, "case_id": str(case), "element": "ask", "kind": kind}
    with engine.db.begin() as tx:
        tx.connection.execute(incident.insert().values(**row, message="why", created_at=at))


def test_tokens_are_named_with_what_they_wait_as(engine: Engine) -> None:
    engine.deploy(called(), waiting())
    key = engine.start(order_id="SO-1")
    root, child = queries(engine).repairs(str(key), ZHAO)
    assert {(t.element, t.waits_as, t.watches) for t in root.tokens} == {
        ("ask", "user_task", False),
        ("late", "timer", True),
        ("work", "job", False),
        ("ev", "message", False),
        ("sub", "call", False),
        ("box", "scope", False),
        ("inner", "user_task", False),
    }
    (call,) = (token for token in root.tokens if token.waits_as == "call")
    assert (call.called, call.called_instance) == ("流程", child.instance)
    assert [token.element for token in child.tokens] == ["there"]
    assert root.variables == ("order_id",)


def test_every_token_that_is_offered_can_be_called_off_and_every_element_entered(engine: Engine) -> None:
    engine.deploy(called(), waiting())
    key = engine.start(order_id="SO-1")
    root = queries(engine).repairs(str(key), ZHAO)[0]
    offered = [element for element, _ in root.elements]
    assert {"ask", "work", "box", "inner", "fork"} <= set(offered)
    assert not {"start", "s_start", "late"} & set(offered)
    for element in offered:
        engine.runtime.modify(engine.start(order_id="SO-1"), ZHAO, reason="x", activate=[element])
    for place, token in enumerate(root.tokens):
        if not token.watches:
            other = engine.start(order_id="SO-1")
            same = queries(engine).repairs(str(other), ZHAO)[0].tokens[place]
            engine.runtime.modify(other, ZHAO, reason="x", cancel=[same.id])


def test_who_waits_for_other_branches_and_who_cannot_choose_can_be_moved(engine: Engine) -> None:
    drawing = Drawing("p").start().gateway("fork", "parallel").user("ask").gateway("gw", default="gw_end")
    drawing.gateway("join", "parallel").end().flow("start", "fork", "join", "end").flow("fork", "ask", "gw")
    engine.deploy(drawing.flow("gw", "join", when="=ok").flow("gw", "end"))
    key = engine.start()
    engine.complete("ask")
    (view,) = queries(engine).repairs(str(key), ZHAO)
    assert {(t.element, t.waits_as, t.can_skip) for t in view.tokens} == {
        ("join", "join", True),
        ("gw", "incident", False),
    }
    (stuck,) = (token for token in view.tokens if token.element == "gw")
    assert stuck.incident is not None
    with pytest.raises(StepError):
        engine.runtime.skip(stuck.id, ZHAO, reason="x")
    engine.runtime.modify(key, ZHAO, reason="x", cancel=[token.id for token in view.tokens], activate=["end"])
    assert engine.column("SELECT status FROM process_instance") == ["completed"]


def test_elements_of_a_sub_process_that_does_not_run_are_not_offered(engine: Engine) -> None:
    body = Drawing("x").start("s_start").user("inner").end("s_end").flow("s_start", "inner", "s_end")
    engine.deploy(Drawing("p").start().user("ask").sub("box", body).end().flow("start", "ask", "box", "end"))
    key = engine.start()
    (view,) = queries(engine).repairs(str(key), ZHAO)
    assert [element for element, _ in view.elements] == ["ask", "box", "end"]


def test_what_is_on_its_way_is_no_token(engine: Engine) -> None:
    engine.deploy(Drawing("p").start().user("ask").end().flow("start", "ask", "end"))
    key = engine.start()
    put(engine, -key * ID_BASE - 1, key, "delivery")
    put(engine, key * ID_BASE + 99, key, "job")
    put(engine, engine.task("ask"), key, "completion_refused")
    (view,) = queries(engine).repairs(str(key), ZHAO)
    assert [(token.id, token.incident) for token in view.tokens] == [(engine.task("ask"), "why")]


def test_a_suspended_case_is_told_as_such_and_an_ended_one_has_nothing_to_repair(engine: Engine) -> None:
    engine.deploy(Drawing("p").start().user("ask").end().flow("start", "ask", "end"))
    key = engine.start()
    engine.runtime.suspend(str(key), ZHAO, reason="x")
    (view,) = queries(engine).repairs(str(key), ZHAO)
    assert view.status == "suspended"
    assert [row.suspended for row in queries(engine).inbox(SYSTEM, scope="all").rows] == [True]
    assert queries(engine).cases(ZHAO, status="suspended").rows[0].waits_for
    engine.runtime.cancel(key, "x", ZHAO)
    assert queries(engine).repairs(str(key), ZHAO) == ()


def test_only_those_who_repair_see_what_can_be_repaired(engine: Engine) -> None:
    engine.deploy(Drawing("p").start().user("ask").end().flow("start", "ask", "end"))
    key = engine.start()
    with pytest.raises(NotAllowed):
        queries(engine).repairs(str(key), LI)
    with pytest.raises(NotAllowed):
        queries(engine).incidents(LI)
    with pytest.raises(NotAllowed):
        queries(engine).incidents_named([1], LI)
    with pytest.raises(NotFound):
        queries(engine).repairs("999", ZHAO)


def test_incidents_are_paged_filtered_and_counted(engine: Engine) -> None:
    engine.connectors["work"] = failing(99)
    one = Drawing("p").start().user("ask").end().flow("start", "ask", "end")
    engine.deploy(one, Drawing("q").start().user("ask").end().flow("start", "ask", "end"))
    p, q = engine.start("p"), engine.start("q")
    for number in range(5):
        put(engine, p * ID_BASE + 100 + number, p, "timer", hours=number)
    for number in range(3):
        put(engine, -q * ID_BASE - number - 1, q, "delivery", hours=10)
    everything, after = [], None
    while True:
        page = queries(engine).incidents(ZHAO, limit=3, after=after)
        everything += [row.id for row in page.rows]
        after = page.next_after
        if after is None:
            break
    assert len(everything) == len(set(everything)) == 8
    rows = queries(engine).incidents(ZHAO).rows
    assert [row.created_at for row in rows] == sorted(row.created_at for row in rows)
    assert (rows[0].process_id, rows[0].element_name, rows[0].status) == ("q", "ask!", "active")
    counted = queries(engine).incidents(ZHAO, process_id="p", older_than=timedelta(hours=3))
    assert (len(counted.rows), counted.counts) == (2, {"kind:timer": 2, "process:p": 2, "process:q": 3})
    assert counted.elements == {"ask": ("ask!", 2)}
    assert [row.id for row in queries(engine).incidents(ZHAO, kind="timer", element="nowhere").rows] == []
    assert set(queries(engine).incidents_named([rows[0].id, 7], ZHAO)) == {rows[0].id}


@pytest.mark.parametrize("after", ["", "1", "x", "1.2.3", "1.-", "9" * 19 + ".1"])
def test_what_no_page_gave_is_no_page(engine: Engine, after: str) -> None:
    with pytest.raises(NotFound):
        queries(engine).incidents(ZHAO, after=after)
