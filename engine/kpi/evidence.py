"""The lists behind a number: rows of facts, imported figures, entered scores. They have what the number counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, and_, func, or_, select

from engine.clock import from_microseconds
from engine.errors import NotFound
from engine.kpi.board import Board
from engine.kpi.facts import FACTS, Facts, ItemPage, Scope, Side, count_items, list_items
from engine.kpi.indicator import Indicator
from engine.kpi.readings import TOTAL, From, Part
from engine.model import Actor
from engine.queries.visibility import visible_case
from engine.store.tables import kpi_figure, kpi_import, process_instance

PAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureLine:
    """An imported number with the file it came by."""

    day: str
    person: str
    channel: str
    value: int
    file: str
    imported_by: str
    imported_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FigurePage:
    """Some of them; ``next_after`` is the place of the next page, None on the last."""

    lines: tuple[FigureLine, ...]
    next_after: str | None


def part_of(board: Board, indicator: Indicator, key: str, kind: From, part_id: str, side: str) -> Part:
    """The part of a reading that an address names.

    Raises:
        NotFound: the reading has no such part.
    """
    reading = board.read(indicator).get(key)
    parts = reading.parts if reading is not None else ()
    found = next((part for part in parts if (part.kind, part.id, part.side) == (kind, part_id, side)), None)
    if found is not None:
        return found
    if kind is From.FACTS and side == Side.MISS:  # the rest of a denominator
        whole = next(
            (part for part in parts if part.kind is kind and part.id == part_id and part.side == Side.ALL), None
        )
        if whole is not None:
            return whole
    raise NotFound("there is no such list", message_zh="没有这个明细。")


def people_of(board: Board, key: str, *, whole_shop: bool = False) -> frozenset[str] | None:
    """Whose rows a list shows; None: everybody's."""
    if key != TOTAL:
        return frozenset({board.circle.get(key).id})
    return None if whole_shop else board.within


def facts_of(part_id: str) -> Facts:
    """The facts of an id.

    Raises:
        NotFound: there are none.
    """
    if part_id not in FACTS:
        raise NotFound("there are no such facts", message_zh="没有这个明细。")
    return FACTS[part_id]


def list_facts(
    scope: Scope, part_id: str, side: str, people: frozenset[str] | None, *, after: str | None = None, limit: int = PAGE
) -> tuple[ItemPage, int]:
    """A page of the rows, and how many there are.

    Raises:
        NotFound: there are no such facts, no such side, or no such page.
    """
    facts = facts_of(part_id)
    try:
        wanted = Side(side)
    except ValueError:
        raise NotFound("there is no such side", message_zh="没有这个明细。") from None
    page = list_items(facts, scope, wanted, people=people, after=after, limit=limit)
    return page, count_items(facts, scope, wanted, people)


def list_figures(
    connection: Connection,
    board: Board,
    name: str,
    people: frozenset[str] | None,
    *,
    after: str | None = None,
    limit: int = PAGE,
) -> FigurePage:
    """A page of imported numbers, the newest day first.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    query = (
        select(kpi_figure, kpi_import.c.name.label("file"), kpi_import.c.imported_by, kpi_import.c.imported_at)
        .join(kpi_import, kpi_import.c.key == kpi_figure.c.import_key)
        .where(
            kpi_figure.c.name == name,
            kpi_figure.c.day.between(board.period.first.isoformat(), board.period.last.isoformat()),
        )
        .order_by(kpi_figure.c.day.desc(), kpi_figure.c.person.desc(), kpi_figure.c.channel.desc())
        .limit(limit + 1)
    )
    if people is not None:
        query = query.where(kpi_figure.c.person.in_(sorted(people)))
    if after:
        day, _, rest = after.partition("|")
        person, bar, channel = rest.partition("|")
        if not bar or len(after) > 200:
            raise NotFound("there is no such page")
        same_day = kpi_figure.c.day == day
        query = query.where(
            or_(
                kpi_figure.c.day < day,
                and_(same_day, kpi_figure.c.person < person),
                and_(same_day, kpi_figure.c.person == person, kpi_figure.c.channel < channel),
            )
        )
    rows = connection.execute(query).all()
    lines = tuple(
        FigureLine(
            day=row.day,
            person=row.person,
            channel=row.channel,
            value=row.value,
            file=row.file,
            imported_by=row.imported_by,
            imported_at=from_microseconds(row.imported_at),
        )
        for row in rows[:limit]
    )
    last = lines[-1] if lines else None
    place = f"{last.day}|{last.person}|{last.channel}" if last and len(rows) > limit else None
    return FigurePage(lines=lines, next_after=place)


def open_cases(connection: Connection, actor: Actor, case_ids: set[str]) -> frozenset[str]:
    """Which of these cases the actor may see (P05): only they are named."""
    if not case_ids:
        return frozenset()
    rows = connection.execute(
        select(process_instance.c.case_id).where(
            process_instance.c.case_id.in_(sorted(case_ids)), process_instance.c.depth == 0, visible_case(actor)
        )
    )
    return frozenset(rows.scalars())


def issue_counts(board: Board, people: frozenset[str] | None) -> list[tuple[str, str, int]]:
    """K34: (process id, cause in words or "", cases), the most frequent first."""
    rows = FACTS["issues"].query(board.scope).subquery()
    query = select(rows.c.what, func.count()).group_by(rows.c.what).order_by(func.count().desc(), rows.c.what)
    if people is not None:
        query = query.where(rows.c.person.in_(sorted(people)))
    found = []
    for what, count in board.connection.execute(query):
        process, _, cause = str(what).partition("|")
        found.append((process, cause, int(count)))
    return found
