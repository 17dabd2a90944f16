"""The auditors' desk against curious colleagues, odd addresses, giant pastes and texts that would be scripts."""

from __future__ import annotations

import html
import json
import re
import threading
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask

from engine import audit, roster
from engine.history.checkpoint import verifier_key
from engine.model import SYSTEM
from tests.conftest import FRIDAY_9AM
from tests.sample import EVERY
from tests.web.browser import Browser
from web import parts_of

Browse = Callable[[str], Browser]

#: An address of every page of the desk that is about something; {x} is what the attacker puts in.
PAGES = (
    "/audit/{x}", "/audit/{x}/story", "/audit/{x}/replay", "/audit/{x}/replay/film.json", "/audit/{x}/case-file",
    "/audit/findings/{x}", "/audit/questions/{x}", "/audit/samples/{x}", "/audit/samples/{x}?again=1",
    "/audit?after={x}", "/audit?text={x}", "/audit/1?after={x}", "/audit/1?fine={x}", "/audit/1/replay?at={x}",
    "/audit/findings?after={x}", "/audit/findings?case={x}", "/audit/findings?state={x}",
    "/audit/findings?severity={x}",
    "/audit/findings/new?case={x}", "/audit/findings/new?stream={x}&seq={x}", "/audit/findings/new?sample={x}",
    "/audit/samples?after={x}", "/audit/system?before={x}", "/audit/system?since={x}", "/audit/system?until={x}",
    "/audit/system?person={x}&subject={x}", "/audit/retention?before={x}", "/audit/retention?process={x}",
    "/audit/exports?cases={x}", "/audit/exports?process={x}&since={x}&until={x}", "/audit/exports?status={x}",
    *(f"/audit/questions?{name}={{x}}" for name in (
        "process", "opened_from", "ended_to", "status", "end", "asked_from", "paid_to", "unapproved", "buyer_paid",
        "passed", "not_passed", "skipped", "rule", "person", "did", "longer", "time", "rounds", "reopened", "unmasked",
        "incident", "repaired", "customer", "order", "after", "add", "add=passed&in", "add=rule&value",
    )),
)  # fmt: skip
ODD = (
    "99999999999999999999999999", "-1", "9223372036854775807", "9223372036854775808", "\u00b2", "%00", "%ED%A0%80",
    "'--", "%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "9999-12-31", "0001-01-01", "a" * 3000, "1:99999999999999999999",
)  # fmt: skip
PHONE = "13912345678"
SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
def case(browse: Browse) -> str:
    return browse("wang").start_inquiry()


def test_no_address_breaks_a_page_or_becomes_a_script(browse: Browse, case: str) -> None:
    """Every page with every odd part; in the short run with some of them, others from page to page."""
    zheng, broken = browse("zheng"), []
    for number, page in enumerate(PAGES):
        for odd in ODD if EVERY else ODD[number % 4 :: 4]:
            answer = zheng.get(page.replace("{x}", odd))
            if answer.status_code not in (200, 303, 308, 400, 404, 422) or "<script>alert" in answer.text:
                broken.append((page, odd, answer.status_code))
    assert broken == []


POSTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/audit/proofs/check", {"heads": "x" * 400_000}),
    ("/audit/proofs/check", {"heads": "\n\n\u2014 a b" * 20_000}),
    ("/audit/proofs/check", {"key": "a+" * 5_000}),
    ("/audit/proofs/check", {"heads": f"{'9' * 300}\n{'9' * 5000}\nx\n\n\u2014 a b\n"}),
    ("/audit/exports", {"format": "../xes", "reason": "x"}),
    ("/audit/exports", {"format": "xes", "reason": "x", "cases": "9" * 30}),
    ("/audit/samples", {"name": "x", "size": "9" * 4, "query": "person=" + "x" * 4000, "seed": "\u00e9"}),
    ("/audit/findings", {"title": "x", "text": "y", "severity": "low", "case": "9" * 30, "seq": "9" * 18}),
    ("/audit/findings", {"title": "x", "text": "y", "severity": "low", "case": "1", "stream": "9" * 18, "seq": "1"}),
    ("/audit/findings", {"title": "x", "text": "y", "severity": "low", "to": "g:<b>", "due_at": "9999-12-31T23:59"}),
    ("/audit/retention/rules", {"process_id": "<b>", "days": "9" * 9, "reason": "x", "seen": "\u00b2"}),
    ("/audit/retention/holds", {"kind": "case", "subject": "9" * 30, "reason": "x"}),
    ("/audit/99999999999999999999/case-file", {"reason": "x"}),
    ("/audit/99999999999999999999/re-execution", {}),
    ("/audit/samples/99999999999999999999/cases/1", {"seen": "1"}),
    ("/audit/findings/99999999999999999999/reply", {"text": "x"}),
    ("/audit/retention/holds/99999999999999999999/lift", {"reason": "x"}),
)


