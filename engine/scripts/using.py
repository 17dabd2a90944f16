"""Who copied which text how often, and whose favourites they are."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import delete
from sqlalchemy.dialects.sqlite import insert

from engine.model import Actor
from engine.scripts.library import day_of
from engine.store.database import Transaction
from engine.store.tables import script_favourite, script_use

#: More than anybody copies one text on a day: a stuck key is no use.
_MOST_A_DAY: Final = 500


def count_use(tx: Transaction, code: str, actor: Actor, *, now: datetime) -> None:
    """Count that somebody copied a text today, whatever it was filled with."""
    put = insert(script_use).values(code=code, user=actor.id, day=day_of(now), times=1)
    more = {"times": script_use.c.times + 1}
    tx.connection.execute(
        put.on_conflict_do_update(
            index_elements=["code", "user", "day"], set_=more, where=script_use.c.times < _MOST_A_DAY
        )
    )


def set_favourite(tx: Transaction, code: str, actor: Actor, *, favourite: bool) -> None:
    """Make a script a favourite of the person, or none; doing it twice changes nothing."""
    if favourite:
        tx.connection.execute(insert(script_favourite).values(user=actor.id, code=code).on_conflict_do_nothing())
        return
    mine = script_favourite.c.user == actor.id
    tx.connection.execute(delete(script_favourite).where(mine, script_favourite.c.code == code))
