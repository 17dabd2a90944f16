"""Two-step verification on the pages: setting it up, logging in with it, losing the phone, having to have it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete

from engine import accounts, second_factor, totp
from engine.clock import SystemClock, VirtualClock
from engine.store.tables import recovery_code
from tests.web.browser import PASSWORD, Browser
from tests.web.test_drafts import hidden
from tests.web.test_sessions import said
from web import parts_of

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
OWN = {"own_password": PASSWORD}


class Phone:
    """The machine's time, and what an app makes of it."""

    def __init__(self, times: VirtualClock) -> None:
        self.times = times
        self.secret = b""

    def code(self) -> str:
        """The newest code; the next one is half a minute away."""
        self.times.advance(timedelta(seconds=totp.STEP))
        return totp.code(self.secret, totp.step_at(int(self.times.now().timestamp())))

    def set_up(self, person: Browser) -> list[str]:
        """What somebody does at the desk and on the phone; gives the recovery codes."""
        assert person.post("/account/factor", OWN).location == "/account/factor"
        told = person.get("/account/factor").text.partition('data-test="secret">')[2].partition("<")[0]
        waiting = second_factor.waiting_secret(parts_of(person.app).db, "wang") or b""
        assert told == totp.secret_text(waiting)
        self.secret = waiting
        page = person.post("/account/factor/confirmation", {"code": self.code()})
        assert page.status_code == 200
        assert page.headers["Cache-Control"] == "no-store"
        return re.findall(r"<li>([A-Z2-7-]{29})</li>", page.text)


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> Phone:
    times = VirtualClock(NOW)
    monkeypatch.setattr(SystemClock, "now", lambda _: times.now())
    return Phone(times)


def give_password(client: FlaskClient, **more: str) -> str:
    """Log in as far as the password goes; the page that asks for the code."""
    answer = client.post("/login", data={"user_id": "wang", "password": PASSWORD, **more})
    assert answer.status_code == 200
    assert 'name="code"' in answer.text
    return answer.text


def test_it_is_set_up_with_an_app_and_asked_for_at_the_next_log_in(
    app: Flask, client: FlaskClient, browse: Callable[[str], Browser], phone: Phone
) -> None:
    wang, elsewhere = browse("wang"), browse("wang")
    assert len(phone.set_up(wang)) == 10
    assert "还剩 10 个恢复码" in wang.get("/account").text, "this session goes on"
    assert elsewhere.get("/inbox").location.startswith("/login")
    give_password(client, next="/cases?status=active")
    assert client.get("/inbox").location.startswith("/login"), "the password alone opens nothing"
    assert client.post("/login/code", data={"code": "000000"}).status_code == 401
    done = client.post("/login/code", data={"code": phone.code(), "next": "/cases?status=active"})
    assert done.location == "/cases?status=active"
    assert client.get("/cases").status_code == 200
    assert said(app) == [
        ("user.second_factor_added", "wang", {"user": "wang"}),
        ("user.login_refused", "system", {"user": "wang", "reason": "code"}),
        ("user.logged_in", "wang", {"user": "wang", "by": "code"}),
    ]


def test_the_page_has_a_picture_that_the_policy_lets_through_and_no_browser_keeps_it(
    browse: Callable[[str], Browser], phone: Phone
) -> None:
    wang = browse("wang")
    wang.post("/account/factor", OWN)
    page = wang.get("/account/factor")
    assert page.headers["Cache-Control"] == "no-store"
    assert 'src="data:image/svg+xml' in page.text
    phone.times.advance(timedelta(minutes=10))
    assert wang.get("/account/factor").location == "/account", "who comes to an open desk later does not see it"


def test_what_was_typed_before_the_log_in_ran_out_goes_through_the_code_too(
    client: FlaskClient, browse: Callable[[str], Browser], phone: Phone
) -> None:
    wang = browse("wang")
    task = wang.open_task(wang.start_inquiry())
    wang.post(f"/tasks/{task}/claim")
    phone.set_up(wang)
    form = {"last_location": "杭州转运中心", "_draft": hidden(wang.get(f"/tasks/{task}").text, "_draft")}
    page = client.post("/login/again", data=form).text
    kept = {name: hidden(page, name) for name in ("_draft", "_kept")}
    kept = {name: hidden(give_password(client, **kept), name) for name in kept}
    assert client.post("/login/code", data=kept | {"code": phone.code()}).location == f"/tasks/{task}"
    assert "杭州转运中心" in client.get(f"/tasks/{task}").text


def test_a_recovery_code_stands_for_the_phone_once(
    client: FlaskClient, browse: Callable[[str], Browser], phone: Phone
) -> None:
    codes = phone.set_up(browse("wang"))
    for expected in (303, 401):
        give_password(client)
        assert client.post("/login/code", data={"code": codes[0].lower()}).status_code == expected
        client = client.application.test_client()


