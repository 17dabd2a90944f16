"""What back-tests have found: how far each is, what it comes to in 元, the cases one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, func, select

from engine import canonical
from engine.backtest.asking import OPEN
from engine.backtest.cases import DIFFERENCE, Money, costs
from engine.backtest.choosing import CaseFilter
from engine.clock import from_microseconds, instant_or_none
from engine.errors import NotFound
from engine.rerun import Verdict
from engine.store.tables import backtest, backtest_case

_CASE: Final = backtest_case.c
_FILTER: Final = msgspec.json.Decoder(CaseFilter)
#: Both amounts are known.
_KNOWN: Final = _CASE.paid_after.is_not(None) & _CASE.paid_before.is_not(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """One back-test and how far it is."""

    key: int
    change: int
    revision: int
    #: (kind, id) → hash of what was tried.
    parts: Mapping[tuple[str, str], str]
    wanted: CaseFilter
    status: str
    total: int
    done: int
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    #: Real seconds that the cases took.
    seconds: float
    problem: str | None

    @property
    def open(self) -> bool:
        """Whether it still runs, or will."""
        return self.status in OPEN

    @property
    def share(self) -> int:
        """Per cent of the cases."""
        return 100 * self.done // self.total if self.total else 100

    @property
    def remaining(self) -> float | None:
        """Seconds that the rest takes, going by what is done; None: nothing is done yet."""
        return self.seconds / self.done * (self.total - self.done) if self.done and self.open else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """So many cases, and what they would have cost more (or less, below 0) than they did, in 分."""

    cases: int = 0
    fen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """So many cases would have ended otherwise; None: not ended."""

    process_id: str
    before: str | None
    after: str | None
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanting:
    """So many cases lack the same input."""

    lack: str
    process_id: str
    element: str
    name: str
    field: str
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a back-test comes to, so far as it has come."""

    #: Verdict → cases.
    verdicts: Mapping[str, int]
    #: Cases of the same path whose amount is the same too.
    unchanged: int = 0
    #: In 分, of the cases whose two amounts are known.
    paid_before: int = 0
    paid_after: int = 0
    money: Mapping[Money, Tally] = field(default_factory=dict)
    #: Cases in which an answer was given to another value than is shown now; with their part of the difference.
    assumed: Tally = Tally()
    turned: tuple[Turned, ...] = ()

    @property
    def judged(self) -> int:
        """How many cases have been run."""
        return sum(self.verdicts.values())

    @property
    def difference(self) -> int:
        """What would have been paid more, in 分; below 0: less."""
        return self.paid_after - self.paid_before


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """Why cases stopped short."""

    #: The most frequent first.
    missing: tuple[Wanting, ...] = ()
    redacted: int = 0


def read_backtest(connection: Connection, key: int) -> Backtest:
    """One back-test.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(select(backtest).where(backtest.c.key == key)).one_or_none()
    if row is None:
        raise NotFound(f"there is no back-test {key}", message_zh="没有这次回测。")
    return _backtest(row)


def list_backtests(connection: Connection, change: int) -> tuple[Backtest, ...]:
    """Those of a change, the newest first."""
    query = select(backtest).where(backtest.c.change == change).order_by(backtest.c.key.desc())
    return tuple(_backtest(row) for row in connection.execute(query))


def _backtest(row: Row[Any]) -> Backtest:
    hashes = canonical.decode(row.candidate)
    return Backtest(
        key=row.key,
        change=row.change,
        revision=row.revision,
        parts={(kind, name): digest for (kind, _, name), digest in ((n.partition("/"), h) for n, h in hashes.items())},
        wanted=_FILTER.decode(row.filter),
        status=row.status,
        total=row.total,
        done=row.done,
        asked_by=row.asked_by,
        asked_at=from_microseconds(row.asked_at),
        started_at=instant_or_none(row.started_at),
        ended_at=instant_or_none(row.ended_at),
        seconds=row.spent_ms / 1000,
        problem=row.problem,
    )


def read_summary(connection: Connection, key: int) -> Summary:
    """The counts and sums of a back-test so far."""
    mine = (_CASE.backtest == key, _CASE.verdict.is_not(None))
    counts = select(_CASE.verdict, func.count().label("cases")).where(*mine).group_by(_CASE.verdict)
    verdicts = {row.verdict: row.cases for row in connection.execute(counts)}
    same = select(func.count()).where(*mine, _CASE.verdict == Verdict.SAME, DIFFERENCE == 0)
    sums = select(func.sum(_CASE.paid_before), func.sum(_CASE.paid_after)).where(*mine, _KNOWN)
    before, after = connection.execute(sums).one()
    ends = (_CASE.process_id, _CASE.end_before, _CASE.end_after)
    turned = select(*ends, func.count().label("cases")).where(*mine, _CASE.verdict == Verdict.END).group_by(*ends)
    return Summary(
        verdicts=verdicts,
        unchanged=connection.execute(same).scalar_one(),
        paid_before=before or 0,
        paid_after=after or 0,
        money={money: _tally(connection, *mine, costs(money)) for money in Money},
        assumed=_tally(connection, *mine, _CASE.assumed.is_(True)),
        turned=tuple(
            Turned(process_id=row.process_id, before=row.end_before, after=row.end_after, cases=row.cases)
            for row in sorted(connection.execute(turned), key=lambda row: (-row.cases, str(row)))
        ),
    )


def read_reasons(connection: Connection, key: int) -> Reasons:
    """What cases lack most often, and how many have been deleted; their details are read group by group."""
    stopped = (Verdict.INPUT.value, Verdict.CANNOT.value)
    of = select(_CASE.detail, func.count()).where(_CASE.backtest == key, _CASE.verdict.in_(stopped))
    missing: Counter[tuple[str, str, str, str, str]] = Counter()
    redacted = 0
    for content, count in connection.execute(of.group_by(_CASE.detail)):
        detail = canonical.decode(content)
        redacted += count if detail.get("redacted") else 0
        if (lack := detail.get("missing")) is not None:
            missing[lack["lack"], lack["process"], lack["element"], lack["name"], lack["field"]] += count
    wanting = sorted(missing.items(), key=lambda one: (-one[1], one[0]))
    return Reasons(
        missing=tuple(
            Wanting(lack=lack, process_id=process_id, element=element, name=name, field=key_, cases=count)
            for (lack, process_id, element, name, key_), count in wanting
        ),
        redacted=redacted,
    )


def _tally(connection: Connection, *rules: ColumnElement[bool]) -> Tally:
    query = select(func.count(), func.sum(DIFFERENCE)).where(*rules)
    cases, fen = connection.execute(query).one()
    return Tally(cases=cases, fen=fen or 0)
