"""A case executed again from its recorded commands gives the same events; what somebody changed by hand is named."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from engine.audit import re_execute
from engine.clock import VirtualClock
from engine.errors import NotFound
from engine.store.database import Database
from tests.conftest import FRIDAY_9AM
from tests.engine.shop_desk import COURIER, DELIVERY, FINANCE, PRESALES, ShopDesk
from tests.engine.tampering import tamper
from tests.no_python import forbidden
from tests.sample import some

#: Runs in a process of its own, with another hash seed and time zone.
PROGRAM = """
import sys
from engine.audit import re_execute
from engine.store.database import Database
report = re_execute(Database.open(sys.argv[1]), sys.argv[2])
print(report.same, [(s.process_id, s.steps, s.events) for s in report.streams], report.first_difference)
"""


def whole_case(desk: ShopDesk) -> str:
    """Stalled, looked at again after 24 h, lost, sent again, cancelled for shortage, paid back: three processes."""
    key = desk.inquire()
    desk.complete(
        "check_logistics", COURIER, hours_since_update=Decimal(50), stuck_in_region=False, customer_urges=True
    )
    desk.drain()
    desk.runtime.claim(desk.task("contact_courier"), COURIER)
    desk.complete("contact_courier", COURIER, stall_cause="backlog", courier_reply="积压", confirmed_lost=False)
    desk.drain()
    desk.next_timer()
    desk.drain()
    desk.complete(
        "check_logistics", COURIER, hours_since_update=Decimal("72.1"), stuck_in_region=False, customer_urges=True
    )
    desk.drain()
    desk.complete("courier_search", COURIER, search_result="not_found")
    desk.drain()
    desk.complete("file_claim", COURIER, claim_amount=Decimal("120.00"), claim_no="CL1")
    desk.drain()
    desk.complete(
        "verify_customer_info",
        PRESALES,
        info_complete=True,
        region_type="normal",
        courier_reachable=True,
        receipt_affected=False,
    )
    desk.drain()
    desk.complete("pick_goods", DELIVERY, picked_complete=False, missing_items="配件")
    desk.complete("handle_shortage", DELIVERY, shortage_kind="out_of_stock", shortage_action="cancel")
    desk.drain()
    desk.complete("finance_pay", FINANCE, pay_ok=True, payment_no="P1", paid_amount=Decimal(120))
    desk.drain()
    assert desk.column("SELECT end_state FROM process_instance ORDER BY key") == [
        "end_refunded",
        "end_cancelled",
        "end_paid",
    ]
    return str(key)


@dataclass(frozen=True)
class Played:
    """A database with the whole case."""

    file: Path
    case_id: str


@pytest.fixture(scope="module")
def played(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """It is played once."""
    file = tmp_path_factory.mktemp("whole") / "shop.db"
    shutil.copy(empty_database, file)
    with pytest.MonkeyPatch.context() as patch, forbidden(patch):
        desk = ShopDesk(Database.open(f"sqlite:///{file}"), VirtualClock(FRIDAY_9AM))
        case_id = whole_case(desk)
    desk.db.close()
    return Played(file, case_id)


@pytest.fixture
def whole(played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A copy of it; Python's eval and exec raise while it is looked at."""
    shutil.copy(played.file, tmp_path / "whole.db")
    db = Database.open(f"sqlite:///{tmp_path / 'whole.db'}")
    with forbidden(monkeypatch):
        yield db
    db.close()


def column(db: Database, sql: str) -> list[object]:
    with db.read() as connection:
        return [row[0] for row in connection.exec_driver_sql(sql)]


def test_three_processes_re_execute_to_the_same_events(whole: Database, played: Played) -> None:
    report = re_execute(whole, played.case_id)
    assert report.same
    assert [stream.process_id for stream in report.streams] == ["p10_courier_query", "p07_delivery", "s02_payout"]
    (events,) = column(whole, "SELECT count(*) FROM history_event WHERE stream > 0")
    assert sum(stream.events for stream in report.streams) == events


def test_a_running_case_re_executes_too(desk: ShopDesk) -> None:
    key = desk.inquire()
    assert re_execute(desk.db, str(key)).same


