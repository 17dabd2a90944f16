"""Accounts, and facts of this installation."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from engine.store.tables.schema import metadata

user = Table(
    "user",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("active", Integer, nullable=False, server_default="1"),
    #: 1: made by the demo; `serve` refuses it without --demo.
    Column("demo", Integer, nullable=False, server_default="0"),
    #: Changed with password and groups: older sessions end.
    Column("session_epoch", Integer, nullable=False, server_default="0"),
    Column("failed_logins", Integer, nullable=False, server_default="0"),
    Column("locked_until", BigInteger),
    #: The language that the person chose last, as pages name it: zh, en; null: none yet.
    Column("language", Text),
    #: 1: somebody else has set the password; it must be replaced before anything else is done.
    Column("password_given", Integer, nullable=False, server_default="0"),
    CheckConstraint("active IN (0, 1)", name="active"),
)

membership = Table(
    "membership",
    metadata,
    Column("user", Text, ForeignKey("user.id"), primary_key=True),
    Column("group", Text, primary_key=True),
)

#: Apps that make codes.
second_factor = Table(
    "second_factor",
    metadata,
    Column("user", Text, ForeignKey("user.id"), primary_key=True),
    #: Enciphered with a key that lies beside the database.
    Column("secret", LargeBinary, nullable=False),
    #: Null: no code of it has been confirmed yet, and it counts for nothing.
    Column("since", BigInteger),
    #: The step whose code was taken last: none is taken twice.
    Column("last_step", BigInteger, nullable=False, server_default="0"),
)

#: What is kept of codes for who has lost the phone.
recovery_code = Table(
    "recovery_code",
    metadata,
    Column("user", Text, ForeignKey("user.id"), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
)

#: Log-ins of the last shift.
login_session = Table(
    "login_session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user", Text, ForeignKey("user.id"), nullable=False),
    #: The account's then: those of an older one are over.
    Column("epoch", Integer, nullable=False),
    #: Seconds since 1970 by the machine's clock.
    Column("began", BigInteger, nullable=False),
    #: What the browser said of itself.
    Column("browser", Text, nullable=False),
    #: 1: ended by its person, from another one.
    Column("ended", Integer, nullable=False, server_default="0"),
    #: The second of its last use; 0: none since it began.
    Column("used", BigInteger, nullable=False, server_default="0"),
    Index("ix_login_session_user", "user"),
)

#: By which customer ids people themselves buy in the shop: they do not work on their own cases.
own_customer = Table(
    "own_customer",
    metadata,
    Column("user", Text, ForeignKey("user.id"), primary_key=True),
    Column("customer_id", Text, primary_key=True),
)

#: The virtual clock's reading and the like: facts of this installation.
installation = Table(
    "installation",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
