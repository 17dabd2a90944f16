"""Who gets through which door: every route for every role, own and foreign objects. This table is the specification."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.web.browser import PEOPLE, Browser
from web import parts_of

OPEN, GONE, AWAY = 200, 404, 303
AGENTS = {"lin", "wang", "sun", "chen", "zhao"}
LANES = {"cang", "qian", "kuai"}
STUDIO = {"zhao", "zhou", "zheng"}
AUDIT = {"chen", "zhao", "zheng"}
EVERYBODY = set(PEOPLE)

#: Address → who may see it. ``{case}`` and ``{task}`` belong to wang: started by him, in the lane of after-sales.
READ = {
    "/inbox": AGENTS | LANES,
    "/inbox/list": AGENTS | LANES,
    "/tasks/{task}": {"wang", "sun", "chen", "zhao"},
    "/cases": AGENTS | LANES | {"zheng"},
    "/cases/{case}": {"wang", "sun", "chen", "zhao", "zheng"},
    "/cases/{case}/live": {"wang", "sun", "chen", "zhao", "zheng"},
    "/cases/{case}/diagrams/{definition}.bpmn": {"wang", "sun", "chen", "zhao", "zheng"},
    "/cases/{case}/events/999": set(),
    "/repairs": {"chen", "zhao"},
    "/start": AGENTS | {"cang"},
    "/start/p10_courier_query": AGENTS,
    "/start/p07_delivery": {"lin", "wang", "sun", "chen", "cang"},
    "/start/s02_payout": set(),
    "/studio": STUDIO,
    "/studio/definitions/{definition}.bpmn": STUDIO,
    "/studio/resources/decision/logistics_status": STUDIO,
    "/studio/deploy": {"zhou"},
    "/audit": AUDIT,
    "/audit/{case}": AUDIT,
    "/registers": AGENTS | {"cang", "qian", "zheng"},
    "/registers/refund_register": AGENTS | {"qian", "zheng"},
    "/registers/shipment_register": AGENTS | {"cang", "zheng"},
    "/registers/complaint_register": AGENTS | {"zheng"},
    "/registers/nothing": set(),
    "/exports": {"chen", "zhao"},
    "/messages": AGENTS | LANES | {"zheng"},
    "/scripts": AGENTS | {"zhou", "zheng"},
    "/scripts/T10A": AGENTS | {"zhou", "zheng"},
    "/scripts/T99": set(),
    "/calendar": EVERYBODY,
    "/settings": {"admin"},
    "/admin": {"admin"},
    "/admin/users/lin": {"admin"},
    "/welcome": EVERYBODY,
    "/cases/999": set(),
    "/tasks/999": set(),
    "/audit/999": set(),
    "/admin/users/nobody": set(),
}
#: The same for unsafe verbs; what is let through answers with anything but 404.
WRITE = {
    "/tasks/{task}": {"wang", "sun"},
    "/tasks/{task}/claim": {"wang", "sun"},
    "/tasks/{task}/progress": set(),
    "/tasks/{task}/fields": {"wang", "sun", "chen", "zhao"},
    "/start/p10_courier_query": AGENTS,
    "/start/p10_courier_query/fields": AGENTS,
    "/start/s02_payout": set(),
    "/studio/check": {"zhou"},
    "/studio/deploy": {"zhou"},
    "/audit/{case}/re-execution": AUDIT,
    "/cases/{case}/incidents/1": set(),
    "/cases/{case}/events/999": set(),
    "/cases/{case}/events/999/fields": set(),
    "/repairs": {"chen", "zhao"},
    "/cases/{case}/instances/{case}": {"chen", "zhao"},
    "/cases/{case}/instances/999": set(),
    "/cases/{case}/suspension": {"chen", "zhao"},
    "/cases/{case}/resumption": {"chen", "zhao"},
    "/cases/999/suspension": set(),
    "/registers/refund_register/file": {"zhao", "qian", "zheng"},
    "/registers/shipment_register/file": {"zhao", "zheng"},
    "/registers/refund_register/request": {"chen"},
    "/exports/0000/answer": {"zhao"},
    "/exports/0000/file": set(),
    "/messages/1/retry": set(),
    "/calendar": {"admin"},
    "/settings": {"admin"},
    "/admin/users": {"admin"},
    "/admin/users/lin/groups": {"admin"},
    "/admin/users/lin/active": {"admin"},
    "/admin/users/lin/password": {"admin"},
    "/admin/users/lin/customers": {"admin"},
    "/preferences": EVERYBODY,
}
#: What the forms of repairs need to be more than nothing.
FORM = {"what": "skip"}
#: Behind log-in for everybody, or tested apart.
ELSEWHERE = {
    "/",
    "/login",
    "/logout",
    "/clock",
    "/static/{file}",
    "/cases/{case}/cancellation",
    "/tasks/{task}/unclaim",
    # Files go with their cases: test_files.
    "/files",
    "/files/{file}",
    "/files/{file}/thumb",
    "/files/{file}/reveal",
}


@pytest.fixture
def places(browse: Callable[[str], Browser], app: Flask) -> dict[str, str]:
    wang = browse("wang")
    case = wang.start_inquiry()
    definition = parts_of(app).definitions.latest("p10_courier_query").key
    return {"case": case, "task": str(wang.open_task(case)), "definition": str(definition)}


@pytest.mark.parametrize("person", PEOPLE)
def test_pages(browse: Callable[[str], Browser], places: dict[str, str], person: str) -> None:
    browser = browse(person)
    seen = {path: browser.get(path.format(**places)).status_code for path in READ}
    assert seen == {path: OPEN if person in people else GONE for path, people in READ.items()}


@pytest.mark.parametrize("person", PEOPLE)
def test_forms(browse: Callable[[str], Browser], places: dict[str, str], person: str) -> None:
    browser = browse(person)
    let_through = {path for path in WRITE if browser.post(path.format(**places), FORM).status_code != GONE}
    assert let_through == {path for path, people in WRITE.items() if person in people}


def test_a_case_is_cancelled_by_supervisors_and_managers_only(
    browse: Callable[[str], Browser], places: dict[str, str]
) -> None:
    path = "/cases/{case}/cancellation".format(**places)
    for person in ("wang", "lin", "cang", "zheng", "zhou", "admin"):
        assert browse(person).post(path, {"reason": "重复"}).status_code == GONE, person
    assert browse("chen").post(path, {"reason": "重复"}).status_code == AWAY
    assert "已取消" in browse("chen").get("/cases/{case}".format(**places)).text


def test_nobody_gets_in_without_log_in(app: Flask, places: dict[str, str]) -> None:
    client = app.test_client()
    for path in READ:
        answer = client.get(path.format(**places))
        assert answer.status_code == AWAY, path
        assert answer.location.startswith("/login"), path


def test_the_table_names_every_route(app: Flask) -> None:
    known = {shape(path) for path in [*READ, *WRITE, *ELSEWHERE]}
    assert {shape(path) for path in routes(app)} <= known


def routes(app: Flask) -> Iterator[str]:
    yield from (rule.rule for rule in app.url_map.iter_rules())


#: Parts of addresses that stand for themselves; all others are arguments.
FIXED = {
    *("inbox", "list", "tasks", "claim", "unclaim", "fields", "cases", "live", "diagrams", "incidents", "cancellation"),
    *("start", "studio", "deploy", "check", "definitions", "resources", "audit", "re-execution", "admin", "users"),
    *("repairs", "instances", "suspension", "resumption", "calendar", "settings", "progress"),
    *("registers", "file", "request", "exports", "answer", "messages", "retry", "scripts"),
    *("files", "thumb", "reveal"),
    *("groups", "active", "password", "welcome", "preferences", "login", "logout", "clock", "static"),
}


def shape(path: str) -> tuple[str, ...]:
    """The path with what changes left out."""
    return tuple(part if part in FIXED else "*" for part in path.split("/") if part)
