"""Scores, formulas, versions of the rules, and sheets: what a month's pay hangs on."""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from engine.errors import InvalidValue, NotFound
from engine.history.record import values_of
from engine.kpi.board import Board
from engine.kpi.checking import RulesProblem, check_content
from engine.kpi.confirming import confirm_sheet, mark_read, withdraw_sheet
from engine.kpi.defaults import SOLVED, TARGETS, TYPES, default_content
from engine.kpi.figures import FigureKind
from engine.kpi.formulas import Formula, Goal, commission_of, score_of, total_of
from engine.kpi.kept_sheets import Sheet
from engine.kpi.people import circle_of
from engine.kpi.periods import Period, read_month, read_period
from engine.kpi.rules import list_rules, rules_of, save_rules
from engine.kpi.scores import SALES_TARGET, enter_scores, read_scores, read_value
from engine.kpi.sheets import read_sheet
from engine.kpi.types import set_type, types_of
from tests.engine.kpi.ledger import NOVEMBER, Ledger, at, person

D = Decimal
ENDS = dict(SOLVED)


# --- the catalogue's examples --------------------------------------------------------------------


def test_presales_by_traffic_gives_80_6() -> None:
    formula = Formula(
        multiplied={"K01": D("0.2"), "K02": D("0.2"), "K03": D("0.1"), "K04": D("0.1"), "K05": D("0.2")},
        added={"K10": D("0.2")},
    )
    scores = {"K01": D(80), "K02": D(70), "K03": D(90), "K04": D(50), "K05": D(60), "K10": D(95)}
    assert total_of(formula, scores, D("1.1")) == D("80.60")


def test_a_first_response_of_30_seconds_between_60_and_20_scores_75() -> None:
    goal = Goal(floor=D(60), target=D(20))
    assert score_of(D(30), goal) == 75
    assert [score_of(D(x), goal) for x in (60, 61, 20, 19)] == [0, 0, 100, 100]


@given(st.decimals(-1000, 1000, places=3), st.decimals(-500, 500, places=2), st.decimals(-500, 500, places=2))
def test_scores_lie_between_0_and_100_and_grow_towards_the_target(x: Decimal, floor: Decimal, target: Decimal) -> None:
    goal = Goal(floor=floor, target=target)
    score = score_of(x, goal)
    assert 0 <= score <= 100
    nearer = score_of(x + (target - floor) / 10, goal)
    assert nearer >= score


@pytest.mark.parametrize(
    ("share", "factor"),
    [
        ("0", "0.9"),
        ("0.7999", "0.9"),
        ("0.8", "1.0"),
        ("0.99", "1.0"),
        ("1", "1.1"),
        ("1.1999", "1.1"),
        ("1.2", "1.2"),
        ("9", "1.2"),
    ],
)
def test_the_commission_tier_of_a_share(share: str, factor: str) -> None:
    assert commission_of(
        D(share), [(D(0), D("0.9")), (D("0.8"), D("1.0")), (D(1), D("1.1")), (D("1.2"), D("1.2"))]
    ) == D(factor)


def test_the_shipped_weights_add_up_and_traffic_splits_one_term() -> None:
    content = default_content()
    check_content(content, ENDS)
    for agent_type in TYPES:
        formula = content["formulas"][agent_type]
        assert sum(formula["g"].values(), D(0)) == (D("0.8") if formula["g"] else 0)
        assert sum(formula["a"].values()) == (D("0.2") if formula["g"] else 1)
    traffic = content["formulas"]["presales_traffic"]["g"]
    assert traffic["K03"] == traffic["K04"] == traffic["K01"] / 2
    assert len(TYPES) == 7
    assert TARGETS["K10"][1] == D("0.93")
    assert TARGETS["K25"][1] == D("0.98")
    assert TARGETS["K23"][1] == D("0.12")


# --- what is refused -----------------------------------------------------------------------------


