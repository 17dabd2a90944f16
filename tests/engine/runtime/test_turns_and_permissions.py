"""Who may do a user task beside its group, and in which order: queues, permissions, four eyes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest

from engine.connectors import CONNECTORS
from engine.errors import EngineError, FourEyes, NotAllowed, NotYourTurn, OwnCase
from engine.model import SYSTEM, Actor
from engine.queries import Queries
from tests.engine.support import LI, WANG, ZHAO, Engine, consistent
from tests.unit.bpmn.drawing import Drawing, properties

QIAN = Actor(id="qian", name="钱会计", groups=frozenset({"finance"}))
SUN = Actor(id="sun", name="孙会计", groups=frozenset({"finance"}))
TAKE = '<zeebe:taskHeaders><zeebe:header key="sequence" value="invoice"/></zeebe:taskHeaders>'


def deploy_queue(engine: Engine) -> None:
    engine.connectors["next_number"] = CONNECTORS["next_number"]
    drawing = Drawing("p").start().user("apply").service("queue", "next_number", TAKE)
    drawing.user("issue", "finance", properties(queue="=queue_no")).end()
    engine.deploy(drawing.flow("start", "apply", "queue", "issue", "end"))


def queued(engine: Engine, count: int) -> list[int]:
    """Cases in the queue, in the reverse order in which they were opened; gives their tasks by turn."""
    keys = [engine.start() for _ in range(count)]
    for key in reversed(keys):
        engine.runtime.complete(engine.tasks(instance=key)[0], {}, LI)
        engine.worker.drain()
    return [engine.tasks(instance=key)[0] for key in reversed(keys)]


# --- queues --------------------------------------------------------------------------------------


def test_a_later_number_is_neither_claimed_nor_completed_first(engine: Engine) -> None:
    deploy_queue(engine)
    first, second, third = queued(engine, 3)
    assert engine.column("SELECT queue_no FROM user_task WHERE status = 'open' ORDER BY queue_no") == [1, 2, 3]
    before = engine.snapshot()
    for task in (second, third):
        with pytest.raises(NotYourTurn) as refused:
            engine.runtime.claim(task, QIAN)
        assert refused.value.message_zh == "请按顺序办理:工单 3(排队号 1)还没有办完。"
        with pytest.raises(NotYourTurn):
            engine.runtime.complete(task, {}, QIAN)
    assert engine.snapshot() == before
    engine.runtime.claim(first, QIAN)
    with pytest.raises(NotYourTurn):
        engine.runtime.claim(second, SUN)
    for task in (first, second, third):
        engine.runtime.complete(task, {}, QIAN)
    consistent(engine)


def test_of_two_who_complete_at_once_the_earlier_number_wins(engine: Engine) -> None:
    deploy_queue(engine)
    tasks = queued(engine, 2)

    def complete(task: int) -> str:
        try:
            engine.runtime.complete(task, {}, QIAN)
        except EngineError as problem:
            return problem.code
        return "ok"

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(complete, tasks)
    assert first == "ok"
    assert second in ("ok", "not_your_turn")
    consistent(engine)


def test_a_suspended_case_and_one_that_was_cancelled_hold_up_nobody(engine: Engine) -> None:
    deploy_queue(engine)
    _, second, third = queued(engine, 3)
    engine.runtime.suspend("3", ZHAO, reason="等客户")
    engine.runtime.complete(second, {}, QIAN)
    engine.runtime.resume("3", ZHAO, reason="好了")
    with pytest.raises(NotYourTurn):
        engine.runtime.complete(third, {}, QIAN)
    engine.runtime.cancel(3, "不要了", ZHAO)
    engine.runtime.complete(third, {}, QIAN)


def test_another_element_has_a_queue_of_its_own_and_null_is_no_turn(engine: Engine) -> None:
    drawing = Drawing("p").start().gateway("both", "parallel")
    drawing.user("a", "finance", properties(queue="=n")).user("b", "finance", properties(queue="=n")).end().end("end_2")
    drawing.flow("start", "both", "a", "end").flow("both", "b", "end_2")
    engine.deploy(drawing)
    first, second = engine.start(n=Decimal(1)), engine.start(n=Decimal(2))
    last = engine.start(n=None)
    for task in (*engine.tasks(instance=last), *engine.tasks(instance=first, element="a")):
        engine.runtime.complete(task, {}, QIAN)
    engine.runtime.complete(engine.tasks(instance=second, element="a")[0], {}, QIAN)
    with pytest.raises(NotYourTurn):
        engine.runtime.complete(engine.tasks(instance=second, element="b")[0], {}, QIAN)


@pytest.mark.parametrize("turn", ["一", -1, True])
def test_what_is_no_number_is_an_incident(engine: Engine, turn: object) -> None:
    value = Decimal(turn) if isinstance(turn, int) and not isinstance(turn, bool) else turn
    engine.deploy(Drawing("p").start().user("a", "finance", properties(queue="=n")).end().flow("start", "a", "end"))
    engine.start(n=value)
    (message,) = engine.column("SELECT message FROM incident")
    assert "whole number" in str(message)


def test_the_page_says_whose_turn_it_is(engine: Engine) -> None:
    deploy_queue(engine)
    first, second = queued(engine, 2)
    queries = Queries(engine.db, engine.definitions, engine.clock)
    view = queries.task(second, QIAN)
    assert (view.row.queue_no, view.ahead, view.may_claim, view.may_complete) == (2, ("2", 1), False, False)
    view = queries.task(first, QIAN)
    assert (view.row.queue_no, view.ahead, view.may_claim, view.may_complete) == (1, None, True, True)


def test_the_inbox_has_them_in_their_order(engine: Engine) -> None:
    deploy_queue(engine)
    tasks = queued(engine, 3)
    page = Queries(engine.db, engine.definitions, engine.clock).inbox(QIAN)
    assert [(row.id, row.queue_no) for row in page.rows] == list(zip(tasks, [1, 2, 3], strict=True))
    assert tasks == sorted(tasks, reverse=True), "not the order in which the cases were opened"


def test_who_has_claimed_gives_back_whatever_the_turn(engine: Engine) -> None:
    deploy_queue(engine)
    first, second = queued(engine, 2)
    engine.runtime.suspend("2", ZHAO, reason="等客户")
    engine.runtime.claim(second, QIAN)
    engine.runtime.resume("2", ZHAO, reason="好了")
    with pytest.raises(NotYourTurn):
        engine.runtime.complete(second, {}, QIAN)
    engine.runtime.unclaim(second, QIAN)
    engine.runtime.claim(first, QIAN)


# --- permissions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("permission", "groups", "allowed"),
    [
        ("P08", {"supervisor"}, True),
        ("P09", {"supervisor"}, True),
        ("P09", {"dept_manager"}, True),
        ("P10", {"dept_manager"}, True),
        ("P10", {"supervisor"}, False),
        ("P11", {"finance"}, True),
        ("P11", {"supervisor", "aftersales"}, False),
        ("P99", {"dept_manager", "supervisor"}, False),
    ],
)
def test_a_permission_is_asked_for_beside_the_group(
    engine: Engine, permission: str, groups: set[str], allowed: bool
) -> None:
    lanes = "supervisor,dept_manager,finance,aftersales"
    drawing = Drawing("p").start().user("approve", lanes, properties(permission=permission)).end()
    engine.deploy(drawing.flow("start", "approve", "end"))
    engine.start()
    task, actor = engine.task("approve"), Actor(id="who", groups=frozenset(groups))
    view = Queries(engine.db, engine.definitions, engine.clock).task(task, actor)
    assert (view.may_claim, view.may_complete) == (allowed, allowed)
    if allowed:
        engine.runtime.claim(task, actor)
        engine.runtime.complete(task, {}, actor)
        return
    for act in (engine.runtime.claim, lambda t, a: engine.runtime.complete(t, {}, a)):
        with pytest.raises(NotAllowed) as refused:
            act(task, actor)
        assert permission in refused.value.message_zh


def test_a_permission_alone_opens_no_foreign_lane(engine: Engine) -> None:
    drawing = Drawing("p").start().user("approve", "finance", properties(permission="P09")).end()
    engine.deploy(drawing.flow("start", "approve", "end"))
    engine.start()
    with pytest.raises(NotAllowed):
        engine.runtime.claim(engine.task("approve"), Actor(id="m", groups=frozenset({"dept_manager"})))


# --- one's own orders ----------------------------------------------------------------------------


def test_nobody_works_on_the_order_that_is_his_own(engine: Engine) -> None:
    drawing = Drawing("p").start().user("a").catch("ev", message="msg_platform_ruling", key="=case_id").end()
    engine.deploy(drawing.flow("start", "a", "ev", "end"))
    buyer = replace(LI, customer_ids=frozenset({"C-88", "C-89"}))
    case_id = str(engine.start(customer_id="C-88"))
    task, queries = engine.task("a"), Queries(engine.db, engine.definitions, engine.clock)
    for act in (
        lambda: engine.runtime.claim(task, buyer),
        lambda: engine.runtime.complete(task, {}, buyer),
        lambda: engine.runtime.start("p", {"customer_id": "C-89"}, buyer),
    ):
        before = engine.snapshot()
        with pytest.raises(NotAllowed):
            act()
        assert engine.snapshot() == before
    assert (queries.task(task, buyer).may_claim, queries.task(task, LI).may_claim) == (False, True)
    engine.complete("a", WANG)
    (event,) = engine.column("SELECT id FROM subscription")
    with pytest.raises(OwnCase):
        engine.runtime.register_event(case_id, int(str(event)), {"ruling": "customer_wins"}, buyer)
    other = str(engine.start(customer_id="C-1"))
    engine.runtime.complete(engine.tasks(instance=int(other))[0], {}, buyer)


# --- four eyes -----------------------------------------------------------------------------------


def deploy_four_eyes(engine: Engine, rule: str) -> None:
    approve = Drawing("s03").start().user("approve", "supervisor", properties(four_eyes=rule)).end()
    drawing = Drawing("p").start().user("touch", "supervisor").user("request", "supervisor").call("c", "s03").end()
    engine.deploy(approve.flow("start", "approve", "end"), drawing.flow("start", "touch", "request", "c", "end"))


@pytest.mark.parametrize(
    ("rule", "kept_out"),
    [
        ("case", {"starter", "toucher", "requester"}),
        ("starter", {"starter"}),
        ("starter,p.request", {"starter", "requester"}),
        (" p.touch , p.request ", {"toucher", "requester"}),
        ("request", set()),
    ],
)
def test_the_rule_says_whose_eyes_count(engine: Engine, rule: str, kept_out: set[str]) -> None:
    """An element without a process is of the task's own process."""
    deploy_four_eyes(engine, rule)
    people = {name: Actor(id=name, groups=frozenset({"supervisor"})) for name in ("starter", "toucher", "requester")}
    engine.runtime.start("p", {}, SYSTEM)
    with engine.db.begin() as tx:  # a case by hand needs a permission that small diagrams don't have
        tx.connection.exec_driver_sql("UPDATE process_instance SET opened_by = 'starter'")
    engine.complete("touch", people["toucher"])
    engine.complete("request", people["requester"])
    with engine.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE process_instance SET opened_by = 'starter'")
    queries, task = Queries(engine.db, engine.definitions, engine.clock), engine.task("approve")
    refused = set()
    for name, actor in people.items():
        assert queries.task(task, actor).four_eyes is (name in kept_out)
        try:
            engine.runtime.claim(task, actor)
            engine.runtime.unclaim(task, actor)
        except FourEyes:
            refused.add(name)
    assert refused == kept_out
    engine.complete("approve", ZHAO)


