"""The workspace under attack: guessed ids, strange texts, what pages and files say to people who may not know."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from engine import accounts, notifications
from engine.clock import VirtualClock
from engine.customers import archive, entering
from engine.notifications import Notice, Occasion
from engine.store.tables import roster_day
from tests.web.browser import PEOPLE, Browser
from web import parts_of

Browse = Callable[[str], Browser]
PHONE = "13900139000"
HTML = '<img src=x onerror="alert(1)">'
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


@pytest.fixture
def key(app: Flask) -> int:
    """The customer C-8812."""
    entering.enter_customers_of_orders(parts_of(app).db)
    with parts_of(app).db.read() as connection:
        found = archive.find_key(connection, "C-8812")
    assert found is not None
    return found


#: The number however it is written: any digits, with anything but digits and letters between them.
WHOLE = re.compile("[^0-9\uff10-\uff19a-zA-Z<>]{0,3}".join(f"[{one}{chr(0xFF10 + int(one))}]" for one in PHONE))


# --- addresses and numbers -------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["99999999999999999999999", "-99999999999999999999", "\u0663", "\u00b2", "1e3", "nan"])
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
        "/calls": {"kind": "inquiry", "source": "message", "note": "有货吗", "contact_phone": PHONE, "received_at": typed},
        f"/cases/{case}/promise": {"promised_at": typed},
        f"/cases/{case}/inquiries": {"to": "group:warehouse", "question": "?", "promised_at": typed, "due_at": typed},
        "/inbox/deeds": {"what": "follow_up", "task": str(task), "at": typed},
    }
    for path, form in tries.items():
        assert wang.post(path, form).status_code in {200, 422}, path
    absence = {"user": "wang", "from": typed, "to": typed, "kind": "leave", "reason": "x"}
    assert chen.post("/roster/absences", absence).status_code == 422


# --- what nobody may see -----------------------------------------------------------------------------


@pytest.mark.parametrize("phone", PHONES)
def test_a_number_in_what_people_write_is_masked_wherever_it_shows(
    browse: Browse, app: Flask, clock: VirtualClock, phone: str
) -> None:
    wang = browse("wang")
    case = wang.start_inquiry()
    task = wang.open_task(case)
    wang.post(f"/tasks/{task}/claim")
    promised = (clock.now() + timedelta(hours=12)).strftime("%Y-%m-%dT%H:%M")
    said = f"打{phone}找他"
    for path, form in {
        f"/cases/{case}/comments": {"text": said + " @陈静"},
        f"/cases/{case}/exceptions": {"text": said},
        f"/cases/{case}/inquiries": {
            "to": "group:warehouse", "question": said, "context": said, "promised_at": promised
        },
        f"/cases/{case}/transfer": {"to": "user:sun", "reason": said, "note": said},
        f"/cases/{case}/flag-note": {"note": f"【催{phone},无差价 新/1.2】"},
        "/inbox/deeds": {"what": "comment", "task": str(task), "said": said},
    }.items():
        assert wang.post(path, form).status_code in {200, 303, 422}, path
    parts_of(app).worker.drain()
    pages = {
        "wang": [f"/cases/{case}", f"/cases/{case}/comments", f"/tasks/{task}", "/inbox", "/transfers?box=from_me", "/inquiries?box=by_me&all=1",
                 "/flag-notes", f"/cases/{case}/flag-note", f"/cases/{case}/transfer"],
        "chen": ["/notifications", "/notifications/bell", "/exceptions", f"/cases/{case}", "/transfers?box=team", f"/audit/{case}", f"/search?q={phone}"],
        "sun": ["/transfers", "/notifications", f"/cases/{case}/transfer"],
        "cang": ["/inquiries", "/notifications"],
        "zheng": [f"/cases/{case}", f"/audit/{case}", f"/cases/{case}/comments"],
    }  # fmt: skip
    leaks = []
    for person, paths in pages.items():
        for path in paths:
            answer = browse(person).get(path)
            assert answer.status_code == 200, path
            text = answer.text.replace(f'value="{phone}"', "") if "/search" in path else answer.text
            leaks += [(person, path, text[max(at.start() - 60, 0) : at.end() + 20]) for at in WHOLE.finditer(text)]
    assert leaks == []
