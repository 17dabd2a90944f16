"""Bodies that are huge, deep, broken or of another kind: an answer below 500, soon, at every route that takes one."""

from __future__ import annotations

import json
from time import thread_time
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sample import some, times
from tests.web.security.estate import Estate
from tests.web.security.matrix import Asker, Line, lines
from tests.web.security.patterns import within

#: Some ask every route in everybody's name; a busy machine needs its time.
pytestmark = pytest.mark.timeout(600)

#: Processor's seconds that no body of an attacker may cost; the busiest machine is far below.
SOON: Final = 3.0
MEGABYTE: Final = 1024 * 1024
_CUT: Final = "cut"
BODIES: Final[dict[str, tuple[str, bytes]]] = {
    "deep lists": ("application/json", b"[" * 200_000),
    "deep objects": ("application/json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "a number without end": ("application/json", b'{"revision":' + b"9" * 100_000 + b"}"),
    "no number": ("application/json", b'{"revision": NaN, "content": Infinity}'),
    "not UTF-8": ("application/json", b'{"content": "\xff\xfe\xed\xa0\x80"}'),
    "a lone surrogate": ("application/json", b'{"content": "\\ud800", "revision": 0}'),
    "a list where an object belongs": ("application/json", b"[1, 2]"),
    "ten thousand fields": ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % n for n in range(10_000))),
    "one field ten thousand times": ("application/x-www-form-urlencoded", b"task=1&" * 10_000),
    "a field too long": ("application/x-www-form-urlencoded", b"text=" + b"a" * (MEGABYTE + 1)),
    "escapes that are none": ("application/x-www-form-urlencoded", b"text=%&reason=%zz&%=%ff%fe%00"),
    "parts without end": (
        f"multipart/form-data; boundary={_CUT}",
        b'--cut\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n' * 2_000 + b"--cut--\r\n",
    ),
    "a part that breaks off": (f"multipart/form-data; boundary={_CUT}", b'--cut\r\nContent-Disposition: form-d'),
    "no boundary": ("multipart/form-data", b"--cut\r\n"),
    "a boundary too long": (f"multipart/form-data; boundary={'x' * 5000}", b"--x\r\n"),
    "a kind that is none": ("text/xml; charset=nothing", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
}  # fmt: skip
#: Routes to which scripts send an object, and what they look for in it.
TAKE_JSON: Final = {
    "studio.save_draft": {"content", "revision"},
    "studio.lint_draft": {"content"},
    "studio.preview_form": {"content", "values"},
    "studio.analyse_table": {"content"},
    "studio.evaluate_table": {"content", "values", "cases"},
    "studio.run_table_tests": {"content", "decisions"},
}
#: Who gets furthest.
PERSON: Final = {"studio": "zhou", "admin": "admin", "audit": "zheng", "settings": "admin", "calendar": "admin"}


def writes(estate: Estate) -> list[Line]:
    return [line for line in lines(estate.app) if line.verb != "GET"]


def send(estate: Estate, asker: Asker, line: Line, kind: str, body: bytes) -> int:
    """Send a body in the name of who gets furthest; the status, and not later than soon."""
    path, _ = asker.asked(line, estate.first)
    person = PERSON.get(path.split("/")[1], "chen" if line.rule.endpoint.startswith("quality") else "wang")
    begun = thread_time()
    with within(SOON * 3):
        answer = asker.send_body(person, line, path, kind, body)
    assert thread_time() - begun < SOON, line.name
    assert b"root:" not in answer.data
    return answer.status_code


@pytest.mark.parametrize("name", BODIES)
def test_no_body_costs_a_second_or_an_error(estate: Estate, asker: Asker, name: str) -> None:
    kind, body = BODIES[name]
    for line in some(writes(estate), times(400, 30) // (1 if kind.startswith("application/x") else 3)):
        assert send(estate, asker, line, kind, body) < 500, line.name


@pytest.mark.parametrize("name", [name for name, (kind, _) in BODIES.items() if kind == "application/json"])
def test_no_json_is_an_error_where_json_is_taken(estate: Estate, asker: Asker, name: str) -> None:
    for line in writes(estate):
        if line.rule.endpoint in TAKE_JSON:
            assert send(estate, asker, line, *BODIES[name]) < 500, line.name


def test_what_is_too_large_is_said_to_be(estate: Estate, asker: Asker) -> None:
    (comment,) = [line for line in writes(estate) if line.name == "POST /cases/<case_id>/comments"]
    for name in ("a field too long", "parts without end"):
        assert send(estate, asker, comment, *BODIES[name]) == 413, name


# --- routes that take and give JSON ------------------------------------------------------------------

TEXTS: Final = st.text(max_size=60) | st.sampled_from(
    ["<definitions/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", '{"type": "default"}', "\ud800", "\x00"]
)  # fmt: skip
VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def test_the_routes_that_take_json_are_these(estate: Estate) -> None:
    assert set(TAKE_JSON) <= {line.rule.endpoint for line in writes(estate)}


@pytest.mark.parametrize("endpoint", TAKE_JSON)
def test_no_object_is_an_error(estate: Estate, asker: Asker, endpoint: str) -> None:
    (line,) = [line for line in writes(estate) if line.rule.endpoint == endpoint]
    objects = st.fixed_dictionaries({}, optional=dict.fromkeys(TAKE_JSON[endpoint], VALUES)) | VALUES

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(objects)
    def tried(sent: Any) -> None:
        body = json.dumps(sent).encode()
        assert send(estate, asker, line, "application/json", body) < 500

    tried()


def test_what_calls_itself_json_is_json_and_never_a_page(estate: Estate, asker: Asker) -> None:
    """Every answer of the kind application/json can be read, to everybody; its texts open no element."""
    seen = set()
    known = list(lines(estate.app))
    for line in {
        line.name: line for line in [*some(known, 40), *(one for one in known if "film" in one.name)]
    }.values():
        for person in ("zhao", "zhou") if line.verb == "GET" or line.rule.endpoint in TAKE_JSON else ():
            answer = asker.ask(person, line, estate.first)
            if answer.mimetype == "application/json":
                seen.add(line.rule.endpoint)
                assert json.loads(answer.text) is not None
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "replay.film" in seen
