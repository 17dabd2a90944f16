"""Assessment sheets: of a person and a month, term by term; confirmed ones as they were kept."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from sqlalchemy import select

from engine.access import Reach
from engine.errors import NotFound
from engine.kpi.board import Board
from engine.kpi.derived import PAID_AMOUNT
from engine.kpi.formulas import commission_of, score_of, share_of, total_of
from engine.kpi.indicators import INDICATORS
from engine.kpi.kept_sheets import Sheet, Term, kept_of, read_kept
from engine.kpi.people import Circle, list_members
from engine.kpi.readings import TOTAL
from engine.kpi.scores import SALES_TARGET
from engine.kpi.types import types_of
from engine.store.tables import team_member

#: Who is assessed by the team's figures.
_BY_TEAM: Final = "supervisor"


def read_sheets(board: Board) -> tuple[Sheet, ...]:
    """The sheets of everybody in the circle who is assessed in the board's month; confirmed ones as they were."""
    month = board.period.month
    types = types_of(board.connection, month)
    kept = kept_of(board.connection, month, board.people)
    found = []
    for person in board.people:
        if person in kept:
            found.append(read_kept(kept[person], board.circle.members[person].name))
        elif person in types:
            found.append(_sheet(board, person, types[person]))
    return tuple(found)


def read_sheet(board: Board, person: str) -> Sheet:
    """One of them.

    Raises:
        NotFound: the person is none of the circle, or not assessed in that month.
    """
    member = board.circle.get(person)
    kept = kept_of(board.connection, board.period.month, (person,))
    if person in kept:
        return read_kept(kept[person], member.name)
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
