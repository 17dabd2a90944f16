"""How a text addresses its customer (E10): as the customer wants, else as the channel does, else as it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, literal_column, select

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
_SPOKEN_ON: Final = frozenset({"phone", "walk_in", "official_site"})
#: How the shipped texts open: 亲, or a greeting, or both.
_OPENING: Final = re.compile(r"^(?:亲[,\uff0c。]\s*(?:您好[!\uff01,\uff0c。]\s*)?|您好[!\uff01,\uff0c。]\s*)")
_SURNAME: Final = re.compile(r"^[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressing:
    """Who has said how texts address people; where nobody has, nothing is asked before a text goes out."""

    #: Some customer has.
    by_customer: bool = False
    #: Shops that address by channel; "": every shop does.
    by_channel: frozenset[str] = frozenset()

    def follows_channel(self, shop_name: object) -> bool:
        """Whether a shop addresses by channel, by its own line or by that of every shop."""
        own = isinstance(shop_name, str) and shop_name.strip() in self.by_channel
        return own or _ANY_SHOP in self.by_channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a customer has said, as it was read."""

    customer_id: str
    #: As the archive keeps it: qin, nin, mr, ms; None and "": nothing.
    said: str | None
    #: Facts of the newest order, for mr and ms; None: there is none.
    facts: bytes | None = None

    @property
    def address(self) -> str | None:
        """亲, 您好, 张先生; None: as the channel or the text has it."""
        if self.said in _TITLES:
            return _surname(self.facts) + _TITLES[self.said]
        return {"qin": DEAR, "nin": HELLO}.get(self.said or "")


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

    What the customer wants, else by channel where the shop says so (setting ``address_by_channel`` of its own line, or
    of every shop's).
    """
    said = preferred_address(connection, customer_id)
    if said is not None:
        return said
    return address_on(channel) if read_addressing(connection).follows_channel(shop_name) else None


def address_in_talk(connection: Connection, customer_id: str, channel: str | None, shop_name: object) -> str | None:
    """How what a person says addresses the customer: as messages do, and where nobody has said, by how they talk.

    On the telephone, in the shop and on its own site nobody says 亲; elsewhere None: as it is written.
    """
    said = address_for(connection, customer_id, channel, shop_name)
    return HELLO if said is None and channel in _SPOKEN_ON else said


def read_addressing(connection: Connection) -> Addressing:
    """Who has said how texts address people."""
    said = select(customer.c.key).where(customer.c.address_as != literal_column("''")).limit(1)
    newest = select(shop_settings.c.shop, func.max(shop_settings.c.version)).group_by(shop_settings.c.shop).subquery()
    lines = select(shop_settings.c.shop, shop_settings.c.content).join(
        newest, (newest.c.shop == shop_settings.c.shop) & (newest.c[1] == shop_settings.c.version)
    )
    return Addressing(
        by_customer=connection.execute(said).first() is not None,
        by_channel=frozenset(
            row.shop for row in connection.execute(lines) if canonical.decode(row.content).get(_BY_CHANNEL) == _ON
        ),
    )


def address_on(channel: str | None) -> str:
    """How a channel addresses whoever has said nothing: 亲 on marketplaces, 您好 on the telephone."""
    return DEAR if channel in _DEAR_ON else HELLO


def preferred_address(connection: Connection, customer_id: str) -> str | None:
    """How the customer wants to be addressed; None: nobody has said."""
    newest = (
        select(shop_order.c.facts)
        .where(shop_order.c.customer_id == customer_id)
        .order_by(shop_order.c.paid_at.desc(), shop_order.c.order_id.desc())
        .limit(1)
        .scalar_subquery()
    )
    said = select(customer.c.address_as, newest).where(customer.c.customer_id == customer_id)
    found = connection.execute(said).one_or_none()
    return None if found is None else Wanted(customer_id=customer_id, said=found[0], facts=found[1]).address


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


def _surname(facts: bytes | None) -> str:
    """The first character of an order's receiver, which masks show too; "" where there is none."""
    name = canonical.decode(facts).get("receiver_name") if facts is not None else None
    found = _SURNAME.match(name) if isinstance(name, str) else None
    return found.group() if found else ""
