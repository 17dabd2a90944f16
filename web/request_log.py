"""A line in the log for every request: route, status, time and whose, and nothing that anybody typed."""

from __future__ import annotations

import re
import secrets
from time import perf_counter
from typing import Final

import structlog
from flask import Flask, Response, g, request

HEADER: Final = "X-Request-ID"
#: What web servers in front make: 16 to 64 hexadecimal digits, with dashes between. Anything else might say something.
_SANE: Final = re.compile(r"(?=.{16,64}\Z)[0-9A-Fa-f]+(?:-[0-9A-Fa-f]+)*")
#: Asked every few seconds by machines, or sent along with every page: told of only when something is wrong.
QUIET: Final = frozenset({"static", "probes.alive", "probes.ready", "metrics.show"})
#: What is asked for at no route of ours.
NO_ROUTE: Final = "none"
_log = structlog.get_logger(__name__)


def install(app: Flask) -> None:
    """Before everything else, so that each line of a request carries its id, and its time is whole."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def route() -> str:
    """The name of this request's route, never its address."""
    return request.endpoint or NO_ROUTE


def elapsed() -> float:
    """Seconds since this request began."""
    begun_at: float = g.get("begun_at", perf_counter())
    return perf_counter() - begun_at


def _begin() -> None:
    g.begun_at = perf_counter()
    asked = request.headers.get(HEADER, "")
    g.request_id = asked if _SANE.fullmatch(asked) else secrets.token_hex(16)
    structlog.contextvars.bind_contextvars(request_id=g.request_id, route=route())


def _end(response: Response) -> Response:
    status = response.status_code
    if "request_id" in g:
        response.headers[HEADER] = g.request_id
    if route() not in QUIET or status >= 400:
        tell = _log.error if status >= 500 else _log.info
        tell("request", method=_method(), status=status, ms=round(elapsed() * 1000, 1), user=_user())
    return response


def _forget(_: BaseException | None) -> None:
    """What this thread says next is not of this request."""
    structlog.contextvars.clear_contextvars()


def _method() -> str:
    """The verb; of a made-up one only that it is."""
    return request.method if request.method in _METHODS else "other"


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _user() -> str | None:
    """The id of who has logged in, if anybody has asked for it: to know it is a question to the database."""
    person = g.get("_login_user")
    return person.actor.id if person is not None and person.is_authenticated else None
