"""Numbers of the whole installation: boundaries to the second, and no look at what has ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, insert, text

from engine.clock import to_microseconds
from engine.queries.operation import OTHER, Figures, read_figures
from engine.store.database import Database
from engine.store.tables import incident, job, tree_head, user_task
from engine.store.writes import HELD
from tests.conftest import FRIDAY_9AM

NOW = to_microseconds(FRIDAY_9AM)
SECOND = 1_000_000
GROUPS = frozenset({"aftersales", "finance"})


def figures(db: Database) -> Figures:
    return read_figures(db, FRIDAY_9AM, GROUPS)


def add_task(db: Database, number: int, groups: str, *, due: int | None = None, status: str = "open") -> None:
    row = {
        "id": number, "instance": 1, "case_id": "1", "definition": 1, "process_id": "p", "element": "e",
        "candidate_groups": groups, "priority": 50, "status": status, "created_at": 0,
    }  # fmt: skip
    if due is not None:
        row |= {"due_at": due, "due_order": due}
    with db.begin() as tx:
        tx.connection.execute(insert(user_task).values(row))


def add_job(db: Database, number: int, due: int) -> None:
    row = {"id": number, "kind": "timer", "type": "timer", "due_at": due, "retries_left": 1, "payload": b"{}"}
    with db.begin() as tx:
        tx.connection.execute(insert(job).values(row))


@pytest.fixture
def loose(db: Database) -> Database:
    """A database that takes rows without those to which they belong."""

    @event.listens_for(db.engine, "connect")
    def no_keys(driver: object, _: object) -> None:
        driver.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]

    db.engine.dispose()
    return db


def test_of_nothing_there_is_nothing(db: Database) -> None:
    found = figures(db)
    assert (found.active_instances, found.open_tasks, found.overdue_tasks) == (0, {}, 0)
    assert (found.incidents, found.due_jobs, found.oldest_due_seconds, found.waiting_messages) == (0, 0, 0, 0)
    assert found.head_age_seconds is None
    assert found.database_bytes >= db.file.stat().st_size > 0


def test_a_task_of_two_groups_counts_for_both_and_is_late_once(loose: Database) -> None:
    add_task(loose, 1, "aftersales,finance", due=NOW - 1)
    add_task(loose, 2, "aftersales", due=NOW)
    add_task(loose, 3, "made_up,another")
    add_task(loose, 4, "", due=NOW + SECOND)
    add_task(loose, 5, "finance", due=NOW - SECOND, status="completed")
    found = figures(loose)
    assert found.open_tasks == {"aftersales": 2, "finance": 1, OTHER: 2}
    assert found.overdue_tasks == 1


@pytest.mark.parametrize(("due", "count"), [(NOW - 90 * SECOND, 1), (NOW, 1), (NOW + 1, 0), (HELD, 0)])
def test_a_job_is_due_from_its_second_on_and_never_while_it_is_held(db: Database, due: int, count: int) -> None:
    add_job(db, 1, due)
    found = figures(db)
    assert found.due_jobs == count
    assert found.oldest_due_seconds == (max(0, NOW - due) / SECOND if count else 0)


def test_the_oldest_of_several_jobs_is_told(db: Database) -> None:
    for number, due in enumerate((NOW - 5 * SECOND, NOW - 7 * SECOND, NOW)):
        add_job(db, number, due)
    found = figures(db)
    assert (found.due_jobs, found.oldest_due_seconds) == (3, 7)


def test_a_clock_that_was_set_back_gives_no_negative_age(db: Database) -> None:
    head = {"size": 1, "root": b"r", "at": NOW + 60 * SECOND, "key": 1, "note": "n"}
    with db.begin() as tx:
        tx.connection.execute(insert(tree_head).values(head))
        tx.connection.execute(insert(tree_head).values(head | {"size": 2, "at": NOW + 30 * SECOND}))
    assert figures(db).head_age_seconds == 0
    assert read_figures(db, FRIDAY_9AM + timedelta(minutes=1), GROUPS).head_age_seconds == 30


def test_incidents_are_counted(db: Database) -> None:
    with db.begin() as tx:
        rows = [{"id": n, "kind": "job", "message": "m", "created_at": 0} for n in range(3)]
        tx.connection.execute(insert(incident), rows)
    assert figures(db).incidents == 3


@contextmanager
def statements(db: Database) -> Iterator[list[tuple[str, object]]]:
    """What is asked meanwhile."""
    found: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, sql: str, values: object, *_: object) -> None:
        found.append((sql, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_few_statements_are_asked_and_each_reads_an_index_of_what_is_open(db: Database) -> None:
    with statements(db) as asked:
        figures(db)
    queries = [(sql, values) for sql, values in asked if sql.lstrip().upper().startswith("SELECT")]
    assert len(queries) == 6
    for sql, values in queries:
        with db.read() as connection:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
        assert len(plan) == 1, (sql, plan)
        assert " USING " in plan[0] or plan[0].startswith(("SCAN incident", "SCAN tree_head")), (sql, plan)
        if "user_task" in sql:
            assert "ix_user_task_inbox" in plan[0]
        if "process_instance" in sql:
            assert "ix_process_instance_active" in plan[0]
        if "outbox" in sql:
            assert "ix_outbox_under_way" in plan[0]


def test_a_snapshot_is_consistent_while_somebody_writes(db: Database) -> None:
    add_job(db, 1, NOW)
    with db.read() as reading:
        assert reading.scalar(text("SELECT count(*) FROM job")) == 1
        with db.begin() as tx:
            tx.connection.execute(text("DELETE FROM job"))
            before = figures(db)
        assert before.due_jobs == 1, "what is not committed is not counted, and waited for neither"
    assert figures(db).due_jobs == 0
