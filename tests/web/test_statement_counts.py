"""How many statements a page asks of the database: as measured and a little more, however many rows it shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import Connection, event

from engine.store.database import Database, Transaction
from engine.store.statement import Query
from tests.web.browser import STALLED, Browser
from web import parts_of

_LIST = re.compile(r"\((\?, )+\?\)")
FRAGMENT = {"HX-Request": "true"}
#: Page → statements at most; what the person of the request is costs three of them.
AGENTS = {
    "/inbox": 21,
    "/inbox/list": 17,
    "/tasks/{task}": 53,
    "/cases/{case}": 53,
    "/cases/{case}/comments": 19,
    "/cases": 17,
    "/start?q=SO-1001": 40,
    "/search?q=包裹": 20,
    "/search/suggestions?q=包裹": 14,
    "/notifications/bell": 6,
}
SUPERVISORS = {"/board": 26, "/board/live": 16}
#: A completion, from the form to the redirect: the runtime's own ten, the person, what the form needs, its draft.
COMPLETION = 22
#: Suggestions for a sentence with an order's number: the person, what is deployed, packs, tables, the order, its cases.
SUGGESTION = 11


@contextmanager
def counted(db: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that is run meanwhile; an executemany is one, BEGIN and COMMIT are none."""
    statements: list[str] = []
    run, run_many, read = Transaction.run, Transaction.run_many, Query.all

    def counted_run(self: Transaction, statement: object, params: object) -> object:
        statements.append(statement.name)  # type: ignore[attr-defined]
        return run(self, statement, params)  # type: ignore[arg-type]

    def counted_run_many(self: Transaction, statement: object, rows: object) -> object:
        statements.append(statement.name)  # type: ignore[attr-defined]
        return run_many(self, statement, rows)  # type: ignore[arg-type]

    def counted_read(self: Query, connection: Connection, params: Mapping[str, object]) -> list[object]:
        statements.append(self.statement.name)
        return read(self, connection, params)

    def other(_c: object, _cursor: object, sql: str, *_: object) -> None:
        if sql != "BEGIN":
            statements.append(_LIST.sub("(…)", sql))

    event.listen(db.engine, "before_cursor_execute", other)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(Transaction, "run", counted_run)
            patched.setattr(Transaction, "run_many", counted_run_many)
            patched.setattr(Query, "all", counted_read)
            yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", other)


@pytest.fixture
def pages(
    app: Flask, browse: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str], list[str]]:
    """Statements of a page for somebody, who has seen it before: what is compiled once is not counted."""

    def asked(user: str, path: str) -> list[str]:
        browser = browse(user)
        headers = FRAGMENT if "suggestions" in path else {}
        assert browser.get(path, headers=headers).status_code == 200
        with counted(parts_of(app).db, monkeypatch) as statements:
            assert browser.get(path, headers=headers).status_code == 200
        return statements

    return asked


def test_a_page_asks_as_little_as_it_did_and_no_more_for_many_rows(
    browse: Callable[[str], Browser], pages: Callable[[str, str], list[str]]
) -> None:
    wang = browse("wang")
    case = wang.start_inquiry()
    task = wang.open_task(case)
    wang.start_inquiry(order_id="SO-200", customer_id="C-8812")
    wang.post(f"/tasks/{task}/claim")
    wang.post(f"/cases/{case}/comments", {"text": "包裹在查"})
    few = {path: pages("wang", path.format(case=case, task=task)) for path in AGENTS}
    for path, most in AGENTS.items():
        assert len(few[path]) <= most, (path, Counter(few[path]).most_common(5))
    for number in range(4):
        wang.start_inquiry(order_id=f"SO-30{number}", customer_id="C-8812")
        wang.post(f"/cases/{case}/comments", {"text": f"还在查 {number}"})
    for path in AGENTS:
        many = pages("wang", path.format(case=case, task=task))
        assert len(many) <= len(few[path]) + 2, (path, (Counter(many) - Counter(few[path])).most_common(5))


@pytest.mark.parametrize("path", SUPERVISORS)
def test_the_board_asks_as_little_as_it_did(
    path: str, browse: Callable[[str], Browser], pages: Callable[[str, str], list[str]]
) -> None:
    wang = browse("wang")
    wang.start_inquiry()
    few = pages("chen", path)
    assert len(few) <= SUPERVISORS[path], Counter(few).most_common(5)
    for number in range(4):
        wang.start_inquiry(order_id=f"SO-20{number}")
    many = pages("chen", path)
    assert len(many) <= len(few) + 2, (Counter(many) - Counter(few)).most_common(5)


def test_a_suggestion_asks_as_little_as_it_did_whatever_runs(
    app: Flask, browse: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    wang = browse("wang")
    asked = []
    for _ in range(2):
        wang.start_inquiry()
        wang.post("/start", {"sentence": "SO-1001快递不动了"}, headers=FRAGMENT)
        with counted(parts_of(app).db, monkeypatch) as statements:
            answer = wang.post("/start", {"sentence": "SO-1001快递不动了,少了一件"}, headers=FRAGMENT)
        assert "suggest-p10_courier_query" in answer.text
        assert len(statements) <= SUGGESTION, Counter(statements).most_common(5)
        asked.append(len(statements))
    assert asked[0] == asked[1]


def test_a_completion_asks_as_little_as_it_did(
    app: Flask, browse: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    wang = browse("wang")
    for _ in range(2):
        task = wang.open_task(wang.start_inquiry())
        with counted(parts_of(app).db, monkeypatch) as statements:
            assert wang.post(f"/tasks/{task}", {**STALLED, "_submission_key": "k"}).status_code == 303
    assert len(statements) <= COMPLETION, Counter(statements).most_common(5)
