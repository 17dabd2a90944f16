"""The doctor finds each trouble that was planted, and nothing in a database that is well."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine import accounts, audit, upkeep
from engine.__main__ import main
from engine.attachments import Folder
from engine.clock import to_microseconds
from engine.connectors import JobContext
from engine.demo import KeptClock
from engine.errors import JobFailed
from engine.model import Variables
from engine.outbox import Message, Spool
from engine.runtime.jobs import JobRunner
from engine.store.tables import second_factor
from engine.upkeep.invariants import INVARIANTS
from tests.engine.runtime.test_poison import writes_a_message
from tests.engine.support import LI, ZHAO, Engine
from tests.engine.tampering import tamper
from tests.engine.upkeep.test_backup import give
from tests.unit.bpmn.drawing import Drawing, duration

OLD = timedelta(days=9)


@pytest.fixture
def shop(engine: Engine) -> Engine:
    """A desk in the middle of its work: tasks, a timer, messages, calls, a suspended case, files, keys, a head."""
    engine.connectors["tell"] = writes_a_message
    drawing = Drawing("p").start().user("ask").service("tell", "tell").catch("wait", duration("PT4H")).end()
    engine.deploy(
        drawing.flow("start", "ask", "tell", "wait", "end"),
        Drawing("outer").start().call("sub", "p").end().flow("start", "sub", "end"),
    )
    keys = [engine.start(), engine.start(), engine.start("outer"), engine.start()]
    engine.runtime.complete(engine.tasks(instance=keys[0])[0], {}, LI)
    runner = JobRunner(engine.runtime, Spool(outbox(engine)))
    while runner.run_due(50):
        pass
    engine.runtime.suspend(str(keys[3]), ZHAO, reason="等")
    give(engine.db, "包裹.png")
    for name in ("session.key", "policy.key"):
        (engine.db.file.parent / name).write_bytes(os.urandom(32))
        (engine.db.file.parent / name).chmod(0o600)
    audit.seal(engine.db, audit.Signer(audit.key_file(engine.db)), engine.clock.now())
    return engine


def outbox(engine: Engine) -> Path:
    return engine.db.file.parent / "outbox"


def examine(engine: Engine, ahead: timedelta = timedelta(), **options: int) -> dict[str, upkeep.Finding]:
    report = upkeep.examine(engine.db.file, now=engine.clock.now() + ahead, outbox=outbox(engine), **options)
    return {one.code: one for one in report.findings}


def sql(engine: Engine, statement: str) -> None:
    with engine.db.begin() as tx:
        assert tx.connection.exec_driver_sql(statement).rowcount > 0


# --- well ------------------------------------------------------------------------------------------


def test_nothing_is_found_where_all_is_well_and_nothing_is_changed(shop: Engine) -> None:
    before = shop.snapshot()
    files = {path: path.stat().st_mtime_ns for path in shop.db.file.parent.rglob("*") if path != shop.db.file}
    assert examine(shop) == {}
    assert shop.snapshot() == before
    assert {path: path.stat().st_mtime_ns for path in files} == files


def test_a_database_that_nobody_has_open_is_left_as_it_lies(shop: Engine) -> None:
    shop.db.close()
    names, content = sorted(shop.db.file.parent.iterdir()), shop.db.file.read_bytes()
    assert examine(shop) == {}
    assert (sorted(shop.db.file.parent.iterdir()), shop.db.file.read_bytes()) == (names, content)


def test_an_installation_that_was_just_made_is_well(engine: Engine) -> None:
    assert examine(engine) == {}


def test_the_virtual_clock_of_a_demonstration_is_the_one_that_counts(shop: Engine) -> None:
    KeptClock(shop.db, shop.clock.now())
    report = upkeep.examine(shop.db.file, now=shop.clock.now() + timedelta(days=2), outbox=outbox(shop))
    assert report.healthy


# --- each trouble ----------------------------------------------------------------------------------


def test_due_work_is_late_a_second_behind_its_time(shop: Engine) -> None:
    due = timedelta(hours=4, minutes=10)
    assert "late" not in examine(shop, due - timedelta(seconds=1))
    assert examine(shop, due + timedelta(seconds=1))["late"].count == 1


def test_incidents_and_jobs_that_fail_again_and_again_are_told_with_their_problem(shop: Engine) -> None:
    def fails(_: JobContext) -> Variables:
        raise JobFailed("快递接口停用")

    shop.connectors["work"] = fails
    shop.deploy(Drawing("q").start().service("job").end().flow("start", "job", "end"))
    shop.start("q")
    shop.worker.drain()
    sql(shop, "UPDATE job SET attempts = 4 WHERE type = 'work'")
    found = examine(shop)["put_off"]
    assert "快递接口停用" in found.examples[0]
    for _ in range(4):
        shop.clock.advance(timedelta(hours=1))
        shop.worker.drain()
    found_now = examine(shop)
    assert found_now["incidents"].count == 1
    assert "no_retries_left" in found_now["incidents"].examples[0]
    assert "put_off" not in found_now, "an incident holds it"


class Died(BaseException):
    """The program ended."""


def test_a_delivery_that_was_cut_off_and_not_taken_up_is_told(shop: Engine) -> None:
    (task,) = shop.tasks(instance=2)
    shop.runtime.complete(task, {}, LI)

    def dies(_: Message) -> None:
        raise Died

    runner = JobRunner(shop.runtime, dies)
    assert runner.run_due(50)  # writes it
    with pytest.raises(Died):
        runner.run_due(50)
    assert "lease_left" not in examine(shop, timedelta(minutes=10))
    found = examine(shop, timedelta(minutes=12))
    assert found["lease_left"].count == 1
    assert "late" not in found
    assert "lease_too_long" in examine(shop, -timedelta(minutes=30))
    assert examine(shop, timedelta(minutes=61))["undelivered"].count == 1


def test_what_no_signed_head_covers_is_told(shop: Engine) -> None:
    shop.start()
    assert "unsigned" not in examine(shop, timedelta(minutes=9))
    assert "a step of" in examine(shop, timedelta(minutes=11))["unsigned"].examples[0]


def test_a_log_without_any_head_is_told(engine: Engine) -> None:
    engine.deploy(Drawing("p").start().user("ask").end().flow("start", "ask", "end"))
    assert "there is none" in examine(engine, timedelta(minutes=11))["unsigned"].examples[0]


def test_a_clock_that_was_moved_back_is_told(shop: Engine) -> None:
    assert "clock_back" not in examine(shop, -timedelta(seconds=5))
    assert "clock_back" in examine(shop, -timedelta(seconds=6))


@pytest.mark.parametrize(
    ("code", "statement"),
    [
        ("waits", "DELETE FROM user_task WHERE instance = 2"),
        ("waits", "UPDATE process_instance SET status = 'completed', ended_at = 1 WHERE key = 2"),
        ("waits", "DELETE FROM job WHERE kind = 'timer'"),
        ("incident_rows", "UPDATE process_instance SET incidents = 1 WHERE key = 2"),
        ("incident_rows", f"UPDATE job SET due_at = {2**62} WHERE kind = 'timer'"),
        ("delivery_rows", "UPDATE outbox SET delivered_at = NULL"),
        ("job_ids", "UPDATE job SET instance = 2 WHERE kind = 'timer'"),
        ("suspended_rows", "UPDATE process_instance SET status = 'suspended' WHERE key = 3"),
        ("alarm_rows", "UPDATE user_task SET urgency = 0 WHERE instance = 2"),
    ],
)
def test_rows_that_do_not_fit_are_told(shop: Engine, code: str, statement: str) -> None:
    sql(shop, statement)
    found = examine(shop)[code]
    assert found.count >= 1
    assert found.zh
    assert found.examples


def test_every_invariant_is_tried_here() -> None:
    (mark,) = (m for m in test_rows_that_do_not_fit_are_told.pytestmark if m.name == "parametrize")
    assert {row[0] for row in mark.args[1]} == {one.code for one in INVARIANTS}


Plant = Callable[[Engine], object]


def content(engine: Engine) -> Path:
    (sha256,) = engine.column("SELECT sha256 FROM attachment")
    return Folder.beside(engine.db).path(str(sha256))


def unnamed(engine: Engine, age: timedelta) -> None:
    name = "ab" * 32
    Folder.beside(engine.db).put(name, b"x", None)
    at = (engine.clock.now() - age).timestamp()
    os.utime(Folder.beside(engine.db).path(name), (at, at))


def phone_without_key(shop: Engine) -> None:
    """Somebody's second factor, whose secret nobody can read any more."""
    with shop.db.begin() as tx:
        accounts.add(tx, "ann", "安妮", "correct horse", [])
        tx.connection.execute(second_factor.insert().values(user="ann", secret=b"sealed"))


