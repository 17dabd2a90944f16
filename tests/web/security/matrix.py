"""Asks every route in the name of everybody for things of both teams; a line a route says what each was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.web.browser import STALLED, Browser
from tests.web.security.estate import CHECKED, LATER, Estate, Side
from tests.web.security.rewind import Rewind
from web import parts_of

#: Who has not logged in.
NOBODY: Final = "nobody"
#: Who asks, in the order of the columns.
PEOPLE: Final = (
    *(
        NOBODY,
        "lin",
        "wang",
        "sun",
        "chen",
        "luo",
        "zhao",
        "cang",
        "qian",
        "kuai",
        "zhong",
        "zhou",
        "hao",
        "zheng",
        "admin",
    ),
)
_COOKIE: Final = "kefuflow"
VERBS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
#: What a cell says of an answer: not found; not for this person (four eyes); led to the log-in; answered, and nothing
#: was written though the form names the thing; anything else. A cell has one sign for the first team's thing and one
#: for the second's, or one alone where both are the same.
GONE, FORBIDDEN, LOGIN, REFUSED, OPEN = SIGNS = ".", "x", "l", "-", "o"
_WHY: Final = {"reason": "核对"}
_FINDING: Final = {"title": "x", "text": "y", "severity": "low", "to": "u:zhao", "due_at": "2026-01-05T15:40"}
_ABSENCE: Final = {"from": "2026-03-05", "to": "2026-03-06", "kind": "leave", "reason": "请假"}
#: Forms with which only a permission stands in the way; words in braces are the side's. Elsewhere forms are empty.
FORMS: Final[Mapping[str, Mapping[str, Any]]] = {
    "POST /appraisals/<person>/signature": {"comment": "同意"},
    "POST /audit/<case_id>/case-file": _WHY,
    "POST /audit/exports": {"format": "jsonl", "reason": "x", "cases": "{case_id}"},
    "POST /audit/findings": _FINDING | {"case": "{case_id}"},
    "POST /audit/findings/<int:finding_id>/end": {"what": "close", "text": "x", "revision": "1"},
    "POST /audit/findings/<int:finding_id>/put": {"to": "u:zhao", "due_at": "2026-01-05T15:40", "revision": "1"},
    "POST /audit/findings/<int:finding_id>/reply": {"text": "x", "revision": "1"},
    "POST /audit/questions/<int:question_id>": {"what": "delete"},
    "POST /audit/retention/holds": _WHY | {"kind": "order", "subject": "{order_id}"},
    "POST /audit/retention/holds/<int:hold_id>/lift": _WHY,
    "POST /board": {"task": "{task_id}", "person": "{agent}"},
    "POST /calls/<int:call_id>/answer": {"result": "answered", "answer": "有货"},
    "POST /cases/<case_id>/cancellation": _WHY,
    "POST /cases/<case_id>/comments": {"text": "x"},
    "POST /cases/<case_id>/exceptions": {"text": "x"},
    "POST /cases/<case_id>/feedback": {"department": "warehouse", "text": "x"},
    "POST /cases/<case_id>/flag-note": {"note": "【催,无差价 新/1.2】"},
    "POST /cases/<case_id>/inquiries": {"to": "group:warehouse", "question": "x", "promised_at": LATER},
    "POST /cases/<case_id>/instances/<int:key>": {"what": "skip", "element": "check_logistics", "reason": "x"},
    "POST /cases/<case_id>/promise": {"promised_at": LATER},
    "POST /cases/<case_id>/reassignment": {"to": "zhao", "reason": "x"},
    "POST /cases/<case_id>/reveal": {"field": "receiver_phone"},
    "POST /cases/<case_id>/suspension": _WHY,
    "POST /cases/<case_id>/transfer": {"to": "user:zhao", "reason": "x"},
    "POST /customers/<int:key>": {"level": "gold", "revision": "0"},
    "POST /customers/<int:key>/visits": {"due_at": LATER},
    "POST /documents/<int:document_id>/withdrawal": _WHY,
    "POST /exceptions/<int:report_id>/acknowledgement": {"answer": "好"},
    "POST /exports/<export_id>/answer": {"what": "approve"},
    "POST /feedback/<int:item_id>/answer": {"answer": "好"},
    "POST /hand-over": {"item": "c{spare}", "to": "user:zhao"},
    "POST /inbox/deeds": {"what": "claim"},
    "POST /inbox/filters/<int:filter_id>": {"what": "delete"},
    "POST /inquiries/<int:inquiry_id>/answer": {"answer": "好"},
    "POST /notifications/read": {"id": "{notification_id}"},
    "POST /quality": {"case_id": "{closed}"},
    "POST /quality/<int:check_id>/decision": CHECKED | {"decision": "changed", "reason": "x"},
    "POST /quality/<int:check_id>/objection": {"objection": "x"},
    "POST /quality/<int:check_id>/result": CHECKED,
    "POST /repairs": {"what": "retry", "incident": "{incident_id}", "reason": "x"},
    "POST /roster": {"cell.2026-01-05.{person}": "白"},
    "POST /roster/absences": _ABSENCE | {"user": "{person}"},
    "POST /tasks/<int:task_id>": STALLED,
    "POST /transfers/<int:offer_id>/instruction": {"what": "self", "note": "我来"},
    "POST /transfers/<int:offer_id>/return": _WHY,
    "POST /visits/<int:visit_id>": {"satisfied": "5", "solved": "1"},
    "POST /visits/<int:visit_id>/end": _WHY | {"status": "dropped"},
    "POST /visits/<int:visit_id>/later": {"due_at": LATER},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A route with a verb, or a route for one kind of thing."""

    name: str
    verb: str
    rule: Rule
    #: Names of arguments → names of the words that stand for them here.
    instead: Mapping[str, str]

    @property
    def form(self) -> Mapping[str, Any]:
        """What is posted."""
        return FORMS.get(f"{self.verb} {self.rule.rule}", {})

    @property
    def form_names_thing(self) -> bool:
        """Whether the thing stands in the form."""
        return any("{" in f"{name}{value}" for name, value in self.form.items())


