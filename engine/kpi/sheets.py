"""Assessment sheets: of a person and a month, term by term; confirmed ones are kept as they were."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from engine import canonical
from engine.access import Reach
from engine.clock import from_microseconds, to_microseconds
from engine.errors import InvalidValue, NotFound
from engine.kpi.board import Board
from engine.kpi.defaults import TYPES
from engine.kpi.derived import PAID_AMOUNT
from engine.kpi.formulas import Goal, commission_of, score_of, share_of, total_of
from engine.kpi.indicators import INDICATORS
from engine.kpi.people import Circle, list_members
from engine.kpi.readings import TOTAL, Reading
from engine.kpi.scores import SALES_TARGET
from engine.kpi.types import types_of
from engine.model import Actor, Event, Value
from engine.notifications import Notice, Occasion, tell
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import kpi_sheet, team_member

MAX_FEEDBACK: Final = 1000
_HUNDRED: Final = Decimal(100)
#: Who is assessed by the team's figures.
_BY_TEAM: Final = "supervisor"


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


def read_sheets(board: Board) -> tuple[Sheet, ...]:
    """The sheets of everybody in the circle who is assessed in the board's month; confirmed ones as they were."""
    month = board.period.month
    types = types_of(board.connection, month)
    kept = _kept(board.connection, month, board.people)
    found = []
    for person in board.people:
        if person in kept:
            found.append(_read(kept[person], board.circle.members[person].name))
        elif person in types:
            found.append(_sheet(board, person, types[person]))
    return tuple(found)


def read_sheet(board: Board, person: str) -> Sheet:
    """One of them.

    Raises:
        NotFound: the person is none of the circle, or not assessed in that month.
    """
    member = board.circle.get(person)
    kept = _kept(board.connection, board.period.month, (person,))
    if person in kept:
        return _read(kept[person], member.name)
    agent_type = types_of(board.connection, board.period.month).get(person)
    if agent_type is None:
        raise NotFound(f"{person} is not assessed", message_zh="这位同事在该月没有考评类型。")
    return _sheet(board, person, agent_type)


def _sheet(board: Board, person: str, agent_type: str) -> Sheet:
    formula = board.rules.formula(agent_type)
    source, key = (_team_board(board, person), TOTAL) if agent_type == _BY_TEAM else (board, person)
    commission, why = _commission(board, person) if formula.multiplied else (None, "该公式不乘佣金")
    terms = [
        _term(
            source,
            key,
            name,
            weight,
            agent_type,
            commission=commission if multiplied else Decimal(1),
            multiplied=multiplied,
        )
        for multiplied, group in ((True, formula.multiplied), (False, formula.added))
        for name, weight in group.items()
        if weight
    ]
    missing = [
        f"{term.indicator} {term.name}:{term.reading.missing or '没有目标'}" for term in terms if term.score is None
    ]
    if formula.multiplied and commission is None:
        missing.append(f"佣金:{why}")
    score = None
    if not missing:
        scores = {term.indicator: term.score for term in terms if term.score is not None}
        weights = {name: weight for name, weight in formula.multiplied.items() if weight}
        added = {name: weight for name, weight in formula.added.items() if weight}
        used = replace(formula, multiplied=weights, added=added)
        score = total_of(used, scores, commission if commission is not None else Decimal(1))
    return Sheet(
        person=person,
        name=board.circle.members[person].name,
        month=board.period.month,
        type=agent_type,
        rules=board.rules.version,
        terms=tuple(terms),
        commission=commission,
        commission_why=why,
        score=score,
        missing=tuple(missing),
    )


def _term(
    board: Board, key: str, name: str, weight: Decimal, agent_type: str, *, commission: Decimal | None, multiplied: bool
) -> Term:
    indicator = INDICATORS[name]
    reading, goal = board.read(indicator)[key], board.rules.goal(name, agent_type)
    score = None if reading.value is None or goal is None else score_of(reading.value, goal)
    contribution = None if score is None or commission is None else commission * weight * score
    return Term(
        indicator=name,
        name=indicator.name,
        multiplied=multiplied,
        weight=weight,
        reading=reading,
        goal=goal,
        score=score,
        contribution=contribution,
    )


def _commission(board: Board, person: str) -> tuple[Decimal | None, str]:
    """The factor, and how it came about; None where it cannot be told."""
    if not board.rules.commission_on:
        return Decimal(1), "佣金系数未启用,按 1 计"
    target = board.score(SALES_TARGET, person)
    amount = PAID_AMOUNT.read(board)[person]
    if target is None:
        return None, f"缺少:{board.period.name}的销售目标"
    if amount.value is None:
        return None, amount.missing
    share = share_of(amount.value, target.value)
    factor = commission_of(share, board.rules.tiers)
    return factor, f"成交 {amount.value:.2f} 元 ÷ 目标 {target.value:.2f} 元 = {share * 100:.1f}%"


def _team_board(board: Board, person: str) -> Board:
    """The people of a supervisor's team; of the whole shop where no teams are kept."""
    team = select(team_member.c.team).where(team_member.c.user == person).scalar_subquery()
    mates = frozenset(board.connection.execute(select(team_member.c.user).where(team_member.c.team == team)).scalars())
    everybody = list_members(board.connection)
    members = {key: one for key, one in everybody.items() if not mates or key in mates}
    circle = Circle(members=members, reach=Reach.TEAM, whole=True, everybody=not mates)
    return Board(board.connection, circle, board.period, board.now, board.rules)