@pytest.mark.parametrize(
    ("code", "plant"),
    [
        ("content_missing", lambda e: content(e).unlink()),
        ("content_size", lambda e: content(e).write_bytes(b"x")),
        ("content_foreign", lambda e: (content(e).parent / "备注.txt").touch()),
        ("content_foreign", lambda e: content(e).with_suffix(".thumb").symlink_to("/etc/passwd")),
        ("content_foreign", lambda e: (Folder.beside(e.db).root / "ff").symlink_to("/etc")),
        ("content_unnamed", lambda e: unnamed(e, OLD)),
        ("key_open", lambda e: (e.db.file.parent / "signing.key").chmod(0o644)),
        ("key_open", lambda e: (e.db.file.parent / "session.key").chmod(0o640)),
        ("key_malformed", lambda e: (e.db.file.parent / "policy.key").write_bytes(b"")),
        ("key_lost", lambda e: (e.db.file.parent / "signing.key").unlink()),
        ("factor_key_lost", lambda e: phone_without_key(e)),
    ],
)
def test_what_is_wrong_around_the_database_is_told(shop: Engine, code: str, plant: Plant) -> None:
    content(shop).with_suffix(".thumb").unlink()
    plant(shop)
    assert list(examine(shop)) == [code]


def test_uploads_that_nobody_has_sent_yet_are_no_trouble(shop: Engine) -> None:
    unnamed(shop, timedelta(days=2))
    assert examine(shop) == {}


