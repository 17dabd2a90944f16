"""Proof that a form was made for somebody: it lets what was typed survive a log-in that ran out meanwhile.

Whoever posts a form without being logged in gets the log-in page, which carries what was typed. Only the person for
whom the form was made gets it back; nobody else can put words into somebody's drafts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from flask import current_app, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer

from engine.drafts import appraisal_of, check_of, evaluation_of, event_of
from web import posted

#: Larger forms are not carried through the log-in page.
_MAX_KEPT: Final = 400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a form held when the log-in had run out."""

    token: str
    user: str
    subject: str
    fields: dict[str, str | list[str]]

    @property
    def packed(self) -> str:
        """The fields as one text, for the log-in page."""
        return json.dumps(self.fields, ensure_ascii=False)


def sign(user: str, subject: str) -> str:
    """The hidden field of a form."""
    return str(_signer().dumps([user, subject]))


def read(token: str) -> tuple[str, str] | None:
    """Whose form a token belongs to, and of what; None: it is none of ours."""
    try:
        user, subject = _signer().loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    return (user, subject) if isinstance(user, str) and isinstance(subject, str) else None


def is_kept() -> bool:
    """Whether this request sends a form in the window, whose content the log-in page can carry."""
    by_script = "HX-Request" in request.headers or "quiet" in request.args
    return request.method == "POST" and not by_script and read(request.form.get(posted.DRAFT, "")) is not None


def posted_form() -> Kept | None:
    """The form of this request, if it was made for somebody."""
    token = request.form.get(posted.DRAFT, "")
    found = read(token) if token else None
    if found is None:
        return None
    return Kept(token=token, user=found[0], subject=found[1], fields=posted.fields())


def carried() -> Kept | None:
    """The form that the log-in page of this request carried."""
    token, packed = request.form.get(posted.DRAFT, ""), request.form.get("_kept", "")
    found = read(token) if token and len(packed) <= _MAX_KEPT else None
    if found is None:
        return None
    try:
        fields = json.loads(packed)
    except ValueError:
        return None
    return Kept(token=token, user=found[0], subject=found[1], fields=_texts(fields))


def page_of(subject: str) -> str:
    """The address of the page on which a subject's form stands."""
    kind, _, rest = subject.partition(":")
    if kind == "task":
        return url_for("desk.task", task_id=int(rest))
    event = event_of(subject)
    if event is not None:
        return url_for("case_events.show", case_id=event[0], event_id=event[1])
    check, written, month = check_of(subject), appraisal_of(subject), evaluation_of(subject)
    if check is not None:
        return url_for("quality.show", check_id=check[1])
    if written is not None:
        return url_for("appraisals.show", person=written[1], month=written[2])
    if month is not None:
        return url_for("survey.show", month=month)
    process_id, _, order_id = rest.partition(":")
    return url_for("start.form", process_id=process_id, order_id=order_id or None)


def _texts(fields: object) -> dict[str, str | list[str]]:
    """Only what a browser could have posted."""
    found: dict[str, str | list[str]] = {}
    for name, value in fields.items() if isinstance(fields, dict) else ():
        if isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            found[str(name)] = value
    return found


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or b"", salt="drafts.form")
