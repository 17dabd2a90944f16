"""Teams: who belongs together; supervisors lead the team that they are in."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from engine.errors import InvalidValue, NotFound
from engine.model import Actor, Event
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import membership, team, team_member, user

MOST_NAME: Final = 20
MOST_SHOP: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team with its people: (id, name), by name."""

    id: int
    name: str
    shop: str
    people: tuple[tuple[str, str], ...]
    #: Ids of active supervisors among them; without one nobody sees the team's cases but department managers.
    leaders: frozenset[str]


def list_teams(connection: Connection) -> tuple[Team, ...]:
    """Every team, by name."""
    people: dict[int, list[tuple[str, str]]] = {}
    found = select(team_member.c.team, user.c.id, user.c.name).join(user, user.c.id == team_member.c.user)
    for row in connection.execute(found.order_by(user.c.name, user.c.id)):
        people.setdefault(row.team, []).append((row.id, row.name))
    supervisors = frozenset(
        connection.execute(
            select(membership.c.user)
            .join(user, user.c.id == membership.c.user)
            .where(membership.c.group == "supervisor", user.c.active == 1)
        ).scalars()
    )
    return tuple(
        Team(
            id=row.id,
            name=row.name,
            shop=row.shop,
            people=tuple(people.get(row.id, ())),
            leaders=supervisors.intersection(person for person, _ in people.get(row.id, ())),
        )
        for row in connection.execute(select(team).order_by(team.c.name))
    )


def get_team(connection: Connection, team_id: int) -> Team:
    """One team.

    Raises:
        NotFound: there is none of this id.
    """
    found = next((one for one in list_teams(connection) if one.id == team_id), None)
    if found is None:
        raise NotFound(f"there is no team {team_id}", message_zh="没有这个小组。")
    return found


def save_team(
    tx: Transaction,
    team_id: int | None,
    name: str,
    people: Iterable[str],
    actor: Actor,
    *,
    at: datetime,
    shop: str = "",
) -> int:
    """Make a team, or change one; gives its id.

    Raises:
        NotFound: there is no such team.
        InvalidValue: the name is empty, too long or taken, or somebody is unknown or in another team.
    """
    clean = _checked_name(name, shop)
    wanted = sorted(set(people))
    before = None if team_id is None else get_team(tx.connection, team_id)
    _check_free(tx, team_id, clean, wanted)
    if before is None:
        (key,) = tx.connection.execute(insert(team).values(name=clean, shop=shop).returning(team.c.id)).one()
    else:
        key = before.id
        tx.connection.execute(update(team).where(team.c.id == key).values(name=clean, shop=shop))
        tx.connection.execute(delete(team_member).where(team_member.c.team == key))
    if wanted:
        tx.connection.execute(insert(team_member), [{"user": person, "team": key} for person in wanted])
    was = {} if before is None else {"before": sorted(person for person, _ in before.people)}
    event = Event(
        kind="team.added" if before is None else "team.changed", value={"team": clean, **was, "after": wanted}
    )
    append_system(tx, [event], at=at, actor=actor.id)
    return int(key)


def delete_team(tx: Transaction, team_id: int, actor: Actor, *, at: datetime) -> None:
    """Dissolve a team; its people are in none then.

    Raises:
        NotFound: there is no such team.
    """
    found = get_team(tx.connection, team_id)
    tx.connection.execute(delete(team_member).where(team_member.c.team == team_id))
    tx.connection.execute(delete(team).where(team.c.id == team_id))
    value = {"team": found.name, "before": sorted(person for person, _ in found.people)}
    append_system(tx, [Event(kind="team.deleted", value=value)], at=at, actor=actor.id)


def _checked_name(name: str, shop: str) -> str:
    clean = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(clean) <= MOST_NAME or any(unicodedata.category(char).startswith("C") for char in clean):
        raise InvalidValue(
            f"The name of a team must have 1 to {MOST_NAME} characters.",
            message_zh=f"小组名称须为 1 到 {MOST_NAME} 个字。",
        )
    if len(shop) > MOST_SHOP:
        raise InvalidValue(
            f"The name of the shop may have {MOST_SHOP} characters.", message_zh=f"店铺名称最多 {MOST_SHOP} 个字。"
        )
    return clean


def _check_free(tx: Transaction, team_id: int | None, name: str, people: list[str]) -> None:
    taken = tx.connection.execute(select(team.c.id).where(team.c.name == name)).scalar_one_or_none()
    if taken is not None and taken != team_id:
        raise InvalidValue(
            f"There is a team “{name}” already. Please choose another name.", message_zh=f"已经有「{name}」这个小组。"
        )
    known = set(tx.connection.execute(select(user.c.id).where(user.c.id.in_(people))).scalars())
    unknown = [person for person in people if person not in known]
    if unknown:
        raise InvalidValue(f"There is no account {unknown[0]}.", message_zh=f"没有账号 {unknown[0]}。")
    elsewhere = (
        select(user.c.name, team.c.name.label("team"))
        .join(team_member, team_member.c.user == user.c.id)
        .join(team, team.c.id == team_member.c.team)
        .where(user.c.id.in_(people), team.c.id != (team_id or 0))
        .order_by(user.c.id)
    )
    other = tx.connection.execute(elsewhere).first()
    if other is not None:
        raise InvalidValue(
            f"{other.name} is in the team “{other.team}”; a person is in one team only. "
            "Please take them out there first.",
            message_zh=f"{other.name}已在「{other.team}」,请先从那里移出;一个人只在一个小组。",
        )
