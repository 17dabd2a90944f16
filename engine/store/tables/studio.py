"""What owners change: changes with their drafts, deployments, back-tests, migrations of running cases."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from engine.store.tables.schema import KEY, metadata

#: Work on what is in force, from the first draft until it is deployed or given up.
studio_change = Table(
    "studio_change",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("title", Text, nullable=False),
    Column("why", Text, nullable=False),
    #: open, submitted, approved, deployed or withdrawn.
    Column("status", Text, nullable=False),
    #: Grows with every save of one of its drafts.
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("submitted_by", Text),
    Column("submitted_at", BigInteger),
    Column("reviewed_by", Text),
    Column("reviewed_at", BigInteger),
    #: The revision that the verdict is about: a later save needs a new one.
    Column("reviewed_revision", Integer),
    #: Number of the deployment that put it in force.
    Column("deployment", KEY),
    Column("closed_at", BigInteger),
    Index("ix_studio_change_status", "status", "key"),
    sqlite_autoincrement=True,
)

#: What was done with a change: opened, edited, restores, rebased, submitted, approved, returned, reopened, withdrawn,
#: deployed.
studio_change_entry = Table(
    "studio_change_entry",
    metadata,
    Column("change", KEY, ForeignKey("studio_change.key"), primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("note", Text, nullable=False),
    sqlite_with_rowid=False,
)

studio_draft = Table(
    "studio_draft",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("change", KEY, ForeignKey("studio_change.key"), nullable=False),
    #: bpmn, decision, form, template or scenario.
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
    #: Hash of the resource in force when the draft was begun; null: there was none.
    Column("base_hash", Text),
    Column("content", LargeBinary, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("saved_by", Text, nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    Index("uq_studio_draft", "change", "kind", "id", unique=True),
    sqlite_autoincrement=True,
)

#: Earlier saves of a draft, so that what somebody else saved over can be compared and copied.
studio_draft_save = Table(
    "studio_draft_save",
    metadata,
    Column("draft", KEY, ForeignKey("studio_draft.key"), primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
    Column("saved_by", Text, nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

deployment = Table(
    "deployment",
    metadata,
    #: 1, 2, 3 …
    Column("number", KEY, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    #: The change that it put in force; null: files from elsewhere.
    Column("change", KEY),
    #: Where it goes back to: what was in force after that deployment; null: it goes forward.
    Column("restores", KEY),
)

deployment_resource = Table(
    "deployment_resource",
    metadata,
    Column("deployment", KEY, ForeignKey("deployment.number"), primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    #: Hash of what was in force before; null: nothing was.
    Column("before", Text),
    Column("after", Text, nullable=False),
    Index("ix_deployment_resource", "kind", "id", "deployment"),
    sqlite_with_rowid=False,
)

backtest = Table(
    "backtest",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("change", KEY, ForeignKey("studio_change.key"), nullable=False),
    #: Revision of the change whose drafts are tried.
    Column("revision", Integer, nullable=False),
    #: Canonical bytes {"<kind>/<id>": hash}: what is tried in place of what each case ran on; contents in resource.
    Column("candidate", LargeBinary, nullable=False),
    #: Canonical bytes of the filter of the cases.
    Column("filter", LargeBinary, nullable=False),
    #: waiting, running, done, stopped or failed.
    Column("status", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    #: Real milliseconds that the cases took.
    Column("spent_ms", Integer, nullable=False, server_default="0"),
    Column("problem", Text),
    Index("ix_backtest_change", "change", "key"),
    Index("ix_backtest_status", "key", sqlite_where=text("status IN ('waiting', 'running')")),
    sqlite_autoincrement=True,
)

backtest_case = Table(
    "backtest_case",
    metadata,
    Column("backtest", KEY, ForeignKey("backtest.key"), primary_key=True, autoincrement=False),
    #: The case's place: 1, 2, 3 …
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("case_id", Text, nullable=False),
    Column("process_id", Text, nullable=False),
    #: Null: not looked at yet. same, path, end, input, cannot.
    Column("verdict", Text),
    Column("end_before", Text),
    Column("end_after", Text),
    #: 分; null: not known.
    Column("paid_before", BigInteger),
    Column("paid_after", BigInteger),
    #: Whether an answer counts though what was shown with its question is another value now.
    Column("assumed", Boolean),
    #: Canonical bytes: where it goes another way, what is missing, elements entered anew and no longer.
    Column("detail", LargeBinary),
    Index("ix_backtest_case_verdict", "backtest", "verdict", "n"),
    sqlite_with_rowid=False,
)

#: A batch of running instances that move to another version of their process.
migration = Table(
    "migration",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("process_id", Text, nullable=False),
    #: Keys of definitions.
    Column("source", KEY, ForeignKey("definition.key"), nullable=False),
    Column("target", KEY, ForeignKey("definition.key"), nullable=False),
    #: Canonical bytes {element or flow id in the source: id in the target}.
    Column("mapping", LargeBinary, nullable=False),
    Column("reason", Text, nullable=False),
    #: Whether cases whose history is not possible in the target migrate too.
    Column("forced", Boolean, nullable=False),
    #: checking, checked, running, done or stopped.
    Column("status", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Index("ix_migration_process", "process_id", "key"),
    Index("ix_migration_status", "key", sqlite_where=text("status IN ('checking', 'running')")),
    sqlite_autoincrement=True,
)

migration_case = Table(
    "migration_case",
    metadata,
    Column("migration", KEY, ForeignKey("migration.key"), primary_key=True, autoincrement=False),
    Column("instance", KEY, ForeignKey("process_instance.key"), primary_key=True, autoincrement=False),
    Column("case_id", Text, nullable=False),
    #: See engine.migration.words.
    Column("status", Text, nullable=False),
    Column("reason_zh", Text, nullable=False),
    Column("reason_en", Text, nullable=False),
    Column("at", BigInteger),
    Index("ix_migration_case_status", "migration", "status", "instance"),
    sqlite_with_rowid=False,
)
