"""Who works with whom and when: teams, shifts, the roster, absences; and how cases pass from hand to hand."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from engine.store.tables.schema import KEY, metadata

team = Table(
    "team",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False),
    #: Whose shifts its people are rostered by; "": those of every shop that has none of its own.
    Column("shop", Text, nullable=False),
    UniqueConstraint("name"),
    sqlite_autoincrement=True,
)

#: Nobody is in two teams.
team_member = Table(
    "team_member",
    metadata,
    Column("user", Text, ForeignKey("user.id"), primary_key=True),
    Column("team", KEY, ForeignKey("team.id"), nullable=False),
    Index("ix_team_member_team", "team"),
)

#: Couriers whose tasks an account of the group courier does; "*": all of them.
courier_account = Table(
    "courier_account",
    metadata,
    Column("user", Text, ForeignKey("user.id"), primary_key=True),
    Column("courier", Text, primary_key=True),
)

#: Minutes after midnight; an end beyond 1440 lies on the next day, an end of 0 makes a day off.
shift = Table(
    "shift",
    metadata,
    Column("shop", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("starts", Integer, nullable=False),
    Column("ends", Integer, nullable=False),
    Column("paid_minutes", Integer, nullable=False),
    #: Its place in lists.
    Column("place", Integer, nullable=False),
)

#: What somebody works on a day; the instants are kept, so that a shift that is changed later rewrites no past.
roster_day = Table(
    "roster_day",
    metadata,
    Column("user", Text, ForeignKey("user.id"), primary_key=True),
    #: ISO date in Shanghai.
    Column("day", Text, primary_key=True),
    Column("shift", Text, nullable=False),
    #: Null on a day off.
    Column("starts_at", BigInteger),
    Column("ends_at", BigInteger),
    Column("paid_minutes", Integer, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", BigInteger, nullable=False),
    Index("ix_roster_day_day", "day"),
    Index("ix_roster_day_ends", "ends_at", "starts_at", sqlite_where=text("ends_at IS NOT NULL")),
)

absence = Table(
    "absence",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("user", Text, ForeignKey("user.id"), nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    #: See roster.ABSENCES.
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("stand_in", Text),
    Column("approved_by", Text, nullable=False),
    Column("approved_at", BigInteger, nullable=False),
    #: When the work of the absent was passed on, and when it was given back.
    Column("begun_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("cancelled_at", BigInteger),
    CheckConstraint("from_at < to_at", name="span"),
    Index("ix_absence_user", "user", "to_at"),
    Index("ix_absence_due", "from_at", sqlite_where=text("begun_at IS NULL AND cancelled_at IS NULL")),
    Index(
        "ix_absence_over",
        "to_at",
        sqlite_where=text("begun_at IS NOT NULL AND ended_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

#: What somebody leaves to others at the end of a shift: its items are transfers.
hand_over = Table(
    "hand_over",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("from_user", Text, nullable=False),
    Column("to_user", Text),
    Column("to_group", Text),
    Column("note", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    #: Of a browser's form, so that a repeated one gives the same hand-over.
    Column("submission_key", Text),
    UniqueConstraint("submission_key"),
    Index("ix_hand_over_from", "from_user", "id"),
    sqlite_autoincrement=True,
)

#: A case, or one user task of somebody else's case, offered to somebody who accepts or returns it.
transfer = Table(
    "transfer",
    metadata,
    Column("id", KEY, primary_key=True),
    #: transfer, hand_over, stand_in or instruction (see ownership.Kind).
    Column("kind", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    #: The one user task that is offered; null: the case with the claimed tasks of who offers it.
    Column("task", KEY),
    Column("from_user", Text, nullable=False),
    Column("to_user", Text),
    Column("to_group", Text),
    Column("reason", Text, nullable=False),
    Column("note", Text, nullable=False),
    #: pending, accepted, returned, withdrawn or void.
    Column("status", Text, nullable=False),
    Column("requested_at", BigInteger, nullable=False),
    #: When the supervisor is told that nobody has answered; when that was done.
    Column("due_at", BigInteger, nullable=False),
    Column("told_at", BigInteger),
    Column("answered_by", Text),
    Column("answered_at", BigInteger),
    Column("answer", Text),
    Column("hand_over", KEY, ForeignKey("hand_over.id")),
    Column("absence", KEY, ForeignKey("absence.id")),
    Index("uq_transfer_case", "case_id", unique=True, sqlite_where=text("status = 'pending' AND task IS NULL")),
    Index("uq_transfer_task", "task", unique=True, sqlite_where=text("status = 'pending' AND task IS NOT NULL")),
    Index("ix_transfer_case", "case_id", "id"),
    Index("ix_transfer_to_user", "to_user", "id", sqlite_where=text("status = 'pending' AND to_user IS NOT NULL")),
    Index("ix_transfer_to_group", "to_group", "id", sqlite_where=text("status = 'pending' AND to_group IS NOT NULL")),
    Index("ix_transfer_from", "from_user", "id"),
    Index("ix_transfer_requested", "requested_at"),
    Index("ix_transfer_due", "due_at", sqlite_where=text("status = 'pending' AND told_at IS NULL")),
    Index("ix_transfer_hand_over", "hand_over", sqlite_where=text("hand_over IS NOT NULL")),
    Index("ix_transfer_absence", "absence", sqlite_where=text("absence IS NOT NULL")),
    sqlite_autoincrement=True,
)
