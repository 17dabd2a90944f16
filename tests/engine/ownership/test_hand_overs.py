"""Hand-over at the shift's end, and what an absence does with work."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import ownership, roster
from engine.errors import DuplicateSubmission, InvalidValue
from engine.store.tables import process_instance
from tests.engine.ownership.hall import Hall
from tests.engine.roster.people import FRIDAY, MONDAY, at, away, plan
from tests.engine.support import consistent

SATURDAY = FRIDAY + timedelta(days=1)


def work(hall: Hall, person: str = "li") -> list[str]:
    with hall.db.read() as connection:
        return [one.key for one in ownership.open_work(connection, person)]


def send(hall: Hall, items: dict[str, str], **given: object) -> int:
    asked = {"to_user": "wang", "note": "辛苦了", **given}
    return ownership.send(hall.runtime, hall.actor("li"), items, **asked)  # type: ignore[arg-type]


def test_own_cases_and_claimed_tasks_of_others_are_left_behind_urgent_ones_first(hall: Hall) -> None:
    first, second, other = hall.case(), hall.case(), hall.case("chen")
    hall.runtime.claim(hall.task(first, "after"), hall.actor("li"))
    task = hall.task(other, "after")
    hall.runtime.claim(task, hall.actor("li"))
    with hall.db.begin() as tx:
        urgent = process_instance.c.key == int(second)
        tx.connection.execute(process_instance.update().where(urgent).values(priority="high"))
    assert work(hall) == [f"c{second}", f"c{first}", f"t{task}"]
    assert work(hall, "zhou") == []


def test_each_item_is_accepted_or_returned_by_itself(hall: Hall) -> None:
    first, second, other = hall.case(), hall.case(), hall.case("chen")
    task = hall.task(other, "after")
    hall.runtime.claim(task, hall.actor("li"))
    key = send(hall, {f"c{first}": "等仓库回复", f"c{second}": "", f"t{task}": "快好了", "c999": "别人的"})
    assert hall.told("wang") == ["李娜向您交接 3 项工作,请逐项接受或退回。"]
    assert hall.offers() == [("hand_over", "pending")] * 3
    with hall.db.read() as connection:
        offers = [ownership.get_offer(connection, n) for n in (1, 2, 3)]
    assert {offer.hand_over for offer in offers} == {key}
    assert sorted(offer.note for offer in offers) == ["", "快好了", "等仓库回复"]
    by_item = {(offer.case_id, offer.task): offer.id for offer in offers}
    ownership.accept(hall.runtime, by_item[first, None], hall.actor("wang"))
    ownership.return_(hall.runtime, by_item[second, None], hall.actor("wang"), reason="看不懂")
    ownership.accept(hall.runtime, by_item[other, task], hall.actor("wang"))
    assert [hall.owner(case)[0] for case in (first, second, other)] == ["wang", "li", "chen"]
    assert hall.assignee(other, "after") == "wang"
    assert work(hall) == [f"c{second}"]
    consistent(hall.engine)


def test_what_is_not_accepted_in_time_reaches_the_supervisor(hall: Hall) -> None:
    plan(hall.db, ("wang", FRIDAY, "day"), ("zhou", FRIDAY, "day"))
    case_id = hall.case()
    send(hall, {f"c{case_id}": ""})
    hall.pass_time(timedelta(minutes=30))
    assert hall.told("zhou") == [f"工单 {case_id} 转交后 30 分钟没有人接受(交班),请安排。"]


@pytest.mark.parametrize(
    ("items", "given"),
    [
        ({}, {}),
        ({"c999": ""}, {}),
        ({"c1": "明" * 501}, {}),
        ({"c1": ""}, {"note": "明" * 501}),
        ({"c1": ""}, {"to_user": None}),
        ({"c1": ""}, {"to_user": "cang"}),
        ({"c1": ""}, {"to_user": "li"}),
        ({"c1": ""}, {"to_group": "aftersales"}),
    ],
)
def test_a_hand_over_that_cannot_be_leaves_nothing(hall: Hall, items: dict[str, str], given: dict[str, object]) -> None:
    hall.case()
    before = hall.engine.snapshot()
    with pytest.raises(InvalidValue):
        send(hall, items, **given)
    assert hall.engine.snapshot() == before


def test_the_same_form_twice_is_one_hand_over(hall: Hall) -> None:
    case_id = hall.case()
    first = send(hall, {f"c{case_id}": ""}, submission_key="k")
    assert send(hall, {f"c{case_id}": ""}, submission_key="k") == first
    assert hall.offers() == [("hand_over", "pending")]
    with pytest.raises(DuplicateSubmission):
        ownership.send(hall.runtime, hall.actor("wang"), {}, to_user="li", submission_key="k")


def test_who_comes_next_stands_first(hall: Hall) -> None:
    plan(
        hall.db,
        ("wang", FRIDAY, "night"), ("chen", FRIDAY, "day"), ("zhou", SATURDAY, "day"), ("sun", FRIDAY, "off"),
    )  # fmt: skip
    with hall.db.read() as connection:
        found = ownership.next_on(connection, at(FRIDAY, 17, 10), hall.actor("li"))
        boss = ownership.next_on(connection, at(FRIDAY, 17, 10), hall.actor("sun"))
    assert [(one.id, one.begun, one.fits) for one in found] == [("wang", True, True), ("zhou", False, False)]
    assert [(one.id, one.fits) for one in boss] == [("zhou", True), ("wang", False)]
    away(hall.db, "wang", (at(FRIDAY, 17), at(FRIDAY, 24)))
    with hall.db.read() as connection:
        assert [one.id for one in ownership.next_on(connection, at(FRIDAY, 17, 10), hall.actor("li"))] == ["zhou"]


def test_leaving_with_open_work_is_warned_of_near_the_end_of_the_shift(hall: Hall) -> None:
    plan(hall.db, ("li", FRIDAY, "day"))
    case_id = hall.case()

    def leaving(hour: int, minute: int = 0) -> int:
        with hall.db.read() as connection:
            return ownership.leaving_with(connection, "li", at(FRIDAY, hour, minute))

    assert [leaving(16, 59), leaving(17), leaving(18), leaving(21)] == [0, 1, 1, 0]
    send(hall, {f"c{case_id}": ""})
    assert leaving(17) == 0


# --- absences ------------------------------------------------------------------------------------


def test_when_an_absence_begins_claimed_tasks_go_to_the_stand_in_and_cases_are_offered(hall: Hall) -> None:
    case_id, other = hall.case(), hall.case("chen")
    hall.runtime.claim(hall.task(case_id, "after"), hall.actor("li"))
    hall.runtime.claim(hall.task(other, "after"), hall.actor("li"))
    away(hall.db, "li", (at(FRIDAY, 12), at(MONDAY, 9)), stand_in="wang")
    hall.pass_time(timedelta(hours=3) - timedelta(seconds=1))
    assert hall.assignee(case_id, "after") == "li"
    hall.pass_time(timedelta(seconds=1))
    assert [hall.assignee(one, "after") for one in (case_id, other)] == ["wang", "wang"]
    assert hall.owner(case_id) == ("li", "li")
    assert hall.offers() == [("stand_in", "pending")]
    assert hall.told("wang") == ["李娜休假期间由您代班:1 个工单等您接受,2 个任务已转来或退回岗位。"]
    ownership.accept(hall.runtime, 1, hall.actor("wang"))
    assert hall.owner(case_id) == ("wang", "li")
    hall.pass_time(timedelta(days=3))
    assert hall.owner(case_id) == ("li", "li")
    assert hall.assignee(case_id, "after") == "li"
    assert "李娜已返岗,代管的 1 个工单已归还。" in hall.told("li")
    assert "李娜已返岗,代管的 1 个工单已归还。" in hall.told("wang")
    consistent(hall.engine)


def test_without_a_stand_in_tasks_go_back_and_the_supervisor_hears_of_what_presses(hall: Hall) -> None:
    case_id = hall.case()
    hall.runtime.claim(hall.task(case_id, "after"), hall.actor("li"))
    with hall.db.begin() as tx:
        tx.connection.execute(process_instance.update().values(priority="high"))
    away(hall.db, "li", (at(FRIDAY, 9), at(MONDAY, 9)))
    hall.pass_time(timedelta(0))
    assert hall.assignee(case_id, "after") is None
    assert hall.owner(case_id) == ("li", "li")
    assert hall.offers() == []
    assert hall.told("zhou") == ["李娜缺勤,有 1 项着急或将到期的工作没有人接手,请安排。"]
    hall.pass_time(timedelta(minutes=5))
    assert len(hall.told("zhou")) == 1
    assert hall.kinds(case_id) == ["user_task.assigned"]


def test_a_stand_in_who_does_not_answer_leaves_the_case_and_is_told_of(hall: Hall) -> None:
    plan(hall.db, ("wang", FRIDAY, "day"), ("zhou", FRIDAY, "day"))
    case_id = hall.case()
    away(hall.db, "li", (at(FRIDAY, 9), at(FRIDAY, 12)), stand_in="wang")
    hall.pass_time(timedelta(0))
    hall.pass_time(timedelta(minutes=30))
    assert len(hall.told("zhou")) == 1
    hall.pass_time(timedelta(hours=3))
    assert hall.offers() == [("stand_in", "withdrawn")]
    assert hall.owner(case_id) == ("li", "li")


def test_an_absence_that_nobody_looked_at_while_it_lasted_changes_nothing(hall: Hall) -> None:
    case_id = hall.case()
    hall.runtime.claim(hall.task(case_id, "after"), hall.actor("li"))
    away(hall.db, "li", (at(FRIDAY, 12), at(FRIDAY, 13)), stand_in="wang")
    hall.pass_time(timedelta(days=1))
    assert hall.assignee(case_id, "after") == "li"
    assert hall.offers() == []


def test_an_absence_called_off_gives_back_what_it_took(hall: Hall) -> None:
    case_id = hall.case()
    key = away(hall.db, "li", (at(FRIDAY, 9), at(MONDAY, 9)), stand_in="wang")
    hall.pass_time(timedelta(0))
    ownership.accept(hall.runtime, 1, hall.actor("wang"))
    boss = hall.actor("zhou")
    with hall.db.begin() as tx:
        roster.cancel_absence(tx, key, boss, at=hall.engine.clock.now())
    hall.pass_time(timedelta(0))
    assert hall.owner(case_id) == ("li", "li")


def test_what_has_gone_on_to_others_meanwhile_is_not_taken_from_them(hall: Hall) -> None:
    case_id = hall.case()
    away(hall.db, "li", (at(FRIDAY, 9), at(FRIDAY, 12)), stand_in="wang")
    hall.pass_time(timedelta(0))
    ownership.accept(hall.runtime, 1, hall.actor("wang"))
    ownership.reassign(hall.runtime, case_id, "chen", "售前跟进", hall.actor("zhou"))
    hall.pass_time(timedelta(hours=4))
    assert hall.owner(case_id) == ("chen", "li")


def test_two_workers_pass_the_work_on_once(hall: Hall) -> None:
    from concurrent.futures import ThreadPoolExecutor

    hall.runtime.claim(hall.task(hall.case(), "after"), hall.actor("li"))
    away(hall.db, "li", (at(FRIDAY, 9), at(MONDAY, 9)), stand_in="wang")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ownership.look, [hall.runtime] * 8))
    assert hall.offers() == [("stand_in", "pending")]
    assert len(hall.told("wang")) == 1
