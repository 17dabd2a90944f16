"""`kefuflow history tell`: a case in sentences on the command line."""

from __future__ import annotations

import pytest

from engine.__main__ import main
from engine.clock import VirtualClock
from engine.store.database import Database
from tests.engine.shop_desk import ShopDesk


@pytest.fixture
def desk(db: Database, clock: VirtualClock) -> ShopDesk:
    return ShopDesk(db, clock)


def test_a_case_is_told_in_chinese_and_in_english(
    desk: ShopDesk, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    key = str(desk.inquire())
    assert main(["--database", database_url, "history", "tell", key]) == 0
    chinese = capsys.readouterr().out
    assert chinese.startswith(f"快递查询流程 {key}\n")
    assert "还在等「查询物流状态」。" in chinese
    assert main(["--database", database_url, "history", "tell", key, "--en"]) == 0
    assert "waits for “查询物流状态”." in capsys.readouterr().out


def test_a_case_that_there_is_not_is_said_to_be_none(
    desk: ShopDesk, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.inquire()
    assert main(["--database", database_url, "history", "tell", "999"]) == 2
    assert "没有这个工单" in capsys.readouterr().err
