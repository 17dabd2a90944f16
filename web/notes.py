"""Notes for the next page: what happened, and where to go on."""

from __future__ import annotations

import json
from dataclasses import dataclass

from flask import Flask, flash, get_flashed_messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A sentence on top of a page."""

    #: done, warn or bad: colour and sign.
    kind: str
    text: str
    href: str | None = None
    link: str | None = None


def add(text: str, kind: str = "done", *, href: str | None = None, link: str | None = None) -> None:
    """Say it on the next page."""
    flash(json.dumps([text, href, link], ensure_ascii=False), kind)


def read() -> list[Note]:
    """The notes for this page; they are gone then."""
    found = []
    for flashed in get_flashed_messages(with_categories=True):
        kind, packed = flashed[0], flashed[1]
        text, href, link = json.loads(packed)
        found.append(Note(kind=kind, text=text, href=href, link=link))
    return found


def install(app: Flask) -> None:
    """Give templates ``notes()``."""
    app.jinja_env.globals["notes"] = read