# --- confirmed sheets ----------------------------------------------------------------------------


def confirm_sheet(tx: Transaction, board: Board, person: str, actor: Actor, *, feedback: str) -> Sheet:
    """Keep a month's assessment as it is, and tell the person; P17 is asked by the caller.

    Args:
        tx: the caller's transaction; the board reads by its connection.
        board: of the month, with the people whom the actor assesses.
        person: who is assessed.
        actor: who confirms.
        feedback: what the person is told.

    Raises:
        NotFound: the person is none of the circle, or not assessed.
        InvalidValue: something is missing, the month is not over, it is the actor's own, or it is confirmed.
    """
    sheet = read_sheet(board, person)
    if person == actor.id:
        raise InvalidValue("an own sheet", message_zh="不能确认自己的考评,请由上级确认。")
    if sheet.confirmed is not None:
        raise InvalidValue("it is confirmed", message_zh="该考评已确认。")
    if board.now < board.period.ends_at:
        raise InvalidValue("the month is not over", message_zh="该月还没有结束,不能确认。")
    if sheet.score is None:
        raise InvalidValue("something is missing", message_zh=f"待补数据:{';'.join(sheet.missing)}"[:300])
    if len(feedback.strip()) > MAX_FEEDBACK:
        raise InvalidValue("the feedback is too long", message_zh=f"反馈最长 {MAX_FEEDBACK} 字。")
    row = {
        "person": person,
        "month": sheet.month,
        "rules": sheet.rules,
        "score": int(sheet.score * _HUNDRED),
        "content": canonical.encode(_plain(sheet)),
        "feedback": feedback.strip(),
        "confirmed_by": actor.id,
        "confirmed_at": to_microseconds(board.now),
    }
    tx.connection.execute(insert(kpi_sheet).values(row))
    value = {"person": person, "month": sheet.month, "score": sheet.score, "rules": sheet.rules}
    append_system(tx, [Event(kind="kpi_sheet.confirmed", value=value)], at=board.now, actor=actor.id)
    notice = Notice(
        occasion=Occasion.INDICATOR,
        text=f"您{board.period.name}的考评已确认:{sheet.score:.2f} 分。",
        page=f"/kpi/scores/{person}?month={sheet.month}",
        once=f"kpi_sheet:{person}:{sheet.month}:{to_microseconds(board.now)}",
    )
    tell(tx, [person], notice, at=board.now, actor=actor.id)
    return read_sheet(board, person)


def withdraw_sheet(tx: Transaction, person: str, month: str, actor: Actor, *, now: datetime, reason: str) -> None:
    """Take a confirmation back, with a reason that stands in the history; who may is asked by the caller.

    Raises:
        NotFound: there is none.
        InvalidValue: the reason is missing.
    """
    if not reason.strip():
        raise InvalidValue("a reason is missing", message_zh="请写明撤销的原因。")
    row = tx.connection.execute(
        select(kpi_sheet).where(kpi_sheet.c.person == person, kpi_sheet.c.month == month)
    ).one_or_none()
    if row is None:
        raise NotFound("there is no confirmed sheet", message_zh="没有已确认的考评。")
    tx.connection.execute(delete(kpi_sheet).where(kpi_sheet.c.person == person, kpi_sheet.c.month == month))
    value = {
        "person": person,
        "month": month,
        "score": Decimal(row.score) / _HUNDRED,
        "confirmed_by": row.confirmed_by,
        "reason": reason.strip()[:MAX_FEEDBACK],
    }
    append_system(tx, [Event(kind="kpi_sheet.withdrawn", value=value)], at=now, actor=actor.id)
    text = f"您{month}的考评已撤销确认,将重新确认。原因:{reason.strip()[:200]}"
    notice = Notice(occasion=Occasion.INDICATOR, text=text, page=f"/kpi/scores/{person}?month={month}")
    tell(tx, [person], notice, at=now, actor=actor.id)


def mark_read(tx: Transaction, person: str, month: str, *, now: datetime) -> None:
    """Note that the person has read the own sheet; the first time counts."""
    tx.connection.execute(
        update(kpi_sheet)
        .where(kpi_sheet.c.person == person, kpi_sheet.c.month == month, kpi_sheet.c.read_at.is_(None))
        .values(read_at=to_microseconds(now))
    )


def _kept(connection: Connection, month: str, people: tuple[str, ...]) -> dict[str, Row[Any]]:
    rows = connection.execute(select(kpi_sheet).where(kpi_sheet.c.month == month, kpi_sheet.c.person.in_(people)))
    return {row.person: row for row in rows}


def _plain(sheet: Sheet) -> dict[str, Value]:
    """What is kept: what the person is to see for ever; lists behind the numbers are not."""
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


def _read(row: Row[Any], name: str) -> Sheet:
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
        score=Decimal(row.score) / _HUNDRED,
        missing=(),
        confirmed=Confirmed(
            by=row.confirmed_by,
            at=from_microseconds(row.confirmed_at),
            feedback=row.feedback,
            read_at=None if row.read_at is None else from_microseconds(row.read_at),
        ),
    )
