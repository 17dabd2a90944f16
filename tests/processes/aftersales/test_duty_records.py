"""What violations, hand-overs and doorstep visits leave behind, and what later cases read of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import accounts, canonical
from engine.clock import VirtualClock
from engine.model import Value
from engine.scenarios import Result, Scenario
from engine.scenarios.people import hire
from engine.scenarios.play import Play
from engine.scenarios.stage import START
from engine.store.database import Database
from engine.store.tables import notification, outbox, process_instance, register_row
from tests.processes.scenario_files import scenarios_of

PROCESSES = ("r12_conduct_violation", "r16_case_handover", "a27_tile_doorstep_service")


@pytest.fixture
def deployed(shipped_database: Path, tmp_path: Path) -> Iterator[Database]:
    """A database with the shipped processes and a person a group."""
    shutil.copy(shipped_database, tmp_path / "deployed.db")
    db = Database.open(f"sqlite:///{tmp_path / 'deployed.db'}")
    hire(db)
    yield db
    db.close()


def scenario(no: str) -> Scenario:
    return next(scenarios[no] for scenarios in map(scenarios_of, PROCESSES) if no in scenarios)


def play(db: Database, no: str, **changes: object) -> Result:
    result = Play(replace(scenario(no), **changes), db, VirtualClock(START)).run()  # type: ignore[arg-type]
    assert result.problem is None
    return result


def rows(db: Database, register: str) -> list[dict[str, Value]]:
    """The rows of a register, the oldest first."""
    with db.read() as connection:
        found = select(register_row.c["values"]).where(register_row.c.register == register).order_by(register_row.c.id)
        return [canonical.decode(values) for values in connection.execute(found).scalars()]


def written(db: Database, element: str) -> list[tuple[str, str]]:
    """(recipient, text) of what an element wrote."""
    with db.read() as connection:
        found = select(outbox.c.recipient, outbox.c.text).where(outbox.c.element == element).order_by(outbox.c.id)
        return [tuple(row) for row in connection.execute(found)]


def test_offences_of_a_group_are_counted_and_the_agent_alone_is_told_of_a_proposal(deployed: Database) -> None:
    play(deployed, "r12-S01.1")
    play(deployed, "r12-S06")  # unfounded, and of another group
    play(deployed, "r12-S04.1")
    play(deployed, "r12-S01.2", svc={})
    found = [
        (row["offence_group"], row["nth"], row["penalty"], row["fine"]) for row in rows(deployed, "violation_register")
    ]
    assert found == [
        ("office_discipline", 1, "fine", 10),
        ("case_ownership", 1, "serious_warning", 0),
        ("office_discipline", 2, "fine", 30),
    ]
    said = written(deployed, "record_penalty")
    assert [recipient for recipient, _ in said] == ["售后客服"] * 3
    assert said[0][1].startswith("售后客服:2026")
    assert said[0][1].endswith("违规(上班做无关事第1次),处罚:建议罚款 10元。")
    assert said[1][1].endswith("(擅自处理他人对接的售后第1次),处罚:建议严重警告 0元。")
    with deployed.read() as connection:
        told = select(notification.c.user).where(notification.c.text == said[0][1])
        assert connection.execute(told).scalars().all() == ["aftersales"]


def test_the_third_time_is_dismissal_for_the_manager_to_decide_and_a_hand_over_is_opened(deployed: Database) -> None:
    for _ in range(2):
        play(deployed, "r12-S01.1", expect={})
    play(deployed, "r12-S02", svc={})
    assert not accounts.get(deployed, "aftersales").active
    last = rows(deployed, "violation_register")[-1]
    assert (last["nth"], last["penalty"], last["status"]) == (3, "dismissal", "已开除")
    assert written(deployed, "record_penalty")[2:] == []
    with deployed.read() as connection:
        opened = select(process_instance).where(process_instance.c.process_id == "r16_case_handover")
        (row,) = connection.execute(opened).all()
    known = canonical.decode(row.variables)
    assert (known["from_agent"], known["reason"], row.parent_case_id is not None) == ("aftersales", "resign", True)


def test_each_buyer_is_told_once_who_goes_on(deployed: Database) -> None:
    play(deployed, "r16-S01")
    said = "亲,您的售后由售后客服继续为您跟进,之前的情况都已交接清楚,请您放心。"
    assert written(deployed, "msg_new_owner") == [("C-1", said), ("C-2", said)]
    (row,) = rows(deployed, "authorisation_register")
    assert (row["from_agent"], row["to_agent"], row["approver"]) == ("presales", "aftersales", "supervisor")
    assert (row["cases"], row["result"]) == (["11", "12", "13"], "end_handed_over")
    (row,) = rows(deployed, "owner_register")
    assert (row["owner"], row["cases"], row["owner_status"]) == ("aftersales", ["11", "12", "13"], "跟进中")


def test_what_is_not_approved_is_on_record_and_changes_nothing(deployed: Database) -> None:
    play(deployed, "r16-S02")
    (row,) = rows(deployed, "authorisation_register")
    assert (row["approved"], row["result"], row.get("to_agent")) == (False, "end_refused", None)
    assert rows(deployed, "owner_register") == []
    assert written(deployed, "msg_new_owner") == []


def test_visits_are_counted_over_the_cases_of_an_order(deployed: Database) -> None:
    play(deployed, "a27-A01")
    second = play(deployed, "a27-S01", svc={}, expect={"remaining": Decimal(1), "visits_used": Decimal(2)})
    assert second.problem is None
    play(deployed, "a27-S05", svc={}, expect={"remaining": Decimal(0), "visits_used": Decimal(2)})
    play(deployed, "a27-S04", svc={}, expect={"remaining": Decimal(0), "visits_used": Decimal(2)})
    found = [(row["tile_order_no"], row["visit_quota"], row["visits_used"]) for row in rows(deployed, "tile_register")]
    assert found == [("DK-1", 2, 1), ("DK-1", 2, 2), ("DK-1", 2, 2)]
