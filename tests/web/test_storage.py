"""A full disk and a locked database: a sentence and 503, pages still open, nothing half written, nothing held."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from engine.clock import VirtualClock
from engine.errors import StorageUnavailable
from engine.store import database
from engine.store.tables import incident, job, process_instance
from tests.web.browser import INQUIRY, PASSWORD, STALLED, Browser
from web import parts_of

FORM = STALLED | {"_submission_key": "d" * 32}


@contextmanager
def full_disk(app: Flask) -> Iterator[None]:
    """No page can be added to the database, as when the disk is full."""
    db = parts_of(app).db
    with db.begin() as tx:
        tx.connection.exec_driver_sql("CREATE TABLE ballast(x BLOB)")
    with db.begin() as tx:
        pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar()
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    try:
        while True:
            with db.begin() as tx:
                tx.connection.exec_driver_sql("INSERT INTO ballast VALUES (zeroblob(500))")
    except StorageUnavailable:
        pass
    yield
    with db.begin() as tx:
        tx.connection.exec_driver_sql("PRAGMA max_page_count = 1000000")


@contextmanager
def locked(app: Flask) -> Iterator[None]:
    """Another process writes for long."""
    other = sqlite3.connect(parts_of(app).db.file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@pytest.fixture
def impatient_app(make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.2)
    return make_app()


@pytest.mark.parametrize("trouble", [full_disk, locked])
def test_nothing_can_be_saved_is_said_so_and_pages_still_open(
    impatient_app: Flask, trouble: Callable[[Flask], AbstractContextManager[None]]
) -> None:
    wang = Browser(impatient_app, "wang")
    case = wang.start_inquiry()
    task = wang.open_task(case)
    with trouble(impatient_app):
        for path, form in {
            f"/tasks/{task}": FORM,
            "/start/p10_courier_query": INQUIRY | {"description": "很长" * 400},
        }.items():
            answer = wang.post(path, form)
            assert answer.status_code == 503, path
            assert "没有保存" in answer.text
            assert answer.headers["Retry-After"] == "10"
        for path in ("/inbox", "/cases", f"/cases/{case}", f"/tasks/{task}", "/start/p10_courier_query"):
            assert wang.get(path).status_code == 200, path
    assert wang.post(f"/tasks/{task}", FORM).status_code == 303, "the same form again, once there is space"
    check = sqlite3.connect(parts_of(impatient_app).db.file)
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()


def test_a_lock_that_ends_in_time_is_never_seen(app: Flask) -> None:
    wang = Browser(app, "wang")
    task = wang.open_task(wang.start_inquiry())
    answers: list[int] = []
    with locked(app):
        press = threading.Thread(target=lambda: answers.append(wang.post(f"/tasks/{task}", FORM).status_code))
        press.start()
        press.join(0.5)
        assert press.is_alive(), "it waits"
        assert Browser(app, "sun").get("/inbox").status_code == 200, "who reads does not"
    press.join(20)
    assert answers == [303]


def test_nobody_logs_in_while_nothing_can_be_recorded(impatient_app: Flask) -> None:
    client = impatient_app.test_client()
    with full_disk(impatient_app):
        answers = {
            client.post("/login", data={"user_id": "wang", "password": "x" * 200}).status_code for _ in range(60)
        }
    assert answers <= {401, 503}
    assert 503 in answers
    assert client.post("/login", data={"user_id": "wang", "password": PASSWORD}).status_code in (303, 401)


def test_a_timer_that_falls_due_while_the_disk_is_full_fires_afterwards_and_is_no_incident(
    app: Flask, clock: VirtualClock
) -> None:
    wang = Browser(app, "wang")
    case = wang.start_inquiry()
    assert wang.post(f"/tasks/{wang.open_task(case)}", STALLED).status_code == 303
    parts = parts_of(app)
    parts.worker.drain()
    clock.advance(timedelta(hours=30))
    with full_disk(app):
        with pytest.raises(StorageUnavailable):
            parts.worker.drain()
        with parts.db.read() as connection:
            waiting = connection.execute(select(job.c.retries_left, job.c.problem)).all()
            assert waiting
            assert all(retries >= 3 and problem is None for retries, problem in waiting), "no try is counted"
            assert connection.execute(select(incident.c.id)).all() == []
    assert parts.worker.drain() > 0
    with parts.db.read() as connection:
        assert connection.execute(select(incident.c.id)).all() == []
        assert set(connection.execute(select(process_instance.c.incidents)).scalars()) == {0}
