"""A check's life: points, objection, decision; who may do what; what K09 makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from engine.errors import FourEyes, InvalidValue, NotAllowed, NotFound, StepError
from engine.kpi import read_period
from engine.model import Actor
from engine.quality import checking, drawing, form, reading, words
from engine.quality.checking import Verdict
from engine.runtime import Runtime
from engine.store.tables import history_event, notification
from tests.engine.kpi.ledger import Ledger, person

FULL = Verdict(points=dict(form.SHIPPED))
DECEMBER = read_period("2026-12")


def scored(points: dict[str, int] | None = None, **more: object) -> Verdict:
    return replace(FULL, points={**FULL.points, **(points or {})}, **{"summary": "请看标准", **more})  # type: ignore[arg-type]


@pytest.fixture
def check_id(ledger: Ledger) -> int:
    """A closed case of li's that waits for its check."""
    case = ledger.case(ended="12-16 12:00")
    with ledger.db.begin() as tx:
        return drawing.add_case(tx, str(case), person("zhou"), now=ledger.clock.now())


@pytest.fixture
def checked(runtime: Runtime, check_id: int) -> int:
    checking.check(runtime, check_id, scored({"correct": 5}), person("zhou"), form=0)
    return check_id


@pytest.fixture
def objected(runtime: Runtime, checked: int) -> int:
    checking.object_to(runtime, checked, "规则是对的,见补偿标准第 3 条", person("li"))
    return checked


def row_of(ledger: Ledger, check_id: int) -> Any:
    with ledger.db.read() as connection:
        return checking.get_check(connection, check_id, person("wu"))


def told(ledger: Ledger, user: str) -> list[str]:
    with ledger.db.read() as connection:
        query = select(notification.c.text).where(notification.c.user == user).order_by(notification.c.id)
        return list(connection.execute(query).scalars())


def kinds(ledger: Ledger) -> list[str]:
    with ledger.db.read() as connection:
        query = select(history_event.c.kind).where(history_event.c.stream == 0, history_event.c.kind.like("quality%"))
        return list(connection.execute(query.order_by(history_event.c.seq)).scalars())


def test_a_check_a_result_an_objection_a_decision(ledger: Ledger, runtime: Runtime, objected: int) -> None:
    with pytest.raises(FourEyes):
        checking.decide(runtime, objected, words.UPHELD, "维持", person("zhou"))
    points = dict(form.SHIPPED) | {"correct": 15}
    assert checking.decide(runtime, objected, words.CHANGED, "规则有歧义", person("min"), points=points) == 95
    row = row_of(ledger, objected)
    assert (row.state, row.first_score, row.score) == ("decided", 85, 95)
    assert kinds(ledger) == ["quality.added", "quality.checked", "quality.objected", "quality.decided"]
    assert "质检得分 85" in told(ledger, "li")[0]
    assert "由 85 改为 95 分" in told(ledger, "li")[-1]
    assert any("由质检人以外的人裁定" in text for text in told(ledger, "min"))
    assert not any("提出申诉" in text for text in told(ledger, "zhou"))


def test_the_score_feeds_the_indicator_before_what_was_entered_by_hand(
    ledger: Ledger, runtime: Runtime, objected: int
) -> None:
    assert ledger.value("K09", "li", period=DECEMBER) == Decimal(85)
    checking.decide(runtime, objected, words.CHANGED, "改", person("wu"), points=dict(form.SHIPPED))
    assert ledger.value("K09", "li", period=DECEMBER) == Decimal(100)
    assert ledger.value("K09", period=DECEMBER) == Decimal(100)
    assert ledger.value("K09", "wang", period=DECEMBER) is None


def test_a_breach_takes_all_points_and_the_supervisor_hears(ledger: Ledger, runtime: Runtime, check_id: int) -> None:
    with pytest.raises(InvalidValue):
        checking.check(runtime, check_id, replace(FULL, breach="privacy"), person("wu"), form=0)
    assert checking.check(runtime, check_id, scored(breach="privacy"), person("wu"), form=0) == 0
    assert any("泄露买家信息" in text for text in told(ledger, "zhou"))


@pytest.mark.parametrize(
    "verdict",
    [
        replace(FULL, points={}),
        replace(FULL, points={**FULL.points, "correct": 21}),
        replace(FULL, points={**FULL.points, "correct": -1}),
        replace(FULL, points={**FULL.points, "other": 1}),
        replace(FULL, points={**FULL.points, "correct": 3}),
        replace(FULL, breach="else", summary="x"),
        replace(FULL, remarks={"correct": "长" * 201}),
        replace(FULL, summary="长" * 1001),
    ],
)
def test_a_form_that_is_wrong_is_not_taken(runtime: Runtime, check_id: int, verdict: Verdict) -> None:
    with pytest.raises(InvalidValue):
        checking.check(runtime, check_id, verdict, person("zhou"), form=0)


def test_two_checkers_at_once_and_a_form_that_has_changed(runtime: Runtime, check_id: int, ledger: Ledger) -> None:
    weights = dict(form.SHIPPED) | {"greeting": 0, "correct": 25}
    with ledger.db.begin() as tx:
        form.save_form(tx, weights, person("wu"), now=ledger.clock.now(), note="重答复", based_on=0)
    with pytest.raises(StepError):
        checking.check(runtime, check_id, FULL, person("zhou"), form=0)
    assert checking.check(runtime, check_id, replace(FULL, points=weights), person("zhou"), form=1) == 100
    with pytest.raises(StepError):
        checking.check(runtime, check_id, replace(FULL, points=weights), person("min"), form=1)


