"""The own account: one's password, and the password asked again before an account changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine import accounts, logins
from engine.clock import SystemClock, VirtualClock
from engine.errors import StorageUnavailable
from engine.store.database import Database
from engine.store.tables import login_session
from tests.web.browser import PASSWORD, Browser
from tests.web.test_sessions import log_in, said
from web import parts_of

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
NEW = "seven violet kites"
CHANGE = {"own_password": PASSWORD, "password": NEW, "again": NEW}


def is_password(app: Flask, user_id: str, password: str) -> bool:
    return logins.verify(parts_of(app).db, parts_of(app).clock, user_id, password) is not None


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> VirtualClock:
    """The machine's clock."""
    times = VirtualClock(NOW)
    monkeypatch.setattr(SystemClock, "now", lambda _: times.now())
    return times


# --- the own password ----------------------------------------------------------------------------


def test_people_change_their_password_and_every_other_session_ends(
    app: Flask, browse: Callable[[str], Browser]
) -> None:
    wang, elsewhere = browse("wang"), browse("wang")
    answer = wang.post("/account/password", CHANGE)
    assert answer.status_code == 303
    assert "其他电脑上的登录已结束" in wang.get("/account").text, "this session goes on"
    assert elsewhere.get("/inbox").location.startswith("/login")
    assert said(app) == [("user.password_changed", "wang", {"user": "wang"})]
    assert is_password(app, "wang", NEW)
    assert not is_password(app, "wang", PASSWORD)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"own_password": "wrong horse"}, "您自己的密码不对"),
        ({"own_password": ""}, "请输入您自己的密码"),
        ({"again": "seven violet kite"}, "不一致"),
        ({"password": "short", "again": "short"}, "8 到 200"),
        ({"password": "password1", "again": "password1"}, "容易猜到"),
        ({"password": "kefuflow2026", "again": "kefuflow2026"}, "店铺"),
        ({"password": "王立新王立新2026", "again": "王立新王立新2026"}, "姓名"),
        ({"password": PASSWORD, "again": PASSWORD}, "相同"),
    ],
)
def test_what_is_not_acceptable_comes_back_with_the_reason(
    app: Flask, browse: Callable[[str], Browser], changed: dict[str, str], told: str
) -> None:
    answer = browse("wang").post("/account/password", CHANGE | changed)
    assert answer.status_code == 422
    assert told in answer.text
    assert NEW not in answer.text
    assert is_password(app, "wang", PASSWORD)


def test_who_finds_an_open_desk_does_not_guess_the_password(
    app: Flask, browse: Callable[[str], Browser], clock: VirtualClock
) -> None:
    desk = browse("wang")
    for _ in range(10):
        desk.post("/account/password", CHANGE | {"own_password": "wrong horse"})
    assert desk.post("/account/password", CHANGE).status_code == 422, "even the right one"
    assert {kind for kind, _, _ in said(app)} == {"user.confirmation_refused"}
    assert said(app)[-1][2] == {"user": "wang", "reason": "locked"}
    clock.advance(logins.LOCK)
    assert desk.post("/account/password", CHANGE).status_code == 303


def test_changing_passwords_has_a_rate(make_app: Callable[..., Flask]) -> None:
    wang = Browser(make_app(RATELIMIT_ENABLED=True), "wang")
    answers = [wang.post("/account/password", {"again": "x"}).status_code for _ in range(31)]
    assert answers == [422] * 30 + [429]


def test_the_password_of_a_demonstration_stays(make_app: Callable[..., Flask]) -> None:
    app = make_app(demo=True)
    with parts_of(app).db.begin() as tx:
        accounts.add(tx, "demo", "演示", PASSWORD, ["presales"], demo=True)
    demo = Browser(app, "demo")
    assert 'name="password"' not in demo.get("/account").text
    assert demo.post("/account/password", CHANGE).status_code == 422
    assert accounts.get(parts_of(app).db, "demo").demo


# --- asked again ---------------------------------------------------------------------------------

