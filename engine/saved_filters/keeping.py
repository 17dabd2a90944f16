"""Filters that people keep: each owned by one person, seen by one group besides where it is shared."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, insert, or_, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy.dialects.sqlite import insert as upsert

from engine import access
from engine.access import GROUPS
from engine.clock import to_microseconds
from engine.errors import InvalidValue, NotAllowed, NotFound
from engine.model import Actor, Event
from engine.saved_filters.asked import Asked
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import saved_filter, unpinned_filter, user

MAX_NAME: Final = 20
#: So many of one person; a column of more is no help.
MAX_FILTERS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFilter:
    """A filter that somebody keeps, as one person sees it."""

    id: int
    name: str
    #: Query string; read it with ``read_query``, which says what of it is no more.
    query: str
    owner: str
    owner_name: str
    #: The group that sees it too.
    shared_with: str | None
    #: Whether it stands beside the person's list with its count.
    pinned: bool
    #: Whether the person may change it.
    own: bool


def list_filters(connection: Connection, actor: Actor) -> list[SavedFilter]:
    """Those of the actor in their order, then those shared with the actor's groups."""
    hidden = select(unpinned_filter.c.filter).where(unpinned_filter.c.user == actor.id)
    columns = (saved_filter, user.c.name.label("owner_name"), saved_filter.c.id.in_(hidden).label("hidden"))
    rows = connection.execute(
        select(*columns)
        .outerjoin(user, user.c.id == saved_filter.c.owner)
        .where(_seen_by(actor))
        .order_by(saved_filter.c.owner != actor.id, saved_filter.c.position, saved_filter.c.id)
    )
    return [
        SavedFilter(
            id=row.id,
            name=row.name,
            query=row.query,
            owner=row.owner,
            owner_name=row.owner_name or row.owner,
            shared_with=row.shared_with,
            pinned=not row.hidden,
            own=row.owner == actor.id,
        )
        for row in rows
    ]


def keep(
    tx: Transaction, actor: Actor, name: str, asked: Asked, *, at: datetime, shared_with: str | None = None
) -> int:
    """Keep a filter under a name, behind the actor's others; gives its id.

    Raises:
        InvalidValue: the name is empty, too long or taken, or there are too many already.
        NotAllowed: the actor may not share with that group.
    """
    checked = _checked_name(name)
    _check_sharing(actor, shared_with)
    own = saved_filter.c.owner == actor.id
    count, last = tx.connection.execute(select(func.count(), func.max(saved_filter.c.position)).where(own)).one()
    if count >= MAX_FILTERS:
        raise InvalidValue(
            f"At most {MAX_FILTERS} filters can be kept. Please delete one that you do not use.",
            message_zh=f"最多保存 {MAX_FILTERS} 个筛选,请先删除不用的。",
        )
    _check_free(tx, actor, checked, None)
    now = to_microseconds(at)
    row = {"owner": actor.id, "name": checked, "query": asked.query(), "shared_with": shared_with}
    made = insert(saved_filter).values(**row, position=(last or 0) + 1, made_at=now, changed_at=now)
    key = int(tx.connection.execute(made.returning(saved_filter.c.id)).scalar_one())
    if shared_with is not None:
        _note(tx, "filter.shared", {"filter": key, "name": checked, "group": shared_with}, at, actor)
    return key


def rename(
    tx: Transaction, actor: Actor, filter_id: int, name: str, *, at: datetime, shared_with: str | None = None
) -> None:
    """Give an own filter another name, and share it with another group or with none.

    Raises:
        NotFound: the actor has no such filter.
        InvalidValue, NotAllowed: as for ``keep``.
    """
    before = _own(tx.connection, actor, filter_id)
    checked = _checked_name(name)
    if shared_with != before.shared_with:
        _check_sharing(actor, shared_with)
        value = {"filter": filter_id, "name": checked, "before": before.shared_with, "group": shared_with}
        _note(tx, "filter.shared" if shared_with else "filter.unshared", value, at, actor)
    _check_free(tx, actor, checked, filter_id)
    changed = {"name": checked, "shared_with": shared_with, "changed_at": to_microseconds(at)}
    tx.connection.execute(update(saved_filter).where(saved_filter.c.id == filter_id).values(changed))


