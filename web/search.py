"""Search: what is found while somebody types, and the page with all of it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from engine import customers, scripts
from engine.clock import SHANGHAI
from engine.customers import archive
from engine.model import Actor
from engine.queries import finding
from engine.queries.finding import Found
from engine.queries.scripts import may_read
from engine.scripts import Entry, Wanted
from engine.search import EVERYTHING, STATES, Within
from web import identity
from web.identity import actor, needs
from web.wiring import parts

bp = Blueprint("search", __name__)
_LONGEST = 100
_FILTERS = ("process", "state", "since", "until")
_SUGGESTED = 5


def may_search(person: Actor) -> bool:
    """Who sees cases, or starts them."""
    return identity.sees_cases(person) or identity.starts_cases(person)


@bp.get("/search")
@needs(may_search)
def index() -> ResponseReturnValue:
    """A page of what is found; the words, what they are limited to and the place stand in the address."""
    sought = _sought()
    query = {name: request.args.get(name, "").strip()[:64] for name in _FILTERS}
    query = {name: text for name, text in query.items() if text}
    within = _within(query)
    after = request.args.get("after")
    found = None
    if sought:
        found = finding.find(parts().db, parts().definitions, actor(), sought, within=within, after=after)
    processes = [(deployed.process_id, deployed.name) for deployed in parts().definitions.all_latest()]
    first = found is not None and after is None and not query
    beside = _beside(found, sought) if found is not None and first else {}
    return render_template(
        "search/index.html", found=found, sought=sought, query=query, after=after, processes=processes, **beside
    )


@bp.get("/search/suggestions")
@needs(may_search)
def suggestions() -> ResponseReturnValue:
    """The few best for a list under the search box; nothing for nothing."""
    sought = _sought()
    if not sought:
        return Response("")
    found = finding.find(
        parts().db, parts().definitions, actor(), sought, limit=_SUGGESTED, orders=_SUGGESTED, within=EVERYTHING
    )
    return render_template("search/_suggestions.html", found=found, sought=sought, **_beside(found, sought))


def _beside(found: Found, sought: str) -> dict[str, Any]:
    """Texts that hold the words, for who may read them, and the buyer's entry with calls, visits and papers."""
    person, now = actor(), parts().clock.now()
    with parts().db.read() as connection:
        texts: tuple[Entry, ...] = ()
        if may_read(person):
            texts = scripts.list_scripts(connection, person, Wanted(text=sought), now=now, limit=_SUGGESTED).entries
        key = None
        if found.buyer is not None and customers.may_read(person):
            key = archive.find_key(connection, found.buyer.customer_id)
    return {"texts": texts, "archive": key}


def _sought() -> str:
    return " ".join(request.args.get("q", "").replace("\x00", "").split())[:_LONGEST]


def _within(query: dict[str, str]) -> Within:
    """What the address limits the search to; what cannot be read is taken out of it."""
    if query.get("state") not in STATES:
        query.pop("state", None)
    days = {name: _day(query[name]) for name in ("since", "until") if name in query}
    for name in [name for name, day in days.items() if day is None]:
        query.pop(name)
    until = days.get("until")
    return Within(
        process_id=query.get("process"),
        state=query.get("state"),
        since=_begin_of(days.get("since")),
        until=_begin_of(until + timedelta(days=1)) if until and until < date.max else None,
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2200 else None


def _begin_of(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, SHANGHAI)
