"""The call log: everybody has an entry and is answered in time, else the supervisors know (SLA-01, 02, 04, 26)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from engine import attachments, calendars, canonical
from engine.attachments import Folder, sample
from engine.clock import to_microseconds
from engine.customers import call_log, calling, calls, registering
from engine.customers.calls import Call, CallOver, CallProblem
from engine.customers.keeping_up import tell_who_is_late
from engine.errors import InvalidValue, NotAllowed, NotFound, OwnCase
from engine.model import SYSTEM, Actor
from engine.store.database import Database
from engine.store.tables import register_row
from engine.worktime import Span, default_calendar
from tests.engine.customers.pen import (
    LI,
    MONDAY_9AM,
    QIAN,
    SUN,
    WU,
    XU,
    ZHOU,
    add_order,
    add_people,
    system_events,
    told,
)
from tests.engine.shop_desk import ShopDesk

CALL = {"kind": "inquiry", "source": "phone", "contact_phone": "13800000000", "contact_name": "张三", "note": "有货吗"}
QUOTE = {"kind": "quote", "source": "phone", "contact_phone": "13800000000", "contact_name": "张三"}
#: The Monday after, at two in the morning: the shop opens at nine.
MONDAY_2AM = datetime.fromisoformat("2026-01-05T02:00+08:00")
MINUTE = timedelta(minutes=1)


def enter(
    db: Database, typed: dict[str, str], actor: Actor = LI, *, now: datetime = MONDAY_9AM, key: str | None = None
) -> Call:
    with db.begin() as tx:
        return registering.register(tx, typed, actor, now=now, submission_key=key)


def answer(
    db: Database, call: Call, actor: Actor = LI, *, result: str = "answered", text: str = "有货", now: datetime
) -> Call:
    with db.begin() as tx:
        return calling.answer(tx, call.id, result, text, actor, now=now)


# --- when an answer is due -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "limit"),
    [
        (CALL, timedelta(minutes=5)),
        ({**CALL, "kind": "complaint"}, timedelta(minutes=5)),
        ({**CALL, "source": "message"}, timedelta(hours=1)),
        (QUOTE, timedelta(hours=8)),
        ({**QUOTE, "source": "message"}, timedelta(hours=8)),
    ],
)
def test_an_answer_is_due_by_kind(db: Database, typed: dict[str, str], limit: timedelta) -> None:
    at = datetime.fromisoformat("2026-01-05T10:00+08:00")
    assert enter(db, typed, now=at).due_at == at + limit


def test_a_message_left_at_night_is_due_an_hour_after_the_opening(db: Database) -> None:
    found = enter(db, {**CALL, "source": "message"}, now=MONDAY_2AM)
    assert found.due_at == datetime.fromisoformat("2026-01-05T10:00+08:00")


def test_a_message_that_is_entered_in_the_morning_counts_from_when_it_came(db: Database) -> None:
    typed = {**CALL, "source": "message", "received_at": MONDAY_2AM.isoformat()}
    found = enter(db, typed, now=datetime.fromisoformat("2026-01-05T09:40+08:00"))
    assert found.received_at == MONDAY_2AM
    assert found.due_at == datetime.fromisoformat("2026-01-05T10:00+08:00")


def test_a_message_on_a_holiday_waits_for_the_next_day_of_work(db: Database) -> None:
    new_year = datetime.fromisoformat("2026-01-01T12:00+08:00")
    found = enter(db, {**CALL, "source": "message"}, now=new_year)
    assert found.due_at is not None
    assert found.due_at > new_year + timedelta(hours=20)


def test_a_quote_in_the_evening_goes_on_in_the_morning(db: Database) -> None:
    evening = datetime.fromisoformat("2026-01-05T22:30+08:00")
    assert enter(db, QUOTE, now=evening).due_at == datetime.fromisoformat("2026-01-06T16:00+08:00")


def test_the_shops_own_calendar_counts(db: Database) -> None:
    with db.begin() as tx:
        add_order(tx, "SO-1", shop="静安门店")
        calendar = default_calendar()
        late = replace(calendar, week=((Span(12 * 60, 18 * 60),),) * 7, _kept={})
        calendars.save(tx, late, SYSTEM, now=MONDAY_9AM - timedelta(days=1), shop="静安门店")
    at = datetime.fromisoformat("2026-01-05T09:00+08:00")
    found = enter(db, {**CALL, "order_id": "SO-1"}, now=at)
    assert (found.shop, found.customer_id) == ("静安门店", "C-88")
    assert found.due_at == datetime.fromisoformat("2026-01-05T12:05+08:00")


def test_what_was_answered_on_the_spot_is_not_due_but_a_message_is(db: Database) -> None:
    assert enter(db, {**CALL, "answered": "1"}).due_at is None
    assert enter(db, {**CALL, "answered": "1", "source": "message"}).due_at is not None


# --- entering ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "gossip"}, "kind"),
        ({"source": "pigeon"}, "source"),
        ({"note": ""}, "note"),
        ({"note": "长" * 2001}, "note"),
        ({"contact_phone": ""}, "contact_phone"),
        ({"order_id": "SO-404"}, "order_id"),
        ({"customer_id": "C-404"}, "customer_id"),
        ({"received_at": "yesterday"}, "received_at"),
        ({"received_at": "2026-01-05T09:00"}, "received_at"),
        ({"received_at": "2026-01-05T10:00+08:00"}, "received_at"),
        ({"received_at": "2025-11-02T10:00+08:00"}, "received_at"),
    ],
)
def test_a_call_that_says_too_little_is_refused_at_its_field(db: Database, changed: dict[str, str], field: str) -> None:
    with pytest.raises(CallProblem) as refused:
        enter(db, {**CALL, **changed})
    assert refused.value.field == field


@pytest.mark.parametrize("missing", ["contact_name", "contact_phone"])
def test_a_quote_needs_name_and_contact_and_nothing_else(db: Database, missing: str) -> None:
    assert enter(db, QUOTE).details == {"contact_name": "张三", "contact_phone": "13800000000"}
    with pytest.raises(CallProblem) as refused:
        enter(db, {**QUOTE, missing: " "})
    assert refused.value.field == missing


def test_the_fields_of_a_quote_are_kept_for_quotes_only(db: Database) -> None:
    more = {"company": "某某物流", "goods": "化工品", "route": "杭州—上海", "volume": "3 吨", "special": "防潮"}
    assert enter(db, {**QUOTE, **more}).shown["route"] == "杭州—上海"
    assert "company" not in enter(db, {**CALL, **more}).details


def test_the_same_submission_is_one_entry(db: Database) -> None:
    first, again = enter(db, CALL, key="k1"), enter(db, CALL, key="k1")
    assert first.id == again.id
    assert enter(db, CALL, key="k2").id != first.id


def test_names_and_numbers_are_masked_and_stand_in_no_history(db: Database) -> None:
    found = enter(db, {**CALL, "note": "请打13911112222"})
    assert found.shown == {"contact_name": "张**", "contact_phone": "138****0000", "note": "请打139****2222"}
    told_values = b"".join(values for _, values in system_events(db))  # type: ignore[misc]
    assert b"13800000000" not in told_values
    assert "张三".encode() not in told_values


@pytest.mark.parametrize("actor", [QIAN, XU])
def test_who_lacks_p25_enters_nothing(db: Database, actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        enter(db, CALL, actor)


def test_a_file_of_a_quote_becomes_its_own_and_is_handed_out_logged(db: Database) -> None:
    kept = attachments.keep(db, Folder.beside(db), "msds.pdf", sample("msds.pdf"), actor=LI, now=MONDAY_9AM)
    found = enter(db, {**QUOTE, "msds": kept.id})
    assert found.file is not None
    assert found.file["name"] == "msds.pdf"
    with pytest.raises(InvalidValue):
        enter(db, {**QUOTE, "msds": kept.id})
    with db.begin() as tx:
        assert calling.open_file(tx, found.id, SUN, now=MONDAY_9AM).id == kept.id
        with pytest.raises(NotFound):
            calling.open_file(tx, found.id, QIAN, now=MONDAY_9AM)
    assert [kind for kind, _ in system_events(db)][-1] == "call.file_downloaded"


# --- answering -----------------------------------------------------------------------------------


def test_an_answer_in_time_and_one_too_late(db: Database) -> None:
    first, second = enter(db, CALL), enter(db, CALL)
    assert answer(db, first, now=MONDAY_9AM + 5 * MINUTE).in_time is True
    assert answer(db, second, now=MONDAY_9AM + 5 * MINUTE + timedelta(seconds=1)).in_time is False
    assert enter(db, {**CALL, "answered": "1"}).in_time is None


def test_only_the_first_answer_counts(db: Database) -> None:
    call = enter(db, CALL)
    answer(db, call, LI, now=MONDAY_9AM)
    with pytest.raises(CallOver):
        answer(db, call, SUN, now=MONDAY_9AM)
    with db.begin() as tx, pytest.raises(CallOver):
        calling.take(tx, call.id, SUN, now=MONDAY_9AM)


def test_a_quote_is_answered_with_a_price_or_without(db: Database) -> None:
    with pytest.raises(CallProblem):
        answer(db, enter(db, QUOTE), result="answered", now=MONDAY_9AM)
    assert answer(db, enter(db, QUOTE), result="no_price", now=MONDAY_9AM).result == "no_price"
    with pytest.raises(CallProblem):
        answer(db, enter(db, CALL), result="quoted", now=MONDAY_9AM)


@pytest.mark.parametrize(("result", "text"), [("answered", " "), ("answered", "长" * 2001), ("case", "x"), ("", "x")])
def test_an_answer_says_something(db: Database, result: str, text: str) -> None:
    with pytest.raises(CallProblem):
        answer(db, enter(db, CALL), result=result, text=text, now=MONDAY_9AM)


def test_who_cannot_be_reached_is_tried_three_times(db: Database) -> None:
    call = enter(db, CALL)
    for number in range(1, 4):
        with pytest.raises(CallProblem):
            answer(db, call, result="unreachable", now=MONDAY_9AM)
        with db.begin() as tx:
            tried = calling.attempt(tx, call.id, LI, now=MONDAY_9AM + number * MINUTE)
        assert (tried.attempts, tried.is_open) == (number, True)
    assert answer(db, call, result="unreachable", now=MONDAY_9AM + 4 * MINUTE).result == "unreachable"


def test_who_calls_back_is_named_and_others_leave_it(db: Database) -> None:
    call = enter(db, CALL, SUN)
    with db.begin() as tx:
        assert calling.take(tx, call.id, LI, now=MONDAY_9AM).taken_by == "li"
        with pytest.raises(CallOver):
            calling.take(tx, call.id, Actor(id="x", name="x", groups=frozenset({"presales"})), now=MONDAY_9AM)
        assert calling.take(tx, call.id, ZHOU, now=MONDAY_9AM).taken_by == "zhou"


def test_the_contact_is_shown_to_who_calls_back_and_logged(db: Database) -> None:
    call = enter(db, CALL, LI)
    with db.begin() as tx:
        with pytest.raises(NotFound):
            calling.reveal(tx, call.id, SUN, now=MONDAY_9AM)
        for actor in (LI, ZHOU, WU):
            assert calling.reveal(tx, call.id, actor, now=MONDAY_9AM).details["contact_phone"] == "13800000000"
        for actor in (QIAN, XU):
            with pytest.raises(NotFound):
                calling.reveal(tx, call.id, actor, now=MONDAY_9AM)
    assert [kind for kind, _ in system_events(db)].count("call.contact_revealed") == 3


def test_nobody_answers_the_own_call(db: Database) -> None:
    with db.begin() as tx:
        add_order(tx, "SO-1")
    call = enter(db, {**CALL, "order_id": "SO-1"})
    buyer = Actor(id="sun", name="孙悦", groups=frozenset({"presales"}), customer_ids=frozenset({"C-88"}))
    with pytest.raises(OwnCase):
        answer(db, call, buyer, now=MONDAY_9AM)


# --- lists and what is late ----------------------------------------------------------------------


def test_those_who_wait_stand_by_due_time_and_page_by_page(db: Database) -> None:
    quote, call, message = enter(db, QUOTE), enter(db, CALL), enter(db, {**CALL, "source": "message"})
    enter(db, {**CALL, "answered": "1"})
    with db.read() as connection:
        first = calls.list_waiting(connection, limit=2)
        rest = calls.list_waiting(connection, after=first.next_after, limit=2)
        assert calls.count_waiting(connection) == 3
    assert [row.id for row in (*first.rows, *rest.rows)] == [call.id, message.id, quote.id]
    assert rest.next_after is None


def test_the_supervisors_are_told_once_when_a_caller_waits_too_long(db: Database) -> None:
    add_people(db)
    call = enter(db, CALL)
    for at, count in [(5 * MINUTE - timedelta(seconds=1), 0), (5 * MINUTE, 1), (6 * MINUTE, 1)]:
        tell_who_is_late(db, MONDAY_9AM + at)
        assert len(told(db, "zhou")) == count
    assert told(db, "zhou") == ["咨询来电超时未答复,还没有人认领。"]
    assert told(db, "sun") == []
    answer(db, call, now=MONDAY_9AM + 7 * MINUTE)
    assert [kind for kind, _ in system_events(db)].count("call.overdue") == 1


def test_who_was_answered_in_time_is_nobodys_delay(db: Database) -> None:
    add_people(db)
    answer(db, enter(db, CALL), now=MONDAY_9AM + MINUTE)
    tell_who_is_late(db, MONDAY_9AM + timedelta(days=1))
    assert told(db, "zhou") == []


# --- complaints ----------------------------------------------------------------------------------


def test_a_case_that_a_call_opened_answers_it_once(db: Database) -> None:
    call = enter(db, {**CALL, "kind": "complaint"})
    for _ in range(2):
        with db.begin() as tx:
            calling.link_case(tx, call.id, "12", LI, now=MONDAY_9AM + MINUTE)
    with db.read() as connection:
        found = calls.get(connection, call.id)
    assert (found.case_id, found.result, found.in_time) == ("12", "case", True)
    assert [kind for kind, _ in system_events(db)].count("call.case_opened") == 1


def test_the_log_shows_registered_complaints_too_but_none_twice(desk: ShopDesk) -> None:
    one, two = desk.inquire(), desk.inquire()
    with desk.db.begin() as tx:
        for number, key in enumerate((one, two)):
            values = {"description": "电话13800000000投诉", "customer_id": "C-88", "first_owner": "li"}
            row = {"id": number + 1, "register": "call_log", "instance": key, "case_id": str(key), "element": "x"}
            at = to_microseconds(MONDAY_9AM - number * MINUTE)
            tx.connection.execute(
                register_row.insert().values(values=canonical.encode(values), opened_at=at, written_at=at, **row)
            )
    call = enter(desk.db, {**CALL, "kind": "complaint"})
    with desk.db.begin() as tx:
        calling.link_case(tx, call.id, str(two), LI, now=MONDAY_9AM)
    enter(desk.db, CALL, now=MONDAY_9AM + MINUTE)
    seen, after = [], None
    with desk.db.read() as connection:
        while True:
            page = call_log.list_log(connection, after=after, limit=1)
            seen += page.rows
            after = page.next_after
            if after is None:
                break
        complaints = call_log.list_log(connection, kind="complaint").rows
        messages = call_log.list_log(connection, source="message").rows
        visible = call_log.visible_cases(connection, SUN, [line.case_id for line in seen])
    assert [(line.kind, line.call is None, line.case_id) for line in seen] == [
        ("inquiry", False, None),
        ("complaint", False, str(two)),
        ("complaint", True, str(one)),
    ]
    assert len(complaints) == 2
    assert messages == ()
    assert seen[2].text == "电话138****0000投诉"
    assert visible == frozenset()