DEEDS = [
    ("/admin/users", {"user_id": "neu", "name": "新人", "password": NEW, "groups": ["presales"]}),
    ("/admin/users/wang/groups", {"groups": ["supervisor"]}),
    ("/admin/users/wang/password", {"password": NEW}),
    ("/admin/users/wang/active", {"active": "no"}),
]


@pytest.mark.parametrize(("path", "form"), DEEDS)
def test_ten_minutes_after_log_in_the_password_is_asked_again_before_an_account_changes(
    app: Flask, browse: Callable[[str], Browser], times: VirtualClock, path: str, form: dict[str, object]
) -> None:
    admin = browse("admin")
    page = "/admin" if path == "/admin/users" else "/admin/users/wang"
    assert "own_password" not in admin.get(page).text
    times.advance(timedelta(minutes=10))
    assert "own_password" in admin.get(page).text
    before = accounts.list_accounts(parts_of(app).db)
    for typed in ({}, {"own_password": "wrong horse"}):
        assert admin.post(path, form | typed).status_code == 422
    assert accounts.list_accounts(parts_of(app).db) == before
    assert admin.post(path, form | {"own_password": PASSWORD}).status_code == 303
    assert accounts.list_accounts(parts_of(app).db) != before
    times.advance(timedelta(minutes=9, seconds=59))
    assert "own_password" not in admin.get(page).text, "given again, it holds for ten minutes"


def test_what_was_typed_of_a_new_account_stays_when_the_password_is_wrong(
    browse: Callable[[str], Browser], times: VirtualClock
) -> None:
    admin = browse("admin")
    times.advance(timedelta(minutes=10))
    answer = admin.post("/admin/users", DEEDS[0][1] | {"own_password": "wrong horse"})
    assert 'value="新人"' in answer.text


# --- nobody is there -----------------------------------------------------------------------------

POLL = {"HX-Request": "true"}


def test_a_session_that_nobody_uses_for_an_hour_ends(client: FlaskClient, times: VirtualClock) -> None:
    log_in(client, "wang", PASSWORD)
    times.advance(timedelta(minutes=40))
    assert client.get("/inbox").status_code == 200
    times.advance(timedelta(minutes=59, seconds=59))
    assert client.get("/notifications/bell", headers=POLL).status_code == 200, "a second early"
    times.advance(timedelta(seconds=1))
    assert client.get("/inbox").location == "/login?next=/inbox", "and one comes back after log-in"


@pytest.mark.parametrize(("headers", "goes_on"), [(POLL, False), (POLL | {"X-Used": "1"}, True), ({}, True)])
def test_what_a_page_asks_by_itself_keeps_no_session_alive(
    client: FlaskClient, times: VirtualClock, headers: dict[str, str], goes_on: bool
) -> None:
    log_in(client, "wang", PASSWORD)
    for _ in range(4):
        times.advance(timedelta(minutes=15))
        client.get("/inbox/list", headers=headers)
    assert (client.get("/inbox").status_code == 200) is goes_on


def test_a_form_sent_too_late_is_carried_through_the_log_in(
    app: Flask, client: FlaskClient, browse: Callable[[str], Browser], times: VirtualClock
) -> None:
    wang = browse("wang")
    task = wang.open_task(wang.start_inquiry())
    wang.post(f"/tasks/{task}/claim")
    token = wang.get(f"/tasks/{task}").text.partition('name="_draft" value="')[2].partition('"')[0]
    times.advance(timedelta(hours=1))
    late = {"last_location": "杭州转运中心", "_draft": token}
    sent = wang.post(f"/tasks/{task}", late)
    assert (sent.status_code, sent.location) == (307, "/login/again")
    assert "杭州转运中心" in wang.post("/login/again", late).text


