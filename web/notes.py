"""Notes for the next page: what happened, and where to go on."""

from __future__ import annotations

import json
from dataclasses import dataclass

from flask import Flask, flash, get_flashed_messages, session
from flask_login import current_user

from engine.errors import NotFound
from web.wiring import surroundings

#: So many wait for the next page at most, the newest: they travel in a cookie, and who sends one form after another
#: without looking at a page (a second window, a program) must not be logged out by its size.
_MOST = 5
_FLASHED = "_flashes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A sentence on top of a page."""

    #: done, warn or bad: colour and sign.
    kind: str
    text: str
    href: str | None = None
    link: str | None = None
    #: What the case waits for now.
    next_steps: tuple[str, ...] = ()


def add(
    text: str, kind: str = "done", *, href: str | None = None, link: str | None = None, case_id: str | None = None
) -> None:
    """Say it on the next page; of a case, also what it waits for by then."""
    flash(json.dumps([text, href, link, case_id], ensure_ascii=False), kind)
    if len(session[_FLASHED]) > _MOST:
        session[_FLASHED] = session[_FLASHED][-_MOST:]


def read() -> list[Note]:
    """The notes for this page; they are gone then."""
    found = []
    for flashed in get_flashed_messages(with_categories=True):
        kind, packed = flashed[0], flashed[1]
        text, href, link, case_id = json.loads(packed)
        found.append(Note(kind=kind, text=text, href=href, link=link, next_steps=_next_steps(case_id)))
    return found


def _next_steps(case_id: str | None) -> tuple[str, ...]:
    if case_id is None or not current_user.is_authenticated:
        return ()
    try:
        return surroundings().waits_for(case_id, current_user.actor)
    except NotFound:
        return ()


def install(app: Flask) -> None:
    """Give templates ``notes()``."""
    app.jinja_env.globals["notes"] = read