def changed(act: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    content = copy.deepcopy(default_content())
    act(content)
    return content


@pytest.mark.parametrize(
    ("act", "where"),
    [
        (lambda c: c["formulas"]["general"]["a"].update(K01=D("0.2")), "formulas.general"),
        (lambda c: c["formulas"]["presales_growth"]["g"].update(K01=D("-0.2")), "formulas.presales_growth"),
        (lambda c: c["formulas"].pop("general"), "formulas.general"),
        (lambda c: c["targets"]["K05"].update(target=D(90)), "targets.K05"),
        (lambda c: c["targets"]["K01"].update(target=D("0.1")), "targets.K01"),
        (lambda c: c["targets"].update(K99={"floor": D(1), "target": D(2)}), "targets.K99"),
        (lambda c: c["commission"].reverse(), "commission"),
        (lambda c: c["commission"].clear(), "commission"),
        (lambda c: c["limits"].update(chat=D(0)), "limits.chat"),
        (lambda c: c["bounds"].update(again_days=D("7.5")), "bounds.again_days"),
        (lambda c: c["solved"]["p11_invoice"].append("end_nowhere"), "solved.p11_invoice"),
    ],
)
def test_rules_that_cannot_be_used_say_where(act: Callable[[dict[str, Any]], object], where: str) -> None:
    with pytest.raises(RulesProblem) as problem:
        check_content(changed(act), ENDS)
    assert set(problem.value.problems) == {where}


def test_both_groups_may_make_one_together_where_the_switch_says_so() -> None:
    def shift(content: dict[str, Any]) -> None:
        content["formulas"]["presales_traffic"] = {"g": {"K01": D("0.7")}, "a": {"K10": D("0.3")}}

    with pytest.raises(RulesProblem):
        check_content(changed(shift), ENDS)
    check_content(changed(lambda c: (shift(c), c.update(whole_one=True))), ENDS)


# --- versions ------------------------------------------------------------------------------------


def save(ledger: Ledger, content: dict[str, Any], month: str, based_on: int) -> int | None:
    with ledger.db.begin() as tx:
        made = save_rules(
            tx, content, person("wu"), now=ledger.clock.now(), valid_from=month, based_on=based_on, known_ends=ENDS
        )
    return None if made is None else made.version


def test_a_new_version_never_changes_a_month_that_is_over(ledger: Ledger) -> None:
    ledger.visit(satisfied=5)
    harder = changed(lambda c: c["targets"]["K10"].update(target=D("0.99")))
    with pytest.raises(InvalidValue, match="over"):
        save(ledger, harder, "2026-11", 0)
    assert save(ledger, harder, "2026-12", 0) == 2, "what was shipped is kept as version 1"
    with ledger.db.read() as connection:
        november, december = (rules_of(connection, month) for month in ("2026-11", "2026-12"))
        assert [one.version for one in list_rules(connection)] == [2, 1]
    assert (november.version, november.goal("K10")) == (1, Goal(floor=D("0.70"), target=D("0.93")))
    assert (december.version, december.goal("K10")) == (2, Goal(floor=D("0.70"), target=D("0.99")))


def test_who_is_slower_is_told_and_the_same_again_makes_no_version(ledger: Ledger) -> None:
    assert save(ledger, default_content(), "2026-12", 0) is None
    easier = changed(lambda c: c["targets"]["K10"].update(target=D("0.9")))
    assert save(ledger, easier, "2026-12", 0) == 2
    with pytest.raises(InvalidValue) as problem:
        save(ledger, default_content(), "2026-12", 0)
    assert "刷新" in problem.value.message_zh
    assert save(ledger, easier, "2026-12", 2) is None


def test_a_version_for_later_does_not_count_before(ledger: Ledger) -> None:
    later = changed(lambda c: c["bounds"].update(again_days=D(3)))
    save(ledger, later, "2027-02", 0)
    with ledger.db.read() as connection:
        assert rules_of(connection, "2027-01").bound("again_days") == 7
        assert rules_of(connection, "2027-02").bound("again_days") == 3


# --- types and scores ----------------------------------------------------------------------------


def give_type(ledger: Ledger, who: str, agent_type: str, month: str) -> bool:
    with ledger.db.begin() as tx:
        circle = circle_of(tx.connection, person("wu"))
        return set_type(tx, who, agent_type, person("wu"), circle, now=ledger.clock.now(), valid_from=month)


def test_a_type_counts_from_its_month_and_past_months_keep_theirs(ledger: Ledger) -> None:
    assert give_type(ledger, "li", "general", "2026-10"), "who never had one may get one for the past"
    with pytest.raises(InvalidValue):
        give_type(ledger, "li", "aftersales_returns", "2026-11")
    assert give_type(ledger, "li", "aftersales_returns", "2026-12")
    assert not give_type(ledger, "li", "aftersales_returns", "2026-12")
    with ledger.db.read() as connection:
        assert [types_of(connection, month).get("li") for month in ("2026-09", "2026-11", "2026-12")] == [
            None, "general", "aftersales_returns",
        ]  # fmt: skip
    with pytest.raises(InvalidValue):
        give_type(ledger, "wang", "chief", "2026-12")
    with pytest.raises(NotFound):
        give_type(ledger, "nobody", "general", "2026-12")


def enter(ledger: Ledger, actor: str = "zhou", period: Period = NOVEMBER, **values: str | None) -> int:
    who = person(actor)
    with ledger.db.begin() as tx:
        given = {
            (name.split("__")[0], name.split("__")[1]): None if value is None else D(value)
            for name, value in values.items()
        }
        return enter_scores(tx, given, who, circle_of(tx.connection, who, "P17"), now=ledger.clock.now(), period=period)


def test_scores_are_entered_corrected_and_taken_back_with_their_history(ledger: Ledger) -> None:
    assert enter(ledger, K12__li="88.5", K18__wang="70") == 2
    assert enter(ledger, K12__li="88.5") == 0
    assert enter(ledger, K12__li="90") == 1
    assert (ledger.value("K12", "li"), ledger.value("K18", "wang"), ledger.value("K12")) == (90, 70, 90)
    assert enter(ledger, K12__li=None) == 1
    assert ledger.read("K12", "li").missing == "缺少:2026年11月的评分"
    assert ledger.read("K12", "li", period=read_period("2026-11-03")).missing == "按月评分"
    rows = ledger_told(ledger, "kpi_scores.entered")
    assert [row["scores"][0]["value"] for row in rows] == [D("88.5"), D(90), None]
    assert rows[1]["scores"][0]["before"] == D("88.5")


def ledger_told(ledger: Ledger, kind: str) -> list[Any]:
    query = text("""SELECT e.n, v."values" FROM history_event e JOIN history_value v
                    ON v.stream = e.stream AND v.revision = e.revision
                    WHERE e.stream = 0 AND e.kind = :kind ORDER BY e.seq""")
    with ledger.db.read() as connection:
        return [values_of(row[1])[row.n] for row in connection.execute(query, {"kind": kind})]


def test_nobody_scores_himself_nor_other_teams_nor_the_future(ledger: Ledger) -> None:
    with pytest.raises(InvalidValue, match="score yourself"):
        enter(ledger, K18__zhou="100")
    with pytest.raises(InvalidValue, match="begun"):
        enter(ledger, period=read_month("2027-01"), K18__li="100")
    mine = person("zhou", team=frozenset({"zhou", "li"}))
    with ledger.db.begin() as tx, pytest.raises(NotFound):  # noqa: PT012
        circle = circle_of(tx.connection, mine, "P17")
        enter_scores(tx, {("K18", "wang"): D(90)}, mine, circle, now=ledger.clock.now(), period=NOVEMBER)
    with ledger.db.read() as connection:
        assert read_scores(connection, NOVEMBER) == {}


@pytest.mark.parametrize("text", ["abc", "101", "-1", "NaN", "1e3", "50.123", "Infinity", "１０１"])
def test_a_score_out_of_bounds_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        read_value("K18", text)


# --- sheets --------------------------------------------------------------------------------------


def sheet_of(ledger: Ledger, who: str, actor: str = "zhou") -> Sheet:
    with ledger.db.read() as connection:
        board = Board(connection, circle_of(connection, person(actor)), NOVEMBER, ledger.clock.now())
        return read_sheet(board, who)


def a_full_month(ledger: Ledger) -> None:
    """Chen's November by traffic: K01 25 %, K02 600, K03 175, K04 100, K05 30 s, K10 100 %; target reached by 110 %."""
    give_type(ledger, "chen", "presales_traffic", "2026-11")
    ledger.figures(
        FigureKind.CHAT,
        {"day": "2026-11-03", "person": "陈静", "receptions": 600, "first_count": 10, "first_seconds": 300,
         "ratings": 4, "satisfied": 4},
    )  # fmt: skip
    ledger.figures(
        FigureKind.SHOP,
        {"day": "2026-11-03", "person": "chen", "enquirers": 100, "enquirers_paid": 25, "paid_orders": 175,
         "paid_customers": 100, "paid_amount": 10000},
    )  # fmt: skip
    enter(ledger, **{f"{SALES_TARGET}__chen": "9090.91"})


def test_a_sheet_shows_value_score_weight_contribution_and_source_of_each_term(ledger: Ledger) -> None:
    a_full_month(ledger)
    sheet = sheet_of(ledger, "chen")
    lines = {term.indicator: (term.score, term.weight, term.contribution, term.reading.source) for term in sheet.terms}
    assert sheet.commission == D("1.1"), "10000 of 9090.91"
    assert lines["K01"][:2] == (50, D("0.2"))
    assert lines["K02"][:2] == (50, D("0.2"))
    assert lines["K03"][:2] == (50, D("0.1"))
    assert lines["K05"][:2] == (75, D("0.2"))
    assert lines["K10"] == (100, D("0.2"), 20, "I")
    multiplied = D(50) * D("0.2") * 2 + D(50) * D("0.1") + (D(100) / 3 * D("0.1")) + D(75) * D("0.2")
    assert sheet.score == (D("1.1") * multiplied + 20).quantize(D("0.01"))
    assert sum(term.contribution or 0 for term in sheet.terms).quantize(D("0.01")) == sheet.score


def test_a_missing_indicator_blocks_the_score_and_is_named(ledger: Ledger) -> None:
    give_type(ledger, "li", "general", "2026-11")
    sheet = sheet_of(ledger, "li")
    assert sheet.score is None
    assert any("K18 日常表现:缺少:2026年11月的评分" in one for one in sheet.missing)
    assert len(sheet.missing) == 7


def test_without_a_target_a_commission_cannot_be_told_unless_it_is_switched_off(ledger: Ledger) -> None:
    a_full_month(ledger)
    enter(ledger, **{f"{SALES_TARGET}__chen": None})
    sheet = sheet_of(ledger, "chen")
    assert sheet.score is None
    assert sheet.missing == ("佣金:缺少:2026年11月的销售目标",)


def test_a_supervisor_is_assessed_by_the_team(ledger: Ledger) -> None:
    give_type(ledger, "zhou", "supervisor", "2026-11")
    ledger.visit(satisfied=5, owner="li")
    ledger.visit(satisfied=1, owner="wang")
    enter(ledger, actor="wu", K24__li="80", K24__wang="60")
    terms = {term.indicator: term.reading.value for term in sheet_of(ledger, "zhou", "wu").terms}
    assert terms["K21"] == D("0.5")
    assert terms["K24"] == 70
    assert set(terms) == {"K10", "K06", "K19", "K21", "K22", "K23", "K24"}


def confirm(ledger: Ledger, who: str, actor: str = "zhou", feedback: str = "响应再快一点") -> Sheet:
    with ledger.db.begin() as tx:
        board = Board(tx.connection, circle_of(tx.connection, person(actor), "P17"), NOVEMBER, ledger.clock.now())
        return confirm_sheet(tx, board, who, person(actor), feedback=feedback)


def test_a_confirmed_sheet_stays_as_it_is_and_tells_the_person(ledger: Ledger) -> None:
    a_full_month(ledger)
    before = confirm(ledger, "chen").score
    ledger.figures(FigureKind.CHAT, {"day": "2026-11-04", "person": "chen", "ratings": 100, "satisfied": 0})
    assert ledger.value("K10", "chen") == D(4) / D(104)
    after = sheet_of(ledger, "chen")
    assert after.score == before
    assert after.confirmed is not None
    assert after.confirmed.feedback == "响应再快一点"
    with pytest.raises(InvalidValue, match="confirmed"):
        confirm(ledger, "chen")
    with pytest.raises(InvalidValue, match="confirmed"):
        enter(ledger, K12__chen="80")
    with ledger.db.begin() as tx:
        told = tx.connection.exec_driver_sql("SELECT user, text, page FROM notification").all()
        mark_read(tx, "chen", "2026-11", now=ledger.clock.now())
    assert [row[0] for row in told] == ["chen"]
    assert told[0][2] == "/kpi/scores/chen?month=2026-11"
    read = sheet_of(ledger, "chen").confirmed
    assert read is not None
    assert read.read_at == ledger.clock.now()


def test_a_confirmation_is_withdrawn_with_a_reason_only(ledger: Ledger) -> None:
    a_full_month(ledger)
    confirm(ledger, "chen")
    with ledger.db.begin() as tx, pytest.raises(InvalidValue):
        withdraw_sheet(tx, "chen", "2026-11", person("wu"), now=ledger.clock.now(), reason=" ")
    with ledger.db.begin() as tx:
        withdraw_sheet(tx, "chen", "2026-11", person("wu"), now=ledger.clock.now(), reason="漏了一天")
    assert sheet_of(ledger, "chen").confirmed is None
    assert ledger_told(ledger, "kpi_sheet.withdrawn")[0]["reason"] == "漏了一天"


def test_a_month_that_is_not_over_or_lacks_something_is_not_confirmed(ledger: Ledger) -> None:
    give_type(ledger, "li", "general", "2026-11")
    with pytest.raises(InvalidValue, match="missing"):
        confirm(ledger, "li")
    with ledger.db.begin() as tx, pytest.raises(InvalidValue, match="not over"):  # noqa: PT012
        period = read_month("2026-12")
        board = Board(tx.connection, circle_of(tx.connection, person("zhou"), "P17"), period, at("12-20 12:00"))
        confirm_sheet(tx, board, "li", person("zhou"), feedback="")
