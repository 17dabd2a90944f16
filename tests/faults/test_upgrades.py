"""An upgrade that is killed leaves a database wholly old or wholly new; started again, it ends well.

The databases are kept ones of earlier releases (tests/golden), with cases, open tasks, timers and letters in them.
"""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from engine.store.migrate import upgrade
from tests.engine.upkeep.forks import KILLED
from tests.faults.upgrades import (
    FRAME,
    PAGE,
    WAL_HEADER,
    Old,
    assert_new,
    assert_old,
    connections,
    killed_at,
    settled,
    short_of_memory,
    statements_of,
    upgrade_until,
    url_of,
)
from tests.golden.schemas import rows_of
from tests.sample import EVERY

#: Statements that write a later revision down: each ends a step.
STEP_ENDS = "UPDATE alembic_version"
MEMORY = pytest.mark.parametrize("pages", [None, 10], ids=["in memory", "written before"])


def test_the_upgrade_is_one_transaction(old: Old, tmp_path: Path) -> None:
    said = [statement.split()[0] for statement in statements_of(old, tmp_path)]
    assert (said[0], said[-1]) == ("BEGIN", "COMMIT")
    assert {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"}.isdisjoint(said[1:-1])
    assert len(said) > 5


@MEMORY
def test_at_no_statement_does_the_disk_hold_a_part_of_it(oldest: Old, tmp_path: Path, pages: int | None) -> None:
    """What the files hold at a statement is what a process that is killed there leaves."""
    states: list[tuple[bytes, bytes]] = []
    file = oldest.copied(tmp_path / "whole")

    def look(_: str) -> None:
        state = (file.read_bytes(), file.with_name("kefuflow.db-wal").read_bytes())
        if state not in states[-1:]:
            states.append(state)

    with connections(lambda driver: (short_of_memory(driver, pages), driver.set_trace_callback(look))):
        upgrade(url_of(file))
    assert len(states) == 1 if pages is None else len(states) > 25
    for content, log in states[:: 1 if EVERY else len(states) // 6 + 1]:
        file = oldest.copied(tmp_path / "left")
        file.write_bytes(content)
        file.with_name("kefuflow.db-wal").write_bytes(log)
        assert_old(file, oldest)


@MEMORY
def test_killed_in_the_middle_of_a_step_it_has_not_happened(oldest: Old, tmp_path: Path, pages: int | None) -> None:
    said = statements_of(oldest, tmp_path / "whole")
    ends = [0, *(n for n, statement in enumerate(said) if statement.startswith(STEP_ENDS))]
    middles = [(before + after) // 2 + 1 for before, after in pairwise(ends)]
    assert len(middles) >= 25
    for at in middles if EVERY else middles[::14]:
        file = oldest.copied(tmp_path / str(at))
        assert upgrade_until(file, at, pages=pages) == KILLED
        assert_old(file, oldest)


def test_killed_anywhere_it_ends_well_when_it_is_started_again(
    old: Old, tmp_path: Path, new_schema: dict[str, object]
) -> None:
    said = statements_of(old, tmp_path / "whole")
    for at in (len(said) // 2, len(said)):  # the last one is the commit
        file = old.copied(tmp_path / str(at))
        assert upgrade_until(file, at) == KILLED
        assert_old(file, old)
        upgrade(url_of(file))
        assert_new(file, old, new_schema)


@pytest.mark.faults
@pytest.mark.timeout(1200)
@MEMORY
def test_killed_before_each_statement_it_ends_well_when_it_is_started_again(
    oldest: Old, tmp_path: Path, new_schema: dict[str, object], pages: int | None
) -> None:
    """What is there afterwards is the same each time, so that not each time all of it is done again."""
    for at in range(1, len(statements_of(oldest, tmp_path / "whole")) + 1, 1 if pages is None else 5):
        file = oldest.copied(tmp_path / str(at))
        assert upgrade_until(file, at, pages=pages) == KILLED
        assert_old(file, oldest)
        if at % 4 == 1:
            upgrade(url_of(file))
            assert_new(file, oldest, new_schema)
        shutil.rmtree(file.parent)


@pytest.mark.parametrize("name", ["store.commit.after", "store.migrate.after"])
def test_killed_behind_the_commit_it_has_happened(
    old: Old, tmp_path: Path, new_schema: dict[str, object], name: str
) -> None:
    file = old.copied(tmp_path)
    assert killed_at(name, file) == KILLED
    assert_new(file, old, new_schema)
    before = rows_of(file)
    upgrade(url_of(file))
    assert rows_of(file) == before


# --- killed within the commit: the log of it is written in part, or moved into the file in part ----


@pytest.fixture(scope="module")
def committed(oldest: Old, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a process that was killed behind the commit: the whole of it stands in the log."""
    file = oldest.copied(tmp_path_factory.mktemp("committed"))
    assert killed_at("store.commit.after", file) == KILLED
    return file.parent


def test_a_log_that_was_written_in_part_counts_as_none(
    oldest: Old, committed: Path, tmp_path: Path, new_schema: dict[str, object]
) -> None:
    log = (committed / "kefuflow.db-wal").read_bytes()
    frames = (len(log) - WAL_HEADER) // FRAME
    assert frames > 50
    some = range(frames) if EVERY else [0, *Random(1).sample(range(1, frames - 1), 4), frames - 1]
    for frame in some:
        for more in (0, 10, FRAME - 1):
            file = oldest.copied(tmp_path)
            file.with_name("kefuflow.db-wal").write_bytes(log[: WAL_HEADER + frame * FRAME + more])
            assert_old(file, oldest)
    upgrade(url_of(file))
    assert_new(file, oldest, new_schema)


def test_a_log_that_was_moved_into_the_file_in_part_is_moved_again(
    oldest: Old, committed: Path, tmp_path: Path, new_schema: dict[str, object]
) -> None:
    log = (committed / "kefuflow.db-wal").read_bytes()
    done = settled(Path(shutil.copytree(committed, tmp_path / "done")) / "kefuflow.db").read_bytes()
    for seed in range(40 if EVERY else 3):
        chance = Random(seed)
        file = oldest.copied(tmp_path)
        content = bytearray(file.read_bytes().ljust(len(done), b"\0") if seed % 2 else file.read_bytes())
        for start in range(0, len(content), PAGE):
            if chance.random() < 0.5:
                content[start : start + PAGE] = done[start : start + PAGE]
        file.write_bytes(content)
        file.with_name("kefuflow.db-wal").write_bytes(log)
        assert_new(file, oldest, new_schema)
