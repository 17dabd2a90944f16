"""Numbers for Prometheus: right ones, for few eyes, at no price, and never with a label that says whose."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from engine.clock import VirtualClock
from engine.errors import StorageUnavailable
from tests.web.browser import PASSWORD, Browser
from web import metrics, parts_of

TOKEN = "token-of-prometheus-0123"
Key = tuple[str, tuple[tuple[str, str], ...]]


def numbers(app: Flask, **options: Any) -> dict[Key, float]:
    """All samples, by name and labels; those of the database are read anew."""
    for collector in app.extensions["kefuflow_metrics"].registry._collector_to_names:
        if isinstance(collector, metrics._Installation):
            collector._kept = None
    answer = app.test_client().get("/metrics", **options)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.text)
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for each in families for one in each.samples}


def number(app: Flask, name: str, **labels: str) -> float:
    return numbers(app).get((name, tuple(sorted(labels.items()))), 0.0)


def test_requests_are_counted_by_route_and_status(app: Flask, browse: Callable[[str], Browser]) -> None:
    wang = browse("wang")
    before = numbers(app)
    case = wang.start_inquiry()
    for path in (f"/cases/{case}", f"/cases/{case}", "/cases/999", "/no-such-page"):
        wang.get(path)
    after = numbers(app)

    def gained(name: str, **labels: str) -> float:
        key = (name, tuple(sorted(labels.items())))
        return after.get(key, 0) - before.get(key, 0)

    assert gained("kefuflow_requests_total", route="start.submit", status="3xx") == 1
    assert gained("kefuflow_requests_total", route="cases.show", status="2xx") == 2
    assert gained("kefuflow_requests_total", route="cases.show", status="4xx") == 1
    assert gained("kefuflow_requests_total", route="none", status="4xx") == 1
    assert gained("kefuflow_request_seconds_count", route="cases.show") == 3
    assert gained("kefuflow_request_seconds_bucket", route="cases.show", le="+Inf") == 3
    assert gained("kefuflow_request_seconds_sum", route="cases.show") > 0


def test_an_unforeseen_error_is_counted(make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(TESTING=False, PROPAGATE_EXCEPTIONS=False)

    def explode(*_: object, **__: object) -> None:
        raise RuntimeError

    wang = Browser(app, "wang")
    monkeypatch.setattr(parts_of(app).queries, "inbox", explode)
    assert wang.get("/inbox").status_code == 500
    assert number(app, "kefuflow_requests_total", route="inbox.show", status="5xx") == 1


def test_what_waits_is_counted(app: Flask, browse: Callable[[str], Browser], clock: VirtualClock) -> None:
    assert number(app, "kefuflow_active_instances") == 0
    browse("wang").start_inquiry()
    browse("wang").start_inquiry(order_id="SO-1002")
    found = numbers(app)
    assert found["kefuflow_active_instances", ()] == 2
    assert found["kefuflow_open_tasks", (("group", "aftersales"),)] == 2
    assert found["kefuflow_open_tasks", (("group", "finance"),)] == 0, "known groups are there before they have work"
    assert found["kefuflow_overdue_tasks", ()] == 0
    assert found["kefuflow_database_bytes", ()] > 100_000
    clock.advance(timedelta(days=9))
    assert number(app, "kefuflow_overdue_tasks") == 2


def test_due_jobs_and_their_age_are_told_until_they_are_done(app: Flask, clock: VirtualClock) -> None:
    lin = Browser(app, "wang")
    lin.start_inquiry()
    parts_of(app).worker.drain()
    due = parts_of(app).runner.next_due()
    assert due is not None
    clock.advance_to(due + timedelta(seconds=90))
    assert number(app, "kefuflow_due_jobs") >= 1
    assert number(app, "kefuflow_oldest_due_job_seconds") == 90
    looks = number(app, "kefuflow_worker_looks_total")
    parts_of(app).worker.drain()
    assert number(app, "kefuflow_due_jobs") == 0
    assert number(app, "kefuflow_oldest_due_job_seconds") == 0
    assert number(app, "kefuflow_worker_looks_total") == looks + 1
    assert number(app, "kefuflow_worker_look_age_seconds") < 60


def test_the_age_of_the_newest_head_is_told(app: Flask, clock: VirtualClock) -> None:
    assert ("kefuflow_head_age_seconds", ()) not in numbers(app), "none is no age of nought"
    Browser(app, "wang").start_inquiry()
    parts_of(app).worker.drain()
    clock.advance(timedelta(minutes=2))
    assert number(app, "kefuflow_head_age_seconds") == 120


def test_refused_log_ins_are_counted_by_what_refused_them(make_app: Callable[..., Flask]) -> None:
    app = make_app(RATELIMIT_ENABLED=True)
    client = app.test_client()
    statuses = [client.post("/login", data={"user_id": "wang", "password": "wrong"}).status_code for _ in range(33)]
    assert number(app, "kefuflow_logins_refused_total", by="password") == statuses.count(401) == 30
    assert number(app, "kefuflow_logins_refused_total", by="rate") == statuses.count(429) == 3


def test_a_log_in_that_succeeds_is_none_that_is_refused(app: Flask) -> None:
    before = number(app, "kefuflow_logins_refused_total", by="password")
    assert app.test_client().post("/login", data={"user_id": "wang", "password": PASSWORD}).status_code == 303
    assert number(app, "kefuflow_logins_refused_total", by="password") == before


def test_no_label_says_whose(app: Flask, browse: Callable[[str], Browser]) -> None:
    wang = browse("wang")
    case = wang.start_inquiry(description="我叫张小明")
    wang.get(f"/tasks/{wang.open_task(case)}?q=13800138000")
    wang.get("/张小明/13800138000")
    wang.client.open("/cases", method="张小明")
    wang.client.post("/login", data={"user_id": "张小明", "password": "秘密"})
    known = {rule.endpoint for rule in app.url_map.iter_rules()} | {"none"}
    values = {label for _, labels in numbers(app) for label in labels}
    assert {value for name, value in values if name == "route"} <= known
    assert {name for name, _ in values} == {"route", "status", "le", "group", "by", "of"}
    text = app.test_client().get("/metrics").text
    for planted in ("张小明", "13800138000", "SO-1001", "C-8812", "wang", f'"{case}"', "秘密"):
        assert planted not in text


def test_groups_that_a_diagram_makes_up_are_one_label(app: Flask, browse: Callable[[str], Browser]) -> None:
    wang = browse("wang")
    task = wang.open_task(wang.start_inquiry())
    with parts_of(app).db.begin() as tx:
        tx.connection.exec_driver_sql(
            "UPDATE user_task SET candidate_groups = '张小明,aftersales,王五' WHERE id = ?", (task,)
        )
    assert number(app, "kefuflow_open_tasks", group="other") == 1
    assert number(app, "kefuflow_open_tasks", group="aftersales") == 1
    assert "张小明" not in app.test_client().get("/metrics").text


FORWARDED = [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"X-Real-IP": "127.0.0.1"}, {"Via": "x"}]


@pytest.mark.parametrize("behind_tls", ["0", "1"])
def test_what_a_web_server_passes_on_is_not_of_this_machine(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, behind_tls: str
) -> None:
    monkeypatch.setenv("KEFUFLOW_BEHIND_TLS", behind_tls)
    client = make_app(KEFUFLOW_METRICS_TOKEN=TOKEN).test_client()
    assert client.get("/metrics").status_code == 200
    for header in FORWARDED:
        answer = client.get("/metrics", headers=header)
        assert (answer.status_code, answer.mimetype) == (403, "text/plain"), header
        assert "kefuflow_" not in answer.text, header
        authorised = header | {"Authorization": f"Bearer {TOKEN}"}
        assert client.get("/metrics", headers=authorised).status_code == 200, header


def test_only_this_machine_reads_without_a_token(app: Flask) -> None:
    client = app.test_client()
    for address, status in {
        "127.0.0.1": 200,
        "127.8.9.1": 200,
        "::1": 200,
        "::ffff:127.0.0.1": 200,
        "10.0.0.7": 403,
        "128.0.0.1": 403,
        "::ffff:10.0.0.7": 403,
        "fe80::1%eth0": 403,
        "localhost": 403,
        "": 403,
    }.items():
        asked = client.get("/metrics", environ_overrides={"REMOTE_ADDR": address})
        assert asked.status_code == status, address


WRONG = ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN, f"Basic {TOKEN}", "Bearer None"]


@pytest.mark.parametrize("token", [TOKEN, None])
def test_a_wrong_token_opens_nothing(make_app: Callable[..., Flask], token: str | None) -> None:
    client = make_app(KEFUFLOW_METRICS_TOKEN=token).test_client()
    for said in (*WRONG, "Bearer \u00e9", f"bearer  {TOKEN}"):
        far = {"environ_overrides": {"REMOTE_ADDR": "10.0.0.7"}, "headers": {"Authorization": said}}
        assert client.get("/metrics", **far).status_code == 403, said


def test_a_database_that_does_not_answer_leaves_the_other_numbers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def dead(*_: object) -> None:
        raise StorageUnavailable

    monkeypatch.setattr(metrics, "read_figures", dead)
    found = numbers(app)
    assert found["kefuflow_database_up", ()] == 0
    assert ("kefuflow_active_instances", ()) not in found
    assert ("kefuflow_worker_looks_total", ()) in found
    monkeypatch.undo()
    assert number(app, "kefuflow_database_up") == 1


def test_however_often_somebody_asks_the_database_is_read_once_in_some_seconds(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    now = metrics.monotonic()
    real = metrics.read_figures
    monkeypatch.setattr(metrics, "read_figures", lambda *args: asked.append(1) or real(*args))
    numbers(app)

    def ask(at: float) -> int:
        monkeypatch.setattr(metrics, "monotonic", lambda: now + at)
        asked.clear()
        app.test_client().get("/metrics")
        return len(asked)

    assert ask(100) == 1
    assert [ask(at) for at in steps(100, 104.9)] == [0, 0, 0, 0]
    assert ask(105.1) == 1


def steps(begin: float, end: float) -> Iterable[float]:
    return (begin + (end - begin) * n / 4 for n in range(1, 5))
