"""The schema that migrations make is the one that the tables say."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from engine import access, accounts
from engine.errors import ConfigurationError
from engine.history import RecordedEvent
from engine.store import migrations
from engine.store.database import Database
from engine.store.fanout import INSERT_SIGNAL_JOBS
from engine.store.instances import InstanceRow, JobRow, TaskRow
from engine.store.migrate import is_current, upgrade
from engine.store.sql import (
    INSTANCE_COLUMNS,
    JOB_COLUMNS,
    SELECT_AWAITED_SIGNAL,
    SELECT_CHILDREN,
    SELECT_SUBSCRIPTIONS,
    SELECT_SUBSCRIPTIONS_OF,
    TASK_COLUMNS,
)
from engine.store.statement import Statement
from engine.store.suspension import SUSPEND_INSTANCES, SUSPEND_JOBS
from engine.store.tables import history_event, metadata

FOLDER = Path(migrations.__file__).parent


def no_index_of_words(name: str | None, kind: str, _parents: object) -> bool:
    """SQLite's own tables of its index of words are no tables of ours."""
    return not (kind == "table" and name is not None and name.startswith(("search_case_words", "search_order_words")))


def test_migrations_and_tables_make_the_same_schema(db: Database) -> None:
    with db.read() as connection:
        opts = {"compare_type": True, "compare_server_default": True, "include_name": no_index_of_words}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []


def test_migrations_and_tables_make_the_same_tables_word_for_word(db: Database, tmp_path: Path) -> None:
    other = create_engine(f"sqlite:///{tmp_path}/direct.db")
    metadata.create_all(other)

    def columns(connection: object) -> dict[str, object]:
        tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars()  # type: ignore[attr-defined]
        return {
            name: sorted(
                map(
                    tuple,
                    connection.execute(text(f'SELECT name, type, "notnull", pk FROM pragma_table_info("{name}")')),
                )
            )  # type: ignore[attr-defined]
            for name in list(tables)
            if name not in {"alembic_version", "sqlite_sequence"}
        }

    with db.read() as ours, other.connect() as direct:
        assert columns(ours) == columns(direct)
    other.dispose()


def test_rows_are_read_in_the_order_of_their_fields() -> None:
    assert [f.name for f in fields(InstanceRow)][:-1] == list(INSTANCE_COLUMNS)
    assert [f.name for f in fields(TaskRow)] == list(TASK_COLUMNS)
    assert [f.name for f in fields(JobRow)] == list(JOB_COLUMNS)
    assert list(RecordedEvent._fields) == [c.name for c in history_event.columns]


def test_upgrading_twice_changes_nothing(database_url: str, db: Database) -> None:
    before = db.file.read_bytes()
    upgrade(database_url)
    assert is_current(db)
    assert db.file.read_bytes() == before


def test_an_empty_file_is_not_current(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/empty.db")
    assert not is_current(database)
    database.close()


def test_a_database_of_a_newer_release_is_refused(database_url: str, db: Database) -> None:
    with db.begin() as tx:
        tx.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="newer release"):
        upgrade(database_url)


def old_database(url: str, revision: str) -> Database:
    """A database as an earlier release left it."""
    database = Database.open(url)
    with database.begin() as tx:
        tx.connection.begin()
        config = Config()
        config.set_main_option("script_location", str(FOLDER))
        config.attributes["connection"] = tx.connection
        command.upgrade(config, revision)
    return database


OLD_ROWS = (
    """INSERT INTO definition (key, process_id, version, hash, manifest, name, deployed_at, deployed_by)
       VALUES (1, 'p', 1, 'h', x'7b7d', 'p', 0, 'ann')""",
    """INSERT INTO process_instance (key, definition, process_id, case_id, revision, status, variables, opened_by,
       first_owner, owner, opened_at, case_opened_at, history_hash)
       VALUES (7, 1, 'p', '7', 1, 'active', x'7b7d', 'ann', 'ann', 'ann', 0, 0, x'00')""",
    """INSERT INTO job (id, instance, case_id, element, kind, type, due_at, retries_left, payload, leased_until)
       VALUES (700000001, 7, '7', 'tm', 'timer', 'timer', 5, 3, x'7b7d', 0)""",
    """INSERT INTO job (id, kind, type, due_at, retries_left, attempts, problem, payload)
       VALUES (-700000002, 'delivery', 'deliver', 6, 8, 2, 'down', x'7b7d')""",
    """INSERT INTO subscription (id, instance, process_id, element, message_name, correlation_key)
       VALUES (700000003, 7, 'p', 'ev', 'msg_paid', 'SO-1')""",
)


