"""The script that the timer starts: a new checked backup first, and only then do old ones go."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.store.database import Database
from tests.sample import long

ROOT = Path(__file__).parents[3]
DAY = 24 * 3600
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "备份 每晚"
    found.mkdir()
    return found


@pytest.fixture
def run(tmp_path: Path, database_url: str) -> Run:
    """Runs the script as it lies in an installation whose program is this checkout's."""
    return installed(tmp_path / "opt", database_url)


def installed(place: Path, database_url: str) -> Run:
    (place / "deploy").mkdir(parents=True)
    (place / ".venv/bin").mkdir(parents=True)
    shutil.copy(ROOT / "deploy/nightly-backup.sh", place / "deploy")
    program = place / ".venv/bin/kefuflow"
    program.write_text(f'#!/bin/sh\ncd {ROOT}\nexec {sys.executable} -m engine "$@"\n')
    program.chmod(0o755)
    environment = {**os.environ, "KEFUFLOW_DATABASE_URL": database_url}

    def start(*arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
        command = ["/bin/sh", str(place / "deploy/nightly-backup.sh"), *map(str, arguments)]
        return subprocess.run(
            command, env=environment | settings, capture_output=True, text=True, timeout=100, check=False
        )

    return start


def old(folder: Path, name: str, days: float) -> Path:
    """A folder with something in it that was made so many days ago."""
    made = folder / name
    made.mkdir()
    (made / "kefuflow.db").write_bytes(b"old")
    at = SystemClock().now().timestamp() - days * DAY
    os.utime(made, (at, at))
    return made


@dataclass(frozen=True)
class Night:
    """A run of the script that was told two days, at a clock that stands."""

    folder: Path
    gone: Path
    kept: Path
    again: Callable[[], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def night(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """It is over."""
    place = tmp_path_factory.mktemp("night")
    clock = place / "bin/date"
    clock.parent.mkdir()
    clock.write_text("#!/bin/sh\necho 2026-11-30T013000Z\n")
    clock.chmod(0o755)
    shutil.copy(empty_database, place / "kefuflow.db")
    run = installed(place / "opt", f"sqlite:///{place / 'kefuflow.db'}")
    folder = place / "备份 每晚"
    folder.mkdir()
    gone = old(folder, "2026-01-01T013000Z", 3.5)
    kept = old(folder, "2026-01-02T013000Z", 1.5)

    def again() -> subprocess.CompletedProcess[str]:
        return run(folder, "2", PATH=f"{clock.parent}:{os.environ['PATH']}")

    done = again()
    assert done.returncode == 0, done.stderr
    return Night(folder, gone, kept, again)


def test_a_backup_is_there_and_holds_and_what_is_too_old_has_gone(run: Run, folder: Path) -> None:
    gone = old(folder, "2026-01-01T013000Z", 32)
    kept = old(folder, "2026-01-02T013000Z", 30)
    foreign = old(folder, "财务", 400)
    done = run(folder)
    assert done.returncode == 0, done.stderr
    assert not gone.exists()
    assert kept.exists()
    assert foreign.exists(), "what the script has not made is none of its business"
    (made,) = set(folder.iterdir()) - {kept, foreign}
    database = Database.open(f"sqlite:///{next(made.rglob('*.db'))}")
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    database.close()


def test_days_may_be_given(night: Night) -> None:
    assert (night.gone.exists(), night.kept.exists()) == (False, True)


@long  # the second one in a second fails, too
def test_where_the_backup_fails_no_old_one_goes(run: Run, folder: Path, tmp_path: Path) -> None:
    last = old(folder, "2026-01-01T013000Z", 400)
    done = run(folder, KEFUFLOW_DATABASE_URL=f"sqlite:///{tmp_path / 'nothing.db'}")
    assert done.returncode != 0
    assert list(folder.iterdir()) == [last]


def test_where_the_backup_does_not_hold_no_old_one_goes(run: Run, folder: Path, tmp_path: Path) -> None:
    last = old(folder, "2026-01-01T013000Z", 400)
    program = tmp_path / "opt/.venv/bin/kefuflow"
    program.write_text('#!/bin/sh\n[ "$2" = --check ] && exit 1\nmkdir "$2"\n')
    assert run(folder).returncode == 1
    assert last.exists()


def test_without_a_folder_it_says_so(run: Run, folder: Path) -> None:
    assert run().returncode != 0
    assert "which folder" in run().stderr
    assert list(folder.iterdir()) == []


def test_twice_in_a_second_the_second_one_fails_and_the_first_one_stays_and_no_old_one_goes(night: Night) -> None:
    old(night.folder, "2026-01-03T013000Z", 400)
    before = sorted(night.folder.rglob("*"))
    assert len(before) > 4
    assert night.again().returncode != 0
    assert sorted(night.folder.rglob("*")) == before
