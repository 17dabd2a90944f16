"""A thousand past cases on a table with another limit: how long a back-test takes, and whether arithmetic agrees."""

from __future__ import annotations

import platform
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

from sqlalchemy import insert, select

from engine.backtest.asking import ask
from engine.backtest.choosing import CaseFilter
from engine.backtest.results import read_summary
from engine.backtest.running import Runner
from engine.clock import SHANGHAI, VirtualClock
from engine.scenarios.people import person
from engine.store.database import Database
from engine.store.tables import backtest_case, studio_change
from tests.engine.backtest.seeding import Seeded, Seeder, expected, fen, with_limit
from tests.engine.narrative.theatre import ROOT, build

CASES: Final = 1_000
SECONDS: Final = 10.0
LIMIT: Final = 50
TABLE: Final = ROOT / "processes/decisions/compensation_approval.dmn"


def main(_rounds: int) -> tuple[dict[str, Any], bool]:
    """Run and print; the facts, and whether the promise is kept."""
    with tempfile.TemporaryDirectory(prefix="kefuflow-bench-") as folder:
        db = Database.open(f"sqlite:///{build(Path(folder))}")
        clock = VirtualClock(datetime(2026, 1, 2, 9, 0, tzinfo=SHANGHAI))
        cases = Seeder(db, clock, 1).make(CASES)
        key = _ask(db, clock)
        began, worked = perf_counter(), process_time()
        run = Runner(db, clock)
        while run():
            pass
        took, computed = perf_counter() - began, process_time() - worked
        _check(db, key, cases)
        with db.read() as connection:
            found = read_summary(connection, key)
        db.close()
    good = took <= SECONDS
    print(f"{CASES:,} cases, every one as arithmetic says; ¥{found.difference / 100:,.2f} more would have been paid")
    print(f"back-test in {took:.1f} s (CPU {computed:.1f} s) ≤ {SECONDS:.0f}: {'kept' if good else 'MISSED'}")
    facts = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "cases": CASES,
        "seconds": round(took, 2),
        "seconds_of_cpu": round(computed, 2),
        "verdicts": dict(found.verdicts),
        "fen_more": found.difference,
    }
    return facts, good


def _ask(db: Database, clock: VirtualClock) -> int:
    owner = person("process_owner")
    values = {"title": "bench", "why": "", "status": "open", "opened_by": owner.id, "opened_at": 0}
    with db.begin() as tx:
        change = tx.connection.execute(insert(studio_change).values(values).returning(studio_change.c.key)).scalar_one()
    parts = {("decision", "compensation_approval"): with_limit(TABLE.read_bytes(), LIMIT)}
    return ask(db, owner, change=change, revision=1, parts=parts, wanted=CaseFilter(), now=clock.now())


def _check(db: Database, key: int, cases: list[Seeded]) -> None:
    with db.read() as connection:
        rows = connection.execute(select(backtest_case).where(backtest_case.c.backtest == key)).all()
    found = {row.case_id: (row.verdict, row.paid_before, row.paid_after) for row in rows}
    for case in cases:
        verdict, paid = expected(case, Decimal(LIMIT))
        assert found[case.case_id] == (verdict, fen(case.paid), fen(paid)), case
    assert len(found) == len(cases)
