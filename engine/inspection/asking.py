"""Answers questions: the rarest condition gives the cases, the others are looked up for each of them.

SQLite keeps no statistics that would tell what is rare, so it is counted, up to a bound: counting walks an index no
further than that. Where every condition is common, cases are walked from the newest and the first page is soon full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from engine import access
from engine.clock import SHANGHAI, to_microseconds
from engine.inspection.question import ANY, Question, TimeKind, span_of
from engine.inspection.traits import Trait
from engine.model import Actor
from engine.queries.base import keyset
from engine.queries.visibility import visible_case
from engine.store.tables import case_sum, case_trait, process_instance

#: A condition that more cases meet is common.
_RARE: Final = 4000
_CHUNK: Final = 400
_S: Final = case_sum.c
_T: Final = case_trait.c
_KEY: Final = _S.case_key
_ONE: Final = literal(1)


_Columns: TypeAlias = Mapping[str, ColumnElement[Any]]
#: Columns as they are; and such that no index is taken for them, where the rows have been found already.
_BARE: Final[_Columns] = {column.name: column for column in _S}
_BESIDE: Final[_Columns] = {
    column.name: column.concat("") if isinstance(column.type, Text) else column + literal_column("0") for column in _S
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A page of keys of root instances, the newest first."""

    keys: tuple[int, ...]
    next_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Condition:
    """One condition: as a test of a row of case_sum, and as a query of the keys that meet it."""

    test: ColumnElement[bool]
    keys: Select[Any] | None = None


