"""Handing tasks to people and putting them off: who may, to whom, and what everybody hears of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from engine import accounts
from engine.clock import from_microseconds
from engine.errors import EngineError, InvalidValue, NotAllowed, NotFound, TaskNotOpen
from engine.model import SYSTEM
from tests.engine.support import CANG, LI, WANG, ZHAO, Engine, consistent
from tests.unit.bpmn.drawing import Drawing, properties

REASON = "李娜请假"


@pytest.fixture
def engine(engine: Engine) -> Engine:
    with engine.db.begin() as tx:
        for actor in (LI, WANG, ZHAO, CANG):
            accounts.add(tx, actor.id, actor.name, "correct horse", actor.groups)
    engine.deploy(Drawing("p").start().user("a").user("b").end().flow("start", "a", "b", "end"))
    return engine


def told(engine: Engine) -> list[tuple[object, ...]]:
    with engine.db.read() as connection:
        return list(map(tuple, connection.exec_driver_sql("SELECT user, text, task FROM notification ORDER BY id")))


def test_a_supervisor_hands_a_task_over_and_everybody_concerned_hears_of_it(engine: Engine) -> None:
    key = engine.start()
    task = engine.task("a")
    engine.runtime.claim(task, LI)
    assert engine.runtime.assign(task, "wang", ZHAO, reason=f" {REASON} ") == "li"
    assert engine.column("SELECT assignee FROM user_task") == ["wang"]
    assert engine.kinds(key)[-1] == "user_task.assigned"
    assert told(engine) == [
        ("wang", f"赵敏把任务「a!」转派给您:{REASON}", task),
        ("li", f"赵敏把您的任务「a!」转派给王强:{REASON}", task),
    ]
    with pytest.raises(TaskNotOpen):
        engine.runtime.complete(task, {}, LI)
    engine.runtime.complete(task, {}, WANG)
    consistent(engine)


def test_a_task_goes_back_to_its_groups_and_one_that_stays_is_not_spoken_of(engine: Engine) -> None:
    key = engine.start()
    task = engine.task("a")
    assert engine.runtime.assign(task, None, ZHAO) is None
    assert engine.runtime.assign(task, "li", ZHAO) is None
    assert engine.runtime.assign(task, "li", ZHAO) == "li"
    assert engine.runtime.assign(task, None, SYSTEM, reason="班次结束") == "li"
    assert engine.kinds(key).count("user_task.assigned") == 2
    assert engine.column("SELECT claimed_at FROM user_task") == [None]
    assert [line[0] for line in told(engine)] == ["li", "li"]


@pytest.mark.parametrize("assignee", ["wang", "zhao"])
def test_an_agent_hands_nothing_to_others_nor_takes_from_them(engine: Engine, assignee: str) -> None:
    engine.start()
    task = engine.task("a")
    engine.runtime.claim(task, WANG)
    before = engine.snapshot()
    for to in (assignee, None):
        with pytest.raises(NotAllowed):
            engine.runtime.assign(task, to, LI)
    assert engine.snapshot() == before


def test_an_agent_takes_a_free_task_and_gives_the_own_one_back(engine: Engine) -> None:
    key = engine.start()
    task = engine.task("a")
    assert engine.runtime.assign(task, "li", LI) is None
    assert engine.runtime.assign(task, None, LI) == "li"
    assert engine.kinds(key)[-2:] == ["user_task.claimed", "user_task.unclaimed"]
    with pytest.raises(NotAllowed):
        engine.runtime.assign(task, "cang", CANG)


@pytest.mark.parametrize(
    ("assignee", "said"),
    [
        ("cang", "仓库小陈不在该任务的岗位,或没有办理它的权限。"),
        ("nobody", "没有这个账号,或已停用。"),
        ("x' OR 1=1 --", "没有这个账号,或已停用。"),
        ("wang", "没有这个账号,或已停用。"),
    ],
)
def test_nobody_gets_a_task_that_he_may_not_do(engine: Engine, assignee: str, said: str) -> None:
    engine.start()
    with engine.db.begin() as tx:
        accounts.set_active(tx, "wang", False)
    before = engine.snapshot()
    with pytest.raises(InvalidValue) as refused:
        engine.runtime.assign(engine.task("a"), assignee, ZHAO)
    assert refused.value.message_zh == said
    assert engine.snapshot() == before


def test_four_eyes_and_own_purchases_hold_for_who_is_handed_a_task(engine: Engine) -> None:
    drawing = Drawing("q").start().user("apply").user("check", "aftersales", properties(four_eyes="case")).end()
    engine.deploy(drawing.flow("start", "apply", "check", "end"))
    engine.start("q", customer_id="C-7")
    engine.complete("apply", LI)
    with pytest.raises(InvalidValue) as refused:
        engine.runtime.assign(engine.task("check"), "li", ZHAO)
    assert refused.value.message_zh == "李娜已经办过这个工单的其他步骤,须由另一位同事办理。"
    with engine.db.begin() as tx:
        accounts.set_customer_ids(tx, "wang", ["C-7"])
    with pytest.raises(InvalidValue) as refused:
        engine.runtime.assign(engine.task("check"), "wang", ZHAO)
    assert refused.value.message_zh == "这是王强本人的订单,须由另一位同事办理。"


def test_a_task_that_is_over_or_never_was_is_not_handed_over(engine: Engine) -> None:
    engine.start()
    task = engine.task("a")
    engine.runtime.complete(task, {}, LI)
    with pytest.raises(TaskNotOpen):
        engine.runtime.assign(task, "wang", ZHAO)
    with pytest.raises(NotFound):
        engine.runtime.assign(999, "wang", ZHAO)


def test_of_two_supervisors_at_once_both_are_heard_and_the_history_says_in_which_order(engine: Engine) -> None:
    key = engine.start()
    task = engine.task("a")

    def hand(to: str) -> str:
        try:
            engine.runtime.assign(task, to, ZHAO)
        except EngineError as problem:
            return problem.code
        return "ok"

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(hand, ["li", "wang"])) == ["ok", "ok"]
    assert engine.kinds(key).count("user_task.assigned") == 2
    assert engine.column("SELECT assignee FROM user_task")[0] in ("li", "wang")
    consistent(engine)


def test_a_suspended_cases_task_can_be_handed_over_but_not_done(engine: Engine) -> None:
    key = engine.start()
    task = engine.task("a")
    engine.runtime.suspend(str(key), ZHAO, reason="等平台")
    engine.runtime.assign(task, "li", ZHAO)
    with pytest.raises(TaskNotOpen):
        engine.runtime.complete(task, {}, LI)
    engine.runtime.resume(str(key), ZHAO, reason="好了")
    engine.runtime.complete(task, {}, LI)
    consistent(engine)


# --- follow-up -----------------------------------------------------------------------------------


def test_a_follow_up_is_kept_and_changed_and_taken_away(engine: Engine) -> None:
    key = engine.start()
    task, later = engine.task("a"), engine.clock.now() + timedelta(days=1)
    assert engine.runtime.follow_up(task, later, LI) is None
    assert engine.runtime.follow_up(task, later, LI) == later
    (kept,) = engine.column("SELECT follow_up_at FROM user_task")
    assert from_microseconds(int(str(kept))) == later
    assert engine.runtime.follow_up(task, None, ZHAO) == later
    assert engine.column("SELECT follow_up_at FROM user_task") == [None]
    assert engine.kinds(key).count("user_task.follow_up_set") == 2
    consistent(engine)


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(seconds=-1), timedelta(days=366, microseconds=1)])
def test_a_follow_up_is_neither_over_nor_beyond_a_year(engine: Engine, ahead: timedelta) -> None:
    engine.start()
    with pytest.raises(InvalidValue):
        engine.runtime.follow_up(engine.task("a"), engine.clock.now() + ahead, LI)


def test_only_who_may_do_the_task_or_hand_it_over_puts_it_off(engine: Engine) -> None:
    engine.start()
    task, later = engine.task("a"), engine.clock.now() + timedelta(hours=1)
    with pytest.raises(NotAllowed):
        engine.runtime.follow_up(task, later, CANG)
    engine.runtime.claim(task, LI)
    with pytest.raises(TaskNotOpen):
        engine.runtime.follow_up(task, later, WANG)
    engine.runtime.follow_up(task, later, ZHAO)
    engine.runtime.complete(task, {}, LI)
    with pytest.raises(TaskNotOpen):
        engine.runtime.follow_up(task, later, ZHAO)
