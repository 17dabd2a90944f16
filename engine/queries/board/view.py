"""The whole board, from one snapshot."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from engine import access, roster
from engine.model import Actor
from engine.queries.base import Names
from engine.queries.board.loads import GroupLoad, Load, PersonLoad, read_groups, read_people
from engine.queries.board.standing import Complaint, Standing, read_complaints, read_standing
from engine.queries.visibility import visible_case, visible_task
from engine.store.tables import exception_report, membership, transfer, user

if TYPE_CHECKING:
    from engine.definitions import Definitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What a supervisor looks at in the morning and all day."""

    load: Load
    groups: tuple[GroupLoad, ...]
    people: tuple[PersonLoad, ...]
    standing: Standing
    complaints: tuple[Complaint, ...]
    #: Reported exceptions that nobody has acknowledged, and transfers that nobody has answered.
    exceptions: int
    transfers: int


def read_board(connection: Connection, definitions: Definitions, actor: Actor, now: datetime) -> Board:
    """The board of who may assign (P06): of the own team, or of everybody.

    Args:
        connection: a snapshot.
        definitions: give the names.
        actor: who looks.
        now: aware UTC, by which due times are judged.

    Raises:
        NotAllowed: the actor lacks P06.
    """
    access.check(actor, "P06")
    members = _members(connection, actor)
    tasks, cases = visible_task(actor), visible_case(actor)
    load, groups = read_groups(connection, now, tasks)
    people = read_people(
        connection,
        now,
        tasks,
        members,
        on_duty=roster.on_duty(connection, now),
        away=roster.away_until(connection, members, now),
    )
    return Board(
        load=load,
        groups=tuple(groups),
        people=tuple(people),
        standing=read_standing(connection, cases),
        complaints=tuple(read_complaints(connection, Names(connection, definitions), cases)),
        exceptions=_waiting_exceptions(connection),
        transfers=_waiting_transfers(connection, members),
    )


def _members(connection: Connection, actor: Actor) -> dict[str, tuple[str, ...]]:
    """Active people who do tasks, with their groups: those of the actor's team, or all."""
    found: dict[str, list[str]] = defaultdict(list)
    rows = select(membership.c.user, membership.c.group).join(user, user.c.id == membership.c.user)
    within = access.people_within(actor, "P06")
    for row in connection.execute(rows.where(user.c.active == 1).order_by(membership.c.user, membership.c.group)):
        if within is None or row.user in within:
            found[row.user].append(row.group)
    works = {person: Actor(id=person, groups=frozenset(groups)) for person, groups in found.items()}
    return {person: tuple(groups) for person, groups in found.items() if access.may(works[person], "P04")}


def _waiting_exceptions(connection: Connection) -> int:
    waiting = select(func.count()).select_from(exception_report).where(exception_report.c.acknowledged_at.is_(None))
    return int(connection.execute(waiting).scalar_one())


def _waiting_transfers(connection: Connection, members: dict[str, tuple[str, ...]]) -> int:
    waiting = select(func.count()).where(transfer.c.status == "pending", transfer.c.from_user.in_(members))
    return int(connection.execute(waiting).scalar_one())