def test_no_form_breaks_a_page(app: Flask, browse: Browse, case: str) -> None:
    broken = []
    for person in ("zheng", "zhao"):
        browser = browse(person)
        for address, form in POSTS:
            status = browser.post(address, form).status_code
            if status >= 500:
                broken.append((person, address, sorted(form), status))
    parts_of(app).checking.wait()
    assert broken == []


def test_of_many_checks_at_once_one_runs(app: Flask, browse: Browse, case: str) -> None:
    zheng, checking = browse("zheng"), parts_of(app).checking
    with parts_of(app).db.begin():  # nobody can write down what was found meanwhile
        for _ in range(20):
            assert zheng.post("/audit/proofs/check").status_code == 303
        assert sum(thread.name == "verification" for thread in threading.enumerate()) <= 1
    checking.wait()
    assert checking.progress is not None
    assert not checking.progress.running


# --- other people --------------------------------------------------------------------------------

DESK = (
    "/audit", "/audit/{case}", "/audit/{case}/story", "/audit/{case}/replay", "/audit/{case}/replay/film.json",
    "/audit/{case}/case-file", "/audit/findings/new?case={case}", "/audit/questions", "/audit/samples",
    "/audit/proofs", "/audit/proofs/heads.txt", "/audit/proofs/progress", "/audit/system", "/audit/exports",
    "/audit/policy", "/audit/retention",
)  # fmt: skip
DEEDS = ("/audit/{case}/case-file", "/audit/{case}/re-execution", "/audit/proofs/head", "/audit/proofs/check",
         "/audit/exports", "/audit/samples", "/audit/questions", "/audit/retention/rules")  # fmt: skip


@pytest.mark.parametrize("person", ["wang", "lin", "kuai", "cang", "qian", "zhou"])
def test_the_desk_is_closed_to_colleagues_even_for_their_own_case(browse: Browse, case: str, person: str) -> None:
    browser, forms = browse(person), {"reason": "x", "format": "csv", "unmasked": "1"}
    opened = [page for page in DESK if browser.get(page.replace("{case}", case)).status_code != 404]
    done = [page for page in DEEDS if browser.post(page.replace("{case}", case), forms).status_code != 404]
    assert (opened, done) == ([], [])


def test_who_audits_one_team_reaches_no_case_of_another(app: Flask, browse: Browse, case: str) -> None:
    with parts_of(app).db.begin() as tx:
        roster.save_team(tx, None, "一组", ["lin", "chen"], SYSTEM, at=FRIDAY_9AM)
        roster.save_team(tx, None, "二组", ["wang"], SYSTEM, at=FRIDAY_9AM)
    chen = browse("chen")
    for page in DESK[1:6]:
        assert chen.get(page.replace("{case}", case)).status_code == 404, page
    assert chen.post(f"/audit/{case}/re-execution").status_code == 404
    assert f"/audit/{case}" not in chen.get("/audit").text
    for query in ("person=wang", "customer=C-8812", "order=SO-1001", "status=active"):
        assert f"/audit/{case}" not in chen.get(f"/audit/questions?{query}").text
    noted = chen.post("/audit/findings", {"title": "x", "text": "y", "severity": "low", "case": case})
    assert noted.status_code in (404, 422)
    assert "0" in chen.get(f"/audit/exports?cases={case}").text
    taken = chen.post("/audit/exports", {"format": "jsonl", "reason": "x", "cases": case})
    assert taken.status_code in (404, 422) or b"C-88" not in taken.data
    taken.close()


