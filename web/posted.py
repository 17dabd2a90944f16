"""What an HTML form posts, taken apart: the form's own fields, and the page's."""

from __future__ import annotations

import json
import unicodedata
from hashlib import sha256
from typing import Any
from uuid import uuid4

from flask import request

#: Fields of the page itself; none of them can be an id in a form (ids begin with a letter).
TOKEN = "csrf_token"  # noqa: S105  # the name of a field
KEY = "_submission_key"
ROWS = "_rows"
#: How often the task's progress had been saved when the page was made.
SEEN = "_seen"
#: The tick of who stands by what the form promises to a customer.
PROMISED = "_promised"
#: Whose form it is, see web.draft_tokens.
DRAFT = "_draft"
_OWN = frozenset({DRAFT, TOKEN, KEY, ROWS, SEEN, PROMISED, "_next"})
_MAX_KEY = 40
_MAX_DIGITS = 10


def fields() -> dict[str, str | list[str]]:
    """The form's fields: a text each, or a list where the browser sent several of one name."""
    return {name: texts[0] if len(texts) == 1 else texts for name, texts in request.form.lists() if name not in _OWN}


def sent_object() -> dict[str, Any]:
    """The JSON object that a script has sent; an empty one where it is none, or nested without end."""
    try:
        sent = request.get_json(silent=True)
    except RecursionError:
        return {}
    return sent if isinstance(sent, dict) else {}


def edit_of_rows() -> str:
    """Which button of a list was pressed: a row is added or removed; "" for none."""
    return request.form.get(ROWS, "")


def new_key() -> str:
    """A key made when a form is rendered: sent twice, it is the same submission."""
    return uuid4().hex


def sent_key() -> str | None:
    """The key as it came with the form; None from who has none."""
    sent = request.form.get(KEY, "")
    return sent if 0 < len(sent) <= _MAX_KEY and sent.isascii() and sent.isalnum() else None


def seen() -> int | None:
    """How often progress had been saved when the page was made; None: it does not say."""
    return number(SEEN)


def number(name: str) -> int | None:
    """A number of the page itself, such as the version that it was made of; None for anything else."""
    sent = request.form.get(name, "").strip()
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < _MAX_DIGITS else None


def version(name: str) -> int:
    """Which version or revision the page was made of; one that there never is where somebody has tampered with it."""
    found = number(name)
    return -1 if found is None else found


def key() -> str | None:
    """The key of this submission: that of the form with a digest of what was typed.

    Who goes back to a form that was taken, changes it and sends it again says something new: it must not be answered
    as a repetition. None without a key, and then nothing is recognised as a repetition.
    """
    sent = sent_key()
    if sent is None:
        return None
    typed = json.dumps(sorted((name, texts) for name, texts in request.form.lists() if name not in _OWN) + _files())
    return f"{sent}-{sha256(typed.encode()).hexdigest()[:16]}"


def _files() -> list[tuple[str, list[str]]]:
    """What files came with the form itself, by their content."""
    found = []
    for name, file in request.files.items(multi=True):
        found.append((name, [file.filename or "", sha256(file.stream.read()).hexdigest()]))
        file.stream.seek(0)
    return found


def text(name: str, most: int) -> str:
    """A short text of the page itself, without characters that show nothing or turn the reading direction."""
    sent = request.form.get(name, "")
    return "".join(char for char in sent if char == "\n" or unicodedata.category(char)[0] != "C").strip()[:most]
