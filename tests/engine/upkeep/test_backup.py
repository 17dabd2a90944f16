"""A backup is taken while everything goes on, is whole or not there, and says itself what has become of it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine import upkeep
from engine.__main__ import main
from engine.attachments import Folder, keep, sample
from engine.attachments.sweeping import erase_within
from engine.clock import VirtualClock
from engine.store.database import Database
from engine.store.tables import attachment
from engine.upkeep import files
from engine.upkeep.manifest import MANIFEST, read_manifest
from tests.conftest import FRIDAY_9AM
from tests.engine.support import LI, Engine
from tests.engine.tampering import tamper
from tests.engine.upkeep.forks import KILLED, die_at, in_fork
from tests.faults.children import Child
from tests.faults.invariants import unlike_their_commands, violations
from tests.faults.test_killed import engine_on, inner, loop, sound, work_for_ever
from tests.unit.bpmn.drawing import Drawing


def give(db: Database, name: str, content: bytes | None = None, case_id: str = "1") -> str:
    """A file of a case; gives its hash."""
    kept = keep(db, Folder.beside(db), name, content or sample(name), actor=LI, now=FRIDAY_9AM)
    with db.begin() as tx:
        tx.connection.execute(attachment.update().where(attachment.c.id == kept.id).values(case_id=case_id))
    return kept.sha256


@pytest.fixture
def shop(engine: Engine) -> Engine:
    """Two cases before a task, two files, three keys."""
    engine.deploy(Drawing("p").start().user("ask").end().flow("start", "ask", "end"))
    for _ in range(2):
        engine.start()
    give(engine.db, "包裹.png")
    give(engine.db, "发票.pdf")
    for name in ("session.key", "policy.key", "signing.key"):
        (engine.db.file.parent / name).write_bytes(os.urandom(32))
    return engine


def run(engine: Engine, *arguments: object) -> int:
    return main(["--database", str(engine.db.engine.url), *map(str, arguments)])


def take(engine: Engine, target: Path) -> upkeep.Backup:
    return upkeep.take(engine.db.file, target, keys={}, now=FRIDAY_9AM)


def codes(folder: Path, **options: bool) -> list[str]:
    return [one.code for one in upkeep.check(folder, **options).findings]


def nothing_is_left(folder: Path, target: Path) -> None:
    assert not target.exists()
    assert not [path.name for path in folder.iterdir() if path.name.endswith(".part")]


# --- while others work -----------------------------------------------------------------------------


def test_what_was_answered_before_the_backup_began_is_in_it_and_the_desk_works_on(
    database_url: str, tmp_path: Path
) -> None:
    engine = engine_on(database_url)
    engine.deploy(loop(), inner())
    keys = [engine.start() for _ in range(8)]
    give(engine.db, "包裹.png", case_id=str(keys[0]))
    engine.db.close()
    child = Child(work_for_ever, database_url, tmp_path / "outbox", 3)
    try:
        before = [child.hear() for _ in range(25)]
        while child.hears(0):
            before.append(child.hear())
        assert main(["--database", database_url, "backup", str(tmp_path / "备份 一号")]) == 0
        after: list[str] = []
        while child.hears(0):
            after.append(child.hear())  # of before its end, perhaps of before its beginning
        after += [child.hear() for _ in range(5)]
    finally:
        child.kill()
        after += child.told()
        assert child.end() == KILLED
    copy = f"sqlite:///{tmp_path / '新店' / '客服.db'}"
    assert main(["--database", copy, "backup", "--check", "--verify", str(tmp_path / "备份 一号")]) == 0
    assert main(["--database", copy, "restore", str(tmp_path / "备份 一号")]) == 0
    again = engine_on(copy)
    completed = set(again.column("SELECT id FROM user_task WHERE status = 'completed'"))
    assert set(before) <= completed
    assert not set(after[-5:]) <= completed, "it is of the moment at which it began"
    assert not violations(again.db, answered=before)
    assert not unlike_their_commands(again.db, map(str, keys))
    assert sound(again.db)
    (content,) = again.column("SELECT sha256 FROM attachment")
    assert Folder.beside(again.db).read(str(content)) == sample("包裹.png")
    (task,) = again.tasks(instance=again.start())  # it goes on
    again.runtime.complete(task, {}, LI)
    assert not violations(again.db)
    again.db.close()


def test_steps_that_are_committed_while_pages_are_copied_neither_wait_nor_come_in(
    shop: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.upkeep.snapshots._PAGES", 20)
    seen: list[int] = []

    def step(done: int, _total: int) -> None:
        seen.append(done)
        if len(seen) < 6:
            shop.start()

    backup = upkeep.take(shop.db.file, tmp_path / "b", keys={}, now=FRIDAY_9AM, progress=step)
    assert seen == sorted(set(seen)), "it never begins anew"
    assert len(seen) > 6
    with contextlib.closing(sqlite3.connect(backup.folder / "database.db")) as copied:
        assert copied.execute("SELECT count(*) FROM process_instance").fetchone() == (2,)


def test_row_numbers_stay_so_that_search_and_log_go_on_where_they_were(shop: Engine, tmp_path: Path) -> None:
    tamper(shop.db, "UPDATE history_value SET rowid = rowid + 1000 WHERE stream = 2")  # a gap that VACUUM closes
    wanted = shop.column("SELECT rowid FROM history_value ORDER BY rowid")
    take(shop, tmp_path / "b")
    shutil.copy(tmp_path / "b" / "database.db", tmp_path / "copy.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "copy.db")) as copied:
        assert [row[0] for row in copied.execute("SELECT rowid FROM history_value ORDER BY rowid")] == wanted


def test_a_file_that_retention_gives_up_meanwhile_is_no_loss(shop: Engine, tmp_path: Path) -> None:
    def erase(_done: int, _total: int) -> None:
        with shop.db.begin() as tx:
            hashes = erase_within(tx, ["1"], now=FRIDAY_9AM)
        for one in hashes:
            Folder.beside(shop.db).drop(one)

    backup = upkeep.take(shop.db.file, tmp_path / "b", keys={}, now=FRIDAY_9AM, progress=erase)
    assert len(backup.manifest.given_up) == 2
    assert not backup.manifest.missing
    assert not codes(backup.folder)


# --- whole or not there ----------------------------------------------------------------------------


def take_and_die(database: Path, target: Path, at: int) -> None:
    """Killed before the manyeth time that something is brought to the disk, or made, or gets its name."""
    die_at(at, ("fsync", "rename", "mkdir"))
    upkeep.take(database, target, keys={}, now=FRIDAY_9AM)


def test_a_kill_at_any_moment_leaves_no_target_and_the_next_backup_clears_up(shop: Engine, tmp_path: Path) -> None:
    target, folder = tmp_path / "夜间" / "备份", tmp_path / "夜间"
    for at in range(1, 50):
        status = in_fork(lambda number=at: take_and_die(shop.db.file, target, number))  # type: ignore[misc]
        if status == 0 or target.exists():  # its name was all that was still to be brought to the disk
            break
        assert status == KILLED
    assert at > 12, "database, contents, manifest and folders each"
    assert not codes(target)
    assert [path.name for path in folder.iterdir()] == ["备份"]


def test_two_backups_to_one_target_are_not_mixed(shop: Engine, tmp_path: Path) -> None:
    (tmp_path / ".b.part").mkdir()
    other = os.open(tmp_path / ".b.part", os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(upkeep.BackupRefused, match="another backup"):
        take(shop, tmp_path / "b")
    os.close(other)
    assert not codes(take(shop, tmp_path / "b").folder)


def test_a_backup_that_got_its_name_while_another_asked_for_it_is_left_alone(
    shop: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other_ends(*_: object) -> None:
        (tmp_path / ".b.part" / "database.db").touch()
        (tmp_path / ".b.part").rename(tmp_path / "b")

    monkeypatch.setattr("engine.upkeep.backup.fcntl.flock", other_ends)
    with pytest.raises(upkeep.BackupRefused):
        take(shop, tmp_path / "b")
    assert (tmp_path / "b" / "database.db").exists()


@pytest.mark.parametrize("there", ["folder", "file", "link"])
def test_a_target_that_is_there_is_refused_and_left_alone(shop: Engine, tmp_path: Path, there: str) -> None:
    target = tmp_path / "b"
    {"folder": target.mkdir, "file": target.touch, "link": lambda: target.symlink_to("nowhere")}[there]()
    assert run(shop, "backup", target) == 2
    assert os.path.lexists(target)
    assert not target.is_dir() or not list(target.iterdir())


def test_the_folder_of_contents_and_a_database_that_is_not_there_are_refused(
    shop: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(shop, "backup", Folder.beside(shop.db).root / "b") == 2
    assert main(["--database", f"sqlite:///{tmp_path / '没有' / 'x.db'}", "backup", str(tmp_path / "b")]) == 2
    assert "there is no database" in capsys.readouterr().err
    assert not (tmp_path / "没有").exists()
    nothing_is_left(tmp_path, tmp_path / "b")


def backup_with_little(engine: Engine, target: Path, largest: int) -> None:
    """No file may become larger."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    assert run(engine, "backup", target) == 2


