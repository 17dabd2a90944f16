"""What somebody asks of a register, as the page's address says it: filters, order and place."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from engine.errors import NotFound
from engine.masking import mask_within
from engine.model import Value
from engine.registers.columns import Column, Kind
from engine.store.register_cells import sort_key

#: What stands before a column's id and a dot in an address.
HOW: Final = frozenset({"is", "from", "to"})
_MAX_TEXT: Final = 64
#: Behind every text that begins so.
_BEHIND: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """Keys of a column's cells, both bounds included."""

    column: str
    least: str
    greatest: str
    #: ``is``, ``from`` or ``to``, and what was typed, personal data masked: for people.
    how: str = "is"
    shown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Filters and order of a register's rows."""

    text: str = ""
    #: Days of the shop's calendar on which rows were opened.
    since: date | None = None
    until: date | None = None
    criteria: tuple[Criterion, ...] = ()
    #: Column to sort by; "": by the time at which rows were opened.
    sort: str = ""
    descending: bool = True
    #: No row opened later than this one; for exports.
    last_row: int | None = None
    #: Only rows of cases of these people's team (see store.teams); None: of everybody's.
    team: frozenset[str] | None = None


def read_asked(arguments: Mapping[str, str], columns: Iterable[Column]) -> tuple[Asked, dict[str, str]]:
    """What an address asks.

    Args:
        arguments: name → text: ``text``, ``since``, ``until``, ``sort``, ``order``; ``is.<column>``, ``from.<column>``
            and ``to.<column>``. Others are passed over.
        columns: the register's.

    Returns:
        The filters, and by argument what could not be read (and is left out), in a sentence in Chinese.
    """
    known = {column.id: column for column in columns}
    given = {name: text.strip()[:_MAX_TEXT] for name, text in arguments.items() if text.strip()}
    problems: dict[str, str] = {}
    criteria = []
    for name, text in sorted(given.items()):
        prefix, dot, column_id = name.partition(".")
        column = known.get(column_id)
        if not dot or prefix not in HOW or column is None or not column.findable:
            continue
        key = _key(column, text)
        if key is None:
            problems[name] = _WRONG[column.kind]
        else:
            criteria.append(_criterion(prefix, column, key, _shown(column, text)))
    sort = given.get("sort", "")
    asked = Asked(
        text=mask_within(given.get("text", "")),
        since=_day("since", given, problems),
        until=_day("until", given, problems),
        criteria=tuple(criteria),
        sort=sort if sort in known and known[sort].findable else "",
        descending=given.get("order", "desc" if not sort else "asc") != "asc",
    )
    return asked, problems


_WRONG: Final[Mapping[Kind, str]] = {
    Kind.NUMBER: "请填数字,如 199 或 19.90。",
    Kind.DATE: "请填日期,如 2026-01-02。",
    Kind.BOOLEAN: "请选择是或否。",
    Kind.TEXT: "请换一个值。",
    Kind.CHOICE: "请换一个值。",
}


def _key(column: Column, text: str) -> str | None:
    """The key of a typed value; None: it is none of the column's kind."""
    if column.kind is Kind.NUMBER:
        try:
            value = Decimal(text.replace(",", "").replace("¥", ""))
        except InvalidOperation:
            return None
        return sort_key(value) if value.is_finite() else None
    if column.kind is Kind.DATE:
        day = _read_day(text)
        return None if day is None else sort_key(day)
    if column.kind is Kind.BOOLEAN:
        return {"true": "b1", "false": "b0"}.get(text)
    masked = column.masked(text)
    return sort_key(masked if isinstance(masked, str) else text)


def _criterion(how: str, column: Column, key: str, shown: str) -> Criterion:
    """A day holds all its times; a bound that is not given is the kind's own."""
    least = key[0] if how == "to" else key
    greatest = key[0] if how == "from" else key
    if how == "from" or column.kind is Kind.DATE:
        greatest += _BEHIND
    return Criterion(column=column.id, least=least, greatest=greatest, how=how, shown=shown)


def _shown(column: Column, text: str) -> str:
    return str(column.said(column.masked(text)))


def _day(name: str, given: Mapping[str, str], problems: dict[str, str]) -> date | None:
    if name not in given:
        return None
    day = _read_day(given[name])
    if day is None:
        problems[name] = _WRONG[Kind.DATE]
    return day


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def encode_asked(asked: Asked) -> dict[str, Value]:
    """The filters and the order as a value that can be kept."""
    return {
        "text": asked.text,
        "since": asked.since,
        "until": asked.until,
        "sort": asked.sort,
        "descending": asked.descending,
        "criteria": [asdict(criterion) for criterion in asked.criteria],
        "team": None if asked.team is None else sorted(asked.team),
    }


def decode_asked(value: Mapping[str, Value]) -> Asked:
    """What ``encode_asked`` gave."""
    criteria = tuple(Criterion(**criterion) for criterion in value["criteria"])
    team = value.get("team")
    return Asked(**{**value, "criteria": criteria, "team": None if team is None else frozenset(team)})


def describe(asked: Asked, columns: Iterable[Column]) -> list[str]:
    """The filters in words, one each; personal data masked."""
    labels = {column.id: column.label for column in columns}
    said = [f"登记日期 ≥ {asked.since}"] if asked.since else []
    said += [f"登记日期 ≤ {asked.until}"] if asked.until else []
    signs = {"is": "=", "from": "≥", "to": "≤"}
    said += [f"{labels.get(one.column, one.column)} {signs[one.how]} {one.shown}" for one in asked.criteria]
    return [*said, f"包含“{asked.text}”"] if asked.text else said


def within_team(asked: Asked, team: frozenset[str] | None) -> Asked:
    """The same, of the cases of a team only; None: of everybody's."""
    return replace(asked, team=team)


def until_row(asked: Asked, last_row: int) -> Asked:
    """The same, without rows that were opened later than this one."""
    return replace(asked, last_row=last_row)


@dataclass(frozen=True, slots=True)
class Place:
    """Behind which row a page begins."""

    #: Key of the sorted column; None: the row has none, or rows are sorted by their opening.
    key: str | None
    opened_at: int
    row: int


def write_place(place: Place) -> str:
    """A place as an address carries it."""
    key = "" if place.key is None else "k" + base64.urlsafe_b64encode(place.key.encode()).decode().rstrip("=")
    return f"{place.opened_at}.{place.row}.{key}"


def read_place(text: str | None) -> Place | None:
    """The place in an address.

    Raises:
        NotFound: the text is none that a page gave.
    """
    if not text:
        return None
    opened_at, _, rest = text.partition(".")
    row, _, key = rest.partition(".")
    plain = all(part.isascii() and part.isdigit() and len(part) <= 18 for part in (opened_at, row))
    if not plain or len(key) > 400 or (key and not key.startswith("k")):
        raise NotFound("there is no such page")
    try:
        padded = key[1:] + "=" * (-len(key[1:]) % 4)
        sought = base64.b64decode(padded, altchars=b"-_", validate=True).decode() if key else None
    except (binascii.Error, ValueError) as problem:
        raise NotFound("there is no such page") from problem
    return Place(sought, int(opened_at), int(row))
