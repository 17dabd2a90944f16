"""Follows who is in a team: the cases of who joins or leaves one are read again, the newest first.

That nobody of a case is in any team is a fact of the case in the index (supervisors of every team see it), so it
changes with teams though the case has no step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, exists, insert, or_, select
from sqlalchemy import text as sql

from engine.search import document
from engine.search.index import CASES
from engine.store.database import Transaction
from engine.store.tables import search_member, team_member

_PORTION: Final = 60
_FAR: Final = 2**62
_CASES_OF: Final = sql(
    f"SELECT rowid FROM {CASES} WHERE {CASES} MATCH :person AND rowid < :before ORDER BY rowid DESC LIMIT :portion"
)
_sm, _tm = search_member.c, team_member.c
_JOINED: Final = select(_tm.user).where(~exists().where(_sm.user == _tm.user, _sm.inside == 1)).order_by(_tm.user)
_LEFT: Final = select(_sm.user).where(_sm.inside == 1, ~exists().where(_tm.user == _sm.user)).order_by(_sm.user)
_UNREAD: Final = select(search_member).where(_sm.before.is_not(None)).order_by(_sm.user)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Some cases of somebody who joined or left a team, and how far they have been read again then."""

    user: str
    inside: bool
    before: int | None
    keys: Sequence[int]


def look(connection: Connection) -> Turn | None:
    """The next cases to be read again; None: the index has everybody as they are."""
    for query, inside in ((_JOINED, True), (_LEFT, False)):
        user = connection.execute(query.limit(1)).scalar()
        if user is not None:
            return _turn(connection, user, inside, _FAR)
    row: Row[Any] | None = connection.execute(_UNREAD.limit(1)).one_or_none()
    return None if row is None else _turn(connection, row.user, bool(row.inside), row.before)


def write(tx: Transaction, turn: Turn) -> None:
    """Keep that these cases have been read."""
    tx.connection.execute(delete(search_member).where(_sm.user == turn.user))
    if turn.inside or turn.before is not None:
        row = {"user": turn.user, "inside": int(turn.inside), "before": turn.before}
        tx.connection.execute(insert(search_member).values(row))


def begin(tx: Transaction) -> None:
    """Take everybody as they are: all cases are about to be read."""
    tx.connection.execute(delete(search_member))
    everybody = select(_tm.user, sql("1"), sql("NULL"))
    tx.connection.execute(insert(search_member).from_select(["user", "inside", "before"], everybody))


def are_followed(connection: Connection) -> bool:
    """Whether the cases of all who joined or left a team have been read again."""
    behind = or_(_JOINED.exists(), _LEFT.exists(), _UNREAD.exists())
    return not connection.execute(select(behind)).scalar_one()


def _turn(connection: Connection, user: str, inside: bool, before: int) -> Turn:
    values = {"person": f'"{document.person(user)}"', "before": before, "portion": _PORTION}
    keys = list(connection.execute(_CASES_OF, values).scalars())
    return Turn(user=user, inside=inside, before=keys[-1] if len(keys) == _PORTION else None, keys=keys)
