"""What the shop says of itself stands in texts to customers from the next one on."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from engine import shop
from engine.__main__ import main
from engine.clock import VirtualClock
from engine.errors import InvalidValue
from engine.model import SYSTEM
from engine.store.database import Database


def test_a_setting_is_made_changed_and_told(db: Database, clock: VirtualClock) -> None:
    for value in ("杭州1号仓", " 杭州2号仓 "):
        shop.change_setting(db, clock, SYSTEM, "warehouse_address", value)
    with db.read() as connection:
        assert shop.read_settings(connection) == {"warehouse_address": "杭州2号仓"}
        kinds = connection.execute(text("SELECT kind FROM history_event WHERE stream = 0")).scalars().all()
    assert kinds == ["shop.setting_changed"] * 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("virtual_clock", "x"),
        ("", "x"),
        ("warehouse_address", " "),
        ("warehouse_address", "长" * 201),
        ("warehouse_contact", "a\nb"),
    ],
)
def test_what_is_no_setting_is_refused(db: Database, clock: VirtualClock, name: str, value: str) -> None:
    with pytest.raises(InvalidValue):
        shop.change_setting(db, clock, SYSTEM, name, value)


def test_the_command_line_makes_it(db: Database, database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    base = ["--database", database_url, "settings", "set"]
    assert main([*base, "warehouse_contact=老周 0571-1"]) == 0
    with db.read() as connection:
        assert shop.read_settings(connection) == {"warehouse_contact": "老周 0571-1"}
    assert main([*base, "no_such_setting=x"]) != 0
    assert "Traceback" not in capsys.readouterr().err