def test_a_finding_of_one_team_is_not_read_by_its_number(browse: Browse, case: str) -> None:
    form = {"title": "超额补偿", "text": "见第 3 步", "severity": "high", "case": case}
    assert browse("zheng").post("/audit/findings", form).status_code == 303
    for person in ("chen", "wang", "admin", "zhou"):
        answer = browse(person).get("/audit/findings/1")
        assert answer.status_code == 404, person
        assert browse(person).post("/audit/findings/1/reply", {"text": "x", "revision": "1"}).status_code == 404


# --- texts that are scripts, and personal data ---------------------------------------------------


@pytest.fixture
def told(browse: Browse) -> str:
    """A case whose texts are scripts and hold somebody's telephone number."""
    wang = browse("wang")
    case = wang.start_inquiry(description=f"请打 {PHONE} 联系 {SCRIPT}")
    assert wang.post(f"/cases/{case}/comments", {"text": f"{SCRIPT} {PHONE}"}).status_code in (200, 303)
    zheng = browse("zheng")
    form = {"title": f"电话 {PHONE} {SCRIPT}"[:80], "text": f"{SCRIPT} {PHONE}", "severity": "high", "case": case}
    assert zheng.post("/audit/findings", form).status_code == 303
    return case


def test_no_page_of_the_desk_runs_a_text_or_tells_a_number(browse: Browse, told: str) -> None:
    zheng = browse("zheng")
    zheng.post(f"/audit/{told}/case-file", {"reason": f"{SCRIPT} 举证"}).close()
    pages = (*DESK, "/audit/findings", "/audit/findings/1", "/audit/questions?person=wang", f"/audit?text={PHONE}x")
    for page in pages:
        answer = zheng.get(page.replace("{case}", told))
        assert answer.status_code == 200, page
        if answer.mimetype == "text/html":
            assert "<script>alert" not in answer.text, page
            assert "<img src=x" not in answer.text, page
        if "text=" not in page:
            assert PHONE not in answer.text, page
            assert "13800138000" not in answer.text, page


def test_the_film_is_no_page_and_its_texts_are_not_told_as_one(browse: Browse, told: str) -> None:
    answer = browse("zheng").get(f"/audit/{told}/replay/film.json")
    assert answer.mimetype == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert PHONE not in json.dumps(json.loads(answer.text), ensure_ascii=False)


def test_a_masked_case_file_runs_nothing_and_tells_no_number(browse: Browse, told: str) -> None:
    for person in ("zheng", "zhao"):
        answer = browse(person).post(f"/audit/{told}/case-file", {"reason": SCRIPT})
        with zipfile.ZipFile(BytesIO(answer.data)) as file:
            texts = {name: file.read(name).decode("utf-8", "replace") for name in file.namelist()}
        answer.close()
        for name, text in texts.items():
            assert PHONE not in text, (person, name)
            assert "13800138000" not in text, (person, name)
            if name.endswith((".html", ".svg")):
                assert "<script" not in text, name
                assert "<img src=x" not in text, name
        assert html.escape("<script>alert(1)") in texts["index.html"]


@pytest.mark.parametrize("form", ["csv", "jsonl", "xes", "ocel", "ocel-xml"])
def test_an_exported_history_tells_no_number(browse: Browse, told: str, form: str) -> None:
    answer = browse("zheng").post("/audit/exports", {"format": form, "reason": "x", "cases": told})
    assert answer.status_code == 200
    data = answer.data.decode("utf-8", "replace")
    answer.close()
    assert PHONE not in data
    assert PHONE not in re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), data)


def test_a_key_alone_is_compared_and_a_strangers_is_told_of(app: Flask, browse: Browse, case: str) -> None:
    zheng = browse("zheng")
    zheng.post("/audit/proofs/head")
    for public, whole in ((Ed25519PrivateKey.generate().public_key().public_bytes_raw(), "no"), (None, "yes")):
        with parts_of(app).db.read() as connection:
            own = audit.list_keys(connection)[-1].public
            key = verifier_key(audit.origin_of(connection) or "", public or own)
        zheng.post("/audit/proofs/check", {"key": key})
        parts_of(app).checking.wait()
        assert f'data-whole="{whole}"' in zheng.get("/audit/proofs").text
