"""How rows are counted: one query gives person, hit and weight of each; sums, counts and lists are made of it.

A list therefore has exactly the rows that the number counts.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from string import ascii_uppercase
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, literal_column, or_, select

from engine.clock import from_microseconds, to_microseconds
from engine.errors import NotFound
from engine.kpi.periods import Period
from engine.kpi.rules import Rules

PAGE: Final = 50
#: What EXISTS selects: with every column an index that has those of the condition would not be enough.
ONE: Final[ColumnElement[int]] = literal_column("1")
_ASCII_LOWER: Final = {ord(letter): letter.lower() for letter in ascii_uppercase}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """For which time, by which rules, as of when."""

    connection: Connection
    period: Period
    rules: Rules
    now: datetime
    #: Account → the words by which files name it.
    words: Mapping[str, frozenset[str]]
    #: Rows read once for several measures, by their query and the people.
    read: dict[tuple[object, frozenset[str] | None], Sequence[Row[Any]]]

    @property
    def since(self) -> int:
        """The period's first microsecond."""
        return self.period.since

    @property
    def until(self) -> int:
        """The first microsecond behind the period."""
        return self.period.until

    @property
    def now_us(self) -> int:
        """The present microsecond."""
        return to_microseconds(self.now)


class Side(StrEnum):
    """Which rows of a fraction: those of the denominator, of the numerator, or the rest."""

    ALL = "all"
    HIT = "hit"
    MISS = "miss"


@dataclass(slots=True)
class Tally:
    """Σ hit and Σ weight, and how many rows have a weight."""

    hit: Decimal = Decimal(0)
    weight: Decimal = Decimal(0)

    def add(self, hit: Decimal | int, weight: Decimal | int) -> None:
        """Add a row, or the sums of several."""
        self.hit += hit
        self.weight += weight


