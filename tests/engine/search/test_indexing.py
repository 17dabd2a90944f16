"""The index follows what happens, whoever does it, and holds nothing of what is forgotten."""

from __future__ import annotations

import sqlite3
import threading
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
from sqlalchemy import Connection, delete, false, select, text, true, update

from engine import accounts, search, shop
from engine.clock import VirtualClock
from engine.model import Actor
from engine.search import grams, indexing
from engine.shop.rows import RowKind
from engine.store.database import Database
from engine.store.tables import (
    comment,
    outbox,
    process_instance,
    search_case,
    search_order,
    search_state,
    team,
    team_member,
    user_task,
)
from engine.worker import Worker
from tests.engine.shop_desk import COURIER, START, ShopDesk
from tests.engine.tampering import tamper

MANAGER = Actor(id="zhao", name="赵刚", groups=frozenset({"dept_manager"}))

NOBODY = Actor(id="bob", name="博", groups=frozenset({"aftersales"}))
ANN = Actor(id="ann", name="安", groups=frozenset({"aftersales"}))


@pytest.fixture
def desk(db: Database, clock: VirtualClock) -> ShopDesk:
    return ShopDesk(db, clock)


def bring(desk: ShopDesk) -> None:
    """Index all that has changed."""
    while search.due(desk.db, desk.definitions):
        pass


def start(desk: ShopDesk, **changed: object) -> int:
    return desk.runtime.start("p10_courier_query", START | changed, COURIER).instance_key


def found(desk: ShopDesk, sought: str, actor: Actor = MANAGER) -> list[int]:
    with desk.db.read() as connection:
        hits = search.find(connection, actor, sought, visible=true(), limit=50)
    return [hit.key for hit in hits.cases]


def words(connection: Connection) -> int:
    """How many different words the index has left of cases, by its own vocabulary."""
    return len(connection.execute(text("SELECT term FROM temp.search_words")).all())


def order(desk: ShopDesk, **cells: object) -> None:
    row = {"order_id": "SO-7000", "customer_id": "C-70", "channel": "marketplace", "order_stage": "shipped"}
    report = shop.import_rows(desk.runtime, [(1, RowKind.ORDER, row | cells)])
    assert report.problems == []


def orders(desk: ShopDesk, sought: str, actor: Actor = MANAGER) -> list[str]:
    with desk.db.read() as connection:
        return [hit.order_id for hit in search.find_orders(connection, actor, sought, limit=20)]


def test_what_a_step_changes_is_found_and_what_it_took_away_is_not(desk: ShopDesk) -> None:
    key = start(desk, description="毛毯起球")
    bring(desk)
    assert found(desk, "起球") == [key]
    desk.runtime.cancel(key, "重复", MANAGER)
    bring(desk)
    with desk.db.read() as connection:
        marks = search.document_of(connection, key).marks
    assert grams.marked("c", "") in marks
    assert grams.marked("o", "") not in marks


def test_a_claim_makes_the_case_the_claimers(desk: ShopDesk) -> None:
    key = start(desk)
    bring(desk)
    assert found(desk, "张三", ANN) == []
    _claim(desk, key, ANN)
    bring(desk)
    assert found(desk, "张三", ANN) == [key]


def _claim(desk: ShopDesk, key: int, actor: Actor) -> None:
    with desk.db.read() as connection:
        query = select(user_task.c.id).where(user_task.c.instance == key, user_task.c.status == "open")
        task = connection.execute(query).scalars().first()
    assert task is not None
    desk.runtime.claim(task, actor)


def test_nothing_is_written_while_nothing_happens(desk: ShopDesk) -> None:
    start(desk)
    bring(desk)
    log = Path(f"{desk.db.file}-wal")
    before = log.stat().st_size
    assert search.due(desk.db, desk.definitions) == 0
    assert log.stat().st_size == before


def test_a_case_that_is_indexed_again_leaves_no_word_behind(desk: ShopDesk) -> None:
    key = start(desk, description="羽绒被漏绒")
    bring(desk)
    assert found(desk, "漏绒") == [key]
    with desk.db.begin() as tx:
        search.forget(tx, str(key))
    assert found(desk, "漏绒") == []
    assert found(desk, "张三") == []
    with desk.db.read() as connection:
        assert connection.execute(select(search_case)).all() == []
        connection.execute(text("CREATE VIRTUAL TABLE temp.search_words USING fts5vocab(main, search_case_words, row)"))
        assert words(connection) == 0


