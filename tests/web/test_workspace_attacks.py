"""The workspace under attack: guessed ids, strange texts, what pages and files say to people who may not know."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from time import perf_counter

import pytest
from flask import Flask

from engine.attachments import sample
from engine.clock import VirtualClock, to_microseconds
from engine.customers import archive, entering
from engine.store.tables import notification, process_instance
from tests.sample import some
from tests.web.browser import Browser
from web import parts_of

Browse = Callable[[str], Browser]
PHONE = "13900139000"
HTML = '<img src=x onerror="alert(1)">'
CALL = {"kind": "inquiry", "source": "phone", "contact_phone": PHONE, "note": "有货吗"}
#: As people copy it out of chats, forms and telephones.
PHONES = (
    "13900139000",
    "139 0013 9000",
    "139-0013-9000",
    "+8613900139000",
    "8613900139000",
    "+86 139 0013 9000",
    "\uff11\uff13\uff19\uff10\uff10\uff11\uff13\uff19\uff10\uff10\uff10",
    "139\u00a00013\u00a09000",
    "139\u200b0013\u200b9000",
)
LANDLINE = "057188886666"
LANDLINES = (
    "0571-88886666",
    "(0571)8888 6666",
    "057188886666",
    "\uff080571\uff0988886666",
    "\uff10\uff15\uff17\uff11\uff0d\uff18\uff18\uff18\uff18\uff16\uff16\uff16\uff16",
    "0571-88886666转8001",
)


@pytest.fixture
def key(app: Flask) -> int:
    """The customer C-8812."""
    entering.enter_customers_of_orders(parts_of(app).db)
    with parts_of(app).db.read() as connection:
        found = archive.find_key(connection, "C-8812")
    assert found is not None
    return found


def whole(number: str) -> re.Pattern[str]:
    """The number however it is written: any digits, with anything but digits and letters between them."""
    return re.compile("[^0-9\uff10-\uff19a-zA-Z<>]{0,3}".join(f"[{one}{chr(0xFF10 + int(one))}]" for one in number))


def said(page: str) -> str:
    """What a page says in its middle; a fragment has nothing else."""
    found = re.search("<main.*</main>", page, re.DOTALL)
    return found.group() if found else page


# --- addresses and numbers -------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["99999999999999999999", "-99999999999999999999", "\u0663", "\u00b2", "1e3", "nan"])
@pytest.mark.parametrize(
    "path", ["/calls/new?customer={}", "/documents/new?customer={}", "/inbox?task={}", "/notifications?after={}"]
)
def test_a_number_that_is_none_breaks_no_page(browse: Browse, path: str, number: str) -> None:
    assert browse("wang").get(path.format(number)).status_code in {200, 404}


@pytest.mark.parametrize("number", ["\u0663", "\u00b2", "99999999999999999999999", "x"])
def test_a_notification_that_is_none_is_not_found(browse: Browse, number: str) -> None:
    assert browse("wang").post("/notifications/read", {"id": number}).status_code == 404


@pytest.mark.parametrize(
    "typed", ["0001-01-01T00:00", "9999-12-31T23:59", "2026-02-29T10:00", "0001-01-01T00:00+14:00", "24:00", "\u0663"]
)
def test_times_at_the_end_of_the_world_are_refused_kindly(browse: Browse, key: int, typed: str) -> None:
    wang, chen = browse("wang"), browse("chen")
    case = wang.start_inquiry()
    task = wang.open_task(case)
    wang.post(f"/tasks/{task}/claim")
    tries = {
        f"/customers/{key}/visits": {"due_at": typed},
        "/calls": CALL | {"source": "message", "received_at": typed},
        f"/cases/{case}/promise": {"promised_at": typed},
        f"/cases/{case}/inquiries": {"to": "group:warehouse", "question": "?", "promised_at": typed, "due_at": typed},
        "/inbox/deeds": {"what": "follow_up", "task": str(task), "at": typed},
    }
    for path, form in tries.items():
        assert wang.post(path, form).status_code in {200, 422}, path
    absence = {"user": "wang", "from": typed, "to": typed, "kind": "leave", "reason": "x"}
    assert chen.post("/roster/absences", absence).status_code == 422


# --- what nobody may see -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "phone"), some([*((PHONE, one) for one in PHONES), *((LANDLINE, one) for one in LANDLINES)], 4)
)
def test_a_number_in_what_people_write_is_masked_wherever_it_shows(
    browse: Browse, app: Flask, clock: VirtualClock, number: str, phone: str
) -> None:
    wang = browse("wang")
    case = wang.start_inquiry()
    task = wang.open_task(case)
    wang.post(f"/tasks/{task}/claim")
    promised = (clock.now() + timedelta(hours=12)).strftime("%Y-%m-%dT%H:%M")
    words = f"打{phone}找他"
    for path, form in {
        f"/cases/{case}/comments": {"text": words + " @陈静"},
        f"/cases/{case}/exceptions": {"text": words},
        f"/cases/{case}/inquiries": {
            "to": "group:warehouse",
            "question": words,
            "context": words,
            "promised_at": promised,
        },
        f"/cases/{case}/transfer": {"to": "user:sun", "reason": words, "note": words},
        f"/cases/{case}/flag-note": {"note": f"【催{phone},无差价 新/1.2】"},
        "/inbox/deeds": {"what": "comment", "task": str(task), "said": words},
    }.items():
        assert wang.post(path, form).status_code in {200, 303, 422}, path
    parts_of(app).worker.drain()
    pages = {
        "wang": [
            f"/cases/{case}", f"/cases/{case}/comments", f"/tasks/{task}", "/inbox", "/transfers?box=from_me",
            "/inquiries?box=by_me&all=1", "/flag-notes", f"/cases/{case}/flag-note", f"/cases/{case}/transfer",
        ],
        "chen": [
            "/notifications", "/notifications/bell", "/exceptions", f"/cases/{case}", "/transfers?box=team",
            f"/audit/{case}", "/search?q=找他",
        ],
        "sun": ["/transfers", "/notifications", f"/cases/{case}/transfer"],
        "cang": ["/inquiries", "/notifications"],
        "zheng": [f"/cases/{case}", f"/audit/{case}", f"/cases/{case}/comments"],
    }  # fmt: skip
    assert f"/cases/{case}" in wang.get(f"/search?q={number}").text, "who may look at numbers finds by them"
    assert f"/cases/{case}" in wang.get(f"/search?q={number[:8]}").text
    assert f"/cases/{case}" not in browse("zheng").get(f"/search?q={number[:8]}").text, "auditors only by the whole one"
    leaks = []
    for person, paths in pages.items():
        for path in paths:
            answer = browse(person).get(path)
            assert answer.status_code == 200, path
            text = answer.text
            leaks += [
                (person, path, text[max(at.start() - 60, 0) : at.end() + 20]) for at in whole(number).finditer(text)
            ]
    assert not leaks, "\n".join(map(repr, leaks))


# --- what belongs to others --------------------------------------------------------------------------


@pytest.fixture
def things(app: Flask, browse: Browse, key: int, clock: VirtualClock) -> dict[str, str]:
    """One of everything in and around a case of wang's, by the part of an address that names it."""
    wang = browse("wang")
    case = wang.start_inquiry()
    task = wang.open_task(case)
    wang.post(f"/tasks/{task}/claim")
    at = (clock.now() + timedelta(hours=12)).strftime("%Y-%m-%dT%H:%M")
    wang.post(f"/cases/{case}/comments", {"text": "机密评论"})
    wang.post(f"/cases/{case}/exceptions", {"text": "机密异常"})
    wang.post(f"/cases/{case}/inquiries", {"to": "person:sun", "question": "机密问题", "promised_at": at})
    wang.post("/calls", CALL)
    wang.post(f"/customers/{key}/visits", {"due_at": at})
    wang.post(f"/tasks/{task}/draft", {"last_location": "机密草稿"})
    wang.post("/inbox/filters", {"name": "机密筛选"})
    wang.post("/hand-over", {"item": f"c{case}", f"note.c{case}": "机密交接", "to": "user:sun"})
    return {"case": case, "task": str(task), "one": "1", "customer": str(key)}