#: (row) → (hit, weight), where SQL cannot say it; weight 0 leaves the row out.
Measure = Callable[[Row[Any]], tuple[Decimal | int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One kind of rows.

    ``query`` gives the columns person (account, or the word of a file; null: nobody's), at (microseconds), ref (unique
    number or text), case_id (null: none), hit, weight and what (a text for people), and whatever ``measure`` reads.
    """

    id: str
    #: What a row is, for people: 已结工单.
    name: str
    query: Callable[[Scope], Select[Any]]
    measure: Callable[[Scope], Measure] | None = None
    #: The persons are words of files, not accounts.
    by_word: bool = False
    #: Rows that several kinds of facts are summed from, read once for all of them, and what of each row is this kind's;
    #: null: from ``query``. Their sums are those of ``query``.
    together: tuple[Callable[[Scope], Select[Any]], Callable[[Scope], Measure]] | None = None
    #: One row may count for several people, and its column ``same`` says which rows are one: the rows that count for
    #: any of them, by their words (None: of everybody).
    whole: Callable[[Scope, frozenset[str] | None], Select[Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One row of a list."""

    person: str
    at: datetime
    ref: str
    case_id: str | None
    what: str
    hit: Decimal
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """Some rows, the newest first; ``next_after`` is the place of the next page, None on the last."""

    items: tuple[Item, ...]
    next_after: str | None


def sum_up(facts: Facts, scope: Scope, people: frozenset[str] | None = None) -> dict[str, Tally]:
    """Account → sums; "" is what belongs to nobody known. One query for all people.

    Args:
        facts: which rows.
        scope: when, by which rules.
        people: only these accounts; None: everybody.
    """
    found: dict[str, Tally] = {}
    resolve = _resolver(facts, scope)
    if facts.whole is not None:
        seen: set[tuple[str, str]] = set()
        for row in _read(facts.query, facts, scope, people):
            account = resolve(row.person)
            if (account, row.same) not in seen:
                seen.add((account, row.same))
                found.setdefault(account, Tally()).add(_exact(row.hit), _exact(row.weight))
        return found
    query, measuring = facts.together or (facts.query, facts.measure)
    if measuring is None:
        rows = _narrowed(facts, scope, people).subquery()
        summed = select(rows.c.person, func.sum(rows.c.hit), func.sum(rows.c.weight)).group_by(rows.c.person)
        for person, hit, weight in scope.connection.execute(summed):
            found.setdefault(resolve(person), Tally()).add(_exact(hit), _exact(weight))
        return found
    measure = measuring(scope)
    sums: dict[str | None, list[Decimal | int]] = {}
    for row in _read(query, facts, scope, people):
        hit, weight = measure(row)
        if weight:
            known = sums.get(row.person)
            if known is None:
                sums[row.person] = [hit, weight]
            else:
                known[0] += hit
                known[1] += weight
    for person, (hits, weights) in sums.items():
        found.setdefault(resolve(person), Tally()).add(Decimal(hits), Decimal(weights))
    return found


def _read(
    query: Callable[[Scope], Select[Any]], facts: Facts, scope: Scope, people: frozenset[str] | None
) -> Sequence[Row[Any]]:
    """The rows of these people, read once for all kinds that ask for them."""
    key = (query, people)
    if key not in scope.read:
        scope.read[key] = scope.connection.execute(_narrowed(facts, scope, people, query)).all()
    return scope.read[key]


def whole_of(facts: Facts, scope: Scope, sums: Mapping[str, Tally], people: frozenset[str] | None) -> Tally:
    """The sum over people; where one row may count for several of them it is counted once."""
    total = Tally()
    everybodys = scope.read.get((facts.query, None)) if facts.whole is not None else None
    if everybodys is not None:
        # What a row counts for does not depend on whose it is.
        words = _words(scope, people)
        once = {row.same: row for row in everybodys if words is None or _as_sql(row.person) in words}
        for row in once.values():
            total.add(_exact(row.hit), _exact(row.weight))
        return total
    if facts.whole is not None:
        rows = facts.whole(scope, _words(scope, people)).subquery()
        summed = select(func.sum(rows.c.hit), func.sum(rows.c.weight)).select_from(rows)
        hit, weight = scope.connection.execute(summed).one()
        total.add(_exact(hit), _exact(weight))
        return total
    for person, tally in sums.items():
        if people is None or person in people:
            total.add(tally.hit, tally.weight)
    return total


def count_items(facts: Facts, scope: Scope, side: Side, people: frozenset[str] | None = None) -> int:
    """How many rows a list has."""
    if facts.measure is None:
        rows = _sided(_listed(facts, scope, people), side).subquery()
        return int(scope.connection.execute(select(func.count()).select_from(rows)).scalar_one())
    return len(_measured(facts, scope, side, people))


def list_items(
    facts: Facts,
    scope: Scope,
    side: Side,
    *,
    people: frozenset[str] | None = None,
    after: str | None = None,
    limit: int = PAGE,
) -> ItemPage:
    """A page of the rows, the newest first.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    place = _read_place(after)
    if facts.measure is None:
        rows = _sided(_listed(facts, scope, people), side).subquery()
        query = select(rows).order_by(rows.c.at.desc(), rows.c.ref.desc()).limit(limit + 1)
        if place is not None:
            at, ref = place
            query = query.where(or_(rows.c.at < at, and_(rows.c.at == at, rows.c.ref < ref)))
        found = [_item(row, facts, scope, row.hit, row.weight) for row in scope.connection.execute(query)]
    else:
        every = sorted(_measured(facts, scope, side, people), key=lambda one: (one.at, _ref(one.ref)), reverse=True)
        if place is not None:
            behind = (from_microseconds(place[0]), _ref(str(place[1])))
            every = [one for one in every if (one.at, _ref(one.ref)) < behind]
        found = every[: limit + 1]
    page = tuple(found[:limit])
    return ItemPage(items=page, next_after=_write_place(page[-1]) if len(found) > limit else None)


def _measured(facts: Facts, scope: Scope, side: Side, people: frozenset[str] | None) -> list[Item]:
    assert facts.measure is not None  # noqa: S101  callers have asked
    measure = facts.measure(scope)
    found = []
    for row in scope.connection.execute(_listed(facts, scope, people)):
        hit, weight = measure(row)
        kept = weight and (side is Side.ALL or (hit > 0) == (side is Side.HIT))
        if kept:
            found.append(_item(row, facts, scope, hit, weight))
    return found


def _item(row: Row[Any], facts: Facts, scope: Scope, hit: Any, weight: Any) -> Item:
    return Item(
        person=_resolver(facts, scope)(row.person),
        at=from_microseconds(row.at),
        ref=str(row.ref),
        case_id=row.case_id,
        what=row.what or "",
        hit=_exact(hit),
        weight=int(weight),
    )


def _narrowed(
    facts: Facts, scope: Scope, people: frozenset[str] | None, of: Callable[[Scope], Select[Any]] | None = None
) -> Select[Any]:
    query = (of or facts.query)(scope)
    if people is None:
        return query
    rows = query.subquery()
    if facts.by_word:
        return select(rows).where(func.lower(func.trim(rows.c.person)).in_(sorted(_words(scope, people) or ())))
    return select(rows).where(rows.c.person.in_(sorted(people)))


def _words(scope: Scope, people: frozenset[str] | None) -> frozenset[str] | None:
    """The words by which files name these accounts; None: everybody."""
    if people is None:
        return None
    return frozenset(word for person in people for word in scope.words.get(person, frozenset({person.lower()})))


def _listed(facts: Facts, scope: Scope, people: frozenset[str] | None) -> Select[Any]:
    """The rows of a list: where one may count for several people, it stands there once."""
    if facts.whole is not None:
        return facts.whole(scope, _words(scope, people))
    return _narrowed(facts, scope, people)


def _sided(query: Select[Any], side: Side) -> Select[Any]:
    rows = query.subquery()
    wanted = select(rows).where(rows.c.weight > 0)
    if side is Side.HIT:
        return wanted.where(rows.c.hit > 0)
    return wanted.where(rows.c.hit <= 0) if side is Side.MISS else wanted


def _resolver(facts: Facts, scope: Scope) -> Callable[[str | None], str]:
    if not facts.by_word:
        return lambda person: person or ""
    known = {word: person for person, words in scope.words.items() for word in words}
    return lambda word: known.get(_word(word), "")


def _word(text: str | None) -> str:
    """How a file's name of a person is compared."""
    return (text or "").strip().lower()


def _as_sql(text: str | None) -> str:
    """The same as lists compare it: SQLite trims spaces only, and lowers ASCII only."""
    return (text or "").strip(" ").translate(_ASCII_LOWER)


def _exact(value: Any) -> Decimal:
    return Decimal(0) if value is None else Decimal(int(value))


def _ref(ref: str) -> tuple[int, str]:
    """Numbers order as numbers."""
    return (int(ref), "") if ref.isascii() and ref.isdigit() else (-1, ref)


def _write_place(item: Item) -> str:
    return f"{to_microseconds(item.at)}.{base64.urlsafe_b64encode(item.ref.encode()).decode().rstrip('=')}"


def _read_place(text: str | None) -> tuple[int, Any] | None:
    if not text:
        return None
    at, dot, packed = text.partition(".")
    if not dot or not (at.isascii() and at.isdigit() and len(at) <= 18) or len(packed) > 200:
        raise NotFound("there is no such page")
    try:
        ref = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as problem:
        raise NotFound("there is no such page") from problem
    return int(at), int(ref) if ref.isascii() and ref.isdigit() and len(ref) <= 18 else ref
