"""What ends a session, who is let in, and what the system's history says of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine import accounts, canonical, logins
from engine.clock import SystemClock, VirtualClock
from engine.config import Settings
from engine.errors import ConfigurationError
from engine.history.record import values_of
from engine.store.tables import history_event, history_value
from tests.web.browser import PASSWORD, Browser
from web import parts_of

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def said(app: Flask) -> list[tuple[str, str, object]]:
    """(kind, actor, value) of every event of the system's stream about accounts."""
    joined = history_event.join(
        history_value,
        (history_value.c.stream == history_event.c.stream) & (history_value.c.revision == history_event.c.revision),
    )
    columns = (history_event.c.kind, history_event.c.actor, history_event.c.n, history_value.c["values"])
    found = select(*columns).select_from(joined).where(history_event.c.stream == 0).order_by(history_event.c.seq)
    with parts_of(app).db.read() as connection:
        rows = connection.execute(found).all()
    return [(kind, actor, values_of(data)[n]) for kind, actor, n, data in rows if kind.startswith("user.")]


def log_in(client: FlaskClient, user_id: str, password: str) -> int:
    return client.post("/login", data={"user_id": user_id, "password": password}).status_code


def test_log_in_and_log_out_stand_in_the_history(app: Flask, client: FlaskClient) -> None:
    assert log_in(client, "wang", PASSWORD) == 303
    client.post("/logout")
    assert said(app) == [
        ("user.logged_in", "wang", {"user": "wang"}),
        ("user.logged_out", "wang", {"user": "wang"}),
    ]


def test_refused_log_ins_stand_there_too_but_nothing_that_could_be_a_password(app: Flask, client: FlaskClient) -> None:
    for _ in range(10):
        log_in(client, "wang", "wrong horse")
    log_in(client, "wang", PASSWORD)
    log_in(client, "my secret password", "x")
    kinds, people, values = zip(*said(app), strict=True)
    assert set(kinds) == {"user.login_refused"}
    assert set(people) == {"system"}
    assert list(values) == [
        *([{"user": "wang", "reason": "password"}] * 10),
        {"user": "wang", "reason": "locked"},
        {"user": None, "reason": "unknown"},
    ]
    with parts_of(app).db.read() as connection:
        kept = b"".join(connection.execute(select(history_value.c["values"])).scalars())
    assert b"secret" not in kept
    assert b"horse" not in kept


def test_who_may_not_come_in_is_recorded_with_the_reason(app: Flask, client: FlaskClient) -> None:
    with parts_of(app).db.begin() as tx:
        accounts.set_active(tx, "sun", False)
        accounts.add(tx, "demo", "演示", PASSWORD, ["presales"], demo=True)
    assert log_in(client, "sun", PASSWORD) == log_in(client, "demo", PASSWORD) == 401
    assert [value for _, _, value in said(app)] == [
        {"user": "sun", "reason": "inactive"},
        {"user": "demo", "reason": "demo"},
    ]


def test_a_copy_of_the_cookie_opens_nothing_after_log_out(app: Flask, client: FlaskClient) -> None:
    log_in(client, "wang", PASSWORD)
    cookie = client.get_cookie("kefuflow")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("kefuflow", cookie.value)
    assert thief.get("/inbox").status_code == 200
    left = client.post("/logout")
    assert left.headers["Clear-Site-Data"] == '"cache"', "nor does the Back button on a shared machine"
    assert thief.get("/inbox").location.startswith("/login")