#: Pages about the case, its task, and what stands around it.
OTHERS = (
    "/cases/{case}/comments",
    "/inquiries/{one}",
    "/exceptions/{one}",
    "/hand-over/{one}",
    "/cases/{case}/transfer",
    "/cases/{case}/promise",
    "/cases/{case}/print",
    "/cases/{case}/result",
    "/cases/{case}/flag-note",
    "/cases/{case}/scripts",
    "/cases/{case}/people",
    "/tasks/{task}",
    "/tasks/{task}/scripts",
    "/tasks/{task}/flag-note",
    "/customers/of-case/{case}",
)
DEEDS: dict[str, dict[str, str]] = {
    "/cases/{case}/comments/{one}/withdrawal": {},
    "/inquiries/{one}/answer": {"answer": "好"},
    "/inquiries/{one}/withdrawal": {},
    "/exceptions/{one}/acknowledgement": {"answer": "好"},
    "/transfers/{one}/accept": {},
    "/transfers/{one}/return": {"reason": "不"},
    "/transfers/{one}/withdrawal": {},
    "/transfers/{one}/instruction": {"what": "self", "note": "我来"},
    "/inbox/filters/{one}": {"what": "delete"},
    "/calls/{one}/contact": {},
    "/cases/{case}/comments": {"text": "我也说"},
    "/cases/{case}/promise": {"promised_at": "2026-01-05T15:40"},
    "/cases/{case}/reassignment": {"to": "lin", "reason": "给我"},
    "/cases/{case}/transfer": {"to": "user:lin", "reason": "给我"},
    "/cases/{case}/flag-note": {"note": "【催,无差价 新/1.2】"},
    "/cases/{case}/reveal": {"field": "receiver_phone"},
    "/cases/{case}/result": {"result": "x"},
    "/cases/{case}/print": {},
    "/tasks/{task}/draft": {"last_location": "别人的"},
    "/tasks/{task}/claim": {},
    "/tasks/{task}/next": {},
}


