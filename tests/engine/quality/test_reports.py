"""Causes with their rows, common issues, feedback to departments, proposals of facts: counted exactly, told once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert, select

from engine.clock import to_microseconds
from engine.errors import NotAllowed, NotFound
from engine.kpi import read_period
from engine.kpi.periods import Period
from engine.quality import causes, checking, drawing, feedback, form, issues, looking, proposals
from engine.quality.causes import Span
from engine.runtime import Runtime
from engine.store.tables import issue_report, notification, outbox
from tests.engine.kpi.ledger import Ledger, at, person

DECEMBER, NOVEMBER = read_period("2026-12"), read_period("2026-11")


def span(period: Period) -> Span:
    return Span(since=period.since, until=period.until)


def read(ledger: Ledger, actor: str = "wu", shop: str = "") -> dict[tuple[str, str], tuple[int, Decimal, int]]:
    with ledger.db.read() as connection:
        found = causes.read_causes(connection, person(actor), span(DECEMBER), span(NOVEMBER), shop)
    return {(one.register, one.cause): (one.count, one.lost, one.before) for one in found}


def test_causes_are_counted_with_what_they_cost_and_lead_to_their_rows(ledger: Ledger) -> None:
    quality = [ledger.case("p12_return", opened="12-03 10:00", ended=None, order="SO-1") for _ in range(3)]
    for case in quality:
        ledger.register(case, "return_register", "12-03 10:00", return_reason="质量")
    ledger.register(
        quality[0], "refund_register", "12-04 10:00", paid_amount=Decimal("99.50"), paid_at=at("12-04 10:00")
    )
    ledger.register(quality[1], "refund_register", "12-04 10:00", paid_amount=Decimal("50"))  # not paid yet
    other = ledger.case("p12_return", opened="12-05 10:00", ended=None)
    ledger.register(other, "return_register", "12-05 10:00", freight_payer="seller")
    before = ledger.case("p12_return", opened="11-30 23:59", ended=None)
    ledger.register(before, "return_register", "11-30 23:59", return_reason="质量")
    swap = ledger.case("p09_exchange", opened="12-06 10:00", ended=None)
    ledger.register(swap, "return_register", "12-06 10:00", flow="换货", exchange_reason="颜色")
    ledger.register(swap, "exchange_register", "12-06 10:00", exchange_reason="颜色")
    assert read(ledger) == {
        ("return_register", "质量"): (3, Decimal("99.50"), 1),
        ("return_register", ""): (1, Decimal(0), 0),
        ("exchange_register", "颜色"): (1, Decimal(0), 0),
    }
    with ledger.db.read() as connection:
        seen, after = [], None
        while True:
            page = causes.list_rows(
                connection, person("wu"), "return_register", "质量", span(DECEMBER), after=after, limit=2
            )
            seen += [row.case_id for row in page.rows]
            after = page.next_after
            if after is None:
                break
        assert sorted(seen) == sorted(map(str, quality))
        with pytest.raises(NotFound):
            causes.list_rows(connection, person("wu"), "refund_register", "质量", span(DECEMBER))
    assert read(ledger, shop="别的店") == {}


def test_a_weeks_issues_are_made_once_reminded_once_and_confirmed(ledger: Ledger) -> None:
    for cause in ("质量", "质量", "颜色"):
        case = ledger.case("p12_return", opened="12-16 10:00", ended=None)
        ledger.register(case, "return_register", "12-16 10:00", return_reason=cause)
    ledger.case(opened="12-17 10:00")
    ledger.case("p07_delivery", opened="12-17 10:00")
    ledger.clock.advance_to(at("12-21 00:00"))
    looking.look(ledger.db, ledger.clock.now())
    looking.look(ledger.db, ledger.clock.now())
    with ledger.db.read() as connection:
        report = issues.get_report(connection, "2026-W51", "li", person("li"))
        assert [(one.process_id, one.cause, len(one.cases)) for one in report.issues] == [
            ("p12_return", "质量", 2), ("p10_courier_query", "", 1), ("p12_return", "颜色", 1),
        ]  # fmt: skip
        assert connection.execute(select(issue_report.c.agent)).scalars().all() == ["li"]
        with pytest.raises(NotFound):
            issues.get_report(connection, "2026-W51", "li", person("wang"))
        with pytest.raises(NotFound):
            issues.get_report(connection, "2026-W51", "li", person("zhou", team=frozenset({"zhou", "wang"})))
    ledger.clock.advance_to(at("12-23 00:01"))
    for _ in range(2):
        looking.look(ledger.db, ledger.clock.now())
    told = texts(ledger, "%共性问题%")
    assert told == {"li": 2, "zhou": 1, "min": 1}
    with ledger.db.begin() as tx:
        issues.confirm(tx, "2026-W51", "li", person("li"), remark="质检要加严", now=ledger.clock.now())
    assert texts(ledger, "%确认了%") == {"zhou": 1, "min": 1}


def texts(ledger: Ledger, like: str) -> dict[str, int]:
    with ledger.db.read() as connection:
        query = select(notification.c.user).where(notification.c.text.like(like))
        return dict(Counter(connection.execute(query).scalars()))


@pytest.mark.parametrize(
    ("cause", "department"),
    [("warehouse", "warehouse"), ("service", "supervisor"), ("product", "operations"), ("other", "dept_manager")],
)
def test_a_complaints_cause_reaches_the_department_once(ledger: Ledger, cause: str, department: str) -> None:
    case = ledger.case("p13_rights_protection", opened="12-18 10:00", ended=None)
    ledger.register(
        case,
        "complaint_register",
        "12-18 10:00",
        cause_category=cause,
        root_cause="漏检 13912345678",
        improvement="加检",
    )
    open_one = ledger.case("p13_rights_protection", opened="12-18 11:00", ended=None)
    ledger.register(open_one, "complaint_register", "12-18 11:00", main_content="还没有查清")
    for _ in range(2):
        looking.look(ledger.db, ledger.clock.now())
    with ledger.db.read() as connection:
        (item,) = feedback.list_feedback(connection, person("wu")).rows
    assert (item.department, item.case_id, item.kind) == (department, str(case), "complaint")
    assert "漏检 139****5678" in item.text
    assert item.due_at - item.made_at == timedelta(days=3)


def test_an_answer_is_due_in_three_days_then_those_above_hear(ledger: Ledger, runtime: Runtime) -> None:
    case = ledger.case(ended=None)
    made = feedback.give(runtime, str(case), "warehouse", "换箱子", person("li"))
    ledger.clock.advance(timedelta(days=3) - timedelta(minutes=2))
    looking.look(ledger.db, ledger.clock.now())
    assert texts(ledger, "%过期没有答复%") == {}
    ledger.clock.advance(timedelta(minutes=2))
    for _ in range(2):
        looking.look(ledger.db, ledger.clock.now())
    assert texts(ledger, "%过期没有答复%") == {"cang": 1, "wu": 1, "li": 1, "zhou": 1, "min": 1}
    with ledger.db.begin() as tx:
        with pytest.raises(NotAllowed):
            feedback.answer(tx, made, "我来", person("li"), now=ledger.clock.now())
        with pytest.raises(NotFound):
            feedback.answer(tx, made, "我来", person("wang"), now=ledger.clock.now())
        feedback.answer(tx, made, "已换", person("cang"), now=ledger.clock.now())


def test_the_weekly_digest_comes_once_a_week(ledger: Ledger, runtime: Runtime) -> None:
    feedback.give(runtime, str(ledger.case(ended=None)), "warehouse", "换箱子", person("li"))
    for _ in range(3):
        looking.look(ledger.db, ledger.clock.now())
    assert texts(ledger, "每周汇总%") == {"zhou": 1, "min": 1, "wu": 1, "cang": 1}
    ledger.clock.advance(timedelta(days=7))
    looking.Look()(runtime)
    looking.Look()(runtime)
    assert texts(ledger, "每周汇总%") == {"zhou": 2, "min": 2, "wu": 2, "cang": 2}


def test_facts_of_the_case_are_proposed(ledger: Ledger) -> None:
    case = ledger.case(opened="12-15 10:00", ended="12-16 12:00")
    ledger.task(case, created="12-15 10:00", ended="12-15 12:00", due="12-15 14:00")
    ledger.task(case, created="12-15 10:00", ended="12-15 16:00", due="12-15 14:00")
    ledger.task(case, created="12-15 10:00", ended="12-15 16:00", due="12-15 14:00", by="wang")
    sent = {
        "instance": case,
        "case_id": str(case),
        "element": "x",
        "recipient": "C-1",
        "template": "T",
        "template_hash": "",
    }
    with ledger.db.begin() as tx:
        for number, text in enumerate(("亲,您好!正在为您查询。", "随便你。"), start=1):
            row = {"id": case * 1000 + number, "audience": "customer", "text": text, **sent}
            tx.connection.execute(insert(outbox).values(**row, written_at=to_microseconds(at("12-15 11:00")) + number))
        made = drawing.add_case(tx, str(case), person("zhou"), now=ledger.clock.now())
    with ledger.db.read() as connection:
        check = checking.get_check(connection, made, person("zhou"))
        found = proposals.propose(connection, check, form.current_form(connection))
    assert found["greeting"].points == 5
    assert found["in_time"].points == 5
    assert "超时 1 个" in found["in_time"].fact
    assert found["closing"].points == 0
    assert found["soothing"].points is None
    assert found["tone"].points == 0
    assert "correct" not in found