def test_objections_have_five_working_days_and_are_made_once(ledger: Ledger, runtime: Runtime, checked: int) -> None:
    until = checking.when(row_of(ledger, checked).object_until)
    assert until is not None
    assert until.isoformat() == "2026-12-25T16:00:00+00:00"  # the end of Friday in Shanghai
    for reason in ("", "  ", "长" * 1001):
        with pytest.raises(InvalidValue):
            checking.object_to(runtime, checked, reason, person("li"))
    ledger.clock.advance_to(until - timedelta(microseconds=1))
    checking.object_to(runtime, checked, "不同意", person("li"))
    with pytest.raises(StepError):
        checking.object_to(runtime, checked, "再一次", person("li"))


def test_too_late_is_too_late(ledger: Ledger, runtime: Runtime, checked: int) -> None:
    ledger.clock.advance(timedelta(days=7))
    with pytest.raises(InvalidValue, match="late"):
        checking.object_to(runtime, checked, "不同意", person("li"))


@pytest.mark.parametrize(
    ("actor", "problem"),
    [
        ("wang", NotFound),
        ("chen", NotFound),
        ("xu", NotAllowed),
        ("he", NotFound),
        ("li", NotFound),
        ("cang", NotFound),
    ],
)
def test_who_may_not_check(runtime: Runtime, check_id: int, actor: str, problem: type[Exception]) -> None:
    with pytest.raises(problem):
        checking.check(runtime, check_id, FULL, person(actor), form=0)


def test_a_supervisor_never_checks_the_own_work(ledger: Ledger, runtime: Runtime) -> None:
    case = ledger.case(ended="12-16 12:00", owner="zhou")
    with ledger.db.begin() as tx:
        made = drawing.add_case(tx, str(case), person("wu"), now=ledger.clock.now())
    with pytest.raises(NotFound):  # not even that it is waiting
        checking.check(runtime, made, FULL, person("zhou"), form=0)
    checking.check(runtime, made, scored({"tone": 0}), person("wu"), form=0)
    checking.object_to(runtime, made, "不同意", person("zhou"))
    with pytest.raises(FourEyes):
        checking.decide(runtime, made, words.UPHELD, "我对", person("zhou"))
    assert checking.decide(runtime, made, words.UPHELD, "不改", person("min")) == 90


def test_other_teams_are_not_seen(ledger: Ledger, runtime: Runtime, checked: int) -> None:
    elsewhere = person("min", team=frozenset({"min", "wang"}))
    with ledger.db.read() as connection:
        with pytest.raises(NotFound):
            checking.get_check(connection, checked, elsewhere)
        assert reading.list_checks(connection, elsewhere).lines == ()
        assert reading.count_states(connection, elsewhere) == {}
        assert reading.read_week(connection, elsewhere, "2026-W51") == ()
        assert reading.list_agents(connection, elsewhere) == []
        near = person("min", team=frozenset({"min", "li"}))
        assert [line.id for line in reading.list_checks(connection, near).lines] == [checked]


def test_a_decision_is_made_once_and_changes_something(ledger: Ledger, runtime: Runtime, objected: int) -> None:
    same = dict(form.SHIPPED) | {"correct": 5}
    wrong: list[Callable[[], int]] = [
        lambda: checking.decide(runtime, objected, words.CHANGED, "改", person("min"), points=same),
        lambda: checking.decide(runtime, objected, words.CHANGED, "", person("min"), points=dict(form.SHIPPED)),
        lambda: checking.decide(runtime, objected, "else", "改", person("min")),
        lambda: checking.decide(runtime, objected, words.CHANGED, "改", person("min"), points={}),
    ]
    for attempt in wrong:
        with pytest.raises(InvalidValue):
            attempt()
    checking.decide(runtime, objected, words.UPHELD, "不改", person("min"))
    with pytest.raises(StepError):
        checking.decide(runtime, objected, words.UPHELD, "不改", person("wu"))
    assert row_of(ledger, objected).score == 85


@pytest.mark.parametrize(
    ("weights", "note"),
    [({"greeting": 6}, "改"), ({"greeting": -5, "correct": 30}, "改"), ({"greeting": 0, "correct": 25}, " ")],
)
def test_weights_sum_up_to_a_hundred_and_have_a_reason(ledger: Ledger, weights: dict[str, int], note: str) -> None:
    with ledger.db.begin() as tx, pytest.raises(InvalidValue):
        form.save_form(tx, dict(form.SHIPPED) | weights, person("wu"), now=ledger.clock.now(), note=note, based_on=0)


def test_only_department_managers_change_the_form(ledger: Ledger) -> None:
    def save(actor: Actor) -> None:
        with ledger.db.begin() as tx:
            form.save_form(tx, dict(form.SHIPPED), actor, now=ledger.clock.now(), note="x", based_on=0)

    for user in ("zhou", "xu", "li"):
        with pytest.raises(NotAllowed):
            save(person(user))
    save(person("wu"))


def test_lists_page_without_gaps(ledger: Ledger) -> None:
    cases = [ledger.case(ended="12-16 12:00") for _ in range(7)]
    with ledger.db.begin() as tx:
        made = [drawing.add_case(tx, str(case), person("zhou"), now=ledger.clock.now()) for case in cases]
    with ledger.db.read() as connection:
        seen, after = [], None
        while True:
            page = reading.list_checks(connection, person("zhou"), after=after, limit=3, week="2026-W51")
            seen += [line.id for line in page.lines]
            after = page.next_after
            if after is None:
                break
        assert seen == made[::-1]
        assert reading.list_checks(connection, person("zhou"), agent="wang").lines == ()
        assert reading.list_own(connection, person("li")).lines == ()  # nothing of what waits