def test_to_a_stranger_everything_of_others_looks_like_nothing(browse: Browse, things: dict[str, str]) -> None:
    nothing = things | {"case": "999", "task": "999999", "one": "999"}
    lists = ("/inbox", "/drafts", "/notifications", "/search?q=密", "/transfers", "/inquiries?all=1", "/exceptions")
    for person in ("lin", "cang", "qian", "kuai", "zhou", "admin"):
        browser = browse(person)
        for path in OTHERS:
            real, none = (browser.get(path.format(**names)) for names in (things, nothing))
            assert real.status_code == 404, (person, path)
            assert said(real.text) == said(none.text), (person, path)
        for path, form in DEEDS.items():
            real, none = (browser.post(path.format(**names), form) for names in (things, nothing))
            assert real.status_code == 404, (person, path)
            assert "机密" not in real.text, (person, path)
        for path in (*lists, "/search/suggestions?q=密", "/cases?text=密", "/flag-notes?text=密", "/inbox?text=密"):
            assert "机密" not in browser.get(path).text, (person, path)


def test_nothing_of_it_has_happened(browse: Browse, things: dict[str, str]) -> None:
    for person in ("lin", "cang", "qian", "kuai", "zhou", "admin", "zheng"):
        for path, form in DEEDS.items():
            browse(person).post(path.format(**things), form)
    page = browse("wang").get(f"/cases/{things['case']}").text
    assert "机密评论" in page
    for words in ("我也说", "给我"):
        assert words not in page
    assert "机密筛选" in browse("wang").get("/inbox/filters").text
    assert "待答复" in browse("sun").get("/inquiries/1").text


def test_an_auditor_reads_and_does_nothing(browse: Browse, things: dict[str, str]) -> None:
    zheng = browse("zheng")
    allowed = {"/cases/{case}/print"}
    done = {path for path, form in DEEDS.items() if zheng.post(path.format(**things), form).status_code != 404}
    assert done <= allowed