def test_a_code_must_follow_the_password_within_five_minutes(
    app: Flask, client: FlaskClient, browse: Callable[[str], Browser], phone: Phone
) -> None:
    phone.set_up(browse("wang"))
    assert client.post("/login/code", data={"code": phone.code()}).location == "/login", "no password was given"
    give_password(client)
    phone.times.advance(timedelta(minutes=5) - timedelta(seconds=totp.STEP))
    assert client.post("/login/code", data={"code": phone.code(), "next": "/cases"}).location == "/login?next=/cases"
    give_password(client)
    with parts_of(app).db.begin() as tx:
        accounts.set_password(tx, "wang", "seven violet kites")
    assert client.post("/login/code", data={"code": phone.code()}).location == "/login", "the password was changed"


def test_codes_have_a_rate(make_app: Callable[..., Flask]) -> None:
    client = make_app(RATELIMIT_ENABLED=True).test_client()
    assert [client.post("/login/code").status_code for _ in range(31)] == [303] * 30 + [429]


@pytest.mark.parametrize("path", ["/account/factor", "/account/factor/codes", "/account/factor/removal"])
def test_each_change_asks_for_the_password_however_lately_it_was_given(
    browse: Callable[[str], Browser], phone: Phone, path: str
) -> None:
    wang = browse("wang")
    if path != "/account/factor":
        phone.set_up(wang)
    for typed in ({}, {"own_password": "wrong horse"}):
        answer = wang.post(path, typed)
        assert answer.status_code == 422
        assert "您自己的密码" in answer.text
    assert wang.post(path, OWN).status_code in (200, 303)


def test_new_recovery_codes_and_taking_it_off(
    app: Flask, client: FlaskClient, browse: Callable[[str], Browser], phone: Phone
) -> None:
    wang = browse("wang")
    before = phone.set_up(wang)
    fresh = re.findall(r"<li>([A-Z2-7-]{29})</li>", wang.post("/account/factor/codes", OWN).text)
    assert len(set(before + fresh)) == 20
    assert wang.post("/account/factor/removal", OWN).status_code == 303
    assert wang.get("/account").status_code == 200
    assert client.post("/login", data={"user_id": "wang", "password": PASSWORD}).status_code == 303
    assert [kind for kind, _, _ in said(app)] == [
        *("user.second_factor_added", "user.recovery_codes_made", "user.second_factor_removed", "user.logged_in")
    ]
    for path in ("/account/factor/codes", "/account/factor/removal"):
        assert browse("wang").post(path, OWN).status_code == 422, "there is none"


def test_an_administrator_takes_it_off_who_has_lost_the_phone(
    app: Flask, client: FlaskClient, browse: Callable[[str], Browser], phone: Phone
) -> None:
    wang, admin = browse("wang"), browse("admin")
    assert "remove-factor" not in admin.get("/admin/users/wang").text
    phone.set_up(wang)
    phone.times.advance(timedelta(minutes=10))
    assert "remove-factor" in admin.get("/admin/users/wang").text
    assert admin.post("/admin/users/wang/factor").status_code == 422, "the own password is asked for"
    assert admin.post("/admin/users/wang/factor", OWN).status_code == 303
    assert wang.get("/inbox").location.startswith("/login")
    assert client.post("/login", data={"user_id": "wang", "password": PASSWORD}).status_code == 303
    assert said(app)[-2] == ("user.second_factor_removed", "admin", {"user": "wang"})
    assert admin.post("/admin/users/wang/factor", OWN).status_code == 422, "there is none any more"


# --- the shop's setting --------------------------------------------------------------------------


def test_switched_off_nobody_is_asked_and_nobody_sets_it_up(
    make_app: Callable[..., Flask], phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.set_up(Browser(make_app(), "wang"))
    monkeypatch.setenv("KEFUFLOW_SECOND_FACTOR", "off")
    off = make_app(RATELIMIT_ENABLED=False)
    client = off.test_client()
    assert client.post("/login", data={"user_id": "wang", "password": PASSWORD}).location == "/"
    assert "二次验证" not in client.get("/account").text
    assert Browser(off, "sun").post("/account/factor", OWN).status_code == 404


def test_who_leads_must_have_one_where_the_shop_demands_it(
    make_app: Callable[..., Flask], phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEFUFLOW_SECOND_FACTOR", "managers")
    app = make_app(RATELIMIT_ENABLED=False)
    assert Browser(app, "sun").get("/inbox").status_code == 200, "agents may do without"
    with parts_of(app).db.begin() as tx:
        accounts.set_groups(tx, "wang", ["supervisor"])
    wang = Browser(app, "wang")
    assert wang.get("/inbox").location.startswith("/account")
    page = wang.get("/account").text
    assert "必须使用二次验证" in page
    assert "/inbox" not in page
    phone.set_up(wang)
    assert wang.get("/inbox").status_code == 200
    assert wang.post("/account/factor/removal", OWN).status_code == 422
    with parts_of(app).db.begin() as tx:
        tx.connection.execute(delete(recovery_code))
    assert "还剩 0 个恢复码" in wang.get("/account").text
