"""Who is on duty, who is away and who stands in: what everybody asks the roster."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, exists, select

from engine.clock import from_microseconds, to_microseconds
from engine.store.tables import absence, membership, roster_day, team, team_member, user

#: Nobody's shift is looked for further ahead.
HORIZON: Final = timedelta(days=31)


def team_of(connection: Connection, user_id: str) -> str | None:
    """The name of somebody's team; None: in none."""
    found = select(team.c.name).join(team_member, team_member.c.team == team.c.id).where(team_member.c.user == user_id)
    return connection.execute(found).scalar_one_or_none()


def on_duty(connection: Connection, at: datetime) -> frozenset[str]:
    """Ids of the people whose shift covers an aware instant and who are not away then.

    A shift covers its first instant and not its last.
    """
    instant = to_microseconds(at)
    away = exists().where(absence.c.user == roster_day.c.user, _covers(instant))
    found = select(roster_day.c.user).where(roster_day.c.ends_at > instant, roster_day.c.starts_at <= instant, ~away)
    return frozenset(connection.execute(found).scalars())


def is_away(connection: Connection, user_id: str, at: datetime) -> bool:
    """Whether somebody is absent at an aware instant."""
    return connection.execute(_absences(user_id, at)).first() is not None


def stand_in(connection: Connection, user_id: str, at: datetime) -> str | None:
    """Who stands in for somebody who is absent at an aware instant; None: nobody, or nobody is absent."""
    found = connection.execute(_absences(user_id, at)).first()
    return None if found is None else found.stand_in


def next_shift(connection: Connection, user_id: str, at: datetime) -> tuple[datetime, datetime] | None:
    """The shift that somebody is in at an aware instant, else the next one: (start, end), aware UTC.

    Shifts that begin during an absence do not count; None where the roster of the next 31 days has none.
    """
    instant = to_microseconds(at)
    away = exists().where(
        absence.c.user == roster_day.c.user,
        absence.c.cancelled_at.is_(None),
        absence.c.from_at < roster_day.c.ends_at,
        absence.c.to_at > roster_day.c.starts_at,
        absence.c.to_at > instant,
    )
    found = (
        select(roster_day.c.starts_at, roster_day.c.ends_at)
        .where(
            roster_day.c.user == user_id,
            roster_day.c.ends_at > instant,
            roster_day.c.starts_at < to_microseconds(at + HORIZON),
            ~away,
        )
        .order_by(roster_day.c.starts_at)
        .limit(1)
    )
    row = connection.execute(found).first()
    return None if row is None else (from_microseconds(row.starts_at), from_microseconds(row.ends_at))


def supervisors_of(connection: Connection, user_id: str, at: datetime) -> list[str]:
    """Whom something about somebody's work is told: the supervisors of the team, those on duty if any is.

    Where the team has no supervisor all of them hear it; where there is no supervisor, the department managers.
    """
    others = [one for one in supervisors_of_team(connection, user_id) if one != user_id]
    if not others:
        return list(connection.execute(_members(("dept_manager",))).scalars())
    present = on_duty(connection, at)
    return [one for one in others if one in present] or others


def supervisors_of_team(connection: Connection, user_id: str) -> list[str]:
    """Ids of the supervisors of somebody's team, himself too; all of them where the team has none, or he has none."""
    own = select(team_member.c.user).where(
        team_member.c.team == select(team_member.c.team).where(team_member.c.user == user_id).scalar_subquery()
    )
    found = list(connection.execute(_members(("supervisor",)).where(membership.c.user.in_(own))).scalars())
    return found or list(connection.execute(_members(("supervisor",))).scalars())


def away_until(connection: Connection, people: Iterable[str], at: datetime) -> dict[str, datetime]:
    """Who of some people is absent at an aware instant, with the instant of the absence's end."""
    instant = to_microseconds(at)
    found = select(absence.c.user, absence.c.to_at).where(absence.c.user.in_(sorted(set(people))), _covers(instant))
    return {row.user: from_microseconds(row.to_at) for row in connection.execute(found.order_by(absence.c.to_at))}


def _members(groups: tuple[str, ...]) -> Select[Any]:
    return (
        select(membership.c.user)
        .join(user, user.c.id == membership.c.user)
        .where(membership.c.group.in_(groups), user.c.active == 1)
        .distinct()
        .order_by(membership.c.user)
    )


def _covers(instant: int) -> Any:
    return and_(absence.c.from_at <= instant, absence.c.to_at > instant, absence.c.cancelled_at.is_(None))


def _absences(user_id: str, at: datetime) -> Select[Any]:
    found = select(absence.c.stand_in).where(absence.c.user == user_id, _covers(to_microseconds(at)))
    return found.order_by(absence.c.id.desc()).limit(1)
