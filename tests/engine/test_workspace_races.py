"""Work that changes hands from two sides at once, people who leave meanwhile, and clocks at their edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from engine import accounts, collaboration, ownership
from engine.clock import VirtualClock
from engine.errors import EngineError, InvalidValue, NotAllowed, NotFound, StepError
from engine.ownership import Instruction
from engine.runtime import Deed, Said, Wish, do_many, undo_many
from engine.store.tables import user
from engine.worker import periodic
from tests.engine.ownership.hall import Hall
from tests.engine.roster.people import FRIDAY, MONDAY, at, away, plan, team_up
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


def test_a_supervisor_hands_no_task_to_another_team(hall: Hall) -> None:
    case_id = hall.case("li")
    task, boss = hall.task(case_id, "after"), hall.actor("zhou")
    hall.runtime.assign(task, "wang", boss)  # without teams everybody is everybody's
    team_up(hall.db, "一组", "li", "zhou")
    team_up(hall.db, "二组", "wang", "sun")
    hall.runtime.assign(task, "li", hall.actor("wu"))
    with pytest.raises(InvalidValue, match="another team"):
        hall.runtime.assign(task, "wang", hall.actor("zhou"))
    assert hall.assignee(case_id, "after") == "li"
    hall.runtime.assign(task, "wang", hall.actor("wu"))
    assert hall.assignee(case_id, "after") == "wang"


def test_first_contact_passes_over_the_buyer_and_who_owns_no_cases_any_more(hall: Hall) -> None:
    hall.case("li")
    hall.case("chen")
    with hall.db.begin() as tx:
        accounts.set_customer_ids(tx, "li", ["C-88"])
    started = ownership.start_case(hall.runtime, "p", {"customer_id": "C-88", "order_id": "SO-2"}, hall.actor("wang"))
    assert hall.owner(started.case_id) == ("chen", "wang")
    with hall.db.begin() as tx:
        accounts.set_groups(tx, "chen", ["auditor"])
    started = ownership.start_case(hall.runtime, "p", {"customer_id": "C-88", "order_id": "SO-3"}, hall.actor("wang"))
    assert hall.owner(started.case_id) == ("wang", "wang")


def test_an_inquiry_goes_to_nobody_who_could_not_answer_it(hall: Hall) -> None:
    case_id = hall.case()
    with hall.db.begin() as tx:
        accounts.set_groups(tx, "cang", ["admin"])
    promised = hall.engine.clock.now() + timedelta(hours=5)
    with pytest.raises(InvalidValue):
        collaboration.ask(
            hall.runtime, case_id, hall.actor("li"), question="有货吗", to_person="cang", promised_at=promised
        )


def test_a_question_to_the_supervisor_is_neither_taken_back_nor_answered_by_who_asks(hall: Hall) -> None:
    hall.case("li")
    plan(hall.db, ("li", FRIDAY, "night"))
    for asker in ("wang", "zhou"):
        started = ownership.start_case(
            hall.runtime, "p", {"customer_id": "C-88", "order_id": "SO-2"}, hall.actor(asker), urgent=True
        )
        with hall.db.read() as connection:
            question = ownership.pending_of(connection, started.case_id)
        assert question is not None
        with pytest.raises(NotFound):
            ownership.withdraw(hall.runtime, question.id, hall.actor(asker))
        with pytest.raises((NotFound, NotAllowed)):
            ownership.instruct(hall.runtime, question.id, hall.actor(asker), Instruction.SELF, note="我来")
        assert hall.owner(started.case_id)[0] == "li"
    assert hall.offers() == [("instruction", "pending")] * 2


def test_who_is_away_takes_no_work_back_from_the_stand_in_by_a_withdrawal(hall: Hall) -> None:
    hall.case()
    away(hall.db, "li", (at(FRIDAY, 9), at(FRIDAY, 12)), stand_in="wang")
    hall.pass_time(timedelta(0))
    with pytest.raises(NotFound):
        ownership.withdraw(hall.runtime, 1, hall.actor("li"))
    assert hall.offers() == [("stand_in", "pending")]


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
        at_once(deeds)
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
        deeds = [
            lambda: hall.runtime.claim(task, hall.actor("li")),  # noqa: B023  they run before the next round
            lambda: hall.runtime.complete(task, {}, hall.actor("wang")),  # noqa: B023
            lambda: hall.runtime.assign(task, "wang", boss),  # noqa: B023
        ]
        at_once(deeds * 2)
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

    def look(_: int) -> None:
        for one in periodic():
            one(hall.runtime)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(look, range(6)))
    for person in ("li", "wang", "zhou", "sun", "wu"):
        told = hall.told(person)
        assert len(told) == len(set(told)), person
    consistent(hall.engine)


def test_of_two_answers_at_once_one_counts_and_the_end_of_a_case_hinders_nobody(hall: Hall) -> None:
    for _ in range(3):
        case_id = hall.case()
        now, li, wang, boss = hall.engine.clock.now(), hall.actor("li"), hall.actor("wang"), hall.actor("zhou")
        promised = now + timedelta(hours=3)
        asked = collaboration.ask(
            hall.runtime, case_id, li, question="有货吗", to_group="aftersales", promised_at=promised
        )
        report = collaboration.report_exception(hall.runtime, case_id, "系统打不开", li)
        hall.complete(case_id, "before", "chen")
        deeds = [
            lambda: collaboration.answer(hall.runtime, asked, "有", wang),  # noqa: B023  they run before the next round
            lambda: collaboration.answer(hall.runtime, asked, "没有", wang),  # noqa: B023
            lambda: collaboration.withdraw_inquiry(hall.runtime, asked, li),  # noqa: B023
            lambda: collaboration.acknowledge_exception(hall.runtime, report, "等", boss),  # noqa: B023
            lambda: collaboration.acknowledge_exception(hall.runtime, report, "重启", boss),  # noqa: B023
            lambda: collaboration.make_promise(hall.runtime, case_id, promised + timedelta(hours=1), li, reason="忙"),  # noqa: B023
            lambda: collaboration.comment(hall.runtime, case_id, "我看看", li),  # noqa: B023
            lambda: hall.complete(case_id, "after", "li"),  # noqa: B023
        ]
        failed = at_once(deeds)
        assert sum(failed[:3]) == 2
        assert sum(failed[3:5]) == 1
        assert not any(failed[5:])
    consistent(hall.engine)


def test_a_bulk_deed_and_its_undoing_against_others_at_once_leave_no_task_with_two(hall: Hall) -> None:
    cases = [hall.case() for _ in range(4)]
    tasks = [hall.task(one, "after") for one in cases]
    said = Said(write=lambda *_: 0, withdraw=lambda *_: None)
    claim, give = Wish(deed=Deed.CLAIM), Wish(deed=Deed.ASSIGN, assignee="wang")
    results, undo = do_many(hall.runtime, claim, tasks, hall.actor("li"), said=said)
    assert all(one.ok for one in results)
    assert undo is not None
    taken: list[str] = []

    def undoing() -> None:
        taken.extend(one.sentence for one in undo_many(hall.runtime, undo, hall.actor("li"), said=said))

    def complete() -> None:
        for one in cases:
            hall.complete(one, "after", "wang")

    at_once(
        [
            undoing,
            undoing,
            lambda: do_many(hall.runtime, give, tasks, hall.actor("zhou"), said=said),
            complete,
        ]
    )
    assert len(taken) == len(tasks), "it is undone once"
    assert {hall.assignee(one, "after") for one in cases} <= {"wang", None}
    consistent(hall.engine)


def at_once(deeds: Sequence[Callable[[], object]]) -> list[bool]:
    """Do all of it at once; whether each was refused. What is no refusal is a mistake and is raised."""

    def refused(deed: Callable[[], object]) -> bool:
        try:
            deed()
        except EngineError:
            return True
        return False

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(refused, deeds))


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


def test_a_clock_that_was_wrong_and_is_set_right_silences_nobody(hall: Hall) -> None:
    looks = (collaboration.FollowUps(), collaboration.DefaultPromises(), collaboration.SilentCases())
    right = hall.engine.clock
    hall.runtime.clock = VirtualClock(right.now() + timedelta(days=3650))
    hall.case()
    for look in looks:
        look(hall.runtime)
    hall.runtime.clock = right
    case_id, li = hall.case(), hall.actor("li")
    hall.runtime.follow_up(hall.task(case_id, "after"), right.now() + timedelta(minutes=1), li)
    hall.runtime.claim(hall.task(case_id, "after"), li)
    right.advance(timedelta(minutes=2))
    for look in looks:
        look(hall.runtime)
    assert [one for one in hall.told("li") if "跟进时间到了" in one]
