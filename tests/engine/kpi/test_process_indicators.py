"""Indicators of the platform's own rows: each value, and a list that has exactly the rows it counts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import insert

from engine.clock import to_microseconds
from engine.kpi.board import Board
from engine.kpi.evidence import people_of
from engine.kpi.facts import FACTS, Side, count_items, list_items
from engine.kpi.figures import FigureKind
from engine.kpi.indicators import INDICATORS
from engine.kpi.people import circle_of
from engine.kpi.periods import Period, read_period
from engine.kpi.readings import TOTAL, From
from engine.store.tables import call_entry
from tests.engine.kpi.ledger import NOVEMBER, Ledger, at, person

D = Decimal


def behind(
    ledger: Ledger, indicator: str, who: str = TOTAL, period: Period = NOVEMBER
) -> dict[tuple[str, str], list[str]]:
    """(facts, side) → references of the listed rows; every list has as many rows as its part says."""
    found: dict[tuple[str, str], list[str]] = {}
    with ledger.db.read() as connection:
        board = Board(connection, circle_of(connection, person("wu")), period, ledger.clock.now())
        for part in board.read(INDICATORS[indicator])[who].parts:
            if part.kind is not From.FACTS:
                continue
            whole = INDICATORS[indicator].credited == "全店"
            facts, people = FACTS[part.id], people_of(board, who, whole_shop=whole)
            refs, after = [], None
            while True:  # pages of two, so that the places between them are tried too
                page = list_items(facts, board.scope, Side(part.side), people=people, after=after, limit=2)
                refs += [item.ref for item in page.items]
                after = page.next_after
                if after is None:
                    break
            assert len(refs) == len(set(refs)) or part.id in ("costs", "losses")
            assert len(refs) == part.count == count_items(facts, board.scope, Side(part.side), people), part
            found[part.id, part.side] = refs
    return found


# --- K17, K19, K20: what came of cases ------------------------------------------------------------


def handled(ledger: Ledger) -> dict[str, int]:
    """Six closed cases, each with its own fate; and some that are none of them."""
    cases = {
        "good": ledger.case(order="SO-1"),
        "unsolved": ledger.case("p12_return", end="end_not_returned", order="SO-2"),
        "again": ledger.case(order="SO-3"),
        "complained": ledger.case(order="SO-4"),
        "passed on": ledger.case(order="SO-5", first="wang"),
        "late again": ledger.case(order="SO-6"),
    }
    ledger.case(order="SO-3", opened="11-09 10:00", ended=None)
    ledger.case("p13_rights_protection", order="SO-4", opened="11-08 10:00", ended=None)
    ledger.case(order="SO-6", opened="11-10 12:01", ended=None)  # a minute more than seven days
    ledger.case("p07_delivery", order="SO-7", end="end_dispatched")  # no request
    ledger.case(order="SO-8", status="cancelled", end=None)
    ledger.case(order="SO-9", opened="10-31 10:00", ended="10-31 23:59")
    return cases


def test_the_share_of_cases_that_ended_solved(ledger: Ledger) -> None:
    cases = handled(ledger)
    assert ledger.value("K20") == D(5) / D(6)
    lists = behind(ledger, "K20")
    assert str(cases["unsolved"]) not in lists["solved", "hit"]
    assert sorted(lists["solved", "all"]) == sorted(map(str, cases.values()))


def test_a_solved_case_counts_unless_it_comes_again_or_a_complaint_follows(ledger: Ledger) -> None:
    cases = handled(ledger)
    assert sorted(behind(ledger, "K17")["effective", "hit"]) == sorted(
        str(cases[name]) for name in ("good", "passed on", "late again")
    )
    assert ledger.value("K17") == D("0.5")


def test_a_complaint_that_the_case_itself_opened_counts_against_it(ledger: Ledger) -> None:
    case = ledger.case(order=None)
    assert ledger.value("K17") == 1
    ledger.case("p13_rights_protection", linked=str(case), order=None, ended=None)
    assert ledger.value("K17") == 0


def test_another_customers_case_about_the_order_is_no_return_of_this_one(ledger: Ledger) -> None:
    ledger.case(order="SO-1", customer="C-1")
    ledger.case(order="SO-1", customer="C-2", opened="11-05 10:00", ended=None)
    assert ledger.value("K17") == 1
    assert ledger.value("K19") == 1


def test_at_first_contact_means_neither_passed_on_nor_back_within_seven_days(ledger: Ledger) -> None:
    cases = handled(ledger)
    offered = ledger.case(order="SO-10")
    ledger.passed_on(offered, status="returned")
    taken = ledger.case(order="SO-11")
    ledger.passed_on(taken)
    hits = behind(ledger, "K19")["first_contact", "hit"]
    assert sorted(hits) == sorted(map(str, (cases["good"], cases["unsolved"], cases["late again"], offered)))


def test_a_share_of_cases_is_provisional_until_seven_days_after_the_period(ledger: Ledger) -> None:
    ledger.case(opened="12-10 10:00", ended="12-10 11:00")
    ledger.case(opened="11-30 10:00", ended="11-30 11:00")
    assert ledger.read("K17", period=read_period("2026-12-10")).provisional is False
    assert ledger.read("K17", period=read_period("2026-W50")).provisional is True  # over on the 13th: until the 21st
    assert ledger.read("K17").provisional is False


def test_nothing_closed_is_no_value_and_not_zero(ledger: Ledger) -> None:
    reading = ledger.read("K20")
    assert reading.value is None
    assert reading.missing == "本期没有已结工单"


def test_people_have_their_own_values_and_the_total_has_all(ledger: Ledger) -> None:
    ledger.case(owner="li")
    ledger.case(owner="wang", end="end_nothing")
    ledger.case(owner="gone.long.ago")
    assert ledger.value("K20", "li") == 1
    assert ledger.value("K20", "wang") == 0
    assert ledger.value("K20") == D(2) / D(3)
    assert len(behind(ledger, "K20", "li")["solved", "all"]) == 1


# --- K05, K07, K25, K32: times -------------------------------------------------------------------


def test_first_responses_are_measured_to_the_first_completed_task_and_missing_ones_are_late(ledger: Ledger) -> None:
    answered = ledger.case()
    ledger.task(answered, ended="11-03 11:00")
    ledger.task(answered, ended="11-03 10:30")
    slow = ledger.case(channel="phone")
    ledger.task(slow, ended="11-03 10:06")
    silent = ledger.case(ended=None)
    ledger.case(opened_by="system")  # nobody asked
    assert ledger.value("K05") == (1800 + 360) / 2
    lists = behind(ledger, "K25")
    assert lists["response_limit", "hit"] == [str(answered)]
    assert sorted(lists["response_limit", "all"]) == sorted(map(str, (answered, slow, silent)))
    assert ledger.value("K25") == D(1) / D(3)
    assert len(behind(ledger, "K05")["response_time", "all"]) == 2


def test_a_case_that_may_still_be_answered_in_time_is_not_counted(ledger: Ledger) -> None:
    ledger.case(opened="12-20 09:00", ended=None)
    assert ledger.read("K25", period=read_period("2026-12-20")).value is None
    ledger.clock.advance_to(at("12-20 13:01"))
    assert ledger.value("K25", period=read_period("2026-12-20")) == 0


def test_tasks_in_time_are_those_completed_by_their_due_time(ledger: Ledger) -> None:
    case = ledger.case()
    ledger.task(case, ended="11-03 14:00", due="11-03 14:00")
    ledger.task(case, ended="11-03 14:01", due="11-03 14:00")
    ledger.task(case, due=None)
    ledger.task(case, ended=None)
    ledger.task(case, by="system")
    assert ledger.value("K32") == D("0.5")
    lists = behind(ledger, "K32")
    assert [len(lists["tasks_in_time", side]) for side in ("hit", "all")] == [1, 2]


def test_reply_time_of_after_sales_is_working_time_by_the_calendar(ledger: Ledger) -> None:
    case = ledger.case()
    ledger.task(case, created="11-03 10:00", ended="11-03 10:10")
    ledger.task(case, created="11-03 10:00", ended="11-03 10:20", by="wang")
    assert ledger.value("K07") == 900
    assert ledger.value("K07", "li") == 600
    assert ledger.read("K07", "chen").missing.startswith("缺少:聊天数据 2026年11月")
    assert len(behind(ledger, "K07")["tasks_handled", "all"]) == 2


# --- K14a, K22, K31, K36 -------------------------------------------------------------------------


def test_refunds_count_as_quick_within_48_hours_of_the_claim(ledger: Ledger) -> None:
    def payout(process: str, opened: str, paid: str | None, status: str = "completed") -> str:
        claim = ledger.case(process, opened=opened)
        key = ledger.case("s02_payout", parent=claim, opened=opened, status=status)
        if paid:
            ledger.paid_out(key, paid)
        return str(key)

    exact = payout("p01_compensation", "11-03 10:00", "11-05 10:00")
    late = payout("p12_return", "11-03 10:00", "11-05 10:01")
    never = payout("p12_return", "11-03 10:00", None, "active")
    payout("p12_return", "11-03 10:00", None)  # called off
    payout("p03_wrong_shipment", "11-03 10:00", "11-03 11:00")
    lists = behind(ledger, "K14a")
    assert lists["refunds", "hit"] == [exact]
    assert sorted(lists["refunds", "all"]) == sorted([exact, late, never])
    assert ledger.value("K14a") == D(1) / D(3)


def test_bad_reviews_are_handled_once_their_outcome_is_on_record_and_an_import_goes_before(ledger: Ledger) -> None:
    def review(when: str, **values: object) -> int:
        case = ledger.case("a31_review_care", opened=when, ended=None)
        ledger.register(case, "review_register", when, **{"rating": "negative", "attempts": D(1), **values})
        return case

    assert ledger.read("K14c").missing == "缺少:店铺数据 2026年11月(已处理差评数);本期没有差评"
    review("11-03 10:00", reached=True, meeting_week="2026-W46")
    review("11-04 10:00", reached=False, meeting_week="2026-W46")  # not reached after three calls, and on record
    review("11-05 10:00", reached=True)
    review("11-06 10:00", rating="neutral", meeting_week="2026-W46")  # no bad one
    review("10-31 10:00", meeting_week="2026-W45")
    assert (ledger.value("K14c"), ledger.read("K14c").source) == (D(2) / D(3), "P")
    assert ledger.value("K14c", "li") == D(2) / D(3)
    lists = behind(ledger, "K14c")
    assert len(lists["bad_reviews", "hit"]) == 2
    assert len(lists["bad_reviews", "all"]) == 3
    ledger.figures(FigureKind.SHOP, {"day": "2026-11-03", "person": "li", "bad_reviews": 4, "bad_handled": 1})
    assert (ledger.value("K14c", "li"), ledger.read("K14c", "li").source) == (D("0.25"), "I")


STEP = ("a22_payment", "remind_payment")


def test_reminders_are_those_of_the_payment_process_and_an_import_goes_before(ledger: Ledger) -> None:
    def reminded(end: str | None, *sent: str, open_since: str | None = None) -> None:
        case = ledger.case("a22_payment", opened="11-03 08:00", ended=None if end is None else "11-04 12:00", end=end)
        for when in sent:
            ledger.task(case, of=STEP, created=when, ended=when)
        if open_since is not None:
            status = "open" if end is None else "cancelled"
            ledger.task(case, of=STEP, created=open_since, ended=None, status=status)

    assert ledger.read("K16").missing == "缺少:店铺数据 2026年11月(催付次数);本期没有应催付"
    reminded("end_paid", "11-03 09:00", "11-03 20:00")
    reminded("end_closed_unpaid", "11-03 09:00")
    reminded("end_paid", open_since="11-03 09:00")  # paid before anybody reminded of it
    reminded(None, open_since="11-03 09:00")
    assert (ledger.value("K16"), ledger.read("K16").source) == (D(3) / D(4), "P")
    assert (ledger.value("K14b"), ledger.read("K14b").source) == (D(1) / D(3), "P")
    assert ledger.value("K14b", "li") == D(1) / D(3)
    lists = behind(ledger, "K14b")
    assert (len(lists["reminders_sent", "hit"]), len(lists["reminders_sent", "all"])) == (1, 3)
    ledger.figures(FigureKind.SHOP, {"day": "2026-11-03", "person": "li", "reminders": 8, "unpaid_due": 10})
    assert (ledger.value("K16", "li"), ledger.read("K16", "li").source) == (D("0.8"), "I")


def test_a_payout_within_a_called_claim_runs_from_the_claims_own_start(ledger: Ledger) -> None:
    root = ledger.case("p10_courier_query", opened="11-01 10:00")
    claim = ledger.case("p01_compensation", parent=root, opened="11-09 10:00")
    payout = ledger.case("s02_payout", parent=claim, opened="11-09 10:00")
    ledger.paid_out(payout, "11-10 10:00")
    assert ledger.value("K14a") == 1


def test_complaints_are_handled_when_closed_by_the_promised_time_else_in_seven_days(ledger: Ledger) -> None:
    def complaint(**more: str | None) -> str:
        return str(ledger.case("p13_rights_protection", end="end_withdrawn", opened="11-03 10:00", **more))

    in_time = [complaint(ended="11-10 10:00"), complaint(ended="11-04 10:00", promised="11-04 10:00")]
    complaint(ended="11-04 10:01", promised="11-04 10:00")
    complaint(ended="11-10 10:01")
    complaint(ended=None)
    assert ledger.value("K22") == D(2) / D(5)
    assert sorted(behind(ledger, "K22")["complaints", "hit"]) == sorted(in_time)


def test_promises_count_once_they_are_due_or_kept(ledger: Ledger) -> None:
    case = ledger.case()
    ledger.promise(case, "11-05 10:00", "11-05 10:00")
    ledger.promise(case, "11-06 10:00", "11-06 10:01")
    ledger.promise(case, "11-07 10:00")
    ledger.promise(case, "11-08 10:00", "11-08 09:00", replaced="11-07 12:00")
    assert ledger.value("K31") == D(1) / D(3)
    assert len(behind(ledger, "K31")["promises", "all"]) == 3


def test_quotes_within_eight_hours_and_call_backs_in_time_add_up(ledger: Ledger) -> None:
    quick = ledger.case("p04_bulk_order", opened="11-03 10:00", ended=None)
    ledger.register(quick, "bulk_order_register", quoted_at=at("11-03 18:00"))
    slow = ledger.case("p04_bulk_order", opened="11-03 10:00", ended=None)
    ledger.register(slow, "bulk_order_register", quoted_at=at("11-03 18:01"))
    ledger.case("p04_bulk_order", opened="11-03 10:00", ended="11-03 11:00")  # the customer went away
    silent = ledger.case("p04_bulk_order", opened="11-03 10:00", ended=None)
    with ledger.db.begin() as tx:
        for back in ("11-03 10:05", "11-03 10:06"):
            tx.connection.execute(
                insert(call_entry).values(
                    kind="inquiry", source="phone", details=b"{}", registered_by="li", called_back_by="wang",
                    registered_at=to_microseconds(at("11-03 10:00")), received_at=to_microseconds(at("11-03 10:00")),
                    due_at=to_microseconds(at("11-03 10:05")), called_back_at=to_microseconds(at(back)),
                )
            )  # fmt: skip
    lists = behind(ledger, "K36")
    assert lists["quotes", "hit"] == [str(quick)]
    assert sorted(lists["quotes", "all"]) == sorted(map(str, (quick, slow, silent)))
    assert len(lists["calls", "hit"]) == 1
    assert ledger.value("K36") == D(2) / D(5)
    assert ledger.value("K36", "wang") == D("0.5")


# --- K10, K21: what customers say ----------------------------------------------------------------


def test_satisfaction_adds_ratings_of_the_platform_and_of_visits(ledger: Ledger) -> None:
    ledger.visit(satisfied=4)
    ledger.visit(satisfied=3)
    ledger.visit(satisfied=5, asked="closing")
    assert ledger.value("K21") == D("0.5")
    assert ledger.value("K10") == D(2) / D(3)
    assert "聊天数据" in ledger.read("K10").caveat
    ledger.figures(FigureKind.CHAT, {"day": "2026-11-03", "person": "li", "ratings": 7, "satisfied": 6})
    reading = ledger.read("K10", "li")
    assert (reading.value, reading.source, reading.caveat) == (D(8) / D(10), "I+P", "")
    assert len(behind(ledger, "K10", "li")["rated", "all"]) == 3


# --- orders --------------------------------------------------------------------------------------


def test_orders_that_name_their_agent_give_volume_value_and_repeat_customers(ledger: Ledger) -> None:
    assert ledger.read("K03").missing.startswith("缺少:店铺数据 2026年11月")
    ledger.order("SO-1", customer="A", amount="100.10", agent="li")
    ledger.order("SO-2", customer="A", amount="50", agent="李娜")
    ledger.order("SO-3", customer="B", amount="30", agent="wang")
    ledger.order("SO-4", customer="A", amount="20", agent="wang")
    ledger.order("SO-5", customer="C", amount="7", agent=None)
    ledger.order("SO-0", customer="B", paid="06-05 10:00", agent="wang")
    ledger.order("SO-9", customer="D", paid=None, stage="unpaid")
    assert (ledger.value("K03", "li"), ledger.value("K03", "wang"), ledger.value("K03")) == (2, 2, 5)
    assert ledger.value("K03b", "li") == D("150.10")
    assert ledger.value("K04", "li") == D("150.10")
    assert ledger.value("K04") == D("207.10") / 3, "A bought from both, and is one customer"
    assert ledger.value("K03", "chen") == 0
    assert ledger.value("K29") == D(2) / D(3), "A three times, B twice in 180 days"
    assert sorted(behind(ledger, "K03")["orders", "all"]) == ["SO-1", "SO-2", "SO-3", "SO-4", "SO-5"]
    assert len(behind(ledger, "K29")["buyers", "all"]) == 3
    assert len(behind(ledger, "K29", "wang")["buyers", "all"]) == 2
    assert len(behind(ledger, "K04")["customers", "all"]) == 3


def test_an_order_181_days_ago_makes_no_repeat_customer(ledger: Ledger) -> None:
    ledger.order("SO-1", customer="A")
    ledger.order("SO-0", customer="A", paid="06-03 23:59")  # 180 days before 1 December begin on 4 June
    assert ledger.value("K29") == 0
    ledger.order("SO-00", customer="A", paid="06-04 00:01")
    assert ledger.value("K29") == 1


def test_refunded_orders_are_those_of_the_period_whose_refund_was_paid(ledger: Ledger) -> None:
    for number in range(4):
        ledger.order(f"SO-{number}", agent="li")
    case = ledger.case()
    ledger.register(case, "refund_register", order_id="SO-0", status="已打款", payout_kind="refund")
    for order, status, kind in (("SO-1", "待打款", "refund"), ("SO-2", "已打款", "difference")):
        other = ledger.case()
        ledger.register(other, "refund_register", order_id=order, status=status, payout_kind=kind)
    assert ledger.value("K11", "li") == D("0.25")
    assert behind(ledger, "K11", "li")["orders_refunded", "hit"] == ["SO-0"]


def test_returns_by_paid_orders_and_what_they_cost(ledger: Ledger) -> None:
    for number in range(4):
        ledger.order(f"SO-{number}", agent="li" if number else "wang")
    back = ledger.case("p12_return", order="SO-1", owner="wang")
    ledger.case("p09_exchange", order="SO-0")
    ledger.case("p10_courier_query", order="SO-2")
    ledger.register(back, "refund_register", paid_amount=D("99.90"), paid_at=at("11-04 10:00"))
    ledger.register(back, "compensation_register", paid_amount=D(5), paid_at=None)
    ledger.register(back, "shipment_register", freight_cost=D("12.5"), dispatch_kind="exchange")
    assert ledger.value("K28") == D("0.5")
    assert ledger.value("K28", "li") == D(1) / D(3)
    assert ledger.value("K28b") == D("112.40")
    assert ledger.value("K28b", "li") == D("112.40")
    assert ledger.value("K28b", "wang") == 0
    behind(ledger, "K28")
    assert len(behind(ledger, "K28b")["losses", "all"]) == 2


def test_volume_is_counted_by_the_day_of_dispatch(ledger: Ledger) -> None:
    case = ledger.case("p07_delivery")
    ledger.register(case, "shipment_register", dispatched_at=at("11-01 00:00"))
    for when in ("11-30 23:59", "12-01 00:00", "10-31 23:59"):
        ledger.register(ledger.case("p07_delivery"), "shipment_register", dispatched_at=at(when))
    assert ledger.value("K30") == D(2) / D(30)
    assert ledger.read("K30", "li").missing == "按全店统计"
    assert len(behind(ledger, "K30")["parcels", "all"]) == 2


def test_cost_of_service_by_order_adds_compensation_gifts_discounts_and_freight(ledger: Ledger) -> None:
    ledger.order("SO-1", agent=None)
    ledger.order("SO-2", agent=None)
    paid, day = {"paid_at": at("11-04 10:00")}, {"dispatched_at": at("11-04 10:00")}
    ledger.register(ledger.case(), "compensation_register", paid_amount=D(20), **paid)
    ledger.register(ledger.case(), "compensation_register", paid_amount=D(500), paid_at=at("12-01 00:00"))
    ledger.register(ledger.case(), "urge_register", gift_value=D(6))
    ledger.register(
        ledger.case(), "bulk_order_register", goods_amount=D(1000), final_amount=D(900), confirmed_at=at("11-09 10:00")
    )
    ledger.register(ledger.case(), "bulk_order_register", goods_amount=D(1000), final_amount=D(900))
    ledger.register(
        ledger.case(), "shipment_register", freight_cost=D(8), dispatch_kind="reship", order_id="SO-8", **day
    )
    ledger.register(
        ledger.case(), "shipment_register", freight_cost=D(9), dispatch_kind="order", order_id="SO-9", **day
    )
    ledger.register(
        ledger.case(), "shipment_register", freight_cost=D(3), dispatch_kind="order", order_id="SO-1", **day
    )
    ledger.register(ledger.case(), "gift_freeship_register", order_id="SO-1", final_freeship=True)
    assert ledger.value("K33") == D(20 + 6 + 100 + 8 + 3) / 2
    assert len(behind(ledger, "K33")["costs", "all"]) == 5


def test_open_receivables_are_confirmed_bulk_orders_still_unpaid_now(ledger: Ledger) -> None:
    ledger.order("SO-1", paid=None, stage="unpaid", agent="li")
    ledger.order("SO-2", stage="paid", agent="li")
    ledger.register(
        ledger.case(), "bulk_order_register", order_id="SO-1", final_amount=D("880.50"), confirmed_at=at("11-09 10:00")
    )
    ledger.register(
        ledger.case(), "bulk_order_register", order_id="SO-2", final_amount=D(100), confirmed_at=at("11-09 10:00")
    )
    december = read_period("2026-12")
    assert ledger.value("K35", period=december) == D("880.50")
    assert ledger.read("K35").missing == "只统计当前未收款,请看本期"
    assert behind(ledger, "K35", period=december)["receivables", "all"] == ["SO-1"]


def test_complaints_decrease_by_a_thousand_orders(ledger: Ledger) -> None:
    for number in range(4):
        ledger.order(f"SO-1{number}", paid="10-05 10:00", agent=None)
    for number in range(2):
        ledger.order(f"SO-2{number}", agent=None)
    for when in ("10-03 10:00", "10-04 10:00", "11-04 10:00"):
        ledger.case("p13_rights_protection", opened=when, ended=None)
    assert ledger.value("K23") == 0, "two of four, one of two"
    ledger.order("SO-30", agent=None)
    ledger.order("SO-31", agent=None)
    assert ledger.value("K23") == D("0.5")
    assert ledger.read("K23", "li").missing == "按全店统计"
    assert ledger.read("K23", period=read_period("2026-10")).missing.startswith("上期")


def test_satisfaction_is_compared_with_the_same_month_of_the_year_before(ledger: Ledger) -> None:
    ledger.visit(satisfied=5)
    assert ledger.read("K26").missing.startswith("去年同期")
    ledger.figures(FigureKind.CHAT, {"day": "2025-11-03", "person": "li", "ratings": 10, "satisfied": 9})
    assert ledger.value("K26") == D("0.1")


def test_common_issues_are_counted_by_process_and_cause(ledger: Ledger) -> None:
    first = ledger.case("p12_return")
    ledger.register(first, "return_register", return_reason="quality")
    ledger.case("p12_return")
    assert ledger.value("K34") == 2
    assert len(behind(ledger, "K34")["issues", "all"]) == 2


# --- forged places --------------------------------------------------------------------------------


@pytest.mark.parametrize("after", ["x", "1", "1.", "1.%", "9" * 19 + ".MQ", "1.____", "-1.MQ"])
def test_a_forged_place_is_no_page(ledger: Ledger, after: str, raises_not_found: Callable[..., None]) -> None:
    def listed() -> None:
        with ledger.db.read() as connection:
            board = Board(connection, circle_of(connection, person("wu")), NOVEMBER, ledger.clock.now())
            list_items(FACTS["solved"], board.scope, Side.ALL, after=after)

    raises_not_found(listed)
