"""What is due in quality: who has to do it is reminded once, who is above hears once that it is late."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select

from engine.clock import SHANGHAI
from engine.errors import InvalidValue, NotAllowed, StepError
from engine.quality import appraisals, checking, form, looking, survey, weeks, words
from engine.quality.checking import Verdict
from engine.runtime import Runtime
from engine.store.tables import kpi_agent_type, notification, survey_answer
from engine.worktime import DayKind
from engine.worktime.statutory import default_calendar
from tests.engine.kpi.ledger import Ledger, at, person

FULL = Verdict(points=dict(form.SHIPPED))
SECOND = timedelta(seconds=1)
FRIDAY_9AM, NEXT_MONDAY = at("12-25 09:00"), at("12-28 00:00")
WEDNESDAY_9AM, THURSDAY = at("12-23 09:00"), at("12-24 00:00")


def january(day: int, hour: int = 0) -> datetime:
    return datetime(2027, 1, day, hour, tzinfo=SHANGHAI)


def told(ledger: Ledger, occasion: str, page: str = "%") -> dict[str, list[str]]:
    """By person, what was said on the occasion with a page like that."""
    query = select(notification).where(notification.c.occasion == occasion, notification.c.page.like(page))
    found: dict[str, list[str]] = {}
    with ledger.db.read() as connection:
        for row in connection.execute(query.order_by(notification.c.id)):
            found.setdefault(row.user, []).append(row.text)
    return found


def look(ledger: Ledger, when: datetime) -> None:
    """Two looks, as two processes have them."""
    if when > ledger.clock.now():
        ledger.clock.advance_to(when)
    looking.look(ledger.db, ledger.clock.now())
    looking.look(ledger.db, ledger.clock.now())


def check(runtime: Runtime, ledger: Ledger, verdict: Verdict = FULL, number: int = 1) -> None:
    checking.check(runtime, number, verdict, person("zhou"), form=0)


@pytest.fixture
def drawn(ledger: Ledger) -> Ledger:
    """Two cases of last week, drawn on Monday."""
    for _ in range(2):
        ledger.case(ended="12-16 12:00")
    look(ledger, at("12-21 00:00"))
    return ledger


# --- samples -------------------------------------------------------------------------------------


def test_a_weeks_sample_is_reminded_of_on_its_last_working_day_and_late_with_its_end(drawn: Ledger) -> None:
    look(drawn, FRIDAY_9AM - SECOND)
    assert told(drawn, "reminded", "/quality%") == {}
    look(drawn, FRIDAY_9AM)
    reminded = told(drawn, "reminded", "/quality?week=2026-W51&state=waiting")
    assert {who: len(said) for who, said in reminded.items()} == {"zhou": 1, "min": 1}
    assert "还有 2 张没有质检" in reminded["zhou"][0]
    assert "12-28 00:00" in reminded["zhou"][0]
    look(drawn, NEXT_MONDAY - SECOND)
    assert told(drawn, "escalated", "/quality%") == {}
    look(drawn, NEXT_MONDAY)
    look(drawn, NEXT_MONDAY + timedelta(days=3))
    assert list(told(drawn, "escalated", "/quality?week=2026-W51&state=waiting")) == ["wu"]
    assert len(told(drawn, "escalated", "/quality%")["wu"]) == 1
    assert told(drawn, "reminded", "/quality%") == reminded


def test_what_is_checked_in_time_is_not_reminded_of(drawn: Ledger, runtime: Runtime) -> None:
    check(runtime, drawn)
    look(drawn, FRIDAY_9AM)
    assert "还有 1 张没有质检" in told(drawn, "reminded", "/quality%")["zhou"][0]
    check(runtime, drawn, number=2)
    look(drawn, NEXT_MONDAY)
    assert told(drawn, "escalated", "/quality%") == {}


def test_who_never_heard_of_it_is_reminded_when_it_is_late(drawn: Ledger) -> None:
    look(drawn, NEXT_MONDAY)  # nobody looked all week
    assert {who: len(said) for who, said in told(drawn, "reminded", "/quality%").items()} == {"zhou": 1, "min": 1}
    assert {who: len(said) for who, said in told(drawn, "escalated", "/quality%").items()} == {"wu": 1}


def test_a_supervisors_own_case_is_for_the_others(ledger: Ledger) -> None:
    ledger.case(ended="12-16 12:00", owner="zhou", first="zhou")
    look(ledger, at("12-21 00:00"))
    look(ledger, FRIDAY_9AM)
    assert list(told(ledger, "reminded", "/quality%")) == ["min"]


@pytest.mark.parametrize(
    ("added", "due"),
    [
        ("12-21 00:00", "12-28 00:00"),  # drawn on Monday: the end of the week
        ("12-24 15:00", "12-30 00:00"),  # by hand on Thursday: three working days at least
        ("12-27 23:00", "12-31 00:00"),  # on Sunday night
    ],
)
def test_a_sample_is_due_with_its_week_but_never_before_three_working_days(added: str, due: str) -> None:
    assert weeks.due_of_sample(at(added), None) == at(due)


def test_a_reminder_comes_on_a_working_morning() -> None:
    assert weeks.reminder_before(NEXT_MONDAY, None) == FRIDAY_9AM
    assert weeks.reminder_before(THURSDAY, None) == WEDNESDAY_9AM
    known = default_calendar()
    friday_off = replace(known, days={**known.days, FRIDAY_9AM.date(): DayKind.HOLIDAY})
    assert weeks.reminder_before(NEXT_MONDAY, friday_off) == at("12-24 09:00")


# --- objections ----------------------------------------------------------------------------------


@pytest.fixture
def objected(drawn: Ledger, runtime: Runtime) -> Ledger:
    check(runtime, drawn, Verdict(points={**form.SHIPPED, "tone": 5}, summary="生硬"))
    check(runtime, drawn, number=2)
    checking.object_to(runtime, 1, "没有生硬的话", person("li"))
    return drawn


def test_an_objection_is_decided_in_three_working_days(objected: Ledger) -> None:
    look(objected, at("12-24 09:00") - SECOND)
    assert told(objected, "reminded", "/quality/1") == {}
    look(objected, at("12-24 09:00"))
    assert list(told(objected, "reminded", "/quality/1")) == ["min"]  # zhou has checked it
    look(objected, at("12-25 00:00"))
    look(objected, at("12-30 00:00"))
    assert {who: len(said) for who, said in told(objected, "escalated", "/quality/1").items()} == {"wu": 1}
    assert len(told(objected, "reminded", "/quality/1")["min"]) == 1


def test_a_decided_objection_is_not_reminded_of(objected: Ledger, runtime: Runtime) -> None:
    checking.decide(runtime, 1, words.UPHELD, "维持", person("min"))
    look(objected, at("12-30 00:00"))
    assert told(objected, "reminded", "/quality/1") == {}
    assert told(objected, "escalated", "/quality/1") == {}


# --- appraisals ----------------------------------------------------------------------------------


def write(ledger: Ledger, who: str = "li", month: str = "2026-12") -> None:
    with ledger.db.begin() as tx:
        texts = {"guidance": "耐心", "plan": "", "career": ""}
        appraisals.write(tx, who, month, person("zhou"), now=ledger.clock.now(), **texts)


def test_an_appraisal_is_signed_in_three_working_days(ledger: Ledger) -> None:
    look(ledger, at("12-20 12:00"))
    write(ledger)  # on Sunday
    look(ledger, WEDNESDAY_9AM - SECOND)
    assert told(ledger, "reminded") == {}
    look(ledger, WEDNESDAY_9AM)
    assert list(told(ledger, "reminded", "/appraisals/li?month=2026-12")) == ["li"]
    look(ledger, THURSDAY)
    look(ledger, at("12-25 00:00"))
    late = told(ledger, "escalated", "/appraisals/li?month=2026-12")
    assert {who: len(said) for who, said in late.items()} == {"zhou": 1}
    assert "李娜" in late["zhou"][0]
    assert len(told(ledger, "reminded")["li"]) == 1


def test_an_appraisal_written_anew_has_its_days_anew_and_a_signed_one_none(ledger: Ledger) -> None:
    look(ledger, at("12-20 12:00"))
    write(ledger)
    look(ledger, at("12-22 12:00"))
    write(ledger)
    look(ledger, THURSDAY)
    assert told(ledger, "reminded") == {}
    with ledger.db.begin() as tx:
        appraisals.sign(tx, "li", "2026-12", person("li"), reply="", now=ledger.clock.now())
    look(ledger, at("12-30 12:00"))
    assert told(ledger, "reminded", "/appraisals%") == {}
    assert told(ledger, "escalated", "/appraisals%") == {}


def test_a_months_appraisals_are_written_by_its_fifth_working_day(ledger: Ledger) -> None:
    ledger.case(opened="12-16 10:00", ended=None)
    look(ledger, at("12-20 12:00"))
    write(ledger)
    look(ledger, january(8, 9) - SECOND)  # 1 January is a holiday: Friday the 8th is the fifth working day
    assert told(ledger, "reminded", "/appraisals?%") == {}
    look(ledger, january(8, 9))
    reminded = told(ledger, "reminded", "/appraisals?month=2026-12")
    assert sorted(reminded) == ["min", "wu", "zhou"]
    assert "还有 2 位" in reminded["zhou"][0]  # chen and wang
    assert "还有 2 位" in reminded["wu"][0]  # the supervisors themselves
    write(ledger, "wang")
    look(ledger, january(9))
    look(ledger, january(20))
    late = told(ledger, "escalated", "/appraisals?month=2026-12")
    assert list(late) == ["wu"]
    assert len(late["wu"]) == 1
    assert "还有 3 位" in late["wu"][0]
    assert told(ledger, "reminded", "/appraisals?month=2026-12") == reminded


def test_nobody_is_blamed_for_the_time_before_the_first_look(ledger: Ledger) -> None:
    ledger.case(opened="11-16 10:00", ended="11-16 12:00")
    look(ledger, at("12-20 12:00"))  # November's were due on 7 December
    look(ledger, january(20))  # and in December there was no case
    assert told(ledger, "reminded", "/appraisals?%") == {}
    assert told(ledger, "escalated", "/appraisals?%") == {}


# --- the survey ----------------------------------------------------------------------------------


def answer(ledger: Ledger, count: int) -> None:
    with ledger.db.begin() as tx:
        tx.connection.execute(delete(survey_answer))
        rows = [{"month": "2026-12", "id": f"{number:032}", "marks": "44444", "text": ""} for number in range(count)]
        tx.connection.execute(insert(survey_answer), rows)


def test_who_has_not_answered_is_reminded_on_the_months_last_working_day(ledger: Ledger) -> None:
    look(ledger, at("12-20 12:00"))
    with ledger.db.begin() as tx:
        survey.answer(tx, person("li"), [4] * 5, "", now=ledger.clock.now())
    look(ledger, at("12-31 09:00") - SECOND)
    assert told(ledger, "reminded", "/survey%") == {}
    look(ledger, at("12-31 09:00"))
    look(ledger, at("12-31 18:00"))
    counted = Counter({who: len(said) for who, said in told(ledger, "reminded", "/survey").items()})
    assert counted == {"wang": 1, "chen": 1, "zhou": 1, "min": 1}


def test_a_survey_with_enough_answers_is_evaluated_by_the_fifth_working_day(ledger: Ledger) -> None:
    look(ledger, at("12-20 12:00"))
    answer(ledger, survey.LEAST)
    look(ledger, january(8, 9))
    page = "/survey?month=2026-12"
    assert sorted(told(ledger, "reminded", page)) == ["min", "zhou"]
    look(ledger, january(9))
    look(ledger, january(20))
    assert {who: len(said) for who, said in told(ledger, "escalated", page).items()} == {"wu": 1}
    assert {who: len(said) for who, said in told(ledger, "reminded", page).items()} == {"zhou": 1, "min": 1}


def test_a_survey_with_few_answers_or_an_evaluation_waits_for_nobody(ledger: Ledger) -> None:
    look(ledger, at("12-20 12:00"))
    answer(ledger, survey.LEAST - 1)
    look(ledger, january(8, 9))
    assert told(ledger, "reminded", "/survey?%") == {}
    answer(ledger, survey.LEAST)
    with ledger.db.begin() as tx:
        survey.evaluate(tx, "2026-12", person("zhou"), "排班要早", now=ledger.clock.now())
    look(ledger, january(9))
    assert told(ledger, "escalated", "/survey?%") == {}


def test_an_evaluation_is_written_once_of_a_month_that_is_over_by_who_leads(ledger: Ledger) -> None:
    answer(ledger, survey.LEAST)
    with ledger.db.begin() as tx, pytest.raises(InvalidValue):
        survey.evaluate(tx, "2026-12", person("zhou"), "还没有过完", now=at("12-31 23:59"))
    ledger.clock.advance_to(january(4))
    with ledger.db.begin() as tx:
        for nobody in ("li", "xu"):
            with pytest.raises(NotAllowed):
                survey.evaluate(tx, "2026-12", person(nobody), "我来", now=ledger.clock.now())
        for text in ("", " ", "长" * 1001):
            with pytest.raises(InvalidValue):
                survey.evaluate(tx, "2026-12", person("zhou"), text, now=ledger.clock.now())
        with pytest.raises(InvalidValue):
            survey.evaluate(tx, "2026-11", person("zhou"), "没有人填", now=ledger.clock.now())
        survey.evaluate(tx, "2026-12", person("zhou"), "排班要早", now=ledger.clock.now())
        with pytest.raises(StepError):
            survey.evaluate(tx, "2026-12", person("wu"), "我也写", now=ledger.clock.now())
        known = survey.find_evaluation(tx.connection, "2026-12")
    assert known is not None
    assert (known.text, known.written_by_name) == ("排班要早", "周敏")


def test_where_assessment_types_are_kept_only_those_who_have_one_are_appraised(ledger: Ledger) -> None:
    ledger.case(opened="12-16 10:00", ended=None)
    look(ledger, at("12-20 12:00"))
    with ledger.db.begin() as tx:
        made = {"made_by": "wu", "made_at": 0}
        rows = [("li", "general", "2026-11"), ("wang", "general", "2026-10"), ("wang", "", "2026-12")]
        rows.append(("chen", "general", "2027-01"))
        values = [{"person": who, "type": kind, "valid_from": since, **made} for who, kind, since in rows]
        tx.connection.execute(insert(kpi_agent_type), values)
    look(ledger, january(8, 9))
    reminded = told(ledger, "reminded", "/appraisals?month=2026-12")
    assert sorted(reminded) == ["min", "zhou"]
    assert "还有 1 位" in reminded["zhou"][0]