@pytest.mark.parametrize("short", ["database", "content"])
def test_a_disk_that_takes_no_more_leaves_nothing(shop: Engine, tmp_path: Path, short: str) -> None:
    size = shop.db.file.stat().st_size
    give(shop.db, "大.pdf", sample("大.pdf").replace(b"%PDF-1.4\n", b"%PDF-1.4\n%" + b"x" * (3 * size) + b"\n"))
    folder = tmp_path / "out"
    folder.mkdir()
    largest = {"database": size // 2, "content": size + size // 2}[short]
    assert in_fork(lambda: backup_with_little(shop, folder / "b", largest)) == 0
    assert list(folder.iterdir()) == []
    assert run(shop, "backup", folder / "b") == 0


@contextlib.contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    folder.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nobody may mount a disk here; the limit on files tells the same")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True, capture_output=True)


def test_a_disk_that_is_full_leaves_nothing_and_is_told(
    shop: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    size = shop.db.file.stat().st_size
    give(shop.db, "大.pdf", sample("大.pdf").replace(b"%PDF-1.4\n", b"%PDF-1.4\n%" + b"x" * (3 * size) + b"\n"))
    with small_disk(tmp_path / "disk", size + (1 << 20) + (128 << 10)):
        assert run(shop, "backup", tmp_path / "disk" / "b") == 2
        assert "the disk is full" in capsys.readouterr().err
        assert list((tmp_path / "disk").iterdir()) == []
    monkeypatch.setattr("engine.upkeep.backup.free_bytes", lambda _: size)
    assert run(shop, "backup", tmp_path / "b") == 2
    assert "bytes are needed" in capsys.readouterr().err
    nothing_is_left(tmp_path, tmp_path / "b")


def test_a_damaged_database_is_told_and_leaves_nothing(shop: Engine, tmp_path: Path) -> None:
    shop.db.close()
    shop.db.file.write_bytes(b"nonsense" * 4096)
    assert run(shop, "backup", tmp_path / "b") == 2
    nothing_is_left(tmp_path, tmp_path / "b")


# --- keys ------------------------------------------------------------------------------------------


def test_keys_go_along_only_where_they_are_asked_for(
    shop: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(shop, "backup", tmp_path / "without") == 0
    assert "without keys" in capsys.readouterr().out
    assert not (tmp_path / "without" / "keys").exists()
    secrets = {path.name: path.read_bytes() for path in shop.db.file.parent.glob("*.key")}
    everything = b"".join(path.read_bytes() for path in (tmp_path / "without").rglob("*") if path.is_file())
    assert not [name for name, secret in secrets.items() if secret in everything]
    elsewhere = tmp_path / "usb" / "签名.key"
    elsewhere.parent.mkdir()
    (shop.db.file.parent / "signing.key").rename(elsewhere)
    monkeypatch.setenv("KEFUFLOW_SIGNING_KEY", str(elsewhere))
    assert run(shop, "backup", tmp_path / "with", "--with-keys") == 0
    there = {path.name: path.read_bytes() for path in (tmp_path / "with" / "keys").iterdir()}
    assert there == secrets
    assert not [path for path in (tmp_path / "with").rglob("*") if path.stat().st_mode & 0o077]


# --- checking --------------------------------------------------------------------------------------


@pytest.fixture
def folder(shop: Engine, tmp_path: Path) -> Path:
    """A backup."""
    return take(shop, tmp_path / "b").folder


def flip(path: Path, at: int = -1) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def a_content(folder: Path) -> Path:
    return next(path for path in sorted((folder / "files").rglob("*")) if path.is_file() and not path.suffix)


def test_a_backup_as_it_was_taken_is_whole(shop: Engine, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert run(shop, "backup", "--check", folder) == 0
    assert "whole: every file is as it was copied" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before, "and stays so"


def test_a_byte_a_file_and_a_foreign_file_are_each_named(
    shop: Engine, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = a_content(folder)
    flip(content)
    assert run(shop, "backup", "--check", folder) == 1
    said = capsys.readouterr().out
    assert "file_changed" in said
    assert content.name in said
    assert "not usable" in said
    content.write_bytes(b"")
    assert codes(folder) == ["file_size"]
    content.unlink()
    assert codes(folder) == ["file_missing"]
    content.symlink_to(shop.db.file)
    assert codes(folder) == ["file_missing"]
    assert not upkeep.check(folder).usable


def test_any_flipped_byte_of_the_database_is_found(folder: Path) -> None:
    for at in (0, 100, 5000, -1):
        flip(folder / "database.db", at)
        assert codes(folder) == ["file_changed"]
        flip(folder / "database.db", at)
    assert not codes(folder)


def test_a_foreign_file_is_named_and_harms_nothing(folder: Path) -> None:
    (folder / "files" / "备注.txt").write_text("x")
    checked = upkeep.check(folder)
    assert [(one.code, one.examples) for one in checked.findings] == [("file_foreign", ("files/备注.txt",))]
    assert checked.usable


@pytest.mark.parametrize("change", ["flip", "cut", "gone", "list", "format", "names"])
def test_a_manifest_that_is_not_as_it_was_written_is_refused(folder: Path, change: str, shop: Engine) -> None:
    path = folder / MANIFEST
    text = path.read_text("utf-8")
    if change == "flip":
        path.write_text(text.replace('"events": ', '"events": 1'), "utf-8")
    elif change == "cut":
        path.write_text(text[:-10], "utf-8")
    elif change == "gone":
        path.unlink()
    elif change == "list":
        path.write_text("[]")
    elif change == "format":
        path.write_text(json.dumps(json.loads(text) | {"format": 2}))
    else:  # by somebody who knows how to seal it
        manifest = read_manifest(folder)
        entry = replace(manifest.files[0], name="../../etc/passwd")
        path.write_bytes(replace(manifest, files=(*manifest.files, entry)).text)
    with pytest.raises(upkeep.BackupRefused):
        upkeep.check(folder)
    assert run(shop, "backup", "--check", folder) == 2


def sealed(folder: Path) -> None:
    """Seal a changed backup anew, as who has changed it would."""
    manifest = read_manifest(folder)
    entries = []
    for one in manifest.files:
        if (folder / one.name).exists():
            sha256, size = files.digest_of(folder / one.name)
            entries.append(replace(one, sha256=sha256, size=size))
    (folder / MANIFEST).write_bytes(replace(manifest, files=tuple(entries)).text)


def test_what_was_sealed_anew_is_found_in_the_database_itself(folder: Path) -> None:
    a_content(folder).unlink()
    sealed(folder)
    assert codes(folder) == ["content_missing"]
    with contextlib.closing(sqlite3.connect(folder / "database.db")) as by_hand, by_hand:
        by_hand.execute("UPDATE alembic_version SET version_num = '0001'")
    for path in folder.glob("database.db-*"):
        path.unlink()
    sealed(folder)
    assert codes(folder) == ["facts_differ", "content_missing"]
    content = bytearray((folder / "database.db").read_bytes())
    content[20_000:60_000] = bytes(40_000)
    (folder / "database.db").write_bytes(content)
    sealed(folder)
    assert "integrity" in codes(folder)


def test_a_content_that_was_missing_or_damaged_before_is_told_and_the_rest_is_kept(
    shop: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contents = Folder.beside(shop.db)
    first, second = (str(one) for one in shop.column("SELECT sha256 FROM attachment ORDER BY sha256"))
    contents.drop(first)
    flip(contents.path(second))
    assert run(shop, "backup", tmp_path / "b") == 1
    said = capsys.readouterr().out
    assert first in said
    assert second in said
    checked = upkeep.check(tmp_path / "b")
    assert [(one.code, one.count) for one in checked.findings] == [("content_lost_before", 2)]
    assert checked.usable


def test_verifying_finds_a_record_that_was_forged_before_it_was_copied(shop: Engine, tmp_path: Path) -> None:
    tamper(shop.db, "UPDATE history_event SET actor = 'wang' WHERE stream = 1 AND seq = 1")
    take(shop, tmp_path / "b")
    assert not codes(tmp_path / "b")
    assert codes(tmp_path / "b", verify=True) == ["record_damaged"]
    assert run(shop, "backup", tmp_path / "c", "--verify") == 2


def test_a_clock_is_not_asked(shop: Engine, clock: VirtualClock, tmp_path: Path) -> None:
    assert read_manifest(take(shop, tmp_path / "b").folder).taken_at == clock.now()
