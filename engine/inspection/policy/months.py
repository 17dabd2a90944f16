"""What each person proposed in compensations in a month, beside the mean of the team."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select

from engine.clock import to_microseconds
from engine.inspection.policy.days import month_of, span_of
from engine.inspection.policy.payments import COMPENSATION
from engine.store.database import Transaction
from engine.store.tables import membership, policy_month, policy_payment, team_member, user

#: Who makes up a team's mean, whether they proposed anything or not.
_AGENTS: Final = "aftersales"
_M: Final = policy_month.c
_P: Final = policy_payment.c


def running_months(connection: Connection, now: datetime) -> list[str]:
    """Months that were counted while they ran, and are over now."""
    query = select(_M.month).distinct().where(_M.over == 0, _M.month < month_of(to_microseconds(now)))
    return list(connection.execute(query).scalars())


def count_months(tx: Transaction, months: Iterable[str], now: datetime) -> None:
    """Count some months anew; what has changed waits for the rules again."""
    teams, agents = _teams(tx.connection), _agents(tx.connection)
    for month in sorted(set(months)):
        known = {row.person: row for row in tx.connection.execute(select(policy_month).where(_M.month == month))}
        rows = _rows(tx.connection, month, teams, agents, int(month < month_of(to_microseconds(now))))
        changed = [row for row in rows if not _is_known(row, known.get(row["person"]))]
        if changed:
            people = [row["person"] for row in changed]
            tx.connection.execute(delete(policy_month).where(_M.month == month, _M.person.in_(people)))
            tx.connection.execute(insert(policy_month), [row | {"judged": 0, "table_hash": None} for row in changed])


def _is_known(row: Mapping[str, Any], known: Any) -> bool:
    return known is not None and all(getattr(known, name) == value for name, value in row.items())


def _rows(
    connection: Connection, month: str, teams: Mapping[str, int], agents: Iterable[str], over: int
) -> list[dict[str, Any]]:
    since, until = span_of(month)
    proposed = connection.execute(
        select(_P.proposer, func.sum(_P.amount).label("amount"), func.count().label("payments"))
        .where(_P.kind == COMPENSATION, _P.at >= since, _P.at < until)
        .group_by(_P.proposer)
    ).all()
    people: dict[int | None, set[str]] = defaultdict(set)
    for person in [*agents, *(row.proposer for row in proposed)]:
        people[teams.get(person)].add(person)
    sums: dict[int | None, int] = defaultdict(int)
    for row in proposed:
        sums[teams.get(row.proposer)] += row.amount
    return [
        {
            "month": month,
            "person": row.proposer,
            "amount": row.amount,
            "payments": row.payments,
            "team_amount": sums[teams.get(row.proposer)],
            "team_people": len(people[teams.get(row.proposer)]),
            "over": over,
        }
        for row in proposed
    ]


def _teams(connection: Connection) -> dict[str, int]:
    """Person → team; who is in none shares the mean of all who are in none."""
    return {row.user: row.team for row in connection.execute(select(team_member.c.user, team_member.c.team))}


def _agents(connection: Connection) -> list[str]:
    active = select(user.c.id).join(membership, membership.c.user == user.c.id)
    return list(connection.execute(active.where(user.c.active == 1, membership.c.group == _AGENTS)).scalars())
