"""The library of scripts, its versions, the words that block or warn, and flag notes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text

from engine.store.tables.schema import KEY, metadata

#: Scripts in force; what they were before stands in text_version.
script = Table(
    "script",
    metadata,
    Column("code", Text, primary_key=True),
    Column("situation", Text, nullable=False),
    #: Canonical bytes, see scripts.model.
    Column("content", LargeBinary, nullable=False),
    #: Everything that people may seek it by, normalised (see scripts.model.normalised).
    Column("sought", Text, nullable=False),
    #: 1: a negative example, shown and never offered.
    Column("forbidden", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
    #: Out of use since; null: in use.
    Column("retired_at", BigInteger),
)

#: Where a script is offered.
script_step = Table(
    "script_step",
    metadata,
    Column("code", Text, primary_key=True),
    Column("process_id", Text, primary_key=True),
    #: "": at every step of the process.
    Column("element", Text, primary_key=True),
    Index("ix_script_step_process", "process_id", "element"),
)

#: What a script is filed under.
script_tag = Table(
    "script_tag",
    metadata,
    Column("code", Text, primary_key=True),
    Column("tag", Text, primary_key=True),
    Index("ix_script_tag_tag", "tag"),
)

#: How often somebody copied a script or message text on a day.
script_use = Table(
    "script_use",
    metadata,
    Column("code", Text, primary_key=True),
    Column("user", Text, primary_key=True),
    #: Day in Shanghai, days since 1970-01-01.
    Column("day", Integer, primary_key=True),
    Column("times", Integer, nullable=False),
    Index("ix_script_use_day", "day", "code"),
)

script_favourite = Table(
    "script_favourite",
    metadata,
    Column("user", Text, primary_key=True),
    Column("code", Text, primary_key=True),
)

#: Versions of scripts, of message texts and of the word lists: proposed, approved, refused; none is ever changed.
text_version = Table(
    "text_version",
    metadata,
    Column("key", KEY, primary_key=True),
    #: script, template or words.
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
    #: 1, 2, 3 … of what came into force; null: did not, or not yet.
    Column("version", Integer),
    #: Canonical bytes.
    Column("content", LargeBinary, nullable=False),
    #: See store.text_versions.Standing.
    Column("status", Text, nullable=False),
    #: Version that the writer had before them; 0: none.
    Column("based_on", Integer, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("decided_at", BigInteger),
    Column("decided_by", Text),
    Column("answer", Text),
    UniqueConstraint("kind", "id", "version"),
    Index("ix_text_version_id", "kind", "id", "key"),
    Index("ix_text_version_open", "key", sqlite_where=text("status IN ('proposed', 'approving')")),
    sqlite_autoincrement=True,
)

#: Notes behind the flag of an order (备注旗子): register R09.
flag_note = Table(
    "flag_note",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("order_id", Text),
    Column("customer_id", Text),
    Column("action", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("written_at", BigInteger, nullable=False),
    Column("written_by", Text, nullable=False),
    Index("ix_flag_note_case", "case_id", "id"),
    Index("ix_flag_note_order", "order_id", "id"),
    sqlite_autoincrement=True,
)
