"""One browser of the desk bench: a connection that stays, cookies, tags, and what an agent or a supervisor does."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPConnection
from time import perf_counter, sleep
from typing import Final
from urllib.parse import quote, urlencode
from uuid import uuid4

_TOKEN: Final = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
#: What a page fetches as soon as it is there.
_LOADED: Final = re.compile(r'hx-get="([^"]+)" hx-trigger="load"')
_FRAGMENT: Final = {"HX-Request": "true"}
#: Deed → how it is called, and the address.
_POLLS: Final = {
    "poll": ("inbox, poll", "/inbox/list"),
    "bell": ("bell", "/notifications/bell"),
    "board poll": ("board, poll", "/board/live"),
    "talk": ("comments, poll", "/cases/{case}/comments"),
}
_PAGES: Final = {
    "inbox": ("inbox, page", "/inbox"),
    "all": ("inbox, page", "/inbox?scope=all"),
    "board": ("board, page", "/board"),
    "preview": ("task, beside the list", "/tasks/{task}"),
    "task": ("task, page", "/tasks/{task}"),
    "case": ("case, page", "/cases/{case}"),
    "suggest": ("search, as typed", "/search/suggestions?q={words}"),
    "search": ("search, page", "/search?q={words}"),
    "start": ("start, page", "/start?q={words}"),
}
#: Those that a script asks for.
_PARTS: Final = frozenset({"preview", "suggest"})
#: How the courier's answer is filled in.
STALLED: Final = {
    "hours_since_update": "52", "last_location": "杭州", "stuck_in_region": "false", "customer_urges": "true",
}  # fmt: skip


class WrongAnswer(Exception):
    """The server answered something that no browser expects there."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One request: seconds from when it was due until its answer was read."""

    kind: str
    seconds: float


@dataclass(slots=True)
class Answer:
    """What came back."""

    status: int
    text: str
    location: str


@dataclass(slots=True)
class Browser:
    """A person's session on a connection of its own, from an address of its own (log-ins are counted by address)."""

    port: int
    number: int
    timed: list[Timed] = field(default_factory=list)
    #: When the current deed was due; a request behind another one of the same deed is due when that is answered.
    _due: float = 0.0
    _cookies: dict[str, str] = field(default_factory=dict)
    _tags: dict[str, str] = field(default_factory=dict)
    _token: str = ""
    _connection: HTTPConnection | None = None

    def log_in(self, user: str, password: str) -> None:
        """By the form, as everybody does."""
        self.get("log-in", "/login")
        self.post("log-in", "/login", {"user_id": user, "password": password}, expect=303)
        self.timed.clear()

    def get(self, kind: str, path: str, headers: Mapping[str, str] | None = None, expect: int = 200) -> Answer:
        """Ask, and remember the token of the page."""
        return self._ask(kind, "GET", path, None, headers or {}, (expect,))

    def poll(self, kind: str, path: str) -> None:
        """Ask with the tag of the last answer, as pages do every ten seconds."""
        tag = {"If-None-Match": self._tags[path]} if path in self._tags else {}
        self._ask(kind, "GET", path, None, _FRAGMENT | tag, (200, 304))

    def post(
        self,
        kind: str,
        path: str,
        fields: Mapping[str, str],
        *,
        expect: int,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a form with the session's token."""
        body = urlencode({"csrf_token": self._token, **fields}).encode()
        sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self._ask(kind, "POST", path, body, sent, (expect,))

    def _ask(
        self,
        kind: str,
        verb: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        expected: Sequence[int],
    ) -> Answer:
        if self._connection is None:
            self._connection = HTTPConnection(
                "127.0.0.1", self.port, timeout=60, source_address=(f"127.0.0.{2 + self.number}", 0)
            )
        began = self._due or perf_counter()
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        self._connection.request(verb, path, body, {**headers, **cookie})
        answer = self._connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        now = perf_counter()
        self._due = now
        self.timed.append(Timed(kind if answer.status != 304 else f"{kind}, unchanged", now - began))
        if answer.status not in expected:
            raise WrongAnswer(f"{verb} {path} gave {answer.status}: {text[:300]}")
        for cookie_text in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie_text.partition(";")[0].partition("=")
            self._cookies[name] = value
        if answer.headers.get("ETag"):
            self._tags[path] = answer.headers["ETag"]
        if found := _TOKEN.search(text):
            self._token = found[1]
        return Answer(answer.status, text, answer.headers.get("Location", ""))

    def wait_until(self, due: float) -> None:
        """Sleep; what comes next counts from when it was due, however late it begins."""
        while (left := due - perf_counter()) > 0:
            sleep(min(left, 0.2))
        self._due = due

    def now(self) -> None:
        """What comes next counts from now."""
        self._due = 0.0

    # --- what people do --------------------------------------------------------------------------

    def do(self, deed: str, task: tuple[int, str] | None, words: str) -> None:
        """One deed of the day's work.

        Args:
            deed: its name, see ``bench.desk``.
            task: the task in hand and its case, for deeds that have one.
            words: what is searched for.
        """
        task_id, case_id = task if task else (0, "")
        place = {"task": task_id, "case": case_id, "words": quote(words)}
        if deed in _POLLS:
            kind, path = _POLLS[deed]
            self.poll(kind, path.format(**place))
        elif deed in _PAGES:
            kind, path = _PAGES[deed]
            page = self.get(kind, path.format(**place), _FRAGMENT if deed in _PARTS else None)
            for address in _LOADED.findall(page.text) if deed == "task" else ():
                self.get("task, texts beside it", unescape(address), _FRAGMENT)
        elif deed == "claim":
            self.post("claim", f"/tasks/{task_id}/claim", {}, headers=_FRAGMENT, expect=200)
        elif deed == "next":
            self.post("what comes next", f"/tasks/{task_id}/next", STALLED, headers=_FRAGMENT, expect=200)
        else:
            self.complete(task_id, STALLED)
            self.get("inbox, page", "/inbox")

    def complete(self, task_id: int, fields: Mapping[str, str]) -> None:
        """Send a task's form."""
        key = {"_submission_key": uuid4().hex}
        self.post("complete", f"/tasks/{task_id}", {**key, **fields}, expect=303)


def all_at_once(works: Sequence[threading.Thread]) -> None:
    """Start them and wait for the last."""
    for work in works:
        work.start()
    for work in works:
        work.join()
