"""`kefuflow retention`: what is due, redacted, held and lifted from the command line."""

from __future__ import annotations

import pytest

from engine import accounts
from engine.__main__ import main
from engine.clock import VirtualClock
from engine.model import SYSTEM
from engine.store.database import Database
from engine.store.tables import process_instance
from tests.engine.shop_desk import ShopDesk


@pytest.fixture
def desk(db: Database, clock: VirtualClock) -> ShopDesk:
    return ShopDesk(db, clock)


@pytest.fixture
def ended(desk: ShopDesk) -> str:
    """A case that ended half a century ago by whatever clock the command has."""
    key = desk.inquire()
    desk.runtime.cancel(key, "重复", SYSTEM)
    with desk.db.begin() as tx:
        tx.connection.execute(process_instance.update().values(ended_at=1))
        for user_id, group in (("zheng", "auditor"), ("zhao", "dept_manager")):
            accounts.add(tx, user_id, user_id, "correct horse", [group])
    return str(key)


def test_a_dry_run_says_what_is_due_and_changes_nothing(
    desk: ShopDesk, database_url: str, ended: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--database", database_url, "retention", "run", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert f"case {ended}  p10_courier_query  ended 1970-01-01  due" in said
    assert "1 due, 0 kept, nothing was changed" in said
    assert desk.column("SELECT count(*) FROM history_redaction") == [0]


def test_what_is_held_is_kept_until_it_is_lifted_by_somebody_else(
    desk: ShopDesk, database_url: str, ended: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        status = main(["--database", database_url, "retention", *arguments])
        said = capsys.readouterr()
        return status, said.out + said.err

    assert run("hold", "case", ended, "--reason", "客户起诉", "--as", "zheng")[0] == 0
    assert "by zheng: 客户起诉" in run("list")[1]
    assert "0 due, 1 kept" in run("run", "--dry-run")[1]
    assert "0  cases redacted" in run("run", "--now")[1]
    assert run("lift", "1", "--reason", "已撤诉", "--as", "zheng")[0] == 2
    assert run("lift", "1", "--reason", "已撤诉", "--as", "zhao")[0] == 0
    assert "1  cases redacted" in run("run", "--now")[1]
    assert desk.column("SELECT count(*) FROM history_redaction") == [1]


def test_the_file_is_written_anew(
    desk: ShopDesk, database_url: str, ended: str, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.drain()
    assert main(["--database", database_url, "retention", "run", "--now"]) == 0
    assert main(["--database", database_url, "retention", "compact"]) == 0
    assert "bytes before" in capsys.readouterr().out
    desk.db.close()
    assert "快递一直不动".encode() not in desk.db.file.read_bytes()


def test_nothing_is_redacted_by_a_command_that_does_not_say_so(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--database", database_url, "retention", "run"])
    assert "--dry-run" in capsys.readouterr().err
