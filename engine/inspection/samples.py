"""Samples: cases drawn at random out of those that answer a question, so that anybody can draw the same again.

The place of a case in the draw is SHA-256 over the seed, a bar and the case's number, as text in UTF-8, written in
hexadecimal digits; the cases with the least places are drawn. The digest of the population is SHA-256 over the numbers
of all its cases, ascending, joined by line feeds.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from engine.clock import from_microseconds, instant_or_none, to_microseconds
from engine.errors import InvalidValue, NotAllowed, NotFound, StepError
from engine.inspection import asking, indexing, words
from engine.inspection.question import Question, read_query
from engine.model import Actor, Event
from engine.queries.base import keyset
from engine.store.database import Database, Transaction
from engine.store.streams import append_system
from engine.store.tables import audit_finding, audit_sample, audit_sample_case, user

_T: Final = audit_sample.c
_C: Final = audit_sample_case.c
MOST_CASES: Final = 500
_SEED: Final = re.compile(r"[\x21-\x7e]{1,80}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A draw."""

    id: int
    name: str
    query: str
    seed: str
    population: int
    digest: str
    size: int
    drawn_by: str
    drawn_by_name: str
    drawn_at: datetime
    #: How many of its cases somebody has looked at.
    looked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePage:
    """Some samples, the newest first."""

    rows: tuple[Sample, ...]
    next_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnCase:
    """A case of a sample."""

    place: int
    key: int
    looked_by: str | None
    looked_by_name: str | None
    looked_at: datetime | None
    #: Ids of findings that were noted about it out of this sample.
    findings: tuple[int, ...]

    @property
    def state(self) -> str:
        """unseen, seen or found."""
        if self.findings:
            return "found"
        return "seen" if self.looked_at is not None else "unseen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrawn:
    """A sample compared with a new draw by the same seed."""

    population: int
    digest: str
    #: Whether the same cases answer the question.
    same_population: bool
    #: Whether the same cases are drawn, in the same order.
    same_cases: bool
    #: Keys that only the new draw has, and that only the old one has.
    joined: tuple[int, ...]
    left: tuple[int, ...]


# --- the algorithm -------------------------------------------------------------------------------


def place_of(seed: str, case_id: str) -> str:
    """A case's place in the draw."""
    return hashlib.sha256(f"{seed}|{case_id}".encode()).hexdigest()


def drawn(seed: str, population: Iterable[int], size: int) -> list[int]:
    """The cases that a seed draws, in their order."""
    return sorted(population, key=lambda key: place_of(seed, str(key)))[:size]


def digest_of(population: Iterable[int]) -> str:
    """What a population is known by."""
    return hashlib.sha256("\n".join(map(str, sorted(population))).encode()).hexdigest()


def new_seed() -> str:
    """A seed that nobody could choose: 128 bits in hexadecimal digits."""
    return secrets.token_hex(16)


# --- drawing -------------------------------------------------------------------------------------


def draw(db: Database, name: str, question: Question, size: int, seed: str, actor: Actor, *, now: datetime) -> int:
    """Draw a sample; gives its id.

    Args:
        db: its cases as they are at one moment are the population.
        name: what it is for.
        question: what its cases answer.
        size: how many, 1 to 500; all, where fewer answer.
        seed: as typed, of visible ASCII characters; "": the system draws one.
        actor: who draws; cases that the actor may not see are not in the population.
        now: aware UTC.

    Raises:
        NotAllowed: the actor does not audit.
        InvalidValue: the name, size or seed will not do, or no case answers.
        StepError: cases are still being read for the first time, so some would be missing.
    """
    if not words.may_search(actor):
        raise NotAllowed(f"{actor.id} does not audit")
    checked = words.checked_text(name, "样本的名称", "a name", most=words.MAX_NAME)
    if not 1 <= size <= MOST_CASES:
        raise InvalidValue(
            f"The sample must have 1 to {MOST_CASES} cases.", message_zh=f"样本须有 1 到 {MOST_CASES} 张工单。"
        )
    if seed and not _SEED.fullmatch(seed):
        raise InvalidValue(
            "The seed may have up to 80 letters, digits and signs, no spaces.",
            message_zh="种子只能用字母、数字和符号,最长 80 个字符,不含空格。",
        )
    with db.read() as connection:
        whole = indexing.is_whole(connection)
        population = asking.list_keys(connection, question, actor, now=now) if whole else []
    if not whole:
        raise StepError(
            "The cases are still being read, so some would be missing from the draw. Please try again in a minute.",
            message_zh="工单还在整理,现在抽样会漏掉一部分,请过一会儿再抽。",
        )
    if not population:
        raise InvalidValue(
            "No case answers the question, so there is nothing to draw from.",
            message_zh="没有符合条件的工单,无从抽取。",
        )
    with db.begin() as tx:
        return _keep(tx, checked, question, population, size, seed or new_seed(), actor, now)


