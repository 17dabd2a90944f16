"""Whether it lives and whether it can work, as machines ask: without log-in, without a word about anybody."""

from __future__ import annotations

import shutil
import sqlite3
from collections import namedtuple
from collections.abc import Callable

import pytest
from flask import Flask

from engine import worker
from engine.errors import StorageUnavailable
from engine.store.database import Database
from tests.web.browser import Browser
from web import parts_of

ALL_WELL = {"database": "ok", "schema": "ok", "worker": "ok", "disk": "ok"}
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def working(app: Flask) -> Flask:
    """An application whose worker has just looked."""
    parts_of(app).worker.drain()
    return app


def checks(app: Flask) -> tuple[int, dict[str, str]]:
    answer = app.test_client().get("/readyz")
    assert answer.json is not None
    assert answer.json["ready"] is (answer.status_code == 200)
    return answer.status_code, answer.json["checks"]


def test_it_lives_whatever_the_database_does(browse: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch) -> None:
    wang = browse("wang")  # with a session, whose person would be looked up

    def refuse(*_: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(Database, "read", refuse)
    monkeypatch.setattr(Database, "begin", refuse)
    answer = wang.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"alive": True})
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_ask_for_no_log_in_and_leave_no_cookie(working: Flask, path: str) -> None:
    answer = working.test_client().get(path)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert working.test_client().head(path).status_code == 200
    assert working.test_client().post(path).status_code == 405


def test_probes_are_not_counted_against_the_rate_of_log_ins(make_app: Callable[..., Flask]) -> None:
    client = make_app(RATELIMIT_ENABLED=True).test_client()
    assert {client.get("/healthz").status_code for _ in range(50)} == {200}
    assert client.post("/login", data={"user_id": "wang", "password": "no"}).status_code == 401


def test_it_is_ready_when_all_is_well(working: Flask) -> None:
    assert checks(working) == (200, ALL_WELL)


def test_it_is_not_ready_before_the_worker_has_looked(app: Flask) -> None:
    status, said = checks(app)
    assert (status, said) == (503, ALL_WELL | {"worker": "has not looked at the job table for a minute"})


@pytest.mark.parametrize(("seconds", "status"), [(59.9, 200), (60.1, 503)])
def test_a_worker_that_has_not_looked_for_a_minute_is_told(
    working: Flask, monkeypatch: pytest.MonkeyPatch, seconds: float, status: int
) -> None:
    now = worker.monotonic() + seconds
    monkeypatch.setattr(worker, "monotonic", lambda: now)
    assert checks(working)[0] == status


def test_a_worker_whose_every_look_fails_stops_beating(working: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = parts_of(working)
    now = worker.monotonic() + 61
    monkeypatch.setattr(worker, "monotonic", lambda: now)

    def full(*_: object) -> int:
        raise StorageUnavailable("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(parts.worker._runner, "run_due", full)
        parts.worker._tick(looks=True)
    assert parts.worker.pulse.failures == 1
    assert checks(working)[1]["worker"] != "ok"
    parts.worker._tick()
    assert checks(working)[1]["worker"] == "ok"


def test_a_slow_poll_is_given_two_turns() -> None:
    pulse = worker.Pulse(worker.timedelta(hours=1))
    pulse.beat()
    then = pulse._last
    assert then is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "monotonic", lambda: then + 7199)
        assert pulse.is_beating()
        patch.setattr(worker, "monotonic", lambda: then + 7201)
        assert not pulse.is_beating()


@pytest.mark.parametrize(("free", "said"), [(256, "ok"), (255.999, "less than 256 MB are free")])
def test_a_disk_that_is_nearly_full_is_told(
    working: Flask, monkeypatch: pytest.MonkeyPatch, free: float, said: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, int(free * 1024 * 1024)))
    status, found = checks(working)
    assert found == ALL_WELL | {"disk": said}
    assert status == (200 if said == "ok" else 503)


def test_another_schema_is_told_and_the_right_one_is_known_again(working: Flask) -> None:
    file = parts_of(working).db.file
    assert checks(working)[0] == 200
    with sqlite3.connect(file) as other:
        (right,) = other.execute("SELECT version_num FROM alembic_version").fetchone()
    for wrong in ("UPDATE alembic_version SET version_num = '9999'", "DELETE FROM alembic_version"):
        with sqlite3.connect(file) as other:
            other.execute(wrong)
        assert checks(working) == (503, ALL_WELL | {"schema": "is not the one of this release"})
        with sqlite3.connect(file) as other:
            other.execute("DELETE FROM alembic_version")
            other.execute("INSERT INTO alembic_version VALUES (?)", (right,))
        assert checks(working) == (200, ALL_WELL)


def test_a_database_without_any_schema_is_told(working: Flask) -> None:
    with sqlite3.connect(parts_of(working).db.file) as other:
        other.execute("DROP TABLE alembic_version")
    assert checks(working) == (503, ALL_WELL | {"schema": "is not the one of this release"})


@pytest.mark.parametrize("problem", [sqlite3.OperationalError("disk I/O error"), sqlite3.DatabaseError("malformed")])
def test_a_database_that_does_not_answer_is_told_without_its_path(
    working: Flask, monkeypatch: pytest.MonkeyPatch, problem: sqlite3.Error
) -> None:
    class Dead:
        def __enter__(self) -> None:
            raise StorageUnavailable(f"{parts_of(working).db.file}: {problem}")

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(parts_of(working).db, "read", Dead)
    answer = working.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"ready": False, "checks": ALL_WELL | {"database": "does not answer", "schema": "unknown"}}


def test_a_file_that_is_no_database_is_told(working: Flask) -> None:
    db = parts_of(working).db
    db.engine.dispose()
    db.file.write_bytes(b"not a database at all" * 1000)
    assert checks(working)[1]["database"] == "does not answer"


def test_a_database_that_was_taken_away_is_told_and_none_is_made(working: Flask) -> None:
    file = parts_of(working).db.file
    assert checks(working)[0] == 200
    file.rename(file.with_name("away.db"))
    assert checks(working)[1]["database"] == "does not answer"
    assert not file.exists()


def test_probes_stand_in_no_menu(browse: Callable[[str], Browser]) -> None:
    for person in ("wang", "chen", "admin"):
        page = browse(person).get("/", follow_redirects=True).text
        assert not any(name in page for name in ("healthz", "readyz", "/metrics"))
