"""The traits follow what happens, whoever does it, and survive what becomes of the file."""

from __future__ import annotations

import sqlite3
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from engine import inspection
from engine.clock import VirtualClock
from engine.inspection import indexing
from engine.inspection.reading import read_cases
from engine.model import Actor
from engine.store.database import Database
from engine.store.tables import case_sum, case_trait, inspection_state, process_instance
from tests.engine.shop_desk import COURIER, START, ShopDesk
from tests.engine.tampering import tamper

MANAGER = Actor(id="zhao", name="赵刚", groups=frozenset({"dept_manager"}))


class Crash(BaseException):
    """As kill -9 would be."""


@pytest.fixture
def desk(db: Database, clock: VirtualClock) -> ShopDesk:
    return ShopDesk(db, clock)


def bring(desk: ShopDesk) -> None:
    while inspection.due(desk.db):
        pass


def start(desk: ShopDesk) -> int:
    return desk.runtime.start("p10_courier_query", START, COURIER).instance_key


def rows(desk: ShopDesk) -> tuple[list[Any], list[Any]]:
    with desk.db.read() as connection:
        traits = connection.execute(select(case_trait).order_by(*case_trait.primary_key.columns)).all()
        return list(traits), list(connection.execute(select(case_sum).order_by(case_sum.c.case_key)).all())


def right(desk: ShopDesk) -> None:
    """What is kept is what reading every case now gives."""
    with desk.db.read() as connection:
        roots = select(process_instance.c.key).where(process_instance.c.depth == 0)
        cases = read_cases(connection, connection.execute(roots).scalars())
    traits, sums = rows(desk)
    expected = {(kind, what, case.key, n) for case in cases for (kind, what), n in case.traits.items()}
    assert {tuple(row) for row in traits} == expected
    assert [dict(row._mapping) for row in sums] == [{"case_key": case.key, **case.facts} for case in cases]


def test_a_step_brings_new_traits_and_a_called_process_counts_for_its_case(desk: ShopDesk) -> None:
    key = start(desk)
    bring(desk)
    right(desk)
    desk.complete(
        "check_logistics", COURIER, hours_since_update=Decimal(80), stuck_in_region=False, customer_urges=True
    )
    desk.drain()
    desk.complete("courier_search", COURIER, search_result="not_found")
    desk.drain()
    desk.complete("file_claim", COURIER, claim_amount=Decimal(120), claim_no="CL1")
    desk.drain()
    desk.dispatch_until_sent()
    bring(desk)
    right(desk)
    found = {(row.kind, row.what) for row in rows(desk)[0] if row.case_key == key}
    assert ("element", "p07_delivery.send_parcel") in found
    assert ("did", "li@p10_courier_query.file_claim") in found
    assert ("called", "p07_delivery") in found


def test_a_cancelled_case_has_another_status(desk: ShopDesk) -> None:
    key = start(desk)
    bring(desk)
    desk.runtime.cancel(key, "重复", MANAGER)
    bring(desk)
    ((_, *_),) = [tuple(row) for row in rows(desk)[1]]
    assert rows(desk)[1][0].status == "cancelled"
    assert rows(desk)[1][0].elapsed == 0
    right(desk)


def test_nothing_is_written_while_nothing_happens(desk: ShopDesk) -> None:
    start(desk)
    bring(desk)
    log = Path(f"{desk.db.file}-wal")
    before = log.stat().st_size
    assert inspection.due(desk.db) == 0
    assert log.stat().st_size == before


def test_many_at_once_leave_each_trait_once(desk: ShopDesk) -> None:
    for _ in range(70):
        start(desk)
    together = threading.Barrier(3)
    problems: list[BaseException] = []

    def work() -> None:
        together.wait()
        try:
            bring(desk)
        except BaseException as problem:  # noqa: BLE001  told below
            problems.append(problem)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bring(desk)
    assert problems == []
    assert len(rows(desk)[1]) == 70
    right(desk)


