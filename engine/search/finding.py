"""Finds cases: open ones before closed ones, newest first, each asked of the index in small portions.

A word that stands in every third case costs no more than a rare one: the index is walked from its newest end, within
what the person may see, until a page is full.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, select, true, union
from sqlalchemy import text as sql

from engine.clock import to_microseconds
from engine.errors import NotFound
from engine.model import Actor, InstanceStatus
from engine.search import asking, document
from engine.search.asking import Question
from engine.search.document import Document, unpacked
from engine.search.index import CASES
from engine.search.snippets import Snippet, snippets
from engine.search.words import EVERYBODY, Sight, expression, is_number, sight_of
from engine.store.tables import parcel, process_instance, search_case, shop_order

RUNNING: Final = (InstanceStatus.ACTIVE.value, InstanceStatus.SUSPENDED.value)
_PORTION: Final = 60
#: Cases that have the pairs of the words are looked into, whether they have the words: not more than so many.
_MOST_READ: Final = 1500
#: The index may be behind in who sees what: after so many cases that may not be seen it is asked by what is sure only,
#: and after so many it is asked no more.
_WIDE_DENIED: Final = 180
_MOST_DENIED: Final = 900
_MOST_EXACT: Final = 100
_CURSOR: Final = re.compile(r"([oc])([0-9]{1,18})")
_WALK: Final = sql(
    f"SELECT rowid FROM {CASES} WHERE {CASES} MATCH :asked AND rowid < :before AND rowid >= :first "
    "ORDER BY rowid DESC LIMIT :portion"
)
_FAR: Final = 10**18 - 1
STATES: Final = {"open": document.OPEN, "closed": document.CLOSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """What a search is limited to."""

    process_id: str | None = None
    #: open or closed.
    state: str | None = None
    #: Cases opened from then on, and before then.
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING: Final = Within()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A case in which the words were found."""

    key: int
    #: Found by its own number, or by that of its order, parcel or customer.
    exact: bool
    snippets: tuple[Snippet, ...]

    @property
    def case_id(self) -> str:
        """The case's number."""
        return str(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """A page of cases."""

    cases: tuple[Hit, ...]
    #: Where the next page begins; None: there is none.
    next_after: str | None
    #: Whether so many cases have parts of the words that not all of them were looked into.
    cut: bool


NONE: Final = Hits(cases=(), next_after=None, cut=False)


def find(
    connection: Connection,
    actor: Actor,
    text: str,
    *,
    visible: ColumnElement[bool],
    limit: int,
    within: Within = EVERYTHING,
    after: str | None = None,
) -> Hits:
    """A page of the cases that the actor may see and that have all words of a text.

    Args:
        connection: a snapshot.
        actor: who looks: P05 says where, P12 whether personal data may be looked for.
        text: as typed.
        visible: the condition, on rows of process_instance, that the actor may see the case.
        limit: cases of a page.
        within: what else they must be.
        after: ``next_after`` of the page before.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    search = _Search(connection, asking.read(text), sight_of(actor), visible, within)
    exact = search.exact()
    keys = [] if after else exact[:limit]
    walk = search.walk(_place(after), skip=set(exact))
    for key in walk:
        keys.append(key)
        if len(keys) > limit:
            break
    page = keys[:limit]
    found = search.documents(page)
    return Hits(
        cases=tuple(
            Hit(key=key, exact=key in exact, snippets=search.snippets(found[key]) if key in found else ())
            for key in page
        ),
        next_after=search.cursor(page[-1]) if len(keys) > limit else None,
        cut=search.cut,
    )


def cases_matching(connection: Connection, text: str, limit: int, actor: Actor | None = None) -> list[str]:
    """Ids of cases that have all words of a text, open ones first, then the newest; callers filter by what is visible.

    Args:
        connection: a snapshot.
        text: as typed.
        limit: at most so many.
        actor: only cases that this person may see, as far as the index knows; by personal data too where P12 allows.
            None: all cases, but not by personal data.
    """
    sight = EVERYBODY if actor is None else sight_of(actor)
    search = _Search(connection, asking.read(text), sight, true(), EVERYTHING)
    exact = search.exact()
    keys = exact[:limit]
    if len(keys) < limit:
        for key in search.walk(None, skip=set(exact)):
            keys.append(key)
            if len(keys) == limit:
                break
    return list(map(str, keys))


def document_of(connection: Connection, key: int) -> Document | None:
    """What the index has of a case, or None."""
    body = connection.execute(select(search_case.c.body).where(search_case.c.key == key)).scalar()
    return None if body is None else unpacked(body)


class _Search:
    """One question, in one snapshot."""

    def __init__(
        self, connection: Connection, question: Question, sight: Sight, visible: ColumnElement[bool], within: Within
    ) -> None:
        self._connection = connection
        self._question = question
        self._sight = sight
        self._visible = visible
        self._within = within
        self._numbers = sight is not EVERYBODY
        self._state_of: dict[int, str] = {}
        #: Cases that the index gave and that may not be seen.
        self._denied = 0
        self.cut = False

    def exact(self) -> list[int]:
        """Cases with this number, or of this order, parcel or customer, as they are now; the newest first."""
        sought = self._question.text.strip('"“”')
        if not sought or self._sight.visible == frozenset():
            return []
        spellings = list({sought, sought.upper()})
        orders = select(shop_order.c.order_id).where(shop_order.c.waybill_no.in_(spellings))
        sent = select(parcel.c.order_id).where(parcel.c.waybill_no.in_(spellings), parcel.c.order_id.is_not(None))
        of_parcel = list(self._connection.execute(union(orders, sent)).scalars())
        case_id = process_instance.c.case_id
        by = [
            select(case_id).where(case_id == sought),
            select(case_id).where(process_instance.c.order_id.in_([*spellings, *of_parcel])),
            select(case_id).where(process_instance.c.customer_id.in_(spellings)),
        ]
        keys = {int(one) for one in self._connection.execute(union(*by)).scalars()}
        return self._seen(sorted(keys, reverse=True)[:_MOST_EXACT])

    def walk(self, place: tuple[str, int] | None, *, skip: set[int]) -> Iterator[int]:
        """Keys of the cases that the index has, in the order in which they are shown.

        Bounded by the cases that may be seen, of which ``cut`` tells, and by those that may not, of which nothing does.
        """
        left = _MOST_READ
        for state, before in self._ways(place):
            for keys in self._portions(state, before):
                seen = self._seen(keys)
                self._state_of.update(dict.fromkeys(seen, state))
                yield from (key for key in self._answers(seen) if key not in skip)
                left -= len(seen)
                self._denied += len(keys) - len(seen)
                if left <= 0:
                    self.cut = True
                    return
                if self._denied >= _MOST_DENIED:
                    return

    def documents(self, keys: Sequence[int]) -> dict[int, Document]:
        """What the index has of these cases."""
        query = select(search_case.c.key, search_case.c.body).where(search_case.c.key.in_(keys))
        return {row.key: unpacked(row.body) for row in self._connection.execute(query)} if keys else {}

    def snippets(self, found: Document) -> tuple[Snippet, ...]:
        """Where the words are in a case."""
        return snippets(found, self._question, personal=self._personal(found))

    def cursor(self, key: int) -> str:
        """Where the page behind this case begins."""
        return f"{self._state_of[key][0]}{key}" if key in self._state_of else f"o{_FAR}"

    def _ways(self, place: tuple[str, int] | None) -> Iterator[tuple[str, int]]:
        """The states to walk through, each with the key before which it begins."""
        wanted = [state for state in STATES if self._within.state in (None, state)]
        begun = place is None
        for state in wanted:
            if place is not None and state.startswith(place[0]):
                begun = True
                yield state, place[1]
            elif begun:
                yield state, _FAR

    def _portions(self, state: str, before: int) -> Iterator[list[int]]:
        marks = [STATES[state], *([document.process(self._within.process_id)] if self._within.process_id else [])]
        first = self._first_opened(self._within.since) if self._within.since else 0
        if self._within.until:
            before = min(before, self._first_opened(self._within.until))
        while (asked := expression(self._question, self._marks(), numbers=self._numbers, marks=marks)) is not None:
            values = {"asked": asked, "before": before, "first": first, "portion": _PORTION}
            keys = list(self._connection.execute(_WALK, values).scalars())
            if keys:
                yield keys
            if len(keys) < _PORTION:
                return
            before = keys[-1]

    def _marks(self) -> Sight:
        """By which the index is asked: where most of what it gives may not be seen, only by what is sure."""
        return self._sight if self._denied < _WIDE_DENIED else self._sight.narrow

    def _first_opened(self, instant: datetime) -> int:
        """Key of the first case that was opened from an instant on: keys rise with time."""
        query = select(search_case.c.key).where(search_case.c.opened_at >= to_microseconds(instant))
        found = self._connection.execute(query.order_by(search_case.c.opened_at, search_case.c.key).limit(1)).scalar()
        return _FAR if found is None else found

    def _answers(self, seen: list[int]) -> list[int]:
        """Those in which the words stand."""
        if self._question.certain:
            return seen
        found = self.documents(seen)
        return [key for key in seen if key in found and self._has_words(found[key])]

    def _has_words(self, found: Document) -> bool:
        return found.has(self._question, personal=self._personal(found))

    def _personal(self, found: Document) -> bool:
        return self._sight.looks_for_personal(found) or (self._numbers and any(map(is_number, self._question.words)))

    def _seen(self, keys: Sequence[int]) -> list[int]:
        """Those that the actor may see and that are what is wanted."""
        if not keys:
            return []
        query = select(process_instance.c.key).where(
            process_instance.c.key.in_(keys), process_instance.c.depth == 0, self._visible, *_conditions(self._within)
        )
        seen = set(self._connection.execute(query).scalars())
        return [key for key in keys if key in seen]


def _conditions(within: Within) -> Iterator[ColumnElement[bool]]:
    if within.process_id:
        yield process_instance.c.process_id == within.process_id
    if within.state in STATES:
        running = process_instance.c.status.in_(RUNNING)
        yield running if within.state == "open" else ~running
    if within.since:
        yield process_instance.c.opened_at >= to_microseconds(within.since)
    if within.until:
        yield process_instance.c.opened_at < to_microseconds(within.until)


def _place(after: str | None) -> tuple[str, int] | None:
    """The state and key behind which a page begins.

    Raises:
        NotFound: the text is none that a page gave.
    """
    if after is None:
        return None
    match = _CURSOR.fullmatch(after)
    if match is None:
        raise NotFound("there is no such page")
    return match[1], int(match[2])