def _keep(
    tx: Transaction, name: str, question: Question, population: Sequence[int], size: int, seed: str, actor: Actor,
    now: datetime,
) -> int:  # fmt: skip
    keys = drawn(seed, population, size)
    row = {"name": name, "query": question.query(), "seed": seed, "population": len(population)}
    row |= {"digest": digest_of(population), "size": len(keys)}
    values = {**row, "drawn_by": actor.id, "drawn_at": to_microseconds(now)}
    made: int = tx.connection.execute(insert(audit_sample).values(values).returning(_T.id)).scalar_one()
    cases = [{"sample": made, "place": place, "case_key": key} for place, key in enumerate(keys, 1)]
    tx.connection.execute(insert(audit_sample_case), cases)
    value = {"sample": made, **row, "cases": [str(key) for key in keys]}
    append_system(tx, [Event(kind="sample.drawn", value=value)], at=now, actor=actor.id)
    return made


def redraw(connection: Connection, sample_id: int, actor: Actor, *, now: datetime) -> Redrawn:
    """Ask the sample's question again and draw by its seed; nothing is written.

    Raises:
        NotFound: the actor sees no such sample.
    """
    sample = get_sample(connection, sample_id, actor)
    population = asking.list_keys(connection, read_query(sample.query).question, actor, now=now)
    again = drawn(sample.seed, population, sample.size)
    query = select(_C.case_key).where(_C.sample == sample_id).order_by(_C.place)
    before = list(connection.execute(query).scalars())
    digest = digest_of(population)
    return Redrawn(
        population=len(population),
        digest=digest,
        same_population=digest == sample.digest,
        same_cases=again == before,
        joined=tuple(key for key in again if key not in before),
        left=tuple(key for key in before if key not in again),
    )


# --- reading and looking -------------------------------------------------------------------------


def list_samples(connection: Connection, actor: Actor, *, after: str | None = None) -> SamplePage:
    """Samples that the actor may see, the newest first.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    behind = keyset(after)
    query = _columns(actor)
    if behind is not None:
        query = query.where(_T.id < behind)
    rows = connection.execute(query.order_by(_T.id.desc()).limit(words.PAGE + 1)).all()
    page = rows[: words.PAGE]
    return SamplePage(
        rows=tuple(_view(row) for row in page), next_after=str(page[-1].id) if len(rows) > words.PAGE else None
    )


def get_sample(connection: Connection, sample_id: int, actor: Actor) -> Sample:
    """One sample; who audits a team sees the own ones, whose cases are the team's.

    Raises:
        NotFound: there is none, or the actor may not see it.
    """
    row = connection.execute(_columns(actor).where(_T.id == sample_id)).one_or_none()
    if row is None:
        raise NotFound("there is no such sample", message_zh="没有这个样本,或您没有权限。")
    return _view(row)


def list_drawn(connection: Connection, sample_id: int) -> tuple[DrawnCase, ...]:
    """The cases of a sample in their order; callers have made sure that it may be seen."""
    found: dict[str, list[int]] = {}
    noted = select(audit_finding.c.id, audit_finding.c.case_id).where(audit_finding.c.sample == sample_id)
    for row in connection.execute(noted.order_by(audit_finding.c.id)):
        found.setdefault(row.case_id, []).append(row.id)
    query = select(audit_sample_case, user.c.name).outerjoin(user, user.c.id == _C.looked_by)
    rows = connection.execute(query.where(_C.sample == sample_id).order_by(_C.place))
    return tuple(
        DrawnCase(
            place=row.place,
            key=row.case_key,
            looked_by=row.looked_by,
            looked_by_name=row.name or row.looked_by,
            looked_at=instant_or_none(row.looked_at),
            findings=tuple(found.get(str(row.case_key), ())),
        )
        for row in rows
    )


def mark(tx: Transaction, sample_id: int, place: int, actor: Actor, *, seen: bool, now: datetime) -> None:
    """Say that a case of a sample has been looked at, or that it has not after all; who was first stays.

    Raises:
        NotFound: the actor sees no such sample, or it has no such place.
    """
    get_sample(tx.connection, sample_id, actor)
    here = _C.sample == sample_id, _C.place == place
    row = tx.connection.execute(select(audit_sample_case).where(*here)).one_or_none()
    if row is None:
        raise NotFound("the sample has no such case", message_zh="样本里没有这张工单。")
    if (row.looked_at is not None) == seen:
        return
    values = {"looked_by": actor.id if seen else None, "looked_at": to_microseconds(now) if seen else None}
    tx.connection.execute(update(audit_sample_case).where(*here).values(values))
    value = {"sample": sample_id, "case_id": str(row.case_key)}
    kind = "sample.case_seen" if seen else "sample.case_unseen"
    append_system(tx, [Event(kind=kind, value=value)], at=now, actor=actor.id)


def _columns(actor: Actor) -> Any:
    looked = select(func.count()).where(_C.sample == _T.id, _C.looked_at.is_not(None)).scalar_subquery()
    query = select(audit_sample, user.c.name.label("drawn_by_name"), looked.label("looked"))
    query = query.outerjoin(user, user.c.id == _T.drawn_by)
    return query if words.sees_all(actor) else query.where(_T.drawn_by == actor.id)


def _view(row: Row[Any]) -> Sample:
    return Sample(
        id=row.id,
        name=row.name,
        query=row.query,
        seed=row.seed,
        population=row.population,
        digest=row.digest,
        size=row.size,
        drawn_by=row.drawn_by,
        drawn_by_name=row.drawn_by_name or row.drawn_by,
        drawn_at=from_microseconds(row.drawn_at),
        looked=row.looked,
    )
