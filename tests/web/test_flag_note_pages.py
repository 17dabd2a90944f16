"""The note behind an order's flag on the pages: proposed, checked while somebody types, kept, listed as R09."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from engine import accounts
from engine.store.tables import flag_note
from tests.web.browser import Browser
from web import parts_of

Browse = Callable[[str], Browser]
FRAGMENT = {"HX-Request": "true"}
GOOD = "【催四件套,无差价 新/1.2】"


@pytest.fixture
def case(browse: Browse) -> str:
    return browse("wang").start_inquiry()


def kept(app: Flask) -> list:
    with parts_of(app).db.read() as connection:
        return list(connection.execute(flag_note.select()).all())


def test_the_note_is_composed_from_the_case(browse: Browse, case: str) -> None:
    wang = browse("wang")
    page = wang.get(f"/tasks/{wang.open_task(case)}/flag-note", headers=FRAGMENT).text
    assert GOOD in page
    assert "格式正确" in page
    page = wang.get(f"/cases/{case}/flag-note?action=赔", headers=FRAGMENT).text
    assert "【赔四件套,无差价 新/1.2】" in page
    assert "【催" in wang.get(f"/cases/{case}/flag-note?action=飞", headers=FRAGMENT).text


def test_a_note_is_checked_while_it_is_typed(app: Flask, browse: Browse, case: str) -> None:
    wang = browse("wang")
    check = f"/cases/{case}/flag-note/check"
    assert "格式正确" in wang.post(check, {"note": GOOD}, headers=FRAGMENT).text
    assert "不补零" in wang.post(check, {"note": GOOD.replace("1.2", "01.2")}, headers=FRAGMENT).text
    hostile = wang.post(check, {"note": "<script>alert(1)</script>"}, headers=FRAGMENT).text
    assert "<script>" not in hostile
    assert kept(app) == []


def test_a_note_is_kept_told_and_found(app: Flask, browse: Browse, case: str) -> None:
    wang = browse("wang")
    assert wang.post(f"/cases/{case}/flag-note", {"note": GOOD}).location == f"/cases/{case}"
    (row,) = kept(app)
    assert (row.case_id, row.order_id, row.action, row.written_by) == (case, "SO-1001", "催", "wang")
    chen = browse("chen")
    events = parts_of(app).queries.events(case, accounts.get(parts_of(app).db, "chen").actor, after=None, limit=100)
    assert [e.value for e in events if e.kind == "flag_note.written"] == [{"note": GOOD}]
    for query in ("", "?text=四件套", "?action=催", "?order=SO-1001"):
        page = chen.get(f"/flag-notes{query}").text
        assert GOOD in page, query
        assert "C-8812" not in page
    for query in ("?text=%", "?action=换", "?order=SO-9"):
        assert GOOD not in chen.get(f"/flag-notes{query}").text, query
    assert GOOD not in browse("lin").get("/flag-notes").text, "a case of somebody else's"
    for place in ("x", "-1", "9" * 30):
        assert chen.get(f"/flag-notes?after={place}").status_code == 404


def test_a_note_out_of_format_comes_back_as_it_was_typed(app: Flask, browse: Browse, case: str) -> None:
    answer = browse("wang").post(f"/cases/{case}/flag-note", {"note": "换货 无差价"})
    assert answer.status_code == 422
    assert "换货 无差价" in answer.text
    assert "【开头" in answer.text
    assert kept(app) == []


def test_only_who_sees_the_case_writes_notes(app: Flask, browse: Browse, case: str) -> None:
    for person in ("lin", "cang", "qian", "kuai", "zheng", "zhou", "admin"):
        assert browse(person).post(f"/cases/{case}/flag-note", {"note": GOOD}).status_code == 404, person
        assert browse(person).post(f"/cases/{case}/flag-note/check", {"note": GOOD}).status_code == 404, person
    assert browse("wang").post("/cases/999/flag-note", {"note": GOOD}).status_code == 404
    assert kept(app) == []


def test_notes_come_page_by_page(app: Flask, browse: Browse, case: str) -> None:
    with parts_of(app).db.begin() as tx:
        row = {"case_id": case, "action": "催", "note": GOOD, "written_at": 0, "written_by": "wang"}
        tx.connection.execute(flag_note.insert(), [row] * 120)
    chen, seen, path = browse("chen"), 0, "/flag-notes"
    while path:
        page = chen.get(path).text
        seen += page.count(f"<td>{GOOD}</td>")
        found = re.search(r'href="(/flag-notes\?after=[^"]+)"', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert seen == 120
