"""The customers themselves: whom the shop knows, and what people say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.sqlite import insert

from engine import access, canonical, outbox
from engine.clock import from_microseconds, instant_or_none, to_microseconds
from engine.customers import words
from engine.errors import InvalidValue, NotFound, StepError
from engine.masking import mask, mask_within
from engine.model import Actor, Event
from engine.store.database import Transaction
from engine.store.epoch import count_epoch
from engine.store.streams import append_system
from engine.store.tables import customer, customer_change, process_instance, shop_order

MAX_TAG: Final = 20
MAX_TAGS: Final = 10
MAX_NOTE: Final = 1000
_NOTHING: Final = "没有这位客户,或您没有权限。"


class StaleCustomer(StepError):
    """Somebody else has changed the customer since the page was opened; nothing was written. Reload, then try again."""

    code = "stale_customer"
    message_zh = "客户档案已被他人修改,您的修改没有保存,请刷新后再改。"
    message_en = (
        "Somebody else has changed this customer meanwhile, and your change was not saved. Please reload the page "
        "and change it again."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """What people say of a customer. Times are aware UTC."""

    key: int
    customer_id: str
    level: str
    tags: tuple[str, ...]
    address_as: str
    note: str
    good_since: datetime | None
    next_visit_at: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime
    #: Give it back with a change.
    revision: int

    @property
    def shown_id(self) -> str:
        """The id as lists show it."""
        return str(mask("customer_id", self.customer_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What somebody changed: field → (old, new)."""

    changes: Mapping[str, tuple[object, object]]
    changed_by: str
    changed_at: datetime


# --- whom the shop knows -------------------------------------------------------------------------


def enter(tx: Transaction, customer_id: str, *, seen_at: datetime) -> int:
    """The key of a customer, who is entered if nobody has done so.

    Args:
        tx: the caller's transaction.
        customer_id: as the shop knows the customer.
        seen_at: when the customer did something; earlier than what is known, it changes nothing.
    """
    at = to_microseconds(seen_at)
    unsaid = dict.fromkeys(("level", "tags", "address_as", "note"), "")
    put = insert(customer).values(customer_id=customer_id, first_seen_at=at, last_seen_at=at, **unsaid)
    seen = put.on_conflict_do_update(
        index_elements=["customer_id"],
        set_={
            "last_seen_at": func.max(customer.c.last_seen_at, put.excluded.last_seen_at),
            "first_seen_at": func.min(customer.c.first_seen_at, put.excluded.first_seen_at),
        },
    )
    return int(tx.connection.execute(seen.returning(customer.c.key)).scalar_one())


def find_key(connection: Connection, customer_id: str) -> int | None:
    """The key of a customer's entry; None while there is none."""
    return connection.execute(select(customer.c.key).where(customer.c.customer_id == customer_id)).scalar_one_or_none()


def get(connection: Connection, key: int) -> Customer:
    """A customer by its key.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(select(customer).where(customer.c.key == key)).one_or_none()
    if row is None:
        raise NotFound(f"there is no customer {key}", message_zh=_NOTHING)
    return customer_of(row)


def find(connection: Connection, customer_id: str) -> Customer | None:
    """A customer by the shop's id; None while nobody has entered it."""
    row = connection.execute(select(customer).where(customer.c.customer_id == customer_id)).one_or_none()
    return None if row is None else customer_of(row)


def is_known(connection: Connection, customer_id: str) -> bool:
    """Whether an order, a case or the archive has the customer."""
    asked = (
        select(customer.c.key).where(customer.c.customer_id == customer_id),
        select(func.length(shop_order.c.order_id)).where(shop_order.c.customer_id == customer_id),
        select(process_instance.c.key).where(process_instance.c.customer_id == customer_id),
    )
    return any(connection.execute(one.limit(1)).first() is not None for one in asked)


# --- changes -------------------------------------------------------------------------------------


