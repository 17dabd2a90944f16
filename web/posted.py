"""What an HTML form posts, taken apart: the form's own fields, and the page's."""

from __future__ import annotations

from uuid import uuid4

from flask import request

#: Fields of the page itself; none of them can be an id in a form (ids begin with a letter).
TOKEN = "csrf_token"  # noqa: S105  # the name of a field
KEY = "_submission_key"
_OWN = frozenset({TOKEN, KEY, "_next"})
_MAX_KEY = 64


def fields() -> dict[str, str | list[str]]:
    """The form's fields: a text each, or a list where the browser sent several of one name."""
    return {name: texts[0] if len(texts) == 1 else texts for name, texts in request.form.lists() if name not in _OWN}


def new_key() -> str:
    """A key made when a form is rendered: sent twice, it is the same submission."""
    return uuid4().hex


def key() -> str | None:
    """The key that came with the form; None from who has none, and then nothing is recognised as a repetition."""
    sent = request.form.get(KEY, "")
    return sent if 0 < len(sent) <= _MAX_KEY and sent.isascii() and sent.isalnum() else None
