"""A case is redacted as a whole or not at all, once, whoever else works at the same moment."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, select

from engine import attachments, canonical, collaboration, retention
from engine.attachments import Folder
from engine.model import SYSTEM
from engine.retention import cases, traces
from engine.retention.erasing import empty_log, erasing
from engine.store.database import Database
from engine.store.tables import attachment, metadata, process_instance
from tests.engine.retention.conftest import DUE, ZHAO
from tests.engine.shop_desk import COURIER, ShopDesk
from tests.engine.support import ZHAO as SUPERVISOR


class Crash(BaseException):
    """As kill -9 would be."""


def snapshot(db: Database) -> dict[str, list[tuple[object, ...]]]:
    with db.read() as connection:
        there = set(inspect(connection).get_table_names())
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
            if table.name in there
        }


def run(desk: ShopDesk) -> retention.Taken:
    return retention.run(desk.db, desk.definitions, now=desk.clock.now())


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (cases, "redact_stream"),
        (cases, "_redact_instances"),
        (cases, "_redact_registers"),
        (traces, "redact_values"),
        (traces, "hide_texts"),
        (traces, "hide_tasks"),
        (traces, "scrub_findings"),
    ],
)
def test_a_crash_after_any_write_leaves_the_case_whole(
    desk: ShopDesk, ended: str, monkeypatch: pytest.MonkeyPatch, place: Any, name: str
) -> None:
    desk.clock.advance_to(DUE)
    before = snapshot(desk.db)
    original = getattr(place, name)

    def write_then_crash(*args: Any, **kwargs: Any) -> None:
        original(*args, **kwargs)
        raise Crash

    monkeypatch.setattr(place, name, write_then_crash)
    with pytest.raises(Crash):
        run(desk)
    assert snapshot(desk.db) == before
    monkeypatch.undo()
    assert run(desk).counts["case"] == 1


def test_a_crash_between_commit_and_the_folder_leaves_contents_to_the_next_sweep(
    desk: ShopDesk, ended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_file(desk, ended)
    desk.clock.advance_to(DUE)

    def crash(*_: object) -> None:
        raise Crash

    monkeypatch.setattr(attachments, "drop_unnamed", crash)
    with pytest.raises(Crash):
        run(desk)
    assert desk.column("SELECT name FROM attachment WHERE erased_at IS NOT NULL") == ["***.png"]


def test_running_it_again_changes_nothing(desk: ShopDesk, ended: str) -> None:
    desk.clock.advance_to(DUE)
    run(desk)
    before = snapshot(desk.db)
    assert run(desk).nothing
    assert not retention.redact_case(desk.db, desk.definitions, ended, now=desk.clock.now(), actor=SYSTEM)
    assert snapshot(desk.db) == before


def test_of_two_at_once_one_does_it(desk: ShopDesk, ended: str) -> None:
    desk.clock.advance_to(DUE)
    other = Database.open(str(desk.db.engine.url))
    done: list[bool] = []

    def redact(db: Database) -> None:
        done.append(retention.redact_case(db, desk.definitions, ended, now=desk.clock.now(), actor=SYSTEM))

    threads = [threading.Thread(target=redact, args=(db,)) for db in (desk.db, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert sorted(done) == [False, True]
    assert desk.column("SELECT count(*) FROM retention_done WHERE kind = 'case'") == [1]


def test_a_hold_that_comes_first_wins(desk: ShopDesk, ended: str) -> None:
    desk.clock.advance_to(DUE)
    (found,) = retention.list_due(desk.db, now=desk.clock.now())
    with desk.db.begin() as tx:
        retention.hold(tx, "case", ended, reason="客户起诉", actor=ZHAO, now=desk.clock.now())
    assert not retention.redact_case(desk.db, desk.definitions, found.case_id, now=desk.clock.now(), actor=SYSTEM)


def test_a_case_that_is_taken_up_again_first_stays(desk: ShopDesk, ended: str) -> None:
    desk.clock.advance_to(DUE)
    (found,) = retention.list_due(desk.db, now=desk.clock.now())
    again = desk.inquire()
    with desk.db.begin() as tx:
        this = process_instance.update().where(process_instance.c.key == again)
        tx.connection.execute(this.values(parent_case_id=ended))
    assert not retention.redact_case(desk.db, desk.definitions, found.case_id, now=desk.clock.now(), actor=SYSTEM)


def test_what_somebody_adds_afterwards_goes_when_its_own_time_is_over(desk: ShopDesk, ended: str) -> None:
    desk.clock.advance_to(DUE)
    run(desk)
    collaboration.comment(desk.runtime, ended, "张三又来电话了", SUPERVISOR)
    assert run(desk).nothing
    assert desk.column("SELECT text FROM comment") == ["张三又来电话了"]
    before = desk.column("SELECT variables FROM process_instance WHERE depth = 0")
    desk.clock.advance_to(DUE.replace(year=2027))
    assert run(desk).counts == {"late": 1, "register": 0}
    assert desk.column("SELECT text FROM comment") == ["***"]
    assert desk.column("SELECT variables FROM process_instance WHERE depth = 0") == before
    assert desk.column("SELECT count(*) FROM history_value WHERE stream > 0") == [0]
    assert run(desk).nothing


def keep_file(desk: ShopDesk, case_id: str, content_of: str = "面单.png") -> str:
    folder = Folder.beside(desk.db)
    content = attachments.sample(content_of)
    kept = attachments.keep(desk.db, folder, "张三.png", content, actor=COURIER, now=desk.clock.now())
    with desk.db.begin() as tx:
        tx.connection.execute(attachment.update().where(attachment.c.id == kept.id).values(case_id=case_id))
    return kept.sha256


def test_a_content_stays_while_another_case_has_it(desk: ShopDesk, ended: str) -> None:
    sha256 = keep_file(desk, ended)
    other = str(desk.inquire())
    keep_file(desk, other)
    folder = Folder.beside(desk.db)
    desk.clock.advance_to(DUE)
    run(desk)
    assert folder.has(sha256)
    assert folder.thumb(sha256) is not None
    desk.runtime.cancel(int(other), "重复", SYSTEM)
    desk.clock.advance_to(DUE.replace(year=2027))
    run(desk)
    assert not folder.has(sha256)
    assert folder.thumb(sha256) is None
    assert set(desk.column("SELECT sha256 FROM attachment")) == {sha256}


def test_what_was_no_persons_stays_in_the_variables(desk: ShopDesk, ended: str) -> None:
    desk.clock.advance_to(DUE)
    run(desk)
    (data,) = desk.column("SELECT variables FROM process_instance WHERE depth = 0")
    assert isinstance(data, bytes)
    left = canonical.decode(data)
    kept = ("order_id", "waybill_no", "order_amount", "channel", "hours_since_update", "search_result")
    assert {name: str(left[name]) for name in kept} == {
        "order_id": "SO-1001",
        "waybill_no": "YT1",
        "order_amount": "120",
        "channel": "marketplace",
        "hours_since_update": "80",
        "search_result": "not_found",
    }
    assert left["receiver_name"] == "张**"
    assert left["description"] == "***"
    assert desk.column("SELECT DISTINCT customer_id FROM process_instance") == [None]
    assert desk.column("SELECT DISTINCT state FROM process_instance") == [None]


def test_what_is_deleted_is_overwritten_and_the_log_is_cut(desk: ShopDesk, ended: str) -> None:
    def secure(connection: Connection) -> int:
        return int(connection.exec_driver_sql("PRAGMA secure_delete").scalar_one())

    with desk.db.begin() as tx:
        tx.connection.exec_driver_sql("PRAGMA secure_delete=OFF")
    with erasing(desk.db) as tx:
        assert secure(tx.connection) == 1
    with pytest.raises(Crash), erasing(desk.db):
        raise Crash
    with desk.db.begin() as tx:
        assert secure(tx.connection) == 0
    desk.clock.advance_to(DUE)
    run(desk)
    assert desk.db.file.with_name(f"{desk.db.file.name}-wal").stat().st_size == 0


def test_a_reader_who_is_at_it_keeps_the_log_from_being_cut_and_nothing_else(desk: ShopDesk, ended: str) -> None:
    desk.clock.advance_to(DUE)
    with desk.db.read() as connection:
        connection.execute(select(process_instance.c.key)).all()
        assert run(desk).counts["case"] == 1
        assert not empty_log(desk.db)
    assert empty_log(desk.db)


def test_a_case_that_cannot_be_redacted_keeps_no_other_from_it(desk: ShopDesk, ended: str) -> None:
    other = desk.inquire()
    desk.runtime.cancel(other, "重复", SYSTEM)
    with desk.db.begin() as tx:
        this = process_instance.update().where(process_instance.c.key == int(ended))
        tx.connection.execute(this.values(variables=b"broken"))
    desk.clock.advance_to(DUE)
    assert run(desk).counts == {"failed": 1, "case": 1, "register": 0}
    assert desk.column("SELECT subject FROM retention_done") == [str(other)]
