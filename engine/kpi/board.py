"""Reads indicators for a circle of people and a period: one grouped query for all of them, made once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, select

from engine.access import Reach
from engine.kpi import facts
from engine.kpi.facts import FACTS, Scope, Tally
from engine.kpi.figures import FigureSum, FigureSums, read_sums
from engine.kpi.people import Circle, by_word
from engine.kpi.periods import Period
from engine.kpi.readings import TOTAL, Reading, Readings
from engine.kpi.rules import Rules, rules_of
from engine.kpi.scores import Score, read_scores

if TYPE_CHECKING:
    from engine.kpi.indicator import Indicator


class Board:
    """Indicators of one period, for the people of one circle."""

    def __init__(
        self, connection: Connection, circle: Circle, period: Period, now: datetime, rules: Rules | None = None
    ) -> None:
        self.connection = connection
        self.circle = circle
        self.period = period
        self.now = now
        self.rules = rules or rules_of(connection, period.month)
        self._tallies: dict[tuple[str, bool], tuple[dict[str, Tally], Tally]] = {}
        self._figures: FigureSums | None = None
        self._scores: Mapping[tuple[str, str], Score] | None = None
        self._readings: dict[str, Readings] = {}
        self._others: dict[str, Board] = {}
        self._words: Mapping[str, frozenset[str]] | None = None
        self._read: dict[tuple[object, frozenset[str] | None], Sequence[Row[Any]]] = {}

    # --- indicators ------------------------------------------------------------------------------

    def read(self, indicator: Indicator) -> Readings:
        """The indicator for every person of the circle, and TOTAL where the circle is more than oneself."""
        if indicator.id not in self._readings:
            self._readings[indicator.id] = indicator.recipe.read(self)
        return self._readings[indicator.id]

    def at(self, period: Period) -> Board:
        """The same people at another time."""
        if period.code not in self._others:
            other = Board(self.connection, self.circle, period, self.now)
            other._words = self.words
            self._others[period.code] = other
        return self._others[period.code]

    # --- what recipes ask ------------------------------------------------------------------------

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody of the circle."""
        return tuple(self.circle.members)

    @property
    def keys(self) -> tuple[str, ...]:
        """Everybody, and TOTAL where there is one."""
        return self.people if self.circle.reach is Reach.OWN else (TOTAL, *self.people)

    @property
    def within(self) -> frozenset[str] | None:
        """Whose rows make the total; None: everybody's, also of people who are none of us."""
        return None if self.circle.everybody else frozenset(self.circle.members)

    @property
    def words(self) -> Mapping[str, frozenset[str]]:
        """Account → the words by which files name it."""
        if self._words is None:
            found: dict[str, set[str]] = {}
            for word, person in by_word(self.connection).items():
                found.setdefault(person, set()).add(word)
            self._words = {person: frozenset(words) for person, words in found.items()}
        return self._words

    @property
    def scope(self) -> Scope:
        """For facts."""
        return Scope(
            connection=self.connection,
            period=self.period,
            rules=self.rules,
            now=self.now,
            words=self.words,
            read=self._read,
        )

    def tallies(self, facts_id: str, *, whole_shop: bool = False) -> tuple[dict[str, Tally], Tally]:
        """Sums by person, and over them all.

        Args:
            facts_id: see facts.FACTS.
            whole_shop: the sum is over the shop, whoever is in the circle.
        """
        key = (facts_id, whole_shop)
        if key not in self._tallies:
            one, scope = FACTS[facts_id], self.scope
            only = frozenset(self.circle.members) if self.circle.reach is Reach.OWN and not whole_shop else None
            sums = facts.sum_up(one, scope, only)
            within = None if whole_shop else self.within
            # Nobody is shown a total of oneself alone.
            alone = self.circle.reach is Reach.OWN and not whole_shop
            self._tallies[key] = (sums, Tally() if alone else facts.whole_of(one, scope, sums, within))
        return self._tallies[key]

    def rows(self, facts_id: str) -> list[tuple[str, Decimal]]:
        """(person, Σ hit of one row) of every row whose person makes the total."""
        query = FACTS[facts_id].query(self.scope).subquery()
        within = self.within
        wanted = select(query.c.person, query.c.hit)
        if within is not None:
            wanted = wanted.where(query.c.person.in_(sorted(within)))
        return [(row.person or "", Decimal(int(row.hit))) for row in self.connection.execute(wanted)]

    def figure(self, name: str, key: str, *, whole_shop: bool = False) -> FigureSum | None:
        """An imported figure of a person, or of all; None: nobody has imported it for the period."""
        if self._figures is None:
            self._figures = read_sums(self.connection, self.period)
        if key != TOTAL:
            return self._figures.get((name, key))
        within = None if whole_shop else self.within
        found = [
            one
            for (figure, person), one in self._figures.items()
            if figure == name and (within is None or person in within)
        ]
        if not found:
            return None
        return FigureSum(value=sum((one.value for one in found), Decimal(0)), days=max(one.days for one in found))

    def score(self, indicator: str, person: str) -> Score | None:
        """What was entered for a person and the month; None: nothing, or the period is no month."""
        if self._scores is None:
            self._scores = read_scores(self.connection, self.period)
        return self._scores.get((indicator, person))

    def value(self, indicator: Indicator, key: str) -> Reading:
        """One reading."""
        return self.read(indicator)[key]
