"""What the shop knows: orders, parcels, its numbers, what it says of itself, its calendars."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text

from engine.store.tables.schema import KEY, metadata

shop_order = Table(
    "shop_order",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("shop", Text),
    #: unpaid, paid, picking, shipped, signed, cancelled.
    Column("order_stage", Text, nullable=False),
    #: Canonical bytes: order_amount, items, receiver_name, receiver_phone, receiver_address, packaging, order_remark,
    #: is_special_offer …
    Column("facts", LargeBinary, nullable=False),
    Column("waybill_no", Text),
    Column("courier", Text),
    Column("paid_at", BigInteger),
    Column("updated_at", BigInteger, nullable=False),
    #: Who sold it, as the shop names them: an account's id or name.
    Column("agent", Text),
    Index("ix_shop_order_customer", "customer_id", "paid_at"),
    Index("ix_shop_order_waybill", "waybill_no"),
    Index(
        "ix_shop_order_paid",
        "paid_at",
        "agent",
        "customer_id",
        "order_id",
        sqlite_where=text("paid_at IS NOT NULL"),
    ),
    Index("ix_shop_order_updated", "updated_at", "order_id"),
    Index("ix_shop_order_unpaid", "order_id", sqlite_where=text("order_stage = 'unpaid'")),
)

parcel = Table(
    "parcel",
    metadata,
    Column("waybill_no", Text, primary_key=True),
    Column("order_id", Text),
    Column("courier", Text),
    #: As the courier calls it, e.g. collected, in_transit, delivering, signed, stuck.
    Column("stage", Text, nullable=False),
    Column("location", Text),
    Column("last_update_at", BigInteger, nullable=False),
    #: When the present stage, as tracking knows it (shop.tracking_stage), began; null: older than this column.
    Column("stage_since", BigInteger),
    #: When the desk sent it; null: it came by import only.
    Column("dispatched_at", BigInteger),
    Index("ix_parcel_order", "order_id"),
    Index("ix_parcel_signed", "stage_since", sqlite_where=text("stage = 'signed'")),
)

#: Gapless numbers, e.g. of invoices in their queue.
number_sequence = Table(
    "number_sequence",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
)

#: What a shop says of itself in texts to customers (see engine.shop_settings): versions that never change.
shop_settings = Table(
    "shop_settings",
    metadata,
    Column("key", KEY, primary_key=True),
    #: Whose; "": of every shop that says nothing of its own.
    Column("shop", Text, nullable=False),
    Column("version", Integer, nullable=False),
    #: Canonical bytes of {name: text}.
    Column("content", LargeBinary, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    UniqueConstraint("shop", "version"),
)

#: Versions of the working calendars; none is ever changed.
calendar_version = Table(
    "calendar_version",
    metadata,
    Column("key", KEY, primary_key=True),
    #: Whose: a shop's name; "" is every other shop's.
    Column("shop", Text, nullable=False),
    Column("version", Integer, nullable=False),
    #: SHA-256 of the content: what commands record.
    Column("hash", Text, nullable=False),
    #: Canonical bytes, see worktime.content.
    Column("content", LargeBinary, nullable=False),
    #: From when on it counts.
    Column("valid_from", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    UniqueConstraint("shop", "version"),
    Index("ix_calendar_version_hash", "hash"),
)