def test_who_comes_second_writes_nothing(desk: ShopDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    start(desk)
    bring(desk)
    key = start(desk)
    look = indexing._look

    def slow(*arguments: object) -> object:
        seen = look(*arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(indexing, "_look", look)
        desk.runtime.cancel(key, "重复", MANAGER)
        bring(desk)  # another process, which has seen more
        return seen

    monkeypatch.setattr(indexing, "_look", slow)
    inspection.due(desk.db)
    assert [row.status for row in rows(desk)[1]] == ["active", "cancelled"]


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_crash_in_the_middle_loses_nothing(desk: ShopDesk, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    start(desk)
    bring(desk)
    before = rows(desk)
    start(desk)
    count = 0
    write = indexing._write

    def write_and_crash(tx: Any, found: Any) -> None:
        class Dying:
            def execute(self, *arguments: Any) -> Any:
                nonlocal count
                count += 1
                if count > at:
                    raise Crash
                return tx.connection.execute(*arguments)

        write(type("Tx", (), {"connection": Dying()})(), found)  # type: ignore[arg-type]

    monkeypatch.setattr(indexing, "_write", write_and_crash)
    with pytest.raises(Crash):
        inspection.due(desk.db)
    assert rows(desk) == before
    monkeypatch.setattr(indexing, "_write", write)
    bring(desk)
    assert len(rows(desk)[1]) == 2
    right(desk)


@pytest.mark.parametrize("how", ["renumbered", "gone", "shorter"])
def test_when_the_rows_of_history_have_moved_every_case_is_compared(desk: ShopDesk, how: str) -> None:
    for _ in range(3):
        start(desk)
    bring(desk)
    if how == "renumbered":  # as VACUUM may do
        tamper(desk.db, "UPDATE history_value SET rowid = rowid + 1000")
    elif how == "gone":  # as retention may do
        tamper(desk.db, "DELETE FROM history_value WHERE stream = 3")
    else:  # as a copy of the database from before may be
        tamper(desk.db, "UPDATE inspection_state SET position = 1000000, stream = 3, revision = 1")
    before = [row for row in rows(desk)[0] if row.case_key == 3]
    key = start(desk)
    with desk.db.begin() as tx:  # one that was missed
        tx.connection.execute(update(case_sum).where(case_sum.c.case_key == 2).values(revisions=0, status="?"))
    inspection.due(desk.db)
    with desk.db.read() as connection:
        assert not inspection.is_whole(connection)
    bring(desk)
    traits, sums = rows(desk)
    assert [row.case_key for row in sums] == [1, 2, 3, key]
    assert sums[1].status == "active"
    assert [row for row in traits if row.case_key == 3] == before  # what retention left as it was
    with desk.db.read() as connection:
        assert inspection.is_whole(connection)


def test_vacuum_loses_nothing(desk: ShopDesk) -> None:
    start(desk)
    bring(desk)
    tamper(desk.db, "DELETE FROM history_value WHERE stream = 0")
    desk.db.close()
    driver = sqlite3.connect(desk.db.file)
    driver.execute("VACUUM")
    driver.close()
    start(desk)
    bring(desk)
    right(desk)


def test_a_database_from_before_the_traits_is_read_once(desk: ShopDesk) -> None:
    for _ in range(130):
        start(desk)
    assert rows(desk) == ([], [])
    bring(desk)
    assert len(rows(desk)[1]) == 130
    right(desk)


def test_traits_of_another_version_are_made_anew(desk: ShopDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    start(desk)
    bring(desk)
    with desk.db.begin() as tx:
        tx.connection.execute(text("UPDATE case_trait SET times = 99"))
    monkeypatch.setattr(indexing, "VERSION", indexing.VERSION + 1)
    with desk.db.read() as connection:
        assert not inspection.is_whole(connection)
    bring(desk)
    right(desk)


def test_rebuilding_gives_the_same(desk: ShopDesk) -> None:
    for _ in range(3):
        start(desk)
    bring(desk)
    before = rows(desk)
    inspection.rebuild(desk.db)
    assert rows(desk) == ([], [])
    bring(desk)
    assert rows(desk) == before


def test_one_case_that_cannot_be_read_keeps_no_other_from_being_found(desk: ShopDesk) -> None:
    start(desk)
    tamper(desk.db, "UPDATE history_value SET \"values\" = CAST('no bytes of ours' AS BLOB) WHERE stream = 1")
    start(desk)
    bring(desk)
    assert [row.case_key for row in rows(desk)[1]] == [2]


def test_what_retention_left_of_values_is_read(desk: ShopDesk) -> None:
    key = start(desk)
    bring(desk)
    groups = [row for row in rows(desk)[0] if row.kind == "group"]
    assert groups
    statement = (
        "INSERT INTO history_kept (stream, revision, n, value) SELECT stream, revision, n, "
        'CAST(\'{"groups":["warehouse"]}\' AS BLOB) FROM history_event '
        "WHERE kind = 'user_task.created' AND stream = 1"
    )
    tamper(desk.db, statement, "DELETE FROM history_value WHERE stream = 1")
    inspection.rebuild(desk.db)
    bring(desk)
    assert [(row.what, row.case_key) for row in rows(desk)[0] if row.kind == "group"] == [("warehouse", key)]


def test_a_turn_ends_when_its_time_is_over(desk: ShopDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(130):
        start(desk)
    monkeypatch.setattr(indexing, "_SECONDS", 0.0)
    assert inspection.look(desk.runtime) is False
    assert len(rows(desk)[1]) < 130
    with desk.db.begin() as tx:
        tx.connection.execute(delete(inspection_state))
    bring(desk)
    right(desk)
