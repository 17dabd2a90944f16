"""内部核实: who is asked, who answers, what happens when nobody does."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from engine.collaboration import (
    BY_ME,
    TO_ME,
    Inquiry,
    answer,
    ask,
    promises_of,
    read_inquiries,
    read_inquiry,
    withdraw_inquiry,
)
from engine.errors import InvalidValue, NotFound, StepError
from engine.model import Actor
from tests.engine.collaboration.conversation import CANG, LI, SUN, WANG, ZHENG, ZHOU, Talk
from tests.faults.invariants import unlike_their_commands, violations

QUESTION = "这个订单发的是什么批次?"


def put(talk: Talk, case_id: str, who: Actor = LI, **more: Any) -> int:
    given = {"to_group": "warehouse", "promised_at": talk.clock.now() + timedelta(hours=20), **more}
    return ask(talk.desk.runtime, case_id, who, question=given.pop("question", QUESTION), **given)


def box(talk: Talk, person: Actor, which: str = TO_ME, **more: Any) -> list[int]:
    with talk.db.read() as connection:
        return [one.id for one in read_inquiries(connection, person, which, **more).rows]


def seen(talk: Talk, inquiry: int, person: Actor) -> tuple[Inquiry, bool, bool]:
    with talk.db.read() as connection:
        return read_inquiry(connection, inquiry, person)


def test_the_asked_see_the_question_and_not_the_case(talk: Talk, case_id: str) -> None:
    made = put(talk, case_id, context="四件套,1月2日发出,电话13812345678")
    assert box(talk, CANG) == [made]
    assert box(talk, LI) == []
    assert box(talk, LI, BY_ME) == [made]
    view, may_answer, sees_case = seen(talk, made, CANG)
    assert (view.question, view.state, may_answer, sees_case) == (QUESTION, "open", True, False)
    assert view.context == "四件套,1月2日发出,电话138****5678"
    assert talk.told(CANG, "inquiry") != []
    assert "工单" not in talk.told(CANG, "inquiry")[0]
    with pytest.raises(NotFound):
        seen(talk, made, SUN)
    assert seen(talk, made, ZHENG)[1:] == (False, True)
    assert seen(talk, made, WANG)[1:] == (False, True)


def test_the_answer_comes_back_once(talk: Talk, case_id: str) -> None:
    made = put(talk, case_id)
    answer(talk.desk.runtime, made, "A 批次", CANG)
    assert talk.told(LI, "inquiry") == [f"小陈答复了您在工单 {case_id} 中的内部核实。"]
    view, may_answer, _ = seen(talk, made, LI)
    assert (view.answer, view.answered_by_name, view.state, may_answer) == ("A 批次", "小陈", "answered", False)
    with pytest.raises(StepError):
        answer(talk.desk.runtime, made, "B 批次", CANG)
    with pytest.raises(StepError):
        withdraw_inquiry(talk.desk.runtime, made, LI)
    assert [kind for kind in talk.kinds(case_id) if kind.startswith("inquiry")] == ["inquiry.asked", "inquiry.answered"]
    assert violations(talk.db) == []
    assert unlike_their_commands(talk.db, [case_id]) == []


def test_two_who_answer_at_once_give_one_answer(talk: Talk, case_id: str) -> None:
    made = put(talk, case_id, to_group="aftersales")
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def reply(text: str) -> None:
        gate.wait()
        try:
            answer(talk.desk.runtime, made, text, WANG)
            outcomes.append("won")
        except StepError:
            outcomes.append("late")

    threads = [threading.Thread(target=reply, args=(text,)) for text in ("一", "二")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["late", "won"]


def test_nobody_answers_his_own_question_or_anothers(talk: Talk, case_id: str) -> None:
    made = put(talk, case_id, to_group="aftersales")
    for person in (LI, CANG, SUN, ZHOU):
        with pytest.raises(NotFound):
            answer(talk.desk.runtime, made, "我猜的", person)
    answer(talk.desk.runtime, made, "查过了", WANG)


def test_a_person_can_be_asked(talk: Talk, case_id: str) -> None:
    made = put(talk, case_id, to_group=None, to_person="cang")
    assert box(talk, CANG) == [made]
    with pytest.raises(NotFound):
        answer(talk.desk.runtime, made, "不是我", WANG)
    answer(talk.desk.runtime, made, "是我", CANG)


@pytest.mark.parametrize(
    "wrong",
    [
        {"question": " "},
        {"question": "长" * 1001},
        {"context": "长" * 2001},
        {"to_group": None},
        {"to_group": "nobody"},
        {"to_group": "auditor"},
        {"to_group": "designer"},
        {"to_group": None, "to_person": "li"},
        {"to_group": None, "to_person": "nobody"},
        {"promised_at": None},
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(talk: Talk, case_id: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue) as refused:
        put(talk, case_id, **wrong)
    assert refused.value.message_zh != InvalidValue.message_zh
    assert talk.column("SELECT count(*) FROM inquiry") == [0]
    assert talk.column("SELECT count(*) FROM promise") == [0]


@pytest.mark.parametrize("hours", [0, -1, 24 * 30 + 1])
def test_a_due_time_that_is_over_or_far_away_is_refused(talk: Talk, case_id: str, hours: int) -> None:
    with pytest.raises(InvalidValue):
        put(talk, case_id, due_at=talk.clock.now() + timedelta(hours=hours))


def test_strangers_ask_nothing(talk: Talk, case_id: str) -> None:
    for person in (SUN, CANG, ZHENG):
        with pytest.raises(NotFound):
            put(talk, case_id, person)


def test_the_customer_is_promised_a_time_with_the_question(talk: Talk, case_id: str) -> None:
    at = talk.clock.now() + timedelta(hours=20)
    put(talk, case_id, promised_at=at, tell_customer=True)
    with talk.db.read() as connection:
        (found,) = promises_of(connection, case_id)
    assert (found.promised_at, found.told, found.made_by) == (at, True, "li")
    put(talk, case_id, promised_at=None)
    put(talk, case_id, promised_at=at)
    with talk.db.read() as connection:
        assert len(promises_of(connection, case_id)) == 1
    later = at + timedelta(hours=4)
    put(talk, case_id, promised_at=later)
    with talk.db.read() as connection:
        assert promises_of(connection, case_id)[0].reason == "等待内部核实"


def test_an_overdue_question_is_told_to_asker_and_supervisor_once(talk: Talk, case_id: str) -> None:
    made = put(talk, case_id, due_at=talk.clock.now() + timedelta(hours=1))
    talk.later(hours=1, seconds=-1)
    assert talk.told(LI, "inquiry") == []
    talk.later(seconds=1)
    assert len(talk.told(LI, "inquiry")) == 1
    assert len(talk.told(ZHOU, "inquiry")) == 1
    assert seen(talk, made, CANG)[0].state == "overdue"
    talk.later(hours=1)
    assert len(talk.told(LI, "inquiry")) == 1
    answer(talk.desk.runtime, made, "晚了,是 A 批次", CANG)
    assert seen(talk, made, LI)[0].state == "answered"


def test_an_answered_question_is_never_overdue(talk: Talk, case_id: str) -> None:
    made = put(talk, case_id, due_at=talk.clock.now() + timedelta(hours=1))
    answer(talk.desk.runtime, made, "A 批次", CANG)
    talk.later(hours=2)
    assert talk.told(ZHOU, "inquiry") == []


def test_the_default_due_time_is_four_working_hours_away(talk: Talk, case_id: str) -> None:
    made = put(talk, case_id)
    view, _, _ = seen(talk, made, LI)
    schedules = talk.desk.definitions.schedules
    assert schedules is not None
    schedule = schedules.at(talk.clock.now())
    assert schedule is not None
    assert view.due_at == schedule.calendar.add(talk.clock.now(), timedelta(hours=4))


def test_the_asker_can_take_it_back(talk: Talk, case_id: str) -> None:
    made = put(talk, case_id)
    with pytest.raises(NotFound):
        withdraw_inquiry(talk.desk.runtime, made, WANG)
    withdraw_inquiry(talk.desk.runtime, made, LI)
    assert seen(talk, made, CANG)[0].state == "withdrawn"
    with pytest.raises(StepError):
        answer(talk.desk.runtime, made, "A 批次", CANG)
    assert box(talk, CANG, open_only=True) == []


def test_lists_are_paged_by_keyset(talk: Talk, case_id: str) -> None:
    made = [put(talk, case_id, question=f"第 {n} 个问题") for n in range(5)]
    with talk.db.read() as connection:
        first = read_inquiries(connection, CANG, TO_ME, limit=2)
        assert [one.id for one in first.rows] == made[:2:-1]
        second = read_inquiries(connection, CANG, TO_ME, limit=2, after=int(str(first.next_after)))
        assert [one.id for one in second.rows] == [made[2], made[1]]
        last = read_inquiries(connection, CANG, TO_ME, limit=2, after=int(str(second.next_after)))
    assert ([one.id for one in last.rows], last.next_after) == ([made[0]], None)
