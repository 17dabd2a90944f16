"""In which order the inbox stands, and the places in it at which pages begin."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select, tuple_

from engine.errors import NotFound
from engine.saved_filters import Sort
from engine.store.tables import user_task
from engine.store.tables.instances import NEVER_DUE

_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,18})", re.ASCII)
#: SQLite's integers have 64 bits.
_MOST: Final = 2**63
_MONEY: Final = -func.coalesce(user_task.c.amount, -1)
_TURN: Final = func.coalesce(user_task.c.queue_no, NEVER_DUE)

#: What stands first, ascending; the task's id comes last, so that no two places are the same.
_KEYS: Final[Mapping[Sort, tuple[ColumnElement[Any], ...]]] = {
    Sort.DUE: (user_task.c.urgency, user_task.c.due_order),
    Sort.PRIORITY: (user_task.c.urgency, -user_task.c.priority, user_task.c.due_order),
    Sort.MONEY: (_MONEY,),
    Sort.NEWEST: (-user_task.c.created_at,),
    Sort.OLDEST: (user_task.c.created_at,),
    Sort.QUEUE: (_TURN, user_task.c.urgency, user_task.c.due_order),
}
#: Where a task stands in an order: its keys, then its id.
Place = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """From where on a page is read, in which direction, and how far."""

    sort: Sort
    #: Behind this place, or in front of it when reading backwards; None: from the end where one begins.
    start: Place | None
    backwards: bool
    limit: int

    def select(self) -> Select[Any]:
        """The places of tasks, from the start on; conditions are still to be added."""
        keys = [key.label(f"k{number}") for number, key in enumerate(self.keys)]
        order = [key.desc() if self.backwards else key for key in self.keys]
        found = select(*keys).order_by(*order).limit(self.limit)
        if self.start is None:
            return found
        here, there = tuple_(*self.keys), tuple_(*self.start)
        return found.where(here < there if self.backwards else here > there)

    @property
    def keys(self) -> tuple[ColumnElement[Any], ...]:
        """Columns of the order, the id last."""
        return (*_KEYS[self.sort], user_task.c.id)

    def first(self, found: Sequence[Place]) -> list[Place]:
        """The first of several readings put together; a task that was found twice stands there once."""
        return sorted(set(found), reverse=self.backwards)[: self.limit]


def place_of(text: str | None, sort: Sort) -> Place | None:
    """The place that a page gave.

    Raises:
        NotFound: no page of this order gave it.
    """
    if text is None:
        return None
    numbers = text.split("_")
    if len(numbers) != len(_KEYS[sort]) + 1 or not all(_NUMBER.fullmatch(number) for number in numbers):
        raise NotFound("there is no such page")
    place = tuple(map(int, numbers))
    if not all(-_MOST <= number < _MOST for number in place):
        raise NotFound("there is no such page")
    return place


def text_of(place: Place) -> str:
    """A place as it stands in an address."""
    return "_".join(map(str, place))
