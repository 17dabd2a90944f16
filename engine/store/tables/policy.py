"""What the policy monitor has observed: payments, steps out of hours, agents' months; accounts as keyed hashes only."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, text

from engine.store.tables.schema import KEY, metadata

#: Rows whose rules have not been asked, or could not be; queries say it as it stands here.
WAITING = "judged <> 1"

#: A payment, with what was decided before it. Amounts in 分.
policy_payment = Table(
    "policy_payment",
    metadata,
    #: Key of the instance that paid, which pays once; and the event that says so.
    Column("stream", KEY, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("case_key", KEY, nullable=False),
    Column("process_id", Text, nullable=False),
    #: compensation, refund or difference.
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    #: Up to here agents decided by themselves; null: there was no such limit.
    Column("own_limit", BigInteger),
    #: 1: somebody said yes to so much.
    Column("approved", Integer, nullable=False),
    Column("proposer", Text, nullable=False),
    Column("approver", Text),
    Column("payer", Text),
    #: HMAC-SHA-256 of the account that it went to, and of the buyer; null: nobody wrote one down.
    Column("payee", LargeBinary),
    Column("buyer", LargeBinary),
    Column("at", BigInteger, nullable=False),
    #: 0: the rules have not been asked; 1: they have; 2: the table, by its hash, could not answer.
    Column("judged", Integer, nullable=False),
    Column("table_hash", Text),
    Index("ix_policy_payment_at", "at"),
    Index("ix_policy_payment_payee", "payee", "at", sqlite_where=text("payee IS NOT NULL")),
    Index("ix_policy_payment_buyer", "buyer", "at", sqlite_where=text("buyer IS NOT NULL")),
    Index("ix_policy_payment_proposer", "proposer", "at"),
    Index("ix_policy_payment_waiting", "at", sqlite_where=text(WAITING)),
)

#: Something that a person did out of hours; what was done within them is not kept.
policy_step = Table(
    "policy_step",
    metadata,
    Column("stream", KEY, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("case_key", KEY, nullable=False),
    Column("process_id", Text, nullable=False),
    Column("element", Text),
    #: completed, repaired or revealed.
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    #: By what the hours were known: roster, calendar or absence; and how far from them, in seconds.
    Column("basis", Text, nullable=False),
    Column("seconds", Integer, nullable=False),
    #: 1: it sets, approves or pays an amount.
    Column("money", Integer, nullable=False),
    Column("judged", Integer, nullable=False),
    Column("table_hash", Text),
    Index("ix_policy_step_at", "at"),
    Index("ix_policy_step_actor", "actor", "at"),
    Index("ix_policy_step_waiting", "at", sqlite_where=text(WAITING)),
    sqlite_with_rowid=False,
)

#: What a person proposed in compensations in a month (of Shanghai), beside the team. Amounts in 分.
policy_month = Table(
    "policy_month",
    metadata,
    Column("month", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("payments", Integer, nullable=False),
    #: Of the whole team, and how many people it was shared by.
    Column("team_amount", BigInteger, nullable=False),
    Column("team_people", Integer, nullable=False),
    #: 1: the month was over when it was counted.
    Column("over", Integer, nullable=False),
    Column("judged", Integer, nullable=False),
    Column("table_hash", Text),
    Index("ix_policy_month_running", "month", sqlite_where=text("over = 0")),
    Index("ix_policy_month_waiting", "month", sqlite_where=text(WAITING)),
    sqlite_with_rowid=False,
)

#: One row: how far the monitor has read the histories (as inspection_state).
policy_state = Table(
    "policy_state",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("stream", KEY, nullable=False),
    Column("revision", Integer, nullable=False),
    #: Key of the last instance that was read from the beginning; null: all have been.
    Column("swept", BigInteger),
    #: When rules were asked last.
    Column("judged_at", BigInteger),
)
