"""Samples, objections and appraisals of an earlier release are reminded of as well."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from engine.clock import to_microseconds
from engine.store.database import Database
from engine.store.migrate import is_current, upgrade
from tests.engine.kpi.ledger import at
from tests.engine.store.test_migrations import old_database

MONDAY = to_microseconds(at("12-21 00:00"))
CHECK = """INSERT INTO quality_check (case_id, process_id, agent, week, ended_at, why, added_at, state, objected_at)
           VALUES (:case, 'p', 'li', '2026-W51', 0, 'drawn', :added, :state, :objected)"""
APPRAISAL = """INSERT INTO appraisal (person, month, guidance, plan, career, written_by, written_at, reply, signed_at)
               VALUES ('li', :month, 'x', '', '', 'zhou', :written, '', :signed)"""
FRIDAY_9AM, NEXT_MONDAY = to_microseconds(at("12-25 09:00")), to_microseconds(at("12-28 00:00"))


@pytest.mark.parametrize("revision", ["0012", "0015"])
def test_what_waits_already_has_a_week(tmp_path: Path, revision: str) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    database = old_database(url, revision)
    with database.begin() as tx:
        for case, state, added, objected in (
            ("1", "waiting", MONDAY, None), ("2", "objected", 0, MONDAY), ("3", "checked", MONDAY, None),
        ):  # fmt: skip
            given = {"case": case, "state": state, "added": added, "objected": objected}
            tx.connection.execute(text(CHECK), given)
        for month, signed in (("2026-11", None), ("2026-10", MONDAY)):
            tx.connection.execute(text(APPRAISAL), {"month": month, "written": MONDAY, "signed": signed})
    database.close()
    upgrade(url)

    database = Database.open(url)
    assert is_current(database)
    with database.read() as connection:
        checks = connection.execute(text("SELECT due_at, next_at FROM quality_check ORDER BY case_id")).all()
        appraisals = connection.execute(text("SELECT due_at, next_at FROM appraisal ORDER BY month DESC")).all()
    database.close()
    assert checks == [(NEXT_MONDAY, FRIDAY_9AM), (NEXT_MONDAY, FRIDAY_9AM), (None, None)]
    assert appraisals == [(NEXT_MONDAY, FRIDAY_9AM), (None, None)]
