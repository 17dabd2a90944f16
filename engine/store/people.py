"""Accounts with all that belongs to their people: groups, own customer ids, couriers, the team."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Text,
    bindparam,
    cast,
    exists,
    literal_column,
    select,
    union_all,
)

from engine.model import Actor
from engine.store.statement import Query
from engine.store.tables import courier_account, membership, own_customer, second_factor, team_member, user

_NAMES_OF: Final = select(user.c.id, user.c.name).where(user.c.id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who can log in."""

    id: str
    name: str
    groups: frozenset[str]
    active: bool
    demo: bool
    #: Changed with password, groups and activity: sessions of an older epoch are over.
    session_epoch: int
    #: Somebody else has set the password, and the person has not replaced it yet.
    password_given: bool = False
    #: The person has an app that makes codes.
    second_factor: bool = False
    #: By which customer ids the person buys in the shop.
    customer_ids: frozenset[str] = frozenset()
    #: Everybody in the person's team; None: in no team, or in the only one that has people.
    team: frozenset[str] | None = None
    #: Couriers whose tasks the person does; "*": all of them.
    couriers: frozenset[str] = frozenset()

    @property
    def actor(self) -> Actor:
        """The account as the issuer of commands."""
        return Actor(
            id=self.id,
            name=self.name,
            groups=self.groups,
            customer_ids=self.customer_ids,
            team=self.team,
            couriers=self.couriers,
        )


def read_names(connection: Connection, people: Iterable[str | None]) -> dict[str, str]:
    """Id → name, of those of whom there is an account."""
    wanted = sorted({one for one in people if one})
    return {row.id: row.name for row in connection.execute(_NAMES_OF, {"ids": wanted})} if wanted else {}


@cache
def _reading(*, one: bool) -> tuple[Query, Query]:
    """To whom what belongs, and the people: of the account ``:id`` or of all; made once, since every request asks."""
    people = select(
        user.c.id, user.c.name, user.c.active, user.c.demo, user.c.session_epoch, user.c.password_given, _has_factor()
    ).order_by(user.c.id)
    belongs = [
        select(
            membership.c.user.label("user"), membership.c.group.label("value"), literal_column("'group'").label("kind")
        ),
        select(own_customer.c.user.label("user"), own_customer.c.customer_id, literal_column("'buys'")),
        select(courier_account.c.user.label("user"), courier_account.c.courier, literal_column("'courier'")),
    ]
    mates = select(team_member.c.user, cast(team_member.c.team, Text), literal_column("'team'"))
    if one:
        user_id = bindparam("id", type_=Text)
        people = people.where(user.c.id == user_id)
        belongs = [each.where(each.selected_columns[0] == user_id) for each in belongs]
        mates = mates.where(team_member.c.team == _team_of(user_id), _another_team(user_id))
    return Query("belongings", union_all(*belongs, mates)), Query("people", people)


def _has_factor() -> ColumnElement[bool]:
    of = second_factor.c.user == user.c.id
    return exists().where(of, second_factor.c.since.is_not(None)).label("second_factor")


def read_accounts(connection: Connection, user_id: str | None) -> tuple[Account, ...]:
    """The account of an id, or none; of everybody, by id, where none is asked for."""
    belongings, people = _reading(one=user_id is not None)
    given = {} if user_id is None else {"id": user_id}
    found: dict[str, dict[str, set[str]]] = {"group": {}, "buys": {}, "courier": {}, "team": {}}
    for row in belongings.all(connection, given):
        found[row.kind].setdefault(row.user, set()).add(row.value)
    teams = _teams(found["team"], several=user_id is not None)
    return tuple(
        Account(
            id=row.id,
            name=row.name,
            groups=frozenset(found["group"].get(row.id, ())),
            active=bool(row.active),
            demo=bool(row.demo),
            session_epoch=row.session_epoch,
            password_given=bool(row.password_given),
            second_factor=bool(row.second_factor),
            customer_ids=frozenset(found["buys"].get(row.id, ())),
            couriers=frozenset(found["courier"].get(row.id, ())),
            team=teams.get(row.id),
        )
        for row in people.all(connection, given)
    )


def _teams(team_of: Mapping[str, set[str]], *, several: bool) -> dict[str, frozenset[str]]:
    """Everybody's team, by person; nobody's where there is but one, unless it is known that there are several."""
    people: dict[str, set[str]] = {}
    for person, (one,) in team_of.items():
        people.setdefault(one, set()).add(person)
    if len(people) < 2 and not several:
        return {}
    whole = {one: frozenset(mates) for one, mates in people.items()}
    return {person: whole[one] for person, (one,) in team_of.items()}


def _team_of(user_id: ColumnElement[str]) -> ScalarSelect[int]:
    own = team_member.alias()
    return select(own.c.team).where(own.c.user == user_id).scalar_subquery()


def _another_team(user_id: ColumnElement[str]) -> ColumnElement[bool]:
    """That there are people in teams other than somebody's."""
    other = team_member.alias()
    return exists().where(other.c.team != _team_of(user_id))
