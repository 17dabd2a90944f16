"""Indicators: imported figures, scores, targets, formulas and their versions."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, text

from engine.store.tables.schema import KEY, metadata

#: A file on its way in: looked at before it is taken, and gone then, or a day later.
kpi_upload = Table(
    "kpi_upload",
    metadata,
    #: Random: it stands in addresses.
    Column("id", Text, primary_key=True),
    #: chat or shop.
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("uploaded_by", Text, nullable=False),
    Column("uploaded_at", BigInteger, nullable=False),
)

#: Files of figures that were taken in.
kpi_import = Table(
    "kpi_import",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    #: Figures that were new, and those that took the place of others.
    Column("added", Integer, nullable=False),
    Column("replaced", Integer, nullable=False),
    #: Days as ISO dates of the shop's calendar.
    Column("first_day", Text, nullable=False),
    Column("last_day", Text, nullable=False),
    Column("imported_by", Text, nullable=False),
    Column("imported_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

#: What chat and shop systems counted: one number an agent, day and channel.
kpi_figure = Table(
    "kpi_figure",
    metadata,
    #: ISO date of the shop's calendar.
    Column("day", Text, primary_key=True),
    #: See kpi.figures; amounts in 分, times in seconds.
    Column("name", Text, primary_key=True),
    #: Account; "": the shop's, of nobody in particular.
    Column("person", Text, primary_key=True),
    #: chat, phone or other; "" of figures that know no channel.
    Column("channel", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
    #: The import that brought it.
    Column("import_key", KEY, nullable=False),
    Index("ix_kpi_figure_name", "name", "day", "person", "channel", "value"),
    sqlite_with_rowid=False,
)

#: What an import put another number in the place of.
kpi_figure_past = Table(
    "kpi_figure_past",
    metadata,
    Column("import_key", KEY, primary_key=True, autoincrement=False),
    Column("day", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("before", BigInteger, nullable=False),
    #: The import that had brought it.
    Column("before_import", KEY, nullable=False),
    sqlite_with_rowid=False,
)

#: What a supervisor entered for a person and a month; the newest row counts, none is ever changed.
kpi_score = Table(
    "kpi_score",
    metadata,
    Column("id", KEY, primary_key=True),
    #: 2026-11.
    Column("month", Text, nullable=False),
    #: An indicator's id, or sales_target (分).
    Column("indicator", Text, nullable=False),
    Column("person", Text, nullable=False),
    #: Hundredths of a point (分 of an amount); null: taken back.
    Column("value", BigInteger),
    Column("note", Text, nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", BigInteger, nullable=False),
    Index("ix_kpi_score_month", "month", "indicator", "person", "id"),
    sqlite_autoincrement=True,
)

#: Versions of targets, formulas, limits and what counts as solved; a month keeps the one that was in force.
kpi_rules = Table(
    "kpi_rules",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    #: First month for which it counts, 2026-11.
    Column("valid_from", Text, nullable=False),
    #: Canonical bytes, see kpi.rules.
    Column("content", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)

#: By which formula a person is assessed, from a month on; the newest row of the latest month counts.
kpi_agent_type = Table(
    "kpi_agent_type",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("person", Text, nullable=False),
    #: See kpi.rules.TYPES; "": none any more.
    Column("type", Text, nullable=False),
    Column("valid_from", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Index("ix_kpi_agent_type_person", "person", "valid_from", "id"),
    sqlite_autoincrement=True,
)

#: A month's assessment of a person as it was confirmed: later facts do not change it.
kpi_sheet = Table(
    "kpi_sheet",
    metadata,
    Column("person", Text, primary_key=True),
    Column("month", Text, primary_key=True),
    #: Version of the rules.
    Column("rules", Integer, nullable=False),
    #: Hundredths of a point.
    Column("score", BigInteger, nullable=False),
    #: Canonical bytes of the sheet, see kpi.kept_sheets.
    Column("content", LargeBinary, nullable=False),
    #: What the person is told.
    Column("feedback", Text, nullable=False),
    Column("confirmed_by", Text, nullable=False),
    Column("confirmed_at", BigInteger, nullable=False),
    #: When the person has read it.
    Column("read_at", BigInteger),
    Index("ix_kpi_sheet_unread", "person", sqlite_where=text("read_at IS NULL")),
)
