"""Upgrades on a full disk, by several at once, of a database of a newer release."""

from __future__ import annotations

import resource
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.__main__ import main
from engine.errors import ConfigurationError, StorageUnavailable
from engine.store.migrate import upgrade
from tests.engine.upkeep.forks import in_fork, together
from tests.faults.upgrades import FRAME, Old, assert_new, assert_old, connections, settled, short_of_memory, url_of
from tests.golden.schemas import schema_of
from tests.sample import EVERY


def test_a_disk_that_is_full_in_the_middle_leaves_the_old_one(
    old: Old, tmp_path: Path, new_schema: dict[str, object]
) -> None:
    file = old.copied(tmp_path)
    with closing(sqlite3.connect(file)) as db:
        (pages,) = db.execute("PRAGMA page_count").fetchone()
    for more in (0, 2):
        with (
            connections(lambda driver, most=pages + more: driver.execute(f"PRAGMA max_page_count={most}")),
            pytest.raises(StorageUnavailable, match="full"),
        ):
            upgrade(url_of(file))
        assert_old(file, old)
    upgrade(url_of(file))
    assert_new(file, old, new_schema)


def test_a_kernel_that_takes_no_more_leaves_the_old_one(
    oldest: Old, tmp_path: Path, new_schema: dict[str, object]
) -> None:
    """The log grows behind the limit while it is written: at the commit, or before where memory is short."""
    for pages, most in ((None, 4 * FRAME), (10, 60 * FRAME)):
        file = oldest.copied(tmp_path / str(pages))

        def work(file: Path = file, pages: int | None = pages, most: int = most) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
            with (
                connections(lambda driver: short_of_memory(driver, pages)),
                pytest.raises(StorageUnavailable),
            ):
                upgrade(url_of(file))

        assert in_fork(work) == 0
        assert_old(file, oldest)
        upgrade(url_of(file))
        assert_new(file, oldest, new_schema)


def test_several_that_upgrade_at_once_upgrade_once(old: Old, tmp_path: Path, new_schema: dict[str, object]) -> None:
    file = old.copied(tmp_path)
    assert together(lambda: upgrade(url_of(file)), 3) == [0, 0, 0]
    assert_new(file, old, new_schema)


def test_several_that_make_a_new_database_at_once_make_one(tmp_path: Path, new_schema: dict[str, object]) -> None:
    for number in range(20 if EVERY else 1):
        file = tmp_path / str(number) / "kefuflow.db"
        assert together(lambda file=file: upgrade(url_of(file)), 4) == [0] * 4
        assert schema_of(file) == new_schema


def test_a_database_of_a_newer_release_is_refused_and_not_touched(
    old: Old, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = old.copied(tmp_path)
    with closing(sqlite3.connect(file)) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.commit()
    before = settled(file).read_bytes()
    with pytest.raises(ConfigurationError, match=r"9999.*newer") as refused:
        upgrade(url_of(file))
    assert "9999" in refused.value.message_zh
    for command in (["db", "upgrade"], ["serve", "--port", "0"], ["doctor"], ["history", "show", "1"]):
        assert main(["--database", url_of(file), *command]) != 0
        told = "".join(capsys.readouterr())
        assert "newer" in told, command
        assert "更新的程序" in told, command
    assert settled(file).read_bytes() == before
