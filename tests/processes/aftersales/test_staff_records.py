"""What leave, complaints about service and patrols of the shop leave behind, and what later cases read of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from engine import canonical
from engine.clock import VirtualClock
from engine.scenarios import Result, Scenario
from engine.scenarios.play import Play
from engine.scenarios.stage import START
from engine.store.database import Database
from engine.store.tables import absence, process_instance
from tests.processes.aftersales.test_duty_records import deployed, rows, written
from tests.processes.scenario_files import scenarios_of

__all__ = ["deployed"]
PROCESSES = (
    "r11_new_product_training",
    "r13_leave_request",
    "r14_onboarding",
    "r15_shop_patrol",
    "r17_service_complaint",
)


def scenario(no: str) -> Scenario:
    return next(scenarios[no] for scenarios in map(scenarios_of, PROCESSES) if no in scenarios)


def play(db: Database, no: str, **changes: object) -> Result:
    result = Play(replace(scenario(no), **changes), db, VirtualClock(START)).run()  # type: ignore[arg-type]
    assert result.problem is None
    return result


def opened(db: Database, process: str) -> list[dict]:
    with db.read() as connection:
        found = select(process_instance.c.variables).where(process_instance.c.process_id == process)
        return [canonical.decode(known) for known in connection.execute(found).scalars()]


def test_leave_that_is_signed_stands_in_the_roster_and_a_second_request_says_so(deployed: Database) -> None:
    play(deployed, "r13-S01")
    with deployed.read() as connection:
        (found,) = connection.execute(select(absence)).all()
    assert (found.user, found.kind, found.reason) == ("presales", "leave", "家里有事")
    assert written(deployed, "act_tell_approved")[0][0] == "售前客服"
    play(deployed, "r13-A02", svc={})
    (first, second) = rows(deployed, "leave_register")
    assert (first["agent"], first["approved"], second["approved"]) == ("presales", True, False)
    assert [row["attendance"] for row in rows(deployed, "attendance_register")] == ["请假"]


def test_who_is_not_let_go_is_told_and_enters_no_roster(deployed: Database) -> None:
    play(deployed, "r13-S04")
    assert written(deployed, "msg_rejected") == [("售前客服", "您的请假/离岗未获批准,未经批准休假视同旷工。")]
    with deployed.read() as connection:
        assert connection.execute(select(absence)).all() == []
    assert rows(deployed, "attendance_register") == []


def test_complaints_of_the_month_count_but_those_that_were_not_about_service(deployed: Database) -> None:
    play(deployed, "r17-S02", expect={"month_count": Decimal(1)})
    play(deployed, "r17-S03", expect={"month_count": Decimal(2)})
    play(deployed, "r17-S01", svc={}, expect={"month_count": Decimal(2)})
    play(deployed, "r17-A01", svc={}, expect={"month_count": Decimal(1)})  # somebody else's
    found = [(row["agent"], row["month_count"], row["complaint_state"]) for row in rows(deployed, "review_register")]
    assert found == [
        ("presales", 1, "已处理"),
        ("presales", 2, "非服务原因"),
        ("presales", 2, "已处理"),
        ("aftersales", 1, "已处理"),
    ]
    assert written(deployed, "act_send_apology")[0] == ("C-1", "亲,非常抱歉,我们改。")
    (violation,) = opened(deployed, "r12_conduct_violation")
    assert (violation["agent"], violation["offence_group"]) == ("presales", "service_complaint")
    assert violation["facts"] == "买家投诉:半天不回我\n分析:首次响应用了两小时"


def test_each_wrong_description_is_a_case_of_its_own_and_gaps_are_told_at_once(deployed: Database) -> None:
    play(deployed, "r15-A01")
    found = [(one["product"], one["problem_text"], one["origin"]) for one in opened(deployed, "a32_listing_correction")]
    assert found == [("陶瓷杯", "容量", "patrol"), ("保温杯", "材质", "patrol")]
    assert "满减活动可以和优惠券叠加" in written(deployed, "act_tell_gaps")[0][1]
    (row,) = rows(deployed, "patrol_register")
    assert (row["agent"], row["competitor"]) == ("presales", "某某专营店")


@pytest.mark.parametrize(("no", "told"), [("r11-S01", True), ("r11-A01", False)])
def test_operations_learn_that_a_new_product_may_be_listed(deployed: Database, no: str, told: bool) -> None:
    play(deployed, no)
    ((recipient, text),) = written(deployed, "release_listing")
    assert ("operations" in recipient) is told
    assert ("可以按2026-01-20上架" in text) is told
    (row,) = rows(deployed, "training_register")
    assert (row["passed"], row["result"]) == (True, "end_ready")


@pytest.mark.parametrize(("no", "passed"), [("r14-S01", True), ("r14-S03", False)])
def test_who_joins_is_on_record_with_what_was_trained_but_without_marks(
    deployed: Database, no: str, passed: bool
) -> None:
    play(deployed, no)
    (row,) = rows(deployed, "training_register")
    assert (row["agent"], row["topic"], row["passed"]) == ("presales", "新客服入职培训", passed)
    assert row["topics"].startswith("上机操作")  # type: ignore[union-attr]
    assert not {"careful", "typing", "note"} & row.keys()
    assert len(written(deployed, "make_regular")) == int(passed)
