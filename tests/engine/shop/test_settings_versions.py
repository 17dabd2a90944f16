"""Settings of shops: a line for every shop, lines of their own, versions, and who made them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine import canonical, shop
from engine.__main__ import main
from engine.clock import VirtualClock
from engine.demo.load import ROOT
from engine.errors import EngineError, InvalidValue
from engine.model import Actor
from engine.shop import SettingsVersion
from engine.store.database import Database

ADMIN = Actor(id="gao", name="高远", groups=frozenset({"admin"}))
HOUSE = {"warehouse_address": "杭州市余杭区1号", "warehouse_contact": "老周 0571-1"}


def save(db: Database, clock: VirtualClock, values: dict[str, str], **how: object) -> SettingsVersion | None:
    with db.begin() as tx:
        return shop.save_settings(tx, values, ADMIN, now=clock.now(), **how)  # type: ignore[arg-type]


def read(db: Database, name: object = None) -> dict[str, str]:
    with db.read() as connection:
        return shop.read_settings(connection, name)


def told(db: Database) -> list[object]:
    """Values of the system's events."""
    with db.read() as connection:
        rows = connection.exec_driver_sql('SELECT "values" FROM history_value WHERE stream = 0 ORDER BY revision').all()
    return [value for row in rows for value in canonical.decode(row[0])]


def test_a_shop_says_its_own_over_what_every_shop_says(db: Database, clock: VirtualClock) -> None:
    assert read(db) == read(db, "旗舰店") == {}
    save(db, clock, HOUSE)
    save(db, clock, {"warehouse_address": "上海市静安区18号", "warehouse_contact": " "}, shop=" 静安门店 ")
    assert read(db) == HOUSE
    assert read(db, "静安门店") == read(db, "静安门店 ") == {**HOUSE, "warehouse_address": "上海市静安区18号"}
    for stranger in ("旗舰店", "", None, 7, ["静安门店"], "静安门店'; --"):
        assert read(db, stranger) == HOUSE
    save(db, clock, {}, shop="静安门店")
    assert read(db, "静安门店") == HOUSE


def test_versions_say_who_when_and_what_was_before(db: Database, clock: VirtualClock) -> None:
    save(db, clock, HOUSE, note="开仓")
    made = save(db, clock, {**HOUSE, "warehouse_contact": "小李 0571-2"}, note="换人")
    assert made is not None
    assert (made.version, made.made_by, made.made_at, made.note) == (2, "gao", clock.now(), "换人")
    with db.read() as connection:
        assert [version.version for version in shop.list_settings(connection)] == [2, 1]
        assert shop.list_settings(connection, "旗舰店") == ()
    assert told(db)[-1] == {
        "shop": "",
        "version": 2,
        "before": {"warehouse_contact": "老周 0571-1"},
        "after": {"warehouse_contact": "小李 0571-2"},
        "note": "换人",
    }


def test_what_holds_already_makes_no_version(db: Database, clock: VirtualClock) -> None:
    save(db, clock, HOUSE)
    assert save(db, clock, {name: f" {text} " for name, text in HOUSE.items()}) is None
    assert save(db, clock, {}, shop="空店") is None
    assert len(told(db)) == 1


@pytest.mark.parametrize(
    ("values", "how"),
    [
        ({"warehouse_address": "长" * 201}, {}),
        ({"warehouse_address": "一行\n两行"}, {}),
        ({"warehouse_address": "反\u202e向"}, {}),
        ({"secret": "x"}, {}),
        (HOUSE, {"shop": "店" * 61}),
        (HOUSE, {"shop": "a\tb"}),
        (HOUSE, {"note": "长" * 201}),
        (HOUSE, {"based_on": 1}),
    ],
)
def test_what_is_not_in_order_is_refused(
    db: Database, clock: VirtualClock, values: dict[str, str], how: dict[str, object]
) -> None:
    with pytest.raises(InvalidValue):
        save(db, clock, values, **how)
    assert (read(db), told(db)) == ({}, [])


def test_the_longest_text_is_kept_and_braces_are_no_placeholders(db: Database, clock: VirtualClock) -> None:
    save(db, clock, {"warehouse_address": "长" * 200, "warehouse_contact": "{order_id}"})
    assert read(db)["warehouse_contact"] == "{order_id}"


def test_of_two_who_change_the_same_version_one_is_told(db: Database, clock: VirtualClock) -> None:
    save(db, clock, HOUSE)

    def change(contact: str) -> str:
        try:
            save(db, clock, {**HOUSE, "warehouse_contact": contact}, based_on=1)
        except EngineError as problem:
            return problem.message_zh
        return "ok"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(change, ("甲", "乙")))
    assert said == ["ok", "店铺设置已被他人修改,请刷新后再改。"]
    assert len(told(db)) == 2


def test_the_command_line_shows_and_sets_them(
    db: Database, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    base = ["--database", database_url, "settings"]
    assert main([*base, "set", "warehouse_address=杭州1号", "warehouse_contact=老周=仓库", "--note", "开仓"]) == 0
    assert main([*base, "set", "--shop", "静安门店", "warehouse_address=上海18号"]) == 0
    assert main([*base, "set", "--shop", "静安门店", "warehouse_address=上海18号"]) == 0
    assert "nothing new" in capsys.readouterr().out
    assert read(db, "静安门店") == {"warehouse_address": "上海18号", "warehouse_contact": "老周=仓库"}
    assert main([*base, "show", "--shop", "静安门店"]) == 0
    out = capsys.readouterr().out
    assert "warehouse_address: 上海18号" in out
    assert "version 1" in out
    assert main([*base, "set", "--shop", "静安门店", "warehouse_address="]) == 0
    assert read(db, "静安门店")["warehouse_address"] == "杭州1号"
    assert main([*base, "show"]) == 0
    assert "静安门店" in capsys.readouterr().out
    for wrong in ("warehouse_address", "nothing=x", "warehouse_address=" + "长" * 201):
        assert main([*base, "set", wrong]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_demonstration_has_them_and_for_a_shop_that_its_orders_name() -> None:
    lines = json.loads((ROOT / "demo" / "settings.json").read_bytes())
    shops = {order.get("shop") for order in json.loads((ROOT / "demo" / "orders.json").read_bytes())}
    assert {line["shop"] for line in lines} - {shop.ANY_SHOP} <= shops
    assert all(set(shop.SETTINGS) <= set(line) for line in lines)
