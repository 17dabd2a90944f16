"""Transfers: a reason, one answer, and the case stays whose it is until somebody takes it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from engine import access, ownership
from engine.errors import EngineError, InvalidValue, NotAllowed, NotFound, OwnCase, StepError
from engine.queries import Queries
from engine.runtime.participants import case_facts
from engine.store.tables import own_customer, user
from tests.engine.ownership.hall import Hall
from tests.engine.roster.people import FRIDAY, MONDAY, at, away, plan, team_up
from tests.engine.support import consistent


def offer(hall: Hall, case_id: str, by: str = "li", **to: object) -> int:
    given = {"to_user": "wang", "reason": "要去开会", **to}
    return ownership.request(hall.runtime, case_id, hall.actor(by), **given)  # type: ignore[arg-type]


def test_an_accepted_transfer_takes_the_claimed_tasks_along(hall: Hall) -> None:
    case_id = hall.case()
    hall.runtime.claim(hall.task(case_id, "after"), hall.actor("li"))
    key = offer(hall, case_id)
    assert hall.owner(case_id) == ("li", "li")
    assert hall.told("wang") == [f"李娜把工单 {case_id} 转给您:要去开会"]
    ownership.accept(hall.runtime, key, hall.actor("wang"))
    assert hall.owner(case_id) == ("wang", "li")
    assert hall.owners_of_tasks(case_id) == {"wang"}
    assert hall.assignee(case_id, "after") == "wang"
    assert hall.kinds(case_id) == [
        "case.transfer_requested", "case.transfer_accepted", "case.owner_changed", "user_task.assigned",
    ]  # fmt: skip
    assert hall.told("li") == [f"王芳已接受您转交的工单 {case_id}。"]
    hall.complete(case_id, "after", "wang")
    consistent(hall.engine)


def test_a_task_that_the_receiver_may_not_do_goes_back_to_its_group(hall: Hall) -> None:
    case_id = hall.case("chen")
    hall.runtime.claim(hall.task(case_id, "before"), hall.actor("chen"))
    ownership.accept(hall.runtime, offer(hall, case_id, "chen"), hall.actor("wang"))
    assert hall.owner(case_id) == ("wang", "chen")
    assert hall.assignee(case_id, "before") is None


def test_tasks_of_others_stay_theirs(hall: Hall) -> None:
    case_id = hall.case()
    hall.runtime.claim(hall.task(case_id, "before"), hall.actor("chen"))
    ownership.accept(hall.runtime, offer(hall, case_id), hall.actor("wang"))
    assert hall.assignee(case_id, "before") == "chen"


def test_a_returned_transfer_changes_nothing_and_says_why(hall: Hall) -> None:
    case_id = hall.case()
    key = offer(hall, case_id)
    with pytest.raises(InvalidValue):
        ownership.return_(hall.runtime, key, hall.actor("wang"), reason="  ")
    ownership.return_(hall.runtime, key, hall.actor("wang"), reason="我也要开会")
    assert hall.owner(case_id) == ("li", "li")
    assert hall.told("li") == [f"王芳退回了您转交的工单 {case_id}:我也要开会"]
    assert hall.offers() == [("transfer", "returned")]
    with pytest.raises(StepError):
        ownership.accept(hall.runtime, key, hall.actor("wang"))


def test_a_group_takes_what_is_offered_to_it_and_the_first_one_wins(hall: Hall) -> None:
    case_id = hall.case("chen")
    key = offer(hall, case_id, "chen", to_user=None, to_group="aftersales", reason="售后问题")
    assert hall.told("li") == hall.told("wang") == [f"陈静把工单 {case_id} 转给您:售后问题"]

    def take(person: str) -> str:
        try:
            ownership.accept(hall.runtime, key, hall.actor(person))
        except EngineError as problem:
            return problem.code
        return person

    with ThreadPoolExecutor(2) as pool:
        results = sorted(pool.map(take, ["li", "wang"]))
    winner = hall.owner(case_id)[0]
    assert results == sorted([winner, "step"])
    consistent(hall.engine)


def test_who_is_on_duty_hears_first_what_a_group_is_offered(hall: Hall) -> None:
    plan(hall.db, ("wang", FRIDAY, "day"))
    offer(hall, hall.case("chen"), "chen", to_user=None, to_group="aftersales")
    assert (len(hall.told("li")), len(hall.told("wang"))) == (0, 1)


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ({"to_user": "li"}, "不能转给自己。"),
        ({"to_user": "nobody"}, "没有这个账号,或已停用。"),
        ({"to_user": "cang"}, "小陈的岗位不能负责工单"),
        ({"to_user": None}, "请选择转给谁"),
        ({"to_group": "aftersales"}, "请选择转给谁"),
        ({"to_user": None, "to_group": "warehouse"}, "请选择客服或主管岗位。"),
        ({"to_user": None, "to_group": "nonsense"}, "请选择客服或主管岗位。"),
        ({"reason": "   "}, "请写明原因。"),
        ({"reason": "因" * 201}, "原因最多 200 字"),
        ({"note": "明" * 501}, "交接说明最多 500 字"),
    ],
)
def test_what_cannot_be_transferred_so(hall: Hall, to: dict[str, object], said: str) -> None:
    case_id = hall.case()
    before = hall.engine.snapshot()
    with pytest.raises(InvalidValue) as refused:
        offer(hall, case_id, **to)
    assert said in refused.value.message_zh
    assert hall.engine.snapshot() == before


def test_who_is_away_gets_nothing_and_the_stand_in_is_named(hall: Hall) -> None:
    away(hall.db, "wang", (at(FRIDAY, 9), at(MONDAY, 9)), stand_in="chen")
    with pytest.raises(InvalidValue) as refused:
        offer(hall, hall.case())
    assert refused.value.message_zh == "王芳现在不在班(已登记缺勤),可转给代班的陈静。"


def test_an_inactive_colleague_and_the_buyer_himself_get_nothing(hall: Hall) -> None:
    with hall.db.begin() as tx:
        tx.connection.execute(user.update().where(user.c.id == "wang").values(active=0))
        tx.connection.execute(own_customer.insert().values(user="chen", customer_id="C-88"))
    case_id = hall.case()
    for person in ("wang", "chen"):
        with pytest.raises(InvalidValue):
            offer(hall, case_id, to_user=person)
    key = offer(hall, case_id, to_user=None, to_group="presales")
    with pytest.raises(OwnCase):
        ownership.accept(hall.runtime, key, hall.actor("chen"))


def test_only_who_has_it_passes_it_on(hall: Hall) -> None:
    case_id = hall.case()
    for person, problem in [("wang", NotAllowed), ("zhou", NotAllowed), ("cang", NotFound)]:
        with pytest.raises(problem):
            offer(hall, case_id, person, to_user="chen")
    with pytest.raises(NotFound):
        offer(hall, "999")
    with pytest.raises(NotFound):
        offer(hall, "1x")


def test_a_second_offer_waits_for_the_first_ones_answer(hall: Hall) -> None:
    case_id = hall.case()
    key = offer(hall, case_id)
    with pytest.raises(StepError) as refused:
        offer(hall, case_id, to_user="chen")
    assert "已有一条转交在等待答复" in refused.value.message_zh
    with pytest.raises(NotFound):
        ownership.withdraw(hall.runtime, key, hall.actor("wang"))
    ownership.withdraw(hall.runtime, key, hall.actor("li"))
    offer(hall, case_id, to_user="chen")
    assert hall.offers() == [("transfer", "withdrawn"), ("transfer", "pending")]
    with pytest.raises(StepError):
        ownership.accept(hall.runtime, key, hall.actor("wang"))


def test_nobody_answers_for_others(hall: Hall) -> None:
    key = offer(hall, hall.case())
    for person in ("li", "chen", "zhou", "cang"):
        with pytest.raises(NotFound):
            ownership.accept(hall.runtime, key, hall.actor(person))
        with pytest.raises(NotFound):
            ownership.return_(hall.runtime, key, hall.actor(person), reason="不")
    with pytest.raises(NotFound):
        ownership.accept(hall.runtime, 999, hall.actor("wang"))


def test_who_is_offered_a_case_sees_it_until_he_returns_it(hall: Hall) -> None:
    case_id = hall.case("chen")
    hall.complete(case_id, "after", "li")  # what is left is pre-sales' only
    queries = Queries(hall.db, hall.engine.definitions, hall.engine.clock)
    with hall.db.begin() as tx:  # a colleague of a group without tasks in the case
        tx.connection.execute(user.insert().values(id="mei", name="梅", password_hash="-", active=1))
        from engine.store.tables import membership

        tx.connection.execute(membership.insert().values(user="mei", group="presales"))
    other = hall.case("li", customer_id="C-99")
    hall.complete(other, "before", "chen")

    def sees(person: str, which: str) -> bool:
        listed = which in [row.case_id for row in queries.cases(hall.actor(person)).rows]
        with hall.db.read() as connection:
            assert access.may_see_case(hall.actor(person), case_facts(connection, which)) is listed
        return listed

    before = sees("zhou", other), sees("cang", other)
    assert before == (True, False)
    key = offer(hall, other, to_user="zhou")
    assert sees("zhou", other)
    ownership.return_(hall.runtime, key, hall.actor("zhou"), reason="不归我")


def test_half_an_hour_without_an_answer_reaches_the_supervisor_once(hall: Hall) -> None:
    plan(hall.db, ("wang", FRIDAY, "day"), ("zhou", FRIDAY, "day"))
    case_id = hall.case()
    offer(hall, case_id)
    hall.pass_time(timedelta(minutes=30) - timedelta(seconds=1))
    assert hall.told("zhou") == []
    hall.pass_time(timedelta(seconds=1))
    hall.pass_time(timedelta(hours=1))
    assert hall.told("zhou") == [f"工单 {case_id} 转交后 30 分钟没有人接受(要去开会),请安排。"]
    assert hall.told("sun") == []
    assert hall.kinds(case_id)[-1] == "case.transfer_unanswered"
    consistent(hall.engine)


def test_the_half_hour_begins_with_the_receivers_shift(hall: Hall) -> None:
    plan(hall.db, ("wang", FRIDAY, "night"))
    key = offer(hall, hall.case())
    with hall.db.read() as connection:
        assert ownership.get_offer(connection, key).due_at == at(FRIDAY, 17, 30)


def test_the_half_hour_is_working_time(hall: Hall) -> None:
    hall.engine.clock.advance_to(at(MONDAY, 23, 20))
    key = offer(hall, hall.case())
    with hall.db.read() as connection:
        assert ownership.get_offer(connection, key).due_at == at(MONDAY, 24 + 9, 20)


def test_the_third_transfer_of_a_case_alerts_the_supervisor(hall: Hall) -> None:
    case_id = hall.case()
    for by, to in [("li", "wang"), ("wang", "li")]:
        key = ownership.request(hall.runtime, case_id, hall.actor(by), to_user=to, reason="忙")
        ownership.accept(hall.runtime, key, hall.actor(to))
    assert hall.told("zhou") == []
    offer(hall, case_id)
    assert hall.told("zhou") == hall.told("sun") == [f"工单 {case_id} 已是第 3 次转交(李娜 → 王芳:要去开会),请关注。"]
    with hall.db.read() as connection:
        span = (at(FRIDAY, 0), at(FRIDAY, 24))
        assert ownership.transfers_by_person(connection, *span) == {"li": 2, "wang": 1}
        assert ownership.transferred_cases(connection, *span) == {case_id: 2}
        assert ownership.transfers_by_person(connection, at(MONDAY, 0), at(MONDAY, 24)) == {}


def test_one_claimed_task_of_somebody_elses_case_is_passed_on_alone(hall: Hall) -> None:
    case_id = hall.case("chen")
    task = hall.task(case_id, "after")
    hall.runtime.claim(task, hall.actor("li"))
    with pytest.raises(NotAllowed):
        offer(hall, case_id, "wang", to_user="chen", task=task)
    key = offer(hall, case_id, task=task)
    ownership.accept(hall.runtime, key, hall.actor("wang"))
    assert hall.owner(case_id) == ("chen", "chen")
    assert hall.assignee(case_id, "after") == "wang"


def test_what_is_done_meanwhile_is_no_longer_offered(hall: Hall) -> None:
    case_id = hall.case("chen")
    task = hall.task(case_id, "after")
    hall.runtime.claim(task, hall.actor("li"))
    key = offer(hall, case_id, task=task)
    hall.complete(case_id, "after", "li")
    with pytest.raises(StepError):
        ownership.accept(hall.runtime, key, hall.actor("wang"))
    whole = offer(hall, case_id, "chen")
    hall.complete(case_id, "before", "chen")
    hall.complete(case_id, "last", "li")
    with pytest.raises(StepError):
        ownership.accept(hall.runtime, whole, hall.actor("wang"))
    hall.pass_time(timedelta(hours=2))
    assert hall.offers() == [("transfer", "void"), ("transfer", "void")]
    assert hall.told("zhou") == []
    with pytest.raises(StepError):
        offer(hall, case_id, "chen")


# --- reassignment --------------------------------------------------------------------------------


def test_a_supervisor_reassigns_at_once_and_overtakes_the_offer(hall: Hall) -> None:
    case_id = hall.case()
    hall.runtime.claim(hall.task(case_id, "after"), hall.actor("li"))
    key = offer(hall, case_id)
    before = ownership.reassign(hall.runtime, case_id, "chen", "王芳太忙", hall.actor("zhou"))
    assert before == "li"
    assert hall.owner(case_id) == ("chen", "li")
    assert hall.assignee(case_id, "after") is None  # pre-sales does no after-sales tasks
    assert hall.offers() == [("transfer", "withdrawn")]
    assert hall.told("chen") == [f"周敏把工单 {case_id} 改派给您:王芳太忙"]
    with pytest.raises(StepError):
        ownership.accept(hall.runtime, key, hall.actor("wang"))
    consistent(hall.engine)


def test_agents_reassign_nothing_and_supervisors_not_the_cases_of_other_teams(hall: Hall) -> None:
    case_id = hall.case()
    for person in ("li", "wang", "cang"):
        with pytest.raises(NotAllowed):
            ownership.reassign(hall.runtime, case_id, "wang", "忙", hall.actor(person))
    team_up(hall.db, "一组", "li", "zhou")
    team_up(hall.db, "二组", "wang", "sun")
    with pytest.raises(NotFound):
        ownership.reassign(hall.runtime, case_id, "wang", "忙", hall.actor("sun"))
    with pytest.raises(InvalidValue) as refused:
        ownership.reassign(hall.runtime, case_id, "wang", "忙", hall.actor("zhou"))
    assert refused.value.message_zh == "王芳不在您的小组,请经理改派。"
    ownership.reassign(hall.runtime, case_id, "chen", "忙", hall.actor("zhou"))  # of no team
    ownership.reassign(hall.runtime, case_id, "wang", "忙", hall.actor("wu"))
    assert hall.owner(case_id) == ("wang", "li")
    with pytest.raises(InvalidValue):
        ownership.reassign(hall.runtime, case_id, "li", " ", hall.actor("wu"))


def test_two_reassignments_at_once_end_with_one_of_them(hall: Hall) -> None:
    case_id = hall.case()
    bosses = [hall.actor("zhou"), hall.actor("sun")]

    def go(turn: int) -> None:
        ownership.reassign(hall.runtime, case_id, ["wang", "chen"][turn % 2], "忙", bosses[turn % 2])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(go, range(8)))
    assert hall.owner(case_id)[0] in ("wang", "chen")
    assert hall.owners_of_tasks(case_id) == {hall.owner(case_id)[0]}
    consistent(hall.engine)