def test_tags_and_scripts_are_only_words(app: Flask, browse: Browse, key: int, clock: VirtualClock) -> None:
    wang, chen = browse("wang"), browse("chen")
    case = wang.start_inquiry(description=HTML)
    task = wang.open_task(case)
    wang.post(f"/tasks/{task}/claim")
    at = (clock.now() + timedelta(hours=12)).strftime("%Y-%m-%dT%H:%M")
    wang.post(f"/cases/{case}/comments", {"text": HTML + " @陈静"})
    wang.post(f"/cases/{case}/exceptions", {"text": HTML})
    wang.post(f"/cases/{case}/inquiries", {"to": "person:sun", "question": HTML, "context": HTML, "promised_at": at})
    wang.post(f"/cases/{case}/transfer", {"to": "user:sun", "reason": HTML, "note": HTML})
    wang.post("/calls", CALL | {"note": HTML})
    wang.post(f"/customers/{key}", {"tags": HTML[:10], "note": HTML, "address_as": HTML[:8], "revision": "1"})
    wang.post(f"/tasks/{task}/draft", {"last_location": HTML})
    wang.post("/inbox/filters", {"name": HTML[:20]})
    chen.post("/inbox/filters", {"name": HTML[:20], "group": "aftersales"})
    away = {"user": "sun", "from": at, "to": "2026-02-01T10:00", "kind": "leave", "reason": HTML}
    chen.post("/roster/absences", away)
    chen.post("/scripts/S20/edit", {"title": HTML[:20], "text": HTML, "reason": HTML})
    parts_of(app).worker.drain()
    pages = {
        "wang": [
            "/inbox", f"/inbox?task={task}", "/inbox/filters", f"/tasks/{task}", f"/cases/{case}", "/drafts",
            f"/cases/{case}/print", "/calls", "/calls/1", "/calls/log", f"/customers/{key}", "/visits",
            "/transfers?box=from_me", "/inquiries/1", "/exceptions/1", f"/cases/{case}/transfer",
            *(path + HTML for path in ("/search?q=", "/search/suggestions?q=", "/start?q=", "/inbox?text=")),
        ],
        "sun": ["/transfers", "/notifications", "/notifications/bell", "/inbox", "/inquiries"],
        "chen": [
            "/notifications", "/board", "/roster/absences", "/scripts/proposals", "/scripts/S20", f"/audit/{case}",
            "/exceptions", "/transfers?box=team",
        ],
    }  # fmt: skip
    for person, paths in pages.items():
        for path in paths:
            answer = browse(person).get(path)
            assert answer.status_code == 200, path
            assert "<img src=x" not in answer.text, (person, path)
            assert 'onerror="' not in answer.text, (person, path)


def test_the_key_of_somebody_elses_form_opens_nothing(app: Flask, browse: Browse, things: dict[str, str]) -> None:
    stolen = {"_submission_key": "a" * 32}
    case = things["case"]
    first = browse("wang").post("/calls", CALL | stolen)
    assert first.status_code == 303
    assert browse("wang").post("/calls", CALL | stolen).location == first.location
    second = browse("sun").post("/calls", CALL | stolen)
    assert second.status_code in {303, 409, 422}
    assert second.location != first.location
    browse("wang").post("/hand-over", {"item": f"c{case}", "to": "user:sun"} | stolen)
    assert browse("sun").post("/hand-over", {"item": f"c{case}", "to": "user:wang"} | stolen).status_code in {409, 422}


def test_looks_at_callers_count_with_those_at_cases(app: Flask, browse: Browse) -> None:
    wang = browse("wang")
    wang.post("/calls", CALL)
    wang.post("/calls/1/take")
    for _ in range(51):
        assert wang.post("/calls/1/contact").status_code == 200
    assert "查看个人信息已超过 50 次" in browse("zhao").get("/notifications").text


def test_the_only_manager_who_looks_too_often_is_told_of_to_auditors_and_administrators(
    browse: Browse,
) -> None:
    browse("wang").post("/calls", CALL)
    for _ in range(51):
        assert browse("zhao").post("/calls/1/contact").status_code == 200
    for person in ("zheng", "admin"):
        assert "赵刚今天查看个人信息已超过 50 次" in browse(person).get("/notifications").text
    assert "查看个人信息已超过" not in browse("zhao").get("/notifications").text


# --- long, odd and many ------------------------------------------------------------------------------

