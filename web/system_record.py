"""The system's own record: who logged in, changed rules or accounts, deployed, exported, repaired, checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine import access, accounts
from engine.clock import SHANGHAI
from engine.model import Value
from engine.queries.system_record import Asked, list_system
from web import format as words
from web import system_words
from web.audit_tabs import reads_system
from web.identity import actor, needs
from web.wiring import parts

bp = Blueprint("system_record", __name__)
_LONGEST = 120
_MOST_DIGITS = 15
_FIRST_YEAR = 1970


@bp.get("/audit/system")
@needs(reads_system)
def index() -> ResponseReturnValue:
    """A page of it, the newest first; who reads administrators' acts only sees those of people and rules."""
    query = {
        name: request.args.get(name, "").strip()[:64] for name in ("subject", "person", "since", "until", "before")
    }
    query = {name: text for name, text in query.items() if text}
    everything = access.reach(actor(), "P23") is access.Reach.YES
    subjects = {
        code: word for code, (word, _) in system_words.SUBJECTS.items() if everything or code in ("people", "rules")
    }
    kinds = system_words.kinds_of(query.get("subject", ""))
    if not everything and query.get("subject") not in subjects:
        kinds = system_words.kinds_of("people") | system_words.kinds_of("rules")
    since, until = _day(query.get("since")), _day(query.get("until"))
    asked = Asked(
        kinds=kinds,
        actor=query.get("person", ""),
        since=None if since is None else _begin(since),
        until=None if until is None else _begin(until + timedelta(days=1)),
    )
    before = query.pop("before", "")
    with parts().db.read() as connection:
        page = list_system(
            connection, asked, before=int(before) if before.isdecimal() and len(before) < _MOST_DIGITS else None
        )
    return render_template(
        "audit/system.html",
        page=page,
        query=query,
        subjects=subjects,
        said=system_words.SAID,
        told=_told,
        people=sorted((account.id, account.name) for account in accounts.list_accounts(parts().db)),
        first=not before,
    )


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if _FIRST_YEAR <= day.year < date.max.year else None


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _told(value: Mapping[str, Value]) -> list[tuple[object, str, bool]]:
    """What an event says: names, values, and whether they lead to a case. Long ones are cut, empty ones left out."""
    found = []
    for name, item in value.items():
        if item is None or item == "":
            continue
        shown = words.value(item)
        said = system_words.NAMES.get(name, name)
        leads = name in ("case", "case_id") and shown.isdecimal()
        found.append((said, shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…", leads))
    return found
