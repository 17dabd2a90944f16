"""A backup takes the place of a database in one moment, while nobody uses it, and what was there is kept."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from engine import upkeep
from engine.__main__ import main
from engine.attachments import Folder, sample
from engine.clock import VirtualClock
from engine.store.database import Database
from engine.upkeep.manifest import MANIFEST
from tests.conftest import FRIDAY_9AM
from tests.engine.support import LI, Engine
from tests.engine.upkeep.forks import KILLED, die_at, held_open, in_fork, together
from tests.engine.upkeep.test_backup import a_content, flip, give
from tests.faults.invariants import unlike_their_commands, violations
from tests.sample import times
from tests.unit.bpmn.drawing import Drawing

ROOT = Path(__file__).parents[3]
REFUSED = 9


def desk_at(file: Path) -> Engine:
    return Engine(Database.open(f"sqlite:///{file}"), VirtualClock(FRIDAY_9AM))


def begun(engine: Engine, name: str, cases: int) -> None:
    """Cases before their task, and a file."""
    engine.deploy(Drawing("p").start().user("ask").end().flow("start", "ask", "end"))
    for _ in range(cases):
        engine.start()
    give(engine.db, name)


@pytest.fixture
def backup(empty_database: Path, tmp_path: Path) -> Path:
    """A backup of three cases, with keys."""
    source = tmp_path / "source" / "kefuflow.db"
    source.parent.mkdir()
    shutil.copy(empty_database, source)
    engine = desk_at(source)
    begun(engine, "包裹.png", 3)
    for name in ("session.key", "policy.key", "signing.key"):
        (source.parent / name).write_bytes(b"B" * 32)
    upkeep.take(source, tmp_path / "备份", keys=upkeep.key_files(source, None), now=FRIDAY_9AM)
    engine.db.close()
    return tmp_path / "备份"


@pytest.fixture
def target(empty_database: Path, tmp_path: Path) -> Path:
    """A database of one case, whose program was killed: its last commits stand in its log."""
    file = tmp_path / "店" / "客服.db"
    file.parent.mkdir()
    shutil.copy(empty_database, tmp_path / "half.db")
    engine = desk_at(tmp_path / "half.db")
    begun(engine, "发票.pdf", 1)
    for suffix in ("", "-wal"):
        shutil.copy(f"{tmp_path / 'half.db'}{suffix}", f"{file}{suffix}")
    shutil.copytree(tmp_path / "half.files", file.with_suffix(".files"))
    engine.db.close()
    assert Path(f"{file}-wal").stat().st_size > 0
    Path(f"{file}-shm").write_bytes(b"stale")
    Path(f"{file}-jobs").write_bytes(b'{"in_hand": [[1, 1]], "suspected": []}\n')
    return file


def run(file: Path, backup: Path, *arguments: str) -> int:
    return main(["--database", f"sqlite:///{file}", "restore", str(backup), *arguments])


def cases_of(file: Path) -> int:
    engine = desk_at(file)
    try:
        keys = [str(key) for key in engine.column("SELECT key FROM process_instance")]
        assert engine.column("PRAGMA integrity_check") == ["ok"]
        assert not violations(engine.db)
        assert not unlike_their_commands(engine.db, keys)
        for content in engine.column("SELECT sha256 FROM attachment"):
            assert Folder.beside(engine.db).has(str(content))
        return len(keys)
    finally:
        engine.db.close()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --- in place --------------------------------------------------------------------------------------


def test_a_backup_becomes_a_database_with_files_and_keys_that_goes_on(backup: Path, tmp_path: Path) -> None:
    file = tmp_path / "新" / "店" / "kefuflow.db"
    assert run(file, backup) == 0
    assert cases_of(file) == 3
    assert names(file.parent) == {"kefuflow.db", "kefuflow.files", "session.key", "policy.key", "signing.key"}
    assert {path.stat().st_mode & 0o077 for path in file.parent.rglob("*")} == {0}
    engine = desk_at(file)
    (content,) = engine.column("SELECT sha256 FROM attachment")
    assert Folder.beside(engine.db).read(str(content)) == sample("包裹.png")
    engine.runtime.complete(engine.tasks()[0], {}, LI)
    assert not violations(engine.db)
    engine.db.close()


def test_what_is_there_is_not_run_over_unless_that_is_said(backup: Path, target: Path) -> None:
    before = {path: path.read_bytes() for path in target.parent.rglob("*") if path.is_file()}
    assert run(target, backup) == 2
    assert {path: path.read_bytes() for path in target.parent.rglob("*") if path.is_file()} == before


def test_the_old_database_is_kept_with_its_last_commits_its_files_and_its_keys(
    backup: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (target.parent / "signing.key").write_bytes(b"O" * 32)
    assert run(target, backup, "--replace") == 0
    said = re.search(r"kept as (.*?) \(", capsys.readouterr().out)
    assert said
    kept = Path(said[1])
    assert kept.parent == target.parent
    assert not [name for name in names(target.parent) if name.endswith(("-shm", "-wal", "-jobs", ".restoring"))]
    assert re.fullmatch(r"客服\.before-\d{8}-\d{6}\.db", kept.name)
    assert cases_of(target) == 3
    assert cases_of(kept) == 1, "commits that stood in its log included"
    assert (target.parent / "signing.key").read_bytes() == b"B" * 32
    (old_key,) = target.parent.glob("signing.key.before-*")
    assert old_key.read_bytes() == b"O" * 32


def test_restoring_twice_in_one_second_keeps_both(backup: Path, target: Path) -> None:
    kept = [
        upkeep.restore(backup, target, replace=True, now=FRIDAY_9AM).kept_aside,
        upkeep.restore(backup, target, replace=True, now=FRIDAY_9AM).kept_aside,
    ]
    assert [path and path.name for path in kept] == [
        "客服.before-20260102-090000.db",
        "客服.before-20260102-090000-2.db",
    ]
    assert [path and cases_of(path) for path in kept] == [1, 3]


def test_a_database_that_is_damaged_beyond_reading_is_replaced_too(backup: Path, target: Path) -> None:
    log = Path(f"{target}-wal").read_bytes()
    target.write_bytes(b"nonsense" * 999)
    kept = upkeep.restore(backup, target, replace=True, now=FRIDAY_9AM).kept_aside
    assert kept
    assert cases_of(target) == 3
    assert kept.read_bytes() == b"nonsense" * 999
    assert Path(f"{kept}-wal").read_bytes() == log


def test_a_log_whose_database_is_gone_is_not_taken_for_the_new_ones(backup: Path, target: Path) -> None:
    target.unlink()
    assert run(target, backup) == 0
    assert not Path(f"{target}-shm").exists()
    assert cases_of(target) == 3
    (log,) = target.parent.glob("*.db-wal")
    assert "before" in log.name


def test_a_content_that_is_damaged_in_place_is_mended(backup: Path, target: Path) -> None:
    content = a_content(backup)
    place = target.with_suffix(".files") / content.parent.name / content.name
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(b"?" * content.stat().st_size)
    assert run(target, backup, "--replace") == 0
    assert place.read_bytes() == content.read_bytes()


# --- refused ---------------------------------------------------------------------------------------


@contextmanager
def served(file: Path) -> Iterator[subprocess.Popen[str]]:
    """A real server on a database."""
    command = [sys.executable, "-m", "engine", "--database", f"sqlite:///{file}", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            assert server.stdout
            assert "http://" in server.stdout.readline()
            yield server
        finally:
            server.kill()


def test_nothing_is_restored_over_a_running_server_and_all_of_it_over_one_that_was_killed(
    backup: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(target) as server:
        before = names(target.parent)
        assert run(target, backup, "--replace") == 2
        assert "stop the server first" in capsys.readouterr().err
        assert names(target.parent) == before
        os.kill(server.pid, signal.SIGKILL)
        server.wait(20)
    assert run(target, backup, "--replace") == 0
    assert cases_of(target) == 3


def test_who_has_it_open_and_does_nothing_is_noticed_before_anything_is_copied(
    backup: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held_open(target), monkeypatch.context() as patch:
        patch.delattr(upkeep.restoring._Restoring, "_stage")
        with pytest.raises(upkeep.RestoreRefused, match="a program uses"):
            upkeep.restore(backup, target, replace=True, now=FRIDAY_9AM)
    assert upkeep.restore(backup, target, replace=True, now=FRIDAY_9AM).kept_aside


def test_a_server_that_starts_while_files_are_copied_is_noticed_before_the_switch(
    backup: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starting = ExitStack()
    whole = upkeep.restoring._Restoring._add_contents

    def begin(restoring: upkeep.restoring._Restoring) -> None:
        starting.enter_context(held_open(target))
        whole(restoring)

    monkeypatch.setattr(upkeep.restoring._Restoring, "_add_contents", begin)
    with starting, pytest.raises(upkeep.RestoreRefused, match="a program uses"):
        upkeep.restore(backup, target, replace=True, now=FRIDAY_9AM)
    assert not [name for name in names(target.parent) if "before" in name or "restoring" in name]
    assert cases_of(target) == 1


@pytest.mark.parametrize("damage", ["flip", "gone", "manifest", "newer"])
def test_a_backup_that_is_not_whole_or_too_new_is_refused_and_nothing_is_touched(
    backup: Path, target: Path, damage: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    content, said = a_content(backup), ""
    if damage == "flip":
        flip(content)
        said = content.name
    elif damage == "gone":
        content.unlink()
        said = content.name
    elif damage == "manifest":
        (backup / MANIFEST).write_text("{}")
        said = "manifest.json"
    else:
        backup, said = taken_at_schema(tmp_path, "9999"), "9999"
    before = {path: path.read_bytes() for path in target.parent.rglob("*") if path.is_file()}
    assert run(target, backup, "--replace") == 2
    assert said in capsys.readouterr().err
    assert {path: path.read_bytes() for path in target.parent.rglob("*") if path.is_file()} == before


def taken_at_schema(tmp_path: Path, revision: str) -> Path:
    """A backup of a database that says that it is of another release."""
    source = tmp_path / "source" / "kefuflow.db"
    by_hand = sqlite3.connect(source)
    with by_hand:
        by_hand.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    by_hand.close()
    upkeep.take(source, tmp_path / revision, keys={}, now=FRIDAY_9AM)
    return tmp_path / revision


def test_an_older_schema_is_told(backup: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "old.db", taken_at_schema(tmp_path, "0024")) == 0
    assert "the next start upgrades it" in capsys.readouterr().out


# --- killed ----------------------------------------------------------------------------------------


def now_at(file: Path) -> str:
    """How many cases a database has, its log counted in; "damaged": it is no database."""
    with closing(sqlite3.connect(file)) as connection:
        try:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        except sqlite3.DatabaseError:
            return "damaged"
        return str(connection.execute("SELECT count(*) FROM process_instance").fetchone()[0])


def restore_and_die(backup: Path, file: Path, at: int) -> None:
    """Killed before the manyeth change of a name, or time that something is brought to the disk."""
    die_at(at, ("fsync", "link", "rename", "replace", "unlink", "mkdir", "utime"))
    upkeep.restore(backup, file, replace=True, now=FRIDAY_9AM)


@pytest.mark.parametrize("damaged", [False, pytest.param(True, marks=pytest.mark.faults)], ids=["sound", "damaged"])
def test_killed_at_any_moment_the_database_is_the_old_one_or_the_new_one(
    backup: Path, target: Path, tmp_path: Path, damaged: bool
) -> None:
    if damaged:
        target.write_bytes(b"nonsense" * 999)
    shop, seen = target.parent, []
    shutil.copytree(shop, tmp_path / "before")
    for at in range(1, 200, 3 if damaged else times(1, 3)):
        shutil.rmtree(shop)
        shutil.copytree(tmp_path / "before", shop)
        status = in_fork(lambda number=at: restore_and_die(backup, target, number))  # type: ignore[misc]
        assert status in (0, KILLED)
        seen.append(now_at(target))
        if status == 0:
            break
        if at % 7 == 0 or seen[-2:] in (["1", "3"], ["damaged", "3"]):  # once more, to the end
            assert run(target, backup, "--replace") == 0
            assert cases_of(target) == 3
            assert not [name for name in names(shop) if name.endswith(".restoring")]
    first = "damaged" if damaged else "1"
    assert set(seen) == {first, "3"}
    assert seen == sorted(seen, key=lambda one: one == "3"), "one moment, before which it is old"
    assert len(seen) > (8 if damaged else times(25, 8))


def test_two_restorations_at_once_are_not_mixed(backup: Path, target: Path, tmp_path: Path) -> None:
    told = sorted(together(lambda: restore_once(backup, target), 3))
    assert told[0] == 0
    assert set(told) <= {0, REFUSED}
    assert cases_of(target) == 3
    assert len(list(target.parent.glob("*.before-*.db"))) == told.count(0)


def restore_once(backup: Path, file: Path) -> None:
    try:
        upkeep.restore(backup, file, replace=True, now=FRIDAY_9AM)
    except upkeep.RestoreRefused:
        os._exit(REFUSED)