def test_a_database_of_the_first_release_is_upgraded_with_all_that_waits_in_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    database = old_database(url, "0001")
    with database.begin() as tx:
        for row in OLD_ROWS:
            tx.connection.execute(text(row))
    database.close()
    upgrade(url)
    database = Database.open(url)
    assert is_current(database)
    with database.read() as connection:
        jobs = connection.execute(text("SELECT id, due_at, retries_left, attempts, suspended_due_at FROM job")).all()
        assert sorted(map(tuple, jobs)) == [(-700000002, 6, 8, 2, None), (700000001, 5, 3, 0, None)]
        assert connection.execute(text("SELECT id, kind FROM subscription")).all() == [(700000003, "message")]
        indexes = set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'index'")).scalars())
        assert {"ix_job_due", "ix_job_instance", "ix_subscription_message"} <= indexes
    with database.begin() as tx:
        params = {"message_name": "msg_paid", "correlation_key": "SO-1"}
        assert tx.run(SELECT_SUBSCRIPTIONS, params).fetchall() == [(700000003, 7, "p")]
    database.close()


def test_open_tasks_of_an_earlier_release_are_sorted_found_and_kept_by_what_their_case_is_about(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    database = old_database(url, "0004")
    task = text(
        """INSERT INTO user_task (id, instance, case_id, definition, process_id, element, candidate_groups, priority,
           status, created_at, due_at) VALUES (:id, :i, :i, 1, 'p', 'a', :groups, 50, :status, 0, :due)"""
    )
    about = {
        7: b'{"order_amount":100.50,"courier":"\xe5\x9c\x86\xe9\x80\x9a"}',
        8: b'{"order_amount":100,"payout_amount":30.005}',
        9: b'{"order_amount":"12","courier":null}',
        10: b'{"order_amount":1e300}',
    }
    tasks = (
        {"id": 1, "i": 7, "groups": "courier,warehouse", "status": "open", "due": 500},
        {"id": 2, "i": 8, "groups": "finance", "status": "open", "due": None},
        {"id": 3, "i": 9, "groups": "courier", "status": "open", "due": None},
        {"id": 4, "i": 10, "groups": "couriers", "status": "open", "due": None},
        {"id": 5, "i": 7, "groups": "courier", "status": "completed", "due": 400},
    )
    with database.begin() as tx:
        tx.connection.execute(text(OLD_ROWS[0]))
        for key, variables in about.items():
            case = text(OLD_ROWS[1].replace("(7, 1, 'p', '7'", f"({key}, 1, 'p', '{key}'").replace("x'7b7d'", ":v"))
            tx.connection.execute(case, {"v": variables})
        for row in tasks:
            tx.connection.execute(task, row)
    database.close()
    upgrade(url)
    database = Database.open(url)
    with database.read() as connection:
        found = connection.execute(text("SELECT owner, amount, due_order, courier FROM user_task ORDER BY id")).all()
    never = 2**62
    assert list(map(tuple, found)) == [
        ("ann", 10050, 500, "圆通"),
        ("ann", 3001, never, None),
        ("ann", None, never, None),
        ("ann", None, never, None),
        (None, None, never, None),  # what is done is in nobody's inbox
    ]
    database.close()


def test_questions_of_an_earlier_release_to_couriers_get_the_courier_of_their_case(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    database = old_database(url, "0016")
    abouts = {7: b'{"courier":"\xe5\x9c\x86\xe9\x80\x9a"}', 8: b'{"courier":" "}', 9: b"{}"}
    asked = [(7, "courier", None), (8, "courier", None), (9, "courier", None), (7, "warehouse", None),
             (7, None, "kuai"), (7, None, "wang")]  # fmt: skip
    with database.begin() as tx:
        for person, group in (("kuai", "courier"), ("wang", "aftersales")):
            tx.connection.execute(
                text("""INSERT INTO user (id, name, password_hash, active) VALUES (:u, :u, 'x', 1)"""), {"u": person}
            )
            member = text("""INSERT INTO membership ("user", "group") VALUES (:u, :g)""")
            tx.connection.execute(member, {"u": person, "g": group})
        tx.connection.execute(text(OLD_ROWS[0]))
        for key, variables in abouts.items():
            case = text(OLD_ROWS[1].replace("(7, 1, 'p', '7'", f"({key}, 1, 'p', '{key}'").replace("x'7b7d'", ":v"))
            tx.connection.execute(case, {"v": variables})
        tx.connection.execute(text("UPDATE process_instance SET order_id = 'SO-' || key"))
        for number in (7, 8):
            order = text(
                "INSERT INTO shop_order (order_id, customer_id, channel, order_stage, facts, courier, updated_at)"
                " VALUES (:o, 'C', 'phone', 'shipped', x'7b7d', '中通', 0)"
            )
            tx.connection.execute(order, {"o": f"SO-{number}"})
        for case_id, group, person in asked:
            question = text(
                "INSERT INTO inquiry (case_id, asked_by, to_group, to_person, question, context, asked_at, due_at)"
                " VALUES (:c, 'ann', :g, :p, '?', '', 0, 0)"
            )
            tx.connection.execute(question, {"c": str(case_id), "g": group, "p": person})
    database.close()
    upgrade(url)
    database = Database.open(url)
    with database.read() as connection:
        found = connection.execute(text("SELECT courier FROM inquiry ORDER BY id")).scalars().all()
    assert found == ["圆通", "中通", None, None, "圆通", None]
    database.close()


def test_couriers_of_an_earlier_release_go_on_seeing_the_tasks_that_they_saw(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    database = old_database(url, "0006")
    people = {"kuai": "courier", "both": "courier", "wang": "aftersales"}
    with database.begin() as tx:
        for person, group in people.items():
            tx.connection.execute(
                text("""INSERT INTO user (id, name, password_hash, active) VALUES (:u, :u, 'x', 1)"""), {"u": person}
            )
            member = text("""INSERT INTO membership ("user", "group") VALUES (:u, :g)""")
            tx.connection.execute(member, {"u": person, "g": group})
        tx.connection.execute(text("""INSERT INTO membership ("user", "group") VALUES ('both', 'warehouse')"""))
    database.close()
    upgrade(url)
    database = Database.open(url)
    assert accounts.get(database, "kuai").actor.couriers == {access.ANY_COURIER}
    assert accounts.get(database, "both").actor.couriers == {access.ANY_COURIER}
    assert accounts.get(database, "wang").actor.couriers == frozenset()
    database.close()


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (SELECT_SUBSCRIPTIONS, "ix_subscription_message (message_name=? AND correlation_key=?)"),
        (INSERT_SIGNAL_JOBS, "ix_subscription_message (message_name=? AND correlation_key=?)"),
        (SELECT_AWAITED_SIGNAL, "ix_subscription_instance (instance=?)"),
        (SELECT_SUBSCRIPTIONS_OF, "ix_subscription_instance (instance=?)"),
        (SELECT_CHILDREN, "ix_process_instance_parent (parent=?)"),
        (SUSPEND_JOBS, "ix_job_instance (instance=?)"),
        (SUSPEND_INSTANCES, "ix_process_instance_case (case_id=?)"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_who_waits_is_found_by_an_index(db: Database, statement: Statement, index: str) -> None:
    with db.begin() as tx:
        names = set(re.findall(r"(?<!:):([a-z_]+)", statement.sql))
        explained = Statement("explain", f"EXPLAIN QUERY PLAN {statement.sql}")
        plan = [row[3] for row in tx.run(explained, dict.fromkeys(names, 0)).fetchall()]
    assert any(index in line for line in plan), plan
    assert not any(re.match(r"SCAN (job|subscription|process_instance)\b", line) for line in plan), plan