def test_who_approved_before_may_approve_again(engine: Engine) -> None:
    drawing = Drawing("p").start().gateway("again").user("approve", "supervisor", properties(four_eyes="case"))
    drawing.user("ask").gateway("done", default="done_again").end().flow("start", "again", "approve", "ask", "done")
    engine.deploy(drawing.flow("done", "end", when="=enough").flow("done", "again"))
    engine.start()
    engine.complete("approve", ZHAO)
    engine.complete("ask", LI, enough=False)
    engine.complete("approve", ZHAO)
    engine.complete("ask", WANG, enough=True)
    assert engine.column("SELECT status FROM process_instance") == ["completed"]


@pytest.mark.parametrize(("permission", "let_through"), [("P08", True), ("P09", True), ("P10", True), ("P07", False)])
def test_a_department_manager_decides_what_a_supervisor_may_and_no_other_task_of_theirs(
    engine: Engine, permission: str, let_through: bool
) -> None:
    lu = Actor(id="lu", name="陆经理", groups=frozenset({"dept_manager"}))
    group = "dept_manager" if permission == "P10" else "supervisor"
    engine.deploy(
        Drawing("p")
        .start()
        .user("decide", group, properties(permission=permission))
        .end()
        .flow("start", "decide", "end")
    )
    engine.start()
    task = engine.task("decide")
    if let_through:
        engine.runtime.claim(task, lu)
        engine.runtime.complete(task, {}, lu)
        consistent(engine)
        return
    with pytest.raises(NotAllowed):
        engine.runtime.claim(task, lu)


@pytest.mark.parametrize("permission", ["P08", "P09"])
def test_agents_do_not_decide_for_supervisors(engine: Engine, permission: str) -> None:
    drawing = Drawing("p").start().user("decide", "supervisor", properties(permission=permission)).end()
    engine.deploy(drawing.flow("start", "decide", "end"))
    engine.start()
    for actor in (LI, QIAN):
        with pytest.raises(NotAllowed):
            engine.runtime.claim(engine.task("decide"), actor)