def change(
    tx: Transaction, key: int, wanted: Mapping[str, str], actor: Actor, *, now: datetime, revision: int | None = None
) -> Customer:
    """Change what people say of a customer; the system's history says by whom, old and new.

    Args:
        tx: the caller's transaction.
        key: the customer.
        wanted: ``level``, ``tags`` (words between commas or blanks), ``address_as``, ``note``, ``good`` ("1" or "").
        actor: who changes; P25.
        now: when.
        revision: of the entry that the actor has seen; not checked where None.

    Raises:
        NotAllowed: the actor lacks P25, or is the customer.
        NotFound: there is no such customer.
        InvalidValue: a code is unknown, or a text too long.
        StaleCustomer: somebody else was faster.
    """
    access.check(actor, "P25")
    before = get(tx.connection, key)
    access.check_own_case(actor, before.customer_id)
    if revision is not None and revision != before.revision:
        raise StaleCustomer
    new = _checked(wanted)
    old = {
        "level": before.level,
        "tags": list(before.tags),
        "address_as": before.address_as,
        "note": before.note,
        "good": before.good_since is not None,
    }
    changes = {name: [old[name], value] for name, value in new.items() if value != old[name]}
    if not changes:
        return before
    values: dict[str, Any] = {"revision": before.revision + 1, **{n: new[n] for n in ("level", "address_as", "note")}}
    values["tags"] = f",{','.join(new['tags'])}," if new["tags"] else ""
    if new["good"] != old["good"]:
        values["good_since"] = to_microseconds(now) if new["good"] else None
        values["next_visit_at"] = to_microseconds(now + words.GOOD_EVERY) if new["good"] else None
    if new["address_as"] and not outbox.read_addressing(tx.connection).by_customer:
        count_epoch(tx)
    tx.connection.execute(update(customer).where(customer.c.key == key).values(values))
    tx.connection.execute(
        insert(customer_change).values(
            customer=key,
            revision=values["revision"],
            changes=canonical.encode(changes),
            changed_by=actor.id,
            changed_at=to_microseconds(now),
        )
    )
    told = {"customer_id": before.customer_id, "changes": _without_numbers(changes)}
    append_system(tx, [Event(kind="customer.updated", value=told)], at=now, actor=actor.id)
    return get(tx.connection, key)


def changes_of(connection: Connection, key: int, limit: int = 20) -> list[Change]:
    """The changes of a customer, the newest first."""
    found = select(customer_change).where(customer_change.c.customer == key)
    rows = connection.execute(found.order_by(customer_change.c.revision.desc()).limit(limit))
    return [
        Change(
            changes={name: (old, new) for name, (old, new) in canonical.decode(row.changes).items()},
            changed_by=row.changed_by,
            changed_at=from_microseconds(row.changed_at),
        )
        for row in rows
    ]


def _checked(wanted: Mapping[str, str]) -> dict[str, Any]:
    level, address_as, note = (wanted.get(name, "").strip() for name in ("level", "address_as", "note"))
    if level and level not in words.LEVELS:
        raise InvalidValue(
            f"There is no level {level[:20]!r}. Please choose one of the list.", message_zh="没有这个级别,请重新选择。"
        )
    if address_as and address_as not in words.ADDRESSES:
        raise InvalidValue(
            f"There is no form of address {address_as[:20]!r}. Please choose one of the list.",
            message_zh="没有这个称呼,请重新选择。",
        )
    if len(note) > MAX_NOTE:
        raise InvalidValue(
            f"The note may have {MAX_NOTE} characters and has {len(note)}. Please shorten it.",
            message_zh=f"备注最长{MAX_NOTE}字,现在{len(note)}字。",
        )
    plain = "".join(" " if char in ",,、;;" else char for char in wanted.get("tags", ""))
    tags = sorted(set(plain.split()))
    if len(tags) > MAX_TAGS or any(len(tag) > MAX_TAG or not tag.isprintable() for tag in tags):
        said = f"标签最多{MAX_TAGS}个,每个最长{MAX_TAG}字,用逗号或空格隔开。"
        raise InvalidValue(
            f"Write at most {MAX_TAGS} tags of at most {MAX_TAG} characters each, with commas or spaces between them.",
            message_zh=said,
        )
    return {"level": level, "tags": tags, "address_as": address_as, "note": note, "good": wanted.get("good") == "1"}


def _without_numbers(changes: Mapping[str, list[Any]]) -> dict[str, Any]:
    return {
        name: [mask_within(text) if isinstance(text, str) else text for text in pair] for name, pair in changes.items()
    }


def customer_of(row: Row[Any]) -> Customer:
    """A row of the table."""
    return Customer(
        key=row.key,
        customer_id=row.customer_id,
        level=row.level,
        tags=tuple(tag for tag in row.tags.split(",") if tag),
        address_as=row.address_as,
        note=row.note,
        good_since=instant_or_none(row.good_since),
        next_visit_at=instant_or_none(row.next_visit_at),
        first_seen_at=from_microseconds(row.first_seen_at),
        last_seen_at=from_microseconds(row.last_seen_at),
        revision=row.revision,
    )