def test_the_time_is_a_setting(
    make_app: Callable[..., Flask], times: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEFUFLOW_IDLE_MINUTES", "5")
    wang = Browser(make_app(RATELIMIT_ENABLED=False), "wang")
    times.advance(timedelta(minutes=4, seconds=59))
    assert wang.get("/inbox").status_code == 200
    times.advance(timedelta(minutes=5))
    assert wang.get("/inbox").location.startswith("/login")


def test_only_what_says_something_new_of_the_session_carries_a_cookie(client: FlaskClient, times: VirtualClock) -> None:
    log_in(client, "wang", PASSWORD)
    client.get("/inbox")
    times.advance(timedelta(seconds=59))
    assert "Set-Cookie" not in client.get("/inbox").headers
    times.advance(timedelta(seconds=1))
    assert "Set-Cookie" in client.get("/inbox").headers


# --- first passwords are used once ---------------------------------------------------------------

GIVEN = "nine grey herons"


@pytest.fixture
def newcomer(app: Flask, browse: Callable[[str], Browser]) -> FlaskClient:
    """Somebody for whom an administrator has made an account, logged in."""
    form = {"user_id": "neu", "name": "新人", "password": GIVEN, "groups": ["aftersales"]}
    assert browse("admin").post("/admin/users", form).status_code == 303
    client = app.test_client()
    assert log_in(client, "neu", GIVEN) == 303
    return client


def test_with_a_first_password_every_page_leads_to_another_one(newcomer: FlaskClient) -> None:
    for path in ("/inbox?page=2", "/cases", "/start", "/notifications/settings", "/files/1", "/welcome"):
        assert newcomer.get(path).location.startswith("/account?next="), path
    assert newcomer.post("/start/p10_courier_query").location == "/account"
    assert newcomer.get("/notifications/bell", headers=POLL).status_code == 204
    page = newcomer.get("/account").text
    assert "管理员设置的" in page
    assert "/inbox" not in page, "no door that does not open"
    assert newcomer.post("/logout", data={"anyway": "1"}).location == "/login"


def test_the_first_password_is_replaced_and_the_way_goes_on(app: Flask, newcomer: FlaskClient) -> None:
    page = newcomer.get(newcomer.get("/cases?status=active").location)
    assert 'name="next" value="/cases?status=active"' in page.text
    form = {"own_password": GIVEN, "password": NEW, "again": NEW, "next": "/cases?status=active"}
    assert newcomer.post("/account/password", data=form | {"password": GIVEN, "again": GIVEN}).status_code == 422
    assert newcomer.post("/account/password", data=form).location == "/cases?status=active"
    assert newcomer.get("/cases").status_code == 200
    assert not accounts.get(parts_of(app).db, "neu").password_given


def test_a_password_that_an_administrator_sets_is_a_first_one_unless_it_is_the_own(
    app: Flask, browse: Callable[[str], Browser]
) -> None:
    for person, given in (("wang", True), ("admin", False)):
        assert not accounts.get(parts_of(app).db, person).password_given, "people of before are not asked"
        browse("admin").post(f"/admin/users/{person}/password", {"password": NEW})
        assert accounts.get(parts_of(app).db, person).password_given is given


# --- where one is logged in ----------------------------------------------------------------------

EDGE = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0"}
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"}


def enter(app: Flask, user_id: str, headers: dict[str, str]) -> FlaskClient:
    client = app.test_client()
    form = {"user_id": user_id, "password": PASSWORD}
    assert client.post("/login", data=form, headers=headers).status_code == 303
    return client


def listed(client: FlaskClient) -> list[str]:
    """Ids of the log-ins that somebody can end."""
    return re.findall(r'name="session" value="(\w+)"', client.get("/account").text)


def test_people_see_where_they_are_logged_in_and_end_one(app: Flask, make_app: Callable[..., Flask]) -> None:
    desk, phone, other = enter(app, "wang", EDGE), enter(app, "wang", PHONE), enter(app, "sun", EDGE)
    page = desk.get("/account").text
    assert "Edge · Windows" in page
    assert "Safari · iPhone" in page
    (found,) = listed(desk)
    assert other.post("/account/sessions", data={"session": found}).status_code == 404
    assert phone.get("/inbox").status_code == 200
    assert desk.post("/account/sessions", data={"session": found}).status_code == 303
    assert phone.get("/inbox").location.startswith("/login")
    assert desk.get("/inbox").status_code == 200
    assert listed(desk) == []
    assert desk.post("/account/sessions", data={"session": found}).status_code == 404, "it is over already"
    assert said(app)[-1] == ("user.session_ended", "wang", {"user": "wang"})
    cookie = phone.get_cookie("kefuflow")
    assert cookie is not None
    again = make_app(SECRET_KEY=app.secret_key)
    thief = again.test_client()
    thief.set_cookie("kefuflow", cookie.value)
    assert thief.get("/inbox").location.startswith("/login"), "nor after a restart"


def test_programs_that_serve_the_same_people_know_of_each_others_log_ins(
    app: Flask, make_app: Callable[..., Flask], times: VirtualClock
) -> None:
    other = make_app(SECRET_KEY=app.secret_key)
    desk, phone = enter(app, "wang", EDGE), other.test_client()
    cookie = enter(app, "wang", PHONE).get_cookie("kefuflow")
    assert cookie is not None
    phone.set_cookie("kefuflow", cookie.value)
    for _ in range(3):
        times.advance(timedelta(minutes=25))
        assert desk.get("/inbox").status_code == phone.get("/inbox").status_code == 200
        for one in (app, other):
            parts_of(one).worker.drain()
    (found,) = listed(desk)
    assert desk.post("/account/sessions", data={"session": found, "own_password": PASSWORD}).status_code == 303
    assert phone.get("/inbox").location.startswith("/login")
    assert desk.get("/inbox").status_code == 200


def test_when_a_log_in_was_used_is_written_down_once_the_database_can(
    app: Flask, monkeypatch: pytest.MonkeyPatch, times: VirtualClock
) -> None:
    desk, logins = enter(app, "wang", EDGE), parts_of(app).logins
    times.advance(timedelta(minutes=3))
    assert desk.get("/inbox").status_code == 200

    def kept() -> list[int]:
        with parts_of(app).db.read() as connection:
            return list(connection.execute(select(login_session.c.used)).scalars())

    with monkeypatch.context() as full:
        full.setattr(Database, "begin", refuses)
        with pytest.raises(StorageUnavailable):
            logins.write_down()
    assert kept() == [0]
    logins.write_down()
    assert kept() == [int(times.now().timestamp())]
    logins.write_down()
    assert kept() == [int(times.now().timestamp())]


def refuses(_: Database) -> Any:
    raise StorageUnavailable("the disk is full", message_zh="磁盘已满。")


def test_the_password_is_asked_before_a_log_in_is_ended(app: Flask, times: VirtualClock) -> None:
    desk, phone = enter(app, "wang", EDGE), enter(app, "wang", PHONE)
    times.advance(timedelta(minutes=10))
    phone.get("/inbox")
    form = {"session": listed(desk)[0]}
    assert desk.post("/account/sessions", data=form).status_code == 422
    assert desk.post("/account/sessions", data=form | {"own_password": PASSWORD}).status_code == 303


def test_what_is_over_is_not_listed(app: Flask, times: VirtualClock) -> None:
    desk, phone = enter(app, "wang", EDGE), enter(app, "wang", PHONE)
    for _ in range(2):
        times.advance(timedelta(minutes=30))
        assert desk.get("/inbox").status_code == 200
    assert listed(desk) == [], "nobody has used the phone for an hour"
    phone = enter(app, "wang", PHONE)
    assert len(listed(desk)) == 1
    assert desk.post("/account/password", data=CHANGE).status_code == 303
    assert listed(desk) == [], "the new password has ended the others"
    assert "Edge · Windows" in desk.get("/account").text
    assert phone.get("/inbox").location.startswith("/login")
    times.advance(timedelta(hours=12))
    log_in(app.test_client(), "wang", NEW)
    with parts_of(app).db.read() as connection:
        kept = connection.execute(select(login_session.c.user)).all()
    assert len(kept) == 1, "those of an earlier shift are forgotten"
