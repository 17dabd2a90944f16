"""A day's requests in the log: each with its id, route, status, time and whose; of what was typed not a word."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from flask import Flask

from engine.cli import log
from engine.errors import InvalidValue, StorageUnavailable
from engine.store.database import Database
from tests.engine.evidence import PDF
from tests.web.browser import INQUIRY, PASSWORD, STALLED, Browser
from web import parts_of
from web.request_log import HEADER

#: What stands nowhere but in what people type.
NAME, PHONE, STREET = "欧阳慕容雪", "13977665544", "碧桂园凤凰城九栋"
ORDER, BUYER, WAYBILL = "SO-77665544", "C-77665544", "YT77665544"
FILE, WORD = "欧阳慕容雪的身份证.pdf", "wrong-password-77665544"
PLANTED = (NAME, PHONE, STREET, ORDER, BUYER, WAYBILL, "身份证", WORD, PASSWORD, "77665544", "慕容")
Said = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def said() -> Iterator[Said]:
    """What the log of a server holds so far."""
    stream = io.StringIO()
    with log.written("json", stream):
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """As people meet it: an unforeseen error is a page."""
    return make_app(TESTING=False, PROPAGATE_EXCEPTIONS=False, RATELIMIT_ENABLED=True)


def check_nothing_is_planted(lines: list[dict[str, Any]]) -> None:
    text = json.dumps(lines, ensure_ascii=False)
    for planted in PLANTED:
        for form in (planted, quote(planted), repr(planted.encode()), json.dumps(planted).strip('"')):
            assert form not in text, form
    assert not re.search(r"\?\w+=|csrf|session|cookie", text, re.I)


def requests(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if line["event"] == "request"]


def test_a_working_day_leaves_nothing_of_anybody_in_the_log(app: Flask, said: Said) -> None:
    visitor = app.test_client()
    visitor.post("/login", data={"user_id": NAME, "password": WORD, "next": f"/customers?q={NAME}"})
    visitor.post("/login", data={"user_id": "wang", "password": WORD})
    visitor.get(f"/login?next=/cases?text={quote(NAME)}")
    assert visitor.post("/login", data={"user_id": "wang", "password": PASSWORD}).status_code == 303
    wang = Browser(app, "wang")
    told = {"order_id": ORDER, "customer_id": BUYER, "waybill_no": WAYBILL}
    case = wang.start_inquiry(**told, description=f"{NAME}住{STREET},电话{PHONE}")
    task = wang.open_task(case)
    wang.post("/start/p10_courier_query", INQUIRY | {"order_amount": NAME, "description": STREET})
    wang.post("/start/p10_courier_query/sentence", {"sentence": f"我是{NAME},{STREET}"})
    wang.post(f"/tasks/{task}/draft", {"last_location": STREET})
    wang.post(f"/tasks/{task}", {"hours_since_update": NAME, "last_location": STREET})
    wang.post(f"/cases/{case}/comments", {"text": f"请回电 {NAME} {PHONE}"})
    for path in (f"/search?q={NAME}", f"/search/suggestions?q={PHONE}", f"/cases?text={ORDER}", f"/{NAME}/{PHONE}"):
        wang.get(path, headers={"Referer": f"https://desk.example/{NAME}", "User-Agent": quote(NAME)})
    wang.get(f"/registers/{quote(NAME)}")
    wang.post("/customers/search", {"q": PHONE})
    for name, content in ((FILE, PDF), (FILE, b"MZ" + NAME.encode()), (f"../../{FILE}", b"")):
        parts = {"key": "received_images", "file": (io.BytesIO(content), name)}
        wang.post("/files", parts, content_type="multipart/form-data")
    wang.client.open(f"/cases/{case}", method="PHONE13977665544")
    wang.post("/start/p10_courier_query", {"description": NAME * 300_000})
    assert wang.post(f"/tasks/{task}", STALLED).status_code == 303
    parts_of(app).worker.drain()
    assert wang.post("/logout").status_code == 303

    lines = said()
    check_nothing_is_planted(lines)
    seen = requests(lines)
    assert {(one["route"], one["status"]) for one in seen} >= {
        ("login.submit", 401), ("login.submit", 303), ("login.show", 200), ("start.submit", 303), ("start.submit", 422),
        ("start.submit", 413), ("desk.complete", 422), ("desk.complete", 303), ("none", 404), ("files.upload", 201),
        ("files.upload", 422), ("login.leave", 303),
    }  # fmt: skip
    assert {one["user"] for one in seen} == {None, "wang"}
    keys = {"time", "level", "event", "request_id", "route", "method", "status", "ms", "user"}
    assert all(one.keys() == keys for one in seen)
    assert all(0 < one["ms"] < 60_000 for one in seen)
    assert len({one["request_id"] for one in seen}) == len(seen)
    assert {one["method"] for one in seen} == {"GET", "POST", "other"}


def raising(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status", "events"),
    [
        (RuntimeError(f"no idea what {NAME} {PHONE} is"), 500, {"library", "request"}),
        (InvalidValue(f"{NAME} is too long", message_zh=f"{NAME}太长"), 422, {"request failed", "request"}),
        (StorageUnavailable("database or disk is full"), 503, {"storage unavailable", "request"}),
    ],
)
def test_an_error_in_a_page_is_told_with_its_request_and_without_its_words(
    app: Flask, said: Said, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, events: set[str]
) -> None:
    wang = Browser(app, "wang")
    task = wang.open_task(wang.start_inquiry())
    before = len(said())
    monkeypatch.setattr(type(parts_of(app).runtime), "complete", raising(error))
    asked = "0123456789abcdef0123456789abcdef"
    answer = wang.post(f"/tasks/{task}?who={NAME}", STALLED | {"last_location": STREET}, headers={HEADER: asked})
    assert answer.status_code == status
    lines = said()[before:]
    check_nothing_is_planted(lines)
    assert {line["event"] for line in lines} == events
    assert {line["request_id"] for line in lines} == {asked}
    assert {line["route"] for line in lines} == {"desk.complete"}
    (request,) = requests(lines)
    assert (request["status"], request["level"]) == (status, "error" if status >= 500 else "info")
    if status == 500:
        (library,) = [line for line in lines if line["event"] == "library"]
        assert library["error"] == "RuntimeError"
        assert any(place.startswith("web/desk.py:") for place in library["where"])


def test_a_job_that_fails_over_what_a_buyer_is_called_tells_which_job_only(
    app: Flask, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    wang = Browser(app, "wang")
    case = wang.start_inquiry(description=NAME)
    assert wang.post(f"/tasks/{wang.open_task(case)}", STALLED).status_code == 303
    runner = parts_of(app).worker._runner
    monkeypatch.setattr(type(runner), "run_due", raising(ValueError(f"{NAME} has no telephone {PHONE}")))
    parts_of(app).worker._tick()
    lines = said()
    check_nothing_is_planted(lines)
    (failed,) = [line for line in lines if line["event"] == "worker.failed"]
    assert failed["error"] == "ValueError"
    assert "request_id" not in failed


SANE = ["0123456789abcdef", "0" * 64, "6f1c2a4e-8a0b-4b6f-9a57-0d8f1c2e3a4b", "ABCDEF0123456789"]
ODD = ["", "abc", "0" * 15, "0" * 65, PHONE, f"id-{PHONE}-abcdef", "0123456789abcdeg", "0123 456789abcdef01",
    '0123456789abcdef"}', "-0123456789abcdef", "0123456789abcdef--01", "\u00e90123456789abcdef",
]  # fmt: skip


def test_the_id_that_a_web_server_gave_is_kept_and_answered(app: Flask, said: Said) -> None:
    for given in SANE:
        answer = app.test_client().get("/login", headers={HEADER: given})
        assert answer.headers[HEADER] == given
        assert requests(said())[-1]["request_id"] == given


def test_an_id_that_might_say_something_is_replaced(app: Flask, said: Said) -> None:
    for given in ODD:
        answer = app.test_client().get("/login", headers={HEADER: given})
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers[HEADER]), given
        assert answer.headers[HEADER] != given
        assert requests(said())[-1]["request_id"] == answer.headers[HEADER], given


def test_probes_and_files_of_pages_are_told_of_only_when_something_is_wrong(app: Flask, said: Said) -> None:
    client = app.test_client()
    parts_of(app).worker.drain()
    for path in ("/healthz", "/readyz", "/metrics"):
        assert client.get(path).status_code == 200
    assert said() == []
    client.get("/static/no-such-file.css")
    client.get("/metrics", headers={"Via": "x"})
    assert [(one["route"], one["status"]) for one in requests(said())] == [("static", 404), ("metrics.show", 403)]


def test_why_it_is_not_ready_stands_in_the_log(app: Flask, said: Said) -> None:
    assert app.test_client().get("/readyz").status_code == 503
    first, second = said()
    assert (first["event"], first["database"]) == ("not_ready", "ok")
    assert first["worker"].startswith("has not looked")
    assert first["request_id"] == second["request_id"]


def test_to_tell_whose_a_request_is_asks_the_database_nothing(
    app: Flask, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    wang = Browser(app, "wang")
    monkeypatch.setattr(Database, "read", raising(AssertionError("asked")))
    assert wang.get("/metrics", headers={"Via": "x"}).status_code == 403
    assert requests(said())[-1]["user"] is None


def test_what_one_request_is_called_does_not_stick_to_the_next(app: Flask, said: Said) -> None:
    client = app.test_client()
    first = client.get("/login").headers[HEADER]
    structlog.contextvars.bind_contextvars(user="wang")
    second = client.get("/nothing").headers[HEADER]
    assert first != second
    one, other = requests(said())
    assert (one["request_id"], one["route"]) == (first, "login.show")
    assert (other["request_id"], other["route"], other["user"]) == (second, "none", None)