def test_a_disk_a_log_and_an_outbox_without_room_are_told(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "disk" in examine(shop, least_free=1 << 60)
    monkeypatch.setattr("engine.upkeep.surroundings._LARGEST_LOG", 1000)
    monkeypatch.setattr("engine.upkeep.surroundings._LARGEST_OUTBOX", 10)
    assert set(examine(shop)) == {"log_grows", "outbox_grows"}


# --- files that cannot be asked --------------------------------------------------------------------


@pytest.mark.parametrize(("revision", "code"), [("0024", "schema_older"), ("9999", "schema_newer")])
def test_a_schema_of_another_release_is_told_and_not_looked_into(shop: Engine, revision: str, code: str) -> None:
    sql(shop, f"UPDATE alembic_version SET version_num = '{revision}'")
    sql(shop, "DELETE FROM user_task")
    report = upkeep.examine(shop.db.file, now=shop.clock.now(), outbox=outbox(shop))
    assert [one.code for one in report.findings] == [code]
    assert not report.whole


def test_a_foreign_and_a_damaged_file_are_told(shop: Engine, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE a (b)")
    for name, code in (("other.db", "schema_none"), ("empty.db", "schema_none"), ("text.db", "integrity")):
        path = tmp_path / name
        if name == "empty.db":
            path.touch()
        elif name == "text.db":
            path.write_text("nonsense" * 999)
        report = upkeep.examine(path, now=shop.clock.now(), outbox=outbox(shop))
        assert [one.code for one in report.findings] == [code], name
    shop.db.close()
    damaged = bytearray(shop.db.file.read_bytes())
    damaged[20_000:60_000] = bytes(40_000)
    shop.db.file.write_bytes(damaged)
    assert "integrity" in examine(shop)


# --- the command -----------------------------------------------------------------------------------


def test_the_command_says_it_in_both_languages_and_by_its_status(
    shop: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    KeptClock(shop.db, shop.clock.now())
    monkeypatch.setenv("KEFUFLOW_OUTBOX_DIR", str(outbox(shop)))
    url = str(shop.db.engine.url)
    assert main(["--database", url, "doctor"]) == 0
    assert "nothing found (未发现问题)" in capsys.readouterr().out
    content(shop).unlink()
    assert main(["--database", url, "doctor"]) == 1
    said = capsys.readouterr().out
    assert "content_missing: uploaded files are missing" in said
    assert "上传的文件丢失" in said
    assert main(["--database", url, "doctor", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in report["findings"]] == ["content_missing"]
    assert report["whole"] is True
    assert main(["--database", url, "doctor", "--late-minutes", "0"]) == 2
    assert main(["--database", f"sqlite:///{tmp_path / '没有.db'}", "doctor"]) == 2
    assert not (tmp_path / "没有.db").exists()


def test_late_is_what_the_command_is_told(shop: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    at = shop.clock.now() + timedelta(hours=5)
    sql(shop, f"INSERT INTO installation (name, value) VALUES ('virtual_clock', '{to_microseconds(at)}')")
    url = str(shop.db.engine.url)
    assert main(["--database", url, "doctor", "--json", "--late-minutes", "61"]) == 0
    assert main(["--database", url, "doctor", "--json", "--late-minutes", "59"]) == 1
    assert '"late"' in capsys.readouterr().out


def test_a_forged_row_of_the_history_is_not_its_concern(shop: Engine) -> None:
    tamper(shop.db, "UPDATE history_event SET actor = 'wang' WHERE stream = 1 AND seq = 1")
    assert examine(shop) == {}, "audit verify computes hashes, the doctor is quick"


def test_findings_name_a_few_and_count_all() -> None:
    (found,) = upkeep.findings.finding("c", "en", "zh", range(100))
    assert (found.count, found.examples) == (100, ("0", "1", "2", "3", "4"))
    assert replace(found, count=1).count == 1
