"""Logging in, and what ends a session."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine import accounts, logins
from engine.clock import VirtualClock
from engine.errors import ConfigurationError
from tests.web.browser import PASSWORD, Browser
from web import parts_of
from web.links import local_target


def log_in(client: FlaskClient, user_id: str, password: str, **more: str) -> int:
    return client.post("/login", data={"user_id": user_id, "password": password, **more}).status_code


def test_every_page_asks_for_log_in_first_and_comes_back_after_it(client: FlaskClient) -> None:
    asked = client.get("/cases?status=active")
    assert asked.status_code == 303
    page = client.get(asked.location)
    assert 'value="/cases?status=active"' in page.text
    done = client.post("/login", data={"user_id": "wang", "password": PASSWORD, "next": "/cases?status=active"})
    assert done.location == "/cases?status=active"


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(client: FlaskClient) -> None:
    wrong = client.post("/login", data={"user_id": "wang", "password": "wrong"})
    unknown = client.post("/login", data={"user_id": "nobody", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 401
    told = [re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text) for answer in (wrong, unknown)]
    assert told[0].replace("wang", "X") == told[1].replace("nobody", "X")
    assert "账号或密码不对" in wrong.text


def test_ten_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(
    client: FlaskClient, clock: VirtualClock
) -> None:
    for _ in range(10):
        assert log_in(client, "wang", "wrong") == 401
    assert log_in(client, "wang", PASSWORD) == 401
    clock.advance(timedelta(minutes=15, seconds=1))
    assert log_in(client, "wang", PASSWORD) == 303


def test_many_tries_from_one_address_are_told_to_wait(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins, "verify", lambda *_, **__: None)  # the limit counts before any password is looked at
    client = make_app(RATELIMIT_ENABLED=True).test_client()
    answers = [client.post("/login", data={"user_id": f"u{n}", "password": "x"}) for n in range(31)]
    assert [a.status_code for a in answers[:30]] == [401] * 30
    assert answers[30].status_code == 429
    assert int(answers[30].headers["Retry-After"]) > 0


def test_log_out_ends_the_session(browse: Callable[[str], Browser]) -> None:
    wang = browse("wang")
    assert wang.get("/inbox").status_code == 200
    assert wang.post("/logout").location == "/login"
    assert wang.get("/inbox").location.startswith("/login")


@pytest.mark.parametrize(
    "change",
    [
        lambda tx: accounts.set_groups(tx, "wang", ["presales"]),
        lambda tx: accounts.set_password(tx, "wang", "another one"),
        lambda tx: accounts.set_active(tx, "wang", False),
    ],
    ids=["groups", "password", "activity"],
)
def test_a_changed_account_logs_in_anew(
    app: Flask, browse: Callable[[str], Browser], change: Callable[..., None]
) -> None:
    wang = browse("wang")
    with parts_of(app).db.begin() as tx:
        change(tx)
    assert wang.get("/inbox").location.startswith("/login")


def test_the_session_starts_empty_at_log_in(client: FlaskClient) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    assert log_in(client, "wang", PASSWORD) == 303
    with client.session_transaction() as session:
        assert "planted" not in session


def test_the_cookie_is_not_for_scripts_or_other_sites(client: FlaskClient) -> None:
    cookie = client.post("/login", data={"user_id": "wang", "password": PASSWORD}).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_without_demo_a_database_with_demonstration_accounts_is_refused(
    app: Flask, make_app: Callable[..., Flask]
) -> None:
    with parts_of(app).db.begin() as tx:
        accounts.add(tx, "demo", "演示", PASSWORD, ["presales"], demo=True)
    with pytest.raises(ConfigurationError, match="demo"):
        make_app()
    offered = make_app(demo=True).test_client().get("/login")
    assert 'value="demo"' in offered.text


def test_a_demonstration_account_made_while_serving_cannot_log_in(app: Flask, client: FlaskClient) -> None:
    with parts_of(app).db.begin() as tx:
        accounts.add(tx, "demo", "演示", PASSWORD, ["presales"], demo=True)
    assert log_in(client, "demo", PASSWORD) == 401


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil", "", "/a\nb", None],
)
def test_nobody_is_sent_to_another_site_after_log_in(target: str | None) -> None:
    assert local_target(target) == "/"


def test_everybody_begins_the_day_where_the_work_is(browse: Callable[[str], Browser]) -> None:
    homes = {user: browse(user).get("/").location for user in ("wang", "zhou", "zheng", "admin")}
    assert homes == {"wang": "/inbox", "zhou": "/studio", "zheng": "/cases", "admin": "/admin"}