ODD = {
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f600",
    "right to left": "\u05d0\u05d1\u05d2 \u202eabc",
    "combining": "e\u0301\u0302\u0303" * 20,
    "half width": "\uff71\uff72\uff73\uff9e",
    "private": "\ue000\uf8ff",
    "surrogates": "\U00010000\U0010ffff",
    "long": "\u4e2d" * 2000,
    "one word": "a" * 2000,
    "line breaks": "\r\n\r\n\n" * 100 + "x",
    "null": "a\x00b",
}


@pytest.mark.parametrize("text", [pytest.param(ODD[kind], id=kind) for kind in some(list(ODD), 5)])
def test_any_text_is_kept_or_refused_and_every_page_stands(
    app: Flask, browse: Browse, key: int, clock: VirtualClock, text: str
) -> None:
    wang, chen = browse("wang"), browse("chen")
    case = wang.start_inquiry()
    task = wang.open_task(case)
    wang.post(f"/tasks/{task}/claim")
    at = (clock.now() + timedelta(hours=12)).strftime("%Y-%m-%dT%H:%M")
    deeds = {
        f"/cases/{case}/comments": {"text": text},
        f"/cases/{case}/exceptions": {"text": text},
        f"/cases/{case}/inquiries": {"to": "person:sun", "question": text, "context": text, "promised_at": at},
        f"/cases/{case}/promise": {"promised_at": at, "reason": text},
        f"/cases/{case}/transfer": {"to": "user:sun", "reason": text, "note": text},
        f"/cases/{case}/flag-note": {"note": text},
        f"/customers/{key}": {"note": text, "tags": text, "revision": "1"},
        f"/tasks/{task}/draft": {"last_location": text},
        "/calls": CALL | {"note": text},
        "/inbox/filters": {"name": text},
        "/inbox/deeds": {"what": "comment", "task": str(task), "said": text},
        "/hand-over": {"item": f"c{case}", f"note.c{case}": text, "to": "user:sun", "note": text},
    }
    for path, form in deeds.items():
        assert wang.post(path, form).status_code in {200, 303, 409, 422}, path
    away = {"user": "sun", "from": at, "to": "2026-02-01T10:00", "kind": "leave", "reason": text}
    assert chen.post("/roster/absences", away).status_code in {303, 422}
    parts_of(app).worker.drain()
    for path in ("/inbox", "/drafts", "/calls/log", f"/customers/{key}", "/transfers?box=from_me", f"/tasks/{task}"):
        assert wang.get(path).status_code == 200, path
    for path in (f"/cases/{case}", f"/audit/{case}", "/board", "/exceptions", "/roster/absences", "/notifications"):
        assert chen.get(path).status_code == 200, path
    for path in ("/search", "/search/suggestions", "/inbox", "/cases", "/start", "/flag-notes"):
        asked = {"q": text[:100], "text": text[:100], "order": text[:64]}
        assert wang.get(path, query_string=asked).status_code == 200, path


def test_two_hundred_mentions_and_ten_thousand_notifications_are_borne(app: Flask, browse: Browse) -> None:
    wang = browse("wang")
    case = wang.start_inquiry()
    assert wang.post(f"/cases/{case}/comments", {"text": "@陈静 " * 200}).status_code == 303
    db = parts_of(app).db
    with db.begin() as tx:
        rows = [{"user": "chen", "occasion": "mentioned", "text": f"第 {n} 条", "told_at": n} for n in range(10_000)]
        tx.connection.execute(notification.insert(), rows)
    with db.read() as connection:
        mine = notification.c.user == "chen", notification.c.case_id == case
        assert len(connection.execute(notification.select().where(*mine)).all()) == 1, "one comment, one notification"
    chen = browse("chen")
    for path in ("/notifications", "/notifications?unread=1", "/notifications/bell", "/inbox"):
        before = perf_counter()
        assert chen.get(path).status_code == 200
        assert perf_counter() - before < 5, path
    assert "99+" in chen.get("/notifications/bell").text
    assert chen.post("/notifications/read", {"what": "all"}).status_code == 303
    assert "99+" not in chen.get("/notifications/bell").text


