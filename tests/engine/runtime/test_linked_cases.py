"""A case's message opens another case: whose it is, what it knows, how the pages link them, once an order."""

from __future__ import annotations

import json
from decimal import Decimal

from sqlalchemy import insert, select

from engine import canonical
from engine.model import SYSTEM, Actor
from engine.queries import Queries
from engine.store.tables import process_instance, shop_order
from tests.engine.support import LI, WANG, Engine, consistent
from tests.unit.bpmn.drawing import Drawing, properties

LIN = Actor(id="lin", name="林晓梅", groups=frozenset({"presales"}))
FORM = {
    "id": "t.start",
    "type": "default",
    "components": [
        {"type": "textfield", "id": f"f_{key}", "key": key, "label": key}
        for key in ("order_id", "customer_id", "channel", "description", "receiver_name", "ordered_items")
    ],
}


def deploy(engine: Engine, payload: dict[str, str]) -> None:
    """t begins by hand with a form, or by the message of p, which somebody called q for."""
    thrower = Drawing("p").start().user("refuse").message_end("end_rejected", "msg_return_requested", payload)
    caller = Drawing("q").start().call("c", "p").user("after").end()
    form = '<zeebe:formDefinition formId="t.start"/>'
    target = Drawing("t").start(extension=form).start("ev", message="msg_return_requested")
    target.user("inspect", "warehouse").end().flow("start", "inspect", "end").flow("ev", "inspect")
    engine.deploy(thrower.flow("start", "refuse", "end_rejected"), caller.flow("start", "c", "after", "end"), target)
    engine.definitions.deploy({"t.start.form": json.dumps(FORM).encode()}, SYSTEM)


def column(engine: Engine, key: int, name: str) -> object:
    with engine.db.read() as connection:
        return connection.execute(select(process_instance.c[name]).where(process_instance.c.key == key)).scalar_one()


def variables(engine: Engine, key: int) -> dict[str, object]:
    return dict(canonical.decode(bytes(column(engine, key, "variables"))))  # type: ignore[call-overload]


def rejected(engine: Engine, **given: object) -> int:
    """Throw the message from a process that q called, for a case that somebody handed over; gives the new case."""
    root = engine.start("q", **given)
    with engine.db.begin() as tx:
        people = "UPDATE process_instance SET first_owner = 'li', owner = 'wang'"
        tx.connection.exec_driver_sql(people)
    engine.complete("refuse", WANG)
    engine.worker.drain()
    keys = engine.column("SELECT key FROM process_instance WHERE process_id = 't'")
    assert len(keys) == 1
    assert column(engine, int(str(keys[0])), "parent_case_id") == str(root)
    return int(str(keys[0]))


def test_a_linked_case_stays_with_its_people_and_knows_what_the_other_knew(engine: Engine) -> None:
    deploy(engine, {"order_id": "=order_id", "goods_state": '="returning"', "channel": "=null"})
    key = rejected(engine, order_id="SO-1001", customer_id="C-88", channel="phone", description="不要了")
    found = [column(engine, key, name) for name in ("opened_by", "first_owner", "owner", "customer_id", "order_id")]
    assert found == ["wang", "li", "wang", "C-88", "SO-1001"]
    assert column(engine, key, "case_id") == str(key), "a case of its own"
    known = variables(engine, key)
    assert {name: known[name] for name in ("customer_id", "channel", "description", "goods_state")} == {
        "customer_id": "C-88",
        "channel": "phone",
        "description": "不要了",
        "goods_state": "returning",
    }
    assert known["return_requested"] == {"order_id": "SO-1001", "goods_state": "returning", "channel": None}
    consistent(engine)


def test_the_payload_wins_over_the_case_and_the_order_fills_the_rest(engine: Engine) -> None:
    facts = {"receiver_name": "张三", "items": "杯子×2", "order_amount": Decimal(199)}
    with engine.db.begin() as tx:
        order = {"order_id": "SO-1001", "customer_id": "C-1", "channel": "social", "order_stage": "shipped"}
        tx.connection.execute(insert(shop_order).values(facts=canonical.encode(facts), updated_at=0, **order))
    deploy(engine, {"order_id": "=order_id", "description": '="拒收"'})
    known = variables(engine, rejected(engine, order_id="SO-1001", description="不要了"))
    assert {name: known.get(name) for name in ("description", "customer_id", "channel")} == {
        "description": "拒收",
        "customer_id": "C-1",
        "channel": "social",
    }
    assert (known["receiver_name"], known["ordered_items"]) == ("张三", "杯子×2")


