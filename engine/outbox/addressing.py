"""How a text addresses its customer (E10): as the customer wants, else as the channel does, else as it is written."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import Connection, literal_column, select

from engine import canonical
from engine.store.tables import customer, shop_order, shop_settings

#: The shop's setting, and what it says when it is on.
_BY_CHANNEL: Final = "address_by_channel"
_ON: Final = "是"
_ANY_SHOP: Final = ""
DEAR: Final = "亲"
HELLO: Final = "您好"
_TITLES: Final = {"mr": "先生", "ms": "女士"}
#: Channels on which buyers are 亲; on the others they are greeted.
_DEAR_ON: Final = frozenset({"marketplace", "social"})
#: How the shipped texts open: 亲, or a greeting, or both.
_OPENING: Final = re.compile(r"^(?:亲[,,]\s*(?:您好[!!,,。]\s*)?|您好[!!,,。]\s*)")
_SURNAME: Final = re.compile(r"^[\u4e00-\u9fff]")


def address_of(connection: Connection, customer_id: str, channel: str | None) -> str:
    """How the customer is addressed: 亲, 您好, or 张先生.

    Args:
        connection: a snapshot, or the caller's transaction.
        customer_id: whom; unknown ones are addressed by channel.
        channel: COMMON's; None and unknown ones are greeted.
    """
    return preferred_address(connection, customer_id) or address_on(channel)


def address_for(connection: Connection, customer_id: str, channel: str | None, shop_name: object) -> str | None:
    """How a text that goes out addresses the customer; None: as it is written.

    One statement for a customer who has said nothing: what the customer wants, and whether the shop addresses by
    channel (setting ``address_by_channel`` of its own line, else of every shop's).
    """
    lines = [shop_name.strip(), _ANY_SHOP] if isinstance(shop_name, str) else [_ANY_SHOP]
    newest = [
        select(shop_settings.c.content)
        .where(shop_settings.c.shop == line)
        .order_by(shop_settings.c.version.desc())
        .limit(1)
        .scalar_subquery()
        for line in lines
    ]
    wants = select(customer.c.address_as).where(customer.c.customer_id == customer_id).scalar_subquery()
    said, *contents = connection.execute(select(wants, *newest)).one()
    if said:
        return preferred_address(connection, customer_id)
    known = [canonical.decode(content).get(_BY_CHANNEL) for content in contents if content is not None]
    return address_on(channel) if _ON in known else None


def are_addresses_set(connection: Connection) -> bool:
    """Whether any customer, or any shop, has said how texts address people; else none has to be asked for."""
    said = select(customer.c.key).where(customer.c.address_as != literal_column("''")).limit(1)
    if connection.execute(said).first() is not None:
        return True
    contents = connection.execute(select(shop_settings.c.content)).scalars()
    return any(canonical.decode(content).get(_BY_CHANNEL) == _ON for content in contents)


def address_on(channel: str | None) -> str:
    """How a channel addresses whoever has said nothing: 亲 on marketplaces, 您好 on the telephone."""
    return DEAR if channel in _DEAR_ON else HELLO


def preferred_address(connection: Connection, customer_id: str) -> str | None:
    """How the customer wants to be addressed; None: nobody has said."""
    wanted = select(customer.c.address_as).where(customer.c.customer_id == customer_id)
    said = connection.execute(wanted).scalar_one_or_none()
    if said in _TITLES:
        return _surname(connection, customer_id) + _TITLES[said]
    return {"qin": DEAR, "nin": HELLO}.get(said or "")


def addressed(text: str, address: str) -> str:
    """The text with its opening put right; one that opens otherwise stays as it is."""
    opening = _OPENING.match(text)
    if opening is None:
        return text
    rest = text[opening.end() :]
    greets = HELLO in opening.group()
    if address == DEAR:
        return f"{DEAR},{HELLO}!{rest}" if greets else f"{DEAR},{rest}"
    if address == HELLO:
        return f"{HELLO}!{rest}" if greets else f"{HELLO},{rest}"
    return f"{address},{HELLO}!{rest}" if greets else f"{address},{rest}"


def _surname(connection: Connection, customer_id: str) -> str:
    """The first character of the newest order's receiver, which masks show too; "" where there is none."""
    newest = select(shop_order.c.facts).where(shop_order.c.customer_id == customer_id)
    ordered = newest.order_by(shop_order.c.paid_at.desc(), shop_order.c.order_id.desc()).limit(1)
    facts = connection.execute(ordered).scalar_one_or_none()
    name = canonical.decode(facts).get("receiver_name") if facts is not None else None
    found = _SURNAME.match(name) if isinstance(name, str) else None
    return found.group() if found else ""