@pytest.mark.parametrize("phone", [PHONE, LANDLINES[0]])
def test_a_number_in_what_is_said_of_customers_is_masked_wherever_it_shows(
    app: Flask, browse: Browse, key: int, clock: VirtualClock, phone: str
) -> None:
    wang = browse("wang")
    case = wang.start_inquiry()
    wang.post(f"/customers/{key}", {"note": f"打{phone}", "tags": f"{phone}", "revision": "1"})
    wang.post("/calls", CALL | {"note": f"请打{phone}", "order_id": "SO-1001"})
    wang.post("/calls/1/take")
    wang.post("/calls/1/answer", {"result": "answered", "answer": f"已打{phone}"})
    at = (clock.now() + timedelta(hours=12)).strftime("%Y-%m-%dT%H:%M")
    later = (clock.now() + timedelta(hours=13)).strftime("%Y-%m-%dT%H:%M")
    for due in (at, later):
        assert wang.post(f"/customers/{key}/visits", {"due_at": due}).status_code == 303
    said = {"satisfied": "5", "solved": "1", "comment": f"打{phone}", "offer": f"加{phone}"}
    assert wang.post("/visits/1", said).status_code == 303
    assert wang.post("/visits/2/end", {"status": "dropped", "reason": f"打{phone}"}).status_code == 303
    picture = {"file": (io.BytesIO(sample("paper.pdf")), f"{phone}.pdf")}
    paper = {"title": f"授权{phone}", "category": "other", "access_group": "", "note": f"打{phone}"}
    answer = wang.post("/documents", paper | picture, content_type="multipart/form-data")
    assert answer.status_code == 303
    with parts_of(app).db.begin() as tx:
        ended = {"status": "completed", "ended_at": to_microseconds(clock.now())}
        tx.connection.execute(process_instance.update().where(process_instance.c.key == int(case)).values(ended))
    assert wang.post(f"/cases/{case}/result", {"result": f"已打{phone}"}).status_code == 303
    leaks = []
    for person in ("wang", "lin", "chen", "zheng"):
        for path in (
            "/customers", f"/customers/{key}", "/calls", "/calls/1", "/calls/log", "/visits", "/visits?all=1",
            "/visits/1", "/visits/2", "/documents", "/documents/1", f"/cases/{case}/result", f"/cases/{case}",
            "/search?q=授权",
        ):  # fmt: skip
            answer = browse(person).get(path)
            text = re.sub("<(textarea|input)[^>]*>([^<]*</textarea>)?", "", answer.text)  # whoever changes it sees it
            leaks += [
                (person, path, text[max(at.start() - 60, 0) : at.end() + 20])
                for at in whole("".join(filter(str.isdigit, phone))).finditer(text)
            ]
    assert not leaks, "\n".join(map(repr, leaks))


@pytest.mark.parametrize("phone", [PHONE, LANDLINES[0]])
def test_a_number_in_a_reason_of_the_superiors_is_masked_in_the_history(
    app: Flask, browse: Browse, clock: VirtualClock, phone: str
) -> None:
    wang, chen = browse("wang"), browse("chen")
    case = wang.start_inquiry(description=f"打{phone}")
    task = str(wang.open_task(case))
    why = f"打{phone}找他"
    chen.post("/inbox/deeds", {"what": "assign", "task": task, "assignee": "sun", "reason": why})
    chen.post("/board", {"task": task, "person": "wang", "reason": why})
    chen.post(f"/cases/{case}/reassignment", {"to": "sun", "reason": why})
    chen.post(f"/cases/{case}/suspension", {"reason": why})
    chen.post(f"/cases/{case}/resumption", {"reason": why})
    chen.post(f"/cases/{case}/cancellation", {"reason": why})
    parts_of(app).worker.drain()
    leaks = []
    for person in ("wang", "sun", "chen", "zhao", "zheng"):
        for path in (
            f"/cases/{case}",
            f"/audit/{case}",
            f"/cases/{case}/print",
            "/notifications",
            "/repairs",
            "/board",
        ):
            text = browse(person).get(path).text
            leaks += [
                (person, path, text[max(at.start() - 60, 0) : at.end() + 20])
                for at in whole("".join(filter(str.isdigit, phone))).finditer(text)
            ]
    assert not leaks, "\n".join(map(repr, leaks))
