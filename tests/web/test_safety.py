"""What holds for every answer: headers, tokens, limits, error pages that tell nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.web.browser import PASSWORD, Browser
from web import parts_of
from web.security import POLICY

PAGES = ["/inbox", "/cases", "/start", "/start/p10_courier_query", "/no-such-page"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_carries_the_headers(browse: Callable[[str], Browser], path: str) -> None:
    headers = browse("wang").get(path).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "private, no-cache"


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert "frame-ancestors 'none'" in POLICY


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_an_inline_script_style_or_foreign_address(browse: Callable[[str], Browser], path: str) -> None:
    text = browse("wang").get(path).text
    assert not re.search(r"<script(?![^>]* src=)", text)
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text)


def unsafe_routes(app: Flask) -> list[str]:
    """The address of every route with an unsafe verb, with something in the place of each argument."""
    rules = [rule.rule for rule in app.url_map.iter_rules() if rule.methods and "POST" in rule.methods]
    return sorted(re.sub(r"<int:\w+>", "1", re.sub(r"<\w+>", "x", rule)) for rule in rules)


def test_every_unsafe_route_refuses_a_form_without_token(make_app: Callable[..., Flask]) -> None:
    app = make_app(WTF_CSRF_ENABLED=True)
    client = app.test_client()
    routes = unsafe_routes(app)
    assert len(routes) > 15
    for path in routes:
        answer = client.post(path, data={"user_id": "wang", "password": PASSWORD})
        assert answer.status_code == 400, path
        assert "过期" in answer.text


def test_a_form_with_its_token_is_taken(make_app: Callable[..., Flask]) -> None:
    client = make_app(WTF_CSRF_ENABLED=True).test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)
    assert token is not None
    form = {"user_id": "wang", "password": PASSWORD, "csrf_token": token[1]}
    assert client.post("/login", data=form).status_code == 303


def test_a_form_larger_than_a_megabyte_is_refused(browse: Callable[[str], Browser]) -> None:
    answer = browse("wang").post("/start/p10_courier_query", {"description": "长" * 400_000})
    assert answer.status_code == 413
    assert "上限" in answer.text


def test_a_file_larger_than_two_megabytes_is_refused(browse: Callable[[str], Browser]) -> None:
    answer = browse("zhou").upload("/studio/check", {"big.bpmn": b"x" * (2 * 1024 * 1024 + 1)})
    assert answer.status_code == 413


def test_fifty_megabytes_are_refused_before_they_are_read(browse: Callable[[str], Browser]) -> None:
    answer = browse("zhou").client.open(
        "/studio/check",
        method="POST",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(50 * 1024 * 1024)},
    )
    assert answer.status_code == 413


def test_an_unforeseen_error_is_a_page_without_details(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(TESTING=False, PROPAGATE_EXCEPTIONS=False)

    def explode(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    wang = Browser(app, "wang")
    monkeypatch.setattr(parts_of(app).queries, "inbox", explode, raising=True)
    answer = wang.get("/inbox")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "系统出错了" in answer.text


def test_a_wrong_verb_is_a_page_too(browse: Callable[[str], Browser]) -> None:
    answer = browse("wang").post("/inbox")
    assert answer.status_code == 405
    assert 'data-test="error-page"' in answer.text


@pytest.mark.parametrize("evil", ['"><script>alert(1)</script>', "{{ 7*7 }}", "<img src=x onerror=alert(1)>"])
def test_what_people_type_is_printed_and_not_run(browse: Callable[[str], Browser], evil: str) -> None:
    wang = browse("wang")
    case_id = wang.start_inquiry(description=evil)
    for path in ("/inbox", f"/cases/{case_id}", f"/tasks/{wang.open_task(case_id)}", f"/cases?text={evil}"):
        text = wang.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "49" not in re.findall(r"客户诉求</span>\s*(\S+)", text)
