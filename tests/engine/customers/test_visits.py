"""Visits: planned after cases, parcels and thirty days; each case asks once; a bad answer takes the case up again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from engine import customers
from engine.clock import SHANGHAI, to_microseconds
from engine.customers import archive, planning, results, visiting, visits
from engine.customers.results import ResultClosed
from engine.customers.visits import Answer, Visit, VisitOver, VisitProblem
from engine.errors import InvalidValue, NotAllowed, NotFound, OwnCase
from engine.model import Actor
from engine.queries.outcome import read_outcome
from engine.store.database import Database
from engine.store.tables import history_event, parcel, process_instance
from tests.engine.customers.pen import (
    DAY,
    LI,
    MONDAY_9AM,
    QIAN,
    SUN,
    WU,
    XU,
    ZHOU,
    add_order,
    end_inquiry,
    told,
)
from tests.engine.shop_desk import ShopDesk

BAD = Answer(satisfied=1, solved=False, comment="还是没收到")
GOOD = Answer(satisfied=5, solved=True, comment="很好", offer="双十二满减")
COMPLAINT = {
    "order_id": "SO-1001",
    "customer_id": "C-88",
    "channel": "phone",
    "shop": "旗舰店",
    "description": "收到的是坏的",
    "complaint_source": "phone",
    "complaint_type": "quality",
}


@pytest.fixture
def desk(desk: ShopDesk) -> ShopDesk:
    """On a Monday at nine."""
    desk.clock.advance_to(MONDAY_9AM)
    return desk


def keep_up(desk: ShopDesk, after: timedelta = timedelta(0)) -> None:
    desk.clock.advance(after)
    customers.keep_up(desk.db, desk.clock.now())


def all_visits(desk: ShopDesk) -> list[Visit]:
    with desk.db.read() as connection:
        return [visits.visit_of(row) for row in connection.exec_driver_sql("SELECT * FROM visit ORDER BY id").all()]


# --- planning ------------------------------------------------------------------------------------


def test_three_days_after_an_after_sales_case_its_first_owner_asks(desk: ShopDesk) -> None:
    case = end_inquiry(desk)
    keep_up(desk)
    keep_up(desk)
    (found,) = all_visits(desk)
    assert (found.cause, found.subject, found.case_id, found.assignee) == ("case", case, case, "li")
    assert (found.customer_id, found.order_id, found.process_id) == ("C-88", "SO-1001", "p10_courier_query")
    assert found.due_at == MONDAY_9AM + 3 * DAY


def test_nobody_is_called_at_night(desk: ShopDesk) -> None:
    desk.clock.advance_to(datetime(2026, 1, 5, 23, 50, tzinfo=SHANGHAI))
    end_inquiry(desk)
    keep_up(desk)
    (found,) = all_visits(desk)
    assert found.due_at == datetime(2026, 1, 9, 9, 0, tzinfo=SHANGHAI)


def test_a_running_or_cancelled_case_is_not_asked_about(desk: ShopDesk) -> None:
    desk.inquire()
    other = desk.inquire()
    desk.runtime.cancel(other, "重复", ZHOU)
    keep_up(desk)
    assert all_visits(desk) == []


def test_what_ended_long_ago_is_not_asked_about(desk: ShopDesk) -> None:
    end_inquiry(desk)
    keep_up(desk, 3 * DAY)
    assert all_visits(desk) == []


def test_a_case_that_was_handed_on_is_not_asked_about(desk: ShopDesk) -> None:
    case, other = end_inquiry(desk), desk.inquire()
    with desk.db.begin() as tx:
        linked = update(process_instance).where(process_instance.c.key == other).values(parent_case_id=case)
        tx.connection.execute(linked)
    keep_up(desk)
    assert all_visits(desk) == []


def test_who_has_left_is_not_asked_to_visit(desk: ShopDesk) -> None:
    end_inquiry(desk)
    with desk.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE user SET active = 0 WHERE id = 'li'")
    keep_up(desk)
    assert [one.assignee for one in all_visits(desk)] == [None]


def sign(desk: ShopDesk, waybill_no: str, order_id: str, **columns: object) -> None:
    at = to_microseconds(desk.clock.now())
    row = {"stage": "signed", "last_update_at": at, "stage_since": at, **columns}
    with desk.db.begin() as tx:
        tx.connection.execute(parcel.insert().values(waybill_no=waybill_no, order_id=order_id, **row))


def test_after_a_parcel_its_customer_is_asked_once_a_month(desk: ShopDesk) -> None:
    with desk.db.begin() as tx:
        for number in range(3):
            add_order(tx, f"SO-{number}", customer_id="C-7")
        add_order(tx, "SO-9", customer_id="C-9")
    sign(desk, "YT0", "SO-0")
    sign(desk, "YT1", "SO-1")
    sign(desk, "YT9", "SO-9", stage="delivering")
    keep_up(desk)
    (found,) = all_visits(desk)
    assert (found.cause, found.subject, found.customer_id, found.assignee) == ("parcel", "YT0", "C-7", None)
    assert found.due_at == MONDAY_9AM + 3 * DAY
    keep_up(desk, 29 * DAY)
    sign(desk, "YT2", "SO-2")
    keep_up(desk)
    assert len(all_visits(desk)) == 1
    keep_up(desk, timedelta(days=1, minutes=1))
    assert [one.subject for one in all_visits(desk)] == ["YT0", "YT2"]


def test_nobody_is_asked_about_a_parcel_while_a_case_runs(desk: ShopDesk) -> None:
    with desk.db.begin() as tx:
        add_order(tx, "SO-1")
    desk.inquire()
    sign(desk, "YT1", "SO-1")
    keep_up(desk)
    assert all_visits(desk) == []


def test_good_customers_are_asked_every_thirty_days(desk: ShopDesk) -> None:
    with desk.db.begin() as tx:
        key = archive.enter(tx, "C-7", seen_at=MONDAY_9AM)
        archive.change(tx, key, {"good": "1"}, LI, now=MONDAY_9AM)
    keep_up(desk, 30 * DAY - timedelta(minutes=2))
    assert all_visits(desk) == []
    keep_up(desk, timedelta(minutes=2))
    keep_up(desk, timedelta(minutes=2))
    (first,) = all_visits(desk)
    assert (first.cause, first.due_at) == ("good", MONDAY_9AM + 30 * DAY)
    desk.clock.advance(2 * DAY)
    visiting.answer(desk.runtime, first.id, Answer(satisfied=5), LI)
    keep_up(desk, 30 * DAY - timedelta(minutes=1))
    assert len(all_visits(desk)) == 1
    keep_up(desk, timedelta(minutes=2))
    assert len(all_visits(desk)) == 2


def test_a_good_customer_no_more_is_not_asked(desk: ShopDesk) -> None:
    with desk.db.begin() as tx:
        key = archive.enter(tx, "C-7", seen_at=MONDAY_9AM)
        archive.change(tx, key, {"good": "1"}, LI, now=MONDAY_9AM)
        archive.change(tx, key, {"good": ""}, LI, now=MONDAY_9AM)
    keep_up(desk, 31 * DAY)
    assert all_visits(desk) == []


def test_people_are_told_when_a_visit_falls_due_and_supervisors_a_day_later(desk: ShopDesk) -> None:
    end_inquiry(desk)
    keep_up(desk)
    keep_up(desk, 3 * DAY - timedelta(minutes=1))
    assert told(desk.db, "li") == []
    keep_up(desk, timedelta(minutes=1))
    keep_up(desk, timedelta(minutes=1))
    assert told(desk.db, "li") == ["有客户到了回访时间(售后结案)。"]
    assert told(desk.db, "zhou") == []
    keep_up(desk, DAY)
    keep_up(desk, timedelta(minutes=1))
    assert told(desk.db, "zhou") == ["回访超过一天没有做(售后结案)。"]


# --- answers -------------------------------------------------------------------------------------


@pytest.fixture
def due(desk: ShopDesk) -> Visit:
    end_inquiry(desk)
    keep_up(desk)
    desk.clock.advance(3 * DAY)
    (found,) = all_visits(desk)
    return found


def test_what_the_customer_said_is_kept_once(desk: ShopDesk, due: Visit) -> None:
    done = visiting.answer(desk.runtime, due.id, GOOD, LI)
    assert (done.status, done.satisfied, done.solved, done.offer) == ("answered", 5, True, "双十二满减")
    assert (done.is_content, done.done_by, done.asked, done.follow_up_case_id) == (True, "li", "visit", None)
    with pytest.raises(VisitOver):
        visiting.answer(desk.runtime, due.id, BAD, SUN)
    with desk.db.read() as connection:
        assert customers.glance(connection, LI, "C-88").grade == 5  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Answer(satisfied=0, solved=True), "satisfied"),
        (Answer(satisfied=6, solved=True), "satisfied"),
        (Answer(satisfied=4), "solved"),
        (Answer(satisfied=4, solved=True, comment="长" * 1001), "comment"),
    ],
)
def test_an_answer_that_says_too_little_is_refused(desk: ShopDesk, due: Visit, said: Answer, field: str) -> None:
    with pytest.raises(VisitProblem) as refused:
        visiting.answer(desk.runtime, due.id, said, LI)
    assert refused.value.field == field
    assert all_visits(desk)[0].is_open


@pytest.mark.parametrize("actor", [QIAN, XU])
def test_who_lacks_p25_asks_nobody(desk: ShopDesk, due: Visit, actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        visiting.answer(desk.runtime, due.id, GOOD, actor)


def test_nobody_answers_for_himself(desk: ShopDesk, due: Visit) -> None:
    buyer = Actor(id="li", name="李娜", groups=frozenset({"aftersales"}), customer_ids=frozenset({"C-88"}))
    with pytest.raises(OwnCase):
        visiting.answer(desk.runtime, due.id, GOOD, buyer)


def test_a_bad_answer_is_the_supervisors_to_know(desk: ShopDesk, due: Visit) -> None:
    visiting.answer(desk.runtime, due.id, BAD, SUN)
    assert told(desk.db, "zhou") == ["回访不满意,请看看是否需要重新处理。"]
    assert told(desk.db, "li") == ["回访不满意,请看看是否需要重新处理。"]
    assert all_visits(desk)[0].follow_up_case_id is None


def test_another_case_is_taken_up_again_when_asked_to(desk: ShopDesk, due: Visit) -> None:
    done = visiting.answer(desk.runtime, due.id, BAD, SUN, reopen=True)
    again = case_row(desk, str(done.follow_up_case_id))
    assert (again.process_id, again.parent_case_id, again.owner, again.opened_by) == (
        "p10_courier_query",
        due.case_id,
        "li",
        "sun",
    )


def test_a_good_answer_takes_nothing_up_again(desk: ShopDesk, due: Visit) -> None:
    assert visiting.answer(desk.runtime, due.id, GOOD, LI, reopen=True).follow_up_case_id is None


def test_who_cannot_be_reached_is_asked_later_or_given_up(desk: ShopDesk, due: Visit) -> None:
    now = desk.clock.now()
    with desk.db.begin() as tx:
        for wrong in (now, now + 31 * DAY):
            with pytest.raises(VisitProblem):
                visiting.put_off(tx, due.id, wrong, SUN, now=now)
        later = visiting.put_off(tx, due.id, now + DAY, SUN, now=now)
        assert (later.due_at, later.assignee) == (now + DAY, "sun")
        with pytest.raises(VisitProblem):
            visiting.give_up(tx, due.id, "unreachable", " ", SUN, now=now)
        with pytest.raises(VisitProblem):
            visiting.give_up(tx, due.id, "answered", "x", SUN, now=now)
        assert visiting.give_up(tx, due.id, "unreachable", "关机", SUN, now=now).status == "unreachable"
        with pytest.raises(VisitOver):
            visiting.put_off(tx, due.id, now + DAY, SUN, now=now)


def test_a_visit_by_hand_is_ones_own(desk: ShopDesk) -> None:
    with desk.db.begin() as tx:
        key = archive.enter(tx, "C-7", seen_at=MONDAY_9AM)
        visiting.arrange(tx, key, MONDAY_9AM + DAY, SUN, now=MONDAY_9AM)
        for wrong in (MONDAY_9AM - timedelta(seconds=1), MONDAY_9AM + 400 * DAY, MONDAY_9AM + DAY):
            with pytest.raises(VisitProblem):
                visiting.arrange(tx, key, wrong, SUN, now=MONDAY_9AM)
    (found,) = all_visits(desk)
    assert (found.cause, found.assignee, found.asks_solved) == ("manual", "sun", False)


def test_lists_are_by_due_time_ones_own_with_nobodys(desk: ShopDesk) -> None:
    with desk.db.begin() as tx:
        for number, assignee in enumerate(["li", None, "sun"]):
            visiting.plan(
                tx,
                cause="manual",
                subject=str(number),
                customer_id="C-7",
                due_at=MONDAY_9AM + number * DAY,
                now=MONDAY_9AM,
                assignee=assignee,
            )
    with desk.db.read() as connection:
        mine = visits.list_open(connection, assignee="li", limit=1)
        rest = visits.list_open(connection, assignee="li", limit=1, after=mine.next_after)
        assert [row.subject for row in (*mine.rows, *rest.rows)] == ["0", "1"]
        assert visits.count_open(connection, assignee="li", due_before=MONDAY_9AM) == 1
        assert len(visits.list_open(connection).rows) == 3
        assert visits.list_done(connection).rows == ()


# --- asked when the case ends --------------------------------------------------------------------


def test_a_case_asks_once_at_its_end_or_afterwards(desk: ShopDesk) -> None:
    case = end_inquiry(desk)
    done = visiting.ask_at_closing(desk.runtime, case, Answer(satisfied=4, solved=True), LI)
    assert (done.asked, done.is_content) == ("closing", True)
    with pytest.raises(VisitOver):
        visiting.ask_at_closing(desk.runtime, case, GOOD, LI)
    keep_up(desk)
    keep_up(desk, DAY)
    assert len(all_visits(desk)) == 1


def test_a_visit_that_is_planned_is_answered_at_the_end_too(desk: ShopDesk) -> None:
    case = end_inquiry(desk)
    keep_up(desk)
    visiting.ask_at_closing(desk.runtime, case, GOOD, LI)
    assert [one.status for one in all_visits(desk)] == ["answered"]


def test_a_running_case_is_not_asked_about_yet(desk: ShopDesk) -> None:
    case = str(desk.inquire())
    with pytest.raises(NotFound):
        visiting.ask_at_closing(desk.runtime, case, GOOD, LI)
    assert all_visits(desk) == []


# --- complaints (SLA-30) -------------------------------------------------------------------------


def case_row(desk: ShopDesk, case_id: str):  # type: ignore[no-untyped-def]
    with desk.db.read() as connection:
        return connection.execute(select(process_instance).where(process_instance.c.key == int(case_id))).one()


def end_complaint(desk: ShopDesk) -> str:
    case = desk.runtime.start("p13_rights_protection", COMPLAINT, LI).case_id
    desk.drain()
    desk.complete("verify_complaint", WU, main_content="坏了", facts_confirmed=True, responsibility="seller")
    desk.complete("propose_solution", WU, solution_type="explain", solution_text="说明")
    desk.complete("negotiate_solution", LI, accepts_solution=True)
    desk.complete("confirm_withdrawal", LI, withdrawn=True, withdrawn_at=desk.clock.now())
    desk.drain()
    desk.complete("record_root_cause", ZHOU, cause_category="product", root_cause="工艺", improvement="加检")
    desk.drain()
    assert case_row(desk, case).status == "completed"
    return case


def test_a_complaint_that_is_not_solved_goes_back_to_its_first_owner(desk: ShopDesk) -> None:
    case = end_complaint(desk)
    keep_up(desk)
    (due,) = all_visits(desk)
    done = visiting.answer(desk.runtime, due.id, BAD, SUN)
    again = case_row(desk, str(done.follow_up_case_id))
    assert (again.process_id, again.parent_case_id, again.status) == ("p13_rights_protection", case, "active")
    assert (again.first_owner, again.owner, again.opened_by) == ("li", "li", "sun")
    assert (again.customer_id, again.order_id, again.priority) == ("C-88", "SO-1001", "high")
    assert f"回访不满意,工单 {case} 已退回给您,新工单 {done.follow_up_case_id}。" in told(desk.db, "li")
    with desk.db.read() as connection:
        kinds = connection.execute(
            select(history_event.c.kind).where(history_event.c.stream == int(case)).order_by(history_event.c.seq)
        ).scalars()
        assert list(kinds)[-1] == "case.reopened"
    desk.drain()
    assert desk.task("verify_complaint")


def test_a_complaint_that_is_solved_stays_closed(desk: ShopDesk) -> None:
    end_complaint(desk)
    keep_up(desk)
    (due,) = all_visits(desk)
    done = visiting.answer(desk.runtime, due.id, Answer(satisfied=3, solved=True), LI)
    assert done.follow_up_case_id is None


# --- results (E17) -------------------------------------------------------------------------------


def test_a_result_is_the_end_until_its_owner_says_more(desk: ShopDesk) -> None:
    case = end_inquiry(desk)
    with desk.db.read() as connection:
        before = read_outcome(connection, desk.definitions, case)
    assert (before.issue_type, before.result, before.noted_by) == ("快递查询流程", "正常已告知", None)
    results.amend(desk.runtime, case, " 已告知,客户明天签收 ", LI)
    results.amend(desk.runtime, case, "已告知,客户明天签收", LI)
    results.amend(desk.runtime, case, "已告知,客户已签收", ZHOU)
    with desk.db.read() as connection:
        after = read_outcome(connection, desk.definitions, case)
        kinds = list(
            connection.execute(select(history_event.c.kind).where(history_event.c.stream == int(case))).scalars()
        )
    assert (after.result, after.noted_by) == ("已告知,客户已签收", "zhou")
    assert kinds.count("case.result_noted") == 2


def test_a_result_is_amended_for_seven_days_by_its_people_only(desk: ShopDesk) -> None:
    case, running = end_inquiry(desk), str(desk.inquire())
    for actor in (SUN, XU):
        with pytest.raises((ResultClosed, NotAllowed)):
            results.amend(desk.runtime, case, "x", actor)
    with pytest.raises(ResultClosed):
        results.amend(desk.runtime, running, "x", LI)
    for wrong in (" ", "长" * 501):
        with pytest.raises(InvalidValue):
            results.amend(desk.runtime, case, wrong, LI)
    desk.clock.advance(7 * DAY)
    results.amend(desk.runtime, case, "还在时限内", LI)
    desk.clock.advance(timedelta(seconds=1))
    with pytest.raises(ResultClosed):
        results.amend(desk.runtime, case, "太晚了", LI)


def test_planning_takes_no_step_when_there_is_nothing(db: Database) -> None:
    assert planning.plan_after_cases(db, MONDAY_9AM) == 0
    assert planning.plan_after_parcels(db, MONDAY_9AM) == 0
    assert planning.plan_for_good_customers(db, MONDAY_9AM) == 0
