"""Work that changes hands from two sides at once, people who leave meanwhile, and clocks at their edges."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from engine import accounts, collaboration, ownership
from engine.errors import EngineError, InvalidValue, StepError
from engine.store.tables import user
from tests.engine.ownership.hall import Hall
from tests.engine.roster.people import FRIDAY, MONDAY, at, away
from tests.engine.support import Engine, consistent


@pytest.fixture
def hall(engine: Engine) -> Hall:
    return Hall(engine)


def offer(hall: Hall, case_id: str, person: str, to_user: str, **given: object) -> int:
    return ownership.request(hall.runtime, case_id, hall.actor(person), reason="请接手", to_user=to_user, **given)  # type: ignore[arg-type]


def leave(hall: Hall, person: str) -> None:
    """The account is deactivated."""
    with hall.db.begin() as tx:
        tx.connection.execute(user.update().where(user.c.id == person).values(active=0))


# --- people who leave meanwhile --------------------------------------------------------------------


def test_what_a_stand_in_offers_is_void_when_the_owner_is_back(hall: Hall) -> None:
    case_id = hall.case()
    away(hall.db, "li", (at(FRIDAY, 9), at(FRIDAY, 12)), stand_in="wang")
    hall.pass_time(timedelta(0))
    ownership.accept(hall.runtime, 1, hall.actor("wang"))
    key = offer(hall, case_id, "wang", "chen")
    hall.pass_time(timedelta(hours=4))
    assert hall.owner(case_id) == ("li", "li")
    with pytest.raises(StepError):
        ownership.accept(hall.runtime, key, hall.actor("chen"))
    assert hall.owner(case_id) == ("li", "li")
    assert hall.offers() == [("stand_in", "accepted"), ("transfer", "withdrawn")]
    offer(hall, case_id, "li", "chen")  # and nothing stands in the way of the owner's own
    consistent(hall.engine)


def test_a_case_is_not_given_back_to_who_has_left_for_good(hall: Hall) -> None:
    case_id = hall.case()
    away(hall.db, "li", (at(FRIDAY, 9), at(FRIDAY, 12)), stand_in="wang")
    hall.pass_time(timedelta(0))
    ownership.accept(hall.runtime, 1, hall.actor("wang"))
    hall.runtime.claim(hall.task(case_id, "after"), hall.actor("wang"))
    leave(hall, "li")
    hall.pass_time(timedelta(hours=4))
    assert hall.owner(case_id) == ("wang", "li")
    assert hall.assignee(case_id, "after") == "wang"


def test_who_may_not_own_cases_any_more_accepts_none(hall: Hall) -> None:
    case_id = hall.case()
    key = offer(hall, case_id, "li", "wang")
    with hall.db.begin() as tx:
        accounts.set_groups(tx, "wang", ["auditor"])
    with pytest.raises(EngineError):
        ownership.accept(hall.runtime, key, hall.actor("wang"))
    assert hall.owner(case_id) == ("li", "li")


def test_an_inquiry_goes_to_nobody_who_could_not_answer_it(hall: Hall) -> None:
    case_id = hall.case()
    with hall.db.begin() as tx:
        accounts.set_groups(tx, "cang", ["admin"])
    promised = hall.engine.clock.now() + timedelta(hours=5)
    with pytest.raises(InvalidValue):
        collaboration.ask(
            hall.runtime, case_id, hall.actor("li"), question="有货吗", to_person="cang", promised_at=promised
        )


# --- two at once -----------------------------------------------------------------------------------


def test_of_everything_that_can_happen_to_an_offer_at_once_one_thing_happens(hall: Hall) -> None:
    for _ in range(3):
        case_id = hall.case()
        hall.runtime.claim(hall.task(case_id, "after"), hall.actor("li"))
        key = offer(hall, case_id, "li", "wang")
        boss, li, wang = hall.actor("zhou"), hall.actor("li"), hall.actor("wang")
        deeds = [
            lambda: ownership.accept(hall.runtime, key, wang),  # noqa: B023  they run before the next round
            lambda: ownership.return_(hall.runtime, key, wang, reason="忙"),  # noqa: B023
            lambda: ownership.withdraw(hall.runtime, key, li),  # noqa: B023
            lambda: ownership.reassign(hall.runtime, case_id, "chen", "改派", boss),  # noqa: B023
            lambda: hall.runtime.complete(hall.task(case_id, "after"), {}, li),  # noqa: B023
            lambda: hall.runtime.assign(hall.task(case_id, "after"), "wang", boss),  # noqa: B023
        ]

        def tried(deed: object) -> BaseException | None:
            try:
                deed()  # type: ignore[operator]
            except EngineError as problem:
                return problem
            return None

        with ThreadPoolExecutor(len(deeds)) as pool:
            list(pool.map(tried, deeds))
        kinds = hall.kinds(case_id)
        ends = {"case.transfer_accepted", "case.transfer_returned", "case.transfer_withdrawn"}
        assert sum(kind in ends for kind in kinds) <= 1
        assert hall.owner(case_id)[0] == "chen"  # the boss is never refused: who comes later is
        assert hall.owners_of_tasks(case_id) == {"chen"}
    consistent(hall.engine)


def test_a_claim_a_completion_and_an_assignment_at_once_leave_one_of_them(hall: Hall) -> None:
    for _ in range(4):
        case_id = hall.case()
        task = hall.task(case_id, "after")
        boss = hall.actor("zhou")

        def tried(turn: int, task: int = task) -> bool:
            try:
                if turn % 3 == 0:
                    hall.runtime.claim(task, hall.actor("li"))
                elif turn % 3 == 1:
                    hall.runtime.complete(task, {}, hall.actor("wang"))
                else:
                    hall.runtime.assign(task, "wang", boss)
            except EngineError:
                return False
            return True

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(tried, range(6)))
        assert hall.assignee(case_id, "after") in {"li", "wang", None}
    consistent(hall.engine)


def test_two_workers_look_around_at_once_and_tell_nothing_twice(hall: Hall) -> None:
    case_id = hall.case()
    hall.runtime.claim(hall.task(case_id, "after"), hall.actor("li"))
    now = hall.engine.clock.now()
    hall.runtime.follow_up(hall.task(case_id, "after"), now + timedelta(minutes=5), hall.actor("li"))
    promised = now + timedelta(minutes=8)
    collaboration.ask(
        hall.runtime,
        case_id,
        hall.actor("li"),
        question="有货吗",
        to_person="wang",
        due_at=now + timedelta(minutes=6),
        promised_at=promised,
    )
    collaboration.report_exception(hall.runtime, case_id, "系统打不开", hall.actor("li"))
    offer(hall, case_id, "li", "wang")
    away(hall.db, "chen", (at(FRIDAY, 9, 10), at(MONDAY, 9)))
    hall.engine.clock.advance(timedelta(hours=2))
    from engine.worker import periodic

    def look(_: int) -> None:
        for one in periodic():
            one(hall.runtime)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(look, range(6)))
    for person in ("li", "wang", "zhou", "sun", "wu"):
        told = hall.told(person)
        assert len(told) == len(set(told)), person
    consistent(hall.engine)


# --- clocks ----------------------------------------------------------------------------------------


def test_a_follow_up_that_an_undo_brings_back_is_told_though_its_time_is_over(hall: Hall) -> None:
    case_id = hall.case()
    task, li = hall.task(case_id, "after"), hall.actor("li")
    hall.runtime.claim(task, li)
    soon = hall.engine.clock.now() + timedelta(seconds=10)
    later = hall.engine.clock.now() + timedelta(days=1)
    hall.runtime.follow_up(task, soon, li)
    hall.runtime.follow_up(task, later, li)
    hall.pass_time(timedelta(seconds=20))
    assert hall.told("li") == []
    hall.runtime.put_back_follow_up(task, soon, later, li)
    hall.pass_time(timedelta(seconds=5))
    assert len(hall.told("li")) == 1
    hall.pass_time(timedelta(days=2))
    assert len(hall.told("li")) == 1