def delete(tx: Transaction, actor: Actor, filter_id: int, *, at: datetime) -> None:
    """Delete an own filter; whoever it was shared with does not see it any more.

    Raises:
        NotFound: the actor has no such filter.
    """
    before = _own(tx.connection, actor, filter_id)
    tx.connection.execute(delete_from(unpinned_filter).where(unpinned_filter.c.filter == filter_id))
    tx.connection.execute(delete_from(saved_filter).where(saved_filter.c.id == filter_id))
    if before.shared_with is not None:
        value = {"filter": filter_id, "name": before.name, "before": before.shared_with, "group": None}
        _note(tx, "filter.unshared", value, at, actor)


def move(tx: Transaction, actor: Actor, filter_id: int, by: int) -> None:
    """Move an own filter up (by = -1) or down (by = 1) among the own ones.

    Raises:
        NotFound: the actor has no such filter.
    """
    _own(tx.connection, actor, filter_id)
    order = select(saved_filter.c.id).where(saved_filter.c.owner == actor.id)
    ids = list(tx.connection.execute(order.order_by(saved_filter.c.position, saved_filter.c.id)).scalars())
    at = ids.index(filter_id)
    to = min(max(at + (1 if by > 0 else -1), 0), len(ids) - 1)
    ids.insert(to, ids.pop(at))
    for position, one in enumerate(ids, 1):
        tx.connection.execute(update(saved_filter).where(saved_filter.c.id == one).values(position=position))


def pin(tx: Transaction, actor: Actor, filter_id: int, *, pinned: bool) -> None:
    """Show a filter beside the actor's list, or no longer.

    Raises:
        NotFound: the actor sees no such filter.
    """
    seen = select(saved_filter.c.id).where(saved_filter.c.id == filter_id, _seen_by(actor))
    if tx.connection.execute(seen).first() is None:
        raise NotFound("there is no such filter", message_zh="没有这个筛选。")
    row = {"user": actor.id, "filter": filter_id}
    if pinned:
        where = unpinned_filter.c.user == actor.id, unpinned_filter.c.filter == filter_id
        tx.connection.execute(delete_from(unpinned_filter).where(*where))
    else:
        tx.connection.execute(upsert(unpinned_filter).values(row).on_conflict_do_nothing())


def may_share(actor: Actor, group: str) -> bool:
    """Whether the actor may show a filter to a group: who hands work to people (P06)."""
    return group in GROUPS and access.may_assign(actor)


def shareable_groups(actor: Actor) -> tuple[str, ...]:
    """Groups to which the actor may show filters."""
    return tuple(group for group in GROUPS if may_share(actor, group))


def _seen_by(actor: Actor) -> Any:
    return or_(saved_filter.c.owner == actor.id, saved_filter.c.shared_with.in_(sorted(actor.groups)))


def _own(connection: Connection, actor: Actor, filter_id: int) -> Any:
    own = saved_filter.c.id == filter_id, saved_filter.c.owner == actor.id
    row = connection.execute(select(saved_filter).where(*own)).one_or_none()
    if row is None:
        raise NotFound("there is no such filter", message_zh="没有这个筛选,或它不是您的。")
    return row


def _check_sharing(actor: Actor, group: str | None) -> None:
    if group is not None and not may_share(actor, group):
        raise NotAllowed("You cannot share filters with this group.", message_zh="您不能把筛选共享给该岗位。")


def _check_free(tx: Transaction, actor: Actor, name: str, but: int | None) -> None:
    same = select(saved_filter.c.id).where(saved_filter.c.owner == actor.id, saved_filter.c.name == name)
    found = tx.connection.execute(same).scalar()
    if found is not None and found != but:
        raise InvalidValue(
            f"There is a filter “{name}” already. Please choose another name.",
            message_zh=f"已有名为“{name}”的筛选,请换一个名称。",
        )


def _checked_name(name: str) -> str:
    clean = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(clean) <= MAX_NAME or not clean.isprintable():
        raise InvalidValue(
            f"The name must have 1 to {MAX_NAME} printable characters.",
            message_zh=f"名称须为 1 到 {MAX_NAME} 个可见字符。",
        )
    return clean


def _note(tx: Transaction, kind: str, value: dict[str, object], at: datetime, actor: Actor) -> None:
    append_system(tx, [Event(kind=kind, value=value)], at=at, actor=actor.id)
