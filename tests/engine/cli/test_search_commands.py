"""`kefuflow search`: the index made anew, and brought up to date, from the command line."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.__main__ import main
from engine.clock import VirtualClock
from engine.store.database import Database
from engine.store.tables import search_case
from tests.engine.shop_desk import ShopDesk


@pytest.fixture
def desk(db: Database, clock: VirtualClock) -> ShopDesk:
    return ShopDesk(db, clock)


def test_the_index_is_brought_up_to_date_and_made_anew(
    desk: ShopDesk, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    key = desk.inquire()
    assert main(["--database", database_url, "search", "update"]) == 0
    assert "1 cases and 0 orders can be found" in capsys.readouterr().out
    with desk.db.begin() as tx:
        tx.connection.execute(search_case.update().values(body=b"broken"))
        tx.connection.exec_driver_sql("INSERT INTO search_case_words(search_case_words) VALUES ('delete-all')")
    assert main(["search", "rebuild", "--database", database_url]) == 0
    assert "1 cases" in capsys.readouterr().out
    with desk.db.read() as connection:
        row = connection.execute(select(search_case)).one()
    assert row.key == key
    assert row.body != b"broken"


def test_without_a_database_it_says_what_to_do(tmp_path: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--database", f"sqlite:///{tmp_path}/none.db", "search", "rebuild"]) == 2
    assert "db upgrade" in capsys.readouterr().err
