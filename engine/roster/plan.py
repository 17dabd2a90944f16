"""The roster: who works which shift on which day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, case, delete, exists, or_, select, tuple_
from sqlalchemy.dialects.sqlite import insert

from engine import access
from engine.clock import SHANGHAI, to_microseconds
from engine.errors import InvalidValue, NotAllowed
from engine.model import Actor, Event
from engine.roster.shifts import ANY_SHOP, Shift, instants, list_shifts
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import membership, roster_day, team, team_member, user

#: Groups whose people are rostered, besides everybody who is in a team.
ROSTERED: Final = ("presales", "aftersales", "supervisor")
#: More cells than a month of fifty people.
MOST_CELLS: Final = 2_000

#: (user id, day) → code of a shift.
Days = dict[tuple[str, date], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RosteredPerson:
    """Somebody with a line in the roster."""

    id: str
    name: str
    groups: tuple[str, ...]
    team: str | None
    shop: str


def list_people(connection: Connection, within: frozenset[str] | None = None) -> tuple[RosteredPerson, ...]:
    """Active people who are rostered, by team and name; those of ``within`` and of no team only, where it is given."""
    in_group = exists().where(membership.c.user == user.c.id, membership.c.group.in_(ROSTERED))
    found = (
        select(user.c.id, user.c.name, team.c.name.label("team"), team.c.shop)
        .outerjoin(team_member, team_member.c.user == user.c.id)
        .outerjoin(team, team.c.id == team_member.c.team)
        .where(user.c.active == 1, or_(in_group, team.c.id.is_not(None)))
        .order_by(case((team.c.name.is_(None), 1), else_=0), team.c.name, user.c.name, user.c.id)
    )
    if within is not None:
        found = found.where(or_(user.c.id.in_(sorted(within)), team.c.id.is_(None)))
    rows = connection.execute(found).all()
    groups: dict[str, list[str]] = {}
    of_people = select(membership.c.user, membership.c.group).order_by(membership.c.group)
    for row in connection.execute(of_people):
        groups.setdefault(row.user, []).append(row.group)
    return tuple(
        RosteredPerson(
            id=row.id,
            name=row.name,
            groups=tuple(groups.get(row.id, ())),
            team=row.team,
            shop=row.shop or ANY_SHOP,
        )
        for row in rows
    )


def read_days(connection: Connection, people: Iterable[str], first: date, last: date) -> Days:
    """The shifts of some people from one day to another, both included."""
    found = select(roster_day.c.user, roster_day.c.day, roster_day.c.shift).where(
        roster_day.c.user.in_(sorted(people)),
        roster_day.c.day >= first.isoformat(),
        roster_day.c.day <= last.isoformat(),
    )
    return {(row.user, date.fromisoformat(row.day)): row.shift for row in connection.execute(found)}


def set_days(tx: Transaction, cells: Mapping[tuple[str, date], str], actor: Actor, *, at: datetime) -> int:
    """Write cells of the roster ("" empties one); gives how many have changed.

    Raises:
        NotAllowed: somebody is not of the actor's team.
        InvalidValue: a day is over, a shift is unknown, somebody is not rostered, or there are too many cells.
    """
    if len(cells) > MOST_CELLS:
        raise InvalidValue(
            f"At most {MOST_CELLS} cells can be changed at once. Please save them in several steps.",
            message_zh=f"一次最多修改 {MOST_CELLS} 格,请分批保存。",
        )
    people = {one.id: one for one in list_people(tx.connection)}
    _check_people(people, {person for person, _ in cells}, actor)
    today = at.astimezone(SHANGHAI).date()
    before = _read_cells(tx.connection, cells)
    changed = {cell: code for cell, code in cells.items() if before.get(cell, "") != code}
    late = sorted(day for _, day in changed if day < today)
    if late:
        raise InvalidValue(
            f"{late[0].day} {late[0]:%B} is over, so its roster cannot change any more. Please "
            "change today and later days only.",
            message_zh=f"{late[0]:%m月%d日} 已经过去,排班不能再改。请只改今天及以后的日期。",
        )
    write_days(tx, changed, people, by=actor.id, at=at)
    if changed:
        append_system(tx, [Event(kind="roster.changed", value=_told(before, changed))], at=at, actor=actor.id)
    return len(changed)


def write_days(
    tx: Transaction,
    cells: Mapping[tuple[str, date], str],
    people: Mapping[str, RosteredPerson],
    *,
    by: str,
    at: datetime,
) -> None:
    """Write cells as they are, without asking who and when.

    Raises:
        InvalidValue: a shift is unknown.
    """
    shifts: dict[str, dict[str, Shift]] = {}
    rows, gone = [], []
    for (person, day), code in cells.items():
        shop = people[person].shop
        if shop not in shifts:
            shifts[shop] = {one.code: one for one in list_shifts(tx.connection, shop)}
        if not code:
            gone.append((person, day.isoformat()))
            continue
        if code not in shifts[shop]:
            raise InvalidValue(
                f"There is no shift {code!r}. Please choose one of the list.", message_zh=f"没有班次「{code}」。"
            )
        row = {"user": person, "day": day.isoformat(), "shift": code, "set_by": by, "set_at": to_microseconds(at)}
        rows.append({**row, **instants(shifts[shop][code], day)})
    if gone:
        tx.connection.execute(delete(roster_day).where(tuple_(roster_day.c.user, roster_day.c.day).in_(gone)))
    if rows:
        written = insert(roster_day)
        columns = ("shift", "starts_at", "ends_at", "paid_minutes", "set_by", "set_at")
        tx.connection.execute(
            written.on_conflict_do_update(
                index_elements=["user", "day"], set_={name: written.excluded[name] for name in columns}
            ),
            rows,
        )


def copied(days: Mapping[tuple[str, date], str], by: timedelta) -> Days:
    """The same cells so much later."""
    return {(person, day + by): code for (person, day), code in days.items()}


def planned_by(actor: Actor) -> frozenset[str] | None:
    """Whose shifts and absences the actor plans: as far as P06 reaches; None: everybody's."""
    return access.people_within(actor, "P06")


def _check_people(known: Mapping[str, RosteredPerson], people: Iterable[str], actor: Actor) -> None:
    own = planned_by(actor)
    for person in sorted(people):
        if person not in known:
            raise InvalidValue(
                f"The account {person} is not on the roster.", message_zh=f"账号 {person} 不在排班人员中。"
            )
        if own is not None and known[person].team is not None and person not in own:
            raise NotAllowed(
                f"{known[person].name} is of another team, so you cannot change the roster here.",
                message_zh=f"{known[person].name}不在您的小组,不能修改排班。",
            )


def _read_cells(connection: Connection, cells: Iterable[tuple[str, date]]) -> Days:
    wanted = list(cells)
    if not wanted:
        return {}
    days = [day for _, day in wanted]
    return read_days(connection, {person for person, _ in wanted}, min(days), max(days))


def _told(before: Days, changed: Mapping[tuple[str, date], str]) -> dict[str, object]:
    """What the system's history says: every cell with what stood there."""
    lines: Sequence[str] = [
        f"{person} {day.isoformat()} {before.get((person, day), '') or '-'}→{code or '-'}"
        for (person, day), code in sorted(changed.items())
    ]
    return {"cells": len(lines), "changes": list(lines)}


def since_week(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())
