"""The session's cookie and the tokens of forms: whose they are, where they go, and that nobody can plant them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.sample import EVERY
from tests.web.browser import PASSWORD
from tests.web.test_safety import unsafe_routes

TOLD = {"X-Forwarded-For": "203.0.113.5", "X-Forwarded-Proto": "https"}
FORM = {"user_id": "wang", "password": PASSWORD}


def test_behind_tls_no_other_host_can_plant_the_sessions_cookie(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEFUFLOW_BEHIND_TLS", "1")
    client = make_app(RATELIMIT_ENABLED=False).test_client()
    given = client.post("/login", data=FORM, headers=TOLD, base_url="https://desk.example").headers["Set-Cookie"]
    name, _, attributes = given.partition("=")
    assert name == "__Host-kefuflow"
    parts = {one.strip() for one in attributes.split(";")}
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= parts
    assert not any(one.startswith("Domain") for one in parts)
    assert client.get("/inbox", headers=TOLD, base_url="https://desk.example").status_code == 200


def test_behind_tls_browsers_stay_with_it_for_a_year(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEFUFLOW_BEHIND_TLS", "1")
    client = make_app(RATELIMIT_ENABLED=False).test_client()
    for path in ("/login", "/no-such-page", "/static/mark.svg"):
        with client.get(path, headers=TOLD) as answer:
            told = answer.headers["Strict-Transport-Security"]
        assert re.fullmatch(r"max-age=(\d+); includeSubDomains", told), path
        assert int(re.findall(r"\d+", told)[0]) >= 31_536_000
    assert "Strict-Transport-Security" not in client.get("/login").headers, "without TLS it would lock people out"


def test_the_token_of_one_session_opens_no_route_in_another(make_app: Callable[..., Flask]) -> None:
    """No route by any token that is none of its own; in the short run by one of them, another from route to route."""
    app = make_app(WTF_CSRF_ENABLED=True)
    thief, wang = app.test_client(), app.test_client()
    stolen = token(thief.get("/login").text)
    assert wang.post("/login", data=FORM | {"csrf_token": token(wang.get("/login").text)}).status_code == 303
    own = token(wang.get("/start/p10_courier_query").text)
    assert own != stolen
    forms = ({"csrf_token": stolen}, {"csrf_token": own[:-1]}, {"csrf_token": ""}, {})
    for number, path in enumerate(unsafe_routes(app)):
        for form in forms if EVERY else forms[number % 4 :: 4]:
            assert wang.post(path, data=form).status_code == 400 or path == "/login/again", path
        assert wang.post(f"{path}?csrf_token={own}", data={}).status_code == 400 or path == "/login/again", path
    assert wang.post("/logout", data={"csrf_token": own, "anyway": "1"}).status_code == 303


def test_a_cookie_that_somebody_signed_with_another_key_is_nobody(make_app: Callable[..., Flask]) -> None:
    app = make_app(SECRET_KEY="mine")
    with app.test_client() as client:
        with client.session_transaction() as session:
            session["_user_id"] = "1:admin"
        forged = client.get_cookie("kefuflow")
    assert forged is not None
    other = make_app()
    client = other.test_client()
    client.set_cookie("kefuflow", forged.value)
    assert client.get("/admin").location.startswith("/login")


def token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]