def test_a_session_ends_with_the_shift_however_busy_it_was(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signed cookie is dated anew whenever a note is put into it; the log-in is not."""
    times = VirtualClock(NOW)
    monkeypatch.setattr(SystemClock, "now", lambda _: times.now())
    log_in(client, "wang", PASSWORD)
    for _ in range(23):
        times.advance(timedelta(minutes=30))
        with client.session_transaction() as session:
            session["touched"] = times.now().isoformat()
        assert client.get("/inbox").status_code == 200
    times.advance(timedelta(minutes=29, seconds=59))
    assert client.get("/inbox").status_code == 200, "a second early"
    times.advance(timedelta(seconds=1))
    assert client.get("/inbox").location.startswith("/login")


def test_moving_the_virtual_clock_by_days_logs_nobody_out(
    app: Flask, clock: VirtualClock, browse: Callable[[str], Browser]
) -> None:
    wang = browse("wang")
    clock.advance(timedelta(days=40))
    assert wang.get("/inbox").status_code == 200


def test_a_session_without_the_time_of_its_log_in_is_none(app: Flask) -> None:
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = "1:wang"
    assert client.get("/inbox").location.startswith("/login")


# --- accounts and their history are one transaction ------------------------------------------------


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/admin/users", {"user_id": "neu", "name": "新人", "password": "long enough", "groups": ["presales"]}),
        ("/admin/users/wang/groups", {"groups": ["supervisor"]}),
        ("/admin/users/wang/password", {"password": "another one"}),
        ("/admin/users/wang/active", {"active": "no"}),
    ],
)
def test_an_account_is_not_changed_when_it_cannot_be_recorded(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, path: str, form: dict[str, object]
) -> None:
    app = make_app(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    admin = Browser(app, "admin")
    before = accounts.list_accounts(parts_of(app).db)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the history cannot be written")

    monkeypatch.setattr(accounts, "append_system", fail)
    assert admin.post(path, form).status_code == 500
    monkeypatch.undo()
    assert accounts.list_accounts(parts_of(app).db) == before
    assert logins.verify(parts_of(app).db, parts_of(app).clock, "wang", PASSWORD) is not None


def test_the_history_tells_who_changed_an_account_from_what_to_what(
    app: Flask, browse: Callable[[str], Browser]
) -> None:
    browse("admin").post("/admin/users/wang/groups", {"groups": ["finance", "aftersales"]})
    browse("admin").post("/admin/users/wang/active", {"active": "no"})
    assert said(app) == [
        (
            "user.groups_changed",
            "admin",
            {"user": "wang", "before": ["aftersales"], "after": ["aftersales", "finance"]},
        ),
        ("user.activity_changed", "admin", {"user": "wang", "before": True, "after": False}),
    ]
    assert canonical.encode(said(app)[0][2])


def test_an_administrator_cannot_give_up_the_own_keys(app: Flask, browse: Callable[[str], Browser]) -> None:
    admin = browse("admin")
    answer = admin.post("/admin/users/admin/groups", {"groups": ["presales"]})
    assert answer.status_code == 422
    assert "另一位管理员" in answer.text
    assert admin.post("/admin/users/admin/groups", {"groups": ["presales", "admin"]}).status_code == 303


# --- behind a web server with TLS ---------------------------------------------------------------------


def behind_tls(make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, value: str = "1") -> Flask:
    monkeypatch.setenv("KEFUFLOW_BEHIND_TLS", value)
    return make_app(RATELIMIT_ENABLED=True)


def test_behind_tls_the_cookie_is_never_sent_without(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = behind_tls(make_app, monkeypatch).test_client()
    told = {"X-Forwarded-For": "203.0.113.5", "X-Forwarded-Proto": "https"}
    answer = client.post("/login", data={"user_id": "wang", "password": PASSWORD}, headers=told)
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize(("setting", "second"), [("1", 401), ("0", 429)])
def test_the_address_that_the_front_server_names_counts_only_behind_it(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, setting: str, second: int
) -> None:
    monkeypatch.setattr(logins, "verify", lambda *_, **__: None)
    client = behind_tls(make_app, monkeypatch, setting).test_client()
    for number in range(30):
        assert log_in_from(client, f"198.51.100.9, 203.0.113.{5 if setting == '1' else number}") == 401
    assert log_in_from(client, "198.51.100.9, 203.0.113.5") == 429, "the last hop counts, not what the client wrote"
    assert log_in_from(client, "203.0.113.6") == second


def log_in_from(client: FlaskClient, address: str) -> int:
    headers = {"X-Forwarded-For": address}
    return client.post("/login", data={"user_id": "wang", "password": "x"}, headers=headers).status_code


def test_other_values_of_the_setting_refuse_to_start() -> None:
    assert Settings.from_env({}).behind_tls is False
    assert Settings.from_env({"KEFUFLOW_BEHIND_TLS": "1"}).behind_tls is True
    for value in ("yes", "true", "", "2"):
        with pytest.raises(ConfigurationError, match="BEHIND_TLS"):
            Settings.from_env({"KEFUFLOW_BEHIND_TLS": value})