def test_a_forgotten_case_comes_back_with_its_next_step_only(desk: ShopDesk) -> None:
    key = start(desk)
    bring(desk)
    with desk.db.begin() as tx:
        search.forget(tx, str(key))
        search.forget(tx, "999")
    bring(desk)
    assert found(desk, "一直不动") == []
    _claim(desk, key, COURIER)
    bring(desk)
    assert found(desk, "一直不动") == [key]


def test_two_that_index_at_once_leave_one_index(desk: ShopDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(30):
        start(desk, description=f"毛毯 {n}")
    together = threading.Barrier(3)

    def work() -> None:
        together.wait()
        bring(desk)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bring(desk)
    assert len(found(desk, "毛毯")) == 30
    with desk.db.begin() as tx:
        for key in range(1, 31):
            search.forget(tx, str(key))
    assert found(desk, "毛毯") == []


def test_who_comes_second_writes_nothing(desk: ShopDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    start(desk, description="毛毯")
    bring(desk)
    key = start(desk, description="毛毯 二")
    look = indexing._look

    def slow(*arguments: object) -> object:
        seen = look(*arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(indexing, "_look", look)
        _claim(desk, key, ANN)
        bring(desk)  # another process, which has seen more
        return seen

    monkeypatch.setattr(indexing, "_look", slow)
    search.due(desk.db, desk.definitions)
    with desk.db.read() as connection:
        assert grams.marked("u", "ann") in search.document_of(connection, key).marks
    with desk.db.begin() as tx:
        search.forget(tx, str(key))
    assert key not in found(desk, "毛毯")


def test_an_order_is_found_by_what_it_holds_as_soon_as_anybody_changes_it(desk: ShopDesk) -> None:
    order(desk, items="雾霾蓝四件套", receiver_name="王小明", receiver_phone="13900001111", receiver_address="杭州")
    bring(desk)
    assert orders(desk, "雾霾蓝") == ["SO-7000"]
    assert orders(desk, "王小明") == ["SO-7000"]
    assert orders(desk, "王小明", COURIER) == []
    assert orders(desk, "13900001111", COURIER) == ["SO-7000"]
    assert orders(desk, "1111", COURIER) == []
    with desk.db.begin() as tx:
        tx.connection.execute(text("UPDATE shop_order SET waybill_no = 'ZT55' WHERE order_id = 'SO-7000'"))
    bring(desk)
    assert orders(desk, "zt5") == ["SO-7000"]
    with desk.db.begin() as tx:
        search.forget_order(tx, "SO-7000")
    assert orders(desk, "雾霾蓝") == []


def test_a_change_of_the_order_reaches_its_cases(desk: ShopDesk) -> None:
    order(desk, order_id="SO-1001", items="米白床笠")
    key = start(desk)
    bring(desk)
    assert found(desk, "米白") == [key]
    desk.clock.advance(timedelta(minutes=1))
    order(desk, order_id="SO-1001", items="墨绿床笠")
    bring(desk)
    assert found(desk, "墨绿") == [key]
    assert found(desk, "米白") == []


def test_an_order_that_changes_while_it_is_indexed_is_indexed_again(
    desk: ShopDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    order(desk, items="米白床笠")
    bring(desk)
    order(desk, items="墨绿床笠")
    look = indexing._look

    def slow(*arguments: object) -> object:
        seen = look(*arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(indexing, "_look", look)
        order(desk, items="浅灰床笠")
        return seen

    monkeypatch.setattr(indexing, "_look", slow)
    bring(desk)
    assert orders(desk, "浅灰") == ["SO-7000"]
    assert orders(desk, "墨绿") == []


def test_a_database_with_cases_from_before_the_index_is_read_once(desk: ShopDesk) -> None:
    keys = [start(desk, description=f"毛毯 {n}") for n in range(150)]
    order(desk, items="四件套")
    with desk.db.begin() as tx:
        tx.connection.execute(delete(search_state))
        tx.connection.execute(text("DELETE FROM search_pending"))
    bring(desk)
    assert found(desk, '"毛毯 149"') == [keys[149]]
    assert found(desk, '"毛毯 0"') == [keys[0]]
    assert orders(desk, "四件套") == ["SO-7000"]


@pytest.mark.parametrize("how", ["renumbered", "gone", "shorter"])
def test_when_the_rows_of_history_have_moved_every_case_is_compared(desk: ShopDesk, how: str) -> None:
    for n in range(3):
        start(desk, description=f"毛毯 {n}")
    bring(desk)
    if how == "renumbered":  # as VACUUM may do
        tamper(desk.db, "UPDATE history_value SET rowid = rowid + 1000")
    elif how == "gone":  # as retention may do
        tamper(desk.db, "DELETE FROM history_value WHERE stream = 3")
    else:  # as a copy of the database from before may be
        tamper(desk.db, "UPDATE search_state SET position = 1000000, stream = 3, revision = 1")
    key = start(desk, description="凉席")
    bring(desk)
    assert found(desk, "凉席") == [key]
    assert len(found(desk, "毛毯")) == 3


def test_vacuum_loses_nothing(desk: ShopDesk) -> None:
    start(desk, description="毛毯")
    bring(desk)
    tamper(desk.db, "DELETE FROM history_value WHERE stream = 0")
    desk.db.close()
    driver = sqlite3.connect(desk.db.file)
    driver.execute("VACUUM")
    driver.close()
    key = start(desk, description="凉席")
    bring(desk)
    assert found(desk, "凉席") == [key]


def test_an_index_of_another_version_is_made_anew(desk: ShopDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    key = start(desk, description="毛毯")
    order(desk, items="四件套")
    bring(desk)
    monkeypatch.setattr(grams, "VERSION", grams.VERSION + 1)
    with desk.db.read() as connection:
        assert not search.is_whole(connection)
    bring(desk)
    assert found(desk, "毛毯") == [key]
    assert orders(desk, "四件套") == ["SO-7000"]
    with desk.db.read() as connection:
        assert search.is_whole(connection)
        assert search.count(connection) == (1, 1)


def test_rebuilding_gives_the_same_index(desk: ShopDesk) -> None:
    for n in range(5):
        start(desk, description=f"毛毯 {n}")
    order(desk, items="四件套")
    bring(desk)

    def rows() -> tuple[list[object], list[object]]:
        with desk.db.read() as connection:
            query = select(search_order.c.order_id, search_order.c.body)
            return list(connection.execute(select(search_case))), list(connection.execute(query))

    before = rows()
    search.rebuild(desk.db)
    assert found(desk, "毛毯") == []
    bring(desk)
    assert rows() == before
    assert len(found(desk, "毛毯")) == 5


def test_one_case_that_cannot_be_read_keeps_no_other_from_being_found(desk: ShopDesk) -> None:
    broken, key = start(desk, description="坏"), start(desk, description="凉席")
    with desk.db.begin() as tx:
        query = update(process_instance).where(process_instance.c.key == broken)
        tx.connection.execute(query.values(variables=b"no bytes of ours"))
    bring(desk)
    assert found(desk, "凉席") == [key]


def test_a_comment_and_its_withdrawal_are_found(desk: ShopDesk) -> None:
    key = start(desk)
    with desk.db.begin() as tx:
        tx.connection.execute(
            comment.insert().values(case_id=str(key), author="li", text="已联系网点核实", mentions="", added_at=0)
        )
    bring(desk)
    assert found(desk, "网点核实") == [key]
    with desk.db.begin() as tx:
        tx.connection.execute(update(comment).values(withdrawn_at=1))
    _claim(desk, key, COURIER)
    bring(desk)
    assert found(desk, "网点核实") == []


def test_texts_to_the_customer_are_found(desk: ShopDesk) -> None:
    key = start(desk)
    row = {"id": 1, "instance": key, "case_id": str(key), "element": "e", "audience": "customer", "recipient": "C-88"}
    row |= {"template": "T", "template_hash": "h", "text": "亲,包裹已到转运中心", "written_at": 0}
    with desk.db.begin() as tx:
        tx.connection.execute(outbox.insert().values(row))
    bring(desk)
    assert found(desk, "转运中心") == [key]


def test_with_the_worker_running_a_change_is_found_within_seconds(desk: ShopDesk, tmp_path: Path) -> None:
    worker = Worker(desk.runtime, deliver=desk.sent.append, poll=timedelta(milliseconds=100))
    worker.start()
    try:
        key = start(desk, description="雾霾蓝毛毯")
        worker.wake()
        until = monotonic() + 5
        while found(desk, "雾霾蓝") != [key]:
            assert monotonic() < until
            sleep(0.05)
    finally:
        worker.stop()


def test_what_the_index_says_of_who_sees_a_case_is_checked_once_more(desk: ShopDesk) -> None:
    key = start(desk, description="毛毯")
    bring(desk)
    with desk.db.read() as connection:
        for sought in ("毛毯", str(key), "SO-1001", "C-88"):
            assert search.find(connection, MANAGER, sought, visible=false(), limit=5).cases == ()


@pytest.mark.parametrize("written", ["0571-88886666", "057188886666", "(0571)8888 6666转8001", "0571 88886666"])
def test_a_landline_in_a_text_is_found_like_a_mobile_number_and_never_shown(desk: ShopDesk, written: str) -> None:
    key = start(desk, description=f"打{written}找他")
    bring(desk)
    for sought in ("057188886666", "0571-88886666", "88886666", "0571-8888", "6666"):
        assert found(desk, sought) == [key], sought
    auditor = Actor(id="zheng", name="郑", groups=frozenset({"auditor"}))
    assert found(desk, "6666", auditor) == [key], "as it is shown"
    assert [found(desk, sought, auditor) for sought in ("88886666", "0571-8888", "05718888")] == [[], [], []]
    with desk.db.read() as connection:
        hits = search.find(connection, auditor, "找他", visible=true(), limit=5)
        lines = search.document_of(connection, key).lines
    pieces = [piece.text for hit in hits.cases for snippet in hit.snippets for piece in snippet.pieces]
    assert "找他" in pieces
    assert "8888" not in "".join(pieces)
    assert [line.text for line in lines if "8888" in line.text and line.kind != "p"] == []


def test_cases_matching_finds_words_and_numbers_and_nothing_personal_for_nobody(desk: ShopDesk) -> None:
    key = start(desk, description="毛毯起球")
    other = start(desk, description="毛毯", customer_id="C-99")
    bring(desk)
    with desk.db.read() as connection:
        assert search.cases_matching(connection, "毛毯", 10) == [str(other), str(key)]
        assert search.cases_matching(connection, "毛毯", 1) == [str(other)]
        assert search.cases_matching(connection, "C-99", 10) == [str(other)]
        assert search.cases_matching(connection, "张三", 10) == []
        assert search.cases_matching(connection, "13800000000", 10) == []
        assert search.cases_matching(connection, "张三", 10, COURIER) == [str(other), str(key)]
        assert search.cases_matching(connection, "", 10) == []


def test_a_supervisor_of_several_teams_finds_the_own_teams_cases_and_nobodys(desk: ShopDesk) -> None:
    with desk.db.begin() as tx:
        for user_id in ("li", "ann"):
            accounts.add(tx, user_id, user_id, "correct horse battery", ["aftersales"])
        for number, user_id in ((1, "li"), (2, "ann")):
            tx.connection.execute(team.insert().values(id=number, name=user_id, shop=""))
            tx.connection.execute(team_member.insert().values(team=number, user=user_id))
    key = start(desk, description="毛毯")
    nobodys = desk.runtime.start("p10_courier_query", START | {"description": "毛毯"}, NOBODY).instance_key
    bring(desk)
    mine = Actor(id="s", name="s", groups=frozenset({"supervisor"}), team=frozenset({"s", "li"}))
    foreign = Actor(id="t", name="t", groups=frozenset({"supervisor"}), team=frozenset({"t", "ann"}))
    assert found(desk, "毛毯", mine) == [nobodys, key]
    assert found(desk, "毛毯", foreign) == [nobodys]
