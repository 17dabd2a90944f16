"""An assessment sheet as a value, and as it is kept once it is confirmed: what the person is to see for ever."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from engine import canonical
from engine.clock import from_microseconds, instant_or_none
from engine.kpi.defaults import TYPES
from engine.kpi.formulas import Goal
from engine.kpi.readings import Reading
from engine.model import Value
from engine.store.tables import kpi_sheet

#: Scores are kept in hundredths.
HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One line: raw value, score, weight, contribution, source."""

    indicator: str
    name: str
    #: Whether it is multiplied by the commission.
    multiplied: bool
    weight: Decimal
    reading: Reading
    goal: Goal | None
    score: Decimal | None
    contribution: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """That a sheet was confirmed."""

    by: str
    at: datetime
    feedback: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A person's assessment of a month."""

    person: str
    name: str
    month: str
    type: str
    #: Version of the rules, 0: as shipped.
    rules: int
    terms: tuple[Term, ...]
    #: Factor of the multiplied group; None: it is not used, or cannot be told.
    commission: Decimal | None
    #: How it came about, or why it cannot be told.
    commission_why: str
    #: None: something is missing (待补数据).
    score: Decimal | None
    missing: tuple[str, ...]
    confirmed: Confirmed | None = None

    @property
    def type_name(self) -> str:
        """The agent type in words."""
        return TYPES.get(self.type, self.type)


def kept_of(connection: Connection, month: str, people: Iterable[str]) -> dict[str, Row[Any]]:
    """The confirmed sheets of people and a month as rows, by person."""
    rows = connection.execute(select(kpi_sheet).where(kpi_sheet.c.month == month, kpi_sheet.c.person.in_(people)))
    return {row.person: row for row in rows}


def content_of(sheet: Sheet) -> bytes:
    """Canonical bytes of what is kept of a sheet; the lists behind its numbers are not."""
    return canonical.encode(_plain(sheet))


def _plain(sheet: Sheet) -> dict[str, Value]:
    return {
        "type": sheet.type,
        "commission": sheet.commission,
        "commission_why": sheet.commission_why,
        "terms": [
            {
                "indicator": term.indicator,
                "name": term.name,
                "multiplied": term.multiplied,
                "weight": term.weight,
                "value": term.reading.value,
                "numerator": term.reading.numerator,
                "denominator": term.reading.denominator,
                "source": term.reading.source,
                "caveat": term.reading.caveat,
                "floor": None if term.goal is None else term.goal.floor,
                "target": None if term.goal is None else term.goal.target,
                "score": term.score,
                "contribution": term.contribution,
            }
            for term in sheet.terms
        ],
    }


def read_kept(row: Row[Any], name: str) -> Sheet:
    """A confirmed sheet as it was; ``name`` is the person's."""
    content = canonical.decode(row.content)
    return Sheet(
        person=row.person,
        name=name,
        month=row.month,
        type=content["type"],
        rules=row.rules,
        terms=tuple(
            Term(
                indicator=one["indicator"],
                name=one["name"],
                multiplied=one["multiplied"],
                weight=one["weight"],
                reading=Reading(
                    value=one["value"],
                    numerator=one["numerator"],
                    denominator=one["denominator"],
                    source=one["source"],
                    caveat=one["caveat"],
                ),
                goal=None if one["floor"] is None else Goal(floor=one["floor"], target=one["target"]),
                score=one["score"],
                contribution=one["contribution"],
            )
            for one in content["terms"]
        ),
        commission=content["commission"],
        commission_why=content["commission_why"],
        score=Decimal(row.score) / HUNDRED,
        missing=(),
        confirmed=Confirmed(
            by=row.confirmed_by,
            at=from_microseconds(row.confirmed_at),
            feedback=row.feedback,
            read_at=instant_or_none(row.read_at),
        ),
    )
