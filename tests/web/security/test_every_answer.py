"""What every route holds to, whatever it is asked: headers, redirects within the house, no smuggled header or path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.sample import some
from tests.web.security.estate import Estate
from tests.web.security.matrix import NOBODY, Asker, Line, lines
from web.security import EDITOR_POLICY, POLICY

#: Some ask every route in everybody's name; a busy machine needs its time.
pytestmark = pytest.mark.timeout(600)

#: Who is let through by most doors.
EVERYWHERE = ("wang", "zhao", "zhou", "zheng", "admin")
#: Say nothing of anybody, and may be kept by everybody.
KEPT = "GET /static/<path:filename>"


def reads(estate: Estate) -> Iterator[Line]:
    return (line for line in lines(estate.app) if line.verb == "GET")


def writes(estate: Estate) -> Iterator[Line]:
    return (line for line in lines(estate.app) if line.verb != "GET")


@pytest.mark.parametrize("person", [NOBODY, *EVERYWHERE])
def test_every_answer_carries_the_headers(estate: Estate, asker: Asker, person: str) -> None:
    for line in some([*reads(estate), *writes(estate)], 24):
        if person not in (NOBODY, "wang") and line.verb != "GET":
            continue
        headers = asker.ask(person, line, estate.first).headers
        policies = headers.getlist("Content-Security-Policy")
        assert len(policies) == 1, line.name
        assert policies[0] in (POLICY, EDITOR_POLICY) or "default-src 'none'" in policies[0], line.name
        assert headers["X-Content-Type-Options"] == "nosniff", line.name
        assert headers["X-Frame-Options"] == "DENY", line.name
        assert headers["Referrer-Policy"] in ("same-origin", "no-referrer"), line.name
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", line.name
        assert "Access-Control-Allow-Origin" not in headers, line.name
        assert headers.get("Content-Disposition", "").isascii(), line.name
        if line.name != KEPT:
            assert re.fullmatch(r"no-store|private, no-cache|private, max-age=\d+.*", headers["Cache-Control"]), (
                line.name
            )


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_answers_to_verbs_and_addresses_that_there_are_not_carry_them_too(estate: Estate, verb: str) -> None:
    client = estate.app.test_client()
    for path in (
        "/no-such-page",
        "/inbox",
        "/login",
        "/healthz",
        "/static/nothing.js",
        "//evil.example/",
        "/%00",
        "/%ff",
    ):
        answer = client.open(path, method=verb)
        assert answer.status_code < 500, path
        assert answer.headers["Content-Security-Policy"] == POLICY, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_no_form_sends_anybody_to_another_site(estate: Estate, asker: Asker, target: str) -> None:
    for line in some(list(writes(estate)), 20):
        for person in ("wang", "zhao") if target.startswith("https") else ("wang",):
            if not line.rule.endpoint.startswith("static"):
                path, form = asker.asked(line, estate.first)
                wanted = {"next": target, "_next": target, "back": target, "page": target}
                answer, _ = asker.send(person, line, f"{path}?next={quote(target)}", {**form, **wanted})
                assert re.match(r"/(?![/\\])|$", answer.headers.get("Location", "")), (person, line.name)
                assert "evil.example" not in answer.headers.get("Location", "").partition("?")[0], (person, line.name)


def test_no_address_leads_elsewhere(estate: Estate, asker: Asker) -> None:
    for line in some(list(reads(estate)), 30):
        path, form = asker.asked(line, estate.first)
        for person in (NOBODY, "wang", "zhao"):
            answer, _ = asker.send(person, line, f"{path}?next=https://evil.example/&back=//evil.example", form)
            assert re.match(r"/(?![/\\])|$", answer.headers.get("Location", "")), (person, line.name)


#: For every route.
WORST = ("x\r\nX-Planted: 1", "../../../../etc/passwd", '"><i data-planted>')
#: For every second one.
ODD = ("%2e%2e%2fetc%2fpasswd", "/etc/passwd", "x\x00.bpmn", "\u202egnp.exe", "1" * 3000, "-1", "١", "'", "..\\..\\etc")


@pytest.mark.parametrize("word", [*WORST, *ODD], ids=lambda word: repr(word[:12]))
def test_no_word_of_an_address_is_a_header_a_path_or_an_error(estate: Estate, asker: Asker, word: str) -> None:
    every = some(list(reads(estate)), 40)
    for line in every if word in WORST else every[ODD.index(word) % 2 :: 2]:
        for argument in line.rule.arguments:
            words = estate.first.words | {argument: word, f"{line.rule.endpoint}:{argument}": word}
            spelt = {
                name: quote(text, safe="/" if text.startswith(("/", "..")) else "") for name, text in words.items()
            }
            answer, _ = asker.send("zhao", line, estate.address(line.rule, spelt), {})
            assert answer.status_code < 500, (line.name, argument)
            assert "X-Planted" not in answer.headers, (line.name, argument)
            assert b"root:" not in answer.data, (line.name, argument)
            assert b"<i data-planted" not in answer.data, (line.name, argument)