@pytest.mark.parametrize(
    ("seed", "zone"), some([("77", "America/New_York"), ("1", "UTC"), ("4294967295", "Asia/Shanghai")], 1)
)
def test_another_process_hash_seed_and_time_zone_give_the_same(
    whole: Database, played: Played, seed: str, zone: str
) -> None:
    command = [sys.executable, "-c", PROGRAM, str(whole.engine.url), played.case_id]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(Path(__file__).parents[2])}
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.startswith("True ")
    assert found.stdout.endswith(" None\n")


@pytest.mark.parametrize(
    "content",
    [
        "CAST(replace(CAST(content AS TEXT), ']48..72]', ']60..72]') AS BLOB)",
        "replace(content, ']48..72]', ']60..72]')",
    ],
)
def test_a_constant_changed_by_hand_in_the_stored_table_is_named(whole: Database, played: Played, content: str) -> None:
    tamper(whole, f"UPDATE resource SET content = {content} WHERE kind = 'decision' AND id = 'logistics_status'")
    report = re_execute(whole, played.case_id)
    assert not report.same
    assert [(d.kind, d.id) for d in report.damage] == [("decision", "logistics_status")]
    difference = report.first_difference
    assert difference is not None
    assert difference.element == "rule_logistics_status"


def test_a_changed_form_value_is_found_at_its_row(whole: Database, played: Played) -> None:
    tamper(
        whole,
        "UPDATE history_value SET \"values\" = CAST(replace(CAST(\"values\" AS TEXT), '积压', '丢失') AS BLOB)"
        " WHERE CAST(\"values\" AS TEXT) LIKE '%积压%'",
    )
    difference = re_execute(whole, played.case_id).first_difference
    assert difference is not None
    assert difference.element == "contact_courier"


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE history_event SET actor = 'somebody' WHERE kind = 'user_task.claimed'",
        "UPDATE history_event SET at = at + 1 WHERE kind = 'timer.fired'",
        "UPDATE history_event SET hash = zeroblob(32) WHERE kind = 'decision.evaluated'",
        "DELETE FROM history_event WHERE kind = 'user_task.claimed'",
        "DELETE FROM history_event WHERE seq = 3",
        "DELETE FROM history_value WHERE revision = 2",
        "UPDATE process_instance SET variables = '{}' WHERE process_id = 's02_payout'",
        "UPDATE process_instance SET state = NULL WHERE process_id = 'p07_delivery'",
    ],
)
def test_rows_changed_by_hand_are_found(whole: Database, played: Played, tampering: str) -> None:
    tamper(whole, tampering)
    assert not re_execute(whole, played.case_id).same


def test_there_is_no_proof_of_an_unknown_case(desk: ShopDesk) -> None:
    with pytest.raises(NotFound):
        re_execute(desk.db, "4711")


def test_a_resubmitted_value_keeps_its_decimals(whole: Database) -> None:
    (values,) = column(whole, "SELECT \"values\" FROM register_row WHERE register = 'courier_claim_register'")
    assert b'"claim_amount":120' in values  # type: ignore[operator]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE history_value SET \"values\" = x'ff'",
        "UPDATE history_value SET \"values\" = x'7b7d'",
        "UPDATE history_value SET command = x'5b5d'",
        "UPDATE history_value SET command = x'7b22646f223a2278227d'",
        "DELETE FROM resource WHERE kind = 'bpmn'",
        "DELETE FROM resource WHERE kind = 'form'",
        "UPDATE resource SET content = x'7b' WHERE kind = 'form'",
        "UPDATE resource SET content = x'3c' WHERE kind = 'decision'",
        "DELETE FROM history_value",
        "DELETE FROM history_event WHERE stream > 0",
    ],
)
def test_whatever_is_damaged_the_auditor_gets_an_answer(desk: ShopDesk, damage: str) -> None:
    key = desk.inquire()
    assert re_execute(desk.db, str(key)).same
    tamper(desk.db, damage)
    assert not re_execute(desk.db, str(key)).same
