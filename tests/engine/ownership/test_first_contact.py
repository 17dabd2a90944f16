"""First contact: whose a buyer's new case is, row by row of dmn_case_owner_action; and what the supervisor says."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from engine import ownership
from engine.errors import InvalidValue, NotAllowed, NotFound, StepError
from engine.ownership import Instruction, OwnerAction
from engine.store.tables import own_customer, shop_order
from tests.engine.ownership.hall import Hall
from tests.engine.roster.people import FRIDAY, MONDAY, at, away, plan, team_up
from tests.engine.support import consistent

NEW = {"customer_id": "C-88", "order_id": "SO-2"}


def start(hall: Hall, person: str = "wang", *, urgent: bool = False, key: str | None = None, **variables: object):  # type: ignore[no-untyped-def]
    given = {**NEW, **variables}
    return ownership.start_case(hall.runtime, "p", given, hall.actor(person), urgent=urgent, start_key=key)


@pytest.mark.parametrize("facts", list(product([False, True], repeat=4)))
def test_exactly_one_rule_fits_whatever_the_facts(facts: tuple[bool, ...]) -> None:
    has_owner, owner_is_me, owner_online, urgent = facts
    action = ownership.owner_action(
        has_owner=has_owner, owner_is_me=owner_is_me, owner_online=owner_online, urgent=urgent
    )
    if not has_owner:
        assert action is OwnerAction.TAKE
    elif owner_is_me:
        assert action is OwnerAction.CONTINUE
    elif owner_online:
        assert action is OwnerAction.TRANSFER
    else:
        assert action is (OwnerAction.ASK_SUPERVISOR if urgent else OwnerAction.WAIT_OWNER)


def test_the_first_case_of_a_buyer_is_whose_who_starts_it(hall: Hall) -> None:
    started = start(hall)
    assert started.advice.action is OwnerAction.TAKE
    assert hall.owner(started.case_id) == ("wang", "wang")
    assert hall.kinds(started.case_id) == []
    again = start(hall)
    assert again.advice.action is OwnerAction.CONTINUE
    assert hall.owner(again.case_id) == ("wang", "wang")


def test_who_holds_the_open_case_gets_the_new_one_at_once_when_on_duty(hall: Hall) -> None:
    first = hall.case("li")
    plan(hall.db, ("li", FRIDAY, "day"))
    started = start(hall, urgent=True)
    assert started.advice.action is OwnerAction.TRANSFER
    assert hall.owner(started.case_id) == ("li", "wang")
    assert hall.owners_of_tasks(started.case_id) == {"li"}
    assert hall.kinds(started.case_id) == ["case.owner_changed"]
    assert hall.told("li") == [f"王芳为您的买家发起了工单 {started.case_id},按首问负责由您跟进。"]
    assert first != started.case_id
    consistent(hall.engine)


def test_who_is_in_no_roster_is_there_unless_absent(hall: Hall) -> None:
    hall.case("li")
    assert start(hall).advice.action is OwnerAction.TRANSFER
    away(hall.db, "li", (at(FRIDAY, 9), at(MONDAY, 9)))
    advice = start(hall).advice
    assert advice.action is OwnerAction.WAIT_OWNER
    assert advice.holder is not None
    assert advice.holder.back_at == at(MONDAY, 9)


def test_what_can_wait_is_kept_for_the_next_shift_whose_time_is_told(hall: Hall) -> None:
    hall.case("li")
    plan(hall.db, ("li", FRIDAY, "night"))
    started = start(hall)
    assert started.advice.action is OwnerAction.WAIT_OWNER
    assert started.advice.holder is not None
    assert ownership.back_words(started.advice.holder.back_at) == "01月02日 17:00"
    assert hall.owner(started.case_id) == ("li", "wang")
    assert hall.offers() == []
    assert "等您上班后跟进" in hall.told("li")[0]


def test_who_has_shifts_but_none_to_come_is_not_there(hall: Hall) -> None:
    hall.case("li")
    plan(hall.db, ("li", FRIDAY, "off"))
    advice = start(hall).advice
    assert (advice.action, advice.holder and advice.holder.back_at) == (OwnerAction.WAIT_OWNER, None)


def ask(hall: Hall) -> tuple[str, int]:
    """A case about which the supervisor is asked, and the question."""
    hall.case("li")
    plan(hall.db, ("li", FRIDAY, "night"), ("zhou", FRIDAY, "day"))
    started = start(hall, urgent=True)
    assert started.advice.action is OwnerAction.ASK_SUPERVISOR
    with hall.db.read() as connection:
        offer = ownership.pending_of(connection, started.case_id)
    assert offer is not None
    assert offer.due_at == hall.engine.clock.now() + timedelta(minutes=5)
    return started.case_id, offer.id


def test_the_supervisor_on_duty_is_asked_about_what_cannot_wait(hall: Hall) -> None:
    case_id, _ = ask(hall)
    assert hall.told("zhou") == [f"王芳请示:买家着急,负责人李娜不在班,工单 {case_id} 由谁处理?"]
    assert hall.told("sun") == []
    assert hall.owner(case_id) == ("li", "wang")
    assert hall.kinds(case_id) == ["case.owner_changed", "case.instruction_asked"]
    consistent(hall.engine)


def test_absent_supervisors_are_passed_over_for_the_department_manager(hall: Hall) -> None:
    for boss in ("zhou", "sun"):
        away(hall.db, boss, (at(FRIDAY, 9), at(MONDAY, 9)), by="wu")
    hall.case("li")
    plan(hall.db, ("li", FRIDAY, "night"))
    start(hall, urgent=True)
    assert (len(hall.told("wu")), len(hall.told("zhou"))) == (1, 0)


@pytest.mark.parametrize(
    ("what", "target", "owner"),
    [
        (Instruction.AUTHORISE, None, "li"),
        (Instruction.WAIT, None, "li"),
        (Instruction.SELF, None, "zhou"),
        (Instruction.OTHER, "chen", "chen"),
    ],
)
def test_what_the_supervisor_says_is_done(hall: Hall, what: Instruction, target: str | None, owner: str) -> None:
    case_id, question = ask(hall)
    ownership.instruct(hall.runtime, question, hall.actor("zhou"), what, note="照此办", target=target)
    assert hall.owner(case_id) == (owner, "wang")
    assert "case.instructed" in hall.kinds(case_id)
    assert hall.told("wang")[-1].endswith("照此办")
    with pytest.raises(StepError):
        ownership.instruct(hall.runtime, question, hall.actor("zhou"), what, note="再说", target=target)


def test_a_question_is_answered_by_who_may_and_with_words(hall: Hall) -> None:
    case_id, question = ask(hall)
    team_up(hall.db, "一组", "wang", "li", "zhou")
    team_up(hall.db, "二组", "chen", "sun")
    said = {"note": "照此办"}
    with pytest.raises(NotAllowed):
        ownership.instruct(hall.runtime, question, hall.actor("wang"), Instruction.AUTHORISE, **said)
    with pytest.raises(NotFound):
        ownership.instruct(hall.runtime, question, hall.actor("sun"), Instruction.AUTHORISE, **said)
    for what, given in [(Instruction.OTHER, said), (Instruction.AUTHORISE, {"note": " "})]:
        with pytest.raises(InvalidValue):
            ownership.instruct(hall.runtime, question, hall.actor("zhou"), what, **given)
    with pytest.raises(NotFound):  # nobody accepts a question
        ownership.accept(hall.runtime, question, hall.actor("zhou"))
    assert hall.offers() == [("instruction", "pending")]
    assert hall.owner(case_id) == ("li", "wang")


def test_five_minutes_of_silence_reach_the_department_manager(hall: Hall) -> None:
    case_id, _ = ask(hall)
    hall.pass_time(timedelta(minutes=4, seconds=59))
    assert hall.told("wu") == []
    hall.pass_time(timedelta(seconds=1))
    assert hall.told("wu") == [f"工单 {case_id} 的请示 5 分钟没有答复:买家着急,负责人李娜不在班。请处理。"]


def test_the_same_start_twice_asks_and_tells_once(hall: Hall) -> None:
    hall.case("li")
    first, second = start(hall, key="k1"), start(hall, key="k1")
    assert first.case_id == second.case_id
    assert len(hall.told("li")) == 1


# --- who counts as holder ------------------------------------------------------------------------


def holder(hall: Hall, customer: str | None = "C-88", order: str | None = None, shop: str | None = None) -> str | None:
    with hall.db.read() as connection:
        found = ownership.holder_of(connection, customer, order, shop, hall.engine.clock.now())
    return None if found is None else found.user


def finish(hall: Hall, case_id: str) -> None:
    hall.complete(case_id, "after", "li")
    hall.complete(case_id, "before", "chen")
    hall.complete(case_id, "last", "li")


def test_an_ended_case_counts_for_its_order_and_seven_days(hall: Hall) -> None:
    finish(hall, hall.case("li", order_id="SO-1"))
    assert holder(hall, order="SO-1") == "li"
    assert holder(hall, order="SO-2") is None
    assert holder(hall) is None
    hall.pass_time(timedelta(days=7) - timedelta(seconds=1))
    assert holder(hall, order="SO-1") == "li"
    hall.pass_time(timedelta(seconds=2))
    assert holder(hall, order="SO-1") is None


def test_an_open_case_goes_before_an_ended_one_and_an_own_one_before_others(hall: Hall) -> None:
    finish(hall, hall.case("li", order_id="SO-1"))
    hall.case("chen", order_id="SO-9")
    assert holder(hall, order="SO-1") == "chen"
    hall.case("wang", order_id="SO-8")
    assert holder(hall) == "wang"
    with hall.db.read() as connection:
        now = hall.engine.clock.now()
        mine = ownership.holder_of(connection, "C-88", None, None, now, me="chen")
    assert mine is not None
    assert mine.user == "chen"


def test_cases_of_other_shops_buyers_and_of_the_system_do_not_count(hall: Hall) -> None:
    row = {"order_id": "SO-1", "customer_id": "C-88", "channel": "x", "shop": "旗舰店", "order_stage": "paid"}
    with hall.db.begin() as tx:
        tx.connection.execute(shop_order.insert().values(**row, facts=b"{}", updated_at=0))
    hall.case("li", order_id="SO-1")
    assert holder(hall, shop="旗舰店") == holder(hall) == "li"
    assert holder(hall, shop="二店") is None
    assert holder(hall, customer="C-99") is None
    assert holder(hall, customer=None) is None
    hall.engine.start("p", customer_id="C-77")
    assert holder(hall, customer="C-77") is None


def test_who_buys_from_the_own_shop_starts_nothing(hall: Hall) -> None:
    with hall.db.begin() as tx:
        tx.connection.execute(own_customer.insert().values(user="wang", customer_id="C-88"))
    with pytest.raises(NotAllowed):
        start(hall)
