"""What a search shows: cases, orders and the buyer, with the words in their places; personal data masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine import search
from engine.model import Actor
from engine.queries.base import page_size
from engine.queries.case_views import CaseRow
from engine.queries.cases import read_rows
from engine.queries.visibility import visible_case
from engine.search import EVERYTHING, Buyer, OrderHit, Snippet, Within

if TYPE_CHECKING:
    from engine.definitions import Definitions
    from engine.store.database import Database

#: Orders beside the cases; an order is mostly sought by its number.
ORDERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCase:
    """A case with what was found in it."""

    row: CaseRow
    #: Found by its own number, or by that of its order, parcel or customer.
    exact: bool
    snippets: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of what was found; orders and the buyer on the first one only."""

    cases: tuple[FoundCase, ...]
    next_after: str | None
    #: Whether so many cases have parts of the words that not all of them were looked into.
    cut: bool
    orders: tuple[OrderHit, ...]
    buyer: Buyer | None
    #: Whether every case has been indexed; while it is not, older ones may be missing.
    whole: bool


def find(
    db: Database,
    definitions: Definitions,
    actor: Actor,
    text: str,
    *,
    within: Within = EVERYTHING,
    after: str | None = None,
    limit: int = 20,
    orders: int = ORDERS,
) -> Found:
    """What the actor finds by a text.

    Args:
        db: where to look.
        definitions: for names.
        actor: who looks.
        text: as typed; words are joined by spaces, phrases stand in quotation marks.
        within: what cases must be besides; orders and the buyer are left out when it says anything.
        after: ``next_after`` of the page before.
        limit: cases of a page, 200 at most.
        orders: at most so many.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    beside = after is None and within == EVERYTHING
    with db.read() as connection:
        hits = search.find(
            connection, actor, text, visible=visible_case(actor), limit=page_size(limit), within=within, after=after
        )
        rows = {row.case_id: row for row in read_rows(connection, definitions, [hit.key for hit in hits.cases])}
        return Found(
            cases=tuple(FoundCase(row=rows[hit.case_id], exact=hit.exact, snippets=hit.snippets) for hit in hits.cases),
            next_after=hits.next_after,
            cut=hits.cut,
            orders=search.find_orders(connection, actor, text, limit=orders) if beside else (),
            buyer=search.find_buyer(connection, actor, text) if beside else None,
            whole=search.is_whole(connection),
        )