def test_the_pages_link_them_both_ways_for_those_who_may_see_them(engine: Engine) -> None:
    deploy(engine, {"order_id": "=order_id"})
    key = rejected(engine, order_id="SO-1001")
    (root,) = engine.column("SELECT key FROM process_instance WHERE process_id = 'q'")
    queries = Queries(engine.db, engine.definitions, engine.clock)
    (linked,) = queries.case(str(root), LI).linked
    assert (linked.case_id, linked.status, linked.end_state_name) == (str(key), "active", None)
    opened_from = queries.case(str(key), LI).opened_from
    assert opened_from is not None
    assert opened_from.case_id == str(root)
    cang = Actor(id="cang", groups=frozenset({"warehouse"}))
    view = queries.case(str(key), cang)
    assert (view.opened_from, view.parent_case_id) == (None, str(root)), "the other case is none of the warehouse's"
    with engine.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE process_instance SET owner = 'lin' WHERE process_id IN ('p', 'q')")
    assert queries.case(str(root), LIN).linked == ()


def test_a_case_without_links_has_none(engine: Engine) -> None:
    deploy(engine, {"order_id": "=order_id"})
    key = engine.start("q", order_id="SO-1001")
    view = Queries(engine.db, engine.definitions, engine.clock).case(str(key), LI)
    assert (view.linked, view.opened_from) == ((), None)


def test_a_dispatch_starts_its_tracking_and_wakes_who_had_urged_it(engine: Engine) -> None:
    payload = {"order_id": "=order_id", "waybill_no": '="YT1"', "dispatched_at": "=now()"}
    dispatch = Drawing("p").start().user("send").message_end("end_dispatched", "msg_order_dispatched", payload)
    tracking = Drawing("t").start("ev", message="msg_order_dispatched").user("watch").end()
    urge = Drawing("u").start().catch("ev_dispatched", message="msg_order_dispatched").user("thank").end()
    engine.deploy(
        dispatch.flow("start", "send", "end_dispatched"),
        tracking.flow("ev", "watch", "end"),
        urge.flow("start", "ev_dispatched", "thank", "end"),
    )
    engine.start("u", order_id="SO-1")
    engine.start("u", order_id="SO-2")
    sender = engine.start("p", order_id="SO-1", customer_id="C-1")
    engine.complete("send", WANG)
    engine.worker.drain()
    assert len(engine.tasks(element="thank")) == 1
    (task,) = engine.tasks(element="watch")
    tracked = task // 10**8
    assert column(engine, tracked, "parent_case_id") == str(sender)
    assert (column(engine, tracked, "order_id"), column(engine, tracked, "customer_id")) == ("SO-1", "C-1")
    assert variables(engine, tracked)["waybill_no"] == "YT1"
    consistent(engine)


# --- one dispatch an order -----------------------------------------------------------------------


def deploy_dispatch(engine: Engine) -> None:
    drawing = Drawing("p").start().start("ev", message="msg_order_paid", extension=properties(once="order"))
    engine.deploy(drawing.user("pick").end().flow("start", "pick", "end").flow("ev", "pick"))


def paid(engine: Engine, order_id: str, **more: object) -> list[int]:
    return engine.runtime.publish("msg_order_paid", order_id, {"order_id": order_id}, actor=SYSTEM, **more)  # type: ignore[arg-type]


def test_an_order_is_dispatched_once_whoever_says_that_it_is_paid(engine: Engine) -> None:
    deploy_dispatch(engine)
    (key,) = paid(engine, "SO-1", message_id="order_paid:SO-1")
    assert paid(engine, "SO-1") == []
    engine.complete("pick")
    assert paid(engine, "SO-1") == [], "it has been dispatched"
    assert len(paid(engine, "SO-2")) == 1
    assert column(engine, key, "order_id") == "SO-1"
    consistent(engine)


def test_a_dispatch_that_was_called_off_may_begin_again(engine: Engine) -> None:
    deploy_dispatch(engine)
    (key,) = paid(engine, "SO-1")
    engine.runtime.cancel(key, "重复", Actor(id="zhao", groups=frozenset({"supervisor"})))
    assert len(paid(engine, "SO-1")) == 1


def test_a_dispatch_that_was_begun_by_hand_counts(engine: Engine) -> None:
    deploy_dispatch(engine)
    engine.start(order_id="SO-1")
    assert paid(engine, "SO-1") == []