def ask(
    connection: Connection,
    question: Question,
    actor: Actor,
    *,
    now: datetime,
    after: str | None = None,
    limit: int = 50,
) -> Answer:
    """A page of the cases that answer a question and that the actor may see.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    behind = keyset(after)
    found: list[int] = []
    for key in _walk(connection, question, actor, now, behind, limit + 1):
        found.append(key)
        if len(found) > limit:
            break
    page = tuple(found[:limit])
    return Answer(keys=page, next_after=str(page[-1]) if len(found) > limit else None)


def count(connection: Connection, question: Question, actor: Actor, *, now: datetime, most: int = 1000) -> int:
    """How many answer it; counting ends one behind ``most``."""
    return sum(1 for _ in zip(range(most + 1), _walk(connection, question, actor, now, None, most + 1), strict=False))


def list_keys(connection: Connection, question: Question, actor: Actor, *, now: datetime) -> list[int]:
    """All that answer it, the newest first: what a sample is drawn from."""
    return list(_walk(connection, question, actor, now, None, None))


def _walk(
    connection: Connection, question: Question, actor: Actor, now: datetime, behind: int | None, most: int | None
) -> Iterator[int]:
    conditions = _conditions(question, now)
    tests = [condition.test for condition in conditions]
    if not access.sees_all_cases(actor):
        of_case = process_instance.c.key == _KEY, visible_case(actor)
        tests.append(select(_ONE).where(*of_case).correlate(case_sum).exists())
    wanted = select(_KEY).where(*tests).order_by(_KEY.desc())
    rare = _rarest(connection, conditions)
    if rare is None:
        if behind is not None:
            wanted = wanted.where(_KEY.op("<")(behind))
        yield from connection.execute(wanted if most is None else wanted.limit(most)).scalars()
        return
    keys = sorted((key for key in rare if behind is None or key < behind), reverse=True)
    for start in range(0, len(keys), _CHUNK):
        yield from connection.execute(wanted.where(_KEY.in_(keys[start : start + _CHUNK]))).scalars()


def _rarest(connection: Connection, conditions: Sequence[_Condition]) -> list[int] | None:
    """Keys of the condition that the fewest cases meet; None where all are common, or there are none."""
    best: list[int] | None = None
    for condition in conditions:
        if condition.keys is not None:
            bound = _RARE if best is None else len(best)
            keys = list(connection.execute(condition.keys.limit(bound + 1)).scalars())
            if len(keys) <= bound:
                best = keys
    return best


# --- conditions ----------------------------------------------------------------------------------


def _conditions(question: Question, now: datetime) -> list[_Condition]:
    found = [*_of_facts(question), *_of_money(question), *_of_traits(question), *_of_time(question, now)]
    if question.not_passed:
        without = [~_met(Trait.ELEMENT, place) for place in question.not_passed]
        found.append(_Condition(test=and_(*without)))
    return found


def _fact(said: Callable[[_Columns], ColumnElement[bool]]) -> _Condition:
    """A condition on columns of case_sum: found by their index, or tested on rows that others found."""
    return _Condition(test=said(_BESIDE), keys=select(_KEY).where(said(_BARE)))


def _of_facts(question: Question) -> Iterator[_Condition]:
    for name, value in (("customer_id", question.customer), ("order_id", question.order), ("status", question.status)):
        if value is not None:
            yield _fact(partial(_equals, name=name, values=(str(value),)))
    if question.process:
        yield _fact(partial(_equals, name="process_id", values=question.process))
    for name, first, last in (
        ("opened_at", question.opened_from, question.opened_to),
        ("ended_at", question.ended_from, question.ended_to),
    ):
        least = None if first is None else _midnight(first)
        most = None if last is None or last >= date.max else _midnight(last + timedelta(days=1)) - 1
        if least is not None or most is not None:
            yield _fact(partial(_between, name=name, least=least, most=most))


def _of_money(question: Question) -> Iterator[_Condition]:
    for name, least, most in (
        ("asked", question.asked_from, question.asked_to),
        ("paid", question.paid_from, question.paid_to),
    ):
        if least is not None or most is not None:
            yield _fact(partial(_between, name=name, least=_fen(least), most=_fen(most)))
    if question.unapproved is not None:
        limit = _fen(question.unapproved)
        yield _fact(lambda row: and_(row["compensated"] > limit, row["compensated"] > func.coalesce(_S.approved, 0)))
    if question.buyer_paid is not None:
        other = case_sum.alias()
        buyers = (
            select(other.c.customer_id)
            .where(other.c.customer_id.is_not(None))
            .group_by(other.c.customer_id)
            .having(func.sum(other.c.paid) >= _fen(question.buyer_paid))
        )
        yield _fact(lambda row: row["customer_id"].in_(buyers))


def _equals(row: _Columns, *, name: str, values: tuple[str, ...]) -> ColumnElement[bool]:
    return row[name].in_(values) if len(values) > 1 else row[name] == values[0]


def _between(row: _Columns, *, name: str, least: int | None, most: int | None) -> ColumnElement[bool]:
    within = [] if least is None else [row[name] >= least]
    return and_(*within, *([] if most is None else [row[name] <= most]))


def _of_traits(question: Question) -> Iterator[_Condition]:
    yield from (_trait(Trait.ELEMENT, place) for place in question.passed)
    yield from (_trait(Trait.RULE, rule) for rule in question.rule)
    if question.end:
        yield _trait(Trait.END, *question.end)
    if question.skipped is not None:
        yield _trait(Trait.SKIPPED, *_named(question.skipped))
    if question.person is not None and question.did is not None:
        yield _trait(Trait.DID, f"{question.person}@{question.did}")
    elif question.person is not None:
        yield _trait(Trait.PERSON, question.person)
    if question.unmasked is not None:
        yield _trait(Trait.UNMASKED, *_named(question.unmasked))
    if question.rounds is not None:
        yield _trait(Trait.ELEMENT, question.rounds.place, times=question.rounds.times)
    for asked, kind in (
        (question.reopened, Trait.REOPENED), (question.incident, Trait.INCIDENT), (question.repaired, Trait.REPAIRED),
    ):  # fmt: skip
        if asked:
            yield _trait(kind)


def _named(name: str) -> tuple[str, ...]:
    return () if name == ANY else (name,)


def _trait(kind: Trait, *what: str, times: int = 1) -> _Condition:
    """That one of these was told, or any of the kind where none is named."""
    met = [_T.kind == kind.value]
    if what:
        met.append(_T.what.in_(what) if len(what) > 1 else _T.what == what[0])
    if times > 1:
        met.append(_T.times >= times)
    return _Condition(test=_met(kind, *what, times=times), keys=select(_T.case_key).where(*met).distinct())


def _met(kind: Trait, *what: str, times: int = 1) -> ColumnElement[bool]:
    met = [_T.kind == kind.value, _T.case_key == _KEY]
    if what:
        met.append(_T.what.in_(what) if len(what) > 1 else _T.what == what[0])
    if times > 1:
        met.append(_T.times >= times)
    return exists(_ONE).where(*met).correlate(case_sum)


def _of_time(question: Question, now: datetime) -> Iterator[_Condition]:
    """How long it took; a case that has not ended has taken the time up to now, which working time does not count."""
    name = "worked" if question.time is TimeKind.WORKING else "elapsed"
    for minutes, longer in ((question.longer, True), (question.shorter, False)):
        if minutes is not None:
            since = to_microseconds(now) - span_of(minutes) // timedelta(microseconds=1)
            yield _fact(partial(_lasting, name=name, seconds=minutes * 60, longer=longer, since=since))


def _lasting(row: _Columns, *, name: str, seconds: int, longer: bool, since: int) -> ColumnElement[bool]:
    column = row[name]
    ended = column > seconds if longer else and_(_S[name].is_not(None), column < seconds)
    if name == "worked":
        return ended
    opened = row["opened_at"]
    running = and_(_S.ended_at.is_(None), opened < since if longer else opened > since)
    return or_(ended, running)


def _fen(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount * 100)


def _midnight(day: date) -> int:
    return to_microseconds(datetime.combine(day, time(), SHANGHAI))