def names(app: Flask) -> set[str]:
    """Every route with each of its verbs."""
    return {f"{verb} {rule.rule}" for rule in app.url_map.iter_rules() for verb in (rule.methods or set()) & VERBS}


def lines(app: Flask) -> Iterator[Line]:
    """Every line of the table, in its order."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        for verb in sorted((rule.methods or set()) & VERBS):
            name = f"{verb} {rule.rule}"
            yield Line(name=name, verb=verb, rule=rule, instead={})
            if "task_id" in rule.arguments:
                yield Line(name=f"{name} (courier)", verb=verb, rule=rule, instead={"task_id": "courier_task"})


class Asker:
    """Asks in the name of people, and takes back behind every answer what was written."""

    def __init__(self, estate: Estate, rewind: Rewind) -> None:
        self._estate = estate
        self._rewind = rewind
        self._client = estate.app.test_client()
        self._cookies = {person: _cookie(estate, person) for person in PEOPLE if person != NOBODY}
        rewind.back()

    def cell(self, person: str, line: Line) -> str:
        """What the table says of a person and a route."""
        asked = [self.asked(line, side) for side in (self._estate.first, self._estate.second)]
        return "".join(self._sign(person, line, *one) for one in (asked[:1] if asked[0] == asked[1] else asked))

    def ask(self, person: str, line: Line, side: Side) -> TestResponse:
        """What a person is answered about a side's thing; nothing of it has happened afterwards."""
        return self.send(person, line, *self.asked(line, side))[0]

    def asked(self, line: Line, side: Side) -> tuple[str, dict[str, str]]:
        """The address and the form that name a side's thing."""
        words = side.words | {name: side.words[word] for name, word in line.instead.items()}
        form = {name.format_map(words): str(value).format_map(words) for name, value in line.form.items()}
        return self._estate.address(line.rule, words), form

    def send_body(self, person: str, line: Line, path: str, kind: str, body: bytes) -> TestResponse:
        """What is answered to a body of any kind."""
        return self._open(person, path, method=line.verb, data=body, content_type=kind)[0]

    def send(self, person: str, line: Line, path: str, form: Mapping[str, str]) -> tuple[TestResponse, bool]:
        """The answer, and whether anything was written; it is taken back."""
        return self._open(person, path, method=line.verb, data=None if line.verb == "GET" else form)

    def _open(self, person: str, path: str, **request: Any) -> tuple[TestResponse, bool]:
        self._client.delete_cookie(_COOKIE)
        if person != NOBODY:
            self._client.set_cookie(_COOKIE, self._cookies[person])
        answer = self._client.open(path, **request)
        answer.get_data()
        answer.close()
        parts_of(self._estate.app).checking.wait()
        return answer, self._rewind.back()

    def _sign(self, person: str, line: Line, path: str, form: Mapping[str, str]) -> str:
        answer, written = self.send(person, line, path, form)
        if answer.status_code in (303, 307) and answer.location.startswith("/login"):
            return LOGIN if person == NOBODY else OPEN
        if answer.status_code in (403, 404):
            return GONE if answer.status_code == 404 else FORBIDDEN
        assert answer.status_code < 500 or line.rule.endpoint == "probes.ready", (person, path, answer.status_code)
        return REFUSED if line.form_names_thing and not written else OPEN


def _cookie(estate: Estate, person: str) -> str:
    cookie = Browser(estate.app, person).client.get_cookie(_COOKIE)
    assert cookie is not None
    return cookie.value
